//! Requests that the document forbids, each in one place, and values at the limits of what it allows.

mod parameters;

use serde_json::{Value, json};

pub use parameters::{forbidden_parameters, named_values};

use crate::contract::schema::Kinds;
use crate::contract::{Direction, Schema};
use crate::document::pointer;

/// One way to break, or to reach the bound of, what the document says of one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// What is done, for a person: `a text longer than 400 characters`.
    pub label: String,
    /// The keyword of the schema that it is about.
    pub keyword: &'static str,
    /// The value.
    pub value: Value,
    /// Whether servers often read such a value as a valid one (`"12"` for 12).
    pub coercible: bool,
}

/// Values that may break what a node says of one value, each by one keyword, the plainest first.
/// Whether one does is for the schema to say.
fn attempts(node: &Value, kinds: Kinds) -> Vec<Variant> {
    let mut variants = Vec::new();
    let mut add = |label: String, keyword: &'static str, value: Value, coercible: bool| {
        variants.push(Variant { label, keyword, value, coercible });
    };
    if let Some(values) = node.get("enum").and_then(Value::as_array)
        && values.iter().any(Value::is_string)
    {
        add("a value that is not in the enum".to_owned(), "enum", json!("no-such-choice"), false);
    }
    let number = |keyword: &str| node.get(keyword).and_then(Value::as_f64);
    #[expect(clippy::cast_possible_truncation, reason = "bounds beyond 2^53 are not tried")]
    let step = |limit: f64, by: i64| (limit.abs() < 9.0e15).then(|| json!(limit.trunc() as i64 + by));
    if let Some(value) = number("minimum").and_then(|limit| step(limit, -1)) {
        add(format!("{value}, below the minimum"), "minimum", value, false);
    }
    if let Some(value) = number("maximum").and_then(|limit| step(limit, 1)) {
        add(format!("{value}, above the maximum"), "maximum", value, false);
    }
    let length = |keyword: &str| node.get(keyword).and_then(Value::as_u64);
    if let Some(most) =
        length("maxLength").and_then(|most| usize::try_from(most).ok()).filter(|m| *m < 65_536)
    {
        add(format!("a text of {} characters", most + 1), "maxLength", json!("x".repeat(most + 1)), false);
    }
    if let Some(least) =
        length("minLength").and_then(|l| usize::try_from(l).ok()).filter(|l| (1..65_536).contains(l))
    {
        add(format!("a text of {} characters", least - 1), "minLength", json!("x".repeat(least - 1)), false);
    }
    if let Some(format) = node.get("format").and_then(Value::as_str)
        && kinds.string
    {
        add(
            format!("a text that is not a valid {format}"),
            "format",
            json!("not a value of any format"),
            false,
        );
    }
    if !kinds.object && !kinds.array {
        add("an object where none is expected".to_owned(), "type", json!({"unexpected": {"x": 1}}), false);
    }
    if !kinds.string {
        add("a text where none is expected".to_owned(), "type", json!("not of that kind"), false);
    } else if !kinds.number && !kinds.integer {
        add("a number where a text is expected".to_owned(), "type", json!(12), true);
    }
    variants
}

/// Values that a node names itself: each enum member, the stated bounds.
fn allowed(node: &Value) -> Vec<Variant> {
    let mut variants = Vec::new();
    let mut add = |label: String, keyword: &'static str, value: Value| {
        variants.push(Variant { label, keyword, value, coercible: false });
    };
    for value in node.get("enum").and_then(Value::as_array).into_iter().flatten().take(12) {
        add(format!("the enum member {value}"), "enum", value.clone());
    }
    for (keyword, label) in [("minimum", "the minimum"), ("maximum", "the maximum")] {
        if let Some(value) = node.get(keyword) {
            add(format!("{label} {value}"), keyword, value.clone());
        }
    }
    variants
}

/// Members of an object schema with values that the document names for them: each enum member, an
/// explicit null, the longest text. Switches are left alone: they do things.
pub fn named_members(schema: &Schema, base: &Value) -> Vec<(String, Variant)> {
    let mut found = Vec::new();
    let Some(object) = base.as_object() else { return found };
    for (name, field) in schema.fields(Direction::Request, &[]) {
        if field.kinds.boolean {
            continue;
        }
        let at = pointer::join("", &name);
        let mut add = |label: String, keyword: &'static str, value: Value| {
            let mut changed = object.clone();
            changed.insert(name.clone(), value.clone());
            if schema.is_valid(Direction::Request, &Value::Object(changed)) == Ok(true) {
                found.push((at.clone(), Variant { label, keyword, value, coercible: false }));
            }
        };
        for value in field.choices.iter().filter(|value| !value.is_null()).take(12) {
            add(format!("the enum member {value}"), "enum", value.clone());
        }
        if field.kinds.null {
            add("an explicit null".to_owned(), "type", Value::Null);
        }
        let longest = member_node(schema, &name)
            .and_then(|node| usize::try_from(node.get("maxLength")?.as_u64()?).ok())
            .filter(|most| (1..65_536).contains(most) && field.format.is_none());
        if let Some(most) = longest {
            add(format!("a text of {most} characters"), "maxLength", json!("x".repeat(most)));
        }
    }
    found
}

/// Members of an object schema with the values that its own schema forbids: (pointer, variant).
/// A required member that is left out has the value `null` and the keyword `required`.
pub fn forbidden_members(schema: &Schema, base: &Value) -> Vec<(String, Variant)> {
    let mut found = Vec::new();
    let Some(object) = base.as_object() else { return found };
    let mut names: Vec<&String> = schema.shape().members.keys().collect();
    names.sort();
    for name in names {
        let at = pointer::join("", name);
        if object.contains_key(name) {
            let mut without = object.clone();
            without.remove(name);
            if schema.is_valid(Direction::Request, &Value::Object(without)) == Ok(false) {
                let label = "a required member left out".to_owned();
                found.push((
                    at.clone(),
                    Variant { label, keyword: "required", value: Value::Null, coercible: false },
                ));
            }
        }
        let Some(member) = member_node(schema, name) else { continue };
        for candidate in candidates(&member) {
            let mut changed = object.clone();
            changed.insert(name.clone(), candidate.value.clone());
            let refused = schema.check(Direction::Request, &Value::Object(changed)).unwrap_or_default();
            // Only where the refusal is about just this member, by the keyword that was meant.
            if !refused.is_empty() && refused.iter().all(|m| m.subject().starts_with(&at)) {
                found.push((at.clone(), candidate));
            }
        }
    }
    found
}

/// A body with one member changed or left out.
pub fn with_member(base: &Value, at: &str, variant: &Variant) -> Value {
    let mut body = base.clone();
    let name = pointer::unescape(at.trim_start_matches('/'));
    if let Some(object) = body.as_object_mut() {
        if variant.keyword == "required" {
            object.remove(&name);
        } else {
            object.insert(name, variant.value.clone());
        }
    }
    body
}

fn candidates(node: &Value) -> Vec<Variant> {
    let variant = |label: String, keyword, value, coercible| Variant { label, keyword, value, coercible };
    let mut list = Vec::new();
    if node.get("enum").is_some() || node.get("oneOf").is_some() {
        list.push(variant(
            "a value that is not in the enum".to_owned(),
            "enum",
            json!("no-such-choice"),
            false,
        ));
    }
    let length = node.get("maxLength").and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok());
    if let Some(most) = length.filter(|most| *most < 65_536) {
        list.push(variant(
            format!("a text of {} characters", most + 1),
            "maxLength",
            json!("x".repeat(most + 1)),
            false,
        ));
    }
    if let Some(format) = node.get("format").and_then(Value::as_str) {
        list.push(variant(
            format!("a text that is not a valid {format}"),
            "format",
            json!("not a value of any format"),
            false,
        ));
    }
    list.push(variant(
        "an object where none is expected".to_owned(),
        "type",
        json!({"unexpected": {"x": 1}}),
        false,
    ));
    list.push(variant("a text where none is expected".to_owned(), "type", json!("not of that kind"), false));
    let is_list = node.get("type").is_some_and(|kind| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "array"),
        kind => kind == "array",
    });
    // Nobody reads a number as a list; as a text, many do.
    let expected = if is_list { "list" } else { "text" };
    list.push(variant(format!("a number where a {expected} is expected"), "type", json!(12), !is_list));
    // One wrong kind is enough for each member.
    let mut seen = Vec::new();
    list.retain(|v| {
        let first = v.keyword != "type" || !v.coercible || !seen.contains(&"type");
        seen.push(v.keyword);
        first
    });
    list
}

fn resolved(schema: &Schema) -> Value {
    followed(schema, Value::clone(&schema.normal(Direction::Request)))
}

fn followed(schema: &Schema, node: Value) -> Value {
    let mut node = node;
    for _ in 0..16 {
        let Some(next) = node.get("$ref").and_then(Value::as_str).and_then(|r| schema.follow(r)) else {
            break;
        };
        node = Value::clone(&next);
    }
    node
}

/// The node below a schema's own, through references.
fn resolved_at(schema: &Schema, steps: &[&str]) -> Option<Value> {
    let node = steps.iter().try_fold(resolved(schema), |node, step| node.get(step).cloned())?;
    Some(followed(schema, node))
}

fn member_node(schema: &Schema, name: &str) -> Option<Value> {
    let node = resolved_at(schema, &["properties", name])?;
    let foreign = node.get("readOnly") == Some(&Value::Bool(true));
    (!foreign).then_some(node)
}
