//! Snapshots: what endpoints answer, normalised, in insta's file format. Pure: files are read and
//! written by the caller.

mod change;
mod diff;
pub mod file;
mod learn;
mod normal;

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

pub use change::{Note, changes};
pub use diff::lines;
pub use learn::{Learnt, learn};
pub use normal::Mode;

use crate::contract::body::{self, Body};
use crate::contract::schema::{Schema, View};
use crate::contract::{Contract, Direction, Operation, StatusKey, is_json};
use crate::exchange::{Response, media_type};
use crate::produce::fixture;
use crate::run::{Answer, policy};
use crate::settings;

/// Header fields that are kept where nothing else is said.
const HEADERS: &[&str] = &["content-type", "allow"];

/// How snapshots are taken.
#[derive(Debug, Default)]
pub struct Settings {
    mode: Mode,
    /// Modes of single operations, by a pattern of their names.
    operations: Vec<(String, Mode)>,
    statuses: Vec<StatusKey>,
    headers: Vec<String>,
    /// Pointers whose values are volatile, and what stands for them.
    redact: Vec<(String, String)>,
}

impl Settings {
    /// From `[snapshot]`.
    ///
    /// # Errors
    /// What is no status.
    pub fn of(told: Option<&settings::Snapshot>) -> Result<Self, String> {
        let default = settings::Snapshot::default();
        let told = told.unwrap_or(&default);
        let mode = |mode: Option<settings::SnapshotMode>| match mode {
            Some(settings::SnapshotMode::Shape) => Mode::Shape,
            _ => Mode::Values,
        };
        let statuses = told.statuses.iter().map(|key| {
            StatusKey::parse(key).ok_or_else(|| format!("[snapshot] statuses: {key:?} is no status"))
        });
        let statuses = statuses.collect::<Result<_, _>>()?;
        let headers = if told.headers.is_empty() {
            HEADERS.iter().map(|name| (*name).to_owned()).collect()
        } else {
            told.headers.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        Ok(Self {
            mode: mode(told.mode),
            operations: told
                .operation
                .iter()
                .map(|(name, own)| (name.clone(), mode(own.mode.or(told.mode))))
                .collect(),
            statuses,
            headers,
            redact: told.redact.iter().map(|entry| (entry.pointer.clone(), entry.r#as.clone())).collect(),
        })
    }

    /// Where nothing else is said, the documented successes are kept.
    fn keeps(&self, operation: &Operation, status: u16) -> bool {
        if self.statuses.is_empty() {
            return operation.is_success(status);
        }
        self.statuses.iter().any(|key| key.covers(status))
    }

    fn mode(&self, operation: &str) -> Mode {
        let own = self.operations.iter().find(|(pattern, _)| policy::fits(pattern, operation));
        own.map_or(self.mode, |(_, mode)| *mode)
    }
}

/// A snapshot as it was just taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Below the document's folder of snapshots: `<operation>.<status>[.<case>].snap`.
    pub name: String,
    /// Which of the answers it shows.
    pub answer: usize,
    /// The status.
    pub status: u16,
    /// `METHOD /path/template`.
    pub request: String,
    /// Status, header fields and the normalised body.
    pub contents: String,
}

/// Takes snapshots of answers, the first for each operation, status, case and media type. A media
/// type other than the first of its operation and status is a case of its own.
pub fn take(
    contract: &Contract,
    target: &str,
    answers: &[Answer],
    settings: &Settings,
    learnt: &Learnt,
) -> Vec<Taken> {
    let folders = fixture::folders(contract);
    let mut taken: Vec<Taken> = Vec::new();
    let mut known: HashMap<(usize, u16, &str), Vec<String>> = HashMap::new();
    for (index, answer) in answers.iter().enumerate() {
        let Some(operation) = contract.operations.get(answer.operation) else { continue };
        let status = answer.response.status.as_u16();
        if !settings.keeps(operation, status) {
            continue;
        }
        let sent = media_type(&answer.response.headers).unwrap_or_default();
        let types = known.entry((answer.operation, status, &answer.case)).or_default();
        if types.contains(&sent) {
            continue;
        }
        let folder = folders.get(answer.operation).map_or("", String::as_str);
        let mut name = format!("{folder}.{status}");
        let other = types.first().map(|_| sent.rsplit('/').next().unwrap_or(&sent));
        for part in [answer.case.as_str(), other.unwrap_or_default()] {
            if !part.is_empty() {
                name.push('.');
                name.push_str(&fixture::file_name(part));
            }
        }
        types.push(sent);
        let volatile =
            normal::Volatile { told: &settings.redact, learnt: learnt.of(folder), bound: &answer.bound };
        let contents = contents(operation, &answer.response, settings, &volatile);
        taken.push(Taken {
            name: name + ".snap",
            answer: index,
            status,
            request: format!("{} {}", operation.method, operation.path()),
            contents: elsewhere(&contents, target, "[target]"),
        });
    }
    taken
}

/// A text in which the address of the target is another: the same answers come from another
/// machine, and from another port.
pub fn elsewhere(text: &str, target: &str, other: &str) -> String {
    let origin_end = target.find("://").map_or(0, |at| at + 3);
    let end =
        target.get(origin_end..).and_then(|rest| rest.find('/')).map_or(target.len(), |at| origin_end + at);
    let origin = target.get(..end).unwrap_or(target);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(origin).filter(|_| !origin.is_empty()) {
        let (before, found) = rest.split_at(at);
        let after = found.get(origin.len()..).unwrap_or_default();
        out.push_str(before);
        // A longer host or port is another address.
        let is_longer = after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        out.push_str(if is_longer { origin } else { other });
        rest = after;
    }
    out + rest
}

/// The operation's part of a file's name, and what follows it: `<status>[.<case>]`.
fn parts(name: &str) -> Option<(&str, &str)> {
    let stem = name.strip_suffix(".snap")?;
    let is_status = |part: &str| part.len() == 3 && part.bytes().all(|octet| octet.is_ascii_digit());
    let mut dots = stem.rmatch_indices('.').map(|(at, _)| at);
    let at = dots.find(|at| is_status(stem[at + 1..].split('.').next().unwrap_or_default()))?;
    Some((&stem[..at], &stem[at + 1..]))
}

/// The fixture that shows what a snapshot shows: `<operation>/<status>[.<case>].<ext>`, and the
/// `media-type` of its sidecar where the extension does not say it. `None` for a name that is none.
pub fn fixture_of(name: &str, contents: &str) -> Option<(String, Option<String>)> {
    let (operation, rest) = parts(name)?;
    let mut lines = contents.lines().take_while(|line| !line.is_empty());
    let sent = lines.find_map(|line| line.strip_prefix("content-type: "));
    let Some(media_type) = sent.map(|sent| sent.split(';').next().unwrap_or(sent).trim().to_owned()) else {
        return Some((format!("{operation}/{rest}.empty"), None));
    };
    let (extension, is_exact) = fixture::extension_of(&media_type);
    let status = rest.split('.').next().unwrap_or(rest);
    Some((format!("{operation}/{status}.{extension}"), (!is_exact).then_some(media_type)))
}

/// The operation that a file belongs to, by its name; `None` where there is none any more.
pub fn operation_of<'c>(contract: &'c Contract, name: &str) -> Option<&'c Operation> {
    operation_named(contract, parts(name)?.0)
}

/// The operation whose files have that name.
pub fn operation_named<'c>(contract: &'c Contract, folder: &str) -> Option<&'c Operation> {
    let at = fixture::folders(contract).iter().position(|known| known == folder)?;
    contract.operations.get(at)
}

/// The schema that the document has for an answer's body, and the body's value: JSON, or what the
/// schema makes of XML and CSV. `None` for a body that is only a text or octets.
fn described<'o>(operation: &'o Operation, response: &Response) -> (Option<&'o Schema>, Option<Value>) {
    let sent = media_type(&response.headers).unwrap_or_default();
    let documented = operation.response(response.status.as_u16()).and_then(|r| r.content_for(&sent));
    let value = if is_json(&sent) {
        serde_json::from_slice(&response.body).ok()
    } else {
        let read = documented.map(|content| {
            body::read(content, Direction::Response, &sent, &response.headers, &response.body)
        });
        match read {
            Some(Ok(Body::Value(value @ (Value::Object(_) | Value::Array(_))))) => Some(value),
            _ => None,
        }
    };
    (documented.and_then(|content| content.schema.as_deref()), value)
}

fn contents(
    operation: &Operation,
    response: &Response,
    settings: &Settings,
    volatile: &normal::Volatile<'_>,
) -> String {
    let mut out = response.status.to_string();
    out.push('\n');
    for name in &settings.headers {
        for value in response.headers.get_all(name.as_str()) {
            let _ = writeln!(out, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    if response.body.is_empty() {
        return out;
    }
    out.push('\n');
    let (schema, value) = described(operation, response);
    match (value, std::str::from_utf8(&response.body)) {
        (None, _) if volatile.name("").is_some() => {
            let _ = writeln!(out, "[{}]", volatile.name("").unwrap_or_default());
        }
        (Some(value), _) => {
            let view = schema.map(|schema| View::of(schema, Direction::Response));
            let normal = match settings.mode(&operation.id) {
                Mode::Values => normal::values(&value, view.as_ref(), volatile),
                Mode::Shape => normal::shape(&value, view.as_ref()),
            };
            out.push_str(&serde_json::to_string_pretty(&normal).unwrap_or_default());
            out.push('\n');
        }
        (None, Ok(text)) => {
            out.push_str(&text.replace("\r\n", "\n"));
            if !text.ends_with('\n') {
                out.push('\n');
            }
        }
        (None, Err(_)) => {
            let _ = write!(out, "{} octets, SHA-256 ", response.body.len());
            for octet in Sha256::digest(&response.body) {
                let _ = write!(out, "{octet:02x}");
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests;
