//! `/__counterpart/`: health, the documents, the journal, set answers, scenario, state and tokens.
//!
//! A web page must not drive a developer's mock: `Host` must be loopback or allowed by name, a
//! foreign `Origin` is refused, and no CORS header is ever sent.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use axum::body::Body;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::error_response::problem;
use super::journal::Entry;
use super::replay::{PreparedResponses, Response};
use super::service::{collect, into_response, json_answer};
use super::session::Session;
use super::state::store::Store;
use crate::contract::{Location, Operation, SchemeKind, style};
use crate::exchange::Secret;
use crate::redact::Redactor;

/// Where control lives.
pub(super) const PREFIX: &str = "/__counterpart/";

/// An answer set by control, for the next calls of an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    operation: String,
    #[serde(default = "once")]
    times: u64,
    code: Option<u16>,
    #[serde(default)]
    headers: indexmap::IndexMap<String, String>,
    example: Option<String>,
    body: Option<Value>,
    delay: Option<String>,
}

fn once() -> u64 {
    1
}

/// The answer that was set for an operation, where there is one.
pub(super) fn set_answer(
    app: &App,
    session: &Session,
    operation: &Operation,
    table: &PreparedResponses,
) -> Option<Response> {
    let kept = &session.kept;
    if kept.set_count.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut set = kept.set.lock().unwrap_or_else(PoisonError::into_inner);
    let at = set.iter().position(|set| is_meant(app, &set.operation, operation))?;
    let chosen = set.get_mut(at)?;
    chosen.times = chosen.times.saturating_sub(1);
    let chosen = if chosen.times == 0 { set.remove(at) } else { chosen.clone() };
    kept.set_count.store(u64::try_from(set.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    drop(set);
    let code = chosen.code.unwrap_or(table.success);
    let status = StatusCode::from_u16(code).ok()?;
    let mut answer = match (&chosen.body, &chosen.example) {
        (Some(body), _) => json_answer(status, body),
        (None, Some(name)) => table.named(name)?.clone(),
        (None, None) => {
            table.with_status(code, None).cloned().unwrap_or_else(|| Response::empty(status, "control"))
        }
    };
    answer.status = status;
    answer.source = "control";
    for (name, value) in &chosen.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            answer.headers.insert(name, value);
        }
    }
    if let Some(delay) = chosen.delay.as_deref().and_then(|delay| crate::settings::duration(delay).ok()) {
        answer.delay = delay;
    }
    Some(answer)
}

/// Whether a name is that of an operation: alone, or behind the name of its document.
fn is_meant(app: &App, name: &str, operation: &Operation) -> bool {
    let document = &app.inner.name;
    let behind = || name.strip_prefix(document.as_str())?.strip_prefix('/');
    name == operation.id || (!document.is_empty() && behind() == Some(&operation.id))
}

pub(super) async fn handle(
    apps: &[App],
    session: &Session,
    parts: Parts,
    body: Body,
) -> axum::response::Response {
    let is_head = parts.method == Method::HEAD;
    let Some(first) = apps.first() else {
        return into_response(problem(404, "no document is served", None), is_head);
    };
    let answer = match guard(first, &parts.headers) {
        Some(refused) => refused,
        None => match named(first, parts.uri.query()) {
            Ok(Some(session)) => route(apps, first, &session, &parts, body).await,
            Ok(None) => route(apps, first, session, &parts, body).await,
            Err(why) => problem(400, &why, None),
        },
    };
    into_response(answer, is_head)
}

/// The session that `?session=NAME` names.
fn named(app: &App, query: Option<&str>) -> Result<Option<Arc<Session>>, String> {
    let pairs = style::pairs(query.unwrap_or_default());
    let Some((_, name)) = pairs.iter().find(|(name, _)| name == "session") else { return Ok(None) };
    app.inner.shared.sessions.named(name, (app.inner.options.clock)().as_second()).map(Some)
}

/// The document that `?document=NAME` names, or the only one.
fn document<'a>(apps: &'a [App], query: Option<&str>) -> Result<&'a App, Box<Response>> {
    let pairs = style::pairs(query.unwrap_or_default());
    let names = || apps.iter().map(|app| app.inner.name.as_str());
    match (pairs.iter().find(|(name, _)| name == "document"), apps) {
        (None, [only]) => Ok(only),
        (None, _) => {
            let available = Some(("available", json!({ "documents": names().collect::<Vec<_>>() })));
            Err(Box::new(problem(400, "there are several documents; say which: ?document=NAME", available)))
        }
        (Some((_, wanted)), _) => apps.iter().find(|app| app.inner.name == *wanted).ok_or_else(|| {
            let help = crate::settings::nearest(wanted, names());
            Box::new(problem(404, &format!("there is no document {wanted:?}; {help}"), None))
        }),
    }
}

/// Refuses what may come from a web page (DNS rebinding, cross-site requests).
fn guard(app: &App, headers: &HeaderMap) -> Option<Response> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_own(app, host) {
        return Some(problem(
            403,
            "the control address answers only to loopback names; add --allow-host",
            None,
        ));
    }
    let origin = headers.get(ORIGIN)?.to_str().unwrap_or_default();
    let from = origin.split_once("://").map_or(origin, |(_, host)| host);
    if is_own(app, from) && from == host {
        None
    } else {
        Some(problem(403, "a foreign origin may not control the mock", None))
    }
}

fn is_own(app: &App, host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        || app.inner.options.allow_hosts.iter().any(|allowed| allowed == name)
}

async fn route(apps: &[App], first: &App, session: &Session, parts: &Parts, body: Body) -> Response {
    let path = parts.uri.path();
    let query = parts.uri.query();
    let kept = &session.kept;
    let name = path.find(PREFIX).and_then(|at| path.get(at + PREFIX.len()..)).unwrap_or_default();
    match (parts.method.as_str(), name) {
        ("GET" | "HEAD", "health") => json_answer(StatusCode::OK, &json!({ "status": "ok" })),
        ("GET" | "HEAD", "openapi.json") => match document(apps, query) {
            Ok(app) => json_answer(StatusCode::OK, &app.inner.contract.document.tree),
            Err(refused) => *refused,
        },
        ("GET" | "HEAD", "metrics") => metrics(apps),
        ("GET" | "HEAD", "requests") => requests(apps, first, session, query),
        ("DELETE", "requests") => {
            kept.journal.clear();
            no_content()
        }
        ("GET", "answers") => {
            let set = kept.set.lock().unwrap_or_else(PoisonError::into_inner);
            let list: Vec<Value> = set
                .iter()
                .map(|set| json!({ "operation": set.operation, "times": set.times, "code": set.code }))
                .collect();
            json_answer(StatusCode::OK, &json!({ "count": list.len(), "answers": list }))
        }
        ("POST", "answers") => add_answer(apps, first, session, body).await,
        ("DELETE", "answers") => {
            kept.set.lock().unwrap_or_else(PoisonError::into_inner).clear();
            kept.set_count.store(0, Ordering::Relaxed);
            no_content()
        }
        ("POST", "token") => token(apps, body).await,
        ("GET" | "HEAD", "scenario") => {
            let playing = kept.scenario.load();
            let names = first.inner.options.scenarios.names();
            json_answer(StatusCode::OK, &json!({ "name": playing.as_deref(), "scenarios": names }))
        }
        ("PUT", "scenario") => match json_body(first, body).await {
            Ok(wanted) => set_scenario(first, session, &wanted),
            Err(refused) => *refused,
        },
        ("GET" | "HEAD", "state") => show_state(apps, session, query),
        ("PUT", "state") => match json_body(first, body).await {
            Ok(wanted) => put_state(apps, session, query, &wanted),
            Err(refused) => *refused,
        },
        ("DELETE", "state") => {
            for part in &session.parts {
                *part.store.lock().unwrap_or_else(PoisonError::into_inner) = Store::default();
                part.calls.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
            }
            no_content()
        }
        (
            _,
            "health" | "openapi.json" | "metrics" | "requests" | "answers" | "scenario" | "state" | "token",
        ) => problem(405, "this control address has another method", None),
        _ => {
            let all = "there are health, openapi.json, metrics, requests, answers, scenario, state and token";
            problem(404, all, None)
        }
    }
}

fn no_content() -> Response {
    Response::empty(StatusCode::NO_CONTENT, "control")
}

fn set_scenario(app: &App, session: &Session, wanted: &Value) -> Response {
    let name = match wanted.as_object().filter(|members| members.len() == 1).and_then(|m| m.get("name")) {
        Some(Value::String(name)) => Some(name.clone()),
        Some(Value::Null) => None,
        _ => {
            let what = "write {\"name\": \"NAME\"}, or {\"name\": null} for none";
            return problem(400, what, None);
        }
    };
    app.play(session, name).unwrap_or_else(no_content)
}

/// What a session holds; of several documents by their names.
fn show_state(apps: &[App], session: &Session, query: Option<&str>) -> Response {
    let shown = match document(apps, query) {
        Ok(app) => app.show_state(session),
        Err(refused) if refused.status == StatusCode::NOT_FOUND => return *refused,
        Err(_) => apps.iter().map(|app| (app.inner.name.clone(), app.show_state(session))).collect(),
    };
    json_answer(StatusCode::OK, &shown)
}

fn put_state(apps: &[App], session: &Session, query: Option<&str>, wanted: &Value) -> Response {
    match document(apps, query) {
        Ok(app) => app.put_state(session, wanted),
        Err(refused) => *refused,
    }
}

fn metrics(apps: &[App]) -> Response {
    let mut answer = Response::empty(StatusCode::OK, "control");
    answer.headers.insert("content-type", HeaderValue::from_static("text/plain; version=0.0.4"));
    let requests = super::documents::requests(apps);
    answer.body = format!(
        "# HELP counterpart_requests_total Requests answered.\n# TYPE counterpart_requests_total counter\n\
         counterpart_requests_total {requests}\n"
    )
    .into();
    answer
}

/// A JSON body of a control request.
async fn json_body(app: &App, body: Body) -> Result<Value, Box<Response>> {
    let octets = collect(body, app.inner.options.max_body)
        .await
        .map_err(|status| Box::new(problem(status.as_u16(), "the body cannot be read", None)))?;
    serde_json::from_slice(&octets)
        .map_err(|error| Box::new(problem(400, &format!("the body is no JSON: {error}"), None)))
}

async fn add_answer(apps: &[App], first: &App, session: &Session, body: Body) -> Response {
    let octets = match collect(body, first.inner.options.max_body).await {
        Ok(octets) => octets,
        Err(status) => return problem(status.as_u16(), "the body cannot be read", None),
    };
    let set: Override = match serde_json::from_slice(&octets) {
        Ok(set) => set,
        Err(error) => return problem(400, &format!("no answer can be set: {error}"), None),
    };
    let operations =
        || apps.iter().flat_map(|app| app.inner.contract.operations.iter().map(move |o| (app, o)));
    match operations().filter(|(app, operation)| is_meant(app, &set.operation, operation)).count() {
        1 => {}
        0 => {
            let known = operations().map(|(_, operation)| operation.id.as_str());
            let help = crate::settings::nearest(&set.operation, known);
            return problem(400, &format!("there is no operation {:?}; {help}", set.operation), None);
        }
        _ => {
            let what = format!("several documents have an operation {0:?}; write NAME/{0}", set.operation);
            return problem(400, &what, None);
        }
    }
    if set.code.is_some_and(|code| !(200..600).contains(&code)) || set.times == 0 {
        return problem(400, "`code` is 200 to 599 and `times` at least 1", None);
    }
    /// More set answers than these are a mistake.
    const MAX: usize = 10_000;
    let mut all = session.kept.set.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MAX {
        return problem(400, "too many answers are set; DELETE answers first", None);
    }
    all.push(set);
    session.kept.set_count.store(u64::try_from(all.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    Response::empty(StatusCode::CREATED, "control")
}

/// OAuth2 client credentials (RFC 6749 §4.4): a self-describing key of the requested scopes.
pub(super) async fn token(apps: &[App], body: Body) -> Response {
    let Ok(octets) = collect(body, 64 << 10).await else {
        return problem(413, "the form is too large", None);
    };
    let text = String::from_utf8_lossy(&octets);
    let scope = style::pairs(&text)
        .into_iter()
        .find(|(name, _)| name == "scope")
        .map(|(_, value)| value.into_owned());
    let all = || apps.iter().map(|app| app.inner.contract.scopes.names().join(" ")).collect::<Vec<_>>();
    let scope = scope.unwrap_or_else(|| all().join(" "));
    let joined = scope.split_whitespace().collect::<Vec<_>>().join("+");
    let body = json!({
        "access_token": format!("mock:{joined}"), "token_type": "Bearer", "expires_in": 3600, "scope": scope,
    });
    let mut answer = json_answer(StatusCode::OK, &body);
    answer.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    answer
}

fn requests(apps: &[App], first: &App, session: &Session, query: Option<&str>) -> Response {
    let filters = style::pairs(query.unwrap_or_default());
    let mut entries = session.kept.journal.entries();
    for (name, value) in &filters {
        match name.as_ref() {
            "operation" => entries.retain(|e| e.operation.as_ref().is_some_and(|o| o.id == *value)),
            "status" => entries.retain(|entry| entry.status.to_string() == *value),
            "key" => entries.retain(|entry| entry.key.as_deref() == Some(value)),
            "session" => {}
            "violations" => entries.retain(|entry| entry.violations.is_empty() == (value == "false")),
            other => {
                return problem(
                    400,
                    &format!("there is no filter {other:?}; use operation, status, key, violations"),
                    None,
                );
            }
        }
    }
    let redactor = redactor(apps);
    let shown: Vec<Value> = entries.iter().map(|entry| show(first, session, &redactor, entry)).collect();
    json_answer(StatusCode::OK, &json!({ "count": shown.len(), "requests": shown }))
}

/// Hides the keys that are known, and what stands where a document puts keys.
pub(super) fn redactor(apps: &[App]) -> Redactor {
    let names = |wanted: Location| {
        let schemes = apps.iter().flat_map(|app| app.inner.contract.schemes.values());
        schemes.filter_map(move |scheme| match &scheme.kind {
            SchemeKind::ApiKey(location, name) if *location == wanted => Some(name.as_str()),
            _ => None,
        })
    };
    let keys = apps.iter().flat_map(|app| &app.inner.options.keys);
    let secrets = keys.map(|key| Secret::new(key.token.reveal()));
    Redactor::new(secrets).with_names(names(Location::Header), names(Location::Query))
}

fn show(app: &App, session: &Session, redactor: &Redactor, entry: &Entry) -> Value {
    let request = &entry.request;
    let url = redactor.url(&format!("{}{}", app.inner.options.origin, request.target()));
    let query = url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let query: serde_json::Map<String, Value> = style::pairs(&query)
        .into_iter()
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    let media_type = crate::exchange::media_type(&request.headers);
    let body = redactor.body(&request.body, media_type.as_deref());
    let body = body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    let violations: Vec<Value> = entry
        .violations
        .iter()
        .map(|violation| {
            json!({ "in": violation.at.to_string(), "pointer": violation.instance(), "message": redactor.text(&violation.message) })
        })
        .collect();
    json!({
        "id": entry.id, "at": entry.at.to_string(), "session": (!session.name.is_empty()).then_some(&session.name),
        "operation": entry.operation.as_ref().map(|operation| &operation.id), "method": request.method.as_str(),
        "url": url, "path": redactor.text(&request.path), "query": query,
        "headers": redactor.headers(&request.headers), "body": body, "key": entry.key,
        "status": entry.status, "source": entry.source, "violations": violations,
    })
}
