//! From value to text.

use serde_json::Value;

use super::deep;
use super::text::{escape, text};
use crate::contract::MediaBody;
use crate::contract::message::{Location, Parameter, Style};

/// Writes a query parameter as escaped `name=value` pairs.
pub fn write_query(parameter: &Parameter, value: &Value) -> Vec<String> {
    if parameter.is_whole_query {
        return whole_query(parameter, value);
    }
    let name = escape(&parameter.name);
    if parameter.content.is_some() {
        return vec![format!("{name}={}", escape(&as_content(parameter, value)))];
    }
    let one = |value: &Value| {
        let text = escape(&text(value));
        if parameter.allow_reserved { unreserve(text) } else { text }
    };
    match (value, parameter.style) {
        (Value::Object(_), Style::DeepObject) => deep::write(&name, value, &one),
        (Value::Array(items), Style::DeepObject) => deep::write_list(&name, items, &one),
        (Value::Array(items), Style::Form) if parameter.explode => {
            items.iter().map(|item| format!("{name}={}", one(item))).collect()
        }
        (Value::Object(members), Style::Form) if parameter.explode => {
            members.iter().map(|(key, value)| format!("{}={}", escape(key), one(value))).collect()
        }
        (value, style) => {
            let separator = match style {
                Style::SpaceDelimited => "%20",
                Style::PipeDelimited => "%7C",
                Style::TabDelimited => "%09",
                _ => ",",
            };
            // A plain comma inside an item would be taken for the end of it.
            let inside = matches!(value, Value::Array(_) | Value::Object(_));
            let one = |value: &Value| if inside { one(value).replace(',', "%2C") } else { one(value) };
            vec![format!("{name}={}", joined(value, separator, false, &one))]
        }
    }
}

/// A value that is the whole query string: the pairs of a form, else JSON.
fn whole_query(parameter: &Parameter, value: &Value) -> Vec<String> {
    let is_form = parameter.content.as_ref().is_some_and(|content| !content.is_json());
    match value {
        Value::Object(members) if is_form => {
            let pair = |name: &str, value: &Value| format!("{}={}", escape(name), escape(&text(value)));
            let pairs = members.iter().flat_map(|(name, value)| match value {
                Value::Array(items) => items.iter().map(|item| pair(name, item)).collect(),
                value => vec![pair(name, value)],
            });
            pairs.collect()
        }
        Value::String(text) if is_form => vec![text.clone()],
        value => vec![escape(&value.to_string())],
    }
}

/// Reserved characters as they are (`allowReserved`, RFC 3986 §2.2), but for those that a query
/// needs for its own structure.
fn unreserve(escaped: String) -> String {
    const KEPT: [(&str, &str); 12] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    KEPT.iter().fold(escaped, |text, (code, plain)| text.replace(code, plain))
}

/// Writes a path segment's value (escaped), a header field (as it is) or a cookie (escaped).
pub fn write_text(parameter: &Parameter, value: &Value) -> String {
    let is_header = parameter.location == Location::Header;
    let one = |value: &Value| if is_header { text(value) } else { escape(&text(value)) };
    if parameter.content.is_some() {
        let text = as_content(parameter, value);
        return if is_header { text } else { escape(&text) };
    }
    let explode = parameter.explode;
    match (parameter.style, value) {
        (Style::Label, value) if explode => {
            // A plain dot inside an item would be taken for the end of it.
            let is_list = value.is_array() || value.is_object();
            let one = |value: &Value| if is_list { one(value).replace('.', "%2E") } else { one(value) };
            format!(".{}", joined(value, ".", true, &one))
        }
        (Style::Label, value) => format!(".{}", joined(value, ",", false, &one)),
        (Style::Matrix, Value::Array(items)) if explode => {
            let parts: Vec<String> =
                items.iter().map(|item| format!(";{}={}", parameter.name, one(item))).collect();
            parts.concat()
        }
        (Style::Matrix, Value::Object(_)) if explode => format!(";{}", joined(value, ";", true, &one)),
        (Style::Matrix, value) => format!(";{}={}", parameter.name, joined(value, ",", false, &one)),
        // A cookie has no room for several pairs of one name.
        (Style::Form, value) => joined(value, ",", false, &one),
        (style, value) => {
            let separator = match (style, is_header) {
                (Style::SpaceDelimited, true) => " ",
                (Style::SpaceDelimited, false) => "%20",
                (Style::PipeDelimited, true) => "|",
                (Style::PipeDelimited, false) => "%7C",
                (Style::TabDelimited, true) => "\t",
                (Style::TabDelimited, false) => "%09",
                _ => ",",
            };
            joined(value, separator, explode, &one)
        }
    }
}

/// A value in the media type of its `content`: JSON, else a text as it is.
fn as_content(parameter: &Parameter, value: &Value) -> String {
    let is_json = parameter.content.as_ref().is_some_and(MediaBody::is_json);
    match value {
        Value::String(text) if !is_json => text.clone(),
        value => value.to_string(),
    }
}

/// Writes a list as a person does: without escapes, on one line.
pub fn write_plain(parameter: &Parameter, value: &Value) -> String {
    let separator = match parameter.style {
        Style::SpaceDelimited => " ",
        Style::PipeDelimited => "|",
        Style::TabDelimited => "\t",
        _ => ",",
    };
    joined(value, separator, false, &text)
}

fn joined(value: &Value, separator: &str, explode: bool, one: &dyn Fn(&Value) -> String) -> String {
    let parts: Vec<String> = match value {
        Value::Array(items) => items.iter().map(one).collect(),
        Value::Object(members) => {
            let between = if explode { "=" } else { separator };
            members
                .iter()
                .map(|(key, value)| format!("{}{between}{}", one(&Value::from(key.as_str())), one(value)))
                .collect()
        }
        value => return one(value),
    };
    parts.join(separator)
}
