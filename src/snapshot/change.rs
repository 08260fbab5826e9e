//! What changed between two snapshots, and what the document says to it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::schema::View;
use crate::contract::{Direction, Operation};
use crate::document::pointer;
use crate::exchange::Response;
use crate::run::MessageShown;
use crate::run::pending::{Change, Label};

/// What a pending snapshot has beside its contents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Note {
    /// What changed; empty for a new one.
    pub changes: Vec<Change>,
    /// The body as it came, secrets removed, for who makes a fixture of it; `None` for octets.
    pub body: Option<String>,
    /// What was sent.
    #[serde(default)]
    pub request: MessageShown,
    /// The head of what came back.
    #[serde(default)]
    pub response: MessageShown,
}

/// The head and the body of a snapshot's contents.
pub(super) fn parts(contents: &str) -> (&str, &str) {
    contents.split_once("\n\n").unwrap_or((contents, ""))
}

/// The changes from one snapshot's contents to another's, each once. `response` is what the new one
/// was taken from.
pub fn changes(old: &str, new: &str, operation: &Operation, response: &Response) -> Vec<Change> {
    let ((old_head, old_body), (new_head, new_body)) = (parts(old), parts(new));
    let mut found = Vec::new();
    let status = response.status.as_u16();
    let documented = operation.response(status);
    let stated = if documented.is_some() { Label::Allowed } else { Label::Unknown };
    let first = |head: &str| head.lines().next().unwrap_or_default().to_owned();
    if first(old_head) != first(new_head) {
        found.push(Change { change: "~ status".to_owned(), label: stated });
    }
    if old_head.lines().skip(1).ne(new_head.lines().skip(1)) {
        found.push(Change { change: "~ headers".to_owned(), label: stated });
    }
    if old_body == new_body {
        return found;
    }
    let (schema, raw) = super::described(operation, response);
    let wrong: Vec<String> = match (schema, &raw) {
        (Some(schema), Some(raw)) => {
            let wrong = schema.check(Direction::Response, raw).unwrap_or_default();
            wrong.iter().map(|mismatch| general(&mismatch.subject())).collect()
        }
        _ => Vec::new(),
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(old), Some(new)) = (json(old_body), json(new_body)) else {
        let label = if schema.is_some() { Label::Allowed } else { Label::Unknown };
        found.push(Change { change: "~ body".to_owned(), label });
        return found;
    };
    let mut pointers = Vec::new();
    compare(&old, &new, "", &mut pointers);
    let mut seen = HashSet::new();
    for (sign, at) in pointers {
        if !seen.insert((sign, at.clone())) {
            continue;
        }
        let breaks = wrong.iter().any(|wrong| *wrong == at || wrong.starts_with(&format!("{at}/")));
        let label = match (breaks, sign) {
            (true, _) => Label::Breaks,
            (false, '-') => Label::Allowed,
            (false, _) if schema.is_some_and(|s| knows(View::of(s, Direction::Response), &at)) => {
                Label::Allowed
            }
            (false, _) => Label::Unknown,
        };
        let shown = if at.is_empty() { "body".to_owned() } else { at };
        found.push(Change { change: format!("{sign} {shown}"), label });
    }
    found
}

/// A pointer with `*` for every place in a list.
pub(super) fn general(at: &str) -> String {
    let step = |step: &str| {
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() {
            "*".to_owned()
        } else {
            step.to_owned()
        }
    };
    at.split('/').map(step).collect::<Vec<_>>().join("/")
}

fn compare(old: &Value, new: &Value, at: &str, found: &mut Vec<(char, String)>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, member) in new {
                let at = pointer::join(at, name.trim_end_matches('?'));
                match old.get(name) {
                    Some(known) => compare(known, member, &at, found),
                    None => found.push(('+', at)),
                }
            }
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            found.extend(gone.map(|name| ('-', pointer::join(at, name.trim_end_matches('?')))));
        }
        (Value::Array(old), Value::Array(new)) => {
            let at = format!("{at}/*");
            for (old, new) in old.iter().zip(new) {
                compare(old, new, &at, found);
            }
            if new.len() > old.len() {
                found.push(('+', at));
            } else if new.len() < old.len() {
                found.push(('-', at));
            }
        }
        (old, new) if old != new => found.push(('~', at.to_owned())),
        _ => {}
    }
}

/// Whether the schema describes a place.
pub(super) fn knows(view: View<'_>, at: &str) -> bool {
    let mut view = view;
    for step in at.split('/').skip(1) {
        let next = if step == "*" { view.items() } else { view.member(&pointer::unescape(step)) };
        match next {
            Some(next) => view = next,
            None => return false,
        }
    }
    true
}
