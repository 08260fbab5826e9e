//! Changes that an update may make to an object: one member each, to another valid value.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::value::{Taste, value};
use crate::contract::{Direction, Schema, schema::Field, schema::View};
use crate::resources::members::describes;
use crate::resources::reach::{has_rules, is_switch};

/// Texts that a change writes where it may write any.
const TEXTS: [&str; 2] = ["Changed by a check", "Changed once more"];
/// Seeds that values are generated from where no plain one will do.
const SEEDS: u64 = 6;
/// How far behind the others members are tried that other things may depend on.
const BEHIND: usize = 1_000;
/// No object gets more changes than these.
const MAX_CHANGES: usize = 24;

/// What to change, in this order: a text comes before what may have rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Text,
    Number,
    Choice,
    Switch,
    Time,
    Address,
    Uuid,
    List,
    Object,
}

/// Bodies that change one member of an object and keep the schema of the update, the best first.
///
/// `now` is what the object holds, what was sent before what is merely shown. Members that
/// `is_reference` names are left alone, and so are names that say that a change does things: switches,
/// states, addresses, secrets. What the schema requires goes along as it is.
pub fn changes(
    schema: &Schema,
    now: &IndexMap<String, Value>,
    is_reference: &dyn Fn(&str) -> bool,
) -> Vec<Map<String, Value>> {
    let fields = schema.fields(Direction::Request, &[]);
    let view = View::of(schema, Direction::Request);
    // What says of which schema an object is stays.
    let is_reference = |name: &str| view.tag() == Some(name) || is_reference(name);
    let along = required(&fields, now);
    let mut found: Vec<(Kind, usize, Map<String, Value>)> = Vec::new();
    let mut generated: Option<Vec<Value>> = None;
    let known = now.iter().filter_map(|(name, value)| Some((name, value, fields.get(name)?)));
    for (place, (name, value, field)) in known.enumerate() {
        let Some(kind) = kind(name, value, field).filter(|_| !is_reference(name)) else { continue };
        let try_one = |new: Value| {
            let mut body = along.clone();
            body.insert(name.clone(), new);
            let body = Value::Object(body);
            let is_valid = schema.is_valid(Direction::Request, &body) == Ok(true);
            is_valid.then_some(body).and_then(|body| body.as_object().cloned())
        };
        let free = || schema.fields(Direction::Request, &[name]).is_empty();
        let plain = candidates(kind, value, field, &free);
        let body = plain.into_iter().filter(|new| !same_value(new, value)).find_map(try_one).or_else(|| {
            let generated = generated.get_or_insert_with(|| generate(schema)).iter();
            let others = generated.filter_map(|body| body.get(name).cloned());
            others.filter(|new| !new.is_null() && !same_value(new, value)).find_map(try_one)
        });
        found.extend(body.map(|body| (kind, place + if describes(name) { 0 } else { BEHIND }, body)));
    }
    found.sort_by_key(|(kind, place, _)| (*kind, *place));
    found.into_iter().take(MAX_CHANGES).map(|(_, _, body)| body).collect()
}

/// Bodies that empty one member of an object and keep the schema of the update: null, nought, a list of nothing. What
/// [`changes`] leaves alone is left alone here.
pub fn emptied(
    schema: &Schema,
    now: &IndexMap<String, Value>,
    is_reference: &dyn Fn(&str) -> bool,
) -> Vec<Map<String, Value>> {
    let fields = schema.fields(Direction::Request, &[]);
    let along = required(&fields, now);
    let known = now.iter().filter_map(|(name, value)| Some((name, value, fields.get(name)?)));
    let known =
        // A list of nothing names nothing.
        known.filter(|(name, value, field)| {
            (value.is_array() || !is_reference(name)) && kind(name, value, field).is_some()
        });
    let empty = known.flat_map(|(name, value, field)| {
        let plain = match value {
            Value::Number(_) if field.choices.is_empty() => Some(json!(0)),
            Value::Array(_) => Some(json!([])),
            _ => None,
        };
        let null = field.kinds.null.then_some(Value::Null);
        let others = plain.into_iter().chain(null).filter(|new| !same_value(new, value));
        others.map(|new| (name.clone(), new)).collect::<Vec<_>>()
    });
    let bodies = empty.map(|(name, new)| {
        let mut body = along.clone();
        body.insert(name, new);
        body
    });
    bodies
        .filter(|body| schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true))
        .collect()
}

/// Bodies that name a part of one member that is an object, each with the whole object that a merge patch (RFC 7396)
/// leaves: a part of it as it is, or one more entry of a map.
pub fn merged(
    schema: &Schema,
    now: &IndexMap<String, Value>,
) -> Vec<(Map<String, Value>, Map<String, Value>)> {
    let fields = schema.fields(Direction::Request, &[]);
    let along = required(&fields, now);
    let mut found = Vec::new();
    for (name, members) in now.iter().filter_map(|(name, value)| Some((name, value.as_object()?))) {
        let is_free = fields.get(name).is_some_and(|field| !field.is_read_only) && !has_rules(name);
        let Some((first, value)) = members.iter().next().filter(|_| is_free) else { continue };
        let more = Map::from_iter([("added".to_owned(), value.clone())]);
        let part = Map::from_iter([(first.clone(), value.clone())]);
        let parts =
            [Some(more).filter(|_| !members.contains_key("added")), Some(part).filter(|_| members.len() > 1)];
        for part in parts.into_iter().flatten() {
            let mut body = along.clone();
            body.insert(name.clone(), Value::Object(part.clone()));
            if schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true) {
                let whole: Map<String, Value> = members.clone().into_iter().chain(part).collect();
                found.push((body, Map::from_iter([(name.clone(), Value::Object(whole))])));
                break;
            }
        }
    }
    found
}

/// What a schema requires, as it is now.
fn required(fields: &IndexMap<String, Field>, now: &IndexMap<String, Value>) -> Map<String, Value> {
    let required = fields.iter().filter(|(_, field)| field.is_required);
    required.filter_map(|(name, _)| Some((name.clone(), now.get(name)?.clone()))).collect()
}

/// Servers take texts that differ in case or white space for the same.
fn same_value(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::String(new), Value::String(old)) => new.trim().to_lowercase() == old.trim().to_lowercase(),
        (Value::Number(new), Value::Number(old)) => new.as_f64() == old.as_f64(),
        _ => new == old,
    }
}

/// Formats of texts that are more than text.
const FORMATS: &[&str] = &[
    "email",
    "idn-email",
    "uri-template",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "ip",
    "byte",
    "binary",
    "password",
    "regex",
    "json-pointer",
    "relative-json-pointer",
];

fn kind(name: &str, value: &Value, field: &Field) -> Option<Kind> {
    if field.is_read_only || field.is_write_only || has_rules(name) {
        return None;
    }
    let format = field.format.as_deref().unwrap_or_default();
    match value {
        _ if !field.choices.is_empty() => Some(Kind::Choice).filter(|_| !value.is_boolean()),
        Value::String(_) => match format {
            "date-time" | "date" | "time" | "duration" => Some(Kind::Time),
            "uri" | "url" | "iri" | "uri-reference" | "iri-reference" => Some(Kind::Address),
            "uuid" => Some(Kind::Uuid),
            format => (!FORMATS.contains(&format) && field.kinds.string).then_some(Kind::Text),
        },
        Value::Number(_) => Some(Kind::Number),
        Value::Bool(_) => (!is_switch(name)).then_some(Kind::Switch),
        Value::Array(_) => Some(Kind::List),
        Value::Object(_) => Some(Kind::Object),
        // What is empty is filled.
        Value::Null if field.kinds.string => match format {
            "" => Some(Kind::Text),
            "date-time" | "date" | "time" | "duration" => Some(Kind::Time),
            "uri" | "url" => Some(Kind::Address),
            _ => None,
        },
        Value::Null if field.kinds.number || field.kinds.integer => Some(Kind::Number),
        Value::Null if field.kinds.boolean => (!is_switch(name)).then_some(Kind::Switch),
        Value::Null => None,
    }
}

fn candidates(kind: Kind, value: &Value, field: &Field, free: &dyn Fn() -> bool) -> Vec<Value> {
    match kind {
        Kind::Text => texts(value.as_str().unwrap_or_default()),
        Kind::Number => numbers(value),
        Kind::Choice => field.choices.iter().filter(|choice| !choice.is_null()).cloned().collect(),
        Kind::Switch => vec![Value::from(value == &Value::Bool(false))],
        Kind::Time => times(field.format.as_deref().unwrap_or_default()),
        Kind::Address => {
            vec![json!("https://example.com/changed"), json!("https://example.com/changed-again")]
        }
        Kind::Uuid => {
            vec![json!("3f1a6c52-7d0e-4b8a-9c35-0d2e4f6a8b1c"), json!("5b2d8e74-1f3c-4a96-8d57-2c4e6a8b0d1f")]
        }
        Kind::List => lists(value),
        Kind::Object => objects(value, free),
    }
}

/// Texts in the place of another: free ones, cut to its length, then itself with its last letter or
/// digit moved on, which keeps to most patterns.
fn texts(now: &str) -> Vec<Value> {
    let length = now.chars().count();
    let cut = |text: &str| -> String { text.chars().cycle().take(length).collect() };
    let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    texts.extend(TEXTS.iter().map(|text| cut(text).trim().to_owned()));
    texts.extend(TEXTS.iter().map(|text| cut(&text.to_lowercase().replace(' ', ""))));
    let mut letters: Vec<char> = now.chars().collect();
    if let Some(last) = letters.iter_mut().rev().find(|c| c.is_ascii_alphanumeric()) {
        *last = match *last {
            '9' => '0',
            'z' => 'a',
            'Z' => 'A',
            c => char::from_u32(u32::from(c) + 1).unwrap_or(c),
        };
        texts.push(letters.into_iter().collect());
    }
    texts.into_iter().map(Value::from).collect()
}

fn times(format: &str) -> Vec<Value> {
    let texts = match format {
        "date" => ["2026-05-05", "2027-05-05"],
        "time" => ["06:07:08Z", "07:08:09Z"],
        "duration" => ["PT5M", "P3D"],
        _ => ["2026-05-05T06:07:08Z", "2027-05-05T06:07:08Z"],
    };
    texts.iter().map(|text| json!(text)).collect()
}

fn numbers(now: &Value) -> Vec<Value> {
    if now.is_null() {
        return [1, 2, 5, 10, 100, 1_000].iter().map(|number| json!(number)).collect();
    }
    if let Some(now) = now.as_i64() {
        let steps = [1, -1, 2, -2, 5, -5, 10, -10, 100, -100];
        return steps.iter().filter_map(|step| now.checked_add(*step)).map(Value::from).collect();
    }
    let now = now.as_f64().unwrap_or_default();
    [1.0, -1.0, 0.5, -0.5, 0.1, -0.1].iter().map(|step| json!(now + step)).collect()
}

fn lists(now: &Value) -> Vec<Value> {
    let entries = now.as_array().map_or(&[][..], Vec::as_slice);
    if entries.iter().any(|entry| !entry.is_string()) {
        return Vec::new();
    }
    TEXTS
        .iter()
        .flat_map(|text| {
            let longer: Vec<Value> = entries.iter().cloned().chain([json!(text)]).collect();
            [Value::from(longer), json!([text])]
        })
        .collect()
}

/// An object with one member inside changed; a free map gets one more.
fn objects(now: &Value, free: &dyn Fn() -> bool) -> Vec<Value> {
    let Some(members) = now.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in members {
        if has_rules(name) || is_switch(name) {
            continue;
        }
        let others = match value {
            Value::String(text) => texts(text),
            Value::Number(_) => numbers(value),
            _ => continue,
        };
        found.extend(others.into_iter().filter(|other| !same_value(other, value)).map(|other| {
            let mut changed = members.clone();
            changed.insert(name.clone(), other);
            Value::Object(changed)
        }));
    }
    if found.is_empty() && free() {
        let mut changed = members.clone();
        changed.insert("changed".to_owned(), json!(TEXTS[0]));
        found.push(Value::Object(changed));
    }
    found
}

fn generate(schema: &Schema) -> Vec<Value> {
    let make = |seed| value(schema, Direction::Request, Taste { seed: Some(seed), ..Taste::default() }).ok();
    (1..=SEEDS).filter_map(make).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;

    fn changed(schema: &Value, now: &Value) -> Vec<Map<String, Value>> {
        let tree = json!({"openapi": "3.1.0", "paths": {"/x/{id}": {"patch": {
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"200": {}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let body = contract.operations[0].body.as_ref().unwrap();
        let schema = body.content[0].schema.as_ref().unwrap();
        let now: IndexMap<String, Value> = now.as_object().unwrap().clone().into_iter().collect();
        let is_reference = |name: &str| name.ends_with("_id") || name.ends_with("Id");
        let found = changes(schema, &now, &is_reference);
        for body in &found {
            let body = Value::Object(body.clone());
            assert_eq!(schema.is_valid(Direction::Request, &body), Ok(true), "{body}");
        }
        found
    }

    /// The first change of one member `m`.
    fn first(member: &Value, now: &Value) -> Option<Value> {
        let schema = json!({"type": "object", "properties": {"m": member}});
        changed(&schema, &json!({ "m": now })).first().and_then(|body| body.get("m").cloned())
    }

    #[rstest]
    #[case::free(json!({"type": "string"}), json!("a"), json!("Changed by a check"))]
    #[case::changed_before(json!({"type": "string"}), json!("changed by a check"), json!("Changed once more"))]
    #[case::not_empty(json!({"type": "string", "minLength": 1}), json!("a"), json!("Changed by a check"))]
    #[case::short(json!({"type": "string", "maxLength": 3}), json!("abc"), json!("Cha"))]
    #[case::long(json!({"type": "string", "minLength": 20}), json!("aaaaaaaaaaaaaaaaaaaa"), json!("Changed by a checkCh"))]
    #[case::pattern(json!({"type": "string", "pattern": "^[A-Z]{2}-[0-9]$"}), json!("AB-1"), json!("AB-2"))]
    #[case::odd_format(json!({"type": "string", "format": "markdown"}), json!("a"), json!("Changed by a check"))]
    #[case::null(json!({"type": ["string", "null"]}), json!(null), json!("Changed by a check"))]
    #[case::number(json!({"type": "integer", "maximum": 7}), json!(7), json!(6))]
    #[case::multiple(json!({"type": "integer", "multipleOf": 5}), json!(10), json!(15))]
    #[case::fraction(json!({"type": "number", "minimum": 0, "maximum": 1}), json!(0.25), json!(0.75))]
    #[case::choice(json!({"enum": ["a", "b"]}), json!("a"), json!("b"))]
    #[case::switch(json!({"type": "boolean"}), json!(true), json!(false))]
    #[case::time(json!({"type": "string", "format": "date-time"}), json!("2026-05-05T06:07:08Z"), json!("2027-05-05T06:07:08Z"))]
    #[case::uuid(json!({"type": "string", "format": "uuid"}), json!("00000000-0000-4000-8000-000000000000"), json!("3f1a6c52-7d0e-4b8a-9c35-0d2e4f6a8b1c"))]
    #[case::list(json!({"type": "array", "items": {"type": "string"}}), json!(["a"]), json!(["a", "Changed by a check"]))]
    #[case::full_list(json!({"type": "array", "maxItems": 1, "items": {"type": "string"}}), json!(["a"]), json!(["Changed by a check"]))]
    #[case::object(json!({"type": "object", "properties": {"n": {"type": "string"}}}), json!({"id": 1, "n": "a"}), json!({"id": 1, "n": "Changed by a check"}))]
    #[case::free_map(json!({"type": "object"}), json!({}), json!({"changed": "Changed by a check"}))]
    fn a_member_takes_another_value(#[case] member: Value, #[case] now: Value, #[case] expected: Value) {
        assert_eq!(first(&member, &now), Some(expected));
    }

    #[rstest]
    #[case::only_one_choice(json!({"enum": ["a"]}), json!("a"))]
    #[case::only_one_number(json!({"type": "integer", "minimum": 3, "maximum": 3}), json!(3))]
    #[case::read_only(json!({"type": "string", "readOnly": true}), json!("a"))]
    #[case::mail(json!({"type": "string", "format": "email"}), json!("a@example.org"))]
    #[case::password(json!({"type": "string", "format": "password"}), json!("a"))]
    fn some_members_cannot_be_changed(#[case] member: Value, #[case] now: Value) {
        assert_eq!(first(&member, &now), None);
    }

    #[rstest]
    #[case(json!({"is_archived": {"type": "boolean"}}), json!({"is_archived": false}))]
    #[case(json!({"isEnabled": {"type": "boolean"}}), json!({"isEnabled": false}))]
    #[case(json!({"owner_id": {"type": "integer"}}), json!({"owner_id": 3}))]
    #[case(json!({"status": {"enum": ["a", "b"]}}), json!({"status": "a"}))]
    #[case(json!({"clientSecret": {"type": "string"}}), json!({"clientSecret": "a"}))]
    #[case(json!({"permissions": {"type": "object"}}), json!({"permissions": {"read": []}}))]
    fn what_does_things_is_left_alone(#[case] properties: Value, #[case] now: Value) {
        let schema = json!({"type": "object", "properties": properties});
        assert_eq!(changed(&schema, &now), Vec::<Map<String, Value>>::new());
    }

    fn with_schema<T>(schema: &Value, now: &Value, of: impl Fn(&Schema, &IndexMap<String, Value>) -> T) -> T {
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"patch": {
            "requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.clone().unwrap();
        of(&schema, &now.as_object().unwrap().clone().into_iter().collect())
    }

    #[test]
    fn members_may_be_emptied() {
        let schema = json!({"required": ["n"], "properties": {
            "n": {"type": "integer", "minimum": 0}, "few": {"type": "array", "minItems": 1},
            "note": {"type": ["string", "null"]}, "tags": {"type": "array"}, "status": {"type": ["string", "null"]},
        }});
        let now = json!({"n": 3, "few": [1], "note": "x", "tags": ["a"], "status": "on"});
        let found = with_schema(&schema, &now, |schema, now| emptied(schema, now, &|_| false));
        let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
        assert_eq!(found, [json!({"n": 0}), json!({"n": 3, "note": null}), json!({"n": 3, "tags": []})]);
        // An empty list names no other object.
        let found = with_schema(&schema, &now, |schema, now| emptied(schema, now, &|name| name == "tags"));
        assert!(found.iter().any(|body| body.get("tags") == Some(&json!([]))), "{found:?}");
    }

    #[test]
    fn a_part_of_an_object_leaves_the_rest() {
        let closed = json!({"additionalProperties": false, "properties": {"w": {}, "h": {}}});
        let schema =
            json!({"properties": {"size": closed, "days": {"additionalProperties": {"type": "string"}}}});
        let now = json!({"size": {"w": 1, "h": 2}, "days": {"mon": "a"}, "other": {"x": 1}});
        let found = with_schema(&schema, &now, merged);
        let found: Vec<[Value; 2]> =
            found.into_iter().map(|(sent, whole)| [Value::Object(sent), Value::Object(whole)]).collect();
        assert_eq!(
            found,
            [
                [json!({"size": {"w": 1}}), json!({"size": {"w": 1, "h": 2}})],
                [json!({"days": {"added": "a"}}), json!({"days": {"mon": "a", "added": "a"}})],
            ]
        );
    }

    #[test]
    fn the_best_goes_first_and_what_is_required_goes_along() {
        let schema = json!({
            "type": "object", "required": ["kind", "count"], "additionalProperties": false,
            "properties": {
                "count": {"type": "integer", "minimum": 0}, "kind": {"enum": ["a", "b"]},
                "name": {"type": "string"}, "description": {"type": "string"},
            },
        });
        let found = changed(&schema, &json!({"kind": "a", "count": 1, "name": "n", "description": "d"}));
        let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
        assert_eq!(
            found,
            [
                json!({"kind": "a", "count": 1, "description": "Changed by a check"}),
                json!({"kind": "a", "count": 1, "name": "Changed by a check"}),
                json!({"kind": "a", "count": 2}),
                json!({"kind": "b", "count": 1}),
            ]
        );
    }
}
