//! Parameter values as text, and back: `style` and `explode` (OpenAPI 3.1 §4.8.12.2).
//!
//! The mock reads what the runner writes; a property test holds the two together.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::model::{Location, Parameter, Style};
use super::schema::Kinds;

/// Unreserved characters stay (RFC 3986 §2.3); everything else is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Name-value pairs of a query or a form body, decoded; `+` is a space
/// (WHATWG URL §5.1).
pub fn pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
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

fn shape_of(parameter: &Parameter) -> (Kinds, Kinds) {
    parameter.value_schema().map_or_else(
        || (Kinds { string: true, ..Kinds::default() }, Kinds { string: true, ..Kinds::default() }),
        |schema| (schema.shape().kinds, schema.shape().items),
    )
}

fn member_kinds(parameter: &Parameter, name: &str) -> Kinds {
    parameter
        .value_schema()
        .and_then(|schema| schema.shape().members.get(name))
        .map_or(Kinds { string: true, ..Kinds::default() }, |(kinds, _)| *kinds)
}

/// Reads a query parameter, or `None` where it is not there.
pub fn read_query(parameter: &Parameter, pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> Option<Value> {
    let name = parameter.name.as_str();
    let mut own = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    if parameter.content.is_some() {
        return own.next().map(|text| read_content(parameter, text));
    }
    let (kinds, items) = shape_of(parameter);
    match parameter.style {
        Style::DeepObject => {
            let mut object = Map::new();
            for (key, value) in pairs {
                if let Some(member) =
                    key.strip_prefix(name).and_then(|k| k.strip_prefix('[')).and_then(|k| k.strip_suffix(']'))
                {
                    object.insert(member.to_owned(), member_kinds(parameter, member).read(value));
                }
            }
            (!object.is_empty()).then_some(Value::Object(object))
        }
        Style::Form if kinds.array && parameter.explode => {
            let list: Vec<Value> = own.map(|text| items.read(text)).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Style::Form if kinds.object && !kinds.string && parameter.explode => {
            let members = parameter.value_schema().map(|schema| &schema.shape().members);
            let mut object = Map::new();
            for (key, value) in pairs {
                if members.is_some_and(|members| members.contains_key(key.as_ref())) {
                    object.insert(key.to_string(), member_kinds(parameter, key).read(value));
                }
            }
            (!object.is_empty()).then_some(Value::Object(object))
        }
        style => {
            let text = own.next()?;
            let separator = match style {
                Style::SpaceDelimited => ' ',
                Style::PipeDelimited => '|',
                _ => ',',
            };
            Some(read_separated(parameter, text, separator, kinds, items))
        }
    }
}

/// Reads a path segment's value (still escaped), a header field or a cookie.
pub fn read_text(parameter: &Parameter, text: &str) -> Value {
    let text = match parameter.location {
        Location::Path => percent_decode_str(text).decode_utf8_lossy(),
        _ => Cow::Borrowed(text),
    };
    if parameter.content.is_some() {
        return read_content(parameter, &text);
    }
    let (kinds, items) = shape_of(parameter);
    match parameter.style {
        Style::Label => {
            let separator = if parameter.explode { '.' } else { ',' };
            read_separated(parameter, text.strip_prefix('.').unwrap_or(&text), separator, kinds, items)
        }
        Style::Matrix => {
            let prefix = format!(";{}=", parameter.name);
            let rest = text.strip_prefix(prefix.as_str()).unwrap_or(&text);
            let rest = if parameter.explode { rest.replace(prefix.as_str(), ",") } else { rest.to_owned() };
            read_separated(parameter, &rest, ',', kinds, items)
        }
        _ => read_separated(parameter, &text, ',', kinds, items),
    }
}

fn read_content(parameter: &Parameter, text: &str) -> Value {
    let is_json = parameter.content.as_ref().is_some_and(super::MediaBody::is_json);
    let fallback = || Value::String(text.to_owned());
    if is_json { serde_json::from_str(text).unwrap_or_else(|_| fallback()) } else { fallback() }
}

fn read_separated(parameter: &Parameter, text: &str, separator: char, kinds: Kinds, items: Kinds) -> Value {
    if kinds.array && !kinds.string {
        return Value::Array(text.split(separator).map(|item| items.read(item)).collect());
    }
    if kinds.object && !kinds.string {
        let parts: Vec<&str> = text.split(separator).collect();
        let mut object = Map::new();
        if parameter.explode {
            for part in parts {
                if let Some((name, value)) = part.split_once('=') {
                    object.insert(name.to_owned(), member_kinds(parameter, name).read(value));
                }
            }
        } else {
            for pair in parts.chunks(2) {
                if let [name, value] = pair {
                    object.insert((*name).to_owned(), member_kinds(parameter, name).read(value));
                }
            }
        }
        return Value::Object(object);
    }
    kinds.read(text)
}

/// Writes a query parameter as escaped `name=value` pairs.
pub fn write_query(parameter: &Parameter, value: &Value) -> Vec<String> {
    let name = escape(&parameter.name);
    if parameter.content.is_some() {
        return vec![format!("{name}={}", escape(&value.to_string()))];
    }
    let one = |text: &str| escape(text);
    match (value, parameter.style) {
        (Value::Object(members), Style::DeepObject) => members
            .iter()
            .map(|(key, value)| format!("{name}%5B{}%5D={}", escape(key), one(&text(value))))
            .collect(),
        (Value::Array(items), Style::Form) if parameter.explode => {
            items.iter().map(|item| format!("{name}={}", one(&text(item)))).collect()
        }
        (Value::Object(members), Style::Form) if parameter.explode => {
            members.iter().map(|(key, value)| format!("{}={}", escape(key), one(&text(value)))).collect()
        }
        (value, style) => {
            let separator = match style {
                Style::SpaceDelimited => "%20",
                Style::PipeDelimited => "%7C",
                _ => ",",
            };
            vec![format!("{name}={}", separated(value, separator, false))]
        }
    }
}

/// Writes a path segment's value (escaped), a header field or a cookie (as it is).
pub fn write_text(parameter: &Parameter, value: &Value) -> String {
    if parameter.content.is_some() {
        let text = value.to_string();
        return if parameter.location == Location::Path { escape(&text) } else { text };
    }
    match (parameter.location, parameter.style) {
        (Location::Path, Style::Label) => {
            format!(".{}", separated(value, if parameter.explode { "." } else { "," }, parameter.explode))
        }
        (Location::Path, Style::Matrix) => {
            let prefix = format!(";{}=", parameter.name);
            match value {
                Value::Array(items) if parameter.explode => {
                    items.iter().fold(String::new(), |written, item| written + &prefix + &escape(&text(item)))
                }
                value => format!("{prefix}{}", separated(value, ",", parameter.explode)),
            }
        }
        (Location::Path, _) => separated(value, ",", parameter.explode),
        _ => match value {
            Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
            value => text(value),
        },
    }
}

fn separated(value: &Value, separator: &str, explode: bool) -> String {
    match value {
        Value::Array(items) => {
            items.iter().map(|item| escape(&text(item))).collect::<Vec<_>>().join(separator)
        }
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let between = if explode { "=" } else { separator };
                format!("{}{between}{}", escape(key), escape(&text(value)))
            })
            .collect::<Vec<_>>()
            .join(separator),
        value => escape(&text(value)),
    }
}

/// A single value as it stands in a path, a query, a header or a form field.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn parameter(location: &str, style: &str, explode: bool, schema: &Value) -> Parameter {
        let document = Document::of(
            "t",
            json!({
                "openapi": "3.1.0",
                "paths": {"/a/{p}": {"get": {"responses": {"200": {}}, "parameters": [
                    {"name": "p", "in": location, "style": style, "explode": explode, "schema": schema},
                ]}}},
            }),
        );
        let (mut contract, _) = build("t", &document).unwrap();
        let operation = contract.operations.remove(0);
        operation.parameters.into_iter().find(|p| p.schema.is_some()).unwrap()
    }

    fn round_trip(parameter: &Parameter, value: &Value) -> Option<Value> {
        if parameter.location == Location::Query {
            let query = write_query(parameter, value).join("&");
            return read_query(parameter, &pairs(&query));
        }
        Some(read_text(parameter, &write_text(parameter, value)))
    }

    #[rstest]
    #[case("query", "form", true)]
    #[case("query", "form", false)]
    #[case("query", "spaceDelimited", false)]
    #[case("query", "pipeDelimited", false)]
    #[case("path", "simple", false)]
    #[case("path", "label", false)]
    #[case("path", "label", true)]
    #[case("path", "matrix", false)]
    #[case("path", "matrix", true)]
    fn reading_undoes_writing_for_lists(#[case] location: &str, #[case] style: &str, #[case] explode: bool) {
        let parameter =
            parameter(location, style, explode, &json!({"type": "array", "items": {"type": "integer"}}));
        assert_eq!(round_trip(&parameter, &json!([1, -2, 30])), Some(json!([1, -2, 30])));
    }

    #[rstest]
    #[case("query", "form", true)]
    #[case("query", "form", false)]
    #[case("query", "deepObject", true)]
    #[case("path", "simple", false)]
    #[case("path", "simple", true)]
    fn reading_undoes_writing_for_objects(
        #[case] location: &str,
        #[case] style: &str,
        #[case] explode: bool,
    ) {
        let schema =
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}});
        let parameter = parameter(location, style, explode, &schema);
        assert_eq!(round_trip(&parameter, &json!({"a": 1, "b": "x y"})), Some(json!({"a": 1, "b": "x y"})));
    }

    proptest! {
        #[test]
        fn reading_undoes_writing_for_any_text(text in "\\PC+", location in 0_usize..2) {
            let (location, style) = [("query", "form"), ("path", "simple")][location];
            let parameter = parameter(location, style, false, &json!({"type": "string"}));
            prop_assert_eq!(round_trip(&parameter, &json!(text)), Some(json!(text)));
        }
    }
}
