//! The objects of one session, by the concrete path of their collection.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::changes::{Change, Changes, Record};
use super::objects::ObjectList;
use crate::exchange::budget::{Budget, weight};

/// Most octets that the objects of one session take; beyond it nothing more is stored.
const MAX_OCTETS: usize = 64 << 20;
/// Most concrete paths of collections in one session; further ones are replayed.
const MAX_LISTS: usize = 5_000;
/// Most octets that these paths take with what they begin with.
const MAX_BEGINNINGS: usize = 32 << 20;

/// What an object takes beside its value: its place in the list, and the names by which it is found.
const OBJECT: usize = 600;
/// What a list takes beside its objects and its path, which is in two places.
const LIST: usize = 1_500;

/// Requests that may be sent again, and octets of their keys and paths.
const MAX_REPEATED: usize = 1_000;
const MAX_KEY: usize = 256;
const MAX_PATH: usize = 2 << 10;

/// Shorter names of objects are in [`OBJECT`].
const NAME: usize = 100;

/// The room of an object, in octets of memory. A long text in it may be a name by which it is found, which is kept twice.
pub(super) fn room(object: &Value) -> usize {
    let texts = object.as_object().into_iter().flat_map(|members| members.values().filter_map(Value::as_str));
    OBJECT + weight(object) + texts.map(str::len).filter(|length| *length > NAME).sum::<usize>()
}

/// What a request has made that may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::mock) struct Made {
    pub id: String,
    /// A hash of the body of that request.
    pub body: u64,
}

/// Everything that one session holds.
#[derive(Debug, Default)]
pub(in crate::mock) struct Store {
    /// By concrete path.
    pub(super) lists: HashMap<String, ObjectList>,
    /// What collections begin with, set by control, by path of the collection.
    pub(super) seeds: HashMap<String, Vec<Value>>,
    /// The ids of what was made, by the path and the key of its request, where such a request may be sent again.
    pub(super) repeated: IndexMap<(String, String), Made>,
    /// Counts what was made, for ids.
    pub(super) made: u64,
    /// The largest number that an object ever had as its id, by path of the collection.
    pub(super) largest: HashMap<String, i64>,
    /// Calls of operations, where replicas count them together; else a session counts them.
    pub(super) calls: HashMap<String, u32>,
    /// What the objects take.
    pub(super) octets: usize,
    /// What the paths take, with what they begin with.
    pub(super) beginnings: usize,
    /// What the objects of all sessions may take, where that is bounded.
    budget: Option<Arc<Budget>>,
    /// Where changes are written down, where anybody wants to know.
    changes: Option<Changes>,
}

impl Store {
    /// Nothing, within the budget of all sessions.
    pub fn sharing(budget: &Arc<Budget>) -> Self {
        let mut store = Self::default();
        store.budget = Some(Arc::clone(budget));
        store
    }

    /// As [`Store::sharing`]; changes are written down.
    pub fn recording(budget: &Arc<Budget>, changes: &Changes) -> Self {
        let mut store = Self::sharing(budget);
        store.changes = Some(changes.clone());
        store
    }

    /// Forgets everything.
    pub fn begin_again(&mut self) {
        if let Some(changes) = &self.changes {
            self.parts().into_iter().for_each(|part| changes.note(part));
        }
        self.empty();
    }

    /// As [`Store::begin_again`], because somebody else has something else.
    pub fn empty(&mut self) {
        let (budget, changes) = (self.budget.clone(), self.changes.clone());
        *self = Self::default();
        (self.budget, self.changes) = (budget, changes);
    }

    /// Every part that has a value.
    fn parts(&self) -> Vec<Change> {
        let lists = self.lists.iter().flat_map(|(path, list)| list_parts(path, list));
        let seeds = self.seeds.keys().cloned().map(Change::Seeds);
        let largest = self.largest.keys().cloned().map(Change::Largest);
        let repeated = self.repeated.keys().cloned().map(|(path, key)| Change::Repeated(path, key));
        let calls = self.calls.keys().cloned().map(Change::Calls);
        let made = (self.made > 0).then_some(Change::Made);
        lists.chain(seeds).chain(largest).chain(repeated).chain(calls).chain(made).collect()
    }

    fn note(&self, change: impl FnOnce() -> Change) {
        if let Some(changes) = &self.changes {
            changes.note(change());
        }
    }

    /// Begins a list at a concrete path.
    pub(super) fn begin_list(&mut self, path: &str, list: ObjectList) {
        let list = self.recorded(path, list);
        if let Some(changes) = &self.changes {
            list_parts(path, &list).for_each(|part| changes.note(part));
        }
        self.lists.insert(path.to_owned(), list);
    }

    /// A list whose changes are written down where those of the store are.
    pub(super) fn recorded(&self, path: &str, mut list: ObjectList) -> ObjectList {
        if let Some(changes) = &self.changes {
            list.record(Record { path: path.into(), changes: changes.clone() });
        }
        list
    }

    /// Forgets the lists for which that holds.
    pub(super) fn drop_lists(&mut self, is_dropped: impl Fn(&str, &ObjectList) -> bool) {
        let changes = self.changes.as_ref();
        self.lists.retain(|path, list| {
            let is_dropped = is_dropped(path, list);
            if let Some(changes) = changes.filter(|_| is_dropped) {
                list_parts(path, list).for_each(|part| changes.note(part));
            }
            !is_dropped
        });
    }

    /// Sets what a collection begins with.
    pub(super) fn set_seeds(&mut self, collection: &str, objects: Vec<Value>) {
        self.note(|| Change::Seeds(collection.to_owned()));
        self.seeds.insert(collection.to_owned(), objects);
    }

    /// Which call of an operation the next one is, from 1.
    pub fn next_call(&self, operation: &str) -> u32 {
        self.calls.get(operation).copied().unwrap_or(0).saturating_add(1)
    }

    /// Counts a call of an operation: which one it is, from 1.
    pub fn count_call(&mut self, operation: &str) -> u32 {
        let call = self.next_call(operation);
        self.calls.insert(operation.to_owned(), call);
        self.note(|| Change::Calls(operation.to_owned()));
        call
    }

    /// Whether a value of that size may still be stored; counts it where it may.
    pub fn takes(&mut self, value: &Value) -> bool {
        let size = room(value);
        let fits = self.octets.saturating_add(size) <= MAX_OCTETS && self.take(size);
        if fits {
            self.octets += size;
        }
        fits
    }

    /// Whether an object with these members could be stored.
    pub fn fits(&self, members: &Map<String, Value>) -> bool {
        let size = OBJECT + members.values().map(weight).sum::<usize>();
        self.octets.saturating_add(size) <= MAX_OCTETS
            && self.budget.as_ref().is_none_or(|budget| budget.has(size))
    }

    /// Gives back the room of a value that is stored no more.
    pub fn releases(&mut self, value: &Value) {
        let size = room(value).min(self.octets);
        self.octets -= size;
        self.give(size);
    }

    /// Whether another concrete path may be begun, with these objects; counts them where it may.
    pub fn begins(&mut self, path: &str, seeds: &[Value]) -> bool {
        let size = LIST + 2 * path.len() + seeds.iter().map(room).sum::<usize>();
        let fits = self.beginnings.saturating_add(size) <= MAX_BEGINNINGS && self.take(size);
        if fits {
            self.beginnings += size;
        }
        fits
    }

    fn take(&self, octets: usize) -> bool {
        self.budget.as_ref().is_none_or(|budget| budget.take(octets))
    }

    pub(super) fn give(&self, octets: usize) {
        if let Some(budget) = &self.budget {
            budget.give(octets);
        }
    }

    /// Takes room, whether there is any or not.
    pub(super) fn add(&self, octets: usize) {
        if let Some(budget) = &self.budget {
            budget.add(octets);
        }
    }

    /// Counts everything again, after much was replaced at once.
    pub fn recount(&mut self) {
        let entries = self.lists.values().flat_map(ObjectList::entries);
        let counted = entries.filter(|entry| entry.is_counted).map(|entry| &entry.value);
        let seeds = self.seeds.values().flatten();
        let octets = counted.chain(seeds).map(room).sum();
        self.give(self.octets);
        self.add(octets);
        self.octets = octets;
    }

    /// Remembers the numbers among the ids of a collection's objects.
    pub fn count_ids<'i>(&mut self, collection: &str, ids: impl IntoIterator<Item = &'i Value>) {
        let number = |id: &Value| id.as_i64().or_else(|| id.as_str()?.parse().ok());
        let found = ids.into_iter().filter_map(number).max().unwrap_or(0);
        match self.largest.get_mut(collection) {
            Some(known) if *known >= found => return,
            Some(known) => *known = found,
            None => drop(self.largest.insert(collection.to_owned(), found.max(0))),
        }
        self.note(|| Change::Largest(collection.to_owned()));
    }

    /// The number after all that objects of a collection have or had as their ids.
    pub fn next_number(&self, collection: &str) -> i64 {
        self.largest.get(collection).copied().unwrap_or(0).saturating_add(1)
    }

    /// Forgets the numbers of a collection that begins again.
    pub fn forget_ids(&mut self, collection: &str) {
        self.note(|| Change::Largest(collection.to_owned()));
        self.largest.remove(collection);
    }

    /// Forgets what no client changed, so that it begins again as the fixtures are now.
    pub fn forget_untouched(&mut self) {
        self.drop_lists(|_, list| !list.is_touched());
    }

    /// What a request with that key has made before.
    pub fn made_by(&self, path: &str, key: &str) -> Option<&Made> {
        self.repeated.get(&(path.to_owned(), key.to_owned()))
    }

    /// Remembers what a request with a key has made; the oldest is forgotten for it.
    pub fn remember(&mut self, path: &str, key: &str, made: Made) {
        if key.len() > MAX_KEY || path.len() > MAX_PATH {
            return;
        }
        if self.repeated.len() >= MAX_REPEATED
            && let Some(((path, key), _)) = self.repeated.shift_remove_index(0)
        {
            self.note(|| Change::Repeated(path, key));
        }
        self.note(|| Change::Repeated(path.to_owned(), key.to_owned()));
        self.repeated.insert((path.to_owned(), key.to_owned()), made);
    }

    /// Whether there are few enough concrete paths for another one.
    pub fn has_room(&self) -> bool {
        self.lists.len() < MAX_LISTS
    }

    /// A UUID of its own (RFC 9562 §5.4 in form; not random, so that runs can be compared).
    pub fn uuid(&mut self) -> String {
        self.count_made();
        format!("c0ffee00-0000-4000-8000-{:012x}", self.made)
    }

    /// Counts something that was made.
    pub(super) fn count_made(&mut self) {
        self.made += 1;
        self.note(|| Change::Made);
    }

    /// How many ids were made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }
}

/// The parts of a list that have values.
fn list_parts(path: &str, list: &ObjectList) -> impl Iterator<Item = Change> {
    let path: Arc<str> = path.into();
    let (of_objects, of_gone) = (Arc::clone(&path), Arc::clone(&path));
    let objects = list.places().map(move |place| Change::Object(Arc::clone(&of_objects), place));
    let gone = list.gone().map(move |id| Change::Gone(Arc::clone(&of_gone), id.clone()));
    std::iter::once(Change::List(path)).chain(objects).chain(gone)
}

impl Drop for Store {
    fn drop(&mut self) {
        self.give(self.octets + self.beginnings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_session_holds_only_so_much() {
        let mut store = Store::default();
        let large = json!("x".repeat(1 << 20));
        let taken = (0..100).take_while(|_| store.takes(&large)).count();
        assert!((62..64).contains(&taken), "{taken}");
        store.releases(&large);
        assert!(store.takes(&large) && !store.takes(&large));
        store.seeds.insert("/x".to_owned(), vec![large.clone()]);
        store.recount();
        assert_eq!((0..100).take_while(|_| store.takes(&large)).count(), taken - 1);
    }

    #[test]
    fn all_sessions_share_a_budget() {
        let budget = Budget::of(8 << 20);
        let mut stores = [Store::sharing(&budget), Store::sharing(&budget)];
        let lists = json!(vec![json!([]); 100_000]);
        assert!(stores[0].takes(&lists) && !stores[1].takes(&lists));
        assert!(!stores[1].begins("/a", std::slice::from_ref(&lists)) && stores[1].begins("/a", &[]));
        stores[0].begin_again();
        assert!(stores[1].takes(&lists) && !stores[0].takes(&lists));
        drop(stores);
        assert!(budget.take(8 << 20));
    }
}
