//! Snapshots: what endpoints answer, normalised, in insta's file format. Pure: files are read and
//! written by the caller.

mod change;
pub mod file;
mod normal;

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;

pub use change::{Change, Label, Note, changes};
pub use normal::Mode;

use crate::contract::schema::View;
use crate::contract::{Contract, Direction, Operation, StatusKey, is_json};
use crate::exchange::{Response, media_type};
use crate::produce::fixture;
use crate::run::policy;
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

/// Takes snapshots of answers, the first for each operation, status and media type. A media type
/// other than the first of its operation and status is a case of its own.
pub fn take(contract: &Contract, answers: &[(usize, Response)], settings: &Settings) -> Vec<Taken> {
    let folders = fixture::folders(contract);
    let mut taken: Vec<Taken> = Vec::new();
    let mut known: HashMap<(usize, u16), Vec<String>> = HashMap::new();
    for (answer, (index, response)) in answers.iter().enumerate() {
        let Some(operation) = contract.operations.get(*index) else { continue };
        let status = response.status.as_u16();
        if !settings.keeps(operation, status) {
            continue;
        }
        let sent = media_type(&response.headers).unwrap_or_default();
        let types = known.entry((*index, status)).or_default();
        if types.contains(&sent) {
            continue;
        }
        let case = match types.first() {
            None => String::new(),
            Some(_) => format!(".{}", fixture::file_name(sent.rsplit('/').next().unwrap_or(&sent))),
        };
        types.push(sent);
        let folder = folders.get(*index).map_or("", String::as_str);
        taken.push(Taken {
            name: format!("{folder}.{status}{case}.snap"),
            answer,
            status,
            request: format!("{} {}", operation.method, operation.path()),
            contents: contents(operation, response, settings),
        });
    }
    taken
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
    let (operation, _) = parts(name)?;
    let at = fixture::folders(contract).iter().position(|folder| folder == operation)?;
    contract.operations.get(at)
}

fn contents(operation: &Operation, response: &Response, settings: &Settings) -> String {
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
    let sent = media_type(&response.headers).unwrap_or_default();
    let documented = operation.response(response.status.as_u16()).and_then(|r| r.content_for(&sent));
    let schema = documented.and_then(|content| content.schema.as_ref());
    let value: Option<Value> = is_json(&sent).then(|| serde_json::from_slice(&response.body).ok()).flatten();
    match (value, std::str::from_utf8(&response.body)) {
        (Some(value), _) => {
            let view = schema.map(|schema| View::of(schema, Direction::Response));
            let normal =
                normal::normal(&value, view.as_ref(), settings.mode(&operation.id), &settings.redact);
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
            let size = response.body.len();
            let _ = writeln!(out, "{size} octets, FNV-1a {:016x}", policy::fnv(&response.body));
        }
    }
    out
}

#[cfg(test)]
mod tests;
