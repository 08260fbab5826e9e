//! Bodies as values, and back, by media type: JSON, XML, CSV, forms and text.
//!
//! The mock reads what the runner writes, and the other way about; a property test holds the two
//! together.

mod form;
mod table;
mod xml;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::schema::View;
use super::{Direction, MediaBody, is_json};

/// A body that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// It has a value that a schema can judge.
    Value(Value),
    /// Its media type has no value that a schema could judge.
    Opaque,
}

/// Whether a media type is XML by name or by suffix (RFC 7303 §9.1 and §9.2).
fn is_xml(media_type: &str) -> bool {
    matches!(media_type, "application/xml" | "text/xml") || media_type.ends_with("+xml")
}

fn utf8<'o>(octets: &'o [u8], what: &str) -> Result<&'o str, String> {
    std::str::from_utf8(octets).map_err(|_| format!("the {what} is not UTF-8"))
}

/// Reads a body of that media type (lower case, without parameters) as `described`.
///
/// # Errors
/// The octets do not have the syntax of the media type; the text is the parser's message.
pub fn read(
    described: &MediaBody,
    direction: Direction,
    media_type: &str,
    headers: &HeaderMap,
    octets: &Bytes,
) -> Result<Body, String> {
    if is_json(media_type) {
        return serde_json::from_slice(octets).map(Body::Value).map_err(|error| error.to_string());
    }
    let view = || described.schema.as_ref().map(|schema| View::of(schema, direction));
    // Documents often give the schema of the JSON form for a text form too; such a schema says
    // nothing about the text.
    let is_text = || described.schema.as_ref().is_some_and(|schema| schema.shape().kinds.string);
    if is_xml(media_type) {
        let text = utf8(octets, "XML")?;
        return xml::read(view().filter(|_| !is_text()).as_ref(), text)
            .map(|value| value.map_or(Body::Opaque, Body::Value));
    }
    match media_type {
        "application/x-www-form-urlencoded" => Ok(Body::Value(form::read(described, utf8(octets, "form")?))),
        "multipart/form-data" => form::read_parts(described, headers, octets.clone()).map(Body::Value),
        "text/csv" if !is_text() => {
            let text = utf8(octets, "CSV")?;
            match view() {
                Some(view) if view.kinds().array => table::read(&view, text).map(Body::Value),
                _ => Ok(Body::Opaque),
            }
        }
        text if text.starts_with("text/") => {
            let text = utf8(octets, "text")?;
            Ok(if is_text() { Body::Value(Value::String(text.to_owned())) } else { Body::Opaque })
        }
        _ => Ok(Body::Opaque),
    }
}

/// The media type that stands for a range when a body is written.
fn concrete(range: &str) -> &str {
    match range {
        "*/*" | "application/*" | "*" => "application/json",
        "text/*" => "text/plain",
        "image/*" => "image/png",
        "audio/*" => "audio/mpeg",
        "video/*" => "video/mp4",
        "multipart/*" => "multipart/form-data",
        known => known,
    }
}

/// Writes a value as a body: the `Content-Type` and the octets; `None` where the media type has no
/// form for it. A text is written as it is in every media type but JSON, unless the schema wants
/// something else of it.
pub fn write(described: &MediaBody, direction: Direction, value: &Value) -> Option<(String, Vec<u8>)> {
    let media_type = concrete(&described.media_type);
    let typed = |octets: Vec<u8>| Some((media_type.to_owned(), octets));
    if is_json(media_type) {
        return serde_json::to_vec(value).ok().and_then(typed);
    }
    let view = described.schema.as_ref().map(|schema| View::of(schema, direction));
    match (media_type, value) {
        ("application/x-www-form-urlencoded", Value::Object(members)) => {
            typed(form::write(described, members).into_bytes())
        }
        ("multipart/form-data", Value::Object(members)) => {
            form::write_parts(described, view.as_ref(), members)
        }
        (xml, Value::String(text)) if is_xml(xml) && !text.trim_start().starts_with('<') => {
            typed(xml::write(view.as_ref(), value)?.into_bytes())
        }
        (_, Value::String(text)) => typed(text.clone().into_bytes()),
        ("text/csv", Value::Array(rows)) => typed(table::write(rows)?),
        (xml, value) if is_xml(xml) => typed(xml::write(view.as_ref(), value)?.into_bytes()),
        _ => None,
    }
}

/// A value for a body of which the document says nothing but its media type; never an empty body.
pub fn sample(described: &MediaBody) -> Value {
    match concrete(&described.media_type) {
        json if is_json(json) || json.starts_with("multipart/") => json!({}),
        "application/jsonl" | "application/x-ndjson" | "application/json-seq" => json!("{}\n"),
        "application/x-www-form-urlencoded" => json!({"string": "string"}),
        "text/html" => json!("<!doctype html><title>string</title>"),
        xml if is_xml(xml) => json!("<root/>"),
        _ => json!("string"),
    }
}

/// The value of a documented example. In media types other than JSON an example is often the text
/// of the body; `None` where no schema can judge it.
///
/// # Errors
/// The text does not have the syntax of the media type.
pub fn example(
    described: &MediaBody,
    direction: Direction,
    example: &Value,
) -> Result<Option<Value>, String> {
    let media_type = concrete(&described.media_type);
    match example {
        Value::String(text) if !is_json(media_type) && !media_type.starts_with("multipart/") => {
            let octets = Bytes::copy_from_slice(text.as_bytes());
            match read(described, direction, media_type, &HeaderMap::new(), &octets)? {
                Body::Value(value) => Ok(Some(value)),
                Body::Opaque => Ok(None),
            }
        }
        value => Ok(Some(value.clone())),
    }
}

/// The documented examples that keep their own schema; `lint` names the others.
pub fn sound_examples(described: &MediaBody, direction: Direction) -> impl Iterator<Item = &(String, Value)> {
    described.examples.iter().filter(move |(_, given)| match example(described, direction, given) {
        Ok(Some(value)) => {
            let schema = described.schema.as_ref();
            schema.is_none_or(|schema| schema.is_valid(direction, &value) != Ok(false))
        }
        Ok(None) => true,
        Err(_) => false,
    })
}

#[cfg(test)]
mod tests;
