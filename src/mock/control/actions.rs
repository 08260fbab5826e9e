//! The endpoints of the control API, except the journal.

use http::StatusCode;
use serde_json::{Value, json};

use super::ControlRequest;
use crate::mock::answer::Override;
use crate::mock::auth::unchecked;
use crate::mock::overrides::Unset;
use crate::mock::replica::Member;
use crate::mock::response::{Response, Source};
use crate::mock::service::Service;
use crate::mock::state::StateError;
use crate::mock::token;
use crate::redact::Redactor;

fn ok(body: &Value) -> Response {
    Response::json(StatusCode::OK, body)
}

pub(super) fn no_content() -> Response {
    Response::empty(StatusCode::NO_CONTENT, Source::Control)
}

/// With what a client must not take for checked.
pub(super) fn health(request: &ControlRequest<'_>) -> Response {
    let unchecked = unchecked(request.documents.services.iter().map(|service| &*service.contract));
    let mut health = json!({ "status": "ok", "unchecked": unchecked });
    if let Some(fleet) = &request.documents.sessions.fleet {
        let replicas = fleet.members();
        let differ = |of: fn(&Member) -> &str| {
            replicas
                .iter()
                .map(of)
                .filter(|of| !of.is_empty())
                .collect::<std::collections::HashSet<_>>()
                .len()
                > 1
        };
        health["store"] = json!({
            "address": fleet.link().address().to_string(), "ready": fleet.is_up(), "replica": fleet.name(),
            "mixed": { "document": differ(|one| &one.document), "version": differ(|one| &one.version) },
            "replicas": replicas,
        });
    }
    ok(&health)
}

/// Whether requests can be answered; `health` says whether the mock runs.
pub(super) fn ready(request: &ControlRequest<'_>) -> Response {
    match &request.documents.sessions.fleet {
        Some(fleet) if !fleet.is_up() => {
            Response::problem(503, "the store does not answer; requests that need it get 503", None)
        }
        _ => ok(&json!({ "ready": true })),
    }
}

pub(super) fn document(request: &ControlRequest<'_>) -> Response {
    request.service().map_or_else(|refused| *refused, |service| ok(&service.contract.document.tree))
}

pub(super) fn show_overrides(request: &ControlRequest<'_>) -> Response {
    let redactor = &request.documents.redactor;
    let answers: Vec<Value> =
        request.session.data.overrides.list().iter().map(|one| shown(one, redactor)).collect();
    ok(&json!({ "count": answers.len(), "answers": answers }))
}

/// A set answer with everything that was said of it, as `POST answers` takes it; secrets are removed.
fn shown(one: &Override, redactor: &Redactor) -> Value {
    let mut shown = json!(one);
    let (Some(members), answer) = (shown.as_object_mut(), &one.answer) else { return shown };
    if !answer.headers.is_empty() {
        let header = |(name, value): (&String, &String)| {
            (name.clone(), Value::from(redactor.header(&name.to_ascii_lowercase(), value)))
        };
        members.insert("headers".to_owned(), Value::Object(answer.headers.iter().map(header).collect()));
    }
    if let Some(example) = &answer.example {
        members.insert("example".to_owned(), json!(example));
    }
    if let Some(body) = &answer.body {
        let text = redactor.body(body.to_string().as_bytes(), Some("application/json")).unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        members.insert("body".to_owned(), body);
    }
    if let Some(delay) = answer.delay {
        members.insert("delay".to_owned(), json!(format!("{}ms", delay.as_millis())));
    }
    shown
}

pub(super) fn add_override(request: &ControlRequest<'_>) -> Response {
    let body = match request.json() {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let one: Override = match serde_json::from_value(body) {
        Ok(one) => one,
        Err(error) => return Response::problem(400, &format!("the answer cannot be set: {error}"), None),
    };
    match request.control().set_answer(one) {
        Ok(()) => Response::empty(StatusCode::CREATED, Source::Control),
        Err(why) => {
            let status = if why == Unset::Full { 507 } else { 400 };
            Response::problem(status, &why.to_string(), None)
        }
    }
}

pub(super) fn clear_overrides(request: &ControlRequest<'_>) -> Response {
    match request.parameter("operation") {
        Some(operation) => request.session.data.overrides.remove(&operation),
        None => request.control().clear_answers(),
    }
    no_content()
}

/// The nameless session, which clients share, is `null`.
pub(super) fn sessions(request: &ControlRequest<'_>) -> Response {
    let mut names: Vec<String> =
        request.documents.sessions.all().iter().map(|session| session.name.clone()).collect();
    names.extend(request.documents.sessions.fleet.iter().flat_map(|fleet| fleet.sessions()));
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    let own = Some(&request.session.name).filter(|name| !name.is_empty());
    ok(&json!({ "session": own, "sessions": names }))
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
    let exported = |service: &Service| request.control().state_text(service);
    match request.service() {
        Ok(service) => Response::of_json(exported(service)),
        Err(refused) if refused.status == StatusCode::NOT_FOUND => *refused,
        Err(_) => {
            let services = request.documents.services.iter();
            let texts: Vec<Vec<u8>> = services
                .enumerate()
                .map(|(index, service)| {
                    let before = if index == 0 { '{' } else { ',' };
                    let name = format!("{before}{}:", Value::from(service.name.as_str()));
                    [name.into_bytes(), exported(service)].concat()
                })
                .chain([b"}".to_vec()])
                .collect();
            Response::of_json(texts.concat())
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
    let services = request.documents.services.iter();
    let known: Vec<String> = services.flat_map(|service| service.contract.scopes.names()).cloned().collect();
    token::issue(&request.body, &known)
}
