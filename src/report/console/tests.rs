use rstest::rstest;

use super::*;
use crate::document::{Place, Problem};
use crate::run::policy::{self, Baseline, Policy};
use crate::run::{MessageShown, Untested, Waived};

const BRIEF: Style = Style { color: false, width: 100, detail: Detail::Brief };

fn lines(count: usize) -> String {
    let members: serde_json::Map<String, serde_json::Value> =
        (0..count).map(|n| (format!("member{n}"), n.into())).collect();
    serde_json::Value::Object(members).to_string()
}

/// A run with everything in it that a report can tell of, many times.
fn large(operations: usize, findings: usize) -> Run {
    let mut run = policy::tests::run();
    let plain = run.operations.remove(0);
    run.operations = (0..operations)
        .map(|n| OperationResult {
            operation: format!("op{n}"),
            verdict: if n % 3 == 0 { Verdict::Inconclusive } else { Verdict::Conforms },
            why: (n % 3 == 0).then(|| format!("reason {n}")),
            settle: (n % 3 == 0).then(|| "[[check.request]]\noperation = \"x\"\nbody = {}".to_owned()),
            is_action: n % 3 == 0,
            untested: vec![Untested::new(Rule::PageLimit, format!("why {n}"))],
            ..plain.clone()
        })
        .collect();
    let message = |body: String| MessageShown {
        method: Some("POST".to_owned()),
        url: Some("http://t/x".to_owned()),
        status: Some(500),
        body: Some(body),
        ..MessageShown::default()
    };
    run.findings = (0..findings)
        .map(|n| {
            let severity = if n == findings - 1 { Severity::Error } else { Severity::Warning };
            let bare = Finding::bare(
                format!("id{n}"),
                Rule::CreateAltered,
                severity,
                &format!("op{n}"),
                format!("odd {n}"),
            );
            Finding {
                at: "response.body".to_owned(),
                request: message(lines(50)),
                response: Some(message(lines(50))),
                reproduce: "curl".to_owned(),
                ..bare
            }
        })
        .collect();
    run.waived = (0..findings)
        .map(|n| Waived {
            finding: Finding::bare(format!("w{n}"), Rule::BodySchema, Severity::Error, "op0", String::new()),
            reason: format!("because {n}"),
        })
        .collect();
    run.leftovers = (0..findings).map(|n| format!("/left/{n}")).collect();
    run.problems =
        (0..findings).map(|n| Problem::warning(Place::new("d.yaml", &*format!("/{n}")), "odd")).collect();
    run
}

#[rstest]
#[case::nothing(1, 0)]
#[case::small(20, 1)]
#[case::many_findings(20, 400)]
#[case::many_operations(1_200, 3)]
#[case::much(1_200, 1_000)]
fn a_brief_report_has_three_screens(#[case] operations: usize, #[case] findings: usize) {
    let mut run = large(operations, findings.max(1));
    run.findings.truncate(findings);
    policy::apply(&mut run, &Policy::default());
    let shown = render(&run, BRIEF);
    assert!(shown.lines().count() <= LINES, "{} lines:\n{shown}", shown.lines().count());
    if findings > 0 {
        let first = shown.lines().find(|line| line.starts_with("error[") || line.starts_with("warning["));
        assert_eq!(
            first,
            Some(format!("error[create-altered]: odd {}", findings - 1).as_str()),
            "the worst first"
        );
    }
    let full = render(&run, Style { detail: Detail::Full, ..BRIEF });
    for finding in &run.findings {
        assert!(full.contains(&format!("[create-altered]: {}\n", finding.message)), "{}", finding.message);
    }
}

#[test]
fn what_the_baseline_knows_takes_a_line() {
    let mut run = large(3, 30);
    policy::apply(&mut run, &Policy { baseline: Baseline::All, ..Policy::default() });
    let shown = render(&run, BRIEF);
    assert!(
        shown.contains("\nknown 30 findings of the baseline: create-altered; -v shows them\n"),
        "{shown}"
    );
    assert!(!shown.contains("known[create-altered]"));
    assert!(render(&run, Style { detail: Detail::Full, ..BRIEF }).contains("known[create-altered]: odd 7\n"));
}

/// Findings are told by the id of their operation; the list says which path that is.
#[test]
fn what_does_not_conform_has_its_id() {
    let mut run = large(4, 1);
    policy::apply(&mut run, &Policy::default());
    let shown = render(&run, BRIEF);
    let ids: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with(['✓', '✗', '?']))
        .map(|line| line.rsplit("  ").next().unwrap_or_default())
        .collect();
    assert_eq!((ids[0], ids[3]), ("op0", "op3"));
    assert!(!ids[1].starts_with("op"), "{shown}");
}

#[test]
fn totals_alone() {
    let mut run = large(4, 2);
    policy::apply(&mut run, &Policy::default());
    let shown = render(&run, Style { detail: Detail::Totals, ..BRIEF });
    assert!(!shown.contains("odd") && !shown.contains("/left/"), "{shown}");
    assert!(shown.contains("1 error, 1 warning") && shown.contains("4 operations"), "{shown}");
    assert!(shown.lines().count() < 10, "{shown}");
}
