//! Sends requests, at the rate and within the limits of the run.

mod abreast;
mod desk;
pub(super) mod kept;
mod waits;

use std::collections::VecDeque;

use bytes::Bytes;

pub(super) use abreast::{Abreast, has_failed};
pub(super) use desk::{Asked, Desk};

use super::clock::{self, Instant};
use super::job::{Options, RESERVE};
use super::retry_after::asked_wait;
use super::target::{Connection, Target, Way};
use crate::exchange::{Exchange, Failure, Request, Secret};
use crate::redact::Redactor;
use crate::run::Traffic;
use kept::Kept;
use std::time::Duration;
use tokio::sync::watch;
use waits::Waits;

/// Octets of answers that are read and judged in a second, also where it takes long.
const READ_IN_A_SECOND: u64 = 4 << 20;
/// An answer of so many octets is always looked at, and so much is kept of one that cannot be.
const BEGINNING: usize = 64 << 10;

/// What a run is at.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It tries what was planned.
    Plan,
    /// It removes what it made, until then where it has a bound.
    Cleaning(Option<Instant>),
}

/// The number of a request: that of the part of the run which it belongs to, and that in it. So it does not
/// depend on what is sent beside it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Number {
    part: usize,
    request: usize,
}

impl Number {
    /// Before the first request of a part.
    pub fn of_part(part: usize) -> Self {
        Self { part, request: 0 }
    }
}

/// Sends requests one after another, or side by side what has nothing to do with each other.
pub(super) struct Sender<'r> {
    target: &'r dyn Target,
    options: &'r Options,
    /// Requests that are sent at most, clean-up apart.
    most: usize,
    stop: watch::Receiver<bool>,
    stage: Stage,
    started: Instant,
    /// When the last request went out.
    last: Option<Instant>,
    sent: usize,
    /// Requests that are still to come, for which the run's bounds must leave room.
    kept_back: usize,
    /// Parts of the run that have a number.
    parts: usize,
    number: Number,
    /// How many requests still go out one at a time.
    caution: usize,
    /// Where requests are left instead of being sent: this is a fork's sender.
    desk: Option<Desk>,
    /// Answers that were asked for ahead, in the order in which they will be wanted.
    ahead: VecDeque<Exchange>,
    /// Answers that were asked for ahead and not wanted.
    unused: usize,
    /// Answers that were asked for ahead and that nobody took.
    left_over: Vec<Exchange>,
    waits: Waits,
    /// What went out and came back, where a report wants all of it.
    kept: Kept,
    /// Why requests cannot be sent any more.
    unsent: Option<String>,
    /// Whether the last answer was a 5xx or none, after which connections are not trusted.
    pub is_shaken: bool,
}

impl<'r> Sender<'r> {
    pub fn new(target: &'r dyn Target, options: &'r Options, stop: watch::Receiver<bool>) -> Self {
        Self {
            most: options.max_requests.unwrap_or(usize::MAX),
            target,
            options,
            stop,
            stage: Stage::Plan,
            started: clock::now(),
            last: None,
            sent: 0,
            kept_back: 0,
            parts: 1,
            number: Number::of_part(1),
            caution: 0,
            desk: None,
            ahead: VecDeque::new(),
            unused: 0,
            left_over: Vec::new(),
            waits: Waits::new(options.deadline),
            kept: Kept::new(options.keeps_traffic),
            unsent: None,
            is_shaken: false,
        }
    }

    /// Sends so many requests at most, clean-up apart.
    pub fn of_at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The sender of a fork: requests are left at a desk.
    pub fn fork(&self, desk: Desk) -> Self {
        Self {
            stop: self.stop.clone(),
            waits: self.waits.clone(),
            unsent: self.unsent.clone(),
            desk: Some(desk),
            ahead: VecDeque::new(),
            left_over: Vec::new(),
            kept: Kept::default(),
            ..*self
        }
    }

    /// Numbers parts of the run that come next; gives the first number.
    pub fn number_parts(&mut self, count: usize) -> usize {
        let first = self.parts + 1;
        self.parts += count;
        first
    }

    /// Begins a part of the run. These answers are given to the requests that they were asked for with.
    pub fn begin_part(&mut self, part: usize, answers: VecDeque<Exchange>) {
        self.number = Number::of_part(part);
        self.drop_unused(answers);
    }

    /// Begins a part of the run for which nothing was asked ahead.
    pub fn begin_next_part(&mut self) {
        let part = self.number_parts(1);
        self.begin_part(part, VecDeque::new());
    }

    /// Nothing is asked for ahead any more.
    pub fn expect_nothing(&mut self) {
        self.drop_unused(VecDeque::new());
    }

    /// Expects other answers; those that were not wanted are counted and kept.
    fn drop_unused(&mut self, next: VecDeque<Exchange>) {
        let unused = std::mem::replace(&mut self.ahead, next);
        self.unused += unused.len();
        self.left_over.extend(unused);
    }

    /// Keeps an answer that was asked for ahead for what the run does not come to.
    pub fn not_reached(&mut self, exchange: Exchange) {
        self.left_over.push(exchange);
    }

    /// Answers that were asked for ahead and that nobody took.
    pub fn take_left_over(&mut self) -> Vec<Exchange> {
        std::mem::take(&mut self.left_over)
    }

    /// Answers that were asked for ahead and not wanted.
    pub fn unused(&self) -> usize {
        self.unused
    }

    /// The address of the target.
    pub fn base(&self) -> &'r str {
        self.target.base()
    }

    /// The address of a path at the target.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Requests that were sent.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// When the run began, where its caller has a clock.
    pub fn begun(&self) -> Option<String> {
        self.options.begun.map(|begun| format!("{begun:.3}"))
    }

    /// All that was sent, without secrets, where the options want it.
    pub fn traffic(&mut self, redactor: &Redactor) -> Traffic {
        self.kept.traffic(redactor, self.options.begun)
    }

    /// How long the run has taken, in milliseconds.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the caller asked the run to end.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// How many requests are sent at most, clean-up apart.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Lets a look at the target's health go beyond the bound, unless the user has set one: a run that does harm must end
    /// before anything else does.
    pub fn adds_look(&mut self) {
        if self.options.max_requests.is_none() {
            self.most = self.most.saturating_add(1);
        }
    }

    /// Leaves room for so many requests that are still to come.
    pub fn keep_back(&mut self, requests: usize) {
        self.kept_back = requests;
    }

    /// Whether a part of the bounds is kept for requests that are still to come.
    pub fn keeps_back(&self) -> bool {
        self.kept_back > 0
    }

    /// Which bound of the run is used up, but for what is kept back.
    pub fn used_up(&self) -> Option<&'static str> {
        let elapsed = self.started.elapsed();
        if self.options.deadline.is_some_and(|deadline| elapsed >= deadline) {
            return Some("the run's deadline had passed");
        }
        if self.sent >= self.most {
            return Some("the run's --max-requests were used up");
        }
        let sent = self.sent.saturating_add(self.kept_back);
        // As long as requests took so far.
        let share = Duration::as_secs_f64(&elapsed) / count(self.sent.max(1)) * count(sent);
        if self.options.deadline.is_some_and(|deadline| share >= deadline.as_secs_f64()) {
            return Some("the rest of the run's deadline was kept for plain requests");
        }
        (sent >= self.most).then_some("the rest of the run's --max-requests was kept for plain requests")
    }

    /// From now on only what was made is removed, within the reserve that goes beyond the bounds.
    pub fn begin_to_clean(&mut self, is_over: bool) {
        let deadline = self.options.deadline.and_then(|deadline| self.started.checked_add(deadline));
        let end = if is_over { Some(clock::now()) } else { deadline };
        self.stage = Stage::Cleaning(end.and_then(|end| end.checked_add(RESERVE)));
    }

    /// Whether it counts how long answers take.
    pub fn times_answers(&self) -> bool {
        self.options.slow.is_some()
    }

    /// Whether the run is still at its plan.
    pub fn is_at_plan(&self) -> bool {
        matches!(self.stage, Stage::Plan)
    }

    /// Whether there is time left to clean up, so much later.
    pub fn may_clean_at(&self, time: Instant) -> bool {
        match self.stage {
            Stage::Plan | Stage::Cleaning(None) => true,
            Stage::Cleaning(Some(until)) => time <= until,
        }
    }

    /// Whether there is still time to clean up.
    pub fn may_clean(&self) -> bool {
        match self.stage {
            Stage::Plan | Stage::Cleaning(None) => true,
            Stage::Cleaning(Some(until)) => clock::now() < until,
        }
    }

    /// Notes what an answer asks the next request to wait for; whether the request should be sent again after that.
    /// Clean-up has waits of its own.
    pub fn is_put_off(&mut self, exchange: &Exchange) -> bool {
        let Some(wait) = asked_wait(exchange).filter(|_| self.is_at_plan()) else { return false };
        let end = self.options.deadline.and_then(|deadline| self.started.checked_add(deadline));
        self.waits.ask(wait, end) && exchange.status() == Some(429)
    }

    /// Waits until the next request may go out. A run that is stopped meanwhile waits no longer.
    pub async fn pace(&mut self) {
        if self.desk.is_some() || !self.ahead.is_empty() {
            return;
        }
        let pause = self.options.pause.zip(self.last);
        let pause = pause.map_or(Duration::ZERO, |(pause, last)| pause.saturating_sub(last.elapsed()));
        let asked = if self.is_at_plan() { self.waits.rest() } else { Duration::ZERO };
        if pause.max(asked).is_zero() {
            return;
        }
        let waiting = clock::sleep(pause.max(asked));
        if !self.is_at_plan() {
            return waiting.await;
        }
        tokio::select! {
            () = waiting => {}
            Ok(_) = self.stop.wait_for(|is_stopped| *is_stopped) => {}
        }
    }

    /// Why requests cannot be sent, which ends the run.
    pub fn unsent(&self) -> Option<&str> {
        self.unsent.as_deref()
    }

    /// The names of the headers that sign requests, and their values.
    pub fn signatures(&self) -> (Vec<String>, Vec<Secret>) {
        self.target.signatures()
    }

    /// Sends a request at once, with a time-out of its own where it has one; what its time is, [`Sender::pace`]
    /// waits for. Where its answer was asked for ahead, that is the answer. Each answers one request.
    pub async fn send(&mut self, request: &Request, timeout: Option<Duration>) -> Exchange {
        let mut exchange = if let Some(desk) = &self.desk {
            desk.ask(request, timeout).await
        } else {
            match self.expected(request).await {
                Some(exchange) => exchange,
                None => self.send_now(request, timeout).await,
            }
        };
        self.shorten(&mut exchange);
        match &exchange.outcome {
            Err(Failure::Unsigned(why)) => {
                self.unsent.get_or_insert_with(|| format!("the requests cannot be signed: {why}"));
            }
            Err(Failure::Unpaced(why)) => {
                self.unsent
                    .get_or_insert_with(|| format!("the requests cannot be sent at the shared rate: {why}"));
            }
            _ => {}
        }
        exchange
    }

    /// Keeps only the beginning of an answer that cannot be read in the time that is left: nobody waits beyond
    /// the deadline for what a target sends.
    fn shorten(&self, exchange: &mut Exchange) {
        let Ok(response) = &mut exchange.outcome else { return };
        let Some(end) = self.end().filter(|_| response.body.len() > BEGINNING) else { return };
        let left = u64::try_from(end.saturating_duration_since(clock::now()).as_millis()).unwrap_or(u64::MAX);
        if response.body.len() as u64 > left.saturating_mul(READ_IN_A_SECOND) / 1000 {
            // A copy, so that the rest is not kept with it.
            response.body = Bytes::copy_from_slice(response.body.get(..BEGINNING).unwrap_or_default());
            response.is_cut = true;
        }
    }

    /// When the run ends, or its clean-up.
    fn end(&self) -> Option<Instant> {
        match self.stage {
            Stage::Plan => self.options.deadline.and_then(|deadline| self.started.checked_add(deadline)),
            Stage::Cleaning(until) => until,
        }
    }

    /// The answer that was asked for ahead with this request.
    async fn expected(&mut self, request: &Request) -> Option<Exchange> {
        let exchange = self.ahead.pop_front()?;
        if is_same(&exchange.request, request) {
            self.number.request += 1;
            // What is under way is looked at before this answer is.
            tokio::task::yield_now().await;
            return Some(exchange);
        }
        // The run took another turn: what else was asked for belongs to the old one.
        self.ahead.push_front(exchange);
        self.expect_nothing();
        self.pace().await;
        None
    }

    async fn send_now(&mut self, request: &Request, timeout: Option<Duration>) -> Exchange {
        let mut number = self.number;
        let case = self.goes_out(&mut number);
        self.number = number;
        let after = self.started.elapsed();
        let exchange = self.target.send(request, &case, self.way(request, timeout)).await;
        self.kept.keep(after, &exchange);
        exchange
    }

    /// After a failure, what writes goes out on a connection of its own.
    fn way(&self, request: &Request, timeout: Option<Duration>) -> Way {
        let is_apart = self.is_shaken && !request.method.is_safe();
        Way { connection: if is_apart { Connection::Own } else { Connection::Shared }, timeout }
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn count(requests: usize) -> f64 {
    requests as f64
}

/// Whether two requests are the same on the wire.
fn is_same(one: &Request, other: &Request) -> bool {
    one.method == other.method
        && one.path == other.path
        && one.query == other.query
        && one.headers == other.headers
        && one.body == other.body
}

#[cfg(test)]
mod tests;
