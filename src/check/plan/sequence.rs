//! The sequences that follow the single requests.

use std::collections::HashSet;

use crate::contract::{Operation, OperationId};
use crate::rules::{Family, Rule, Selector};
use http::Method;

use super::{Plan, Planner, Tier, destroys};
use crate::resources::{Collection, CollectionId, Resources, is_refusal};

/// Pages that one walk along a list visits at most.
pub(in crate::check) const MAX_PAGES: usize = 20;

/// A sequence of requests; with the collection or the operation that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// An object of a collection: made, read, listed, changed, refused to others, hidden, ended.
    Lifecycle(CollectionId),
    /// An operation that puts entries in or takes them out.
    Actions(OperationId),
    /// A create of several objects at once.
    Several(OperationId),
    /// A second DELETE.
    DeleteTwice(OperationId),
    /// The `Location` of an answer.
    Located(OperationId),
    /// Objects of a collection whose list has too few entries.
    Filling(CollectionId),
    /// Pages, filters and orders of a collection's list.
    Pages(CollectionId),
    /// One operation in all its forms: HEAD and GET, CSV and JSON.
    Representations(OperationId),
    /// Bodies that vary what is sent.
    Variations(OperationId),
    /// A method that the path of an operation does not document.
    Methods(OperationId),
    /// A read with odd credentials.
    OddKeys(OperationId),
    /// A read in odd ways.
    OddReads(OperationId),
    /// A write in odd ways.
    OddWrites(OperationId),
}

impl Sequence {
    /// What it does, for a person.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lifecycle(_) => "an object's life",
            Self::Actions(_) => "whether the action is kept",
            Self::Several(_) => "a create of several objects",
            Self::DeleteTwice(_) => "a second DELETE",
            Self::Located(_) => "the Location of an answer",
            Self::Filling(_) => "objects for a list that has too few",
            Self::Pages(_) => "pages, filters and orders",
            Self::Representations(_) => "HEAD, and other formats",
            Self::Variations(_) => "bodies with other values",
            Self::Methods(_) => "an undocumented method",
            Self::OddKeys(_) => "credentials that are like a known one, or ill-formed",
            Self::OddReads(_) => "odd ids and parameters",
            Self::OddWrites(_) => "odd bodies, and an unknown id",
        }
    }

    /// Most requests that it sends.
    pub fn bound(self) -> usize {
        match self {
            // Four objects, some dozen requests and as many walks for each; one of them is changed in turns.
            Self::Lifecycle(_) => 4 * (40 + 10 * MAX_PAGES) + 150,
            Self::Actions(_) => 8 + 6 * MAX_PAGES,
            // Three lists, two reads, and a walk behind each that is refused.
            Self::Several(_) => 8 + 3 * MAX_PAGES,
            Self::DeleteTwice(_) => 2,
            // Three objects, each with what finds out how it is made and whose it is.
            Self::Filling(_) => 3 * (20 + MAX_PAGES),
            Self::Pages(_) => 120 + 12 * MAX_PAGES,
            Self::Representations(_) => 10,
            // Each body, a read after it, and what finds out which part of it is refused.
            Self::Variations(_) => 3 * (18 + 3 * 17),
            Self::Methods(_) | Self::Located(_) => 1,
            Self::OddKeys(_) => 10,
            Self::OddReads(_) => 40,
            Self::OddWrites(_) => 80,
        }
    }

    /// How many requests it sends where nothing is odd, about, as counted at the mock of a plain document
    /// (`docs/scale.md`).
    pub fn usual(self) -> usize {
        match self {
            Self::Lifecycle(_) => 40,
            Self::Variations(_) => 12,
            Self::Actions(_) | Self::Several(_) => 8,
            Self::Pages(_) | Self::OddWrites(_) | Self::OddKeys(_) => 6,
            Self::OddReads(_) => 4,
            Self::DeleteTwice(_) | Self::Representations(_) => 2,
            Self::Methods(_) | Self::Located(_) | Self::Filling(_) => 1,
        }
    }

    /// What goes before it, and what behind.
    pub fn tier(self) -> Tier {
        match self {
            Self::Lifecycle(_)
            | Self::Actions(_)
            | Self::Several(_)
            | Self::DeleteTwice(_)
            | Self::Located(_)
            | Self::Filling(_)
            | Self::Pages(_)
            | Self::Representations(_)
            | Self::Methods(_) => Tier::State,
            Self::Variations(_) => Tier::Variation,
            Self::OddKeys(_) | Self::OddReads(_) | Self::OddWrites(_) => Tier::Odd,
        }
    }

    /// The rules that it is for.
    pub fn rules(self) -> Selector {
        match self {
            Self::Lifecycle(_) | Self::Several(_) => Family::State.into(),
            Self::Filling(_) | Self::Pages(_) => Family::Page.into(),
            Self::Methods(_) => Family::Method.into(),
            Self::Actions(_) => Rule::ActionNotKept.into(),
            Self::DeleteTwice(_) => Rule::DeleteMissingStatus.into(),
            Self::Located(_) => Rule::LocationBroken.into(),
            Self::Representations(_) => Rule::HeadDiffers.into(),
            Self::Variations(_) => Rule::ValidRejected.into(),
            Self::OddKeys(_) => Rule::AuthUnknownAccepted.into(),
            Self::OddReads(_) | Self::OddWrites(_) => Rule::ServerError.into(),
        }
    }

    /// The operation that it is about.
    pub fn operation(self, resources: &Resources) -> Option<OperationId> {
        match self {
            Self::Lifecycle(collection) | Self::Filling(collection) => {
                resources.collection(collection)?.create
            }
            Self::Pages(collection) => Some(resources.collection(collection)?.list.as_ref()?.operation),
            Self::Actions(operation)
            | Self::Several(operation)
            | Self::DeleteTwice(operation)
            | Self::Located(operation)
            | Self::Representations(operation)
            | Self::Variations(operation)
            | Self::Methods(operation)
            | Self::OddKeys(operation)
            | Self::OddReads(operation)
            | Self::OddWrites(operation) => Some(operation),
        }
    }

    /// Whether it sends what may write.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Lifecycle(_)
                | Self::Actions(_)
                | Self::Several(_)
                | Self::DeleteTwice(_)
                | Self::Filling(_)
                | Self::Variations(_)
                | Self::OddWrites(_)
        )
    }
}

impl Planner<'_> {
    /// The sequences: what reads goes before what writes, so that both see the same lists.
    pub(super) fn sequences(&self, plan: &Plan) -> Vec<Sequence> {
        let muted = |family: Family| self.settings.muted.contains(family);
        let unplanned: HashSet<OperationId> = plan.unplanned.iter().map(|known| known.operation).collect();
        let is_in = |index: &OperationId| {
            let operation = self.contract.at(*index);
            operation.is_some_and(|operation| {
                !self.settings.skipped.contains_key(index)
                    && (operation.is_safe() || !self.settings.read_only)
                    && !unplanned.contains(index)
            })
        };
        let collections = || self.resources.each();
        let operations = || self.contract.operations.iter().filter(|operation| is_in(&operation.index));
        let mut sequences = Vec::new();
        if !muted(Family::Page) {
            let has = |operation: Option<OperationId>| operation.is_some_and(|index| is_in(&index));
            let is_listed = |c: &Collection| has(c.list.as_ref().map(|list| list.operation));
            let is_filled = |c: &Collection| {
                let is_ended =
                    c.destroy.and_then(|end| self.contract.at(end)).is_some_and(|end| !is_refusal(end));
                c.depth() == 0 && is_listed(c) && has(c.create) && has(c.destroy) && is_ended
            };
            let short = collections().filter(|(_, collection)| is_filled(collection));
            sequences.extend(short.map(|(index, _)| Sequence::Filling(index)));
            let lists = collections().filter(|(_, collection)| is_listed(collection));
            sequences.extend(lists.map(|(index, _)| Sequence::Pages(index)));
            sequences.extend(
                operations().filter(|o| o.method == Method::GET).map(|o| Sequence::Representations(o.index)),
            );
        }
        if !muted(Family::Method) {
            sequences.extend(
                operations()
                    .filter(|o| self.resources.first_of_path(o.index))
                    .map(|o| Sequence::Methods(o.index)),
            );
        }
        if !muted(Family::Auth) && !self.settings.no_auth {
            let guarded = operations().filter(|o| o.is_safe() && !o.is_open());
            sequences.extend(guarded.map(|o| Sequence::OddKeys(o.index)));
        }
        let looks_for_failures = !(muted(Family::Status) && muted(Family::Transport));
        if looks_for_failures {
            let reads = operations().filter(|o| o.is_safe() && o.method != Method::HEAD);
            sequences.extend(reads.map(|o| Sequence::OddReads(o.index)));
        }
        if !muted(Family::State) {
            let makes = collections().filter(|(_, c)| {
                c.create.is_some_and(|create| is_in(&create) || self.settings.helps(create))
            });
            sequences.extend(makes.map(|(index, _)| Sequence::Lifecycle(index)));
            let told = collections().flat_map(|(_, c)| c.told.iter().flat_map(|told| &told.action));
            let named: HashSet<&str> = told.map(|action| action.operation.as_str()).collect();
            let acts = operations().filter(|o| named.contains(o.id.as_str()));
            sequences.extend(acts.map(|o| Sequence::Actions(o.index)));
            let several = operations().filter(|o| self.resources.makes_several(o.index));
            sequences.extend(several.map(|o| Sequence::Several(o.index)));
            let begins = operations().filter(|o| {
                let is_made = self.resources.created_by(o.index).is_some();
                o.method == Method::POST && !is_made && (o.documents(201) || o.documents(202))
            });
            sequences.extend(begins.map(|o| Sequence::Located(o.index)));
            // What nothing creates is destroyed once, where it is named; then once more.
            let named = operations().filter(|o| destroys(o) && self.given(o).is_some());
            sequences.extend(named.map(|o| Sequence::DeleteTwice(o.index)));
        }
        if !muted(Family::Input) {
            let varied = operations().filter(|o| self.may_vary(o));
            sequences.extend(varied.map(|o| Sequence::Variations(o.index)));
        }
        if looks_for_failures {
            // What is there is changed in odd ways before new objects are made so.
            let mut writes: Vec<&Operation> = operations().filter(|o| !o.is_safe()).collect();
            writes.sort_by_key(|o| self.resources.created_by(o.index).is_some());
            sequences.extend(writes.into_iter().map(|o| Sequence::OddWrites(o.index)));
        }
        sequences
    }
}
