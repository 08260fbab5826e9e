//! What a run comes to.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{Plan, Runner, State};
use crate::check::tell;
use crate::contract::{Operation, StatusKey};
use crate::judge::exchange::Told;
use crate::rules::Rule;
use crate::run::{Coverage, DocumentInfo, Finding, OperationResult, Run, Summary, Verdict};

impl Runner<'_> {
    pub(super) fn finish(mut self, plan: &Plan) -> Run {
        for unplanned in &plan.unplanned {
            if let Some(state) = self.states.get_mut(unplanned.operation) {
                state.why = Some(unplanned.why.clone());
                state.is_action = unplanned.is_action;
                state.settle.clone_from(&unplanned.settle);
            }
        }
        self.settle_untested(plan);
        let redactor = self.redactor();
        // What is told once for several operations did not hold at the others either.
        let shared = self.seen.iter().filter(|seen| seen.observation.told != Told::EachOperation);
        let shared: HashSet<_> = shared.map(|seen| (seen.operation, seen.observation.rule)).collect();
        let findings = tell::findings(self.contract, std::mem::take(&mut self.seen), &redactor);
        for (index, rule) in shared {
            self.forget_untold(index, rule, &findings);
        }
        let coverage = self.coverage();
        let operations = self.contract.operations.iter().zip(std::mem::take(&mut self.states));
        let operations = operations.map(|(operation, state)| self.result(operation, state)).collect();
        Run {
            counterpart: env!("CARGO_PKG_VERSION").to_owned(),
            document: DocumentInfo {
                title: self.contract.title.clone(),
                version: self.contract.version.clone(),
            },
            target: self.target.base().to_owned(),
            seed: self.options.seed,
            run: self.options.name.clone(),
            summary: Summary {
                duration_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
                ..Summary::default()
            },
            operations,
            findings,
            waived: Vec::new(),
            problems: Vec::new(),
            leftovers: self.ledger.leftovers(),
            access: self.access,
            coverage,
            pending: Vec::new(),
        }
    }

    /// Takes back that a rule looked at an operation where what it saw there is told elsewhere.
    fn forget_untold(&mut self, index: usize, rule: Rule, findings: &[Finding]) {
        let id = self.contract.operations.get(index).map_or("", |operation| operation.id.as_str());
        let is_told = findings.iter().any(|finding| finding.rule == rule && finding.operation == id);
        if let Some(state) = self.states.get_mut(index).filter(|_| !is_told) {
            state.looked.remove(&rule);
        }
    }

    fn result(&self, operation: &Operation, state: State) -> OperationResult {
        let succeeded = state.has_succeeded(operation);
        let (verdict, why) = if let Some(why) = self.settings.skipped.get(&operation.index) {
            (Verdict::Skipped, Some(why.clone()))
        } else if self.settings.read_only && !operation.is_safe() {
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
            method: operation.method.to_string(),
            path: operation.path().to_owned(),
            succeeded,
            kind: self.resources.kind(operation.index).map(|judged| judged.kind),
            is_action: state.is_action,
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

    fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        let mut succeeded = 0_u32;
        let mut total = 0_u32;
        for (operation, state) in self.contract.operations.iter().zip(&self.states) {
            total += 1;
            succeeded += u32::from(state.has_succeeded(operation));
            for response in &operation.responses {
                let was_seen = state.statuses.keys().any(|seen| {
                    seen.parse::<u16>().is_ok_and(|seen| {
                        operation.response(seen).is_some_and(|r| r.status == response.status)
                    })
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
}

fn sorted(mut statuses: IndexMap<String, usize>) -> IndexMap<String, usize> {
    statuses.sort_keys();
    statuses
}
