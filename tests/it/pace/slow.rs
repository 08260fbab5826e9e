//! A server that only reads and takes its time, and its document. `benches/check.rs` uses it too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
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

/// The server, and how many requests it got.
pub struct Slow {
    pub address: SocketAddr,
    got: Arc<AtomicUsize>,
}

impl Slow {
    /// Serves on a port of its own until the runtime ends; each answer takes that long.
    pub async fn start(latency: Duration) -> Self {
        let got = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&got);
        let app = Router::new().fallback(move |method: Method, uri: Uri| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(latency).await;
                // Two runs are compared.
                ([(header::DATE, "Thu, 26 Nov 2026 12:00:00 GMT")], answer(&method, &uri))
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { address, got }
    }

    /// Requests since it was last asked.
    pub fn got(&self) -> usize {
        self.got.swap(0, Ordering::Relaxed)
    }
}

fn answer(method: &Method, uri: &Uri) -> Response {
    let json = |status: StatusCode, body: &Value| {
        (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    };
    if *method != Method::GET && *method != Method::HEAD {
        return json(StatusCode::METHOD_NOT_ALLOWED, &json!({}));
    }
    let names: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
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
