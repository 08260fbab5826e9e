//! Finds out by what the paths of a collection call its objects, where a listed object cannot be read by
//! what was taken for its id.

use super::adapt;
use crate::check::credentials::Credential;
use crate::check::evidence::Keyed;
use crate::check::plan::{Input, Step};
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::{Location, Operation};
use crate::exchange::Exchange;
use crate::generate::request::Parts;

/// Members that are tried for one collection.
const MAX_TRIES: usize = 4;

/// Reads a listed object by other members of it, until the target knows one. That member is what this
/// collection is asked by from then on.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn by_other_names(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    (first, key): (Keyed, Option<Credential>),
) -> Result<Keyed, NotSent> {
    let is_missing = |exchange: &Exchange| matches!(exchange.status(), Some(400 | 404 | 410 | 422));
    let last = operation.template.names().last();
    let input = step.inputs.iter().find(|(at, name, _)| *at == Location::Path && Some(name) == last);
    let (Some((_, name, Input::Any(index))), true) =
        (input, operation.is_safe() && step.is_plain() && is_missing(&first.exchange))
    else {
        return Ok(first);
    };
    // Another path may have other reasons not to answer.
    let reads = session.collection(*index).and_then(|known| known.retrieve) == Some(operation.index);
    if !reads || session.pool.is_called_by_name(*index) {
        return Ok(first);
    }
    let values = crate::check::path_values::of_parts(operation, parts);
    let planned = parts.clone();
    for (at, value) in session.pool.other_names(*index, &values, name).into_iter().take(MAX_TRIES) {
        parts.set(Location::Path, name, value);
        let Some(sent) = adapt::resend(session, operation, step, parts, key.clone()).await? else { break };
        if !is_missing(&sent.exchange) {
            session.pool.call_by(*index, &at);
            return Ok(sent);
        }
    }
    *parts = planned;
    Ok(first)
}
