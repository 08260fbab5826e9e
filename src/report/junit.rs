//! The `junit` report: a suite per operation, as Jenkins reads it (`tests/schemas/junit.xsd`).
//!
//! A suite has a case for the documented success, one for each rule that checked something, and a skipped one
//! for each check that could not be made. A rule that checked nothing has no case, so nothing counts as
//! passed that was not seen. A waived finding is skipped, with its reason. Findings without an operation are
//! in a last suite, `document`. The time that the target took to answer an operation's requests is shared by the
//! cases that looked, since a request serves many of them.

use crate::rules::{Rule, Selector, Severity};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use indexmap::IndexMap;

use super::escape::escaped;
use crate::run::{Finding, OperationResult, Run, Waived};

pub(super) fn render(run: &Run) -> Vec<u8> {
    let mut suites: Vec<Suite> = Vec::new();
    for document in &run.documents {
        if let Some(why) = &document.failed {
            let mut suite = Suite::new(&document.name);
            suite.errors += 1;
            suite.case("check", Inside::Looked(format!("<error message=\"{}\"/>", escaped(why))));
            suites.push(suite);
        }
        suites.extend(of(run, Some(&document.name)));
    }
    // What belongs to no document comes last.
    suites.extend(of(run, None));
    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let (tests, failures, errors) = (total(|s| s.cases.len()), total(|s| s.failures), total(|s| s.errors));
    let time = seconds(Duration::from_millis(run.summary.duration_ms));
    let suites: String = suites.into_iter().map(Suite::written).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterpart\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{time}\">\n{suites}</testsuites>\n"
    )
    .into_bytes()
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// The suites of a document; `None` is the only one.
fn of(run: &Run, document: Option<&str>) -> Vec<Suite> {
    let operations = run.operations.iter().filter(|operation| operation.document_name.as_deref() == document);
    operations.map(|operation| of_operation(run, operation)).chain(of_document(run, document)).collect()
}

fn of_operation(run: &Run, operation: &OperationResult) -> Suite {
    let mut suite = Suite { time: operation.waited, ..Suite::new(&operation.name()) };
    if operation.succeeded {
        suite.case("documented success", Inside::Looked(String::new()));
    } else {
        suite.skipped("documented success", operation.why.as_deref().unwrap_or("never seen"));
    }
    let is_own = |finding: &Finding| {
        finding.operation == operation.operation && finding.document_name == operation.document_name
    };
    suite.rules(run, &operation.looked, &is_own);
    for (rule, whys) in by_rule(operation) {
        // The name stays the same from run to run, whatever the reason.
        let is_case = operation.looked.iter().any(|known| rule == Selector::Rule(*known))
            || each(run).any(|f| rule == Selector::Rule(f.rule) && is_own(f));
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
    (!suite.cases.is_empty()).then_some(suite)
}

/// A suite while it is filled.
struct Suite {
    /// Escaped.
    name: String,
    /// Escaped titles, each with what is inside.
    cases: Vec<(String, Inside)>,
    failures: usize,
    errors: usize,
    /// How long the target took.
    time: Duration,
}

/// What is inside a case.
enum Inside {
    /// Of one that looked: XML.
    Looked(String),
    /// Of one that did not: why.
    Skipped(String),
}

impl Suite {
    fn new(name: &str) -> Self {
        Self { name: escaped(name), cases: Vec::new(), failures: 0, errors: 0, time: Duration::ZERO }
    }

    fn case(&mut self, title: &str, inside: Inside) {
        self.cases.push((escaped(title), inside));
    }

    fn skipped(&mut self, title: &str, why: &str) {
        self.case(title, Inside::Skipped(why.to_owned()));
    }

    /// A case for each rule that looked or has findings, in the catalogue's order.
    fn rules(&mut self, run: &Run, looked: &[Rule], is_own: &dyn Fn(&Finding) -> bool) {
        let findings: Vec<&Finding> = each(run).filter(|finding| is_own(finding)).collect();
        let waived: Vec<&Waived> =
            run.waived.iter().filter(|waived| waived.finding.each().iter().any(is_own)).collect();
        let causes =
            findings.iter().copied().chain(run.waived.iter().flat_map(|waived| waived.finding.each()));
        let following: Vec<(Rule, Rule)> = causes
            .filter(|finding| is_own(finding))
            .flat_map(|finding| finding.causes.iter().map(|follows| (follows.rule, finding.rule)))
            .collect();
        for rule in Rule::ALL.iter().copied() {
            let found: Vec<&Finding> =
                findings.iter().filter(|finding| finding.rule == rule).copied().collect();
            if !found.is_empty() {
                self.found(rule, &found);
            } else if let Some(waived) = waived.iter().find(|waived| waived.finding.rule == rule) {
                self.skipped(rule.name(), &format!("waived: {}", waived.reason));
            } else if let Some((_, cause)) = following.iter().find(|(follows, _)| *follows == rule) {
                self.skipped(rule.name(), &format!("found: follows from {cause}"));
            } else if looked.contains(&rule) {
                self.case(rule.name(), Inside::Looked(String::new()));
            }
        }
    }

    fn found(&mut self, rule: Rule, findings: &[&Finding]) {
        let text: String = findings.iter().map(|finding| told(finding)).collect();
        if findings.iter().all(|finding| finding.known || finding.severity == Severity::Warning) {
            // A warning fails nothing, nor does what the baseline knows; they are kept for who looks.
            self.case(rule.name(), Inside::Looked(format!("<system-out>{}</system-out>", escaped(&text))));
            return;
        }
        self.failures += 1;
        let first = findings.first().map_or("", |finding| finding.message.as_str());
        let inside =
            format!("<failure type=\"{}\" message=\"{}\">{}</failure>", rule, escaped(first), escaped(&text));
        self.case(rule.name(), Inside::Looked(inside));
    }

    fn written(self) -> String {
        let Self { name, cases, failures, errors, time } = self;
        let looked = cases.iter().filter(|(_, inside)| matches!(inside, Inside::Looked(_))).count();
        let skipped = cases.len() - looked;
        let share = seconds(time / u32::try_from(looked.max(1)).unwrap_or(u32::MAX));
        let mut out = format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\">\n",
            cases.len(),
            seconds(time)
        );
        for (title, inside) in cases {
            let (time, inside) = match inside {
                Inside::Looked(xml) => (share.as_str(), xml),
                Inside::Skipped(why) => ("0.000", format!("<skipped message=\"{}\"/>", escaped(&why))),
            };
            let _ = writeln!(
                out,
                "    <testcase classname=\"{name}\" name=\"{title}\" time=\"{time}\">{inside}</testcase>"
            );
        }
        out.push_str("  </testsuite>\n");
        out
    }
}

/// Every finding about one operation: a case is about no more.
fn each(run: &Run) -> impl Iterator<Item = &Finding> {
    run.findings.iter().flat_map(Finding::each)
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
