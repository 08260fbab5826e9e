//! What the endpoints of control do, the journal apart.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::ControlRequest;
use crate::mock::overrides::Override;
use crate::mock::response::{Response, Source};
use crate::mock::service::Service;
use crate::mock::session::Session;
use crate::mock::state;
use crate::mock::token;

fn ok(body: &Value) -> Response {
    Response::json(StatusCode::OK, body)
}

pub(super) fn no_content() -> Response {
    Response::empty(StatusCode::NO_CONTENT, Source::Control)
}

pub(super) fn health(_: &ControlRequest<'_>) -> Response {
    ok(&json!({ "status": "ok" }))
}

pub(super) fn document(request: &ControlRequest<'_>) -> Response {
    request.service().map_or_else(|refused| *refused, |service| ok(&service.contract.document.tree))
}

pub(super) fn metrics(request: &ControlRequest<'_>) -> Response {
    let mut response = Response::empty(StatusCode::OK, Source::Control);
    response.headers.insert("content-type", HeaderValue::from_static("text/plain; version=0.0.4"));
    let requests = request.documents.statistics.requests();
    response.body = format!(
        "# HELP counterpart_requests_total Requests answered.\n# TYPE counterpart_requests_total counter\n\
         counterpart_requests_total {requests}\n"
    )
    .into();
    response
}

pub(super) fn show_overrides(request: &ControlRequest<'_>) -> Response {
    let list = request.session.data.overrides.list();
    let shown: Vec<Value> = list
        .iter()
        .map(|one| json!({ "operation": one.operation, "times": one.times, "code": one.code }))
        .collect();
    ok(&json!({ "count": shown.len(), "answers": shown }))
}

pub(super) fn add_override(request: &ControlRequest<'_>) -> Response {
    let one: Override = match serde_json::from_slice(&request.body) {
        Ok(one) => one,
        Err(error) => return Response::problem(400, &format!("no answer can be set: {error}"), None),
    };
    let services = &request.documents.services;
    let operations = || {
        services.iter().flat_map(|service| {
            service.contract.operations.iter().map(|operation| (service.name.as_str(), operation.id.as_str()))
        })
    };
    match operations().filter(|(document, operation)| one.is_for(document, operation)).count() {
        1 => {}
        0 => {
            let help = crate::config::nearest(&one.operation, operations().map(|(_, operation)| operation));
            let detail = format!("there is no operation {:?}; {help}", one.operation);
            return Response::problem(400, &detail, None);
        }
        _ => {
            let detail = format!("several documents have an operation {0:?}; write NAME/{0}", one.operation);
            return Response::problem(400, &detail, None);
        }
    }
    match request.session.data.overrides.add(one) {
        Ok(()) => Response::empty(StatusCode::CREATED, Source::Control),
        Err(why) => Response::problem(400, why, None),
    }
}

pub(super) fn clear_overrides(request: &ControlRequest<'_>) -> Response {
    request.session.data.overrides.clear();
    no_content()
}

pub(super) fn show_scenario(request: &ControlRequest<'_>) -> Response {
    let playing = request.session.data.scenario.load();
    let names = request.first.options.scenarios.names();
    ok(&json!({ "name": playing.as_deref(), "scenarios": names }))
}

pub(super) fn put_scenario(request: &ControlRequest<'_>) -> Response {
    let wanted = match request.json() {
        Ok(wanted) => wanted,
        Err(refused) => return *refused,
    };
    let name = match wanted.as_object().filter(|members| members.len() == 1).and_then(|m| m.get("name")) {
        Some(Value::String(name)) => Some(name.clone()),
        Some(Value::Null) => None,
        _ => {
            let detail = "write {\"name\": \"NAME\"}, or {\"name\": null} for none";
            return Response::problem(400, detail, None);
        }
    };
    let scenarios = &request.first.options.scenarios;
    if let Some(name) = &name
        && let Err(why) = scenarios.check(name)
    {
        return scenarios.unknown(&why);
    }
    request.session.data.scenario.store(name.map(Arc::new));
    no_content()
}

/// What a session holds; of several documents by their names.
pub(super) fn show_state(request: &ControlRequest<'_>) -> Response {
    let exported = |service: &Service| {
        let exported = service.with_state(request.session, state::export);
        exported.unwrap_or_else(|| json!({}))
    };
    match request.service() {
        Ok(service) => ok(&exported(service)),
        Err(refused) if refused.status == StatusCode::NOT_FOUND => *refused,
        Err(_) => {
            let services = request.documents.services.iter();
            ok(&services.map(|service| (service.name.clone(), exported(service))).collect())
        }
    }
}

pub(super) fn put_state(request: &ControlRequest<'_>) -> Response {
    let (wanted, service) = match (request.json(), request.service()) {
        (Ok(wanted), Ok(service)) => (wanted, service),
        (Err(refused), _) | (_, Err(refused)) => return *refused,
    };
    import(service, request.session, &wanted)
}

fn import(service: &Service, session: &Session, wanted: &Value) -> Response {
    if service.engine.is_none() {
        return Response::problem(409, "this mock keeps no state; start it with --stateful", None);
    }
    let Some(wanted) = wanted.as_object() else {
        let detail = "state is an object: a list of objects for each collection";
        return Response::problem(400, detail, None);
    };
    match service.with_state(session, |engine, store| state::import(engine, store, wanted)) {
        Some(Ok(())) => no_content(),
        Some(Err(refused)) => *refused,
        None => Response::problem(500, "the session knows nothing of this document", None),
    }
}

pub(super) fn reset_state(request: &ControlRequest<'_>) -> Response {
    for data in &request.session.documents {
        *data.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = state::Store::default();
        data.calls.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
    }
    no_content()
}

pub(super) fn issue_token(request: &ControlRequest<'_>) -> Response {
    token::issue(&request.body, || {
        let services = request.documents.services.iter();
        services.map(|service| service.contract.scopes.names().join(" ")).collect::<Vec<_>>().join(" ")
    })
}
