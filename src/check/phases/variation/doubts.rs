//! What does not read as it was sent, until it is known whether the target keeps such a member at all.
//!
//! Servers count, work out and normalise some members themselves, whatever is sent. Only a member that has come back
//! as it was sent, with a value that says something, is known to be kept; if another value of it then does not come
//! back, that is a fault.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::document::pointer;
use crate::judge::Evaluation;
use crate::judge::sequence::{compare, life, observe};
use crate::rules::Rule;

/// What was seen of the members of one operation's bodies.
#[derive(Default)]
pub(super) struct Doubts {
    /// Members that came back as they were sent.
    kept: BTreeSet<String>,
    /// The first time that a member did not, by its name.
    altered: BTreeMap<String, (Evaluation, Evidence)>,
    /// The rule that compared them.
    rule: Option<Rule>,
    /// Pointers to members whose bounds lie on both sides of nought.
    pub signed: BTreeSet<String>,
}

impl Doubts {
    /// Compares what was sent with the object that came back, member by member.
    pub fn look(
        &mut self,
        operation: &Operation,
        (sent, object): (&Map<String, Value>, &Value),
        evidence: &Evidence,
        creates: bool,
    ) {
        self.look_at_noughts(operation, (sent, object), evidence, creates);
        for (name, value) in sent {
            if compare::kept(value, object.get(name)) {
                if says_something(value) {
                    self.kept.insert(name.clone());
                }
                continue;
            }
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            let seen = if creates {
                life::create_altered(operation, &alone, object, &BTreeSet::new())
            } else {
                life::update_not_kept(operation, &alone, object)
            };
            self.altered.entry(name.clone()).or_insert_with(|| (seen, evidence.clone()));
        }
        if !sent.is_empty() {
            self.rule = Some(if creates { Rule::CreateAltered } else { Rule::UpdateNotKept });
        }
    }

    /// Nought is a value like any other where the bounds are on both sides of it.
    fn look_at_noughts(
        &mut self,
        operation: &Operation,
        (sent, object): (&Map<String, Value>, &Value),
        evidence: &Evidence,
        creates: bool,
    ) {
        let whole = Value::Object(sent.clone());
        for at in self.signed.clone() {
            let Some(value) = whole.pointer(&at) else { continue };
            if !is_lost_nought(value, &at, object) {
                if says_something(value) && object.pointer(&at).is_some_and(|got| compare::same(value, got)) {
                    self.kept.insert(at);
                }
                continue;
            }
            let rule = if creates { Rule::CreateAltered } else { Rule::UpdateNotKept };
            let message = format!("{} was sent as 0, but is not shown", life::member(&at));
            let seen = observe(rule, operation, message).because("0", "no such member").inside(at.clone());
            let seen = Evaluation::of(rule, Some(seen.warning()));
            self.altered.entry(at).or_insert_with(|| (seen, evidence.clone()));
        }
    }

    /// Says what was altered though it is kept at other times.
    pub fn tell(self, session: &mut Session<'_>, operation: &Operation) {
        let Self { kept, altered, rule, .. } = self;
        let mut altered = altered.into_iter().filter(|(name, _)| kept.contains(name)).peekable();
        if let Some(rule) = rule.filter(|_| altered.peek().is_none() && !kept.is_empty()) {
            session.recorder.held(operation, rule);
        }
        for (_, (seen, evidence)) in altered {
            session.recorder.say(operation, &evidence, seen);
        }
    }
}

/// Whether nought was sent and is not shown, by a target that shows other members that are nothing.
fn is_lost_nought(sent: &Value, at: &str, object: &Value) -> bool {
    let Some((around, name)) = at.rsplit_once('/') else { return false };
    let Some(members) = object.pointer(around).and_then(Value::as_object) else { return false };
    sent.as_f64() == Some(0.0) && !members.contains_key(&pointer::unescape(name)) && shows_nothing(object, 0)
}

/// Whether any member holds nothing; who leaves such members out shows none.
fn shows_nothing(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => depth < 3 && members.values().any(|value| shows_nothing(value, depth + 1)),
    }
}

/// Whether a value is none that members have by themselves: nothing, nought, false.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is_set) => *is_set,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Exchange, Failure, Request};
    use rstest::rstest;
    use serde_json::json;

    fn evidence() -> Evidence {
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(http::Method::POST, "/x"),
            outcome: Err(Failure::Closed(String::new())),
            elapsed: std::time::Duration::ZERO,
        };
        Evidence { exchange, key: None, placed: Vec::new() }
    }

    #[rstest]
    #[case::mangled(&[json!({"a": "x"}), json!({"a": "y"})], &[json!({"a": "x"}), json!({"a": "z"})], &["a"])]
    #[case::never_kept(&[json!({"a": 1}), json!({"a": 2})], &[json!({"a": 7}), json!({"a": 7})], &[])]
    #[case::kept_by_chance(&[json!({"a": 0}), json!({"a": 2})], &[json!({"a": 0}), json!({"a": 0})], &[])]
    #[case::another(&[json!({"a": "x", "b": 1})], &[json!({"a": "x", "b": 0})], &[])]
    #[case::nought_lost(&[json!({"t": 4}), json!({"t": 0})], &[json!({"t": 4, "n": 0}), json!({"n": 0})], &["/t"])]
    #[case::leaves_out_nothing(&[json!({"t": 4}), json!({"t": 0})], &[json!({"t": 4}), json!({"b": 1})], &[])]
    #[case::may_be_nothing(&[json!({"u": 4}), json!({"u": 0})], &[json!({"u": 4, "n": 0}), json!({"n": 0})], &[])]
    fn only_what_is_kept_at_times(#[case] sent: &[Value], #[case] got: &[Value], #[case] expected: &[&str]) {
        let operation = crate::judge::sequence::any_operation();
        let mut doubts = Doubts { signed: BTreeSet::from(["/t".to_owned()]), ..Doubts::default() };
        for (sent, got) in sent.iter().zip(got) {
            let sent = sent.as_object().cloned().unwrap_or_default();
            doubts.look(&operation, (&sent, got), &evidence(), true);
        }
        let told: Vec<&str> =
            doubts.altered.keys().filter(|name| doubts.kept.contains(*name)).map(String::as_str).collect();
        assert_eq!(told, expected);
    }
}
