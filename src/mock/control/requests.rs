//! The journal in the control API.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, ETAG};
use http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use super::ControlRequest;
use super::actions::no_content;
use super::operations;
use crate::contract::{StatusKey, parameter};
use crate::exchange::{self, Exchange, base64, json};
use crate::mock::access_log::milliseconds;
use crate::mock::explain::{explain, routed};
use crate::mock::journal::{Entry, MAX_BODY};
use crate::mock::response::{Response, Source};
use crate::recording::Recording;
use crate::redact::Placed;

pub(super) fn clear(request: &ControlRequest<'_>) -> Response {
    request.control().clear_requests();
    no_content()
}

/// The entries that the filters of the query leave.
pub(super) fn show(request: &ControlRequest<'_>) -> Response {
    let filters = parameter::pairs(request.query.unwrap_or_default());
    let mut entries = request.entries();
    let mut limit = usize::MAX;
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
            "after" | "limit" => match (name.as_ref(), value.parse::<u64>()) {
                ("after", Ok(after)) => entries.retain(|entry| entry.id > after),
                (_, Ok(most)) => limit = usize::try_from(most).unwrap_or(usize::MAX),
                (name, Err(_)) => {
                    let detail = format!("invalid {name} {value:?}; write a number");
                    return Response::problem(400, &detail, None);
                }
            },
            "violations" => entries.retain(|entry| entry.is_broken() == (value != "false")),
            other => {
                return Response::problem(
                    400,
                    &format!(
                        "unknown filter {other:?}; use operation, status, key, violations, after or limit"
                    ),
                    None,
                );
            }
        }
    }
    entries.drain(..entries.len().saturating_sub(limit));
    listing(request, &entries)
}

/// Most octets of a listing; beyond it the oldest entries are left out.
const MAX_LISTING: usize = 8 << 20;

/// Entries as JSON, written one by one, so that they take little beside it.
fn listing(request: &ControlRequest<'_>, entries: &[Arc<Entry>]) -> Response {
    // The newest first, because the oldest are left out.
    let (mut texts, mut octets) = (Vec::new(), 0);
    for entry in entries.iter().rev() {
        let recorded = request.control().recorded(std::slice::from_ref(entry));
        let text = recorded.first().map(json::write).unwrap_or_default();
        octets += text.len() + 1;
        if octets > MAX_LISTING && !texts.is_empty() {
            break;
        }
        texts.push(text);
    }
    let (count, left_out) = (texts.len(), entries.len() - texts.len());
    let left_out = if left_out > 0 { format!(",\"left_out\":{left_out}") } else { String::new() };
    let head = format!("{{\"count\":{count}{left_out},\"requests\":[");
    let mut body = Vec::with_capacity(head.len() + octets + 2);
    body.extend_from_slice(head.as_bytes());
    // From the oldest on; each goes as soon as it is copied.
    while let Some(text) = texts.pop() {
        body.extend_from_slice(&text);
        body.extend_from_slice(if texts.is_empty() { b"" } else { b"," });
    }
    body.extend_from_slice(b"]}");
    Response::of_json(body)
}

/// The entry whose number stands in the path.
fn found(request: &ControlRequest<'_>) -> Result<Arc<Entry>, Box<Response>> {
    let of = |id: u64| request.entries().into_iter().find(|entry| entry.id == id);
    request.item.parse().ok().and_then(of).ok_or_else(|| {
        let detail = format!("the journal of this session has no request {:?}", request.item);
        Box::new(Response::problem(404, &detail, None))
    })
}

/// One entry, with its answer and why that was chosen.
pub(super) fn show_one(request: &ControlRequest<'_>) -> Response {
    let entry = match found(request) {
        Ok(entry) => entry,
        Err(refused) => return *refused,
    };
    let mut shown = request.control().recorded(std::slice::from_ref(&entry)).pop().map(|one| json!(one));
    if let Some(Value::Object(members)) = &mut shown {
        let answer = &entry.answer;
        let headers = entry.kept.answer();
        let known = (&headers, &*answer.body);
        let redactor = request.documents.redactor.knowing(&entry.kept.request(), Some(known));
        let media_type = exchange::media_type(&headers);
        let body = redactor.body(&answer.body, media_type.as_deref());
        let body = body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        members.insert("duration_ms".to_owned(), json!(milliseconds(entry.duration)));
        members.insert("curl".to_owned(), json!(curl(request, &entry)));
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

/// A command that sends a request of the journal again; `None` where only the beginning of its body is known. Keys are
/// not in it.
fn curl(request: &ControlRequest<'_>, entry: &Entry) -> Option<String> {
    let mut sent = entry.kept.request();
    if sent.body.len() >= MAX_BODY {
        return None;
    }
    // curl says by itself what is about the connection, and could not read a coded answer.
    for name in [CONNECTION, ACCEPT_ENCODING, HeaderName::from_static("keep-alive")] {
        sent.headers.remove(name);
    }
    if sent.headers.get(ACCEPT).is_some_and(|accept| accept == "*/*") {
        sent.headers.remove(ACCEPT);
    }
    let of_browsers: Vec<HeaderName> =
        sent.headers.keys().filter(|name| name.as_str().starts_with("sec-")).cloned().collect();
    for name in of_browsers {
        sent.headers.remove(name);
    }
    let scheme = sent.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    let placed = scheme.map(|(scheme, _)| {
        if scheme.eq_ignore_ascii_case("basic") {
            return Placed::Basic;
        }
        Placed::Header("Authorization".to_owned(), format!("{scheme} {{key}}"))
    });
    let url = format!("{}{}", request.first.options.origin, sent.target());
    let placed: Vec<Placed> = placed.into_iter().collect();
    Some(operations::command(request, sent, url, &placed))
}

/// The answer of an entry as files of fixtures, with the folder of its operation and without secrets.
pub(super) fn as_fixture(request: &ControlRequest<'_>) -> Response {
    let entry = match found(request) {
        Ok(entry) => entry,
        Err(refused) => return *refused,
    };
    let sent = entry.kept.request();
    let refused = |detail: &str| Response::problem(409, detail, None);
    let Some((service, operation, values)) = routed(request.documents, &sent) else {
        return refused("the request was for no operation of the document, so that no fixture can answer it");
    };
    let Ok(status) = StatusCode::from_u16(entry.status) else {
        return refused("the connection was closed without an answer");
    };
    let body = entry.answer.body.clone();
    if body.len() >= MAX_BODY {
        return refused("the journal has only the beginning of the answer, the first 64 KiB");
    }
    let mut headers = entry.kept.answer();
    if entry.source != Source::Target {
        // The mock makes one for whatever it sends.
        headers.remove(ETAG);
    }
    let answer = exchange::Response { status, headers, body, is_cut: false };
    let exchange = Exchange {
        case: String::new(),
        url: sent.target(),
        request: sent.clone(),
        outcome: Ok(answer),
        elapsed: entry.duration,
    };
    let mut recording = Recording::default();
    recording.add(operation, &values, &exchange, Duration::ZERO);
    let recorded = recording.files(&service.contract);
    let files = recorded.files.into_iter().map(|file| match String::from_utf8(file.octets) {
        Ok(text) => json!({ "path": file.path, "text": text }),
        Err(error) => json!({ "path": file.path, "base64": base64::encode(error.as_bytes()) }),
    });
    let files: Vec<Value> = files.collect();
    let problems: Vec<&str> = recorded.problems.iter().map(|problem| problem.message.as_str()).collect();
    let body = json!({ "document": service.name, "files": files, "problems": problems });
    Response::json(StatusCode::OK, &body)
}
