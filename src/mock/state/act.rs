//! Acting on an object: what was sent is kept, and a state that the action is called after is taken on.

use super::call::{Call, Outcome};
use super::create::with_defaults;
use super::effects;
use super::entity;
use super::store::Store;
use super::update;
use crate::config::ErrorName;
use crate::contract::Direction;
use crate::mock::error_response::Refusal;
use crate::mock::response::Source;
use crate::resources::choice_of;
use crate::resources::kind::Kind;

/// Carries an action out, as the configuration says, or else on the object that it answers.
pub(super) fn act(call: &Call<'_>, store: &mut Store) -> Option<Outcome> {
    let engine = call.engine;
    let operation = call.context.operation;
    let is_configured = || engine.resources().actions(&operation.id).next().is_some();
    let index = engine.resources().acts_on(operation.index);
    let index = index.filter(|index| engine.keeps(*index) && !is_configured() && !is_written(call));
    let Some(index) = index else {
        return effects::act(call, store, None).map(Outcome::Answered).or_else(|| echo(call));
    };
    let collection = engine.collection(index)?;
    let id = call.context.path_values.get(collection.depth())?;
    let read = collection.retrieve.and_then(|read| engine.members(read));
    let choice = read.and_then(|read| choice_of(operation, &read.given));
    let list = engine.list(store, index, call.context.path_values)?;
    let at = list.find(id)?;
    if let Some((name, value)) = choice {
        let entry = list.get(at)?;
        let was_done = entry.done.contains(&operation.id);
        if was_done && operation.documents(409) && entry.value.get(&name) == Some(&value) {
            let why = format!("{name} is {value} already");
            return Some(Outcome::Refused(Refusal::new(ErrorName::Invalid, 409, why)));
        }
        list.touch();
        list.change(at, |entry| {
            if !was_done {
                entry.done.push(operation.id.clone());
            }
            entry.value.as_object_mut()?.insert(name, value)
        });
    }
    update::update_object(call, store, (index, id), false)
}

/// Whether the plain answer is a fixture: whoever wrote it wants to see it.
fn is_written(call: &Call<'_>) -> bool {
    let plain = call.engine.plain_response(call.context.operation.index, call.context.path_values);
    plain.is_some_and(|plain| plain.source == Source::Fixture)
}

/// The answer of a create whose objects are not kept: as it is made, with what was sent.
pub(super) fn echo(call: &Call<'_>) -> Option<Outcome> {
    let operation = call.context.operation;
    let kind = call.engine.resources().kind(operation.index)?.kind;
    let sent = call.sent();
    if kind != Kind::Create || sent.is_empty() || is_written(call) {
        return None;
    }
    let mut shown = call.engine.plain(operation.index, call.context.path_values)?;
    let schema = entity::answered(operation)?;
    let members = call.engine.members(operation.index);
    let sent = match members {
        Some(members) => with_defaults(members, &sent).into_owned(),
        None => sent,
    };
    let at = members.and_then(|members| members.given_at.clone()).unwrap_or_default();
    let fields = entity::at_place(schema, Direction::Response, &at);
    let mut is_changed = false;
    for (name, value) in sent {
        let known = shown.pointer(&at)?.get(&name).cloned();
        let may_show = match &known {
            Some(known) => *known != value && std::mem::discriminant(known) == std::mem::discriminant(&value),
            None => fields.get(&name).is_some_and(|field| !field.is_write_only),
        };
        if !may_show {
            continue;
        }
        shown.pointer_mut(&at)?.as_object_mut()?.insert(name.clone(), value);
        if schema.is_valid(Direction::Response, &shown) == Ok(true) {
            is_changed = true;
            continue;
        }
        let members = shown.pointer_mut(&at)?.as_object_mut()?;
        match known {
            Some(known) => members.insert(name, known),
            None => members.shift_remove(&name),
        };
    }
    is_changed.then(|| Outcome::Answered(call.success_of(&shown)))
}
