//! The plan of a run: pure, deterministic, and bounded before the first request.

mod base;
mod forbidden;
mod listening;
mod sequence;
mod settings;
mod step;
#[cfg(test)]
mod tests;
mod tier;
mod values;
mod variants;
mod variations;
mod wanted_keys;

pub(super) use forbidden::read;
pub(super) use listening::named;
pub(super) use sequence::MAX_PAGES;
pub use sequence::Sequence;
pub use settings::{Answers, Draws, Given, Manner, ONLY, OddBodies, Settings, Sought};
pub use step::{Input, Step, Unplanned};
pub(super) use step::{destroys, may_show_target, settle, shows_target};
pub use tier::Tier;
pub(super) use values::shown;
pub(super) use variations::{Called, Care, Variations, variations};
pub use wanted_keys::{WantedKey, fewest};

use super::credentials::{self, KeyChoice};
use serde_json::Value;

use crate::contract::{Contract, Location, Operation, PerOperation};
use crate::judge::exchange::Intent;
use crate::resources::Resources;
use crate::resources::kind::Kind;
use crate::rules::Family;

/// Everything that would be sent.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of sending.
    pub steps: Vec<Step>,
    /// What follows: sequences in which later requests use what earlier ones returned.
    pub sequences: Vec<Sequence>,
    /// What comes last, each request alone: actions and settings that were asked for.
    pub last_steps: Vec<Step>,
    /// Sequences of those.
    pub last_sequences: Vec<Sequence>,
    /// Operations that cannot be called, each with the reason and what would settle it.
    pub unplanned: Vec<Unplanned>,
}

impl Plan {
    /// Whether any request of it may write.
    pub fn writes(&self, contract: &Contract) -> bool {
        let mut steps = self.steps.iter().chain(&self.last_steps);
        steps.any(|step| contract.at(step.operation).is_some_and(|o| !o.is_safe()))
    }

    /// Steps and sequences together.
    pub(super) fn len(&self) -> usize {
        self.steps.len() + self.sequences.len() + self.last_steps.len() + self.last_sequences.len()
    }
}

/// Plans a run.
pub fn plan(contract: &Contract, resources: &Resources, settings: &Settings) -> Plan {
    let planner = Planner { contract, resources, settings };
    let mut plan = Plan::default();
    let mut planned: Vec<(Order, Vec<Step>)> = Vec::new();
    let mut tried = forbidden::Tried::new();
    for operation in &contract.operations {
        let helps = settings.helps(operation.index);
        if settings.skipped.contains_key(&operation.index) && !helps {
            continue;
        }
        if settings.read_only && !operation.is_safe() {
            continue;
        }
        match planner.base(operation) {
            Ok(base) if helps => planned.extend(planner.help(operation, base)),
            Ok(base) => {
                let order = planner.order(operation, &base);
                planned.push((order, planner.steps(operation, base, &mut tried)));
            }
            Err(unplanned) => plan.unplanned.push(unplanned),
        }
    }
    // What is read below more objects needs what lists those.
    let objects = |steps: &[Step]| {
        let inputs = steps.first().map(|base| base.inputs.as_slice()).unwrap_or_default();
        inputs.iter().filter(|(_, _, input)| !matches!(input, Input::Value(_))).count()
    };
    // What is inside an object goes before the object itself.
    let depth = |steps: &[Step]| {
        let operation = steps.first().and_then(|base| contract.at(base.operation));
        operation.map_or(0, |operation| operation.template.segments().len())
    };
    planned.sort_by_key(|(order, steps)| {
        let within = match order {
            Order::Reads => objects(steps),
            Order::Ruins => usize::MAX - depth(steps),
            _ => 0,
        };
        (*order, within)
    });
    let (last, first): (Vec<_>, Vec<_>) = planned.into_iter().partition(|(order, _)| *order >= Order::Acts);
    let steps = |planned: Vec<(Order, Vec<Step>)>| {
        let steps = planned.into_iter().flat_map(|(order, steps)| {
            steps.into_iter().map(move |step| {
                let tier = contract.at(step.operation).map(|operation| step.tier_in(operation));
                let tier = tier.filter(|_| order != Order::Ruins).unwrap_or(Tier::Ruin);
                Step { tier, ..step }
            })
        });
        let mut steps: Vec<Step> = steps.collect();
        steps.sort_by_key(|step| step.tier);
        steps
    };
    plan.steps = steps(first);
    plan.last_steps = steps(last);
    for (number, step) in plan.steps.iter_mut().chain(&mut plan.last_steps).enumerate() {
        step.number = number;
    }
    let is_last = |sequence: &Sequence| match sequence {
        Sequence::Actions(operation)
        | Sequence::Several(operation)
        | Sequence::DeleteTwice(operation)
        | Sequence::Located(operation)
        | Sequence::Variations(operation)
        | Sequence::OddWrites(operation) => plan.last_steps.iter().any(|step| step.operation == *operation),
        _ => false,
    };
    let (last, first) = planner.sequences(&plan).into_iter().partition(is_last);
    plan.sequences = first;
    plan.last_sequences = last;
    plan
}

/// How many requests the steps of each operation take, as if it stood alone: none where it is not sent.
pub(super) fn counts(contract: &Contract, resources: &Resources, settings: &Settings) -> PerOperation<usize> {
    let planner = Planner { contract, resources, settings };
    let count = |operation: &Operation| {
        let is_sent = !settings.leaves_out(operation) && !settings.helps(operation.index);
        let base = is_sent.then(|| planner.base(operation).ok()).flatten();
        let steps = base.map(|base| planner.steps(operation, base, &mut forbidden::Tried::new()));
        steps.iter().flatten().map(Step::requests).sum()
    };
    contract.operations.iter().map(count).collect()
}

/// The order of sending: what lists and makes objects goes before what needs them, what destroys goes
/// after that, and what nobody can take back comes last, what destroys objects of others at the very end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Lists,
    Makes,
    Reads,
    Changes,
    Destroys,
    Acts,
    Ruins,
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

/// A value for a path parameter that asks for an object of a collection whose objects no answer names,
/// where the operation may go to whatever is there.
pub(super) fn made_up(
    contract: &Contract,
    resources: &Resources,
    settings: &Settings,
    operation: &Operation,
    name: &str,
) -> Option<Value> {
    let planner = Planner { contract, resources, settings };
    let index = resources.place_of(operation, name)?;
    planner.may_make_up(operation, resources.collection(index)?).then_some(())?;
    Planner::plain_value(operation, operation.parameter(Location::Path, name)?, &mut true).ok()
}

struct Planner<'p> {
    contract: &'p Contract,
    resources: &'p Resources,
    settings: &'p Settings,
}

impl Planner<'_> {
    fn order(&self, operation: &Operation, base: &Step) -> Order {
        let needs = base.inputs.iter().any(|(_, _, input)| !matches!(input, Input::Value(_)));
        let kind = self.resources.kind(operation.index).map(|judged| judged.kind);
        match kind {
            None | Some(Kind::Query) if needs => Order::Reads,
            None | Some(Kind::Query) => Order::Lists,
            Some(Kind::Create) => Order::Makes,
            Some(Kind::Action | Kind::Setting) if destroys(operation) => Order::Ruins,
            Some(Kind::Action | Kind::Setting) => Order::Acts,
            Some(Kind::Own) if !needs => Order::Acts,
            Some(Kind::Own) if destroys(operation) => Order::Destroys,
            Some(Kind::Own) => Order::Changes,
        }
    }

    /// What is sent of an operation for the sake of others: it lists what is there, or makes an object. What
    /// else is needed of it, the sequences send.
    fn help(&self, operation: &Operation, mut base: Step) -> Option<(Order, Vec<Step>)> {
        let order = self.order(operation, &base);
        // Pages need two entries.
        base.is_twice = order == Order::Makes && !self.settings.muted.contains(Family::Page);
        let is_shown = self.resources.shown_by(operation.index).is_some();
        (is_shown || order == Order::Makes).then(|| (order, vec![base]))
    }

    /// All requests for one operation; the plain one first, so that the others know what it got.
    fn steps(&self, operation: &Operation, mut base: Step, tried: &mut forbidden::Tried) -> Vec<Step> {
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
        if !(self.settings.no_auth || (muted(Family::Auth) && muted(Family::Scope))) {
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
            self.invalid(operation, &base, tried, &mut steps);
            Self::twins(operation, &base, &mut steps);
        }
        base.is_twice = self.settings.answers == Answers::Compared && self.may_repeat(operation, &base);
        // A destroyed object answers nothing more, so the refusals are tried while it is there.
        if destroys(operation) {
            let (wider, mut rest): (Vec<Step>, Vec<Step>) =
                steps.into_iter().partition(|step| step.intent == Intent::WiderKey);
            // What is refused needs no object of its own.
            for (_, _, input) in rest.iter_mut().flat_map(|step| &mut step.inputs) {
                if let Input::Fresh(index) = *input {
                    *input = Input::Own(index);
                }
            }
            rest.push(base);
            rest.extend(wider);
            return rest;
        }
        steps.insert(0, base);
        steps
    }
}
