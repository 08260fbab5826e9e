//! CORS headers for browsers (Fetch standard §3.2).

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

/// What pages may read without being told, and what none may read.
const NOT_NAMED: &[&str] = &[
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
    "set-cookie",
    "set-cookie2",
];
/// How long browsers may remember a preflight, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Allows the origin of a request to see the response. Headers are named one by one, because `*` means none
/// of them where credentials are sent.
pub(super) fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    let named = headers.keys().map(http::HeaderName::as_str);
    let named: Vec<&str> =
        named.filter(|name| !NOT_NAMED.contains(name) && !name.starts_with("access-control-")).collect();
    let exposed = HeaderValue::from_str(&named.join(", ")).ok().filter(|_| !named.is_empty());
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if let Some(exposed) = exposed {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    headers.append(VARY, HeaderValue::from_static("origin"));
}

/// Whether a browser asks if it may send another request.
pub(super) fn is_preflight(method: &Method, request: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && request.contains_key(ORIGIN)
        && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers a preflight request: the documented methods and the one that it asks for, so that a page can read
/// the refusal of an undocumented one, and whatever header fields it asks for.
pub(super) fn preflight(request: &HeaderMap, response: &mut HeaderMap, allow: Option<&HeaderValue>) {
    let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_METHOD) else { return };
    let (asked, allow) = (asked.to_str().unwrap_or_default(), allow.and_then(|allow| allow.to_str().ok()));
    let mut methods: Vec<&str> = allow.into_iter().flat_map(|allow| allow.split(", ")).collect();
    if !methods.contains(&asked) {
        methods.push(asked);
    }
    if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
        response.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    if let Some(fields) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields.clone());
    }
    response.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    response.append(
        VARY,
        HeaderValue::from_static("access-control-request-method, access-control-request-headers"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, None, Some("GET"), None, None)]
    #[case(Some("GET"), None, Some("GET"), Some("GET"), None)]
    #[case(Some("PUT"), None, Some("GET, OPTIONS"), Some("GET, OPTIONS, PUT"), None)]
    #[case(Some("PUT"), Some("x-trace"), None, Some("PUT"), Some("x-trace"))]
    fn a_preflight(
        #[case] method: Option<&str>,
        #[case] asked: Option<&str>,
        #[case] documented: Option<&str>,
        #[case] methods: Option<&str>,
        #[case] fields: Option<&str>,
    ) {
        let mut request = HeaderMap::new();
        for (name, value) in
            [(ACCESS_CONTROL_REQUEST_METHOD, method), (ACCESS_CONTROL_REQUEST_HEADERS, asked)]
        {
            if let Some(value) = value {
                request.insert(name, value.parse().unwrap());
            }
        }
        let allow = documented.map(|methods| methods.parse().unwrap());
        let mut response = HeaderMap::new();
        preflight(&request, &mut response, allow.as_ref());
        let found = |name| response.get(name).map(|value: &HeaderValue| value.to_str().unwrap());
        assert_eq!(found(ACCESS_CONTROL_ALLOW_METHODS), methods);
        assert_eq!(found(ACCESS_CONTROL_ALLOW_HEADERS), fields);
    }

    #[test]
    fn headers_are_exposed_by_name() {
        let mut headers = HeaderMap::new();
        for name in ["content-type", "x-total", "location"] {
            headers.insert(name, HeaderValue::from_static("1"));
        }
        allow_origin(&mut headers, &HeaderValue::from_static("http://page"));
        assert_eq!(headers[ACCESS_CONTROL_EXPOSE_HEADERS], "x-total, location");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "http://page");
    }
}
