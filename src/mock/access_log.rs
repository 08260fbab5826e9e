//! The log line of a request.

use std::time::Duration;

use serde_json::json;

use super::context::Observations;
use super::response::Response;
use crate::contract::Operation;
use crate::exchange::Request;
use crate::redact::Redactor;

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// For people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// Longer paths are cut, in characters.
const MAX_PATH: usize = 2_000;

/// A request that was answered.
pub(super) struct AccessLogEntry<'e> {
    pub at: jiff::Timestamp,
    /// Its number in the journal.
    pub id: u64,
    /// From the arrival of its header section to its answer.
    pub duration: Duration,
    /// The session's name; empty for the nameless one.
    pub session: &'e str,
    pub operation: Option<&'e Operation>,
    pub request: &'e Request,
    pub response: &'e Response,
    pub observations: &'e Observations,
}

impl AccessLogEntry<'_> {
    /// The line for the log. As JSON every member is always there, `null` where it does not apply.
    pub fn line(&self, lines: Lines, redactor: &Redactor) -> String {
        let Self { request, response, observations, .. } = self;
        let status = response.sent_status();
        let also = self.operation.filter(|_| observations.note.is_some());
        let also = also.map(|operation| others(operation, status)).unwrap_or_default();
        match lines {
            Lines::Json => {
                let violations: Vec<String> =
                    observations.broken().iter().map(|violation| redactor.text(&violation.message)).collect();
                let unknown: Vec<String> =
                    observations.unknown.iter().map(|unknown| redactor.text(&unknown.to_string())).collect();
                let query = request.query.as_ref().map(|query| redactor.url(&format!("/?{query}")));
                json!({
                    "at": self.at.to_string(), "level": "info", "id": self.id,
                    "method": request.method.as_str(), "path": request.path,
                    "query": query.as_deref().map(|query| query.trim_start_matches("/?")), "status": status,
                    "duration_ms": milliseconds(self.duration),
                    "operation": self.operation.map(|operation| &operation.id), "key": observations.key,
                    "note": observations.note, "violations": violations, "unknown": unknown, "also": also,
                    "chaos": observations.chaos.map(|fate| fate.to_string()),
                    "source": response.origin(),
                    "session": (!self.session.is_empty()).then_some(self.session),
                })
                .to_string()
            }
            Lines::Text => self.text(&also),
        }
    }

    fn text(&self, also: &[String]) -> String {
        let Self { request, response, observations, .. } = self;
        let status = response.sent_status();
        let path: String = request.path.escape_default().take(MAX_PATH).collect();
        let rest = if path.len() < MAX_PATH { "" } else { "…" };
        let mut line = format!("{} {path}{rest} {status}", request.method);
        if let Some(operation) = self.operation {
            line.push(' ');
            line.push_str(&operation.id);
        }
        let mut add = |text: &str| {
            line.push_str(" · ");
            line.push_str(text);
        };
        match (&observations.note, &observations.key) {
            (Some(note), _) => {
                let more = observations.violations.len().saturating_sub(1);
                add(&if more > 0 { format!("{note} (and {more} more)") } else { note.clone() });
            }
            (None, Some(key)) => add(&format!("key {key}")),
            (None, None) => {}
        }
        if let Some(fate) = &observations.chaos {
            add(&format!("chaos {fate}"));
        }
        observations.unknown.iter().filter(|unknown| unknown.near.is_some()).for_each(|unknown| {
            add(&unknown.to_string());
        });
        if !also.is_empty() {
            add(&format!("also: {}", also.join(", ")));
        }
        printable(&line)
    }
}

/// A duration in milliseconds, to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros().to_string().parse::<f64>().unwrap_or_default() / 1000.0
}

/// The other documented statuses.
fn others(operation: &Operation, status: u16) -> Vec<String> {
    let others = operation.responses.iter().filter(|response| !response.status.covers(status));
    others.map(|response| response.status.to_string()).collect()
}

/// What a client sent must not drive a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::response::Source;
    use rstest::rstest;

    fn line(lines: Lines, key: Option<&str>, note: Option<&str>) -> String {
        let contract =
            crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {"/things": {"get": {
                "operationId": "listThings",
                "responses": {"200": {"description": "all"}, "403": {"description": "denied"}},
            }}}}));
        let observations = Observations {
            key: key.map(Into::into),
            note: note.map(str::to_owned),
            ..Observations::default()
        };
        let entry = AccessLogEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            id: 7,
            duration: Duration::from_micros(1500),
            session: "a",
            operation: contract.operations.first(),
            request: &Request::new(http::Method::GET, "/things\u{1b}"),
            response: &Response::empty(http::StatusCode::FORBIDDEN, Source::Refusal),
            observations: &observations,
        };
        entry.line(lines, &Redactor::new(std::iter::empty()))
    }

    #[rstest]
    #[case(None, None, "GET /things\\u{1b} 403 listThings")]
    #[case(Some("reader"), None, "GET /things\\u{1b} 403 listThings · key reader")]
    #[case(Some("reader"), Some("why\n"), "GET /things\\u{1b} 403 listThings · why\u{fffd} · also: 200")]
    fn text(#[case] key: Option<&str>, #[case] note: Option<&str>, #[case] expected: &str) {
        assert_eq!(line(Lines::Text, key, note), expected);
    }

    #[test]
    fn json_has_every_member() {
        let line: serde_json::Value = serde_json::from_str(&line(Lines::Json, None, None)).unwrap();
        assert_eq!(
            line,
            json!({
                "at": "1970-01-01T00:00:00Z", "level": "info", "id": 7, "method": "GET",
                "path": "/things\u{1b}", "query": null, "status": 403, "duration_ms": 1.5,
                "operation": "listThings", "key": null, "note": null, "violations": [], "unknown": [],
                "also": [], "chaos": null, "source": "refusal", "session": "a",
            })
        );
    }
}
