//! Records steps that were not sent.

use super::Recorder;
use crate::check::plan::Step;
use crate::contract::OperationId;
use crate::judge::exchange::Intent;
use crate::rules::{Rule, Selector};
use crate::run::{AccessVerdict, Untested};

/// Why a step was not sent.
#[derive(Debug)]
pub(in crate::check) enum NotSent {
    /// No key for it can be had.
    Key(String),
    /// An object that it needs is not known.
    Object(String, Option<Missing>),
    /// Its answer would prove nothing.
    Pointless(&'static str),
    /// The run ended before it.
    Over(String),
}

/// A path parameter for which no value is known.
#[derive(Debug)]
pub(in crate::check) struct Missing {
    /// Its name.
    pub parameter: String,
    /// TOML that would settle it.
    pub settle: String,
}

impl Recorder<'_> {
    /// Notes that a step was not sent.
    pub fn not_sent(&mut self, step: &Step, reason: NotSent) {
        let (why, missing) = match reason {
            NotSent::Key(why) => (why, None),
            NotSent::Object(why, missing) => (why, missing),
            NotSent::Pointless(why) => (why.to_owned(), None),
            NotSent::Over(why) => {
                if let Some(state) = self.states.get_mut(step.operation).filter(|state| !state.tried) {
                    state.why.get_or_insert(why);
                }
                return;
            }
        };
        if step.access.is_some() {
            self.record_access(step, None, None, (AccessVerdict::NotTried, Some(why.clone())));
        }
        if !step.is_plain() {
            return self.case_untested(step, &why);
        }
        let Some(state) = self.states.get_mut(step.operation) else { return };
        state.tried = true;
        state.why = Some(why);
        (state.needs, state.settle) = missing.map(|missing| (missing.parameter, missing.settle)).unzip();
    }

    /// Notes a case that a bound of the run cut.
    pub fn cut(&mut self, operation: OperationId, rule: Selector, why: &str, case: &str) {
        let is_muted = self.is_muted(rule) || self.settings.is_aside(operation);
        let Some(state) = self.states.get_mut(operation).filter(|_| !is_muted) else { return };
        let known = state.untested.iter_mut().find(|known| known.rule == rule && known.why == why);
        match known {
            Some(known) => known.cases.push(case.to_owned()),
            None => state.untested.push(Untested { rule, why: why.to_owned(), cases: vec![case.to_owned()] }),
        }
    }

    /// Notes that a case of the access matrix could not be tested.
    pub(super) fn case_untested(&mut self, step: &Step, why: &str) {
        let Some(state) = self.states.get_mut(step.operation).filter(|_| step.access.is_some()) else {
            return;
        };
        let rule = match step.intent {
            Intent::Valid(_) => Rule::ScopeMinimalRefused,
            _ => step.rule(),
        };
        let entry = Untested::new(rule, format!("{}: {why}", step.label));
        if !state.untested.contains(&entry) {
            state.untested.push(entry);
        }
    }
}
