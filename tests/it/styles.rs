//! The mock's state for the many styles in which APIs are documented: each is served, used as a client would, and
//! checked.

use counterpart::contract::Kind;
use serde_json::{Value, json};

use crate::support::{Api, Server, self_describing};

/// Status and JSON of a response.
async fn send(mock: &Server, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let headers = [("content-type", "application/json")];
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let response = mock.send(method, target, if body.is_null() { &[] } else { &headers }, &text).await;
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or_default())
}

/// A document whose writes have errors alone.
fn left_out() -> Value {
    let pet = json!({"type": "object", "required": ["name"], "properties": {
        "id": {"type": "integer"}, "name": {"type": "string"}}});
    let body = json!({"required": true, "content": {"application/json": {"schema": pet}}});
    let id = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}});
    let refused = |statuses: &[&str]| -> Value {
        statuses.iter().map(|status| ((*status).to_owned(), json!({"description": "no"}))).collect()
    };
    json!({"openapi": "3.0.3", "paths": {
        "/pet": {
            "post": {"operationId": "add", "requestBody": body, "responses": refused(&["405"])},
            "put": {"operationId": "change", "requestBody": body, "responses": refused(&["400", "404", "405"])},
        },
        "/pet/{petId}": {
            "parameters": [id],
            "get": {"operationId": "read", "responses": {
                "200": {"description": "it", "content": {"application/json": {"schema": pet}}},
                "404": {"description": "no"},
            }},
            "delete": {"operationId": "remove", "responses": refused(&["400", "404"])},
        },
    }})
}

#[tokio::test]
async fn what_documents_errors_alone_is_carried_out() {
    let api = Api::written(&left_out(), "");
    let mock = api.mock(&[]).await;
    let (rex, max) = (json!({"id": 77, "name": "rex"}), json!({"id": 77, "name": "max"}));
    assert_eq!(send(&mock, "POST", "/pet", &rex).await, (200, rex));
    assert_eq!(send(&mock, "PUT", "/pet", &max).await, (200, max.clone()));
    assert_eq!(send(&mock, "PUT", "/pet", &json!({"id": 4077, "name": "x"})).await.0, 404);
    assert_eq!(send(&mock, "GET", "/pet/77", &Value::Null).await, (200, max));
    assert_eq!(send(&mock, "POST", "/pet", &json!({"name": 7})).await.0, 422);
    assert_eq!(send(&mock, "DELETE", "/pet/77", &Value::Null).await.0, 200);
    assert_eq!(send(&mock, "GET", "/pet/77", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_such_a_create_makes_is_the_runs_own_and_is_removed() {
    let api = Api::written(&left_out(), "");
    let mock = api.mock(&[]).await;
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    let of = |id: &str| run.operations.iter().find(|operation| operation.operation == id).unwrap();
    assert_eq!((of("add").kind, of("remove").kind), (Some(Kind::Create), Some(Kind::Own)));
    assert!(of("remove").statuses.keys().any(|status| status == "200"), "{:?}", of("remove"));
    assert!(run.findings.is_empty(), "{:?}", run.findings);
    assert!(run.leftovers.is_empty(), "{:?}", run.leftovers);
    let (_, left) = send(&mock, "GET", "/__counterpart/state", &Value::Null).await;
    assert!(!left.to_string().contains("qtestq"), "{left}");
}
