//! Reads keywords with invalid values as their author most likely meant them.

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::keywords::{LIST, MAP, ONE};

/// How an odd keyword is read.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::contract) struct Odd {
    /// The value to use instead; `None` if the keyword is ignored.
    pub instead: Option<Value>,
    /// What was expected.
    pub expected: &'static str,
}

const KINDS: &[&str] = &["string", "number", "integer", "boolean", "null", "array", "object"];

/// The kind that a word means, by the words of programming languages and of older documents.
fn kind(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    if let Some(known) = KINDS.iter().find(|known| **known == lower) {
        return Some(known);
    }
    Some(match lower.as_str() {
        "str" | "text" | "char" | "uuid" | "guid" | "date" | "datetime" | "date-time" | "timestamp"
        | "time" | "email" | "uri" | "url" | "password" | "byte" | "bytes" | "binary" | "file" | "enum" => {
            "string"
        }
        "int" | "int32" | "int64" | "long" | "short" | "bigint" => "integer",
        "float" | "double" | "decimal" | "numeric" | "real" => "number",
        "bool" => "boolean",
        "none" | "nil" => "null",
        "list" | "tuple" | "set" => "array",
        "dict" | "map" | "hash" | "struct" | "record" => "object",
        _ => return None,
    })
}

/// How a keyword is read whose value is not of the kind that JSON Schema asks for; `None` for one
/// that is as it should be, and for keywords that say nothing about a value.
pub(in crate::contract) fn odd(keyword: &str, value: &Value) -> Option<Odd> {
    match keyword {
        "type" => odd_type(value),
        "enum" => match value {
            Value::Array(values) if !values.is_empty() => None,
            Value::Array(_) | Value::Null | Value::Object(_) => read(None, "a list of at least one value"),
            one => read(Some(json!([one])), "a list of values"),
        },
        "required" => odd_required(value),
        "minimum" | "maximum" | "multipleOf" | "exclusiveMinimum" | "exclusiveMaximum" => {
            odd_bound(keyword, value)
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => odd_count(value),
        "uniqueItems" if value.is_boolean() => None,
        "uniqueItems" => read(truth(value), "true or false"),
        "pattern" | "format" | "$dynamicAnchor" | "$dynamicRef" | "contentEncoding" | "contentMediaType"
            if value.is_string() =>
        {
            None
        }
        "pattern" | "format" | "$dynamicAnchor" | "$dynamicRef" | "contentEncoding" | "contentMediaType" => {
            read(None, "a text")
        }
        "dependentRequired" => {
            let are_names = |names: &Value| names.as_array().is_some_and(|n| n.iter().all(Value::is_string));
            match value {
                Value::Object(members) if members.values().all(are_names) => None,
                _ => read(None, "an object of lists of names"),
            }
        }
        "items" if value.is_array() => None,
        _ => odd_schemas(keyword, value),
    }
}

/// An odd keyword and how it is read.
#[expect(clippy::unnecessary_wraps, reason = "it stands where a keyword may be as it should be")]
fn read(instead: Option<Value>, expected: &'static str) -> Option<Odd> {
    Some(Odd { instead, expected })
}

/// As [`odd`], for keywords whose values are schemas.
fn odd_schemas(keyword: &str, value: &Value) -> Option<Odd> {
    if ONE.contains(&keyword) {
        return match value {
            Value::Object(_) | Value::Bool(_) => None,
            other => read(truth(other), "a schema"),
        };
    }
    if LIST.contains(&keyword) {
        return match value {
            Value::Array(schemas) if !schemas.is_empty() => None,
            Value::Object(_) => read(Some(json!([value])), "a list of schemas"),
            _ => read(None, "a list of at least one schema"),
        };
    }
    if MAP.contains(&keyword) && !value.is_object() { read(None, "an object of schemas") } else { None }
}

/// As [`odd`], for `required`.
fn odd_required(value: &Value) -> Option<Odd> {
    let Value::Array(names) = value else { return read(None, "a list of names, beside `properties`") };
    let kept: IndexSet<&str> = names.iter().filter_map(Value::as_str).collect();
    if kept.len() == names.len() { None } else { read(Some(kept.into_iter().collect()), "different names") }
}

/// As [`odd`], for bounds of numbers.
fn odd_bound(keyword: &str, value: &Value) -> Option<Odd> {
    match value {
        Value::Number(step) if keyword == "multipleOf" && step.as_f64().is_some_and(|step| step <= 0.0) => {
            read(None, "a number above 0")
        }
        Value::Number(_) => None,
        // OpenAPI 3.0 and JSON Schema drafts 3 and 4.
        Value::Bool(_) if keyword.starts_with("exclusive") => None,
        other => read(numeric(other), "a number"),
    }
}

/// As [`odd`], for bounds of lengths and counts.
fn odd_count(value: &Value) -> Option<Odd> {
    if value.as_u64().is_some() {
        return None;
    }
    let whole = numeric(value).and_then(|n| n.as_f64()).filter(|n| *n >= 0.0 && n.fract() == 0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, 0 or more")]
    let whole = whole.map(|n| json!(n as u64));
    read(whole, "a whole number, 0 or more")
}

/// As [`odd`], for `type`.
fn odd_type(value: &Value) -> Option<Odd> {
    let odd = |instead: Option<Value>, expected| Some(Odd { instead, expected });
    let known = "one of string, number, integer, boolean, null, array and object, or a list of them";
    match value {
        Value::String(word) if KINDS.contains(&word.as_str()) => None,
        Value::String(word) => odd(kind(word).map(Value::from), known),
        Value::Null => odd(Some(json!("null")), known),
        Value::Array(words) => {
            let mut kinds: Vec<Value> = Vec::new();
            for word in words {
                let kind = word.as_str().map_or(value_null(word), kind).map(Value::from);
                kinds.extend(kind.filter(|kind| !kinds.contains(kind)));
            }
            if kinds == *words && !kinds.is_empty() {
                return None;
            }
            odd((!kinds.is_empty()).then_some(Value::Array(kinds)), known)
        }
        _ => odd(None, known),
    }
}

/// `null` for the kind that YAML reads from a bare `null`.
fn value_null(value: &Value) -> Option<&'static str> {
    value.is_null().then_some("null")
}

fn numeric(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => {
            serde_json::from_str::<serde_json::Number>(text.trim()).ok().map(Value::Number)
        }
        _ => None,
    }
}

fn truth(value: &Value) -> Option<Value> {
    match value.as_str()?.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::option_option, reason = "as it should be, read otherwise, or passed over")]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("type", json!("string"), None)]
    #[case("type", json!("str"), Some(Some(json!("string"))))]
    #[case("type", json!("Integer"), Some(Some(json!("integer"))))]
    #[case("type", json!("any"), Some(None))]
    #[case("type", json!(null), Some(Some(json!("null"))))]
    #[case("type", json!(["string", null]), Some(Some(json!(["string", "null"]))))]
    #[case("type", json!(["string", "null"]), None)]
    #[case("required", json!(true), Some(None))]
    #[case("required", json!(["a", "a"]), Some(Some(json!(["a"]))))]
    #[case("minimum", json!("1.5"), Some(Some(json!(1.5))))]
    #[case("exclusiveMinimum", json!(true), None)]
    #[case("multipleOf", json!(0), Some(None))]
    #[case("maxLength", json!("255"), Some(Some(json!(255))))]
    #[case("maxLength", json!(3.0), Some(Some(json!(3))))]
    #[case("maxLength", json!(-1), Some(None))]
    #[case("enum", json!("a"), Some(Some(json!(["a"]))))]
    #[case("enum", json!([]), Some(None))]
    #[case("additionalProperties", json!("false"), Some(Some(json!(false))))]
    #[case("items", json!([{}]), None)]
    #[case("items", json!(null), Some(None))]
    #[case("allOf", json!({"type": "object"}), Some(Some(json!([{"type": "object"}]))))]
    #[case("properties", json!([]), Some(None))]
    #[case("title", json!(1), None)]
    fn odd_keywords(#[case] keyword: &str, #[case] value: Value, #[case] read: Option<Option<Value>>) {
        assert_eq!(odd(keyword, &value).map(|odd| odd.instead), read);
    }
}
