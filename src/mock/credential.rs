//! Keys that a message has elsewhere than where the document says (`[credential]`): in the body or in the query.

use bytes::Bytes;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde_json::Value;

use crate::config::{Credential, Place};
use crate::contract::parameter;
use crate::exchange::{Request, cut};

/// Where a key was found, as texts of refusals name it.
pub(super) const IN_HEADER: &str = "Authorization header";
const IN_BODY: &str = "body";
const IN_QUERY: &str = "query string";

/// The bearer token of a request.
pub(super) fn token(request: &Request) -> Option<&str> {
    let value = request.headers.get(AUTHORIZATION)?.to_str().ok()?;
    cut(value, b' ').map(|(_, token)| token.trim_ascii())
}

/// Whether `[limit]` leaves a request out for its key, which was found at `place`.
pub(super) fn is_unlimited(credential: &Credential, request: &Request, place: Option<&str>) -> bool {
    let is_there = |free: &Place| {
        let named = match free {
            Place::Body => IN_BODY,
            Place::Query => IN_QUERY,
        };
        place == Some(named)
    };
    let begins = |prefix: &String| token(request).is_some_and(|token| token.starts_with(prefix.as_str()));
    credential.unlimited_in.iter().any(is_there) || credential.unlimited.iter().any(begins)
}

/// Whether a request has a bearer token where it belongs.
pub(super) fn has_own(request: &Request) -> bool {
    let value = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| cut(value, b' ')).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
}

/// Puts the key of a request that has none where it belongs there; tells where it was found.
pub(super) fn adopt(credential: &Credential, request: &mut Request, body: &Bytes) -> Option<&'static str> {
    let in_body = credential.body.as_deref().and_then(|name| Some((member(body, name)?, IN_BODY)));
    let in_query = || {
        let (name, query) = (credential.query.as_deref()?, request.query.as_deref()?);
        let found = parameter::pairs(query).into_iter().find(|(known, _)| known == name)?;
        Some((found.1.into_owned(), IN_QUERY))
    };
    let (key, place) = in_body.or_else(in_query)?;
    let value = HeaderValue::from_str(&format!("Bearer {}", key.trim())).ok()?;
    request.headers.insert(AUTHORIZATION, value);
    Some(place)
}

/// The text of a member of a body, whether JSON or a form.
fn member(body: &Bytes, name: &str) -> Option<String> {
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        return members.get(name)?.as_str().map(str::to_owned);
    }
    let text = std::str::from_utf8(body).ok()?;
    parameter::first_of(text, name).map(std::borrow::Cow::into_owned)
}

/// Whether a name of a request is that of a key.
pub(super) fn is_key(credential: &Credential, name: &str) -> bool {
    [&credential.body, &credential.query]
        .into_iter()
        .flatten()
        .any(|known| known == name.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "{\"api_key\": \" a \"}", Some(("body", "Bearer a")))]
    #[case("key=b", "api_key=c&d=e", Some(("body", "Bearer c")))]
    #[case("x=1&key=b%21", "{\"other\": 1}", Some(("query string", "Bearer b!")))]
    #[case("x=1", "", None)]
    #[case("key=%0a1%0a2", "", None)]
    fn keys_are_found(#[case] query: &str, #[case] body: &str, #[case] expected: Option<(&str, &str)>) {
        let credential: Credential = toml::from_str("body = 'api_key'\nquery = 'key'").unwrap();
        let mut request = Request::new(http::Method::POST, "/a");
        request.query = Some(query.to_owned());
        let place = adopt(&credential, &mut request, &Bytes::copy_from_slice(body.as_bytes()));
        let found = place.map(|place| (place, request.headers[AUTHORIZATION].to_str().unwrap()));
        assert_eq!(found, expected);
        assert_eq!(has_own(&request), expected.is_some());
        assert!(is_key(&credential, "/api_key") && is_key(&credential, "key") && !is_key(&credential, "x"));
    }
}
