//! Objects of collections that are replayed and not kept: those that the answers show exist, and no others.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::engine::Engine;
use crate::contract::schema::{Schema, View};
use crate::contract::{Direction, Location, Operation, parameter};
use crate::generate::plain_as;
use crate::generate::request::documented_value;
use crate::resources::{Collection, CollectionId};

/// Whether an object of a replayed collection is there: an answer of the collection shows its id, or the
/// document names it for the parameter. Where nothing lists or creates objects, any may exist.
pub(super) fn exists(
    engine: &Engine,
    index: CollectionId,
    operation: &Operation,
    name: &str,
    id: &str,
) -> bool {
    let Some(collection) = engine.collection(index).filter(|collection| collection.is_counted()) else {
        return true;
    };
    if is_asked_for(operation, name) {
        return true;
    }
    let id = percent_decode_str(id).decode_utf8_lossy();
    let shown = engine.replayed(index, || shown(engine, collection));
    let is_documented = || {
        let parameter = operation.parameter(Location::Path, name)?;
        let plainest = || plain_as(name, parameter.value_schema()?, Direction::Request).ok();
        documented_value(parameter).or_else(plainest).map(|value| parameter::text(&value) == id)
    };
    let schema = operation.parameter(Location::Path, name).and_then(|parameter| parameter.value_schema());
    let is_listed = schema.is_some_and(|schema| {
        let view = View::of(schema, Direction::Request);
        view.choices().into_iter().any(|choice| parameter::text(choice) == id)
    });
    if is_listed {
        return true;
    }
    // What is made without being named may be there under any name.
    let is_unknown = |shown: &HashSet<String>| shown.is_empty() && !collection.names_objects();
    shown.is_none_or(|shown| is_unknown(shown) || shown.contains(&*id)) || is_documented() != Some(false)
}

/// Whether the last part of a path is what a list is asked for, as the text of `/like/{text}`, and names no object.
fn is_asked_for(operation: &Operation, name: &str) -> bool {
    let is_list = |schema: &Schema| {
        let kinds = View::of(schema, Direction::Response).kinds();
        kinds.array && !kinds.object
    };
    let mut contents = operation.successes().into_iter().flat_map(|response| &response.content);
    operation.path().ends_with(&format!("{{{name}}}"))
        && contents.any(|content| content.schema.as_deref().is_some_and(is_list))
}

/// Every scalar that an answer of the collection shows, and where links lead: which of them are ids, only clients know.
fn shown(engine: &Engine, collection: &Collection) -> HashSet<String> {
    let list = collection.list.as_ref().map(|list| list.operation);
    let operations = [list, collection.create, collection.retrieve];
    let mut found = HashSet::new();
    for body in operations.into_iter().flatten().filter_map(|operation| engine.plain(operation, &[])) {
        add_scalars(&body, &mut found);
    }
    found
}

fn add_scalars(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| add_scalars(item, found)),
        Value::Object(members) => members.values().for_each(|member| add_scalars(member, found)),
        Value::String(text) => {
            let last = text.trim_end_matches('/').rsplit_once('/').map(|(_, last)| last);
            found.extend(last.map(str::to_owned));
            found.insert(text.clone());
        }
        Value::Number(_) => drop(found.insert(parameter::text(value))),
        Value::Null | Value::Bool(_) => {}
    }
}
