//! Error responses: the API's own error object, else the document's, else problem details (RFC 9457).

use std::collections::HashMap;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::challenge::{Challenge, challenge};
use super::replay::Replay;
use super::response::{Response, Source};
use super::violation::RecordedViolation;
use crate::config::{ErrorEntry, ErrorName};
use crate::contract::{Contract, Direction, Location, Operation, StatusKey};
use crate::exchange::UNDOCUMENTED;
use crate::exchange::coding::{ACCEPTED, Undecodable};
use crate::judge::{At, Kind, Violation};

/// Values for the placeholders of an error object.
type Placeholders = HashMap<&'static str, String>;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// Entry names of `[errors]`, the most specific first.
    pub entries: Vec<ErrorName>,
    /// The status, unless an entry says another.
    pub status: u16,
    /// One line for people.
    pub detail: String,
    /// What entries may put into their texts.
    pub values: Placeholders,
    /// In which ways the request broke the document.
    pub violations: Vec<RecordedViolation>,
    /// What is told about the credential.
    pub challenge: Option<Challenge>,
}

impl Refusal {
    pub fn new(entry: ErrorName, status: u16, detail: impl Into<String>) -> Self {
        let (values, violations) = (Placeholders::new(), Vec::new());
        Self { entries: vec![entry], status, detail: detail.into(), values, violations, challenge: None }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// With what is told about the credential.
    #[must_use]
    pub fn challenging(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// The refusal of a body whose content coding cannot be undone.
    fn undecodable(why: &Undecodable) -> Self {
        let (entry, status) = match why {
            Undecodable::Unknown(_) => (ErrorName::UnsupportedMediaType, 415),
            Undecodable::Malformed(..) => (ErrorName::MalformedBody, 400),
            Undecodable::TooLarge(_) => (ErrorName::Invalid, 413),
        };
        let refusal = Self::new(entry, status, why.to_string());
        match why {
            Undecodable::Unknown(coding) => refusal.with("media-type", coding),
            _ => refusal,
        }
    }

    /// The refusal of a body of which nothing can be said in bounded memory.
    pub fn too_many_values() -> Self {
        Self::new(
            ErrorName::Invalid,
            413,
            "the body has too many values to be judged; with --validate warn it is answered all the same",
        )
    }

    /// The refusal of invalid input, mainly for its first violation.
    pub fn invalid(operation: &Operation, violations: &[Violation]) -> Self {
        let Some(violation) = violations.first() else {
            return Self::new(ErrorName::Invalid, 422, "the request is invalid");
        };
        let violations = violations.iter().map(RecordedViolation::of).collect();
        Self { violations, ..Self::of(operation, violation) }
    }

    fn of(operation: &Operation, violation: &Violation) -> Self {
        // An id that its schema does not allow names no object.
        if matches!(violation.at, At::Parameter(Location::Path, _)) && operation.response(404).is_some() {
            return Self::new(ErrorName::UnknownObject, 404, violation.message.clone());
        }
        let documented =
            |status: u16| operation.responses.iter().any(|r| r.status == StatusKey::Code(status));
        let general = [400, 422].into_iter().find(|status| documented(*status)).or_else(|| {
            let has = |key| operation.responses.iter().any(|r| r.status == key);
            (has(StatusKey::Class(4)) || has(StatusKey::Default)).then_some(400)
        });
        let (entries, status) = match violation.kind {
            Kind::MediaType => {
                let status = if documented(415) { 415 } else { general.unwrap_or(415) };
                (vec![ErrorName::UnsupportedMediaType], status)
            }
            Kind::Malformed => (vec![ErrorName::MalformedBody, ErrorName::Invalid], general.unwrap_or(400)),
            _ => (entries(violation), general.unwrap_or(422)),
        };
        let mut refusal =
            Self { entries, ..Self::new(ErrorName::Invalid, status, violation.message.clone()) };
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
fn entries(violation: &Violation) -> Vec<ErrorName> {
    let by = |way: &str| ErrorName::InvalidBy(way.to_owned());
    let mut names = Vec::new();
    match &violation.mismatch {
        None if violation.kind == Kind::Missing => names.push(by("required")),
        None => {}
        Some(mismatch) => match mismatch.keyword {
            "type" => {
                if mismatch.actual == "null" {
                    names.push(by("null"));
                }
                let wanted = mismatch.expected.split(" or ").find(|kind| *kind != "null");
                names.extend(wanted.map(by));
            }
            "format" => names.extend(mismatch.limit.as_deref().map(by)),
            // A choice among alternatives that are enums, for a person.
            "oneOf" | "anyOf" => names.push(by("enum")),
            keyword => {
                let mut name = String::new();
                for c in keyword.chars() {
                    if c.is_ascii_uppercase() {
                        name.push('-');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                names.push(ErrorName::InvalidBy(name));
            }
        },
    }
    names.push(ErrorName::Invalid);
    names
}

/// Makes the responses of refused requests to one document.
pub(super) struct ErrorResponses {
    contract: Arc<Contract>,
    replay: Arc<Replay>,
    /// The API's own error objects, by name.
    entries: IndexMap<String, ErrorEntry>,
    /// Whether everything is refused with problem details.
    only_problems: bool,
    /// Where it is said how tokens are had (RFC 9728).
    metadata: Option<String>,
}

impl ErrorResponses {
    pub fn new(
        contract: Arc<Contract>,
        replay: Arc<Replay>,
        entries: IndexMap<String, ErrorEntry>,
        only_problems: bool,
        metadata: Option<String>,
    ) -> Self {
        Self { contract, replay, entries, only_problems, metadata }
    }

    /// The response to a refused request.
    pub fn refuse(&self, operation: Option<&Operation>, refusal: &Refusal) -> Response {
        let status = operation.map_or(refusal.status, |operation| as_documented(operation, refusal.status));
        let meant = self
            .configured(operation, refusal)
            .or_else(|| self.documented(operation?, status, &refusal.detail));
        let is_stand_in = meant.is_none() && !self.only_problems;
        let mut response = meant.unwrap_or_else(|| {
            let violations = Some(("violations", json!(refusal.violations)));
            let violations = violations.filter(|_| !refusal.violations.is_empty());
            Response::problem(status, &refusal.detail, violations)
        });
        response.source = Source::Refusal;
        let documented = operation.map(|operation| operation.response(response.status.as_u16()));
        response = match documented {
            Some(None) => {
                response.set(UNDOCUMENTED, "status");
                response
            }
            // No body that the document describes could be made.
            Some(Some(documented)) if is_stand_in && !documented.content.is_empty() => response.standing_in(),
            _ => response,
        };
        if let Some(about) = &refusal.challenge {
            challenge(&self.contract, operation, about, self.metadata.as_deref(), &mut response);
        }
        self.complete(operation, &mut response);
        response
    }

    /// Gives a 401 the challenge that it must have (RFC 9110 §15.5.2), where it has none; that of a person stays as it is.
    pub fn complete(&self, operation: Option<&Operation>, response: &mut Response) {
        if response.status == StatusCode::UNAUTHORIZED && response.source != Source::Fixture {
            challenge(&self.contract, operation, &Challenge::Missing, self.metadata.as_deref(), response);
        }
    }

    /// The response to a body whose content coding cannot be undone, with those that can (RFC 9110
    /// §12.5.3).
    pub fn undecodable(&self, operation: &Operation, why: &Undecodable) -> Response {
        let mut response = self.refuse(Some(operation), &Refusal::undecodable(why));
        if matches!(why, Undecodable::Unknown(_)) {
            response.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        }
        response
    }

    /// The API's own error object for a refusal.
    fn configured(&self, operation: Option<&Operation>, refusal: &Refusal) -> Option<Response> {
        let entry = refusal.entries.iter().find_map(|name| self.entries.get(name.name().as_ref()))?;
        if self.only_problems {
            return None;
        }
        Some(Self::of_entry(entry, operation, refusal))
    }

    /// The response to a refusal for which the configuration has an error object of its own.
    pub fn refuse_as(&self, entry: &ErrorEntry, refusal: &Refusal) -> Response {
        if self.only_problems {
            return Response::problem(refusal.status, &refusal.detail, None);
        }
        Self::of_entry(entry, None, refusal)
    }

    fn of_entry(entry: &ErrorEntry, operation: Option<&Operation>, refusal: &Refusal) -> Response {
        let status = StatusCode::from_u16(entry.status.unwrap_or(refusal.status));
        let mut response = Response::empty(status.unwrap_or(StatusCode::BAD_REQUEST), Source::Refusal);
        let is_bare = operation
            .and_then(|operation| operation.response(response.status.as_u16()))
            .is_some_and(|documented| documented.content.is_empty());
        // Where the document names the status without content, none is sent.
        if let Some(body) = entry.body.as_ref().filter(|_| !is_bare) {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.body = filled(body, refusal).to_string().into();
        }
        for (name, value) in &entry.headers {
            response.set(name, value);
        }
        response
    }

    /// A fixture, an example or a made value of the response that documents the status.
    fn documented(&self, operation: &Operation, status: u16, detail: &str) -> Option<Response> {
        if self.only_problems {
            return None;
        }
        let prepared = self.replay.of(operation.index).and_then(|all| all.with_status(status, None)).cloned();
        // The body of `default` is no answer of a status that is documented without content.
        let is_bare = operation.response(status).is_some_and(|documented| documented.content.is_empty());
        let prepared = prepared.filter(|prepared| !is_bare || prepared.source == Source::Fixture);
        let mut response = prepared.or_else(|| self.replay.made_once(operation, status))?;
        response.status = StatusCode::from_u16(status).ok()?;
        if response.source == Source::Generated {
            tell(operation, detail, &mut response);
        }
        Some(response)
    }
}

/// Members of an error object that are a sentence for people.
const SENTENCES: [&str; 5] = ["message", "detail", "error_description", "description", "reason"];

/// Puts the reason of a refusal where a made error object has a sentence, and its schema takes this one.
fn tell(operation: &Operation, detail: &str, response: &mut Response) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return };
    let Some(name) = SENTENCES.iter().find(|name| body.get(**name).is_some_and(Value::is_string)) else {
        return;
    };
    body[*name] = Value::from(detail);
    let documented = operation.response(response.status.as_u16());
    let content = documented.and_then(|documented| documented.content.first());
    let schema = content.and_then(|content| content.schema.as_ref());
    let is_valid = schema.is_none_or(|schema| schema.is_valid(Direction::Response, &body) != Ok(false));
    if let Some(text) = serde_json::to_vec_pretty(&body).ok().filter(|_| is_valid) {
        response.body = text.into();
    }
}

/// The status that an operation documents for the same kind of refusal, where it does not document this one.
fn as_documented(operation: &Operation, status: u16) -> u16 {
    let documented = |wanted: u16| operation.responses.iter().any(|r| r.status == StatusKey::Code(wanted));
    match status {
        // What is not there may have been there.
        404 if !documented(404) && documented(410) => 410,
        other => other,
    }
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
    use serde_json::json;

    #[rstest]
    #[case("lacks '{scope}'", "lacks 'a:read'")]
    #[case("{field} {field:__}", "a.b a__b")]
    #[case("{other} {scope", "{other} {scope")]
    fn placeholders(#[case] text: &str, #[case] filled: &str) {
        let refusal = Refusal::new(ErrorName::InvalidBy("x".to_owned()), 403, "")
            .with("scope", "a:read")
            .with("field", "a/b");
        assert_eq!(fill(text, &refusal), filled);
    }
    fn errors(entry: Option<ErrorEntry>, only_problems: bool) -> (Arc<Contract>, ErrorResponses) {
        let contract = crate::mock::testing::contract(json!({
            "openapi": "3.1.0",
            "paths": {"/things": {"get": {
                "operationId": "listThings", "security": [{"key": []}],
                "responses": {
                    "200": {"description": "all"},
                    "403": {"description": "denied"},
                    "404": {"description": "none", "content": {"application/json": {
                        "schema": {"type": "object"}, "example": {"documented": true},
                    }}},
                },
            }}},
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}},
        }));
        let settings = crate::mock::replay::ReplaySettings::default();
        let fixtures = crate::fixtures::Fixtures::default();
        let replay = Replay::new(Arc::clone(&contract), fixtures, settings, std::collections::HashSet::new());
        let entries = entry.map(|entry| ("invalid-entry".to_owned(), entry)).into_iter().collect();
        let errors =
            ErrorResponses::new(Arc::clone(&contract), Arc::new(replay), entries, only_problems, None);
        (contract, errors)
    }

    fn entry() -> ErrorEntry {
        toml::from_str("status = 418\nbody = { why = '{scope}' }\nheaders = { x-kind = 'own' }").unwrap()
    }

    #[rstest]
    #[case::own(Some(entry()), false, 404, 418, json!({"why": "a:read"}))]
    #[case::documented(None, false, 404, 404, json!({"documented": true}))]
    #[case::undocumented(None, false, 409, 409, json!("Conflict"))]
    #[case::only_problems(Some(entry()), true, 404, 404, json!("Not Found"))]
    fn what_a_refusal_looks_like(
        #[case] entry: Option<ErrorEntry>,
        #[case] only_problems: bool,
        #[case] wanted: u16,
        #[case] status: u16,
        #[case] body: Value,
    ) {
        let (contract, errors) = errors(entry, only_problems);
        let refusal =
            Refusal::new(ErrorName::InvalidBy("entry".to_owned()), wanted, "why").with("scope", "a:read");
        let response = errors.refuse(contract.operations.first(), &refusal);
        let found: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(found.get("title").unwrap_or(&found), &body);
        assert_eq!(response.headers.contains_key("x-kind"), status == 418);
    }

    #[rstest]
    #[case(401, Some("ApiKey"))]
    #[case(403, None)]
    fn a_challenge_goes_with_401(#[case] status: u16, #[case] challenge: Option<&str>) {
        let (contract, errors) = errors(None, false);
        let response = errors.refuse(
            contract.operations.first(),
            &Refusal::new(ErrorName::InvalidBy("x".to_owned()), status, "why"),
        );
        let found = response.headers.get(http::header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
        assert_eq!(found, challenge);
    }

    /// A status that is documented without content has none, even where the configuration has a body.
    #[test]
    fn a_documented_absence_of_content_is_kept() {
        let entry = ErrorEntry { status: Some(403), ..entry() };
        let (contract, errors) = errors(Some(entry), false);
        let response = errors.refuse(
            contract.operations.first(),
            &Refusal::new(ErrorName::InvalidBy("entry".to_owned()), 404, "why"),
        );
        assert!(response.body.is_empty() && response.headers.contains_key("x-kind"));
    }
}
