//! The family `page`: what a document says of a list in words, its order and what a search finds. Words are read, not
//! understood: warnings.

use std::cmp::Ordering;

use serde_json::Value;

use super::{brief, observe};
use crate::contract::{Operation, parameter};
use crate::judge::Evaluation;
use crate::resources::Order;
use crate::rules::Rule;

/// So many different values show an order.
const FEW: usize = 3;

/// `sort-ignored`: entries that are not in the order that a document names or a request asks for. `keys` are what the
/// entries have of its member. How texts are ordered is the server's affair, unless it `is_strict`: they must be in one
/// of the orders that servers have.
pub fn in_order(
    list: &Operation,
    asked: &str,
    (order, is_strict): (Order<'_>, bool),
    keys: &[Value],
) -> Evaluation {
    let mut distinct: Vec<&Value> = Vec::new();
    for key in keys {
        if !distinct.contains(&key) {
            distinct.push(key);
        }
    }
    let ways = ways(keys, is_strict);
    if distinct.len() < FEW || ways.is_empty() {
        return Evaluation::default();
    }
    let keeps = |way: &Way| {
        keys.windows(2).all(|pair| match pair {
            [one, other] if order.descends => way(one, other) != Ordering::Less,
            [one, other] => way(one, other) != Ordering::Greater,
            _ => true,
        })
    };
    let wrong = (!ways.iter().any(keeps)).then(|| {
        let shown: Vec<String> = keys.iter().take(5).map(parameter::text).collect();
        let way = if order.descends { ", the greatest first" } else { "" };
        observe(Rule::SortIgnored, list, format!("{asked}, but the entries are in another order"))
            .because(format!("the order of {:?}{way}", order.member), shown.join(", "))
            .warning()
    });
    Evaluation::of(Rule::SortIgnored, wrong)
}

type Way = fn(&Value, &Value) -> Ordering;

/// The orders that these values may be in; none where that is not known.
fn ways(keys: &[Value], is_strict: bool) -> Vec<Way> {
    if keys.iter().all(Value::is_number) {
        return vec![|one, other| one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)];
    }
    let is_time = |text: &str| text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-');
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_".contains(c);
    let texts: Option<Vec<&str>> = keys.iter().map(Value::as_str).collect();
    let Some(texts) = texts else { return Vec::new() };
    let by_code: Way = |one, other| one.as_str().cmp(&other.as_str());
    if texts.iter().all(|text| is_time(text)) || is_strict {
        return vec![by_code];
    }
    if !texts.iter().all(|text| text.chars().all(plain)) {
        // Each language has an order of its own.
        return Vec::new();
    }
    let in_small: Way = |one, other| small(one).cmp(&small(other));
    let by_letters: Way = |one, other| letters(one).cmp(&letters(other));
    let by_numbers: Way = |one, other| natural(one).cmp(&natural(other));
    vec![by_code, in_small, by_letters, by_numbers]
}

fn small(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_lowercase()
}

fn letters(value: &Value) -> String {
    small(value).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Runs of digits count as numbers: `a2` comes before `a10`.
fn natural(value: &Value) -> Vec<(bool, u128, String)> {
    let text = small(value);
    let mut runs: Vec<(bool, String)> = Vec::new();
    for c in text.chars() {
        let is_digit = c.is_ascii_digit();
        match runs.last_mut() {
            Some((known, run)) if *known == is_digit => run.push(c),
            _ => runs.push((is_digit, c.to_string())),
        }
    }
    let run = |(is_digit, run): (bool, String)| {
        let number = if is_digit { run.parse().unwrap_or(u128::MAX) } else { 0 };
        (!is_digit, number, run)
    };
    runs.into_iter().map(run).collect()
}

/// `filter-ignored`: a search that leaves out an entry whose text it was given, or the same text in other letter case
/// where the document says that it does not matter.
pub fn search(list: &Operation, asked: &str, entry: &Value, (is_there, got): (bool, usize)) -> Evaluation {
    let missing = (!is_there).then(|| {
        observe(Rule::FilterIgnored, list, format!("{asked} does not find an entry that has this text"))
            .because(brief(entry), format!("{got} entries"))
            .warning()
    });
    Evaluation::of(Rule::FilterIgnored, missing)
}

/// `page-count`: a number that the document says is that of a list, and the entries of that list.
pub fn number(
    operation: &Operation,
    (name, number): (&str, u64),
    (list, entries): (&str, usize),
) -> Evaluation {
    let wrong = (number != entries as u64).then(|| {
        let message = format!("{name:?} says {number}, but {list} has {entries} entries");
        observe(Rule::PageCount, operation, message)
            .because(entries.to_string(), number.to_string())
            .warning()
    });
    Evaluation::of(Rule::PageCount, wrong)
}

/// `filter-ignored`: members that were not asked for, or columns in another order than was asked for.
pub fn selected(operation: &Operation, asked: (&str, &[String]), got: &[String], is_row: bool) -> Evaluation {
    let (parameter, wanted) = asked;
    let is_right = if is_row { got == wanted } else { got.iter().all(|name| wanted.contains(name)) };
    let wrong = (!is_right).then(|| {
        let message = format!("{parameter}={} shows other members", wanted.join(","));
        observe(Rule::FilterIgnored, operation, message).because(wanted.join(", "), got.join(", ")).warning()
    });
    Evaluation::of(Rule::FilterIgnored, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sequence::any_operation;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::the_same(&["a"], &["a"], false, "filter-ignored")]
    #[case::fewer(&["a", "b"], &["b"], false, "filter-ignored")]
    #[case::more(&["a"], &["a", "b"], false, "filter-ignored!")]
    #[case::a_row(&["a", "b"], &["a", "b"], true, "filter-ignored")]
    #[case::a_row_in_another_order(&["a", "b"], &["b", "a"], true, "filter-ignored!")]
    fn members_are_selected(
        #[case] wanted: &[&str],
        #[case] got: &[&str],
        #[case] is_row: bool,
        #[case] told: &str,
    ) {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let seen = selected(&any_operation(), ("fields", &own(wanted)), &own(got), is_row);
        assert_eq!(seen.told(), told);
    }

    #[rstest]
    #[case(3, 3, "page-count")]
    #[case(3, 4, "page-count!")]
    fn numbers_of_lists(#[case] number_told: u64, #[case] entries: usize, #[case] told: &str) {
        assert_eq!(number(&any_operation(), ("total", number_told), ("list", entries)).told(), told);
    }

    #[rstest]
    #[case::up("n", false, json!([1, 2, 2, 3]), "sort-ignored")]
    #[case::wrong("n", false, json!([1, 3, 2]), "sort-ignored!")]
    #[case::down("-n", false, json!([3, 2, 1]), "sort-ignored")]
    #[case::few("n", false, json!([2, 1, 1]), "")]
    #[case::texts("n", false, json!(["a", "c", "b"]), "sort-ignored!")]
    #[case::case_counts("n", false, json!(["B", "a", "c"]), "sort-ignored")]
    #[case::case_does_not("n", false, json!(["a", "B", "c"]), "sort-ignored")]
    #[case::case_must_count("n", true, json!(["a", "B", "c"]), "sort-ignored!")]
    #[case::hyphens("n", false, json!(["a-z", "ab", "b"]), "sort-ignored")]
    #[case::numbers_in_texts("n", false, json!(["a2", "a10", "b1"]), "sort-ignored")]
    #[case::of_a_language("n", false, json!(["\u{e4}", "b", "a"]), "")]
    #[case::days("n", false, json!(["2026-01-01", "2026-03-01", "2026-02-01"]), "sort-ignored!")]
    #[case::mixed("n", false, json!(["a", 1, null]), "")]
    fn orders(#[case] order: &str, #[case] is_strict: bool, #[case] keys: Value, #[case] told: &str) {
        let keys = keys.as_array().unwrap();
        let seen = in_order(&any_operation(), "sort=n", (Order::of(order), is_strict), keys);
        assert_eq!(seen.told(), told);
    }
}
