//! Where a message has its credential, and what a JWT says about itself.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

use crate::contract::{Location, SchemeKind, parameter};
use crate::exchange::cut;

/// The credential that a message presents under a scheme.
pub(super) fn presented<'m>(
    kind: &SchemeKind,
    headers: &'m HeaderMap,
    query: Option<&'m str>,
) -> Option<Cow<'m, str>> {
    // The only white space that a field which is text can have is that of ASCII.
    let authorization = |word: &str| {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim_ascii();
        let (scheme, rest) = cut(value, b' ')?;
        let rest = rest.trim_ascii();
        (scheme.eq_ignore_ascii_case(word) && !rest.is_empty()).then_some(rest)
    };
    match kind {
        SchemeKind::Bearer => authorization("bearer").map(Cow::Borrowed),
        // The digest itself cannot be checked without the password; the user is taken for the key.
        SchemeKind::Http(word) if word == "digest" => {
            user_of_digest(authorization("digest")?).map(Cow::Borrowed)
        }
        SchemeKind::Http(word) => authorization(word).map(Cow::Borrowed),
        // The user is `mock` and the password the scopes.
        SchemeKind::Basic => unbase64(authorization("basic")?).map(Cow::Owned),
        SchemeKind::ApiKey(Location::Query, name) => parameter::first_of(query?, name),
        SchemeKind::ApiKey(Location::Cookie, name) => {
            crate::exchange::cookie(headers, name).map(Cow::Borrowed)
        }
        SchemeKind::ApiKey(_, name) => {
            let value = headers.get(name.as_str())?.to_str().ok();
            value.filter(|value| !value.is_empty()).map(Cow::Borrowed)
        }
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => None,
    }
}

/// The `username` of a digest (RFC 7616 §3.4).
fn user_of_digest(parameters: &str) -> Option<&str> {
    let mut named = parameters.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, user) = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("username"))?;
    Some(user.trim().trim_matches('"')).filter(|user| !user.is_empty())
}

/// What a JWT (RFC 7519) says about itself. Its signature is not checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// `scope`, `scp` or `permissions`.
    pub scopes: Vec<String>,
    /// The second from which on it is not valid any more.
    pub expires: Option<i64>,
    /// The second before which it is not valid yet.
    pub begins: Option<i64>,
}

/// The claims of a JWT that names its scopes.
pub(super) fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_str(&unbase64(payload)?).ok()?;
    let scopes = ["scope", "scp", "permissions"].iter().find_map(|name| claims.get(*name))?;
    let scopes = match scopes {
        Value::String(text) => split_scopes(text),
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    // RFC 7519 §2: a NumericDate may have a fraction.
    let second = |name: &str| -> Option<i64> {
        let text = claims.get(name)?.as_number()?.to_string();
        text.split('.').next()?.parse().ok()
    };
    Some(Claims { scopes, expires: second("exp"), begins: second("nbf") })
}

/// The scopes in a text, joined by `+` or a space.
pub(super) fn split_scopes(text: &str) -> Vec<String> {
    text.split(['+', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// UTF-8 text that is written in base64.
fn unbase64(text: &str) -> Option<String> {
    String::from_utf8(crate::exchange::base64::decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("{\"scp\": [\"a:read\", \"b:write\"]}", Some(Claims { scopes: vec!["a:read".to_owned(), "b:write".to_owned()], ..Claims::default() }))]
    #[case("{\"scope\": \"a\", \"exp\": 7.5, \"nbf\": 3}", Some(Claims { scopes: vec!["a".to_owned()], expires: Some(7), begins: Some(3) }))]
    #[case("{\"exp\": 7}", None)]
    fn claims_of_a_jwt(#[case] payload: &str, #[case] expected: Option<Claims>) {
        let payload = crate::exchange::base64::encode(payload.as_bytes());
        assert_eq!(claims(&format!("e30.{}.sig", payload.trim_end_matches('='))), expected);
        assert_eq!(claims("opaque"), None);
    }

    #[rstest]
    #[case("username=\"mock:a\", realm=\"x\"", Some("mock:a"))]
    #[case("realm=\"x\", username=me", Some("me"))]
    #[case("realm=\"x\"", None)]
    fn users_of_digests(#[case] parameters: &str, #[case] expected: Option<&str>) {
        assert_eq!(user_of_digest(parameters), expected);
    }
}
