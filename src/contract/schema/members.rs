//! The members of an object that a schema describes.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::compiled::Schema;
use super::direction::Direction;
use super::merged::View;
use super::types::Kinds;

/// References that follow one another, at most.
const MAX_REFERENCES: usize = 16;

/// One member.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for a keyword of its own")]
pub struct Field {
    /// Which kinds of value it may have.
    pub kinds: Kinds,
    /// Its `format`.
    pub format: Option<String>,
    /// Its `default`.
    pub default: Option<Value>,
    /// The values that it is limited to; empty where it is not.
    pub choices: Vec<Value>,
    /// Whether only the server writes it.
    pub is_read_only: bool,
    /// Whether no answer shows it.
    pub is_write_only: bool,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether a pattern or a bound limits its text.
    pub is_limited: bool,
}

impl Schema {
    /// The members of the object at a place of the value: names lead into members, `*` into the
    /// items of a list. `[]` is the value itself. Alternatives are taken together.
    pub fn fields(&self, direction: Direction, at: &[&str]) -> IndexMap<String, Field> {
        self.sized_fields(direction, at).0
    }

    /// As [`Schema::fields`], and how many nodes were looked at for them.
    pub fn sized_fields(&self, direction: Direction, at: &[&str]) -> (IndexMap<String, Field>, usize) {
        let outer = View::of(self, direction);
        let view = at.iter().try_fold(outer, |view, step| match *step {
            "*" => view.items(),
            name => view.described(name),
        });
        let Some(view) = view else { return (IndexMap::new(), 0) };
        // A member that is not part of a message in this direction is not a field of it.
        let mark = match direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let mut fields = IndexMap::new();
        let required = view.required();
        let mut size = view.size();
        for (name, member) in view.each_described() {
            size += member.size();
            if !member.nodes().any(|node| node.get(mark) == Some(&Value::Bool(true))) {
                let is_required = required.contains(name.as_str());
                fields.insert(name, field(&member, is_required));
            }
        }
        (fields, size)
    }
}

impl Schema {
    /// Whether a member of an object is only described by alternatives (`oneOf`, `anyOf`) that are ruled out by what the
    /// object has where they allow one value or a few: nothing says what becomes of it.
    pub fn is_of_another_kind(&self, direction: Direction, object: &Map<String, Value>, name: &str) -> bool {
        let whole = self.end_of(self.normal(direction));
        let lists = ["oneOf", "anyOf"].iter().filter_map(|keyword| whole.get(keyword)?.as_array());
        let kinds: Vec<Arc<Value>> =
            lists.flatten().map(|kind| self.end_of(Arc::new(kind.clone()))).collect();
        let describes =
            |node: &Value| node.get("properties").is_some_and(|members| members.get(name).is_some());
        let is_plain = |kind: &Arc<Value>| kind.get("properties").is_some_and(Value::is_object);
        if kinds.is_empty() || describes(&whole) || !kinds.iter().all(is_plain) {
            return false;
        }
        let mut described = kinds.iter().filter(|kind| describes(kind)).peekable();
        described.peek().is_some() && described.all(|kind| rules_out(kind, object))
    }

    /// What a chain of references leads to.
    fn end_of(&self, start: Arc<Value>) -> Arc<Value> {
        let mut node = start;
        for _ in 0..MAX_REFERENCES {
            let next = node.get("$ref").and_then(Value::as_str).and_then(|reference| self.follow(reference));
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

/// Whether an object has a member with another value than those that a schema limits it to.
fn rules_out(schema: &Value, object: &Map<String, Value>) -> bool {
    let members = schema.get("properties").and_then(Value::as_object);
    members.into_iter().flatten().any(|(name, described)| {
        let Some(value) = object.get(name) else { return false };
        let is_other = described.get("const").is_some_and(|only| only != value);
        let listed = described.get("enum").and_then(Value::as_array);
        is_other || listed.is_some_and(|listed| !listed.contains(value))
    })
}

fn field(member: &View<'_>, is_required: bool) -> Field {
    let mut field = Field { kinds: member.kinds(), is_required, ..Field::default() };
    for node in member.nodes() {
        let text = |name: &str| node.get(name).and_then(Value::as_str).map(str::to_owned);
        field.format = field.format.take().or_else(|| text("format"));
        // A default of another kind than the member is none.
        let default = node.get("default").filter(|default| field.kinds.hold(default));
        field.default = field.default.take().or_else(|| default.cloned());
        field.is_read_only |= node.get("readOnly") == Some(&Value::Bool(true));
        field.is_write_only |= node.get("writeOnly") == Some(&Value::Bool(true));
        field.is_limited |= ["pattern", "minLength", "minimum", "maximum", "const", "multipleOf"]
            .iter()
            .any(|keyword| node.get(keyword).is_some());
        let choices = node.get("enum").and_then(Value::as_array).into_iter().flatten();
        field.choices.extend(choices.cloned());
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[test]
    fn members_are_found_through_references_and_lists() {
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0",
                "components": {"schemas": {"Pet": {"allOf": [
                    {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": true}}},
                    {"properties": {"kind": {"enum": ["cat", "dog"], "default": "cat"}, "at": {"type": "string", "format": "date-time"}}},
                ]}}},
                "paths": {"/pets": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"results": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}},
                }}}}}}}},
            }),
        );
        let (contract, _) = build("t", &document).unwrap();
        let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
        let fields = schema.fields(Direction::Response, &["results", "*"]);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "kind", "at"]);
        assert!(fields["id"].is_read_only && fields["id"].is_required && fields["id"].kinds.integer);
        assert_eq!(fields["kind"].default, Some(json!("cat")));
        assert_eq!(fields["kind"].choices, [json!("cat"), json!("dog")]);
        assert_eq!(fields["at"].format.as_deref(), Some("date-time"));
    }

    #[rstest]
    #[case::its_own("kind", false)]
    #[case::of_its_kind("paws", false)]
    #[case::of_the_other("fins", true)]
    #[case::undescribed("wings", false)]
    fn members_of_other_kinds(#[case] name: &str, #[case] expected: bool) {
        let kind = |kind: &str, name: &str| json!({"properties": {"kind": {"const": kind}, name: {}}});
        let tree = json!({"openapi": "3.1.0",
            "components": {"schemas": {"Fish": kind("fish", "fins")}},
            "paths": {"/pets": {"post": {"responses": {}, "requestBody": {"content": {"application/json": {"schema": {
                "oneOf": [kind("dog", "paws"), {"$ref": "#/components/schemas/Fish"}]}}}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_ref().unwrap();
        let object = json!({"kind": "dog", "paws": 4, "fins": 2}).as_object().cloned().unwrap();
        assert_eq!(schema.is_of_another_kind(Direction::Request, &object, name), expected);
    }
}
