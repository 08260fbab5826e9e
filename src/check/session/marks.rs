//! Marks the texts in a body with the letters of this run, so that created objects can be recognised.

use serde_json::{Map, Value};

use crate::contract::Location;
use crate::generate::mark;
use crate::generate::request::Parts;

/// Tokens that are tried for a UUID.
const LATELY: usize = 256;

/// The mark of a run, and how often it was given.
#[derive(Debug, Clone)]
pub(in crate::check) struct Marks {
    /// The mark: six letters.
    pub run: String,
    /// The number of the next token.
    next: usize,
    /// From one token to the next: those between belong to parts of the run beside this one.
    step: usize,
}

impl Marks {
    pub fn new(run: &str) -> Self {
        Self { run: run.to_owned(), next: 0, step: 1 }
    }

    /// The tokens of one of so many parts of a run that are beside each other.
    pub fn beside(&self, place: usize, count: usize) -> Self {
        Self { run: self.run.clone(), next: self.next + place, step: count.max(1) }
    }

    /// Goes on behind the tokens of a part.
    pub fn go_behind(&mut self, part: &Self) {
        self.next = self.next.max(part.next);
    }

    /// Puts a token of this run's into a body and a path that have a place for one; each is another.
    pub fn stamp(&mut self, parts: &mut Parts) {
        let token = mark::token(&self.run, self.next);
        let mut is_used = false;
        if let Some((_, octets)) = &mut parts.body
            && let Some(stamped) = mark::stamp(octets, &token)
        {
            *octets = stamped;
            is_used = true;
        }
        for (_, _, value) in parts.parameters.iter_mut().filter(|(location, ..)| *location == Location::Path)
        {
            if let Some(stamped) = mark::stamp_value(value, &token) {
                *value = stamped;
                is_used = true;
            }
        }
        if is_used {
            self.next += self.step;
        }
    }

    /// A text with placeholders for the tokens of this run.
    pub fn unstamped(&self, octets: &[u8]) -> String {
        let text = String::from_utf8_lossy(octets);
        if self.run.is_empty() {
            return text.into_owned();
        }
        let mut parts = text.split(&self.run);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_counted = part.len() >= 3 && part.bytes().take(3).all(|octet| octet.is_ascii_lowercase());
            out.push_str(mark::PLACEHOLDER);
            out.push_str(part.get(if is_counted { 3 } else { 0 }..).unwrap_or_default());
        }
        out
    }

    /// Whether a text has a token of this run's.
    pub fn is_in(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| !self.run.is_empty() && text.contains(&self.run))
    }

    /// Whether any text of a value has a token of this run's.
    pub fn is_in_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in(Some(text)),
            Value::Array(items) => items.iter().any(|item| self.is_in_value(item)),
            Value::Object(members) => {
                members.iter().any(|(name, member)| self.is_in(Some(name)) || self.is_in_value(member))
            }
            _ => false,
        }
    }

    /// Whether an object that answers a create was made by another request of this run: a text of it has another token of
    /// the run than the one that was sent. Some servers keep one object for all that is alike.
    pub fn shows_another(&self, sent: &Map<String, Value>, object: &Value) -> bool {
        sent.iter().any(|(name, sent)| object.get(name).is_some_and(|got| self.is_of_another(sent, got)))
    }

    /// Whether a text of a value has another token of the run than the one that was sent there, however deep.
    fn is_of_another(&self, sent: &Value, got: &Value) -> bool {
        match (sent, got) {
            (Value::String(sent), Value::String(got)) => {
                let is_marked = self.is_in(Some(sent)) && self.is_in(Some(got));
                let is_like = is_marked && sent != got && sent.len() == got.len();
                is_like && mark::without(sent, &self.run) == mark::without(got, &self.run)
            }
            (Value::Array(sent), Value::Array(got)) => {
                // In another order each is there.
                let is_gone = |one: &Value| !got.contains(one);
                sent.iter().zip(got).any(|(one, other)| is_gone(one) && self.is_of_another(one, other))
            }
            (Value::Object(sent), got) => self.shows_another(sent, got),
            _ => false,
        }
    }

    /// Whether a text is an id that this run made up, with room for its letters or without.
    pub fn has_made_up(&self, id: &str) -> bool {
        self.is_in(Some(id)) || (0..self.next).any(|count| mark::is_of(id, &mark::token(&self.run, count)))
    }

    /// The token that a request carries: the run's letters and the three that count, where they follow.
    pub fn token_in(&self, octets: &[u8]) -> Option<String> {
        let run = self.run.as_str();
        let text = std::str::from_utf8(octets).ok().filter(|_| !run.is_empty())?;
        let Some(at) = text.find(run) else { return self.token_of_uuid(text) };
        let tail = text.get(at..)?;
        let whole = tail.get(..run.len() + 3).filter(|token| token.bytes().all(|b| b.is_ascii_lowercase()));
        Some(whole.unwrap_or(run).to_owned())
    }

    /// The token of a UUID that is all that a text has of it; of those that were given of late.
    fn token_of_uuid(&self, text: &str) -> Option<String> {
        let uuids: Vec<&str> = text.split('"').filter(|part| mark::is_uuid(part)).collect();
        let mut lately = (self.next.saturating_sub(LATELY)..self.next).rev();
        lately.find_map(|number| {
            let token = mark::token(&self.run, number);
            uuids.iter().any(|uuid| mark::is_of(uuid, &token)).then_some(token)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("{\"name\": \"x-abcdefaab\"}", Some("abcdefaab"))]
    #[case("{\"name\": \"abcdef\"}", Some("abcdef"))]
    #[case("{\"name\": \"abcdefAB\"}", Some("abcdef"))]
    #[case("{}", None)]
    fn a_request_carries_its_token(#[case] body: &str, #[case] expected: Option<&str>) {
        assert_eq!(Marks::new("abcdef").token_in(body.as_bytes()).as_deref(), expected);
    }

    #[rstest]
    #[case::an_earlier_one(serde_json::json!(["counterpartabcdefaaa"]), true)]
    #[case::in_another_order(serde_json::json!(["b", "counterpartabcdefaab"]), false)]
    #[case::with_more(serde_json::json!(["counterpartabcdefaab", "counterpartabcdefaaa"]), false)]
    fn a_list_may_show_an_earlier_object(#[case] got: Value, #[case] expected: bool) {
        let sent = serde_json::json!({"tags": ["counterpartabcdefaab"]});
        let got = serde_json::json!({"tags": got});
        assert_eq!(Marks::new("abcdef").shows_another(sent.as_object().unwrap(), &got), expected);
    }

    /// A body may have no room for letters, and be known by its UUID.
    #[test]
    fn a_uuid_tells_the_token() {
        let mut marks = Marks::new("abcdef");
        let mut parts = Parts::default();
        for _ in 0..3 {
            let body = format!("{{\"id\":\"{}\"}}", mark::PLACEHOLDER_UUID);
            parts.body = Some(("application/json".to_owned(), body.into_bytes()));
            marks.stamp(&mut parts);
        }
        let (_, octets) = parts.body.unwrap();
        assert_eq!(marks.token_in(&octets).as_deref(), Some("abcdefaac"));
        assert_eq!(Marks::new("fedcba").token_in(&octets), None, "another run's");
    }

    #[rstest]
    #[case::an_earlier_one("counterpartabcdefaaa", true)]
    #[case::its_own("counterpartabcdefaab", false)]
    #[case::altered("counterpartabcdefaa", false)]
    #[case::of_others("rex", false)]
    fn an_answer_may_show_an_earlier_object(#[case] got: &str, #[case] expected: bool) {
        let sent = serde_json::json!({"kind": "dog", "name": "counterpartabcdefaab"});
        let got = serde_json::json!({"kind": "dog", "name": got});
        assert_eq!(Marks::new("abcdef").shows_another(sent.as_object().unwrap(), &got), expected);
    }

    #[test]
    fn an_answer_may_repeat_what_was_sent() {
        let told = Marks::new("abcdef").unstamped("no kind 'counterpartabcdefaab' or abcdef".as_bytes());
        assert_eq!(told, format!("no kind 'counterpart{0}' or {0}", mark::PLACEHOLDER));
    }

    #[test]
    fn each_body_gets_a_token_of_its_own() {
        let mut marks = Marks::new("abcdef");
        let mut stamped = |text: &str| {
            let body = Some(("application/json".to_owned(), text.as_bytes().to_vec()));
            let mut parts = Parts { body, ..Parts::default() };
            marks.stamp(&mut parts);
            parts.body.map(|(_, octets)| String::from_utf8(octets).unwrap()).unwrap()
        };
        let made_up = format!("{{\"name\": \"{}\"}}", mark::PLACEHOLDER);
        assert_eq!(stamped(&made_up), r#"{"name": "abcdefaaa"}"#);
        assert_eq!(stamped("{}"), "{}", "where there is no place for one, none is used up");
        assert_eq!(stamped(&made_up), r#"{"name": "abcdefaab"}"#);
    }
}
