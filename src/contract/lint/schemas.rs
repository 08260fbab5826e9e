//! Checks the keywords of every schema.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::contract::schema::keywords::{LIST, MAP, ONE};
use crate::contract::schema::{Dialect, Direction, Pool, Schema, fragment_pointer, pattern, repair, shown};
use crate::contract::swagger2::COLLECTION_FORMAT;
use crate::contract::{Contract, MediaBody, Parameter};
use crate::document::{Problem, pointer};

/// Formats that are validated, or that everyone distinguishes (OpenAPI's format registry).
const FORMATS: &[&str] = &[
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "url",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "single-int",
    "double-int",
    "float",
    "double",
    "decimal",
    "decimal128",
    "byte",
    "base64url",
    "binary",
    "password",
    "char",
    "commonmark",
    "html",
    "http-date",
    "media-range",
    "sf-string",
    "sf-token",
    "sf-integer",
    "sf-decimal",
    "sf-boolean",
    "sf-binary",
];

/// Keywords that are often written beside a reference, and that say nothing about its values or are read
/// there all the same.
const ANNOTATIONS: &[&str] = &[
    "title",
    "description",
    "summary",
    "example",
    "examples",
    "default",
    "deprecated",
    "externalDocs",
    "readOnly",
    "writeOnly",
    "xml",
    "$comment",
    "$id",
    "id",
];

/// A longer chain of references is not followed to its end.
const MAX_CHAIN: usize = 64;

/// Every keyword of a schema that is reachable from an operation, or is among the components,
/// and is not written by the book; every format that nothing is known of, once.
pub(super) fn lint(contract: &Contract) -> Vec<Problem> {
    let mut look = Look {
        contract,
        pool: pool(contract),
        seen: HashSet::new(),
        formats: IndexMap::new(),
        found: Vec::new(),
    };
    for operation in contract.described() {
        let parameters = operation.parameters.iter().filter_map(of_parameter);
        let body = operation.body.iter().flat_map(|body| &body.content).filter_map(of_body);
        let answers = operation.responses.iter().flat_map(|r| &r.content).filter_map(of_body);
        let headers =
            operation.responses.iter().flat_map(|r| &r.headers).filter_map(|h| of_parameter(&h.parameter));
        for at in parameters.chain(body).chain(answers).chain(headers) {
            look.at(&at);
        }
    }
    let components = contract.document.at("/components/schemas").and_then(Value::as_object);
    for name in components.into_iter().flatten().map(|(name, _)| name) {
        look.at(&pointer::join("/components/schemas", name));
    }
    for (format, (count, at)) in look.formats {
        let message = match count {
            1 => format!("unknown format {format:?}"),
            _ => format!("unknown format {format:?}, used {count} times"),
        };
        let help = "its values are not checked; describe them with `pattern`";
        look.found.push(Problem::warning(contract.place(&at), message).help(help));
    }
    look.found
}

/// Where the schema of a body is written, which may be a reference.
fn of_body(content: &MediaBody) -> Option<String> {
    content.schema.as_ref().map(|_| pointer::join(&content.pointer, "schema"))
}

/// Where the schema of a parameter or a header is written.
fn of_parameter(parameter: &Parameter) -> Option<String> {
    let own = parameter.schema.as_ref().map(|_| pointer::join(&parameter.pointer, "schema"));
    own.or_else(|| of_body(parameter.content.as_ref()?))
}

/// The pool that all schemas of a contract share.
fn pool(contract: &Contract) -> Option<Arc<Pool>> {
    contract.described().find_map(|operation| {
        let parameters = operation.parameters.iter().filter_map(|p| p.value_schema());
        let body = operation.body.iter().flat_map(|b| &b.content).filter_map(|c| c.schema.as_ref());
        let answers = operation.responses.iter().flat_map(|r| &r.content).filter_map(|c| c.schema.as_ref());
        parameters.chain(body).chain(answers).next().map(|schema| Arc::clone(schema.pool()))
    })
}

struct Look<'c> {
    contract: &'c Contract,
    pool: Option<Arc<Pool>>,
    seen: HashSet<String>,
    formats: IndexMap<String, (usize, String)>,
    found: Vec<Problem>,
}

impl Look<'_> {
    fn at(&mut self, pointer: &str) {
        let mut waiting = vec![pointer.to_owned()];
        while let Some(pointer) = waiting.pop() {
            if self.seen.insert(pointer.clone())
                && let Some(node) = self.contract.document.at(&pointer)
            {
                self.schema(node, &pointer, &mut waiting);
            }
        }
    }

    /// Tells of a schema's own examples, and of its default, where it refuses them.
    fn examples(&mut self, members: &Map<String, Value>, at: &str) {
        let listed = members.get("examples").and_then(Value::as_array).into_iter().flatten().enumerate();
        let single =
            ["example", "default"].iter().filter_map(|name| Some(((*name).to_owned(), members.get(*name)?)));
        let given: Vec<(String, &Value)> =
            listed.map(|(index, value)| (format!("examples/{index}"), value)).chain(single).collect();
        let Some(pool) = self.pool.as_ref().filter(|_| !given.is_empty()) else { return };
        let schema = Schema::new(pool, at.to_owned());
        for (name, value) in given {
            // Members that only one side writes are allowed there, too.
            if schema.is_valid(Direction::Request, value) != Ok(false) {
                continue;
            }
            let Ok(wrong) = schema.check(Direction::Response, value) else { continue };
            if let Some(wrong) = wrong.into_iter().next() {
                let word = name.split('/').next().unwrap_or_default();
                let message = format!("`{word}` does not match its schema: {}", wrong.message());
                let place = self.contract.place(&format!("{at}/{name}{}", wrong.instance));
                self.found.push(Problem::warning(place, message).help("it is ignored; correct it"));
            }
        }
    }

    /// Tells of patterns that count for nothing.
    fn patterns(&mut self, keyword: &str, value: &Value, here: &str) {
        let mut look = |text: &str, at: &str| {
            if pattern::readable(text).is_none() {
                let message = format!("the pattern {text:?} cannot be compiled");
                let help = "it is not checked; write it as an ECMA-262 regular expression";
                self.found.push(Problem::warning(self.contract.place(at), message).help(help));
            }
        };
        match (keyword, value) {
            ("pattern", Value::String(text)) => look(text, here),
            ("patternProperties", Value::Object(members)) => {
                members.keys().for_each(|name| look(name, &pointer::join(here, name)));
            }
            _ => {}
        }
    }

    /// Tells of what stands beside a reference and would say something about a value.
    fn ignored(&mut self, members: &Map<String, Value>, at: &str) {
        let names = members
            .keys()
            .map(String::as_str)
            .filter(|name| *name != "$ref" && !name.starts_with("x-") && !ANNOTATIONS.contains(name));
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        if let Some(first) = names.first() {
            let message = format!("{} beside `$ref` is ignored in OpenAPI 3.0", names.join(", "));
            let place = self.contract.place(&pointer::join(at, first.trim_matches('`')));
            let help = "put the reference into `allOf`, beside which it counts";
            self.found.push(Problem::warning(place, message).help(help));
        }
    }

    /// Tells of a schema that refers to itself, over others or at once, and so says nothing (JSON Schema 2020-12 §9.4.1).
    fn circular(&mut self, target: &str, at: &str) {
        let mut next = target.to_owned();
        for _ in 0..MAX_CHAIN {
            if next == at {
                let problem = Problem::warning(self.contract.place(at), "the reference is circular");
                self.found.push(problem.help("any value is accepted here; say what the schema is"));
                return;
            }
            let further = self.contract.document.at(&next).and_then(|node| node.get("$ref"));
            match further.and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) {
                Some(further) => next = fragment_pointer(further),
                None => return,
            }
        }
    }

    fn schema(&mut self, node: &Value, at: &str, waiting: &mut Vec<String>) {
        let Some(members) = node.as_object() else {
            if !node.is_boolean() {
                let problem =
                    Problem::error(self.contract.place(at), "a schema must be an object, true or false");
                self.found.push(problem.help("any value is accepted here"));
            }
            return;
        };
        if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) {
            let target = fragment_pointer(target);
            self.circular(&target, at);
            waiting.push(target);
            if self.pool.as_ref().is_some_and(|pool| pool.dialect() == Dialect::OpenApi30) {
                self.ignored(members, at);
                return;
            }
        }
        self.examples(members, at);
        for (keyword, value) in members {
            let here = pointer::join(at, keyword);
            if let Some(odd) = repair::odd(keyword, value) {
                let message = format!("`{keyword}` is {}; expected {}", shown(value), odd.expected);
                let place = self.contract.place(&here);
                self.found.push(match &odd.instead {
                    Some(instead) => {
                        Problem::warning(place, message).help(format!("it is read as {instead}"))
                    }
                    None => Problem::error(place, message).help("it is ignored; correct or remove it"),
                });
                continue;
            }
            self.patterns(keyword, value, &here);
            if keyword == COLLECTION_FORMAT {
                let place = self.contract.place(at);
                let message = "`collectionFormat` of a list inside a list is not supported";
                self.found.push(Problem::warning(place, message).help("such an item is read as text"));
            }
            if keyword == "format"
                && let Some(format) = value.as_str().filter(|format| !FORMATS.contains(format))
            {
                self.formats.entry(format.to_owned()).or_insert((0, here)).0 += 1;
                continue;
            }
            let is_one = ONE.contains(&keyword.as_str());
            match value {
                Value::Array(parts) if LIST.contains(&keyword.as_str()) || is_one => {
                    for (index, part) in parts.iter().enumerate() {
                        self.schema(part, &format!("{here}/{index}"), waiting);
                    }
                }
                Value::Object(parts) if MAP.contains(&keyword.as_str()) => {
                    for (name, part) in parts {
                        self.schema(part, &pointer::join(&here, name), waiting);
                    }
                }
                value if is_one => self.schema(value, &here, waiting),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::itself(json!({"A": {"$ref": "#/components/schemas/A"}}), 1)]
    #[case::over_another(json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}), 2)]
    #[case::a_tree(json!({"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}}), 0)]
    #[case::beside_a_circle(json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/B"}}), 1)]
    fn what_only_refers_to_itself_is_told(#[case] schemas: Value, #[case] expected: usize) {
        let paths = json!({"/a": {"get": {"responses": {"200": {"description": "d"}}}}});
        let document = json!({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}});
        let (contract, _) = build("t", &Document::of("t.json", document)).unwrap();
        let found = lint(&contract);
        let count = found.iter().filter(|problem| problem.message == "the reference is circular").count();
        assert_eq!(count, expected, "{found:?}");
    }

    #[rstest]
    #[case("3.0.3", json!({"required": ["a"]}), Some("`required` beside `$ref` is ignored in OpenAPI 3.0"))]
    #[case("3.0.3", json!({"nullable": true, "type": "object"}), Some("`nullable`, `type` beside `$ref` is ignored in OpenAPI 3.0"))]
    #[case("3.0.3", json!({"description": "a", "readOnly": true, "x-b": 1, "default": {}}), None)]
    #[case("3.1.0", json!({"required": ["a"]}), None)]
    fn what_stands_beside_a_reference_is_told(
        #[case] version: &str,
        #[case] beside: Value,
        #[case] expected: Option<&str>,
    ) {
        let mut schema = json!({"$ref": "#/components/schemas/O"});
        schema.as_object_mut().unwrap().extend(beside.as_object().unwrap().clone());
        let document = Document::of(
            "t",
            json!({
                "openapi": version,
                "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
                "components": {"schemas": {"O": {"type": "object"}, "P": schema}},
            }),
        );
        let (contract, _) = build("t", &document).unwrap();
        let found: Vec<(String, String)> =
            lint(&contract).into_iter().map(|problem| (problem.message, problem.place.pointer)).collect();
        let places: Vec<bool> =
            found.iter().map(|(_, at)| at.starts_with("/paths/~1a/get/responses/200/")).collect();
        assert!(found.iter().all(|(message, _)| Some(message.as_str()) == expected), "{found:?}");
        assert_eq!(places, if expected.is_some() { vec![true, false] } else { vec![] });
    }

    #[rstest]
    #[case(json!({"type": "string", "pattern": "^a$"}), None)]
    #[case(json!({"type": "string", "pattern": "(?&x)"}), Some("the pattern \"(?&x)\" cannot be compiled"))]
    #[case(json!({"type": "object", "patternProperties": {"[": {}}}), Some("the pattern \"[\" cannot be compiled"))]
    #[case(json!({"type": "integer", "example": 1, "default": 2, "examples": [3]}), None)]
    #[case(json!({"type": "integer", "example": "1"}), Some("`example` does not match its schema: expected integer, found \"1\""))]
    #[case(json!({"type": "integer", "examples": [1, "2"]}), Some("`examples` does not match its schema: expected integer, found \"2\""))]
    #[case(json!({"enum": ["a"], "default": "b"}), Some("`default` does not match its schema: expected one of \"a\", found \"b\""))]
    #[case(json!({"properties": {"n": {"type": "integer", "default": null}}}), Some("`default` does not match its schema: expected integer, found null"))]
    fn what_counts_for_nothing_is_told(#[case] schema: Value, #[case] expected: Option<&str>) {
        let document = Document::of(
            "t",
            json!({
                "openapi": "3.1.0",
                "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}},
            }),
        );
        let (contract, _) = build("t", &document).unwrap();
        let found: Vec<String> = lint(&contract).into_iter().map(|problem| problem.message).collect();
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            expected.into_iter().collect::<Vec<_>>()
        );
    }
}
