//! The journal in the control API.

use std::fmt::Write as _;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::ControlRequest;
use super::actions::no_content;
use crate::contract::{StatusKey, parameter};
use crate::mock::access_log::milliseconds;
use crate::mock::explain::explain;
use crate::mock::journal::Entry;
use crate::mock::response::{Response, Source};

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
    listing(request, &entries)
}

/// Most octets of a listing; beyond it the oldest entries are left out.
const MAX_LISTING: usize = 16 << 20;

/// Entries as JSON, written one by one, so that they take little beside it.
fn listing(request: &ControlRequest<'_>, entries: &[Arc<Entry>]) -> Response {
    let mut octets = 0;
    let fits = |entry: &&Arc<Entry>| {
        // Path and query stand in it twice.
        octets += 1000 + 2 * entry.weight();
        octets <= MAX_LISTING
    };
    let shown = entries.iter().rev().take_while(fits).count().max(1).min(entries.len());
    let left_out = entries.len() - shown;
    let mut body = format!("{{\"count\":{shown}");
    if left_out > 0 {
        let _ = write!(body, ",\"left_out\":{left_out}");
    }
    body.push_str(",\"requests\":[");
    for (index, entry) in entries.iter().skip(left_out).enumerate() {
        let recorded = request.control().recorded(std::slice::from_ref(entry));
        let text = recorded.first().and_then(|one| serde_json::to_string(one).ok()).unwrap_or_default();
        body.push_str(if index > 0 { "," } else { "" });
        body.push_str(&text);
    }
    body.push_str("]}");
    let mut response = Response::empty(StatusCode::OK, Source::Control);
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.body = body.into();
    response
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
