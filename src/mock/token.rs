//! OAuth2 client credentials (RFC 6749 §4.4): returns a self-describing key with the requested scopes.

use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::response::Response;
use crate::contract::parameter;

/// Largest form, in octets.
pub(super) const MAX_FORM: usize = 64 << 10;

/// The response to a form that asks for a token; without `scope` it gets every scope there is.
pub(super) fn issue(form: &[u8], all_scopes: impl FnOnce() -> String) -> Response {
    let text = String::from_utf8_lossy(form);
    let scope = parameter::pairs(&text).into_iter().find(|(name, _)| name == "scope");
    let scope = scope.map_or_else(all_scopes, |(_, value)| value.into_owned());
    let joined = scope.split_whitespace().collect::<Vec<_>>().join("+");
    let body = json!({
        "access_token": format!("mock:{joined}"), "token_type": "Bearer", "expires_in": 3600, "scope": scope,
    });
    let mut response = Response::json(StatusCode::OK, &body);
    response.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

/// The response to a form beyond the limit.
pub(super) fn too_large() -> Response {
    Response::problem(413, "the form is too large", None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("grant_type=client_credentials&scope=a%3Aread+b", "mock:a:read+b", "a:read b")]
    #[case("grant_type=client_credentials", "mock:x+y", "x y")]
    #[case("scope=", "mock:", "")]
    fn tokens(#[case] form: &str, #[case] token: &str, #[case] scope: &str) {
        let response = issue(form.as_bytes(), || "x y".to_owned());
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!((body["access_token"].as_str(), body["scope"].as_str()), (Some(token), Some(scope)));
        assert_eq!(response.headers["cache-control"], "no-store");
    }
}
