//! Where a browser may be sent (RFC 6749 §3.1.2, RFC 8252 §7).

use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use url::{Host, Url, form_urlencoded};

use crate::mock::response::{Response, Source};

/// Longest address, in octets.
const MAX_ADDRESS: usize = 2 << 10;
/// Schemes that are no addresses but programs.
const PROGRAMS: [&str; 4] = ["javascript", "data", "vbscript", "file"];

/// An address that a browser may be sent to.
#[derive(Debug)]
pub(super) struct Target {
    /// As the client wrote it.
    pub uri: String,
    url: Url,
    state: Option<String>,
    is_in_fragment: bool,
}

/// Reads an address that codes may be sent to.
///
/// # Errors
/// What is wrong with it.
fn read(uri: &str) -> Result<Url, String> {
    if uri.len() > MAX_ADDRESS {
        return Err(format!("is longer than {MAX_ADDRESS} octets"));
    }
    // A parser would leave these out, and another one might not.
    if uri.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("has a space, a backslash or a control character".to_owned());
    }
    let url = Url::parse(uri).map_err(|why| format!("is no absolute address: {why}"))?;
    if PROGRAMS.contains(&url.scheme()) {
        return Err(format!("has the scheme {}, which leads to no client", url.scheme()));
    }
    if url.fragment().is_some() {
        return Err("has a fragment".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user in it".to_owned());
    }
    Ok(url)
}

/// As [`read`], for a configuration.
///
/// # Errors
/// What is wrong with it.
pub(in crate::mock::login) fn check(uri: &str) -> Result<(), String> {
    read(uri).map(drop)
}

fn is_this_machine(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    matches!(url.scheme(), "http" | "https") && is_loopback
}

impl Target {
    /// An address on this machine, or one that is allowed as it stands.
    ///
    /// # Errors
    /// Why a browser is not sent there.
    pub fn of(
        uri: &str,
        allowed: &[String],
        state: Option<&str>,
        is_in_fragment: bool,
    ) -> Result<Self, String> {
        let url = read(uri)?;
        if !is_this_machine(&url) && !allowed.iter().any(|allowed| allowed == uri) {
            return Err("is neither on this machine nor allowed".to_owned());
        }
        Ok(Self { uri: uri.to_owned(), url, state: state.map(str::to_owned), is_in_fragment })
    }

    /// Where it leads, as a content security policy names it.
    pub fn source(&self) -> String {
        let origin = self.url.origin();
        if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", self.url.scheme()) }
    }

    /// Sends a browser there, with these parameters beside `state`. After a form it asks by GET (RFC 9110 §15.4.4).
    pub fn send(&self, method: &Method, parameters: &[(&str, &str)]) -> Response {
        let all = || parameters.iter().copied().chain(self.state.as_deref().map(|state| ("state", state)));
        let mut url = self.url.clone();
        if self.is_in_fragment {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(all()).finish();
            url.set_fragment(Some(&text));
        } else if all().next().is_some() {
            url.query_pairs_mut().extend_pairs(all());
        }
        let status = if *method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        let mut response = Response::empty(status, Source::Login);
        if let Ok(location) = HeaderValue::try_from(url.as_str()) {
            response.headers.insert(LOCATION, location);
        }
        response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://localhost:3000/callback", true)]
    #[case("http://127.0.0.1/", true)]
    #[case("https://[::1]:8443/a?b=c", true)]
    #[case("http://app.localhost/", true)]
    #[case("https://app.example/callback", true)]
    #[case("com.example.app:/callback", true)]
    #[case("https://app.example/callback/", false)]
    #[case("https://app.example/callback?x=1", false)]
    #[case("https://evil.example/", false)]
    #[case("http://localhost.evil.example/", false)]
    #[case("http://localhost@evil.example/", false)]
    #[case("http://evil.example@localhost/", false)]
    #[case("http://evil.example\\@localhost/", false)]
    #[case("http://localhost/#token", false)]
    #[case("http://local\thost/", false)]
    #[case("//localhost/", false)]
    #[case("/callback", false)]
    #[case("javascript://localhost/%0aalert(1)", false)]
    #[case("ftp://localhost/", false)]
    #[case("http://2130706434.example/", false)]
    #[case("http://127.1/", true)]
    fn a_browser_is_sent_to_this_machine_and_where_it_is_allowed(
        #[case] uri: &str,
        #[case] is_allowed: bool,
    ) {
        let allowed = ["https://app.example/callback".to_owned(), "com.example.app:/callback".to_owned()];
        assert_eq!(Target::of(uri, &allowed, None, false).is_ok(), is_allowed);
    }

    proptest! {
        /// However an address is written, a browser reads this machine in the answer, or there is none.
        #[test]
        fn no_spelling_leads_elsewhere(
            scheme in "(http|https|HTTP|ftp|javascript|)",
            slashes in "(:|:/|://|:///|:\\\\\\\\|//)",
            user in "([a-z.]{0,4}[@:\\\\#?%]{1,2}|)",
            host in "(localhost|127\\.0\\.0\\.1|\\[::1\\]|evil\\.example|[a-z.@\\\\/%0-9]{0,12})",
            rest in "([.@:/\\\\?#\t a-z0-9]{0,16})",
        ) {
            let uri = format!("{scheme}{slashes}{user}{host}{rest}");
            if let Ok(target) = Target::of(&uri, &[], Some("s"), false) {
                let location = target.send(&Method::GET, &[]).headers[LOCATION].to_str().unwrap().to_owned();
                prop_assert!(is_this_machine(&Url::parse(&location).unwrap()), "{uri} {location}");
            }
        }
    }

    #[rstest]
    #[case("http://localhost/a?b=c", false, "http://localhost/a?b=c&code=1&state=%26x%0D%0A")]
    #[case("http://localhost", true, "http://localhost/#code=1&state=%26x%0D%0A")]
    #[case("com.example.app:/cb", false, "com.example.app:/cb?code=1&state=%26x%0D%0A")]
    fn parameters_are_added(#[case] uri: &str, #[case] is_in_fragment: bool, #[case] expected: &str) {
        let allowed = [uri.to_owned()];
        let target = Target::of(uri, &allowed, Some("&x\r\n"), is_in_fragment).unwrap();
        let sent = target.send(&Method::GET, &[("code", "1")]);
        assert_eq!((sent.status.as_u16(), sent.headers[LOCATION].to_str().unwrap()), (302, expected));
    }
}
