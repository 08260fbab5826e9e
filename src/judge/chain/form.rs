//! One thing in two forms: HEAD and GET, CSV and JSON; and methods that are not documented.

use serde_json::Value;

use super::compare::same;
use super::{brief, observe};
use crate::contract::Operation;
use crate::exchange::Response;
use crate::judge::trial::Observation;
use crate::rules::Severity;
use crate::settings::state::member;

/// `head-differs` (RFC 9110 §9.3.2).
pub fn head(operation: &Operation, get: &Response, head: &Response) -> Option<Observation> {
    let (wanted, status) = (get.status.as_u16(), head.status.as_u16());
    if status != wanted {
        let message = format!("GET was answered with {wanted} and HEAD with {status}");
        let seen = observe("head-differs", operation, message)
            .because(wanted.to_string(), status.to_string())
            .of_status();
        return match status {
            // Frameworks that do not know HEAD are many, and say so.
            405 | 501 => Some(seen.warning()),
            // Load and failures have rules of their own.
            429 | 500.. => None,
            _ => Some(seen),
        };
    }
    let (one, other) = (get.media_type(), head.media_type());
    // A server may leave header fields out that it would have to work out (RFC 9110 §9.3.2).
    if other.is_some() && one != other {
        let text = |media_type: Option<String>| media_type.unwrap_or_else(|| "none".to_owned());
        let mut seen = observe("head-differs", operation, "HEAD tells another media type than GET")
            .because(text(one), text(other));
        "response.headers.content-type".clone_into(&mut seen.at);
        return Some(seen);
    }
    None
}

/// `format-ignored`: another of the documented media types than the one that a parameter named.
pub fn format(
    operation: &Operation,
    asked: &str,
    wanted: &str,
    offered: &[&str],
    got: &Response,
) -> Option<Observation> {
    let found = got.media_type()?;
    if !got.status.is_success() || found == wanted || !offered.contains(&found.as_str()) {
        return None;
    }
    let message = format!("{asked} was answered in another format");
    let mut seen = observe("format-ignored", operation, message).because(wanted, found);
    "response.headers.content-type".clone_into(&mut seen.at);
    Some(seen)
}

/// `format-ignored`: the same list reads differently as CSV (RFC 4180).
pub fn csv(operation: &Operation, entries: &[Value], text: &[u8]) -> Option<Observation> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let columns: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> =
        reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect()).collect();
    let differs = |message: String, expected: String, actual: String| {
        Some(observe("format-ignored", operation, message).because(expected, actual))
    };
    if rows.len() != entries.len() {
        let message = format!("the list has {} entries as JSON and {} as CSV", entries.len(), rows.len());
        return differs(message, entries.len().to_string(), rows.len().to_string());
    }
    for (entry, row) in entries.iter().zip(&rows) {
        for (column, cell) in columns.iter().zip(row) {
            // Only what stands in both as plain text or number can be compared.
            let Some(found @ (Value::String(_) | Value::Number(_))) = member(entry, column) else { continue };
            if !same(found, &Value::from(cell.as_str())) {
                let message = format!("the column {column:?} reads differently as JSON and as CSV");
                return differs(message, brief(found), format!("{cell:?}"));
            }
        }
    }
    None
}

/// `method-undocumented-accepted`, `method-status`, and `allow-missing` of the refusal.
pub fn method(operation: &Operation, method: &str, got: &Response) -> Option<Observation> {
    let status = got.status.as_u16();
    match status {
        200..=299 => {
            let message = format!("{method} is not documented for this path and was answered with {status}");
            Some(
                observe("method-undocumented-accepted", operation, message)
                    .because("405", status.to_string())
                    .of_status(),
            )
        }
        405 if !got.headers.contains_key(http::header::ALLOW) => {
            let message = format!("{method} was refused with 405 without the Allow header");
            Some(observe("allow-missing", operation, message).because("header \"Allow\"", "none"))
        }
        // Whoever turns a request away for its key, its address, its form or its rate need not
        // look at the method; a redirect leads to somebody else.
        300..=399 | 401 | 403 | 404 | 405 | 406 | 411 | 413 | 415 | 429 | 501 => None,
        500.. => {
            let mut seen =
                observe("server-error", operation, format!("the server failed with {status} at {method}"));
            seen.severity = Severity::Error;
            Some(seen.because("405", status.to_string()).of_status())
        }
        _ => {
            let message = format!("{method} is not documented for this path and was refused with {status}");
            Some(observe("method-status", operation, message).because("405", status.to_string()).of_status())
        }
    }
}
