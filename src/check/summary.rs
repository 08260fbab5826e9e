//! The summary of a run.

use std::time::Duration;

use indexmap::IndexMap;

use super::findings;
use super::plan::Plan;
use super::recorder::OperationState;
use super::session::Session;
use super::untested;
use crate::contract::Operation;
use crate::coverage::Meter;
use crate::run::{
    DocumentInfo, Finding, OperationCoverage, OperationResult, Run, Summary, Verdict, coverage_of,
};

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
    let mut meter = session.recorder.take_meter();
    let operations = session.contract.operations.iter().zip(states);
    let operations: Vec<OperationResult> =
        operations.map(|(operation, state)| result(session, operation, state, &mut meter)).collect();
    let coverage = coverage_of(&operations);
    let redactor = session.redactor();
    let mut access = session.recorder.take_access();
    // They come in the order of sending, which puts plain requests first.
    access.sort_by_key(|case| session.contract.operation(&case.operation).map(|operation| operation.index));
    Run {
        counterpart: env!("CARGO_PKG_VERSION").to_owned(),
        document: DocumentInfo {
            title: session.contract.title.clone(),
            version: session.contract.version.clone(),
        },
        documents: Vec::new(),
        shards: Vec::new(),
        target: session.sender.base().to_owned(),
        started: session.sender.begun(),
        commit: None,
        seed,
        run: session.marks.run.clone(),
        summary: Summary { duration_ms: session.sender.elapsed_ms(), ..Summary::default() },
        operations,
        retried: Vec::new(),
        findings,
        waived: Vec::new(),
        problems: Vec::new(),
        leftovers: session.ledger.leftovers(),
        access,
        coverage,
        pending: Vec::new(),
        traffic: session.sender.traffic(&redactor),
    }
}

fn findings_of(session: &mut Session<'_>) -> Vec<Finding> {
    let redactor = session.redactor();
    findings::findings(session.contract, &session.recorder.take_seen(), &redactor)
}

fn result(
    session: &Session<'_>,
    operation: &Operation,
    state: OperationState,
    meter: &mut Meter,
) -> OperationResult {
    let answered: Vec<u16> = state.statuses.keys().filter_map(|status| status.parse().ok()).collect();
    let succeeded = state.has_succeeded(operation);
    let (verdict, why) = if let Some(why) = session.settings.skipped.get(&operation.index) {
        (Verdict::Skipped, Some(why.clone()))
    } else if session.settings.read_only && !operation.is_safe() {
        (Verdict::Skipped, Some("--read-only".to_owned()))
    } else if let Some(shard) = session.settings.elsewhere.get(&operation.index) {
        (Verdict::Skipped, Some(format!("shard {shard} checks it")))
    } else if let Some(why) = state.unjudged {
        (Verdict::Inconclusive, Some(why))
    } else if succeeded {
        (Verdict::Conforms, None)
    } else {
        (Verdict::Inconclusive, state.why.or_else(|| Some("it was not reached".to_owned())))
    };
    OperationResult {
        succeeded,
        kind: session.resources.kind(operation.index).map(|judged| judged.kind),
        is_action: state.is_action,
        needs: state.needs.filter(|_| verdict == Verdict::Inconclusive),
        settle: state.settle.filter(|_| verdict == Verdict::Inconclusive),
        verdict,
        why,
        untested: state.untested,
        requests: state.requests,
        statuses: sorted(state.statuses),
        coverage: match verdict {
            Verdict::Skipped => Meter::of_statuses(operation, &answered),
            _ => meter.of(operation, &answered),
        },
        waited: state.waited,
        looked: state.looked.iter().copied().collect(),
        ..unseen(operation)
    }
}

/// The result of an operation of which nothing was seen.
pub(super) fn unseen(operation: &Operation) -> OperationResult {
    OperationResult {
        operation: operation.id.clone(),
        document_name: None,
        method: operation.method.to_string(),
        path: operation.path().to_owned(),
        tags: operation.tags.clone(),
        succeeded: false,
        kind: None,
        is_action: false,
        needs: None,
        settle: None,
        verdict: Verdict::Inconclusive,
        why: None,
        scopes: operation.scopes().to_vec(),
        untested: Vec::new(),
        requests: 0,
        statuses: IndexMap::new(),
        rules: Vec::new(),
        coverage: OperationCoverage::default(),
        waited: Duration::ZERO,
        looked: Vec::new(),
    }
}

pub(super) fn sorted(mut statuses: IndexMap<String, usize>) -> IndexMap<String, usize> {
    statuses.sort_keys();
    statuses
}

#[cfg(test)]
mod tests;
