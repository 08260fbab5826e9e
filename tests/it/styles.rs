//! The mock's state for the many styles in which APIs are documented: each is served, used as a client would, and
//! checked.

use counterpart::contract::Kind;
use counterpart::mock::Options;
use rstest::rstest;
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

/// A read of five objects in pages; `members` are those of the answer beside the list, `headers` its header fields.
fn paged(parameters: &[(&str, Value)], members: &Value, headers: &Value) -> Value {
    let entries: Vec<Value> = (1..=5).map(|id| json!({"id": id, "size": 7 - id, "kind": "a"})).collect();
    let item = json!({"type": "object", "properties": {
        "id": {"type": "integer"}, "size": {"type": "integer"}, "kind": {"type": "string"}}});
    let mut properties = members.clone();
    properties["items"] = json!({"type": "array", "items": item});
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, schema)| json!({"name": name, "in": "query", "schema": schema}))
        .collect();
    json!({"openapi": "3.1.0", "paths": {"/pets": {"get": {"operationId": "list", "parameters": parameters,
        "responses": {"200": {"description": "all", "headers": headers, "content": {"application/json": {
            "schema": {"type": "object", "required": ["items"], "properties": properties},
            "example": {"items": entries},
        }}}},
    }}}})
}

#[tokio::test]
async fn totals_and_links_are_told_wherever_they_are() {
    let number = json!({"type": "integer"});
    let members = json!({
        "meta": {"type": "object", "properties": {
            "total": number, "count": number, "page": number, "total_pages": number, "has_more": {"type": "boolean"}}},
        "links": {"type": "object", "properties": {
            "next": {"type": ["string", "null"]}, "prev": {"type": "string"}, "last": {"type": "string"}}},
    });
    let headers = json!({
        "Link": {"schema": {"type": "string"}}, "X-Total-Count": {"schema": number}, "X-Next-Page": {"schema": number}});
    let parameters = [("page", number.clone()), ("per_page", json!({"type": "integer", "default": 2}))];
    let api = Api::written(&paged(&parameters, &members, &headers), "");
    let mock = api.mock(&[]).await;
    let url = |page: u8| format!("{}/pets?per_page=2&page={page}", mock.url);
    let response = mock.send("GET", "/pets?page=2", &[], "").await;
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["items"][0]["id"], 3);
    assert_eq!(body["meta"], json!({"total": 5, "count": 2, "page": 2, "total_pages": 3, "has_more": true}));
    assert_eq!(body["links"], json!({"next": url(3), "prev": url(1), "last": url(3)}));
    let links = [(3, "next"), (1, "prev"), (1, "first"), (3, "last")];
    let links = links.map(|(page, name)| format!("<{}>; rel=\"{name}\"", url(page)));
    assert_eq!(response.headers["link"], links.join(", ").as_str());
    assert_eq!(response.headers["x-total-count"], "5");
    assert_eq!(response.headers["x-next-page"], "3");
    let response = mock.send("GET", "/pets?page=3", &[], "").await;
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((&body["meta"]["has_more"], &body["links"]["next"]), (&json!(false), &Value::Null));
    assert!(!response.headers.contains_key("x-next-page"));
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}

#[tokio::test]
async fn marks_lead_from_page_to_page() {
    let members = json!({"next_cursor": {"type": "string"}, "has_more": {"type": "boolean"}});
    let parameters = [("limit", json!({"type": "integer"})), ("starting_after", json!({"type": "string"}))];
    let api = Api::written(&paged(&parameters, &members, &json!({})), "");
    let mock = api.mock(&[]).await;
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let (_, page) = send(&mock, "GET", &format!("/pets?limit=2{query}"), &Value::Null).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|pet| pet["id"].as_i64().unwrap()));
        let Some(next) = page["next_cursor"].as_str() else {
            assert_eq!(page["has_more"], false);
            break;
        };
        assert_eq!(page["has_more"], true);
        query = format!("&starting_after={next}");
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let (_, page) = send(&mock, "GET", "/pets?starting_after=4", &Value::Null).await;
    assert_eq!(page["items"][0]["id"], 5, "the id of an entry is a mark, too");
}

#[tokio::test]
async fn lists_are_sorted_by_members_that_no_enum_names() {
    let text = json!({"type": "string"});
    let parameters = [("sort", text.clone()), ("kind", json!({"type": "array", "items": text}))];
    let mock = Api::written(&paged(&parameters, &json!({}), &json!({})), "").mock(&[]).await;
    let ids = async |query: &str| {
        let (_, page) = send(&mock, "GET", &format!("/pets?{query}"), &Value::Null).await;
        page["items"].as_array().unwrap().iter().map(|pet| pet["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("sort=size").await, [5, 4, 3, 2, 1]);
    assert_eq!(ids("sort=-size").await, [1, 2, 3, 4, 5]);
    assert_eq!(ids("sort=kind,-size").await, [1, 2, 3, 4, 5]);
    assert_eq!(ids("sort=mood").await, [1, 2, 3, 4, 5]);
    assert_eq!(ids("kind=b,a&kind=c").await.len(), 5);
    assert_eq!(ids("kind=b,c").await, [0; 0]);
}

#[tokio::test]
async fn lists_of_plain_values_have_pages() {
    let number = json!({"type": "integer"});
    let get = json!({"operationId": "tags", "parameters": [
        {"name": "limit", "in": "query", "schema": number}, {"name": "offset", "in": "query", "schema": number},
    ], "responses": {"200": {"description": "all", "headers": {"X-Total": {"schema": number}}, "content": {
        "application/json": {"schema": {"type": "array", "items": {"type": "string"}}, "example": ["a", "b", "c"]},
    }}}});
    let api = Api::written(&json!({"openapi": "3.1.0", "paths": {"/tags": {"get": get}}}), "");
    let mock = api.mock(&[]).await;
    let response = mock.send("GET", "/tags?limit=1&offset=1", &[], "").await;
    assert_eq!((&response.body[..], &response.headers["x-total"]), (&b"[\"b\"]"[..], &"3".parse().unwrap()));
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}

#[tokio::test]
async fn state_is_answered_in_every_documented_form() {
    let pet = json!({"type": "object", "required": ["name"], "xml": {"name": "pet"}, "properties": {
        "id": {"type": "integer", "xml": {"attribute": true}}, "name": {"type": "string"}}});
    let pets = json!({"type": "array", "items": pet, "xml": {"name": "pets", "wrapped": true}});
    let of = |schema: &Value, forms: &[&str]| -> Value {
        let content: Value =
            forms.iter().map(|form| ((*form).to_owned(), json!({"schema": schema}))).collect();
        json!({"description": "it", "content": content})
    };
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    let forms = ["application/json", "application/xml"];
    let api = Api::written(
        &json!({"openapi": "3.0.3", "paths": {
            "/pets": {
                "get": {"operationId": "list", "responses": {"200": of(&pets, &[forms[0], forms[1], "text/csv"])}},
                "post": {"operationId": "add", "requestBody": of(&pet, &forms), "responses": {"201": of(&pet, &forms)}},
            },
            "/pets/{id}": {"parameters": [id], "get": {"operationId": "read", "responses": {"200": of(&pet, &forms)}}},
        }}),
        "",
    );
    let mock = api.mock(&[]).await;
    let headers = [("accept", "application/xml"), ("content-type", "application/xml")];
    let send = async |method: &str, target: &str, accept: &'static str, body: &str| {
        let headers = [("accept", accept), headers[1]];
        let response = mock.send(method, target, &headers[..if body.is_empty() { 1 } else { 2 }], body).await;
        let kind = response.headers["content-type"].to_str().unwrap().to_owned();
        (response.status.as_u16(), kind, String::from_utf8(response.body.to_vec()).unwrap())
    };
    let (status, kind, made) =
        send("POST", "/pets", "application/xml", "<pet id=\"7\"><name>Rex</name></pet>").await;
    assert_eq!((status, kind.as_str()), (201, "application/xml"));
    assert!(made.contains("id=\"7\"") && made.contains("<name>Rex</name>"), "{made}");
    assert_eq!(send("GET", "/pets/7", "application/xml", "").await.2, made);
    let read: Value = serde_json::from_str(&send("GET", "/pets/7", "application/json", "").await.2).unwrap();
    assert_eq!(read, json!({"id": 7, "name": "Rex"}));
    let (_, kind, listed) = send("GET", "/pets", "application/xml", "").await;
    assert!(kind == "application/xml" && listed.contains("<name>Rex</name>"), "{listed}");
    assert!(send("GET", "/pets", "text/csv", "").await.2.contains("7,Rex"));
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}

/// Users with tasks, and tasks with comments, of which nothing is written but schemas.
fn tasks() -> Value {
    let number = json!({"type": "integer"});
    let object = |members: Value| json!({"type": "object", "required": ["id"], "properties": members});
    let user = object(json!({"id": number, "name": {"type": "string"}}));
    let task = object(json!({"id": number, "user_id": number, "title": {"type": "string"},
        "user": object(json!({"id": number, "name": {"type": "string"}})),
        "user_ids": {"type": "array", "items": number, "minItems": 1},
        "comment_count": {"type": "integer", "readOnly": true}}));
    let comment = object(json!({"id": number, "task_id": number, "user_id": number}));
    let found =
        |schema: Value| json!({"description": "it", "content": {"application/json": {"schema": schema}}});
    let list = |schema: &Value| found(json!({"type": "array", "items": schema, "minItems": 2}));
    let body = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let id = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": number});
    json!({"openapi": "3.1.0", "paths": {
        "/users": {"get": {"operationId": "users", "responses": {"200": list(&user)}}},
        "/users/{user_id}": {"parameters": [id("user_id")],
            "get": {"operationId": "user", "responses": {"200": found(user)}}},
        "/tasks": {"get": {"operationId": "tasks", "responses": {"200": list(&task)}},
            "post": {"operationId": "add", "requestBody": body(&task), "responses": {"201": found(task.clone())}}},
        "/tasks/{task_id}": {"parameters": [id("task_id")],
            "get": {"operationId": "task", "responses": {"200": found(task)}}},
        "/tasks/{task_id}/comments": {"parameters": [id("task_id")],
            "get": {"operationId": "comments", "responses": {"200": list(&comment)}},
            "post": {"operationId": "comment", "requestBody": body(&comment), "responses": {"201": found(comment.clone())}}},
        "/tasks/{task_id}/comments/{comment_id}": {"parameters": [id("task_id"), id("comment_id")],
            "get": {"operationId": "oneComment", "responses": {"200": found(comment)}},
            "delete": {"operationId": "forget", "responses": {"204": {"description": "gone"}}}},
    }})
}

#[rstest]
#[case::plain(false)]
#[case::plausible(true)]
#[tokio::test]
async fn made_objects_hang_together(#[case] is_dynamic: bool) {
    let api = Api::written(&tasks(), "");
    let mock = api.mock_with(Options { dynamic: is_dynamic, ..api.options() }).await;
    let get = async |target: &str| send(&mock, "GET", target, &Value::Null).await;
    let (_, tasks) = get("/tasks").await;
    for task in tasks.as_array().unwrap() {
        if !task["user_id"].is_null() {
            let (status, user) = get(&format!("/users/{}", task["user_id"])).await;
            assert_eq!((status, &user["id"]), (200, &task["user_id"]), "{task}");
        }
        for id in task["user_ids"].as_array().into_iter().flatten() {
            assert_eq!(get(&format!("/users/{id}")).await.0, 200, "{task}");
        }
        if !task["user"].is_null() {
            assert_eq!(get(&format!("/users/{}", task["user"]["id"])).await.1["name"], task["user"]["name"]);
        }
        let at = format!("/tasks/{}/comments", task["id"]);
        let (_, comments) = get(&at).await;
        let count = comments.as_array().unwrap().len() as u64;
        let counted = task["comment_count"].as_u64().unwrap_or(count);
        assert_eq!(counted, count);
        assert!(
            comments
                .as_array()
                .unwrap()
                .iter()
                .all(|comment| [&task["id"], &Value::Null].contains(&&comment["task_id"]))
        );
    }
    let (_, made) = send(&mock, "POST", "/tasks", &json!({"id": 9001, "title": "new"})).await;
    assert_eq!(made["comment_count"], 0, "{made}");
    let (_, one) = send(&mock, "POST", "/tasks/9001/comments", &json!({"id": 1, "task_id": 9001})).await;
    assert_eq!(get("/tasks/9001").await.1["comment_count"], 1);
    let at = format!("/tasks/9001/comments/{}", one["id"]);
    assert_eq!(send(&mock, "DELETE", &at, &Value::Null).await.0, 204);
    assert_eq!(get("/tasks/9001").await.1["comment_count"], 0);
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}

/// A document whose bodies are XML alone.
fn in_xml() -> Value {
    let pet = json!({"type": "object", "required": ["name"], "xml": {"name": "pet"}, "properties": {
        "id": {"type": "integer", "readOnly": true, "xml": {"attribute": true}}, "name": {"type": "string"},
        "tags": {"type": "array", "xml": {"wrapped": true}, "items": {"type": "string", "xml": {"name": "tag"}}},
    }});
    let pets = json!({"type": "array", "items": pet, "xml": {"name": "pets", "wrapped": true}});
    let content = |schema: &Value| json!({"application/xml": {"schema": schema}});
    let answer = |schema: &Value| json!({"description": "it", "content": content(schema)});
    let body = json!({"required": true, "content": content(&pet)});
    let (no, done) = (json!({"description": "no"}), json!({"description": "done"}));
    json!({"openapi": "3.0.3", "paths": {
        "/pets": {
            "get": {"operationId": "all", "responses": {"200": answer(&pets)}},
            "post": {"operationId": "add", "requestBody": body, "responses": {"201": answer(&pet), "400": no}},
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "get": {"operationId": "read", "responses": {"200": answer(&pet), "404": no}},
            "put": {"operationId": "change", "requestBody": body, "responses": {"200": answer(&pet), "400": no, "404": no}},
            "delete": {"operationId": "remove", "responses": {"204": done, "404": no}},
        },
    }})
}

#[tokio::test]
async fn xml_alone_keeps_state() {
    let api = Api::written(&in_xml(), "");
    let mock = api.mock(&[]).await;
    let send = async |method: &str, target: &str, body: &str| -> (u16, String) {
        let response = mock.send(method, target, &[("content-type", "application/xml")], body).await;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        (response.status.as_u16(), text.split_once("?>\n").map_or(text.clone(), |(_, text)| text.to_owned()))
    };
    let (status, made) =
        send("POST", "/pets", "<pet><name>rex</name><tags><tag>big</tag></tags></pet>").await;
    let id = made.split('"').nth(1).expect("an id").to_owned();
    let rex = format!("<pet id=\"{id}\"><name>rex</name><tags><tag>big</tag></tags></pet>");
    assert_eq!((status, made.as_str()), (201, rex.as_str()));
    assert_eq!(send("GET", &format!("/pets/{id}"), "").await, (200, rex.clone()));
    assert!(send("GET", "/pets", "").await.1.contains(&rex));
    let max = rex.replace("rex", "max");
    assert_eq!(send("PUT", &format!("/pets/{id}"), &max).await, (200, max.clone()));
    assert_eq!(send("GET", &format!("/pets/{id}"), "").await, (200, max.clone()));
    assert_eq!(send("DELETE", &format!("/pets/{id}"), "").await.0, 204);
    assert_eq!(send("GET", &format!("/pets/{id}"), "").await.0, 404);
    assert!(!send("GET", "/pets", "").await.1.contains(&max));
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}
