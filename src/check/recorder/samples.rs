//! Responses that are kept for snapshots and fixtures: the first of each operation, case, status and media type.

use http::HeaderValue;
use indexmap::IndexMap;
use serde_json::Value;

use crate::contract::{Operation, OperationId};
use crate::exchange::{Exchange, Response};
use crate::generate::mark;
use crate::judge::exchange::Intent;
use crate::redact::{Redactor, SHOWN};
use crate::run::{Answer, MessageShown};

/// Which answer it is: operation, case, status, media type.
type Key = (OperationId, String, u16, Option<String>);

/// An answer as it came, secrets and all; [`Samples::answers`] removes them once all are known.
struct Sample {
    operation: OperationId,
    case: String,
    exchange: Exchange,
    bound: Vec<(String, Value)>,
    again: Option<Response>,
}

/// Answers that are kept.
pub(in crate::check) struct Samples {
    /// Whether any are wanted.
    is_wanted: bool,
    kept: IndexMap<Key, Sample>,
}

impl Samples {
    pub fn new(is_wanted: bool) -> Self {
        Self { is_wanted, kept: IndexMap::new() }
    }

    /// Keeps an answer, unless one like it is there. An answer that its request did not earn (a
    /// success without a key) is reported by other rules, and is not reviewed.
    pub fn keep(
        &mut self,
        operation: &Operation,
        intent: &Intent,
        exchange: &Exchange,
        bound: Vec<(String, Value)>,
        again: Option<Response>,
    ) {
        let Some(response) = exchange.response().filter(|_| self.is_wanted) else { return };
        let Some(case) = case(intent) else { return };
        if !case.is_empty() && operation.is_success(response.status.as_u16()) {
            return;
        }
        let key = (operation.index, case.clone(), response.status.as_u16(), response.media_type());
        self.kept.entry(key).or_insert_with(|| Sample {
            operation: operation.index,
            case,
            exchange: exchange.clone(),
            bound,
            again,
        });
    }

    /// What was kept, without secrets and without the mark of the run.
    pub fn answers(&mut self, redactor: &Redactor, run: &str) -> Vec<Answer> {
        let kept = std::mem::take(&mut self.kept).into_values();
        kept.filter_map(|sample| {
            let response = sample.exchange.response()?;
            Some(Answer {
                shown: without_mark(redactor.response(response), run),
                operation: sample.operation,
                case: sample.case,
                request: without_mark(redactor.request(&sample.exchange), run),
                bound: sample.bound,
                response: for_review(redactor, run, sample.exchange.outcome.ok()?),
                again: sample.again.map(|response| for_review(redactor, run, response)),
            })
        })
        .collect()
    }
}

/// A message without the marks of this run, so that every run keeps the same one.
fn without_mark(mut shown: MessageShown, run: &str) -> MessageShown {
    shown.url = shown.url.map(|url| mark::without(&url, run));
    shown.body = shown.body.map(|body| mark::without(&body, run));
    for value in shown.headers.values_mut() {
        *value = mark::without(value, run);
    }
    shown
}

/// A response without secrets, and without the marks of this run.
fn for_review(redactor: &Redactor, run: &str, mut response: Response) -> Response {
    if let Ok(text) = std::str::from_utf8(&response.body) {
        response.body = mark::without(&redactor.text(text), run).into();
    }
    let headers = std::mem::take(&mut response.headers);
    for (name, value) in &headers {
        let shown = redactor.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        let shown = mark::without(&shown, run);
        // What cannot be shown as it came is not shown at all.
        response.headers.append(name, shown.parse().unwrap_or(HeaderValue::from_static(SHOWN)));
    }
    response
}

/// What a case is called in the name of its snapshot: empty for the documented request, `None` where
/// the answer repeats that of another case.
fn case(intent: &Intent) -> Option<String> {
    Some(match intent {
        Intent::Valid(_) => String::new(),
        Intent::WiderKey | Intent::Observed => return None,
        Intent::NoKey => "no-key".to_owned(),
        Intent::UnknownKey => "unknown-key".to_owned(),
        Intent::Lacking { scope, .. } => format!("lacks-{scope}"),
        Intent::UnknownId => "unknown-id".to_owned(),
        Intent::Invalid(_) => "invalid".to_owned(),
        Intent::NotAcceptable => "not-acceptable".to_owned(),
    })
}

#[cfg(test)]
mod tests;
