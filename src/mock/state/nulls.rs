//! Nulls that a client sent but no answer may contain.

use serde_json::Value;

use super::engine::Engine;
use super::entity::answered;
use crate::contract::{Direction, Mismatch, Operation, Schema};
use crate::document::pointer;
use crate::resources::Collection;

/// Takes out of an object the nulls that one of the answers that show it forbids.
pub(super) fn without_nulls(
    engine: &Engine,
    operation: &Operation,
    collection: &Collection,
    sample: &Value,
    object: &mut Value,
) {
    let contract = engine.contract();
    let others = [collection.retrieve, collection.update, collection.replace];
    let others = others.into_iter().flatten().filter_map(|index| contract.at(index));
    for operation in std::iter::once(operation).chain(others) {
        let at = engine.members(operation.index).and_then(|members| members.given_at.clone());
        let Some((schema, at)) = answered(operation).zip(at).filter(|_| has_null(object)) else { continue };
        if at.is_empty() {
            settle(schema, object, "", sample);
        } else {
            settle_inside(engine, (operation, schema), &at, object, sample);
        }
    }
    if let Some(listing) = collection.list.as_ref().filter(|_| has_null(object))
        && let Some(operation) = contract.at(listing.operation)
        && let Some(schema) = answered(operation)
    {
        let inside = format!("{}/0", listing.entries);
        settle_inside(engine, (operation, schema), &inside, object, sample);
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// As [`settle`], of an object that an answer holds at a JSON pointer.
fn settle_inside(
    engine: &Engine,
    (operation, schema): (&Operation, &Schema),
    inside: &str,
    object: &mut Value,
    sample: &Value,
) {
    let settled = engine.around(operation.index, &[], inside).and_then(|mut whole| {
        if let Some(list) = inside.strip_suffix("/0").and_then(|list| whole.pointer_mut(list)) {
            *list = Value::Array(vec![object.clone()]);
        }
        *whole.pointer_mut(inside)? = object.clone();
        settle(schema, &mut whole, inside, sample);
        whole.pointer_mut(inside).map(Value::take)
    });
    if let Some(settled) = settled {
        *object = settled;
    }
}

/// Takes the nulls out of an object that its answer's schema refuses. `inside` leads to the object in
/// that answer (empty, or into a list), `whole` is an answer that holds it there, and `sample` gives
/// what must be there instead.
fn settle(schema: &Schema, whole: &mut Value, inside: &str, sample: &Value) {
    for _ in 0..4 {
        let Ok(wrong) = schema.check(Direction::Response, whole) else { return };
        let mut is_changed = false;
        for mismatch in &wrong {
            is_changed |= mend(whole, mismatch, inside, sample);
        }
        if !is_changed {
            return;
        }
    }
}

fn mend(whole: &mut Value, mismatch: &Mismatch, inside: &str, sample: &Value) -> bool {
    let Some(at) = mismatch.instance.strip_prefix(inside) else { return false };
    if mismatch.keyword == "required" {
        // It was a null until now, or was never there.
        let missing = mismatch.member.as_deref().unwrap_or_default();
        let given = sample.pointer(&pointer::join(at, missing)).filter(|value| !value.is_null()).cloned();
        let place = whole.pointer_mut(&mismatch.instance).and_then(Value::as_object_mut);
        return match (given, place) {
            (Some(given), Some(members)) => members.insert(missing.to_owned(), given).is_none(),
            _ => false,
        };
    }
    if whole.pointer(&mismatch.instance) != Some(&Value::Null) {
        return false;
    }
    let Some((parent, name)) = mismatch.instance.rsplit_once('/') else { return false };
    match whole.pointer_mut(parent) {
        Some(Value::Object(members)) => members.shift_remove(&pointer::unescape(name)).is_some(),
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"id": 1, "name": null}), json!({"id": 1, "name": "sample"}))]
    #[case(json!({"id": 1, "name": "a", "note": null}), json!({"id": 1, "name": "a"}))]
    #[case(json!({"id": 1, "name": "a", "free": null}), json!({"id": 1, "name": "a", "free": null}))]
    #[case(json!({"id": 1, "name": "a", "tags": ["x", null]}), json!({"id": 1, "name": "a", "tags": ["x"]}))]
    #[case(json!({"id": 1, "name": "a", "in": {"deep": null}}), json!({"id": 1, "name": "a", "in": {}}))]
    fn what_no_answer_may_show_is_not_kept(#[case] object: Value, #[case] kept: Value) {
        let schema = json!({"type": "object", "required": ["id", "name"], "properties": {
            "name": {"type": "string"}, "note": {"type": "string"}, "free": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "in": {"type": "object", "properties": {"deep": {"type": "integer"}}},
        }});
        let list = json!({"type": "object", "properties": {"results": {"type": "array", "items": schema}}});
        for (schema, inside) in [(schema, ""), (list, "/results/0")] {
            let document = Document::of(
                "t",
                json!({"openapi": "3.1.0", "paths": {"/a": {"get": {
                    "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
                }}}}),
            );
            let (contract, _) = build("t", &document).unwrap();
            let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
            let mut whole = if inside.is_empty() { object.clone() } else { json!({"results": [object]}) };
            settle(schema, &mut whole, inside, &json!({"id": 7, "name": "sample"}));
            assert_eq!(whole.pointer(inside), Some(&kept));
        }
    }
}
