//! The bodies that vary what a plain request sends.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::forbidden::read_body;
use super::{Input, Planner, Settings, Step, destroys};
use crate::contract::{Contract, Direction, MediaBody, Operation, Schema};
use crate::generate::variation::{Pack, Sparing, alternatives, drawn, packs};
use crate::resources::kind::Kind;
use crate::resources::members::{is_own_id, is_secret, may_stand_in_path, names_another};
use crate::resources::names::{letters, singular, words};
use crate::resources::reach::{
    asks_for_more, is_pace, is_place_in_order, is_switch, runs_by_itself, runs_by_itself_at,
    starts_something, takes_from_others,
};
use crate::resources::{self, Resources, Role};

/// Objects that one action is tried on.
const MAX_ACTIONS: usize = 8;
/// Bodies in another media type than the first, or of another alternative, and how many of those there are.
const MAX_OF_TWIN: usize = 4;
const MAX_OF_OTHER: usize = 9;
const MAX_OTHERS: usize = 3;

/// What must stay so that an object is known to be this run's, and found again.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Care {
    /// Members in which a text of this run tells whose the object is: each body has one where the plain one has.
    pub telling: HashSet<String>,
    /// What paths call the objects by.
    pub called: Called,
}

/// What paths call objects by, as far as bodies have to do with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::check) enum Called {
    /// By what the server gives them, or by what the path of their create says.
    #[default]
    Otherwise,
    /// By this member of what is sent.
    By(String),
    /// By a text that is sent, or made of one: what may stand in a path stays.
    ByText,
}

impl Called {
    fn spares(&self, name: &str) -> bool {
        match self {
            Self::Otherwise => false,
            Self::By(member) => member == name,
            Self::ByText => may_stand_in_path(name),
        }
    }
}

/// What one operation is varied with, in one media type.
pub(in crate::check) struct Variations<'c> {
    /// The plain request.
    pub base: Step,
    /// What describes its body, and the schema of that.
    pub described: &'c MediaBody,
    pub schema: &'c Schema,
    /// The plain body.
    pub body: Value,
    /// Bodies to send.
    pub packs: Vec<Pack>,
    /// Whether each needs an object of its own.
    pub is_action: bool,
}

/// What an operation is varied with, where it may be: it makes objects that can be deleted, or works on this
/// run's own. In full for one media type, a few bodies for the others. `adapt` changes the plain body as the target
/// has wanted it.
pub(in crate::check) fn variations<'c>(
    (contract, resources, settings): (&'c Contract, &Resources, &Settings),
    operation: &'c Operation,
    care: &Care,
    adapt: &dyn Fn(&mut Step),
) -> Vec<Variations<'c>> {
    let planner = Planner { contract, resources, settings };
    let base = planner.may_vary(operation).then(|| planner.base(operation).ok()).flatten();
    let Some(mut base) = base.filter(|base| planner.stays_in_hand(operation, base)) else {
        return Vec::new();
    };
    adapt(&mut base);
    let Some((described, body)) = read_body(operation, &base) else { return Vec::new() };
    if starts_something(described.schema.as_deref(), &body) {
        return Vec::new();
    }
    let collection = resources.created_by(operation.index);
    let collection = collection.or_else(|| resources.role(operation.index).map(|(index, _)| index));
    let known = collection.and_then(|index| resources.collection(index));
    let hidden = known.and_then(|known| known.soft_delete.as_ref()).map(|soft| soft.member.as_str());
    let others = names_of_objects(resources);
    let schema = described.schema.as_deref();
    let told: HashSet<String> = schema
        .map(|schema| schema.fields(Direction::Request, &[]))
        .into_iter()
        .flat_map(IndexMap::into_keys)
        .filter(|name| resources.reference_of(schema, name).is_some())
        .collect();
    let is_spared = |name: &str| {
        let says_which = names_another(name) || says_which_object(name, &others) || told.contains(name);
        let does_things = is_switch(name)
            || takes_from_others(name)
            || is_place_in_order(name)
            || schema.map_or_else(|| runs_by_itself(name), |schema| runs_by_itself_at(schema, &[name]));
        let is_felt = is_pace(name) || asks_for_more(name);
        let is_own = is_own_id(name) || is_secret(name) || care.called.spares(name) || hidden == Some(name);
        says_which || does_things || is_felt || is_own
    };
    let rules = known.and_then(|known| known.told.as_ref()).map_or(&[][..], |told| &told.refuse);
    let is_refused = |body: &Value| {
        rules.iter().any(|rule| !rule.body.0.is_empty() && rule.object.0.is_empty() && rule.body.hold(body))
    };
    let merges = operation.method == http::Method::PATCH;
    let tells = |name: &str| care.telling.contains(name);
    let sparing = Sparing { member: &is_spared, body: &is_refused, merges, tells: &tells };
    let is_action = planner.kind(operation) != Some(Kind::Create) && !planner.role_is_update(operation);
    if is_action {
        for (_, _, input) in &mut base.inputs {
            if let Input::Own(collection) = input {
                *input = Input::Fresh(*collection);
            }
        }
    }
    let contents = operation.body.iter().flat_map(|body| &body.content);
    let twins = contents.filter(|twin| twin.media_type != described.media_type);
    let twins = twins.map(|twin| (twin, body.clone(), MAX_OF_TWIN));
    let branches = described.schema.as_deref().map(|schema| alternatives(schema, &body)).unwrap_or_default();
    let branches = branches.into_iter().take(MAX_OTHERS).map(|body| (described, body, MAX_OF_OTHER));
    // What creates an object has tried the same schema in full.
    let create =
        known.and_then(|known| contract.at(known.create?)).filter(|_| planner.role_is_update(operation));
    let create = create.and_then(|create| create.body.as_ref()?.content.first()?.schema.as_deref());
    let is_known =
        create.zip(described.schema.as_deref()).is_some_and(|(one, own)| one.target() == own.target());
    let most = if is_action || is_known { MAX_ACTIONS } else { usize::MAX };
    std::iter::once((described, body.clone(), most))
        .chain(branches)
        .chain(twins)
        .filter_map(|(described, body, most)| {
            let schema = described.schema.as_deref()?;
            let mut packs = packs(schema, &body, &sparing);
            packs.truncate(most);
            if most == usize::MAX {
                packs.extend(drawn(schema, &body, &sparing, (settings.draws.seed, settings.draws.count)));
            }
            Some(Variations { base: base.clone(), described, schema, body, packs, is_action })
        })
        .collect()
}

/// What objects of the collections are called: a member of that name says which one is meant.
fn names_of_objects(resources: &Resources) -> HashSet<String> {
    let paths = resources.each().map(|(_, known)| known.path.trim_end_matches('/').to_owned());
    let words = paths.filter_map(|path| path.rsplit('/').next().map(letters));
    words.map(|word| singular(&word)).collect()
}

/// Whether a member is called as an object of a collection is, or as what identifies one: `project`,
/// `warehouse_code`.
fn says_which_object(name: &str, objects: &HashSet<String>) -> bool {
    let words = words(name);
    let identifies = |word: &String| ["code", "key", "slug", "name", "number", "no"].contains(&word.as_str());
    let bare = match words.split_last() {
        Some((last, rest)) if identifies(last) && !rest.is_empty() => rest.concat(),
        _ => words.concat(),
    };
    objects.contains(&bare)
}

impl Planner<'_> {
    fn role_is_update(&self, operation: &Operation) -> bool {
        matches!(self.resources.role(operation.index), Some((_, Role::Update | Role::Replace)))
    }

    /// Whether an operation may be sent many bodies.
    pub(super) fn may_vary(&self, operation: &Operation) -> bool {
        let is_meant = matches!(self.kind(operation), Some(Kind::Create | Kind::Own | Kind::Action));
        operation.body.is_some()
            && !operation.is_safe()
            && !destroys(operation)
            && is_meant
            && !self.settings.gives_body(operation)
    }

    /// Whether all that a request makes or changes is this run's, and can be removed again.
    fn stays_in_hand(&self, operation: &Operation, base: &Step) -> bool {
        let holds = |is: &dyn Fn(&Input) -> bool| base.inputs.iter().any(|(_, _, input)| is(input));
        if self.kind(operation) != Some(Kind::Create) {
            return holds(&|input| matches!(input, Input::Own(_)));
        }
        let made = self.resources.created_by(operation.index);
        let destroy = made.and_then(|index| self.resources.collection(index)?.destroy);
        let destroy = destroy.and_then(|index| self.contract.at(index));
        let is_removable = destroy.is_some_and(|destroy| !resources::is_refusal(destroy));
        is_removable || holds(&|input| matches!(input, Input::OwnParent(_)))
    }
}
