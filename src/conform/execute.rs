//! Sends a plan's steps one after another, binds what later steps need, and has every answer
//! judged.

mod keep;
mod objects;
mod sum;

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde_json::Value;

use super::chain::Turn;
use super::keys::{self, Keys, Sources, Wish};
use super::look::{self, Cause};
use super::plan::{Input, Plan, Settings, Step, settle};
use super::tell::Seen;
use crate::client::Client;
use crate::contract::{Contract, Direction, Location, Operation};
use crate::exchange::{Exchange, Response, media_type};
use crate::judge::Sheet;
use crate::judge::trial::{Intent, Observation, Trial, Valid, judge};
use crate::produce::request::{Parts, build};
use crate::redact::Placed;
use crate::resource::Resources;
use crate::rules::{self, Severity};
use crate::run::{AccessCase, AccessVerdict, Answer, Expected, KeyInfo, KeyKind, Run};
use keep::Kept;

/// Bounds of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the run, in `Counterpart-Case`.
    pub name: String,
    /// Seed of random choices.
    pub seed: u64,
    /// Least time between two requests.
    pub pause: Option<Duration>,
    /// The run ends after this long; the rest is inconclusive.
    pub deadline: Option<Duration>,
    /// The run ends after this many requests; the rest is inconclusive.
    pub max_requests: Option<usize>,
    /// Answers that take longer are findings.
    pub slow: Option<Duration>,
    /// The run ends at the first error.
    pub fail_fast: bool,
}

/// What a run tells while it goes on.
#[derive(Debug, Clone)]
pub enum Event<'e> {
    /// A step or a sequence is about to begin.
    Begins {
        /// Steps and sequences that are over.
        done: usize,
        /// Steps and sequences of the plan.
        planned: usize,
        /// Requests sent.
        sent: usize,
        /// Id of the operation.
        operation: &'e str,
    },
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was found; no policy is applied yet.
    pub run: Run,
    /// Set where nothing but the first look was sent.
    pub stopped: Option<Cause>,
    /// The first answer of each operation in each case with each status and media type.
    pub answers: Vec<Answer>,
    /// Whether a bound ended the run before its plan did.
    pub is_cut_short: bool,
}

/// Who is told what a run does.
pub type Listener<'l> = &'l mut (dyn FnMut(Event<'_>) + Send);

/// How many safe operations the first look tries.
const FIRST_LOOK: usize = 5;

/// Everything that a run needs, all of it brought by the caller.
pub struct Job<'j> {
    /// What the target is held to.
    pub contract: &'j Contract,
    /// What was inferred of its resources.
    pub resources: &'j Resources,
    /// What to send.
    pub plan: &'j Plan,
    /// What the plan was made from.
    pub settings: &'j Settings,
    /// Where keys come from.
    pub sources: &'j Sources,
    /// The way to the target.
    pub client: &'j Client,
    /// Bounds.
    pub options: &'j Options,
}

/// Runs a plan against a target.
pub async fn run(job: &Job<'_>, on_event: Listener<'_>) -> Outcome {
    let Job { contract, resources, plan, settings, sources, client, options } = *job;
    let mut runner = Runner {
        contract,
        resources,
        settings,
        sources,
        client,
        options,
        keys: Keys::new(sources, &settings.scopes),
        started: Instant::now(),
        last: None,
        sent: 0,
        listed: HashMap::new(),
        own: HashMap::new(),
        made: Vec::new(),
        states: contract.operations.iter().map(|_| State::default()).collect(),
        seen: Vec::new(),
        access: Vec::new(),
        muted: settings.muted.clone(),
        kept: IndexMap::new(),
    };
    let stopped = runner.all(plan, on_event).await;
    let answers = runner.answers();
    let is_cut_short = runner.must_end().is_some();
    Outcome { run: runner.finish(plan), stopped, answers, is_cut_short }
}

/// What is known of one operation while the run goes on.
#[derive(Debug, Default)]
pub(super) struct State {
    requests: usize,
    statuses: IndexMap<String, usize>,
    /// Status of the plain request, where it was a success.
    pub success: Option<u16>,
    /// Whether the plain request was sent.
    tried: bool,
    baseline: Option<Response>,
    /// Whether the one object that it may destroy is gone before its time.
    is_spent: bool,
    why: Option<String>,
    settle: Option<String>,
    /// Why answers of it could not be judged.
    unjudged: Option<String>,
    /// Names of the rules that looked at its answers.
    looked: BTreeSet<&'static str>,
    pub untested: Vec<String>,
}

pub(super) struct Runner<'r> {
    pub contract: &'r Contract,
    pub resources: &'r Resources,
    pub settings: &'r Settings,
    pub sources: &'r Sources,
    pub client: &'r Client,
    options: &'r Options,
    pub keys: Keys<'r>,
    started: Instant,
    last: Option<Instant>,
    sent: usize,
    listed: HashMap<usize, Vec<Value>>,
    own: HashMap<usize, Vec<Value>>,
    /// Addresses of what was made and not removed: collection, id, path.
    pub made: Vec<(usize, Value, String)>,
    pub states: Vec<State>,
    pub seen: Vec<Seen>,
    access: Vec<AccessCase>,
    muted: Vec<String>,
    kept: IndexMap<keep::Key, Kept>,
}

/// Why a step was not sent.
pub(super) enum NotSent {
    Key(String),
    Object(String, Option<String>),
    Pointless(&'static str),
}

impl Runner<'_> {
    async fn all(&mut self, plan: &Plan, on_event: Listener<'_>) -> Option<Cause> {
        let planned = plan.steps.len() + plan.chains.len();
        let mut done = 0;
        let ready: Vec<usize> = plan
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| self.is_first_look(step))
            .map(|(index, _)| index)
            .take(FIRST_LOOK)
            .collect();
        let mut first = Vec::new();
        for index in &ready {
            let Some(step) = plan.steps.get(*index) else { continue };
            self.begins(step.operation, &mut done, planned, on_event);
            match self.step(step).await {
                Ok(exchange) => first.push((step.operation, exchange)),
                Err(not_sent) => self.not_sent(step, not_sent),
            }
        }
        let looked: Vec<(usize, &Exchange)> =
            first.iter().map(|(index, exchange)| (*index, exchange)).collect();
        if let Some(cause) = look::cause(self.contract, self.client.base(), &looked) {
            return Some(cause);
        }
        for (index, step) in plan.steps.iter().enumerate() {
            if ready.contains(&index) {
                continue;
            }
            if let Some(why) = self.must_end() {
                for state in &mut self.states {
                    if !state.tried {
                        state.why.get_or_insert_with(|| why.clone());
                    }
                }
                break;
            }
            self.begins(step.operation, &mut done, planned, on_event);
            if let Err(not_sent) = self.step(step).await {
                self.not_sent(step, not_sent);
            }
        }
        if self.must_end().is_none() {
            for chain in &plan.chains {
                let operation = chain.operation(self.resources).unwrap_or(usize::MAX);
                self.begins(operation, &mut done, planned, on_event);
                self.chain(chain).await;
            }
        }
        self.limits().await;
        self.tidy().await;
        let answered = self.states.iter().any(|state| !state.statuses.is_empty());
        (!answered && self.sent > 0).then(|| {
            let why = self.seen.iter().find_map(|seen| seen.exchange.outcome.as_ref().err());
            Cause::NoAnswer(why.map(ToString::to_string).unwrap_or_default())
        })
    }

    fn begins(&self, operation: usize, done: &mut usize, planned: usize, on_event: Listener<'_>) {
        let operation = self.contract.operations.get(operation).map_or("", |operation| operation.id.as_str());
        on_event(Event::Begins { done: *done, planned, sent: self.sent, operation });
        *done += 1;
    }

    fn is_first_look(&self, step: &Step) -> bool {
        let safe = self.contract.operations.get(step.operation).is_some_and(Operation::is_safe);
        safe && matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp))
            && step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)))
    }

    pub fn must_end(&self) -> Option<String> {
        if self.options.deadline.is_some_and(|deadline| self.started.elapsed() >= deadline) {
            return Some("the run's deadline had passed".to_owned());
        }
        if self.options.max_requests.is_some_and(|most| self.sent >= most) {
            return Some("the run's --max-requests were used up".to_owned());
        }
        let failed = self.seen.iter().any(|seen| seen.observation.severity == Severity::Error);
        (self.options.fail_fast && failed).then(|| "the run ended at the first error".to_owned())
    }

    fn not_sent(&mut self, step: &Step, reason: NotSent) {
        let (why, settle) = match reason {
            NotSent::Key(why) => (why, None),
            NotSent::Object(why, settle) => (why, settle),
            NotSent::Pointless(why) => (why.to_owned(), None),
        };
        if step.access.is_some() {
            self.record_access(step, None, None, AccessVerdict::NotTried, Some(why.clone()));
        }
        let Some(state) = self.states.get_mut(step.operation) else { return };
        let is_plain = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp));
        if is_plain {
            state.tried = true;
            state.why = Some(why);
            state.settle = settle;
        } else if step.access.is_some() {
            state.untested.push(format!("{}: {why}", step.label));
        }
    }

    fn record_access(
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
            Wish::Minimal(scopes) | Wish::Wider { scopes } | Wish::Lacking { scopes, .. } => scopes.clone(),
            Wish::Nothing | Wish::Unknown | Wish::Limited(_) => Vec::new(),
        };
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

    /// Sends one step and judges the answer.
    async fn step(&mut self, step: &Step) -> Result<Exchange, NotSent> {
        let Some(operation) = self.contract.operations.get(step.operation) else {
            return Err(NotSent::Pointless("the operation is gone"));
        };
        let mut exchange = self.one(operation, step).await?;
        // What was named may be gone: the other requests that are given are tried in turn.
        let others = self.settings.given.get(&operation.id).map_or(&[][..], |given| &given.others);
        for params in others {
            let is_plain = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp));
            if !is_plain || !matches!(exchange.status(), Some(404 | 410)) {
                break;
            }
            let mut other = step.clone();
            for (location, name, input) in &mut other.inputs {
                if let (Location::Path, Some(text)) = (*location, params.get(name)) {
                    *input = Input::Value(Value::from(text.as_str()));
                }
            }
            if let Some(state) = self.states.get_mut(operation.index) {
                state.tried = false;
            }
            if step.access.is_some() {
                // The next answer is the one that tells of access.
                self.access.pop();
            }
            exchange = self.one(operation, &other).await?;
        }
        Ok(exchange)
    }

    async fn one(&mut self, operation: &Operation, step: &Step) -> Result<Exchange, NotSent> {
        self.is_worth_sending(step)?;
        let key = self.keys.get(&step.key).await.map_err(NotSent::Key)?;
        let mut parts = Parts { body: step.body.clone(), accept: step.accept.clone(), ..Parts::default() };
        let mut found = true;
        let mut bound = Vec::new();
        for (location, name, input) in &step.inputs {
            let value = match input {
                Input::Value(value) => {
                    // A path that the user or the document names need not exist there.
                    found &= *location != Location::Path;
                    value.clone()
                }
                input => {
                    // Whether what this run made is there is what its life shows.
                    found &= !matches!(input, Input::Own(_) | Input::Fresh(_));
                    let value = self.object(operation, name, input).await?;
                    bound.push((name.clone(), value.clone()));
                    value
                }
            };
            parts.set(*location, name, value);
        }
        if matches!(step.intent, Intent::Valid(Valid::MadeUp)) {
            self.refer(operation, &mut parts);
        }
        let mut request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
        let mut placed = Vec::new();
        if let Some(key) = &key {
            placed = keys::place(self.contract, operation, self.sources, key, &mut request);
        }
        let exchange = self.send(step.operation, &request).await;
        self.bind(operation, &step.intent, &exchange);
        let asked = step.accept.as_deref();
        self.judged(operation, step, &exchange, key.as_ref().map(|key| &key.info), &placed, found, asked);
        let again = if step.is_twice && exchange.response().is_some_and(|r| r.status.is_success()) {
            let exchange = self.send(step.operation, &request).await;
            self.bind(operation, &step.intent, &exchange);
            let turn = Turn { exchange, key: key.map(|key| key.info), placed };
            self.judge_turn(operation, &step.intent, &turn, asked);
            turn.exchange.outcome.ok()
        } else {
            None
        };
        self.keep(operation, &step.intent, &exchange, bound, again);
        Ok(exchange)
    }

    /// Some answers prove nothing, and are not asked for.
    fn is_worth_sending(&self, step: &Step) -> Result<(), NotSent> {
        let Some(state) = self.states.get(step.operation) else { return Ok(()) };
        if state.is_spent {
            return Err(NotSent::Pointless(
                "what it destroys was destroyed by a request that should have been refused",
            ));
        }
        if !state.tried || state.success.is_some() {
            return Ok(());
        }
        match &step.intent {
            Intent::Lacking { .. } | Intent::WiderKey => {
                Err(NotSent::Pointless("the minimal key met no success, so this key's answer proves nothing"))
            }
            Intent::NoKey | Intent::UnknownKey if state.statuses.is_empty() => {
                Err(NotSent::Pointless("no request could be made for this operation"))
            }
            Intent::Valid(Valid::Named) | Intent::UnknownId | Intent::Invalid(_) | Intent::NotAcceptable => {
                Err(NotSent::Pointless("the plain request met no success"))
            }
            _ => Ok(()),
        }
    }

    pub async fn send(&mut self, operation: usize, request: &crate::exchange::Request) -> Exchange {
        if let (Some(pause), Some(last)) = (self.options.pause, self.last) {
            tokio::time::sleep(pause.saturating_sub(last.elapsed())).await;
        }
        self.last = Some(Instant::now());
        self.sent += 1;
        let case = format!("{}/{}", self.options.name, self.sent);
        let exchange = self.client.send(request, &case).await;
        let method = self.contract.operations.get(operation).map(|operation| operation.method.clone());
        if let Some(state) = self.states.get_mut(operation) {
            state.requests += 1;
            // What an undocumented method met is no answer of the operation.
            let is_own = method.as_ref().is_some_and(|method| *method == request.method);
            if let Some(status) = exchange.status().filter(|_| is_own) {
                *state.statuses.entry(status.to_string()).or_default() += 1;
            }
        }
        exchange
    }

    pub fn is_muted(&self, rule: &str) -> bool {
        let family = rules::rule(rule).map_or("", |rule| rule.family);
        self.muted.iter().any(|muted| muted == rule || muted == family)
    }

    /// Judges one answer of a chain by itself.
    pub fn judge_turn(&mut self, operation: &Operation, intent: &Intent, turn: &Turn, asked: Option<&str>) {
        let Some(state) = self.states.get(operation.index) else { return };
        let trial = Trial {
            operation,
            intent,
            exchange: &turn.exchange,
            success: state.success,
            asked,
            baseline: state.baseline.as_ref(),
            // Whether an object is there is what chains find out.
            found: false,
        };
        let sheet = judge(&trial);
        self.say(operation, turn, sheet);
    }

    /// Notes which rules looked at an operation, and gives what they saw. A muted rule does neither.
    pub fn noted(&mut self, operation: &Operation, sheet: Sheet) -> Vec<Observation> {
        let Sheet { mut looked, mut seen } = sheet;
        looked.retain(|rule| !self.is_muted(rule));
        seen.retain(|seen| !self.is_muted(seen.rule));
        if let Some(state) = self.states.get_mut(operation.index) {
            state.looked.append(&mut looked);
        }
        seen
    }

    #[expect(clippy::too_many_arguments, reason = "it is the one place where a step's parts come together")]
    fn judged(
        &mut self,
        operation: &Operation,
        step: &Step,
        exchange: &Exchange,
        key: Option<&KeyInfo>,
        placed: &[Placed],
        found: bool,
        asked: Option<&str>,
    ) {
        let status = exchange.status();
        let is_plain = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp));
        let Some(state) = self.states.get(operation.index) else { return };
        let trial = Trial {
            operation,
            intent: &step.intent,
            exchange,
            success: state.success,
            asked,
            baseline: state.baseline.as_ref(),
            found,
        };
        let mut sheet = judge(&trial);
        if let Some(limit) = self.options.slow {
            sheet.looks("response-slow");
            if exchange.elapsed > limit {
                sheet.saw(slow(operation, exchange, limit));
            }
        }
        let observations = self.noted(operation, sheet);
        let Some(state) = self.states.get_mut(operation.index) else { return };
        let was_let_in = status.is_some_and(|status| (200..300).contains(&status));
        let should_be_out =
            matches!(step.intent, Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. });
        let is_named = step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)));
        state.is_spent |= was_let_in && should_be_out && is_named && super::plan::destroys(operation);
        if let Some(response) = exchange.response() {
            state.unjudged = state.unjudged.take().or_else(|| unjudged(operation, response));
        }
        if is_plain && !state.tried {
            state.tried = true;
            match status {
                Some(status) if operation.is_success(status) => {
                    state.success = Some(status);
                    state.baseline = exchange.response().cloned();
                }
                Some(status) => {
                    let is_named = super::plan::destroys(operation) && matches!(status, 404 | 410);
                    state.why = Some(if is_named {
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
        if step.access.is_some() {
            let is_about_access =
                |rule: &str| rules::rule(rule).is_some_and(|r| r.family == "auth" || r.family == "scope");
            let bad = observations.iter().any(|seen| is_about_access(seen.rule));
            let (verdict, why) = match status {
                None => (AccessVerdict::NotTried, Some("no answer".to_owned())),
                Some(_) if bad => (AccessVerdict::Finding, None),
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
                placed: placed.to_vec(),
            });
        }
    }
}

fn slow(operation: &Operation, exchange: &Exchange, limit: Duration) -> Observation {
    Observation {
        rule: "response-slow",
        severity: Severity::Warning,
        message: format!("the answer took {:?}", exchange.elapsed),
        expected: format!("at most {limit:?}"),
        actual: format!("{:?}", exchange.elapsed),
        at: "response".to_owned(),
        instance: String::new(),
        document: operation.pointer.clone(),
        told: crate::judge::trial::Told::EachOperation,
    }
}

/// Why a body cannot be judged: its schema cannot be compiled.
fn unjudged(operation: &Operation, response: &Response) -> Option<String> {
    let media_type = media_type(&response.headers)?;
    let documented = operation.response(response.status.as_u16())?.content_for(&media_type)?;
    let why = documented.schema.as_ref()?.compile(Direction::Response).err()?;
    Some(format!("its answer cannot be judged, because the schema cannot be compiled: {why}"))
}
