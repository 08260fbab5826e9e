//! The violations of a response.

use http::header::{ALLOW, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
use serde_json::Value;

use super::{At, Kind, Reading, Violation, header, judge_items, judge_value, one_of, too_many, undocumented};
use crate::contract::body::{self, Body};
use crate::contract::{Direction, HeaderDoc, MediaBody, Operation, ResponseDoc, parameter};
use crate::document::pointer;
use crate::exchange::{Response, content_type};

/// What a response is held to and what is wrong with it, given the method of its request. A status
/// that is not documented is one violation; nothing else of such a response can be judged.
pub fn response(operation: &Operation, method: &Method, response: &Response) -> Reading {
    let status = response.status.as_u16();
    let mut reading = Reading::default();
    reading.looked.push((Kind::Status, At::Status));
    let Some(documented) = operation.response(status) else {
        let known: Vec<String> = operation.responses.iter().map(|r| r.status.to_string()).collect();
        let violation =
            Violation::of(Kind::Status, At::Status, format!("the status {status} is not documented"));
        let place = pointer::join(&operation.pointer, "responses");
        reading.violations.push(violation.because(known.join(" or "), status.to_string()).said_at(place));
        return reading;
    };
    for header in &documented.headers {
        judge_header(header, &response.headers, &mut reading);
    }
    // RFC 9110 §6.4.1: answers to HEAD, and 1xx, 204 and 304, have no content.
    let never = method == Method::HEAD || status < 200 || status == 304;
    if never {
        return reading;
    }
    if documented.content.is_empty() || status == 204 || status == 205 {
        judge_absence(documented, response, &mut reading);
    } else {
        judge_body(documented, response, &mut reading);
    }
    reading
}

/// Judges the body of a response that is documented without content.
fn judge_absence(documented: &ResponseDoc, response: &Response, reading: &mut Reading) {
    let status = response.status.as_u16();
    reading.looked.push((Kind::Unexpected, At::ResponseBody));
    if response.body.is_empty() && !(status == 204 && announces_body(&response.headers)) {
        return;
    }
    let message = format!("a body was sent where {status} is documented without content");
    let sent = response.media_type();
    let actual = format!("{} bytes of {}", response.body.len(), sent.as_deref().unwrap_or("no media type"));
    let violation = Violation::of(Kind::Unexpected, At::ResponseBody, message);
    reading.violations.push(violation.because("no body", actual).said_at(documented.pointer.as_str()));
}

fn announces_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    headers.contains_key(TRANSFER_ENCODING)
        || length.is_some_and(|length| length.trim() != "0" && !length.trim().is_empty())
}

/// Judges the body of a response that is documented with content.
fn judge_body(documented: &ResponseDoc, response: &Response, reading: &mut Reading) {
    let status = response.status.as_u16();
    let sent = response.media_type();
    reading.looked.push((Kind::Missing, At::ResponseBody));
    if response.body.is_empty() && !response.is_cut && !takes_nothing(documented, sent.as_deref()) {
        let message = format!("{status} is documented with content, but the body is empty");
        let violation = Violation::of(Kind::Missing, At::ResponseBody, message);
        let place = pointer::join(&documented.pointer, "content");
        reading.violations.push(violation.because(one_of(&documented.content), "no body").said_at(place));
        return;
    }
    if response.body.is_empty() && sent.is_none() {
        return;
    }
    reading.looked.push((Kind::MediaType, At::ResponseBody));
    let content_type = content_type(&response.headers);
    match content_type.and_then(|sent| documented.content_for(sent)) {
        Some(described) => judge_content(described, &sent.unwrap_or_default(), response, reading),
        None => {
            let whose = format!(" for {status}");
            let violation = undocumented(At::ResponseBody, content_type, &whose, &documented.content);
            let place = pointer::join(&documented.pointer, "content");
            reading.violations.push(violation.said_at(place));
        }
    }
}

/// Judges the octets of a body by what is documented for its media type.
fn judge_content(described: &MediaBody, sent: &str, response: &Response, reading: &mut Reading) {
    // Of a whole that is not there, nothing can be said.
    if response.is_cut && body::framing(sent).is_none() {
        let unjudged = "only the beginning of the body was read, so that it is not judged".to_owned();
        let violation = Violation::of(Kind::Unjudged, At::ResponseBody, unjudged);
        reading.violations.push(violation.said_at(described.pointer.as_str()));
        return;
    }
    let Reading { looked, violations: found } = reading;
    let mut looks = |kind| looked.push((kind, At::ResponseBody));
    let at = || At::ResponseBody;
    match body::read(described, Direction::Response, sent, &response.headers, &response.body) {
        Err(why) => {
            looks(Kind::Malformed);
            let message = format!("the body is not {sent}: {why}");
            let violation = Violation::of(Kind::Malformed, At::ResponseBody, message);
            found.push(violation.because(sent, why).said_at(described.pointer.as_str()));
        }
        Ok(Body::Value(value)) => {
            looks(Kind::Malformed);
            if let Some(schema) = described.schema.as_ref().filter(|_| !response.is_cut)
                && judge_value(schema, Direction::Response, &value, &at, found)
            {
                looks(Kind::Schema);
            }
        }
        Ok(Body::Items(items)) => {
            looks(Kind::Malformed);
            if let Some(schema) = &described.item_schema
                && judge_items(schema, Direction::Response, &items, &at, found)
            {
                looks(Kind::Schema);
            }
        }
        Ok(Body::TooMany) => found.push(too_many(At::ResponseBody, &described.pointer)),
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
            let what = format!("header {:?}", documented.name);
            let violation = Violation::of(Kind::Missing, at(), format!("the {what} is missing"));
            let place = pointer::join(&documented.pointer, "required");
            found.push(violation.because(what, "nothing").said_at(place));
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
