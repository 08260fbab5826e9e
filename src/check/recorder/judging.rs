//! Has responses judged and records the result.

use std::time::Duration;

use super::Recorder;
use crate::check::credentials;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::plan::{self, Input, Step, settle};
use crate::contract::body::framing;
use crate::contract::{Direction, Operation};
use crate::exchange::{Exchange, Response, media_type};
use crate::judge::exchange::{Intent, Observation, Told, Trial, judge};
use crate::judge::{self, Evaluation};
use crate::rules::{Family, Rule, Severity};
use crate::run::AccessVerdict;

/// Why an answer says nothing.
const RATE_LIMITED: &str = "the target limits the rate (429); a lower --rate may help";

/// The answer to a step.
pub(in crate::check) struct StepAnswer<'a> {
    pub step: &'a Step,
    pub keyed: &'a Keyed,
    /// Whether every object that the path names was found at the target itself.
    pub found: bool,
}

impl Recorder<'_> {
    /// Judges one answer of a sequence by itself.
    pub fn judge(
        &mut self,
        operation: &Operation,
        intent: &Intent,
        evidence: &Evidence,
        asked: Option<&str>,
    ) {
        let Some(state) = self.states.get(operation.index).filter(|_| self.judges) else { return };
        let intent = &credentials::weighed(intent, evidence.key.as_ref());
        let trial = Trial {
            operation,
            intent,
            exchange: &evidence.exchange,
            success: state.success,
            plain: state.plain,
            asked,
            baseline: state.baseline.as_ref(),
            // Whether an object is there is what sequences find out.
            found: false,
        };
        let mut evaluation = self.judged(&trial);
        self.time(operation, &evidence.exchange, &mut evaluation);
        self.say(operation, evidence, evaluation);
    }

    /// Judges the answer to a step, and notes what it says of the operation and of access.
    pub fn judge_step(&mut self, operation: &Operation, answer: &StepAnswer<'_>) {
        let StepAnswer { step, keyed, found } = *answer;
        if !self.judges {
            return self.note_state(operation, step, &keyed.exchange);
        }
        let evidence = Evidence::from(keyed.clone());
        let exchange = &evidence.exchange;
        let Some(state) = self.states.get(operation.index) else { return };
        let trial = Trial {
            operation,
            intent: &credentials::weighed(&step.intent, evidence.key.as_ref()),
            exchange,
            success: state.success,
            plain: state.plain,
            asked: step.accept.as_deref(),
            baseline: state.baseline.as_ref(),
            found,
        };
        let mut evaluation = self.judged(&trial);
        self.time(operation, exchange, &mut evaluation);
        let observations = self.noted(operation, evaluation);
        // Before the plain request itself is noted.
        let plain = self.states.get(operation.index).and_then(|state| state.plain);
        self.note_state(operation, step, exchange);
        if step.is_plain()
            && let Some(status) = exchange.status()
        {
            self.take_back(operation, status);
        }
        if step.access.is_some() {
            let verdict = access_verdict(operation, step, exchange.status(), plain, &observations);
            self.record_access(step, evidence.key.as_ref(), exchange.status(), verdict);
            if exchange.status() == Some(429) && !step.is_plain() {
                self.case_untested(step, RATE_LIMITED);
            }
        }
        self.keep_seen(operation, &evidence, observations);
    }

    /// Judges an exchange. Nothing in a request says which of several operations with one method and one
    /// path is meant, so that what another one of them allows is no finding.
    fn judged(&self, trial: &Trial<'_>) -> Evaluation {
        let mut evaluation = judge(trial);
        if evaluation.seen.is_empty() {
            return evaluation;
        }
        let request = &trial.exchange.request;
        for twin in self.contract.twins(trial.operation) {
            let values = twin.template.values(&request.path);
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let takes = judge::request(twin, &values, request).is_empty();
            let seen = judge(&Trial { operation: twin, ..*trial }).seen;
            let is_as_open = twin.security == trial.operation.security;
            let is_about_keys = |rule: Rule| matches!(rule.family(), Family::Auth | Family::Scope);
            evaluation.seen.retain(|observation| match observation.rule {
                rule if is_about_keys(rule) && !is_as_open => false,
                Rule::ValidRejected => false,
                Rule::InvalidAccepted => !takes,
                rule => seen.iter().any(|other| other.rule == rule),
            });
        }
        evaluation
    }

    /// What the answer to a step says of the operation.
    fn note_state(&mut self, operation: &Operation, step: &Step, exchange: &Exchange) {
        let resources = self.resources;
        let Some(state) = self.states.get_mut(operation.index) else { return };
        let status = exchange.status();
        let was_let_in = status.is_some_and(|status| (200..300).contains(&status));
        let is_named = step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)));
        state.is_spent |= was_let_in && should_be_out(step) && is_named && plan::destroys(operation);
        if let Some(response) = exchange.response() {
            state.unjudged = state.unjudged.take().or_else(|| unjudged(operation, response));
        }
        if !step.is_plain() || state.tried {
            return;
        }
        state.tried = true;
        state.plain = status;
        match status {
            Some(status) if operation.is_success(status) => {
                state.success = Some(status);
                state.baseline = exchange.response().cloned();
            }
            Some(status) => {
                state.why = Some(why_not(operation, status));
                state.settle = resources.target(operation).map(|name| settle(operation, name, false));
            }
            None => state.why = exchange.outcome.as_ref().err().map(ToString::to_string),
        }
    }

    /// Whether an answer took longer than the user wants.
    fn time(&self, operation: &Operation, exchange: &Exchange, evaluation: &mut Evaluation) {
        let Some(limit) = self.slow else { return };
        evaluation.looks(Rule::ResponseSlow);
        // A stream takes as long as it is listened to.
        if exchange.elapsed > limit && !exchange.response().is_some_and(|response| response.is_cut) {
            evaluation.saw(slow(operation, exchange, limit));
        }
    }
}

/// Whether a step goes with a key that must be refused.
fn should_be_out(step: &Step) -> bool {
    matches!(step.intent, Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. })
}

/// Why an operation is inconclusive whose plain request got that answer.
fn why_not(operation: &Operation, status: u16) -> String {
    let is_named = plan::destroys(operation) && matches!(status, 404 | 410);
    let says_nothing = matches!(status, 401 | 403)
        && !operation.is_open()
        && (operation.scopes().is_empty() || operation.is_login());
    if status == 429 {
        RATE_LIMITED.to_owned()
    } else if says_nothing {
        format!("refused with {status}; another kind of credential or another value may be needed")
    } else if is_named {
        format!("the configured object does not exist ({status}); an earlier run may have deleted it")
    } else {
        format!("the plain request was answered with {status}")
    }
}

/// What the answer to a step says of access; `plain` is the status of the plain request before it.
fn access_verdict(
    operation: &Operation,
    step: &Step,
    status: Option<u16>,
    plain: Option<u16>,
    observations: &[Observation],
) -> (AccessVerdict, Option<String>) {
    let is_about_access = |rule: Rule| matches!(rule.family(), Family::Auth | Family::Scope);
    let is_bad = observations.iter().any(|seen| is_about_access(seen.rule));
    let tells_nothing = should_be_out(step) && status != Some(401) && status == plain;
    match status {
        None => (AccessVerdict::NotTried, Some("no response".to_owned())),
        Some(429) => (AccessVerdict::NotTried, Some(RATE_LIMITED.to_owned())),
        Some(_) if is_bad => (AccessVerdict::Finding, None),
        Some(status) if tells_nothing => {
            (AccessVerdict::NotTried, Some(format!("a sufficient key was also answered with {status}")))
        }
        Some(status) if step.is_plain() && !operation.is_success(status) => (
            AccessVerdict::NotTried,
            Some(format!("answered with {status}, which says nothing about access")),
        ),
        Some(_) => (AccessVerdict::Ok, None),
    }
}

fn slow(operation: &Operation, exchange: &Exchange, limit: Duration) -> Observation {
    Observation {
        rule: Rule::ResponseSlow,
        severity: Severity::Warning,
        message: format!("the response took {:?}", exchange.elapsed),
        expected: format!("at most {limit:?}"),
        actual: format!("{:?}", exchange.elapsed),
        at: "response".to_owned(),
        instance: String::new(),
        document: operation.pointer.clone(),
        told: Told::EachOperation,
    }
}

/// Why a body cannot be judged: its schema cannot be compiled, or it is too large.
fn unjudged(operation: &Operation, response: &Response) -> Option<String> {
    let media_type = media_type(&response.headers)?;
    let documented = operation.response(response.status.as_u16())?.content_for(&media_type)?;
    if response.is_cut && framing(&media_type).is_none() && documented.schema.is_some() {
        return Some("its response is too large to be validated; only its beginning was kept".to_owned());
    }
    let why = documented.schema.as_ref()?.compile(Direction::Response).err()?;
    Some(format!("its response cannot be validated, because the schema cannot be compiled: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::whole("application/json", false, false)]
    #[case::cut("application/json", true, true)]
    #[case::a_stream_has_no_end("application/jsonl", true, false)]
    fn what_is_too_large_is_not_judged(#[case] kind: &str, #[case] is_cut: bool, #[case] expected: bool) {
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {
            "description": "all", "content": {kind: {"schema": {"type": "array"}}},
        }}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let headers = http::HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind.parse().unwrap())]);
        let response = Response { status: http::StatusCode::OK, headers, body: "[".into(), is_cut };
        assert_eq!(unjudged(&contract.operations[0], &response).is_some(), expected);
    }
}
