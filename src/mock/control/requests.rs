//! The journal in the control API.

use http::StatusCode;
use serde_json::{Value, json};

use super::ControlRequest;
use super::actions::no_content;
use crate::contract::{StatusKey, parameter};
use crate::mock::access_log::milliseconds;
use crate::mock::explain::explain;
use crate::mock::response::Response;

pub(super) fn clear(request: &ControlRequest<'_>) -> Response {
    request.control().clear_requests();
    no_content()
}

/// The entries that the filters of the query leave.
pub(super) fn show(request: &ControlRequest<'_>) -> Response {
    let filters = parameter::pairs(request.query.unwrap_or_default());
    let mut entries = request.session.data.journal.entries();
    for (name, value) in &filters {
        match name.as_ref() {
            "operation" => entries.retain(|e| e.operation.as_ref().is_some_and(|o| o.id == *value)),
            "status" => {
                let Some(status) = StatusKey::parse(value) else {
                    let detail = format!("invalid status {value:?}; write 404 or 4XX");
                    return Response::problem(400, &detail, None);
                };
                entries.retain(|entry| status.covers(entry.status));
            }
            "key" => entries.retain(|entry| entry.key.as_deref() == Some(value)),
            "session" => {}
            "violations" => entries.retain(|entry| entry.is_broken() == (value != "false")),
            other => {
                return Response::problem(
                    400,
                    &format!("unknown filter {other:?}; use operation, status, key or violations"),
                    None,
                );
            }
        }
    }
    let shown = request.control().recorded(&entries);
    Response::json(StatusCode::OK, &json!({ "count": shown.len(), "requests": shown }))
}

/// One entry, with its answer and why that was chosen.
pub(super) fn show_one(request: &ControlRequest<'_>) -> Response {
    let journal = &request.session.data.journal;
    let Some(entry) = request.item.parse().ok().and_then(|id| journal.entry(id)) else {
        let detail = format!("the journal of this session has no request {:?}", request.item);
        return Response::problem(404, &detail, None);
    };
    let redactor = &request.documents.redactor;
    let mut shown = request.control().recorded(std::slice::from_ref(&entry)).pop().map(|one| json!(one));
    if let Some(Value::Object(members)) = &mut shown {
        let answer = &entry.answer;
        let headers = entry.kept.answer();
        let media_type = crate::exchange::media_type(&headers);
        let body = redactor.body(&answer.body, media_type.as_deref());
        let body = body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        members.insert("duration_ms".to_owned(), json!(milliseconds(entry.duration)));
        members.insert(
            "answer".to_owned(),
            json!({ "status": entry.status, "headers": redactor.headers(&headers), "body": body }),
        );
        if let Value::Object(explained) = explain(request.documents, &entry) {
            members.extend(explained);
        }
    }
    Response::json(StatusCode::OK, &shown.unwrap_or_default())
}
