//! Reads how long a target asks to wait.

use std::time::Duration;

use crate::exchange::Exchange;

/// How long a `Retry-After` in seconds asks to wait (RFC 9110 §10.2.3).
pub(super) fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let value = exchange.response()?.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
