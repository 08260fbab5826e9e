//! `/__counterpart/`: health, the document, the journal, set answers and tokens.
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
use super::answer::{Answer, Table};
use super::handle::{collect, into_response, json_answer};
use super::journal::Entry;
use super::refuse::problem;
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
pub(super) struct SetAnswer {
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
pub(super) fn set_answer(session: &Session, operation: &Operation, table: &Table) -> Option<Answer> {
    if session.set_count.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut set = session.set.lock().unwrap_or_else(PoisonError::into_inner);
    let at = set.iter().position(|set| set.operation == operation.id)?;
    let chosen = set.get_mut(at)?;
    chosen.times = chosen.times.saturating_sub(1);
    let chosen = if chosen.times == 0 { set.remove(at) } else { chosen.clone() };
    session.set_count.store(u64::try_from(set.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    drop(set);
    let code = chosen.code.unwrap_or(table.success);
    let status = StatusCode::from_u16(code).ok()?;
    let mut answer = match (&chosen.body, &chosen.example) {
        (Some(body), _) => json_answer(status, body),
        (None, Some(name)) => table.named(name)?.clone(),
        (None, None) => {
            table.with_status(code, None).cloned().unwrap_or_else(|| Answer::empty(status, "control"))
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

pub(super) async fn handle(
    app: &App,
    session: &Session,
    parts: Parts,
    body: Body,
) -> axum::response::Response {
    let is_head = parts.method == Method::HEAD;
    let answer = match guard(app, &parts.headers) {
        Some(refused) => refused,
        None => match named(app, parts.uri.query()) {
            Ok(Some(session)) => route(app, &session, &parts, body).await,
            Ok(None) => route(app, session, &parts, body).await,
            Err(why) => problem(400, &why, None),
        },
    };
    into_response(answer, is_head)
}

/// The session that `?session=NAME` names.
fn named(app: &App, query: Option<&str>) -> Result<Option<Arc<Session>>, String> {
    let pairs = style::pairs(query.unwrap_or_default());
    let Some((_, name)) = pairs.iter().find(|(name, _)| name == "session") else { return Ok(None) };
    app.inner.sessions.named(name, (app.inner.options.clock)().as_second()).map(Some)
}

/// Refuses what may come from a web page (DNS rebinding, cross-site requests).
fn guard(app: &App, headers: &HeaderMap) -> Option<Answer> {
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

async fn route(app: &App, session: &Session, parts: &Parts, body: Body) -> Answer {
    let path = parts.uri.path();
    let name = path.find(PREFIX).and_then(|at| path.get(at + PREFIX.len()..)).unwrap_or_default();
    match (parts.method.as_str(), name) {
        ("GET" | "HEAD", "health") => json_answer(StatusCode::OK, &json!({ "status": "ok" })),
        ("GET" | "HEAD", "openapi.json") => json_answer(StatusCode::OK, &app.inner.contract.document.tree),
        ("GET" | "HEAD", "metrics") => metrics(app),
        ("GET" | "HEAD", "requests") => requests(app, session, parts.uri.query()),
        ("DELETE", "requests") => {
            session.journal.clear();
            Answer::empty(StatusCode::NO_CONTENT, "control")
        }
        ("GET", "answers") => {
            let set = session.set.lock().unwrap_or_else(PoisonError::into_inner);
            let list: Vec<Value> = set
                .iter()
                .map(|set| json!({ "operation": set.operation, "times": set.times, "code": set.code }))
                .collect();
            json_answer(StatusCode::OK, &json!({ "count": list.len(), "answers": list }))
        }
        ("POST", "answers") => add_answer(app, session, body).await,
        ("DELETE", "answers") => {
            session.set.lock().unwrap_or_else(PoisonError::into_inner).clear();
            session.set_count.store(0, Ordering::Relaxed);
            Answer::empty(StatusCode::NO_CONTENT, "control")
        }
        ("POST", "token") => token(app, body).await,
        ("GET" | "HEAD", "state") => json_answer(StatusCode::OK, &app.show_state(session)),
        ("PUT", "state") => match json_body(app, body).await {
            Ok(wanted) => app.put_state(session, &wanted),
            Err(refused) => *refused,
        },
        ("DELETE", "state") => {
            *session.store.lock().unwrap_or_else(PoisonError::into_inner) = Store::default();
            session.calls.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
            Answer::empty(StatusCode::NO_CONTENT, "control")
        }
        (_, "health" | "openapi.json" | "metrics" | "requests" | "answers" | "state" | "token") => {
            problem(405, "this control address has another method", None)
        }
        _ => {
            problem(404, "there are health, openapi.json, metrics, requests, answers, state and token", None)
        }
    }
}

fn metrics(app: &App) -> Answer {
    let mut answer = Answer::empty(StatusCode::OK, "control");
    answer.headers.insert("content-type", HeaderValue::from_static("text/plain; version=0.0.4"));
    let requests = app.inner.requests.load(Ordering::Relaxed);
    answer.body = format!(
        "# HELP counterpart_requests_total Requests answered.\n# TYPE counterpart_requests_total counter\n\
         counterpart_requests_total {requests}\n"
    )
    .into();
    answer
}

/// A JSON body of a control request.
async fn json_body(app: &App, body: Body) -> Result<Value, Box<Answer>> {
    let octets = collect(body, app.inner.options.max_body)
        .await
        .map_err(|status| Box::new(problem(status.as_u16(), "the body cannot be read", None)))?;
    serde_json::from_slice(&octets)
        .map_err(|error| Box::new(problem(400, &format!("the body is no JSON: {error}"), None)))
}

async fn add_answer(app: &App, session: &Session, body: Body) -> Answer {
    let octets = match collect(body, app.inner.options.max_body).await {
        Ok(octets) => octets,
        Err(status) => return problem(status.as_u16(), "the body cannot be read", None),
    };
    let set: SetAnswer = match serde_json::from_slice(&octets) {
        Ok(set) => set,
        Err(error) => return problem(400, &format!("no answer can be set: {error}"), None),
    };
    if app.inner.contract.operation(&set.operation).is_none() {
        let known = app.inner.contract.operations.iter().map(|operation| operation.id.as_str());
        let help = crate::settings::nearest(&set.operation, known);
        return problem(400, &format!("there is no operation {:?}; {help}", set.operation), None);
    }
    if set.code.is_some_and(|code| !(200..600).contains(&code)) || set.times == 0 {
        return problem(400, "`code` is 200 to 599 and `times` at least 1", None);
    }
    /// More set answers than these are a mistake.
    const MAX: usize = 10_000;
    let mut all = session.set.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MAX {
        return problem(400, "too many answers are set; DELETE answers first", None);
    }
    all.push(set);
    session.set_count.store(u64::try_from(all.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    Answer::empty(StatusCode::CREATED, "control")
}

/// OAuth2 client credentials (RFC 6749 §4.4): a self-describing key of the requested scopes.
pub(super) async fn token(app: &App, body: Body) -> Answer {
    let Ok(octets) = collect(body, 64 << 10).await else {
        return problem(413, "the form is too large", None);
    };
    let text = String::from_utf8_lossy(&octets);
    let scope = style::pairs(&text)
        .into_iter()
        .find(|(name, _)| name == "scope")
        .map(|(_, value)| value.into_owned());
    let scope = scope.unwrap_or_else(|| app.inner.contract.scopes.names().join(" "));
    let joined = scope.split_whitespace().collect::<Vec<_>>().join("+");
    let body = json!({
        "access_token": format!("mock:{joined}"), "token_type": "Bearer", "expires_in": 3600, "scope": scope,
    });
    let mut answer = json_answer(StatusCode::OK, &body);
    answer.headers.insert("cache-control", HeaderValue::from_static("no-store"));
    answer
}

fn requests(app: &App, session: &Session, query: Option<&str>) -> Answer {
    let contract = &app.inner.contract;
    let filters = style::pairs(query.unwrap_or_default());
    let mut entries = session.journal.entries();
    for (name, value) in &filters {
        match name.as_ref() {
            "operation" => entries.retain(|entry| {
                entry
                    .operation
                    .and_then(|index| contract.operations.get(index))
                    .is_some_and(|o| o.id == *value)
            }),
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
    let names = |wanted: Location| {
        contract.schemes.values().filter_map(move |scheme| match &scheme.kind {
            SchemeKind::ApiKey(location, name) if *location == wanted => Some(name.as_str()),
            _ => None,
        })
    };
    let secrets = app.inner.options.keys.iter().map(|key| Secret::new(key.token.reveal()));
    let redactor = Redactor::new(secrets).with_names(names(Location::Header), names(Location::Query));
    let shown: Vec<Value> = entries.iter().map(|entry| show(app, session, &redactor, entry)).collect();
    json_answer(StatusCode::OK, &json!({ "count": shown.len(), "requests": shown }))
}

fn show(app: &App, session: &Session, redactor: &Redactor, entry: &Entry) -> Value {
    let request = &entry.request;
    let operation = entry.operation.and_then(|index| app.inner.contract.operations.get(index));
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
        "operation": operation.map(|o| o.id.clone()), "method": request.method.as_str(),
        "url": url, "path": redactor.text(&request.path), "query": query,
        "headers": redactor.headers(&request.headers), "body": body, "key": entry.key,
        "status": entry.status, "source": entry.source, "violations": violations,
    })
}
