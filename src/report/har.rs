//! The `har` report: what was sent and what came back, as HAR 1.2, for browsers and proxies.
//!
//! A check with `--report har` keeps all of it, up to 64 MiB; how many exchanges there was no room for stands in the
//! comment of the log. The comment of an entry says what findings there are about it. Of a run that kept nothing there
//! are the exchanges behind the findings, and when these were sent is not known. Secrets are removed, and long bodies are
//! cut, as in any report.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::{Value, json};

use super::safe;
use crate::generate::mark;
use crate::redact::SHOWN;
use crate::run::{Finding, MessageShown, Run, Sent};

/// No time of day: HAR demands one.
const UNKNOWN: &str = "1970-01-01T00:00:00.000Z";

/// The findings about one operation each, by the case that they were seen in.
type ByCase<'r> = HashMap<&'r str, Vec<&'r Finding>>;

pub(super) fn render(run: &Run) -> Vec<u8> {
    let waived = run.waived.iter().map(|waived| &waived.finding);
    let each = run.findings.iter().chain(waived).flat_map(Finding::each);
    let seen: Vec<&Finding> = each.filter(|finding| finding.request.method.is_some()).collect();
    let mut by_case = ByCase::new();
    for finding in &seen {
        by_case.entry(case(finding)).or_default().push(finding);
    }
    let mut entries = Vec::new();
    for sent in &run.traffic.exchanges {
        let mut about = by_case.remove(sent.case.as_str()).unwrap_or_default();
        about.extend(about_snapshots(&mut by_case, sent));
        entries.push(entry(sent, &about));
    }
    for finding in seen {
        if let Some(about) = by_case.remove(case(finding)).filter(|about| !about.is_empty()) {
            entries.push(entry(&of_finding(finding), &about));
        }
    }
    let mut log = json!({
        "version": "1.2",
        "creator": { "name": "counterpart", "version": env!("CARGO_PKG_VERSION") },
        "entries": entries,
    });
    if let (1.., Some(members)) = (run.traffic.left_out, log.as_object_mut()) {
        let comment = format!("{} exchanges are left out for want of room", run.traffic.left_out);
        members.insert("comment".to_owned(), json!(comment));
    }
    super::json::pretty(&json!({ "log": log }))
}

fn case(finding: &Finding) -> &str {
    finding.request.headers.get("counterpart-case").map_or(finding.id.as_str(), String::as_str)
}

/// The findings about the snapshot of an exchange: in these nothing is left of the run's mark, so that cases of several
/// documents may be called the same.
fn about_snapshots<'r>(by_case: &mut ByCase<'r>, sent: &Sent) -> Vec<&'r Finding> {
    let run = sent.case.split('/').next().unwrap_or_default();
    let Some(same) = by_case.get_mut(mark::without(&sent.case, run).as_str()) else { return Vec::new() };
    let url = sent.request.url.as_deref().map(|url| mark::without(url, run));
    let is_about = |finding: &&Finding| finding.request.url == url;
    let (about, others) = std::mem::take(same).into_iter().partition(is_about);
    *same = others;
    about
}

/// The exchange behind a finding, of which no time is known.
fn of_finding(finding: &Finding) -> Sent {
    let octets =
        |shown: Option<&MessageShown>| shown.and_then(|shown| shown.body.as_ref()).map_or(0, String::len);
    Sent {
        request: finding.request.clone(),
        request_octets: octets(Some(&finding.request)),
        response: finding.response.clone(),
        response_octets: octets(finding.response.as_ref()),
        ..Sent::default()
    }
}

fn entry(sent: &Sent, findings: &[&Finding]) -> Value {
    let time = sent.took.as_secs_f64() * 1000.0;
    let mut entry = json!({
        "startedDateTime": sent.at.as_deref().unwrap_or(UNKNOWN),
        "time": time,
        "request": request(&sent.request, sent.request_octets),
        "response": response(sent.response.as_ref(), sent.response_octets),
        "cache": {},
        "timings": { "send": 0, "wait": time, "receive": 0 },
    });
    let told = |finding: &&Finding| {
        format!("{} {}: {} [{}]", finding.rule, finding.operation_name(), finding.told(), finding.id)
    };
    let comments: Vec<String> = sent.failure.iter().cloned().chain(findings.iter().map(told)).collect();
    if let (false, Some(members)) = (comments.is_empty(), entry.as_object_mut()) {
        members.insert("comment".to_owned(), json!(safe(&comments.join("; "))));
    }
    entry
}

fn request(shown: &MessageShown, octets: usize) -> Value {
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
        "bodySize": octets,
    });
    if let (Some(body), Some(members)) = (&shown.body, request.as_object_mut()) {
        members.insert("postData".to_owned(), json!({ "mimeType": media_type(shown), "text": body }));
    }
    request
}

fn response(shown: Option<&MessageShown>, octets: usize) -> Value {
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
            "size": octets,
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
