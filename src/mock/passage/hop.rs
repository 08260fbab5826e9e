//! Fields that are about one connection alone (RFC 9110 §7.6.1).

use http::header::{CONNECTION, HeaderName, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue};

const ALWAYS: [HeaderName; 5] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes out what the sender meant for this connection: what `Connection` names, and what is always meant so. `TE`
/// stays where it asks for trailers, which are passed on.
///
/// The others stay in their order, which taking single ones out of the map would not keep.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named = named.flat_map(|line| line.split(','));
    // A sender must not name what is for the recipient of the message (§7.6.1), and who does is not followed.
    let named = named.filter_map(|name| name.trim().parse::<HeaderName>().ok()).filter(|name| !is_kept(name));
    let named: Vec<HeaderName> = named.chain(ALWAYS).collect();
    let asks_for_trailers = headers.get_all(TE).iter().any(|te| {
        let mut codings = te.to_str().unwrap_or_default().split(',');
        codings.any(|coding| {
            let name = coding.split(';').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case("trailers")
        })
    });
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers.iter().filter(|(name, _)| !named.contains(name) && **name != TE) {
        kept.append(name.clone(), value.clone());
    }
    if asks_for_trailers {
        kept.insert(TE, HeaderValue::from_static("trailers"));
    }
    *headers = kept;
}

/// Fields that go from one end to the other whatever `Connection` says: taking out credentials or conditions would
/// change what the request means.
fn is_kept(name: &HeaderName) -> bool {
    use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST};
    [HOST, AUTHORIZATION, COOKIE, CONTENT_TYPE, CONTENT_LENGTH, CACHE_CONTROL].contains(name)
}

/// Whether a request asks for another protocol on its connection (RFC 9110 §7.8).
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    headers.contains_key(UPGRADE)
        && lines.any(|line| line.split(',').any(|name| name.trim().eq_ignore_ascii_case("upgrade")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        };
        lines.iter().map(field).collect()
    }

    #[rstest]
    #[case::plain(&[("accept", "a/b"), ("x-a", "1")], "accept: a/b|x-a: 1")]
    #[case::always(&[("connection", "close"), ("keep-alive", "5"), ("transfer-encoding", "chunked"), ("x-a", "1")], "x-a: 1")]
    #[case::named(&[("connection", "x-a, Keep-Alive"), ("x-a", "1"), ("x-b", "2")], "x-b: 2")]
    #[case::not_the_key(&[("connection", "authorization"), ("authorization", "Bearer a")], "authorization: Bearer a")]
    #[case::trailers(&[("te", "gzip, trailers;q=1")], "te: trailers")]
    #[case::codings(&[("te", "gzip")], "")]
    fn what_is_of_the_connection_stays_there(#[case] sent: &[(&str, &str)], #[case] expected: &str) {
        let mut left = headers(sent);
        strip(&mut left);
        let left: Vec<String> =
            left.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        assert_eq!(left.join("|"), expected);
    }

    #[rstest]
    #[case(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")], true)]
    #[case(&[("upgrade", "h2c")], false)]
    #[case(&[("connection", "upgrade")], false)]
    fn an_upgrade_is_named_twice(#[case] sent: &[(&str, &str)], #[case] expected: bool) {
        assert_eq!(is_upgrade(&headers(sent)), expected);
    }
}
