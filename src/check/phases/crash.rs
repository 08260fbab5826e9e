//! Requests that are odd on purpose: a server may refuse them, and must not fail.

use http::HeaderValue;
use http::header::COOKIE;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::contract::{Location, Operation, OperationId};
use crate::exchange::{Failure, Request};
use crate::generate::request::{Parts, build};
use crate::judge::sequence::failure::failure;

/// A request with what is odd about it.
pub(super) struct Odd {
    pub label: String,
    pub request: Request,
}

/// Smaller requests that are tried to find out what matters.
const MAX_SMALLER: usize = 4;

/// Sends odd requests for an operation until it fails on one: that one is sent once more, after the target was looked
/// after, and made smaller. One failure is enough of an operation; there may be one cause for all.
pub(super) async fn run(
    session: &mut Session<'_>,
    operation: &Operation,
    odd: impl Iterator<Item = (Odd, Vec<Odd>)>,
) {
    let creates = session.resources.created_by(operation.index);
    for (odd, smaller) in odd {
        if session.must_end().is_some() || creates.is_some_and(|made| !session.ledger.is_in_hand(made)) {
            return;
        }
        let Some(turn) = send(session, operation, &odd).await else { return };
        if !has_failed(operation, &odd, &turn) {
            session.recorder.say(operation, &turn, failure(operation, &odd.label, &turn.exchange));
            continue;
        }
        // What took too long once is not asked for again.
        let mut found = (odd, turn);
        if !matches!(found.1.exchange.outcome, Err(Failure::Timeout(_))) {
            let Some(again) = send(session, operation, &found.0).await else { return };
            if !has_failed(operation, &found.0, &again) {
                continue;
            }
            for smaller in smaller.into_iter().take(MAX_SMALLER - 1) {
                let Some(turn) = send(session, operation, &smaller).await else { break };
                if has_failed(operation, &smaller, &turn) {
                    found = (smaller, turn);
                    break;
                }
            }
        }
        let (odd, turn) = found;
        session.recorder.say(operation, &turn, failure(operation, &odd.label, &turn.exchange));
        return;
    }
}

async fn send(session: &mut Session<'_>, operation: &Operation, odd: &Odd) -> Option<Evidence> {
    if session.must_end().is_some() {
        return None;
    }
    dispatch::send_as(session, operation, odd.request.clone(), Attempt::made_up(operation), false).await
}

fn has_failed(operation: &Operation, odd: &Odd, turn: &Evidence) -> bool {
    !failure(operation, &odd.label, &turn.exchange).seen.is_empty()
}

/// The operation, where it was called at all and is not known to fail.
pub(super) fn sound<'r>(session: &Session<'r>, index: OperationId) -> Option<&'r Operation> {
    let operation = session.operation(Some(index))?;
    let state = session.recorder.state(index)?;
    let is_busy = state.statuses.contains_key("429") && state.success.is_none();
    let fails = state.statuses.keys().any(|status| status.starts_with('5'));
    (!state.statuses.is_empty() && !is_busy && !fails && !operation.is_login()).then_some(operation)
}

/// A request whose cookies hold what is no percent-encoding.
pub(super) fn odd_cookie(operation: &Operation, parts: &Parts) -> Option<Odd> {
    let cookies: Vec<String> =
        operation.parameters_in(Location::Cookie).map(|p| format!("{}=%", p.name)).collect();
    let mut request = build(operation, parts).ok().filter(|_| !cookies.is_empty())?;
    request.headers.insert(COOKIE, HeaderValue::from_str(&cookies.join("; ")).ok()?);
    Some(Odd { label: "an odd cookie".to_owned(), request })
}
