//! The headers of a request: those of every request, and its own.

use http::HeaderMap;
use http::header::{COOKIE, HeaderName, HeaderValue, USER_AGENT};

use super::Error;
use crate::contract::is_sent_by_itself;
use crate::exchange::cookies;

/// The fields that every request has: what is sent by default, and what the user gives.
///
/// # Errors
/// A field that cannot be sent.
pub(super) fn of_every_request(given: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("counterpart/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in given {
        let bad = || Error::Setup("cannot send the header", name.clone());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let value = HeaderValue::from_str(value).map_err(|_| bad())?;
        // The user's own word goes before what is sent by default.
        if name == USER_AGENT {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// The fields of a request with those that go with every one. A field of the request's own takes
/// the place of one of that name; cookies are joined, the request's own first (RFC 6265 §5.4). What follows
/// from the connection is never taken from a request, which was made from a document.
pub(super) fn merged(every: &HeaderMap, own: &HeaderMap) -> HeaderMap {
    let mut headers = every.clone();
    let is_kept = |name: &HeaderName| !is_sent_by_itself(name.as_str());
    for name in own.keys().filter(|name| is_kept(name)) {
        headers.remove(name);
    }
    for (name, value) in own.iter().filter(|(name, _)| is_kept(name)) {
        headers.append(name, value.clone());
    }
    if let Some(first) = own.get(COOKIE).filter(|_| every.contains_key(COOKIE)) {
        let is_known = |name: &str| cookies(own).any(|(known, _)| known == name);
        let others = cookies(every).filter(|(name, _)| !is_known(name));
        let others = others.map(|(name, value)| format!("{name}={value}"));
        let first = first.to_str().unwrap_or_default().to_owned();
        let all = std::iter::once(first).chain(others).collect::<Vec<_>>().join("; ");
        if let Ok(mut value) = HeaderValue::from_str(&all) {
            value.set_sensitive(true);
            headers.insert(COOKIE, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::own_goes_first("authorization: Basic a", "authorization: Bearer b", "authorization: Bearer b")]
    #[case::of_any_case("Accept: text/html", "accept: application/json", "accept: application/json")]
    #[case::both_kept("x-a: 1", "x-b: 2", "x-a: 1 x-b: 2")]
    #[case::alone("authorization: Basic a", "", "authorization: Basic a")]
    #[case::no_host("x-a: 1", "host: evil.example", "x-a: 1")]
    #[case::no_length("x-a: 1", "content-length: 3", "x-a: 1")]
    #[case::the_user_may("host: other", "connection: close", "host: other")]
    #[case::cookies_joined("cookie: a=1; b=2", "cookie: a=3", "cookie: a=3; b=2")]
    fn no_field_is_sent_twice(#[case] every: &str, #[case] own: &str, #[case] expected: &str) {
        let fields = |text: &str| -> HeaderMap {
            let fields = text.split_once(": ").into_iter();
            fields.map(|(n, v)| (n.parse::<HeaderName>().unwrap(), v.parse().unwrap())).collect()
        };
        let sent = merged(&fields(every), &fields(own));
        let mut shown: Vec<String> =
            sent.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        shown.sort();
        assert_eq!(shown.join(" "), expected);
    }

    #[rstest]
    #[case("x-a", "1", Ok("1"))]
    #[case("User-Agent", "mine", Ok("mine"))]
    #[case("x a", "1", Err("cannot send the header: x a"))]
    #[case("x-a", "a\nb", Err("cannot send the header: x-a"))]
    fn the_user_has_the_last_word(
        #[case] name: &str,
        #[case] value: &str,
        #[case] expected: Result<&str, &str>,
    ) {
        let headers = of_every_request(&[(name.to_owned(), value.to_owned())]);
        let found =
            headers.as_ref().map(|headers| headers[name].to_str().unwrap()).map_err(ToString::to_string);
        assert_eq!(found, expected.map_err(str::to_owned));
        if let Ok(headers) = headers {
            assert_eq!(headers.get_all(USER_AGENT).iter().count(), 1);
        }
    }
}
