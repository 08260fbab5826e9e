//! Text to value.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Pair, decode, deep, shape_of};
use crate::contract::MediaBody;
use crate::contract::model::{Location, Parameter, Style};
use crate::contract::schema::Kinds;

/// Reads a query parameter, or `None` where it is not there.
pub fn read_query(parameter: &Parameter, pairs: &[Pair<'_>]) -> Option<Value> {
    let name = parameter.name.as_str();
    let mut own = pairs.iter().filter(|pair| pair.name == name);
    if parameter.content.is_some() {
        return own.next().map(|pair| read_content(parameter, &pair.value()));
    }
    let (kinds, items) = shape_of(parameter);
    let members = || parameter.value_schema().map(|schema| &schema.shape().members);
    match parameter.style {
        Style::DeepObject => deep::read(parameter, pairs),
        Style::Form if kinds.array && !kinds.string && parameter.explode => {
            let list: Vec<Value> = own.map(|pair| items.read(&pair.value())).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Style::Form if kinds.object && !kinds.string && parameter.explode => {
            let mut object = Map::new();
            for pair in pairs {
                if members().is_some_and(|members| members.contains_key(pair.name.as_ref())) {
                    object.insert(pair.name.to_string(), member(parameter, &pair.name, &pair.value()));
                }
            }
            (!object.is_empty()).then_some(Value::Object(object))
        }
        style => {
            let raw = own.next()?.raw;
            let separators: &[&str] = match style {
                Style::SpaceDelimited => &["+", "%20"],
                Style::PipeDelimited => &["|", "%7C", "%7c"],
                _ => &[","],
            };
            Some(Reader { parameter, kinds, items, decode: &decode }.read(raw, separators, false))
        }
    }
}

/// Reads a path segment's value (still escaped), a header field or a cookie.
pub fn read_text(parameter: &Parameter, text: &str) -> Value {
    let unescape = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let decode: &dyn for<'t> Fn(&'t str) -> Cow<'t, str> = match parameter.location {
        Location::Path | Location::Cookie => &|text| Cow::Owned(unescape(text)),
        _ => &|text| Cow::Borrowed(text.trim()),
    };
    if parameter.content.is_some() {
        return read_content(parameter, &decode(text));
    }
    let (kinds, items) = shape_of(parameter);
    let reader = Reader { parameter, kinds, items, decode };
    let explode = parameter.explode;
    match parameter.style {
        Style::Label => {
            let text = text.strip_prefix('.').unwrap_or(text);
            reader.read(text, if explode { &["."] } else { &[","] }, explode)
        }
        Style::Matrix => {
            let name = format!("{}=", parameter.name);
            let text = text.strip_prefix(';').unwrap_or(text);
            if !explode || !(kinds.array || kinds.object) || kinds.string {
                return reader.read(text.strip_prefix(name.as_str()).unwrap_or(text), &[","], false);
            }
            if kinds.object {
                return reader.read(text, &[";"], true);
            }
            let list = text.split(';').map(|part| part.strip_prefix(name.as_str()).unwrap_or(part));
            Value::Array(list.map(|item| items.read(&decode(item))).collect())
        }
        // A cookie has no room for several pairs of one name.
        Style::Form => reader.read(text, &[","], false),
        _ => reader.read(text, &[","], explode),
    }
}

fn read_content(parameter: &Parameter, text: &str) -> Value {
    let is_json = parameter.content.as_ref().is_some_and(MediaBody::is_json);
    let fallback = || Value::String(text.to_owned());
    if is_json { serde_json::from_str(text).unwrap_or_else(|_| fallback()) } else { fallback() }
}

/// A member of an object, as the kind that the schema wants.
fn member(parameter: &Parameter, name: &str, text: &str) -> Value {
    parameter
        .value_schema()
        .and_then(|schema| schema.shape().members.get(name))
        .map_or(Kinds::TEXT, |(kinds, _)| *kinds)
        .read(text)
}

/// Reads what stands in one text.
struct Reader<'r> {
    parameter: &'r Parameter,
    kinds: Kinds,
    items: Kinds,
    decode: &'r dyn for<'t> Fn(&'t str) -> Cow<'t, str>,
}

impl Reader<'_> {
    fn read(&self, raw: &str, separators: &[&str], explode: bool) -> Value {
        let kinds = self.kinds;
        if kinds.string || !(kinds.array || kinds.object) {
            return kinds.read(&(self.decode)(raw));
        }
        let parts = self.split(raw, separators);
        if kinds.array {
            return Value::Array(parts.iter().map(|item| self.items.read(item)).collect());
        }
        let mut object = Map::new();
        let pairs: Vec<(&str, &str)> = if explode {
            parts.iter().filter_map(|part| part.split_once('=')).collect()
        } else {
            parts.chunks(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str()))).collect()
        };
        for (name, text) in pairs {
            object.insert(name.to_owned(), member(self.parameter, name, text));
        }
        Value::Object(object)
    }

    /// The parts, decoded. Clients often encode the commas of a list too, so where none stands
    /// plain those count.
    fn split(&self, raw: &str, separators: &[&str]) -> Vec<String> {
        if raw.is_empty() {
            return Vec::new();
        }
        let decoded = |text: &str| (self.decode)(text).into_owned();
        match separators.iter().find(|separator| raw.contains(**separator)) {
            Some(separator) => raw.split(separator).map(decoded).collect(),
            None if separators == [","] => decoded(raw).split(',').map(str::to_owned).collect(),
            None => vec![decoded(raw)],
        }
    }
}
