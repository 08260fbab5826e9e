//! The places in the document that findings of an operation can name.

use std::collections::HashSet;

use serde_json::Value;

use crate::contract::{Contract, Operation, schema_pointer};
use crate::document::pointer::join;

/// Nodes of one operation's responses that are visited at most.
const MAX_NODES: usize = 100_000;

/// The places of the operation itself: its parameters, body, responses, headers and media types.
pub(super) fn own(operation: &Operation) -> Vec<String> {
    let at = &operation.pointer;
    let mut places = vec![at.clone(), join(at, "responses"), join(at, "security")];
    for parameter in &operation.parameters {
        places.extend([parameter.pointer.clone(), join(&parameter.pointer, "required")]);
    }
    let parts = |pointer: &str| [pointer.to_owned(), join(pointer, "content"), join(pointer, "required")];
    places.extend(operation.body.iter().flat_map(|body| parts(&body.pointer)));
    for response in &operation.responses {
        places.extend(parts(&response.pointer));
        places.extend(response.headers.iter().flat_map(|header| parts(&header.pointer)));
        places.extend(response.content.iter().map(|content| content.pointer.clone()));
    }
    let mut known = HashSet::new();
    places.retain(|place| known.insert(place.clone()));
    places
}

/// Every place in an operation's responses, also behind references; and whether these are all.
pub(super) fn in_responses(contract: &Contract, operation: &Operation) -> (HashSet<String>, bool) {
    let mut known: HashSet<String> = HashSet::new();
    let mut left: Vec<String> = operation.responses.iter().map(|r| r.pointer.clone()).collect();
    let mut is_whole = true;
    while let Some(pointer) = left.pop() {
        if known.contains(&pointer) {
            continue;
        }
        if known.len() >= MAX_NODES {
            return (known, false);
        }
        match contract.document.at(&pointer) {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    left.push(join(&pointer, name));
                    let reference =
                        value.as_str().filter(|_| ["$ref", "$dynamicRef"].contains(&name.as_str()));
                    let Some(reference) = reference else { continue };
                    match reference.strip_prefix('#').map(schema_pointer) {
                        Some(target) if target.is_empty() || target.starts_with('/') => left.push(target),
                        _ => is_whole = false,
                    }
                }
            }
            Some(Value::Array(items)) => left.extend((0..items.len()).map(|at| format!("{pointer}/{at}"))),
            _ => {}
        }
        known.insert(pointer);
    }
    (known, is_whole)
}
