//! Texts, lists and maps of a given size, and numbers of a given step.

use serde_json::{Value, json};

use super::mark::PLACEHOLDER;
use super::places::Place;
use super::shape;
use super::text::{fitted, varied};
use super::value::{Taste, part};
use crate::contract::Schema;

/// A list with that many items, which all differ.
pub(super) fn list_of(schema: &Schema, place: &Place<'_>, size: usize) -> Option<Value> {
    let mut items = place.value().as_array()?.clone();
    items.truncate(size);
    let view = place.view.items()?;
    let node = view.nodes().next().cloned().unwrap_or_default();
    let choices = view.choices().into_iter().cloned();
    let made = (1..4 * size as u64 + 8).filter_map(|seed| {
        let taste = Taste { seed: Some(seed), ..Taste::default() };
        let made = part(schema, &place.name, &node, taste)?;
        Some(place.value().get(0).map_or_else(|| made.clone(), |first| renamed(first, &made)))
    });
    let is_own = |item: &Value| item.as_object().is_some_and(|members| members.values().any(is_numbered));
    // Texts of a pattern that are made up are all the same.
    let pattern = view.nodes().find_map(|node| node.get("pattern")?.as_str());
    let texts = pattern.into_iter().flat_map(|pattern| {
        (0..3 * size).filter_map(|turn| varied(pattern, turn / 3, turn)).map(Value::String)
    });
    for item in choices.chain(texts).chain(made) {
        if items.len() >= size {
            break;
        }
        if is_own(&item) || !items.contains(&item) {
            items.push(item);
        }
    }
    // Of few values there are no more; some lists may hold the same twice.
    let mut again = items.clone().into_iter().cycle();
    while items.len() < size {
        items.push(again.next()?);
    }
    Some(Value::Array(items))
}

/// Items that have a mark where the first of them has one, each with a letter of its own: a server may make an object
/// for each, and then it has to be known whose that is.
pub(super) fn told_apart(items: &[Value]) -> Vec<Value> {
    let Some(first) = items.first() else { return Vec::new() };
    let letters = (b'a'..=b'z').map(char::from).cycle();
    let text = |own: &Value, of_first: Option<&Value>, letter: char| match of_first.and_then(Value::as_str) {
        Some(marked) if own.is_string() && marked.contains(PLACEHOLDER) => {
            Value::from(marked.replace(PLACEHOLDER, &format!("{PLACEHOLDER}{letter}")))
        }
        _ => own.clone(),
    };
    let others = items.iter().skip(1).zip(letters).map(|(item, letter)| match (item, first) {
        (Value::Object(members), Value::Object(known)) => {
            let own = members.iter().map(|(name, own)| (name.clone(), text(own, known.get(name), letter)));
            Value::Object(own.collect())
        }
        _ => text(item, Some(first), letter),
    });
    std::iter::once(first.clone()).chain(others).collect()
}

/// An item like another one that is known to be taken, with texts of its own; what is no object is made anew.
fn renamed(item: &Value, made: &Value) -> Value {
    let (Some(members), Some(other)) = (item.as_object(), made.as_object()) else { return made.clone() };
    let own = members.iter().map(|(name, value)| {
        let text =
            other.get(name).filter(|other| other.is_string() && value.is_string() && !is_numbered(value));
        (name.clone(), text.unwrap_or(value).clone())
    });
    Value::Object(own.collect())
}

/// Whether a text gets letters and digits of its own wherever it is sent.
fn is_numbered(value: &Value) -> bool {
    value.as_str().is_some_and(shape::is_one)
}

/// A map with that many members.
pub(super) fn map_of(schema: &Schema, place: &Place<'_>, size: usize) -> Option<Value> {
    let mut members = place.value().as_object()?.clone();
    let view = place.view.others()?;
    let node = view.nodes().next().cloned().unwrap_or_default();
    let value = part(schema, &place.name, &node, Taste::default())?;
    for index in 1..=size {
        if members.len() >= size {
            break;
        }
        members.entry(format!("extra{index}")).or_insert_with(|| value.clone());
    }
    Some(Value::Object(members))
}

/// Texts of a length that keep as much as they can of another one.
pub(super) fn of_length(now: &str, format: Option<&str>, length: usize) -> Vec<Value> {
    let count = now.chars().count();
    let mut texts = Vec::new();
    if count >= length {
        texts.push(now.chars().take(length).collect());
        texts.push(now.chars().skip(count - length).collect());
    } else {
        if format.is_some() {
            texts.push(fitted(now, format, length, length));
        }
        if let (Some("uri" | "url"), false) = (format, now.is_empty()) {
            texts.push(format!("{now}/{}", "x".repeat(length - count - 1)));
        }
        for fill in ["x", "0", "X", "a"] {
            texts.push(format!("{now}{}", fill.repeat(length - count)));
        }
        // What ends in something that counts is stretched inside.
        if let Some(first) = now.chars().next() {
            texts.push(format!("{}{now}", first.to_string().repeat(length - count)));
        }
    }
    texts.retain(|text: &String| text.chars().count() == length);
    texts.into_iter().map(Value::String).collect()
}

/// A number in the digits that a person would write for these steps.
pub(super) fn number(value: f64, by: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "larger numbers are not tried")]
    if value.fract() == 0.0 && by.fract() == 0.0 && value.abs() < 9e15 {
        return json!(value as i64);
    }
    let digits = (0..12).find(|digits| (by * 10_f64.powi(*digits)).fract().abs() < 1e-9).unwrap_or(12);
    let digits = usize::try_from(digits).unwrap_or(12).max(1);
    format!("{value:.digits$}").parse::<f64>().map_or(Value::Null, |value| json!(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::texts(json!(["tag-xmarkxaaa", "Valley river"]), json!(["tag-xmarkxaaa", "tag-xmarkxaaaa"]))]
    #[case::alike(json!(["xmarkxaaa", "xmarkxaaa", 7]), json!(["xmarkxaaa", "xmarkxaaaa", 7]))]
    #[case::objects(json!([{"n": "xmarkxaaa", "k": "a"}, {"n": "river", "k": "b"}]), json!([{"n": "xmarkxaaa", "k": "a"}, {"n": "xmarkxaaaa", "k": "b"}]))]
    #[case::not_marked(json!(["red", "green"]), json!(["red", "green"]))]
    #[case::nothing(json!([]), json!([]))]
    fn each_item_has_a_mark_of_its_own(#[case] items: Value, #[case] expected: Value) {
        assert_eq!(Value::Array(told_apart(items.as_array().unwrap())), expected);
    }
}
