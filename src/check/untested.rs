//! Checks that could not be made: rules that apply to the document, but that the run had no chance to check.

mod occasions;

use http::Method;

use super::credentials::NO_AUTH;
use super::plan::{Plan, Sequence, destroys};
use super::recorder::OperationState;
use super::session::Session;
use crate::contract::{MediaBody, Operation, OperationId};
use crate::generate::negative;
use crate::judge::exchange::Intent;
use crate::resources::{Collection, Listing, Resources, Role, is_refusal};
use crate::rules::{Family, Rule, Selector};

/// Families whose occasions follow from the document.
const FAMILIES: [Family; 3] = [Family::State, Family::Page, Family::Input];

const NO_SUCCESS: &str = "the plain request did not succeed";
const NOT_SENT: &str = "no request could be sent";
const NOT_SHOWN: &str = "no response showed it";
const NOT_FOLLOWED: &str = "no object of this run got that far";

/// Adds what the document gives occasion for and nothing looked at, and drops what was looked at
/// after all.
pub(super) fn settle(session: &mut Session<'_>, plan: &Plan) {
    let ended = session.agenda.why().map(str::to_owned).or_else(|| session.must_end());
    let cut = Cut::of(session, plan);
    without_keys(session);
    for operation in &session.contract.operations {
        let index = operation.index;
        if session.settings.leaves_out(operation) || session.settings.helps(index) {
            continue;
        }
        let occasions = occasions(session, plan, operation);
        let Some(state) = session.recorder.state_mut(index) else { continue };
        state.untested.retain(|known| {
            let Selector::Rule(rule) = known.rule else { return true };
            let is_due = occasions.contains(&rule) && !state.looked.contains(&rule);
            // Of keys some cases may have been tried and others not.
            !FAMILIES.contains(&rule.family()) || is_due
        });
        for rule in occasions {
            let looked = session.recorder.state(index).is_some_and(|state| state.looked.contains(&rule));
            if !looked {
                let ended = ended.clone().filter(|_| cut.has(index, rule));
                let why = ended.unwrap_or_else(|| why_not(session, operation, rule).to_owned());
                session.recorder.not_tested(index, rule, &why);
            }
        }
    }
    list_cut(session, plan);
}

/// What of the plan the run did not come to.
struct Cut {
    rules: Vec<(OperationId, Selector)>,
    /// Whether lives of objects are among it, which show something about many operations.
    has_lives: bool,
}

impl Cut {
    fn of(session: &Session<'_>, plan: &Plan) -> Self {
        let steps = plan.steps.iter().chain(&plan.last_steps).filter(|step| !session.agenda.has_step(step));
        let sequences = plan.sequences.iter().chain(&plan.last_sequences);
        let sequences: Vec<Sequence> =
            sequences.copied().filter(|sequence| !session.agenda.has_played(*sequence)).collect();
        let of_sequence =
            |sequence: &Sequence| Some((sequence.operation(session.resources)?, sequence.rules()));
        let has_lives = sequences.iter().any(|sequence| matches!(sequence, Sequence::Lifecycle(_)));
        let steps = steps.map(|step| (step.operation, step.rule().into()));
        Self { rules: steps.chain(sequences.iter().filter_map(of_sequence)).collect(), has_lives }
    }

    /// Whether a rule might have looked at an operation there.
    fn has(&self, operation: OperationId, rule: Rule) -> bool {
        (self.has_lives && rule.family() == Family::State)
            || self.rules.iter().any(|(index, rules)| *index == operation && rules.covers(rule))
    }
}

/// Lists the cases that a bound of the run cut.
fn list_cut(session: &mut Session<'_>, plan: &Plan) {
    let Some(why) = session.agenda.why().map(str::to_owned) else { return };
    for step in plan.steps.iter().chain(&plan.last_steps) {
        if !session.agenda.has_step(step) {
            session.recorder.cut(step.operation, step.rule().into(), &why, &step.label);
        }
    }
    for sequence in plan.sequences.iter().chain(&plan.last_sequences) {
        if let Some(operation) = sequence.operation(session.resources)
            && !session.agenda.has_played(*sequence)
        {
            session.recorder.cut(operation, sequence.rules(), &why, sequence.label());
        }
    }
}

/// Lists what nobody finds out about keys at a target that is checked without them.
fn without_keys(session: &mut Session<'_>) {
    if !session.settings.no_auth {
        return;
    }
    for operation in &session.contract.operations {
        if session.settings.leaves_out(operation) || session.settings.helps(operation.index) {
            continue;
        }
        for rule in occasions::of_keys(operation) {
            session.recorder.not_tested(operation.index, rule, NO_AUTH);
        }
    }
}

/// The rules that an operation gives occasion for.
fn occasions(session: &Session<'_>, plan: &Plan, operation: &Operation) -> Vec<Rule> {
    let mut found = occasions::of_answers(operation);
    found.extend(occasions::of_keys(operation).into_iter().filter(|_| !session.settings.no_auth));
    found.extend(occasions::of_sequences(session.contract, plan, operation));
    found.extend(of_state(session.resources, operation, &|index| {
        session.contract.at(index).is_some_and(|operation| !session.settings.leaves_out(operation))
    }));
    found.extend(of_pages(session.resources, operation));
    if is_private(session, operation) {
        found.push(Rule::OtherOwnerAccepted);
    }
    let mut steps = plan.steps.iter().filter(|step| step.operation == operation.index);
    if steps.clone().any(|step| step.intent == Intent::UnknownId) {
        found.push(Rule::UnknownFound);
    }
    let is_planned = steps.clone().next().is_some();
    if steps.any(|step| matches!(step.intent, Intent::Invalid(_))) || (!is_planned && has_input(operation)) {
        found.push(Rule::InvalidAccepted);
    }
    found
}

/// Whether an operation reads, lists, changes or deletes objects that the run creates and that are private.
fn is_private(session: &Session<'_>, operation: &Operation) -> bool {
    let is_in = |index: OperationId| session.operation(Some(index)).is_some();
    let Some((index, role)) = session.resources.role(operation.index) else { return false };
    let reaches = match role {
        Role::Retrieve | Role::List | Role::Update | Role::Replace | Role::Change => true,
        Role::Destroy => !is_refusal(operation),
        Role::Create => false,
    };
    let collection = session.resources.collection(index).filter(|collection| collection.is_private());
    reaches && !operation.is_open() && collection.and_then(|known| known.create).is_some_and(is_in)
}

/// Why nothing looked.
fn why_not(session: &Session<'_>, operation: &Operation, rule: Rule) -> &'static str {
    let is_met = |state: &OperationState| state.success.is_some();
    let met = |index: Option<OperationId>| {
        index.and_then(|index| session.recorder.state(index)).is_some_and(is_met)
    };
    match session.recorder.state(operation.index) {
        Some(state) if !is_met(state) && state.statuses.is_empty() => return NOT_SENT,
        Some(state) if !is_met(state) => return NO_SUCCESS,
        _ => {}
    }
    let family = rule.family();
    match (family, rule) {
        (_, Rule::OtherOwnerAccepted) if session.credentials.stranger(operation).is_none() => {
            return "no key of another owner was given";
        }
        (_, Rule::OtherOwnerAccepted) => {}
        (_, Rule::InvalidAccepted) => return "no response showed whether invalid input is accepted",
        (_, Rule::UnknownFound) => return "no response showed whether an unknown id is accepted",
        (Family::Method, _) => return "no response showed whether the method is known",
        (_, Rule::HeadDiffers | Rule::FormatIgnored | Rule::LocationBroken) => return NOT_SHOWN,
        (Family::State | Family::Page, _) => {}
        _ => return NOT_SHOWN,
    }
    let role = session.resources.role(operation.index);
    let collection = role.and_then(|(index, _)| Some((index, session.resources.collection(index)?)));
    let Some((index, collection)) = collection else { return "the run gave no occasion for it" };
    let is_made = met(collection.create) && session.pool.has_made(index);
    let has_failed = |index: Option<OperationId>| {
        let families = [Family::State, Family::Page, Family::Body];
        session.recorder.seen().iter().any(|seen| {
            let family = seen.observation.rule.family();
            Some(seen.operation) == index && families.contains(&family)
        })
    };
    if has_failed(Some(operation.index)) {
        return "an earlier finding makes it meaningless";
    }
    match (family, rule) {
        (Family::Page, Rule::FilterIgnored) => "no value is known that excludes some entries",
        (Family::Page, Rule::PageCount) => "the list has no total, or its end was not reached",
        (Family::Page, Rule::PageOverlap) => "no page had a following page",
        (Family::Page, Rule::SortIgnored) => "no two entries differ in the sort key",
        (Family::Page, _) => NOT_SHOWN,
        _ if !is_made => "this run created no object",
        _ if collection.retrieve.is_some() && !met(collection.retrieve) => "the object could not be read",
        _ if has_failed(collection.create) || has_failed(collection.retrieve) => {
            "an earlier finding makes it meaningless"
        }
        _ => NOT_FOLLOWED,
    }
}

/// Rules of the family `state`: for an object that this run makes. `is_in` says what takes part in
/// the run.
fn of_state(resources: &Resources, operation: &Operation, is_in: &dyn Fn(OperationId) -> bool) -> Vec<Rule> {
    let mut found = Vec::new();
    if resources
        .actions(&operation.id)
        .any(|(index, _)| resources.collection(index).is_some_and(|collection| collection.list.is_some()))
    {
        found.push(Rule::ActionNotKept);
    }
    let Some((index, role)) = resources.role(operation.index) else { return found };
    let Some(collection) = resources.collection(index) else { return found };
    let is_made = collection.create.is_some_and(is_in);
    let is_read = collection.retrieve.is_some_and(is_in);
    if !is_made {
        return found;
    }
    found.extend(of_role(operation, collection, role, is_read));
    found
}

fn of_role(operation: &Operation, collection: &Collection, role: Role, is_read: bool) -> Vec<Rule> {
    let both = |rules: &[Rule]| if is_read { rules.to_vec() } else { Vec::new() };
    match role {
        Role::Create => both(&[Rule::CreateNotFound]),
        Role::List => both(&[Rule::CreateNotListed]),
        Role::Retrieve => vec![Rule::ReadHadEffect, Rule::IdentityChanged],
        // A run that must not change what others own never knows that the body names its own.
        Role::Change => Vec::new(),
        Role::Update => both(&[Rule::UpdateNotKept, Rule::UpdateClobbered]),
        Role::Replace => both(&[Rule::ReplaceMerged, Rule::UpdateNotKept]),
        Role::Destroy if is_refusal(operation) => both(&[Rule::RefusedMethodHadEffect]),
        Role::Destroy => {
            let mut found = Vec::new();
            if is_read || collection.list.is_some() {
                found.push(Rule::DeleteNotGone);
            }
            if operation.documents(404) || operation.documents(410) {
                found.push(Rule::DeleteMissingStatus);
            }
            found
        }
    }
}

/// Rules of the family `page`.
fn of_pages(resources: &Resources, operation: &Operation) -> Vec<Rule> {
    let listed = resources.listed_by(operation.index).and_then(|index| resources.collection(index));
    let Some(list) = listed.and_then(|collection| collection.list.as_ref()) else { return Vec::new() };
    let Listing { pages, filters, search, sort, .. } = list;
    let moves = pages.move_by_parameter();
    [
        (pages.limit.is_some(), Rule::PageLimit),
        (moves, Rule::PageOffset),
        (pages.next.is_some() && pages.limit.is_some(), Rule::PageOverlap),
        (pages.count.is_some(), Rule::PageCount),
        (!filters.is_empty() || search.is_some(), Rule::FilterIgnored),
        (sort.as_ref().is_some_and(|sort| !sort.values.is_empty()), Rule::SortIgnored),
    ]
    .into_iter()
    .filter(|(is_due, _)| *is_due)
    .map(|(_, rule)| rule)
    .collect()
}

/// Whether a request can hold input that the document forbids. What destroys gets none.
fn has_input(operation: &Operation) -> bool {
    let has_json = operation.body.iter().flat_map(|body| &body.content).any(MediaBody::is_json);
    (has_json && operation.method != Method::DELETE && !destroys(operation))
        || !negative::forbidden_parameters(operation).is_empty()
}

#[cfg(test)]
mod tests;
