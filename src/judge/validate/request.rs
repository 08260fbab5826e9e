//! The violations of a request.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{At, Kind, Violation, header, judge_items, judge_value, too_many, undocumented};
use crate::contract::body::{self, Body};
use crate::contract::parameter::Pair;
use crate::contract::{Direction, Location, MediaBody, Operation, Parameter, parameter};
use crate::document::pointer;
use crate::exchange::{Request, content_type, cookie, media_type};

/// The media type of a query string that is written as forms are.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request as its operation describes it: read once, and then judged in several ways.
#[derive(Debug)]
pub struct Received<'r> {
    /// The operation that it is for.
    pub operation: &'r Operation,
    /// The request itself.
    pub request: &'r Request,
    /// The pairs of its query.
    pub(super) pairs: Vec<Pair<'r>>,
    /// The documented parameters, each with its value where it is there.
    pub parameters: Vec<(&'r Parameter, Option<Value>)>,
    /// The body, where there is one and its media type is documented; else why it cannot be read.
    pub body: Option<(&'r MediaBody, Result<Body, String>)>,
}

impl<'r> Received<'r> {
    /// Reads a request. `path_values` are the template's parameters in order, still percent-encoded.
    pub fn read(operation: &'r Operation, path_values: &[&str], request: &'r Request) -> Self {
        let pairs = request.query.as_deref().map(parameter::raw_pairs).unwrap_or_default();
        let value =
            |parameter: &Parameter| match parameter.location {
                Location::Path => operation
                    .template
                    .names()
                    .iter()
                    .position(|name| *name == parameter.name)
                    .and_then(|index| path_values.get(index))
                    .map(|text| parameter::read_text(parameter, text)),
                Location::Query if parameter.is_whole_query => {
                    whole_query(parameter, request.query.as_deref().filter(|query| !query.is_empty())?)
                }
                Location::Query => {
                    let is_taken = |name: &str| operation.is_taken(name, parameter);
                    parameter::read_query_among(parameter, &pairs, &is_taken)
                }
                Location::Header => header(&request.headers, &parameter.name)
                    .map(|text| parameter::read_text(parameter, &text)),
                Location::Cookie => cookie(&request.headers, &parameter.name)
                    .map(|text| parameter::read_text(parameter, text)),
            };
        let parameters = operation.parameters.iter().map(|parameter| (parameter, value(parameter))).collect();
        Self { operation, request, parameters, body: read_body(operation, request), pairs }
    }

    /// What is wrong with it.
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        let is_empty = |parameter: &Parameter| {
            self.pairs.iter().any(|pair| pair.name == parameter.name && pair.raw.is_empty())
        };
        for (parameter, value) in &self.parameters {
            if !(parameter.allow_empty && is_empty(parameter)) {
                judge_parameter(parameter, value.as_ref(), &mut found);
            }
        }
        self.judge_body(&mut found);
        found
    }

    fn judge_body(&self, found: &mut Vec<Violation>) {
        let Some(documented) = &self.operation.body else { return };
        let headers = &self.request.headers;
        let violation = |kind, message: String| Violation::of(kind, At::RequestBody, message);
        let Some((described, read)) = &self.body else {
            if self.request.body.is_empty() {
                if documented.required {
                    let missing = violation(Kind::Missing, "the request body is missing".to_owned());
                    let place = pointer::join(&documented.pointer, "required");
                    found.push(missing.because("a body", "none").said_at(place));
                }
            } else if !documented.content.is_empty() {
                let place = pointer::join(&documented.pointer, "content");
                let undocumented =
                    undocumented(At::RequestBody, content_type(headers), "", &documented.content);
                found.push(undocumented.said_at(place));
            }
            return;
        };
        match read {
            Err(why) => {
                let sent = media_type(headers).unwrap_or_default();
                let malformed = violation(Kind::Malformed, format!("the body is not {sent}: {why}"));
                found.push(malformed.because(sent, why).said_at(described.pointer.as_str()));
            }
            Ok(Body::Value(value)) => {
                if let Some(schema) = &described.schema {
                    judge_value(schema, Direction::Request, value, &|| At::RequestBody, found);
                }
            }
            Ok(Body::Items(items)) => {
                if let Some(schema) = &described.item_schema {
                    judge_items(schema, Direction::Request, items, &|| At::RequestBody, found);
                }
            }
            Ok(Body::TooMany) => found.push(too_many(At::RequestBody, &described.pointer)),
            Ok(Body::Opaque) => {}
        }
    }
}

/// The body by the description of its media type; an empty one only where that type may be empty.
fn read_body<'r>(
    operation: &'r Operation,
    request: &Request,
) -> Option<(&'r MediaBody, Result<Body, String>)> {
    let described = operation.body.as_ref()?.content_for(content_type(&request.headers)?)?;
    let sent = media_type(&request.headers)?;
    if request.body.is_empty() && !body::may_be_empty(&sent) {
        return None;
    }
    let read = body::read(described, Direction::Request, &sent, &request.headers, &request.body);
    Some((described, read))
}

/// The query string as the value that its media type says.
fn whole_query(parameter: &Parameter, query: &str) -> Option<Value> {
    let content = parameter.content.as_ref()?;
    let octets = if content.media_type == FORM {
        query.as_bytes().to_vec()
    } else {
        percent_decode_str(query).collect()
    };
    let none = http::HeaderMap::new();
    match body::read(content, Direction::Request, &content.media_type, &none, &octets.into()) {
        Ok(Body::Value(value)) => Some(value),
        // What has no value for a schema is a text.
        _ => Some(Value::String(query.to_owned())),
    }
}

/// What is wrong with a request. `path_values` are the template's parameters in order, still
/// percent-encoded.
pub fn request(operation: &Operation, path_values: &[&str], request: &Request) -> Vec<Violation> {
    Received::read(operation, path_values, request).violations()
}

fn judge_parameter(parameter: &Parameter, value: Option<&Value>, found: &mut Vec<Violation>) {
    let at = || At::Parameter(parameter.location, parameter.name.clone());
    let Some(value) = value else {
        if parameter.required {
            let what = format!("{} parameter {:?}", parameter.location, parameter.name);
            let violation = Violation::of(Kind::Missing, at(), format!("the {what} is missing"));
            let place = pointer::join(&parameter.pointer, "required");
            found.push(violation.because(what, "nothing").said_at(place));
        }
        return;
    };
    if let Some(schema) = parameter.value_schema() {
        judge_value(schema, Direction::Request, value, &at, found);
    }
}
