//! Rewrites Schema Objects of every version to JSON Schema 2020-12.

use std::collections::HashSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::direction::Direction;
use super::keywords::{LIST, MAP, ONE, SILENT};
use super::landmarks::Landmarks;
use super::{pattern, repair};
use crate::document::{Document, pointer};

/// Which Schema Object a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAPI 3.0: `nullable`, boolean exclusive bounds, nothing beside `$ref`.
    OpenApi30,
    /// OpenAPI 3.1 and later: JSON Schema 2020-12.
    JsonSchema,
}

/// Keywords whose schemas are about the same value as the schema that has them.
const IN_PLACE: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];
/// So many parts of a schema are asked for the marks of its members.
const MAX_PARTS: usize = 200;
/// So deep inside each other may references be written out.
const MAX_DEPTH: usize = 16;

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a normal form.
pub(super) fn uri(direction: Direction, pointer: &str) -> String {
    format!("cp:/{}{}", direction.name(), utf8_percent_encode(pointer, KEPT))
}

/// Undoes [`uri`]; `None` for any other address.
pub(super) fn read_uri(uri: &str) -> Option<(Direction, String)> {
    let rest = uri.strip_prefix("cp:/")?;
    let rest = rest.split('#').next()?;
    [Direction::Request, Direction::Response].into_iter().find_map(|direction| {
        let pointer = rest.strip_prefix(direction.name())?;
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return None;
        }
        Some((direction, percent_decode_str(pointer).decode_utf8().ok()?.into_owned()))
    })
}

/// Rewrites one schema and everything inside it, up to its references.
pub(super) fn normalize(
    (document, landmarks): (&Document, &Landmarks),
    dialect: Dialect,
    direction: Direction,
    raw: &Value,
) -> Value {
    Rewrite { document, landmarks, dialect, direction }.schema(raw, &[])
}

struct Rewrite<'d> {
    document: &'d Document,
    landmarks: &'d Landmarks,
    dialect: Dialect,
    direction: Direction,
}

impl Rewrite<'_> {
    /// `around` are the schemas that this one is a part of: they are about the same value.
    fn schema(&self, raw: &Value, around: &[&Value]) -> Value {
        let whole = raw;
        let Value::Object(raw) = raw else {
            return match raw {
                Value::Bool(_) => raw.clone(),
                // Not a schema at all: `lint` says so; nothing can be held against a value.
                _ => Value::Bool(true),
            };
        };
        let parts: Vec<&Value> = around.iter().copied().chain([whole]).collect();
        let mut out = Map::new();
        if let Some(Value::String(reference)) = raw.get("$ref") {
            let (keyword, referred) = self.referred(reference, &parts);
            out.insert(keyword.to_owned(), referred);
            if self.dialect == Dialect::OpenApi30 {
                return Value::Object(out);
            }
        }
        for (keyword, value) in raw {
            let keyword = keyword.as_str();
            if keyword == "$ref" || keyword.starts_with("x-") || SILENT.contains(&keyword) {
                continue;
            }
            let odd = repair::odd(keyword, value);
            let value = match &odd {
                None => value,
                Some(odd) => match &odd.instead {
                    Some(instead) => instead,
                    None => continue,
                },
            };
            let rewritten = match value {
                Value::Array(list) if keyword == "items" => {
                    out.extend(self.listed(raw, list));
                    continue;
                }
                Value::Bool(_) if keyword == "additionalItems" => {
                    out.insert("items".to_owned(), value.clone());
                    continue;
                }
                Value::String(reference) if keyword == "$dynamicRef" => {
                    let (keyword, reference) = self.dynamic(reference);
                    out.insert(keyword.to_owned(), Value::String(reference));
                    continue;
                }
                // `lint` reports those that are ignored.
                Value::String(text) if keyword == "pattern" => match pattern::readable(text) {
                    Some(readable) => Value::String(readable),
                    None => continue,
                },
                value if ONE.contains(&keyword) => {
                    self.schema(value, if IN_PLACE.contains(&keyword) { &parts } else { &[] })
                }
                Value::Array(list) if LIST.contains(&keyword) => {
                    let around = if IN_PLACE.contains(&keyword) { &parts[..] } else { &[] };
                    self.list(list, around, out.remove(keyword))
                }
                Value::Object(map) if MAP.contains(&keyword) => Value::Object(self.map(keyword, map)),
                Value::Array(names) if keyword == "required" => Value::Array(self.required(names, &parts)),
                value => value.clone(),
            };
            out.insert(keyword.to_owned(), rewritten);
        }
        exclusive_bounds(&mut out);
        integer_range(&mut out);
        if ["nullable", "x-nullable"].iter().any(|word| raw.get(*word) == Some(&Value::Bool(true))) {
            return nullable(out);
        }
        Value::Object(out)
    }

    /// Schemas that are listed as `items`: a tuple, in drafts before 2020-12. OpenAPI 3.0 knows no tuples: what is listed
    /// there is what an entry may be, but for as many entries as there are schemas.
    fn listed(&self, raw: &Map<String, Value>, list: &[Value]) -> Option<(String, Value)> {
        if self.dialect == Dialect::OpenApi30 && !is_tuple(raw, list) {
            let alternatives = || ("items".to_owned(), json!({ "anyOf": self.list(list, &[], None) }));
            return (!list.is_empty()).then(alternatives);
        }
        let parts = list.iter().map(|schema| self.schema(schema, &[])).collect();
        Some(("prefixItems".to_owned(), Value::Array(parts)))
    }

    /// A reference; what it leads to, where that must be written out.
    fn referred(&self, reference: &str, parts: &[&Value]) -> (&'static str, Value) {
        match self.requires_foreign(reference, parts) {
            Some(target) => ("allOf", json!([self.schema(target, parts)])),
            None => ("$ref", Value::String(self.reference(reference))),
        }
    }

    /// Schemas of a list, after what a reference beside them was written out as.
    fn list(&self, list: &[Value], around: &[&Value], referred: Option<Value>) -> Value {
        let referred = referred.and_then(|referred| referred.as_array().cloned()).unwrap_or_default();
        referred.into_iter().chain(list.iter().map(|schema| self.schema(schema, around))).collect()
    }

    fn map(&self, keyword: &str, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter()
            .map(|(name, schema)| {
                let value = if keyword == "properties" && self.is_foreign(schema) {
                    // Kept by name, so that closed objects still know it; its value is not judged,
                    // because servers drop such members silently.
                    json!({ self.foreign(): true })
                } else {
                    self.schema(schema, &[])
                };
                match keyword {
                    "patternProperties" => match pattern::readable(name) {
                        Some(readable) => (readable, value),
                        // It may be meant for any name.
                        None => (String::new(), Value::Bool(true)),
                    },
                    _ => (name.clone(), value),
                }
            })
            .collect()
    }

    fn required(&self, names: &[Value], parts: &[&Value]) -> Vec<Value> {
        let foreign = self.foreign_names(parts);
        let is_foreign = |name: &&Value| name.as_str().is_some_and(|name| foreign.contains(name));
        names.iter().filter(|name| !is_foreign(name)).cloned().collect()
    }

    /// The mark of members that are not part of a message in this direction.
    fn foreign(&self) -> &'static str {
        match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        }
    }

    fn is_foreign(&self, schema: &Value) -> bool {
        let mut schema = schema;
        // A reference may carry the mark at its end; a cycle of references carries none.
        for _ in 0..16 {
            if schema.get(self.foreign()) == Some(&Value::Bool(true)) {
                return true;
            }
            let Some(pointer) = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'))
            else {
                return false;
            };
            let Some(target) = self.document.at(&decode_fragment(pointer)) else { return false };
            schema = target;
        }
        false
    }

    /// Names of the members that schemas mark as no part of a message, in any of the parts that all hold:
    /// `required` and the mark need not stand in one part.
    fn foreign_names<'v>(&'v self, schemas: &[&'v Value]) -> HashSet<&'v str> {
        let mut names = HashSet::new();
        if !self.landmarks.has_foreign(self.direction) {
            return names;
        }
        self.each_part(schemas, |part| {
            let properties = part.get("properties").and_then(Value::as_object).into_iter().flatten();
            names.extend(
                properties.filter(|(_, schema)| self.is_foreign(schema)).map(|(name, _)| name.as_str()),
            );
        });
        names
    }

    /// Visits schemas and all of their parts, up to a number.
    fn each_part<'v>(&'v self, schemas: &[&'v Value], mut visit: impl FnMut(&'v Value)) {
        let mut waiting = schemas.to_vec();
        for _ in 0..MAX_PARTS {
            let Some(part) = waiting.pop() else { break };
            visit(part);
            waiting.extend(self.parts(part));
        }
    }

    /// What holds together with a schema: what it refers to, and its `allOf`.
    fn parts<'v>(&'v self, schema: &'v Value) -> impl Iterator<Item = &'v Value> {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| self.target(reference));
        let is_alone = reference.is_some() && self.dialect == Dialect::OpenApi30;
        let list = schema.get("allOf").and_then(Value::as_array).filter(|_| !is_alone);
        target.into_iter().chain(list.into_iter().flatten())
    }

    fn target(&self, reference: &str) -> Option<&Value> {
        self.document.at(&decode_fragment(reference.strip_prefix('#')?))
    }

    /// What a reference leads to, where that requires a member that only the schemas around it mark. Such a
    /// schema is written out: elsewhere it may be meant without the mark.
    fn requires_foreign<'v>(&'v self, reference: &str, parts: &[&'v Value]) -> Option<&'v Value> {
        // The last of the parts is the reference itself.
        let is_alone = parts.len() == 1 && parts.iter().all(|part| part.get("properties").is_none());
        if is_alone || parts.len() > MAX_DEPTH {
            return None;
        }
        let mut foreign = self.foreign_names(parts);
        if foreign.is_empty() {
            return None;
        }
        let target = self.target(reference)?;
        for own in self.foreign_names(&[target]) {
            foreign.remove(own);
        }
        let mut requires = false;
        self.each_part(&[target], |part| {
            let names = part.get("required").and_then(Value::as_array).into_iter().flatten();
            requires |= names.filter_map(Value::as_str).any(|name| foreign.contains(name));
        });
        requires.then_some(target)
    }

    /// A dynamic reference: the address of the anchor that it leads to where nothing around it has one of
    /// that name, then `#` and the name. It is a plain reference where what it leads to is no dynamic anchor
    /// (JSON Schema 2020-12 §8.2.3.2).
    fn dynamic(&self, reference: &str) -> (&'static str, String) {
        let fragment = reference.strip_prefix('#').map(decode_fragment);
        let found = match &fragment {
            Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => Some(pointer.clone()),
            Some(name) => self.landmarks.anchor(name).cloned(),
            None => None,
        };
        let target = found.as_ref().and_then(|pointer| self.document.at(pointer));
        match (found, target.and_then(|target| target.get("$dynamicAnchor")?.as_str())) {
            (Some(pointer), Some(name)) => {
                ("$dynamicRef", format!("{}#{name}", uri(self.direction, &pointer)))
            }
            _ => ("$ref", self.reference(reference)),
        }
    }

    fn reference(&self, reference: &str) -> String {
        match reference.strip_prefix('#') {
            Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
                uri(self.direction, &decode_fragment(pointer))
            }
            // Anything else is refused when the schema is compiled, with this text in the reason.
            _ => format!("outside:{}", utf8_percent_encode(reference, KEPT)),
        }
    }
}

/// The place of a node of a normal form in the document, by the pointer of the schema and the steps from there.
/// Wrappers that the rewrite added are not there, and are passed over.
pub(super) fn written(document: &Document, schema: &str, steps: &[&str]) -> String {
    let mut at = schema.to_owned();
    let mut index = 0;
    while let Some(step) = steps.get(index) {
        let next = pointer::join(&at, step);
        if document.at(&next).is_some() {
            at = next;
            index += 1;
        } else if *step == "anyOf" && steps.get(index + 1).is_some() {
            index += 2;
        } else {
            break;
        }
    }
    at
}

/// Fragments are percent-encoded (RFC 6901 §6).
pub(crate) fn decode_fragment(fragment: &str) -> String {
    percent_decode_str(fragment).decode_utf8_lossy().into_owned()
}

/// Whether a list is bound to have one entry for each schema.
fn is_tuple(schema: &Map<String, Value>, list: &[Value]) -> bool {
    let is_length =
        |keyword: &str| schema.get(keyword).and_then(Value::as_u64) == u64::try_from(list.len()).ok();
    is_length("minItems") || is_length("maxItems")
}

/// `exclusiveMinimum: true` beside `minimum` (OpenAPI 3.0) becomes the bound itself.
fn exclusive_bounds(schema: &mut Map<String, Value>) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match schema.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(limit) = schema.remove(bound) {
                    schema.insert(exclusive.to_owned(), limit);
                } else {
                    schema.remove(exclusive);
                }
            }
            Some(Value::Bool(false)) => {
                schema.remove(exclusive);
            }
            _ => {}
        }
    }
}

/// `int32` and `int64` are ranges, which no validator knows as formats.
fn integer_range(schema: &mut Map<String, Value>) {
    let is_integer = match schema.get("type") {
        Some(Value::String(kind)) => kind == "integer",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
        _ => false,
    };
    let range = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("int64") => (i64::MIN, i64::MAX),
        _ => return,
    };
    if !is_integer {
        return;
    }
    if !schema.contains_key("minimum") && !schema.contains_key("exclusiveMinimum") {
        schema.insert("minimum".to_owned(), json!(range.0));
    }
    if !schema.contains_key("maximum") && !schema.contains_key("exclusiveMaximum") {
        schema.insert("maximum".to_owned(), json!(range.1));
    }
}

/// `nullable: true` in all its spellings.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let combined =
        ["allOf", "anyOf", "oneOf", "$ref", "not", "const"].iter().any(|k| schema.contains_key(*k));
    if combined {
        return json!({ "anyOf": [{ "type": "null" }, schema] });
    }
    if let Some(kind) = schema.get_mut("type") {
        let mut kinds = match kind.take() {
            Value::Array(kinds) => kinds,
            one => vec![one],
        };
        if !kinds.iter().any(|kind| kind == "null") {
            kinds.push(json!("null"));
        }
        *kind = Value::Array(kinds);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn addresses_are_read_back() {
        for pointer in ["", "/components/schemas/Multi-language string", "/paths/~1a~1{id}/get", "/ü"] {
            for direction in [Direction::Request, Direction::Response] {
                assert_eq!(read_uri(&uri(direction, pointer)), Some((direction, pointer.to_owned())));
            }
        }
        assert_eq!(read_uri("file:///etc/hostname"), None);
        assert_eq!(read_uri("cp:/requestx"), None);
    }

    /// OpenAPI 3.0 has one schema for all entries; a list of them is an alternative, but where it is as long as the value.
    #[rstest]
    #[case::alternatives("3.0.3", json!({}), json!(["a", "b"]), true)]
    #[case::neither("3.0.3", json!({}), json!([true]), false)]
    #[case::a_tuple("3.0.3", json!({"minItems": 2, "maxItems": 2}), json!(["a", "b"]), false)]
    #[case::of_later_versions("3.1.0", json!({}), json!(["a", "b"]), false)]
    fn entries_of_several_schemas(
        #[case] version: &str,
        #[case] bounds: Value,
        #[case] value: Value,
        #[case] expected: bool,
    ) {
        let mut schema = json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}]});
        schema.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        let tree = json!({"openapi": version, "paths": {"/a": {"get": {"responses": {
            "200": {"description": "", "content": {"application/json": {"schema": schema}}}}}}}});
        let (contract, _) = crate::contract::build("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
        assert_eq!(schema.is_valid(Direction::Response, &value), Ok(expected));
    }
}
