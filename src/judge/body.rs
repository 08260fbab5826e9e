//! Bodies as values: JSON, forms and text, read the way their media type says.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::contract::schema::Kinds;
use crate::contract::{MediaBody, is_json, style};

/// A body that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// It has a value that a schema can judge.
    Value(Value),
    /// Its media type has no value that a schema could judge.
    Opaque,
}

/// Reads a body as `described`. The error is the parser's message.
///
/// # Errors
/// The octets do not have the syntax of the media type.
pub fn read(
    described: &MediaBody,
    media_type: &str,
    headers: &HeaderMap,
    octets: &Bytes,
) -> Result<Body, String> {
    if is_json(media_type) {
        return serde_json::from_slice(octets).map(Body::Value).map_err(|error| error.to_string());
    }
    match media_type {
        "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(octets).map_err(|_| "the form is not UTF-8".to_owned())?;
            Ok(Body::Value(form(
                described,
                style::pairs(text).into_iter().map(|(k, v)| (k.into(), v.into())),
            )))
        }
        "multipart/form-data" => multipart(described, headers, octets.clone()),
        text if text.starts_with("text/") => {
            let text = std::str::from_utf8(octets).map_err(|_| "the text is not UTF-8".to_owned())?;
            Ok(if accepts_text(described) {
                Body::Value(Value::String(text.to_owned()))
            } else {
                Body::Opaque
            })
        }
        _ => Ok(Body::Opaque),
    }
}

/// Documents often give the schema of the JSON form for a text form too; such a schema says
/// nothing about the text.
fn accepts_text(described: &MediaBody) -> bool {
    described.schema.as_ref().is_some_and(|schema| schema.shape().kinds.string)
}

/// A form as the object that its schema describes: text becomes the kind that each member wants.
fn form(described: &MediaBody, fields: impl Iterator<Item = (String, String)>) -> Value {
    const TEXT: Kinds = Kinds {
        string: true,
        number: false,
        integer: false,
        boolean: false,
        null: false,
        array: false,
        object: false,
    };
    let mut object = Map::new();
    for (name, text) in fields {
        let kinds = described.schema.as_ref().and_then(|schema| schema.shape().members.get(&name).copied());
        let (kinds, items) = kinds.unwrap_or((TEXT, TEXT));
        if kinds.array && !kinds.string && !text.starts_with('[') {
            if let Some(Value::Array(list)) = object.get_mut(&name) {
                list.push(items.read(&text));
            } else {
                object.insert(name, Value::Array(vec![items.read(&text)]));
            }
        } else {
            object.insert(name, kinds.read(&text));
        }
    }
    Value::Object(object)
}

fn multipart(described: &MediaBody, headers: &HeaderMap, octets: Bytes) -> Result<Body, String> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(octets) });
    let mut parts = multer::Multipart::new(whole, boundary);
    let fields = async {
        let mut fields = Vec::new();
        while let Some(field) = parts.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            fields.push((name, String::from_utf8_lossy(&field.bytes().await?).into_owned()));
        }
        Ok::<_, multer::Error>(fields)
    };
    // All octets are here already, so the parser never has to wait.
    let fields = fields
        .now_or_never()
        .ok_or_else(|| "the multipart body is not complete".to_owned())?
        .map_err(|error| error.to_string())?;
    Ok(Body::Value(form(described, fields.into_iter())))
}
