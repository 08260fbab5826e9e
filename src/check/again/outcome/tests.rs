use rstest::rstest;

use super::*;
use crate::run::policy::tests::run;
use crate::run::policy::{self, Policy};
use crate::run::{Finding, Severity, Untested};

fn sought(rule: Option<Rule>, class: u16) -> Sought {
    let operations = vec!["list".to_owned()];
    Sought { id: "1".to_owned(), document: "shop".to_owned(), rule, class, operations }
}

fn narrowed(
    finding: Option<&str>,
    sought: &Sought,
    is_cut_short: bool,
    change: impl FnOnce(&mut Run),
) -> (Run, u8) {
    let mut run = run();
    let bare =
        |id: &str| Finding::bare(id.to_owned(), Rule::BodySchema, Severity::Warning, "list", String::new());
    run.findings = finding.into_iter().chain(["another"]).map(bare).collect();
    let operation = &mut run.operations[0];
    operation.verdict = Verdict::Conforms;
    operation.statuses.insert("200".to_owned(), 3);
    change(&mut run);
    narrow(&mut run, std::slice::from_ref(sought), is_cut_short);
    let policy = Policy::default().about_findings();
    policy::apply(&mut run, &policy);
    let code = policy::exit_code(&run, &policy);
    (run, code)
}

/// A warning counts like an error: it is what the run was about.
#[rstest]
#[case::found(Some("1"), 2, RetryResult::Found, 1)]
#[case::gone(None, 2, RetryResult::Gone, 0)]
#[case::another_class(None, 4, RetryResult::NotTried, 4)]
fn the_run_is_about_the_finding_alone(
    #[case] finding: Option<&str>,
    #[case] class: u16,
    #[case] result: RetryResult,
    #[case] code: u8,
) {
    let (run, exit) = narrowed(finding, &sought(Some(Rule::BodySchema), class), false, |_| ());
    assert_eq!((run.retried[0].result, exit), (result, code));
    let ids: Vec<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, finding.into_iter().collect::<Vec<_>>());
}

/// Nothing that was not looked at is called gone.
#[rstest]
#[case::not_looked(sought(Some(Rule::PageLimit), 2), false, "no response showed it")]
#[case::cut_short(sought(Some(Rule::BodySchema), 2), true, "the run ended before")]
#[case::class(sought(Some(Rule::BodySchema), 4), false, "no response with a status 4xx came")]
fn what_was_not_tried_is_not_gone(#[case] sought: Sought, #[case] is_cut_short: bool, #[case] why: &str) {
    let (run, exit) = narrowed(None, &sought, is_cut_short, |_| ());
    assert_eq!((run.retried[0].why.as_deref(), exit), (Some(why), 4));
    assert_eq!(run.operations[0].verdict, Verdict::Inconclusive);
}

#[test]
fn the_reason_is_the_operations_own() {
    let sought = sought(Some(Rule::PageLimit), 2);
    let untested = Untested::new(Rule::PageLimit, "the list is empty");
    let (run, _) = narrowed(None, &sought, false, |run| run.operations[0].untested.push(untested));
    assert_eq!(run.retried[0].why.as_deref(), Some("the list is empty"));
}

#[test]
fn an_operation_that_is_skipped_was_not_tried() {
    let (run, exit) = narrowed(None, &sought(Some(Rule::BodySchema), 2), false, |run| {
        let operation = &mut run.operations[0];
        (operation.verdict, operation.why) = (Verdict::Skipped, Some("--skip".to_owned()));
    });
    assert_eq!((run.retried[0].why.as_deref(), exit), (Some("--skip"), 4));
}

/// Where nothing says what the finding is about, all of it must have been seen.
#[rstest]
#[case(Verdict::Conforms, RetryResult::Gone)]
#[case(Verdict::Inconclusive, RetryResult::NotTried)]
fn an_unknown_finding_is_gone_after_a_whole_run(#[case] verdict: Verdict, #[case] result: RetryResult) {
    let unknown = Sought { operations: Vec::new(), ..sought(None, 0) };
    let (run, _) = narrowed(None, &unknown, false, |run| run.operations[0].verdict = verdict);
    assert_eq!(run.retried[0].result, result);
}
