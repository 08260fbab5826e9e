//! Asks reads ahead, side by side, so that a run need not wait for each.
//!
//! Units of a run that only read, and do not need each other's answers, are played ahead: each on a fork of
//! the session, by the same code that plays it for good later. What the forks ask for is sent in waves: the
//! first request of each, then the second of each, and so on. The answers are kept for each unit in order.
//! Then the run plays one unit after the other, and gets those answers instead of waiting. So what is sent,
//! and in which order it is judged, does not depend on how many requests are under way at a time.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt;

use super::progress::Progress;
use super::sender::{Asked, Desk, has_failed};
use super::session::Session;
use crate::contract::OperationId;
use crate::exchange::Exchange;

/// Units that are played ahead together.
pub(super) const BLOCK: usize = 128;
/// Octets of answers that are kept for one block; after that, no other wave is sent.
const MAX_HELD: usize = 64 << 20;

/// What a unit does, under way.
pub(super) type Acting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A part of a run that needs no answer of the parts beside it.
pub(super) trait Unit: Sync {
    /// The operation that it is about.
    fn about(&self, session: &Session<'_>) -> Option<OperationId>;

    /// Sends its requests and has the answers judged.
    fn act<'a>(&'a self, session: &'a mut Session<'_>) -> Acting<'a>;
}

/// A unit that is played ahead.
struct Fork<'f> {
    unit: usize,
    desk: Desk,
    acting: Acting<'f>,
}

impl Fork<'_> {
    /// What it asks for next; `None` where it is over, or would do what only the run itself may: write, wait,
    /// or make a key.
    fn next(&mut self) -> Option<Asked> {
        let is_over = self.acting.as_mut().now_or_never().is_some();
        let asked = self.desk.asked().filter(|_| !is_over);
        asked
            .filter(|Asked { request, .. }| request.method.is_safe() || request.method.as_str() == "PROPFIND")
    }
}

/// The answers that units will want, for each in order.
pub(super) async fn answers<U: Unit>(
    session: &mut Session<'_>,
    units: &[U],
    progress: &Progress,
) -> Vec<VecDeque<Exchange>> {
    let mut answers = vec![VecDeque::new(); units.len()];
    // One alone has nothing beside it.
    let mut forks: Vec<Fork<'_>> = if units.len() > 1 {
        units.iter().enumerate().map(|(at, unit)| fork(session, at, unit)).collect()
    } else {
        Vec::new()
    };
    let mut held = 0;
    while !forks.is_empty() {
        let mut requests = Vec::new();
        forks.retain_mut(|fork| {
            let next = fork.next();
            let asks = next.is_some();
            requests.extend(next);
            asks
        });
        let wave = session.sender.send_all(&requests).await;
        let mut answered = wave.answers.into_iter();
        forks.retain_mut(|fork| {
            let Some(exchange) = answered.next().flatten() else { return false };
            held += exchange.response().map_or(0, |response| response.body.len());
            // What a failure leads to is for the run itself to do.
            let goes_on = !has_failed(&exchange) && exchange.status() != Some(429);
            if goes_on {
                fork.desk.answer(exchange.clone());
            }
            if let Some(kept) = answers.get_mut(fork.unit) {
                kept.push_back(exchange);
            }
            goes_on
        });
        if wave.is_last || held > MAX_HELD {
            break;
        }
        let unit = forks.first().and_then(|fork| units.get(fork.unit));
        let operation = unit.and_then(|unit| unit.about(session));
        progress.goes_on(session, operation);
    }
    answers
}

fn fork<'f, 'r: 'f, U: Unit>(session: &Session<'r>, unit: usize, acts: &'f U) -> Fork<'f> {
    let desk = Desk::default();
    let mut fork = session.fork(desk.clone());
    Fork { unit, desk, acting: Box::pin(async move { acts.act(&mut fork).await }) }
}

#[cfg(test)]
mod tests;
