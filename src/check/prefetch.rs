//! Asks ahead, side by side, so that a run need not wait for each answer.
//!
//! Units of a run that do not need each other's answers are played ahead: each on a fork of the session, by the
//! same code that plays it for good later. What the forks ask for goes out side by side, the first unit's
//! requests before those of the others. The run plays one unit after the other, and gets those answers instead of
//! waiting. So what is sent, what it is called, and in which order it is judged, does not depend on how many
//! requests are under way at a time.
//!
//! Units that write are played ahead only where the user wants writes side by side. The run notes what its own
//! play of a unit makes and removes; a write that this play does not repeat is noted all the same.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt;

use super::dispatch;
use super::progress::Progress;
use super::sender::{Abreast, Asked, Desk, Number, has_failed};
use super::session::Session;
use crate::exchange::Exchange;

/// Units that are played ahead together.
pub(super) const BLOCK: usize = 512;
/// Octets of answers that are kept; beyond that, nothing more is asked ahead.
const MAX_HELD: usize = 64 << 20;

/// What a unit does, under way.
pub(super) type Acting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A part of a run that needs no answer of the parts beside it.
pub(super) trait Unit: Sync {
    /// Whether it may write.
    fn writes(&self, session: &Session<'_>) -> bool;

    /// Sends its requests and has the answers judged, until the run must end.
    fn act<'a>(&'a self, session: &'a mut Session<'_>, progress: &'a mut Progress) -> Acting<'a>;
}

/// Plays units one after the other, what they ask for asked ahead.
pub(super) async fn play<U: Unit>(session: &mut Session<'_>, units: &[U], progress: &mut Progress) {
    let first = session.sender.number_parts(units.len());
    let marks = session.marks.clone();
    let mut ahead = Ahead::of(session, units, first);
    for (at, unit) in units.iter().enumerate() {
        ahead.until(session, at).await;
        if session.is_over() {
            break;
        }
        session.health.beside = ahead.writes_beside(at);
        session.health.begins_unit();
        session.fresh.begins_unit();
        let own = marks.beside(at, units.len());
        let earlier = std::mem::replace(&mut session.marks, own);
        session.sender.begin_part(first + at, ahead.take(at));
        ahead.abreast.beside(unit.act(session, progress)).await;
        session.sender.expect_nothing();
        let own = std::mem::replace(&mut session.marks, earlier);
        session.marks.go_behind(&own);
        ahead.went_on(at);
    }
    ahead.end(session).await;
    session.health.beside.clear();
    session.sender.begin_next_part();
    dispatch::book_left_over(session).await;
}

/// A unit that is played ahead.
struct Fork<'f> {
    desk: Desk,
    /// `None` once it is over.
    acting: Option<Acting<'f>>,
    number: Number,
    may_write: bool,
    /// Whether it did all that it would do.
    is_complete: bool,
    answers: VecDeque<Exchange>,
}

impl Fork<'_> {
    /// What it asks for next; `None` where it is over, or would do what only the run itself may: wait, make a
    /// key, write where that is not done ahead, or ask for an answer that has to come in time.
    fn next(&mut self) -> Option<Asked> {
        let acting = self.acting.as_mut()?;
        self.is_complete = acting.as_mut().now_or_never().is_some();
        let may_send = |Asked { request, timeout }: &Asked| {
            let reads = request.method.is_safe() || request.method.as_str() == "PROPFIND";
            timeout.is_none() && (self.may_write || reads)
        };
        let asked = self.desk.asked().filter(|_| !self.is_complete).filter(may_send);
        if asked.is_none() {
            self.acting = None;
        }
        asked
    }
}

/// Units that are played ahead.
struct Ahead<'f> {
    /// None where nothing is asked ahead.
    forks: Vec<Fork<'f>>,
    /// Forks that nobody keeps waiting.
    ready: BTreeSet<usize>,
    abreast: Abreast<'f>,
    /// Octets of answers that are kept.
    held: usize,
    /// Units that write and need the run itself: those behind the first of them wait for it.
    stuck: BTreeSet<usize>,
}

impl<'f> Ahead<'f> {
    fn of<'r: 'f, U: Unit>(session: &Session<'r>, units: &'f [U], first: usize) -> Self {
        let may_write = units.iter().any(|unit| unit.writes(session));
        // One alone has nothing beside it.
        let may_be_ahead =
            !may_write || (session.sender.writes_side_by_side() && !session.health.is_harmed());
        let is_worth_it = units.len() > 1 && may_be_ahead;
        let fork = |(at, acts): (usize, &'f U)| {
            let desk = Desk::default();
            let mut fork = session.fork(desk.clone());
            fork.marks = session.marks.beside(at, units.len());
            fork.health.begins_unit();
            let mut progress = Progress::new(0);
            let acting: Acting<'f> = Box::pin(async move { acts.act(&mut fork, &mut progress).await });
            let number = Number::of_part(first + at);
            Fork {
                desk,
                acting: Some(acting),
                number,
                may_write,
                is_complete: false,
                answers: VecDeque::new(),
            }
        };
        let forks: Vec<Fork<'f>> =
            if is_worth_it { units.iter().enumerate().map(fork).collect() } else { Vec::new() };
        let ready = (0..forks.len()).collect();
        Self { forks, ready, abreast: Abreast::default(), held: 0, stuck: BTreeSet::new() }
    }

    /// Asks for what there is time for, until all that a unit wants is there. Requests of other units stay under
    /// way meanwhile, but where the run itself sends the next one. Their answers are looked at later, so that this
    /// is not done where the time of answers counts.
    async fn until<'r: 'f>(&mut self, session: &mut Session<'r>, at: usize) {
        loop {
            let fork = self.forks.get(at);
            let is_there = fork.is_none_or(|fork| fork.acting.is_none());
            let is_complete = fork.is_some_and(|fork| fork.is_complete);
            let is_quiet = !is_complete || session.sender.at_a_time() == 1 || session.sender.times_answers();
            if !(is_there && is_quiet) {
                self.send(session).await;
            }
            if (is_there && !is_quiet) || self.abreast.is_empty() {
                return;
            }
            if let Some((place, exchange)) = self.abreast.next(&mut session.sender).await {
                self.keep(session, place, exchange);
            }
        }
    }

    /// Sends what the forks ask for, those of the first units first.
    async fn send<'r: 'f>(&mut self, session: &mut Session<'r>) {
        while self.abreast.has_room(&session.sender) && self.held <= MAX_HELD {
            let Some(at) = self.ready.first().copied() else { return };
            let Some(fork) =
                self.forks.get_mut(at).filter(|_| self.stuck.first().is_none_or(|stuck| at <= *stuck))
            else {
                return;
            };
            self.ready.remove(&at);
            match fork.next() {
                Some(asked) => self.abreast.send(&mut session.sender, (at, asked), &mut fork.number).await,
                None if fork.may_write && !fork.is_complete => {
                    self.stuck.insert(at);
                }
                None => {}
            }
            if self.abreast.is_over {
                self.forks.iter_mut().for_each(|fork| fork.acting = None);
            }
        }
    }

    /// Keeps an answer, and gives it to its fork. What a failure leads to is for the run itself to do.
    fn keep(&mut self, session: &mut Session<'_>, place: usize, exchange: Exchange) {
        let Some(fork) = self.forks.get_mut(place) else { return };
        let goes_on = !has_failed(&exchange) && exchange.status() != Some(429);
        let may_write = fork.may_write;
        if may_write {
            dispatch::tell_ahead(session, &exchange);
        }
        if goes_on {
            fork.desk.answer(exchange.clone());
            self.ready.insert(place);
        } else {
            fork.acting = None;
        }
        self.held += size(&exchange);
        fork.answers.push_back(exchange);
        if may_write && !goes_on {
            self.stuck.insert(place);
        }
    }

    /// The answers for a unit, in order.
    fn take(&mut self, at: usize) -> VecDeque<Exchange> {
        let Some(fork) = self.forks.get_mut(at) else { return VecDeque::new() };
        fork.acting = None;
        self.ready.remove(&at);
        let answers = std::mem::take(&mut fork.answers);
        self.held -= answers.iter().map(size).sum::<usize>();
        answers
    }

    /// A unit was played for good.
    fn went_on(&mut self, at: usize) {
        self.stuck.remove(&at);
    }

    /// The writes that were sent for the units behind one.
    fn writes_beside(&self, at: usize) -> Vec<String> {
        let behind = self.forks.iter().skip(at + 1).filter(|fork| fork.may_write);
        let writes = behind.flat_map(|fork| &fork.answers).filter(|exchange| {
            !exchange.request.method.is_safe() && !matches!(exchange.status(), Some(400..=499))
        });
        writes.map(|exchange| format!("{} {}", exchange.request.method, exchange.url)).collect()
    }

    /// Waits for what is under way. What was written for units that the run did not come to is not lost.
    async fn end(&mut self, session: &mut Session<'_>) {
        while let Some((place, exchange)) = self.abreast.next(&mut session.sender).await {
            self.keep(session, place, exchange);
        }
        for exchange in self.forks.iter_mut().flat_map(|fork| std::mem::take(&mut fork.answers)) {
            session.sender.not_reached(exchange);
        }
    }
}

fn size(exchange: &Exchange) -> usize {
    exchange.response().map_or(0, |response| response.body.len())
}

#[cfg(test)]
mod tests;
