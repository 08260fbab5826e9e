//! The state of a run. Its parts do not know each other; what needs several of them is here.

pub(super) mod agenda;
pub(super) mod examples;
mod fresh;
pub(super) mod health;
pub(super) mod held_settings;
pub(super) mod ledger;
pub(super) mod marks;
pub(super) mod object_pool;

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::credentials::Credentials;
use super::job::{Event, Job, Listener};
use super::plan::{self, Input, Settings, Step};
use super::recorder::Recorder;
use super::sender::{Desk, Sender};
use super::shared::Shared;
use crate::contract::{Contract, Direction, Location, MediaBody, Operation, OperationId, parameter};
use crate::generate::plain_as;
use crate::generate::request::{Parts, build, write_body};
use crate::redact::Redactor;
use crate::resources::{Collection, CollectionId, Resources};
use agenda::Agenda;
use examples::Examples;
use fresh::Fresh;
use health::Health;
use held_settings::HeldSettings;
use ledger::Ledger;
use marks::Marks;
use object_pool::ObjectPool;

/// Requests that a run sends for each operation at most, where nobody says how many in all.
const FOR_EACH: usize = 60;
/// A document of few operations gets what so many would.
const FEW: usize = 10;

/// How many requests a run sends at most.
fn most(job: &Job<'_>) -> usize {
    let is_own =
        |o: &&Operation| !job.settings.leaves_out(o) && !job.settings.elsewhere.contains_key(&o.index);
    let operations = job.contract.operations.iter().filter(is_own).count();
    job.options.max_requests.unwrap_or_else(|| FOR_EACH.saturating_mul(operations.max(FEW)))
}

/// A run while it goes on.
pub(super) struct Session<'r> {
    pub contract: &'r Contract,
    pub resources: &'r Resources,
    pub settings: &'r Settings,
    /// Who is told what the run does; a fork tells nobody.
    on_event: Option<Listener<'r>>,
    /// What puts requests on the wire.
    pub sender: Sender<'r>,
    /// The keys.
    pub credentials: Credentials<'r>,
    /// Texts of the run's own.
    pub marks: Marks,
    /// What was seen of the operations.
    pub recorder: Recorder<'r>,
    /// Objects that are known.
    pub pool: Shared<ObjectPool>,
    /// Objects that answers have shown.
    pub examples: Examples,
    /// What was made.
    pub ledger: Ledger,
    /// Whether the target is still well.
    pub health: Health,
    /// The last read.
    pub fresh: Fresh,
    /// Settings as they were.
    pub held: HeldSettings,
    /// Which cases of the plan the run came to.
    pub agenda: Agenda,
    /// How many creates deep the run is, each for the sake of the one before.
    pub nesting: usize,
    fails_fast: bool,
}

impl<'r> Session<'r> {
    pub fn new(job: &Job<'r>, on_event: Listener<'r>) -> Self {
        let Job { contract, resources, settings, sources, target, options, ref stop, .. } = *job;
        Self {
            contract,
            resources,
            settings,
            on_event: Some(on_event),
            sender: Sender::new(target, options, stop.clone()).of_at_most(most(job)),
            credentials: Credentials::new(contract, sources, &settings.scopes).switched_off(settings.no_auth),
            marks: Marks::new(&options.name),
            recorder: Recorder::new(contract, resources, settings, options.slow),
            pool: Shared::default(),
            examples: Examples::default(),
            ledger: Ledger::default(),
            health: Health::default(),
            fresh: Fresh::default(),
            held: HeldSettings::default(),
            agenda: Agenda::default(),
            nesting: 0,
            fails_fast: options.fail_fast,
        }
    }

    /// A session that goes on from here by itself: what it would send is left at a desk, and nothing that
    /// it learns is known here.
    pub fn fork(&self, desk: Desk) -> Self {
        Self {
            on_event: None,
            sender: self.sender.fork(desk),
            credentials: self.credentials.fork(),
            marks: self.marks.clone(),
            recorder: self.recorder.fork(),
            pool: self.pool.clone(),
            examples: self.examples.clone(),
            ledger: self.ledger.clone(),
            health: self.health.clone(),
            fresh: Fresh::default(),
            held: HeldSettings::default(),
            agenda: Agenda::default(),
            ..*self
        }
    }

    /// Removes every secret that this run knows.
    pub fn redactor(&self) -> Redactor {
        let (names, values) = self.sender.signatures();
        self.credentials.redactor(values).with_names(names.iter().map(String::as_str), [])
    }

    /// Tells the caller what the run does.
    pub fn tell(&mut self, event: Event<'_>) {
        if let Some(on_event) = &mut self.on_event {
            on_event(event);
        }
    }

    /// Why nothing of the plan is sent any more.
    pub fn must_end(&self) -> Option<String> {
        if self.sender.is_stopped() {
            return Some("the run was interrupted".to_owned());
        }
        if let Some(why) = self.sender.unsent() {
            return Some(why.to_owned());
        }
        if let Some(why) = self.health.harm().or_else(|| self.sender.used_up()) {
            return Some(why.to_owned());
        }
        let has_failed = self.fails_fast && self.recorder.has_error();
        has_failed.then(|| "the run ended at the first error".to_owned())
    }

    /// Whether nothing more is sent of what the run is at: its plan, or the clean-up.
    pub fn is_over(&self) -> bool {
        if self.sender.is_at_plan() { self.must_end().is_some() } else { !self.sender.may_clean() }
    }

    /// Whether another request may be sent, once it is time for it.
    pub async fn may_send(&mut self) -> bool {
        self.sender.pace().await;
        !self.is_over()
    }

    /// An operation, unless it is left out of the run.
    pub fn operation(&self, index: Option<OperationId>) -> Option<&'r Operation> {
        let operation = self.contract.at(index?)?;
        (!self.settings.leaves_out(operation)).then_some(operation)
    }

    /// An operation that the run is about.
    pub fn subject(&self, operation: &'r Operation) -> Option<&'r Operation> {
        let is_aside = self.settings.is_aside(operation.index);
        self.operation(Some(operation.index)).filter(|_| !is_aside)
    }

    /// An operation for removing what was made, and for showing what was there before. That a run is about
    /// others leaves it these duties; what the user forbids stays forbidden.
    pub fn cleaner(&self, index: Option<OperationId>) -> Option<&'r Operation> {
        let operation = self.contract.at(index?)?;
        (!self.settings.forbids(operation.index)).then_some(operation)
    }

    pub fn collection(&self, index: CollectionId) -> Option<&'r Collection> {
        self.resources.collection(index)
    }

    /// The plainest request for an operation, where there is one.
    pub fn base(&self, operation: &Operation) -> Option<Step> {
        plan::base(self.contract, self.resources, self.settings, operation)
    }

    /// A value for a parameter that asks for an object which was made, but which no answer of the document
    /// names.
    pub fn made_up(&self, operation: &Operation, name: &str) -> Option<Value> {
        let index = self.resources.place_of(operation, name)?;
        let collection = self.collection(index)?;
        // What the document does not describe, and what only other objects list, may be something else.
        let is_elsewhere = || self.resources.of_parameter(operation.index, name) != Some(index);
        let may_be_no_list = operation.is_safe()
            && (collection.unsaid.is_some() || (!collection.has_item_path && is_elsewhere()));
        if !may_be_no_list {
            self.recorder.state(collection.create?)?.success?;
        }
        plan::made_up(self.contract, self.resources, self.settings, operation, name)
    }

    /// The attempts at an operation that must be refused.
    pub fn denied(&self, operation: &Operation) -> Vec<Attempt> {
        Attempt::denied(operation, self.contract.scopes.names(), &self.settings.scopes)
    }

    /// Whether the path of a collection calls its objects by texts that were sent, or may do so.
    pub fn is_called_by_text(&self, collection: CollectionId) -> bool {
        let own = self.pool.own_of(collection);
        own.is_empty() || own.iter().any(|id| self.marks.is_in_value(id))
    }

    /// Whether one of the objects that a path names is this run's own.
    pub fn is_below_own(&self, operation: &Operation, values: &[Value]) -> bool {
        operation.template.names().iter().any(|name| {
            let Some(place) = self.resources.place(operation, name) else { return false };
            let object: Option<Vec<Value>> =
                place.values.iter().map(|at| at.and_then(|at| values.get(at)).cloned()).collect();
            let Some(object) = object else { return false };
            let object = match (&place.member, object.as_slice()) {
                (Some(member), [value]) => {
                    let parameter = self.collection(place.collection).map_or("id", |c| c.parameter.as_str());
                    let value = parameter::text(value);
                    self.examples.id_by(place.collection, parameter, member, &value).into_iter().collect()
                }
                _ => object,
            };
            self.pool.is_own(place.collection, &object)
        })
    }

    /// Whether a request goes to another operation, whose path has a literal text where this one has a
    /// parameter.
    pub fn leads_elsewhere(&self, operation: &Operation, parts: &Parts) -> bool {
        let Ok(request) = build(operation, parts) else { return false };
        let found = self.contract.find(&request.path);
        found.is_some_and(|found| !found.operations.contains(&operation.index))
    }

    /// The request of an operation to a path of its own: the values of its parameters in order. `None` where
    /// that path is another operation's.
    pub fn addressed(&self, operation: &Operation, values: &[Value]) -> Option<Parts> {
        let mut parts = Parts::default();
        let base = self.base(operation);
        if operation.body.as_ref().is_some_and(|body| body.required) {
            parts.body = base.as_ref().and_then(|step| step.body.clone());
        }
        for (location, name, input) in base.map(|step| step.inputs).unwrap_or_default() {
            if let (true, Input::Value(value)) = (location != Location::Path, input) {
                parts.set(location, &name, value);
            }
        }
        let asked_for = self.recorder.state(operation.index).map(|state| state.asked_for.as_slice());
        for (name, value) in asked_for.unwrap_or_default() {
            parts.set(Location::Query, name, value.clone());
        }
        for (name, value) in operation.template.names().iter().zip(values) {
            parts.set(Location::Path, name, value.clone());
        }
        let is_own = operation.template.names().len() <= values.len();
        (is_own && !self.leads_elsewhere(operation, &parts)).then_some(parts)
    }

    /// As [`Session::addressed`], with a body: JSON where it is documented, else in the first media type.
    pub fn with_body(&self, operation: &Operation, values: &[Value], body: &Value) -> Option<Parts> {
        let mut parts = self.addressed(operation, values)?;
        let content = &operation.body.as_ref()?.content;
        let documented = content.iter().find(|content| content.is_json()).or_else(|| content.first())?;
        parts.body = Some(write_body(documented, Direction::Request, body)?);
        Some(parts)
    }

    /// As [`Session::with_body`], with the members that the document wants in the body as well.
    pub fn with_whole_body(&self, operation: &Operation, values: &[Value], body: &Value) -> Option<Parts> {
        let content = &operation.body.as_ref()?.content;
        let documented = content.iter().find(|content| content.is_json()).or_else(|| content.first())?;
        self.with_body(operation, values, &completed(documented, body))
    }
}

/// A body with the members that the document wants in it.
fn completed<'v>(described: &MediaBody, body: &'v Value) -> Cow<'v, Value> {
    let schema = described.schema.as_deref();
    let Some(schema) = schema.filter(|s| s.is_valid(Direction::Request, body) == Ok(false)) else {
        return Cow::Borrowed(body);
    };
    let plain = plain_as("", schema, Direction::Request).ok();
    let (Some(Value::Object(plain)), Some(sent)) = (plain, body.as_object()) else {
        return Cow::Borrowed(body);
    };
    let fields = schema.fields(Direction::Request, &[]);
    let is_wanted = |name: &String| fields.get(name).is_some_and(|field| field.is_required);
    let mut whole: Map<String, Value> = plain.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    whole.extend(sent.clone());
    Cow::Owned(Value::Object(whole))
}
