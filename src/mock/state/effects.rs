//! Effects of a change elsewhere: entries that are added or removed, and entries that grow.

use serde_json::Value;

use super::call::{Call, full, refused};
use super::engine::Engine;
use super::entity::{self, Change};
use super::objects::{Entry, ObjectList};
use super::store::Store;
use crate::config::state::Action;
use crate::contract::parameter;
use crate::mock::response::Response;
use crate::resources::members::counts;
use crate::resources::{Collection, CollectionId, id_within};

/// Puts entries in and takes them out, as the configured actions say; a refusal where one is due. `made` is
/// the id of the object that this very request created.
pub(super) fn act(call: &Call<'_>, store: &mut Store, made: Option<&str>) -> Option<Response> {
    let engine = call.engine;
    let actions: Vec<_> = engine.resources().actions(&call.context.operation.id).collect();
    if actions.is_empty() {
        return None;
    }
    let mut values = call.context.path_values.to_vec();
    values.extend(made);
    let body = Value::Object(call.sent());
    for (index, action) in actions {
        let refused = carry_out(call, store, index, action, &body, &values);
        if refused.is_some() {
            return refused;
        }
    }
    None
}

/// Carries one action out on the entries of a collection.
fn carry_out(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    action: &Action,
    body: &Value,
    values: &[&str],
) -> Option<Response> {
    let engine = call.engine;
    let collection = engine.collection(index)?;
    let object = parent_of(engine, collection, values).and_then(|(parent, _, id)| {
        engine.list(store, parent, values)?.called(id).map(|entry| entry.value.clone())
    });
    let named = |at: &Option<String>| match at.as_ref().and_then(|at| body.pointer(at)) {
        Some(Value::Array(ids)) => ids.iter().map(parameter::text).collect(),
        Some(id) => vec![parameter::text(id)],
        None => Vec::new(),
    };
    let (adds, removes): (Vec<String>, Vec<String>) = (named(&action.adds), named(&action.removes));
    let known: Vec<Value> = adds.iter().filter_map(|id| anywhere(engine, store, collection, id)).collect();
    let none_known = !adds.is_empty() && known.is_empty();
    if let Some(refused) = refused(&action.refuse, body.as_object()?, object.as_ref(), none_known) {
        return Some(refused);
    }
    if !call.hooks.acts() {
        return None;
    }
    let list = engine.list(store, index, values)?;
    let is_new = |value: &Value| {
        let id = id_within(value, &collection.parameter).map(parameter::text).unwrap_or_default();
        list.find(&id).is_none()
    };
    let new: Vec<Value> = known.into_iter().filter(is_new).collect();
    if !new.iter().all(|value| store.takes(value)) {
        return Some(full());
    }
    let ids = new.iter().filter_map(|value| id_within(value, &collection.parameter));
    store.count_ids(&collection.path, ids);
    let list = engine.list(store, index, values)?;
    list.touch();
    for value in new {
        list.push(Entry::born(value, Vec::new()));
    }
    let mut removed = Vec::new();
    for id in &removes {
        removed.extend(list.find(id).and_then(|at| list.remove(at)));
    }
    let count = list.len();
    for entry in removed.iter().filter(|entry| entry.is_counted) {
        store.releases(&entry.value);
    }
    set_count(engine, store, collection, values, count);
    None
}

/// The collection of the object that a collection's entries belong to, and that object's id.
fn parent_of<'e, 'v>(
    engine: &'e Engine,
    collection: &Collection,
    values: &[&'v str],
) -> Option<(CollectionId, &'e Collection, &'v str)> {
    let parent = collection.parent?;
    let id = collection.depth().checked_sub(1).and_then(|at| values.get(at).copied())?;
    Some((parent, engine.collection(parent)?, id))
}

/// Counts the entries of a collection again that a request made or took one out of.
pub(super) fn recount(call: &Call<'_>, store: &mut Store, index: CollectionId, collection: &Collection) {
    if collection.parent.is_some()
        && let Some(list) = call.engine.list(store, index, call.context.path_values)
    {
        let count = list.len();
        set_count(call.engine, store, collection, call.context.path_values, count);
    }
}

/// Writes the number of entries into the object that they belong to, where the configuration says so, or a
/// member of a made object is called like it.
fn set_count(engine: &Engine, store: &mut Store, collection: &Collection, values: &[&str], count: usize) {
    let told = collection.told.as_ref().and_then(|told| told.counted_in.clone());
    if let Some((parent, above, id)) = parent_of(engine, collection, values)
        && let Some(list) = engine.list(store, parent, values)
        && let Some(at) = list.find(id)
        && let Some(entry) = list.get(at)
        && let is_made = (entry.is_born || engine.makes_seeds_up(above))
        && let Some(object) = entry.value.as_object()
        && let Some(name) = told.or_else(|| {
            let is_counting =
                |(name, value): &(&String, &Value)| value.is_u64() && counts(name, collection.word());
            object.iter().find(is_counting).filter(|_| is_made).map(|(name, _)| name.clone())
        })
    {
        list.touch();
        list.change(at, |entry| entry.value.as_object_mut()?.insert(name, Value::from(count)));
    }
}

/// What is known of an entry of that id, under any parent.
fn anywhere(engine: &Engine, store: &Store, collection: &Collection, id: &str) -> Option<Value> {
    let is_it =
        |value: &Value| id_within(value, &collection.parameter).map(parameter::text).as_deref() == Some(id);
    let seeds = engine.seeds(store, collection, &[]);
    let stored = store.lists.values().flat_map(ObjectList::entries).map(|entry| &entry.value);
    seeds.iter().chain(stored).find(|value| is_it(value)).cloned()
}

/// Adds the entries that grow from a change of an object of `source`.
pub(super) fn grow(call: &Call<'_>, store: &mut Store, source: &Collection, change: &Change<'_>) {
    let engine = call.engine;
    let text = parameter::text(change.id);
    for (index, collection) in engine.resources().each() {
        for growth in collection.told.iter().flat_map(|told| &told.grows) {
            if growth.with.trim_end_matches('/') != source.path {
                continue;
            }
            let mut values: Vec<&str> =
                call.context.path_values.get(..source.depth()).unwrap_or_default().to_vec();
            values.push(&text);
            let entry = entity::growth(growth, change, &engine.now(), store);
            if let Some(entry) = entry.filter(|entry| store.takes(entry))
                && let Some(list) = engine.list(store, index, &values)
            {
                list.touch();
                list.push(Entry::born(entry, Vec::new()));
            }
        }
    }
}
