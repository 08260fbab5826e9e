use super::*;
use crate::document::Document;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

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

/// Alternatives that a type or an enum tells apart are said in words of the schema.
#[rstest]
#[case(json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), "integer or null")]
#[case(json!({"type": ["integer", "null"]}), "integer or null")]
#[case(json!({"oneOf": [{"type": "null"}, {"$ref": "#/names"}]}), "one of \"a\", \"b\" or null")]
#[case(json!({"anyOf": [{"$ref": "#/names"}, {"enum": [""]}, {"type": "null"}]}), "one of \"a\", \"b\", \"\" or null")]
#[case(json!({"anyOf": [{"const": "x"}, {"type": "null"}]}), "\"x\" or null")]
#[case(json!({"anyOf": [{"type": ["string", "null"]}, {"type": "array"}, {"type": "string"}]}), "string or array or null")]
#[case(json!({"anyOf": [{"required": ["x"]}, {"required": ["y"]}]}), "a value that matches at least one of the alternatives")]
fn alternatives_in_words(#[case] s: Value, #[case] expected: &str) {
    let document = json!({"s": s, "names": {"type": "string", "enum": ["a", "b"]}});
    let schema = schema(Dialect::JsonSchema, document);
    let found = schema.check(Direction::Response, &json!({"no": 1})).unwrap();
    assert_eq!(found.iter().map(|mismatch| mismatch.expected.as_str()).collect::<Vec<_>>(), [expected]);
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

#[rstest]
#[case(json!({"required": ["id", "name"], "allOf": [{"$ref": "#/part"}]}))]
#[case(json!({"allOf": [{"$ref": "#/part"}, {"required": ["id", "name"]}]}))]
#[case(json!({"allOf": [{"$ref": "#/part"}, {"$ref": "#/asks"}]}))]
#[case(json!({"allOf": [{"$ref": "#/asks"}, {"allOf": [{"$ref": "#/part"}]}]}))]
#[case(json!({"allOf": [{"$ref": "#/part"}], "oneOf": [{"$ref": "#/asks"}, {"required": ["other"]}]}))]
#[case(json!({"allOf": [{"$ref": "#/part"}], "anyOf": [{"required": ["id", "name"]}]}))]
fn a_mark_counts_wherever_the_member_is_required(
    #[case] s: Value,
    #[values(Dialect::OpenApi30, Dialect::JsonSchema)] dialect: Dialect,
) {
    let document = json!({
        "s": s,
        "part": {"properties": {"id": {"type": "string", "readOnly": true}, "name": {"type": "string"}}},
        "asks": {"type": "object", "required": ["id", "name"]},
    });
    let schema = schema(dialect, document);
    assert_eq!(schema.is_valid(Direction::Request, &json!({"name": "x"})), Ok(true));
    assert_eq!(schema.is_valid(Direction::Request, &json!({"id": "x"})), Ok(false));
    assert_eq!(schema.is_valid(Direction::Response, &json!({"name": "x"})), Ok(false));
    assert_eq!(schema.is_valid(Direction::Response, &json!({"id": "x", "name": "x"})), Ok(true));
    // The schema that is referred to still requires what it says.
    let asks = Schema::new(schema.pool(), "/asks".to_owned());
    assert_eq!(asks.is_valid(Direction::Request, &json!({"name": "x"})), Ok(false));
}

#[test]
fn a_mark_beside_a_reference_counts_for_its_target() {
    let document = json!({
        "s": {"$ref": "#/asks", "properties": {"id": {"readOnly": true}}, "allOf": [{"maxProperties": 1}]},
        "asks": {"type": "object", "required": ["id"], "allOf": [{"$ref": "#/s"}]},
    });
    let schema = schema(Dialect::JsonSchema, document);
    assert_eq!(schema.is_valid(Direction::Request, &json!({})), Ok(true));
    assert_eq!(schema.is_valid(Direction::Request, &json!({"a": 1, "b": 2})), Ok(false));
    assert_eq!(schema.is_valid(Direction::Response, &json!({})), Ok(false));
}

#[test]
fn schemas_that_all_refer_to_one_another_are_compiled_in_time() {
    let count = 40;
    let schemas: serde_json::Map<String, Value> = (0..count)
        .map(|index| {
            let refers =
                (0..count).map(|other| (format!("p{other}"), json!({"$ref": format!("#/c/S{other}")})));
            let properties: serde_json::Map<String, Value> = refers.collect();
            (format!("S{index}"), json!({"type": "object", "properties": properties}))
        })
        .collect();
    let schema = schema(Dialect::OpenApi30, json!({"s": {"$ref": "#/c/S0"}, "c": schemas}));
    let wrong = schema.check(Direction::Response, &json!({"p7": {"p9": {"p1": 1}}})).unwrap();
    assert_eq!(wrong[0].schema, "/c/S1/type");
}

fn nested(depth: usize, inner: Value) -> Value {
    (0..depth).fold(inner, |inner, _| json!([inner]))
}

#[rstest]
// Each level has two ways to go on.
#[case(json!({"anyOf": [{"type": "array", "items": {"$ref": "#/s"}}, {"items": {"$ref": "#/s"}, "minItems": 1, "type": "array"}]}))]
#[case(json!({"oneOf": [{"type": "array", "items": {"$ref": "#/s"}}, {"type": "array", "items": {"$ref": "#/s"}}]}))]
#[case(json!({"type": "array", "if": {"items": {"$ref": "#/s"}}, "then": {"items": {"$ref": "#/s"}}, "else": {"items": {"$ref": "#/s"}}}))]
#[case(json!({"type": "array", "anyOf": [{"items": {"$ref": "#/s"}}, {"prefixItems": [{"$ref": "#/s"}]}], "unevaluatedItems": {"$ref": "#/s"}}))]
#[case(json!({"type": "array", "not": {"not": {"items": {"$ref": "#/s"}}}, "contains": {"$ref": "#/s"}}))]
fn what_branches_at_each_level_is_judged_in_time(#[case] s: Value) {
    let schema = schema(Dialect::JsonSchema, json!({ "s": s }));
    assert_eq!(schema.is_valid(Direction::Response, &nested(100, json!("x"))), Ok(false));
    assert!(!schema.check(Direction::Response, &nested(100, json!("x"))).unwrap().is_empty());
}

#[rstest]
#[case(json!({"type": "object", "unevaluatedProperties": false, "anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]}))]
#[case(json!({"type": "object", "allOf": [{"$ref": "#/a"}, {"$ref": "#/a"}], "unevaluatedProperties": {"$ref": "#/s"}}))]
fn what_was_looked_at_is_worked_out_in_time(#[case] s: Value) {
    let part = json!({"properties": {"n": {"$ref": "#/s"}}});
    let schema = schema(Dialect::JsonSchema, json!({"s": s, "a": part, "b": part}));
    let value = |inner: Value| (0..100).fold(inner, |inner, _| json!({"n": inner}));
    assert_eq!(schema.is_valid(Direction::Response, &value(json!({}))), Ok(true));
    assert_eq!(schema.is_valid(Direction::Response, &value(json!({"n": 1}))), Ok(false));
    assert!(!schema.check(Direction::Response, &value(json!(1))).unwrap().is_empty());
}

#[rstest]
#[case(json!({"$ref": "NEXT"}))]
#[case(json!({"allOf": [{"$ref": "NEXT"}]}))]
fn a_long_chain_of_references_ends(#[case] link: Value) {
    let length = 9_000;
    let mut links: serde_json::Map<String, Value> = (0..length)
        .map(|index| {
            let text = link.to_string().replace("NEXT", &format!("#/c/{}", index + 1));
            (index.to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    links.insert(length.to_string(), json!({"type": "string"}));
    let schema = schema(Dialect::OpenApi30, json!({"s": {"$ref": "#/c/0"}, "c": links}));
    assert_eq!(schema.is_valid(Direction::Response, &json!("x")), Ok(true));
    assert_eq!(schema.check(Direction::Response, &json!(1)).unwrap()[0].schema, format!("/c/{length}/type"));
}

#[rstest]
#[case(json!({"allOf": [{"$ref": "#/s"}]}), true)]
#[case(json!({"anyOf": [{"$ref": "#/s"}, {"type": "string"}]}), true)]
#[case(json!({"allOf": [{"$ref": "#/s"}, {"type": "string"}]}), false)]
fn a_schema_that_only_leads_back_to_itself_asks_for_nothing(#[case] s: Value, #[case] valid: bool) {
    let schema = schema(Dialect::JsonSchema, json!({ "s": s }));
    assert_eq!(schema.is_valid(Direction::Response, &json!(1)), Ok(valid));
    assert_eq!(schema.check(Direction::Response, &json!(1)).unwrap().is_empty(), valid);
}

#[test]
fn what_takes_too_long_is_not_judged() {
    let any: Vec<Value> = (0..1_000).map(|number| json!({ "const": number })).collect();
    let schema = schema(Dialect::JsonSchema, json!({"s": {"items": {"anyOf": any}}}));
    let value = Value::Array(vec![json!("x"); 10_000]);
    assert_eq!(schema.is_valid(Direction::Response, &value), Ok(false), "the first item says it");
    let value = Value::Array(vec![json!(999); 10_000]);
    assert!(schema.is_valid(Direction::Response, &value).unwrap_err().contains("5 million steps"));
}

#[test]
fn members_that_a_failing_alternative_would_know_are_not_unexpected() {
    let schema = schema(
        Dialect::JsonSchema,
        json!({"s": {
            "oneOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}],
            "unevaluatedProperties": false,
        }}),
    );
    let found = schema.check(Direction::Response, &json!({"a": "x"})).unwrap();
    assert_eq!(found.iter().map(|m| (m.instance.as_str(), m.keyword)).collect::<Vec<_>>(), [("/a", "type")]);
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
