//! Where a target sends everything.

use std::fmt;

use http::header::LOCATION;
use url::Url;

use crate::exchange::Exchange;

/// A redirect (RFC 9110 §15.4) that every first request got, by the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// The same path at another address: with another scheme, host or beginning.
    Elsewhere(String),
    /// The same path with a slash at its end, or without the one that it had.
    Slash {
        /// Whether it is the target that wants one.
        is_wanted: bool,
    },
    /// Something else, such as a login page.
    Page(String),
}

impl Redirect {
    /// Where an exchange was redirected to; `None` where it was not.
    pub(super) fn of(exchange: &Exchange) -> Option<Self> {
        let response = exchange.response().filter(|response| response.status.is_redirection())?;
        let location = response.headers.get(LOCATION)?.to_str().ok()?;
        let to = Url::parse(&exchange.url).ok()?.join(location).ok()?;
        let (path, asked) = (to.path(), exchange.request.path.as_str());
        let without = |path: &str| path.trim_end_matches('/').to_owned();
        if let Some(beginning) = path.strip_suffix(asked) {
            return Some(Self::Elsewhere(format!("{}{beginning}", to.origin().ascii_serialization())));
        }
        if without(path).ends_with(&without(asked)) {
            return Some(Self::Slash { is_wanted: path.ends_with('/') });
        }
        Some(Self::Page(to.to_string()))
    }
}

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere(base) => write!(f, "every request is redirected; use --url {base}"),
            Self::Slash { is_wanted: true } => f.write_str(
                "every path is redirected to itself with a slash at its end, which the document's paths lack",
            ),
            Self::Slash { is_wanted: false } => f.write_str(
                "every path is redirected to itself without the slash at its end, which the document's paths have",
            ),
            Self::Page(to) => write!(
                f,
                "every request is redirected, to {to} first; it may be a login page, or --url may be wrong"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;

    use super::*;
    use crate::exchange::{Request, Response};

    #[rstest]
    #[case::to_tls("https://t/api/pets", Redirect::Elsewhere("https://t/api".into()))]
    #[case::to_another_host("http://www.t/api/pets?limit=1", Redirect::Elsewhere("http://www.t/api".into()))]
    #[case::to_a_version("/api/v2/pets", Redirect::Elsewhere("http://t/api/v2".into()))]
    #[case::to_a_slash("/api/pets/", Redirect::Slash { is_wanted: true })]
    #[case::to_login("/login?next=/api/pets", Redirect::Page("http://t/login?next=/api/pets".into()))]
    fn what_is_meant_is_told(#[case] location: &str, #[case] expected: Redirect) {
        let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
        let response =
            Response { status: StatusCode::FOUND, headers, body: bytes::Bytes::new(), is_cut: false };
        let exchange = Exchange {
            case: String::new(),
            url: "http://t/api/pets".to_owned(),
            request: Request::new(Method::GET, "/pets"),
            outcome: Ok(response),
            elapsed: Duration::ZERO,
        };
        assert_eq!(Redirect::of(&exchange), Some(expected));
    }
}
