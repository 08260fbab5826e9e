//! A response of the mock before it is written to the connection.

mod tag;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::violation::RecordedViolation;
use crate::contract::body::Framing;
use crate::contract::is_framing;
use crate::exchange::{UNDOCUMENTED, json};
use tag::Tag;
pub(super) use tag::is_same;

/// A response that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where it comes from.
    pub source: Source,
    /// Which fixture or example it is, and for which requests.
    pub label: Option<Arc<Label>>,
    /// The `ETag` of a body that was prepared.
    tag: Option<Arc<Tag>>,
    /// How long to wait before it is sent.
    pub delay: Duration,
    /// Whether that is all, so that the mock's own delay does not count.
    pub is_delay_final: bool,
    /// How its body is cut into items that are sent one by one, and the wait before each.
    pub stream: Option<(Framing, Duration)>,
    /// How the connection breaks while it is sent.
    pub interruption: Option<Interruption>,
}

/// Where an answer of the mock comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Source {
    /// A file of the folder of fixtures.
    Fixture,
    /// An example of the document.
    Example,
    /// A value made from a schema.
    Generated,
    /// The state of a stateful mock.
    State,
    /// The API's own error object.
    Refusal,
    /// Problem details (RFC 9457) of the mock itself.
    Problem,
    /// An answer that was set, or an answer of the control address.
    Control,
    /// The answer to OPTIONS that the mock gives by itself.
    Options,
    /// A fault that was asked for.
    Fault,
    /// An answer that the configuration adds to the document.
    Extra,
    /// A failure by `--chaos`.
    Chaos,
    /// The mock's own authorization server.
    Login,
    /// The target behind a proxy.
    Target,
}

/// Which fixture or example an answer is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    text: String,
    /// The same as it stands in `Counterpart-Source`.
    field: HeaderValue,
}

impl Label {
    /// The label of a fixture or example, with where it comes from: `fixture 200.task.json`.
    pub fn new(source: Source, name: &str) -> Arc<Self> {
        Self::of_text(&format!("{} {name}", source.name()))
    }

    /// The label of this text.
    pub fn of_text(text: &str) -> Arc<Self> {
        let shown: String = text.chars().map(|c| if is_visible(c) { c } else { '?' }).collect();
        let field = HeaderValue::try_from(shown).unwrap_or(HeaderValue::from_static(""));
        Arc::new(Self { text: text.to_owned(), field })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    /// After half of the body.
    HalfWay,
    /// Before the first octet of the response.
    AtOnce,
}

impl Source {
    /// Its name, in the journal and in `Counterpart-Source`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fixture => "fixture",
            Self::Example => "example",
            Self::Generated => "generated",
            Self::State => "state",
            Self::Refusal => "refusal",
            Self::Problem => "problem",
            Self::Control => "control",
            Self::Options => "options",
            Self::Fault => "fault",
            Self::Extra => "extra",
            Self::Chaos => "chaos",
            Self::Login => "login",
            Self::Target => "target",
        }
    }

    /// Whether somebody wrote it, and it is not made from a schema.
    pub(super) fn is_told(self) -> bool {
        matches!(self, Self::Fixture | Self::Example)
    }

    /// With the fixture or example, where it is one.
    pub(super) fn with_label(self, label: Option<&Label>) -> &str {
        match (label, self) {
            (Some(label), Self::Fixture | Self::Example) => &label.text,
            _ => self.name(),
        }
    }
}

const REQUEST: HeaderName = HeaderName::from_static("counterpart-request");
const SOURCE: HeaderName = HeaderName::from_static("counterpart-source");
/// Longest value of `Counterpart-Violations`, in bytes; clients limit header sections.
const MAX_VIOLATIONS: usize = 4 << 10;

impl Response {
    /// Where it comes from, with the fixture or example.
    pub fn origin(&self) -> &str {
        self.source.with_label(self.label.as_deref())
    }

    /// The status that the client sees; 0 where it gets no answer.
    pub fn sent_status(&self) -> u16 {
        if self.interruption == Some(Interruption::AtOnce) { 0 } else { self.status.as_u16() }
    }

    /// Works out what follows from the body, for a response that is sent many times.
    pub fn prepare(&mut self) {
        self.tag = Tag::of(&self.body, self.headers.get(CONTENT_TYPE)).map(Arc::new);
    }

    /// The `ETag` that follows from the body.
    pub fn own_tag(&self) -> Option<HeaderValue> {
        let prepared = self.tag.as_deref().filter(|tag| tag.is_of(&self.body));
        let prepared = prepared.map(|tag| tag.field.clone());
        prepared.or_else(|| Tag::of(&self.body, self.headers.get(CONTENT_TYPE)).map(|tag| tag.field))
    }

    /// Gives a success an `ETag` where it has none, and answers 304 where the client has it already (RFC 9110
    /// §13.1.2).
    pub fn revalidate(&mut self, method: &Method, request: &HeaderMap) {
        let is_plain = self.status == StatusCode::OK && self.stream.is_none() && self.interruption.is_none();
        if !(*method == Method::GET || *method == Method::HEAD) || !is_plain || self.body.is_empty() {
            return;
        }
        if !self.headers.contains_key(ETAG)
            && let Some(field) = self.own_tag()
        {
            self.headers.insert(ETAG, field);
        }
        if !request.contains_key(IF_NONE_MATCH) {
            return;
        }
        let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = self.headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(strong);
        let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        if known.flat_map(|line| line.split(',')).any(|tag| tag.trim() == "*" || Some(strong(tag)) == own) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
        }
    }

    /// Tells the client which entry of the journal this is, where the answer comes from, and in which ways
    /// the request broke the document.
    pub fn announce(&mut self, id: u64, violations: &[RecordedViolation]) {
        self.headers.insert(REQUEST, HeaderValue::from(id));
        let source = match (&self.label, self.source) {
            (Some(label), Source::Fixture | Source::Example) => label.field.clone(),
            (_, source) => HeaderValue::from_static(source.name()),
        };
        self.headers.insert(SOURCE, source);
        if violations.is_empty() {
            return;
        }
        let mut shown = violations;
        let mut text = ascii_json(shown);
        while text.len() > MAX_VIOLATIONS && shown.len() > 1 {
            shown = shown.get(..shown.len() / 2).unwrap_or_default();
            text = ascii_json(shown);
        }
        self.set("counterpart-violations", &text);
    }

    /// Sets a header field to a text of which what a header cannot hold is shown as `?`.
    pub fn set_visible(&mut self, name: &str, text: &str) {
        let visible: String = text.chars().map(|c| if is_visible(c) { c } else { '?' }).collect();
        self.set(name, &visible);
    }

    /// A response without headers and content.
    pub fn empty(status: StatusCode, source: Source) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source,
            label: None,
            tag: None,
            delay: Duration::ZERO,
            is_delay_final: false,
            stream: None,
            interruption: None,
        }
    }

    /// A JSON response of the mock itself.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, ..Self::of_json(json::write(body)) }
    }

    /// A response of the mock itself, of which the JSON is there.
    pub fn of_json(text: impl Into<Bytes>) -> Self {
        let mut response = Self::empty(StatusCode::OK, Source::Control);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.body = text.into();
        response
    }

    /// What clients get while others hold all that may be held for those who do not read.
    pub fn crowded() -> Self {
        Self::problem(503, "other clients have not read what they asked for; try again", None)
    }

    /// Problem details (RFC 9457), with one further member where `more` names it.
    pub fn problem(status: u16, detail: &str, more: Option<(&str, Value)>) -> Self {
        let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({
            "type": "about:blank",
            "title": code.canonical_reason().unwrap_or("Refused"),
            "status": status,
            "detail": detail,
        });
        if let (Some((name, value)), Some(object)) = (more, body.as_object_mut()) {
            object.insert(name.to_owned(), value);
        }
        let mut response = Self::empty(code, Source::Problem);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.body = body.to_string().into();
        response
    }

    /// Sets a header field; a name or value that HTTP does not allow is left out.
    pub fn set(&mut self, name: &str, value: &str) {
        set(&mut self.headers, name, Some(value));
    }

    /// Says that its body stands in for one that the document describes and that could not be made.
    #[must_use]
    pub fn standing_in(mut self) -> Self {
        self.set(UNDOCUMENTED, "body");
        self
    }

    /// Sets a header field to several values, each in a line of its own (RFC 6265 §3 asks for that).
    pub fn set_all(&mut self, name: &str, values: &[String]) {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            self.headers.remove(name);
        }
        for (name, value) in values.iter().filter_map(|value| field(name, value)) {
            self.headers.append(name, value);
        }
    }

    /// The message for the server. HEAD is answered as GET, without the content (RFC 9110 §9.3.2).
    pub fn into_http(self, is_head: bool) -> axum::response::Response {
        let mut response = axum::response::Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(interruption) = self.interruption.filter(|how| !is_head || *how == Interruption::AtOnce) {
            interrupt(interruption, &self.body, &mut response);
        } else if is_head && self.stream.is_some() {
            // Nobody knows the length of a stream.
        } else if is_head {
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        } else if let Some((framing, pause)) = self.stream.filter(|_| !self.body.is_empty()) {
            *response.body_mut() = Body::from_stream(items(framing, pause, &self.body));
        } else if !self.body.is_empty() {
            *response.body_mut() = Body::from(self.body);
        }
        response
    }
}

/// The items of a body, each after a pause.
fn items(
    framing: Framing,
    pause: Duration,
    body: &Bytes,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + use<> {
    let mut ends = framing.ends(body);
    if ends.last() != Some(&body.len()) {
        ends.push(body.len());
    }
    let starts: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).collect();
    let items: Vec<Bytes> = starts.iter().zip(&ends).map(|(from, to)| body.slice(*from..*to)).collect();
    futures_util::stream::unfold(items.into_iter(), move |mut rest| async move {
        let item = rest.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok(item), rest))
    })
}

fn is_visible(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

/// JSON as a header field can hold it: characters beyond ASCII are escaped.
fn ascii_json(violations: &[RecordedViolation]) -> String {
    use std::fmt::Write as _;
    let text = json!(violations).to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_visible(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Breaks a connection: half of the body and then the end, or no response at all.
fn interrupt(interruption: Interruption, body: &Bytes, response: &mut axum::response::Response) {
    if interruption == Interruption::AtOnce {
        // The server sees the mark and drops the connection.
        response.extensions_mut().insert(interruption);
        return;
    }
    let half: std::io::Result<Bytes> = Ok(body.slice(..body.len() / 2));
    let half = futures_util::stream::once(std::future::ready(half));
    let end = futures_util::stream::once(async {
        // What was written must have left before the connection ends.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    });
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from_stream(futures_util::StreamExt::chain(half, end));
}

/// Sets a header field where both name and value are allowed in HTTP, and follow from data at all.
pub(super) fn set(headers: &mut HeaderMap, name: &str, value: Option<&str>) {
    if let Some((name, value)) = value.and_then(|value| field(name, value)) {
        headers.insert(name, value);
    }
}

fn field(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !is_framing(name.as_str()))?;
    Some((name, HeaderValue::from_str(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(404, "Not Found")]
    #[case(599, "Refused")]
    fn problem_details(#[case] status: u16, #[case] title: &str) {
        let response = Response::problem(status, "why", Some(("available", json!(["a"]))));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(
            body,
            json!({"type": "about:blank", "title": title, "status": status, "detail": "why", "available": ["a"]})
        );
    }

    #[rstest]
    #[case("x-a", "1", true)]
    #[case("x a", "1", false)]
    #[case("x-a", "1\r\nx-b: 2", false)]
    #[case("Content-Length", "3", false)]
    #[case("transfer-encoding", "chunked", false)]
    #[case("Content-Encoding", "gzip", false)]
    #[case("Connection", "close", false)]
    #[case("Content-Language", "en", true)]
    fn only_header_fields_that_http_allows(#[case] name: &str, #[case] value: &str, #[case] is_set: bool) {
        let mut response = Response::empty(StatusCode::OK, Source::Control);
        response.set(name, value);
        assert_eq!(!response.headers.is_empty(), is_set);
    }

    #[test]
    fn each_of_several_values_has_a_line() {
        let mut response = Response::empty(StatusCode::OK, Source::Fixture);
        response.set("set-cookie", "old=1");
        response.set_all("Set-Cookie", &["a=1".to_owned(), "no\nne".to_owned(), "b=2".to_owned()]);
        let values: Vec<&str> =
            response.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(values, ["a=1", "b=2"]);
    }

    #[rstest]
    #[case(true, Some("2"))]
    #[case(false, None)]
    fn head_announces_the_length(#[case] is_head: bool, #[case] length: Option<&str>) {
        let response = Response::json(StatusCode::OK, &json!({})).into_http(is_head);
        let announced = response.headers().get(CONTENT_LENGTH).map(|value| value.to_str().unwrap());
        assert_eq!(announced, length);
    }
}
