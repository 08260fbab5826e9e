//! Reads and writes bodies by media type: JSON, XML, CSV, forms and text.
//!
//! The mock reads what the runner writes, and the other way round. A property test checks that both agree.

mod charset;
mod csv;
mod form;
mod media_type;
mod settle;
mod stream;
mod xml;

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

pub use stream::{Framing, framing};

pub(super) use media_type::concrete;
pub(crate) use media_type::is_xml;

use super::schema::View;
use super::{Direction, HeaderDoc, MediaBody, is_json};
use crate::exchange::json as bounded;

/// A body that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// It has a value that a schema can judge.
    Value(Value),
    /// A stream: each of its items has a value that `itemSchema` can judge.
    Items(Vec<Value>),
    /// Its media type has no value that a schema could judge.
    Opaque,
    /// It has more values than are looked at.
    TooMany,
}

/// Most pairs, cells and elements that are read of one body.
const MAX_PARTS: usize = 250_000;

/// JSON as a value. RFC 8259 §8.1: it is UTF-8, whatever its label says; a mark of the order of octets may be
/// passed over.
fn read_json(octets: &[u8], direction: Direction) -> Result<Body, String> {
    let read = match direction {
        // What a request says of half a character cannot be kept.
        Direction::Request => {
            bounded::read(bounded::without_mark(octets), bounded::MAX_MESSAGE, bounded::Twice::Last)
        }
        Direction::Response => bounded::read_answer(octets),
    };
    match read {
        Ok(value) => Ok(Body::Value(value)),
        Err(error) if error.is_data() => Ok(Body::TooMany),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether a text has more parts than are read, by the characters between them.
fn has_too_many(octets: &[u8], between: &[u8]) -> bool {
    octets.len() > MAX_PARTS && octets.iter().filter(|octet| between.contains(octet)).count() > MAX_PARTS
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
    if let Some(framing) = framing(media_type)
        && let Some(body) = read_items(described, framing, octets)?
    {
        return Ok(body);
    }
    if is_json(media_type) {
        return read_json(octets, direction);
    }
    let view = || described.schema.as_ref().map(|schema| View::of(schema, direction));
    // Documents often give the schema of the JSON form for a text form too; such a schema says
    // nothing about the text.
    let is_text = || described.schema.as_ref().is_some_and(|schema| schema.shape().kinds.string);
    if is_xml(media_type) {
        if has_too_many(octets, b"<") {
            return Ok(Body::TooMany);
        }
        let Some(text) = xml_text(headers, octets)? else { return Ok(Body::Opaque) };
        return xml::read(view().filter(|_| !is_text()).as_ref(), &text)
            .map(|value| value.map_or(Body::Opaque, Body::Value));
    }
    match media_type {
        "application/x-www-form-urlencoded" if has_too_many(octets, b"&") => Ok(Body::TooMany),
        "text/csv" if has_too_many(octets, b",\n") => Ok(Body::TooMany),
        "application/x-www-form-urlencoded" => {
            let text = utf8(octets, "form")?;
            // Where a text is described, it is the whole form.
            let is_whole = is_text() && described.schema.as_ref().is_some_and(|s| !s.shape().kinds.object);
            let value = if is_whole { Value::from(text) } else { form::read(described, text) };
            Ok(Body::Value(value))
        }
        "multipart/form-data" => {
            form::read_parts(described, direction, headers, octets.clone()).map(Body::Value)
        }
        "text/csv" if !is_text() => match (view(), charset::text(headers, octets)?) {
            (Some(view), Some(text)) if view.kinds().array => csv::read(&view, &text).map(Body::Value),
            _ => Ok(Body::Opaque),
        },
        text if text.starts_with("text/") => {
            let text = charset::text(headers, octets)?.filter(|_| is_text());
            Ok(text.map_or(Body::Opaque, |text| Body::Value(Value::String(text.into_owned()))))
        }
        // No octets are the empty text of any charset.
        _ if octets.is_empty() && is_text() => Ok(Body::Value(Value::String(String::new()))),
        _ => Ok(Body::Opaque),
    }
}

/// The text of an XML body: by its label (RFC 7303 §3), else by its own declaration.
fn xml_text<'o>(headers: &HeaderMap, octets: &'o Bytes) -> Result<Option<Cow<'o, str>>, String> {
    let is_labelled = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| charset::label(value).is_some());
    match charset::declared(octets).filter(|_| !is_labelled) {
        Some(declared) => charset::decode(Some(&declared), octets),
        None if is_labelled => charset::text(headers, octets),
        None => match charset::text(headers, octets)? {
            Some(text) => Ok(Some(text)),
            None => Err("the XML is not UTF-8".to_owned()),
        },
    }
}

/// The items of a stream, where the document says something of them: by `itemSchema`, or by a schema of
/// the list that they make together.
fn read_items(described: &MediaBody, framing: Framing, octets: &Bytes) -> Result<Option<Body>, String> {
    let is_list =
        || described.schema.as_ref().map(|schema| schema.shape().kinds).is_some_and(|k| k.array && !k.string);
    if described.item_schema.is_none() && !is_list() {
        return Ok(None);
    }
    // Each line of a stream is a value.
    if has_too_many(octets, b"\n,{[") {
        return Ok(Some(Body::TooMany));
    }
    let items = framing.items(utf8(octets, "stream")?)?;
    Ok(Some(match items {
        Some(items) if described.item_schema.is_some() => Body::Items(items),
        Some(items) => Body::Value(Value::Array(items)),
        None => Body::Opaque,
    }))
}

/// Whether a body of that media type may have no octets at all. No JSON, no XML and no multipart body
/// is empty (RFC 8259 §2, XML 1.0 §2.1, RFC 2046 §5.1.1), and no picture is.
pub fn may_be_empty(media_type: &str) -> bool {
    const NEVER: &[&str] = &["multipart/", "image/", "audio/", "video/", "font/"];
    const NEITHER: &[&str] = &[
        "application/pdf",
        "application/zip",
        "application/gzip",
        "application/wasm",
        "*/*",
        "application/*",
    ];
    framing(media_type).is_some_and(|framing| framing != Framing::Parts)
        || !(is_json(media_type)
            || is_xml(media_type)
            || NEVER.iter().any(|kind| media_type.starts_with(kind))
            || NEITHER.contains(&media_type))
}

/// Writes the items of a stream: the `Content-Type` and the octets; `None` where the media type has no
/// form for them.
pub fn write_items(described: &MediaBody, items: &[Value]) -> Option<(String, Vec<u8>)> {
    let text = framing(&described.media_type)?.write(items)?;
    Some((described.media_type.clone(), text.into_bytes()))
}

/// Writes a value as a body: the `Content-Type` and the octets; `None` where the media type has no
/// form for it. A text is written as it is in every media type but JSON, unless the schema wants
/// something else of it. The parts of a form have the header fields for which `header_text` has a text.
pub fn write(
    described: &MediaBody,
    direction: Direction,
    value: &Value,
    header_text: &dyn Fn(&HeaderDoc) -> Option<String>,
) -> Option<(String, Vec<u8>)> {
    let media_type = concrete(&described.media_type);
    let typed = |octets: Vec<u8>| Some((described.with_parameters(media_type), octets));
    if is_json(media_type) {
        return serde_json::to_vec(value).ok().and_then(typed);
    }
    let view = described.schema.as_ref().map(|schema| View::of(schema, direction));
    match (media_type, value) {
        ("application/x-www-form-urlencoded", Value::Object(members)) => {
            typed(form::write(described, members).into_bytes())
        }
        ("multipart/form-data", Value::Object(members)) => {
            form::write_parts(described, view.as_ref(), members, header_text)
        }
        // What has no parts has no form there.
        ("multipart/form-data", _) => None,
        // JSON is YAML, too (YAML 1.2.2 §1.2; RFC 9512).
        (yaml, value) if is_yaml(yaml) && !value.is_string() => {
            serde_json::to_vec(value).ok().and_then(typed)
        }
        (xml, Value::String(text)) if is_xml(xml) && xml::read(None, text).is_err() => {
            typed(xml::write(view.as_ref(), value)?.into_bytes())
        }
        (_, Value::String(text)) => typed(charset::encode(described, text)),
        // Whoever describes a plain text by the schema of its JSON writes JSON.
        ("text/plain", value) if !value.is_null() => serde_json::to_vec(value).ok().and_then(typed),
        ("text/csv", Value::Array(rows)) => typed(csv::write(rows)?),
        (xml, value) if is_xml(xml) => typed(xml::write(view.as_ref(), value)?.into_bytes()),
        _ => None,
    }
}

/// Whether a media type, without parameters, is YAML (RFC 9512 §2), or one of the names that it had before.
fn is_yaml(media_type: &str) -> bool {
    let known = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml"];
    known.contains(&media_type) || media_type.ends_with("+yaml")
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

#[cfg(test)]
mod tests;
