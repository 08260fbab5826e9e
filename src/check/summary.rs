//! The summary of a run.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::findings;
use super::plan::Plan;
use super::recorder::OperationState;
use super::session::Session;
use super::untested;
use crate::contract::{Contract, Operation, OperationId, PerOperation, StatusKey};
use crate::judge::exchange::Told;
use crate::rules::Rule;
use crate::run::{Coverage, DocumentInfo, Finding, OperationResult, Run, Summary, Verdict};

/// Sums a run up.
pub(super) fn summarize(session: &mut Session<'_>, plan: &Plan, seed: u64) -> Run {
    for unplanned in &plan.unplanned {
        if let Some(state) = session.recorder.state_mut(unplanned.operation) {
            state.why = Some(unplanned.why.clone());
            state.is_action = unplanned.is_action;
            state.settle.clone_from(&unplanned.settle);
        }
    }
    untested::settle(session, plan);
    let findings = findings_of(session);
    let states = session.recorder.take_states();
    let coverage = coverage(session.contract, &states);
    let operations = session.contract.operations.iter().zip(states);
    let operations = operations.map(|(operation, state)| result(session, operation, state)).collect();
    Run {
        counterpart: env!("CARGO_PKG_VERSION").to_owned(),
        document: DocumentInfo {
            title: session.contract.title.clone(),
            version: session.contract.version.clone(),
        },
        documents: Vec::new(),
        target: session.sender.base().to_owned(),
        seed,
        run: session.marks.run.clone(),
        summary: Summary { duration_ms: session.sender.elapsed_ms(), ..Summary::default() },
        operations,
        retried: Vec::new(),
        findings,
        waived: Vec::new(),
        problems: Vec::new(),
        leftovers: session.ledger.leftovers(),
        access: session.recorder.take_access(),
        coverage,
        pending: Vec::new(),
    }
}

fn findings_of(session: &mut Session<'_>) -> Vec<Finding> {
    // What is reported once for several operations failed at the others too.
    let shared = session.recorder.seen().iter().filter(|seen| seen.observation.told != Told::EachOperation);
    let shared: HashSet<_> = shared.map(|seen| (seen.operation, seen.observation.rule)).collect();
    let redactor = session.redactor();
    let findings = findings::findings(session.contract, session.recorder.take_seen(), &redactor);
    for (index, rule) in shared {
        forget_untold(session, index, rule, &findings);
    }
    findings
}

/// Takes back that a rule checked an operation if its finding is reported elsewhere.
fn forget_untold(session: &mut Session<'_>, index: OperationId, rule: Rule, findings: &[Finding]) {
    let id = session.contract.at(index).map_or("", |operation| operation.id.as_str());
    let is_told = findings.iter().any(|finding| finding.rule == rule && finding.operation == id);
    if let Some(state) = session.recorder.state_mut(index).filter(|_| !is_told) {
        state.looked.remove(&rule);
    }
}

fn result(session: &Session<'_>, operation: &Operation, state: OperationState) -> OperationResult {
    let succeeded = state.has_succeeded(operation);
    let (verdict, why) = if let Some(why) = session.settings.skipped.get(&operation.index) {
        (Verdict::Skipped, Some(why.clone()))
    } else if session.settings.read_only && !operation.is_safe() {
        (Verdict::Skipped, Some("--read-only".to_owned()))
    } else if let Some(why) = state.unjudged {
        (Verdict::Inconclusive, Some(why))
    } else if succeeded {
        (Verdict::Conforms, None)
    } else {
        (Verdict::Inconclusive, state.why.or_else(|| Some("it was not reached".to_owned())))
    };
    OperationResult {
        operation: operation.id.clone(),
        document_name: None,
        method: operation.method.to_string(),
        path: operation.path().to_owned(),
        succeeded,
        kind: session.resources.kind(operation.index).map(|judged| judged.kind),
        is_action: state.is_action,
        needs: state.needs.filter(|_| verdict == Verdict::Inconclusive),
        settle: state.settle.filter(|_| verdict == Verdict::Inconclusive),
        verdict,
        why,
        scopes: operation.scopes().to_vec(),
        untested: state.untested,
        requests: state.requests,
        statuses: sorted(state.statuses),
        rules: state.looked.iter().copied().collect(),
    }
}

fn coverage(contract: &Contract, states: &PerOperation<OperationState>) -> Coverage {
    let mut coverage = Coverage::default();
    let mut succeeded = 0_u32;
    let mut total = 0_u32;
    for (operation, state) in contract.operations.iter().zip(states) {
        total += 1;
        succeeded += u32::from(state.has_succeeded(operation));
        for response in &operation.responses {
            let was_seen = state.statuses.keys().any(|seen| {
                seen.parse::<u16>()
                    .is_ok_and(|seen| operation.response(seen).is_some_and(|r| r.status == response.status))
            });
            coverage.statuses.documented += 1;
            if was_seen {
                coverage.statuses.seen += 1;
            } else if response.status != StatusKey::Default {
                coverage.unseen.push(format!("{} {}", operation.id, response.status));
            }
        }
    }
    coverage.operations = if total == 0 { 0.0 } else { f64::from(succeeded) / f64::from(total) };
    coverage
}

fn sorted(mut statuses: IndexMap<String, usize>) -> IndexMap<String, usize> {
    statuses.sort_keys();
    statuses
}

#[cfg(test)]
mod tests;
