//! Decides what findings mean: severity of rules, waivers, baseline, verdicts, exit code.

mod id;
mod reason;
mod waivers;

use crate::rules::{Rule, Severity};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use serde_json::Value;

use super::thresholds::{self, Thresholds};
use super::{
    AccessVerdict, DocumentPlace, Finding, OperationResult, RetryResult, Run, Summary, Verdict, Waived,
    group, totals,
};
use crate::config::{self, Settings};
use crate::document::{Place, pointer};
use crate::exchange::json::read_answer;
pub(super) use id::HABIT;
pub use id::{FindingId, IdStart, NoFindingId, finding_id, fnv, habit_id};
pub use reason::exit_reason;
pub use waivers::{WaiverUse, conclude};

/// What the user decided about findings.
#[derive(Debug, Default)]
pub struct Policy {
    /// Severity of rules; `None` switches one off.
    pub rules: BTreeMap<Rule, Option<Severity>>,
    /// Findings that are known and accepted.
    pub waivers: Vec<Waiver>,
    /// The day on which waivers are held to their dates.
    pub today: Option<Date>,
    /// Warnings fail the run too.
    pub deny_warnings: bool,
    /// What the run must have looked at.
    pub thresholds: Thresholds,
    /// An operation that was never seen in its success does not fail the run.
    pub allow_inconclusive: bool,
    /// Findings that are known: shown, and not failing the run.
    pub baseline: Baseline,
    /// Others have the rest of the run, where a waiver may be used that this part does not use.
    pub is_part: bool,
}

impl Policy {
    /// What the settings say, for a run on this day.
    pub fn of(settings: &Settings, today: Date) -> Self {
        // Names of rules were checked when the configuration was read.
        let named = |name: &String| name.parse::<Rule>().ok();
        let waivers = settings.waive.iter().filter_map(|waive| {
            Some(Waiver {
                rule: named(&waive.rule)?,
                operation: waive.operation.clone(),
                pointer: waive.pointer.clone(),
                equals: waive.equals.as_ref().map(config::json),
                reason: waive.reason.clone(),
                until: waive.until,
                place: waive.place.clone().unwrap_or_else(|| Place::new("counterpart.toml", "/waive")),
            })
        });
        let levels = settings.rules.iter();
        Self {
            rules: levels.filter_map(|(rule, level)| Some((named(rule)?, level.severity()))).collect(),
            waivers: waivers.collect(),
            today: Some(today),
            ..Self::default()
        }
    }

    /// For a run about single findings: nothing hides them, and nothing is said of waivers that others need.
    #[must_use]
    pub fn about_findings(mut self) -> Self {
        self.waivers.clear();
        self.rules.retain(|_, severity| severity.is_some());
        self
    }
}

/// Which findings are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// Those with these ids.
    Known(BTreeSet<String>),
    /// All that this run finds; a baseline is made of them.
    All,
}

impl Default for Baseline {
    fn default() -> Self {
        Self::Known(BTreeSet::new())
    }
}

impl Baseline {
    /// A finding is known by its own id, and by that of its cause.
    fn knows(&self, finding: &Finding) -> bool {
        match self {
            Self::Known(ids) => ids.contains(&finding.id) || ids.contains(&finding.cause),
            Self::All => true,
        }
    }
}

/// A finding that is known and accepted: `[[waive]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The rule.
    pub rule: Rule,
    /// The operation, `*` standing for any text; any where it is left out.
    pub operation: Option<String>,
    /// The place in the body: `*` one step, `**` any number including none; covers everything below.
    pub pointer: Option<String>,
    /// Only while the value there is just this.
    pub equals: Option<Value>,
    /// Why.
    pub reason: String,
    /// Past it, the waiver waives nothing.
    pub until: Option<Date>,
    /// Where it is written.
    pub place: Place,
}

/// Applies a policy: drops what is switched off, sets accepted findings apart, settles verdicts
/// and counts.
pub fn apply(run: &mut Run, policy: &Policy) {
    apply_all(&mut [(run, policy)]);
}

/// As [`apply`], for one run over several documents: a waiver is used if it accepts a finding of any of them.
pub fn apply_all(runs: &mut [(&mut Run, &Policy)]) {
    let used: Vec<Vec<WaiverUse>> = runs.iter_mut().map(|(run, policy)| accept(run, policy)).collect();
    let mut runs: Vec<(&mut Run, &Policy, Vec<WaiverUse>)> =
        runs.iter_mut().zip(used).map(|((run, policy), used)| (&mut **run, *policy, used)).collect();
    conclude(&mut runs);
}

/// Sets the severities of findings, and those apart that a waiver accepts; what came of each waiver. The first half of
/// [`apply`], which looks at one finding at a time.
pub fn accept(run: &mut Run, policy: &Policy) -> Vec<WaiverUse> {
    let mut used = vec![false; policy.waivers.len()];
    // Findings are accepted one by one, also where several have become one.
    for mut finding in std::mem::take(&mut run.findings).into_iter().flat_map(Finding::into_each) {
        match policy.rules.get(&finding.rule) {
            Some(None) => continue,
            Some(Some(severity)) => finding.severity = *severity,
            None => {}
        }
        let waiver = policy
            .waivers
            .iter()
            .zip(&mut used)
            .find(|(waiver, _)| is_live(waiver, policy.today) && matches(waiver, &finding));
        match waiver {
            Some((waiver, used)) => {
                *used = true;
                run.waived.push(Waived { finding, reason: waiver.reason.clone() });
            }
            None => run.findings.push(finding),
        }
    }
    let waivers = policy.waivers.iter().zip(used);
    waivers.map(|(waiver, is_used)| WaiverUse::of(run, policy, waiver, is_used)).collect()
}

/// Drops what is switched off, orders the rest, settles verdicts and counts.
fn settle(run: &mut Run, policy: &Policy) {
    let mut kept = std::mem::take(&mut run.findings);
    let is_on = |rule: Rule| !matches!(policy.rules.get(&rule), Some(None));
    kept.retain(|finding| is_on(finding.rule));
    for operation in &mut run.operations {
        operation.looked.retain(|rule| is_on(*rule));
        operation
            .untested
            .retain(|known| Rule::ALL.iter().any(|rule| known.rule.covers(*rule) && is_on(*rule)));
    }
    group::join_habits(&mut kept, &run.waived, &run.operations);
    let order: HashMap<&str, usize> =
        run.operations.iter().enumerate().map(|(index, o)| (o.operation.as_str(), index)).collect();
    for finding in &mut kept {
        finding.known = policy.baseline.knows(finding);
    }
    // The worst first, and among these in the document's order.
    let place = |finding: &Finding| order.get(finding.operation.as_str()).copied().unwrap_or(usize::MAX);
    kept.sort_by_key(place);
    run.findings = kept;
    totals::settle(run);
    group::fold(&mut run.findings, &mut run.waived);
    let failing: BTreeSet<&str> = run
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error && !f.known)
        .map(|f| f.operation.as_str())
        .collect();
    for operation in &mut run.operations {
        if operation.verdict != Verdict::Skipped && failing.contains(operation.operation.as_str()) {
            operation.verdict = Verdict::Fails;
        }
    }
    run.findings = group::grouped(std::mem::take(&mut run.findings));
    run.findings.sort_by_key(|finding| (finding.known, std::cmp::Reverse(finding.severity)));
    run.waived = group::grouped_waived(std::mem::take(&mut run.waived));
    run.summary = Summary { duration_ms: run.summary.duration_ms, ..summary(run) };
}

fn summary(run: &Run) -> Summary {
    let count = |verdict| run.operations.iter().filter(|operation| operation.verdict == verdict).count();
    let severe = |severity| run.findings.iter().filter(|finding| finding.severity == severity).count();
    Summary {
        operations: run.operations.len(),
        conforms: count(Verdict::Conforms),
        fails: count(Verdict::Fails),
        inconclusive: count(Verdict::Inconclusive),
        skipped: count(Verdict::Skipped),
        findings: severe(Severity::Error),
        warnings: severe(Severity::Warning),
        waived: run.waived.len(),
        requests: run.operations.iter().map(|operation| operation.requests).sum(),
        duration_ms: 0,
    }
}

/// 0 conforms, 1 findings or snapshots pending, 4 inconclusive. A run about single findings is judged by
/// these alone, whatever they weigh.
pub fn exit_code(run: &Run, policy: &Policy) -> u8 {
    if !run.retried.is_empty() {
        let any = |result| run.retried.iter().any(|retried| retried.result == result);
        return match () {
            () if any(RetryResult::Found) => 1,
            () if any(RetryResult::NotTried) && !policy.allow_inconclusive => 4,
            () => 0,
        };
    }
    let counts = |finding: &&Finding| {
        let weighs = finding.severity == Severity::Error || policy.deny_warnings;
        weighs && !finding.known
    };
    let inconclusive = run.operations.iter().any(|o: &OperationResult| o.verdict == Verdict::Inconclusive);
    let waits = |finding: &&Finding| !finding.known && run.pending_of(finding).is_some();
    if !thresholds::complaints(run, policy.thresholds).is_empty()
        || run.findings.iter().any(|finding| counts(&finding) || waits(&finding))
    {
        1
    } else if inconclusive && !policy.allow_inconclusive {
        4
    } else {
        0
    }
}

/// Totals of the access matrix: as expected, findings, not tried.
pub fn access_totals(run: &Run) -> [usize; 3] {
    [AccessVerdict::Ok, AccessVerdict::Finding, AccessVerdict::NotTried]
        .map(|verdict| run.access.iter().filter(|case| case.verdict == verdict).count())
}

fn is_live(waiver: &Waiver, today: Option<Date>) -> bool {
    match (waiver.until, today) {
        (Some(until), Some(today)) => today <= until,
        _ => true,
    }
}

fn matches(waiver: &Waiver, finding: &Finding) -> bool {
    if waiver.rule != finding.rule
        || waiver.operation.as_deref().is_some_and(|glob| !fits(glob, &finding.operation))
    {
        return false;
    }
    // Without a pointer the value at the finding's own place is compared.
    let places = match &waiver.pointer {
        Some(pattern) => covered(pattern, &place_of(finding)),
        None => vec![finding.instance.clone()],
    };
    let Some(wanted) = &waiver.equals else { return !places.is_empty() };
    let body = match finding.at.as_str() {
        "request.body" => &finding.bodies.request,
        _ => &finding.bodies.response,
    };
    let Ok(body) = read_answer(body) else { return false };
    places.iter().any(|place| body.pointer(place) == Some(wanted))
}

/// The place of a finding: a parameter of the request is named like a member.
pub(crate) fn place_of(finding: &Finding) -> String {
    let parameter = ["query", "path", "headers", "cookie"]
        .iter()
        .find_map(|location| finding.at.strip_prefix("request.")?.strip_prefix(location)?.strip_prefix('.'));
    parameter.map_or_else(
        || finding.instance.clone(),
        |name| format!("{}{}", pointer::join("", name), finding.instance),
    )
}

/// Whether a glob with `*` fits a whole text. Each part between two stars is taken where it is met first,
/// which loses no fit and needs no second try.
pub fn fits(glob: &str, text: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    let after = |text: &'_ str, part: &str| text.find(part).map(|at| at + part.len());
    let mut left = inner;
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        left = left.and_then(|text| text.get(after(text, part)?..));
    }
    left.is_some()
}

/// Whether a pointer pattern covers a place or something above it.
pub fn covers(pattern: &str, place: &str) -> bool {
    !covered(pattern, place).is_empty()
}

/// The places that a pointer pattern names on the way to a place, itself included: `*` is one step,
/// `**` any number of steps.
fn covered(pattern: &str, place: &str) -> Vec<String> {
    let steps: Vec<String> = pointer::tokens(place).collect();
    // How many steps of the place the pattern may have taken so far.
    let mut taken = vec![0];
    for token in pointer::tokens(pattern) {
        taken = match token.as_str() {
            "**" => (taken.first().copied().unwrap_or(usize::MAX)..=steps.len()).collect(),
            token => taken
                .into_iter()
                .filter(|at| steps.get(*at).is_some_and(|step| token == "*" || token == step))
                .map(|at| at + 1)
                .collect(),
        };
    }
    let upto = |count: usize| -> String {
        steps.iter().take(count).fold(String::new(), |above, step| pointer::join(&above, step))
    };
    taken.into_iter().map(upto).collect()
}

fn about(waiver: &Waiver, rule: Rule, severity: Severity) -> Finding {
    let message = match severity {
        Severity::Error => format!("the waiver of {} has expired: {}", waiver.rule, waiver.reason),
        Severity::Warning => format!("the waiver of {} matched nothing: {}", waiver.rule, waiver.reason),
    };
    let operation = waiver.operation.as_deref().unwrap_or_default();
    // Which of several waivers it is says nothing that lasts.
    let id = finding_id(rule, operation, None, "/waive");
    Finding {
        at: "configuration".to_owned(),
        instance: waiver.place.pointer.clone(),
        document: Some(DocumentPlace {
            pointer: waiver.place.pointer.clone(),
            file: waiver.place.file.to_string(),
            line: waiver.place.position.map_or(0, |(line, _)| line),
            ..DocumentPlace::default()
        }),
        ..Finding::bare(id, rule, severity, operation, message)
    }
}

#[cfg(test)]
pub(crate) mod tests;
