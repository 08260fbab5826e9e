//! A body that goes through, of which the beginning is kept.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::exchange::budget::{Budget, Share};

/// What was kept of a body, within a budget of all bodies.
#[derive(Debug, Clone)]
pub(super) struct Kept(Arc<Mutex<Parts>>);

#[derive(Debug)]
struct Parts {
    octets: Vec<u8>,
    share: Share,
    /// Whether it has come to its end.
    is_whole: bool,
    /// Whether there was more of it than is kept.
    is_over: bool,
    /// Why it broke off.
    failure: Option<String>,
}

impl Parts {
    /// Makes room for more octets, which counts whether it is used or not; whether there is any.
    fn make_room(&mut self, more: usize, limit: usize) -> bool {
        let (length, capacity) = (self.octets.len(), self.octets.capacity());
        if length + more <= capacity {
            return true;
        }
        let wanted = (length + more).max((capacity + capacity / 2).min(limit));
        let has_room = self.share.grow(wanted - capacity);
        if has_room {
            self.octets.reserve_exact(wanted - length);
        }
        has_room
    }
}

impl Kept {
    fn within(budget: &Arc<Budget>) -> Self {
        let (octets, share) = (Vec::new(), Share::of(budget));
        Self(Arc::new(Mutex::new(Parts { octets, share, is_whole: false, is_over: false, failure: None })))
    }

    /// How many octets there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).octets.len()
    }

    /// The octets.
    pub fn octets(&self) -> Bytes {
        Bytes::copy_from_slice(&self.0.lock().unwrap_or_else(PoisonError::into_inner).octets)
    }

    /// Whether that is all of the body.
    pub fn is_whole(&self) -> bool {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts.is_whole && !parts.is_over
    }

    fn add(&self, octets: &[u8], limit: usize) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if parts.is_over {
            return;
        }
        let room = limit.saturating_sub(parts.octets.len());
        let kept = octets.get(..room).unwrap_or(octets);
        parts.is_over = octets.len() > room;
        if parts.make_room(kept.len(), limit) {
            parts.octets.extend_from_slice(kept);
        } else {
            parts.is_over = true;
        }
    }

    /// Why it broke off, where whoever sent it ended it too early.
    pub fn failure(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure.clone()
    }

    fn fail(&self, why: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(why);
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_whole = true;
    }
}

/// A body of which at most `limit` octets are kept, and as many as there is room for.
pub(super) struct Tee<B> {
    body: B,
    kept: Kept,
    limit: usize,
    then: Option<Box<dyn FnOnce() + Send>>,
}

impl<B: Body<Data = Bytes>> Tee<B> {
    pub fn of(body: B, limit: usize, budget: &Arc<Budget>) -> (Self, Kept) {
        let kept = Kept::within(budget);
        if body.is_end_stream() {
            kept.end();
        }
        (Self { body, kept: kept.clone(), limit, then: None }, kept)
    }

    /// Does something once the body is through, or given up.
    pub fn then(mut self, then: impl FnOnce() + Send + 'static) -> Self {
        self.then = Some(Box::new(then));
        self
    }
}

impl<B> Drop for Tee<B> {
    fn drop(&mut self) {
        if let Some(then) = self.then.take() {
            then();
        }
    }
}

impl<B: Body<Data = Bytes, Error: std::fmt::Display> + Unpin> Body for Tee<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(octets) = frame.data_ref() {
                    this.kept.add(octets, this.limit);
                }
                if this.body.is_end_stream() {
                    this.kept.end();
                }
            }
            Some(Err(why)) => this.kept.fail(why.to_string()),
            None => this.kept.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Full, StreamBody};
    use rstest::rstest;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[rstest]
    #[case::all(100, 100, "0123456789", true)]
    #[case::just(10, 10, "0123456789", true)]
    #[case::beginning(4, 100, "0123", false)]
    #[case::no_room(100, 7, "01234", false)]
    #[tokio::test]
    async fn what_goes_through_is_kept(
        #[case] limit: usize,
        #[case] room: usize,
        #[case] expected: &str,
        #[case] is_whole: bool,
    ) {
        let budget = Budget::of(room);
        let frames = ["01234", "56789"].map(|part| Ok::<_, std::io::Error>(Frame::data(Bytes::from(part))));
        let (tee, kept) = Tee::of(StreamBody::new(futures_util::stream::iter(frames)), limit, &budget);
        let has_ended = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&has_ended);
        let through = tee.then(move || ended.store(true, Ordering::Relaxed)).collect().await.unwrap();
        assert_eq!(through.to_bytes(), "0123456789");
        assert_eq!((kept.octets(), kept.is_whole()), (Bytes::copy_from_slice(expected.as_bytes()), is_whole));
        assert!(has_ended.load(Ordering::Relaxed));
        drop(kept);
        assert!(budget.take(room), "it is given back");
    }

    #[tokio::test]
    async fn what_is_given_up_is_not_whole() {
        let (tee, kept) = Tee::of(Full::new(Bytes::from("octets")), 10, &Budget::of(10));
        assert_eq!(tee.size_hint().exact(), Some(6));
        drop(tee);
        assert!(!kept.is_whole());
        let (_tee, kept) = Tee::of(Full::new(Bytes::new()), 10, &Budget::of(10));
        assert!(kept.is_whole());
    }
}
