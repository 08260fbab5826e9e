//! An entry of the journal as a value, for control and the library.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::journal::Entry;
use super::response::Source;
use super::violation::RecordedViolation;
use crate::contract::parameter;
use crate::redact::Redactor;

/// A request that the mock answered. Secrets are removed from it: credentials, cookies and what is
/// named like a password.
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = counterpart::Project::core7()?.mock().start().await?;
/// # let url = mock.url().to_owned();
/// # tokio::task::spawn_blocking(move || {
/// #     use std::io::{Read, Write};
/// #     let mut socket = std::net::TcpStream::connect(url.trim_start_matches("http://"))?;
/// #     socket.write_all(b"GET /nothing HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\r\n")?;
/// #     socket.read_to_end(&mut Vec::new())
/// # }).await??;
/// // … a client asks for /nothing …
/// let requests = mock.requests();
/// assert_eq!((requests[0].path.as_str(), requests[0].status), ("/nothing", 404));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct RecordedRequest {
    /// Counted from 1.
    pub id: u64,
    /// When it was answered (RFC 3339).
    pub at: String,
    /// The session's name; `None` for the one that nameless requests share.
    pub session: Option<String>,
    /// Id of the operation; `None` where the document has none for the path and method.
    pub operation: Option<String>,
    /// The method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The path as it was sent.
    pub path: String,
    /// The query's parameters; of several with one name the last.
    pub query: Map<String, Value>,
    /// The header fields, names in lower case.
    pub headers: IndexMap<String, String>,
    /// The body: JSON as its value, other text as a string; the first 64 KiB of it.
    pub body: Option<Value>,
    /// Name of the key: `key-1` for the first of [`crate::MockBuilder::key`]; never the token.
    pub key: Option<String>,
    /// Status of the answer; 0 where the connection was closed without one.
    pub status: u16,
    /// Where the answer comes from.
    pub source: Source,
    /// In which ways the request broke the document.
    pub violations: Vec<RecordedViolation>,
    /// Names in it that the document does not have: of query parameters, of members, and of header fields
    /// that are one edit away from a documented one.
    pub unknown: Vec<RecordedViolation>,
    /// What `--chaos` made of it: `answered 503`, `waited 732 ms`, or a connection that was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chaos: Option<String>,
    /// What is wrong with the answer, where it is that of a target behind a proxy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// One line: method, path, status, operation and what was wrong.
impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.path, self.status)?;
        if let Some(operation) = &self.operation {
            write!(f, " {operation}")?;
        }
        for violation in &self.violations {
            write!(f, " · {violation}")?;
        }
        Ok(())
    }
}

impl RecordedRequest {
    /// What is shown of an entry of a session whose mock has this address.
    pub(super) fn of(entry: &Entry, session: &str, origin: &str, redactor: &Redactor) -> Self {
        let answered = entry.kept.request();
        let redactor = &*redactor.knowing(&answered, Some((&entry.kept.answer(), &entry.answer.body)));
        let url = redactor.url(&format!("{origin}{}", answered.target()));
        let query = url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        let query = parameter::pairs(&query)
            .into_iter()
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect();
        let media_type = crate::exchange::media_type(&answered.headers);
        let body = redactor.body(&answered.body, media_type.as_deref());
        let shown = |mut violation: RecordedViolation| {
            violation.message = redactor.text(&violation.message);
            violation
        };
        let undocumented = entry.undocumented.as_deref().map(RecordedViolation::of_undocumented);
        let violations = undocumented.into_iter().chain(entry.violations.iter().cloned());
        Self {
            id: entry.id,
            at: entry.at.to_string(),
            session: (!session.is_empty()).then(|| session.to_owned()),
            operation: entry.operation.as_ref().map(|operation| operation.id.clone()),
            method: answered.method.to_string(),
            path: redactor.text(&answered.path),
            query,
            headers: redactor.headers(&answered.headers),
            body: body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
            key: entry.key.as_deref().map(str::to_owned),
            status: entry.status,
            source: entry.source,
            violations: violations.map(shown).collect(),
            unknown: entry.unknown.iter().cloned().map(shown).collect(),
            chaos: entry.answer.chaos.map(|fate| fate.to_string()),
            findings: entry.answer.findings.iter().map(|finding| redactor.text(finding)).collect(),
            url,
        }
    }
}
