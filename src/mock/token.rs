//! The token endpoint of OAuth2 (RFC 6749 §3.2): returns a self-describing key with the requested scopes.

use http::header::{CACHE_CONTROL, PRAGMA};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::response::Response;
use crate::contract::parameter;

/// Largest form, in octets.
pub(super) const MAX_FORM: usize = 64 << 10;

/// The grants that get a token, each with what it must show. Nothing of it is checked.
const GRANTS: &[(&str, &[&str])] = &[
    ("client_credentials", &[]),
    ("password", &["username", "password"]),
    ("refresh_token", &["refresh_token"]),
    ("authorization_code", &["code"]),
    ("urn:ietf:params:oauth:grant-type:device_code", &["device_code"]),
];

/// The response to a form of nobody in particular that asks for a token; without `scope` it gets every scope there is. `known` are
/// the scopes of the documents; where they name none, any is issued.
pub(super) fn issue(form: &[u8], known: &[String]) -> Response {
    match grant(&fields(form), known) {
        Ok(scopes) => {
            let body = json!({
                "access_token": format!("mock:{}", scopes.join("+")), "token_type": "Bearer", "expires_in": 3600,
                "scope": scopes.join(" "),
            });
            uncached(Response::json(StatusCode::OK, &body))
        }
        // RFC 6749 §5.2.
        Err((error, why)) => {
            let body = json!({ "error": error, "error_description": why });
            uncached(Response::json(StatusCode::BAD_REQUEST, &body))
        }
    }
}

pub(super) fn uncached(mut response: Response) -> Response {
    response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The fields of a form; some servers take them as JSON too, and so do some clients send them.
pub(super) fn fields(form: &[u8]) -> Vec<(String, String)> {
    if let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(form) {
        return members.iter().map(|(name, value)| (name.clone(), parameter::text(value))).collect();
    }
    let text = String::from_utf8_lossy(form);
    parameter::pairs(&text).into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The scopes that are granted; else the error and what is wrong.
fn grant(fields: &[(String, String)], known: &[String]) -> Result<Vec<String>, (&'static str, String)> {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let Some(grant) = field("grant_type") else {
        return Err(("invalid_request", "grant_type is missing".to_owned()));
    };
    let Some((_, needed)) = GRANTS.iter().find(|(name, _)| *name == grant) else {
        let names: Vec<&str> = GRANTS.iter().map(|(name, _)| *name).collect();
        let why = format!("the grant {grant:?} is not supported; use {}", names.join(", "));
        return Err(("unsupported_grant_type", why));
    };
    if let Some(missing) = needed.iter().find(|name| field(name).is_none_or(str::is_empty)) {
        return Err(("invalid_request", format!("{missing} is missing")));
    }
    let Some(wanted) = field("scope") else { return Ok(known.to_vec()) };
    let wanted: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    let is_known = |scope: &String| known.is_empty() || scope == "*" || known.contains(scope);
    match wanted.iter().find(|scope| !is_known(scope)) {
        Some(unknown) => Err(("invalid_scope", format!("the document has no scope {unknown:?}"))),
        None => Ok(wanted),
    }
}

/// The response to a form beyond the limit.
pub(super) fn too_large() -> Response {
    Response::problem(413, "the form is too large", None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn asked(form: &str, known: &[&str]) -> (u16, Value) {
        let known: Vec<String> = known.iter().map(|scope| (*scope).to_owned()).collect();
        let response = issue(form.as_bytes(), &known);
        assert_eq!(response.headers["cache-control"], "no-store");
        (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap())
    }

    #[rstest]
    #[case("grant_type=client_credentials&scope=a%3Aread+b", "mock:a:read+b", "a:read b")]
    #[case("grant_type=client_credentials", "mock:a:read+b", "a:read b")]
    #[case("grant_type=password&username=u&password=p&scope=", "mock:", "")]
    #[case("grant_type=refresh_token&refresh_token=r&scope=*", "mock:*", "*")]
    #[case("{\"grant_type\": \"client_credentials\", \"scope\": \"b\"}", "mock:b", "b")]
    fn tokens(#[case] form: &str, #[case] token: &str, #[case] scope: &str) {
        let (status, body) = asked(form, &["a:read", "b"]);
        assert_eq!(
            (status, body["access_token"].as_str(), body["scope"].as_str()),
            (200, Some(token), Some(scope))
        );
    }

    #[rstest]
    #[case("scope=b", "invalid_request")]
    #[case("grant_type=implicit", "unsupported_grant_type")]
    #[case("grant_type=authorization_code", "invalid_request")]
    #[case("grant_type=client_credentials&scope=b+c", "invalid_scope")]
    fn refusals(#[case] form: &str, #[case] error: &str) {
        let (status, body) = asked(form, &["a:read", "b"]);
        assert_eq!((status, body["error"].as_str()), (400, Some(error)));
    }

    #[test]
    fn without_scopes_any_is_issued() {
        assert_eq!(asked("grant_type=client_credentials&scope=x", &[]).1["access_token"], "mock:x");
    }
}
