//! The family `page`: limits, offsets, links, counts, filters and orders of lists.

use crate::rules::Rule;
use std::collections::HashSet;

use serde_json::Value;

use super::{brief, observe};
use crate::config::state::member;
use crate::contract::{Operation, parameter};
use crate::judge::Evaluation;
use crate::judge::exchange::Observation;
use crate::resources::{Filter, Identity, Keeps, Order};

/// What reading the pages of a list returned.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// Entries, page by page.
    pub pages: Vec<Vec<Value>>,
    /// Whether the last page was reached.
    pub is_complete: bool,
    /// Whether a link led to a page that was seen before.
    pub loops: bool,
    /// The total on the first page.
    pub count: Option<u64>,
    /// The total on each page.
    pub totals: Vec<Option<u64>>,
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
pub fn limit(list: &Operation, parameter: &str, limit: usize, got: usize) -> Evaluation {
    let longer = (got > limit).then(|| {
        let message = format!("{parameter}={limit} was answered with {got} entries");
        observe(Rule::PageLimit, list, message).because(format!("at most {limit}"), got.to_string())
    });
    Evaluation::of(Rule::PageLimit, longer)
}

/// `page-limit`: without a limit a page is no longer than the default says. Documents are often behind: a warning.
pub fn usual_limit(list: &Operation, parameter: &str, size: usize, got: usize) -> Evaluation {
    let longer = (got > size).then(|| {
        let message = format!("without {parameter}, whose default is {size}, {got} entries were answered");
        observe(Rule::PageLimit, list, message).because(format!("at most {size}"), got.to_string()).warning()
    });
    Evaluation::of(Rule::PageLimit, longer)
}

/// `page-offset`: a page holds other entries than the whole list has there. The order of a list may not be a fixed one:
/// a warning.
pub fn elsewhere(list: &Operation, asked: &str, wanted: &[String], found: &[String]) -> Evaluation {
    let other = (wanted != found).then(|| {
        let message = format!("{asked} returns other entries than the whole list has there");
        observe(Rule::PageOffset, list, message).because(wanted.join(", "), found.join(", ")).warning()
    });
    Evaluation::of(Rule::PageOffset, other)
}

/// `page-offset`: a page beyond the last has entries. Some servers show the last one instead: a warning.
pub fn beyond(list: &Operation, parameter: &str, got: usize) -> Evaluation {
    let some = (got > 0).then(|| {
        let message = format!("a page far beyond the last one has entries ({parameter})");
        observe(Rule::PageOffset, list, message).because("no entries", got.to_string()).warning()
    });
    Evaluation::of(Rule::PageOffset, some)
}

/// `page-offset`: the page that passes over the first entry begins with the first entry. `name` is
/// how entries are distinguished.
pub fn offset(
    list: &Operation,
    parameter: &str,
    whole: &[Value],
    got: &[Value],
    name: impl Fn(&Value) -> String,
) -> Evaluation {
    let ([first, second, ..], [begins, ..]) = (whole, got) else { return Evaluation::default() };
    let (first, second, begins) = (name(first), name(second), name(begins));
    if first == second {
        return Evaluation::default();
    }
    let still = (begins == first).then(|| {
        let message = format!("{parameter} does not move the page");
        observe(Rule::PageOffset, list, message).because(second, begins)
    });
    Evaluation::of(Rule::PageOffset, still)
}

/// `page-loop` and `page-overlap`, of one walk against what a list without pages holds. One page
/// alone gives no occasion. `identity` distinguishes entries; without one only the pages are checked.
pub fn walk(
    list: &Operation,
    walked: &Walk,
    whole: Option<&Walk>,
    identity: Option<&Identity>,
) -> Evaluation {
    if walked.loops {
        let message = "following the links leads back to a page that was already seen";
        return observe(Rule::PageLoop, list, message)
            .because("a last page without a link", "a page again")
            .into();
    }
    let mut evaluation = Evaluation::default();
    if walked.pages.len() > 1 {
        evaluation.looks(Rule::PageLoop);
    }
    let Some(identity) = identity else { return evaluation };
    if walked.pages.len() > 1 {
        evaluation.looks(Rule::PageOverlap);
    }
    let mut known = HashSet::new();
    if let Some(twice) = walked.entries().find(|entry| !known.insert(identity.mark(entry))) {
        let message = format!("the entry {} is on two pages", identity.name(twice));
        evaluation.saw(observe(Rule::PageOverlap, list, message).because("each entry once", "twice"));
        return evaluation;
    }
    let names: HashSet<String> = walked.entries().map(|entry| identity.name(entry)).collect();
    let whole = whole.filter(|whole| whole.is_complete && walked.is_complete);
    let left_out =
        |whole: &Walk| whole.entries().map(|e| identity.name(e)).find(|name| !names.contains(name));
    if let Some(left_out) = whole.and_then(left_out) {
        let message = format!("the entry {left_out} is on no page");
        evaluation.saw(observe(Rule::PageOverlap, list, message).because("each entry once", "never"));
    }
    evaluation
}

/// `page-count`.
pub fn count(list: &Operation, at: &str, whole: &Walk) -> Evaluation {
    let Some(told) = whole.count.filter(|_| whole.is_complete && !whole.loops) else {
        return Evaluation::default();
    };
    let first = whole.pages.first().map_or(0, Vec::len) as u64;
    if whole.pages.len() > 1 && told == first {
        // It counts the entries of a page.
        return Evaluation::default();
    }
    let wrong = (told != whole.len() as u64).then(|| {
        let message = format!("the list says that it has {told} entries but has {}", whole.len());
        placed(observe(Rule::PageCount, list, message).because(whole.len().to_string(), told.to_string()), at)
    });
    Evaluation::of(Rule::PageCount, wrong)
}

/// `page-count`, of the totals on the pages of a list that has so many entries in all. What is the same as the number
/// of entries on the page counts those: a warning.
pub fn totals(list: &Operation, at: &str, walked: &Walk, whole: usize) -> Evaluation {
    let told =
        walked.totals.iter().zip(&walked.pages).filter_map(|(total, page)| Some(((*total)?, page.len())));
    let mut told = told.peekable();
    if told.peek().is_none() {
        return Evaluation::default();
    }
    let wrong = told.find(|(total, _)| *total != whole as u64).map(|(total, shown)| {
        let message =
            format!("a page of the list says that there are {total} entries, but all pages have {whole}");
        let seen =
            placed(observe(Rule::PageCount, list, message).because(whole.to_string(), total.to_string()), at);
        if total == shown as u64 { seen.warning() } else { seen }
    });
    Evaluation::of(Rule::PageCount, wrong)
}

/// An observation at a member of the body, by JSON pointer, or at a header field.
fn placed(mut observation: Observation, at: &str) -> Observation {
    if at.is_empty() || at.starts_with('/') {
        return observation.inside(at);
    }
    observation.at = format!("response.headers.{}", at.to_ascii_lowercase());
    observation
}

/// `page-link`. `at` is a JSON pointer, or the name of a header field.
pub fn link(list: &Operation, at: &str, link: &str, what: &str) -> Evaluation {
    placed(observe(Rule::PageLink, list, format!("a link between pages {what}")).because("a page", link), at)
        .into()
}

/// `filter-ignored`: an entry that the filter excludes. If it is unknown for every entry whether
/// it is excluded, nothing is looked at.
pub fn filter(
    list: &Operation,
    filter: &Filter,
    value: &str,
    got: &[Value],
    other: &dyn Fn(&str) -> Option<String>,
) -> Evaluation {
    // A filter may look for a part of the text, whatever its case.
    let holds = |entry: &Value| match &filter.keeps {
        Keeps::Member(name) => member(entry, name)
            .is_some_and(|found| parameter::text(found).to_lowercase().contains(&value.to_lowercase())),
        Keeps::Choices { .. } => false,
    };
    if !got.is_empty() && got.iter().all(|entry| filter.keeps(entry, value, other).is_none()) {
        return Evaluation::default();
    }
    let wrong = got.iter().find(|entry| filter.keeps(entry, value, other) == Some(false) && !holds(entry));
    let wrong = wrong.map(|wrong| {
        let message = format!("{}={value} returns entries that it should exclude", filter.parameter);
        observe(Rule::FilterIgnored, list, message).because("only entries that match", brief(wrong))
    });
    Evaluation::of(Rule::FilterIgnored, wrong)
}

/// `filter-ignored`: a search for what nothing holds finds everything. If nobody said what is
/// searched, it may be one that looks for likeness: a warning.
pub fn search(list: &Operation, parameter: &str, is_told: bool, whole: usize, got: usize) -> Evaluation {
    if whole == 0 {
        return Evaluation::default();
    }
    let all = (got >= whole).then(|| {
        let message = format!("{parameter} returns every entry, whatever is searched for");
        let seen = observe(Rule::FilterIgnored, list, message).because("nothing", format!("{got} entries"));
        if is_told { seen } else { seen.warning() }
    });
    Evaluation::of(Rule::FilterIgnored, all)
}

/// `sort-ignored`: entries out of the order that was asked for. Entries that are all alike are in
/// every order, and show none.
pub fn sort(list: &Operation, parameter: &str, value: &str, got: &[Value]) -> Evaluation {
    let Order { member: name, descends } = Order::of(value);
    let keys: Vec<&Value> = got.iter().filter_map(|entry| member(entry, name)).collect();
    // Where a server puts what has no value, and how it orders texts, is its own affair; numbers
    // and times have one order.
    let numbers: Option<Vec<f64>> = keys.iter().map(|key| key.as_f64()).collect();
    let texts: Option<Vec<&str>> = keys.iter().map(|key| key.as_str()).collect();
    let is_time = |text: &&str| text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-');
    // Whether each step between two that differ goes down.
    let falls: Vec<bool> = match (numbers, texts) {
        (Some(numbers), _) => numbers
            .windows(2)
            .filter_map(|pair| match pair {
                [one, other] if (one - other).abs() > f64::EPSILON => Some(one > other),
                _ => None,
            })
            .collect(),
        (None, Some(texts)) if texts.iter().all(is_time) => texts
            .windows(2)
            .filter_map(|pair| match pair {
                [one, other] if one != other => Some(one > other),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    if falls.is_empty() {
        return Evaluation::default();
    }
    let wrong = falls.iter().any(|falls| *falls != descends).then(|| {
        let shown: Vec<String> = keys.iter().take(5).map(|key| parameter::text(key)).collect();
        let message = format!("{parameter}={value} does not sort the entries");
        observe(Rule::SortIgnored, list, message).because(value, shown.join(", "))
    });
    Evaluation::of(Rule::SortIgnored, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sequence::any_operation;
    use rstest::rstest;
    use serde_json::json;

    fn walked(pages: &[Vec<i64>], is_complete: bool) -> Walk {
        let pages = pages.iter().map(|page| page.iter().map(|id| json!({ "id": id })).collect()).collect();
        Walk { pages, is_complete, ..Walk::default() }
    }

    #[rstest]
    #[case(vec![vec![1, 2], vec![3]], true, "page-loop page-overlap")]
    #[case(vec![vec![1, 2], vec![2, 3]], true, "page-loop page-overlap!")]
    #[case(vec![vec![1, 2]], true, "page-overlap!")]
    #[case(vec![vec![1, 2]], false, "")]
    #[case(vec![vec![1, 2, 3]], true, "")]
    fn pages_hold_each_entry_once(
        #[case] pages: Vec<Vec<i64>>,
        #[case] is_complete: bool,
        #[case] told: &str,
    ) {
        let whole = walked(&[vec![1, 2, 3]], true);
        let by_id = Identity::Id("id".to_owned());
        let evaluation = walk(&any_operation(), &walked(&pages, is_complete), Some(&whole), Some(&by_id));
        assert_eq!(evaluation.told(), told);
    }

    #[test]
    fn a_walk_counts_its_entries() {
        let some = walked(&[vec![1, 2], vec![], vec![3]], true);
        assert_eq!((some.len(), some.is_empty(), walked(&[vec![]], true).is_empty()), (3, false, true));
    }

    /// How a server orders texts is its own affair, however long they are.
    #[test]
    fn long_texts_are_no_times() {
        let got =
            ["zebra crossing", "aardvark house", "middle of a street"].map(|name| json!({ "name": name }));
        assert!(!sort(&any_operation(), "sort", "name", &got).told().contains('!'));
        let got = ["2026-01-03", "2026-01-01", "2026-01-02"].map(|name| json!({ "name": name }));
        assert!(sort(&any_operation(), "sort", "name", &got).told().contains('!'));
    }

    #[test]
    fn a_walk_in_circles_shows_nothing_else() {
        let circle = Walk { loops: true, ..walked(&[vec![1], vec![1]], false) };
        let evaluation = walk(&any_operation(), &circle, None, None);
        assert_eq!(evaluation.told(), "page-loop!");
    }

    #[rstest]
    #[case::an_id(Some(Identity::Id("id".to_owned())), "page-loop page-overlap!")]
    #[case::a_name(Some(Identity::Name("id".to_owned())), "page-loop page-overlap")]
    #[case::all_of_it(Some(Identity::Whole), "page-loop page-overlap")]
    #[case::nothing(None, "page-loop")]
    fn entries_that_share_a_name_need_not_be_one(#[case] identity: Option<Identity>, #[case] told: &str) {
        let pages = vec![vec![json!({"id": 1, "day": 1})], vec![json!({"id": 1, "day": 2})]];
        let walked = Walk { pages, is_complete: true, ..Walk::default() };
        assert_eq!(walk(&any_operation(), &walked, None, identity.as_ref()).told(), told);
    }

    #[rstest]
    #[case(&[1, 2], &[2], "page-offset")]
    #[case(&[1, 2], &[1], "page-offset!")]
    #[case(&[1, 1], &[1], "")]
    #[case(&[1], &[1], "")]
    #[case(&[1, 2], &[], "")]
    fn offsets(#[case] whole: &[i64], #[case] got: &[i64], #[case] told: &str) {
        let of = |ids: &[i64]| ids.iter().map(|id| json!(id)).collect::<Vec<Value>>();
        let evaluation = offset(&any_operation(), "offset", &of(whole), &of(got), ToString::to_string);
        assert_eq!(evaluation.told(), told);
    }

    #[rstest]
    #[case(Some(3), true, "page-count")]
    #[case(Some(4), true, "page-count!")]
    #[case(Some(2), true, "")]
    #[case(Some(4), false, "")]
    #[case(None, true, "")]
    fn counts(#[case] told_count: Option<u64>, #[case] is_complete: bool, #[case] told: &str) {
        let whole = Walk { count: told_count, ..walked(&[vec![1, 2], vec![3]], is_complete) };
        assert_eq!(count(&any_operation(), "/count", &whole).told(), told);
    }

    #[rstest]
    #[case(&[Some(3), Some(3)], "page-count")]
    #[case(&[Some(3), Some(4)], "page-count!")]
    #[case(&[Some(2), None], "page-count!")]
    #[case(&[None, None], "")]
    fn totals_are_of_all_pages(#[case] told_totals: &[Option<u64>], #[case] told: &str) {
        let walked = Walk { totals: told_totals.to_vec(), ..walked(&[vec![1, 2], vec![3]], true) };
        assert_eq!(totals(&any_operation(), "X-Total", &walked, 3).told(), told);
    }

    #[rstest]
    #[case(json!([{"kind": "a"}]), "filter-ignored")]
    #[case(json!([{"kind": "a"}, {"kind": "b"}]), "filter-ignored!")]
    #[case(json!([{"other": "b"}]), "")]
    #[case(json!([]), "filter-ignored")]
    fn filters(#[case] got: Value, #[case] told: &str) {
        let by_kind =
            Filter { parameter: "kind".to_owned(), keeps: Keeps::Member("kind".to_owned()), is_list: false };
        let got = got.as_array().cloned().unwrap_or_default();
        assert_eq!(filter(&any_operation(), &by_kind, "a", &got, &|_| None).told(), told);
    }

    #[rstest]
    #[case(2, 0, "filter-ignored")]
    #[case(2, 2, "filter-ignored!")]
    #[case(0, 0, "")]
    fn searches(#[case] whole: usize, #[case] got: usize, #[case] told: &str) {
        assert_eq!(search(&any_operation(), "search", true, whole, got).told(), told);
    }

    #[rstest]
    #[case("n", json!([1, 2, 2, 3]), "sort-ignored")]
    #[case("n", json!([2, 1]), "sort-ignored!")]
    #[case("-n", json!([2, 1]), "sort-ignored")]
    #[case("-n", json!([1, 2]), "sort-ignored!")]
    #[case("n", json!(["2026-01-01", "2026-01-02"]), "sort-ignored")]
    #[case("n", json!(["2026-01-02", "2026-01-01"]), "sort-ignored!")]
    #[case("n", json!(["b", "a"]), "")]
    #[case("n", json!([2, 2]), "")]
    #[case("n", json!([1]), "")]
    fn orders(#[case] value: &str, #[case] keys: Value, #[case] told: &str) {
        let entries: Vec<Value> = keys.as_array().unwrap().iter().map(|n| json!({ "n": n })).collect();
        assert_eq!(sort(&any_operation(), "sort", value, &entries).told(), told);
    }
}
