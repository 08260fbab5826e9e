//! Why no complete response came, as a value of `exchange`.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::exchange::Failure;

/// Why the head of an answer did not come.
pub(super) fn of_head(error: &reqwest::Error, timeout: Duration) -> Failure {
    if error.is_timeout() {
        return Failure::Timeout(timeout);
    }
    let why = reason(error);
    if !error.is_connect() && closed_early(error) {
        return Failure::Closed(why);
    }
    if error.is_connect() || causes(error).any(<dyn std::error::Error>::is::<io::Error>) {
        return Failure::Connect(why);
    }
    Failure::Protocol(why)
}

/// Why the body of an answer did not come to its end.
pub(super) fn of_body(error: &reqwest::Error, timeout: Duration) -> Failure {
    if error.is_timeout() { Failure::Timeout(timeout) } else { Failure::Truncated(reason(error)) }
}

/// The innermost reason, which is the one that helps. The address that the client's own error repeats may hold
/// a secret.
pub(super) fn reason(error: &dyn Error) -> String {
    let reason = causes(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    // How TLS introduces what our own verifier says.
    let reason = reason.strip_prefix("other error: ").map(str::to_owned).unwrap_or(reason);
    reason.split_once(" for url (").map_or_else(|| reason.clone(), |(reason, _)| reason.to_owned())
}

/// Why a request that was passed on got no answer.
pub(super) fn of_passing(error: &hyper_util::client::legacy::Error) -> Failure {
    let why = reason(error);
    if error.is_connect() {
        return Failure::Connect(why);
    }
    if closed_early(error) { Failure::Closed(why) } else { Failure::Protocol(why) }
}

/// Whether a connection ended before the first octet of an answer.
fn closed_early(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let by_io = cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                ErrorKind::ConnectionReset
                    | ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::UnexpectedEof
            )
        });
        by_io || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
    })
}

/// What is behind an error, from the outside in.
fn causes<'e>(error: &'e dyn Error) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'e (dyn Error + 'static)| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outside")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_innermost_reason_is_told() {
        assert_eq!(reason(&Outer(io::Error::other("the inside"))), "the inside");
        assert_eq!(
            reason(&io::Error::from(ErrorKind::NotFound)),
            io::Error::from(ErrorKind::NotFound).to_string()
        );
    }
}
