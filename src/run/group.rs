//! One cause, one finding: which findings are mended together.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::finding::{Consequence, Finding, Waived};
use super::operation::OperationResult;
use super::policy::habit_id;
use crate::rules::Rule;

/// What follows at one operation: whoever is let in without a key is let in with any. Those that are causes themselves
/// come last.
const FOLLOWS: &[(Rule, &[Rule])] = &[
    (Rule::ScopeLackingAccepted, &[Rule::AuthMissingAccepted, Rule::AuthUnknownAccepted]),
    (Rule::AuthUnknownAccepted, &[Rule::AuthMissingAccepted]),
];

/// Puts what follows from a finding about the same operation under it, also where that finding is accepted: it is
/// mended with it, and is no news.
pub(super) fn fold(findings: &mut Vec<Finding>, waived: &mut [Waived]) {
    for (rule, causes) in FOLLOWS {
        let (followers, mut kept): (Vec<Finding>, Vec<Finding>) =
            std::mem::take(findings).into_iter().partition(|finding| finding.rule == *rule);
        for finding in followers {
            let is_cause = |cause: &&mut Finding| {
                causes.contains(&cause.rule)
                    && (&cause.operation, &cause.document_name)
                        == (&finding.operation, &finding.document_name)
            };
            let accepted = waived.iter_mut().map(|waived| &mut waived.finding);
            match kept.iter_mut().chain(accepted).find(is_cause) {
                Some(cause) => {
                    cause.causes.push(Consequence { rule: *rule, operation: finding.operation.clone() });
                    cause.causes.extend(finding.causes);
                }
                None => kept.push(finding),
            }
        }
        *findings = kept;
    }
}

/// From so many operations on, what all of them do is how the server behaves.
const ALL: usize = 3;

/// Gives what each operation does that could do otherwise one cause: a server that knows no id from another keeps
/// nothing. Where some operations do better, each of the others is mended for itself.
pub(super) fn join_habits(findings: &mut [Finding], waived: &[Waived], operations: &[OperationResult]) {
    const RULE: Rule = Rule::UnknownFound;
    type Place<'p> = (Option<&'p str>, &'p str);
    fn place(finding: &Finding) -> Place<'_> {
        (finding.document_name.as_deref(), finding.operation.as_str())
    }
    let accepted = waived.iter().map(|waived| &waived.finding);
    let broken: HashSet<Place> =
        findings.iter().chain(accepted).filter(|finding| finding.rule == RULE).map(place).collect();
    let mut looked = operations.iter().filter(|operation| operation.looked.contains(&RULE));
    let is_habit =
        looked.all(|operation| broken.contains(&(operation.document_name.as_deref(), &operation.operation)));
    if broken.len() < ALL || !is_habit {
        return;
    }
    let cause = habit_id(RULE, Some(200), "whatever the id");
    for finding in findings.iter_mut().filter(|finding| finding.rule == RULE) {
        finding.cause.clone_from(&cause);
    }
}

/// One finding for each cause. The findings come in the document's order, and those that they become stand where the
/// first of them stood.
pub(super) fn grouped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut causes: IndexMap<String, Vec<Finding>> = IndexMap::new();
    for finding in findings {
        causes.entry(finding.cause.clone()).or_default().push(finding);
    }
    causes.into_values().filter_map(one).collect()
}

/// As [`grouped`], for what waivers accept: each waiver for itself.
pub(super) fn grouped_waived(waived: Vec<Waived>) -> Vec<Waived> {
    let mut reasons: IndexMap<String, Vec<Finding>> = IndexMap::new();
    for Waived { finding, reason } in waived {
        reasons.entry(reason).or_default().push(finding);
    }
    let of_one = |(reason, findings): (String, Vec<Finding>)| {
        grouped(findings).into_iter().map(move |finding| Waived { finding, reason: reason.clone() })
    };
    reasons.into_iter().flat_map(of_one).collect()
}

/// The worst speaks for all: a known one only where all are known, the first where several are as bad.
fn one(members: Vec<Finding>) -> Option<Finding> {
    let weight = |finding: &Finding| (!finding.known, finding.severity);
    let worst = members.iter().map(weight).max()?;
    let mut head = members.iter().find(|finding| weight(finding) == worst)?.clone();
    if members.len() < 2 {
        return Some(head);
    }
    head.id.clone_from(&head.cause);
    head.places = members.iter().map(|finding| finding.places).sum();
    head.flaky = members.iter().all(|finding| finding.flaky);
    head.causes = members.iter().flat_map(|finding| finding.causes.clone()).collect();
    for status in members.iter().flat_map(|finding| finding.statuses.clone()) {
        head.saw(Some(status));
    }
    head.members = members;
    Some(head)
}

#[cfg(test)]
mod tests;
