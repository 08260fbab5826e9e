//! What would be sent: pure, deterministic and bounded before the first request.

mod sequence;
mod variants;

use crate::rules::{Family, RuleSet};
use std::collections::BTreeSet;

use http::Method;
use indexmap::IndexMap;
use serde_json::{Value, json};

pub use sequence::Chain;

use super::credentials::{self, KeyChoice};
use crate::contract::scopes::ScopeRules;
use crate::contract::{
    Contract, Direction, Location, MediaBody, Operation, Parameter, StatusKey, body, examples, is_json,
};
use crate::generate::request::documented_value;
use crate::generate::sample::sample;
use crate::generate::tame::tame;
use crate::generate::{mark, plain, plain_as};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::kind::Kind;
use crate::resources::{self, Resources};
use crate::run::KeyKind;

/// A request that cannot be found out: `[[check.request]]`.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Path, query and header parameters.
    pub params: IndexMap<String, String>,
    /// The body.
    pub body: Option<Value>,
    /// Whether its target may be destroyed.
    pub disposable: bool,
    /// Parameters of further requests for the same operation, tried in turn where the object that
    /// is named first is not there.
    pub others: Vec<IndexMap<String, String>>,
}

impl Given {
    /// Adds what is given for an operation; what came first goes first.
    pub fn add(all: &mut IndexMap<String, Self>, operation: &str, given: Self) {
        match all.get_mut(operation) {
            Some(first) => first.others.push(given.params),
            None => {
                all.insert(operation.to_owned(), given);
            }
        }
    }
}

/// What the user says about the plan.
#[derive(Default)]
pub struct Settings {
    /// Parameters that are fixed everywhere.
    pub params: IndexMap<String, String>,
    /// Requests that cannot be found out, by operation.
    pub given: IndexMap<String, Given>,
    /// How scopes satisfy one another.
    pub scopes: ScopeRules,
    /// Operations that are left out, by index, each with the reason.
    pub skipped: IndexMap<usize, String>,
    /// Actions and settings that may be sent although nothing names them, by index: the user says
    /// that they may change the target.
    pub actions: BTreeSet<usize>,
    /// Send safe requests only.
    pub read_only: bool,
    /// Rules and families that are left out; a case that only they would judge is not sent.
    pub muted: RuleSet,
    /// Answers are kept for snapshots, and plain requests are sent twice where that does no harm, to
    /// learn which values differ.
    pub second_look: bool,
}

/// Everything that would be sent.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of sending.
    pub steps: Vec<Step>,
    /// What follows: sequences in which later requests use what earlier ones brought.
    pub chains: Vec<Chain>,
    /// What comes last, each request alone: actions and settings that were asked for.
    pub last: Vec<Step>,
    /// Sequences of those.
    pub after: Vec<Chain>,
    /// Operations that cannot be called, each with the reason and what would settle it.
    pub unplanned: Vec<Unplanned>,
}

/// An operation that cannot be called.
#[derive(Debug, Clone)]
pub struct Unplanned {
    /// Its index.
    pub operation: usize,
    /// Why.
    pub why: String,
    /// TOML that would settle it.
    pub settle: Option<String>,
    /// Whether it is an action or a setting that nobody asked for.
    pub is_action: bool,
}

/// One request to be sent.
#[derive(Debug, Clone)]
pub struct Step {
    /// Index of the operation.
    pub operation: usize,
    /// What it tries, for a person.
    pub label: String,
    /// What it is for.
    pub intent: Intent,
    /// The key it needs.
    pub key: KeyChoice,
    /// Values of parameters, or where they will come from.
    pub inputs: Vec<(Location, String, Input)>,
    /// The body.
    pub body: Option<(String, Vec<u8>)>,
    /// The body as the document gives it, tried where `body`, which differs from it in its names, is
    /// refused.
    pub verbatim: Option<(String, Vec<u8>)>,
    /// `Accept`.
    pub accept: Option<String>,
    /// The kind of key that it tries, where it is a case of the access matrix.
    pub access: Option<KeyKind>,
    /// Whether it is sent a second time at once, and the two answers kept.
    pub is_twice: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// It is known.
    Value(Value),
    /// The id of an object that is there: listed by the target, else made by this run.
    Any(usize),
    /// The id of an object that this run made.
    Own(usize),
    /// The id of an object that this run makes for this step alone.
    Fresh(usize),
    /// The id of an object below which something is made: this run's own where one can be made, else
    /// one that the target lists.
    Parent(usize),
    /// The id of an object below which something is made that nothing removes: this run's own alone.
    OwnParent(usize),
}

/// Octets of a media type.
type Body = Option<(String, Vec<u8>)>;

/// Plans a run.
pub fn plan(contract: &Contract, resources: &Resources, settings: &Settings) -> Plan {
    let planner = Planner { contract, resources, settings };
    let mut plan = Plan::default();
    let mut chains: Vec<(Phase, Vec<Step>)> = Vec::new();
    for operation in &contract.operations {
        if settings.skipped.contains_key(&operation.index) {
            continue;
        }
        if settings.read_only && !operation.is_safe() {
            continue;
        }
        match planner.base(operation) {
            Ok(base) => chains.push((planner.phase(operation, &base), planner.chain(operation, base))),
            Err(unplanned) => plan.unplanned.push(unplanned),
        }
    }
    chains.sort_by_key(|(phase, _)| *phase);
    let (last, first): (Vec<_>, Vec<_>) = chains.into_iter().partition(|(phase, _)| *phase == Phase::Acts);
    let steps = |chains: Vec<(Phase, Vec<Step>)>| chains.into_iter().flat_map(|(_, steps)| steps).collect();
    plan.steps = steps(first);
    plan.last = steps(last);
    let acts = |chain: &Chain| match chain {
        Chain::Acts(operation) | Chain::Again(operation) => {
            plan.last.iter().any(|step| step.operation == *operation)
        }
        _ => false,
    };
    let (after, chains) = planner.chains(&plan).into_iter().partition(acts);
    plan.chains = chains;
    plan.after = after;
    plan
}

/// The order of sending: what lists and makes objects goes before what needs them, what destroys goes
/// after that, and what nobody can take back comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Lists,
    Makes,
    Reads,
    Changes,
    Destroys,
    Acts,
}

/// The plainest request for one operation, where there is one.
pub(super) fn base(
    contract: &Contract,
    resources: &Resources,
    settings: &Settings,
    operation: &Operation,
) -> Option<Step> {
    Planner { contract, resources, settings }.base(operation).ok()
}

struct Planner<'p> {
    contract: &'p Contract,
    resources: &'p Resources,
    settings: &'p Settings,
}

/// Whether an operation removes objects for good: a DELETE that documents success.
pub(super) fn destroys(operation: &Operation) -> bool {
    operation.method == Method::DELETE
        && operation.successes().iter().any(|r| r.status != StatusKey::Code(405))
}

impl Planner<'_> {
    fn phase(&self, operation: &Operation, base: &Step) -> Phase {
        let needs = base.inputs.iter().any(|(_, _, input)| !matches!(input, Input::Value(_)));
        let kind = self.resources.kind(operation.index).map(|judged| judged.kind);
        match kind {
            None | Some(Kind::Query) if needs => Phase::Reads,
            None | Some(Kind::Query) => Phase::Lists,
            Some(Kind::Create) => Phase::Makes,
            Some(Kind::Action | Kind::Setting) => Phase::Acts,
            Some(Kind::Own) if !needs => Phase::Acts,
            Some(Kind::Own) if destroys(operation) => Phase::Destroys,
            Some(Kind::Own) => Phase::Changes,
        }
    }

    fn given(&self, operation: &Operation) -> Option<&Given> {
        self.settings.given.get(&operation.id)
    }

    /// The plainest request that should succeed.
    fn base(&self, operation: &Operation) -> Result<Step, Unplanned> {
        let mut made_up = false;
        let mut inputs = Vec::new();
        let creates = self.kind(operation) == Some(Kind::Create);
        let target = if creates { None } else { self.resources.target(operation) };
        self.may_change(operation, target)?;
        for parameter in &operation.parameters {
            if !parameter.required && self.fixed(operation, parameter).is_none() {
                continue;
            }
            let is_target = parameter.location == Location::Path && target == Some(parameter.name.as_str());
            let input = self.input(operation, parameter, is_target, &mut made_up)?;
            inputs.push((parameter.location, parameter.name.clone(), input));
        }
        let (body, verbatim) = self.body(operation, &mut made_up)?;
        Ok(Step {
            operation: operation.index,
            label: "plain".to_owned(),
            intent: Intent::Valid(if made_up { Valid::MadeUp } else { Valid::Plain }),
            key: if operation.is_open() {
                KeyChoice::Nothing
            } else {
                KeyChoice::Minimal(operation.scopes().to_vec())
            },
            inputs,
            body,
            verbatim,
            accept: None,
            access: (!operation.is_open() && !operation.is_login()).then_some(KeyKind::Minimal),
            is_twice: false,
        })
    }

    fn kind(&self, operation: &Operation) -> Option<Kind> {
        self.resources.kind(operation.index).map(|judged| judged.kind)
    }

    /// An unsafe request makes an object, asks, or goes to what this run made. Anything else goes out
    /// only where a `[[check.request]]` or `--actions` asks for it; what is named is destroyed only where
    /// it is called disposable.
    fn may_change(&self, operation: &Operation, target: Option<&str>) -> Result<(), Unplanned> {
        let given = self.given(operation);
        let is_asked_for = given.is_some() || self.settings.actions.contains(&operation.index);
        let Some(judged) = self.resources.kind(operation.index) else {
            if is_asked_for || !self.resources.reading_harms(operation.index) {
                return Ok(());
            }
            let why = "an action: name it, or allow it with --actions (its path says that even reading it does harm)";
            return Err(Unplanned {
                operation: operation.index,
                why: why.to_owned(),
                settle: Some(format!("[[check.request]]\noperation = {:?}", operation.id)),
                is_action: true,
            });
        };
        let refuse = |why: String, is_action: bool| {
            let settle = match target {
                Some(target) => settle(operation, target, destroys(operation)),
                None => format!("[[check.request]]\noperation = {:?}", operation.id),
            };
            Err(Unplanned { operation: operation.index, why, settle: Some(settle), is_action })
        };
        if matches!(judged.kind, Kind::Create | Kind::Query)
            || self.settings.actions.contains(&operation.index)
        {
            return Ok(());
        }
        let is_named = match target {
            Some(target) => given.is_some_and(|given| given.params.contains_key(target)),
            None => given.is_some(),
        };
        if is_named && destroys(operation) && !given.is_some_and(|given| given.disposable) {
            return refuse(
                "it destroys the object that is named for it, which is not marked as disposable".to_owned(),
                false,
            );
        }
        if is_named {
            return Ok(());
        }
        let fixed = target.filter(|target| self.settings.params.contains_key(*target));
        match (judged.kind, fixed) {
            (Kind::Own, None) => Ok(()),
            (_, Some(target)) => {
                let why = format!(
                    "an action: name it, or allow it with --actions ({target:?} is fixed to an object that this run did not make)"
                );
                refuse(why, true)
            }
            // Whoever names the operation, but no object, means the one that the run picks.
            (Kind::Action | Kind::Setting, None) if given.is_some() => Ok(()),
            (kind, None) => {
                let article = if kind == Kind::Setting { "a setting" } else { "an action" };
                refuse(format!("{article}: name it, or allow it with --actions ({})", judged.why), true)
            }
        }
    }

    /// Whether what a create makes may stand in an object that this run did not make: it can be taken away
    /// again, or the user allows it.
    fn may_leave(&self, operation: &Operation) -> bool {
        let made = self.resources.created_by(operation.index);
        let made = made.and_then(|index| self.resources.collections.get(index));
        let is_removable = made.is_some_and(|made| {
            let destroy = made.destroy.and_then(|index| self.contract.operations.get(index));
            destroy.is_some_and(|destroy| !resources::is_refusal(destroy)) || made.soft_delete.is_some()
        });
        is_removable || self.given(operation).is_some() || self.settings.actions.contains(&operation.index)
    }

    /// What the user fixed for a parameter.
    fn fixed(&self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        let text = self
            .given(operation)
            .and_then(|given| given.params.get(&parameter.name))
            .or_else(|| self.settings.params.get(&parameter.name))?;
        let kinds = parameter.value_schema().map(|schema| schema.shape().kinds);
        Some(kinds.map_or_else(|| Value::String(text.clone()), |kinds| kinds.read(text)))
    }

    fn input(
        &self,
        operation: &Operation,
        parameter: &Parameter,
        is_target: bool,
        made_up: &mut bool,
    ) -> Result<Input, Unplanned> {
        if let Some(value) = self.fixed(operation, parameter) {
            return Ok(Input::Value(value));
        }
        let name = parameter.name.as_str();
        let collection = (parameter.location == Location::Path)
            .then(|| self.resources.of_parameter(operation.index, name))
            .flatten();
        if let Some(index) = collection
            && let Some(known) = self.resources.collections.get(index)
        {
            let creates = known.create.is_some_and(|create| {
                !self.settings.read_only
                    && !self.settings.skipped.contains_key(&create)
                    && create != operation.index
            });
            let lists = known.list.is_some() || known.finder.is_some();
            let kind = self.kind(operation);
            if is_target && kind == Some(Kind::Own) && creates {
                return Ok(if destroys(operation) { Input::Fresh(index) } else { Input::Own(index) });
            }
            if is_target && kind == Some(Kind::Own) && !self.settings.actions.contains(&operation.index) {
                return Err(Unplanned {
                    operation: operation.index,
                    why: format!(
                        "there is no object that this run may change: what makes a {name:?} of {} is left out",
                        known.path
                    ),
                    settle: Some(settle(operation, name, destroys(operation))),
                    is_action: false,
                });
            }
            let is_parent = self.resources.target(operation) == Some(name);
            if kind == Some(Kind::Create) && is_parent && !self.may_leave(operation) {
                return if creates { Ok(Input::OwnParent(index)) } else { Err(leaves(operation, name)) };
            }
            if kind == Some(Kind::Create) && creates {
                return Ok(Input::Parent(index));
            }
            if lists || creates {
                return Ok(Input::Any(index));
            }
        }
        if let Some(value) = documented_value(parameter) {
            return Ok(Input::Value(value));
        }
        *made_up = true;
        if parameter.location == Location::Path
            && let Some(value) = sample(operation, name)
        {
            return Ok(Input::Value(value));
        }
        let value = parameter.value_schema().map(|schema| plain_as(name, schema, Direction::Request));
        match value {
            None => Ok(Input::Value(json!("string"))),
            Some(Ok(value)) => Ok(Input::Value(value)),
            Some(Err(why)) => Err(Unplanned {
                operation: operation.index,
                why: format!("no value can be made for the {} parameter {name:?}: {why}", parameter.location),
                settle: Some(settle(operation, name, false)),
                is_action: false,
            }),
        }
    }

    /// The plain body, and the documented example where the body differs from it in its names.
    fn body(&self, operation: &Operation, made_up: &mut bool) -> Result<(Body, Body), Unplanned> {
        let Some(documented) = &operation.body else { return Ok((None, None)) };
        let given = self.given(operation).and_then(|given| given.body.as_ref());
        let Some(described) = preferred(&documented.content) else { return Ok((None, None)) };
        let unplanned = |why: String, settle: Option<String>| Unplanned {
            operation: operation.index,
            why,
            settle,
            is_action: false,
        };
        let changes = matches!(self.kind(operation), Some(Kind::Create | Kind::Own));
        let schema = described.schema.as_deref();
        let mut verbatim = None;
        let example = || examples::of_body(described, Direction::Request).next();
        let value = match (given, given.map_or_else(example, |_| None), schema) {
            (Some(body), _, _) => mark::given(body),
            (None, Some((_, example)), _) => {
                let creates = self.kind(operation) == Some(Kind::Create);
                let tamed = if changes { tame(schema, &example) } else { example.clone() };
                match mark::example(schema, &tamed).filter(|_| creates) {
                    Some(marked) => {
                        verbatim = Some(tamed);
                        marked
                    }
                    None => tamed,
                }
            }
            (None, None, Some(schema)) => {
                *made_up = true;
                let value = plain(schema, Direction::Request).map_err(|why| {
                    let settle = format!("[[check.request]]\noperation = {:?}\nbody = {{ }}", operation.id);
                    unplanned(format!("no body can be made: {why}"), Some(settle))
                })?;
                if changes { mark::made_up(schema, &tame(Some(schema), &value)) } else { value }
            }
            (None, None, None) => json!({}),
        };
        let collection = self.resources.created_by(operation.index);
        let soft = collection
            .and_then(|index| self.resources.collections.get(index)?.soft_delete.as_ref())
            .map(|soft| soft.member.as_str());
        let write = |value: &Value| body::write(described, Direction::Request, &shown(value, soft));
        match write(&value) {
            Some(body) => Ok((Some(body), verbatim.as_ref().and_then(write))),
            None if !documented.required => Ok((None, None)),
            None => Err(unplanned(format!("a body of {} cannot be written", described.media_type), None)),
        }
    }

    /// Whether a request may be sent twice for no other reason than to see it twice: it reads, or it
    /// goes to what this run makes and destroys nothing.
    fn may_repeat(&self, operation: &Operation, base: &Step) -> bool {
        let kind = self.kind(operation);
        let is_own = base.inputs.iter().any(|(_, _, input)| matches!(input, Input::Own(_)))
            || kind == Some(Kind::Create);
        operation.is_safe()
            || kind == Some(Kind::Query)
            || (is_own && self.given(operation).is_none() && !destroys(operation))
    }

    /// All requests for one operation; the plain one first, so that the others know what it got.
    fn chain(&self, operation: &Operation, mut base: Step) -> Vec<Step> {
        let muted = |family: Family| self.settings.muted.contains(family);
        let mut steps = Vec::new();
        let step = |label: &str, intent: Intent| Step {
            label: label.to_owned(),
            intent,
            access: None,
            ..base.clone()
        };
        let reads = operation.is_safe() || self.kind(operation) == Some(Kind::Query);
        if reads {
            self.variants(operation, &base, &mut steps);
            self.noughts(operation, &base, &mut steps);
        }
        if !(muted(Family::Auth) && muted(Family::Scope)) {
            let vocabulary = self.contract.scopes.names();
            for case in credentials::cases(operation, vocabulary, &self.settings.scopes) {
                let intent = match (&case.choice, case.missing) {
                    (KeyChoice::Nothing, _) => Intent::NoKey,
                    (KeyChoice::Unknown, _) => Intent::UnknownKey,
                    (KeyChoice::Lacking { .. }, Some(scope)) => {
                        Intent::Lacking { scope, maybe_implied: case.maybe_implied }
                    }
                    _ => Intent::WiderKey,
                };
                steps.push(Step { key: case.choice, access: Some(case.kind), ..step(&case.label, intent) });
            }
        }
        if reads && !muted(Family::State) {
            self.unknown_id(operation, &base, &mut steps);
        }
        if !muted(Family::Input) {
            if reads && operation.successes().iter().any(|r| !r.content.is_empty()) {
                let mut odd = step("an Accept that nothing satisfies", Intent::NotAcceptable);
                odd.accept = Some("application/x-counterpart-none".to_owned());
                steps.push(odd);
            }
            self.invalid(operation, &base, &mut steps);
            self.named_members(operation, &base, &mut steps);
            Self::twins(operation, &base, &mut steps);
        }
        base.is_twice = self.settings.second_look && self.may_repeat(operation, &base);
        // A destroyed object answers nothing more, so the refusals are tried while it is there.
        if destroys(operation) {
            let (wider, mut rest): (Vec<Step>, Vec<Step>) =
                steps.into_iter().partition(|step| step.intent == Intent::WiderKey);
            rest.push(base);
            rest.extend(wider);
            return rest;
        }
        steps.insert(0, base);
        steps
    }
}

/// A body for an ordinary create: nothing is hidden from the start.
pub(super) fn shown(body: &Value, soft: Option<&str>) -> Value {
    let mut body = body.clone();
    if let (Some(object), Some(member)) = (body.as_object_mut(), soft)
        && object.get(member) == Some(&Value::Bool(true))
    {
        object.remove(member);
    }
    body
}

/// JSON where it is offered, else the first type.
fn preferred(content: &[MediaBody]) -> Option<&MediaBody> {
    content.iter().find(|body| is_json(&body.media_type)).or_else(|| content.first())
}

/// Why nothing is made in an object that others made, where nothing would remove it.
fn leaves(operation: &Operation, parameter: &str) -> Unplanned {
    Unplanned {
        operation: operation.index,
        why: format!(
            "an action: name it, or allow it with --actions (nothing removes what it makes, and this run cannot make the {parameter:?} that it goes to)"
        ),
        settle: Some(settle(operation, parameter, false)),
        is_action: true,
    }
}

/// The table that would give an operation its object.
pub(super) fn settle(operation: &Operation, parameter: &str, disposable: bool) -> String {
    let disposable = if disposable { "\ndisposable = true" } else { "" };
    format!(
        "[[check.request]]\noperation = {:?}\nparams = {{ {parameter} = \"…\" }}{disposable}",
        operation.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;

    fn planned(settings: &Settings) -> (Vec<String>, Vec<String>) {
        let ok = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let item = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {
                "/made": {"get": {"operationId": "made_list", "responses": ok}, "post": {"operationId": "made_create", "responses": {"201": {}}}},
                "/made/{id}": {"parameters": [item], "patch": {"operationId": "made_change", "responses": ok}, "delete": {"operationId": "made_drop", "responses": {"204": {}}}},
                "/found/{id}": {"parameters": [item], "get": {"operationId": "found_read", "responses": ok}, "delete": {"operationId": "found_drop", "responses": {"204": {}}}},
                "/settings": {"put": {"operationId": "settings_put", "responses": ok}},
                "/action": {"post": {"operationId": "action", "responses": ok}},
            }}),
        );
        let (contract, _) = build("t", &document).unwrap();
        let plan = plan(&contract, &Resources::of(&contract, &[]), settings);
        let name = |index: usize| contract.operations[index].id.clone();
        let steps = plan.steps.iter().chain(&plan.last);
        let mut sent: Vec<String> = steps.map(|step| name(step.operation)).collect();
        sent.dedup();
        (sent, plan.unplanned.iter().map(|unplanned| name(unplanned.operation)).collect())
    }

    fn given(operation: &str, disposable: bool) -> IndexMap<String, Given> {
        let params = IndexMap::from([("id".to_owned(), "7".to_owned())]);
        IndexMap::from([(operation.to_owned(), Given { params, body: None, disposable, others: Vec::new() })])
    }

    #[test]
    fn what_makes_objects_goes_first_and_what_destroys_last() {
        let (sent, unplanned) = planned(&Settings::default());
        assert_eq!(sent, ["made_list", "found_read", "made_create", "made_change", "made_drop"]);
        assert_eq!(unplanned, ["found_drop", "settings_put", "action"]);
    }

    #[rstest]
    #[case(false, false)]
    #[case(true, true)]
    fn a_named_object_is_destroyed_only_where_it_is_disposable(
        #[case] disposable: bool,
        #[case] is_sent: bool,
    ) {
        let settings = Settings { given: given("found_drop", disposable), ..Settings::default() };
        assert_eq!(planned(&settings).0.contains(&"found_drop".to_owned()), is_sent);
    }

    #[test]
    fn a_fixed_id_is_only_read() {
        let params = IndexMap::from([("id".to_owned(), "7".to_owned())]);
        let (sent, unplanned) = planned(&Settings { params, ..Settings::default() });
        assert!(sent.contains(&"found_read".to_owned()));
        assert_eq!(unplanned, ["made_drop", "made_change", "found_drop", "settings_put", "action"]);
    }

    #[test]
    fn actions_that_are_allowed_come_last() {
        let actions = [4, 5].into_iter().collect();
        let (sent, unplanned) = planned(&Settings { actions, ..Settings::default() });
        assert_eq!(sent.last().map(String::as_str), Some("found_drop"), "{sent:?}");
        assert_eq!(unplanned, ["settings_put", "action"]);
    }

    /// Neither a GET that does harm by its name, nor what nothing removes below an object of others.
    #[test]
    fn what_may_harm_others_is_an_action() {
        let ok = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let named =
            |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}});
        let (item, mark) = (named("id"), named("mark"));
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {
                "/made": {"post": {"operationId": "made_create", "responses": {"201": {}}}},
                "/made/{id}": {"parameters": [item], "delete": {"operationId": "made_drop", "responses": {"204": {}}}},
                "/logout": {"get": {"operationId": "logout", "responses": {"200": {}}}},
                "/found/{id}/notes": {"parameters": [item], "get": {"operationId": "notes_list", "responses": ok}, "post": {"operationId": "notes_create", "responses": ok}},
                "/found/{id}/marks": {"parameters": [item], "post": {"operationId": "marks_create", "responses": ok}},
                "/found/{id}/marks/{mark}": {"parameters": [item, mark], "delete": {"operationId": "marks_drop", "responses": {"204": {}}}},
                "/made/{id}/notes": {"parameters": [item], "get": {"operationId": "own_notes_list", "responses": ok}, "post": {"operationId": "own_notes_create", "responses": ok}},
                "/found": {"get": {"operationId": "found_list", "responses": ok}},
            }}),
        );
        let (contract, _) = build("t", &document).unwrap();
        let planned = |settings: &Settings| {
            let plan = plan(&contract, &Resources::of(&contract, &[]), settings);
            let unplanned = plan.unplanned.into_iter().filter(|unplanned| unplanned.is_action);
            unplanned.map(|unplanned| contract.operations[unplanned.operation].id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(planned(&Settings::default()), ["logout", "notes_create"]);
        let actions = contract.operations.iter().map(|operation| operation.index).collect();
        assert_eq!(planned(&Settings { actions, ..Settings::default() }), [""; 0]);
    }

    #[test]
    fn read_only_sends_safe_requests_alone() {
        let (sent, _) = planned(&Settings { read_only: true, ..Settings::default() });
        assert_eq!(sent, ["made_list", "found_read"]);
    }
}
