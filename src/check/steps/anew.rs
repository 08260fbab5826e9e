//! Sends forbidden input to a fresh object where the state of the first one hides what is thought of the input.

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

fn is_conflict(keyed: &Keyed) -> bool {
    matches!(keyed.exchange.status(), Some(409 | 412))
}

/// Sends forbidden input that met a conflict to an object that is made for it: there a plain request would
/// be taken, so that the answer is about the input.
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
    let is_forbidden = matches!(step.intent, Intent::Invalid(_)) && is_conflict(&first);
    let vain = session.recorder.state(operation.index).map_or(0, |state| state.vain);
    if !is_forbidden || vain >= MAX_VAIN {
        return Ok(first);
    }
    let mut fresh = step.clone();
    for (_, _, input) in &mut fresh.inputs {
        if let Input::Own(collection) = input {
            *input = Input::Fresh(*collection);
        }
    }
    if fresh.inputs == step.inputs {
        return Ok(first);
    }
    let Ok(filled) = Box::pin(objects::filled(session, operation, &fresh)).await else { return Ok(first) };
    *parts = filled.parts;
    let Some(again) = adapt::resend(session, operation, step, parts, key).await? else { return Ok(first) };
    if is_conflict(&again)
        && let Some(state) = session.recorder.state_mut(operation.index)
    {
        state.vain += 1;
    }
    Ok(again)
}
