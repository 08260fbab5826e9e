//! Values as text: escaped, and as `name=value` pairs.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::exchange::cut;

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
    each_pair(text).collect()
}

fn each_pair(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = Some(text);
    let pieces = std::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) = cut(text, b'&').map_or((text, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    });
    pieces.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, raw) = cut(pair, b'=').unwrap_or((pair, ""));
        Pair { name: decode(name), raw }
    })
}

/// The value of the first pair of that name, decoded.
pub fn first_of<'t>(text: &'t str, name: &str) -> Option<Cow<'t, str>> {
    each_pair(text).find(|pair| pair.name == name).map(|pair| decode(pair.raw))
}

/// As [`raw_pairs`], with decoded values.
pub fn pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    raw_pairs(text).into_iter().map(|pair| (pair.name, decode(pair.raw))).collect()
}

pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|octet| octet == b'+' || octet == b'%') {
        return Cow::Borrowed(text);
    }
    let text = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

/// Escapes one value for a path segment, a query or a form.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A single value as it is written in a path, a query, a header or a form field.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
