//! Fits an answer to its own schema: state holds what other requests sent, and an answer may want it in
//! another form.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::contract::schema::View;
use crate::contract::{Direction, Mismatch, Schema, parameter};
use crate::document::pointer;
use crate::generate::value::{Taste, part};
use crate::resources::ID_NAMES;

/// Most values that are tried for one place, to keep as much of an object as may be kept.
const MAX_TRIALS: usize = 64;
/// So deep is an object taken apart.
const MAX_DEPTH: usize = 4;
/// Rounds in which an answer is changed; each changes all that is wrong.
const MAX_ROUNDS: usize = 12;

/// Changes what the schema of an answer refuses, and nothing else: a scalar is written as the kind that is
/// wanted, a missing member comes from `sample`, one that is not allowed goes. What cannot be fitted so is
/// what the sample has there, or is not there at all.
pub(super) fn fit(schema: &Schema, body: &mut Value, sample: &Value) {
    // How many candidates were tried for a place.
    let mut tried: HashMap<String, usize> = HashMap::new();
    for _ in 0..MAX_ROUNDS {
        let Ok(wrong) = schema.check(Direction::Response, body) else { return };
        if wrong.is_empty() {
            return;
        }
        let mut places: Vec<String> = Vec::new();
        // The last first, so that entries before one that goes keep their indices.
        for mismatch in wrong.iter().rev() {
            let place = place_of(mismatch);
            if places.iter().any(|known| is_inside(&place, known) || is_inside(known, &place)) {
                continue;
            }
            let next = tried.entry(place.clone()).or_default();
            if let Some(edit) = edits(schema, body, mismatch, sample).into_iter().nth(*next) {
                edit.apply(body);
            }
            *next += 1;
            places.push(place);
        }
    }
    if schema.is_valid(Direction::Response, body) == Ok(false)
        && schema.is_valid(Direction::Response, sample) == Ok(true)
    {
        body.clone_from(sample);
    }
}

/// The place that a mismatch is about.
fn place_of(wrong: &Mismatch) -> String {
    match &wrong.member {
        Some(member) => pointer::join(&wrong.instance, member),
        None => wrong.instance.clone(),
    }
}

/// Whether a place is another one, or inside it.
fn is_inside(place: &str, other: &str) -> bool {
    place.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A change of one place, by JSON pointer.
enum Edit {
    /// It has this value; it may be a new member.
    Set(String, Value),
    /// It goes.
    Remove(String),
}

/// What may be done about a mismatch, the least change first.
fn edits(schema: &Schema, body: &Value, wrong: &Mismatch, sample: &Value) -> Vec<Edit> {
    let at = wrong.instance.as_str();
    let mut found = Vec::new();
    if let Some(member) = &wrong.member {
        let place = pointer::join(at, member);
        if wrong.keyword == "required" {
            let value = shown(sample, &place).cloned().or_else(|| made(schema, at, member));
            found.extend(value.map(|value| Edit::Set(place, value)));
        } else {
            found.push(Edit::Remove(place));
        }
    }
    let here = body.pointer(at).into_iter().flat_map(forms);
    let sampled = shown(sample, at).filter(|value| Some(*value) != body.pointer(at)).cloned();
    let named = sampled.as_ref().zip(body.pointer(at)).and_then(|(sampled, own)| called_alike(sampled, own));
    let merged = body.pointer(at).filter(|own| own.is_object()).and_then(|own| {
        let mut left = MAX_TRIALS;
        let mut is_valid = |value: &Value| {
            left = left.saturating_sub(1);
            left > 0 && is_fit_at(schema, body, at, value)
        };
        let base = sampled.clone().filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new()));
        is_valid(&base).then(|| merged(own, base, MAX_DEPTH, &mut is_valid))
    });
    found.extend(here.chain(merged).chain(named).chain(sampled).map(|value| Edit::Set(at.to_owned(), value)));
    found.push(Edit::Remove(at.to_owned()));
    found
}

/// An object that may stand in a place, with as many members of another one as may: where alternatives are refused
/// together, none of them says which member is to blame.
fn merged(own: &Value, base: Value, depth: usize, is_valid: &mut dyn FnMut(&Value) -> bool) -> Value {
    let (Some(own), Value::Object(mut known)) = (own.as_object(), base.clone()) else { return base };
    let sampled: Vec<String> = known.keys().filter(|name| !own.contains_key(*name)).cloned().collect();
    for (name, value) in own {
        let before = known.insert(name.clone(), value.clone());
        if before.as_ref() == Some(value) || is_valid(&Value::Object(known.clone())) {
            continue;
        }
        let mut with = known.clone();
        let mut is_valid = |inside: &Value| {
            with.insert(name.clone(), inside.clone());
            is_valid(&Value::Object(with.clone()))
        };
        let inside = match (value, &before) {
            _ if depth == 0 => None,
            (Value::Object(_), Some(inner @ Value::Object(_))) => {
                Some(merged(value, inner.clone(), depth - 1, &mut is_valid))
            }
            (Value::Object(_), None) => {
                let inner = Value::Object(Map::new());
                is_valid(&inner).then(|| merged(value, inner, depth - 1, &mut is_valid))
            }
            (Value::Array(own), Some(Value::Array(sampled))) => {
                merged_entries(own, sampled, depth - 1, &mut is_valid)
            }
            _ => None,
        };
        match inside.or(before) {
            Some(value) => known.insert(name.clone(), value),
            None => known.shift_remove(name),
        };
    }
    for name in sampled {
        let Some(value) = known.shift_remove(&name) else { continue };
        if !is_valid(&Value::Object(known.clone())) {
            known.insert(name, value);
        }
    }
    Value::Object(known)
}

/// As many entries as a list has, each with as many of its members as may be, over an entry of another list.
fn merged_entries(
    own: &[Value],
    sampled: &[Value],
    depth: usize,
    is_valid: &mut dyn FnMut(&Value) -> bool,
) -> Option<Value> {
    let base = |index: usize| sampled.get(index).or(sampled.first()).cloned();
    let mut entries: Vec<Value> = (0..own.len()).map(base).collect::<Option<_>>()?;
    if own.is_empty() || !is_valid(&Value::from(entries.clone())) {
        return None;
    }
    for (index, entry) in own.iter().enumerate() {
        let base = entries.get(index)?.clone();
        let mut with = entries.clone();
        let mut is_valid = |inside: &Value| {
            if let Some(known) = with.get_mut(index) {
                known.clone_from(inside);
            }
            is_valid(&Value::from(with.clone()))
        };
        let inside = if is_valid(entry) { entry.clone() } else { merged(entry, base, depth, &mut is_valid) };
        if let Some(known) = entries.get_mut(index) {
            *known = inside;
        }
    }
    Some(Value::from(entries))
}

/// Whether nothing is wrong at a place, nor around it, once it has this value.
fn is_fit_at(schema: &Schema, body: &Value, at: &str, value: &Value) -> bool {
    let mut body = body.clone();
    match body.pointer_mut(at) {
        Some(known) => known.clone_from(value),
        None => return false,
    }
    schema.check(Direction::Response, &body).is_ok_and(|wrong| {
        let mut places = wrong.iter().map(place_of);
        !places.any(|place| is_inside(&place, at) || is_inside(at, &place))
    })
}

/// A sampled object under the id of another one: it stays the same object, whatever else it cannot show.
fn called_alike(sampled: &Value, own: &Value) -> Option<Value> {
    let (sampled, own) = (sampled.as_object()?, own.as_object()?);
    let is_alike = |name: &&&str| {
        let pair = sampled.get(**name).zip(own.get(**name));
        pair.is_some_and(|(a, b)| (a.is_string() && b.is_string()) || (a.is_number() && b.is_number()))
    };
    let name = ID_NAMES.iter().find(is_alike)?;
    let mut named = sampled.clone();
    named.insert((*name).to_owned(), own.get(*name)?.clone());
    Some(Value::Object(named))
}

impl Edit {
    fn apply(self, body: &mut Value) {
        match self {
            Self::Set(at, value) => {
                if let Some(known) = body.pointer_mut(&at) {
                    *known = value;
                } else if let Some((parent, name)) = at.rsplit_once('/')
                    && let Some(members) = body.pointer_mut(parent).and_then(Value::as_object_mut)
                {
                    members.insert(pointer::unescape(name), value);
                }
            }
            Self::Remove(at) => {
                let Some((parent, name)) = at.rsplit_once('/') else { return };
                match body.pointer_mut(parent) {
                    Some(Value::Object(members)) => drop(members.shift_remove(&pointer::unescape(name))),
                    Some(Value::Array(items)) => {
                        if let Some(index) = name.parse::<usize>().ok().filter(|index| *index < items.len()) {
                            items.remove(index);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
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

/// The plainest value of a member that must be there, where no sample shows one.
fn made(schema: &Schema, at: &str, member: &str) -> Option<Value> {
    let around = pointer::tokens(at).try_fold(View::of(schema, Direction::Response), |view, step| {
        if step.parse::<usize>().is_ok() { view.items() } else { view.described(&step) }
    });
    let view = around?.described(member)?;
    part(schema, member, view.nodes().next()?, Taste::default())
}

/// What a sample shows at a place; where it has fewer entries, the first of them.
fn shown<'v>(sample: &'v Value, at: &str) -> Option<&'v Value> {
    sample.pointer(at).or_else(|| {
        let first = at.split('/').map(|step| if step.parse::<usize>().is_ok() { "0" } else { step });
        sample.pointer(&first.collect::<Vec<_>>().join("/"))
    })
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

    #[test]
    fn as_much_of_an_object_is_kept_as_may_be() {
        let locale = json!({"type": "object", "additionalProperties": false, "properties": {
            "capture": {"enum": ["manual"]}, "locale": {"type": "string"}, "kind": {"type": "string"},
        }});
        let token = json!({"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}},
            "additionalProperties": false});
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
                "200": {"description": "a", "content": {"application/json": {"schema": {
                    "type": "object", "properties": {"pay": {"anyOf": [locale, token]}},
                }}}},
            }}}}}),
        );
        let schema = super::super::entity::answered(&contract.operations[0]).unwrap();
        let mut body = json!({"pay": {"capture": "", "locale": "cs"}});
        fit(schema, &mut body, &json!({"pay": {"locale": "en", "kind": "string"}}));
        assert_eq!(body, json!({"pay": {"locale": "cs"}}));
    }

    #[test]
    fn an_entry_of_alternative_answers_keeps_what_it_may() {
        let pet = json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "integer"}, "name": {"type": "string"}, "home": {"type": "object"}}});
        let one = json!({"type": "object", "required": ["pet"], "properties": {"pet": pet}});
        let several = json!({"type": "object", "required": ["pets"], "properties": {
            "pets": {"type": "array", "items": pet}}});
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
                "200": {"description": "a", "content": {"application/json": {"schema": {"oneOf": [one, several]}}}},
            }}}}}),
        );
        let schema = super::super::entity::answered(&contract.operations[0]).unwrap();
        let mut body = json!({"pets": [{"id": 7, "name": "rex", "home": "here"}]});
        fit(
            schema,
            &mut body,
            &json!({"pets": [{"id": 1, "name": "a", "home": {"street": "b"}}, {"id": 2}]}),
        );
        assert_eq!(body, json!({"pets": [{"id": 7, "name": "rex", "home": {"street": "b"}}]}));
    }

    #[test]
    fn what_must_be_there_is_made_where_no_sample_shows_it() {
        let item = json!({"type": "object", "required": ["id", "at", "kind"], "properties": {
            "id": {"type": "string"}, "at": {"type": "string", "format": "date"}, "kind": {"enum": ["new", "old"]},
        }});
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
                "200": {"description": "a", "content": {"application/json": {"schema": {
                    "type": "object", "properties": {"all": {"type": "array", "items": item}},
                }}}},
            }}}}}),
        );
        let schema = super::super::entity::answered(&contract.operations[0]).unwrap();
        let mut body = json!({"all": [{"id": "7"}]});
        fit(schema, &mut body, &json!({"all": []}));
        assert_eq!((&body["all"][0]["id"], &body["all"][0]["kind"]), (&json!("7"), &json!("new")));
        assert!(body["all"][0]["at"].as_str().is_some_and(|day| day.len() == 10), "{body}");
    }

    #[test]
    fn what_a_list_cannot_show_as_it_is_stays_the_same_object() {
        let kind = |kind: &str| {
            json!({"type": "object", "required": ["id", "kind"], "properties": {
            "id": {"type": "string"}, "kind": {"enum": [kind]}}})
        };
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {
                "200": {"description": "a", "content": {"application/json": {"schema": {
                    "type": "array", "items": {"anyOf": [kind("card"), kind("bank")]},
                }}}},
            }}}}}),
        );
        let schema = super::super::entity::answered(&contract.operations[0]).unwrap();
        let mut body = json!([{"id": "7", "kind": "account"}, {"id": "8", "kind": "bank"}]);
        fit(schema, &mut body, &json!([{"id": "string", "kind": "card"}]));
        assert_eq!(body, json!([{"id": "7", "kind": "card"}, {"id": "8", "kind": "bank"}]));
    }
}
