//! Phase: actions that add entries to a collection, or remove them, must show in its list.

use std::collections::HashSet;

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, listing, stock};
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::session::Session;
use crate::check::steps;
use crate::config::state::Action;
use crate::contract::{Operation, OperationId, is_json, parameter};
use crate::generate::request::Parts;
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::{self, Collection, CollectionId, id_of};
use crate::rules::Rule;

/// Sends an action, and looks for what it puts in or takes out.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) =
        session.operation(Some(index)).filter(|operation| session.recorder.has_succeeded(operation))
    else {
        return;
    };
    let resources = session.resources;
    let actions: Vec<(CollectionId, &Action)> = resources.actions(&operation.id).collect();
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    for (index, action) in actions {
        let Some(collection) = session.collection(index) else { continue };
        act(session, operation, collection, action, &parts).await;
    }
}

async fn act(
    session: &mut Session<'_>,
    operation: &Operation,
    collection: &Collection,
    action: &Action,
    parts: &Parts,
) {
    let body: Value = match &parts.body {
        Some((media_type, octets)) if is_json(media_type) => {
            serde_json::from_slice(octets).unwrap_or_default()
        }
        _ => return,
    };
    let named = |at: &Option<String>| match at.as_ref().and_then(|at| body.pointer(at)) {
        Some(Value::Array(ids)) => ids.iter().map(parameter::text).collect(),
        Some(id) => vec![parameter::text(id)],
        None => Vec::new(),
    };
    let (adds, removes): (Vec<String>, Vec<String>) = (named(&action.adds), named(&action.removes));
    let mut values = path_values::of_parts(operation, parts);
    let creates = session.resources.created_by(operation.index).is_some();
    if creates {
        stock::take_stock(session, operation, parts).await;
        let Some(turn) = dispatch::turn(session, operation, parts, Attempt::plain(operation)).await else {
            return;
        };
        let Some(id) = turn.sound(operation).and_then(|answer| id_of(&answer, "id").cloned()) else {
            return;
        };
        if !resources::is_safe_id(&parameter::text(&id)) {
            return;
        }
        values.push(id);
        let listed = names(session, collection, &values).await;
        kept(session, operation, &turn, &adds, &[], listed);
        return;
    }
    let Some(before) = names(session, collection, &values).await else {
        session.recorder.untested(
            operation,
            &[Rule::ActionNotKept],
            "what the action changes cannot be listed",
        );
        return;
    };
    if !removes.is_empty() && !removes.iter().any(|id| before.contains(id)) {
        session.recorder.untested(
            operation,
            &[Rule::ActionNotKept],
            "there is nothing that the action could remove",
        );
        return;
    }
    for ask in session.denied(operation) {
        let Some(turn) = dispatch::turn(session, operation, parts, ask).await else { continue };
        if !turn.is_denied() {
            break;
        }
        let Some(after) = names(session, collection, &values).await else { continue };
        if after != before {
            let message = "an action was refused but was carried out";
            session.recorder.say(operation, &turn, observe(Rule::DeniedRequestHadEffect, operation, message));
            return;
        }
        session.recorder.held(operation, Rule::DeniedRequestHadEffect);
    }
    let Some(turn) = dispatch::turn(session, operation, parts, Attempt::plain(operation)).await else {
        return;
    };
    let listed = names(session, collection, &values).await;
    kept(session, operation, &turn, &adds, &removes, listed);
}

fn kept(
    session: &mut Session<'_>,
    operation: &Operation,
    turn: &Evidence,
    adds: &[String],
    removes: &[String],
    listed: Option<HashSet<String>>,
) {
    let Some(listed) = listed.filter(|_| turn.is_success()) else { return };
    if adds.is_empty() && removes.is_empty() {
        return;
    }
    let missing =
        adds.iter().find(|id| !listed.contains(*id)).map(|id| format!("{id} was added but is missing"));
    let left =
        removes.iter().find(|id| listed.contains(*id)).map(|id| format!("{id} was removed but still exists"));
    let seen = missing.or(left).map(|what| observe(Rule::ActionNotKept, operation, what));
    session.recorder.say(operation, turn, Evaluation::of(Rule::ActionNotKept, seen));
}

/// The names of the entries of a collection below an object.
async fn names(
    session: &mut Session<'_>,
    collection: &Collection,
    values: &[Value],
) -> Option<HashSet<String>> {
    let list = collection.list.as_ref()?;
    let operation = session.operation(Some(list.operation))?;
    let parts = session.addressed(operation, values)?;
    let (walk, _) = listing::walk(session, operation, collection, list, &parts, None).await?;
    walk.is_complete.then(|| walk.entries().map(listing::name_of(collection)).collect())
}

#[cfg(test)]
mod tests;
