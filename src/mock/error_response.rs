//! Refusals: the API's own error object, else the document's, else problem details (RFC 9457).

use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::App;
use super::replay::{Placeholders, Response, generated};
use crate::contract::{Operation, SchemeKind, StatusKey};
use crate::judge::{At, Kind, Violation};

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// Entry names of `[errors]`, the most specific first.
    pub entries: Vec<String>,
    /// The status, unless an entry says another.
    pub status: u16,
    /// One line for people.
    pub detail: String,
    /// What entries may put into their texts.
    pub values: Placeholders,
}

impl Refusal {
    pub fn new(entry: &str, status: u16, detail: impl Into<String>) -> Self {
        Self { entries: vec![entry.to_owned()], status, detail: detail.into(), values: Placeholders::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// The refusal of invalid input, for its first violation.
    pub fn invalid(operation: &Operation, violation: &Violation) -> Self {
        let documented =
            |status: u16| operation.responses.iter().any(|r| r.status == StatusKey::Code(status));
        let general = [400, 422].into_iter().find(|status| documented(*status)).or_else(|| {
            let has = |key| operation.responses.iter().any(|r| r.status == key);
            (has(StatusKey::Class(4)) || has(StatusKey::Default)).then_some(400)
        });
        let (entries, status) = match violation.kind {
            Kind::MediaType => {
                let status = if documented(415) { 415 } else { general.unwrap_or(415) };
                (vec!["unsupported-media-type".to_owned()], status)
            }
            Kind::Malformed => {
                (vec!["malformed-body".to_owned(), "invalid".to_owned()], general.unwrap_or(400))
            }
            _ => (entries(violation), general.unwrap_or(422)),
        };
        let mut refusal =
            Self { entries, status, detail: violation.message.clone(), values: Placeholders::new() };
        let subject = violation.mismatch.as_ref().map(crate::contract::Mismatch::subject).unwrap_or_default();
        let field = match &violation.at {
            At::Parameter(_, name) => name.clone(),
            _ => subject.trim_start_matches('/').to_owned(),
        };
        let actual = violation.actual.trim_matches('"').to_owned();
        refusal.values.insert("field", field);
        refusal.values.insert("value", actual);
        refusal.values.insert("reason", violation.actual.clone());
        refusal.values.insert("media-type", violation.actual.clone());
        let limit = violation.mismatch.as_ref().and_then(|m| m.limit.clone());
        refusal.values.insert("limit", limit.unwrap_or_default());
        refusal
    }
}

/// Entry names for invalid input: `invalid-max-length`, `invalid-integer`, …, then `invalid`.
fn entries(violation: &Violation) -> Vec<String> {
    let mut names = Vec::new();
    match &violation.mismatch {
        None if violation.kind == Kind::Missing => names.push("invalid-required".to_owned()),
        None => {}
        Some(mismatch) => match mismatch.keyword {
            "type" => {
                if mismatch.actual == "null" {
                    names.push("invalid-null".to_owned());
                }
                let wanted = mismatch.expected.split(" or ").find(|kind| *kind != "null");
                names.extend(wanted.map(|kind| format!("invalid-{kind}")));
            }
            "format" => names.extend(mismatch.limit.as_ref().map(|format| format!("invalid-{format}"))),
            // A choice among alternatives that are enums, for a person.
            "oneOf" | "anyOf" => names.push("invalid-enum".to_owned()),
            keyword => {
                let mut name = "invalid-".to_owned();
                for c in keyword.chars() {
                    if c.is_ascii_uppercase() {
                        name.push('-');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                names.push(name);
            }
        },
    }
    names.push("invalid".to_owned());
    names
}

impl App {
    /// The answer to a refused request.
    pub(super) fn refuse(&self, operation: Option<&Operation>, refusal: &Refusal) -> Response {
        let mut answer = self.refusal_body(operation, refusal);
        answer.source = "refusal";
        if answer.status == StatusCode::UNAUTHORIZED && !answer.headers.contains_key(WWW_AUTHENTICATE) {
            let challenge = operation.map_or("Bearer", |operation| self.challenge(operation));
            answer.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        answer
    }

    fn refusal_body(&self, operation: Option<&Operation>, refusal: &Refusal) -> Response {
        let options = &self.inner.options;
        if !options.problem_errors {
            let entry = refusal.entries.iter().find_map(|name| options.errors.get(name));
            if let Some(entry) = entry {
                let status = StatusCode::from_u16(entry.status.unwrap_or(refusal.status))
                    .unwrap_or(StatusCode::BAD_REQUEST);
                let mut answer = Response::empty(status, "refusal");
                let is_bare = operation
                    .and_then(|operation| operation.response(status.as_u16()))
                    .is_some_and(|response| response.content.is_empty());
                // Where the document names the status without content, none is sent.
                if let Some(body) = entry.body.as_ref().filter(|_| !is_bare) {
                    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    answer.body = filled(body, refusal).to_string().into();
                }
                for (name, value) in &entry.headers {
                    if let (Ok(name), Ok(value)) =
                        (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
                    {
                        answer.headers.insert(name, value);
                    }
                }
                return answer;
            }
            if let Some(operation) = operation
                && let Some(answer) = self.documented_refusal(operation, refusal.status)
            {
                return answer;
            }
        }
        problem(refusal.status, &refusal.detail, None)
    }

    /// A fixture, an example or a made value of the response that documents the status.
    fn documented_refusal(&self, operation: &Operation, status: u16) -> Option<Response> {
        if let Some(answer) = self.table(operation.index).and_then(|table| table.with_status(status, None)) {
            let mut answer = answer.clone();
            answer.status = StatusCode::from_u16(status).ok()?;
            return Some(answer);
        }
        let response = operation.response(status)?;
        let mut answer = match response.content.first() {
            Some(content) => generated(response, content, crate::produce::Taste::default()).ok()?.answer,
            None => Response::empty(StatusCode::BAD_REQUEST, "generated"),
        };
        answer.status = StatusCode::from_u16(status).ok()?;
        Some(answer)
    }

    fn challenge(&self, operation: &Operation) -> &'static str {
        let schemes = operation.security.iter().flat_map(|r| &r.schemes);
        let kind = schemes
            .filter_map(|name| self.inner.contract.schemes.get(name))
            .map(|scheme| &scheme.kind)
            .next();
        match kind {
            Some(SchemeKind::Basic) => "Basic realm=\"mock\"",
            Some(SchemeKind::ApiKey(..)) => "ApiKey",
            _ => "Bearer",
        }
    }
}

/// Problem details (RFC 9457).
pub(super) fn problem(status: u16, detail: &str, more: Option<(&str, Value)>) -> Response {
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
    let mut answer = Response::empty(code, "problem");
    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer.body = body.to_string().into();
    answer
}

/// Puts values into the texts of an error object.
fn filled(body: &Value, refusal: &Refusal) -> Value {
    match body {
        Value::String(text) => Value::String(fill(text, refusal)),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, refusal)).collect()),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), filled(value, refusal))).collect(),
        ),
        other => other.clone(),
    }
}

/// `{name}`, and `{field:__}` for the field's path joined by what follows the colon. Anything else
/// in braces stays as it is.
fn fill(text: &str, refusal: &Refusal) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest.get(open..).and_then(|tail| tail.find('}')).map(|at| open + at) else { break };
        let inside = rest.get(open + 1..close).unwrap_or_default();
        let (name, separator) = inside.split_once(':').unwrap_or((inside, "."));
        out.push_str(rest.get(..open).unwrap_or_default());
        match refusal.values.iter().find(|(known, _)| **known == name) {
            Some((_, value)) if name == "field" => out.push_str(&value.replace('/', separator)),
            Some((_, value)) => out.push_str(value),
            None => out.push_str(rest.get(open..=close).unwrap_or_default()),
        }
        rest = rest.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("lacks '{scope}'", "lacks 'a:read'")]
    #[case("{field} {field:__}", "a.b a__b")]
    #[case("{other} {scope", "{other} {scope")]
    fn placeholders(#[case] text: &str, #[case] filled: &str) {
        let refusal = Refusal::new("x", 403, "").with("scope", "a:read").with("field", "a/b");
        assert_eq!(fill(text, &refusal), filled);
    }
}
