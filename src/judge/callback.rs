//! `callback-invalid`: whether what a target calls back with is as the document describes it.

use crate::contract::body::{self, Body};
use crate::contract::{Callback, Direction, Operation};
use crate::exchange::{Request, content_type};
use crate::rules::Rule;

use super::exchange::Observation;
use super::sequence::observe;
use super::validate::Received;
use super::{At, Evaluation, Violation};

/// What is wrong with a callback.
struct Wrong {
    message: String,
    expected: String,
    actual: String,
    document: String,
}

impl From<Violation> for Wrong {
    fn from(violation: Violation) -> Self {
        let Violation { message, expected, actual, document, .. } = violation;
        Self { message, expected, actual, document }
    }
}

/// Judges a request that came for an operation. Where several callbacks have its method, one that it fits is enough.
pub fn judge(operation: &Operation, callbacks: &[Callback], request: &Request) -> Evaluation {
    let of_method: Vec<&Callback> =
        callbacks.iter().filter(|callback| callback.operation.method == request.method).collect();
    if of_method.is_empty() {
        let known: Vec<&str> = callbacks.iter().map(|callback| callback.operation.method.as_str()).collect();
        let message = format!("a callback came with {}, with which none is described", request.method);
        let seen = observe(Rule::CallbackInvalid, operation, message)
            .because(known.join(" or "), request.method.to_string());
        return Evaluation::of(Rule::CallbackInvalid, Some(told(seen)));
    }
    let mut first = None;
    for callback in of_method {
        match wrong(&callback.operation, request) {
            None => return Evaluation::of(Rule::CallbackInvalid, None),
            Some(wrong) => first = first.or(Some((callback, wrong))),
        }
    }
    let seen = first.map(|(callback, wrong)| {
        let message = format!("the callback {:?}: {}", callback.name, wrong.message);
        let mut seen =
            observe(Rule::CallbackInvalid, operation, message).because(wrong.expected, wrong.actual);
        if !wrong.document.is_empty() {
            seen.document = wrong.document;
        }
        told(seen)
    });
    Evaluation::of(Rule::CallbackInvalid, seen)
}

/// It stands in no part of the exchange that it is told of.
fn told(mut seen: Observation) -> Observation {
    "callback".clone_into(&mut seen.at);
    seen
}

/// The first thing that is wrong with a callback.
fn wrong(described: &Operation, request: &Request) -> Option<Wrong> {
    let received = Received::read(described, &[], request);
    let parameters = received.violations().into_iter().find(|violation| {
        matches!(violation.at, At::Parameter(location, _) if location != crate::contract::Location::Path)
    });
    if let Some(violation) = parameters {
        return Some(violation.into());
    }
    let documented = described.body.as_ref()?;
    let at = documented.pointer.clone();
    let found = |message: &str, expected: String, actual: &str| {
        Some(Wrong { message: message.to_owned(), expected, actual: actual.to_owned(), document: at.clone() })
    };
    if request.body.is_empty() {
        let expected = "a body".to_owned();
        return if documented.required { found("the body is missing", expected, "nothing") } else { None };
    }
    let sent = content_type(&request.headers).unwrap_or_default();
    let Some(content) = documented.content_for(sent) else {
        let known: Vec<&str> = documented.content.iter().map(|content| content.media_type.as_str()).collect();
        // Without any description of content everything may be sent.
        return if known.is_empty() {
            None
        } else {
            found(&format!("the media type {sent:?} is not documented"), known.join(" or "), sent)
        };
    };
    // The API shows what it sends, as in an answer.
    let value = match body::read(content, Direction::Response, sent, &request.headers, &request.body) {
        Ok(Body::Value(value)) => value,
        Ok(Body::Opaque | Body::Items(_) | Body::TooMany) => return None,
        Err(why) => {
            return found(&format!("the body cannot be read: {why}"), content.media_type.clone(), &why);
        }
    };
    let mismatch = content.schema.as_ref()?.check(Direction::Response, &value).ok()?.into_iter().next()?;
    Some(Wrong {
        message: format!("body{}: {}", mismatch.subject(), mismatch.message()),
        expected: mismatch.expected,
        actual: mismatch.actual,
        document: mismatch.schema,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, build};
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn contract() -> Contract {
        let pet = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": true}}});
        let body =
            |schema: Value| json!({"required": true, "content": {"application/json": {"schema": schema}}});
        let header =
            json!([{"name": "X-Kind", "in": "header", "required": true, "schema": {"const": "pet"}}]);
        let answers = json!({"200": {"description": "thanks"}});
        let callbacks = json!({
            "made": {"{$request.body#/url}": {"post": {"parameters": header, "requestBody": body(pet), "responses": answers}}},
            "gone": {"{$request.body#/url}": {"post": {"requestBody": body(json!({"const": "gone"})), "responses": answers}}},
        });
        let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"post": {
            "responses": {"201": {"description": "made"}}, "callbacks": callbacks,
        }}}});
        build("t", &Document::of("t", tree)).unwrap().0
    }

    #[rstest]
    #[case::as_described("POST", Some("pet"), "application/json", r#"{"id": 7}"#, None)]
    #[case::as_another("POST", None, "application/json", r#""gone""#, None)]
    #[case::method("PUT", Some("pet"), "application/json", "{}", Some("came with PUT"))]
    #[case::header("POST", None, "application/json", r#"{"id": 7}"#, Some("X-Kind"))]
    #[case::body(
        "POST",
        Some("pet"),
        "application/json",
        r#"{"id": "x"}"#,
        Some("body/id: expected integer")
    )]
    #[case::no_body("POST", Some("pet"), "application/json", "", Some("the body is missing"))]
    #[case::malformed("POST", Some("pet"), "application/json", "{", Some("cannot be read"))]
    #[case::media_type("POST", Some("pet"), "text/plain", "7", Some("\"text/plain\" is not documented"))]
    fn callbacks_are_judged(
        #[case] method: &str,
        #[case] kind: Option<&str>,
        #[case] media_type: &str,
        #[case] body: &'static str,
        #[case] expected: Option<&str>,
    ) {
        let contract = contract();
        let operation = &contract.operations[0];
        let mut request = Request::new(method.parse().unwrap(), "/");
        if let Some(kind) = kind {
            request.headers.insert("x-kind", kind.parse().unwrap());
        }
        request.headers.insert("content-type", media_type.parse().unwrap());
        request.body = body.into();
        let evaluation = judge(operation, contract.callbacks(operation.index), &request);
        assert!(evaluation.looked.contains(&Rule::CallbackInvalid));
        let seen = evaluation.seen.first().map(|seen| seen.message.as_str());
        assert_eq!(seen.is_some(), expected.is_some(), "{seen:?}");
        assert!(seen.zip(expected).is_none_or(|(seen, part)| seen.contains(part)), "{seen:?}");
    }
}
