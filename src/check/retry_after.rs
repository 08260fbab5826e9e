//! Reads how long a target asks to wait: `Retry-After`, and what is left of a rate.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::exchange::Exchange;

/// A count of seconds from here on is a time since 1970: nobody is told to wait for thirty years.
const EPOCH_FROM: u64 = 1_000_000_000;
/// From here on it counts milliseconds.
const MILLIS_FROM: u64 = 1_000_000_000_000;

/// How long a `Retry-After` asks to wait, in seconds or until a date (RFC 9110 §10.2.3).
pub(super) fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let headers = &exchange.response()?.headers;
    let value = field(headers, "retry-after")?;
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(until(headers, date(value)?)),
    }
}

/// How long the next request should wait: after a 429 as long as it says, else until the reset of a rate of which
/// nothing is left.
pub(super) fn asked_wait(exchange: &Exchange) -> Option<Duration> {
    let is_limited = exchange.status() == Some(429);
    if let Some(wait) = retry_after(exchange).filter(|_| is_limited) {
        return Some(wait);
    }
    let headers = &exchange.response()?.headers;
    let resets = structured(headers).into_iter().chain(plain(headers));
    resets.filter(|(left, _)| is_limited || *left == Some(0)).map(|(_, reset)| reset).max()
}

fn field<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// The time from when the answer was made until then, by the target's clock.
fn until(headers: &HeaderMap, then: Timestamp) -> Duration {
    let Some(made) = field(headers, "date").and_then(date) else { return Duration::ZERO };
    Duration::try_from(then.duration_since(made)).unwrap_or_default()
}

/// What is left, where it is said, and when that is reset.
type Quota = (Option<u64>, Duration);

/// `RateLimit` of draft-ietf-httpapi-ratelimit-headers: `"burst";r=0;t=5`, where `t` may be left to the window of
/// `RateLimit-Policy`; and of its drafts up to the seventh: `limit=100, remaining=0, reset=5`.
fn structured(headers: &HeaderMap) -> Vec<Quota> {
    let Some(line) = field(headers, "ratelimit") else { return Vec::new() };
    let number = |value: Option<&str>| value.and_then(|value| value.parse::<u64>().ok());
    let pairs: Vec<(&str, &str)> = line.split(',').filter_map(|item| item.trim().split_once('=')).collect();
    let member = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    if let Some(reset) = number(member("reset")) {
        return vec![(number(member("remaining")), Duration::from_secs(reset))];
    }
    let window = |name: &str| {
        let policies = field(headers, "ratelimit-policy")?.split(',');
        number(policies.map(item).find(|(known, _)| *known == name)?.1.get("w").copied())
    };
    let quotas = line.split(',').map(item).filter_map(|(name, parameters)| {
        let reset = number(parameters.get("t").copied()).or_else(|| window(name))?;
        Some((number(parameters.get("r").copied()), Duration::from_secs(reset)))
    });
    quotas.collect()
}

/// One item of a structured field: its name, and its parameters (RFC 9651 §3.3).
fn item(text: &str) -> (&str, std::collections::BTreeMap<&str, &str>) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    (name, parts.filter_map(|part| part.split_once('=')).collect())
}

/// `RateLimit-Remaining` and `-Reset`, with and without `X-`: the reset in seconds, or as a time since 1970.
fn plain(headers: &HeaderMap) -> Option<Quota> {
    let number = |name: &str| {
        let spellings =
            [format!("ratelimit-{name}"), format!("x-ratelimit-{name}"), format!("x-rate-limit-{name}")];
        let value = spellings.iter().find_map(|name| field(headers, name))?;
        // Some send fractions of a second, which are rounded up.
        value.parse::<u64>().ok().or_else(|| {
            let (whole, rest) = value.split_once('.')?;
            let is_more = rest.bytes().any(|digit| digit != b'0');
            Some(whole.parse::<u64>().ok()? + u64::from(is_more))
        })
    };
    let reset = number("reset")?;
    let wait = if reset < EPOCH_FROM {
        Duration::from_secs(reset)
    } else {
        let millis = if reset < MILLIS_FROM { reset.saturating_mul(1000) } else { reset };
        until(headers, Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?)
    };
    Some((number("remaining"), wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::scripted::answer;
    use crate::exchange::Request;
    use http::{HeaderName, Method};
    use rstest::rstest;
    use serde_json::Value;

    const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT";

    /// An answer with these header fields.
    fn told(status: u16, fields: &[&str]) -> Exchange {
        let mut response = answer(status, &Value::Null).unwrap();
        for (name, value) in fields.iter().filter_map(|line| line.split_once(": ")) {
            response.headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let request = Request::new(Method::GET, "/");
        Exchange {
            case: String::new(),
            url: String::new(),
            request,
            outcome: Ok(response),
            elapsed: Duration::ZERO,
        }
    }

    #[rstest]
    #[case::seconds(429, &["retry-after: 7"], Some(7))]
    #[case::date(429, &["retry-after: Sun, 06 Nov 1994 08:49:42 GMT", DATE], Some(5))]
    #[case::date_that_is_past(429, &["retry-after: Sun, 06 Nov 1994 08:49:30 GMT", DATE], Some(0))]
    #[case::no_clock(429, &["retry-after: Sun, 06 Nov 1994 08:49:42 GMT"], Some(0))]
    #[case::no_date(429, &["retry-after: soon", DATE], None)]
    #[case::not_limited(200, &["retry-after: 7"], None)]
    #[case::says_nothing(429, &[], None)]
    #[case::goes_first(429, &["retry-after: 2", "ratelimit: \"d\";r=0;t=9"], Some(2))]
    #[case::items(200, &["ratelimit: \"burst\";r=0;t=5, \"day\";r=9;t=900"], Some(5))]
    #[case::some_left(200, &["ratelimit: \"burst\";r=1;t=5"], None)]
    #[case::some_left_of_another(429, &["ratelimit: \"burst\";r=1;t=5"], Some(5))]
    #[case::window_of_the_policy(200, &["ratelimit: \"d\";r=0", "ratelimit-policy: \"e\";q=1;w=3, \"d\";q=10;w=8"], Some(8))]
    #[case::older(200, &["ratelimit: limit=10, remaining=0, reset=4"], Some(4))]
    #[case::older_with_some_left(200, &["ratelimit: limit=10, remaining=3, reset=4"], None)]
    #[case::fields(200, &["ratelimit-remaining: 0", "ratelimit-reset: 6"], Some(6))]
    #[case::fields_with_x(200, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 6"], Some(6))]
    #[case::fraction(200, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 0.25"], Some(1))]
    #[case::since_1970(200, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 784111780", DATE], Some(784_111_780))]
    #[case::epoch(200, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 1800000005", "date: Fri, 15 Jan 2027 08:00:00 GMT"], Some(5))]
    #[case::epoch_in_milliseconds(200, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 1800000005000", "date: Fri, 15 Jan 2027 08:00:00 GMT"], Some(5))]
    #[case::fields_with_some_left(200, &["x-ratelimit-remaining: 5", "x-ratelimit-reset: 6"], None)]
    #[case::limited_by_fields(429, &["x-ratelimit-reset: 6"], Some(6))]
    fn what_is_asked(#[case] status: u16, #[case] fields: &[&str], #[case] seconds: Option<u64>) {
        assert_eq!(asked_wait(&told(status, fields)), seconds.map(Duration::from_secs));
    }
}
