//! What a refusal says about a body: the members that it names, the values that it offers.

use serde_json::Value;

use crate::document::pointer;
use crate::exchange::json::read_answer;
use crate::resources::names::{singular, words};

/// Longest refusal that is read, in bytes.
const MAX_TEXT: usize = 20_000;
/// Members of a refusal that repeat the request, or say nothing about it.
const ECHOES: [&str; 9] =
    ["input", "request_body", "requestbody", "received", "instance", "url", "path", "trace", "stack"];
/// Shortest word that names a member in the plural, too.
const LONG_WORD: usize = 6;
/// Shortest value by which a member is recognised.
const MIN_VALUE: usize = 3;

/// What a refusal says.
#[derive(Debug)]
pub(in crate::check) struct Refusal {
    told: String,
    /// The same in lower case.
    text: String,
    words: Vec<String>,
}

impl Refusal {
    /// What the body of an answer says.
    pub fn reading(body: &[u8]) -> Self {
        let body = body.get(..body.len().min(MAX_TEXT)).unwrap_or_default();
        let told = match read_answer(body) {
            Ok(value) => {
                let mut told = String::new();
                leaves(&value, 0, &mut told);
                told
            }
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        let text = told.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(singular).collect();
        Self { told, text, words }
    }

    /// Whether it says that there is such an object already.
    pub fn is_conflict(&self) -> bool {
        ["already", "exists", "taken", "duplicate", "unique", "conflict", "in use"]
            .iter()
            .any(|word| self.text.contains(word))
    }

    /// Whether it says that a time has passed, or is before another.
    pub fn is_about_time(&self) -> bool {
        ["past", "future", "expired", "before", "after", "later", "earlier"]
            .iter()
            .any(|word| self.text.contains(word))
    }

    /// Whether it names the member that a pointer ends in: as it is spelled, or all words of its name.
    pub fn names(&self, at: &str) -> bool {
        let name = pointer::unescape(at.rsplit('/').next().unwrap_or_default());
        if holds_word(&self.text, &name.to_lowercase()) {
            return true;
        }
        let parts: Vec<String> = words(&name).iter().map(|word| singular(word)).collect();
        let is_telling = parts.len() > 1 || parts.iter().any(|part| part.len() >= LONG_WORD);
        is_telling && parts.iter().all(|part| self.words.contains(part))
    }

    /// Whether it names the thing that a member refers to: all words of the name but those that say by what it refers.
    pub fn names_thing(&self, name: &str) -> bool {
        let mut parts: Vec<String> = words(name).iter().map(|word| singular(word)).collect();
        let by =
            |word: &String| ["id", "uuid", "guid", "key", "ref", "name", "slug"].contains(&word.as_str());
        while parts.len() > 1 && parts.last().is_some_and(by) {
            parts.pop();
        }
        !parts.is_empty() && parts.iter().all(|part| self.words.contains(part))
    }

    /// Whether it asks for a body, or for JSON.
    pub fn wants_body(&self) -> bool {
        ["body", "json", "payload"].iter().any(|word| self.text.contains(word))
    }

    /// Whether it says that something is not there.
    pub fn misses(&self) -> bool {
        ["not exist", "n't exist", "not found", "no such", "unknown", "cannot find", "could not find"]
            .iter()
            .any(|words| self.text.contains(words))
    }

    /// Whether it quotes a text or a name from inside a value.
    pub fn quotes(&self, value: &Value) -> bool {
        let is_quoted = |text: &str| {
            text.len() >= MIN_VALUE && self.quoted().any(|quoted| quoted.eq_ignore_ascii_case(text))
        };
        match value {
            Value::String(text) => is_quoted(text),
            Value::Array(items) => items.iter().any(|item| self.quotes(item)),
            Value::Object(members) => {
                members.iter().any(|(name, value)| is_quoted(name) || self.quotes(value))
            }
            _ => false,
        }
    }

    /// What stands between quotation marks.
    pub fn quoted(&self) -> impl Iterator<Item = &str> {
        ['\'', '"', '`'].into_iter().flat_map(|mark| {
            // Every second piece is inside; an apostrophe in a word opens nothing.
            let pieces = self.told.split(mark).skip(1).step_by(2);
            pieces.filter(|piece| (1..100).contains(&piece.len()) && !piece.contains('\n'))
        })
    }

    /// The numbers in it.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        self.text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| run.len() < 10)
            .filter_map(|run| run.parse().ok())
    }

    pub fn mentions(&self, word: &str) -> bool {
        self.text.contains(word)
    }
}

/// Names and texts of an answer in their order, a line each.
fn leaves(value: &Value, depth: usize, text: &mut String) {
    if depth > 8 || text.len() > MAX_TEXT {
        return;
    }
    match value {
        Value::String(leaf) => {
            text.push_str(leaf);
            text.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, depth + 1, text)),
        Value::Object(members) => {
            let told =
                members.iter().filter(|(name, _)| !ECHOES.contains(&name.to_ascii_lowercase().as_str()));
            for (name, value) in told {
                text.push_str(name);
                text.push('\n');
                leaves(value, depth + 1, text);
            }
        }
        _ => {}
    }
}

fn holds_word(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    name.len() > 1
        && text.match_indices(name).any(|(start, found)| {
            let before = text.get(..start).and_then(|head| head.chars().next_back());
            let after = text.get(start + found.len()..).and_then(|tail| tail.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("Only admins can grant admin permissions", "/admin", true)]
    #[case("Administrators only", "/admin", false)]
    #[case(r#"{"detail":[{"loc":["body","work_queue"],"msg":"no"}]}"#, "/work_queue", true)]
    #[case(r#"{"detail":[{"loc":["body"],"input":{"work_queue":1}}]}"#, "/work_queue", false)]
    #[case(r#"{"name":["This field is required."]}"#, "/name", true)]
    #[case("work_queue_id", "/work_queue", false)]
    #[case("History interval must not be less than 1 second.", "/history_interval_seconds", true)]
    #[case("History is long", "/history_interval_seconds", false)]
    fn a_refusal_names_members(#[case] body: &str, #[case] at: &str, #[case] expected: bool) {
        assert_eq!(refusal(body).names(at), expected);
    }

    #[rstest]
    #[case("Shared wallet does not exist.", "shared_wallet_id", true)]
    #[case("Shared wallet does not exist.", "wallet_type", false)]
    #[case("No such user", "user", true)]
    #[case("No such user", "id", false)]
    fn a_refusal_names_things(#[case] text: &str, #[case] name: &str, #[case] expected: bool) {
        let refusal = refusal(text);
        assert!(refusal.misses());
        assert_eq!(refusal.names_thing(name), expected);
    }

    #[rstest]
    #[case(json!({"gpu": {"last": 1}}), true)]
    #[case(json!(["x", "GPU"]), true)]
    #[case(json!("server"), false)]
    #[case(json!(7), false)]
    fn a_refusal_quotes_values(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(refusal(r#"{"message": "No such server 'gpu' for user alice"}"#).quotes(&value), expected);
    }

    #[test]
    fn a_refusal_offers_values() {
        let refusal = refusal(r#"{"detail": "Input should be 'red' or 'blue', at most 12"}"#);
        assert_eq!(refusal.quoted().collect::<Vec<_>>(), ["red", "blue"]);
        assert_eq!(refusal.numbers().collect::<Vec<_>>(), [12]);
        assert!(!refusal.is_conflict() && !refusal.is_about_time() && refusal.mentions("input"));
    }

    fn refusal(body: &str) -> Refusal {
        Refusal::reading(body.as_bytes())
    }
}
