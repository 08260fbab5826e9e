//! Marks generated texts with the letters of the run, so that created objects can be recognised and names
//! never clash.
//!
//! A plan depends on the document alone, so it contains placeholders. [`stamp`] replaces them with the run's
//! letters when a request is sent. Placeholder and letters have the same length and alphabet, so a value that
//! matches its schema still does.

use serde_json::Value;

use super::shape;
use crate::contract::{Direction, Schema};
use crate::resources::members::{is_key, is_name, is_own_id, is_prose};
use crate::resources::names::letters;

/// Stands in a plan for a token: six letters of the run, three that count requests.
pub const PLACEHOLDER: &str = "xmarkxaaa";
/// Stands in a plan for an identifier that this run makes up: a UUID (RFC 9562).
pub const PLACEHOLDER_UUID: &str = "c0ffee00-0000-4000-8000-000000000000";
/// Stands in a plan for digits that differ from request to request, in texts that are numbers.
pub const PLACEHOLDER_DIGITS: &str = "907156248";
/// What users write into a body of the configuration for the same purpose.
pub const UNIQUE: &str = "{unique}";

/// Most texts of one body that are looked at one by one, and all that are looked at.
const MAX_TEXTS: usize = 24;
const MAX_ALL: usize = 300;
/// Texts deeper than this are left alone.
const MAX_DEPTH: usize = 4;

/// The token of a run's `count`-th request: the run's letters and three that count.
pub fn token(run: &str, count: usize) -> String {
    let letter = |place: u32| {
        let digit = count / 26_usize.pow(place) % 26;
        char::from(b'a' + u8::try_from(digit).unwrap_or(0))
    };
    format!("{run}{}{}{}", letter(2), letter(1), letter(0))
}

/// The mark of a run that began at this time, in milliseconds: six letters.
pub fn run_mark(millis: u64) -> String {
    (0..6_u32)
        .rev()
        .map(|place| {
            let digit = millis / 26_u64.pow(place) % 26;
            char::from(b'a' + u8::try_from(digit).unwrap_or(0))
        })
        .collect()
}

/// Puts a token in the place of each placeholder; `None` where there is none.
pub fn stamp(octets: &[u8], token: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(octets).ok()?;
    let placeholders = [PLACEHOLDER, PLACEHOLDER_UUID, PLACEHOLDER_DIGITS];
    let filled = shape::fill(text, token);
    (filled.is_some() || placeholders.iter().any(|placeholder| text.contains(placeholder))).then(|| {
        let text = filled.unwrap_or_else(|| text.to_owned());
        let text = text.replace(PLACEHOLDER, token).replace(PLACEHOLDER_UUID, &uuid(token));
        text.replace(PLACEHOLDER_DIGITS, &digits(token)).into_bytes()
    })
}

/// Nine digits that a token alone decides; the first is not 0.
fn digits(token: &str) -> String {
    (100_000_000 + hash(token, 2) % 900_000_000).to_string()
}

/// FNV-1a.
fn hash(token: &str, salt: u64) -> u64 {
    let step = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    token.bytes().fold(0xcbf2_9ce4_8422_2325 ^ salt, step)
}

/// Whether an id was made up with a token: it holds it, or is the UUID that it decides.
pub fn is_of(id: &str, token: &str) -> bool {
    id.contains(token) || id.eq_ignore_ascii_case(&uuid(token))
}

/// A UUID of version 4 that a token alone decides, so that a run never names an object of others.
fn uuid(token: &str) -> String {
    let (high, low) = (hash(token, 1), hash(token, 0x9e37_79b9_7f4a_7c15));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// A text without the tokens of a run, so that it reads the same for every run.
pub fn without(text: &str, run: &str) -> String {
    if run.is_empty() || !text.contains(run) {
        return text.to_owned();
    }
    let mut parts = text.split(run);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let count = part.chars().take(3).take_while(char::is_ascii_lowercase).count();
        plain.push_str("[run]");
        plain.push_str(part.get(count..).unwrap_or_default());
    }
    plain
}

/// A placeholder for the name of an object, in the first form that the schema of the name allows.
pub fn new_name(schema: Option<&Schema>) -> Value {
    let forms = [
        format!("counterpart{PLACEHOLDER}"),
        format!("counterpart-{PLACEHOLDER}"),
        PLACEHOLDER.to_owned(),
        PLACEHOLDER_UUID.to_owned(),
    ];
    let allows = |form: &String| {
        let value = Value::from(form.as_str());
        schema.is_none_or(|schema| schema.is_valid(Direction::Request, &value) == Ok(true))
    };
    Value::from(forms.iter().find(|form| allows(form)).map_or(PLACEHOLDER, String::as_str))
}

/// Puts a token in the place of a placeholder in a value; `None` where there is none.
pub fn stamp_value(value: &Value, token: &str) -> Option<Value> {
    let stamped = stamp(value.as_str()?.as_bytes(), token)?;
    String::from_utf8(stamped).ok().map(Value::String)
}

/// A made-up body with placeholders in its free texts, wherever its schema still allows them.
///
/// `key` is the member that is the id of the object, where the client chooses it.
pub fn made_up(schema: &Schema, body: &Value, key: &str) -> Value {
    marked(schema, body, &|at, name, text| {
        if let Some((_, host)) = text.split_once('@') {
            return vec![format!("{PLACEHOLDER}@{host}")];
        }
        if is_uuid(text) && is_own_id(name) {
            return vec![PLACEHOLDER_UUID.to_owned()];
        }
        if let Some(numbered) = numbered(text) {
            return vec![numbered];
        }
        let mut candidates = Vec::new();
        if is_free(text) || is_name(name) {
            candidates.extend([
                // Letters alone are a name everywhere.
                format!("counterpart{PLACEHOLDER}"),
                format!("counterpart-{PLACEHOLDER}"),
                PLACEHOLDER.to_owned(),
                PLACEHOLDER.get(..6).unwrap_or_default().to_owned(),
            ]);
        }
        candidates.extend(keys(at, name, text, key));
        candidates
    })
}

/// Placeholders in the form of the text that distinguishes an object from others: a member of the object itself,
/// since an inner one may well name another object.
fn keys(at: &str, name: &str, text: &str, key: &str) -> Vec<String> {
    let mut steps = at.split('/').skip(1).skip_while(|step| step.bytes().all(|octet| octet.is_ascii_digit()));
    let is_outermost = steps.next().is_some() && steps.next().is_none();
    match is_outermost && (is_key(name) || is_alike(name, key)) {
        true if is_uuid(text) => vec![PLACEHOLDER_UUID.to_owned()],
        true if is_alike(name, key) && is_number(text) => vec![PLACEHOLDER_DIGITS.to_owned()],
        true => shape::of(text),
        false => Vec::new(),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn is_alike(name: &str, key: &str) -> bool {
    !key.is_empty() && letters(name) == letters(key)
}

/// A documented example with a placeholder in the members that name the object; where there is none, in
/// one that says something about it. `None` where nothing can be marked.
///
/// `key` is the member that is the id of the object, where the client chooses it.
pub fn example(schema: Option<&Schema>, body: &Value, key: &str) -> Option<Value> {
    let names: fn(&str) -> bool = is_name;
    for (is_meant, is_about_names) in [(names, true), (is_prose, false)] {
        let extend = |at: &str, name: &str, text: &str| {
            if let Some((_, host)) = text.split_once('@').filter(|_| is_about_names) {
                return vec![format!("{PLACEHOLDER}@{host}")];
            }
            let mut candidates = Vec::new();
            if is_meant(name) && !text.is_empty() {
                let between = if text.contains(' ') { ' ' } else { '-' };
                candidates.extend([
                    format!("{text}{between}{PLACEHOLDER}"),
                    format!("{text}{PLACEHOLDER}"),
                    PLACEHOLDER.to_owned(),
                ]);
            }
            if is_about_names {
                candidates.extend(keys(at, name, text, key));
            }
            candidates
        };
        let changed = match schema {
            Some(schema) => marked(schema, body, &extend),
            None => walk(body, &extend, &|_| true),
        };
        if changed != *body {
            return Some(changed);
        }
    }
    None
}

/// A body of the configuration: `{unique}` is a token.
pub fn given(body: &Value) -> Value {
    match body {
        Value::String(text) => Value::String(text.replace(UNIQUE, PLACEHOLDER)),
        Value::Array(items) => Value::Array(items.iter().map(given).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), given(value))).collect())
        }
        other => other.clone(),
    }
}

/// A text with the last of its digits replaced, where it is long enough a number to be somebody's: a telephone
/// number, an ISBN.
fn numbered(text: &str) -> Option<String> {
    let count = PLACEHOLDER_DIGITS.len();
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = end.checked_sub(count)?;
    let digits = text.get(start..end)?;
    digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| {
        format!(
            "{}{PLACEHOLDER_DIGITS}{}",
            text.get(..start).unwrap_or_default(),
            text.get(end..).unwrap_or_default()
        )
    })
}

/// Whether a text has the form of a UUID (RFC 9562 §4).
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

/// What plain generation writes where anything would do.
fn is_free(text: &str) -> bool {
    text.starts_with("string") && text.replace("string", "").len() < "string".len()
}

/// Placeholders that may stand for a text: by its place, the name of the member, and the text.
type Candidates<'c> = &'c dyn Fn(&str, &str, &str) -> Vec<String>;

fn marked(schema: &Schema, body: &Value, candidates: Candidates<'_>) -> Value {
    if schema.is_valid(Direction::Request, body) != Ok(true) {
        return body.clone();
    }
    walk(body, candidates, &|changed| schema.is_valid(Direction::Request, changed) == Ok(true))
}

/// Tries candidates for one text after another, and keeps the first that is allowed.
fn walk(body: &Value, candidates: Candidates<'_>, allows: &dyn Fn(&Value) -> bool) -> Value {
    let mut places = Vec::new();
    texts(body, String::new(), "", 0, &mut places);
    let mut body = body.clone();
    let rest = places.split_off(places.len().min(MAX_TEXTS));
    for (at, name) in places {
        let Some(text) = body.pointer(&at).and_then(Value::as_str).map(str::to_owned) else { continue };
        let mut with = |text: &str| {
            if let Some(place) = body.pointer_mut(&at) {
                *place = Value::from(text);
            }
            allows(&body)
        };
        let mut is_allowed = |candidate: &String| {
            // What stands in its place later has other letters and digits.
            let mut texts = shape::SAMPLES.iter().filter_map(|token| shape::fill(candidate, token));
            texts.all(|text| with(&text)) && with(candidate)
        };
        if candidates(&at, &name, &text).iter().any(&mut is_allowed) {
            continue;
        }
        with(&text);
    }
    together(body, &rest, candidates, allows)
}

/// What is left of a large body: the first candidate of each text, where they are allowed together.
fn together(
    body: Value,
    rest: &[(String, String)],
    candidates: Candidates<'_>,
    allows: &dyn Fn(&Value) -> bool,
) -> Value {
    let filled = |token: Option<&str>| {
        let mut filled = body.clone();
        for (at, name) in rest {
            let Some(place) = filled.pointer_mut(at) else { continue };
            let first = place.as_str().and_then(|text| candidates(at, name, text).into_iter().next());
            let Some(first) = first else { continue };
            let stamped = token.and_then(|token| shape::fill(&first, token));
            *place = Value::from(stamped.unwrap_or(first));
        }
        filled
    };
    let samples = shape::SAMPLES.iter().map(|token| filled(Some(token)));
    let marked = filled(None);
    let is_allowed = !rest.is_empty() && samples.chain([marked.clone()]).all(|value| allows(&value));
    if is_allowed { marked } else { body }
}

/// Places of texts, each with the name of the member around it.
fn texts(value: &Value, at: String, name: &str, depth: usize, found: &mut Vec<(String, String)>) {
    if found.len() >= MAX_ALL || depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::String(_) => found.push((at, name.to_owned())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, format!("{at}/{index}"), name, depth + 1, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                texts(member, crate::document::pointer::join(&at, name), name, depth + 1, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::schema_of;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"type": "string"}), json!("string"), json!("counterpartxmarkxaaa"))]
    #[case(json!({"type": "string", "maxLength": 12}), json!("string"), json!("xmarkxaaa"))]
    #[case(json!({"type": "string", "maxLength": 7}), json!("string"), json!("xmarkx"))]
    #[case(json!({"type": "string", "maxLength": 3}), json!("str"), json!("str"))]
    #[case(json!({"type": "string", "pattern": "^[a-z]+$"}), json!("string"), json!("counterpartxmarkxaaa"))]
    #[case(json!({"enum": ["string"]}), json!("string"), json!("string"))]
    #[case(json!({"type": "string", "format": "date"}), json!("2026-01-01"), json!("2026-01-01"))]
    #[case(json!({}), json!({"a": {"email": "user@example.com"}}), json!({"a": {"email": "xmarkxaaa@example.com"}}))]
    #[case(
        json!({}),
        json!({"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "pet_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}),
        json!({"id": PLACEHOLDER_UUID, "pet_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}),
    )]
    #[case(json!({"pattern": "^\\+[1-9]\\d{9,14}$"}), json!("+10000000000"), json!("+10907156248"))]
    #[case(json!({"pattern": "^0{10}$"}), json!("0000000000"), json!("0000000000"))]
    #[case(json!({}), json!({"code": "12345678"}), json!({"code": "counterpartxmarkxaaa"}))]
    #[case(json!({}), json!({"n": 1, "l": ["string"]}), json!({"n": 1, "l": ["counterpartxmarkxaaa"]}))]
    #[case(json!({}), json!(vec!["string"; 40]), json!(vec!["counterpartxmarkxaaa"; 40]))]
    fn free_texts_are_marked(#[case] schema: Value, #[case] body: Value, #[case] marked: Value) {
        let schema = schema_of(&schema);
        assert_eq!(made_up(&schema, &body, ""), marked);
    }

    #[rstest]
    #[case(json!({"name": "Fido", "kind": "dog"}), Some(json!({"name": "Fido-xmarkxaaa", "kind": "dog"})))]
    #[case(json!({"user_name": "A B", "content": "x"}), Some(json!({"user_name": "A B xmarkxaaa", "content": "x"})))]
    #[case(json!({"userName": "A"}), Some(json!({"userName": "A-xmarkxaaa"})))]
    #[case(json!({"rename": "A"}), None)]
    #[case(json!({"content": "x"}), Some(json!({"content": "x-xmarkxaaa"})))]
    #[case(json!({"kind": "dog"}), None)]
    fn examples_keep_their_sense(#[case] body: Value, #[case] marked: Option<Value>) {
        let schema = schema_of(&json!({}));
        assert_eq!(example(Some(&schema), &body, ""), marked);
    }

    #[rstest]
    #[case::key(json!({"crate": "E7", "kind": "x"}), Some(json!({"crate": "Q935", "kind": "x"})))]
    #[case::within(json!({"parts": [{"crate": "E7"}]}), None)]
    #[case::list(json!([{"crate": "E7"}]), Some(json!([{"crate": "Q935"}])))]
    #[case::no_room_for_a_name(json!({"code": "E7"}), Some(json!({"code": "Q935"})))]
    fn what_distinguishes_an_object_keeps_its_form(#[case] body: Value, #[case] marked: Option<Value>) {
        let form = json!({"pattern": "^[A-Z][0-9]{1,3}$"});
        let object = json!({"properties": {"crate": form, "code": form}});
        let schema = schema_of(&json!({"anyOf": [object, {"type": "array", "items": object}]}));
        assert_eq!(example(Some(&schema), &body, "crate"), marked);
        let schema = schema_of(&json!({"properties": {"crate": {"enum": ["E7"]}}}));
        assert_eq!(example(Some(&schema), &json!({"crate": "E7"}), "crate"), None);
    }

    #[test]
    fn an_own_id_that_is_a_uuid_stays_one() {
        let schema = schema_of(&json!({"properties": {"documentId": {"format": "uuid"}}}));
        let body = json!({"documentId": "84a9a860-68ae-4d7d-9a53-54a1116d5051"});
        assert_eq!(made_up(&schema, &body, "documentId"), json!({"documentId": PLACEHOLDER_UUID}));
        assert_eq!(made_up(&schema, &body, "ownerId"), body, "which may be the id of another object");
        let (schema, body) = (schema_of(&json!({})), json!({"id": "21312411", "count": "12"}));
        assert_eq!(made_up(&schema, &body, "id"), json!({"id": PLACEHOLDER_DIGITS, "count": "12"}));
    }

    #[test]
    fn tokens() {
        assert_eq!(token("abcdef", 0), "abcdefaaa");
        assert_eq!(token("abcdef", 27), "abcdefabb");
        assert_eq!(run_mark(27).len(), 6);
        assert_eq!(stamp(b"{\"a\":\"xmarkxaaa\"}", "abcdefaab").unwrap(), b"{\"a\":\"abcdefaab\"}");
        assert_eq!(stamp(b"{}", "abcdefaab"), None);
        let made = |token| String::from_utf8(stamp(PLACEHOLDER_UUID.as_bytes(), token).unwrap()).unwrap();
        assert!(
            is_uuid(&made("abcdefaab")) && made("abcdefaab") != made("abcdefaac"),
            "{}",
            made("abcdefaab")
        );
        let number = |token| String::from_utf8(stamp(PLACEHOLDER_DIGITS.as_bytes(), token).unwrap()).unwrap();
        assert_eq!(number("abcdefaab").len(), PLACEHOLDER_DIGITS.len());
        assert_ne!(number("abcdefaab"), number("abcdefaac"));
        assert_eq!(without("/x/counterpartabcdefaab/y", "abcdef"), "/x/counterpart[run]/y");
    }
}
