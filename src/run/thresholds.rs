//! `--deny untested` and `--min-coverage`: what a run must have looked at.

use std::fmt::Write as _;

use super::{OperationResult, PointKind, Run, Verdict, never_seen};

/// Points that are named; further ones are counted.
const MAX_NAMED: usize = 5;

/// What a run must have looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Thresholds {
    /// What could not be tested fails the run.
    pub deny_untested: bool,
    /// How much of the document's points must be seen, in percent.
    pub min_coverage: Option<f64>,
}

/// What a run did not look at and should have; empty where nothing is wrong. A run about single findings looks at
/// nothing else.
pub fn complaints(run: &Run, thresholds: Thresholds) -> Vec<String> {
    if !run.retried.is_empty() {
        return Vec::new();
    }
    let untested = thresholds.deny_untested.then(|| untested(run)).flatten();
    let coverage = thresholds.min_coverage.and_then(|least| coverage(run, least));
    untested.into_iter().chain(coverage).collect()
}

/// Also where a rule could look at a part of its cases.
fn untested(run: &Run) -> Option<String> {
    let lacks = |operation: &&OperationResult| {
        operation.verdict != Verdict::Skipped && !operation.untested.is_empty()
    };
    let operations: Vec<&OperationResult> = run.operations.iter().filter(lacks).collect();
    let checks: usize = operations.iter().map(|operation| operation.untested.len()).sum();
    let names: Vec<String> = operations.iter().map(|operation| operation.name().into_owned()).collect();
    (checks > 0).then(|| {
        let checks = if checks == 1 { "1 check was" } else { &format!("{checks} checks were") };
        format!("{checks} not made, which --deny untested does not allow\n  at {}", named(&names))
    })
}

fn coverage(run: &Run, least: f64) -> Option<String> {
    let points = &run.coverage.points;
    let all = points.all();
    if all.reaches(least) {
        return None;
    }
    let mut said = format!(
        "coverage is {} % ({all} points), and --min-coverage asks for {least} %\n  never seen: {}",
        all.percent(),
        named(&never_seen(&run.operations))
    );
    for way in ways(run) {
        said.push_str("\n  ");
        said.push_str(&way);
    }
    Some(said)
}

/// What would raise the coverage, as far as the run can tell.
fn ways(run: &Run) -> Vec<String> {
    let mut ways = Vec::new();
    let inconclusive = run.operations.iter().filter(|operation| operation.verdict == Verdict::Inconclusive);
    let (actions, others): (Vec<_>, Vec<_>) = inconclusive.partition(|operation| operation.is_action);
    let count = |operations: &[&OperationResult]| match operations.len() {
        1 => "1 operation".to_owned(),
        many => format!("{many} operations"),
    };
    if !actions.is_empty() {
        ways.push(format!(
            "to raise it, let {} be sent that may change anything: --actions",
            count(&actions)
        ));
    }
    if !others.is_empty() {
        let operations = count(&others);
        ways.push(format!("to raise it, settle the {operations} that the report calls inconclusive"));
    }
    let share = |kind: PointKind| run.coverage.points.kind(kind);
    let lacks = |kind: PointKind| share(kind).seen < share(kind).total;
    if ways.is_empty() && [PointKind::Valid, PointKind::Choices, PointKind::Members].into_iter().any(lacks) {
        ways.push(
            "to raise it, name examples in the document, or bodies and parameters in [[check.request]]"
                .to_owned(),
        );
    }
    ways
}

fn named(names: &[String]) -> String {
    let mut text = names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMED {
        let _ = write!(text, " and {} more", names.len() - MAX_NAMED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;
    use crate::run::policy::tests::run;
    use crate::run::policy::{Policy, apply, exit_code};
    use crate::run::{PointTotals, Retried, RetryResult, Untested};
    use rstest::rstest;

    /// A run without findings, of whose statuses one of two was seen.
    fn half_seen(change: impl FnOnce(&mut OperationResult)) -> Run {
        let mut run = run();
        run.findings.clear();
        let operation = &mut run.operations[0];
        operation.verdict = Verdict::Conforms;
        let statuses = operation.coverage.of_mut(PointKind::Statuses);
        statuses.add("200".to_owned(), true);
        statuses.add("404".to_owned(), false);
        change(operation);
        run.coverage.points = PointTotals::of(&run.operations);
        run
    }

    fn nothing(_: &mut OperationResult) {}

    fn not_looked(operation: &mut OperationResult) {
        operation.untested = vec![Untested::new(Rule::PageLimit, "no page")];
    }

    fn action(operation: &mut OperationResult) {
        (operation.verdict, operation.succeeded, operation.is_action) = (Verdict::Inconclusive, false, true);
    }

    const DENY: Thresholds = Thresholds { deny_untested: true, min_coverage: None };

    fn at_least(percent: f64) -> Thresholds {
        Thresholds { min_coverage: Some(percent), ..Thresholds::default() }
    }

    fn judged(run: &mut Run, thresholds: Thresholds) -> (Option<String>, u8) {
        let policy = Policy { thresholds, allow_inconclusive: true, ..Policy::default() };
        apply(run, &policy);
        (complaints(run, thresholds).into_iter().next(), exit_code(run, &policy))
    }

    #[rstest]
    #[case::nothing_asked(not_looked, Thresholds::default(), None)]
    #[case::all_tested(nothing, DENY, None)]
    #[case::untested(
        not_looked,
        DENY,
        Some("1 check was not made, which --deny untested does not allow\n  at list")
    )]
    #[case::reached(nothing, at_least(66.6), None)]
    #[case::not_reached(
        nothing,
        at_least(66.7),
        Some(
            "coverage is 66.6 % (2 of 3 points), and --min-coverage asks for 66.7 %\n  never seen: list 404"
        )
    )]
    #[case::action(
        action,
        at_least(50.0),
        Some(
            "coverage is 33.3 % (1 of 3 points), and --min-coverage asks for 50 %\n  never seen: list\n  to raise it, let 1 operation be sent that may change anything: --actions"
        )
    )]
    fn what_is_not_enough_fails_the_run(
        #[case] change: fn(&mut OperationResult),
        #[case] thresholds: Thresholds,
        #[case] expected: Option<&str>,
    ) {
        let mut run = half_seen(change);
        let expected = (expected.map(str::to_owned), u8::from(expected.is_some()));
        assert_eq!(judged(&mut run, thresholds), expected);
    }

    #[test]
    fn what_is_switched_off_is_not_missed() {
        let mut run = half_seen(not_looked);
        let rules = [(Rule::PageLimit, None)].into_iter().collect();
        let policy = Policy { rules, thresholds: DENY, ..Policy::default() };
        apply(&mut run, &policy);
        assert_eq!((complaints(&run, DENY), exit_code(&run, &policy)), (vec![], 0));
    }

    #[test]
    fn a_run_about_findings_is_not_held_to_it() {
        let mut run = half_seen(not_looked);
        run.retried = vec![Retried {
            id: String::new(),
            rule: None,
            operation: None,
            document_name: None,
            result: RetryResult::Gone,
            why: None,
        }];
        assert_eq!(judged(&mut run, DENY), (None, 0));
    }
}
