//! Small contracts and mocks for the mock's unit tests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::documents::Documents;
use super::{Document, Live, Options};
use crate::contract::{Contract, build};
use crate::document::{self, Level};
use crate::fixtures::Fixtures;

/// The contract of a document; small ones leave out what only costs a warning.
pub(super) fn contract(tree: Value) -> Arc<Contract> {
    let (contract, problems) = build("t", &document::Document::of("t", tree)).expect("a contract");
    let errors: Vec<_> = problems.iter().filter(|problem| problem.level == Level::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(contract)
}

/// A collection of things that can be listed, created, read, changed, replaced and deleted. Keys need
/// `things:read` to read, and `things:write` for the rest.
pub(super) fn things() -> Arc<Contract> {
    let thing = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer", "readOnly": true, "minimum": 1},
        "name": {"type": "string", "maxLength": 20},
        "note": {"type": "string"},
    }});
    let list = json!({"type": "object", "required": ["count", "results"], "properties": {
        "count": {"type": "integer"}, "next": {"type": ["string", "null"]},
        "results": {"type": "array", "items": thing},
    }});
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let body = json!({"required": true, "content": content(&thing)});
    let answer = |schema: &Value| json!({"description": "it", "content": content(schema)});
    let nothing = json!({"description": "nothing"});
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer"}});
    let (read, write) = (json!([{"key": ["things:read"]}]), json!([{"key": ["things:write"]}]));
    contract(json!({
        "openapi": "3.1.0",
        "paths": {
            "/things": {
                "get": {
                    "operationId": "listThings", "security": read,
                    "parameters": [parameter("limit"), parameter("offset")],
                    "responses": {"200": answer(&list)},
                },
                "post": {
                    "operationId": "createThing", "security": write, "requestBody": body,
                    "responses": {"201": answer(&thing), "422": nothing},
                },
            },
            "/things/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "get": {
                    "operationId": "getThing", "security": read,
                    "responses": {"200": answer(&thing), "404": nothing},
                },
                "patch": {
                    "operationId": "updateThing", "security": write, "requestBody": body,
                    "responses": {"200": answer(&thing), "404": nothing},
                },
                "put": {
                    "operationId": "replaceThing", "security": write, "requestBody": body,
                    "responses": {"200": answer(&thing), "404": nothing},
                },
                "delete": {
                    "operationId": "deleteThing", "security": write,
                    "responses": {"204": nothing, "404": nothing},
                },
            },
        },
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }))
}

/// The options of a mock that keeps state, without a clock that moves.
pub(super) fn options() -> Options {
    let mut options = Options::new("http://mock", || jiff::Timestamp::UNIX_EPOCH);
    options.stateful = true;
    options
}

/// A mock of [`things`] under each of these names; more than one are served below their names.
pub(super) fn documents(names: &[&str], options: &Options) -> Arc<Documents> {
    let documents = names.iter().map(|name| Document {
        name: (*name).to_owned(),
        prefix: if names.len() == 1 { String::new() } else { format!("/{name}") },
        contract: things(),
        fixtures: Fixtures::default(),
        options: options.clone(),
    });
    arc_swap::Guard::into_inner(Live::new(documents.collect()).documents())
}
