//! Lets the members of a made object agree: a person's names and address, times that follow each other,
//! counts and the lists that they count.

use serde_json::{Map, Value};

use super::fake::country_of;
use crate::resources::members::counts;
use crate::resources::names::letters;

/// Pairs of words of which the first is never later, or more, than the second.
const ORDERED: &[(&str, &str)] = &[
    ("created", "started"),
    ("created", "updated"),
    ("created", "modified"),
    ("created", "published"),
    ("created", "finished"),
    ("created", "completed"),
    ("created", "closed"),
    ("created", "deleted"),
    ("created", "expires"),
    ("created", "lastlogin"),
    ("started", "updated"),
    ("started", "finished"),
    ("started", "completed"),
    ("started", "ended"),
    ("updated", "finished"),
    ("updated", "completed"),
    ("updated", "closed"),
    ("updated", "deleted"),
    ("start", "end"),
    ("begin", "end"),
    ("issued", "expires"),
    ("from", "until"),
    ("from", "to"),
    ("validfrom", "validto"),
    ("min", "max"),
    ("minimum", "maximum"),
    ("lower", "upper"),
];
/// Rounds in which members are put in order.
const MAX_ROUNDS: usize = 4;
/// Names of members that count a list.
const COUNTS: &[&str] = &["count", "total", "totalcount", "totalitems", "size", "length"];

/// Changes members of an object so that they agree with each other. Kinds stay as they are.
pub(super) fn agree(object: &mut Map<String, Value>) {
    person(object);
    place(object);
    order(object);
    count(object);
}

fn text<'o>(object: &'o Map<String, Value>, names: &[&str]) -> Option<&'o str> {
    object
        .iter()
        .find(|(name, _)| names.contains(&letters(name).as_str()))
        .and_then(|(_, value)| value.as_str())
}

fn put(object: &mut Map<String, Value>, names: &[&str], new: &str) {
    for (name, value) in object.iter_mut() {
        if value.is_string() && names.contains(&letters(name).as_str()) {
            *value = Value::from(new);
        }
    }
}

fn person(object: &mut Map<String, Value>) {
    let first = text(object, &["firstname", "givenname"]).map(str::to_owned);
    let last = text(object, &["lastname", "familyname", "surname"]).map(str::to_owned);
    let whole = match (&first, &last) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        _ => text(object, &["fullname", "displayname"]).map(str::to_owned),
    };
    let Some(whole) = whole else { return };
    put(object, &["fullname", "displayname", "name"], &whole);
    let words: Vec<String> = whole.split_whitespace().map(str::to_lowercase).collect();
    let is_plain = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric());
    if !words.is_empty() && words.iter().all(is_plain) {
        put(object, &["email", "emailaddress", "mail"], &format!("{}@example.com", words.join(".")));
        put(object, &["username", "login", "nickname", "handle"], &words.join("_"));
    }
}

fn place(object: &mut Map<String, Value>) {
    let Some(code) = text(object, &["city", "town"]).and_then(country_of) else { return };
    for (name, value) in object.iter_mut() {
        let is_code = value.as_str().is_some_and(|text| text.len() == 2);
        if is_code && ["country", "countrycode"].contains(&letters(name).as_str()) {
            *value = Value::from(code);
        }
    }
}

/// Whether two values are of one kind, and the first is behind the second.
fn is_behind(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() > other.as_f64(),
        // Dates and times of one form are in the order of their texts.
        (Value::String(one), Value::String(other)) => {
            let is_time = |text: &str| text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-');
            one.len() == other.len() && is_time(one) && is_time(other) && one > other
        }
        _ => false,
    }
}

fn order(object: &mut Map<String, Value>) {
    // Each exchange brings two nearer to their order, and several may follow each other.
    for _ in 0..MAX_ROUNDS {
        if !exchange(object) {
            return;
        }
    }
}

/// Exchanges values that are behind each other; whether there were any.
fn exchange(object: &mut Map<String, Value>) -> bool {
    let mut is_changed = false;
    for (earlier, later) in ORDERED {
        // `created_at` and `updated_at`, `min_price` and `max_price`.
        let names: Vec<(String, String)> = object.keys().map(|name| (name.clone(), letters(name))).collect();
        for (first, plain) in &names {
            let wanted = plain.replacen(earlier, later, 1);
            if !plain.starts_with(earlier) || wanted == *plain {
                continue;
            }
            let Some((second, _)) = names.iter().find(|(_, other)| *other == wanted) else { continue };
            let (Some(one), Some(other)) = (object.get(first).cloned(), object.get(second).cloned()) else {
                continue;
            };
            if is_behind(&one, &other) {
                object.insert(first.clone(), other);
                object.insert(second.clone(), one);
                is_changed = true;
            }
        }
    }
    is_changed
}

fn count(object: &mut Map<String, Value>) {
    let lists = object.iter().filter_map(|(name, value)| Some((name.clone(), value.as_array()?.len())));
    let lists: Vec<(String, usize)> = lists.collect();
    for (name, value) in object.iter_mut().filter(|(_, value)| value.is_u64()) {
        if let Some((_, length)) = lists.iter().find(|(list, _)| counts(name, list)) {
            *value = Value::from(*length);
        }
    }
    let mut lists = object.values().filter_map(Value::as_array);
    let (Some(list), None) = (lists.next(), lists.next()) else { return };
    let length = list.len();
    for (name, value) in object.iter_mut() {
        if value.is_u64() && COUNTS.contains(&letters(name).as_str()) {
            *value = Value::from(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(
        json!({"first_name": "Ada", "lastName": "Knuth", "email": "x@y", "name": "Z", "login": "z"}),
        json!({"first_name": "Ada", "lastName": "Knuth", "email": "ada.knuth@example.com", "name": "Ada Knuth", "login": "ada_knuth"})
    )]
    #[case(json!({"email": "x@y", "name": "Z"}), json!({"email": "x@y", "name": "Z"}))]
    #[case(json!({"city": "Oslo", "country": "US"}), json!({"city": "Oslo", "country": "NO"}))]
    #[case(json!({"city": "Oslo", "country": "Somewhere"}), json!({"city": "Oslo", "country": "Somewhere"}))]
    #[case(
        json!({"created_at": "2025-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z"}),
        json!({"created_at": "2024-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"})
    )]
    #[case(
        json!({"finished_at": "2024-01-01", "updated_at": "2023-01-01", "created_at": "2025-01-01"}),
        json!({"finished_at": "2025-01-01", "updated_at": "2024-01-01", "created_at": "2023-01-01"})
    )]
    #[case(json!({"tag_count": 9, "tags": [1, 2], "a": []}), json!({"tag_count": 2, "tags": [1, 2], "a": []}))]
    #[case(json!({"minPrice": 9, "maxPrice": 3}), json!({"minPrice": 3, "maxPrice": 9}))]
    #[case(json!({"start": 3, "end": 9}), json!({"start": 3, "end": 9}))]
    #[case(json!({"count": 99, "results": [1, 2]}), json!({"count": 2, "results": [1, 2]}))]
    #[case(json!({"count": 99, "a": [], "b": []}), json!({"count": 99, "a": [], "b": []}))]
    fn members_agree(#[case] made: Value, #[case] expected: Value) {
        let Value::Object(mut object) = made else { panic!("an object") };
        agree(&mut object);
        assert_eq!(Value::Object(object), expected);
    }
}
