//! The `har` report: the exchanges behind the findings, as HAR 1.2, for browsers and proxies.
//!
//! An entry for each finding about one operation, whose comment says what is wrong. A run keeps no other exchange.
//! Secrets are removed, and long bodies are cut, as in any report. When a request was sent is not kept, so all entries
//! have the same time.

use http::StatusCode;
use serde_json::{Value, json};

use super::safe;
use crate::redact::SHOWN;
use crate::run::{Finding, MessageShown, Run};

/// No time of day: HAR demands one.
const UNKNOWN: &str = "1970-01-01T00:00:00.000Z";

pub(super) fn render(run: &Run) -> Vec<u8> {
    let waived = run.waived.iter().map(|waived| &waived.finding);
    let each = run.findings.iter().chain(waived).flat_map(Finding::each);
    let entries: Vec<Value> = each.filter(|finding| finding.request.method.is_some()).map(entry).collect();
    let creator = json!({ "name": "counterpart", "version": env!("CARGO_PKG_VERSION") });
    super::json::pretty(&json!({ "log": { "version": "1.2", "creator": creator, "entries": entries } }))
}

fn entry(finding: &Finding) -> Value {
    let comment =
        format!("{} {}: {} [{}]", finding.rule, finding.operation_name(), finding.told(), finding.id);
    json!({
        "startedDateTime": UNKNOWN,
        "time": 0,
        "request": request(&finding.request),
        "response": response(finding.response.as_ref()),
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "comment": safe(&comment),
    })
}

fn request(shown: &MessageShown) -> Value {
    let url = shown.url.as_deref().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<Value> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded =
                |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            json!({ "name": safe(&decoded(name)), "value": safe(&decoded(value)) })
        })
        .collect();
    let mut request = json!({
        "method": shown.method,
        // Not every reader takes an address with brackets.
        "url": url.replace(SHOWN, "secret"),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(shown),
        "queryString": pairs,
        "headersSize": -1,
        "bodySize": shown.body.as_ref().map_or(0, String::len),
    });
    if let (Some(body), Some(members)) = (&shown.body, request.as_object_mut()) {
        members.insert("postData".to_owned(), json!({ "mimeType": media_type(shown), "text": body }));
    }
    request
}

fn response(shown: Option<&MessageShown>) -> Value {
    // No answer: HAR's readers know the status 0.
    let nothing = MessageShown::default();
    let shown = shown.unwrap_or(&nothing);
    let status = shown.status.unwrap_or(0);
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    json!({
        "status": status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(shown),
        "content": {
            "size": shown.body.as_ref().map_or(0, String::len),
            "mimeType": media_type(shown),
            "text": shown.body.as_deref().unwrap_or_default(),
        },
        "redirectURL": shown.headers.get("location").map_or("", String::as_str),
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn headers(shown: &MessageShown) -> Vec<Value> {
    shown.headers.iter().map(|(name, value)| json!({ "name": name, "value": safe(value) })).collect()
}

fn media_type(shown: &MessageShown) -> &str {
    shown.headers.get("content-type").map_or("", String::as_str)
}
