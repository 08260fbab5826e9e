//! What happens on a connection: whether octets move, and whether a request is under way.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::holding::{Held, Holdings, Part, Sent, head_beyond};

/// How often connections are looked at.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// After so many ticks without an octet, a connection on which no request is under way ends.
const IDLE: u32 = 15;
/// After so many, one ends whose client does not take what is there for it.
const STUCK: u32 = 10;

/// One connection.
#[derive(Debug)]
pub(super) struct Activity {
    /// Whether octets moved since the last tick.
    has_moved: AtomicBool,
    /// Ticks since octets moved.
    quiet: AtomicU32,
    /// Whether the client does not take what is written.
    is_stuck: AtomicBool,
    /// Requests whose answers have not left.
    open: AtomicUsize,
    /// Answers of which a part was given away and the next not asked for.
    given: AtomicUsize,
    is_evicted: AtomicBool,
    /// What it holds for its client.
    pub held: Arc<Held>,
    /// What was read of a header section that has not come to its end.
    head: AtomicUsize,
    /// Ticks since it began.
    ticks: AtomicU32,
    /// The tick at which the connection wants to be woken; [`u32::MAX`] for none.
    alarm: AtomicU32,
    connection: AtomicWaker,
}

impl Activity {
    /// A connection that begins now, which counts as if octets moved.
    pub fn new(all: &Arc<Holdings>) -> Self {
        Self {
            held: Held::new(all),
            head: AtomicUsize::new(0),
            has_moved: AtomicBool::new(true),
            quiet: AtomicU32::new(0),
            is_stuck: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            given: AtomicUsize::new(0),
            is_evicted: AtomicBool::new(false),
            ticks: AtomicU32::new(0),
            alarm: AtomicU32::new(u32::MAX),
            connection: AtomicWaker::new(),
        }
    }

    fn move_on(&self) {
        self.has_moved.store(true, Ordering::Relaxed);
        self.quiet.store(0, Ordering::Relaxed);
    }

    /// Ticks since octets moved.
    pub fn quiet(&self) -> u32 {
        self.quiet.load(Ordering::Relaxed)
    }

    /// Whether nobody but the client can go on with it.
    pub fn waits_for_client(&self) -> bool {
        self.quiet() > 0 || self.is_stuck.load(Ordering::Relaxed)
    }

    /// Lets the connection end.
    pub fn evict(&self) {
        self.held.forget();
        self.is_evicted.store(true, Ordering::Release);
        self.connection.wake();
    }

    /// Waits until the connection should end, because nothing happens on it or others need its place.
    pub async fn ends(&self) {
        std::future::poll_fn(|context| {
            self.connection.register(context.waker());
            if self.is_evicted.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Ticks since it began.
    pub fn ticks(&self) -> u32 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// Sets the tick at which the connection is woken.
    pub fn set_alarm(&self, tick: u32) {
        self.alarm.store(tick, Ordering::Relaxed);
    }

    /// Counts a tick. Lets the connection end where it should, and wakes it where it waits for the time.
    pub fn tick(&self) {
        let now = self.ticks.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if self.should_end() {
            self.evict();
        } else if now >= self.alarm.load(Ordering::Relaxed) {
            self.set_alarm(u32::MAX);
            self.connection.wake();
        }
    }

    /// Whether the connection should end, after another tick.
    fn should_end(&self) -> bool {
        if self.has_moved.swap(false, Ordering::Relaxed) {
            return false;
        }
        let quiet = self.quiet.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let is_idle = self.open.load(Ordering::Relaxed) == 0;
        let is_unread = self.is_stuck.load(Ordering::Relaxed) || self.given.load(Ordering::Relaxed) > 0;
        (is_idle && quiet >= IDLE) || (is_unread && quiet >= STUCK)
    }

    /// Counts a request until its answer has left.
    pub fn begin<B: hyper::body::Body>(self: &Arc<Self>, request: &hyper::Request<B>) -> Open {
        self.open.fetch_add(1, Ordering::Relaxed);
        let head = self.head.swap(0, Ordering::Relaxed);
        let part = Part::of_request(&self.held, head, request, !request.body().is_end_stream());
        self.held.give(head_beyond(0, head));
        Open { activity: Arc::clone(self), part }
    }

    /// Counts octets that were read: while no request is under way they are those of a header section.
    fn read(&self, octets: usize) {
        self.move_on();
        if self.open.load(Ordering::Relaxed) == 0 {
            let read = self.head.fetch_add(octets, Ordering::Relaxed);
            match head_beyond(read, octets) {
                0 => {}
                counts => self.held.add(counts),
            }
        }
    }
}

/// A request under way.
pub(super) struct Open {
    activity: Arc<Activity>,
    /// What it takes, where that counts; always where it has a body.
    pub part: Option<Arc<Part>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.activity.open.fetch_sub(1, Ordering::Relaxed);
        self.activity.move_on();
    }
}

/// The body of an answer, which is under way until all of it was given away.
pub(super) struct Leaving {
    body: Body,
    open: Open,
    is_given: bool,
    /// What it takes, where all of it is there and that counts.
    part: Option<Part>,
}

impl Leaving {
    pub fn new(body: Body, open: Open) -> Self {
        use hyper::body::Body as _;
        let whole = body.size_hint().exact().and_then(|octets| usize::try_from(octets).ok());
        let part = whole.and_then(|octets| Part::of_answer(&open.activity.held, octets));
        Self { body, open, is_given: false, part }
    }

    fn set_given(&mut self, is_given: bool) {
        if is_given != self.is_given {
            self.is_given = is_given;
            let given = &self.open.activity.given;
            if is_given {
                given.fetch_add(1, Ordering::Relaxed)
            } else {
                given.fetch_sub(1, Ordering::Relaxed)
            };
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.set_given(false);
    }
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // While the next part is not there, it is not the client who is waited for.
        self.set_given(matches!(polled, Poll::Ready(Some(Ok(_)))));
        let Poll::Ready(Some(Ok(frame))) = polled else { return polled };
        let frame = match self.part.take() {
            Some(part) => frame.map_data(|octets| Bytes::from_owner(Sent { octets, _part: part })),
            None => frame,
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that tells when octets move.
pub(super) struct Watched {
    socket: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    pub fn new(socket: TcpStream, activity: &Arc<Activity>) -> Self {
        Self { socket, activity: Arc::clone(activity) }
    }

    fn wrote(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.activity.is_stuck.store(polled.is_pending(), Ordering::Relaxed);
        let octets = ready!(polled)?;
        if octets > 0 {
            self.activity.move_on();
        }
        Poll::Ready(Ok(octets))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        let octets = buffer.filled().len() - before;
        if octets > 0 {
            self.activity.read(octets);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write(context, octets);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write_vectored(context, parts);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_ends_on_which_nothing_happens() {
        let (idle, busy) =
            (Arc::new(Activity::new(&Arc::default())), Arc::new(Activity::new(&Arc::default())));
        let open = busy.begin(&hyper::Request::new(http_body_util::Empty::<Bytes>::new()));
        let is_evicted = |activity: &Activity| activity.is_evicted.load(Ordering::Relaxed);
        for tick in 0..=IDLE {
            assert!(!is_evicted(&idle), "after {tick} ticks");
            idle.tick();
            busy.tick();
        }
        assert!(is_evicted(&idle) && !is_evicted(&busy));
        drop(open);
        (0..=IDLE).for_each(|_| busy.tick());
        assert!(is_evicted(&busy));
    }
}
