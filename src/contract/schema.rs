//! Compiled schemas: lazily, once, shared. The only home of `jsonschema`.
//!
//! Each schema that a reference leads to is a resource of its own, rewritten to JSON Schema
//! 2020-12 when it is first asked for; no second whole tree is ever held.

pub(super) mod keywords;
mod members;
mod merged;
mod mismatch;
mod normalize;
pub(super) mod pattern;
pub(super) mod repair;
mod shape;
mod types;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, ValidationError, ValidationOptions, Validator};
use serde_json::{Value, json};

pub use members::Field;
pub use merged::{Node, View, Xml};
pub use mismatch::{Mismatch, shown};
pub use normalize::Dialect;
pub(crate) use normalize::decode_fragment as fragment_pointer;
pub use shape::Shape;
pub use types::Kinds;

use crate::document::Document;

/// Which way a body goes: read-only members are no part of a request, write-only ones no part of a
/// response (OpenAPI 3.1 §4.8.24; JSON Schema Validation §9.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the server.
    Request,
    /// From the server.
    Response,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The schemas of a document in their normal form.
#[derive(Debug)]
pub(super) struct Pool {
    document: Document,
    dialect: Dialect,
    normal: RwLock<HashMap<(Direction, String), Arc<Value>>>,
}

impl Pool {
    pub(super) fn new(document: Document, dialect: Dialect) -> Arc<Self> {
        Arc::new(Self { document, dialect, normal: RwLock::default() })
    }

    fn normal(&self, direction: Direction, pointer: &str) -> Option<Arc<Value>> {
        let key = (direction, pointer.to_owned());
        if let Ok(known) = self.normal.read()
            && let Some(value) = known.get(&key)
        {
            return Some(Arc::clone(value));
        }
        let raw = self.document.at(pointer)?;
        let value = Arc::new(normalize::normalize(&self.document, self.dialect, direction, raw));
        if let Ok(mut known) = self.normal.write() {
            known.insert(key, Arc::clone(&value));
        }
        Some(value)
    }
}

/// Serves normal forms to the validator's compiler; refuses everything else, so that no document
/// can make it fetch a file or an address.
struct FromPool(Arc<Pool>);

impl Retrieve for FromPool {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let Some((direction, pointer)) = normalize::read_uri(uri.as_str()) else {
            return Err(format!("the reference leaves the document: {uri}").into());
        };
        let value = self
            .0
            .normal(direction, &pointer)
            .ok_or_else(|| format!("the reference leads nowhere: #{pointer}"))?;
        Ok(Value::clone(&value))
    }
}

/// One schema of the document.
#[derive(Debug)]
pub struct Schema {
    pool: Arc<Pool>,
    pointer: String,
    request: OnceLock<Compiled>,
    response: OnceLock<Compiled>,
    shape: OnceLock<Shape>,
}

/// A validator, and whether its patterns are matched by the engine that gives up after a number of
/// steps.
#[derive(Debug)]
struct Judge {
    validator: Validator,
    gives_up: bool,
}

type Compiled = Result<Judge, String>;

/// Deeper values are judged as a whole, without reasons: collecting the reasons of nested `anyOf`
/// grows exponentially with the depth.
const MAX_EXPLAINED_DEPTH: usize = 24;
/// More reasons than these help nobody.
const MAX_MISMATCHES: usize = 20;

impl Schema {
    pub(super) fn new(pool: &Arc<Pool>, pointer: String) -> Arc<Self> {
        Arc::new(Self {
            pool: Arc::clone(pool),
            pointer,
            request: OnceLock::new(),
            response: OnceLock::new(),
            shape: OnceLock::new(),
        })
    }

    /// What it shares with the other schemas of its document.
    pub(super) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// JSON pointer of the schema in the document.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The schema as JSON Schema 2020-12. Its references are followed with [`Schema::follow`].
    pub fn normal(&self, direction: Direction) -> Arc<Value> {
        self.pool.normal(direction, &self.pointer).unwrap_or_else(|| Arc::new(Value::Bool(true)))
    }

    /// The name of the component that describes a value, where one does.
    pub fn component(&self, direction: Direction) -> Option<String> {
        View::of(self, direction).component().map(str::to_owned)
    }

    /// What a `$ref` inside a normal form leads to.
    pub fn follow(&self, reference: &str) -> Option<Arc<Value>> {
        let (direction, pointer) = normalize::read_uri(reference)?;
        self.pool.normal(direction, &pointer)
    }

    /// The node with a dynamic anchor: the outermost of the schemas that `path` (references of normal
    /// forms, from outside in) goes through, the schema itself first. With a key that names it.
    pub fn dynamic(&self, direction: Direction, path: &[String], name: &str) -> Option<(String, Value)> {
        let own = normalize::uri(direction, &self.pointer);
        std::iter::once(&own).chain(path).find_map(|reference| {
            let resource = reference.split('#').next().unwrap_or(reference);
            let normal = self.follow(resource)?;
            let pointer = normalize::anchored(&normal, name)?;
            Some((format!("{resource}#{pointer}"), normal.pointer(&pointer)?.clone()))
        })
    }

    /// The document pointer that a `$ref` inside a normal form stands for.
    pub fn pointer_of(reference: &str) -> Option<String> {
        normalize::read_uri(reference).map(|(_, pointer)| pointer)
    }

    /// Whether a value is valid.
    ///
    /// # Errors
    /// Why the schema cannot be compiled; then nothing can be said of any value.
    pub fn is_valid(&self, direction: Direction, value: &Value) -> Result<bool, &str> {
        let judge = self.compiled(direction)?;
        // Where a pattern was given up, the rest of the value decides.
        Ok(judge.validator.is_valid(value)
            || (judge.gives_up
                && depth(value) <= MAX_EXPLAINED_DEPTH
                && judge.validator.iter_errors(value).all(|error| is_given_up(&error))))
    }

    /// Everything that is wrong with a value, at most 20 reasons; empty for a valid one.
    ///
    /// # Errors
    /// Why the schema cannot be compiled; then nothing can be said of any value.
    pub fn check(&self, direction: Direction, value: &Value) -> Result<Vec<Mismatch>, &str> {
        let validator = &self.compiled(direction)?.validator;
        if validator.is_valid(value) {
            return Ok(Vec::new());
        }
        if depth(value) > MAX_EXPLAINED_DEPTH {
            return Ok(vec![Mismatch::whole(&self.pointer, value)]);
        }
        let mut mismatches = Vec::new();
        for error in validator.iter_errors(value).filter(|error| !is_given_up(error)) {
            mismatch::explain(&self.pool.document, &self.pointer, &error, &mut mismatches);
            if mismatches.len() >= MAX_MISMATCHES {
                mismatches.truncate(MAX_MISMATCHES);
                break;
            }
        }
        Ok(mismatches)
    }

    /// What kinds of value it allows in a request, for reading text.
    pub fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| Shape::of(self, Direction::Request))
    }

    /// Whether the schema can be compiled at all.
    ///
    /// # Errors
    /// Why not.
    pub fn compile(&self, direction: Direction) -> Result<(), &str> {
        self.compiled(direction).map(|_| ())
    }

    fn compiled(&self, direction: Direction) -> Result<&Judge, &str> {
        let cell = match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        };
        cell.get_or_init(|| self.build(direction)).as_ref().map_err(String::as_str)
    }

    fn build(&self, direction: Direction) -> Compiled {
        let root = json!({ "$ref": normalize::uri(direction, &self.pointer) });
        let options = options().with_base_uri("cp:/root").with_retriever(FromPool(Arc::clone(&self.pool)));
        built(&options, &root).map_err(|error| {
            // What could not be retrieved is known here by a better name.
            let whole = error.to_string();
            whole.split_once("retrieving it failed: ").map_or(whole.as_str(), |(_, why)| why).to_owned()
        })
    }
}

fn options() -> ValidationOptions<'static> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
}

/// Linear-time matching first. Look-around needs the backtracking engine, which gets a step limit, so
/// that no pattern of a document can hold a request up.
fn built(options: &ValidationOptions<'static>, root: &Value) -> Result<Judge, ValidationError<'static>> {
    let linear = options.clone().with_pattern_options(PatternOptions::regex()).build(root);
    match linear {
        Ok(validator) => Ok(Judge { validator, gives_up: false }),
        Err(_) => {
            let stepwise = PatternOptions::fancy_regex().backtrack_limit(20_000);
            let validator = options.clone().with_pattern_options(stepwise).build(root)?;
            Ok(Judge { validator, gives_up: true })
        }
    }
}

/// Whether a pattern compiles in one of the validator's engines.
fn compiles(pattern: &str) -> bool {
    built(&options(), &json!({ "pattern": pattern })).is_ok()
}

/// Whether an engine gave up: then nothing is known of the text.
fn is_given_up(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::BacktrackLimitExceeded { .. } | ValidationErrorKind::RegexEngineFailure { .. }
    )
}

#[cfg(test)]
fn matches(pattern: &str, text: &str) -> bool {
    built(&options(), &json!({ "pattern": pattern }))
        .is_ok_and(|judge| judge.validator.is_valid(&json!(text)))
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn schema(dialect: Dialect, document: Value) -> Arc<Schema> {
        let document = Document::of("t", document);
        Schema::new(&Pool::new(document, dialect), "/s".to_owned())
    }

    #[rstest]
    // nullable in its spellings
    #[case(json!({"type": "string", "nullable": true}), json!(null), true)]
    #[case(json!({"type": "string", "nullable": true, "enum": ["a"]}), json!(null), true)]
    #[case(json!({"nullable": true, "allOf": [{"$ref": "#/o"}]}), json!(null), true)]
    #[case(json!({"nullable": true, "allOf": [{"$ref": "#/o"}]}), json!(1), false)]
    #[case(json!({"oneOf": [{"$ref": "#/o"}, {"enum": [null]}]}), json!(null), true)]
    #[case(json!({"type": "string"}), json!(null), false)]
    // boolean bounds and integer formats
    #[case(json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}), json!(1), false)]
    #[case(json!({"type": "integer", "format": "int32"}), json!(3_000_000_000_u64), false)]
    // a sibling of $ref counts for nothing in 3.0
    #[case(json!({"$ref": "#/o", "maxProperties": 0}), json!({"a": 1}), true)]
    // recursion
    #[case(json!({"$ref": "#/tree"}), json!({"next": {"next": {}}}), true)]
    #[case(json!({"$ref": "#/tree"}), json!({"next": {"next": 1}}), false)]
    fn openapi_3_0(#[case] s: Value, #[case] value: Value, #[case] valid: bool) {
        let document = json!({
            "s": s, "o": {"type": "object"},
            "tree": {"type": "object", "properties": {"next": {"$ref": "#/tree"}}},
        });
        let schema = schema(Dialect::OpenApi30, document);
        assert_eq!(schema.is_valid(Direction::Response, &value), Ok(valid));
        assert_eq!(schema.check(Direction::Response, &value).unwrap().is_empty(), valid);
    }

    #[test]
    fn read_only_is_no_part_of_a_request() {
        let schema = schema(
            Dialect::JsonSchema,
            json!({"s": {
                "type": "object", "required": ["id", "name"],
                "properties": {"id": {"type": "integer", "readOnly": true}, "name": {"type": "string"},
                               "secret": {"type": "string", "writeOnly": true}},
                "additionalProperties": false,
            }}),
        );
        assert_eq!(schema.is_valid(Direction::Request, &json!({"name": "x"})), Ok(true));
        assert_eq!(schema.is_valid(Direction::Request, &json!({"name": "x", "id": "y"})), Ok(true));
        assert_eq!(schema.is_valid(Direction::Response, &json!({"name": "x"})), Ok(false));
        assert_eq!(schema.is_valid(Direction::Request, &json!({"name": "x", "secret": 1})), Ok(false));
    }

    #[test]
    fn a_mismatch_points_at_the_line_of_the_document() {
        let schema = schema(
            Dialect::OpenApi30,
            json!({
                "s": {"type": "object", "properties": {"a": {"$ref": "#/c/A"}}},
                "c": {"A": {"nullable": true, "allOf": [{"type": "object", "required": ["x"]}]}},
            }),
        );
        let found = schema.check(Direction::Response, &json!({"a": {}})).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].instance, "/a");
        assert_eq!(found[0].schema, "/c/A/allOf/0/required");
    }

    #[test]
    fn a_discriminated_branch_is_explained() {
        let schema = schema(
            Dialect::JsonSchema,
            json!({"s": {"oneOf": [
                {"type": "object", "required": ["kind", "n"], "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
                {"type": "object", "required": ["kind", "s"], "properties": {"kind": {"const": "b"}, "s": {"type": "string"}}},
            ]}}),
        );
        let found = schema.check(Direction::Response, &json!({"kind": "b", "s": 1})).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].instance, "/s");
        assert_eq!(found[0].expected, "string");
    }

    #[rstest]
    #[case(json!({"odd": "x", "n": 1}), vec![])]
    #[case(json!({"odd": "x", "n": "one"}), vec!["/n"])]
    #[case(json!({"possible": "aac"}), vec!["/possible"])]
    // Nothing is known of names that a lost pattern may describe.
    #[case(json!({"k1": "any"}), vec![])]
    #[case(json!({"A1": 1}), vec!["/A1"])]
    fn a_pattern_that_cannot_be_compiled_leaves_only_itself_unjudged(
        #[case] value: Value,
        #[case] wrong: Vec<&str>,
    ) {
        let schema = schema(
            Dialect::OpenApi30,
            json!({"s": {
                "type": "object",
                "properties": {
                    "odd": {"type": "string", "pattern": "(?&x)["},
                    "possible": {"type": "string", "pattern": "^(?>a+)b$"},
                    "n": {"type": "integer"},
                },
                "patternProperties": {"^(?&k)[0-9]$": {"type": "integer"}, "\\A[A-Z]\\d\\Z": {"type": "string"}},
                "additionalProperties": false,
            }}),
        );
        let found = schema.check(Direction::Response, &value).unwrap();
        assert_eq!(found.iter().map(|m| m.instance.as_str()).collect::<Vec<_>>(), wrong, "{found:?}");
        assert_eq!(schema.is_valid(Direction::Response, &value), Ok(wrong.is_empty()));
        assert!(found.iter().all(|m| !m.expected.contains("(?:")), "the author's words: {found:?}");
    }

    #[test]
    fn a_pattern_that_is_given_up_says_nothing() {
        let pattern = r"^(?:(?=a)a|a(?=a|!))+$";
        let schema = schema(
            Dialect::JsonSchema,
            json!({"s": {"properties": {"p": {"pattern": pattern}, "n": {"type": "integer"}}}}),
        );
        let long = format!("{}!", "a".repeat(64));
        assert_eq!(schema.is_valid(Direction::Response, &json!({"p": long})), Ok(true));
        let found = schema.check(Direction::Response, &json!({"p": long, "n": "x"})).unwrap();
        assert_eq!(found.iter().map(|m| m.instance.as_str()).collect::<Vec<_>>(), ["/n"]);
    }

    #[test]
    fn a_schema_that_cannot_be_compiled_says_so() {
        let lost = schema(Dialect::JsonSchema, json!({"s": {"$ref": "#/nowhere"}}));
        assert!(lost.is_valid(Direction::Response, &json!(1)).unwrap_err().contains("nowhere"));
        let outside = schema(Dialect::JsonSchema, json!({"s": {"$ref": "http://127.0.0.1:1/x"}}));
        assert!(outside.compile(Direction::Response).is_err());
        let cycle = schema(Dialect::JsonSchema, json!({"s": {"$ref": "#/t"}, "t": {"$ref": "#/s"}}));
        assert_eq!(cycle.is_valid(Direction::Response, &json!(1)), Ok(true));
    }
}
