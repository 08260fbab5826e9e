//! Objects that the client names: `PUT /groups/{name}` makes one.

use counterpart::run::{Kind, Verdict};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Api, self_describing};

/// Groups that are made under their names by this method.
fn document(method: &str) -> Value {
    let group = json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "note": {"type": "string"},
    }});
    let one = json!({"description": "one", "content": {"application/json": {"schema": group}}});
    let all = json!({"description": "all", "content": {"application/json": {"schema": {
        "type": "array", "items": group,
    }}}});
    let none = json!({"description": "none"});
    let name = json!([{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let body = json!({"content": {"application/json": {"schema": {"type": "object", "properties": {
        "note": {"type": "string"},
    }}}}});
    let mut item = json!({
        "parameters": name,
        "get": {"operationId": "read", "responses": {"200": one, "404": none}},
        "delete": {"operationId": "remove", "responses": {"204": none, "404": none}},
    });
    item[method] = json!({
        "operationId": "make", "requestBody": body,
        "responses": {"201": one, "200": one, "400": none, "415": none, "422": none},
    });
    json!({"openapi": "3.1.0", "info": {"title": "Groups", "version": "1"}, "paths": {
        "/groups": {"get": {"operationId": "list", "responses": {"200": all}}},
        "/groups/{name}": item,
        "/groups/{name}/members": {"parameters": name, "post": {
            "operationId": "join", "requestBody": body,
            "responses": {"200": one, "400": none, "404": none, "415": none, "422": none},
        }},
    }})
}

#[rstest]
#[case("put")]
#[case("post")]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_names_is_made_changed_and_removed(#[case] method: &str) {
    let api = Api::written(&document(method), "");
    let mock = api.mock(&[]).await;
    let before = mock.state();
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.iter().all(|finding| finding.operation != "remove"), "{:#?}", run.findings);
    let told: Vec<_> = run.operations.iter().map(|o| (o.operation.as_str(), o.kind, o.verdict)).collect();
    let conforms = |id, kind| (id, kind, Verdict::Conforms);
    assert_eq!(
        told,
        [
            conforms("list", None),
            conforms("read", None),
            conforms("make", Some(Kind::Create)),
            conforms("remove", Some(Kind::Own)),
            conforms("join", Some(Kind::Own)),
        ]
    );
    assert!(run.leftovers.is_empty(), "{:?}", run.leftovers);
    assert_eq!(mock.state(), before, "what was there is as it was");
}

/// Without a DELETE nothing takes back what is made, so that nothing is made.
#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_removes_is_not_made() {
    let mut document = document("put");
    document["paths"]["/groups/{name}"].as_object_mut().expect("an item").remove("delete");
    let api = Api::written(&document, "");
    let mock = api.mock(&[]).await;
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    let make = run.operations.iter().find(|o| o.operation == "make").expect("it");
    assert_eq!((make.requests, make.verdict), (0, Verdict::Inconclusive));
    assert!(mock.requests().iter().all(|request| request.method != "PUT"));
}
