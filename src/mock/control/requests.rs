//! The journal, as control shows it.

use http::StatusCode;
use serde_json::{Value, json};

use super::ControlRequest;
use super::actions::no_content;
use crate::contract::parameter;
use crate::mock::journal::Entry;
use crate::mock::response::Response;
use crate::redact::Redactor;

pub(super) fn clear(request: &ControlRequest<'_>) -> Response {
    request.session.data.journal.clear();
    no_content()
}

/// The entries that the filters of the query leave.
pub(super) fn show(request: &ControlRequest<'_>) -> Response {
    let filters = parameter::pairs(request.query.unwrap_or_default());
    let mut entries = request.session.data.journal.entries();
    for (name, value) in &filters {
        match name.as_ref() {
            "operation" => entries.retain(|e| e.operation.as_ref().is_some_and(|o| o.id == *value)),
            "status" => entries.retain(|entry| entry.status.to_string() == *value),
            "key" => entries.retain(|entry| entry.key.as_deref() == Some(value)),
            "session" => {}
            "violations" => entries.retain(|entry| entry.violations.is_empty() == (value == "false")),
            other => {
                return Response::problem(
                    400,
                    &format!("there is no filter {other:?}; use operation, status, key, violations"),
                    None,
                );
            }
        }
    }
    let redactor = request.documents.redactor();
    let shown: Vec<Value> = entries.iter().map(|entry| one(request, &redactor, entry)).collect();
    Response::json(StatusCode::OK, &json!({ "count": shown.len(), "requests": shown }))
}

/// One entry, with its secrets hidden.
fn one(request: &ControlRequest<'_>, redactor: &Redactor, entry: &Entry) -> Value {
    let answered = &entry.request;
    let session = request.session.name.as_str();
    let url = redactor.url(&format!("{}{}", request.first.options.origin, answered.target()));
    let query = url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let query: serde_json::Map<String, Value> = parameter::pairs(&query)
        .into_iter()
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    let media_type = crate::exchange::media_type(&answered.headers);
    let body = redactor.body(&answered.body, media_type.as_deref());
    let body = body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    let violations: Vec<Value> = entry
        .violations
        .iter()
        .map(|violation| {
            json!({ "in": violation.at.to_string(), "pointer": violation.instance(), "message": redactor.text(&violation.message) })
        })
        .collect();
    json!({
        "id": entry.id, "at": entry.at.to_string(), "session": (!session.is_empty()).then_some(session),
        "operation": entry.operation.as_ref().map(|operation| &operation.id), "method": answered.method.as_str(),
        "url": url, "path": redactor.text(&answered.path), "query": query,
        "headers": redactor.headers(&answered.headers), "body": body, "key": entry.key,
        "status": entry.status, "source": entry.source, "violations": violations,
    })
}
