//! The family `state`: from an object's creation to its end.

use crate::rules::Rule;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::compare::{Difference, difference, kept, same};
use super::{brief, observe};
use crate::contract::Operation;
use crate::document::pointer;
use crate::judge::Evaluation;
use crate::judge::exchange::Observation;
use crate::resources::members::is_mask;

/// The first place in what was sent that is not there, or not the same: its JSON pointer, and both
/// values. Members that `spared` names are not looked at.
pub fn changed(
    sent: &Map<String, Value>,
    got: &Value,
    spared: &BTreeSet<String>,
) -> Option<(String, Value, Value)> {
    sent.iter().filter(|(name, _)| !spared.contains(*name)).find_map(|(name, value)| {
        let found = got.get(name).map(|found| unmasked(value, found));
        if kept(value, found.as_ref()) {
            return None;
        }
        let found = found.unwrap_or_default();
        let inner = difference(value, &found).unwrap_or(Difference {
            at: String::new(),
            sent: value.clone(),
            got: found,
        });
        Some((format!("{}{}", pointer::join("", name), inner.at), inner.sent, inner.got))
    })
}

/// What came back, with what was sent in the place of texts that are only masked: nobody can see whether those were kept.
fn unmasked(sent: &Value, got: &Value) -> Value {
    match (sent, got) {
        (Value::String(text), Value::String(shown)) if is_mask(shown) && !is_mask(text) => sent.clone(),
        (Value::Object(members), Value::Object(shown)) => {
            let each = shown.iter().map(|(name, shown)| {
                let value = members.get(name).map_or_else(|| shown.clone(), |sent| unmasked(sent, shown));
                (name.clone(), value)
            });
            Value::Object(each.collect())
        }
        (Value::Array(entries), Value::Array(shown)) => {
            let each = shown.iter().enumerate();
            each.map(|(at, shown)| {
                entries.get(at).map_or_else(|| shown.clone(), |sent| unmasked(sent, shown))
            })
            .collect()
        }
        _ => got.clone(),
    }
}

/// The result of a rule that compares what was sent, or was there, with what reads back. It checks
/// where there is a member to compare.
fn compared(
    rule: Rule,
    operation: &Operation,
    (sent, got, spared): (&Map<String, Value>, &Value, &BTreeSet<String>),
    what: &str,
) -> Evaluation {
    if sent.keys().all(|name| spared.contains(name)) {
        return Evaluation::default();
    }
    let wrong = changed(sent, got, spared).map(|(at, value, found)| {
        let message = format!("{} {what}", member(&at));
        observe(rule, operation, message).because(brief(&value), brief(&found)).inside(at)
    });
    Evaluation::of(rule, wrong)
}

/// A place for a message: a member by its name, a deeper one by its JSON pointer.
pub fn member(at: &str) -> String {
    let name = at.strip_prefix('/').unwrap_or(at);
    if name.contains('/') { format!("{at:?}") } else { format!("{:?}", pointer::unescape(name)) }
}

/// `create-altered`: what was sent reads back with other values.
pub fn create_altered(
    create: &Operation,
    sent: &Map<String, Value>,
    got: &Value,
    spared: &BTreeSet<String>,
) -> Evaluation {
    let what = "was sent but reads back with another value";
    compared(Rule::CreateAltered, create, (sent, got, spared), what)
}

/// `update-not-kept`: what was changed reads back as before.
pub fn update_not_kept(update: &Operation, sent: &Map<String, Value>, got: &Value) -> Evaluation {
    let what = "was changed successfully but reads back with another value";
    compared(Rule::UpdateNotKept, update, (sent, got, &BTreeSet::new()), what)
}

/// `update-clobbered`: what was not sent has changed. `before` holds what this run sent earlier.
pub fn update_clobbered(
    update: &Operation,
    sent: &Map<String, Value>,
    before: &Map<String, Value>,
    got: &Value,
    spared: &BTreeSet<String>,
) -> Evaluation {
    let mut left: BTreeSet<String> = spared.clone();
    left.extend(sent.keys().cloned());
    compared(Rule::UpdateClobbered, update, (before, got, &left), "was not sent but has changed")
}

/// `replace-merged`: a member that a replacement left out still has its old value. One that has
/// taken another value, or none, was replaced. Where the document promises no default, a server may
/// have its reasons: a warning.
pub fn replace_merged(
    replace: &Operation,
    left_out: &str,
    default: Option<&Value>,
    old: &Value,
    got: &Value,
) -> Evaluation {
    if old.is_null() {
        return Evaluation::default();
    }
    let kept = got.get(left_out).filter(|found| same(old, found)).map(|found| {
        let message = format!("{left_out:?} was left out of the replacement but kept its value");
        let expected = default.map_or_else(|| "another value, or none".to_owned(), brief);
        let seen =
            at(observe(Rule::ReplaceMerged, replace, message).because(expected, brief(found)), left_out);
        if default.is_some() { seen } else { seen.warning() }
    });
    Evaluation::of(Rule::ReplaceMerged, kept)
}

/// `update-not-kept`: a list that was emptied is as it was before.
pub fn not_emptied(update: &Operation, sent: &Map<String, Value>, before: &Value, got: &Value) -> Evaluation {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let emptied = |name: &&String| {
        let was = before.get(*name).and_then(Value::as_array);
        sent.get(*name).is_some_and(is_empty) && was.is_some_and(|was| !was.is_empty())
    };
    let mut emptied = sent.keys().filter(emptied).peekable();
    if emptied.peek().is_none() {
        return Evaluation::default();
    }
    let wrong = emptied.find(|name| got.get(*name) == before.get(*name)).map(|name| {
        let message = format!("{name:?} was emptied successfully but reads back with its entries");
        let found = got.get(name).map(brief).unwrap_or_default();
        at(observe(Rule::UpdateNotKept, update, message).because("[]", found), name).warning()
    });
    Evaluation::of(Rule::UpdateNotKept, wrong)
}

/// `replace-merged`: a list of plain values has more of them than the replacement sent. A server may add some of its own:
/// a warning.
pub fn list_grown(replace: &Operation, sent: &Map<String, Value>, got: &Value) -> Evaluation {
    let is_plain = |value: &Value| value.is_string() || value.is_number();
    let lists =
        sent.iter().filter_map(|(name, value)| Some((name, value.as_array()?, got.get(name)?.as_array()?)));
    let mut lists = lists.filter(|(_, sent, _)| !sent.is_empty() && sent.iter().all(is_plain)).peekable();
    if lists.peek().is_none() {
        return Evaluation::default();
    }
    let grown = lists.find(|(_, sent, got)| got.len() > sent.len()).map(|(name, sent, got)| {
        let message = format!("{name:?} was replaced but has entries that were not sent");
        at(
            observe(Rule::ReplaceMerged, replace, message).because(brief(&json!(sent)), brief(&json!(got))),
            name,
        )
        .warning()
    });
    Evaluation::of(Rule::ReplaceMerged, grown)
}

/// `identity-changed`: the object has another id than the one in the path.
pub fn identity_changed(retrieve: &Operation, name: &str, asked: &Value, got: &Value) -> Evaluation {
    let Some(found) = got.get(name) else { return Evaluation::default() };
    // A path that calls an object by a name says nothing about its number.
    let is_named = asked.as_str().is_some_and(|asked| asked.parse::<f64>().is_err());
    if found.is_number() && is_named {
        return Evaluation::default();
    }
    // It may have been asked for by its name.
    let is_called = |(other, value): (&String, &Value)| other != name && is_named && same(asked, value);
    if got.as_object().is_some_and(|members| members.iter().any(is_called)) {
        return Evaluation::default();
    }
    let other = (!same(asked, found)).then(|| {
        let message = "the object has another id than the one in the path";
        at(observe(Rule::IdentityChanged, retrieve, message).because(brief(asked), brief(found)), name)
    });
    Evaluation::of(Rule::IdentityChanged, other)
}

/// What quick reads and a pause show about a member that moved.
///
/// `quick` are its values over reads that follow one another at once, `after` the value that one
/// read shows after a pause as long as all of them took. What every read moves, and a pause does
/// not move further than one read does, moves by reading; anything else moves by itself.
pub fn moves_by_reading(quick: &[Value], after: &Value) -> bool {
    let moved_each_time = quick.len() > 2 && quick.windows(2).all(|pair| pair.first() != pair.last());
    let numbers: Option<Vec<f64>> = quick.iter().chain([after]).map(Value::as_f64).collect();
    match numbers.as_deref() {
        Some([.., before, last, after]) if moved_each_time => {
            (after - last).abs() <= 1.5 * (last - before).abs()
        }
        _ => moved_each_time,
    }
}

/// `read-had-effect`: a member moves with every read.
pub fn read_had_effect(retrieve: &Operation, name: &str, first: &Value, last: &Value) -> Observation {
    let message = format!("{name:?} changes each time the object is read");
    at(observe(Rule::ReadHadEffect, retrieve, message).because(brief(first), brief(last)), name)
}

fn at(observation: Observation, name: &str) -> Observation {
    observation.inside(pointer::join("", name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sequence::any_operation;
    use rstest::rstest;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[rstest]
    #[case(json!({"a": "x"}), json!({"a": "x", "b": 1}), None)]
    #[case(json!({"a": "x", "b": 2}), json!({"a": "x"}), Some("/b"))]
    #[case(json!({"a": [{"b": "x"}]}), json!({"a": [{"b": "y", "id": 7}]}), Some("/a/0/b"))]
    #[case(json!({"a": "x"}), json!({"a": " X"}), None)]
    #[case(json!({"a": null}), json!({}), None)]
    #[case(json!({"spared": 1}), json!({"spared": 2}), None)]
    #[case::masked(json!({"a": {"b": "x", "c": ["y"]}}), json!({"a": {"b": "*****", "c": ["<redacted>"]}}), None)]
    #[case::masked_beside_another(json!({"a": {"b": "x", "c": 1}}), json!({"a": {"b": "***", "c": 2}}), Some("/a/c"))]
    fn what_was_sent_is_looked_for(#[case] sent: Value, #[case] got: Value, #[case] wrong: Option<&str>) {
        let spared = BTreeSet::from(["spared".to_owned()]);
        let sent = map(&sent);
        assert_eq!(changed(&sent, &got, &spared).map(|(at, _, _)| at).as_deref(), wrong);
    }

    #[rstest]
    #[case(json!({"a": "x"}), json!({"a": "x"}), "create-altered")]
    #[case(json!({"a": "x"}), json!({"a": "y"}), "create-altered!")]
    #[case(json!({"spared": 1}), json!({"spared": 2}), "")]
    #[case(json!({}), json!({"a": "x"}), "")]
    fn what_is_not_compared_does_not_hold(#[case] sent: Value, #[case] got: Value, #[case] told: &str) {
        let spared = BTreeSet::from(["spared".to_owned()]);
        assert_eq!(create_altered(&any_operation(), &map(&sent), &got, &spared).told(), told);
    }

    #[rstest]
    #[case(json!({"a": 2}), json!({"a": 1, "b": 1}), "update-clobbered")]
    #[case(json!({"a": 2}), json!({"a": 1, "b": 2}), "update-clobbered!")]
    #[case(json!({"a": 2, "b": 2}), json!({"a": 2, "b": 2}), "")]
    fn what_was_not_sent_stays(#[case] sent: Value, #[case] got: Value, #[case] told: &str) {
        let before = map(&json!({"a": 1, "b": 1}));
        let evaluation = update_clobbered(&any_operation(), &map(&sent), &before, &got, &BTreeSet::new());
        assert_eq!(evaluation.told(), told);
    }

    #[rstest]
    #[case(json!("old"), json!({"a": "old"}), "replace-merged!")]
    #[case(json!("old"), json!({"a": "new"}), "replace-merged")]
    #[case(json!("old"), json!({}), "replace-merged")]
    #[case(json!(null), json!({"a": null}), "")]
    fn what_is_left_out_goes(#[case] old: Value, #[case] got: Value, #[case] told: &str) {
        assert_eq!(replace_merged(&any_operation(), "a", None, &old, &got).told(), told);
    }

    #[rstest]
    #[case(json!({"a": ["x"]}), json!({"a": ["x"]}), "replace-merged")]
    #[case(json!({"a": ["x"]}), json!({"a": ["old", "x"]}), "replace-merged!")]
    #[case(json!({"a": [{}]}), json!({"a": [{}, {}]}), "")]
    #[case(json!({"a": []}), json!({"a": ["x"]}), "")]
    fn a_replaced_list_is_another(#[case] sent: Value, #[case] got: Value, #[case] told: &str) {
        assert_eq!(list_grown(&any_operation(), &map(&sent), &got).told(), told);
    }

    #[rstest]
    #[case(json!({"id": "7"}), "identity-changed")]
    #[case(json!({"id": 8}), "identity-changed!")]
    #[case(json!({"name": 8}), "")]
    fn ids_stay(#[case] got: Value, #[case] told: &str) {
        assert_eq!(identity_changed(&any_operation(), "id", &json!(7), &got).told(), told);
    }

    #[rstest]
    #[case(json!({"id": 1}), "")]
    #[case(json!({"id": "other"}), "identity-changed!")]
    #[case(json!({"id": "other", "name": "rex"}), "")]
    #[case(json!({"id": "other", "name": "tom"}), "identity-changed!")]
    fn a_name_is_no_number(#[case] got: Value, #[case] told: &str) {
        assert_eq!(identity_changed(&any_operation(), "id", &json!("rex"), &got).told(), told);
    }

    #[rstest]
    #[case(&[json!(1), json!(2), json!(3), json!(4)], json!(5), true)]
    #[case(&[json!(1), json!(2), json!(3), json!(4)], json!(8), false)]
    #[case(&[json!("a"), json!("ab"), json!("abc")], json!("abcd"), true)]
    #[case(&[json!("a"), json!("b"), json!("b")], json!("b"), false)]
    fn reading_or_time(#[case] quick: &[Value], #[case] after: Value, #[case] by_reading: bool) {
        assert_eq!(moves_by_reading(quick, &after), by_reading);
    }

    #[rstest]
    #[case::emptied(json!(["a"]), json!([]), "update-not-kept")]
    #[case::as_it_was(json!(["a"]), json!(["a"]), "update-not-kept!")]
    #[case::filled_otherwise(json!(["a"]), json!(["default"]), "update-not-kept")]
    #[case::empty_before(json!([]), json!([]), "")]
    fn lists_can_be_emptied(#[case] before: Value, #[case] after: Value, #[case] told: &str) {
        let sent = Map::from_iter([("n".to_owned(), json!([]))]);
        let (before, after) = (json!({ "n": before }), json!({ "n": after }));
        assert_eq!(not_emptied(&any_operation(), &sent, &before, &after).told(), told);
    }
}
