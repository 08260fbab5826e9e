//! CORS headers for browsers (Fetch standard §3.2).

use http::{HeaderMap, HeaderValue};

/// Allows the origin of a request to see the response.
pub(super) fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert("access-control-allow-credentials", HeaderValue::from_static("true"));
    headers.insert(
        "access-control-expose-headers",
        HeaderValue::from_static("*, allow, location, link, retry-after"),
    );
    headers.append("vary", HeaderValue::from_static("origin"));
}

/// Answers a preflight request: these methods, and whatever header fields it asks for.
pub(super) fn preflight(request: &HeaderMap, response: &mut HeaderMap, allow: &HeaderValue) {
    if !request.contains_key("access-control-request-method") {
        return;
    }
    response.insert("access-control-allow-methods", allow.clone());
    let asked = request.get("access-control-request-headers").cloned();
    response.insert("access-control-allow-headers", asked.unwrap_or(HeaderValue::from_static("*")));
    response.insert("access-control-max-age", HeaderValue::from_static("600"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, None, None)]
    #[case(Some("PUT"), None, Some("*"))]
    #[case(Some("PUT"), Some("x-trace"), Some("x-trace"))]
    fn a_preflight(#[case] method: Option<&str>, #[case] asked: Option<&str>, #[case] allowed: Option<&str>) {
        let mut request = HeaderMap::new();
        for (name, value) in
            [("access-control-request-method", method), ("access-control-request-headers", asked)]
        {
            if let Some(value) = value {
                request.insert(name, value.parse().unwrap());
            }
        }
        let mut response = HeaderMap::new();
        preflight(&request, &mut response, &HeaderValue::from_static("GET"));
        let found = response.get("access-control-allow-headers").map(|value| value.to_str().unwrap());
        assert_eq!(found, allowed);
        assert_eq!(response.contains_key("access-control-allow-methods"), method.is_some());
    }
}
