//! What a run learns from refusals and from what is there, where the document leaves it out.

use std::sync::{Arc, Mutex};

use rstest::rstest;
use serde_json::{Value, json};

use crate::check::recorder::OperationState;
use crate::check::scripted::{Bench, Reply, Scripted, Told, answer, pets};
use crate::check::steps::send;
use crate::exchange::Request;

/// Sends the plain steps of operations, the last of which nothing is known of yet: its status.
async fn sent(bench: &Bench, target: &Scripted, operations: &[&str]) -> (Option<u16>, Told) {
    let mut status = None;
    let told = bench
        .phase(target, async |session| {
            for operation in operations {
                let index = bench.index(operation);
                *session.recorder.state_mut(index).unwrap() = OperationState::default();
                let step = session.base(session.contract.at(index).unwrap()).unwrap();
                status = send(session, &step).await.ok().and_then(|exchange| exchange.status());
            }
        })
        .await;
    (status, told)
}

fn member(request: &Request, name: &str) -> Value {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    body[name].clone()
}

/// Members that only refusals ask for are what listed objects have; the name is the run's own.
#[rstest]
#[case::shown(true, Some(201))]
#[case::not_shown(false, Some(422))]
#[tokio::test(start_paused = true)]
async fn members_that_the_document_leaves_out(#[case] is_shown: bool, #[case] expected: Option<u16>) {
    let mut tree = pets();
    tree["paths"]["/pets"]["post"]["requestBody"] =
        json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}}}});
    let shown = if is_shown { json!([{"id": 1, "name": "rex", "race": "dog"}]) } else { json!([]) };
    let sent_name = Arc::new(Mutex::new(Value::Null));
    let kept = sent_name.clone();
    let target = Scripted::default()
        .reply("GET /pets", 200, json!({"count": 1, "next": null, "results": shown}))
        .twist("POST /pets", move |request: &Request, _: Reply| {
            if member(request, "race") != "dog" {
                return answer(422, &json!({"race": ["This field is required."]}));
            }
            let name = member(request, "name");
            if !name.is_string() {
                return answer(422, &json!({"name": ["This field is required."]}));
            }
            *kept.lock().unwrap() = name.clone();
            answer(201, &json!({"id": 2, "name": name}))
        });
    let (status, _) = sent(&Bench::of(tree), &target, &["list", "create"]).await;
    assert_eq!(status, expected, "{:?}", target.sent());
    assert_eq!(sent_name.lock().unwrap().as_str().is_some_and(|name| name.contains("qtestq")), is_shown);
}

/// A replacement learns what it lacks in the same way.
#[tokio::test(start_paused = true)]
async fn members_that_a_replacement_lacks() {
    let mut tree = pets();
    tree["paths"]["/pets/{petId}"]["put"]["requestBody"] =
        json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}}}});
    let target = Scripted::with(&["rex"]).twist("PUT /pets/*", |request: &Request, _| {
        let is_named = member(request, "name").is_string();
        if is_named {
            answer(200, &json!({"id": 2, "name": "x"}))
        } else {
            answer(400, &json!({"name": "It is needed"}))
        }
    });
    let (status, _) = sent(&Bench::of(tree), &target, &["list", "create", "replace"]).await;
    assert_eq!(status, Some(200), "{:?}", target.sent());
}

/// A request for which the document has no body gets one where its refusal asks for it, and that is told.
#[rstest]
#[case::asked_for("Invalid JSON in request body", Some(200))]
#[case::refused("not today", Some(422))]
#[tokio::test(start_paused = true)]
async fn a_body_that_the_document_leaves_out(#[case] told: &'static str, #[case] expected: Option<u16>) {
    let mut tree = pets();
    tree["paths"]["/pets/{petId}/wash"] = json!({"parameters": tree["paths"]["/pets/{petId}"]["parameters"],
        "post": {"operationId": "wash", "responses": {"200": {"description": "done"}, "4XX": {"description": "no"}}}});
    let target = Scripted::with(&["rex"]).twist("POST /pets/*", move |request: &Request, _| {
        if request.body.is_empty() {
            answer(422, &json!({ "detail": told }))
        } else {
            answer(200, &json!({}))
        }
    });
    let bench = Bench::of(tree);
    let (status, seen) = sent(&bench, &target, &["create", "wash"]).await;
    assert_eq!(status, expected, "{:?}", target.sent());
    assert!(seen.seen.contains(&"valid-rejected wash".to_owned()), "{:?}", seen.seen);
}

/// A schedule that a refusal wants as that of cron is one that hardly ever comes.
#[tokio::test(start_paused = true)]
async fn a_schedule_of_cron() {
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["feeding"] = json!({"type": "string"});
    tree["components"]["schemas"]["Pet"]["required"] = json!(["name", "feeding"]);
    let target = Scripted::default().twist("POST /pets", |request: &Request, reply| {
        let feeding = member(request, "feeding");
        let is_cron = feeding.as_str().is_some_and(|text| text.split(' ').count() == 5);
        let why = "Invalid cron expression: feeding. Example: '*/5 * * * *'";
        if is_cron { reply } else { answer(422, &json!({ "error": why })) }
    });
    let (status, _) = sent(&Bench::of(tree), &target, &["create"]).await;
    assert_eq!(status, Some(201), "{:?}", target.sent());
}

/// What is made under a path by an id of the client's own is found by it, though no text of the run's is in it.
#[tokio::test(start_paused = true)]
async fn an_id_that_the_client_chooses() {
    let schema = json!({"type": "object", "properties": {"thread_id": {"type": "string", "format": "uuid"}}});
    let content = json!({"application/json": {"schema": schema}});
    let item = json!([{"name": "thread_id", "in": "path", "required": true,
        "schema": {"type": "string", "format": "uuid"}}]);
    let tree = json!({"openapi": "3.1.0", "paths": {
        "/threads": {"post": {"operationId": "create", "requestBody": {"required": true, "content": content},
            "responses": {"200": {"description": "made", "content": content}}}},
        "/threads/{thread_id}": {"parameters": item,
            "get": {"operationId": "read", "responses": {"200": {"description": "one", "content": content}}},
            "delete": {"operationId": "drop", "responses": {"204": {"description": "gone"}}}},
    }});
    let threads = Arc::new(Mutex::new(Vec::<String>::new()));
    let kept = threads.clone();
    let target = Scripted::default().twist("*", move |request: &Request, _| {
        let mut threads = kept.lock().unwrap();
        let id = request.path.trim_start_matches("/threads").trim_start_matches('/').to_owned();
        match request.method.as_str() {
            "POST" if id.is_empty() => {
                let Some(id) = member(request, "thread_id").as_str().map(str::to_owned) else {
                    return answer(400, &json!({"detail": "thread_id is needed"}));
                };
                if threads.contains(&id) {
                    return answer(409, &json!({"detail": "it exists"}));
                }
                threads.push(id);
                answer(201, &json!({"detail": "made, but something else went wrong"}))
            }
            "GET" | "HEAD" if threads.contains(&id) => answer(200, &json!({ "thread_id": id })),
            "DELETE" if threads.contains(&id) => {
                threads.retain(|known| *known != id);
                answer(204, &Value::Null)
            }
            _ => answer(404, &json!({"detail": "none"})),
        }
    });
    let outcome = Bench::of(tree).run(&target).await;
    let drop = outcome.run.operations.iter().find(|operation| operation.operation == "drop").unwrap();
    assert!(drop.statuses.contains_key("204"), "{:?}", target.sent());
    assert_eq!((threads.lock().unwrap().len(), outcome.run.leftovers), (0, Vec::new()));
}

/// To make a run of a flow is to run it: nobody else's flow is. A note beside it does nothing.
#[rstest]
#[case::runs("runs", 0)]
#[case::notes("notes", 1)]
#[tokio::test(start_paused = true)]
async fn deeds_are_not_done_to_objects_of_others(#[case] word: &str, #[case] expected: usize) {
    let list = json!({"200": {"description": "all", "content": {"application/json": {"schema":
        {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}});
    let id =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}});
    let body = json!({"required": true, "content": {"application/json": {"schema": {"type": "object",
        "required": ["name"], "properties": {"name": {"type": "string"}}}}}});
    let mut tree = json!({"openapi": "3.1.0", "paths": {"/flows": {"get": {"operationId": "flows", "responses": list}}}});
    tree["paths"][format!("/flows/{{flow}}/{word}")] = json!({"parameters": [id("flow")],
        "get": {"operationId": "list", "responses": list},
        "post": {"operationId": "create", "requestBody": body, "responses": {"201": {"description": "made"}}}});
    tree["paths"][format!("/flows/{{flow}}/{word}/{{id}}")] = json!({"parameters": [id("flow"), id("id")],
        "delete": {"operationId": "drop", "responses": {"204": {"description": "gone"}}}});
    let target = Scripted::default()
        .reply("GET /flows", 200, json!([{"id": 7}]))
        .reply("GET /flows/*", 200, json!([]))
        .twist("POST *", |request: &Request, _| {
            answer(201, &json!({"id": 3, "name": member(request, "name")}))
        })
        .reply("DELETE *", 204, Value::Null);
    let outcome = Bench::of(tree).run(&target).await;
    assert_eq!(target.count("POST").min(1), expected, "{:?}", target.sent());
    let create = outcome.run.operations.iter().find(|operation| operation.operation == "create").unwrap();
    let why = create.why.clone().unwrap_or_default();
    assert_eq!(why.contains("done to the object above it"), expected == 0, "{why}");
}
