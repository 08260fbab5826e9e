//! The violations of one message.

use std::borrow::Cow;

use http::header::ALLOW;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::{At, Kind, Reading, Violation};
use crate::contract::body::{self, Body};
use crate::contract::schema::shown;
use crate::contract::{
    Direction, HeaderDoc, Location, MediaBody, Mismatch, Operation, Parameter, ResponseDoc, Schema, parameter,
};
use crate::document::pointer;
use crate::exchange::{Request, Response, cookie, media_type};

/// What is wrong with a request. `path_values` are the template's parameters in order, still
/// percent-encoded.
pub fn request(operation: &Operation, path_values: &[&str], request: &Request) -> Vec<Violation> {
    let mut found = Vec::new();
    let pairs = request.query.as_deref().map(parameter::raw_pairs).unwrap_or_default();
    for parameter in &operation.parameters {
        let value =
            match parameter.location {
                Location::Path => operation
                    .template
                    .names()
                    .iter()
                    .position(|name| *name == parameter.name)
                    .and_then(|index| path_values.get(index))
                    .map(|text| parameter::read_text(parameter, text)),
                Location::Query => {
                    let is_taken = |name: &str| operation.is_taken(name, parameter);
                    parameter::read_query_among(parameter, &pairs, &is_taken)
                }
                Location::Header => header(&request.headers, &parameter.name)
                    .map(|text| parameter::read_text(parameter, &text)),
                Location::Cookie => cookie(&request.headers, &parameter.name)
                    .map(|text| parameter::read_text(parameter, text)),
            };
        judge_parameter(parameter, value.as_ref(), &mut found);
    }
    judge_request_body(operation, request, &mut found);
    found
}

/// The value of a header field: that of all its lines together (RFC 9110 §5.2).
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    let mut lines = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = lines.next()?;
    Some(lines.fold(first, |whole, line| Cow::Owned(format!("{whole}, {line}"))))
}

fn judge_parameter(parameter: &Parameter, value: Option<&Value>, found: &mut Vec<Violation>) {
    let at = || At::Parameter(parameter.location, parameter.name.clone());
    let Some(value) = value else {
        if parameter.required {
            found.push(Violation {
                kind: Kind::Missing,
                at: at(),
                mismatch: None,
                message: format!("the {} parameter {:?} is missing", parameter.location, parameter.name),
                expected: format!("{} parameter {:?}", parameter.location, parameter.name),
                actual: "it is missing".to_owned(),
                document: pointer::join(&parameter.pointer, "required"),
            });
        }
        return;
    };
    if let Some(schema) = parameter.value_schema() {
        judge_value(schema, Direction::Request, value, &at, found);
    }
}

/// Tells whether the schema could judge at all.
fn judge_value(
    schema: &Schema,
    direction: Direction,
    value: &Value,
    at: &dyn Fn() -> At,
    found: &mut Vec<Violation>,
) -> bool {
    match schema.check(direction, value) {
        Ok(mismatches) => {
            found.extend(mismatches.into_iter().map(|mismatch| mismatched(at(), mismatch)));
            true
        }
        Err(why) => {
            found.push(Violation {
                kind: Kind::Unjudged,
                at: at(),
                mismatch: None,
                message: format!("the schema cannot be compiled: {why}"),
                expected: String::new(),
                actual: shown(value),
                document: schema.pointer().to_owned(),
            });
            false
        }
    }
}

/// Judges the items of a stream, each as itself. Tells whether the schema could judge at all.
fn judge_items(
    schema: &Schema,
    direction: Direction,
    items: &[Value],
    at: &dyn Fn() -> At,
    found: &mut Vec<Violation>,
) -> bool {
    // More places than these help nobody.
    const MOST: usize = 20;
    let known = found.len();
    for (index, item) in items.iter().enumerate() {
        match schema.check(direction, item) {
            Ok(mismatches) => found.extend(mismatches.into_iter().map(|mut mismatch| {
                mismatch.instance = format!("/{index}{}", mismatch.instance);
                mismatched(at(), mismatch)
            })),
            Err(_) => return judge_value(schema, direction, item, at, found),
        }
        if found.len() >= known + MOST {
            found.truncate(known + MOST);
            break;
        }
    }
    true
}

fn mismatched(at: At, mismatch: Mismatch) -> Violation {
    let place = match mismatch.subject() {
        whole if whole.is_empty() => at.to_string(),
        inside => format!("{at}{inside}"),
    };
    Violation {
        kind: Kind::Schema,
        message: format!("{place}: expected {}, found {}", mismatch.expected, mismatch.actual),
        expected: mismatch.expected.clone(),
        actual: mismatch.actual.clone(),
        document: mismatch.schema.clone(),
        at,
        mismatch: Some(mismatch),
    }
}

fn judge_request_body(operation: &Operation, request: &Request, found: &mut Vec<Violation>) {
    let Some(documented) = &operation.body else { return };
    let violation = |kind, message: String, expected: String, actual: String, document: String| Violation {
        kind,
        at: At::RequestBody,
        mismatch: None,
        message,
        expected,
        actual,
        document,
    };
    let named = media_type(&request.headers).filter(|sent| documented.content_for(sent).is_some());
    if request.body.is_empty() && !named.is_some_and(|sent| body::may_be_empty(&sent)) {
        if documented.required {
            found.push(violation(
                Kind::Missing,
                "the request body is missing".to_owned(),
                "a body".to_owned(),
                "none".to_owned(),
                pointer::join(&documented.pointer, "required"),
            ));
        }
        return;
    }
    if documented.content.is_empty() {
        return;
    }
    let sent = media_type(&request.headers);
    let Some(described) = sent.as_deref().and_then(|sent| documented.content_for(sent)) else {
        found.push(violation(
            Kind::MediaType,
            format!("the media type {:?} is not documented", sent.as_deref().unwrap_or("")),
            one_of(&documented.content),
            sent.unwrap_or_else(|| "no Content-Type".to_owned()),
            pointer::join(&documented.pointer, "content"),
        ));
        return;
    };
    let sent = sent.unwrap_or_default();
    match body::read(described, Direction::Request, &sent, &request.headers, &request.body) {
        Err(why) => found.push(violation(
            Kind::Malformed,
            format!("the body is no {sent}: {why}"),
            sent,
            why,
            described.pointer.clone(),
        )),
        Ok(Body::Value(value)) => {
            if let Some(schema) = &described.schema {
                judge_value(schema, Direction::Request, &value, &|| At::RequestBody, found);
            }
        }
        Ok(Body::Items(items)) => {
            if let Some(schema) = &described.item_schema {
                judge_items(schema, Direction::Request, &items, &|| At::RequestBody, found);
            }
        }
        Ok(Body::Opaque) => {}
    }
}

fn one_of(content: &[MediaBody]) -> String {
    let types: Vec<&str> = content.iter().map(|body| body.media_type.as_str()).collect();
    types.join(" or ")
}

/// What a response is held to and what is wrong with it, given the method of its request. A status
/// that is not documented is one violation; nothing else of such a response can be judged.
pub fn response(operation: &Operation, method: &Method, response: &Response) -> Reading {
    let status = response.status.as_u16();
    let mut reading = Reading::default();
    reading.looked.push((Kind::Status, At::Status));
    let Some(documented) = operation.response(status) else {
        let known: Vec<String> = operation.responses.iter().map(|r| r.status.to_string()).collect();
        reading.violations.push(Violation {
            kind: Kind::Status,
            at: At::Status,
            mismatch: None,
            message: format!("the status {status} is not documented"),
            expected: known.join(" or "),
            actual: status.to_string(),
            document: pointer::join(&operation.pointer, "responses"),
        });
        return reading;
    };
    for header in &documented.headers {
        judge_header(header, &response.headers, &mut reading);
    }
    // RFC 9110 §6.4.1: answers to HEAD, and 1xx, 204 and 304, have no content.
    let never = method == Method::HEAD || status < 200 || status == 304;
    if !never {
        judge_response_body(documented, response, &mut reading);
    }
    reading
}

fn judge_response_body(documented: &ResponseDoc, response: &Response, reading: &mut Reading) {
    let status = response.status.as_u16();
    let Reading { looked, violations: found } = reading;
    let mut looks = |kind| looked.push((kind, At::ResponseBody));
    let violation = |kind, message: String, expected: String, actual: String, document: String| Violation {
        kind,
        at: At::ResponseBody,
        mismatch: None,
        message,
        expected,
        actual,
        document,
    };
    let sent = response.media_type();
    if documented.content.is_empty() || status == 204 || status == 205 {
        let announced = response.headers.contains_key(http::header::TRANSFER_ENCODING)
            || response
                .headers
                .get(http::header::CONTENT_LENGTH)
                .and_then(|length| length.to_str().ok())
                .is_some_and(|length| length.trim() != "0" && !length.trim().is_empty());
        looks(Kind::Unexpected);
        if !response.body.is_empty() || (status == 204 && announced) {
            found.push(violation(
                Kind::Unexpected,
                format!("a body was sent where {status} is documented without content"),
                "no body".to_owned(),
                format!("{} bytes of {}", response.body.len(), sent.as_deref().unwrap_or("no media type")),
                documented.pointer.clone(),
            ));
        }
        return;
    }
    looks(Kind::Missing);
    if response.body.is_empty() && !response.is_cut && !takes_nothing(documented, sent.as_deref()) {
        found.push(violation(
            Kind::Missing,
            format!("{status} is documented with content, and the body is empty"),
            one_of(&documented.content),
            "no body".to_owned(),
            pointer::join(&documented.pointer, "content"),
        ));
        return;
    }
    if response.body.is_empty() && sent.is_none() {
        return;
    }
    looks(Kind::MediaType);
    let Some(described) = sent.as_deref().and_then(|sent| documented.content_for(sent)) else {
        found.push(violation(
            Kind::MediaType,
            format!("the media type {:?} is not documented for {status}", sent.as_deref().unwrap_or("")),
            one_of(&documented.content),
            sent.unwrap_or_else(|| "no Content-Type".to_owned()),
            pointer::join(&documented.pointer, "content"),
        ));
        return;
    };
    let sent = sent.unwrap_or_default();
    match body::read(described, Direction::Response, &sent, &response.headers, &response.body) {
        Err(why) => {
            looks(Kind::Malformed);
            found.push(violation(
                Kind::Malformed,
                format!("the body is no {sent}: {why}"),
                sent,
                why,
                described.pointer.clone(),
            ));
        }
        Ok(Body::Value(value)) => {
            looks(Kind::Malformed);
            // Of a whole that is not there, nothing can be said.
            if let Some(schema) = described.schema.as_ref().filter(|_| !response.is_cut)
                && judge_value(schema, Direction::Response, &value, &|| At::ResponseBody, found)
            {
                looks(Kind::Schema);
            }
        }
        Ok(Body::Items(items)) => {
            looks(Kind::Malformed);
            if let Some(schema) = &described.item_schema
                && judge_items(schema, Direction::Response, &items, &|| At::ResponseBody, found)
            {
                looks(Kind::Schema);
            }
        }
        Ok(Body::Opaque) => {}
    }
}

/// Whether an answer may have no octets: then they are the empty text, which its schema judges.
/// Without a `Content-Type`, one of the documented media types must take the empty text.
fn takes_nothing(documented: &ResponseDoc, sent: Option<&str>) -> bool {
    let takes = |content: &MediaBody| {
        let schema = content.schema.as_ref().filter(|schema| schema.shape().kinds.string);
        body::may_be_empty(&content.media_type)
            && schema.is_none_or(|s| s.is_valid(Direction::Response, &Value::from("")) != Ok(false))
    };
    match sent {
        Some(sent) => body::may_be_empty(sent) && documented.content_for(sent).is_some(),
        None => documented.content.iter().any(takes),
    }
}

fn judge_header(documented: &HeaderDoc, headers: &HeaderMap, reading: &mut Reading) {
    let at = || At::ResponseHeader(documented.name.clone());
    let Reading { looked, violations: found } = reading;
    if documented.required {
        looked.push((Kind::Missing, at()));
    }
    let lines = headers.get_all(documented.name.as_str());
    let text = match header(headers, &documented.name) {
        // Its lines cannot be joined (RFC 9110 §5.3).
        Some(_) if documented.name.eq_ignore_ascii_case("set-cookie") => {
            lines.iter().next().map(|line| String::from_utf8_lossy(line.as_bytes()))
        }
        joined => joined,
    };
    let Some(text) = text else {
        if documented.required {
            found.push(Violation {
                kind: Kind::Missing,
                at: at(),
                mismatch: None,
                message: format!("the header {:?} is missing", documented.name),
                expected: format!("header {:?}", documented.name),
                actual: "it is missing".to_owned(),
                document: pointer::join(&documented.pointer, "required"),
            });
        }
        return;
    };
    // The value of Allow is judged by HTTP's own rule.
    if documented.name.eq_ignore_ascii_case(ALLOW.as_str()) {
        return;
    }
    if let Some(schema) = &documented.schema {
        let value = parameter::read_text(&documented.parameter, &text);
        if judge_value(schema, Direction::Response, &value, &at, found) {
            looked.push((Kind::Schema, at()));
        }
    }
}

#[cfg(test)]
mod tests;
