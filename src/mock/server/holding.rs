//! What connections hold for clients that do not finish what they send, or do not read what they asked for: half header
//! sections, small bodies and small answers. Large bodies and answers have budgets of their own, out of which they are
//! refused; so many small ones that nobody can refuse one of them cost the connection that holds the most.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Version;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::Notify;

/// Octets that all connections may hold together.
const MOST: usize = 16 << 20;
/// What a request on a connection of HTTP/2 takes beside its octets.
const STREAM: usize = 2 << 10;
/// So much of a header section, and of an answer, is not counted: it is what any connection needs.
const FREE: usize = 4 << 10;
/// Beyond this, a body or an answer counts in a budget of its own.
const SMALL_BODY: usize = 16 << 10;
const SMALL_ANSWER: usize = 64 << 10;

/// What all connections hold.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    octets: AtomicUsize,
    grew: Notify,
}

impl Holdings {
    /// Whether it is more than it should be.
    pub fn are_too_much(&self) -> bool {
        self.octets.load(Ordering::Relaxed) > MOST
    }

    /// Waits until it is more than it should be.
    pub async fn grow_too_much(&self) {
        self.grew.notified().await;
    }
}

/// What one connection holds.
#[derive(Debug)]
pub(super) struct Held {
    all: Arc<Holdings>,
    octets: AtomicUsize,
}

impl Held {
    pub fn new(all: &Arc<Holdings>) -> Arc<Self> {
        Arc::new(Self { all: Arc::clone(all), octets: AtomicUsize::new(0) })
    }

    /// How much it is, in octets.
    pub fn octets(&self) -> usize {
        self.octets.load(Ordering::Relaxed)
    }

    pub fn add(&self, octets: usize) {
        self.octets.fetch_add(octets, Ordering::Relaxed);
        if self.all.octets.fetch_add(octets, Ordering::Relaxed).saturating_add(octets) > MOST {
            self.all.grew.notify_one();
        }
    }

    pub fn give(&self, octets: usize) {
        let left = |held: usize| Some(held.saturating_sub(octets));
        let before = self.octets.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        let given = before.unwrap_or_else(|held| held).min(octets);
        self.all.octets.fetch_sub(given, Ordering::Relaxed);
    }

    /// Counts nothing of it any more, because the connection ends.
    pub fn forget(&self) {
        self.give(usize::MAX);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.forget();
    }
}

/// A part of what a connection holds, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Part {
    held: Arc<Held>,
    octets: AtomicUsize,
}

impl Part {
    fn of(held: &Arc<Held>, octets: usize) -> Self {
        held.add(octets);
        Self { held: Arc::clone(held), octets: AtomicUsize::new(octets) }
    }

    /// What a request takes until it is answered; `head` is what was read for its header section where that is known.
    /// `None` where it is no more than any request takes.
    pub fn of_request<B>(
        held: &Arc<Held>,
        head: usize,
        request: &hyper::Request<B>,
        has_body: bool,
    ) -> Option<Arc<Self>> {
        let head = if request.version() == Version::HTTP_2 {
            let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
            let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
            STREAM + target + fields.sum::<usize>()
        } else {
            head.saturating_sub(FREE)
        };
        (head > 0 || has_body).then(|| Arc::new(Self::of(held, head)))
    }

    /// What an answer takes until it was sent; `None` where that is little, or counted elsewhere.
    pub fn of_answer(held: &Arc<Held>, octets: usize) -> Option<Self> {
        (FREE..=SMALL_ANSWER).contains(&octets).then(|| Self::of(held, octets))
    }

    fn grow(&self, octets: usize) {
        self.octets.fetch_add(octets, Ordering::Relaxed);
        self.held.add(octets);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.held.give(*self.octets.get_mut());
    }
}

/// Octets that count until they were sent.
pub(super) struct Sent {
    pub octets: Bytes,
    pub _part: Part,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

/// How much of a header section counts, of which that much was read before `more` came.
pub(super) fn head_beyond(read: usize, more: usize) -> usize {
    (read + more).saturating_sub(FREE.max(read))
}

/// The body of a request, of which what was read counts as long as the request is under way.
pub(super) struct Counted {
    body: Incoming,
    part: Arc<Part>,
    read: usize,
}

impl Counted {
    pub fn new(body: Incoming, part: Arc<Part>) -> Self {
        Self { body, part, read: 0 }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let counts = data.len().min(SMALL_BODY.saturating_sub(self.read));
            self.part.grow(counts);
            self.read += counts;
        }
        polled
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

    #[test]
    fn what_is_held_is_given_back_once() {
        let all = Arc::new(Holdings::default());
        let (first, second) = (Held::new(&all), Held::new(&all));
        let part = Part::of(&first, 100);
        part.grow(11);
        second.add(MOST);
        assert_eq!((first.octets(), all.are_too_much()), (111, true));
        // The connection ends before its parts are dropped.
        first.forget();
        drop(part);
        assert_eq!((first.octets(), all.octets.load(Ordering::Relaxed)), (0, MOST));
        drop(second);
        assert_eq!(all.octets.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_any_connection_needs_is_free() {
        let counted = |pieces: &[usize]| {
            let mut read = 0;
            let counts = pieces.iter().map(|piece| {
                let counts = head_beyond(read, *piece);
                read += piece;
                counts
            });
            counts.sum::<usize>()
        };
        assert_eq!(counted(&[FREE]), 0);
        assert_eq!(counted(&[FREE - 1, 2, 5, FREE]), FREE + 6);
        let held = Held::new(&Arc::default());
        assert!(
            Part::of_answer(&held, FREE - 1).is_none() && Part::of_answer(&held, SMALL_ANSWER + 1).is_none()
        );
        assert!(Part::of_answer(&held, SMALL_ANSWER).is_some());
    }
}
