//! The `junit` report: a suite per operation; in it a case for its documented success, one for each
//! rule that found something, and a skipped one for each check that could not be made. A rule that
//! had no occasion is no case: nothing is counted as passed that was not seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markup::escaped;
use crate::rules::Severity;
use crate::run::{Finding, OperationResult, Run, Verdict};

pub(super) fn render(run: &Run) -> Vec<u8> {
    let mut suites = String::new();
    let mut totals = [0_usize; 3];
    for operation in &run.operations {
        let (suite, counts) = suite(run, operation);
        suites.push_str(&suite);
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [tests, failures, skipped] = totals;
    #[expect(clippy::cast_precision_loss, reason = "a run lasts far less than 2^52 milliseconds")]
    let seconds = run.summary.duration_ms as f64 / 1000.0;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterpart\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{seconds:.3}\">\n{suites}</testsuites>\n"
    )
    .into_bytes()
}

/// A suite, and how many cases it has, how many failed and how many were skipped.
fn suite(run: &Run, operation: &OperationResult) -> (String, [usize; 3]) {
    let name = escaped(&operation.operation);
    let mut cases = String::new();
    let mut counts = [0_usize; 3];
    let mut case = |title: &str, inside: &str, kind: Option<usize>| {
        counts[0] += 1;
        if let Some(kind) = kind {
            counts[kind] += 1;
        }
        let _ = writeln!(
            cases,
            "    <testcase classname=\"{name}\" name=\"{}\" time=\"0\">{inside}</testcase>",
            escaped(title)
        );
    };
    let why = escaped(operation.why.as_deref().unwrap_or_default());
    let skipped = format!("<skipped message=\"{why}\"/>");
    let is_seen = !matches!(operation.verdict, Verdict::Inconclusive | Verdict::Skipped);
    if is_seen {
        case("documented success", "", None);
    } else {
        case("documented success", &skipped, Some(2));
    }
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in run.findings.iter().filter(|finding| finding.operation == operation.operation) {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    for (rule, findings) in by_rule {
        let is_error = findings.iter().any(|finding| finding.severity == Severity::Error);
        let text: String = findings.iter().map(|finding| told(finding)).collect();
        let first = findings.first().map_or("", |finding| finding.message.as_str());
        if is_error {
            let inside = format!(
                "<failure type=\"{}\" message=\"{}\">{}</failure>",
                escaped(rule),
                escaped(first),
                escaped(&text)
            );
            case(rule, &inside, Some(1));
        } else {
            // A warning fails nothing; it is kept for who looks.
            case(rule, &format!("<system-out>{}</system-out>", escaped(&text)), None);
        }
    }
    for why in &operation.untested {
        case(&format!("untested: {why}"), &format!("<skipped message=\"{}\"/>", escaped(why)), Some(2));
    }
    let [tests, failures, skipped] = counts;
    let suite = format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">\n{cases}  </testsuite>\n"
    );
    (suite, counts)
}

fn told(finding: &Finding) -> String {
    let place = finding
        .document
        .as_ref()
        .map(|place| format!("\n  document: {}:{}", place.file, place.line))
        .unwrap_or_default();
    format!(
        "{:?} {}\n  at: {}{}\n  expected: {}\n  actual: {}{place}\n  reproduce: {}\n  id: {}\n",
        finding.severity,
        finding.message,
        finding.at,
        finding.instance,
        finding.expected,
        finding.actual,
        finding.reproduce,
        finding.id
    )
}
