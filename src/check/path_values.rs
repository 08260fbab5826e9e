//! The values of a path's parameters that identify an object: parents first, its own id last.

use serde_json::Value;

use crate::contract::{Location, Operation, parameter};
use crate::generate::request::Parts;
use crate::resources::Collection;

/// The values that a request's parts hold, in the order of the path.
pub(super) fn of_parts(operation: &Operation, parts: &Parts) -> Vec<Value> {
    let value = |name: &String| {
        let found = parts.parameters.iter().find(|(l, n, _)| *l == Location::Path && n == name);
        found.map(|(_, _, value)| value.clone())
    };
    operation.template.names().iter().filter_map(value).collect()
}

/// The values that a path holds, each a whole segment, as texts.
pub(super) fn of_path(operation: &Operation, path: &str) -> Vec<Value> {
    operation.template.values(path).into_iter().map(Value::from).collect()
}

/// The values of the parents that a create names in its path.
pub(super) fn of_parents(collection: &Collection, operation: &Operation, parts: &Parts) -> Vec<Value> {
    let value = |name: &String| {
        let found = parts.parameters.iter().find(|(l, n, _)| *l == Location::Path && n == name);
        found.map(|(_, _, value)| value.clone())
    };
    operation.template.names().iter().take(collection.depth()).filter_map(value).collect()
}

/// The values as texts.
pub(super) fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(parameter::text).collect()
}

/// Whether both name one object, however its id is written.
pub(super) fn are_same(one: &[Value], other: &[Value]) -> bool {
    texts(one) == texts(other)
}
