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
/// Members of a refusal that say of what kind it is, where they hold a single value: `"title": "Bad Request"`.
const ENVELOPE: [&str; 9] =
    ["title", "detail", "status", "code", "type", "message", "instance", "version", "self"];
/// What a refusal that lists its errors says beside them (JSON:API §7, ASP.NET, Joi).
const BESIDE_ERRORS: [&str; 4] = ["errors", "error", "message", "detail"];
/// What stands before the values that a member may have, without quotation marks.
const BEFORE_VALUES: [&str; 7] = [
    "one of",
    "allowed values",
    "valid values are",
    "valid values",
    "possible values",
    "valid options",
    "choose from",
];
/// Members of a refusal that say which member of the body it is about.
const PLACES: [&str; 7] = ["loc", "path", "instancePath", "pointer", "field", "property", "param"];
/// So many of those are looked at.
const MAX_SAID: usize = 50;
/// What is said of a member that should not be there.
const UNWANTED: [&str; 6] =
    ["not allowed", "not permitted", "unexpected", "unrecognized", "unknown", "oneof"];
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
    /// What is said of single members, where it says of which.
    said: Vec<Said>,
}

/// What a refusal says of one member.
#[derive(Debug)]
struct Said {
    /// The names on the way to it, the outermost first; some may be left out.
    place: Vec<String>,
    text: String,
}

impl Said {
    /// Whether it is about the member at a pointer: all names are on the way there, in their order, and the last one is
    /// its own.
    fn is_about(&self, at: &str) -> bool {
        let on_the_way: Vec<String> = pointer::tokens(at).collect();
        let mut rest = on_the_way.iter();
        self.place.last() == on_the_way.last()
            && self.place.iter().all(|name| rest.any(|known| known == name))
    }
}

impl Refusal {
    /// What the body of an answer says.
    pub fn reading(body: &[u8]) -> Self {
        let body = body.get(..body.len().min(MAX_TEXT)).unwrap_or_default();
        let mut said = Vec::new();
        let told = match read_answer(body) {
            Ok(value) => {
                find_places(&value, 0, &mut said);
                let mut told = String::new();
                let lists_errors =
                    value.get("errors").is_some_and(|errors| errors.is_array() || errors.is_object());
                match value.as_object().filter(|_| lists_errors) {
                    Some(members) => members
                        .iter()
                        .filter(|(name, _)| BESIDE_ERRORS.contains(&name.as_str()))
                        .for_each(|(_, value)| leaves(value, 1, &mut told)),
                    None => leaves(&value, 0, &mut told),
                }
                told
            }
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        let text = told.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(singular).collect();
        Self { told, text, words, said }
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

    /// Whether it says of some member which one it is.
    pub fn says_where(&self) -> bool {
        !self.said.is_empty()
    }

    /// Whether it says that this very member is meant, and no other of the same name.
    pub fn points_at(&self, at: &str) -> bool {
        self.said.iter().any(|said| said.is_about(at))
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

    /// Values that it lists for the member that a pointer ends in, in lines that name it.
    pub fn lists(&self, at: &str) -> Vec<&str> {
        self.lines_about(at).into_iter().flat_map(listed_in).collect()
    }

    /// Whether a line says that the member that a pointer ends in should not be there.
    pub fn forbids(&self, at: &str) -> bool {
        let is_unwanted = |line: &str| {
            let line = line.to_lowercase();
            UNWANTED.iter().any(|words| line.contains(words))
        };
        self.lines_about(at).into_iter().any(is_unwanted)
    }

    fn lines_about(&self, at: &str) -> Vec<&str> {
        let said = self.said.iter().filter(|said| said.is_about(at)).flat_map(|said| said.text.lines());
        let said: Vec<&str> = said.collect();
        if !said.is_empty() {
            return said;
        }
        let name = pointer::unescape(at.rsplit('/').next().unwrap_or_default()).to_lowercase();
        self.told.lines().filter(|line| holds_word(&line.to_lowercase(), &name)).collect()
    }

    /// The patterns of texts that it wants, as `/^a+$/` or `'^a+$'`; those of the lines that name a member go first.
    pub fn patterns(&self, at: &str) -> Vec<&str> {
        let own: Vec<&str> = self.lines_about(at).into_iter().filter_map(pattern_in).collect();
        if own.is_empty() { self.told.lines().filter_map(pattern_in).collect() } else { own }
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

/// Finds what is said of single members: objects that say which (`loc` of Pydantic, `path` of Joi and Zod, `instancePath`
/// of Ajv, `pointer` of JSON:API and RFC 9457, `field` of Spring), with the texts beside that.
fn find_places(value: &Value, depth: usize, found: &mut Vec<Said>) {
    if depth > 6 || found.len() >= MAX_SAID {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_places(item, depth + 1, found)),
        Value::Object(members) => {
            let place = PLACES.iter().find_map(|name| place_of(members.get(*name)?));
            let place = place.or_else(|| place_of(members.get("source")?.get("pointer")?));
            let texts = members.iter().filter(|(name, _)| !PLACES.contains(&name.as_str()));
            let texts: Vec<&str> = texts.filter_map(|(_, value)| value.as_str()).collect();
            if let Some(place) = place.filter(|_| !texts.is_empty()) {
                found.push(Said { place, text: texts.join("\n") });
            }
            members.values().for_each(|member| find_places(member, depth + 1, found));
        }
        _ => {}
    }
}

/// The names on the way to a member, as a list, or as a text with dots or slashes between them.
fn place_of(value: &Value) -> Option<Vec<String>> {
    let names: Vec<String> = match value {
        Value::Array(names) => {
            names.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect()
        }
        Value::String(text) if !text.contains(' ') => {
            text.split(['/', '.']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        _ => return None,
    };
    let names: Vec<String> = names.into_iter().filter(|name| name != "body" && name != "$").collect();
    (!names.is_empty()).then_some(names)
}

/// The pattern in a line: from `^` to the last `$`, between slashes or quotation marks.
fn pattern_in(line: &str) -> Option<&str> {
    let (from, _) = line.match_indices('^').find(|(at, _)| line[..*at].ends_with(['/', '\'', '"', '`']))?;
    let (to, _) = line.match_indices('$').rfind(|(at, _)| {
        *at > from && line.get(at + 1..).is_some_and(|rest| rest.starts_with(['/', '\'', '"', '`']))
    })?;
    line.get(from..=to)
}

/// The values that a line lists without quotation marks: `must be one of [draft, published]`.
fn listed_in(line: &str) -> Vec<&str> {
    let lower = line.to_ascii_lowercase();
    let behind = BEFORE_VALUES.iter().find_map(|words| lower.find(words).map(|at| at + words.len()));
    let Some(list) = behind.and_then(|at| line.get(at..)) else { return Vec::new() };
    let list = list.trim_start_matches([':', ' ', '[', '(', '{']);
    let list = list.split([']', ')', '}', ';', '\n']).next().unwrap_or_default();
    let list = list.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let values = list.split(',').flat_map(|part| part.split(" or "));
    let values = values.map(|value| value.trim().trim_matches(['\'', '"', '`']));
    values.filter(|value| (1..100).contains(&value.len()) && !value.contains(' ')).collect()
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
                let is_plain = !value.is_array() && !value.is_object();
                if !(is_plain && ENVELOPE.contains(&name.to_ascii_lowercase().as_str())) {
                    text.push_str(name);
                    text.push('\n');
                }
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

    /// What says of which kind a refusal is names no member, nor does what stands beside its errors.
    #[rstest]
    #[case(r#"{"title":"Bad","type":"value_error","loc":["body","size"]}"#, "/type", false)]
    #[case(r#"{"title":"Bad","type":"value_error","loc":["body","size"]}"#, "/size", true)]
    #[case(r#"{"title":["may not be blank"]}"#, "/title", true)]
    #[case(r#"{"links":{"self":"/x"},"errors":[{"detail":"\"size\" is wrong"}]}"#, "/links", false)]
    #[case(r#"{"links":{"self":"/x"},"errors":[{"detail":"\"size\" is wrong"}]}"#, "/size", true)]
    #[case(r#"{"message":"size is wrong","errors":{}}"#, "/size", true)]
    fn an_envelope_names_no_members(#[case] body: &str, #[case] at: &str, #[case] expected: bool) {
        assert_eq!(refusal(body).names(at), expected);
    }

    #[rstest]
    #[case("\"kind\" must be one of [draft, published]", &["draft", "published"])]
    #[case("kind: Must be one of: a, b.", &["a", "b"])]
    #[case("kind is wrong, valid values are 'a' or 'b'", &["a", "b"])]
    #[case("\"size\" must be one of [1, 2]\n\"kind\" must be one of [a]", &["a"])]
    #[case("kind is wrong", &[])]
    fn a_refusal_lists_values(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(refusal(text).lists("/kind"), expected);
    }

    /// Who says which of several members with one name is meant, means no other.
    #[rstest]
    #[case(r#"{"errors":[{"message":"no","path":["owner","type"]}]}"#, "/owner/data/type", true)]
    #[case(r#"{"errors":[{"message":"no","path":["owner","type"]}]}"#, "/tags/0/type", false)]
    #[case(r#"{"errors":[{"message":"no","path":["owner","type"]}]}"#, "/size", false)]
    #[case(r#"{"detail":[{"msg":"no","loc":["body","tags",0,"type"]}]}"#, "/tags/0/type", true)]
    #[case(r#"{"errors":[{"detail":"no","source":{"pointer":"/data/owner"}}]}"#, "/data/owner", true)]
    #[case(r#"[{"instancePath":"/owner/name","message":"no"}]"#, "/owner/name", true)]
    #[case(r#"{"path":"/api/pets","error":"owner is unknown"}"#, "/owner", false)]
    fn a_refusal_says_where(#[case] body: &str, #[case] at: &str, #[case] expected: bool) {
        assert_eq!(refusal(body).points_at(at), expected);
    }

    #[rstest]
    #[case("\"kind\" is not allowed\n\"size\" is wrong", "/kind", true)]
    #[case("\"kind\" is not allowed\n\"size\" is wrong", "/size", false)]
    #[case("error parsing \"kind\", oneof Pet.word is already set", "/kind", true)]
    fn a_refusal_forbids_members(#[case] text: &str, #[case] at: &str, #[case] expected: bool) {
        assert_eq!(refusal(text).forbids(at), expected);
    }

    #[rstest]
    #[case("\"day\" fails to match the required pattern: /^[12]\\d-$/", &["^[12]\\d-$"])]
    #[case("String should match pattern '^#[0-9a-f]{6}$'", &["^#[0-9a-f]{6}$"])]
    #[case("costs $5 and 2^3", &[])]
    fn a_refusal_tells_patterns(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(refusal(text).patterns("/day"), expected);
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
