//! TOML values as other types.

use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a day, written as a date or as a text.
pub(super) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::String(text) => text,
        other => return Err(serde::de::Error::custom(format!("invalid date {other}; write 2027-06-30"))),
    };
    let day = text.get(..10).unwrap_or(&text);
    day.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("invalid date {text:?}; write 2027-06-30")))
}

/// Reads a time limit, written as a number of seconds or with a unit.
pub(super) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let written = text(&toml::Value::deserialize(deserializer)?);
    super::span(&written).map(Some).map_err(serde::de::Error::custom)
}

/// Reads a body: a table, or a text that holds JSON.
pub(super) fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(Some(match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => match serde_json::from_str(&text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            _ => Value::String(text),
        },
        other => json(&other),
    }))
}

/// A TOML value as JSON; dates become text.
pub fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::Bool(*flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.iter().map(json).collect()),
        toml::Value::Table(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
    }
}

/// A TOML value as the text of a flag or a parameter.
pub fn text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn toml(text: &str) -> toml::Value {
        let mut table: toml::Table = toml::from_str(&format!("v = {text}")).unwrap();
        table.remove("v").unwrap()
    }

    #[rstest]
    #[case("2027-06-30", Some((2027, 6, 30)))]
    #[case("2027-06-30T12:00:00Z", Some((2027, 6, 30)))]
    #[case("'2027-06-30'", Some((2027, 6, 30)))]
    #[case("'soon'", None)]
    #[case("7", None)]
    fn days_are_read(#[case] text: &str, #[case] day: Option<(i16, i8, i8)>) {
        let expected = day.map(|(year, month, day)| Some(jiff::civil::date(year, month, day)));
        assert_eq!(date(toml(text)).ok(), expected);
    }

    #[rstest]
    #[case("'30s'", Some(30_000))]
    #[case("'250ms'", Some(250))]
    #[case("2.5", Some(2500))]
    #[case("'long'", None)]
    fn limits_are_read(#[case] text: &str, #[case] millis: Option<u64>) {
        assert_eq!(limit(toml(text)).ok(), millis.map(|millis| Some(Duration::from_millis(millis))));
    }

    #[rstest]
    #[case("{ a = 1 }", json!({"a": 1}))]
    #[case("'{\"a\": null}'", json!({"a": null}))]
    #[case("'plain'", json!("plain"))]
    #[case("'7'", json!("7"))]
    fn bodies_are_tables_or_json(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(body(toml(text)).unwrap(), Some(expected));
    }

    #[rstest]
    #[case("[1, 1.5, true]", json!([1, 1.5, true]), "[1, 1.5, true]")]
    #[case("'a'", json!("a"), "a")]
    #[case("2027-06-30", json!("2027-06-30"), "2027-06-30")]
    fn values_are_json_and_text(#[case] written: &str, #[case] as_json: Value, #[case] as_text: &str) {
        assert_eq!((json(&toml(written)), text(&toml(written))), (as_json, as_text.to_owned()));
    }
}
