//! Requests that are under way side by side.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::{Asked, Number, Sender};
use crate::check::clock;
use crate::check::retry_after::asked_wait;
use crate::exchange::{Exchange, Failure};

/// Requests that go out one at a time after a failure: some servers close a connection then.
const CAUTION: usize = 8;
/// Requests that `--max-requests` must have left beyond those that are sent side by side.
const SPARE: usize = 64;

/// An answer, with the place of who asked.
type Answered = (usize, Exchange);
/// An answer, and how long after the run's beginning its request went out.
type Came = (Answered, Duration);

/// Whether an answer is a failure of the target: a 5xx or none. A method that nobody implements (501) is a
/// refusal, and a body past the cap is no sign that the target is unwell.
pub(in crate::check) fn has_failed(exchange: &Exchange) -> bool {
    let is_too_large = matches!(exchange.outcome, Err(Failure::TooLarge(_)));
    matches!(exchange.status(), Some(500 | 502..) | None) && !is_too_large
}

/// What is sent side by side, each for somebody who has a place.
#[derive(Default)]
pub(in crate::check) struct Abreast<'t> {
    under_way: FuturesUnordered<Pin<Box<dyn Future<Output = Came> + Send + 't>>>,
    /// Answers that came while another request waited for its time.
    came: VecDeque<Came>,
    /// Whether nothing more goes out side by side for now: the target asks for patience or does not answer,
    /// or a bound of the run is near.
    pub is_over: bool,
}

impl<'t> Abreast<'t> {
    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.came.is_empty()
    }

    /// Whether another request may go out now.
    pub fn has_room(&self, sender: &Sender<'_>) -> bool {
        !self.is_over && self.under_way.len() < sender.at_a_time()
    }

    /// Sends a request once it is time for it, unless a bound of the run comes first.
    pub async fn send<'r: 't>(
        &mut self,
        sender: &mut Sender<'r>,
        (place, asked): (usize, Asked),
        number: &mut Number,
    ) {
        loop {
            tokio::select! {
                biased;
                () = sender.pace() => break,
                Some(answered) = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.came.push_back(answered);
                }
            }
        }
        let most = sender.options.max_requests.unwrap_or(usize::MAX);
        let is_near = sender.sent.saturating_add(SPARE) >= most;
        self.is_over |= is_near || sender.is_stopped() || sender.used_up().is_some();
        if self.is_over {
            return;
        }
        let case = sender.goes_out(number);
        let (target, way) = (sender.target, sender.way(&asked.request, asked.timeout));
        let after = sender.started.elapsed();
        let sent = async move { ((place, target.send(&asked.request, &case, way).await), after) };
        self.under_way.push(Box::pin(sent));
        // Nothing goes on the wire before it is asked for the first time.
        while let Some(Some(answered)) = self.under_way.next().now_or_never() {
            self.came.push_back(answered);
        }
    }

    /// Does something while what is under way goes on: an answer that nobody reads keeps a server waiting.
    pub async fn beside(&mut self, acting: impl Future<Output = ()>) {
        let mut acting = std::pin::pin!(acting);
        loop {
            tokio::select! {
                biased;
                Some(answered) = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.came.push_back(answered);
                }
                () = &mut acting => return,
            }
        }
    }

    /// The next answer; `None` where nothing is under way.
    pub async fn next(&mut self, sender: &mut Sender<'_>) -> Option<Answered> {
        let (answered, after) = match self.came.pop_front() {
            Some(came) => came,
            None => self.under_way.next().await?,
        };
        let exchange = &answered.1;
        sender.kept.keep(after, exchange);
        let has_failed = has_failed(exchange);
        sender.caution = if has_failed { CAUTION } else { sender.caution.saturating_sub(1) };
        let is_silent = has_failed && exchange.status().is_none();
        self.is_over |= is_silent || exchange.status() == Some(429) || asked_wait(exchange).is_some();
        Some(answered)
    }
}

impl Sender<'_> {
    /// How many requests may be under way.
    pub(in crate::check) fn at_a_time(&self) -> usize {
        if self.caution > 0 || self.target.takes_turns() { 1 } else { usize::from(self.options.jobs.max(1)) }
    }

    /// Whether writes that have nothing to do with each other may be under way at the same time. A run that
    /// ends at the first error must not be ahead of it.
    pub(in crate::check) fn writes_side_by_side(&self) -> bool {
        self.options.write_jobs > 1 && !self.options.fail_fast && self.at_a_time() > 1
    }

    /// Notes that a request goes out now, and gives its number.
    pub(super) fn goes_out(&mut self, number: &mut Number) -> String {
        self.last = Some(clock::now());
        self.sent += 1;
        number.request += 1;
        format!("{}/{}.{}", self.options.name, number.part, number.request)
    }
}
