use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::contract::{Contract, build};
use crate::document::Document;
use crate::exchange::Request;

fn contract(operation: &Value) -> Contract {
    let tree = json!({"openapi": "3.1.0", "paths": {"/a/{id}": {"post": operation}}});
    build("t", &Document::of("t", tree)).unwrap().0
}

/// An operation that takes a body.
fn taking(schema: &Value) -> Value {
    json!({
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {}}],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"204": {}},
    })
}

/// The points of one kind.
fn all(contract: &Contract, kind: PointKind) -> Vec<String> {
    let points = Points::of(&contract.operations[0], &mut Outlines::default());
    let mut names: Vec<String> =
        points.all().iter().filter(|point| point.kind == kind).map(|point| point.name.clone()).collect();
    names.sort_unstable();
    names
}

/// The points of one kind that a request shows.
fn met(contract: &Contract, query: &str, body: &str, kind: PointKind) -> Vec<String> {
    let operation = &contract.operations[0];
    let points = Points::of(operation, &mut Outlines::default());
    let mut request = Request::new(Method::POST, "/a/7");
    request.query = Some(query.to_owned()).filter(|query| !query.is_empty());
    if !body.is_empty() {
        let content = &operation.body.as_ref().unwrap().content[0].media_type;
        request.headers.insert("content-type", content.parse().unwrap());
        request.body = body.to_owned().into();
    }
    let received = Received::read(operation, &["7"], &request);
    let met = points.met(&received, &received.violations(), &|_| true);
    let met = met.into_iter().map(|at| &points.all()[at]).filter(|point| point.kind == kind);
    let mut names: Vec<String> = met.map(|point| point.name.clone()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_request_shows_a_part_of_what_there_is() {
    let contract = contract(&json!({
        "parameters": [
            {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "sort", "in": "query", "schema": {"enum": ["name", "age"]}},
            {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"enum": ["a", "b"]}}},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
            "kind": {"enum": ["cat", "dog"]},
            "toys": {"type": "array", "items": {"properties": {"size": {"enum": [1, 2]}}}},
            "note": {"type": "string"},
            "made": {"type": "string", "readOnly": true},
        }}}}},
        "responses": {"204": {"description": "done"}},
    }));
    assert_eq!(
        all(&contract, PointKind::Members),
        ["body/kind", "body/note", "body/toys", "body/toys/*/size"]
    );
    let (query, body) = ("kinds=b&sort=name", r#"{"kind": "dog", "toys": [{"size": 2}], "note": "x"}"#);
    let met = |kind| met(&contract, query, body, kind);
    assert_eq!(met(PointKind::Parameters), ["path.id", "query.kinds", "query.sort"]);
    assert_eq!(
        met(PointKind::Choices),
        ["body/kind=dog", "body/toys/*/size=2", "query.kinds=b", "query.sort=name"]
    );
    assert_eq!(met(PointKind::Members), ["body/kind", "body/note", "body/toys", "body/toys/*/size"]);
}

/// Each keyword is kept by one value and broken by the other.
#[rstest]
#[case("type", json!({"type": "integer"}), json!(1), json!("x"))]
#[case("enum", json!({"enum": ["a"]}), json!("a"), json!("b"))]
#[case("const", json!({"const": 1}), json!(1), json!(2))]
#[case("format", json!({"format": "date"}), json!("2026-01-01"), json!("never"))]
#[case("pattern", json!({"pattern": "^a"}), json!("ab"), json!("b"))]
#[case("minLength", json!({"minLength": 2}), json!("ab"), json!("a"))]
#[case("maxLength", json!({"maxLength": 2}), json!("ab"), json!("abc"))]
#[case("minimum", json!({"minimum": 2}), json!(2), json!(1))]
#[case("maximum", json!({"maximum": 2}), json!(2), json!(3))]
#[case("exclusiveMinimum", json!({"exclusiveMinimum": 2}), json!(3), json!(2))]
#[case("exclusiveMaximum", json!({"exclusiveMaximum": 2}), json!(1), json!(2))]
#[case("multipleOf", json!({"multipleOf": 2}), json!(4), json!(3))]
#[case("minItems", json!({"minItems": 1}), json!([1]), json!([]))]
#[case("maxItems", json!({"maxItems": 1}), json!([1]), json!([1, 2]))]
#[case("uniqueItems", json!({"uniqueItems": true}), json!([1, 2]), json!([1, 1]))]
#[case("minProperties", json!({"minProperties": 1}), json!({"a": 1}), json!({}))]
#[case("maxProperties", json!({"maxProperties": 1}), json!({"a": 1}), json!({"a": 1, "b": 1}))]
#[case("additionalProperties", json!({"additionalProperties": false}), json!({}), json!({"a": 1}))]
fn a_keyword_is_kept_or_broken(
    #[case] keyword: &str,
    #[case] schema: Value,
    #[case] keeps: Value,
    #[case] breaks: Value,
) {
    let contract = contract(&taking(&json!({"properties": {"list": {"items": schema}}})));
    let point = vec![format!("body/list/* {keyword}")];
    assert_eq!(all(&contract, PointKind::Valid), point);
    assert_eq!(all(&contract, PointKind::Invalid), point);
    let met = |value: &Value, kind| met(&contract, "", &json!({"list": [value]}).to_string(), kind);
    assert_eq!((met(&keeps, PointKind::Valid), met(&keeps, PointKind::Invalid)), (point.clone(), vec![]));
    assert_eq!((met(&breaks, PointKind::Valid), met(&breaks, PointKind::Invalid)), (vec![], point));
}

/// What says nothing, what nobody wrote, and what cannot be sent is no point.
#[rstest]
#[case::nothing_asked(json!({"minLength": 0, "minItems": 0, "uniqueItems": false}))]
#[case::a_note(json!({"format": "color"}))]
#[case::open(json!({"additionalProperties": true}))]
fn what_cannot_be_broken_is_not_measured(#[case] schema: Value) {
    let contract = contract(&taking(&schema));
    assert_eq!((all(&contract, PointKind::Valid), all(&contract, PointKind::Invalid)), (vec![], vec![]));
}

#[test]
fn the_range_of_a_format_is_not_written() {
    let contract = contract(&taking(&json!({"type": "integer", "format": "int32", "maximum": 9})));
    assert_eq!(all(&contract, PointKind::Valid), ["body maximum", "body type"]);
}

/// Any text is a text, and a path holds no empty one.
#[test]
fn what_a_place_cannot_hold_is_not_missed() {
    let parameter = |name: &str, location: &str, schema: Value| json!({"name": name, "in": location, "required": true, "schema": schema});
    let contract = contract(&json!({
        "parameters": [
            parameter("id", "path", json!({"type": "string", "minLength": 1})),
            parameter("text", "query", json!({"type": "string", "minLength": 1})),
            parameter("count", "query", json!({"type": "integer"})),
        ],
        "responses": {"204": {}},
    }));
    let expected =
        ["query.count required", "query.count type", "query.text minLength", "query.text required"];
    assert_eq!(all(&contract, PointKind::Invalid), expected);
    assert_eq!(
        met(&contract, "count=x", "", PointKind::Invalid),
        ["query.count type", "query.text required"]
    );
}

#[test]
fn what_must_be_there_may_be_left_out() {
    let mut operation = taking(&json!({
        "required": ["name", "made"],
        "properties": {"name": {}, "made": {"readOnly": true}, "note": {}},
    }));
    operation["requestBody"]["required"] = json!(true);
    let contract = contract(&operation);
    assert_eq!(all(&contract, PointKind::Invalid), ["body required", "body/name required"]);
    assert_eq!(met(&contract, "", "", PointKind::Invalid), ["body required"]);
    assert_eq!(met(&contract, "", r#"{"note": 1}"#, PointKind::Invalid), ["body/name required"]);
    assert_eq!(met(&contract, "", r#"{"name": 1}"#, PointKind::Invalid), [""; 0]);
}

/// Where several schemas may hold, a value that none of them takes says nothing of their keywords.
#[test]
fn a_choice_of_schemas_is_not_guessed() {
    let contract = contract(&taking(&json!({"properties": {"a": {"anyOf": [
        {"type": "string", "maxLength": 3}, {"type": "string", "pattern": "^x"},
    ]}}})));
    let met = |body: &str, kind| met(&contract, "", body, kind);
    assert_eq!(
        met(r#"{"a": "xyz"}"#, PointKind::Valid),
        ["body/a maxLength", "body/a pattern", "body/a type"]
    );
    assert_eq!(met(r#"{"a": "long and odd"}"#, PointKind::Valid), [""; 0]);
    assert_eq!(met(r#"{"a": "long and odd"}"#, PointKind::Members), ["body/a"]);
}

/// A schema that contains itself has no end. What is deep is left out before what is not.
#[test]
fn points_are_bounded() {
    let members = |count: usize| -> serde_json::Map<String, Value> {
        (0..count).map(|at| (format!("m{at}"), json!({"$ref": "#/components/schemas/Node"}))).collect()
    };
    let of = |count: usize| {
        let body = taking(&json!({"$ref": "#/components/schemas/Node"}));
        let tree = json!({
            "openapi": "3.1.0",
            "components": {"schemas": {"Node": {"type": "object", "properties": members(count)}}},
            "paths": {"/a/{id}": {"post": body}},
        });
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        all(&contract, PointKind::Members).len()
    };
    assert_eq!(of(2), 2 + 4 + 8 + 16 + 32);
    assert_eq!(of(10), 10 + 10 * 10);
    assert_eq!(of(3_000), 1_000 - 3, "beside the parameter, and the type of the body");
}

#[test]
fn a_form_is_measured_as_text() {
    let mut operation = taking(&json!({"type": "object", "properties": {
        "name": {"type": "string", "maxLength": 2}, "count": {"type": "integer"},
    }}));
    let content = operation["requestBody"]["content"].as_object_mut().unwrap();
    let schema = content.remove("application/json").unwrap();
    content.insert("application/x-www-form-urlencoded".to_owned(), schema);
    let contract = contract(&operation);
    assert_eq!(all(&contract, PointKind::Invalid), ["body/count type", "body/name maxLength"]);
    let met = met(&contract, "", "name=abc&count=x", PointKind::Invalid);
    assert_eq!(met, ["body/count type", "body/name maxLength"]);
}
