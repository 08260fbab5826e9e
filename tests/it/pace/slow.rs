//! A server that takes its time, and its documents: one that only reads, and one that writes. `benches/check.rs` uses
//! them too.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Collections, each with a list, one object, and what belongs to it: three operations.
pub fn document(collections: usize) -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let thing = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer"}, "name": {"type": "string"}, "kind": {"enum": ["a", "b"]}}});
    let page = json!({"type": "object", "required": ["results"], "properties": {
        "next": {"type": ["string", "null"]}, "results": {"type": "array", "items": thing}}});
    let no = json!({"description": "no", "content": content(json!({"type": "object"}))});
    let of = |schema: &Value| json!({"200": {"description": "ok", "content": content(schema.clone())}, "404": no, "4XX": no});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    let limit = json!({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}});
    let mut paths = json!({});
    for at in 0..collections {
        let op = |name: &str| format!("{name}_{at}");
        paths[format!("/things{at}")] =
            json!({"get": {"operationId": op("list"), "parameters": [limit], "responses": of(&page)}});
        paths[format!("/things{at}/{{id}}")] = json!({"parameters": [id],
            "get": {"operationId": op("read"), "responses": of(&thing)}});
        paths[format!("/things{at}/{{id}}/parts")] = json!({"parameters": [id],
            "get": {"operationId": op("parts"), "responses": of(&page)}});
    }
    json!({"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": paths})
}

/// Collections, each with what lists, makes, reads, changes and removes its objects: five operations.
pub fn writing(collections: usize) -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let name = json!({"name": {"type": "string", "minLength": 1, "maxLength": 60}});
    let thing = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer"}, "name": {"type": "string"}}});
    let page = json!({"type": "object", "required": ["results"], "properties": {
        "next": {"type": ["string", "null"]}, "results": {"type": "array", "items": thing}}});
    let no = json!({"description": "no", "content": content(json!({"type": "object"}))});
    let of = |status: &str, schema: &Value| json!({status: {"description": "ok", "content": content(schema.clone())}, "4XX": no});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    let body = |required: Value| {
        let schema = json!({"type": "object", "required": required, "properties": name});
        json!({"required": true, "content": content(schema)})
    };
    let mut paths = json!({});
    for at in 0..collections {
        let op = |name: &str| format!("{name}_{at}");
        paths[format!("/made{at}")] = json!({
            "get": {"operationId": op("list"), "responses": of("200", &page)},
            "post": {"operationId": op("create"), "requestBody": body(json!(["name"])), "responses": of("201", &thing)}});
        paths[format!("/made{at}/{{id}}")] = json!({"parameters": [id],
            "get": {"operationId": op("read"), "responses": of("200", &thing)},
            "patch": {"operationId": op("change"), "requestBody": body(json!([])), "responses": of("200", &thing)},
            "delete": {"operationId": op("remove"), "responses": {"204": {"description": "gone"}, "4XX": no}}});
    }
    json!({"openapi": "3.1.0", "info": {"title": "Made", "version": "1"}, "paths": paths})
}

/// Objects by the number of their collection and their id.
type Made = BTreeMap<(usize, usize), String>;

/// The server, how many requests it got, and what was made.
pub struct Slow {
    pub address: SocketAddr,
    got: Arc<AtomicUsize>,
    made: Arc<Mutex<Made>>,
    together: Arc<Together>,
}

/// How many writes were under way at the same time.
#[derive(Default)]
struct Together {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Slow {
    /// Serves on a port of its own until the runtime ends; each answer takes that long. Of so many requests as `fail`
    /// says, one is answered with 500 after it was carried out; none where that is nought.
    pub async fn start(latency: Duration, fail: usize) -> Self {
        let (got, made) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Made>>::default());
        let together = Arc::<Together>::default();
        let (counted, known, writes) = (Arc::clone(&got), Arc::clone(&made), Arc::clone(&together));
        let app = Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| {
            let count = counted.fetch_add(1, Ordering::Relaxed) + 1;
            let (known, writes) = (Arc::clone(&known), Arc::clone(&writes));
            async move {
                let is_write = usize::from(matches!(method.as_str(), "POST" | "PATCH" | "DELETE"));
                let now = writes.now.fetch_add(is_write, Ordering::Relaxed) + is_write;
                writes.most.fetch_max(now, Ordering::Relaxed);
                tokio::time::sleep(latency).await;
                writes.now.fetch_sub(is_write, Ordering::Relaxed);
                let mut made = known.lock().unwrap_or_else(PoisonError::into_inner);
                let answer = answer(&method, &uri, &body, &mut made);
                if fail > 0 && count % fail == 0 {
                    return json(StatusCode::INTERNAL_SERVER_ERROR, &json!({}));
                }
                // Two runs are compared.
                ([(header::DATE, "Thu, 26 Nov 2026 12:00:00 GMT")], answer).into_response()
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { address, got, made, together }
    }

    /// Requests since it was last asked.
    pub fn got(&self) -> usize {
        self.got.swap(0, Ordering::Relaxed)
    }

    /// Objects that are left, and the most writes that were under way at the same time, since it was last asked.
    pub fn left(&self) -> (usize, usize) {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        (made.values().filter(|name| !name.is_empty()).count(), self.together.most.swap(0, Ordering::Relaxed))
    }
}

fn answer(method: &Method, uri: &Uri, body: &[u8], made: &mut Made) -> Response {
    let names: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    if let Some(number) = names[0].strip_prefix("made").and_then(|at| at.parse::<usize>().ok()) {
        return stored(method, (number, names.get(1).copied()), body, made);
    }
    if *method != Method::GET && *method != Method::HEAD {
        return json(StatusCode::METHOD_NOT_ALLOWED, &json!({}));
    }
    let number = names[0].strip_prefix("things").and_then(|at| at.parse::<usize>().ok());
    let Some(number) = number else { return json(StatusCode::NOT_FOUND, &json!({})) };
    let thing = |id: usize| match number % 7 {
        // Some have a defect.
        3 => json!({"id": id, "name": 7}),
        5 => json!({"id": id, "name": "x", "kind": "c"}),
        _ => json!({"id": id, "name": format!("thing {id}"), "kind": "a"}),
    };
    let page = |ids: std::ops::RangeInclusive<usize>| {
        let limit = uri.query().and_then(|query| query.strip_prefix("limit=")?.parse().ok()).unwrap_or(10);
        json!({"next": null, "results": ids.take(limit).map(thing).collect::<Vec<_>>()})
    };
    match names.as_slice() {
        [_] => json(StatusCode::OK, &page(1..=3)),
        [_, id] | [_, id, "parts"] => match (id.parse(), names.len()) {
            (Ok(id @ 1..=3), 2) => json(StatusCode::OK, &thing(id)),
            (Ok(1..=3), _) => json(StatusCode::OK, &page(11..=12)),
            _ => json(StatusCode::NOT_FOUND, &json!({})),
        },
        _ => json(StatusCode::NOT_FOUND, &json!({})),
    }
}

fn json(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Objects that are made; two are there before. What is removed is kept without a name, so that no id comes twice.
fn stored(method: &Method, (number, id): (usize, Option<&str>), body: &[u8], made: &mut Made) -> Response {
    let shown = |id: usize, name: &str| json!({"id": id, "name": name});
    let no = |status: StatusCode| json(status, &json!({}));
    let name = serde_json::from_slice::<Value>(body).ok().and_then(|body| match body.get("name") {
        Some(name) => {
            name.as_str().filter(|name| (1..=60).contains(&name.chars().count())).map(str::to_owned)
        }
        None => body.is_object().then(String::new),
    });
    let own = made.range((number, 0)..(number + 1, 0)).filter(|(_, name)| !name.is_empty());
    let Some(id) = id else {
        return match (method.as_str(), name) {
            ("GET" | "HEAD", _) => {
                let own = own.map(|((_, id), name)| shown(*id, name));
                let all: Vec<Value> =
                    [1, 2].map(|id| shown(id, "there before")).into_iter().chain(own).collect();
                json(StatusCode::OK, &json!({"next": null, "results": all}))
            }
            ("POST", Some(name)) if !name.is_empty() => {
                let next =
                    made.range((number, 0)..(number + 1, 0)).next_back().map_or(3, |((_, id), _)| id + 1);
                made.insert((number, next), name.clone());
                json(StatusCode::CREATED, &shown(next, &name))
            }
            ("POST", _) => no(StatusCode::BAD_REQUEST),
            _ => no(StatusCode::METHOD_NOT_ALLOWED),
        };
    };
    let id = id.parse::<usize>().unwrap_or(0);
    let there = [1, 2].contains(&id).then(|| "there before".to_owned());
    let Some(known) = there.or_else(|| made.get(&(number, id)).filter(|name| !name.is_empty()).cloned())
    else {
        return no(StatusCode::NOT_FOUND);
    };
    match (method.as_str(), name) {
        ("GET" | "HEAD", _) => json(StatusCode::OK, &shown(id, &known)),
        ("PATCH", Some(name)) => {
            let name = if name.is_empty() { known } else { name };
            // Some have a defect.
            if number % 5 != 2 {
                made.insert((number, id), name.clone());
            }
            json(StatusCode::OK, &shown(id, &name))
        }
        ("PATCH", None) => no(StatusCode::BAD_REQUEST),
        ("DELETE", _) => {
            made.insert((number, id), String::new());
            StatusCode::NO_CONTENT.into_response()
        }
        _ => no(StatusCode::METHOD_NOT_ALLOWED),
    }
}
