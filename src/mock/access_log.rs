//! The line that the log says of a request.

use serde_json::json;

use super::App;
use super::replay::Response;
use super::service::Observations;
use super::session::Session;
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

impl App {
    /// The line of a request. As JSON every member is always there, `null` where it does not apply.
    pub(super) fn line(
        &self,
        session: &Session,
        request: &Request,
        answer: &Response,
        account: &Observations,
    ) -> String {
        let operation = account.operation.and_then(|index| self.inner.contract.operations.get(index));
        let status = answer.status.as_u16();
        let also =
            operation.filter(|_| account.note.is_some()).map(|o| others(o, status)).unwrap_or_default();
        match self.inner.options.lines {
            Lines::Json => json!({
                "at": (self.inner.options.clock)().to_string(), "level": "info",
                "method": request.method.as_str(), "path": request.path, "status": status,
                "operation": operation.map(|operation| &operation.id), "key": account.key,
                "note": account.note, "also": also, "source": answer.source,
                "session": (!session.name.is_empty()).then_some(&session.name),
            })
            .to_string(),
            Lines::Text => {
                let mut line = format!("{} {} {status}", request.method, request.path.escape_default());
                if let Some(operation) = operation {
                    line.push(' ');
                    line.push_str(&operation.id);
                }
                if let Some(note) = &account.note {
                    line.push_str(" · ");
                    line.push_str(note);
                } else if let Some(key) = &account.key {
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
