//! Forms: `application/x-www-form-urlencoded` and `multipart/form-data` (RFC 7578), with the
//! document's Encoding Objects (OpenAPI 3.1 §4.8.15).

use std::borrow::Cow;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::charset;
use super::media_type::concrete;
use super::settle::settle;
use crate::contract::message::{Encoding, HeaderDoc, MediaBody, Style, covers};
use crate::contract::schema::{Kinds, View};
use crate::contract::{Direction, is_json, parameter};

/// One field, as text or, where the sender said so, as a JSON value.
enum Sent {
    Text(String),
    Json(Value),
}

/// Reads a urlencoded form as the object that its schema describes.
pub(super) fn read(described: &MediaBody, text: &str) -> Value {
    let mut pairs = parameter::raw_pairs(text);
    let mut object = Map::new();
    for styled in described.encoding.iter().filter_map(|encoding| encoding.parameter.as_ref()) {
        if let Some(value) = parameter::read_query(styled, &pairs) {
            let belongs = |key: &str| match (&value, styled.style) {
                (Value::Object(_) | Value::Array(_), Style::DeepObject) => {
                    let rest = key.strip_prefix(styled.name.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
                }
                (Value::Object(members), Style::Form) if styled.explode => members.contains_key(key),
                _ => key == styled.name,
            };
            pairs.retain(|pair| !belongs(&pair.name));
            object.insert(styled.name.clone(), value);
        }
    }
    let rest = pairs.iter().map(|pair| (pair.name.to_string(), Sent::Text(pair.value().into_owned())));
    let value = gather(described, object, rest);
    match &described.schema {
        Some(schema) => settle(schema, value),
        None => value,
    }
}

/// Puts fields together: text becomes the kind that each member wants, several fields of one name
/// a list.
fn gather(
    described: &MediaBody,
    mut object: Map<String, Value>,
    fields: impl Iterator<Item = (String, Sent)>,
) -> Value {
    for (name, sent) in fields {
        let kinds = described.schema.as_ref().and_then(|schema| schema.shape().members.get(&name).copied());
        let (kinds, items) = kinds.unwrap_or((Kinds::TEXT, Kinds::TEXT));
        let is_list = kinds.array && !kinds.string;
        let value = match sent {
            Sent::Json(value) if is_list && !value.is_array() => Ok(value),
            Sent::Json(value) => Err(value),
            Sent::Text(text) if is_list && !text.starts_with('[') => Ok(items.read(&text)),
            Sent::Text(text) => Err(kinds.read(&text)),
        };
        match value {
            Err(whole) => {
                object.insert(name, whole);
            }
            Ok(item) => match object.get_mut(&name) {
                Some(Value::Array(list)) => list.push(item),
                _ => {
                    object.insert(name, Value::Array(vec![item]));
                }
            },
        }
    }
    Value::Object(object)
}

/// The fields of a form that a member becomes: one for each entry of a list, none for null.
fn fields(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// Writes a urlencoded form; what has members of its own is JSON text, unless it has a style.
pub(super) fn write(described: &MediaBody, members: &Map<String, Value>) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for (name, value) in members {
        match described.encoding(name).and_then(|encoding| encoding.parameter.as_ref()) {
            Some(styled) if !value.is_null() => pairs.extend(parameter::write_query(styled, value)),
            _ => pairs.extend(fields(value).into_iter().map(|value| {
                format!("{}={}", parameter::escape(name), parameter::escape(&parameter::text(value)))
            })),
        }
    }
    pairs.join("&")
}

/// Stands between the parts of a multipart body.
const BOUNDARY: &str = "counterpart-boundary-7f3a";

/// Writes a multipart form. A part has the first media type that its encoding names, else
/// `application/json` for what has members of its own and `application/octet-stream` for octets.
pub(super) fn write_parts(
    described: &MediaBody,
    view: Option<&View<'_>>,
    members: &Map<String, Value>,
    header_text: &dyn Fn(&HeaderDoc) -> Option<String>,
) -> Option<(String, Vec<u8>)> {
    let mut octets = Vec::new();
    for (name, value) in members {
        let member = view.and_then(|view| view.member(name));
        let is_binary = member
            .as_ref()
            .is_some_and(|m| m.is_binary() || m.items().is_some_and(|items| items.is_binary()));
        let named = described.encoding(name).and_then(|encoding| encoding.content_types.first());
        // RFC 7578 §2 and §4.2; quotes and line ends are escaped as browsers do.
        let field = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let more = described.encoding(name).map(|encoding| part_fields(encoding, header_text));
        let more = more.unwrap_or_default();
        let joined = described
            .encoding(name)
            .and_then(Encoding::one_piece)
            .filter(|_| value.is_array())
            .map(|styled| Value::String(parameter::write_plain(styled, value)));
        for value in joined.as_ref().map_or_else(|| fields(value), |joined| vec![joined]) {
            let media_type = match named {
                Some(named) => Some(concrete(named)),
                None if value.is_object() || value.is_array() => Some("application/json"),
                None if is_binary => Some("application/octet-stream"),
                None => None,
            };
            let file = if is_binary { format!("; filename=\"{field}\"") } else { String::new() };
            octets.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n")
                    .as_bytes(),
            );
            if let Some(media_type) = media_type {
                octets.extend_from_slice(format!("Content-Type: {media_type}\r\n").as_bytes());
            }
            let text = match media_type {
                Some(media_type) if is_json(media_type) => value.to_string(),
                _ => parameter::text(value),
            };
            octets.extend_from_slice(more.as_bytes());
            octets.extend_from_slice(b"\r\n");
            octets.extend_from_slice(text.as_bytes());
            octets.extend_from_slice(b"\r\n");
        }
    }
    octets.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let is_free = !members.values().any(|value| value.to_string().contains(BOUNDARY));
    is_free.then(|| (format!("multipart/form-data; boundary={BOUNDARY}"), octets))
}

/// The header fields of a part that follow from nothing else, each in a line of its own.
fn part_fields(encoding: &Encoding, header_text: &dyn Fn(&HeaderDoc) -> Option<String>) -> String {
    let open =
        encoding.headers.iter().filter(|header| !header.name.eq_ignore_ascii_case("content-disposition"));
    let is_field = |name: &str, text: &str| {
        HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(text).is_ok()
    };
    open.filter_map(|header| {
        let text = header_text(header)?;
        is_field(&header.name, &text).then(|| format!("{}: {text}\r\n", header.name))
    })
    .collect()
}

/// Whether a part has the header fields that its encoding documents.
fn judge_fields(encoding: &Encoding, sent: &HeaderMap, direction: Direction) -> Result<(), String> {
    for header in &encoding.headers {
        let lines: Vec<Cow<'_, str>> = sent
            .get_all(header.name.as_str())
            .iter()
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        let (name, part) = (&header.name, &encoding.name);
        if lines.is_empty() && header.required {
            return Err(format!("the header {name:?} of the part {part:?} is missing"));
        }
        let Some(schema) = header.schema.as_ref().filter(|_| !lines.is_empty()) else { continue };
        let value = parameter::read_text(&header.parameter, &lines.join(", "));
        let wrong = schema.check(direction, &value).unwrap_or_default();
        if let Some(wrong) = wrong.first() {
            return Err(format!("the header {name:?} of the part {part:?} is wrong: {}", wrong.message()));
        }
    }
    Ok(())
}

/// One part of a multipart body.
struct Part {
    name: String,
    media_type: Option<String>,
    charset: Option<String>,
    headers: HeaderMap,
    octets: Bytes,
}

/// Reads a multipart form as the object that its schema describes.
///
/// # Errors
/// It is not a multipart form, or a part is of another media type than its encoding names, or has other headers.
pub(super) fn read_parts(
    described: &MediaBody,
    direction: Direction,
    headers: &HeaderMap,
    octets: Bytes,
) -> Result<Value, String> {
    let mut fields = Vec::new();
    for part in parts(headers, octets)? {
        let encoding = described.encoding(&part.name);
        if let (Some(encoding), Some(sent)) = (encoding, &part.media_type) {
            suits(encoding, sent)?;
        }
        if let Some(encoding) = encoding {
            judge_fields(encoding, &part.headers, direction)?;
        }
        let sent = match &part.media_type {
            Some(media_type) if is_json(media_type) => Sent::Json(
                serde_json::from_slice(&part.octets)
                    .map_err(|error| format!("the part {:?} is not JSON: {error}", part.name))?,
            ),
            _ => {
                let decoded = match &part.charset {
                    Some(label) => charset::decode(Some(label), &part.octets)?,
                    None => None,
                };
                let decoded = decoded.unwrap_or_else(|| text(&part.octets));
                match encoding.and_then(Encoding::one_piece) {
                    Some(styled) => Sent::Json(parameter::read_plain(styled, &decoded)),
                    None => Sent::Text(decoded.into_owned()),
                }
            }
        };
        fields.push((part.name, sent));
    }
    Ok(gather(described, Map::new(), fields.into_iter()))
}

/// Whether a part may have that media type.
fn suits(encoding: &Encoding, sent: &str) -> Result<(), String> {
    let types = &encoding.content_types;
    if types.is_empty() || types.iter().any(|range| covers(range, sent)) {
        return Ok(());
    }
    Err(format!("the part {:?} is {sent}, but {} is documented", encoding.name, types.join(" or ")))
}

/// Text as it is; other octets as one character each, so that lengths count octets.
fn text(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(octets.iter().map(|octet| char::from(*octet)).collect()),
    }
}

fn parts(headers: &HeaderMap, octets: Bytes) -> Result<Vec<Part>, String> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(octets) });
    let mut multipart = multer::Multipart::new(whole, boundary);
    let parts = async {
        let mut parts = Vec::new();
        while let Some(field) = multipart.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            let media_type = field.content_type().map(|sent| sent.essence_str().to_ascii_lowercase());
            let charset = field.content_type().and_then(|sent| sent.get_param("charset"));
            let charset = charset.map(|name| name.as_str().to_owned());
            let headers = field.headers().clone();
            parts.push(Part { name, media_type, charset, headers, octets: field.bytes().await? });
        }
        Ok::<_, multer::Error>(parts)
    };
    // All octets are here already, so the parser never has to wait.
    parts
        .now_or_never()
        .ok_or_else(|| "the multipart body is incomplete".to_owned())?
        .map_err(|error| error.to_string())
}
