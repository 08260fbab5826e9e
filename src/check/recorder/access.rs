//! Records the cases of the access matrix.

use super::Recorder;
use crate::check::credentials::KeyChoice;
use crate::check::plan::Step;
use crate::contract::Operation;
use crate::judge::exchange::Intent;
use crate::rules::Rule;
use crate::run::{AccessCase, AccessVerdict, Expected, KeyInfo, KeyKind};

impl Recorder<'_> {
    /// Records what a step shows about access.
    pub(super) fn record_access(
        &mut self,
        step: &Step,
        key: Option<&KeyInfo>,
        status: Option<u16>,
        (verdict, why): (AccessVerdict, Option<String>),
    ) {
        let Some(operation) = self.contract.at(step.operation) else { return };
        if self.settings.is_aside(operation.index) {
            return;
        }
        let Some(kind) = step.access else { return };
        let required = operation.security.iter().filter(|r| !r.schemes.is_empty()).map(|r| r.scopes.clone());
        let (label, expected) = match &step.intent {
            Intent::Valid(_) => (KeyKind::Minimal.to_string(), Expected::Accepted),
            Intent::WiderKey => (step.label.clone(), Expected::Accepted),
            _ => (step.label.clone(), Expected::Refused),
        };
        let chosen = match &step.key {
            KeyChoice::Minimal(scopes) | KeyChoice::Wider { scopes } | KeyChoice::Lacking { scopes, .. } => {
                scopes.clone()
            }
            _ => Vec::new(),
        };
        // An object that is created for another step is not a case of its own.
        let is_known = self.access.iter().any(|known| {
            known.operation == operation.id
                && known.kind == kind
                && known.case == label
                && known.verdict == verdict
        });
        if is_known && kind == KeyKind::Minimal {
            return;
        }
        self.access.push(AccessCase {
            operation: operation.id.clone(),
            document_name: None,
            required: required.collect(),
            case: label,
            kind,
            key: key.map_or_else(|| "none".to_owned(), |key| key.name.clone()),
            granted: key.map_or(chosen, |key| key.scopes.clone()),
            expected,
            status,
            verdict,
            why,
        });
    }

    /// The plain request is sent again, for another object: that answer counts.
    pub fn try_anew(&mut self, step: &Step) {
        if let Some(state) = self.states.get_mut(step.operation) {
            state.tried = false;
        }
        if step.access.is_some() {
            self.access.pop();
        }
    }

    /// Takes back findings about how wrong keys are refused, if the sufficient key got the
    /// same status after them: then it says nothing of keys.
    pub(super) fn take_back(&mut self, operation: &Operation, status: u16) {
        if operation.is_success(status) {
            return;
        }
        self.seen.retain(|seen| {
            seen.operation != operation.index
                || !matches!(seen.observation.rule, Rule::AuthStatus | Rule::ScopeStatus)
                || seen.evidence.exchange.status() != Some(status)
        });
        let cases = self.access.iter_mut().filter(|case| case.operation == operation.id);
        for case in cases.filter(|case| case.status == Some(status) && status >= 300) {
            if case.verdict == AccessVerdict::Finding {
                case.verdict = AccessVerdict::NotTried;
                case.why = Some(format!("a sufficient key was also answered with {status}"));
            }
        }
    }

    /// A key with more scopes was let in where the minimal one was refused: the operation is judged by that.
    pub fn let_in_with_more(&mut self, operation: &Operation, with: &str) {
        let refusals = self.seen.iter_mut().rev();
        let mut refusals = refusals.filter(|seen| seen.operation == operation.index);
        if let Some(seen) = refusals.find(|seen| seen.observation.rule == Rule::ScopeMinimalRefused) {
            seen.observation.message.push_str(with);
        }
        if let Some(state) = self.states.get_mut(operation.index) {
            state.tried = false;
            state.why = None;
        }
    }

    /// Takes back that the minimal key was refused: the reason may be another one.
    pub fn take_back_minimal(&mut self, operation: &Operation, why: &str) {
        self.seen.retain(|seen| {
            seen.operation != operation.index || seen.observation.rule != Rule::ScopeMinimalRefused
        });
        let mut cases = self.access.iter_mut().rev();
        if let Some(case) = cases.find(|case| case.operation == operation.id && case.kind == KeyKind::Minimal)
        {
            case.verdict = AccessVerdict::NotTried;
            case.why = Some(why.to_owned());
        }
        if let Some(state) = self.states.get_mut(operation.index) {
            state.looked.remove(&Rule::ScopeMinimalRefused);
            state.why = Some(why.to_owned());
        }
    }
}
