//! A small server with habits that are its own and no faults: of it nothing is said but that it
//! refuses. Each real fault beside them is found all the same.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rstest::rstest;
use serde_json::{Map, Value, json};

use crate::support::{Api, self_describing};

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    IgnoresPatch,
    IgnoresPut,
    IgnoresLeftOut,
    LosesInside,
    DeletesAgain,
    KeepsLeftOut,
}

#[derive(Debug, Default)]
struct Harbour {
    boats: Vec<Map<String, Value>>,
    made: u64,
    berths: Vec<String>,
}

type Shared = (Arc<Mutex<Harbour>>, Fault);

pub fn document() -> Value {
    let boat = json!({"$ref": "#/components/schemas/Boat"});
    let body =
        |schema: &Value| json!({"required": true, "content": {"application/json": {"schema": schema}}});
    let ok =
        |schema: &Value| json!({"description": "ok", "content": {"application/json": {"schema": schema}}});
    let page = json!({"type": "object", "properties": {
        "next": {"type": ["string", "null"]}, "boats": {"type": "array", "items": boat},
    }});
    let log = json!({"type": "object", "properties": {
        "next": {"type": ["string", "null"]},
        "log": {"type": "array", "items": {"type": "object", "properties": {"boat": {"type": "string"}}}},
    }});
    let text =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let limit = json!([
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
        {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}},
    ]);
    let (gone, bad) = (json!({"description": "gone"}), json!({"description": "bad"}));
    json!({"openapi": "3.1.0", "info": {"title": "Harbour", "version": "1"}, "paths": {
        "/boats": {
            "get": {"operationId": "boats", "parameters": limit, "responses": {"200": ok(&page), "400": bad}},
            "post": {"operationId": "build", "requestBody": body(&boat), "responses": {"201": ok(&boat), "400": bad, "415": bad}},
        },
        "/boats/{mark}": {
            "parameters": [text("mark")],
            "get": {"operationId": "boat", "responses": {"200": ok(&boat), "404": gone}},
            "put": {"operationId": "rebuild", "requestBody": body(&boat), "responses": {"200": ok(&boat), "400": bad, "404": gone, "415": bad}},
            "patch": {"operationId": "paint", "requestBody": body(&json!({"type": "object", "properties": {
                "name": {"type": "string", "minLength": 2, "maxLength": 30}, "masts": {"type": "integer"},
            }})), "responses": {"200": ok(&boat), "400": bad, "404": gone, "415": bad}},
            "delete": {"operationId": "scrap", "responses": {"204": {"description": "done"}, "404": gone}},
        },
        // To a GET it is a boat like any other.
        "/boats/new": {"post": {"operationId": "christen", "responses": {"200": ok(&json!({"type": "object"}))}}},
        // Its entries name boats, and have no id of their own.
        "/log": {"get": {"operationId": "log", "parameters": limit, "responses": {"200": ok(&log), "400": bad}}},
        "/log/{boat}": {"parameters": [text("boat")], "get": {"operationId": "entry", "responses": {"200": ok(&json!({"type": "object"})), "404": gone}}},
        "/wait/{seconds}": {"get": {"operationId": "wait", "parameters": [
            {"name": "seconds", "in": "path", "required": true, "schema": {"type": "integer"}},
        ], "responses": {"200": ok(&json!({"type": "object"}))}}},
        "/like/{text}": {"parameters": [text("text")], "get": {"operationId": "like", "responses": {"200": ok(&json!({"type": "array", "items": {"type": "object"}}))}}},
        "/like": {"get": {"operationId": "likes", "responses": {"200": ok(&json!({"type": "array", "items": {"type": "object"}}))}}},
        "/berths/{berth}": {
            "parameters": [text("berth")],
            // It makes the berth that it does not find.
            "get": {"operationId": "berth", "responses": {"200": ok(&json!({"type": "object"}))}},
            "delete": {"operationId": "leave", "responses": {"204": {"description": "done"}, "404": gone}},
        },
        "/sound": {"post": {"operationId": "sound", "responses": {"200": ok(&json!({"type": "object"}))}}},
    }, "components": {"schemas": {"Boat": {
        "type": "object", "required": ["name"], "properties": {
            "id": {"type": "integer", "readOnly": true},
            "mark": {"type": "string", "readOnly": true},
            "name": {"type": "string", "minLength": 2, "maxLength": 30},
            "masts": {"type": "integer", "default": 1, "example": 3},
            "passphrase": {"type": "string"},
            "crew": {"type": "object", "properties": {"id": {"type": "integer"}, "skipper": {"type": "string"}}},
            "access": {"type": "object", "properties": {"read": {"type": "array", "items": {"type": "string"}}}},
        },
    }}}})
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    if body.is_null() {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn page(query: &str, path: &str, name: &str, entries: &[Value]) -> Response {
    let of = |wanted: &str, least: usize, otherwise: usize| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
        found.map_or(Some(otherwise), |text| text.parse().ok()).filter(|n| *n >= least && *n <= 100)
    };
    let (Some(limit), Some(offset)) = (of("limit", 1, 100), of("offset", 0, 0)) else {
        return answer(400, &Value::Null);
    };
    let rest = entries.get(offset..).unwrap_or_default();
    let next = (rest.len() > limit).then(|| format!("{path}?limit={limit}&offset={}", offset + limit));
    answer(200, &json!({"next": next, name: rest.iter().take(limit).collect::<Vec<_>>()}))
}

/// Whether a body is one that the document allows.
fn is_allowed(body: &Map<String, Value>) -> bool {
    body.iter().all(|(name, value)| match name.as_str() {
        "name" => value.as_str().is_some_and(|text| (2..=30).contains(&text.chars().count())),
        "masts" => value.is_i64(),
        "passphrase" => value.is_string(),
        "crew" => {
            value.is_object()
                && value.get("skipper").is_none_or(Value::is_string)
                && value.get("id").is_none_or(Value::is_i64)
        }
        "access" => value.is_object() && is_list_of_texts(value.get("read")),
        _ => true,
    })
}

fn is_list_of_texts(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string)))
}

impl Harbour {
    fn keep(&mut self, mark: &str, body: &Map<String, Value>, fault: Fault) -> Value {
        let at = self.boats.iter().position(|boat| boat["mark"] == *mark).expect("a boat");
        for (name, value) in body {
            let mut value = value.clone();
            match name.as_str() {
                "id" | "mark" => continue,
                "name" => value = json!(value.as_str().unwrap_or_default().to_uppercase()),
                "passphrase" => value = json!("******"),
                "crew" => {
                    value["id"] = json!(self.made + 100);
                    if fault == Fault::LosesInside {
                        value["skipper"] = json!("nobody");
                    }
                }
                "access" => value["write"] = json!(["owner"]),
                _ => {}
            }
            self.boats[at].insert(name.clone(), value);
        }
        Value::Object(self.boats[at].clone())
    }

    fn build(&mut self, body: &Map<String, Value>, fault: Fault) -> Value {
        self.made += 1;
        let mark = format!("m{}", self.made);
        let boat = json!({"id": self.made, "mark": mark, "masts": 1});
        self.boats.push(boat.as_object().cloned().expect("an object"));
        self.keep(&mark, body, fault)
    }

    fn boat(
        &mut self,
        method: &Method,
        mark: &str,
        body: Option<&Map<String, Value>>,
        fault: Fault,
    ) -> Response {
        let Some(at) = self.boats.iter().position(|boat| boat["mark"] == *mark) else {
            let again = *method == Method::DELETE && fault == Fault::DeletesAgain && mark.starts_with('m');
            return answer(if again { 204 } else { 404 }, &Value::Null);
        };
        match (method.as_str(), body) {
            ("GET", _) => answer(200, &Value::Object(self.boats[at].clone())),
            ("DELETE", _) => {
                self.boats.remove(at);
                answer(204, &Value::Null)
            }
            ("PUT", Some(body)) if body.contains_key("name") && fault == Fault::IgnoresPut => {
                answer(200, &Value::Object(self.boats[at].clone()))
            }
            ("PUT", Some(body)) if body.contains_key("name") => {
                if fault != Fault::KeepsLeftOut {
                    // Who may see it is not for a replacement to say.
                    self.boats[at]
                        .retain(|name, _| ["id", "mark", "access", "passphrase"].contains(&name.as_str()));
                    self.boats[at].insert("masts".to_owned(), json!(1));
                }
                answer(200, &self.keep(mark, body, fault))
            }
            ("PATCH", Some(_)) if fault == Fault::IgnoresPatch => {
                answer(200, &Value::Object(self.boats[at].clone()))
            }
            ("PATCH", Some(body)) => {
                if fault == Fault::IgnoresLeftOut {
                    self.boats[at].remove("crew");
                }
                answer(200, &self.keep(mark, body, fault))
            }
            _ => answer(400, &Value::Null),
        }
    }
}

async fn serve(State((harbour, fault)): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let octets = to_bytes(body, 1 << 20).await.unwrap_or(Bytes::new());
    let is_json = head.headers.get(header::CONTENT_TYPE).is_none_or(|t| t == "application/json");
    let body = serde_json::from_slice::<Value>(&octets).ok().and_then(|body| body.as_object().cloned());
    let body = body.filter(is_allowed);
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    if head.method == Method::HEAD {
        return answer(405, &Value::Null);
    }
    if !is_json && head.method != Method::GET {
        return answer(415, &Value::Null);
    }
    let mut harbour = harbour.lock().expect("a harbour");
    match (head.method.as_str(), steps.as_slice()) {
        ("GET", ["boats"]) => {
            let boats: Vec<Value> = harbour.boats.iter().cloned().map(Value::Object).collect();
            page(query, "/boats", "boats", &boats)
        }
        ("POST", ["boats"]) => match body.filter(|body| body.contains_key("name")) {
            Some(body) => answer(201, &harbour.build(&body, fault)),
            None => answer(400, &Value::Null),
        },
        ("GET" | "POST", ["boats", "new"]) => answer(200, &json!({})),
        ("GET" | "PUT" | "PATCH" | "DELETE", ["boats", mark]) => {
            harbour.boat(&head.method, mark, body.as_ref(), fault)
        }
        ("GET", ["log"]) => {
            let days = [("a", 1), ("b", 2), ("a", 3), ("b", 4)];
            let days = days.map(|(boat, day)| json!({"boat": boat, "day": day}));
            page(query, "/log", "log", &days)
        }
        ("GET", ["log", "a" | "b"]) => answer(200, &json!({})),
        ("GET", ["log", _]) => answer(404, &Value::Null),
        ("GET", ["wait", seconds]) if seconds.len() < 2 => answer(200, &json!({})),
        ("GET", ["like"] | ["like", _]) => answer(200, &json!([])),
        ("GET", ["berths", berth]) => {
            harbour.berths.push((*berth).to_owned());
            answer(200, &json!({}))
        }
        ("DELETE", ["berths", berth]) => {
            let known = harbour.berths.len();
            harbour.berths.retain(|known| known != berth);
            answer(if harbour.berths.len() < known { 204 } else { 404 }, &Value::Null)
        }
        ("POST", ["sound"]) => answer(200, &json!({})),
        // The front-end's page, for whatever else is asked.
        _ => (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<html></html>").into_response(),
    }
}

async fn found(fault: Fault) -> Vec<(&'static str, String, String)> {
    let shared: Shared = (Arc::new(Mutex::new(Harbour::default())), fault);
    {
        let mut harbour = shared.0.lock().expect("a harbour");
        for name in ["Ada", "Bea", "Cleo"] {
            let boat = json!({"name": name});
            harbour.build(boat.as_object().expect("an object"), Fault::Nothing);
        }
        harbour.berths.push("north".to_owned());
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(serve).with_state(shared);
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    let settings = "[[check.request]]\noperation = \"leave\"\nparams = { berth = \"north\" }\ndisposable = true\n\
                    [[check.request]]\noperation = \"berth\"\nparams = { berth = \"north\" }\n";
    let (run, _) = Api::written(&document(), settings).check(&url, &self_describing()).await;
    server.abort();
    let told =
        run.findings.into_iter().map(|finding| (finding.rule.name(), finding.operation, finding.instance));
    told.filter(|(rule, ..)| *rule != "status-undocumented").collect()
}

#[rstest]
#[case::healthy(Fault::Nothing, &[])]
#[case::a_patch_without_effect(Fault::IgnoresPatch, &[("update-not-kept", "paint", "/name")])]
#[case::a_put_without_effect(Fault::IgnoresPut, &[("update-not-kept", "rebuild", "/name")])]
#[case::a_patch_that_drops(Fault::IgnoresLeftOut, &[("update-clobbered", "paint", "/crew")])]
#[case::an_inner_value_lost(Fault::LosesInside, &[("create-altered", "build", "/crew/skipper")])]
#[case::a_second_delete(Fault::DeletesAgain, &[("delete-missing-status", "scrap", "")])]
#[case::a_default_not_restored(Fault::KeepsLeftOut, &[("replace-merged", "rebuild", "/masts")])]
#[tokio::test(flavor = "multi_thread")]
async fn habits_are_no_faults(#[case] fault: Fault, #[case] expected: &[(&str, &str, &str)]) {
    let found = found(fault).await;
    let told: Vec<(&str, &str, &str)> =
        found.iter().map(|(rule, operation, at)| (*rule, operation.as_str(), at.as_str())).collect();
    assert_eq!(told, expected);
}
