//! Recognises refusals about the state of the target: something exists already, or something does not exist.
//!
//! Neither means that the request itself is wrong.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::contract::parameter;
use crate::exchange::Request;
use crate::exchange::json::read_answer;
use crate::resources::members::{is_reference, refers};

/// What of the target's state a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// What was sent exists already, or conflicts with what exists.
    Conflict,
    /// What was sent names something that is not there.
    Missing,
}

/// Words that mean a conflict. The last two are phrased as a negation themselves.
const TAKEN: [&str; 10] = [
    "already",
    "taken",
    "in use",
    "duplicate",
    "duplicated",
    "must be unique",
    "unique constraint",
    "exists",
    "not unique",
    "no duplicates",
];
/// Words that mean that something does not exist.
const ABSENT: [&str; 10] = [
    "not known",
    "not found",
    "not be found",
    "not find",
    "cannot find",
    "not exist",
    "no such",
    "unknown",
    "non existent",
    "nonexistent",
];
/// What is unknown then is part of the API, and no object.
const PARTS: [&str; 10] = [
    "field",
    "fields",
    "member",
    "property",
    "parameter",
    "attribute",
    "argument",
    "option",
    "column",
    "keyword",
];
const DENIALS: [&str; 5] = ["no", "not", "never", "nor", "without"];
/// How many texts of a body are read, and how much of a body that is not JSON.
const MOST: usize = 200;
const LONGEST: usize = 64 << 10;
/// Letters of a name that is looked for by itself, at least.
const SHORTEST: usize = 4;
/// Words beside an id that say something of it, at least.
const WORDS_SAID: usize = 3;

/// What a refusal says about the target's state: by its status, or by words next to a name or
/// a value that was sent. `is_named` says which members and parameters may name something that is
/// not there.
pub(super) fn about(
    status: u16,
    answer: &[u8],
    request: &Request,
    is_named: &dyn Fn(&str) -> bool,
) -> Option<About> {
    if status == 409 {
        return Some(About::Conflict);
    }
    if !matches!(status, 400 | 404 | 422) {
        return None;
    }
    let sent = sent(request);
    let all: BTreeSet<String> = sent.iter().flat_map(|(name, values)| mentions(name, values)).collect();
    let of = |(name, values): &(String, Vec<String>)| is_named(name).then(|| mentions(name, values));
    let named: BTreeSet<String> = sent.iter().filter_map(of).flatten().collect();
    let parts: BTreeSet<String> = sent.iter().flat_map(|(name, _)| words(name)).collect();
    // `duplicate shortcut key` is said of `prefix_key` and `suffix_key`.
    let doubles = |clause: &Vec<String>| {
        says(clause, &["duplicate", "duplicated"]) && clause.iter().any(|word| parts.contains(word))
    };
    let mut found = None;
    for passage in passages(answer) {
        if status != 404 && passage.clauses.iter().any(doubles) {
            return Some(About::Conflict);
        }
        let tells = |phrases: &[&str]| passage.clauses.iter().any(|clause| says(clause, phrases));
        let mentions = |sent: &BTreeSet<String>| sent.iter().any(|text| passage.near.contains(text));
        if status != 404 && tells(&TAKEN) && mentions(&all) {
            return Some(About::Conflict);
        }
        if tells(&ABSENT) && mentions(&named) {
            found = Some(About::Missing);
        }
    }
    found
}

/// Whether a refusal says that a parameter of the path, by its name, is none: `pet id is not a valid uuid`.
pub(super) fn is_malformed(status: u16, answer: &[u8], parameters: &[String]) -> bool {
    matches!(status, 400 | 404 | 422)
        && passages(answer).iter().flat_map(|passage| &passage.clauses).any(|clause| {
            let has = |word: &str| clause.iter().any(|known| known == word);
            let is_refused = has("invalid") || has("malformed") || (has("not") && has("valid"));
            let is_named = |parameter: &String| {
                let name = words(parameter);
                !name.is_empty() && clause.windows(name.len()).any(|window| window == name.as_slice())
            };
            is_refused && parameters.iter().any(is_named)
        })
}

/// Whether a refusal has all words of a name next to one another.
pub(super) fn says_name(answer: &[u8], name: &str) -> bool {
    let name = words(name);
    let is_long = name.iter().map(String::len).sum::<usize>() >= SHORTEST;
    is_long
        && passages(answer)
            .iter()
            .flat_map(|passage| &passage.clauses)
            .any(|clause| clause.windows(name.len()).any(|window| window == name.as_slice()))
}

/// Whether a refusal says something of an object by its id, and nothing of another member or parameter of the request.
/// A short number may be any number.
pub(super) fn speaks_of(answer: &[u8], request: &Request, id: &str) -> bool {
    let is_plain = id.chars().all(|c| c.is_ascii_digit()) || id.chars().all(char::is_alphabetic);
    let own = words(id);
    if own.is_empty() || (is_plain && id.chars().count() < SHORTEST) {
        return false;
    }
    let mut sent = Vec::new();
    if let Ok(body) = serde_json::from_slice::<Value>(&request.body) {
        members("", &body, &mut sent);
    }
    pairs(request.query.as_deref().unwrap_or_default(), &mut sent);
    let others: BTreeSet<String> =
        sent.iter().filter(|(name, _)| !refers(name)).map(|(name, _)| padded(&words(name))).collect();
    let (said, own_length) = (padded(&own), own.len());
    passages(answer).iter().any(|passage| {
        let is_sentence = passage.clauses.iter().map(Vec::len).sum::<usize>() >= own_length + WORDS_SAID;
        is_sentence
            && passage.text.contains(&said)
            && !others.iter().any(|name| !name.trim().is_empty() && passage.text.contains(name))
    })
}

/// A text of an answer: its clauses, its words, and the words of all that is next to it.
struct Passage {
    clauses: Vec<Vec<String>>,
    text: String,
    near: String,
}

impl Passage {
    fn new(text: &str, beside: &str) -> Self {
        let clauses = text.split(['.', ',', ';', ':', '!', '?', '\n']).map(words).collect();
        let near = padded(&words(&format!("{beside} {text}")));
        Self { clauses, text: padded(&words(text)), near }
    }
}

fn passages(answer: &[u8]) -> Vec<Passage> {
    let mut passages = Vec::new();
    match read_answer(answer) {
        Ok(value) => collect(&value, "", &mut passages),
        Err(_) => {
            let text = String::from_utf8_lossy(answer.get(..LONGEST).unwrap_or(answer));
            let text = without_tags(&text);
            passages
                .extend(text.split(". ").flat_map(str::lines).take(MOST).map(|line| Passage::new(line, "")));
        }
    }
    passages
}

/// Every text of a JSON value, next to the names that lead to it and to the texts of its object.
fn collect(value: &Value, path: &str, passages: &mut Vec<Passage>) {
    if passages.len() >= MOST {
        return;
    }
    match value {
        Value::String(text) => passages.push(Passage::new(text, path)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, passages)),
        Value::Object(members) => {
            let mut beside = path.to_owned();
            for value in members.values() {
                let texts = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for text in texts.iter().take(MOST).filter_map(Value::as_str) {
                    beside.push(' ');
                    beside.push_str(text);
                }
            }
            for (name, value) in members {
                let beside = if value.is_object() { path } else { beside.as_str() };
                collect(value, &format!("{beside} {name}"), passages);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                plain.push(' ');
            }
            c if !is_tag => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// Whether a clause holds one of these phrases, and does not deny it.
fn says(clause: &[String], phrases: &[&str]) -> bool {
    let names_no_id = || {
        let at = clause.iter().position(|word| word == "invalid");
        at.is_some_and(|at| clause.iter().skip(at + 1).take(4).any(|word| is_reference(word)))
    };
    if phrases.contains(&"unknown") && names_no_id() {
        return true;
    }
    phrases.iter().any(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let starts = clause.windows(phrase.len()).enumerate();
        let mut starts = starts.filter(|(_, window)| window.iter().eq(phrase.iter().copied()));
        starts.any(|(at, _)| {
            let is_part = phrase == ["unknown"]
                && clause.get(at + 1).is_some_and(|word| PARTS.contains(&word.as_str()));
            let before = clause.get(at.saturating_sub(3)..at).unwrap_or_default();
            let is_denied = before.iter().any(|word| DENIALS.contains(&word.as_str()));
            // A phrase that is a negation itself may follow one: `there is no user, not found`.
            let is_denial = phrase.iter().any(|word| DENIALS.contains(word));
            !is_part && (is_denial || !is_denied)
        })
    })
}

/// Names that were sent, each with its values: members of the body, parameters, parts of the path.
fn sent(request: &Request) -> Vec<(String, Vec<String>)> {
    let mut sent = Vec::new();
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(body) => members("", &body, &mut sent),
        Err(_) => pairs(&String::from_utf8_lossy(&request.body), &mut sent),
    }
    pairs(request.query.as_deref().unwrap_or_default(), &mut sent);
    let decoded = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments = request.path.split('/').filter(|segment| !segment.is_empty());
    sent.extend(segments.map(|segment| (decoded(segment), Vec::new())));
    sent
}

fn members(name: &str, value: &Value, sent: &mut Vec<(String, Vec<String>)>) {
    if sent.len() >= MOST {
        return;
    }
    match value {
        Value::Object(object) => {
            for (inner, value) in object {
                sent.push((inner.clone(), Vec::new()));
                members(inner, value, sent);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(name, item, sent)),
        Value::String(text) => sent.push((name.to_owned(), vec![text.clone()])),
        Value::Number(number) => sent.push((name.to_owned(), vec![number.to_string()])),
        Value::Null | Value::Bool(_) => {}
    }
}

fn pairs(form: &str, sent: &mut Vec<(String, Vec<String>)>) {
    let pairs = parameter::pairs(form).into_iter().take(MOST);
    sent.extend(pairs.map(|(name, value)| (name.into_owned(), vec![value.into_owned()])));
}

/// How a text may speak of a member: by its name, by its name without `id`, by its value.
fn mentions(name: &str, values: &[String]) -> Vec<String> {
    let name = words(name);
    let mut spoken: Vec<Vec<String>> = values.iter().map(|value| words(value)).collect();
    if let Some((last, rest)) = name.split_last()
        && is_reference(last)
    {
        spoken.push(rest.to_vec());
    }
    if let Some((last, rest)) = name.split_last() {
        let mut singular = rest.to_vec();
        singular.push(last.strip_suffix('s').unwrap_or(last).to_owned());
        spoken.push(singular);
    }
    spoken.push(name);
    spoken.into_iter().filter(|words| !words.concat().is_empty()).map(|words| padded(&words)).collect()
}

fn padded(words: &[String]) -> String {
    format!(" {} ", words.join(" "))
}

/// The words of a text in lower case; `userName` and `user_name` are two words each. Unlike in a name, a
/// capital behind a digit begins no word: `9B2D` may come back as `9b2d`.
fn words(text: &str) -> Vec<String> {
    let text = text.replace("n't", " not").replace("n’t", " not");
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in text.chars() {
        let is_new = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if is_new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use proptest::prelude::*;
    use rstest::rstest;

    fn request() -> Request {
        let mut request = Request::new(Method::POST, "/teams/red/users");
        request.query = Some("dry_run=maybe+so".to_owned());
        request.body = r#"{"userName": "string", "ownerId": 17, "tags": ["blue"], "count": 1}"#.into();
        request
    }

    #[rstest]
    #[case("Pet ID is not a valid UUIDv4", true)]
    #[case("invalid pet_id UUID format", true)]
    #[case("invalid body", false)]
    #[case("pet id is required", false)]
    fn a_parameter_may_be_malformed(#[case] text: &str, #[case] expected: bool) {
        let answer = serde_json::json!({"message": text}).to_string();
        assert_eq!(is_malformed(400, answer.as_bytes(), &["petId".to_owned()]), expected);
    }

    #[rstest]
    #[case::by_status(409, "", Some(About::Conflict))]
    #[case::key(400, r#"{"userName": ["has already been taken"]}"#, Some(About::Conflict))]
    #[case::member(
        422,
        r#"{"errors": [{"field": "user_name", "message": "must be unique"}]}"#,
        Some(About::Conflict)
    )]
    #[case::list(
        422,
        r#"{"detail": [{"loc": ["body", "tags"], "msg": "duplicate"}]}"#,
        Some(About::Conflict)
    )]
    #[case::value(400, r#"{"error": "'blue' is in use"}"#, Some(About::Conflict))]
    #[case::text(400, "A user with this User Name already exists", Some(About::Conflict))]
    #[case::path(400, r#"{"error": "User already exists"}"#, Some(About::Conflict))]
    #[case::html(400, "<h1>Error</h1><p>user-name taken</p>", Some(About::Conflict))]
    #[case::parameter(400, r#"{"dryRun": "duplicate"}"#, Some(About::Conflict))]
    #[case::one_word_of_it(400, "Duplicate user in the list.", Some(About::Conflict))]
    #[case::another_word(400, "Duplicate keys.", None)]
    #[case::nothing_sent(400, r#"{"error": "the licence was already revoked"}"#, None)]
    #[case::denied(400, r#"{"userName": "is not in use"}"#, None)]
    #[case::denied_further(400, r#"{"userName": "no longer taken"}"#, None)]
    #[case::denied_short(400, r#"{"userName": "isn't already known"}"#, None)]
    #[case::other_clause(400, r#"{"userName": "not available, already taken"}"#, Some(About::Conflict))]
    #[case::other_status(403, r#"{"userName": "already taken"}"#, None)]
    #[case::plain_refusal(400, r#"{"userName": "is too short"}"#, None)]
    #[case::elsewhere(400, r#"{"zone": {"note": "already"}, "userName": {"note": "short"}}"#, None)]
    #[case::reference(400, r#"{"detail": "Owner 17 not found"}"#, Some(About::Missing))]
    #[case::reference_key(422, r#"{"owner_id": ["does not exist"]}"#, Some(About::Missing))]
    #[case::reference_id(400, r#"{"message": "invalid owner id"}"#, Some(About::Missing))]
    #[case::reference_gone(404, "no such owner", Some(About::Missing))]
    #[case::part_of_the_api(400, r#"{"error": "unknown field userName"}"#, None)]
    #[case::nobody_asked(404, "Not Found", None)]
    #[case::empty(400, "", None)]
    fn what_a_refusal_is_about(#[case] status: u16, #[case] answer: &str, #[case] expected: Option<About>) {
        assert_eq!(about(status, answer.as_bytes(), &request(), &|_| true), expected);
    }

    #[test]
    fn what_names_nothing_is_not_missing() {
        let answer = br#"{"detail": "unknown user name: string"}"#;
        assert_eq!(about(400, answer, &request(), &|_| true), Some(About::Missing));
        assert_eq!(about(400, answer, &request(), &crate::resources::members::refers), None);
    }

    #[rstest]
    #[case::its_state(r#"{"detail": "user owner-17 has no photo yet"}"#, "owner-17", true)]
    #[case::of_a_list(r#"{"detail": ["ValueError", "Snapshot 5e6f-9a has no code path."]}"#, "5e6f-9a", true)]
    #[case::an_echo(r#"{"input": "owner-17", "msg": "too short"}"#, "owner-17", false)]
    #[case::a_path(r#"{"path": "/users/owner-17"}"#, "owner-17", false)]
    #[case::another_member(r#"{"detail": "the count of owner-17 is too low"}"#, "owner-17", false)]
    #[case::any_number(r#"{"detail": "must have at least 17 characters"}"#, "17", false)]
    #[case::another(r#"{"detail": "user owner-18 has no photo yet"}"#, "owner-17", false)]
    fn a_refusal_may_speak_of_an_object(#[case] answer: &str, #[case] id: &str, #[case] expected: bool) {
        assert_eq!(speaks_of(answer.as_bytes(), &request(), id), expected);
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(status in 400_u16..425, answer in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = about(status, &answer, &request(), &|_| true);
        }
    }
}
