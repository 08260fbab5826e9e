//! The `junit` report: a suite per operation, inside one for its document where there are several.
//!
//! A suite has a case for the documented success, one for each rule that checked something, and a skipped one
//! for each check that could not be made. A rule that checked nothing has no case, so nothing counts as
//! passed that was not seen. A waived finding is skipped, with its reason. Findings without an operation are
//! in a last suite, `document`.

use crate::rules::{Rule, Selector, Severity};
use std::collections::HashSet;
use std::fmt::Write as _;

use indexmap::IndexMap;

use super::escape::escaped;
use crate::run::{CheckedDocument, Finding, OperationResult, Run, Waived};

pub(super) fn render(run: &Run) -> Vec<u8> {
    // Of several documents each is a suite of its own; what belongs to none comes last.
    let mut suites: Vec<Suite> = run.documents.iter().map(|document| of_one(run, document)).collect();
    suites.extend(of(run, None));
    let [tests, failures, errors, skipped] = totals(&suites);
    #[expect(clippy::cast_precision_loss, reason = "a run lasts far less than 2^52 milliseconds")]
    let seconds = run.summary.duration_ms as f64 / 1000.0;
    let suites: String = suites.into_iter().map(Suite::written).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterpart\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.3}\">\n{suites}</testsuites>\n"
    )
    .into_bytes()
}

/// Tests, failures, errors and skipped cases.
fn totals(suites: &[Suite]) -> [usize; 4] {
    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum();
    [total(|s| s.tests), total(|s| s.failures), total(|s| s.errors), total(|s| s.skipped)]
}

/// One of several documents: a suite with the suites of its operations.
fn of_one(run: &Run, document: &CheckedDocument) -> Suite {
    let inner = of(run, Some(&document.name));
    let [tests, failures, errors, skipped] = totals(&inner);
    let mut suite = Suite { tests, failures, errors, skipped, ..Suite::new(&document.name) };
    suite.cases = inner.into_iter().map(Suite::written).collect();
    if let Some(why) = &document.failed {
        suite.errors += 1;
        suite.case("check", &format!("<error message=\"{}\"/>", escaped(why)));
    }
    suite
}

/// The suites of a document; `None` is the only one.
fn of(run: &Run, document: Option<&str>) -> Vec<Suite> {
    let operations = run.operations.iter().filter(|operation| operation.document_name.as_deref() == document);
    operations.map(|operation| of_operation(run, operation)).chain(of_document(run, document)).collect()
}

fn of_operation(run: &Run, operation: &OperationResult) -> Suite {
    let mut suite = Suite::new(&operation.name());
    if operation.succeeded {
        suite.case("documented success", "");
    } else {
        suite.skipped("documented success", operation.why.as_deref().unwrap_or("never seen"));
    }
    let is_own = |finding: &Finding| {
        finding.operation == operation.operation && finding.document_name == operation.document_name
    };
    suite.rules(run, &operation.looked, &is_own);
    for (rule, where_told) in &operation.elsewhere {
        suite.skipped(rule.name(), &format!("found: {where_told}"));
    }
    for (rule, whys) in by_rule(operation) {
        // The name stays the same from run to run, whatever the reason.
        let is_case = operation.looked.iter().any(|known| rule == Selector::Rule(*known))
            || run.findings.iter().any(|f| rule == Selector::Rule(f.rule) && is_own(f));
        let title = if is_case { format!("{rule} (in part)") } else { rule.to_string() };
        suite.skipped(&title, &format!("untested: {}", whys.join("; ")));
    }
    suite
}

/// What could not be looked at: each rule with its reasons.
fn by_rule(operation: &OperationResult) -> IndexMap<Selector, Vec<&str>> {
    let mut rules: IndexMap<Selector, Vec<&str>> = IndexMap::new();
    for untested in &operation.untested {
        rules.entry(untested.rule).or_default().push(&untested.why);
    }
    rules
}

/// What belongs to no operation of the run: waivers, and snapshots that nothing answers to.
fn of_document(run: &Run, document: Option<&str>) -> Option<Suite> {
    let operations = run.operations.iter().filter(|operation| operation.document_name.as_deref() == document);
    let known: HashSet<&str> = operations.map(|operation| operation.operation.as_str()).collect();
    let name = document.map_or_else(|| "document".to_owned(), |document| format!("{document}: document"));
    let mut suite = Suite::new(&name);
    let is_own = |finding: &Finding| {
        finding.document_name.as_deref() == document && !known.contains(finding.operation.as_str())
    };
    suite.rules(run, &[], &is_own);
    (suite.tests > 0).then_some(suite)
}

/// A suite while it is filled.
struct Suite {
    /// Escaped.
    name: String,
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Suite {
    fn new(name: &str) -> Self {
        Self { name: escaped(name), cases: String::new(), tests: 0, failures: 0, errors: 0, skipped: 0 }
    }

    fn case(&mut self, title: &str, inside: &str) {
        self.tests += 1;
        let (name, title) = (&self.name, escaped(title));
        let _ = writeln!(
            self.cases,
            "    <testcase classname=\"{name}\" name=\"{title}\" time=\"0\">{inside}</testcase>"
        );
    }

    fn skipped(&mut self, title: &str, why: &str) {
        self.skipped += 1;
        self.case(title, &format!("<skipped message=\"{}\"/>", escaped(why)));
    }

    /// A case for each rule that looked or has findings, in the catalogue's order.
    fn rules(&mut self, run: &Run, looked: &[Rule], is_own: &dyn Fn(&Finding) -> bool) {
        let findings: Vec<&Finding> = run.findings.iter().filter(|finding| is_own(finding)).collect();
        let waived: Vec<&Waived> = run.waived.iter().filter(|waived| is_own(&waived.finding)).collect();
        for rule in Rule::ALL.iter().copied() {
            let found: Vec<&Finding> =
                findings.iter().filter(|finding| finding.rule == rule).copied().collect();
            if !found.is_empty() {
                self.found(rule, &found);
            } else if let Some(waived) = waived.iter().find(|waived| waived.finding.rule == rule) {
                self.skipped(rule.name(), &format!("waived: {}", waived.reason));
            } else if looked.contains(&rule) {
                self.case(rule.name(), "");
            }
        }
    }

    fn found(&mut self, rule: Rule, findings: &[&Finding]) {
        let text: String = findings.iter().map(|finding| told(finding)).collect();
        if findings.iter().all(|finding| finding.known || finding.severity == Severity::Warning) {
            // A warning fails nothing, nor does what the baseline knows; they are kept for who looks.
            self.case(rule.name(), &format!("<system-out>{}</system-out>", escaped(&text)));
            return;
        }
        self.failures += 1;
        let first = findings.first().map_or("", |finding| finding.message.as_str());
        let inside =
            format!("<failure type=\"{}\" message=\"{}\">{}</failure>", rule, escaped(first), escaped(&text));
        self.case(rule.name(), &inside);
    }

    fn written(self) -> String {
        let Self { name, cases, tests, failures, errors, skipped } = self;
        format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\">\n{cases}  </testsuite>\n"
        )
    }
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
