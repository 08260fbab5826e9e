//! Whether a value that was sent is the one that came back.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

/// Whether a value came back as it was sent, normalisation aside: trimmed text, another time zone
/// or precision, another spelling of a number, added members, another order of a list.
pub fn same(sent: &Value, got: &Value) -> bool {
    match (sent, got) {
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.trim().is_empty(),
        (Value::Null, Value::Array(list)) => list.is_empty(),
        (Value::String(one), Value::String(other)) => same_text(one, other),
        (Value::Number(_), Value::Number(_)) => same_number(sent.as_f64(), got.as_f64()),
        (Value::Number(_), Value::String(text)) => same_number(sent.as_f64(), text.trim().parse().ok()),
        (Value::String(text), Value::Number(_)) => same_number(text.trim().parse().ok(), got.as_f64()),
        (Value::Array(one), Value::Array(other)) => same_list(one, other),
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(name, sent)| other.get(name).map_or(sent.is_null(), |got| same(sent, got)))
        }
        _ => sent == got,
    }
}

fn same_number(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1e-3),
        _ => false,
    }
}

fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    if one == other || one.eq_ignore_ascii_case(other) && is_identifier(one) {
        return true;
    }
    match (instant(one), instant(other)) {
        // Servers keep fewer digits than they are sent.
        (Some(one), Some(other)) => (one.as_millisecond() - other.as_millisecond()).abs() < 1_000,
        _ => false,
    }
}

/// UUIDs and addresses of mail come back in lower case.
fn is_identifier(text: &str) -> bool {
    text.contains('@') || (text.len() == 36 && text.matches('-').count() == 4)
}

/// A date-time (RFC 3339), a local one taken as UTC, or a date.
fn instant(text: &str) -> Option<Timestamp> {
    if text.len() < 10 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(local).ok()
    })
}

fn same_list(one: &[Value], other: &[Value]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    if one.iter().zip(other).all(|(sent, got)| same(sent, got)) {
        return true;
    }
    // In another order: each has a partner of its own.
    let mut free: Vec<&Value> = other.iter().collect();
    one.iter().all(|sent| match free.iter().position(|got| same(sent, got)) {
        Some(at) => {
            free.swap_remove(at);
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(" a "), json!("a"), true)]
    #[case(json!("2026-05-04T12:00:00Z"), json!("2026-05-04T14:00:00.000000+02:00"), true)]
    #[case(json!("2026-05-04"), json!("2026-05-04T00:00:00Z"), true)]
    #[case(json!("2026-05-04T12:00:00Z"), json!("2026-05-05T12:00:00Z"), false)]
    #[case(json!(1), json!(1.0), true)]
    #[case(json!("1.50"), json!(1.5), true)]
    #[case(json!({"a": 1}), json!({"a": 1, "b": null}), true)]
    #[case(json!({"a": 1, "b": 2}), json!({"a": 1}), false)]
    #[case(json!([1, 2]), json!([2, 1]), true)]
    #[case(json!([1, 1]), json!([1, 2]), false)]
    #[case(json!(null), json!(""), true)]
    #[case(json!("a"), json!("b"), false)]
    #[case(json!("A"), json!("a"), false)]
    #[case(json!(true), json!(false), false)]
    fn normalisation_is_no_change(#[case] sent: Value, #[case] got: Value, #[case] is_same: bool) {
        assert_eq!(same(&sent, &got), is_same);
    }
}
