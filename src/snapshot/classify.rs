//! What changed between two snapshots, and whether the document allows it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::described::described;
use super::exact;
use super::normalize::bare;
use crate::contract::schema::View;
use crate::contract::{Direction, Operation};
use crate::document::pointer;
use crate::exchange::Response;
use crate::judge::{self, At, Kind};
use crate::run::MessageShown;
use crate::run::pending::{Change, Label};

/// What a pending snapshot has beside its contents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// What changed; empty for a new one.
    pub changes: Vec<Change>,
    /// Those of them that a review accepted when it left the rest for later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Change>,
    /// Whether no answer belongs to the reviewed snapshot any more, so that accepting this removes it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_removal: bool,
    /// In which case the answer came, as in [`crate::run::Answer`].
    pub case: String,
    /// The body as it came, secrets removed, for who makes a fixture of it; `None` for octets.
    pub body: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// What was sent.
    pub request: MessageShown,
    /// The head of what came back.
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
    let broken = Broken::of(operation, response);
    let mut found = of_headers(old_head, new_head, operation, response, &broken);
    if old_body == new_body {
        return found;
    }
    let json = |text: &str| exact::read(text.as_bytes());
    let (schema, _) = described(operation, response);
    if let (Some(old), Some(new)) = (json(old_body), json(new_body)) {
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        compare(&old, &new, "", &mut places);
        places.retain(|place| seen.insert(place.clone()));
        for (sign, at) in places {
            let label = if broken.is_at(&at) {
                Label::Breaks
            } else if !broken.is_documented {
                Label::Unknown
            } else if sign == '-' || schema.is_some_and(|s| knows(View::of(s, Direction::Response), &at)) {
                Label::Allowed
            } else {
                Label::Unknown
            };
            let shown = if at.is_empty() { "body".to_owned() } else { at };
            found.push(Change { change: format!("{sign} {shown}"), label });
        }
    } else {
        let label = match (broken.is_at(""), broken.is_documented) {
            (true, _) => Label::Breaks,
            (false, true) => Label::Allowed,
            (false, false) => Label::Unknown,
        };
        found.push(Change { change: BODY.to_owned(), label });
    }
    found
}

/// The change of a body that has no parts. Two such have nothing in common but this name.
pub const BODY: &str = "~ body";

fn of_headers(
    old: &str,
    new: &str,
    operation: &Operation,
    response: &Response,
    broken: &Broken,
) -> Vec<Change> {
    let documented = operation.response(response.status.as_u16());
    let fields = |head: &str| -> Vec<(String, String)> {
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (old, new) = (fields(old), fields(new));
    let mut names: Vec<&String> = new.iter().chain(&old).map(|(name, _)| name).collect();
    let mut known = HashSet::new();
    names.retain(|name| known.insert(*name));
    let of = |fields: &[(String, String)], name: &str| -> Vec<String> {
        fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    };
    let mut found = Vec::new();
    for name in names {
        let (old, new) = (of(&old, name), of(&new, name));
        if old == new {
            continue;
        }
        let sign = match (old.is_empty(), new.is_empty()) {
            (true, _) => '+',
            (_, true) => '-',
            _ => '~',
        };
        let is_described = match name.as_str() {
            "content-type" => broken.is_documented,
            name => documented.is_some_and(|r| r.headers.iter().any(|h| h.name.eq_ignore_ascii_case(name))),
        };
        let label = if broken.headers.contains(name) {
            Label::Breaks
        } else if sign == '-' || is_described {
            Label::Allowed
        } else {
            Label::Unknown
        };
        found.push(Change { change: format!("{sign} header {name}"), label });
    }
    found
}

/// What an answer breaks, as changes name it.
struct Broken {
    /// Names of header fields, in lower case.
    headers: HashSet<String>,
    /// Pointers in which `*` is any entry of a list; empty for the whole body.
    places: Vec<String>,
    /// Whether the document knows the status and the media type.
    is_documented: bool,
}

impl Broken {
    fn of(operation: &Operation, response: &Response) -> Self {
        let (_, value) = described(operation, response);
        let mut broken = Self { headers: HashSet::new(), places: Vec::new(), is_documented: true };
        for violation in judge::response(operation, &operation.method, response).violations {
            match (violation.kind, &violation.at) {
                (_, At::ResponseHeader(name)) => {
                    broken.headers.insert(name.to_ascii_lowercase());
                }
                (Kind::Status | Kind::MediaType | Kind::Unexpected, _) => broken.is_documented = false,
                (Kind::Unjudged, _) => {}
                (Kind::Schema | Kind::Missing | Kind::Malformed, _) => {
                    let at = violation.mismatch.map_or_else(String::new, |mismatch| mismatch.subject());
                    broken.places.push(value.as_ref().map_or(at.clone(), |value| general(value, &at)));
                }
            }
        }
        broken
    }

    /// Whether something is wrong at a place, in it, or with what it is part of. What is part of
    /// something wrong may be the reason: none of it is called allowed.
    fn is_at(&self, at: &str) -> bool {
        let is_in = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.places.iter().any(|wrong| is_in(wrong, at) || is_in(at, wrong))
    }
}

/// A pointer into a value, with `*` for every place in a list.
fn general(value: &Value, at: &str) -> String {
    let mut node = Some(value);
    let mut out = String::new();
    for token in pointer::tokens(at) {
        match node {
            Some(Value::Array(items)) => {
                out.push_str("/*");
                node = token.parse::<usize>().ok().and_then(|index| items.get(index));
            }
            other => {
                out = pointer::join(&out, &token);
                node = other.and_then(|node| node.get(&token));
            }
        }
    }
    out
}

/// Members by their names, without what the names say of optional and nullable ones.
fn named(members: &Map<String, Value>) -> Vec<(&str, &String, &Value)> {
    members.iter().map(|(name, value)| (bare(name), name, value)).collect()
}

fn compare(old: &Value, new: &Value, at: &str, found: &mut Vec<(char, String)>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let (old, new) = (named(old), named(new));
            for (name, full, member) in &new {
                let at = pointer::join(at, name);
                match old.iter().find(|(known, _, _)| known == name) {
                    Some((_, known, value)) => {
                        if known != full {
                            found.push(('~', at.clone()));
                        }
                        compare(value, member, &at, found);
                    }
                    None => found.push(('+', at)),
                }
            }
            let gone = old.iter().filter(|(name, _, _)| !new.iter().any(|(known, _, _)| known == name));
            found.extend(gone.map(|(name, _, _)| ('-', pointer::join(at, name))));
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
