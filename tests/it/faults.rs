//! The master test: the healthy mock gives no finding, and each lie gives exactly its own.

use std::sync::Arc;

use counterpart::mock::fault;
use counterpart::rules;
use counterpart::run::{AccessVerdict, Severity, Verdict};

use tokio::task::JoinSet;

use crate::support::{Core7, DOCUMENT, self_describing};

#[tokio::test(flavor = "multi_thread")]
async fn the_healthy_mock_gives_no_finding() {
    for document in [DOCUMENT, "specs/core-7.published.json"] {
        let core7 = Core7::of(document);
        let mock = core7.mock(&[]).await;
        let (run, code) = core7.check(&mock.url, &self_describing()).await;
        let findings: Vec<_> = run
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error || document == DOCUMENT)
            .map(|finding| (finding.rule, &finding.operation, &finding.message))
            .collect();
        assert!(findings.is_empty(), "{document}: {findings:#?}");
        let open: Vec<_> = run.operations.iter().filter(|o| o.verdict != Verdict::Conforms).collect();
        assert!(open.is_empty(), "{document}: {open:#?}");
        assert!(run.access.iter().all(|case| case.verdict == AccessVerdict::Ok), "{document}");
        assert_eq!(code, 0, "{document}");
    }
}

/// A mock that only replays keeps no state, which is all that may be found on it.
#[tokio::test(flavor = "multi_thread")]
async fn plain_replay_gives_findings_about_state_alone() {
    let core7 = Core7::load();
    let mock = core7.mock(&[]).await;
    let (run, code) = core7.check_without(&mock.url, &self_describing(), &[]).await;
    let families: Vec<_> =
        run.findings.iter().filter_map(|f| rules::rule(f.rule)).map(|rule| rule.family).collect();
    assert!(!families.is_empty() && families.iter().all(|family| *family == "state"), "{families:?}");
    assert_eq!(code, 1);
}

/// Every lie on every operation that gives occasion for it: that rule as an error or a warning on
/// that operation, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn each_lie_gives_exactly_its_finding() {
    let core7 = Arc::new(Core7::load());
    let mut lies = JoinSet::new();
    for rule in fault::rules() {
        for operation in
            core7.contract.operations.iter().filter(|operation| fault::has_occasion(rule, operation))
        {
            let (core7, operation) = (Arc::clone(&core7), operation.id.clone());
            lies.spawn(async move {
                let lie =
                    fault::parse(&format!("{rule}@{operation}"), &core7.contract).expect("a known fault");
                let mock = core7.mock(&[lie]).await;
                let (run, code) = core7.check(&mock.url, &self_describing()).await;
                let found: Vec<(&str, &str)> =
                    run.findings.iter().map(|finding| (finding.rule, finding.operation.as_str())).collect();
                let exact =
                    !found.is_empty() && found.iter().all(|found| *found == (rule, operation.as_str()));
                let is_error = run.findings.iter().any(|finding| finding.severity == Severity::Error);
                let fails = code == u8::from(is_error) || !is_error;
                (!exact || !fails).then(|| format!("{rule}@{operation}: {found:?}, exit {code}"))
            });
        }
    }
    let told = lies.len();
    let wrong: Vec<String> = lies.join_all().await.into_iter().flatten().collect();
    assert!(told > 150, "only {told} lies were told");
    assert!(wrong.is_empty(), "{} of {told}:\n{}", wrong.len(), wrong.join("\n"));
}
