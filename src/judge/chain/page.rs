//! The family `page`: limits, offsets, links, counts, filters and orders of lists.

use std::collections::HashSet;

use serde_json::Value;

use super::{brief, observe};
use crate::contract::{Operation, style};
use crate::judge::trial::Observation;
use crate::resource::{Filter, Keeps};
use crate::settings::state::member;

/// What a walk along the pages of a list met.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// Entries, page by page.
    pub pages: Vec<Vec<Value>>,
    /// Whether the last page was reached.
    pub is_complete: bool,
    /// Whether a link led to a page that was seen before.
    pub loops: bool,
    /// The total that the first page tells.
    pub count: Option<u64>,
}

impl Walk {
    /// All entries in their order.
    pub fn entries(&self) -> impl Iterator<Item = &Value> {
        self.pages.iter().flatten()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `page-limit`.
pub fn limit(list: &Operation, parameter: &str, limit: usize, got: usize) -> Option<Observation> {
    (got > limit).then(|| {
        let message = format!("{parameter}={limit} was answered with {got} entries");
        observe("page-limit", list, message).because(format!("at most {limit}"), got.to_string())
    })
}

/// `page-offset`: the page that passes over the first entry begins with the first entry. `name` is
/// how entries are told apart.
pub fn offset(
    list: &Operation,
    parameter: &str,
    whole: &[Value],
    got: &[Value],
    name: impl Fn(&Value) -> String,
) -> Option<Observation> {
    let (first, second) = (name(whole.first()?), name(whole.get(1)?));
    let begins = name(got.first()?);
    (begins == first && first != second).then(|| {
        let message = format!("{parameter} does not move the page");
        observe("page-offset", list, message).because(second, begins)
    })
}

/// `page-loop` and `page-overlap`, of one walk against what a list without pages holds.
pub fn walk(
    list: &Operation,
    walked: &Walk,
    whole: Option<&Walk>,
    name: impl Fn(&Value) -> String,
) -> Option<Observation> {
    if walked.loops {
        let message = "following the links comes back to a page that was already seen";
        return Some(
            observe("page-loop", list, message).because("a last page without a link", "a page again"),
        );
    }
    let mut seen = HashSet::new();
    if let Some(twice) = walked.entries().map(&name).find(|id| !seen.insert(id.clone())) {
        let message = format!("the entry {twice} stands on two pages");
        return Some(observe("page-overlap", list, message).because("each entry once", "twice"));
    }
    let whole = whole.filter(|whole| whole.is_complete && walked.is_complete)?;
    let left_out = whole.entries().map(&name).find(|id| !seen.contains(id))?;
    let message = format!("the entry {left_out} stands on no page");
    Some(observe("page-overlap", list, message).because("each entry once", "never"))
}

/// `page-count`.
pub fn count(list: &Operation, at: &str, whole: &Walk) -> Option<Observation> {
    let told = whole.count.filter(|_| whole.is_complete && !whole.loops)?;
    let first = whole.pages.first().map_or(0, Vec::len) as u64;
    if whole.pages.len() > 1 && told == first {
        // It counts the entries of a page.
        return None;
    }
    (told != whole.len() as u64).then(|| {
        let message = format!("the list tells of {told} entries and has {}", whole.len());
        observe("page-count", list, message).because(whole.len().to_string(), told.to_string()).inside(at)
    })
}

/// `page-link`.
pub fn link(list: &Operation, at: &str, link: &str, what: &str) -> Observation {
    observe("page-link", list, format!("a link between pages {what}")).because("a page", link).inside(at)
}

/// `filter-ignored`: an entry that the filter excludes.
pub fn filter(
    list: &Operation,
    filter: &Filter,
    value: &str,
    got: &[Value],
    other: &dyn Fn(&str) -> Option<String>,
) -> Option<Observation> {
    // A filter may look for a part of the text, whatever its case.
    let holds = |entry: &Value| match &filter.keeps {
        Keeps::Member(name) => member(entry, name)
            .is_some_and(|found| style::text(found).to_lowercase().contains(&value.to_lowercase())),
        Keeps::Choices { .. } => false,
    };
    let wrong = got.iter().find(|entry| filter.keeps(entry, value, other) == Some(false) && !holds(entry))?;
    let message = format!("{}={value} does not leave out what it excludes", filter.parameter);
    Some(observe("filter-ignored", list, message).because("only entries that fit", brief(wrong)))
}

/// `filter-ignored`: a search for what nothing holds finds everything. Where nobody told what is
/// searched, it may be one that looks for likeness: a warning.
pub fn search(
    list: &Operation,
    parameter: &str,
    is_told: bool,
    whole: usize,
    got: usize,
) -> Option<Observation> {
    (whole > 0 && got >= whole).then(|| {
        let message = format!("{parameter} finds everything, whatever is searched for");
        let seen = observe("filter-ignored", list, message).because("nothing", format!("{got} entries"));
        if is_told { seen } else { seen.warning() }
    })
}

/// `sort-ignored`: entries out of the order that was asked for.
pub fn sort(list: &Operation, parameter: &str, value: &str, got: &[Value]) -> Option<Observation> {
    let (name, descends) = match value.strip_prefix('-') {
        Some(name) => (name, true),
        None => (value, false),
    };
    let keys: Vec<&Value> = got.iter().filter_map(|entry| member(entry, name)).collect();
    // Where a server puts what has no value, and how it orders texts, is its own affair; numbers
    // and times have one order.
    let numbers: Option<Vec<f64>> = keys.iter().map(|key| key.as_f64()).collect();
    let texts: Option<Vec<&str>> = keys.iter().map(|key| key.as_str()).collect();
    let is_time = |text: &&str| text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-');
    let falls = |ordered: bool| if descends { !ordered } else { ordered };
    let wrong = match (numbers, texts) {
        (Some(numbers), _) => numbers.windows(2).any(
            |pair| matches!(pair, [one, other] if (one - other).abs() > f64::EPSILON && falls(one > other)),
        ),
        (None, Some(texts)) if texts.iter().all(is_time) => {
            texts.windows(2).any(|pair| matches!(pair, [one, other] if one != other && falls(one > other)))
        }
        _ => false,
    };
    wrong.then(|| {
        let shown: Vec<String> = keys.iter().take(5).map(|key| style::text(key)).collect();
        let message = format!("{parameter}={value} does not order the entries");
        observe("sort-ignored", list, message).because(value, shown.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn judged(check: impl Fn(&Operation) -> Option<Observation>) -> Option<&'static str> {
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": {"200": {}}}}}});
        let document = Document::of("t", tree);
        let (contract, _) = build("t", &document).unwrap();
        check(&contract.operations[0]).map(|seen| seen.rule)
    }

    fn walked(pages: &[Vec<i64>], is_complete: bool) -> Walk {
        let pages = pages.iter().map(|page| page.iter().map(|id| json!({ "id": id })).collect()).collect();
        Walk { pages, is_complete, ..Walk::default() }
    }

    #[rstest]
    #[case(vec![vec![1, 2], vec![3]], true, None)]
    #[case(vec![vec![1, 2], vec![2, 3]], true, Some("page-overlap"))]
    #[case(vec![vec![1, 2]], true, Some("page-overlap"))]
    #[case(vec![vec![1, 2]], false, None)]
    fn pages_hold_each_entry_once(
        #[case] pages: Vec<Vec<i64>>,
        #[case] is_complete: bool,
        #[case] rule: Option<&str>,
    ) {
        let whole = walked(&[vec![1, 2, 3]], true);
        let name = |entry: &Value| entry["id"].to_string();
        assert_eq!(judged(|list| walk(list, &walked(&pages, is_complete), Some(&whole), name)), rule);
    }

    #[rstest]
    #[case("n", &[1, 2, 2, 3], None)]
    #[case("n", &[2, 1], Some("sort-ignored"))]
    #[case("-n", &[2, 1], None)]
    #[case("-n", &[1, 2], Some("sort-ignored"))]
    fn orders(#[case] value: &str, #[case] numbers: &[i64], #[case] rule: Option<&str>) {
        let entries: Vec<Value> = numbers.iter().map(|n| json!({ "n": n })).collect();
        assert_eq!(judged(|list| sort(list, "sort", value, &entries)), rule);
    }
}
