//! Parameter values as text, and back: `style` and `explode` (OpenAPI 3.1 §4.8.12.2).
//!
//! The mock reads what the runner writes; a property test holds the two together. What the
//! specification leaves ambiguous stays so: a list of one text that has a comma is read as several,
//! because most clients encode the commas of a list too.

mod deep;
mod parse;
mod serialize;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::model::Parameter;
use super::schema::Kinds;

pub use parse::{read_plain, read_query, read_query_among, read_text};
pub use serialize::{write_plain, write_query, write_text};

/// Unreserved characters stay (RFC 3986 §2.3); everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One `name=value` of a query or a form body.
#[derive(Debug, Clone)]
pub struct Pair<'q> {
    /// The name, decoded.
    pub name: Cow<'q, str>,
    /// The value as it was sent.
    pub raw: &'q str,
}

impl Pair<'_> {
    /// The value, decoded.
    pub fn value(&self) -> Cow<'_, str> {
        decode(self.raw)
    }
}

/// The pairs of a query or a form body; `+` is a space (WHATWG URL §5.1).
pub fn raw_pairs(text: &str) -> Vec<Pair<'_>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            Pair { name: decode(name), raw }
        })
        .collect()
}

/// As [`raw_pairs`], with decoded values.
pub fn pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    raw_pairs(text).into_iter().map(|pair| (pair.name, decode(pair.raw))).collect()
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

/// Escapes one value for a path segment, a query or a form.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A single value as it stands in a path, a query, a header or a form field.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The kinds of a parameter's value and of its items.
fn shape_of(parameter: &Parameter) -> (Kinds, Kinds) {
    parameter
        .value_schema()
        .map_or((Kinds::TEXT, Kinds::TEXT), |schema| (schema.shape().kinds, schema.shape().items))
}

#[cfg(test)]
mod tests;
