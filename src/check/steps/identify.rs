//! Finds out by what the paths of a collection call its objects, where what was taken for an id leads
//! nowhere.

use serde_json::Value;

use super::adapt;
use crate::check::credentials::Credential;
use crate::check::evidence::Keyed;
use crate::check::path_values;
use crate::check::plan::{Input, Step};
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::resources::CollectionId;
use crate::contract::{Location, Operation, parameter};
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
    let last = operation.template.names().last();
    let input = step.inputs.iter().find(|(at, name, _)| *at == Location::Path && Some(name) == last);
    let (Some((_, name, Input::Any(index))), true) =
        (input, operation.is_safe() && step.is_plain() && is_missing(&first.exchange))
    else {
        return as_others(session, operation, step, parts, (first, key)).await;
    };
    // Another path may have other reasons not to answer.
    let reads = session.collection(*index).and_then(|known| known.retrieve) == Some(operation.index);
    if !reads || session.pool.is_called_by_name(*index) {
        return as_others(session, operation, step, parts, (first, key)).await;
    }
    let values = path_values::of_parts(operation, parts);
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

fn is_missing(exchange: &Exchange) -> bool {
    matches!(exchange.status(), Some(400 | 404 | 410 | 422))
}

/// The object that a step works on: its collection and which path parameter names it, by position.
fn target(session: &Session<'_>, operation: &Operation, step: &Step) -> Option<(CollectionId, String, usize)> {
    let names = operation.template.names();
    let inputs = step.inputs.iter().filter(|(at, _, input)| {
        *at == Location::Path && input.is_object()
    });
    let found = inputs.filter_map(|(_, name, _)| Some((names.iter().position(|known| known == name)?, name)));
    let (position, name) = found.max_by_key(|(position, _)| *position)?;
    let place = session.resources.place(operation, name).filter(|place| place.member.is_none())?;
    Some((place.collection, name.clone(), position))
}

/// Asks for the object by what else identifies it: of one collection, some paths may want ids and others
/// names. What an unsafe request goes to must be this run's own by its id or by a text of this run's.
async fn as_others(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    (first, key): (Keyed, Option<Credential>),
) -> Result<Keyed, NotSent> {
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    let object = target(session, operation, step).filter(|_| {
        is_first && step.is_plain() && is_missing(&first.exchange)
    });
    let Some((collection, name, position)) = object else { return Ok(first) };
    let Some(now) = path_values::of_parts(operation, parts).get(position).cloned() else { return Ok(first) };
    let planned = parts.clone();
    for (member, value) in other_ids(session, collection, &now) {
        let is_id = ["id", "_id", "uuid"].contains(&member);
        if !operation.is_safe() && !is_id && !session.marks.is_in(value.as_str()) {
            continue;
        }
        parts.set(Location::Path, &name, value.clone());
        let Some(sent) = adapt::resend(session, operation, step, parts, key.clone()).await? else { break };
        if leads_further((&first.exchange, &now), (&sent.exchange, &value)) {
            if let Some(state) = session.recorder.state_mut(operation.index) {
                state.called_by = Some(member);
            }
            return Ok(sent);
        }
    }
    *parts = planned;
    Ok(first)
}

fn other_ids(session: &Session<'_>, collection: CollectionId, id: &Value) -> Vec<(&'static str, Value)> {
    let parameter = session.collection(collection).map_or("id", |known| known.parameter.as_str());
    session.examples.other_ids(collection, id, (parameter, session.pool.name_of(collection)))
}

/// Whether the answer to another id is about something else than the id.
fn leads_further((first, one): (&Exchange, &Value), (second, other): (&Exchange, &Value)) -> bool {
    let told = |exchange: &Exchange, id: &Value| {
        let body = exchange.response().map(|response| String::from_utf8_lossy(&response.body).into_owned());
        body.map(|body| body.replace(&parameter::text(id), ""))
    };
    match second.status() {
        None | Some(404 | 410) => false,
        status => !is_missing(second) || status != first.status() || told(first, one) != told(second, other),
    }
}

/// Calls the object of a step as its operation wants it, where that was found out.
pub(super) fn as_wanted(session: &Session<'_>, operation: &Operation, step: &Step, known: &mut [Option<Value>]) {
    let Some(member) = session.recorder.state(operation.index).and_then(|state| state.called_by) else { return };
    let Some((collection, _, position)) = target(session, operation, step) else { return };
    let Some(Some(value)) = known.get_mut(position) else { return };
    let others = other_ids(session, collection, value);
    if let Some((_, other)) = others.into_iter().find(|(name, _)| *name == member) {
        *value = other;
    }
}
