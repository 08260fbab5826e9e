//! Sends requests to a fresh object where the state of the first one stands in their way: it hides what is thought of
//! forbidden input, and what this run changed before may take nothing any more.

use super::{adapt, objects};
use crate::check::credentials::Credential;
use crate::check::evidence::Keyed;
use crate::check::plan::{Input, Step};
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::generate::request::Parts;
use crate::judge::exchange::Intent;

/// Fresh objects that meet the same conflict, before no more are made.
const MAX_VAIN: usize = 2;
const CLOSED: &str = "the object takes nothing since an earlier change, and no other one could be made";

fn is_conflict(keyed: &Keyed) -> bool {
    matches!(keyed.exchange.status(), Some(409 | 412))
}

/// Whether the plain request of an operation is refused at an object of this run's own that it changed before: an object
/// that is closed, disabled or locked since then says nothing about the operation.
fn is_spoiled(session: &Session<'_>, operation: &Operation, step: &Step, keyed: &Keyed) -> bool {
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    is_first
        && step.is_plain()
        && session.nesting == 0
        && (is_conflict(keyed) || is_closed(keyed))
        && session.ledger.is_touched(&keyed.exchange.request.path)
}

fn is_closed(keyed: &Keyed) -> bool {
    matches!(keyed.exchange.status(), Some(403 | 423))
}

/// Sends forbidden input that met a conflict, and a plain request that what was changed refuses, to an object that is
/// made for it: there a plain request would be taken, so that the answer is about the request.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn without_conflict(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    first: Keyed,
    key: Option<Credential>,
) -> Result<Keyed, NotSent> {
    let is_in_its_way =
        is_conflict(&first) || (is_closed(&first) && session.ledger.is_touched(&first.exchange.request.path));
    let is_forbidden = matches!(step.intent, Intent::Invalid(_)) && is_in_its_way;
    let is_spoiled = is_spoiled(session, operation, step, &first);
    let vain = session.recorder.state(operation.index).map_or(0, |state| state.vain);
    if !(is_forbidden || is_spoiled) || vain >= MAX_VAIN {
        return Ok(first);
    }
    let mut fresh = step.clone();
    let mut made = None;
    for (_, _, input) in &mut fresh.inputs {
        let parent = match input {
            Input::Own(collection) => Some(*collection),
            Input::Parent(collection) | Input::OwnParent(collection) => {
                Some(*collection).filter(|_| is_spoiled)
            }
            _ => None,
        };
        if let Some(collection) = parent {
            *input = Input::Fresh(collection);
            made = parent;
        }
    }
    let Some(collection) = made else { return Ok(first) };
    let known = session.pool.own_count(collection);
    let filled = match Box::pin(objects::filled(session, operation, &fresh)).await {
        Ok(filled) => filled,
        // What is closed refuses whatever is sent, and says nothing about the input.
        Err(_) if is_forbidden && is_closed(&first) => return Err(NotSent::Pointless(CLOSED)),
        Err(_) => return Ok(first),
    };
    let planned = std::mem::replace(parts, filled.parts);
    let Some(again) = adapt::resend(session, operation, step, parts, key).await? else { return Ok(first) };
    let is_vain = is_like(&again, &first);
    if is_vain && let Some(state) = session.recorder.state_mut(operation.index) {
        state.vain += 1;
    }
    if is_vain && is_spoiled {
        *parts = planned;
        return Ok(first);
    }
    // What refused this refuses the others, too.
    if is_spoiled {
        session.pool.prefer_newest(collection, known);
    }
    Ok(again)
}

fn is_like(one: &Keyed, other: &Keyed) -> bool {
    one.exchange.status() == other.exchange.status()
}
