//! Documents that are large in one way each: what is done with them grows as they do, and no faster.

#![expect(clippy::needless_pass_by_value, reason = "a part that was made for it reads as the document does")]

use rstest::rstest;
use serde_json::{Map, Value, json};

use super::{PATIENCE, bounded_to, peak};
use crate::command::{Mock, empty, put, text};
use crate::support::send;

/// What a command may take in memory for some megabytes of a document, in a build that is not optimised, in KiB.
const MOST_MEMORY: u64 = 512 << 10;

fn document(paths: Value, components: Value) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths, "components": components})
}

/// A GET that answers a schema.
fn answers(schema: Value) -> Value {
    let answer = json!({"description": "ok", "content": {"application/json": {"schema": schema}}});
    json!({"/a": {"get": {"responses": {"200": answer}}}})
}

fn ok() -> Value {
    json!({"200": {"description": "ok"}})
}

fn numbered(count: usize, one: impl Fn(usize) -> (String, Value)) -> Value {
    Value::Object((0..count).map(one).collect::<Map<_, _>>())
}

fn reference(number: usize) -> Value {
    json!({"$ref": format!("#/components/schemas/S{number}")})
}

/// Schemas of which each leads to the next, and the last is a text.
fn chain(count: usize, one: impl Fn(Value) -> Value) -> Value {
    let mut schemas = numbered(count, |number| (format!("S{number}"), one(reference(number + 1))));
    schemas[format!("S{count}")] = json!({"type": "string"});
    json!({"schemas": schemas})
}

fn parameters() -> Value {
    let all: Vec<Value> = (0..50_000)
        .map(|number| json!({"name": format!("q{number}"), "in": "query", "schema": {"type": "string"}}))
        .collect();
    document(json!({"/a": {"get": {"parameters": all, "responses": ok()}}}), json!({}))
}

fn servers() -> Value {
    let mut document = document(json!({"/a": {"get": {"responses": ok()}}}), json!({}));
    document["servers"] = (0..60_000).map(|n| json!({"url": format!("http://h{n}/v{n}")})).collect();
    document
}

fn scopes() -> Value {
    let all: Vec<String> = (0..4_000).map(|number| format!("a:{number}")).collect();
    let offered = numbered(all.len(), |number| (all[number].clone(), json!("x")));
    let flows = json!({"implicit": {"authorizationUrl": "http://x/", "scopes": offered}});
    let paths = json!({"/a": {"get": {"security": [{"o": all}], "responses": ok()}}});
    document(paths, json!({"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}}))
}

fn required() -> Value {
    let names: Vec<String> = (0..100_000).map(|number| format!("r{number}")).collect();
    document(answers(json!({"type": "object", "required": names})), json!({}))
}

/// Each of 10,000 paths has two parameters that no parameter object describes: as many problems, on one line.
fn problems() -> Value {
    let paths = numbered(10_000, |n| (format!("/{{a{n}}}/x{n}/{{b}}"), json!({"get": {"responses": ok()}})));
    document(paths, json!({}))
}

fn collections() -> Value {
    let paths = numbered(8_000, |n| {
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        (format!("/p{n}/{{id}}"), json!({"get": {"parameters": [id], "responses": ok()}}))
    });
    document(paths, json!({}))
}

/// Every POST says 201, also where nothing else tells that it makes something.
fn creates() -> Value {
    let paths = numbered(8_000, |n| {
        (
            format!("/p{n}"),
            json!({"post": {"responses": {"201": {"description": "made"}}}, "get": {"responses": ok()}}),
        )
    });
    document(paths, json!({}))
}

fn swagger() -> Value {
    let paths = numbered(8_000, |n| {
        let body = json!({"name": "b", "in": "body", "schema": {"type": "object"}});
        let answer = json!({"200": {"description": "ok", "schema": {"type": "string"}}});
        (format!("/p{n}"), json!({"post": {"parameters": [body], "responses": answer}}))
    });
    json!({"swagger": "2.0", "info": {"title": "x", "version": "1"}, "paths": paths})
}

fn references_from_everywhere() -> Value {
    let count = 20_000;
    let paths = numbered(count / 10, |n| (format!("/p{n}"), answers(reference(n * 10))["/a"].take()));
    document(paths, chain(count, |next| next))
}

/// 200 schemas, each of which takes the next 29 into its `allOf`: more ways from the first to the last than atoms.
fn ways() -> Value {
    let schemas = numbered(200, |number| {
        let next: Vec<Value> = (number + 1..(number + 30).min(200)).map(reference).collect();
        let own = json!({format!("p{number}"): {"type": "string"}});
        (format!("S{number}"), json!({"type": "object", "allOf": next, "properties": own}))
    });
    document(answers(reference(0)), json!({"schemas": schemas}))
}

/// Each GET with the name of all others.
fn names() -> Value {
    document(
        numbered(20_000, |n| (format!("/p{n}"), json!({"get": {"operationId": "same", "responses": ok()}}))),
        json!({}),
    )
}

/// Variables whose defaults look like two others: written out, one address would have 2^2000 parts.
fn templates() -> Value {
    let variables =
        numbered(2_000, |n| (format!("v{n}"), json!({"default": format!("{{v{}}}{{v{}}}", n + 1, n + 2)})));
    let url: Vec<String> = (0..2_000).map(|n| format!("{{v{n}}}")).collect();
    let mut document = document(json!({"/a": {"get": {"responses": ok()}}}), json!({}));
    document["servers"] = json!([{"url": format!("http://h/{}", url.concat()), "variables": variables}]);
    document
}

/// A parameter with a hundred thousand values.
fn choices() -> Value {
    let all: Vec<String> = (0..100_000).map(|number| format!("v{number}")).collect();
    let parameter = json!({"name": "q", "in": "query", "schema": {"type": "string", "enum": all}});
    document(json!({"/a": {"get": {"parameters": [parameter], "responses": ok()}}}), json!({}))
}

fn look_arounds() -> Value {
    let pattern = format!("^{}(a+)+b$", "(?=.*a)".repeat(5_000));
    document(answers(json!({"type": "string", "pattern": pattern})), json!({}))
}

/// Each with the exit code of `lint`: 1 where a part cannot be used.
#[rstest]
#[case::parameters(parameters(), 0)]
#[case::servers(servers(), 0)]
#[case::scopes(scopes(), 0)]
#[case::required(required(), 0)]
#[case::problems(problems(), 0)]
#[case::collections(collections(), 0)]
#[case::creates(creates(), 0)]
#[case::swagger(swagger(), 0)]
#[case::references_from_everywhere(references_from_everywhere(), 0)]
#[case::chain_of_references(document(answers(reference(0)), chain(20_000, |next| next)), 0)]
#[case::chain_of_members(
    document(answers(reference(0)), chain(5_000, |next| json!({"type": "object", "properties": {"n": next}}))), 0
)]
#[case::chain_of_parts(document(answers(reference(0)), chain(20_000, |next| json!({"allOf": [next]}))), 0)]
#[case::chain_of_alternatives(
    document(answers(reference(0)), chain(20_000, |next| json!({"anyOf": [next, {"type": "null"}]}))), 0
)]
#[case::names(names(), 0)]
#[case::templates(templates(), 0)]
#[case::choices(choices(), 0)]
#[case::look_arounds(look_arounds(), 0)]
#[case::ways(ways(), 1)]
#[case::segments(document(json!({"/b": {"get": {"responses": ok()}}, "/a".repeat(100_000): {"get": {"responses": ok()}}}), json!({})), 1)]
#[tokio::test(flavor = "multi_thread")]
async fn a_large_document_is_read_in_time(#[case] document: Value, #[case] lint: i32) {
    let folder = empty();
    put(folder.path(), "api.json", &document.to_string());
    for (arguments, code) in [
        (["lint", "api.json"].as_slice(), lint),
        (&["list", "api.json"], 0),
        (&["check", "api.json", "--plan", "--url", "http://127.0.0.1:1"], 0),
    ] {
        let output = bounded_to(MOST_MEMORY, folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
    let mock = Mock::start(folder.path(), &["api.json", "--auth", "off"]);
    let answer = tokio::time::timeout(PATIENCE, send(&mock.url, "GET", "/a", &[], "")).await;
    assert!([200, 404, 405, 501].contains(&answer.expect("an answer in time").status.as_u16()));
    let most = peak(mock.id()).unwrap_or(0);
    assert!(most <= MOST_MEMORY, "the mock takes {most} KiB");
}
