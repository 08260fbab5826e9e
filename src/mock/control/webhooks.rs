//! Webhooks and deliveries in the control API.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::ControlRequest;
use super::actions::no_content;
use crate::config::nearest;
use crate::mock::response::Response;
use crate::mock::service::Asked;

/// The webhooks of all documents, with where each goes by itself.
pub(super) fn list(request: &ControlRequest<'_>) -> Response {
    let mut all: Vec<Value> = Vec::new();
    for service in &request.documents.services {
        for webhook in &service.contract.webhooks {
            let configured = service.options.webhooks.iter().filter(|hook| hook.name == webhook.name);
            let urls: Vec<String> =
                configured.map(|hook| request.documents.redactor.url(&hook.url)).collect();
            all.push(json!({
                "name": webhook.name, "document": service.name, "operation": webhook.operation.id,
                "method": webhook.operation.method.as_str(), "summary": webhook.operation.summary, "urls": urls,
            }));
        }
    }
    Response::json(StatusCode::OK, &json!({ "count": all.len(), "webhooks": all }))
}

/// Sends a webhook.
pub(super) fn send(request: &ControlRequest<'_>) -> Response {
    let service = match request.service() {
        Ok(service) => service,
        Err(refused) => return *refused,
    };
    let name = percent_decode_str(request.item).decode_utf8_lossy();
    let known = || service.contract.webhooks.iter().map(|webhook| webhook.name.as_str());
    if !known().any(|known| known == name) {
        let help = nearest(&name, known());
        return Response::problem(404, &format!("the document has no webhook {name:?}; {help}"), None);
    }
    let mut asked = Asked::default();
    if !request.body.trim_ascii().is_empty() {
        let body = match request.json() {
            Ok(body) => body,
            Err(refused) => return *refused,
        };
        match serde_json::from_value(body) {
            Ok(read) => asked = read,
            Err(error) => {
                let detail = format!("the webhook cannot be sent: {error}");
                return Response::problem(400, &detail, None);
            }
        }
    }
    match service.send_webhook(request.session, &name, &asked) {
        Ok(id) => Response::json(StatusCode::ACCEPTED, &json!({ "delivery": id })),
        Err(why) => Response::problem(400, &format!("the webhook cannot be sent: {why}"), None),
    }
}

/// What was sent, oldest first.
pub(super) fn deliveries(request: &ControlRequest<'_>) -> Response {
    let redactor = &request.documents.redactor;
    let all = request.session.data.deliveries.all();
    let all: Vec<Value> = all.iter().map(|delivery| delivery.shown(redactor)).collect();
    Response::json(StatusCode::OK, &json!({ "count": all.len(), "deliveries": all }))
}

/// Forgets what was sent.
pub(super) fn clear(request: &ControlRequest<'_>) -> Response {
    request.session.data.deliveries.clear();
    no_content()
}
