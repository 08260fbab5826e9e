//! Who may use the page: the browser that the address with its token was opened in, and no page of another site.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::cli::output::Stop;

/// The secrets of one review, and the one place that it is at.
pub(super) struct Guard {
    host: String,
    /// In the address that is printed; it opens one browser.
    token: String,
    is_used: AtomicBool,
    /// In the cookie of that browser.
    secret: String,
    cookie: String,
}

/// What is said to a request before anything is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has the token: from now on the cookie is enough.
    Enters,
    /// It has the cookie.
    Passes,
    /// It has neither, or a page of another site made it.
    Refused(&'static str),
}

impl Guard {
    /// New secrets for a page at a port of this machine.
    pub fn new(port: u16) -> Result<Self, Stop> {
        Ok(Self {
            host: format!("127.0.0.1:{port}"),
            token: secret()?,
            is_used: AtomicBool::new(false),
            secret: secret()?,
            // Cookies do not know ports: two reviews at a time have two names.
            cookie: format!("counterpart-review-{port}"),
        })
    }

    /// The address to open.
    pub fn address(&self) -> String {
        format!("http://{}/?token={}", self.host, self.token)
    }

    /// The cookie that a browser gets for the token.
    pub fn set_cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, self.secret)
    }

    /// Whether a request is meant for this page: a name that leads here by a trick of DNS is another host.
    fn is_host(&self, headers: &HeaderMap) -> bool {
        headers.get(HOST).is_some_and(|host| host.as_bytes() == self.host.as_bytes())
    }

    /// What is said to a request.
    pub fn judge(&self, request: &Parts) -> Verdict {
        if !self.is_host(&request.headers) {
            return Verdict::Refused("the request names another host");
        }
        let is_own = |origin: &http::HeaderValue| {
            origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) == Some(self.host.as_str())
        };
        let origin = request.headers.get(ORIGIN);
        // Every browser names the page that posts.
        if origin.is_some_and(|origin| !is_own(origin))
            || (request.method == Method::POST && origin.is_none())
        {
            return Verdict::Refused("the request comes from a page of another site");
        }
        if self.has_cookie(&request.headers) {
            return Verdict::Passes;
        }
        let query = request.uri.query().unwrap_or_default();
        let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
        match token {
            Some((_, token)) if request.method == Method::GET && is_same(&token, &self.token) => {
                if self.is_used.swap(true, Ordering::SeqCst) {
                    Verdict::Refused(
                        "this address was opened before, and opens one browser only; go on there, or end the review with Ctrl-C and start it again",
                    )
                } else {
                    Verdict::Enters
                }
            }
            _ => Verdict::Refused("open the address that counterpart review --web printed"),
        }
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let fields = headers.get_all(COOKIE).iter().filter_map(|field| field.to_str().ok());
        let pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().any(|(name, value)| name == self.cookie && is_same(value, &self.secret))
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
}

fn secret() -> Result<String, Stop> {
    let mut octets = [0; 24];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut octets)
        .map_err(|_| Stop::io("this machine gives no random numbers"))?;
    Ok(octets.iter().fold(String::new(), |mut out, octet| {
        let _ = write!(out, "{octet:02x}");
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const OWN: (&str, &str) = ("host", "127.0.0.1:4242");
    const ORIGIN_OWN: (&str, &str) = ("origin", "http://127.0.0.1:4242");

    #[rstest]
    #[case("GET", true, &[OWN], true)]
    #[case("POST", true, &[OWN, ORIGIN_OWN], true)]
    #[case::no_origin("POST", true, &[OWN], false)]
    #[case::null("POST", true, &[OWN, ("origin", "null")], false)]
    #[case::other_port("POST", true, &[OWN, ("origin", "http://127.0.0.1:4243")], false)]
    #[case::longer("POST", true, &[OWN, ("origin", "http://127.0.0.1:42420")], false)]
    #[case::other_scheme("POST", true, &[OWN, ("origin", "https://127.0.0.1:4242")], false)]
    #[case::other_site("GET", true, &[OWN, ("origin", "http://evil.example")], false)]
    #[case::rebound("GET", true, &[("host", "evil.example:4242")], false)]
    #[case::no_host("GET", true, &[], false)]
    #[case::no_cookie("GET", false, &[OWN], false)]
    #[case::no_cookie("POST", false, &[OWN, ORIGIN_OWN], false)]
    fn a_request_passes(
        #[case] method: &str,
        #[case] has_cookie: bool,
        #[case] headers: &[(&str, &str)],
        #[case] passes: bool,
    ) {
        let guard = Guard::new(4242).unwrap();
        let cookie = guard.set_cookie();
        let cookie = format!("other=1; {}", cookie.split(';').next().unwrap());
        let mut headers = headers.to_vec();
        if has_cookie {
            headers.push(("cookie", &cookie));
        }
        assert_eq!(guard.judge(&request(method, "/act", &headers)) == Verdict::Passes, passes);
    }

    #[test]
    fn the_token_opens_one_browser() {
        let guard = Guard::new(4242).unwrap();
        let address = guard.address();
        let path = address.strip_prefix("http://127.0.0.1:4242").unwrap();
        let wrong = path.replace("token=", "token=0");
        assert!(matches!(guard.judge(&request("GET", &wrong, &[OWN])), Verdict::Refused(_)));
        assert!(matches!(guard.judge(&request("POST", path, &[OWN, ORIGIN_OWN])), Verdict::Refused(_)));
        assert_eq!(guard.judge(&request("GET", path, &[OWN])), Verdict::Enters);
        assert!(
            matches!(guard.judge(&request("GET", path, &[OWN])), Verdict::Refused(told) if told.contains("before"))
        );
        assert_ne!(address, Guard::new(4242).unwrap().address());
    }
}
