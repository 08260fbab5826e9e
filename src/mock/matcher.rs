//! Whether a request is one that a fixture's `when` is about.

use std::cell::OnceCell;

use serde_json::Value;

use crate::contract::{Operation, style};
use crate::exchange::Request;
use crate::produce::fixture::{Condition, Subject, Test};

/// Whether a condition holds. `body` is the request's, read when a condition first asks for it.
pub(super) fn holds(
    condition: &Condition,
    operation: &Operation,
    path_values: &[&str],
    request: &Request,
    body: &OnceCell<Option<Value>>,
) -> bool {
    let text = |value: &str| Value::String(value.to_owned());
    let value = match &condition.subject {
        Subject::Path(name) => {
            let at = operation.template.names().iter().position(|known| known == name);
            at.and_then(|at| path_values.get(at)).map(|value| text(value))
        }
        Subject::Query(name) => request.query.as_deref().and_then(|query| {
            style::pairs(query).into_iter().find(|(key, _)| key == name).map(|(_, v)| text(&v))
        }),
        Subject::Header(name) => request.headers.get(name.as_str()).and_then(|v| v.to_str().ok()).map(text),
        Subject::Body(pointer) => {
            let parsed = body.get_or_init(|| serde_json::from_slice(&request.body).ok());
            parsed.as_ref().and_then(|value| value.pointer(pointer)).cloned()
        }
    };
    match (&condition.test, value) {
        (Test::Present(wanted), value) => value.is_some() == *wanted,
        (test, value) => test.passes(value.as_ref()),
    }
}
