//! Whether a value that was sent equals the one that came back.

use jiff::SignedDuration;
use serde_json::Value;

use crate::document::pointer;
use crate::resources::instant;

/// Whether a value came back as it was sent, normalisation aside: another spelling or letter case of a
/// text, another time zone or precision, another spelling of a number, members and entries that were
/// added, another order of a list, nothing at all for what is empty.
pub fn same(sent: &Value, got: &Value) -> bool {
    match (sent, got) {
        (_, Value::Null) => is_empty(sent),
        (Value::Null, _) => is_empty(got),
        (Value::String(one), Value::String(other)) => same_text(one, other),
        // A whole number is kept to its last digit.
        (Value::Number(one), Value::Number(other)) if is_whole(one) && is_whole(other) => one == other,
        (Value::Number(_), Value::Number(_)) => same_number(sent.as_f64(), got.as_f64()),
        (Value::Number(_), Value::String(text)) => same_measure(text.trim(), sent.as_f64()),
        (Value::String(text), Value::Number(_)) => same_measure(text.trim(), got.as_f64()),
        (Value::Bool(one), other) | (other, Value::Bool(one)) => same_truth(*one, other),
        (Value::Array(one), Value::Array(other)) => same_list(one, other),
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(name, sent)| kept(sent, other.get(name)))
        }
        _ => sent == got,
    }
}

/// Whether a member came back; one that is left out may mean null, zero or false.
pub fn kept(sent: &Value, got: Option<&Value>) -> bool {
    match got {
        Some(got) => same(sent, got),
        None => is_empty(sent) || *sent == Value::Bool(false) || sent.as_f64() == Some(0.0),
    }
}

/// Where a value did not come back as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// JSON pointer inside the value.
    pub at: String,
    /// What was sent there.
    pub sent: Value,
    /// What is there; null where nothing is.
    pub got: Value,
}

/// The first place, as deep as possible, where a value did not come back as it was sent.
pub fn difference(sent: &Value, got: &Value) -> Option<Difference> {
    if same(sent, got) {
        return None;
    }
    let inner = match (sent, got) {
        (Value::Object(one), Value::Object(other)) => one.iter().find_map(|(name, sent)| {
            let found = other.get(name);
            (!kept(sent, found)).then(|| below(name, sent, found))
        }),
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other).enumerate();
            let mut wrong = pairs.filter(|(_, (sent, _))| !other.iter().any(|got| same(sent, got)));
            wrong.next().map(|(index, (sent, got))| below(&index.to_string(), sent, Some(got)))
        }
        _ => None,
    };
    inner.or_else(|| Some(Difference { at: String::new(), sent: sent.clone(), got: got.clone() }))
}

fn below(name: &str, sent: &Value, got: Option<&Value>) -> Difference {
    let found = got.cloned().unwrap_or_default();
    let inner = difference(sent, &found);
    let inner = inner.unwrap_or(Difference { at: String::new(), sent: sent.clone(), got: found });
    Difference { at: format!("{}{}", pointer::join("", name), inner.at), ..inner }
}

/// Whether a value holds nothing: null, an empty text, a list or an object of nothing else.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_whole(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64()
}

fn same_truth(one: bool, other: &Value) -> bool {
    match other {
        Value::Bool(other) => one == *other,
        Value::Number(number) => number.as_f64() == Some(f64::from(u8::from(one))),
        Value::String(text) => {
            let text = text.trim();
            let names = if one { ["true", "1", "yes", "on"] } else { ["false", "0", "no", "off"] };
            names.iter().any(|name| text.eq_ignore_ascii_case(name))
        }
        _ => false,
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
    if one == other || plain(one) == plain(other) {
        return true;
    }
    if let (Some(one), Some(other)) = (instant(one), instant(other)) {
        // Servers keep fewer digits than they are sent.
        return (one.as_millisecond() - other.as_millisecond()).abs() < 1_000;
    }
    match (length(one), length(other)) {
        (Some(one), Some(other)) => one == other,
        _ => same_number(decimal(one), decimal(other)),
    }
}

/// A text and the number that it may mean: itself, a length of time in seconds or milliseconds, or
/// a time since 1970 in these.
fn same_measure(text: &str, number: Option<f64>) -> bool {
    let is = |read: Option<f64>| same_number(read, number);
    let thousand = |read: f64| read * 1_000.0;
    let length = length(text).map(|length| length.as_secs_f64());
    let time = instant(text).map(|time| time.as_duration().as_secs_f64());
    is(text.parse().ok()) || [length, time].into_iter().any(|read| is(read) || is(read.map(thousand)))
}

/// A length of time (ISO 8601, or as people write it).
fn length(text: &str) -> Option<SignedDuration> {
    let is_length = text.starts_with(|c: char| c.is_ascii_digit() || "PpTt+-".contains(c));
    text.parse().ok().filter(|_| is_length)
}

/// A text without what its spellings differ in: letter case, runs of white space, the form of a UUID,
/// a slash that ends an address.
fn plain(text: &str) -> String {
    let text = unescaped(&text.to_lowercase());
    let bare = text.trim_start_matches("urn:uuid:").trim_matches(['{', '}']);
    let digits: String = bare.chars().filter(|c| *c != '-').collect();
    if digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return digits;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.contains("://") { text.trim_end_matches('/').to_owned() } else { text }
}

/// A text without the references that HTML has for its own signs: some servers write texts for pages.
fn unescaped(text: &str) -> String {
    const SIGNS: [(&str, &str); 6] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    if !text.contains('&') {
        return text.to_owned();
    }
    SIGNS.iter().fold(text.to_owned(), |text, (written, sign)| text.replace(written, sign))
}

/// A number that is written as a text; one with a nought in front is a code.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let is_number = !is_code && digits.starts_with(|c: char| c.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Each entry that was sent is there, in whatever order and whatever was added. A list that is kept as
/// a set holds each but once.
fn same_list(one: &[Value], other: &[Value]) -> bool {
    if one.len() > other.len() {
        let mut distinct: Vec<&Value> = Vec::new();
        for sent in one {
            if !distinct.iter().any(|known| same(known, sent)) {
                distinct.push(sent);
            }
        }
        let is_there = |sent: &&Value| other.iter().any(|got| same(sent, got));
        return distinct.len() <= other.len() && distinct.len() < one.len() && distinct.iter().all(is_there);
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
    #[case(json!("A  b"), json!("a b"), true)]
    #[case(json!("10:30"), json!("10:30:00"), true)]
    #[case(json!("10:30"), json!("10:31"), false)]
    #[case(json!("1030"), json!("10:30"), false)]
    #[case(json!("PT60S"), json!("PT1M"), true)]
    #[case(json!("PT60S"), json!("PT2M"), false)]
    #[case(json!("PT0S"), json!(0.0), true)]
    #[case(json!(90), json!("PT1M30S"), true)]
    #[case(json!("PT1M"), json!(60_000), true)]
    #[case(json!("PT1M"), json!(61), false)]
    #[case(json!("1970-01-01T00:01:00Z"), json!(60), true)]
    #[case(json!("1970-01-01T00:01:00Z"), json!(61), false)]
    #[case(json!("1.50"), json!("1.5"), true)]
    #[case(json!("007"), json!("7"), false)]
    #[case(json!("https://a.example"), json!("https://A.example/"), true)]
    #[case(json!("9B2D6F0E-0000-4000-8000-000000000001"), json!("9b2d6f0e000040008000000000000001"), true)]
    #[case(json!(true), json!(false), false)]
    #[case(json!(true), json!("true"), true)]
    #[case(json!(true), json!(1), true)]
    #[case(json!([]), json!(null), true)]
    #[case(json!({"a": [], "n": 0}), json!({}), true)]
    #[case(json!({"n": 1}), json!({}), false)]
    #[case(json!("a & <b>"), json!("a &amp; &lt;b&gt;"), true)]
    #[case(json!(null), json!({"rows": {}, "of": [null]}), true)]
    #[case(json!(null), json!({"rows": {"n": 0}}), false)]
    #[case(json!([{"a": 1}]), json!([{"a": 1, "id": 7}]), true)]
    #[case(json!(["a"]), json!(["b", "a"]), true)]
    #[case(json!(["a", "a"]), json!(["a"]), true)]
    #[case(json!(["a", "b"]), json!(["a"]), false)]
    fn normalisation_is_no_change(#[case] sent: Value, #[case] got: Value, #[case] is_same: bool) {
        assert_eq!(same(&sent, &got), is_same);
    }

    #[rstest]
    #[case(json!({"a": {"b": 1, "c": 2}}), json!({"a": {"b": 1, "c": 3}}), "/a/c", json!(2), json!(3))]
    #[case(json!({"a": [{"b/": "x"}]}), json!({"a": [{"b/": "y", "id": 1}]}), "/a/0/b~1", json!("x"), json!("y"))]
    #[case(json!({"a": 1}), json!({}), "/a", json!(1), json!(null))]
    #[case(json!({"a": [1, 2]}), json!({"a": [1]}), "/a", json!([1, 2]), json!([1]))]
    #[case(json!({"a": {"b": 1}}), json!({"a": 1}), "/a", json!({"b": 1}), json!(1))]
    fn a_difference_is_named_down_to_its_place(
        #[case] sent: Value,
        #[case] got: Value,
        #[case] at: &str,
        #[case] was: Value,
        #[case] is: Value,
    ) {
        assert_eq!(difference(&sent, &got), Some(Difference { at: at.to_owned(), sent: was, got: is }));
        assert_eq!(difference(&sent, &sent), None);
    }
}
