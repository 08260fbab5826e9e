//! Makes the request of a callback or a webhook: valid by its description, about the object that it is about.

use http::{HeaderName, HeaderValue, header::USER_AGENT};
use indexmap::IndexMap;
use ring::hmac;
use serde_json::{Map, Value};

use crate::contract::{Direction, Location, MediaBody, Operation, Schema, examples};
use crate::exchange::{Request, Secret};
use crate::generate::request::{Parts, build, documented_value, write_body};
use crate::generate::{plain, plain_as};

/// Who sends.
const AGENT: &str = concat!("counterpart/", env!("CARGO_PKG_VERSION"));
/// How deep names are looked for in a body.
const MAX_DEPTH: usize = 4;

/// What is wanted of a request beside its description.
#[derive(Default)]
pub(in crate::mock) struct Wishes<'w> {
    /// The body, instead of a made one.
    pub body: Option<&'w Value>,
    /// Objects whose members go into a made body where names agree, the first first.
    pub about: Vec<Map<String, Value>>,
    /// Further header fields.
    pub headers: Option<&'w IndexMap<String, String>>,
    /// The secret that signs the body, and the field of the signature.
    pub signed: Option<(&'w Secret, &'w str)>,
}

/// A request that can be sent.
#[derive(Debug)]
pub(in crate::mock) struct Draft {
    pub request: Request,
    /// In which ways a body that was asked for breaks the document.
    pub violations: Vec<String>,
}

/// Makes a request.
///
/// # Errors
/// Why none can be made.
pub(in crate::mock) fn compose(operation: &Operation, wishes: &Wishes<'_>) -> Result<Draft, String> {
    let mut parts = Parts::default();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
        let made = || plain_as(&parameter.name, parameter.value_schema()?, Direction::Request).ok();
        if let Some(value) = documented_value(parameter).or_else(made)
            && parameter.location != Location::Path
        {
            parts.set(parameter.location, &parameter.name, value);
        }
    }
    let contents = operation.body.as_ref().map(|body| body.content.as_slice()).unwrap_or_default();
    let content = contents.iter().find(|content| content.is_json()).or(contents.first());
    let mut violations = Vec::new();
    match (wishes.body, content) {
        (Some(body), Some(content)) => {
            violations = broken(content, body);
            parts.body = write_body(content, Direction::Response, body).or_else(|| Some(as_json(body)));
        }
        (Some(body), None) => parts.body = Some(as_json(body)),
        (None, Some(content)) => {
            let value = body(content, &wishes.about)?;
            parts.body = write_body(content, Direction::Response, &value);
            if parts.body.is_none() {
                return Err(format!("no body can be made in {}", content.media_type));
            }
        }
        (None, None) => {}
    }
    let mut request = build(operation, &parts).map_err(|why| why.to_string())?;
    request.headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    for (name, value) in wishes.headers.into_iter().flatten() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            request.headers.insert(name, value);
        }
    }
    if let Some((secret, field)) = wishes.signed
        && let Ok(field) = HeaderName::from_bytes(field.as_bytes())
        && let Ok(signature) = HeaderValue::from_str(&signature(secret, &request.body))
    {
        request.headers.insert(field, signature);
    }
    Ok(Draft { request, violations })
}

fn as_json(body: &Value) -> (String, Vec<u8>) {
    ("application/json".to_owned(), body.to_string().into_bytes())
}

/// HMAC-SHA256 (RFC 2104) of a body, as `sha256=` and hexadecimal digits.
fn signature(secret: &Secret, body: &[u8]) -> String {
    use std::fmt::Write as _;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let mut text = "sha256=".to_owned();
    for octet in hmac::sign(&key, body).as_ref() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}

/// In which ways a body breaks its schema. It is what the API sends, as in an answer.
fn broken(content: &MediaBody, body: &Value) -> Vec<String> {
    let wrong = content.schema.as_ref().and_then(|schema| schema.check(Direction::Response, body).ok());
    let line = |mismatch: &crate::contract::Mismatch| {
        format!("request.body{}: {}", mismatch.instance, mismatch.message())
    };
    wrong.iter().flatten().map(line).collect()
}

/// A body: the first documented example, else a made one, about the object that it is about.
fn body(content: &MediaBody, about: &[Map<String, Value>]) -> Result<Value, String> {
    let example = examples::of_body(content, Direction::Response).next().map(|(_, value)| value);
    let mut value = match (example, &content.schema) {
        (Some(value), _) => value,
        (None, Some(schema)) => plain(schema, Direction::Response).map_err(|why| why.to_string())?,
        (None, None) => Value::Object(about.first().cloned().unwrap_or_default()),
    };
    tell(content.schema.as_deref(), &mut value, about);
    Ok(value)
}

/// Puts members into a body where names agree, as far as it stays valid.
fn tell(schema: Option<&Schema>, value: &mut Value, about: &[Map<String, Value>]) {
    let is_valid =
        |value: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Response, value) == Ok(true));
    let mut whole = value.clone();
    put(&mut whole, about, MAX_DEPTH);
    if is_valid(&whole) {
        *value = whole;
        return;
    }
    // What does not fit must not keep the rest out.
    let Value::Object(members) = whole else { return };
    for (name, member) in members {
        let mut other = value.clone();
        other[name.as_str()] = member;
        if is_valid(&other) {
            *value = other;
        }
    }
}

fn put(value: &mut Value, about: &[Map<String, Value>], depth: usize) {
    let Value::Object(members) = value else { return };
    // An envelope has an id of its own.
    let is_envelope = members.values().any(|member| member.get("id").is_some());
    for (name, member) in members.iter_mut().filter(|(name, _)| !(is_envelope && *name == "id")) {
        match about.iter().find_map(|object| object.get(name)) {
            Some(given) => member.clone_from(given),
            None if depth > 0 => put(member, about, depth - 1),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    /// RFC 4231 §4.3.
    #[test]
    fn bodies_are_signed() {
        let found = signature(&Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(found, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    fn webhook(schema: &Value) -> std::sync::Arc<crate::contract::Contract> {
        crate::mock::testing::contract(json!({"openapi": "3.1.0", "webhooks": {"made": {"post": {
            "parameters": [{"name": "X-Kind", "in": "header", "required": true, "schema": {"const": "pet"}}],
            "requestBody": {"content": {"application/json": {"schema": schema}}},
        }}}}))
    }

    fn pet() -> Value {
        json!({"type": "object", "required": ["id", "name"], "properties": {
            "id": {"type": "integer", "readOnly": true}, "name": {"type": "string", "maxLength": 5},
        }})
    }

    #[rstest]
    #[case::plain(pet(), json!({"id": 7, "name": "Rex"}), json!({"id": 7, "name": "Rex"}))]
    #[case::what_does_not_fit(pet(), json!({"id": 7, "name": "too long"}), json!({"id": 7, "name": "strin"}))]
    #[case::in_an_envelope(
        json!({"type": "object", "required": ["id", "data"], "properties": {"id": {"const": "e1"}, "data": pet()}}),
        json!({"id": 7, "name": "Rex"}),
        json!({"id": "e1", "data": {"id": 7, "name": "Rex"}})
    )]
    fn a_body_is_about_its_object(#[case] schema: Value, #[case] about: Value, #[case] expected: Value) {
        let contract = webhook(&schema);
        let wishes = Wishes { about: vec![about.as_object().unwrap().clone()], ..Wishes::default() };
        let request = compose(&contract.webhooks[0].operation, &wishes).unwrap().request;
        let mut found: Value = serde_json::from_slice(&request.body).unwrap();
        if found["name"] != "Rex" && found["data"].is_null() {
            // Whatever text was made in its place.
            assert_ne!(found["name"], about["name"]);
            found["name"] = expected["name"].clone();
        }
        assert_eq!(found, expected);
        assert_eq!(request.headers["x-kind"], "pet");
    }

    #[test]
    fn a_body_that_was_asked_for_is_sent_and_judged() {
        let contract = webhook(&pet());
        let body = json!({"id": "x"});
        let wishes = Wishes { body: Some(&body), ..Wishes::default() };
        let draft = compose(&contract.webhooks[0].operation, &wishes).unwrap();
        assert_eq!(draft.request.body, body.to_string());
        assert_eq!(draft.violations.len(), 2, "{:?}", draft.violations);
    }
}
