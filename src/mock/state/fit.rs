//! Fits an answer to its own schema: state holds what other requests sent, and an answer may want it in
//! another form.

use serde_json::Value;

use crate::contract::{Direction, Mismatch, Schema, parameter};
use crate::document::pointer;

/// Changes that are tried for one answer.
const MAX_TRIES: usize = 60;

/// Changes what the schema of an answer refuses, and nothing else: a scalar is written as the kind that is
/// wanted, a missing member comes from `sample`, one that is not allowed goes. What cannot be fitted so is
/// what the sample has there, or is not there at all.
pub(super) fn fit(schema: &Schema, body: &mut Value, sample: &Value) {
    let mut left = MAX_TRIES;
    let Ok(mut wrong) = schema.check(Direction::Response, body) else { return };
    while let Some(first) = wrong.first() {
        let mut is_mended = false;
        for candidate in candidates(body, first, sample) {
            if left == 0 {
                return;
            }
            left -= 1;
            let Ok(now) = schema.check(Direction::Response, &candidate) else { return };
            let is_same = |other: &Mismatch| {
                (&other.instance, other.keyword, &other.member)
                    == (&first.instance, first.keyword, &first.member)
            };
            if !now.iter().any(is_same) && now.len() <= wrong.len() {
                (*body, wrong, is_mended) = (candidate, now, true);
                break;
            }
        }
        if !is_mended {
            return;
        }
    }
}

/// What the body may be instead, the least change first.
fn candidates(body: &Value, wrong: &Mismatch, sample: &Value) -> Vec<Value> {
    let at = wrong.instance.as_str();
    let mut found = Vec::new();
    if let Some(member) = &wrong.member {
        let place = pointer::join(at, member);
        if wrong.keyword == "required" {
            found.extend(shown(sample, &place).and_then(|value| with(body, &place, value)));
        } else {
            found.extend(without(body, &place));
        }
    }
    let here = body.pointer(at).into_iter().flat_map(forms);
    let sampled = shown(sample, at).filter(|value| Some(*value) != body.pointer(at)).cloned();
    found.extend(here.chain(sampled).filter_map(|value| with(body, at, &value)));
    found.extend(without(body, at));
    found
}

/// A scalar in other kinds.
fn forms(value: &Value) -> Vec<Value> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => Vec::new(),
        Value::String(text) => serde_json::from_str(text).into_iter().filter(is_scalar).collect(),
        other => vec![Value::from(parameter::text(other))],
    }
}

fn is_scalar(value: &Value) -> bool {
    value.is_number() || value.is_boolean()
}

/// What a sample shows at a place; where it has fewer entries, the first of them.
fn shown<'v>(sample: &'v Value, at: &str) -> Option<&'v Value> {
    sample.pointer(at).or_else(|| {
        let first = at.split('/').map(|step| if step.parse::<usize>().is_ok() { "0" } else { step });
        sample.pointer(&first.collect::<Vec<_>>().join("/"))
    })
}

/// The body with another value at a place, which may be a new member.
fn with(body: &Value, at: &str, value: &Value) -> Option<Value> {
    let mut body = body.clone();
    match body.pointer_mut(at) {
        Some(known) => *known = value.clone(),
        None => {
            let (parent, name) = at.rsplit_once('/')?;
            body.pointer_mut(parent)?.as_object_mut()?.insert(pointer::unescape(name), value.clone());
        }
    }
    Some(body)
}

/// The body without a member or an entry.
fn without(body: &Value, at: &str) -> Option<Value> {
    let (parent, name) = at.rsplit_once('/')?;
    let mut body = body.clone();
    match body.pointer_mut(parent)? {
        Value::Object(members) => drop(members.shift_remove(&pointer::unescape(name))?),
        Value::Array(items) => {
            let index = name.parse::<usize>().ok().filter(|index| *index < items.len())?;
            items.remove(index);
        }
        _ => return None,
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"id": 1, "name": "a"}), json!({"id": 1, "name": "a"}))]
    #[case(json!({"id": "7", "name": true}), json!({"id": 7, "name": "true"}))]
    #[case(json!({"id": 1}), json!({"id": 1, "name": "sample"}))]
    #[case(json!({"id": 1, "name": "a", "other": 1}), json!({"id": 1, "name": "a"}))]
    #[case(json!({"id": 1, "name": "a", "tags": ["x", {}, 3]}), json!({"id": 1, "name": "a", "tags": ["x", "t", "3"]}))]
    #[case(json!({"id": 1, "name": "a", "owner": "me"}), json!({"id": 1, "name": "a", "owner": {"login": "you"}}))]
    #[case(json!({"id": 1, "name": "a", "note": null}), json!({"id": 1, "name": "a"}))]
    #[case(json!({"id": 1, "name": "a", "owner": {}}), json!({"id": 1, "name": "a", "owner": {"login": "you"}}))]
    fn an_answer_is_fitted_to_its_schema(#[case] mut body: Value, #[case] expected: Value) {
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
                "200": {"description": "a", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["id", "name"], "additionalProperties": false, "properties": {
                        "id": {"type": "integer"}, "name": {"type": "string"}, "note": {"type": "string"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "owner": {"type": "object", "required": ["login"], "properties": {"login": {"type": "string"}}},
                    },
                }}}},
            }}}}}),
        );
        let schema = super::super::entity::answered(&contract.operations[0]).unwrap();
        let sample = json!({"id": 0, "name": "sample", "tags": ["t"], "owner": {"login": "you"}});
        fit(schema, &mut body, &sample);
        assert_eq!(body, expected);
    }
}
