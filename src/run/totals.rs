//! What of a run is worked out from the results of its operations: which rules held, and how much was seen.

use std::collections::{BTreeMap, HashMap};

use super::coverage::{PointKind, PointTotals};
use super::outcome::{Outcome, OutcomeTotals, RuleOutcome};
use super::{Coverage, OperationResult, Run, Verdict};
use crate::rules::{Rule, Selector};

impl OutcomeTotals {
    /// Those of some operations.
    pub fn of<'o>(operations: impl IntoIterator<Item = &'o OperationResult>) -> Self {
        let mut totals = Self::default();
        for rule in operations.into_iter().flat_map(|operation| &operation.rules) {
            match rule.outcome {
                Outcome::Held => totals.held += 1,
                Outcome::Found => totals.found += 1,
                Outcome::Untested => totals.untested += 1,
            }
        }
        totals
    }
}

impl PointTotals {
    /// Those of the operations that were asked for.
    pub fn of<'o>(operations: impl IntoIterator<Item = &'o OperationResult>) -> Self {
        let mut totals = Self::default();
        for operation in operations.into_iter().filter(|operation| operation.verdict != Verdict::Skipped) {
            totals.add(operation.succeeded, &operation.coverage);
        }
        totals
    }
}

/// The key of a response to whatever has none of its own. Nobody misses it.
const DEFAULT: &str = "default";

/// What was seen of all operations, also of those that were not asked for.
pub fn coverage_of(operations: &[OperationResult]) -> Coverage {
    let mut coverage = Coverage { points: PointTotals::of(operations), ..Coverage::default() };
    for operation in operations {
        let statuses = operation.coverage.of(PointKind::Statuses);
        coverage.statuses.seen += statuses.seen.len();
        coverage.statuses.documented += statuses.seen.len() + statuses.unseen.len();
        let missed = statuses.unseen.iter().filter(|status| *status != DEFAULT);
        coverage.unseen.extend(missed.map(|status| format!("{} {status}", operation.operation)));
    }
    let succeeded = operations.iter().filter(|operation| operation.succeeded).count();
    coverage.operations = share(succeeded, operations.len());
    coverage
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

/// Points that were never seen, those that say most first: what was never called, then what was never sent, then
/// what was never answered. `default` is not missed.
pub fn never_seen(operations: &[OperationResult]) -> Vec<String> {
    use PointKind::{Choices, Invalid, Members, Parameters, Statuses, Valid};
    let asked = || operations.iter().filter(|operation| operation.verdict != Verdict::Skipped);
    let mut found: Vec<String> = asked()
        .filter(|operation| !operation.succeeded)
        .map(|operation| operation.name().into_owned())
        .collect();
    for kind in [Parameters, Members, Choices, Statuses, Invalid, Valid] {
        // Of what never succeeded, everything else is missing too.
        for operation in asked().filter(|operation| operation.succeeded) {
            let unseen = operation.coverage.of(kind).unseen.iter().filter(|name| *name != DEFAULT);
            let how = match kind {
                Valid => " kept",
                Invalid => " broken",
                _ => "",
            };
            found.extend(unseen.map(|point| format!("{} {point}{how}", operation.name())));
        }
    }
    found
}

/// Works out the rules of each operation from what looked, what was found and what could not look.
pub(super) fn settle(run: &mut Run) {
    let key = |document: Option<&str>, operation: &str| (document.map(str::to_owned), operation.to_owned());
    let mut found: HashMap<_, Vec<(Rule, String)>> = HashMap::new();
    let findings = run.findings.iter().map(|finding| (finding, finding.message.clone()));
    let waived = run.waived.iter().map(|waived| (&waived.finding, format!("waived: {}", waived.reason)));
    for (finding, why) in findings.chain(waived) {
        let key = key(finding.document_name.as_deref(), &finding.operation);
        found.entry(key).or_default().push((finding.rule, why));
    }
    for operation in &mut run.operations {
        let own = found.get(&key(operation.document_name.as_deref(), &operation.operation));
        operation.rules = of(operation, own.map_or(&[], Vec::as_slice));
    }
}

/// The rules of one operation, in the order of the catalogue. The first finding of a rule speaks for the others.
fn of(operation: &OperationResult, found: &[(Rule, String)]) -> Vec<RuleOutcome> {
    let mut rules: BTreeMap<Selector, RuleOutcome> = BTreeMap::new();
    for (rule, why) in found {
        let rule = Selector::from(*rule);
        let why = Some(why.clone());
        rules.entry(rule).or_insert(RuleOutcome { rule, outcome: Outcome::Found, why });
    }
    for rule in operation.looked.iter().copied().map(Selector::from) {
        rules.entry(rule).or_insert(RuleOutcome { rule, outcome: Outcome::Held, why: None });
    }
    for untested in &operation.untested {
        let (rule, why) = (untested.rule, &untested.why);
        let known = rules.entry(rule).or_insert(RuleOutcome { rule, outcome: Outcome::Untested, why: None });
        let why = match (&known.why, known.outcome) {
            (_, Outcome::Found) => continue,
            (None, Outcome::Held) => format!("in part; untested: {why}"),
            (None, _) => why.clone(),
            (Some(before), _) => format!("{before}; {why}"),
        };
        known.why = Some(why);
    }
    rules.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::policy::tests::run;
    use crate::run::{Share, Untested, Waived};

    fn told(run: &Run) -> Vec<String> {
        let of = |rule: &RuleOutcome| {
            let why = rule.why.as_deref().unwrap_or("-");
            format!("{} {:?} {why}", rule.rule, rule.outcome)
        };
        run.operations[0].rules.iter().map(of).collect()
    }

    #[test]
    fn each_rule_held_or_found_something_or_could_not_look() {
        let mut run = run();
        let operation = &mut run.operations[0];
        operation.looked = vec![Rule::BodySchema, Rule::ServerError, Rule::ScopeLackingAccepted];
        let untested = |rule: Rule, why: &str| Untested::new(rule, why);
        operation.untested = vec![
            untested(Rule::ScopeLackingAccepted, "lacks a: no key"),
            untested(Rule::PageLimit, "the list is empty"),
            untested(Rule::PageLimit, "and short"),
            untested(Rule::BodySchema, "never told"),
        ];
        run.findings[0].message = "it is odd".to_owned();
        settle(&mut run);
        let expected = [
            "server-error Held -",
            "body-schema Found it is odd",
            "scope-lacking-accepted Held in part; untested: lacks a: no key",
            "page-limit Untested the list is empty; and short",
        ];
        assert_eq!(told(&run), expected);
        let totals = OutcomeTotals::of(&run.operations);
        assert_eq!(totals.to_string(), "2 held, 1 found, 1 untested");
    }

    #[test]
    fn a_waived_finding_was_found() {
        let mut run = run();
        let finding = run.findings.remove(0);
        run.waived = vec![Waived { finding, reason: "we know".to_owned() }];
        settle(&mut run);
        assert_eq!(told(&run), ["body-schema Found waived: we know"]);
    }

    /// Two documents may have operations with one id.
    #[test]
    fn a_finding_is_of_its_own_document() {
        let mut run = run();
        run.operations[0].document_name = Some("a".into());
        run.findings[0].document_name = Some("b".into());
        settle(&mut run);
        assert_eq!(told(&run), ["body-schema Held -"]);
    }

    fn operation(id: &str, succeeded: bool, verdict: Verdict) -> OperationResult {
        let mut operation =
            OperationResult { operation: id.to_owned(), succeeded, verdict, ..run().operations.remove(0) };
        let mut add =
            |kind, name: &str, is_seen| operation.coverage.of_mut(kind).add(name.to_owned(), is_seen);
        add(PointKind::Statuses, "200", succeeded);
        add(PointKind::Statuses, "default", false);
        add(PointKind::Valid, "query.a maximum", succeeded);
        add(PointKind::Invalid, "query.a maximum", false);
        operation
    }

    #[test]
    fn points_are_counted_where_operations_were_asked_for() {
        let operations = [
            operation("a", true, Verdict::Conforms),
            operation("b", false, Verdict::Inconclusive),
            operation("c", false, Verdict::Skipped),
        ];
        let totals = PointTotals::of(&operations);
        assert_eq!(
            (totals.operations.to_string(), totals.all().to_string()),
            ("1 of 2".into(), "3 of 10".into())
        );
        assert_eq!(totals.kind(PointKind::Statuses), Share { seen: 1, total: 4 });
        assert_eq!(
            serde_json::to_string(&totals).unwrap(),
            "{\"operations\":{\"seen\":1,\"total\":2},\"statuses\":{\"seen\":1,\"total\":4},\
             \"parameters\":{\"seen\":0,\"total\":0},\"members\":{\"seen\":0,\"total\":0},\
             \"choices\":{\"seen\":0,\"total\":0},\"valid\":{\"seen\":1,\"total\":2},\
             \"invalid\":{\"seen\":0,\"total\":2},\"all\":{\"seen\":3,\"total\":10},\"percent\":30.0}"
        );
        assert_eq!(never_seen(&operations), ["b", "a query.a maximum broken"]);
    }
}
