//! An entry as a text, for a journal that replicas share: what a journal shows of it, with secrets removed.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answered, Entry, Kept};
use crate::exchange::{Request, media_type};
use crate::mock::chaos::Fate;
use crate::mock::response::{Label, Source};
use crate::mock::statistics::OperationRecord;
use crate::mock::violation::RecordedViolation;
use crate::redact::Redactor;

/// Header fields, names in lower case.
type Fields = Vec<(String, String)>;

#[derive(Serialize, Deserialize)]
struct Wire {
    id: u64,
    /// In microseconds.
    at: i64,
    operation: Option<String>,
    method: String,
    path: String,
    query: Option<String>,
    headers: Fields,
    body: Option<String>,
    key: Option<String>,
    status: u16,
    source: Source,
    violations: Vec<RecordedViolation>,
    unknown: Vec<RecordedViolation>,
    undocumented: Option<String>,
    /// In microseconds.
    duration: u64,
    answer: WireAnswer,
}

#[derive(Default, Serialize, Deserialize)]
struct WireAnswer {
    headers: Fields,
    body: Option<String>,
    label: Option<String>,
    note: Option<String>,
    unjudged: Option<String>,
    decided: Option<String>,
    media_type: Option<String>,
    call: u32,
    chaos: Option<Fate>,
    findings: Vec<String>,
}

impl Entry {
    /// The entry as a text, without secrets.
    pub fn wire(&self, redactor: &Redactor) -> String {
        let request = self.kept.request();
        let url = redactor.url(&request.target());
        let text = |text: &String| redactor.text(text);
        let shown = |violation: &RecordedViolation| RecordedViolation {
            message: redactor.text(&violation.message),
            ..violation.clone()
        };
        let headers = self.kept.answer();
        let fields = |headers: &HeaderMap| redactor.headers(headers).into_iter().collect();
        let answer = &self.answer;
        let wire = Wire {
            id: self.id,
            at: self.at.as_microsecond(),
            operation: self.operation.as_ref().map(|operation| operation.id.clone()),
            method: request.method.to_string(),
            path: redactor.text(&request.path),
            query: url.split_once('?').map(|(_, query)| query.to_owned()),
            headers: fields(&request.headers),
            body: redactor.body(&request.body, media_type(&request.headers).as_deref()),
            key: self.key.as_deref().map(str::to_owned),
            status: self.status,
            source: self.source,
            violations: self.violations.iter().map(shown).collect(),
            unknown: self.unknown.iter().map(shown).collect(),
            undocumented: self.undocumented.as_deref().map(str::to_owned),
            duration: u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX),
            answer: WireAnswer {
                headers: fields(&headers),
                body: redactor.body(&answer.body, media_type(&headers).as_deref()),
                label: answer.label.as_ref().map(|label| label.text().to_owned()),
                note: answer.note.as_ref().map(text),
                unjudged: answer.unjudged.as_ref().map(text),
                decided: answer.decided.as_deref().map(str::to_owned),
                media_type: answer.media_type.as_deref().map(str::to_owned),
                call: answer.call,
                chaos: answer.chaos,
                findings: answer.findings.iter().map(text).collect(),
            },
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// The entry of a text; `None` where that is none.
    pub fn of_wire(text: &str) -> Option<Self> {
        let mut wire: Wire = serde_json::from_str(text).ok()?;
        let answer = std::mem::take(&mut wire.answer);
        let request = Request {
            method: Method::from_bytes(wire.method.as_bytes()).ok()?,
            path: wire.path,
            query: wire.query,
            headers: read(&wire.headers),
            body: wire.body.unwrap_or_default().into(),
        };
        Some(Self {
            id: wire.id,
            at: Timestamp::from_microsecond(wire.at).ok()?,
            operation: wire.operation.as_deref().map(OperationRecord::new),
            kept: Kept::of(&request, &read(&answer.headers)),
            key: wire.key.map(Arc::from),
            status: wire.status,
            source: wire.source,
            violations: wire.violations,
            unknown: wire.unknown,
            undocumented: wire.undocumented.map(Cow::Owned),
            duration: Duration::from_micros(wire.duration),
            answer: Answered {
                body: answer.body.unwrap_or_default().into(),
                is_shared: false,
                label: answer.label.as_deref().map(Label::of_text),
                note: answer.note,
                unjudged: answer.unjudged,
                decided: answer.decided.map(Cow::Owned),
                media_type: answer.media_type.map(Arc::from),
                call: answer.call,
                chaos: answer.chaos,
                findings: answer.findings,
            },
        })
    }
}

/// What cannot be a field is none.
fn read(fields: &[(String, String)]) -> HeaderMap {
    let pairs = fields.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}
