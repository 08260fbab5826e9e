//! Sends a plan's steps one after another, binds what later steps need, and has every answer
//! judged.

mod adapt;
mod bounds;
mod denied;
mod first;
mod keep;
mod keyed;
mod ledger;
mod objects;
mod probe;
mod refer;
mod settings;
mod sum;
mod untested;
mod verdict;
mod widen;

use crate::rules::Rule;
use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;
use tokio::sync::watch;

use super::chain::{Ask, Turn, minimal};
use super::clock::Instant;
use super::credentials::{Credentials, Sources};
use super::job::{Event, Job, Listener, Options, Outcome};
use super::look::Cause;
use super::plan::{Input, Plan, Sequence, Settings, Step};
use super::target::Target;
use super::tell::Seen;
use crate::contract::{Contract, Location, Operation};
use crate::exchange::{Exchange, Response};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::Resources;
use crate::resources::kind::Kind;
use crate::run::{AccessCase, AccessVerdict, Untested};
use bounds::Phase;
use keep::Kept;
pub(super) use keyed::Keyed;
use keyed::Proof;

/// How many safe operations the first look tries.
const FIRST_LOOK: usize = 5;

/// Runs a plan against a target.
pub async fn run(job: &Job<'_>, on_event: Listener<'_>) -> Outcome {
    let Job { contract, resources, plan, settings, sources, target, options, ref stop } = *job;
    let mut runner = Runner {
        contract,
        resources,
        settings,
        sources,
        target,
        options,
        on_event,
        stop: stop.clone(),
        phase: Phase::Tries,
        accepted: HashMap::new(),
        credentials: Credentials::new(contract, sources, &settings.scopes),
        started: Instant::now(),
        last: None,
        sent: 0,
        pool: objects::Pool::default(),
        ledger: ledger::Ledger::default(),
        health: probe::Health::default(),
        held: Vec::new(),
        left_alone: HashMap::new(),
        tokens: 0,
        nesting: 0,
        is_searching: false,
        looked_into: HashSet::new(),
        has_written: false,
        states: contract.operations.iter().map(|_| State::default()).collect(),
        seen: Vec::new(),
        access: Vec::new(),
        kept: IndexMap::new(),
    };
    // On the heap: the state of all that may follow is large.
    let stopped = Box::pin(runner.all(plan)).await;
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
    /// Status of the plain request, whatever it was.
    plain: Option<u16>,
    /// Whether the plain request was sent.
    tried: bool,
    baseline: Option<Response>,
    /// Whether the one object that it may destroy is gone before its time.
    is_spent: bool,
    why: Option<String>,
    settle: Option<String>,
    /// Whether it is an action or a setting that nobody asked for.
    is_action: bool,
    /// Members of its body that it turns down, by pointer.
    left_out: Vec<String>,
    /// Why answers of it could not be judged.
    unjudged: Option<String>,
    /// Names of the rules that looked at its answers.
    looked: BTreeSet<Rule>,
    pub untested: Vec<Untested>,
}

impl State {
    /// Whether a documented success was seen, whichever request it was for.
    fn has_succeeded(&self, operation: &Operation) -> bool {
        let is_success = |status: &String| status.parse().is_ok_and(|status| operation.is_success(status));
        self.success.is_some() || self.statuses.keys().any(is_success)
    }
}

pub(super) struct Runner<'r> {
    pub contract: &'r Contract,
    pub resources: &'r Resources,
    pub settings: &'r Settings,
    pub sources: &'r Sources,
    pub target: &'r dyn Target,
    options: &'r Options,
    on_event: Listener<'r>,
    stop: watch::Receiver<bool>,
    phase: Phase,
    /// Names of keys that were not refused, each with the request that shows it.
    accepted: HashMap<String, Option<Proof>>,
    pub credentials: Credentials<'r>,
    started: Instant,
    last: Option<Instant>,
    sent: usize,
    /// Objects that are known.
    pub pool: objects::Pool,
    /// What was made.
    pub ledger: ledger::Ledger,
    /// Whether the target is still well.
    pub health: probe::Health,
    /// Settings as they were.
    held: Vec<settings::Setting>,
    /// Settings that are left alone, each with the reason.
    left_alone: HashMap<usize, &'static str>,
    /// Tokens that were put into bodies.
    tokens: usize,
    /// How many creates deep the run is, each for the sake of the one before.
    nesting: usize,
    /// Whether lists are read to find what was made, and not to learn what is there.
    is_searching: bool,
    /// Collections, below parents, whose lists were asked for before anything was made there.
    looked_into: HashSet<(usize, Vec<String>)>,
    /// Whether an unsafe request was answered with success.
    has_written: bool,
    pub states: Vec<State>,
    pub seen: Vec<Seen>,
    access: Vec<AccessCase>,
    kept: IndexMap<keep::Key, Kept>,
}

/// Why a step was not sent.
pub(super) enum NotSent {
    Key(String),
    Object(String, Option<String>),
    Pointless(&'static str),
    /// The run ended before it.
    Over(String),
}

/// Whether an operation has answered bad input, and never a missing object or a wrong key.
fn is_turned_down(statuses: &IndexMap<String, usize>) -> bool {
    let seen = |status: &str| statuses.contains_key(status);
    ["400", "409", "415", "422"].iter().any(|status| seen(status)) && !["404", "405"].iter().any(|s| seen(s))
}

impl<'r> Runner<'r> {
    async fn all(&mut self, plan: &Plan) -> Option<Cause> {
        let planned =
            plan.steps.len() + plan.sequences.len() + plan.last_steps.len() + plan.last_sequences.len();
        let mut done = 0;
        let (ready, cause) = self.first_look(plan, &mut done, planned).await;
        if cause.is_some() {
            return cause;
        }
        for (index, step) in plan.steps.iter().enumerate() {
            if !ready.contains(&index) && !self.next_step(step, &mut done, planned).await {
                break;
            }
        }
        self.sequences(&plan.sequences, &mut done, planned).await;
        for step in &plan.last_steps {
            if !self.next_step(step, &mut done, planned).await {
                break;
            }
        }
        self.sequences(&plan.last_sequences, &mut done, planned).await;
        self.limits().await;
        self.tidy().await;
        let answered = self.states.iter().any(|state| !state.statuses.is_empty());
        (!answered && self.sent > 0).then(|| {
            let why = self.seen.iter().find_map(|seen| seen.exchange.outcome.as_ref().err());
            Cause::NoAnswer(why.map(ToString::to_string).unwrap_or_default())
        })
    }

    /// Sends the next step of the plan; `false` where the run must end.
    async fn next_step(&mut self, step: &Step, done: &mut usize, planned: usize) -> bool {
        if let Some(why) = self.must_end() {
            for state in self.states.iter_mut().filter(|state| !state.tried) {
                state.why.get_or_insert_with(|| why.clone());
            }
            return false;
        }
        self.begins(step.operation, done, planned);
        if let Err(not_sent) = self.step(step).await {
            self.not_sent(step, not_sent);
        }
        true
    }

    async fn sequences(&mut self, chains: &[Sequence], done: &mut usize, planned: usize) {
        for chain in chains {
            if self.must_end().is_some() {
                return;
            }
            let operation = chain.operation(self.resources).unwrap_or(usize::MAX);
            self.begins(operation, done, planned);
            self.chain(chain).await;
        }
    }

    fn begins(&mut self, operation: usize, done: &mut usize, planned: usize) {
        let operation = self.contract.operations.get(operation).map_or("", |operation| operation.id.as_str());
        (self.on_event)(Event::Begins { done: *done, planned, sent: self.sent, operation });
        *done += 1;
    }

    fn is_first_look(&self, step: &Step) -> bool {
        let safe = self.contract.operations.get(step.operation).is_some_and(Operation::is_safe);
        safe && matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp))
            && step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)))
    }

    fn not_sent(&mut self, step: &Step, reason: NotSent) {
        let (why, settle) = match reason {
            NotSent::Key(why) => (why, None),
            NotSent::Object(why, settle) => (why, settle),
            NotSent::Pointless(why) => (why.to_owned(), None),
            NotSent::Over(why) => {
                if let Some(state) = self.states.get_mut(step.operation).filter(|state| !state.tried) {
                    state.why.get_or_insert(why);
                }
                return;
            }
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
            let rule = match step.intent {
                Intent::NoKey => Rule::AuthMissingAccepted,
                Intent::UnknownKey => Rule::AuthUnknownAccepted,
                Intent::Lacking { .. } => Rule::ScopeLackingAccepted,
                _ => Rule::ScopeMinimalRefused,
            };
            let why = format!("{}: {why}", step.label);
            let entry = Untested { rule: rule.into(), why };
            if !state.untested.contains(&entry) {
                state.untested.push(entry);
            }
        }
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

    async fn one(&mut self, operation: &'r Operation, step: &Step) -> Result<Exchange, NotSent> {
        self.is_worth_sending(step)?;
        let key = self.credentials.get(operation, &step.key).await.map_err(NotSent::Key)?;
        let objects::Filled { mut parts, found, bound } = self.filled(operation, step).await?;
        if matches!(step.intent, Intent::Valid(Valid::MadeUp)) {
            Box::pin(self.make_referred(operation, &parts)).await;
            self.refer(operation, &mut parts);
        }
        self.prepare(operation, &parts).await?;
        let mut request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
        self.pace().await;
        if self.must_end().is_some() {
            return Err(NotSent::Over(self.must_end().unwrap_or_default()));
        }
        let first =
            self.send_with(operation, &request, &step.key, key.clone()).await.map_err(NotSent::Key)?;
        let keyed = self.with_less(operation, step, &mut parts, first, key).await?;
        let asked = step.accept.as_deref();
        self.bind(operation, &step.intent, &keyed.exchange);
        self.judged(operation, step, &keyed, found, asked);
        request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
        let wider = self.widen(operation, step, &request, &keyed, found).await;
        let keyed = wider.unwrap_or(keyed);
        self.watch(operation, &step.key, &keyed).await;
        self.settle_made().await;
        let Keyed { exchange, key, .. } = keyed;
        let is_repeated = step.is_twice && exchange.response().is_some_and(|r| r.status.is_success());
        if is_repeated {
            self.pace().await;
            // Two objects need two names.
            if parts.body.is_some() && step.verbatim.as_ref() != parts.body.as_ref() {
                parts.body.clone_from(&step.body);
                self.leave_out(operation, step, &mut parts);
                self.stamp(&mut parts);
                request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
            }
        }
        let mut again = None;
        if is_repeated
            && self.must_end().is_none()
            && let Ok(keyed) = self.send_with(operation, &request, &step.key, key).await
        {
            self.bind(operation, &step.intent, &keyed.exchange);
            let turn = Turn::from(keyed);
            self.judge_turn(operation, &step.intent, &turn, asked);
            self.settle_made().await;
            again = turn.exchange.outcome.ok();
        }
        self.keep(operation, &step.intent, &exchange, bound, again);
        Ok(exchange)
    }

    /// Asks whether anything is where a PUT would make something.
    async fn look_for_absence(&mut self, operation: &'r Operation, parts: &Parts) {
        let read = self.contract.operations.iter().find(|other| {
            other.method == http::Method::GET
                && crate::resources::is_same_path(other.path(), operation.path())
        });
        let bare = Parts { body: None, ..parts.clone() };
        let Some(read) = read else { return };
        let Ok(request) = build(read, &bare) else { return };
        let ask = Ask { key: minimal(read), intent: Intent::UnknownId };
        let turn = self.send_as(read, request.clone(), ask, false).await;
        if turn.is_some_and(|turn| matches!(turn.exchange.status(), Some(404 | 410))) {
            self.ledger.absent.insert(request.path.trim_end_matches('/').to_owned());
        }
    }

    /// What must be known of the target before an unsafe request goes out.
    async fn prepare(&mut self, operation: &'r Operation, parts: &Parts) -> Result<(), NotSent> {
        match self.resources.kind(operation.index).map(|judged| judged.kind) {
            Some(Kind::Create) => self.take_stock(operation, parts).await,
            Some(Kind::Setting) => {
                let is_named = self.settings.given.contains_key(&operation.id);
                if !is_named || operation.method != http::Method::DELETE {
                    self.hold_setting(operation, parts).await?;
                }
            }
            Some(Kind::Action) if operation.method == http::Method::PUT => {
                self.look_for_absence(operation, parts).await;
            }
            _ => {}
        }
        Ok(())
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
            // A server that looks at the body has turned it down; what it says to a worse one is still
            // worth knowing.
            Intent::Invalid(_) if is_turned_down(&state.statuses) => Ok(()),
            Intent::Valid(Valid::Named(_))
            | Intent::UnknownId
            | Intent::Invalid(_)
            | Intent::NotAcceptable => Err(NotSent::Pointless("the plain request met no success")),
            _ => Ok(()),
        }
    }
}
