//! The master test: a healthy mock gives no finding, and each lie gives exactly its own. What it
//! saw is the table of `docs/rules.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use counterpart::mock::faults;
use counterpart::rules;
use counterpart::run::{AccessVerdict, Severity, Verdict};
use rstest::rstest;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::{Api, CORE7, SHOP, root, self_describing};

#[rstest]
#[case::core7(CORE7)]
#[case::shop(SHOP)]
#[case::published("specs/core-7.published.json")]
#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_mock_gives_no_finding(#[case] document: &str) {
    let api = Api::of(document);
    let mock = api.mock(&[]).await;
    let (run, code) = api.check(&mock.url, &self_describing()).await;
    // The published document tells less than is answered, which is warned of.
    let published = document.ends_with("published.json");
    let findings: Vec<_> = run
        .findings
        .iter()
        .filter(|finding| !published || finding.severity == Severity::Error)
        .map(|finding| (finding.rule, &finding.operation, &finding.message, &finding.actual))
        .collect();
    assert!(findings.is_empty(), "{findings:#?}");
    let open: Vec<_> = run.operations.iter().filter(|o| o.verdict != Verdict::Conforms).collect();
    assert!(open.is_empty(), "{open:#?}");
    let untested: Vec<_> = run.operations.iter().flat_map(|operation| &operation.untested).collect();
    assert!(untested.is_empty() || document != CORE7, "{untested:#?}");
    assert!(run.access.iter().all(|case| case.verdict == AccessVerdict::Ok));
    assert!(run.leftovers.is_empty(), "{:?}", run.leftovers);
    assert_eq!(code, 0);
}

/// Where a lie could be told and the healthy mock gives no occasion all the same, with the reason.
const NO_OCCASION: &[(&str, &str, &str)] = &[
    ("header-schema", "status", "the header is optional, and is not sent"),
    ("location-broken", "annotations_create", "a create need not send its address, and this one does not"),
    ("location-broken", "cohorts_create", "a create need not send its address, and this one does not"),
    ("page-link", "comments_list", "all comments stand on one page, and no parameter makes it smaller"),
    ("page-loop", "comments_list", "all comments stand on one page, and no parameter makes it smaller"),
    ("page-overlap", "comments_list", "all comments stand on one page, and no parameter makes it smaller"),
];

/// A rule that finds a lie at an operation says there that it looked where there is none, so that a
/// rule that forgets to say so is seen. What a document gives no occasion for is named.
#[rstest]
#[case::core7(CORE7, &[
    ("header-missing", "no header is required but those that HTTP's own rules judge"),
    ("replace-merged", "nothing is replaced by PUT"),
    ("location-broken", "no create sends an address"),
    ("sort-ignored", "no list takes an order"),
])]
#[case::shop(SHOP, &[
    ("refused-method-had-effect", "no method is documented as refused"),
    ("action-not-kept", "no action is told of"),
    ("format-ignored", "no parameter names a media type"),
])]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_where_it_looked(#[case] document: &str, #[case] without: &[(&str, &str)]) {
    let api = Api::of(document);
    let mock = api.mock(&[]).await;
    let (run, _) = api.check_slow(&mock.url, Some(Duration::from_mins(10))).await;
    let looked = |rule: &str, index: usize| run.operations[index].rules.contains(&rule);
    let indices = || api.contract.operations.iter().map(|operation| operation.index);
    let never = rules::CATALOGUE.iter().filter(|rule| !indices().any(|index| looked(rule.name, index)));
    let never: BTreeSet<&str> = never.map(|rule| rule.name).collect();
    let apart = rules::CATALOGUE.iter().filter(|rule| NOT_ABOUT_ANSWERS.contains(&rule.family));
    let expected: BTreeSet<&str> =
        apart.map(|rule| rule.name).chain(without.iter().map(|(rule, _)| *rule)).collect();
    assert_eq!(never, expected);

    let mut silent = Vec::new();
    for rule in faults::rules() {
        for operation in &api.contract.operations {
            let could = faults::has_occasion(rule, operation, &api.resources);
            if could && !looked(rule, operation.index) {
                silent.push((rule, operation.id.as_str()));
            }
        }
    }
    let is_known = |known: &(&str, &str)| NO_OCCASION.iter().any(|(r, o, _)| (*r, *o) == *known);
    assert!(silent.iter().all(is_known), "{silent:?}");
    let here = NO_OCCASION.iter().filter(|(_, id, _)| api.contract.operation(id).is_some());
    assert_eq!(here.count(), silent.len(), "{silent:?}");
}

/// A mock that only replays keeps no state and cuts no pages, which is all that may be found on it.
#[tokio::test(flavor = "multi_thread")]
async fn plain_replay_gives_findings_of_state_and_pages_alone() {
    let api = Api::of(CORE7);
    let mock = api.replay().await;
    let (run, code) = api.check(&mock.url, &self_describing()).await;
    let families: Vec<_> =
        run.findings.iter().filter_map(|f| rules::rule(f.rule)).map(|rule| rule.family).collect();
    let expected = |family: &&str| ["state", "page"].contains(family);
    assert!(!families.is_empty() && families.iter().all(expected), "{:#?}", run.findings);
    assert_eq!(code, 1);
    let (run, code) = api.check_without(&mock.url, &self_describing(), &["state", "page"]).await;
    assert!(run.findings.is_empty(), "{:#?}", run.findings);
    assert_eq!(code, 0);
}

/// What came of one lie.
struct Told {
    rule: &'static str,
    document: &'static str,
    /// What else, or what instead, was found; empty where it was just the rule.
    wrong: Option<String>,
}

/// Every lie on every operation that gives occasion for it: that rule as an error or a warning on
/// that operation, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn each_lie_gives_exactly_its_finding() {
    let mut lies = JoinSet::new();
    // A few at a time, so that no answer is slow for want of a processor.
    let places = Arc::new(Semaphore::new(4));
    for document in [CORE7, SHOP] {
        let api = Arc::new(Api::of(document));
        for rule in faults::rules() {
            let operations = &api.contract.operations;
            for operation in operations.iter().filter(|o| faults::has_occasion(rule, o, &api.resources)) {
                let (api, id) = (Arc::clone(&api), operation.id.clone());
                let places = Arc::clone(&places);
                lies.spawn(async move {
                    let _place = places.acquire().await;
                    Told { rule, document, wrong: tell(&api, rule, &id).await }
                });
            }
        }
    }
    let told = lies.join_all().await;
    let wrong: Vec<&str> = told.iter().filter_map(|lie| lie.wrong.as_deref()).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), told.len(), wrong.join("\n"));
    let mut noisy: Vec<&str> = Vec::new();
    for document in [CORE7, SHOP] {
        let api = Api::of(document);
        let mock = api.mock(&[]).await;
        let (run, _) = api.check(&mock.url, &self_describing()).await;
        noisy.extend(run.findings.iter().map(|finding| finding.rule));
    }
    hold_the_table(&told, &noisy);
}

async fn tell(api: &Api, rule: &str, operation: &str) -> Option<String> {
    let lie = faults::parse(&format!("{rule}@{operation}"), &api.contract, &api.resources).expect("a fault");
    let mock = api.mock(&[lie]).await;
    let slow = (rule == "response-slow").then_some(Duration::from_secs(1));
    let (run, code) = api.check_slow(&mock.url, slow).await;
    let found: Vec<(&str, &str)> =
        run.findings.iter().map(|finding| (finding.rule, finding.operation.as_str())).collect();
    let exact = !found.is_empty() && found.iter().all(|found| *found == (rule, operation));
    let is_error = run.findings.iter().any(|finding| finding.severity == Severity::Error);
    let fails = code == u8::from(is_error) || !is_error;
    (!exact || !fails).then(|| format!("{rule}@{operation}: {found:?}, exit {code}"))
}

/// Rules that are not about what a target answers, and have no lie.
const NOT_ABOUT_ANSWERS: &[&str] = &["snapshot", "waiver"];

/// Writes, or holds against the file, the table of all rules.
fn hold_the_table(told: &[Told], noisy: &[&str]) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for lie in told {
        *counts.entry((lie.rule, lie.document)).or_default() += 1;
    }
    let mut text = String::from(
        "# Rules\n\nMade by `tests/it/faults.rs`, which tells every lie on every operation that gives occasion for \
         it\nand demands just that finding, and runs the healthy mock, which must give none.\n\
         `counterpart explain RULE` says what a rule means; `counterpart mock --fault RULE@OPERATION` tells the \
         lie.\n\n| rule | severity | lies told on Core-7 | on the shop | found | silent when healthy |\n\
         |---|---|---|---|---|---|\n",
    );
    let mut without = Vec::new();
    for rule in rules::CATALOGUE {
        let count = |document| counts.get(&(rule.name, document)).copied().unwrap_or(0);
        let (core7, shop) = (count(CORE7), count(SHOP));
        if core7 + shop == 0 {
            without.push(rule);
            continue;
        }
        let severity = if rule.severity == Severity::Error { "error" } else { "warning" };
        let found = told.iter().filter(|lie| lie.rule == rule.name && lie.wrong.is_none()).count();
        let silent = if noisy.contains(&rule.name) { "no" } else { "yes" };
        let _ = writeln!(text, "| `{}` | {severity} | {core7} | {shop} | {found} | {silent} |", rule.name);
    }
    text.push_str("\nWithout a lie:\n\n");
    for rule in &without {
        let _ = writeln!(text, "- `{}`: {}", rule.name, rule.summary);
    }
    let path = root().join("docs/rules.md");
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        #[expect(clippy::disallowed_methods, reason = "as insta does, which is asked the same way")]
        let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
        assert!(updates, "docs/rules.md is out of date: run with INSTA_UPDATE=always");
        std::fs::write(&path, &text).expect("a writable file");
    }
    let unlied: Vec<&str> = without
        .iter()
        .filter(|rule| !NOT_ABOUT_ANSWERS.contains(&rule.family))
        .map(|rule| rule.name)
        .collect();
    assert!(unlied.is_empty(), "every rule about the target has its lie: {unlied:?}");
}
