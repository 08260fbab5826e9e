//! Finds out what the id of a finding stands for.
//!
//! An id is a hash, so it cannot be read. What a finding can be about follows from the document, so all of it is
//! hashed until the id comes out.

use std::collections::BTreeSet;

use super::places;
use crate::check::findings::varied;
use crate::check::plan::{Care, Settings, plan, variations};
use crate::contract::{Contract, Operation, OperationId};
use crate::judge::At;
use crate::judge::exchange::{Intent, Valid};
use crate::resources::Resources;
use crate::rules::{Family, Rule};
use crate::run::labelled;
use crate::run::policy::{FindingId, IdStart};

/// Ids that are made at most: some seconds of work.
const MAX_IDS: usize = 20_000_000;
/// First digits of a status; 0 where there was no response.
const CLASSES: std::ops::RangeInclusive<u16> = 0..=5;
/// Rules whose findings name a place inside of a response.
const INSIDE: [Rule; 2] = [Rule::BodySchema, Rule::HeaderSchema];

/// What an id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule.
    pub rule: Rule,
    /// First digit of the status; 0 where there was no response.
    pub class: u16,
    /// The operation; several where the finding is reported once for all of them.
    pub operations: BTreeSet<OperationId>,
}

/// What was found out about an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What it stands for.
    pub found: Option<Found>,
    /// Whether everything was tried that a finding about the target can stand for.
    pub is_complete: bool,
}

/// Looks for what an id stands for, in a run over this document alone or as one of several with this name.
pub fn find(
    contract: &Contract,
    resources: &Resources,
    settings: &Settings,
    name: &str,
    wanted: FindingId,
) -> Lookup {
    let search = |name| {
        let mut search = Search { wanted, name, left: MAX_IDS, found: None };
        let is_whole = search.all(contract, resources, settings);
        Lookup { is_complete: is_whole && search.left > 0, found: search.found }
    };
    let alone = search(None);
    if alone.found.is_some() {
        return alone;
    }
    let labelled = search(Some(name));
    Lookup { is_complete: alone.is_complete && labelled.is_complete, ..labelled }
}

struct Search<'s> {
    wanted: FindingId,
    /// Name of the document, where the id is of a run over several.
    name: Option<&'s str>,
    left: usize,
    found: Option<Found>,
}

impl Search<'_> {
    /// Looks everywhere, until it is found; returns whether nothing was passed over.
    fn all(&mut self, contract: &Contract, resources: &Resources, settings: &Settings) -> bool {
        for operation in &contract.operations {
            self.own_places(operation);
        }
        let mut is_whole = true;
        for operation in &contract.operations {
            is_whole &= self.found.is_some() || self.responses(contract, operation);
        }
        if self.found.is_none() {
            self.varied_requests(contract, resources, settings);
        }
        is_whole
    }

    /// Each rule at each place of the operation itself; also as what is reported once for several operations.
    fn own_places(&mut self, operation: &Operation) {
        let places = places::own(operation);
        let is_about_targets = |rule: &&Rule| !matches!(rule.family(), Family::Snapshot | Family::Waiver);
        for rule in Rule::ALL.iter().filter(is_about_targets) {
            for name in [operation.id.as_str(), ""] {
                self.each(*rule, name, operation.index, &places);
            }
        }
    }

    /// The rules about content at each place in the responses; returns whether these were all places.
    fn responses(&mut self, contract: &Contract, operation: &Operation) -> bool {
        let (places, is_whole) = places::in_responses(contract, operation);
        // Also as the cause of findings about several operations.
        for (rule, name) in INSIDE.iter().flat_map(|rule| [(rule, operation.id.as_str()), (rule, "")]) {
            self.each(*rule, name, operation.index, &places);
        }
        is_whole
    }

    /// Requests that the document allows, with the value that was varied.
    fn varied_requests(&mut self, contract: &Contract, resources: &Resources, settings: &Settings) {
        let plan = plan(contract, resources, settings);
        for step in &plan.steps {
            let Intent::Valid(Valid::Named(place) | Valid::Open(place)) = &step.intent else { continue };
            let Some(operation) = contract.at(step.operation) else { continue };
            let at = place.at.to_string();
            let places = places::own(operation);
            let places: Vec<String> =
                places.iter().map(|document| varied(document, &at, &place.instance)).collect();
            let rule = Rule::ValidRejected;
            self.each(rule, &operation.id, operation.index, &places);
        }
        for operation in &contract.operations {
            let found = variations((contract, resources, settings), operation, &Care::default(), &|_| {});
            let changes = found.iter().flat_map(|varied| &varied.packs).flat_map(|pack| &pack.changes);
            let changed: BTreeSet<&str> = changes.map(|change| change.at.as_str()).collect();
            let places: Vec<String> = places::own(operation)
                .iter()
                .flat_map(|document| {
                    let at = At::RequestBody.to_string();
                    let inside = changed.iter().copied().chain([""]);
                    inside.map(|change| varied(document, &at, change)).collect::<Vec<_>>()
                })
                .collect();
            self.each(Rule::ValidRejected, &operation.id, operation.index, &places);
        }
    }

    fn each<'p, P>(&mut self, rule: Rule, name: &str, operation: OperationId, places: &'p P)
    where
        &'p P: IntoIterator<Item = &'p String>,
    {
        for class in CLASSES {
            let start = IdStart::new(rule, name, class);
            for place in places {
                self.left = self.left.saturating_sub(1);
                if self.left > 0 && self.is_wanted(start.id(place)) {
                    let nothing = || Found { rule, class, operations: BTreeSet::new() };
                    self.found.get_or_insert_with(nothing).operations.insert(operation);
                }
            }
        }
    }

    fn is_wanted(&self, id: FindingId) -> bool {
        match self.name {
            None => id == self.wanted,
            Some(name) => labelled(name, &id.to_string()).parse() == Ok(self.wanted),
        }
    }
}

#[cfg(test)]
mod tests;
