//! Snapshots: normalised responses in insta's file format.
//!
//! Pure: the caller reads and writes the files.

mod classify;
mod described;
mod diff;
mod exact;
pub mod file;
mod names;
mod normalize;
mod pretty;
mod settings;
mod volatile;

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use classify::{BODY, Note, changes};
pub use diff::lines;
pub use names::Names;
pub use normalize::Mode;
pub use pretty::indented;
pub use settings::Settings;
pub use volatile::{Learnt, learn};

use described::described;
use names::parts;

use crate::contract::schema::View;
use crate::contract::{Contract, Direction, Operation, OperationId};
use crate::exchange::{Response, media_type};
use crate::fixtures::names::{extension_of, file_name};
use crate::run::Answer;

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
    names: &Names,
    target: &str,
    answers: &[Answer],
    settings: &Settings,
    learnt: &Learnt,
) -> Vec<Taken> {
    let mut taken: Vec<Taken> = Vec::new();
    let mut known: HashMap<(OperationId, u16, &str), Vec<String>> = HashMap::new();
    for (index, answer) in answers.iter().enumerate() {
        let Some(operation) = contract.at(answer.operation) else { continue };
        let status = answer.response.status.as_u16();
        if !settings.keeps(operation, status) {
            continue;
        }
        let sent = media_type(&answer.response.headers).unwrap_or_default();
        let types = known.entry((answer.operation, status, &answer.case)).or_default();
        if types.contains(&sent) {
            continue;
        }
        let folder = names.folder(answer.operation).unwrap_or_default();
        let mut name = format!("{folder}.{status}");
        let other = types.first().map(|_| sent.rsplit('/').next().unwrap_or(&sent));
        for part in [answer.case.as_str(), other.unwrap_or_default()] {
            if !part.is_empty() {
                name.push('.');
                name.push_str(&file_name(part));
            }
        }
        types.push(sent);
        let volatile =
            normalize::Volatile { told: &settings.redact, learnt: learnt.of(folder), bound: &answer.bound };
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
/// machine, and from another port. A port makes an address of its own, also without a scheme.
pub fn elsewhere(text: &str, target: &str, other: &str) -> String {
    let (scheme, rest) = target.split_once("://").unwrap_or(("", target));
    let authority = rest.split('/').next().unwrap_or(rest);
    let text = replaced(text, &format!("{scheme}://{authority}"), other);
    if authority.contains(':') { replaced(&text, authority, other) } else { text }
}

fn replaced(text: &str, address: &str, other: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(address) {
        let (before, found) = rest.split_at(at);
        let after = found.get(address.len()..).unwrap_or_default();
        out.push_str(before);
        // A longer host or port is another address.
        let is_longer = after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            || after.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
        out.push_str(if is_longer { address } else { other });
        rest = after;
    }
    out + rest
}

/// The fixture that shows what a snapshot shows: `<operation>/<status>[.<case>].<ext>`, and the
/// `media-type` of its sidecar where the extension does not say it. `None` for a name that is none.
pub fn fixture_of(name: &str, note: &Note) -> Option<(String, Option<String>)> {
    let (operation, rest) = parts(name)?;
    let mut path = format!("{operation}/{}", rest.split('.').next().unwrap_or(rest));
    if !note.case.is_empty() {
        path.push('.');
        path.push_str(&file_name(&note.case));
    }
    let Some(media_type) =
        note.media_type.as_ref().filter(|_| note.body.as_ref().is_some_and(|b| !b.is_empty()))
    else {
        return Some((format!("{path}.empty"), None));
    };
    let (extension, is_exact) = extension_of(media_type);
    Some((format!("{path}.{extension}"), (!is_exact).then(|| media_type.clone())))
}

fn contents(
    operation: &Operation,
    response: &Response,
    settings: &Settings,
    volatile: &normalize::Volatile<'_>,
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
    let mode = settings.mode(&operation.id);
    let text = std::str::from_utf8(&response.body);
    let opaque = if text.is_ok() { "text" } else { "octets" };
    let whole = if mode == Mode::Shape { Some(opaque) } else { volatile.name("") };
    match (value, text) {
        (None, _) if whole.is_some() => {
            let _ = writeln!(out, "[{}]", whole.unwrap_or_default());
        }
        (Some(value), _) => {
            let view = schema.map(|schema| View::of(schema, Direction::Response));
            let normal = match mode {
                Mode::Values => normalize::values(&value, view.as_ref(), volatile),
                Mode::Shape => normalize::shape(&value, view.as_ref()),
            };
            out.push_str(&exact::write(&normal));
            out.push('\n');
        }
        (None, Ok(text)) => {
            out.push_str(&file::line_feeds(text));
            if !out.ends_with('\n') {
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
