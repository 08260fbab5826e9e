//! From text to value.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::deep;
use super::text::{Pair, decode};
use crate::contract::MediaBody;
use crate::contract::message::{Location, Parameter, Style};
use crate::contract::schema::{Direction, Kinds, View};

/// Reads a query parameter, or `None` where it is not there.
pub fn read_query(parameter: &Parameter, pairs: &[Pair<'_>]) -> Option<Value> {
    read_query_among(parameter, pairs, &|_| true)
}

/// As [`read_query`], for a query of which it is known which names are taken by something else: an
/// object whose members are spread over the query takes the others, where its schema describes members
/// of any name.
pub fn read_query_among(
    parameter: &Parameter,
    pairs: &[Pair<'_>],
    is_taken: &dyn Fn(&str) -> bool,
) -> Option<Value> {
    if parameter.content.is_some() {
        let own = pairs.iter().find(|pair| pair.name == parameter.name);
        return own.map(|pair| read_content(parameter, &pair.value()));
    }
    settle(parameter, |kinds, items| query_as(parameter, pairs, is_taken, kinds, items))
}

/// Reads a text as text first, where the schema allows one; where that is not valid, as whatever else
/// it allows (a number, or `all`).
fn settle(parameter: &Parameter, read: impl Fn(Kinds, Kinds) -> Option<Value>) -> Option<Value> {
    let (kinds, items) = shape_of(parameter);
    let first = read(kinds, items)?;
    let others =
        |kinds: Kinds| (kinds.string && kinds != Kinds::TEXT).then_some(Kinds { string: false, ..kinds });
    let (less, fewer) = (others(kinds), others(items));
    if less.is_none() && fewer.is_none() {
        return Some(first);
    }
    let Some(schema) = parameter.value_schema() else { return Some(first) };
    let fits = |value: &Value| schema.is_valid(Direction::Request, value) != Ok(false);
    if fits(&first) {
        return Some(first);
    }
    let tries = [(less, None), (None, fewer), (less, fewer)];
    let other = tries
        .into_iter()
        .filter(|tried| *tried != (None, None))
        .filter_map(|(less, fewer)| read(less.unwrap_or(kinds), fewer.unwrap_or(items)))
        .find(fits);
    Some(other.unwrap_or(first))
}

fn query_as(
    parameter: &Parameter,
    pairs: &[Pair<'_>],
    is_taken: &dyn Fn(&str) -> bool,
    kinds: Kinds,
    items: Kinds,
) -> Option<Value> {
    let own = || pairs.iter().filter(|pair| pair.name == parameter.name);
    let members = || parameter.value_schema().map(|schema| &schema.shape().members);
    let is_list = kinds.array && (!kinds.string || own().nth(1).is_some());
    match parameter.style {
        Style::DeepObject => deep::read(parameter, pairs),
        Style::Form if is_list && parameter.explode => {
            let list: Vec<Value> = own().map(|pair| items.read(&pair.value())).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Style::Form if kinds.object && !kinds.string && parameter.explode => {
            let mut object = Map::new();
            for pair in pairs {
                let name = pair.name.as_ref();
                if members().is_some_and(|members| members.contains_key(name)) {
                    object.insert(name.to_owned(), member(parameter, name, &pair.value()));
                } else if !is_taken(name)
                    && let Some(schema) = parameter.value_schema()
                {
                    let view = View::of(schema, Direction::Request);
                    let kinds = view.member(name).map(|member| member.kinds());
                    let kinds = kinds.or_else(|| view.is_free().then_some(Kinds::TEXT));
                    if let Some(kinds) = kinds {
                        object.insert(name.to_owned(), kinds.read(&pair.value()));
                    }
                }
            }
            (!object.is_empty()).then_some(Value::Object(object))
        }
        style => {
            let separators = separators(style, parameter.location);
            let kinds = if is_list { Kinds { string: false, ..kinds } } else { kinds };
            let reader = Reader { parameter, kinds, items, decode: &decode };
            let whole = reader.read(own().next()?.raw, separators, false);
            let Value::Array(mut list) = whole else { return Some(whole) };
            // A list that is sent in several pieces is the list of all of them.
            for pair in own().skip(1) {
                match reader.read(pair.raw, separators, false) {
                    Value::Array(more) => list.extend(more),
                    other => list.push(other),
                }
            }
            Some(Value::Array(list))
        }
    }
}

/// Reads a path segment's value (still escaped), a header field or a cookie.
pub fn read_text(parameter: &Parameter, text: &str) -> Value {
    let read = |kinds, items| Some(text_as(parameter, text, kinds, items));
    settle(parameter, read).unwrap_or(Value::Null)
}

fn text_as(parameter: &Parameter, text: &str, kinds: Kinds, items: Kinds) -> Value {
    let decode: &dyn for<'t> Fn(&'t str) -> Cow<'t, str> = match parameter.location {
        Location::Path | Location::Cookie => &|text| percent_decode_str(text).decode_utf8_lossy(),
        _ => &|text| Cow::Borrowed(text.trim()),
    };
    if parameter.content.is_some() {
        return read_content(parameter, &decode(text));
    }
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
        style => reader.read(text, separators(style, parameter.location), explode),
    }
}

/// The separator of the items of a list: as it is, and escaped.
fn separators(style: Style, location: Location) -> &'static [&'static str] {
    match (style, location) {
        (Style::SpaceDelimited, Location::Query) => &["+", "%20"],
        (Style::SpaceDelimited, _) => &[" ", "%20"],
        (Style::PipeDelimited, _) => &["|", "%7C", "%7c"],
        (Style::TabDelimited, _) => &["\t", "%09"],
        _ => &[","],
    }
}

/// Reads a value as a person writes it down: without escapes, the items of a list between commas.
pub fn read_plain(parameter: &Parameter, text: &str) -> Value {
    if parameter.content.is_some() {
        return read_content(parameter, text);
    }
    let decode: &dyn for<'t> Fn(&'t str) -> Cow<'t, str> = &|text| Cow::Borrowed(text.trim());
    let read = |kinds, items| {
        let separators = separators(parameter.style, Location::Header);
        Some(Reader { parameter, kinds, items, decode }.read(text, separators, false))
    };
    settle(parameter, read).unwrap_or(Value::Null)
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

/// Whether a text is a list or an object of JSON, which no style writes.
fn is_json(text: &str) -> bool {
    let is_enclosed = (text.starts_with('{') && text.ends_with('}'))
        || (text.starts_with('[') && text.ends_with(']') && text != "[]");
    is_enclosed && serde_json::from_str::<Value>(text).is_ok()
}

/// Reads the values in one text.
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
        let whole = || Value::String((self.decode)(raw).into_owned());
        if is_json(&(self.decode)(raw)) {
            return whole();
        }
        let parts = self.split(raw, separators);
        if kinds.array {
            return Value::Array(parts.iter().map(|item| self.items.read(item)).collect());
        }
        let mut object = Map::new();
        let pairs: Option<Vec<(&str, &str)>> = if explode {
            parts.iter().map(|part| part.split_once('=')).collect()
        } else {
            parts.chunks(2).map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str()))).collect()
        };
        // What does not come in pairs is not an object.
        let Some(pairs) = pairs else { return whole() };
        for (name, text) in pairs {
            object.insert(name.to_owned(), member(self.parameter, name, text));
        }
        Value::Object(object)
    }

    /// The parts, decoded. Clients often encode the commas of a list too, so where there is none
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

/// The kinds of a parameter's value and of its items.
fn shape_of(parameter: &Parameter) -> (Kinds, Kinds) {
    parameter
        .value_schema()
        .map_or((Kinds::TEXT, Kinds::TEXT), |schema| (schema.shape().kinds, schema.shape().items))
}
