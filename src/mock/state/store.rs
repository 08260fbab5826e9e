//! The objects of one session, by the concrete path of their collection.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::contract::parameter;
use crate::document::pointer;
use crate::exchange::budget::{Budget, weight};
use crate::resources::{Collection, ID_NAMES, SoftDelete, id_within, names, scalar};

/// Most octets that the objects of one session take; beyond it nothing more is stored.
const MAX_OCTETS: usize = 64 << 20;
/// Most concrete paths of collections in one session; further ones are replayed.
const MAX_LISTS: usize = 5_000;
/// Most octets that these paths take with what they begin with.
const MAX_BEGINNINGS: usize = 32 << 20;

/// One object.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Entry {
    /// As it is answered.
    pub value: Value,
    /// What its path calls it, where it does not show that itself.
    pub name: Option<String>,
    /// Members that a client sent; empty for what was there from the start.
    pub sent: Vec<String>,
    /// Whether a client created it.
    pub is_born: bool,
    /// Whose key it was created with.
    pub owner: Option<String>,
    /// Whether its room is counted; that of what was there from the start is not.
    pub is_counted: bool,
}

impl Entry {
    pub fn seed(value: Value) -> Self {
        Self { value, name: None, sent: Vec::new(), is_born: false, owner: None, is_counted: false }
    }

    pub fn born(value: Value, sent: Vec<String>) -> Self {
        Self { value, name: None, sent, is_born: true, owner: None, is_counted: true }
    }

    /// Whether it is hidden from a view, which `view` picks.
    pub fn is_hidden(&self, collection: &Collection, view: impl Fn(&SoftDelete) -> Option<bool>) -> bool {
        collection.soft_delete.as_ref().is_some_and(|soft| {
            view(soft) == Some(true) && self.value.get(&soft.member) == Some(&Value::Bool(true))
        })
    }

    /// Whether it is for another owner alone than whoever asks.
    pub fn is_private(&self, collection: &Collection, owner: Option<&str>) -> bool {
        collection.is_private() && self.is_born && self.owner.as_deref() != owner
    }

    /// Its id as text.
    pub fn id(&self, parameter: &str) -> Option<String> {
        id_within(&self.value, parameter).map(parameter::text)
    }
}

/// The objects under one concrete path.
#[derive(Debug, Default)]
pub(in crate::mock) struct ObjectList {
    /// In the order in which they came.
    pub entries: Vec<Entry>,
    /// Ids of what was destroyed.
    pub gone: HashSet<String>,
    /// Whether a client changed anything.
    pub is_touched: bool,
}

impl ObjectList {
    /// The position of the object that a path calls so: by its id, else by another of its names.
    pub fn find(&self, parameter: &str, id: &str) -> Option<usize> {
        let id = percent_decode_str(id).decode_utf8_lossy();
        // What was made last is asked for most.
        let is_it = |entry: &Entry| entry.name.is_none() && entry.id(parameter).as_deref() == Some(&*id);
        if self.entries.last().is_some_and(is_it) {
            return Some(self.entries.len() - 1);
        }
        let named = self.entries.iter().position(|entry| entry.name.as_deref() == Some(&*id));
        let by_id = || self.entries.iter().position(|entry| entry.id(parameter).as_deref() == Some(&*id));
        named.or_else(by_id).or_else(|| {
            let is_called = |entry: &Entry| other_names(&entry.value, parameter).any(|name| name == id);
            self.entries.iter().position(is_called)
        })
    }
}

/// Other members than its id by which a path may call an object.
fn other_names<'v>(object: &'v Value, parameter: &str) -> impl Iterator<Item = String> + 'v {
    let tail = names::words(parameter).pop().unwrap_or_default();
    let members = [parameter.to_owned(), tail].into_iter().chain(ID_NAMES.map(str::to_owned));
    members.filter_map(|name| scalar(object, &pointer::join("", &name)).map(parameter::text))
}

/// Everything that one session holds.
#[derive(Debug, Default)]
pub(in crate::mock) struct Store {
    /// By concrete path.
    pub lists: HashMap<String, ObjectList>,
    /// What collections begin with, set by control, by path of the collection.
    pub seeds: HashMap<String, Vec<Value>>,
    /// Counts what was made, for ids.
    pub made: u64,
    /// The largest number that an object ever had as its id, by path of the collection.
    largest: HashMap<String, i64>,
    /// What the objects take.
    octets: usize,
    /// What the paths take, with what they begin with.
    beginnings: usize,
    /// What the objects of all sessions may take, where that is bounded.
    budget: Option<Arc<Budget>>,
}

impl Store {
    /// Nothing, within the budget of all sessions.
    pub fn sharing(budget: &Arc<Budget>) -> Self {
        let mut store = Self::default();
        store.budget = Some(Arc::clone(budget));
        store
    }

    /// Forgets everything.
    pub fn begin_again(&mut self) {
        let budget = self.budget.clone();
        *self = Self::default();
        self.budget = budget;
    }

    /// Whether a value of that size may still be stored; counts it where it may.
    pub fn takes(&mut self, value: &Value) -> bool {
        let size = weight(value);
        let fits = self.octets.saturating_add(size) <= MAX_OCTETS && self.take(size);
        if fits {
            self.octets += size;
        }
        fits
    }

    /// Whether an object with these members could be stored.
    pub fn fits(&self, members: &Map<String, Value>) -> bool {
        let size = members.values().map(weight).sum();
        self.octets.saturating_add(size) <= MAX_OCTETS
            && self.budget.as_ref().is_none_or(|budget| budget.has(size))
    }

    /// Gives back the room of a value that is stored no more.
    pub fn releases(&mut self, value: &Value) {
        let size = weight(value).min(self.octets);
        self.octets -= size;
        self.give(size);
    }

    /// Whether another concrete path may be begun, with these objects; counts them where it may.
    pub fn begins(&mut self, path: &str, seeds: &[Value]) -> bool {
        let size = size_of::<ObjectList>() + path.len() + seeds.iter().map(weight).sum::<usize>();
        let fits = self.beginnings.saturating_add(size) <= MAX_BEGINNINGS && self.take(size);
        if fits {
            self.beginnings += size;
        }
        fits
    }

    fn take(&self, octets: usize) -> bool {
        self.budget.as_ref().is_none_or(|budget| budget.take(octets))
    }

    fn give(&self, octets: usize) {
        if let Some(budget) = &self.budget {
            budget.give(octets);
        }
    }

    /// Counts everything again, after much was replaced at once.
    pub fn recount(&mut self) {
        let entries = self.lists.values().flat_map(|place| &place.entries);
        let counted = entries.filter(|entry| entry.is_counted).map(|entry| &entry.value);
        let seeds = self.seeds.values().flatten();
        let octets = counted.chain(seeds).map(weight).sum();
        self.give(self.octets);
        if let Some(budget) = &self.budget {
            budget.add(octets);
        }
        self.octets = octets;
    }

    /// Remembers the numbers among the ids of a collection's objects.
    pub fn count_ids<'i>(&mut self, collection: &str, ids: impl IntoIterator<Item = &'i Value>) {
        let number = |id: &Value| id.as_i64().or_else(|| id.as_str()?.parse().ok());
        let found = ids.into_iter().filter_map(number).max().unwrap_or(0);
        match self.largest.get_mut(collection) {
            Some(known) => *known = found.max(*known),
            None => drop(self.largest.insert(collection.to_owned(), found.max(0))),
        }
    }

    /// The number after all that objects of a collection have or had as their ids.
    pub fn next_number(&self, collection: &str) -> i64 {
        self.largest.get(collection).copied().unwrap_or(0).saturating_add(1)
    }

    /// Forgets the numbers of a collection that begins again.
    pub fn forget_ids(&mut self, collection: &str) {
        self.largest.remove(collection);
    }

    /// Forgets what no client changed, so that it begins again as the fixtures are now.
    pub fn forget_untouched(&mut self) {
        self.lists.retain(|_, place| place.is_touched);
    }

    /// Whether there are few enough concrete paths for another one.
    pub fn has_room(&self) -> bool {
        self.lists.len() < MAX_LISTS
    }

    /// A UUID of its own (RFC 9562 §5.4 in form; not random, so that runs can be compared).
    pub fn uuid(&mut self) -> String {
        self.made += 1;
        format!("c0ffee00-0000-4000-8000-{:012x}", self.made)
    }
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
