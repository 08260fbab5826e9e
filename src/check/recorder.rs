//! Records a run: observations with their evidence, the state of each operation, and the access matrix.

mod access;
mod judging;
mod samples;
mod state;
mod unsent;

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

pub(super) use judging::StepAnswer;
pub(super) use samples::Samples;
pub(super) use state::{OperationState, Refers, UnsaidBody};
pub(super) use unsent::{Missing, NotSent};

use super::evidence::{Evidence, Recorded};
use super::plan::{Answers, Settings};
use super::shared::Shared;
use crate::contract::{Contract, Operation, OperationId, PerOperation};
use crate::coverage::Meter;
use crate::exchange::Exchange;
use crate::judge::Evaluation;
use crate::judge::exchange::Observation;
use crate::resources::Resources;
use crate::rules::{Family, Rule, RuleSet, Selector, Severity};
use crate::run::{AccessCase, Untested};

/// What was seen so far.
pub(super) struct Recorder<'r> {
    contract: &'r Contract,
    resources: &'r Resources,
    muted: &'r RuleSet,
    /// Which operations are sent for the sake of others alone: nothing is said of these.
    settings: &'r Settings,
    /// Nothing is found out about keys.
    no_auth: bool,
    /// Answers that take longer are findings.
    slow: Option<Duration>,
    states: PerOperation<Shared<OperationState>>,
    seen: Vec<Recorded>,
    access: Vec<AccessCase>,
    /// Whether answers are judged; a fork leaves that to the run.
    judges: bool,
    /// Answers that are kept for snapshots.
    pub samples: Samples,
    meter: Meter,
}

impl<'r> Recorder<'r> {
    pub fn new(
        contract: &'r Contract,
        resources: &'r Resources,
        settings: &'r Settings,
        slow: Option<Duration>,
    ) -> Self {
        Self {
            contract,
            resources,
            muted: &settings.muted,
            settings,
            no_auth: settings.no_auth,
            slow,
            states: contract.operations.iter().map(|_| Shared::default()).collect(),
            seen: Vec::new(),
            access: Vec::new(),
            judges: true,
            samples: Samples::new(settings.answers != Answers::Dropped),
            meter: Meter::new(contract),
        }
    }

    /// The recorder of a fork: it knows what is known of the operations, and judges nothing.
    pub fn fork(&self) -> Self {
        Self {
            states: self.states.clone(),
            seen: Vec::new(),
            access: Vec::new(),
            judges: false,
            samples: Samples::new(false),
            meter: Meter::default(),
            ..*self
        }
    }

    pub fn is_muted(&self, rule: impl Into<Selector>) -> bool {
        self.muted.contains(rule)
    }

    /// What is known of an operation.
    pub fn state(&self, operation: OperationId) -> Option<&OperationState> {
        self.states.get(operation).map(Deref::deref)
    }

    pub fn state_mut(&mut self, operation: OperationId) -> Option<&mut OperationState> {
        self.states.get_mut(operation).map(DerefMut::deref_mut)
    }

    /// What is known of each operation, in the order of the document.
    #[cfg(test)]
    pub fn states(&self) -> &PerOperation<Shared<OperationState>> {
        &self.states
    }

    /// What was seen, in the order in which it was.
    pub fn seen(&self) -> &[Recorded] {
        &self.seen
    }

    /// Who was let in.
    pub fn take_access(&mut self) -> Vec<AccessCase> {
        std::mem::take(&mut self.access)
    }

    pub fn take_seen(&mut self) -> Vec<Recorded> {
        std::mem::take(&mut self.seen)
    }

    /// What of the documented operations was seen.
    pub fn take_meter(&mut self) -> Meter {
        std::mem::take(&mut self.meter)
    }

    pub fn take_states(&mut self) -> PerOperation<OperationState> {
        std::mem::take(&mut self.states).into_iter().map(Shared::into_inner).collect()
    }

    /// Whether anything is an error.
    pub fn has_error(&self) -> bool {
        self.seen.iter().any(|seen| seen.observation.severity == Severity::Error)
    }

    /// How many findings that may come to: one for each rule and operation.
    pub fn found(&self) -> usize {
        let places: HashSet<(OperationId, Rule)> =
            self.seen.iter().map(|seen| (seen.operation, seen.observation.rule)).collect();
        places.len()
    }

    /// Whether any operation was answered.
    pub fn has_answers(&self) -> bool {
        self.states.iter().any(|state| !state.statuses.is_empty())
    }

    /// Whether the plain request of an operation succeeded.
    pub fn has_succeeded(&self, operation: &Operation) -> bool {
        self.state(operation.index).is_some_and(|state| state.success.is_some())
    }

    /// Requests that were sent for an operation.
    pub fn requests(&self, operation: &Operation) -> usize {
        self.state(operation.index).map_or(0, |state| state.requests)
    }

    /// Counts a request that was sent for an operation, and its answer.
    pub fn count(&mut self, operation: &Operation, exchange: &Exchange) {
        self.meter.note(self.contract, operation, exchange);
        let Some(state) = self.states.get_mut(operation.index) else { return };
        state.requests += 1;
        state.waited += exchange.elapsed;
        // The answer to an undocumented method is not one of the operation.
        let is_own = operation.method == exchange.request.method;
        if let Some(status) = exchange.status().filter(|_| is_own) {
            *state.statuses.entry(status.to_string()).or_default() += 1;
            if self.settings.callbacks.is_some() && operation.calls_back && (200..300).contains(&status) {
                state.called.get_or_insert_with(|| exchange.clone());
            }
            if status == 500 && state.failed.is_none() {
                state.failed = Some(exchange.clone());
            }
        }
    }

    /// Notes which rules looked at an operation, and gives what they saw. A muted rule does neither, and none
    /// does at an operation that is sent for the sake of others.
    fn noted(&mut self, operation: &Operation, evaluation: Evaluation) -> Vec<Observation> {
        let Evaluation { mut looked, mut seen } = evaluation;
        if self.settings.is_aside(operation.index) {
            // Harm is told of by whoever did it.
            seen.retain(|seen| seen.rule == Rule::TargetHarmed);
            return seen;
        }
        let is_silent = |rule: Rule| {
            self.is_muted(rule) || (self.no_auth && matches!(rule.family(), Family::Auth | Family::Scope))
        };
        looked.retain(|rule| !is_silent(*rule));
        seen.retain(|seen| !is_silent(seen.rule));
        if let Some(state) = self.states.get_mut(operation.index) {
            state.looked.append(&mut looked);
        }
        seen
    }

    /// Keeps the results of rules, with the evidence; returns whether they found something.
    pub fn say(
        &mut self,
        operation: &Operation,
        evidence: &Evidence,
        evaluation: impl Into<Evaluation>,
    ) -> bool {
        let observations = self.noted(operation, evaluation.into());
        let is_odd = !observations.is_empty();
        self.keep_seen(operation, evidence, observations);
        is_odd
    }

    fn keep_seen(&mut self, operation: &Operation, evidence: &Evidence, observations: Vec<Observation>) {
        self.seen.extend(observations.into_iter().map(|observation| Recorded {
            observation,
            operation: operation.index,
            evidence: evidence.clone(),
        }));
    }

    /// Notes that a rule looked at an operation and saw nothing.
    pub fn held(&mut self, operation: &Operation, rule: Rule) {
        self.noted(operation, Evaluation::of(rule, None));
    }

    /// Whether a rule has seen something at an operation.
    pub fn has_seen(&self, rule: Rule, operation: &Operation) -> bool {
        self.seen.iter().any(|seen| seen.observation.rule == rule && seen.operation == operation.index)
    }

    /// Takes back what was said of one request.
    pub fn forget_case(&mut self, case: &str) {
        self.seen.retain(|seen| seen.evidence.exchange.case != case);
    }

    /// Notes that a rule, or a whole family, could not look at an operation.
    pub fn not_tested(&mut self, operation: OperationId, rule: impl Into<Selector>, why: &str) {
        let rule = rule.into();
        let is_muted = self.is_muted(rule) || self.settings.is_aside(operation);
        let Some(state) = self.states.get_mut(operation).filter(|_| !is_muted) else { return };
        if !state.untested.iter().any(|known| known.rule == rule) {
            state.untested.push(Untested::new(rule, why));
        }
    }

    /// Notes that rules could not look at an operation, and why.
    pub fn untested(&mut self, operation: &Operation, rules: &[Rule], why: &str) {
        for rule in rules {
            self.not_tested(operation.index, *rule, why);
        }
    }

    /// Notes why the operations whose plain request was not sent were not reached.
    pub fn not_reached(&mut self, why: &str) {
        for state in self.states.iter_mut().filter(|state| !state.tried) {
            state.why.get_or_insert_with(|| why.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
