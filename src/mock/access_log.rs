//! The log line of a request.

use serde_json::json;

use super::context::Observations;
use super::response::Response;
use crate::contract::Operation;
use crate::exchange::Request;

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// For people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// A request that was answered.
pub(super) struct AccessLogEntry<'e> {
    pub at: jiff::Timestamp,
    /// The session's name; empty for the nameless one.
    pub session: &'e str,
    pub operation: Option<&'e Operation>,
    pub request: &'e Request,
    pub response: &'e Response,
    pub observations: &'e Observations,
}

impl AccessLogEntry<'_> {
    /// The line for the log. As JSON every member is always there, `null` where it does not apply.
    pub fn line(&self, lines: Lines) -> String {
        let Self { request, response, observations, .. } = self;
        let status = response.status.as_u16();
        let also = self.operation.filter(|_| observations.note.is_some());
        let also = also.map(|operation| others(operation, status)).unwrap_or_default();
        match lines {
            Lines::Json => json!({
                "at": self.at.to_string(), "level": "info",
                "method": request.method.as_str(), "path": request.path, "status": status,
                "operation": self.operation.map(|operation| &operation.id), "key": observations.key,
                "note": observations.note, "also": also, "source": response.source,
                "session": (!self.session.is_empty()).then_some(self.session),
            })
            .to_string(),
            Lines::Text => {
                let mut line = format!("{} {} {status}", request.method, request.path.escape_default());
                if let Some(operation) = self.operation {
                    line.push(' ');
                    line.push_str(&operation.id);
                }
                if let Some(note) = &observations.note {
                    line.push_str(" · ");
                    line.push_str(note);
                } else if let Some(key) = &observations.key {
                    line.push_str(" · key ");
                    line.push_str(key);
                }
                if !also.is_empty() {
                    line.push_str(" · also: ");
                    line.push_str(&also.join(", "));
                }
                printable(&line)
            }
        }
    }
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
            key: key.map(str::to_owned),
            note: note.map(str::to_owned),
            ..Observations::default()
        };
        let entry = AccessLogEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            session: "a",
            operation: contract.operations.first(),
            request: &Request::new(http::Method::GET, "/things\u{1b}"),
            response: &Response::empty(http::StatusCode::FORBIDDEN, Source::Refusal),
            observations: &observations,
        };
        entry.line(lines)
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
                "at": "1970-01-01T00:00:00Z", "level": "info", "method": "GET", "path": "/things\u{1b}",
                "status": 403, "operation": "listThings", "key": null, "note": null, "also": [],
                "source": "refusal", "session": "a",
            })
        );
    }
}
