//! Merges two schemas of the same place.

use std::collections::HashSet;

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

use super::Unproducible;

/// No more names than these are compared one by one.
const FEW: usize = 8;
/// Where further patterns are kept. The first one stays the one that texts are made of.
pub(super) const MORE_PATTERNS: &str = "x-patterns";

/// Adds what another schema says of the same place.
///
/// # Errors
/// Nothing can be both.
pub(super) fn merge(
    into: &mut Map<String, Value>,
    mut other: Map<String, Value>,
) -> Result<(), Unproducible> {
    merge_places(into, &mut other);
    for (keyword, value) in other {
        match into.get_mut(&keyword) {
            None => {
                into.insert(keyword, value);
            }
            Some(known) if keyword == "pattern" => {
                if *known != value
                    && let Some(more) = into.entry(MORE_PATTERNS).or_insert_with(|| json!([])).as_array_mut()
                {
                    more.push(value);
                }
            }
            Some(known) => merge_keyword(&keyword, known, value)?,
        }
    }
    Ok(())
}

/// Puts together what both say of the first entries of a list, each by its place: `prefixItems`, and from there on
/// `items`.
fn merge_places(into: &mut Map<String, Value>, other: &mut Map<String, Value>) {
    let Some(Value::Array(more)) = other.shift_remove("prefixItems") else {
        // What the other one says of all entries counts for the first ones, too.
        let rest = other.get("items");
        if let (Some(Value::Array(known)), Some(rest)) = (into.get_mut("prefixItems"), rest) {
            for known in known {
                merge_schemas(known, rest.clone());
            }
        }
        return;
    };
    let known = match into.shift_remove("prefixItems") {
        Some(Value::Array(known)) => known,
        _ => Vec::new(),
    };
    let said = |places: &[Value], at: usize, rest: Option<&Value>| {
        places.get(at).or(rest).cloned().unwrap_or(Value::Bool(true))
    };
    let places = (0..known.len().max(more.len())).map(|at| {
        let mut both = said(&known, at, into.get("items"));
        merge_schemas(&mut both, said(&more, at, other.get("items")));
        both
    });
    let places = places.collect();
    into.insert("prefixItems".to_owned(), Value::Array(places));
}

/// The result for a keyword that both have.
fn merge_keyword(keyword: &str, known: &mut Value, value: Value) -> Result<(), Unproducible> {
    match (keyword, &mut *known, value) {
        ("properties" | "patternProperties", Value::Object(known), Value::Object(more)) => {
            merge_members(known, more)?;
        }
        ("required", Value::Array(known), Value::Array(more)) => {
            if more.len() <= FEW {
                let new: Vec<Value> = more.into_iter().filter(|name| !known.contains(name)).collect();
                known.extend(new);
            } else {
                let mut all: IndexSet<Value> = known.drain(..).collect();
                all.extend(more);
                known.extend(all);
            }
        }
        ("type", known, value) => {
            let both = common_kinds(known, &value);
            if both.is_empty() {
                return Err(conflict("type"));
            }
            *known = Value::Array(both);
        }
        ("enum", Value::Array(known), Value::Array(more)) => {
            let more: HashSet<Value> = more.into_iter().collect();
            known.retain(|value| more.contains(value));
            if known.is_empty() {
                return Err(conflict("enum"));
            }
        }
        ("const", known, value) if *known != value => return Err(conflict("const")),
        (
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains",
            known,
            value,
        ) => {
            if value.as_f64() > known.as_f64() {
                *known = value;
            }
        }
        (
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains",
            known,
            value,
        ) => {
            if value.as_f64() < known.as_f64() {
                *known = value;
            }
        }
        ("multipleOf", known, value) => merge_steps(known, value),
        (
            "additionalProperties"
            | "items"
            | "contains"
            | "propertyNames"
            | "unevaluatedProperties"
            | "unevaluatedItems",
            known,
            value,
        ) => merge_schemas(known, value),
        ("not", known, value) => *known = json!({ "anyOf": [known.take(), value] }),
        ("uniqueItems", known, Value::Bool(true)) => *known = Value::Bool(true),
        ("dependentRequired", Value::Object(known), Value::Object(more)) => known.extend(more),
        // Annotations and similar: the nearest to the place is meant.
        ("example" | "examples" | "default" | "format" | "readOnly" | "writeOnly" | "discriminator", ..) => {}
        (_, known, value) => *known = value,
    }
    Ok(())
}

fn conflict(what: &str) -> Unproducible {
    Unproducible::NotFound(format!("no value can satisfy both values of `{what}`"))
}

/// Whole steps have a common one; else the larger is as good a guess as any.
fn merge_steps(known: &mut Value, value: Value) {
    match (known.as_u64(), value.as_u64()) {
        (Some(one), Some(other)) if one > 0 && other > 0 => *known = json!(one / gcd(one, other) * other),
        _ if value.as_f64() > known.as_f64() => *known = value,
        _ => {}
    }
}

/// A schema that is both.
fn merge_schemas(known: &mut Value, value: Value) {
    if *known == Value::Bool(false) || *known == value {
        return;
    }
    *known = match value {
        Value::Bool(true) => return,
        value if *known == Value::Bool(true) => value,
        Value::Bool(false) => Value::Bool(false),
        value => json!({ "allOf": [known.take(), value] }),
    };
}

/// Adds what another schema says of members.
fn merge_members(known: &mut Map<String, Value>, more: Map<String, Value>) -> Result<(), Unproducible> {
    for (name, schema) in more {
        let both = match known.get(&name) {
            Some(first) if *first == schema || schema == json!(true) || schema == json!({}) => {
                continue;
            }
            Some(first) if first.as_object().is_some_and(|f| !f.is_empty()) => {
                if !can_agree(first, &schema) {
                    return Err(conflict(&name));
                }
                json!({ "allOf": [first, schema] })
            }
            _ => schema,
        };
        known.insert(name, both);
    }
    Ok(())
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// Kinds that both allow; `integer` is a `number`.
fn common_kinds(one: &Value, other: &Value) -> Vec<Value> {
    let list = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    let (left, right) = (list(one), list(other));
    let covers = |kinds: &[Value], kind: &Value| {
        kinds.contains(kind) || (kind == "integer" && kinds.contains(&json!("number")))
    };
    let mut both: Vec<Value> = left.iter().filter(|kind| covers(&right, kind)).cloned().collect();
    let more: Vec<Value> =
        right.iter().filter(|kind| covers(&left, kind) && !both.contains(kind)).cloned().collect();
    both.extend(more);
    both
}

/// Whether two schemas of one member may have a value in common, as far as their fixed values show.
fn can_agree(one: &Value, other: &Value) -> bool {
    fn fixed(schema: &Value) -> Option<&[Value]> {
        match schema.get("const") {
            Some(value) => Some(std::slice::from_ref(value)),
            None => schema.get("enum").and_then(Value::as_array).map(Vec::as_slice),
        }
    }
    match (fixed(one), fixed(other)) {
        (Some(one), Some(other)) => {
            let other: HashSet<&Value> = other.iter().collect();
            one.iter().any(|value| other.contains(value))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::new(json!({"type": "string"}), json!({"minLength": 1}), json!({"type": "string", "minLength": 1}))]
    #[case::kinds(json!({"type": ["number", "string"]}), json!({"type": ["integer", "string"]}), json!({"type": ["string", "integer"]}))]
    #[case::required(json!({"required": ["a"]}), json!({"required": ["b", "a"]}), json!({"required": ["a", "b"]}))]
    #[case::bounds(json!({"minimum": 1, "maximum": 9}), json!({"minimum": 3, "maximum": 10}), json!({"minimum": 3, "maximum": 9}))]
    #[case::choices(json!({"enum": [1, 2, 3]}), json!({"enum": [3, 2]}), json!({"enum": [2, 3]}))]
    #[case::whole_steps(json!({"multipleOf": 4}), json!({"multipleOf": 6}), json!({"multipleOf": 12}))]
    #[case::broken_steps(json!({"multipleOf": 0.5}), json!({"multipleOf": 0.25}), json!({"multipleOf": 0.5}))]
    #[case::patterns(json!({"pattern": "a"}), json!({"pattern": "b"}), json!({"pattern": "a", "x-patterns": ["b"]}))]
    #[case::one_pattern(json!({"pattern": "a"}), json!({"pattern": "a"}), json!({"pattern": "a"}))]
    #[case::items(json!({"items": {"a": 1}}), json!({"items": {"b": 1}}), json!({"items": {"allOf": [{"a": 1}, {"b": 1}]}}))]
    #[case::closed(json!({"additionalProperties": {"a": 1}}), json!({"additionalProperties": false}), json!({"additionalProperties": false}))]
    #[case::not(json!({"not": {"a": 1}}), json!({"not": {"b": 1}}), json!({"not": {"anyOf": [{"a": 1}, {"b": 1}]}}))]
    #[case::unique(json!({"uniqueItems": true}), json!({"uniqueItems": false}), json!({"uniqueItems": false}))]
    #[case::nearest(json!({"example": 1}), json!({"example": 2}), json!({"example": 1}))]
    #[case::places(
        json!({"prefixItems": [{"a": 1}]}),
        json!({"prefixItems": [true, {"b": 1}]}),
        json!({"prefixItems": [{"a": 1}, {"b": 1}]}),
    )]
    #[case::places_and_the_rest(
        json!({"prefixItems": [{"a": 1}], "items": {"c": 1}}),
        json!({"prefixItems": [{"d": 1}, {"b": 1}]}),
        json!({"items": {"c": 1}, "prefixItems": [{"allOf": [{"a": 1}, {"d": 1}]}, {"allOf": [{"c": 1}, {"b": 1}]}]}),
    )]
    #[case::places_and_all(
        json!({"prefixItems": [{"a": 1}]}),
        json!({"items": {"b": 1}}),
        json!({"prefixItems": [{"allOf": [{"a": 1}, {"b": 1}]}], "items": {"b": 1}}),
    )]
    #[case::members(
        json!({"properties": {"a": {"type": "string"}, "b": {}}}),
        json!({"properties": {"a": {"minLength": 1}, "b": {"type": "null"}}}),
        json!({"properties": {"a": {"allOf": [{"type": "string"}, {"minLength": 1}]}, "b": {"type": "null"}}}),
    )]
    fn both_hold(#[case] one: Value, #[case] other: Value, #[case] expected: Value) {
        let Value::Object(mut into) = one else { unreachable!() };
        let Value::Object(other) = other else { unreachable!() };
        merge(&mut into, other).unwrap();
        assert_eq!(Value::Object(into), expected);
    }

    #[rstest]
    #[case(json!({"type": "string"}), json!({"type": "integer"}), "type")]
    #[case(json!({"enum": [1]}), json!({"enum": [2]}), "enum")]
    #[case(json!({"const": 1}), json!({"const": 2}), "const")]
    #[case(json!({"properties": {"a": {"const": 1}}}), json!({"properties": {"a": {"enum": [2]}}}), "a")]
    fn nothing_is_both(#[case] one: Value, #[case] other: Value, #[case] what: &str) {
        let Value::Object(mut into) = one else { unreachable!() };
        let Value::Object(other) = other else { unreachable!() };
        assert_eq!(merge(&mut into, other), Err(conflict(what)));
    }
}
