//! A value for a schema: fixed and plain, and always valid.
//!
//! Candidates go from rich to bare (with the schema's own examples, with all members, with the
//! required members only); the first that the schema itself accepts is taken, so that a keyword
//! that is not understood here leads to a reason, never to a wrong value.

use std::cell::Cell;

use serde_json::{Map, Number, Value, json};

use super::text;
use crate::contract::{Direction, Schema};

/// Why no value could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproducible {
    /// The schema cannot be compiled.
    #[error("the schema cannot be compiled: {0}")]
    Schema(String),
    /// A required member leads back to itself without an end.
    #[error("the schema requires itself without an end")]
    Endless,
    /// The smallest value would be too large to make.
    #[error("the smallest valid value is too large to make: {0}")]
    TooLarge(String),
    /// Nothing that was tried is valid.
    #[error("no valid value was found: {0}")]
    NotFound(String),
}

/// No value has more nodes than this.
const MAX_NODES: usize = 20_000;
/// No list and no text is made longer than this.
const MAX_LENGTH: u64 = 4_096;

/// The plain value of a schema: `"string"`, 0, the first enum member, one sample per format, all
/// members, one item.
///
/// # Errors
/// Why none can be made.
pub fn plain(schema: &Schema, direction: Direction) -> Result<Value, Unproducible> {
    schema.compile(direction).map_err(|why| Unproducible::Schema(why.to_owned()))?;
    let root = schema.normal(direction);
    let mut failure = None;
    for (examples, optional) in [(true, true), (false, true), (false, false)] {
        let maker = Maker { schema, direction, examples, optional, budget: Cell::new(MAX_NODES) };
        match maker.make(&root, &mut Vec::new()) {
            Ok(value) => match schema.check(direction, &value) {
                Ok(mismatches) if mismatches.is_empty() => return Ok(value),
                Ok(mismatches) => {
                    let why = mismatches.first().map(|m| format!("{} at {:?}", m.expected, m.instance));
                    failure = Some(Unproducible::NotFound(why.unwrap_or_default()));
                }
                Err(why) => return Err(Unproducible::Schema(why.to_owned())),
            },
            Err(why) => failure = Some(why),
        }
    }
    Err(failure.unwrap_or_else(|| Unproducible::NotFound(String::new())))
}

struct Maker<'s> {
    schema: &'s Schema,
    direction: Direction,
    examples: bool,
    optional: bool,
    budget: Cell<usize>,
}

type Made = Result<Value, Unproducible>;

impl Maker<'_> {
    fn make(&self, node: &Value, path: &mut Vec<String>) -> Made {
        let left = self.budget.get();
        if left == 0 {
            return Err(Unproducible::TooLarge(format!("more than {MAX_NODES} nodes")));
        }
        self.budget.set(left - 1);
        let before = path.len();
        let made = self.flatten(node, path).and_then(|flat| self.fill(&flat, path));
        path.truncate(before);
        made
    }

    /// Everything that applies to one place in one map: references followed, `allOf` merged, the
    /// first alternative that has a value chosen.
    fn flatten(&self, node: &Value, path: &mut Vec<String>) -> Result<Map<String, Value>, Unproducible> {
        let Some(object) = node.as_object() else {
            return match node {
                Value::Bool(false) => Err(Unproducible::NotFound("nothing is allowed here".to_owned())),
                _ => Ok(Map::new()),
            };
        };
        let mut flat = Map::new();
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            if path.iter().any(|seen| seen == reference) {
                return Err(Unproducible::Endless);
            }
            path.push(reference.to_owned());
            if let Some(target) = self.schema.follow(reference) {
                merge(&mut flat, self.flatten(&target, path)?);
            }
        }
        let own: Map<String, Value> = object
            .iter()
            .filter(|(keyword, _)| !["$ref", "allOf", "anyOf", "oneOf"].contains(&keyword.as_str()))
            .map(|(keyword, value)| (keyword.clone(), value.clone()))
            .collect();
        merge(&mut flat, own);
        for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            merge(&mut flat, self.flatten(part, path)?);
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = object.get(keyword).and_then(Value::as_array) else { continue };
            let branch = self.choose(branches, object.get("discriminator"), path)?;
            merge(&mut flat, branch);
        }
        Ok(flat)
    }

    /// The first alternative that a value can be made for; `null` last.
    fn choose(
        &self,
        branches: &[Value],
        discriminator: Option<&Value>,
        path: &mut Vec<String>,
    ) -> Result<Map<String, Value>, Unproducible> {
        let mut failure = Unproducible::NotFound("there is no alternative".to_owned());
        let is_null = |branch: &&Value| branch.get("type") == Some(&json!("null"));
        let ordered = branches.iter().filter(|b| !is_null(b)).chain(branches.iter().filter(is_null));
        for branch in ordered {
            let before = path.len();
            let made = self.flatten(branch, path).and_then(|mut flat| {
                discriminate(&mut flat, branch, discriminator);
                self.fill(&flat, path).map(|_| flat)
            });
            match made {
                // The references of the chosen branch stay on the path, so that a cycle is seen.
                Ok(flat) => return Ok(flat),
                Err(why) => {
                    path.truncate(before);
                    failure = why;
                }
            }
        }
        Err(failure)
    }

    fn fill(&self, schema: &Map<String, Value>, path: &mut Vec<String>) -> Made {
        if let Some(value) = schema.get("const") {
            return Ok(value.clone());
        }
        if self.examples {
            let listed = schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
            if let Some(example) = schema.get("example").or(listed).or_else(|| schema.get("default")) {
                return Ok(example.clone());
            }
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let value = values.iter().find(|value| !value.is_null()).or(values.first());
            return value.cloned().ok_or_else(|| Unproducible::NotFound("the enum is empty".to_owned()));
        }
        match kind(schema) {
            Some("object") => self.object(schema, path),
            Some("array") => self.array(schema, path),
            Some("integer") => Ok(Value::Number(number(schema, true))),
            Some("number") => Ok(Value::Number(number(schema, false))),
            Some("boolean") => Ok(Value::Bool(true)),
            Some("null") => Ok(Value::Null),
            Some("string") => string(schema),
            _ => Ok(json!("string")),
        }
    }

    fn object(&self, schema: &Map<String, Value>, path: &mut Vec<String>) -> Made {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, member) in properties.into_iter().flatten() {
            let needed = required.contains(&name.as_str());
            if !needed && (!self.optional || self.is_foreign(member)) {
                continue;
            }
            match self.make(member, path) {
                Ok(value) => {
                    object.insert(name.clone(), value);
                }
                Err(why @ Unproducible::TooLarge(_)) => return Err(why),
                Err(why) if needed => return Err(why),
                // An optional member that leads back to itself is where recursion ends.
                Err(_) => {}
            }
        }
        let others = schema.get("additionalProperties").filter(|other| other.is_object());
        for name in required {
            if !object.contains_key(name) {
                let value = others.map_or(Ok(json!("string")), |other| self.make(other, path))?;
                object.insert(name.to_owned(), value);
            }
        }
        let least = schema.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        if least > MAX_LENGTH {
            return Err(Unproducible::TooLarge(format!("at least {least} members")));
        }
        let least = usize::try_from(least).unwrap_or(0);
        for index in 1.. {
            if object.len() >= least {
                break;
            }
            let value = others.map_or(Ok(json!("string")), |other| self.make(other, path))?;
            object.insert(format!("key{index}"), value);
        }
        Ok(Value::Object(object))
    }

    fn is_foreign(&self, member: &Value) -> bool {
        let mark = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        member.get(mark) == Some(&Value::Bool(true))
    }

    fn array(&self, schema: &Map<String, Value>, path: &mut Vec<String>) -> Made {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let least = bound("minItems").unwrap_or(0);
        if least > MAX_LENGTH {
            return Err(Unproducible::TooLarge(format!("at least {least} items")));
        }
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        let mut items = Vec::new();
        for part in prefix.into_iter().flatten() {
            items.push(self.make(part, path)?);
        }
        let wanted = bound("maxItems").unwrap_or(1).min(1).max(least);
        let wanted = usize::try_from(wanted).unwrap_or(1);
        let item = schema.get("items").or_else(|| schema.get("contains"));
        while items.len() < wanted {
            let made = item.map_or(Ok(json!("string")), |item| self.make(item, path));
            match made {
                Ok(value) => items.push(value),
                Err(why @ Unproducible::TooLarge(_)) => return Err(why),
                Err(_) if least == 0 => break,
                Err(why) => return Err(why),
            }
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let values = item.and_then(|item| item.get("enum")).and_then(Value::as_array);
            for index in 1..items.len() {
                items[index] = match (&items[index], values) {
                    (_, Some(values)) if values.len() > index => values[index].clone(),
                    (Value::Number(n), _) => {
                        json!(n.as_i64().unwrap_or(0) + i64::try_from(index).unwrap_or(0))
                    }
                    (Value::String(text), _) => json!(format!("{text}{index}")),
                    (other, _) => other.clone(),
                };
            }
        }
        Ok(Value::Array(items))
    }
}

/// Gives a chosen branch the value of its discriminator, unless the branch itself says it.
fn discriminate(flat: &mut Map<String, Value>, branch: &Value, discriminator: Option<&Value>) {
    let Some(property) = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str) else {
        return;
    };
    let Some(pointer) = branch.get("$ref").and_then(Value::as_str).and_then(Schema::pointer_of) else {
        return;
    };
    let said = flat.get("properties").and_then(|p| p.get(property));
    if said.is_some_and(|s| s.get("const").is_some() || s.get("enum").is_some() || s.get("$ref").is_some()) {
        return;
    }
    let name = pointer.rsplit('/').next().unwrap_or_default().to_owned();
    let mapped = discriminator
        .and_then(|d| d.get("mapping"))
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .find(|(_, target)| target.as_str().is_some_and(|t| t.ends_with(&format!("/{name}")) || t == name))
        .map(|(value, _)| value.clone());
    let properties = flat.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties.insert(property.to_owned(), json!({ "const": mapped.unwrap_or(name) }));
    }
}

/// Adds what another schema says of the same place.
fn merge(into: &mut Map<String, Value>, other: Map<String, Value>) {
    for (keyword, value) in other {
        match (keyword.as_str(), into.get_mut(&keyword), value) {
            ("properties", Some(Value::Object(known)), Value::Object(more)) => {
                for (name, schema) in more {
                    let both = match known.remove(&name) {
                        Some(first)
                            if first != schema && first.as_object().is_some_and(|f| !f.is_empty()) =>
                        {
                            json!({ "allOf": [first, schema] })
                        }
                        _ => schema,
                    };
                    known.insert(name, both);
                }
            }
            ("required", Some(Value::Array(known)), Value::Array(more)) => {
                for name in more {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
            }
            ("type", Some(known), value) => {
                let list = |value: &Value| match value {
                    Value::Array(list) => list.clone(),
                    one => vec![one.clone()],
                };
                let (left, right) = (list(known), list(&value));
                let both: Vec<Value> = left
                    .iter()
                    .filter(|kind| {
                        right.contains(kind) || (**kind == "integer" && right.contains(&json!("number")))
                    })
                    .cloned()
                    .collect();
                *known = if both.is_empty() { value } else { Value::Array(both) };
            }
            ("enum", Some(Value::Array(known)), Value::Array(more)) => {
                known.retain(|value| more.contains(value));
            }
            (
                "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties",
                Some(known),
                value,
            ) => {
                if value.as_f64() > known.as_f64() {
                    *known = value;
                }
            }
            (
                "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties",
                Some(known),
                value,
            ) => {
                if value.as_f64() < known.as_f64() {
                    *known = value;
                }
            }
            (_, _, value) => {
                into.insert(keyword, value);
            }
        }
    }
}

/// The kind to make: the first that is named and not `null`, else what the keywords imply.
fn kind(schema: &Map<String, Value>) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => return Some(kind),
        Some(Value::Array(kinds)) => {
            let mut names = kinds.iter().filter_map(Value::as_str);
            return names.clone().find(|kind| *kind != "null").or_else(|| names.next());
        }
        _ => {}
    }
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    if has(&["properties", "required", "additionalProperties", "minProperties"]) {
        Some("object")
    } else if has(&["items", "prefixItems", "minItems", "uniqueItems"]) {
        Some("array")
    } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
        Some("number")
    } else {
        None
    }
}

fn string(schema: &Map<String, Value>) -> Made {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let least = bound("minLength").unwrap_or(0);
    if least > MAX_LENGTH * 16 {
        return Err(Unproducible::TooLarge(format!("at least {least} characters")));
    }
    let (least, most) = (usize::try_from(least).unwrap_or(0), bound("maxLength"));
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return text::matching(pattern, least)
            .map(Value::String)
            .ok_or_else(|| Unproducible::NotFound(format!("no text for the pattern {pattern}")));
    }
    let mut made = schema.get("format").and_then(Value::as_str).map_or("string", text::sample).to_owned();
    while made.chars().count() < least {
        made.push('x');
    }
    if let Some(most) = most.and_then(|most| usize::try_from(most).ok())
        && made.chars().count() > most
    {
        made = made.chars().take(most).collect();
    }
    Ok(Value::String(made))
}

/// The number nearest to 0 within the bounds.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers beyond 2^53 are cut as JSON readers do")]
fn number(schema: &Map<String, Value>, whole: bool) -> Number {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let nudge = step.unwrap_or(if whole { 1.0 } else { 0.5 });
    let above =
        bound("exclusiveMinimum").map(|limit| if whole { limit.floor() + 1.0 } else { limit + nudge });
    let below = bound("exclusiveMaximum").map(|limit| if whole { limit.ceil() - 1.0 } else { limit - nudge });
    let least = bound("minimum").into_iter().chain(above).fold(f64::NEG_INFINITY, f64::max);
    let most = bound("maximum").into_iter().chain(below).fold(f64::INFINITY, f64::min);
    let mut value = 0.0_f64.max(least).min(most);
    if let Some(step) = step {
        value = (value / step).ceil() * step;
        if value > most {
            value = (most / step).floor() * step;
        }
    }
    if whole {
        let up = value.ceil();
        return Number::from(if up <= most { up } else { value.floor() } as i64);
    }
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return Number::from(value as i64);
    }
    Number::from_f64(value).unwrap_or_else(|| Number::from(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;

    fn made(schema: &Value, others: &Value) -> Result<Value, Unproducible> {
        let document = Document::of(
            "t",
            json!({
                "openapi": "3.1.0",
                "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
                "components": {"schemas": others},
            }),
        );
        let (contract, _) = build("t", &document).unwrap();
        let schema = contract.operations[0].responses[0].content[0].schema.clone().unwrap();
        plain(&schema, Direction::Response)
    }

    #[rstest]
    #[case(json!({"type": "string"}), json!("string"))]
    #[case(json!({"type": ["null", "integer"], "minimum": 3}), json!(3))]
    #[case(json!({"type": "integer", "exclusiveMinimum": 3, "multipleOf": 5}), json!(5))]
    #[case(json!({"type": "integer", "minimum": 0.5}), json!(1))]
    #[case(json!({"type": "integer", "maximum": -0.5}), json!(-1))]
    #[case(json!({"type": "number", "maximum": -0.5}), json!(-0.5))]
    #[case(json!({"enum": [null, "b"]}), json!("b"))]
    #[case(json!({"type": "string", "pattern": "^[a-c]{3}-\\d+$"}), json!("aaa-0"))]
    #[case(json!({"type": "string", "format": "uuid"}), json!("3fa85f64-5717-4562-b3fc-2c963f66afa6"))]
    #[case(json!({"type": "string", "minLength": 8}), json!("stringxx"))]
    #[case(json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": true}), json!([0, 1]))]
    #[case(json!({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["b"], "properties": {"b": {"const": 1}}}]}), json!({"a": 0, "b": 1}))]
    #[case(json!({"oneOf": [{"type": "null"}, {"type": "boolean"}]}), json!(true))]
    #[case(json!({"type": "object", "properties": {"w": {"type": "string", "writeOnly": true}}}), json!({}))]
    #[case(json!({"type": "string", "example": "mine"}), json!("mine"))]
    #[case(json!({"type": "integer", "example": "wrong"}), json!(0))]
    fn makes(#[case] schema: Value, #[case] value: Value) {
        assert_eq!(made(&schema, &json!({})), Ok(value));
    }

    #[test]
    fn recursion_ends_where_the_schema_allows() {
        let group = json!({"Group": {
            "type": "object", "required": ["type", "values"],
            "properties": {
                "type": {"enum": ["AND", "OR"]},
                "values": {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/Group"}]}},
            },
        }});
        let value = made(&json!({"$ref": "#/components/schemas/Group"}), &group);
        assert_eq!(value, Ok(json!({"type": "AND", "values": [{"type": "AND", "values": []}]})));
    }

    #[rstest]
    #[case(json!({"A": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/components/schemas/A"}}}}))]
    #[case(json!({"A": {"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}}}))]
    #[case(json!({"A": {"type": "string", "minLength": 2_000_000_000}}))]
    #[case(json!({"A": false}))]
    #[case(json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}))]
    fn what_has_no_value_says_so(#[case] schemas: Value) {
        assert!(made(&json!({"$ref": "#/components/schemas/A"}), &schemas).is_err());
    }

    #[test]
    fn growth_is_bounded() {
        let mut schemas = Map::new();
        for level in 0..40 {
            let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
            schemas.insert(
                format!("L{level}"),
                json!({"type": "object", "required": ["a", "b"], "properties": {"a": next, "b": next}}),
            );
        }
        schemas.insert("L40".to_owned(), json!({"type": "string"}));
        let made = made(&json!({"$ref": "#/components/schemas/L0"}), &Value::Object(schemas));
        assert!(matches!(made, Err(Unproducible::TooLarge(_))));
    }
}
