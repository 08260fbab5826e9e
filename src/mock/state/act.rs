//! Acting on an object: what was sent is kept, and a state that the action is called after is taken on.

use super::call::{Call, Outcome};
use super::effects;
use super::store::Store;
use super::update;
use crate::config::ErrorName;
use crate::mock::error_response::Refusal;
use crate::mock::response::Source;
use crate::resources::choice_of;

/// Carries an action out, as the configuration says, or else on the object that it answers.
pub(super) fn act(call: &Call<'_>, store: &mut Store) -> Option<Outcome> {
    let engine = call.engine;
    let operation = call.context.operation;
    let is_configured = || engine.resources().actions(&operation.id).next().is_some();
    // Whoever wrote a fixture wants to see it.
    let is_written = || {
        let plain = engine.plain_response(operation.index, call.context.path_values);
        plain.is_some_and(|plain| plain.source == Source::Fixture)
    };
    let index = engine.resources().acts_on(operation.index);
    let index = index.filter(|index| engine.keeps(*index) && !is_configured() && !is_written());
    let Some(index) = index else { return effects::act(call, store, None).map(Outcome::Answered) };
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
        list.is_touched = true;
        list.change(at, |entry| {
            if !was_done {
                entry.done.push(operation.id.clone());
            }
            entry.value.as_object_mut()?.insert(name, value)
        });
    }
    update::update_object(call, store, (index, id), false)
}
