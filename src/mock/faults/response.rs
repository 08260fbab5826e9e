//! Faults in the response itself.

use crate::rules::Rule;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::OperationFaults;
use crate::contract::{Direction, HeaderDoc, Operation, is_json, parameter};
use crate::exchange::UNDOCUMENTED;
use crate::mock::response::{Interruption, Response, Source};
use crate::resources::members::is_own_id;

impl OperationFaults<'_> {
    /// Changes a response that is ready.
    pub fn distort(&self, operation: &Operation, method: &Method, response: &mut Response) {
        if !self.has_any() {
            return;
        }
        let status = response.status.as_u16();
        if status == 401 && self.has(Rule::ChallengeMissing) {
            response.headers.remove(WWW_AUTHENTICATE);
        }
        if !operation.is_success(status) {
            return;
        }
        if self.has(Rule::ConnectionFailed) {
            response.interruption = Some(Interruption::AtOnce);
        }
        if self.has(Rule::ResponseTruncated) && response.body.len() > 1 {
            response.interruption = Some(Interruption::HalfWay);
        }
        if self.has(Rule::HeadDiffers) && *method == Method::HEAD {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-other"));
        }
        if self.has(Rule::ServerError) {
            *response = Response::empty(StatusCode::INTERNAL_SERVER_ERROR, Source::Fault);
            return;
        }
        if self.has(Rule::StatusUndocumented) {
            let other = [200, 201, 202, 203].into_iter().find(|code| operation.response(*code).is_none());
            if let Some(other) = other.and_then(|code| StatusCode::from_u16(code).ok()) {
                response.status = other;
                response.headers.remove(UNDOCUMENTED);
            }
        }
        if self.has(Rule::StatusUnexpected) {
            *response = Response::empty(StatusCode::METHOD_NOT_ALLOWED, Source::Fault);
            response.headers.insert(ALLOW, HeaderValue::from_static("OPTIONS"));
        }
        if self.has(Rule::AllowMissing) {
            response.headers.remove(ALLOW);
        }
        if self.has(Rule::BodyMissing) {
            response.body = Bytes::new();
        }
        if self.has(Rule::BodyUnexpected) {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.body = Bytes::from_static(b"{}");
        }
        self.distort_content(operation, status, response);
    }

    /// Changes header fields and body of a success that had this status.
    fn distort_content(&self, operation: &Operation, status: u16, response: &mut Response) {
        if let Some(header) = required_header(operation).filter(|_| self.has(Rule::HeaderMissing)) {
            response.headers.remove(header.name.as_str());
        }
        if let Some(header) = wrong_header(operation).filter(|_| self.has(Rule::HeaderSchema))
            && let Ok(name) = HeaderName::from_bytes(header.name.as_bytes())
        {
            response.headers.insert(name, HeaderValue::from_static(WRONG_HEADER));
        }
        if self.has(Rule::MediaType) {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-undocumented"));
        }
        if self.has(Rule::BodyMalformed) && is_json_response(response) {
            response.body = response.body.slice(..response.body.len() / 2);
        }
        if self.has(Rule::BodySchema)
            && is_json_response(response)
            && let Some(schema) = operation
                .response(status)
                .and_then(|r| r.content_for("application/json"))
                .and_then(|c| c.schema.as_ref())
            && let Ok(value) = serde_json::from_slice::<Value>(&response.body)
            && let Some(wrong) =
                wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
        {
            response.body = wrong.to_string().into();
        }
    }
}

/// A required header of the success, `Allow` apart, which has a rule of its own.
pub(super) fn required_header(operation: &Operation) -> Option<&HeaderDoc> {
    let is_own = |header: &&HeaderDoc| header.required && !header.name.eq_ignore_ascii_case("allow");
    operation.successes().into_iter().next()?.headers.iter().find(is_own)
}

/// A header of the success whose schema refuses a plain text.
pub(super) fn wrong_header(operation: &Operation) -> Option<&HeaderDoc> {
    let refuses = |header: &&HeaderDoc| {
        let wrong = parameter::read_text(&header.parameter, WRONG_HEADER);
        header.schema.as_ref().is_some_and(|s| s.is_valid(Direction::Response, &wrong) == Ok(false))
    };
    operation.successes().into_iter().next()?.headers.iter().find(refuses)
}

const WRONG_HEADER: &str = "not of that kind";

fn is_json_response(response: &Response) -> bool {
    response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json)
}

/// Whether a wrong body can be made for the documented success.
pub(super) fn wrong_body(operation: &Operation) -> Option<Value> {
    let content = operation.successes().first()?.content.iter().find(|content| content.is_json())?;
    let schema = content.schema.as_ref()?;
    let value = crate::generate::plain(schema, Direction::Response).ok()?;
    wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
}

/// The value with one member of a wrong kind: the last one that the schema then refuses, ids and
/// lists kept, so that nothing but the body is wrong.
fn wronged(value: &Value, is_wrong: impl Fn(&Value) -> bool) -> Option<Value> {
    let object = value.as_object()?;
    let wrong = |member: &Value| match member {
        Value::String(_) => json!(7),
        _ => json!("not of that kind"),
    };
    for keep_lists in [true, false] {
        for (name, member) in object.iter().rev() {
            if is_own_id(name) || (keep_lists && member.is_array()) {
                continue;
            }
            let mut changed = object.clone();
            changed.insert(name.clone(), wrong(member));
            let changed = Value::Object(changed);
            if is_wrong(&changed) {
                return Some(changed);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::faults::{Fault, Faults};
    use rstest::rstest;

    /// The response of `getThing` with one fault: status, media type, body, and how it is interrupted.
    fn distorted(rule: Rule, status: u16) -> (u16, String, String, Option<Interruption>) {
        let contract = crate::mock::testing::things();
        let operation = contract.operation("getThing").unwrap();
        let faults = Faults::new(vec![Fault { rule, operation: operation.index }]);
        let body = json!({"id": 1, "name": "one"});
        let mut response = Response::json(StatusCode::from_u16(status).unwrap(), &body);
        response.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        faults.at(operation.index).distort(operation, &Method::HEAD, &mut response);
        let has = |name| response.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let headers = if status == 401 { has(WWW_AUTHENTICATE) } else { has(CONTENT_TYPE) };
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        (response.status.as_u16(), headers, body, response.interruption)
    }

    const JSON: &str = "application/json";
    const BODY: &str = "{\"id\":1,\"name\":\"one\"}";

    #[rstest]
    #[case(Rule::WaiverUnused, 200, (200, JSON, BODY, None))]
    #[case(Rule::ChallengeMissing, 401, (401, "", BODY, None))]
    #[case(Rule::ServerError, 200, (500, "", "", None))]
    #[case(Rule::ServerError, 404, (404, JSON, BODY, None))]
    #[case(Rule::StatusUndocumented, 200, (201, JSON, BODY, None))]
    #[case(Rule::StatusUnexpected, 200, (405, "", "", None))]
    #[case(Rule::BodyMissing, 200, (200, JSON, "", None))]
    #[case(Rule::BodyUnexpected, 200, (200, JSON, "{}", None))]
    #[case(Rule::MediaType, 200, (200, "application/x-undocumented", BODY, None))]
    #[case(Rule::BodyMalformed, 200, (200, JSON, "{\"id\":1,\"n", None))]
    #[case(Rule::BodySchema, 200, (200, JSON, "{\"id\":1,\"name\":7}", None))]
    #[case(Rule::HeadDiffers, 200, (200, "application/x-other", BODY, None))]
    #[case(Rule::ResponseTruncated, 200, (200, JSON, BODY, Some(Interruption::HalfWay)))]
    #[case(Rule::ConnectionFailed, 200, (200, JSON, BODY, Some(Interruption::AtOnce)))]
    fn each_changes_one_thing(
        #[case] rule: Rule,
        #[case] status: u16,
        #[case] expected: (u16, &str, &str, Option<Interruption>),
    ) {
        let (found, headers, body, interruption) = distorted(rule, status);
        assert_eq!((found, headers.as_str(), body.as_str(), interruption), expected);
    }
}
