//! Has answers judged, and notes what they come to: who looked, what was seen, who was let in.

use crate::rules::{Family, Rule, Selector, Severity};
use std::time::Duration;

use super::{Keyed, Runner};
use crate::check::chain::Turn;
use crate::check::credentials::{self, KeyChoice};
use crate::check::plan::{self, Input, Step, settle};
use crate::check::tell::Seen;
use crate::contract::{Direction, Operation};
use crate::exchange::{Exchange, Response, media_type};
use crate::judge::Evaluation;
use crate::judge::exchange::{Intent, Observation, Told, Trial, Valid, judge};
use crate::run::{AccessCase, AccessVerdict, Expected, KeyInfo, KeyKind};

impl Runner<'_> {
    pub(super) fn record_access(
        &mut self,
        step: &Step,
        key: Option<&KeyInfo>,
        status: Option<u16>,
        verdict: AccessVerdict,
        why: Option<String>,
    ) {
        let Some(operation) = self.contract.operations.get(step.operation) else { return };
        let Some(kind) = step.access else { return };
        let required = operation.security.iter().filter(|r| !r.schemes.is_empty()).map(|r| r.scopes.clone());
        let (label, expected) = match &step.intent {
            Intent::Valid(_) => (KeyKind::Minimal.to_string(), Expected::Accepted),
            Intent::WiderKey => (step.label.clone(), Expected::Accepted),
            _ => (step.label.clone(), Expected::Refused),
        };
        let wished = match &step.key {
            KeyChoice::Minimal(scopes) | KeyChoice::Wider { scopes } | KeyChoice::Lacking { scopes, .. } => {
                scopes.clone()
            }
            KeyChoice::Nothing | KeyChoice::Unknown | KeyChoice::Limited(_) => Vec::new(),
        };
        // An object that is made for another step is no case of its own.
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
            required: required.collect(),
            case: label,
            kind,
            key: key.map_or_else(|| "none".to_owned(), |key| key.name.clone()),
            granted: key.map_or(wished, |key| key.scopes.clone()),
            expected,
            status,
            verdict,
            why,
        });
    }

    pub(in crate::check) fn is_muted(&self, rule: impl Into<Selector>) -> bool {
        self.settings.muted.contains(rule)
    }

    /// Judges one answer of a chain by itself.
    pub(in crate::check) fn judge_turn(
        &mut self,
        operation: &Operation,
        intent: &Intent,
        turn: &Turn,
        asked: Option<&str>,
    ) {
        let Some(state) = self.states.get(operation.index) else { return };
        let intent = &credentials::weighed(intent, turn.key.as_ref());
        let trial = Trial {
            operation,
            intent,
            exchange: &turn.exchange,
            success: state.success,
            plain: state.plain,
            asked,
            baseline: state.baseline.as_ref(),
            // Whether an object is there is what chains find out.
            found: false,
        };
        let mut evaluation = judge(&trial);
        self.time(operation, &turn.exchange, &mut evaluation);
        self.say(operation, turn, evaluation);
    }

    /// Whether an answer took longer than the user wants.
    fn time(&self, operation: &Operation, exchange: &Exchange, evaluation: &mut Evaluation) {
        let Some(limit) = self.options.slow else { return };
        evaluation.looks(Rule::ResponseSlow);
        // A stream takes as long as it is listened to.
        if exchange.elapsed > limit && !exchange.response().is_some_and(|response| response.is_cut) {
            evaluation.saw(slow(operation, exchange, limit));
        }
    }

    /// Notes which rules looked at an operation, and gives what they saw. A muted rule does neither.
    pub(in crate::check) fn noted(
        &mut self,
        operation: &Operation,
        evaluation: Evaluation,
    ) -> Vec<Observation> {
        let Evaluation { mut looked, mut seen } = evaluation;
        looked.retain(|rule| !self.is_muted(*rule));
        seen.retain(|seen| !self.is_muted(seen.rule));
        if let Some(state) = self.states.get_mut(operation.index) {
            state.looked.append(&mut looked);
        }
        seen
    }

    /// Judges the answer to a step, and notes what it says of the operation and of access.
    pub(super) fn judged(
        &mut self,
        operation: &Operation,
        step: &Step,
        keyed: &Keyed,
        found: bool,
        asked: Option<&str>,
    ) {
        let Keyed { exchange, key, placed } = keyed;
        let key = key.as_ref().map(|key| &key.info);
        let status = exchange.status();
        let is_plain = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp));
        let Some(state) = self.states.get(operation.index) else { return };
        let trial = Trial {
            operation,
            intent: &credentials::weighed(&step.intent, key),
            exchange,
            success: state.success,
            plain: state.plain,
            asked,
            baseline: state.baseline.as_ref(),
            found,
        };
        let mut evaluation = judge(&trial);
        self.time(operation, exchange, &mut evaluation);
        let observations = self.noted(operation, evaluation);
        let Some(state) = self.states.get_mut(operation.index) else { return };
        let was_let_in = status.is_some_and(|status| (200..300).contains(&status));
        let should_be_out =
            matches!(step.intent, Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. });
        let is_named = step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)));
        let tells_nothing = should_be_out && status != Some(401) && status == state.plain;
        state.is_spent |= was_let_in && should_be_out && is_named && plan::destroys(operation);
        if let Some(response) = exchange.response() {
            state.unjudged = state.unjudged.take().or_else(|| unjudged(operation, response));
        }
        if is_plain && !state.tried {
            state.tried = true;
            state.plain = status;
            match status {
                Some(status) if operation.is_success(status) => {
                    state.success = Some(status);
                    state.baseline = exchange.response().cloned();
                }
                Some(status) => {
                    let is_named = plan::destroys(operation) && matches!(status, 404 | 410);
                    let says_nothing = matches!(status, 401 | 403)
                        && !operation.is_open()
                        && (operation.scopes().is_empty() || operation.is_login());
                    state.why = Some(if says_nothing {
                        format!("refused with {status}: another kind of credential, or a value")
                    } else if is_named {
                        format!(
                            "the object that is named for it is not there ({status}); an earlier run may have destroyed it"
                        )
                    } else {
                        format!("the plain request was answered with {status}")
                    });
                    state.settle =
                        self.resources.target(operation).map(|name| settle(operation, name, false));
                }
                None => {
                    state.why = exchange.outcome.as_ref().err().map(ToString::to_string);
                }
            }
        }
        if is_plain && let Some(status) = status {
            self.take_back(operation, status);
        }
        if step.access.is_some() {
            let is_about_access = |rule: Rule| matches!(rule.family(), Family::Auth | Family::Scope);
            let bad = observations.iter().any(|seen| is_about_access(seen.rule));
            let (verdict, why) = match status {
                None => (AccessVerdict::NotTried, Some("no answer".to_owned())),
                Some(_) if bad => (AccessVerdict::Finding, None),
                Some(status) if tells_nothing => {
                    (AccessVerdict::NotTried, Some(format!("a sufficient key is answered with {status} too")))
                }
                Some(status) if is_plain && !operation.is_success(status) => (
                    AccessVerdict::NotTried,
                    Some(format!("answered with {status}, which says nothing of access")),
                ),
                Some(_) => (AccessVerdict::Ok, None),
            };
            self.record_access(step, key, status, verdict, why);
        }
        for observation in observations {
            self.seen.push(Seen {
                observation,
                operation: operation.index,
                exchange: exchange.clone(),
                key: key.cloned(),
                placed: placed.clone(),
            });
        }
    }
}

fn slow(operation: &Operation, exchange: &Exchange, limit: Duration) -> Observation {
    Observation {
        rule: Rule::ResponseSlow,
        severity: Severity::Warning,
        message: format!("the answer took {:?}", exchange.elapsed),
        expected: format!("at most {limit:?}"),
        actual: format!("{:?}", exchange.elapsed),
        at: "response".to_owned(),
        instance: String::new(),
        document: operation.pointer.clone(),
        told: Told::EachOperation,
    }
}

/// Why a body cannot be judged: its schema cannot be compiled.
fn unjudged(operation: &Operation, response: &Response) -> Option<String> {
    let media_type = media_type(&response.headers)?;
    let documented = operation.response(response.status.as_u16())?.content_for(&media_type)?;
    let why = documented.schema.as_ref()?.compile(Direction::Response).err()?;
    Some(format!("its answer cannot be judged, because the schema cannot be compiled: {why}"))
}
