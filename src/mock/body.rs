//! Reads the body of a request: within its size, the budget of all bodies, and the time that is left to it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use http::header::CONNECTION;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;

use super::response::Response;
use crate::exchange::budget::{Budget, Share};

/// In each span of this length a body has to bring so many octets, or its end.
const SPAN: Duration = Duration::from_secs(10);
const LEAST: usize = 32 << 10;
/// Bodies of this size take nothing of the budget, so that large ones lock nobody out.
const FREE: usize = 16 << 10;

/// A body, with its share of the budget as long as it is worked on.
#[derive(Debug)]
pub(super) struct Collected {
    pub octets: Bytes,
    _share: Share,
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It goes beyond the limit.
    TooLarge,
    /// It stopped, or came too slowly.
    TooSlow,
    /// Other clients hold too much already.
    NoRoom,
    /// It broke off.
    Broken,
}

impl Unread {
    /// The refusal. The rest of the body is not waited for, so that the connection ends with it.
    pub fn response(self) -> Response {
        let (status, detail) = match self {
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large; --max-body sets the limit")
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the request body did not come in time"),
            Self::NoRoom => {
                (StatusCode::SERVICE_UNAVAILABLE, "too many request bodies are under way; try again")
            }
            Self::Broken => (StatusCode::BAD_REQUEST, "the request body cannot be read"),
        };
        let mut response = Response::problem(status.as_u16(), detail, None);
        response.headers.insert(CONNECTION, http::HeaderValue::from_static("close"));
        response
    }
}

/// The whole body, at most `limit` octets.
///
/// # Errors
/// Why it is refused.
pub(super) async fn collect(body: Body, limit: usize, budget: &Arc<Budget>) -> Result<Collected, Unread> {
    let mut share = Share::of(budget);
    let mut octets = Vec::new();
    if body.is_end_stream() {
        return Ok(Collected { octets: Bytes::new(), _share: share });
    }
    let announced = body.size_hint().exact().and_then(|octets| usize::try_from(octets).ok());
    let announced = announced.filter(|octets| *octets <= limit);
    let mut body = Limited::new(body, limit);
    let mut span = pin!(tokio::time::sleep(SPAN));
    let mut brought = 0;
    loop {
        let frame = tokio::select! {
            biased;
            frame = body.frame() => frame,
            () = &mut span => {
                if brought < LEAST {
                    return Err(Unread::TooSlow);
                }
                brought = 0;
                span.set(tokio::time::sleep(SPAN));
                continue;
            }
        };
        let data = match frame {
            None => return Ok(Collected { octets: octets.into(), _share: share }),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            Some(Err(error)) if error.is::<LengthLimitError>() => return Err(Unread::TooLarge),
            Some(Err(_)) => return Err(Unread::Broken),
        };
        brought += data.len();
        if octets.is_empty() && body.is_end_stream() && data.len() <= FREE {
            return Ok(Collected { octets: data, _share: share });
        }
        let needed = octets.len() + data.len();
        if needed > FREE && !share.grow(needed - octets.len().max(FREE)) {
            return Err(Unread::NoRoom);
        }
        if needed > octets.capacity() {
            // What is announced is made room for at once, which takes no memory before it is used; else twice
            // the room each time, so that little is left behind.
            let capacity = announced.unwrap_or_else(|| (2 * needed).max(FREE).min(limit)).max(needed);
            let more = capacity - octets.len();
            octets.try_reserve_exact(more).map_err(|_| Unread::NoRoom)?;
        }
        octets.extend_from_slice(&data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: Body, limit: usize) -> Result<Bytes, Unread> {
        collect(body, limit, &Budget::of(1 << 20)).await.map(|collected| collected.octets)
    }

    /// Pieces that come one by one, each after a pause.
    fn slowly(pieces: usize, size: usize, pause: Duration) -> Body {
        let pieces = futures_util::stream::unfold(pieces, move |left| async move {
            tokio::time::sleep(pause).await;
            let piece: std::io::Result<Bytes> = Ok(vec![b'x'; size].into());
            (left > 0).then(|| (piece, left - 1))
        });
        Body::from_stream(pieces)
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::empty(), 3).await.unwrap(), "");
        assert_eq!(read(Body::from("abc"), 3).await.unwrap(), "abc");
        assert_eq!(read(Body::from("abcd"), 3).await, Err(Unread::TooLarge));
        let broken: std::io::Result<Bytes> = Err(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(
            read(Body::from_stream(futures_util::stream::iter([broken])), 3).await,
            Err(Unread::Broken)
        );
        let pieces = ["ab", "", "cd"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        assert_eq!(read(Body::from_stream(futures_util::stream::iter(pieces)), 9).await.unwrap(), "abcd");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_or_drips_is_not_waited_for() {
        let stopped = slowly(2, 100, Duration::from_hours(1));
        assert_eq!(read(stopped, 1000).await, Err(Unread::TooSlow));
        let dripping = slowly(1000, 1, Duration::from_secs(3));
        assert_eq!(read(dripping, 10_000).await, Err(Unread::TooSlow));
        let long = slowly(40, 20 << 10, Duration::from_secs(4));
        assert_eq!(read(long, 1 << 20).await.unwrap().len(), 800 << 10);
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_budget() {
        let budget = Budget::of(100 << 10);
        let body = || slowly(4, 20 << 10, Duration::ZERO);
        let first = collect(body(), 1 << 20, &budget).await.unwrap();
        assert_eq!(collect(body(), 1 << 20, &budget).await.unwrap_err(), Unread::NoRoom);
        // Small ones still have room.
        assert!(collect(slowly(4, 1 << 10, Duration::ZERO), 1 << 20, &budget).await.is_ok());
        drop(first);
        assert!(collect(body(), 1 << 20, &budget).await.is_ok());
        assert!(budget.take(100 << 10));
    }
}
