//! Which sequences follow the single requests.

use crate::rules::Family;
use http::Method;

use super::{Plan, Planner, destroys};
use crate::check::chain::MAX_PAGES;
use crate::resources::Resources;

/// A sequence of requests; the number is that of the collection or the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// An object of a collection: made, read, listed, changed, refused to others, hidden, ended.
    Life(usize),
    /// An operation that puts entries in or takes them out.
    Acts(usize),
    /// A second DELETE.
    Again(usize),
    /// Pages, filters and orders of a collection's list.
    Pages(usize),
    /// One operation in all its forms: HEAD and GET, CSV and JSON.
    Forms(usize),
    /// A method that the path of an operation does not document.
    Methods(usize),
}

impl Chain {
    /// What it does, for a person.
    pub fn label(self) -> &'static str {
        match self {
            Self::Life(_) => "an object's life",
            Self::Acts(_) => "whether the action is kept",
            Self::Again(_) => "a second DELETE",
            Self::Pages(_) => "pages, filters and orders",
            Self::Forms(_) => "HEAD, and other formats",
            Self::Methods(_) => "an undocumented method",
        }
    }

    /// Most requests that it sends.
    pub fn bound(self) -> usize {
        match self {
            // Three objects, some dozen requests and as many walks for each.
            Self::Life(_) => 3 * (40 + 10 * MAX_PAGES),
            Self::Acts(_) => 8 + 6 * MAX_PAGES,
            Self::Again(_) => 2,
            Self::Pages(_) => 40 + 4 * MAX_PAGES,
            Self::Forms(_) => 10,
            Self::Methods(_) => 1,
        }
    }

    /// The operation that it is about.
    pub fn operation(self, resources: &Resources) -> Option<usize> {
        match self {
            Self::Life(collection) => resources.collections.get(collection)?.create,
            Self::Pages(collection) => Some(resources.collections.get(collection)?.list.as_ref()?.operation),
            Self::Acts(operation)
            | Self::Again(operation)
            | Self::Forms(operation)
            | Self::Methods(operation) => Some(operation),
        }
    }

    /// Whether it sends what may write.
    pub fn writes(self) -> bool {
        matches!(self, Self::Life(_) | Self::Acts(_) | Self::Again(_))
    }
}

impl Planner<'_> {
    /// The sequences: what reads goes before what writes, so that both see the same lists.
    pub(super) fn chains(&self, plan: &Plan) -> Vec<Chain> {
        let muted = |family: Family| self.settings.muted.contains(family);
        let is_in = |index: &usize| {
            let operation = self.contract.operations.get(*index);
            operation.is_some_and(|operation| {
                !self.settings.skipped.contains_key(index)
                    && (operation.is_safe() || !self.settings.read_only)
                    && !plan.unplanned.iter().any(|known| known.operation == *index)
            })
        };
        let collections = || self.resources.collections.iter().enumerate();
        let operations = || self.contract.operations.iter().filter(|operation| is_in(&operation.index));
        let mut chains = Vec::new();
        if !muted(Family::Page) {
            let lists =
                collections().filter(|(_, c)| c.list.as_ref().is_some_and(|list| is_in(&list.operation)));
            chains.extend(lists.map(|(index, _)| Chain::Pages(index)));
            chains.extend(operations().filter(|o| o.method == Method::GET).map(|o| Chain::Forms(o.index)));
        }
        if !muted(Family::Method) {
            chains.extend(
                operations()
                    .filter(|o| self.resources.first_of_path(o.index))
                    .map(|o| Chain::Methods(o.index)),
            );
        }
        if !muted(Family::State) {
            let makes = collections().filter(|(_, c)| c.create.as_ref().is_some_and(is_in));
            chains.extend(makes.map(|(index, _)| Chain::Life(index)));
            let acts = operations().filter(|o| self.resources.actions(&o.id).next().is_some());
            chains.extend(acts.map(|o| Chain::Acts(o.index)));
            // What nothing creates is destroyed once, where it is named; then once more.
            let named = operations().filter(|o| destroys(o) && self.given(o).is_some());
            chains.extend(named.map(|o| Chain::Again(o.index)));
        }
        chains
    }
}
