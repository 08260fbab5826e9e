//! The violations of a request.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{At, Kind, Violation, header, judge_items, judge_value, undocumented};
use crate::contract::body::{self, Body};
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::document::pointer;
use crate::exchange::{Request, content_type, cookie, media_type};

/// The media type of a query string that is written as forms are.
const FORM: &str = "application/x-www-form-urlencoded";

/// The documented parameters of a request, each with its value where it is there. `path_values` are the
/// template's parameters in order, still percent-encoded.
pub fn parameter_values<'o>(
    operation: &'o Operation,
    path_values: &[&str],
    request: &Request,
) -> Vec<(&'o Parameter, Option<Value>)> {
    let pairs = request.query.as_deref().map(parameter::raw_pairs).unwrap_or_default();
    let value = |parameter: &Parameter| match parameter.location {
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
        Location::Header => {
            header(&request.headers, &parameter.name).map(|text| parameter::read_text(parameter, &text))
        }
        Location::Cookie => {
            cookie(&request.headers, &parameter.name).map(|text| parameter::read_text(parameter, text))
        }
    };
    operation.parameters.iter().map(|parameter| (parameter, value(parameter))).collect()
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
    let mut found = Vec::new();
    let is_empty = |parameter: &Parameter| {
        let pairs = parameter::raw_pairs(request.query.as_deref().unwrap_or_default());
        pairs.iter().any(|pair| pair.name == parameter.name && pair.raw.is_empty())
    };
    for (parameter, value) in parameter_values(operation, path_values, request) {
        if parameter.allow_empty && is_empty(parameter) {
            continue;
        }
        judge_parameter(parameter, value.as_ref(), &mut found);
    }
    judge_body(operation, request, &mut found);
    found
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

fn judge_body(operation: &Operation, request: &Request, found: &mut Vec<Violation>) {
    let Some(documented) = &operation.body else { return };
    let violation = |kind, message: String| Violation::of(kind, At::RequestBody, message);
    let sent = media_type(&request.headers);
    let described = content_type(&request.headers).and_then(|sent| documented.content_for(sent));
    let may_be_empty = described.is_some() && sent.as_deref().is_some_and(body::may_be_empty);
    if request.body.is_empty() && !may_be_empty {
        if documented.required {
            let missing = violation(Kind::Missing, "the request body is missing".to_owned());
            let place = pointer::join(&documented.pointer, "required");
            found.push(missing.because("a body", "none").said_at(place));
        }
        return;
    }
    if documented.content.is_empty() {
        return;
    }
    let Some(described) = described else {
        let place = pointer::join(&documented.pointer, "content");
        let undocumented =
            undocumented(At::RequestBody, content_type(&request.headers), "", &documented.content);
        found.push(undocumented.said_at(place));
        return;
    };
    let sent = sent.unwrap_or_default();
    match body::read(described, Direction::Request, &sent, &request.headers, &request.body) {
        Err(why) => {
            let malformed = violation(Kind::Malformed, format!("the body is not {sent}: {why}"));
            found.push(malformed.because(sent, why).said_at(described.pointer.as_str()));
        }
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
