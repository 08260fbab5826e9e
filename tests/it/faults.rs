//! The healthy half of the master test: a mock without lies gives no finding, and each rule says where it
//! looked. The other half is `lies`.

use std::collections::BTreeSet;
use std::time::Duration;

use counterpart::mock::faults;
use counterpart::rules::{Family, Rule};
use counterpart::run::{AccessVerdict, Severity, Verdict};
use rstest::rstest;

use crate::lies::{ABOUT_CALLBACKS, NOT_ABOUT_ANSWERS};
use crate::support::{Api, CORE7, SHOP, self_describing};

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
    ("other-owner-accepted", "nothing is private to its owner"),
])]
#[case::shop(SHOP, &[
    ("action-not-kept", "no action is told of"),
    ("format-ignored", "no parameter names a media type"),
    ("scope-challenge", "only a bearer token can lack a scope"),
])]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_where_it_looked(#[case] document: &str, #[case] without: &[(&str, &str)]) {
    let api = Api::of(document);
    let mock = api.mock(&[]).await;
    let (run, _) = api.check_slow(&mock.url, Some(Duration::from_mins(10))).await;
    let looked = |rule: Rule, id: &str| {
        let result = run.operations.iter().find(|result| result.operation == id);
        result.expect("each operation has a result").looked.contains(&rule)
    };
    let ids = || api.contract.operations.iter().map(|operation| operation.id.as_str());
    let never = Rule::ALL.iter().filter(|rule| !ids().any(|id| looked(**rule, id)));
    let never: BTreeSet<&str> = never.map(|rule| rule.name()).collect();
    // Nobody listens for callbacks here.
    let is_apart = |family: Family| NOT_ABOUT_ANSWERS.contains(&family) || family == ABOUT_CALLBACKS;
    let apart = Rule::ALL.iter().filter(|rule| is_apart(rule.family()));
    let expected: BTreeSet<&str> =
        apart.map(|rule| rule.name()).chain(without.iter().map(|(rule, _)| *rule)).collect();
    assert_eq!(never, expected);

    let mut silent = Vec::new();
    let is_given = |rule: &Rule| !without.iter().any(|(known, _)| *known == rule.name());
    for rule in faults::rules().filter(is_given) {
        for operation in &api.contract.operations {
            let could = faults::has_occasion(rule, operation, &api.resources);
            if could && !looked(rule, &operation.id) {
                silent.push((rule.name(), operation.id.as_str()));
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
    let families: Vec<_> = run.findings.iter().map(|finding| finding.rule.family()).collect();
    let expected = |family: &Family| [Family::State, Family::Page].contains(family);
    assert!(!families.is_empty() && families.iter().all(expected), "{:#?}", run.findings);
    assert_eq!(code, 1);
    let (run, code) = api.check_without(&mock.url, &self_describing(), &["state", "page"]).await;
    assert!(run.findings.is_empty(), "{:#?}", run.findings);
    assert_eq!(code, 0);
}
