//! The endpoints of the control API, except the journal.

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::ControlRequest;
use crate::mock::answer::Override;
use crate::mock::response::{Response, Source};
use crate::mock::service::Service;
use crate::mock::state::StateError;
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
    let answers = request.session.data.overrides.list();
    ok(&json!({ "count": answers.len(), "answers": answers }))
}

pub(super) fn add_override(request: &ControlRequest<'_>) -> Response {
    let one: Override = match serde_json::from_slice(&request.body) {
        Ok(one) => one,
        Err(error) => return Response::problem(400, &format!("the answer cannot be set: {error}"), None),
    };
    match request.control().set_answer(one) {
        Ok(()) => Response::empty(StatusCode::CREATED, Source::Control),
        Err(why) => Response::problem(400, &why, None),
    }
}

pub(super) fn clear_overrides(request: &ControlRequest<'_>) -> Response {
    request.control().clear_answers();
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
    match request.control().play(name.as_deref()) {
        Ok(()) => no_content(),
        Err(why) => request.first.options.scenarios.unknown(&why),
    }
}

/// What a session holds; of several documents by their names.
pub(super) fn show_state(request: &ControlRequest<'_>) -> Response {
    let exported = |service: &Service| request.control().state(service);
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
    match request.control().set_state(service, &wanted) {
        Ok(()) => no_content(),
        Err(error @ StateError::Stateless) => Response::problem(409, &error.to_string(), None),
        Err(error @ StateError::Invalid(_)) => Response::problem(400, &error.to_string(), None),
        Err(error @ StateError::Full) => Response::problem(507, &error.to_string(), None),
    }
}

pub(super) fn reset_state(request: &ControlRequest<'_>) -> Response {
    request.control().reset_state();
    no_content()
}

pub(super) fn issue_token(request: &ControlRequest<'_>) -> Response {
    token::issue(&request.body, || {
        let services = request.documents.services.iter();
        services.map(|service| service.contract.scopes.names().join(" ")).collect::<Vec<_>>().join(" ")
    })
}
