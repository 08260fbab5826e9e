//! Whose a request is: of this machine, or of a page of another site.

use http::HeaderMap;
use http::header::ORIGIN;

/// Whether a host, with or without a port, is this machine or a name that is allowed. Names are compared
/// without case (RFC 9110 §4.2.3), and what is more than a host and a port is neither.
pub(super) fn is_own(allow_hosts: &[String], host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => (address, port),
        Some(_) => return false,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port =
        port.strip_prefix(':').map_or(port.is_empty(), |port| port.bytes().all(|c| c.is_ascii_digit()));
    let is_loopback = || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_allowed = || allow_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name));
    is_port && (name.eq_ignore_ascii_case("localhost") || is_loopback() || is_allowed())
}

/// Whether a page of another site makes a request. A browser says so by `Origin`; where it sends none, as for
/// an image, by `Sec-Fetch-Site` (Fetch Metadata §2.3).
pub(super) fn is_of_a_foreign_page(allow_hosts: &[String], headers: &HeaderMap) -> bool {
    match headers.get(ORIGIN) {
        Some(origin) => {
            let origin = origin.to_str().unwrap_or_default();
            !is_own(allow_hosts, origin.split_once("://").map_or(origin, |(_, host)| host))
        }
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("localhost", true)]
    #[case("LOCALHOST:4010", true)]
    #[case("127.0.0.1:4010", true)]
    #[case("127.9.9.9", true)]
    #[case("[::1]:4010", true)]
    #[case("Mock.test:1", true)]
    #[case("[::1]evil.example", false)]
    #[case("[127.0.0.1", false)]
    #[case("[127.0.0.1]", false)]
    #[case("127.0.0.1:1/evil", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("evil.example", false)]
    #[case("localhost:80@evil.example", false)]
    #[case("", false)]
    fn hosts_of_this_machine(#[case] host: &str, #[case] expected: bool) {
        assert_eq!(is_own(&["mock.test".to_owned()], host), expected);
    }

    #[rstest]
    #[case(None, None, false)]
    #[case(Some("http://localhost:3000"), Some("cross-site"), false)]
    #[case(Some("https://evil.example"), None, true)]
    #[case(Some("null"), None, true)]
    #[case(None, Some("cross-site"), true)]
    #[case(None, Some("none"), false)]
    fn pages_of_other_sites(
        #[case] origin: Option<&str>,
        #[case] site: Option<&str>,
        #[case] expected: bool,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        if let Some(site) = site {
            headers.insert("sec-fetch-site", site.parse().unwrap());
        }
        assert_eq!(is_of_a_foreign_page(&[], &headers), expected);
    }
}
