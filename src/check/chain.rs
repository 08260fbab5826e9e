//! Sequences of requests in which later ones use what earlier ones brought: an object's life, a
//! walk along pages, one thing in two forms. What they show is judged by [`crate::judge::sequence`].

mod acts;
mod forms;
mod life;
mod members;
mod pages;

use crate::rules::Rule;
use serde_json::Value;

use super::credentials::{self, KeyChoice};
use super::execute::{Keyed, Runner};
use super::plan::{self, Input, Sequence};
use super::tell::Seen;
use crate::contract::{Direction, Location, Operation, body, is_json};
use crate::exchange::{Exchange, Request};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::{Intent, Valid};
use crate::judge::{self, Evaluation};
use crate::redact::Placed;
use crate::resources::{Collection, id_of};
use crate::run::KeyInfo;

/// One exchange of a chain, with its evidence.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub exchange: Exchange,
    pub key: Option<KeyInfo>,
    pub placed: Vec<Placed>,
}

impl From<Keyed> for Turn {
    fn from(keyed: Keyed) -> Self {
        Self { exchange: keyed.exchange, key: keyed.key.map(|key| key.info), placed: keyed.placed }
    }
}

impl Turn {
    /// The status; 0 where there is no answer.
    fn status(&self) -> u16 {
        self.exchange.status().unwrap_or(0)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Whether the object was said not to be there.
    fn is_gone(&self) -> bool {
        matches!(self.status(), 404 | 410)
    }

    /// Whether the request was turned away for its key; 404 hides that the object is there.
    fn is_denied(&self) -> bool {
        matches!(self.status(), 401 | 403 | 404)
    }

    /// The JSON of a success that keeps its schema. What breaks it is told by other rules, and is
    /// no ground for further ones.
    fn sound(&self, operation: &Operation) -> Option<Value> {
        let response = self.exchange.response().filter(|response| response.status.is_success())?;
        let media_type = response.media_type().filter(|media_type| is_json(media_type))?;
        let value: Value = serde_json::from_slice(&response.body).ok()?;
        let schema = operation
            .response(response.status.as_u16())
            .and_then(|documented| documented.content_for(&media_type))
            .and_then(|content| content.schema.as_ref());
        let breaks = schema.is_some_and(|schema| schema.is_valid(Direction::Response, &value) == Ok(false));
        (!breaks).then_some(value)
    }
}

/// What a key should be able to do with a request.
pub(super) struct Ask {
    pub key: KeyChoice,
    pub intent: Intent,
}

impl Ask {
    /// The key that suffices, for a request that should succeed.
    pub fn plain(operation: &Operation) -> Self {
        Self { key: minimal(operation), intent: Intent::Valid(Valid::Plain) }
    }

    /// As [`Ask::plain`], with values that nobody documented.
    pub fn made_up(operation: &Operation) -> Self {
        Self { key: minimal(operation), intent: Intent::Valid(Valid::MadeUp) }
    }
}

pub(super) fn minimal(operation: &Operation) -> KeyChoice {
    if operation.is_open() { KeyChoice::Nothing } else { KeyChoice::Minimal(operation.scopes().to_vec()) }
}

impl<'r> Runner<'r> {
    /// Runs one chain to its end.
    pub(super) async fn chain(&mut self, chain: &Sequence) {
        match *chain {
            Sequence::Lifecycle(collection) => self.life(collection).await,
            Sequence::Actions(operation) => self.acts(operation).await,
            Sequence::DeleteTwice(operation) => self.again(operation).await,
            Sequence::Pages(collection) => self.pages(collection).await,
            Sequence::Representations(operation) => self.forms(operation).await,
            Sequence::Methods(operation) => self.methods(operation).await,
        }
    }

    pub(super) fn operation(&self, index: Option<usize>) -> Option<&'r Operation> {
        let operation = self.contract.operations.get(index?)?;
        let is_left_out = self.settings.skipped.contains_key(&operation.index)
            || (self.settings.read_only && !operation.is_safe());
        (!is_left_out).then_some(operation)
    }

    pub(super) fn collection(&self, index: usize) -> Option<&'r Collection> {
        self.resources.collections.get(index)
    }

    /// Whether the plain request of an operation met its success.
    fn succeeded(&self, operation: &Operation) -> bool {
        self.states.get(operation.index).is_some_and(|state| state.success.is_some())
    }

    /// The plain request of an operation, its inputs found.
    async fn plain_parts(&mut self, operation: &'r Operation) -> Option<Parts> {
        let step = plan::base(self.contract, self.resources, self.settings, operation)?;
        let mut parts = self.filled(operation, &step).await.ok()?.parts;
        if step.intent == Intent::Valid(Valid::MadeUp) {
            self.refer(operation, &mut parts);
        }
        Some(parts)
    }

    /// The request of an operation to a path of its own: the values of its parameters in order.
    pub(super) fn addressed(&self, operation: &'r Operation, values: &[Value]) -> Option<Parts> {
        let mut parts = Parts::default();
        let step = plan::base(self.contract, self.resources, self.settings, operation);
        let inputs = step.map(|step| step.inputs).unwrap_or_default();
        for (location, name, input) in inputs {
            if let (true, Input::Value(value)) = (location != Location::Path, input) {
                parts.set(location, &name, value);
            }
        }
        for (name, value) in operation.template.names().iter().zip(values) {
            parts.set(Location::Path, name, value.clone());
        }
        (operation.template.names().len() <= values.len()).then_some(parts)
    }

    /// The values of a request's path parameters, in order.
    pub(super) fn path_values(operation: &Operation, parts: &Parts) -> Vec<Value> {
        let of = |name: &String| {
            parts
                .parameters
                .iter()
                .find(|(l, n, _)| *l == Location::Path && n == name)
                .map(|(_, _, v)| v.clone())
        };
        operation.template.names().iter().filter_map(of).collect()
    }

    /// Sends a request and has its answer judged by itself.
    async fn turn(&mut self, operation: &'r Operation, parts: &Parts, ask: Ask) -> Option<Turn> {
        let request = build(operation, parts).ok()?;
        self.send_as(operation, request, ask, true).await
    }

    pub(super) async fn send_as(
        &mut self,
        operation: &'r Operation,
        request: Request,
        ask: Ask,
        is_judged: bool,
    ) -> Option<Turn> {
        if !self.may_send().await {
            return None;
        }
        let key = self.credentials.get(operation, &ask.key).await.ok()?;
        let asked =
            request.headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let keyed = self.send_with(operation, &request, &ask.key, key).await.ok()?;
        self.bind(operation, &ask.intent, &keyed.exchange);
        let turn = Turn::from(keyed.clone());
        if is_judged {
            self.judge_turn(operation, &ask.intent, &turn, asked.as_deref());
        }
        self.watch(operation, &ask.key, &keyed).await;
        self.settle_made().await;
        Some(turn)
    }

    /// Keeps what rules came to, with the evidence; tells whether they saw something.
    pub(super) fn say(
        &mut self,
        operation: &Operation,
        turn: &Turn,
        evaluation: impl Into<Evaluation>,
    ) -> bool {
        let observations = self.noted(operation, evaluation.into());
        let is_odd = !observations.is_empty();
        self.seen.extend(observations.into_iter().map(|observation| Seen {
            observation,
            operation: operation.index,
            exchange: turn.exchange.clone(),
            key: turn.key.clone(),
            placed: turn.placed.clone(),
        }));
        is_odd
    }

    /// Notes that a rule looked at an operation and saw nothing.
    fn held(&mut self, operation: &Operation, rule: Rule) {
        self.noted(operation, Evaluation::of(rule, None));
    }

    /// Whether a rule has been seen at an operation.
    fn has_seen(&self, rule: Rule, operation: &Operation) -> bool {
        self.seen.iter().any(|seen| seen.observation.rule == rule && seen.operation == operation.index)
    }

    /// Notes that rules could not look at an operation, and why.
    fn untested(&mut self, operation: &Operation, rules: &[Rule], why: &str) {
        for rule in rules {
            self.not_tested(operation.index, *rule, why);
        }
    }

    /// The keys that must be refused: none at all, and the sharpest of the lacking ones.
    fn denied(&self, operation: &Operation) -> Vec<Ask> {
        if operation.is_open() || operation.is_login() {
            return Vec::new();
        }
        let mut asks = vec![Ask { key: KeyChoice::Nothing, intent: Intent::NoKey }];
        let cases = credentials::cases(operation, self.contract.scopes.names(), &self.settings.scopes);
        let sharpest = cases.into_iter().rev().find(|case| {
            matches!(case.choice, KeyChoice::Lacking { .. }) && case.missing.is_some() && !case.maybe_implied
        });
        if let Some(case) = sharpest {
            let scope = case.missing.unwrap_or_default();
            asks.push(Ask { key: case.choice, intent: Intent::Lacking { scope, maybe_implied: false } });
        }
        asks
    }

    /// A key that is limited to some objects must be refused at others.
    pub(super) async fn limits(&mut self) {
        let sources = self.sources;
        for (index, limited) in sources.limited.iter().enumerate() {
            for operation in &self.contract.operations {
                let Some(operation) =
                    self.operation(Some(operation.index)).filter(|o| o.is_safe() && !o.is_open())
                else {
                    continue;
                };
                let lacks =
                    self.settings.scopes.missing(operation.scopes(), &limited.key.info.scopes).is_some();
                if lacks || !self.succeeded(operation) || self.is_muted(Rule::KeyLimitIgnored) {
                    continue;
                }
                let Some(parts) = self.plain_parts(operation).await else { continue };
                let elsewhere = parts.parameters.iter().find(|(location, name, value)| {
                    *location == Location::Path
                        && limited.only.iter().any(|(only, values)| {
                            only == name && !values.contains(&crate::contract::parameter::text(value))
                        })
                });
                let Some((_, name, value)) = elsewhere else {
                    self.untested(
                        operation,
                        &[Rule::KeyLimitIgnored],
                        "no place beyond the key's limit is known",
                    );
                    continue;
                };
                let what = format!("a key that does not hold for {name} = {value} was let in");
                let Ok(request) = build(operation, &parts) else { continue };
                let ask = Ask { key: KeyChoice::Limited(index), intent: Intent::WiderKey };
                let Some(turn) = self.send_as(operation, request, ask, false).await else { continue };
                if turn.is_success() {
                    let seen = judge::sequence::observe(Rule::KeyLimitIgnored, operation, what)
                        .because("403", turn.status().to_string())
                        .of_status();
                    self.say(operation, &turn, seen);
                } else if turn.is_denied() {
                    self.held(operation, Rule::KeyLimitIgnored);
                }
            }
        }
    }

    /// A request with a JSON body.
    pub(super) fn with_body(
        &self,
        operation: &'r Operation,
        values: &[Value],
        body: &Value,
    ) -> Option<Parts> {
        let mut parts = self.addressed(operation, values)?;
        let documented =
            operation.body.as_ref()?.content.iter().find(|content| is_json(&content.media_type))?;
        parts.body = Some(body::write(documented, Direction::Request, body)?);
        Some(parts)
    }
}

/// How an entry of a list is told from the others: by its id, else by all of it.
fn name_of(collection: &Collection) -> impl Fn(&Value) -> String {
    let parameter = collection.parameter.clone();
    move |entry| id_of(entry, &parameter).map_or_else(|| entry.to_string(), crate::contract::parameter::text)
}
