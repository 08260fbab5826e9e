//! Cookies of a request (RFC 6265 §4.2).

use http::HeaderMap;
use http::header::COOKIE;

/// Names and values, in the order sent.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The value of the first cookie of that name.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    cookies(headers).find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case("a", Some("1"))]
    #[case("b", Some("x=y"))]
    #[case("c", Some(""))]
    #[case("d", Some("2"))]
    #[case("A", None)]
    #[case("bare", None)]
    fn several_lines_are_read(#[case] name: &str, #[case] value: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in ["a=1;b=x=y; c=; bare", "d=2; a=3"] {
            headers.append(COOKIE, HeaderValue::from_static(line));
        }
        assert_eq!(cookie(&headers, name), value);
    }
}
