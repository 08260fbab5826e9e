//! The state as control shows and replaces it.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::engine::Engine;
use super::entity::answered;
use super::error::StateError;
use super::store::Store;
use crate::contract::Direction;
use crate::resources::Collection;

/// The objects of all collections, by name.
pub(in crate::mock) type Exported<'s> = IndexMap<String, Vec<&'s Value>>;

/// Everything that a session holds, by the last word of the collection's path, or by its concrete path
/// where that is not enough. Nothing is copied, since it may be a lot.
pub(in crate::mock) fn export<'s>(engine: &Engine, store: &'s mut Store) -> Exported<'s> {
    for (index, collection) in engine.resources().each() {
        let below_an_object =
            collection.parent.and_then(|parent| engine.collection(parent)).is_some_and(Collection::is_known);
        let is_part = collection.told.as_ref().is_some_and(|told| told.of.is_some());
        let is_begun = store.lists.keys().any(|path| collection.has_path(path));
        if collection.is_known() && !below_an_object && !is_part && !is_begun {
            let values = vec!["1"; collection.depth()];
            let _ = engine.list(store, index, &values);
        }
    }
    let store = &*store;
    let mut shown = Exported::new();
    let mut paths: Vec<&String> = store.lists.keys().collect();
    paths.sort();
    for path in &paths {
        let list = store.lists.get(*path);
        let Some(list) = list.filter(|list| !list.is_empty() || !list.has_lost_any()) else {
            continue;
        };
        let name = last_word(path);
        if engine.resources().collections.iter().any(|c| c.is_known() && c.word() == name) {
            let is_alone = paths.iter().filter(|other| last_word(other) == name).count() == 1;
            let name = if is_alone { name.to_owned() } else { (*path).clone() };
            shown.insert(name, list.entries().map(|entry| &entry.value).collect());
        }
    }
    shown
}

/// Replaces what collections hold; each object must match its schema.
///
/// # Errors
/// As [`StateError`] says; nothing is replaced then.
pub(in crate::mock) fn import(
    engine: &Engine,
    store: &mut Store,
    wanted: &Map<String, Value>,
) -> Result<(), StateError> {
    let mut seeds = Vec::new();
    for (name, objects) in wanted {
        let collection = find(engine, name).map_err(StateError::Invalid)?;
        let objects =
            objects.as_array().ok_or_else(|| StateError::Invalid(format!("/{name} must be a list")))?;
        check(engine, collection, name, objects).map_err(StateError::Invalid)?;
        seeds.push((collection, objects.clone()));
    }
    for (collection, objects) in seeds {
        if !objects.iter().all(|object| store.takes(object)) {
            return Err(StateError::Full);
        }
        // The collection begins again, and everything below it.
        let depth = collection.path.split('/').count();
        store.drop_lists(|path, _| {
            let above: Vec<&str> = path.split('/').take(depth).collect();
            collection.has_path(&above.join("/"))
        });
        store.forget_ids(&collection.path);
        store.set_seeds(&collection.path, objects);
    }
    store.recount();
    Ok(())
}

/// The last word of a concrete path.
fn last_word(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The collection that a name means: the last word of its path, or its path.
fn find<'e>(engine: &'e Engine, name: &str) -> Result<&'e Collection, String> {
    let mut known = engine.resources().collections.iter().filter(|collection| collection.is_known());
    let found = known.clone().find(|c| c.word() == name || c.path == name.trim_end_matches('/'));
    found.ok_or_else(|| {
        let names = known.by_ref().map(Collection::word);
        format!("unknown collection {name:?}; {}", crate::config::nearest(name, names))
    })
}

/// Says which object does not match the schema of its collection.
fn check(engine: &Engine, collection: &Collection, name: &str, objects: &[Value]) -> Result<(), String> {
    let operation = collection.retrieve.or(collection.create);
    let operation = operation.and_then(|index| engine.contract().at(index));
    let Some(schema) = operation.and_then(answered) else { return Ok(()) };
    for (at, object) in objects.iter().enumerate() {
        let mismatches = schema.check(Direction::Response, object).unwrap_or_default();
        if let Some(wrong) = mismatches.into_iter().next() {
            let (at, why) = (format!("/{name}/{at}{}", wrong.instance), wrong.message());
            return Err(format!("{at} does not match the document: {why}"));
        }
    }
    Ok(())
}
