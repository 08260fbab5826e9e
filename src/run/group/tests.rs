use rstest::rstest;

use super::*;
use crate::rules::Severity;
use crate::run::policy::tests::run;
use crate::run::policy::{self, Baseline, Policy, Waiver, exit_code};
use crate::run::{OperationResult, Run, Verdict};

fn member(operation: &str, severity: Severity) -> Finding {
    let id = format!("own-{operation}");
    let bare = Finding::bare(id, Rule::AuthStatus, severity, operation, format!("at {operation}"));
    Finding { cause: "cause".to_owned(), statuses: vec![403], ..bare }
}

/// Three operations of one server that has one bad habit.
fn habit() -> Run {
    let plain = run();
    let named = |id: &str| OperationResult {
        operation: id.to_owned(),
        verdict: Verdict::Conforms,
        ..plain.operations[0].clone()
    };
    let operations = ["list", "read", "drop"].map(named).to_vec();
    // Not in the document's order.
    let findings = ["drop", "list", "read"].map(|id| member(id, Severity::Error)).to_vec();
    Run { operations, findings, ..plain }
}

fn waiver(operation: &str) -> Waiver {
    Waiver {
        rule: Rule::AuthStatus,
        operation: Some(operation.to_owned()),
        pointer: None,
        equals: None,
        reason: "we know".to_owned(),
        until: None,
        place: crate::document::Place::new("counterpart.toml", "/waive"),
    }
}

fn known(ids: &[&str]) -> Baseline {
    Baseline::Known(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn told(run: &Run) -> Vec<String> {
    let operations = |finding: &Finding| {
        let of = |one: &crate::run::Affected<'_>| {
            format!("{}{}", one.operation, if one.known { "(known)" } else { "" })
        };
        finding.operations().iter().map(of).collect::<Vec<_>>().join(" ")
    };
    run.findings.iter().map(|finding| format!("{} {}", finding.id, operations(finding))).collect()
}

#[rstest]
#[case::alone(Policy::default(), &["cause list read drop"], "FFF", 1)]
#[case::one_is_waived(Policy { waivers: vec![waiver("list")], ..Policy::default() }, &["cause read drop"], "CFF", 1)]
#[case::two_are_waived(Policy { waivers: vec![waiver("list"), waiver("drop")], ..Policy::default() }, &["own-read read"], "CFC", 1)]
#[case::all_are_waived(Policy { waivers: vec![waiver("*")], ..Policy::default() }, &[], "CCC", 0)]
#[case::one_is_known(Policy { baseline: known(&["own-list"]), ..Policy::default() }, &["cause list(known) read drop"], "CFF", 1)]
#[case::all_are_known(
    Policy { baseline: known(&["own-list", "own-read", "own-drop"]), ..Policy::default() },
    &["cause list(known) read(known) drop(known)"],
    "CCC",
    0
)]
#[case::the_cause_is_known(
    Policy { baseline: known(&["cause"]), ..Policy::default() },
    &["cause list(known) read(known) drop(known)"],
    "CCC",
    0
)]
fn each_operation_keeps_what_was_decided_about_it(
    #[case] policy: Policy,
    #[case] findings: &[&str],
    #[case] verdicts: &str,
    #[case] code: u8,
) {
    let mut run = habit();
    policy::apply(&mut run, &policy);
    assert_eq!(told(&run), findings);
    let letter = |operation: &OperationResult| if operation.verdict == Verdict::Fails { 'F' } else { 'C' };
    assert_eq!(run.operations.iter().map(letter).collect::<String>(), verdicts);
    assert_eq!(exit_code(&run, &policy), code);
    // A second look at the same run comes to the same.
    if policy.waivers.is_empty() {
        policy::apply(&mut run, &policy);
        assert_eq!(told(&run), findings);
    }
}

/// The order in which operations showed it makes no difference.
#[test]
fn the_id_is_that_of_the_cause() {
    let (mut one, mut other) = (habit(), habit());
    other.findings.reverse();
    policy::apply(&mut one, &Policy::default());
    policy::apply(&mut other, &Policy::default());
    let json = |run: &Run| serde_json::to_value(&run.findings).unwrap();
    assert_eq!(json(&one), json(&other));
    let finding = &json(&one)[0];
    assert_eq!(
        (&finding["id"], &finding["operation"], &finding["places"]),
        (&"cause".into(), &"list".into(), &3.into())
    );
    let first = serde_json::json!({
        "operation": "list", "severity": "error", "known": false, "statuses": [403], "places": 1,
        "findings": [{"id": "own-list", "message": "at list", "at": "", "instance": "", "document": null, "reproduce": ""}],
    });
    assert_eq!(finding["operations"][0], first);
}

/// The worst that is new speaks for all; what is known weighs nothing.
#[rstest]
#[case(&[], "read", Severity::Error, 1)]
#[case(&["own-read"], "list", Severity::Warning, 0)]
fn the_worst_speaks_for_all(
    #[case] ids: &[&str],
    #[case] operation: &str,
    #[case] severity: Severity,
    #[case] code: u8,
) {
    let mut run = habit();
    run.findings = vec![
        member("list", Severity::Warning),
        member("read", Severity::Error),
        member("drop", Severity::Warning),
    ];
    let policy = Policy { baseline: known(ids), ..Policy::default() };
    policy::apply(&mut run, &policy);
    assert_eq!((run.findings[0].operation.as_str(), run.findings[0].severity), (operation, severity));
    assert_eq!((run.summary.findings + run.summary.warnings, exit_code(&run, &policy)), (1, code));
}

#[test]
fn every_undocumented_status_stays_visible() {
    let of = |operation: &str, status: u16| {
        let message = format!("the status {status} is not documented");
        let bare = Finding::bare(
            operation.to_owned(),
            Rule::StatusUndocumented,
            Severity::Error,
            operation,
            message,
        );
        Finding { cause: "cause".to_owned(), statuses: vec![status], actual: status.to_string(), ..bare }
    };
    let found = grouped(vec![of("a", 422), of("b", 415)]);
    assert_eq!(found[0].message, "the statuses 415, 422 are not documented");
    let statuses: Vec<Vec<u16>> = found[0].operations().into_iter().map(|one| one.statuses).collect();
    assert_eq!(statuses, [[422], [415]]);
}

/// What follows from a finding stands under it, at its own operation, also where it is accepted.
#[rstest]
#[case::live("list", false, &["auth-missing-accepted list"], &["auth-unknown-accepted list", "scope-lacking-accepted list"])]
#[case::elsewhere(
    "read",
    false,
    &["auth-missing-accepted list", "auth-unknown-accepted read"],
    &["scope-lacking-accepted read"]
)]
#[case::waived("list", true, &[], &["auth-unknown-accepted list", "scope-lacking-accepted list"])]
fn consequences(
    #[case] operation: &str,
    #[case] is_waived: bool,
    #[case] kept: &[&str],
    #[case] follows: &[&str],
) {
    let bare = |rule: Rule, operation: &str| {
        Finding::bare(rule.name().to_owned(), rule, Severity::Error, operation, String::new())
    };
    let mut findings =
        vec![bare(Rule::ScopeLackingAccepted, operation), bare(Rule::AuthUnknownAccepted, operation)];
    let mut waived = Vec::new();
    let cause = bare(Rule::AuthMissingAccepted, "list");
    if is_waived {
        waived.push(Waived { finding: cause, reason: String::new() });
    } else {
        findings.insert(0, cause);
    }
    fold(&mut findings, &mut waived);
    let told: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.rule, finding.operation)).collect();
    assert_eq!(told, kept);
    let mut causes: Vec<String> = findings
        .iter()
        .chain(waived.iter().map(|waived| &waived.finding))
        .flat_map(|finding| finding.causes.iter().map(ToString::to_string))
        .collect();
    causes.sort_unstable();
    assert_eq!(causes, follows);
}

/// A server that keeps nothing is one cause, however many operations show it.
#[rstest]
#[case::all_of_them(&["list", "read", "drop"], &["list", "read", "drop"], 1)]
#[case::one_does_better(&["list", "read", "drop"], &["list", "read"], 2)]
#[case::too_few_to_tell(&["list", "read"], &["list", "read"], 2)]
fn what_all_do_is_one_habit(#[case] looked: &[&str], #[case] found: &[&str], #[case] expected: usize) {
    let mut run = habit();
    for operation in &mut run.operations {
        let looks = looked.contains(&operation.operation.as_str());
        operation.looked = looks.then_some(Rule::UnknownFound).into_iter().collect();
    }
    let own = |id: &&str| {
        let bare = Finding::bare((*id).to_owned(), Rule::UnknownFound, Severity::Error, id, String::new());
        Finding { cause: (*id).to_owned(), ..bare }
    };
    run.findings = found.iter().map(own).collect();
    policy::apply(&mut run, &Policy::default());
    let shown: usize = run.findings.iter().map(|finding| finding.operations().len()).sum();
    assert_eq!((run.findings.len(), shown), (expected, found.len()));
}
