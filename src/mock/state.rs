//! The state of a mock: created objects can be read, listed, changed and deleted.
//!
//! [`Resources`](crate::resources::Resources) says which operation does what to which collection; the runner
//! plans from the same answer. What a document cannot say is under `[[state]]`. Collections start with what
//! fixtures and examples show.

mod act;
mod call;
mod changes;
mod coherent;
mod create;
mod delete;
mod effects;
mod engine;
mod entity;
mod error;
mod export;
mod fit;
mod hooks;
mod list;
mod named;
mod next_id;
mod nulls;
mod objects;
mod open;
mod own_id;
mod page;
mod paged;
mod query;
mod replayed;
mod seeds;
mod store;
mod update;
mod values;

use crate::config::ErrorName;

use self::call::Call;
use super::context::RequestContext;
use super::error_response::Refusal;
use crate::resources::{self, CollectionId, Role};

pub(super) use call::Outcome;
pub(super) use changes::{Change, Changes};
pub(super) use engine::Engine;
pub(super) use entity::Members;
pub use error::StateError;
pub(super) use export::{export, import};
pub(super) use hooks::{ListHooks, StateHooks};
pub(super) use named::named;
pub(super) use objects::Entry;
pub(super) use store::Store;

/// The refusal where an object that the path names is not there.
pub(super) fn missing_object(
    engine: &Engine,
    store: &mut Store,
    context: &RequestContext<'_>,
    hooks: &dyn StateHooks,
) -> Option<Refusal> {
    let Some(named) = context.named_values() else { return missing(engine, store, context, hooks) };
    let path_values: Vec<&str> = named.iter().map(String::as_str).collect();
    missing(engine, store, &RequestContext { path_values: &path_values, ..*context }, hooks)
}

fn missing(
    engine: &Engine,
    store: &mut Store,
    context: &RequestContext<'_>,
    hooks: &dyn StateHooks,
) -> Option<Refusal> {
    let operation = context.operation;
    if resources::is_refusal(operation) {
        return None;
    }
    let role = engine.role(operation.index);
    let names_own = engine.makes_named(operation);
    for (at, target) in engine.targets(operation.index).iter().enumerate() {
        let Some(index) = *target else { continue };
        if names_own && at + 1 == context.path_values.len() {
            continue;
        }
        let (Some(collection), Some(id)) = (engine.collection(index), context.path_values.get(at)) else {
            continue;
        };
        if !engine.keeps(index) {
            let name = operation.template.names().get(at).map_or("", String::as_str);
            if !replayed::exists(engine, index, operation, name, id) && !engine.is_named(index, id) {
                return Some(unknown(id));
            }
            continue;
        }
        let looks_for = |is_gone: bool| hooks.looks_for_objects() && !(is_gone && hooks.finds_destroyed());
        let restores = matches!(role, Some((own, Role::Update | Role::Replace)) if own == index);
        let is_shown = |entry: &Entry| restores || !entry.is_hidden(collection, |soft| soft.from_retrieve);
        let list = engine.list(store, index, context.path_values)?;
        let is_gone = list.is_gone(id);
        let passes = if let Some(entry) = list.called(id) {
            let is_strange = entry.is_private(collection, context.owner);
            if is_strange { hooks.shows_private() } else { is_shown(entry) || !looks_for(is_gone) }
        } else if !is_gone && engine.is_open(store, index, id) {
            let _ = engine.appear(store, index, context.path_values);
            let list = engine.list(store, index, context.path_values)?;
            list.called(id).is_none_or(is_shown) || !looks_for(is_gone)
        } else {
            !looks_for(is_gone)
        };
        if !passes {
            return Some(unknown(id));
        }
    }
    None
}

pub(in crate::mock::state) fn unknown(id: &str) -> Refusal {
    Refusal::new(ErrorName::UnknownObject, 404, format!("no object with the id {id:?}"))
}

/// The response from state; `None` where the operation has nothing to do with it.
pub(super) fn answer(
    engine: &Engine,
    store: &mut Store,
    context: &RequestContext<'_>,
    hooks: &dyn StateHooks,
) -> Option<Outcome> {
    let named = context.named_values();
    let path_values: Vec<&str> = named.iter().flatten().map(String::as_str).collect();
    let path_values = if named.is_some() { path_values.as_slice() } else { context.path_values };
    let call = Call { engine, context: &RequestContext { path_values, ..*context }, hooks };
    let done = carry_out(&call, store);
    done.or_else(|| {
        let is_left_out = context.operation.leaves_out_success();
        is_left_out.then(|| Outcome::Answered(Call::undocumented(None)))
    })
}

/// Does what a request asks for; `None` where state has no answer to it.
fn carry_out(call: &Call<'_>, store: &mut Store) -> Option<Outcome> {
    let Call { engine, context, .. } = *call;
    let Some((index, role)) = engine.role(context.operation.index) else {
        return match engine.resources().plain_list(context.operation.index) {
            Some(listing) => list::plain(call, listing),
            None => list::count(call, store).or_else(|| act::act(call, store)),
        };
    };
    let is_kept = |role| role == Role::List || engine.keeps(index);
    let Some(collection) = engine.collection(index).filter(|_| is_kept(role)) else {
        return act::echo(call).filter(|_| role == Role::Create);
    };
    match role {
        Role::List => list::list(call, store, index, collection),
        Role::Create => create::create(call, store, index, collection),
        Role::Retrieve => retrieve(call, store, index).map(Outcome::Answered),
        Role::Replace if engine.makes_named(context.operation) && !is_there(call, store, index) => {
            create::create(call, store, index, collection)
        }
        Role::Update | Role::Replace => update::update(call, store, index, role == Role::Replace),
        Role::Change => update::change(call, store, index),
        Role::Destroy => {
            delete::delete(call, store, index, collection);
            None
        }
    }
}

/// Whether the object that the path names is there.
fn is_there(call: &Call<'_>, store: &mut Store, index: CollectionId) -> bool {
    let values = call.context.path_values;
    let list = call.engine.list(store, index, values);
    values.last().zip(list).is_some_and(|(id, list)| list.find(id).is_some())
}

fn retrieve(call: &Call<'_>, store: &mut Store, index: CollectionId) -> Option<super::response::Response> {
    let collection = call.engine.collection(index)?;
    let id = call.context.path_values.last()?;
    let writes = collection.update.or(collection.replace).or(collection.create);
    let members = writes.and_then(|index| call.engine.members(index));
    let list = call.engine.list(store, index, call.context.path_values)?;
    let at = list.find(id)?;
    if let Some(altered) = call.hooks.before_read(list.get(at)?, members) {
        list.change(at, |entry| *entry = altered);
    }
    let value = &list.get(at)?.value;
    match call.hooks.shown_as(value, &collection.parameter) {
        Some(other) => Some(call.shown(&other)),
        None => Some(call.shown(value)),
    }
}

#[cfg(test)]
mod tests;
