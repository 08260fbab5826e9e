//! The operations of the documents in the control API: which there are, and what can be asked of one and set for it.

use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::ControlRequest;
use crate::config::nearest;
use crate::contract::{Direction, Location, Operation, SchemeKind, StatusKey, examples};
use crate::exchange::{Exchange, Failure, Request};
use crate::generate::request::{Parts, build, documented_value, write_body};
use crate::generate::{plain, plain_as, sample};
use crate::mock::response::Response;
use crate::mock::service::Service;
use crate::redact::{self, Placed, SHOWN};

/// Larger bodies are not shown beside the status that they belong to, in octets.
const MAX_BODY: usize = 16 << 10;

/// All documents, and all operations with how often each was called in all sessions together.
pub(super) fn list(request: &ControlRequest<'_>) -> Response {
    let services = &request.documents.services;
    let documents = services.iter().map(|service| {
        json!({
            "name": service.name, "title": service.contract.title, "version": service.contract.version,
            "prefix": service.prefix, "stateful": service.engine.is_some(),
        })
    });
    let operations = services.iter().flat_map(|service| {
        service.contract.operations.iter().map(move |operation| {
            let record = request.documents.record(service, operation.index);
            let (requests, broken) = record.map(|record| record.counts()).unwrap_or_default();
            let mut shown = outline(service, operation);
            shown["requests"] = json!(requests);
            shown["broken"] = json!(broken);
            shown
        })
    });
    let (documents, operations): (Vec<Value>, Vec<Value>) = (documents.collect(), operations.collect());
    let body = json!({
        "count": operations.len(), "proxy": request.first.options.passage.is_some(), "documents": documents,
        "operations": operations,
    });
    Response::json(StatusCode::OK, &body)
}

/// What is shown of an operation in every place.
fn outline(service: &Service, operation: &Operation) -> Value {
    json!({
        "document": service.name, "operation": operation.id, "method": operation.method.as_str(),
        "path": format!("{}{}", below(service), operation.path()), "summary": operation.summary,
        "tags": operation.tags, "open": operation.is_open(), "scopes": operation.scopes(),
    })
}

/// One operation: its answers by status, with the examples that can be set, and a command that calls it.
pub(super) fn show_one(request: &ControlRequest<'_>) -> Response {
    let service = match request.service() {
        Ok(service) => service,
        Err(refused) => return *refused,
    };
    let name = percent_decode_str(request.item).decode_utf8_lossy();
    let Some(operation) = service.contract.operations.iter().find(|operation| operation.id == name) else {
        let help = nearest(&name, service.contract.operations.iter().map(|operation| operation.id.as_str()));
        return Response::problem(404, &format!("unknown operation {name:?}; {help}"), None);
    };
    let mut shown = outline(service, operation);
    shown["description"] = json!(operation.description);
    shown["answers"] = json!(answers(service, operation));
    shown["curl"] = json!(curl(request, service, operation));
    Response::json(StatusCode::OK, &shown)
}

/// The statuses that an operation documents or has fixtures for: what it sends with each, and the names that can be
/// asked for.
fn answers(service: &Service, operation: &Operation) -> Vec<Value> {
    let Some(prepared) = service.replay.of(operation.index) else { return Vec::new() };
    let examples = prepared.examples();
    let documented = operation.responses.iter().filter_map(|response| match response.status {
        StatusKey::Code(code) => Some(code),
        _ => None,
    });
    // What is below 200 cannot be set.
    let own = std::iter::once(prepared.success).chain(examples.iter().map(|(_, status)| *status));
    let statuses: BTreeSet<u16> = documented.chain(own).filter(|status| *status >= 200).collect();
    let shown = statuses.into_iter().map(|status| {
        let names: Vec<&str> =
            examples.iter().filter(|(_, of)| *of == status).map(|(name, _)| *name).collect();
        let response = prepared.with_status(status, None);
        let body = response.filter(|response| response.body.len() <= MAX_BODY);
        let body = body.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
        json!({ "status": status, "examples": names, "body": body, "success": status == prepared.success })
    });
    shown.collect()
}

/// A command that calls an operation with what it needs; `None` where no such request can be made.
fn curl(request: &ControlRequest<'_>, service: &Service, operation: &Operation) -> Option<String> {
    let (mut sent, mut placed) = (sample_request(operation)?, Vec::new());
    if !operation.is_open()
        && let Some(scheme) = operation.schemes().first().and_then(|name| service.contract.schemes.get(name))
    {
        let in_header = |template: &str| Placed::Header("Authorization".to_owned(), template.to_owned());
        placed.extend(match &scheme.kind {
            SchemeKind::Bearer => Some(in_header("Bearer {key}")),
            SchemeKind::Basic => Some(Placed::Basic),
            SchemeKind::Http(name) => Some(in_header(&format!("{name} {{key}}"))),
            SchemeKind::ApiKey(Location::Header, name) => {
                Some(Placed::Header(name.clone(), "{key}".to_owned()))
            }
            SchemeKind::ApiKey(Location::Cookie, name) => Some(Placed::Cookie(name.clone())),
            SchemeKind::ApiKey(_, name) => {
                let query = sent.query.take().map(|query| format!("{query}&")).unwrap_or_default();
                let name = crate::contract::parameter::escape(name);
                sent.query = Some(format!("{query}{name}={SHOWN}"));
                Some(Placed::Query(name))
            }
            SchemeKind::MutualTls | SchemeKind::Unknown(_) => None,
        });
    }
    let session = match request.session.name.as_str() {
        "" => String::new(),
        name => format!("/__session/{name}"),
    };
    let url = format!("{}{session}{}{}", request.first.options.origin, below(service), sent.target());
    Some(command(request, sent, url, &placed))
}

/// A request as a curl command.
pub(super) fn command(request: &ControlRequest<'_>, sent: Request, url: String, placed: &[Placed]) -> String {
    let outcome = Err(Failure::Closed(String::new()));
    let exchange = Exchange { case: String::new(), url, request: sent, outcome, elapsed: Duration::ZERO };
    let redactor = request.documents.redactor.knowing(&exchange.request, None);
    redact::curl(&redactor, &exchange, placed)
}

/// What stands before the paths of a document.
fn below(service: &Service) -> String {
    let base = service.options.base_path.as_deref().unwrap_or_default();
    format!("{}{}", service.prefix, base.trim_end_matches('/'))
}

/// A request with what an operation requires: its own examples, else made values.
fn sample_request(operation: &Operation) -> Option<Request> {
    let mut parts = Parts::default();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        let plain_path = || {
            let is_path = parameter.location == Location::Path;
            is_path.then(|| sample::sample(operation, &parameter.name)).flatten()
        };
        let made = || plain_as(&parameter.name, parameter.value_schema()?, Direction::Request).ok();
        if let Some(value) = documented_value(parameter).or_else(plain_path).or_else(made) {
            parts.set(parameter.location, &parameter.name, value);
        }
    }
    let contents = operation.body.as_ref().map(|body| body.content.as_slice()).unwrap_or_default();
    if let Some(content) = contents.iter().find(|content| content.is_json()).or(contents.first()) {
        let example = examples::of_body(content, Direction::Request).next().map(|(_, value)| value);
        let made = || plain(content.schema.as_ref()?, Direction::Request).ok();
        let value = example.or_else(made);
        parts.body = value.and_then(|value| write_body(content, Direction::Request, &value));
    }
    build(operation, &parts).ok()
}
