//! The family `page`: what filters, ranges and searches leave in a list, entry by entry.

use serde_json::Value;

use super::{brief, observe};
use crate::config::state::member;
use crate::contract::{Operation, parameter};
use crate::judge::Evaluation;
use crate::resources::Meaning;
use crate::rules::Rule;

/// `filter-ignored`: an entry that none of the filters may leave in.
pub fn left_in(list: &Operation, asked: &[(&Meaning, &str, &Value)], got: &[Value]) -> Evaluation {
    let is_unknown =
        |entry: &Value| asked.iter().all(|(meaning, _, value)| meaning.keeps(entry, value).is_none());
    if !got.is_empty() && got.iter().all(is_unknown) {
        return Evaluation::default();
    }
    let is_wrong = |entry: &&Value| {
        asked.iter().any(|(meaning, _, value)| {
            // A filter may look for a part of the text, whatever its case.
            let holds = || {
                let found = member(entry, meaning.member()).and_then(Value::as_str).map(str::to_lowercase);
                let wanted = value.as_str().map(str::to_lowercase);
                matches!(meaning, Meaning::Equal(_))
                    && found.zip(wanted).is_some_and(|(found, wanted)| found.contains(&wanted))
            };
            meaning.keeps(entry, value) == Some(false) && !holds()
        })
    };
    let wrong = got.iter().find(is_wrong).map(|wrong| {
        let message = format!("{} returns entries that it should exclude", told(asked));
        observe(Rule::FilterIgnored, list, message).because("only entries that match", brief(wrong))
    });
    Evaluation::of(Rule::FilterIgnored, wrong)
}

/// `filter-ignored`: an entry of the whole list that all filters ask for is not there. `name` distinguishes entries.
/// What a server counts as a match may be narrower: a warning.
pub fn left_out(
    list: &Operation,
    asked: &[(&Meaning, &str, &Value)],
    (whole, got): (&[Value], &[Value]),
    name: &dyn Fn(&Value) -> String,
) -> Evaluation {
    let is_asked =
        |entry: &&Value| asked.iter().all(|(meaning, _, value)| meaning.keeps(entry, value) == Some(true));
    let mut wanted = whole.iter().filter(is_asked).peekable();
    if wanted.peek().is_none() {
        return Evaluation::default();
    }
    let is_missing = |entry: &&Value| !got.iter().any(|found| name(found) == name(entry));
    let missing = wanted.find(is_missing).map(|missing| {
        let message = format!("{} leaves out an entry that matches", told(asked));
        observe(Rule::FilterIgnored, list, message)
            .because(brief(missing), format!("{} entries", got.len()))
            .warning()
    });
    Evaluation::of(Rule::FilterIgnored, missing)
}

fn told(asked: &[(&Meaning, &str, &Value)]) -> String {
    let each = asked.iter().map(|(_, parameter, value)| {
        let value = match value {
            Value::Array(values) => values.iter().map(parameter::text).collect::<Vec<_>>().join(","),
            value => parameter::text(value),
        };
        format!("{parameter}={value}")
    });
    each.collect::<Vec<_>>().join(" with ")
}

/// `sort-ignored`: the order that is turned round is the same, although the entries differ. `keys` are the values of
/// the member, in the one order and in the other.
pub fn turned(
    list: &Operation,
    parameter: &str,
    value: &str,
    (up, down): (&[Value], &[Value]),
) -> Evaluation {
    let differ = up.windows(2).any(|pair| pair.first() != pair.last());
    if !differ || up.len() != down.len() {
        return Evaluation::default();
    }
    let same = (up == down).then(|| {
        let message = format!("{parameter}={value} gives the same order as the other way round");
        observe(Rule::SortIgnored, list, message).because("the other order", "the same")
    });
    Evaluation::of(Rule::SortIgnored, same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sequence::any_operation;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!([{"n": "a", "m": 1}]), "filter-ignored", "filter-ignored")]
    #[case(json!([{"n": "a", "m": 2}]), "filter-ignored!", "filter-ignored")]
    #[case(json!([{"n": "Ab", "m": 1}]), "filter-ignored", "filter-ignored!")]
    #[case(json!([]), "filter-ignored", "filter-ignored!")]
    #[case(json!([{"x": 1}]), "", "filter-ignored!")]
    fn filters_hold_together(#[case] got: Value, #[case] shown: &str, #[case] complete: &str) {
        let (by_n, by_m) = (Meaning::Equal("n".to_owned()), Meaning::Equal("m".to_owned()));
        let (a, one) = (json!("a"), json!(1));
        let asked = [(&by_n, "n", &a), (&by_m, "m", &one)];
        let (whole, got) = (json!([{"n": "a", "m": 1}, {"n": "b", "m": 1}]), got.as_array().unwrap().clone());
        let name = |entry: &Value| entry["n"].to_string();
        let whole = whole.as_array().unwrap();
        assert_eq!(left_in(&any_operation(), &asked, &got).told(), shown);
        assert_eq!(left_out(&any_operation(), &asked, (whole, &got), &name).told(), complete);
    }

    #[rstest]
    #[case(json!([1, 2]), json!([2, 1]), "sort-ignored")]
    #[case(json!([1, 2]), json!([1, 2]), "sort-ignored!")]
    #[case(json!([1, 1]), json!([1, 1]), "")]
    fn an_order_can_be_turned(#[case] up: Value, #[case] down: Value, #[case] told: &str) {
        let (up, down) = (up.as_array().unwrap().clone(), down.as_array().unwrap().clone());
        assert_eq!(turned(&any_operation(), "sort", "-n", (&up, &down)).told(), told);
    }
}
