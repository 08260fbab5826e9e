//! Which addresses the mock sends to: this machine alone, unless others are allowed by name. What a client writes into
//! a body must not make a mock call whoever it likes.

use url::{Host, Url};

/// An address to which something may be sent, with these further parameters in its query.
///
/// # Errors
/// Why nothing is sent there.
pub(super) fn usable(address: &str, query: Option<&str>, allowed: &[String]) -> Result<Url, String> {
    let mut url =
        Url::parse(address).map_err(|_| "it is no address; http://HOST:PORT/PATH is one".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins neither with http:// nor with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it contains credentials".to_owned());
    }
    let host = url.host().ok_or_else(|| "it has no host".to_owned())?;
    let is_own = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    };
    let shown = host.to_string();
    if !is_own && !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&shown)) {
        return Err(format!("{shown} is not this machine; allow it with --callbacks-to {shown}"));
    }
    if let Some(more) = query {
        let query = url.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&{more}"));
        url.set_query(Some(query.as_deref().unwrap_or(more)));
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://127.0.0.1:1/a", Ok("http://127.0.0.1:1/a"))]
    #[case("http://LOCALHOST/a?b=1#c", Ok("http://localhost/a?b=1"))]
    #[case("https://[::1]/", Ok("https://[::1]/"))]
    #[case("http://[::ffff:127.0.0.1]/", Ok("http://[::ffff:7f00:1]/"))]
    #[case("http://hooks.test/", Ok("http://hooks.test/"))]
    #[case("http://169.254.169.254/", Err("--callbacks-to 169.254.169.254"))]
    #[case("http://0.0.0.0/", Err("--callbacks-to"))]
    #[case("http://localhost.evil.example/", Err("--callbacks-to"))]
    #[case("http://127.0.0.1@evil.example/", Err("credentials"))]
    #[case("http://evil.example\\@127.0.0.1/", Err("--callbacks-to evil.example"))]
    #[case("file:///etc/passwd", Err("neither"))]
    #[case("/relative", Err("no address"))]
    fn addresses(#[case] address: &str, #[case] expected: Result<&str, &str>) {
        match (usable(address, None, &["Hooks.test".to_owned()]), expected) {
            (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parameters_are_added() {
        let url = |address| usable(address, Some("x=1"), &[]).unwrap().to_string();
        assert_eq!(
            [url("http://localhost/"), url("http://localhost/?a=b")],
            ["http://localhost/?x=1", "http://localhost/?a=b&x=1"]
        );
    }
}
