//! Everything that applies to one place in one map of keywords: references followed, `allOf`
//! merged, one of each set of alternatives chosen.

use serde_json::{Map, Value, json};

use super::{MAX_DEPTH, Maker, Unproducible};
use crate::contract::Schema;

/// Which alternatives are taken, in the order in which they are met; a later one is tried first.
#[derive(Debug)]
pub(super) struct Choice {
    /// Number of alternatives and the one taken, counted from `start`.
    digits: Vec<(usize, usize)>,
    next: usize,
    start: usize,
}

impl Choice {
    /// Begins with the alternative of that number at the first choice.
    pub fn starting(start: usize) -> Self {
        Self { digits: Vec::new(), next: 0, start }
    }

    /// The alternative to take among `count`.
    fn take(&mut self, count: usize) -> usize {
        if self.next == self.digits.len() {
            self.digits.push((count, 0));
        }
        let (_, digit) = self.digits[self.next];
        // Only the first choice is turned, so that each start leads to another whole.
        let turn = if self.next == 0 { self.start } else { self.start / 7 };
        self.next += 1;
        (digit + turn) % count.max(1)
    }

    /// Goes on to the next combination; false after the last.
    pub fn advance(&mut self) -> bool {
        self.digits.truncate(self.next);
        self.next = 0;
        while let Some((count, digit)) = self.digits.pop() {
            if digit + 1 < count {
                self.digits.push((count, digit + 1));
                return true;
            }
        }
        false
    }

    /// The alternative that was taken at the first choice.
    pub fn first(&self) -> Option<usize> {
        self.digits.first().map(|(count, digit)| (digit + self.start) % (*count).max(1))
    }
}

impl Maker<'_> {
    pub(super) fn flatten(
        &self,
        node: &Value,
        path: &mut Vec<String>,
        choice: &mut Choice,
    ) -> Result<Map<String, Value>, Unproducible> {
        let Some(object) = node.as_object() else {
            return match node {
                Value::Bool(false) => Err(Unproducible::NotFound("nothing is allowed here".to_owned())),
                _ => Ok(Map::new()),
            };
        };
        let mut flat = Map::new();
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            if self.leads_round(reference) {
                return Ok(flat);
            }
            if path.len() >= MAX_DEPTH || path.iter().any(|seen| seen == reference) {
                return Err(Unproducible::Endless);
            }
            path.push(reference.to_owned());
            if let Some(target) = self.schema.follow(reference) {
                merge(&mut flat, self.flatten(&target, path, choice)?)?;
            }
        }
        if let Some(name) =
            object.get("$dynamicRef").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'))
        {
            let (key, target) = self.dynamic(name, path)?;
            path.push(key);
            merge(&mut flat, self.flatten(&target, path, choice)?)?;
        }
        const COMBINED: &[&str] =
            &["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"];
        let own: Map<String, Value> = object
            .iter()
            .filter(|(keyword, _)| !COMBINED.contains(&keyword.as_str()))
            .map(|(keyword, value)| (keyword.clone(), value.clone()))
            .collect();
        merge(&mut flat, own)?;
        for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            merge(&mut flat, self.flatten(part, path, choice)?)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = object.get(keyword).and_then(Value::as_array) else { continue };
            // `null` is the last resort.
            let is_null = |branch: &Value| branch.get("type") == Some(&json!("null"));
            let mut order: Vec<usize> = (0..branches.len()).collect();
            order.sort_by_key(|index| is_null(&branches[*index]));
            let Some(branch) = order.get(choice.take(order.len())).and_then(|index| branches.get(*index))
            else {
                return Err(Unproducible::NotFound("there is no alternative".to_owned()));
            };
            let mut chosen = self.flatten(branch, path, choice)?;
            discriminate(&mut chosen, branch, object.get("discriminator"));
            merge(&mut flat, chosen)?;
        }
        if let Some(condition) = object.get("if") {
            // Where there is no `else`, a value that the condition does not fit is right as well.
            if choice.take(2) == 0 {
                merge(&mut flat, self.flatten(condition, path, choice)?)?;
                if let Some(then) = object.get("then") {
                    merge(&mut flat, self.flatten(then, path, choice)?)?;
                }
            } else if let Some(otherwise) = object.get("else") {
                merge(&mut flat, self.flatten(otherwise, path, choice)?)?;
            }
        }
        for (name, dependent) in
            object.get("dependentSchemas").and_then(Value::as_object).into_iter().flatten()
        {
            let is_required = flat
                .get("required")
                .and_then(Value::as_array)
                .is_some_and(|names| names.iter().any(|n| n == name));
            if is_required || self.wants_optional() {
                merge(&mut flat, self.flatten(dependent, path, choice)?)?;
            }
        }
        Ok(flat)
    }

    /// Whether a reference leads through nothing but references back to itself: it asks for nothing.
    fn leads_round(&self, reference: &str) -> bool {
        let mut seen = vec![reference.to_owned()];
        loop {
            let target = seen.last().and_then(|reference| self.schema.follow(reference));
            let next = target.as_deref().and_then(Value::as_object).filter(|object| object.len() == 1);
            let Some(next) = next.and_then(|object| object.get("$ref")?.as_str()) else { return false };
            if seen.iter().any(|known| known == next) {
                return true;
            }
            seen.push(next.to_owned());
        }
    }

    /// The outermost schema on the way here that has the dynamic anchor (JSON Schema 2020-12
    /// §8.2.3.2), with a key for the path.
    fn dynamic(&self, name: &str, path: &[String]) -> Result<(String, Value), Unproducible> {
        let found = self.schema.dynamic(self.direction, path, name);
        let (key, target) =
            found.ok_or_else(|| Unproducible::NotFound(format!("the anchor {name:?} is not there")))?;
        if path.len() >= MAX_DEPTH || path.contains(&key) {
            return Err(Unproducible::Endless);
        }
        Ok((key, target))
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
        let said = properties.remove(property).unwrap_or(Value::Bool(true));
        let fixed = json!({ "allOf": [said, { "const": mapped.unwrap_or(name) }] });
        properties.insert(property.to_owned(), fixed);
    }
}

/// Adds what another schema says of the same place.
///
/// # Errors
/// Nothing can be both.
pub(super) fn merge(into: &mut Map<String, Value>, other: Map<String, Value>) -> Result<(), Unproducible> {
    let conflict = |what: &str| Err(Unproducible::NotFound(format!("nothing has both values of `{what}`")));
    for (keyword, value) in other {
        let Some(known) = into.get_mut(&keyword) else {
            into.insert(keyword, value);
            continue;
        };
        match (keyword.as_str(), &mut *known, value) {
            ("properties" | "patternProperties", Value::Object(known), Value::Object(more)) => {
                merge_members(known, more)?;
            }
            ("required", Value::Array(known), Value::Array(more)) => {
                let new: Vec<Value> = more.into_iter().filter(|name| !known.contains(name)).collect();
                known.extend(new);
            }
            ("type", known, value) => {
                let both = common_kinds(known, &value);
                if both.is_empty() {
                    return conflict("type");
                }
                *known = Value::Array(both);
            }
            ("enum", Value::Array(known), Value::Array(more)) => {
                known.retain(|value| more.contains(value));
                if known.is_empty() {
                    return conflict("enum");
                }
            }
            ("const", known, value) if *known != value => return conflict("const"),
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
            ("multipleOf", known, value) => {
                // Whole steps have a common one; else the larger is as good a guess as any.
                *known = match (known.as_u64(), value.as_u64()) {
                    (Some(one), Some(other)) if one > 0 && other > 0 => {
                        json!(one / gcd(one, other) * other)
                    }
                    _ if value.as_f64() > known.as_f64() => value,
                    _ => continue,
                };
            }
            (
                "additionalProperties"
                | "items"
                | "contains"
                | "propertyNames"
                | "unevaluatedProperties"
                | "unevaluatedItems",
                known,
                value,
            ) => {
                if *known == Value::Bool(false) || *known == value {
                    continue;
                }
                *known = match value {
                    Value::Bool(false) => Value::Bool(false),
                    value => json!({ "allOf": [known.take(), value] }),
                };
            }
            ("not", known, value) => *known = json!({ "anyOf": [known.take(), value] }),
            ("pattern", known, value) if *known != value => {
                // The first stays the one that texts are made of.
                let other = into.entry("x-patterns").or_insert_with(|| json!([]));
                if let Some(others) = other.as_array_mut() {
                    others.push(value);
                }
            }
            ("uniqueItems", known, Value::Bool(true)) => *known = Value::Bool(true),
            ("dependentRequired", Value::Object(known), Value::Object(more)) => known.extend(more),
            // Annotations and the like: what stands nearest to the place is what is meant.
            (
                "example" | "examples" | "default" | "format" | "readOnly" | "writeOnly" | "discriminator"
                | "prefixItems",
                ..,
            ) => {}
            (_, known, value) => *known = value,
        }
    }
    Ok(())
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
                    return Err(Unproducible::NotFound(format!("nothing has both values of `{name}`")));
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

/// Whether two schemas of one member may have a value in common, as far as their fixed values tell.
fn can_agree(one: &Value, other: &Value) -> bool {
    let fixed = |schema: &Value| -> Option<Vec<Value>> {
        match schema.get("const") {
            Some(value) => Some(vec![value.clone()]),
            None => schema.get("enum").and_then(Value::as_array).cloned(),
        }
    };
    match (fixed(one), fixed(other)) {
        (Some(one), Some(other)) => one.iter().any(|value| other.contains(value)),
        _ => true,
    }
}
