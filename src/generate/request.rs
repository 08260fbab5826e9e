//! Builds a request for an operation from values for its parameters and its body.

use http::header::{ACCEPT, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::value::plain_as;
use crate::contract::{
    Direction, HeaderDoc, Location, MediaBody, Operation, Parameter, body, examples, parameter,
};
use crate::exchange::Request;

/// What a request is made of.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Values of parameters; one that is left out is not sent.
    pub parameters: Vec<(Location, String, Value)>,
    /// The body, as octets of a media type.
    pub body: Option<(String, Vec<u8>)>,
    /// `Accept`, where it is not left to the client.
    pub accept: Option<String>,
}

impl Parts {
    /// Sets a parameter, over any value that it had.
    pub fn set(&mut self, location: Location, name: &str, value: Value) {
        self.parameters.retain(|(known, n, _)| *known != location || n != name);
        self.parameters.push((location, name.to_owned(), value));
    }

    /// The value of a parameter.
    pub fn get(&self, location: Location, name: &str) -> Option<&Value> {
        self.parameters.iter().find(|(l, n, _)| *l == location && n == name).map(|(_, _, value)| value)
    }
}

/// Why a request cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbuildable {
    /// A path parameter has no value.
    #[error("the path parameter {0:?} has no value")]
    NoValue(String),
    /// A path segment would be `.`, `..` or empty, which URL libraries resolve.
    #[error("the path parameter {0:?} cannot be sent as {1:?}")]
    UnsafeSegment(String, String),
}

/// Builds a request.
///
/// # Errors
/// A path parameter has no value, or one that would change the path's structure.
pub fn build(operation: &Operation, parts: &Parts) -> Result<Request, Unbuildable> {
    let path = operation.template.fill(|name| {
        let value = parts.get(Location::Path, name).ok_or_else(|| Unbuildable::NoValue(name.to_owned()))?;
        let text = match operation.parameter(Location::Path, name) {
            Some(parameter) => parameter::write_text(parameter, value),
            None => parameter::escape(&parameter::text(value)),
        };
        if text.is_empty() || text == "." || text == ".." {
            return Err(Unbuildable::UnsafeSegment(name.to_owned(), text));
        }
        Ok(text)
    })?;
    let mut request = Request::new(operation.method.clone(), path);
    let mut query: Vec<String> = Vec::new();
    let mut cookies: Vec<String> = Vec::new();
    for (location, name, value) in &parts.parameters {
        let parameter = operation.parameter(*location, name);
        match location {
            Location::Path => {}
            Location::Query => match parameter {
                Some(parameter) => query.extend(parameter::write_query(parameter, value)),
                None => query.push(format!(
                    "{}={}",
                    parameter::escape(name),
                    parameter::escape(&parameter::text(value))
                )),
            },
            Location::Header => {
                let text =
                    parameter.map_or_else(|| parameter::text(value), |p| parameter::write_text(p, value));
                if let (Ok(name), Ok(text)) =
                    (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&text))
                {
                    request.headers.insert(name, text);
                }
            }
            Location::Cookie => {
                let text = parameter.map_or_else(
                    || parameter::escape(&parameter::text(value)),
                    |p| parameter::write_text(p, value),
                );
                cookies.push(format!("{name}={text}"));
            }
        }
    }
    if !query.is_empty() {
        request.query = Some(query.join("&"));
    }
    if let Ok(cookies) = HeaderValue::from_str(&cookies.join("; "))
        && !cookies.is_empty()
    {
        request.headers.insert(COOKIE, cookies);
    }
    if let Some(accept) = parts.accept.as_deref().and_then(|accept| HeaderValue::from_str(accept).ok()) {
        request.headers.insert(ACCEPT, accept);
    }
    if let Some((media_type, octets)) = &parts.body {
        if let Ok(value) = HeaderValue::from_str(media_type) {
            request.headers.insert(CONTENT_TYPE, value);
        }
        request.body = octets.clone().into();
    }
    Ok(request)
}

/// A value that the document itself gives a parameter: its example, its schema's example, default
/// or only choice; the first that its schema allows.
pub fn documented_value(parameter: &Parameter) -> Option<Value> {
    if let Some((_, value)) = examples::of_parameter(parameter).next() {
        return Some(value);
    }
    let normal = parameter.value_schema()?.normal(Direction::Request);
    let listed = |keyword: &str| normal.get(keyword).and_then(Value::as_array).into_iter().flatten();
    normal
        .get("example")
        .into_iter()
        .chain(listed("examples"))
        .chain(normal.get("default"))
        .chain(normal.get("const"))
        .chain(listed("enum"))
        .find_map(|given| examples::kept(parameter, given))
}

/// A value as a body: its `Content-Type` and its octets; `None` where the media type has no form for it. The parts of
/// a form have the header fields that the document wants or has a value for.
pub fn write_body(described: &MediaBody, direction: Direction, value: &Value) -> Option<(String, Vec<u8>)> {
    body::write(described, direction, value, &|header| {
        let is_sent = header.required || documented_value(&header.parameter).is_some();
        is_sent.then(|| header_text(header)).flatten()
    })
}

/// The value of a documented header, as it is in a message: an example, or a generated one.
pub fn header_text(header: &HeaderDoc) -> Option<String> {
    let made = || match &header.schema {
        Some(schema) => plain_as(&header.name, schema, Direction::Response).ok(),
        None => Some(header.parameter.content.as_ref().map_or_else(|| Value::from("string"), body::sample)),
    };
    let value = documented_value(&header.parameter).or_else(made)?;
    Some(parameter::write_text(&header.parameter, &value))
}
