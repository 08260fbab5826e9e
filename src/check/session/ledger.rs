//! Every object that an accepted request may have created, whatever the request was for.
//!
//! An object belongs to this run only if the run can show that it did not exist before: it carries a text of
//! this run, a complete list did not contain it before, its parent belongs to this run, or it was requested
//! before and did not exist. Only such an object is changed or deleted. Everything else that may have been
//! created is reported as a leftover.

use std::collections::{HashMap, HashSet};
use std::ops::DerefMut;

use serde_json::Value;

use super::object_pool::{Fixed, fits};
use crate::check::path_values::are_same;
use crate::check::shared::Shared;
use crate::contract::OperationId;
use crate::exchange::Exchange;
use crate::resources::CollectionId;

/// Lists that are read for one collection because an answer had no id.
const MAX_SEARCHES: usize = 3;

/// Something that this run may have made.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Entry {
    /// Its collection, where it is known.
    pub collection: Option<CollectionId>,
    /// The values of its path's parameters, the id last; empty where no id is known.
    pub values: Vec<Value>,
    /// Its path, where it is known.
    pub path: Option<String>,
    /// Its address, else the request that made it.
    pub told: String,
    /// Whether it was shown not to have existed before.
    pub is_own: bool,
    /// Whether a request that removes it succeeded.
    pub is_gone: bool,
    /// Whether it stands beside what its request was sent to, and stays where that is deleted.
    pub is_beside: bool,
}

impl Entry {
    fn is(&self, collection: CollectionId, values: &[Value]) -> bool {
        self.collection == Some(collection) && are_same(&self.values, values)
    }
}

/// An accepted request that may have made something, until it is found out what.
#[derive(Debug, Clone)]
pub(in crate::check) struct Unsettled {
    /// Which operation.
    pub operation: OperationId,
    pub exchange: Exchange,
}

/// A change of an object of this run's own whose answer has another id.
#[derive(Debug, Clone)]
pub(in crate::check) struct Renamed {
    pub collection: CollectionId,
    pub old: Vec<Value>,
    pub new: Vec<Value>,
    /// The request, as it is shown.
    pub line: String,
}

/// All that a run owes. There may be thousands of entries, and each fork of a session has them.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Ledger {
    entries: Shared<Vec<Shared<Entry>>>,
    unsettled: Vec<Unsettled>,
    /// Changes whose answers give an object another id, until it is found out whether it has one.
    renamed: Vec<Renamed>,
    searches: HashMap<CollectionId, usize>,
    /// Objects that were found in lists when the run ended.
    found: usize,
    /// Collections, below parents, whose lists were asked for before anything was made there.
    stocked: HashSet<(CollectionId, Vec<String>)>,
    /// Collections, each with whether the ids that creates answer lead to what they made.
    pub addressed: HashMap<CollectionId, bool>,
    /// Collections whose objects nothing reads, each with whether the list has the ids that creates answer.
    pub listed: HashMap<CollectionId, bool>,
    /// Collections whose objects were found by the names alone that were sent.
    pub named: HashSet<CollectionId>,
    /// Paths at which nothing was, so that what a request makes there is this run's own.
    pub absent: HashSet<String>,
    /// Paths of objects that this run changed after it made them.
    touched: HashSet<String>,
    /// Settings that could not be put back, each with both values.
    pub altered: Vec<String>,
    /// Whether an unsafe request was answered with success, or failed, so that nobody knows what it did.
    pub has_written: bool,
    /// Whether lists are read to find what was made, and not to learn what is there.
    pub is_searching: bool,
}

impl Ledger {
    /// Everything that was noted, in the order in which it was made.
    pub fn entries(&self) -> &[Shared<Entry>] {
        &self.entries
    }

    pub fn add(&mut self, entry: Entry) {
        self.entries.push(entry.into());
    }

    /// What is known of an object.
    pub fn entry_mut(&mut self, collection: CollectionId, values: &[Value]) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.is(collection, values)).map(DerefMut::deref_mut)
    }

    /// Whether an object is owed.
    pub fn owes(&self, collection: CollectionId, values: &[Value]) -> bool {
        self.entries.iter().any(|entry| entry.is(collection, values) && !entry.is_gone)
    }

    /// Whether the object of this line must still be deleted.
    pub fn owes_line(&self, line: &str) -> bool {
        self.entries.iter().any(|entry| entry.told == line && !entry.is_gone)
    }

    /// How much this run may have made in a collection and cannot remove: nobody knows where it is or whose.
    pub fn astray(&self, collection: CollectionId) -> usize {
        let in_it = self.entries.iter().filter(|entry| entry.collection == Some(collection));
        in_it.filter(|entry| !entry.is_gone && (!entry.is_own || entry.path.is_none())).count()
    }

    /// An object that this run seems to have made, and whose it is nobody knows: it may be read.
    pub fn unproven(&self, collection: CollectionId, fixed: &Fixed) -> Option<Vec<Value>> {
        let mut in_it = self.entries.iter().filter(|entry| entry.collection == Some(collection));
        let found = in_it.find(|entry| {
            !entry.is_own && !entry.is_gone && entry.path.is_some() && fits(&entry.values, fixed)
        });
        found.map(|entry| entry.values.clone())
    }

    /// Whether odd requests may make objects of a collection: what plain ones made is known and can be removed.
    pub fn is_in_hand(&self, collection: CollectionId) -> bool {
        self.astray(collection) == 0 && !self.named.contains(&collection)
    }

    /// Gives the newest entry the path of its parent, with which it is deleted.
    pub fn goes_with(&mut self, path: &str) {
        if let Some(entry) = self.entries.last_mut() {
            entry.path = Some(path.to_owned());
        }
    }

    /// Notes that what was taken for gone, by its place among the entries, is there.
    pub fn is_back(&mut self, at: usize) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.is_gone = false;
        }
    }

    /// An object answers at another path now, and what is below it too. `base` is the address of the target.
    pub fn rename(&mut self, old: (&[Value], &str), new: (&[Value], &str), base: &str) {
        let moved = |path: &str| {
            let rest = path.strip_prefix(old.1).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
            Some(format!("{}{rest}", new.1))
        };
        self.touched = self.touched.drain().map(|path| moved(&path).unwrap_or(path)).collect();
        for entry in self.entries.iter_mut() {
            let Some(path) = entry.path.as_deref().and_then(moved) else { continue };
            if entry.values.get(..old.0.len()).is_some_and(|above| are_same(above, old.0)) {
                entry.values.splice(..old.0.len(), new.0.iter().cloned());
            }
            entry.told = format!("{base}{path}");
            entry.path = Some(path);
        }
    }

    /// Notes that what stood at a path, and all below it, is there no longer; gives what is gone by that.
    /// `base` is the address of the target.
    pub fn remove(&mut self, path: &str, base: &str) -> Vec<String> {
        let below = format!("{path}/");
        let mut gone = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| !entry.is_gone) {
            let was_there = match &entry.path {
                Some(at) => at == path || at.starts_with(&below),
                // What has no address of its own goes with what its request was sent to.
                None => {
                    let mut at = entry.told.split_once(base).map(|(_, at)| at).into_iter();
                    !entry.is_beside && at.any(|at| at.starts_with(&below))
                }
            };
            if was_there {
                entry.is_gone = true;
                gone.push(entry.told.clone());
            }
        }
        gone
    }

    /// Notes that the object at a path was changed.
    pub fn touch(&mut self, path: String) {
        self.touched.insert(path);
    }

    /// Whether a path is that of an object that was changed, or below it.
    pub fn is_touched(&self, path: &str) -> bool {
        self.touched.iter().any(|at| {
            path.strip_prefix(at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// How many objects the last searches have found.
    pub fn take_found(&mut self) -> usize {
        std::mem::take(&mut self.found)
    }

    /// So many objects of a collection were found: as many requests without an id made those.
    pub fn found(&mut self, collection: CollectionId, found: usize) {
        self.found += found;
        let nameless = self
            .entries
            .iter_mut()
            .filter(|entry| entry.collection == Some(collection) && entry.path.is_none() && !entry.is_gone);
        for entry in nameless.take(found) {
            entry.is_gone = true;
        }
    }

    /// Notes a request that may have made something.
    pub fn may_have_made(&mut self, operation: OperationId, exchange: &Exchange) {
        self.unsettled.push(Unsettled { operation, exchange: exchange.clone() });
    }

    /// The latest request of which it is not known what it made.
    pub fn next_unsettled(&mut self) -> Option<Unsettled> {
        self.unsettled.pop()
    }

    pub fn may_be_renamed(&mut self, renamed: Renamed) {
        self.renamed.push(renamed);
    }

    pub fn take_renamed(&mut self) -> Vec<Renamed> {
        std::mem::take(&mut self.renamed)
    }

    /// Whether a list may be read once more because an answer had no id.
    pub fn may_search(&mut self, collection: CollectionId) -> bool {
        let tries = self.searches.entry(collection).or_default();
        *tries += 1;
        *tries <= MAX_SEARCHES
    }

    /// Whether this is the first time that a list is read before something is made there.
    pub fn is_first_stock(&mut self, collection: CollectionId, parents: Vec<String>) -> bool {
        self.stocked.insert((collection, parents))
    }

    /// What is left: addresses, or request lines.
    pub fn leftovers(&self) -> Vec<String> {
        let mut known = HashSet::new();
        let left = self.entries.iter().filter(|entry| !entry.is_gone);
        // An address is listed once; a request line as often as it was sent.
        let left = left.filter(|entry| entry.path.is_none() || known.insert(&entry.told));
        let told: Vec<String> = left.map(|entry| entry.told.clone()).collect();
        told.into_iter().chain(self.altered.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests;
