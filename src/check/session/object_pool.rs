//! The known objects: listed by the target, or created by this run.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::check::path_values::{are_same, texts};
use crate::check::shared::Shared;
use crate::contract::parameter;
use crate::document::pointer;
use crate::resources::{self, Collection, CollectionId, Entry};

/// Listed objects that are remembered for each collection.
const MAX_LISTED: usize = 100;

/// Entries that are kept for each collection, and how long one may be, in bytes.
const MAX_ENTRIES: (usize, usize) = (5, 20_000);

/// Path parameters whose values are given, by position.
pub(in crate::check) type Fixed = Vec<(usize, Value)>;

/// An entry of a list, with the values of its path's parameters.
type Listed = (Vec<Value>, Value);

/// Objects by collection, each as the values of its path's parameters.
type Known = HashMap<CollectionId, Shared<Vec<Vec<Value>>>>;

/// Objects that are known. Each is the values of its path's parameters, parents first and its own id
/// last.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct ObjectPool {
    listed: Known,
    own: Known,
    stock: HashMap<(CollectionId, Vec<String>), Shared<Stock>>,
    /// Members by which the paths of some collections call their objects, by JSON pointer, where that was
    /// found out.
    names: HashMap<CollectionId, String>,
    /// Entries of lists, each with the values of its path's parameters.
    entries: HashMap<CollectionId, Shared<Vec<Listed>>>,
    /// Collections that were asked for a list that the document leaves out.
    sought: HashSet<CollectionId>,
}

/// Ids that lists of one collection below the same parents have shown.
#[derive(Debug, Clone)]
struct Stock {
    collection: CollectionId,
    parents: Vec<Value>,
    ids: HashSet<String>,
    /// Whether a list was read to its end before this run made anything there.
    is_complete: bool,
    /// All entries of such a list, where they are few.
    entries: Option<Vec<Value>>,
}

impl Stock {
    /// Calls the entries by another member; `false` where not all have it.
    fn call_by(&mut self, at: &str) -> bool {
        let named = |entry: &Value| resources::scalar(entry, at).map(parameter::text);
        let ids: Option<HashSet<String>> =
            self.entries.as_ref().and_then(|entries| entries.iter().map(named).collect());
        ids.map(|ids| self.ids = ids).is_some()
    }
}

fn is_small(entry: &Value) -> bool {
    entry.to_string().len() <= MAX_ENTRIES.1
}

impl ObjectPool {
    /// What the path of a collection calls an entry by.
    pub fn id(&self, index: CollectionId, entry: Entry<'_>, collection: &Collection) -> Option<Value> {
        let Entry { key, value } = entry;
        if let Some(key) = key {
            return Some(Value::from(key));
        }
        if value.is_string() || value.is_number() {
            return Some(value.clone());
        }
        let found = self.place_of_id(index, value, collection).and_then(|at| value.pointer(&at));
        let linked = || resources::linked_id(value, &collection.path).map(Value::from);
        found.cloned().or_else(linked)
    }

    /// Where the id of an object is, as a JSON pointer.
    pub fn place_of_id(
        &self,
        index: CollectionId,
        object: &Value,
        collection: &Collection,
    ) -> Option<String> {
        let parameter = &collection.parameter;
        let Some(at) = self.names.get(&index) else { return resources::id_place(object, parameter) };
        let is_there = resources::scalar(object, at).is_some();
        let named = || object.get(parameter).map(|_| pointer::join("", parameter));
        if is_there { Some(at.clone()) } else { named() }
    }

    /// Whether the id of a collection's entries is a guess: they have none, and nobody has found out by what
    /// their path calls them.
    pub fn guesses(&self, collection: CollectionId, parameter: &str) -> bool {
        let has_id = |entry: &Value| resources::id_of(entry, parameter).is_some();
        let mut entries = self.entries.get(&collection).into_iter().flatten();
        !self.names.contains_key(&collection)
            && entries.any(|(_, entry)| !has_id(entry) && resources::natural_key(entry, parameter).is_some())
    }

    /// Calls the objects of a collection by another member, a JSON pointer. What was known by ids is known
    /// no longer, but for the entries that were kept.
    pub fn call_by(&mut self, collection: CollectionId, at: &str) {
        if self.names.insert(collection, at.to_owned()).as_deref() == Some(at) {
            return;
        }
        self.listed.remove(&collection);
        self.stock.retain(|(known, _), stock| *known != collection || stock.call_by(at));
        for (mut values, entry) in self.entries.remove(&collection).unwrap_or_default().into_inner() {
            if let (Some(id), Some(last)) = (resources::scalar(&entry, at).cloned(), values.last_mut()) {
                *last = id.clone();
                values.pop();
                self.list(collection, &values, vec![id]);
            }
        }
    }

    /// Whether it was found out by what the paths of a collection call its objects.
    pub fn is_called_by_name(&self, collection: CollectionId) -> bool {
        self.names.contains_key(&collection)
    }

    /// By which member the paths of a collection call its objects, where that was found out.
    pub fn name_of(&self, collection: CollectionId) -> Option<&str> {
        self.names.get(&collection).map(String::as_str)
    }

    /// Keeps an entry of a list.
    pub fn keep(&mut self, collection: CollectionId, values: Vec<Value>, entry: &Value) {
        let known = self.entries.entry(collection).or_default();
        let is_new = known.len() < MAX_ENTRIES.0 && !known.iter().any(|(known, _)| are_same(known, &values));
        if is_new && entry.is_object() && is_small(entry) {
            known.push((values, entry.clone()));
        }
    }

    /// Other values by which the path of a listed object may ask for it, the likeliest first, each with
    /// the member that has it.
    pub fn other_names(
        &self,
        collection: CollectionId,
        values: &[Value],
        parameter: &str,
    ) -> Vec<(String, Value)> {
        let known = self.entries.get(&collection).map_or(&[][..], |known| known.as_slice());
        let is_it = |known: &&(Vec<Value>, Value)| are_same(&known.0, values);
        let Some((_, entry)) = known.iter().find(is_it) else { return Vec::new() };
        let others: Vec<&Value> =
            known.iter().filter(|known| !is_it(known)).map(|(_, entry)| entry).collect();
        let names = resources::id_candidates(entry, &others, parameter).into_iter();
        let found = names.filter_map(|at| Some((resources::scalar(entry, &at)?.clone(), at)));
        let is_same = |value: &Value| values.last().map(parameter::text) == Some(parameter::text(value));
        found.filter(|(value, _)| !is_same(value)).map(|(value, at)| (at, value)).collect()
    }

    /// Whether this run made the object.
    pub fn is_own(&self, collection: CollectionId, values: &[Value]) -> bool {
        self.own.get(&collection).is_some_and(|own| own.iter().any(|known| are_same(known, values)))
    }

    /// Some entries of lists of a collection.
    pub fn shown_of(&self, collection: CollectionId) -> Vec<Value> {
        self.entries.get(&collection).into_iter().flatten().map(|(_, entry)| entry.clone()).collect()
    }

    /// The objects of a collection that the target has listed.
    pub fn listed_of(&self, collection: CollectionId) -> Vec<Vec<Value>> {
        self.listed.get(&collection).map(|listed| listed.to_vec()).unwrap_or_default()
    }

    /// The ids of this run's own objects of a collection.
    pub fn own_of(&self, collection: CollectionId) -> Vec<Value> {
        let own = self.own.get(&collection).into_iter().flatten();
        own.filter_map(|values| values.last().cloned()).collect()
    }

    /// Whether this run has made an object of a collection, be it gone since.
    pub fn has_made(&self, collection: CollectionId) -> bool {
        self.own.contains_key(&collection)
    }

    pub fn add_own(&mut self, collection: CollectionId, values: Vec<Value>) {
        if let Some(listed) = self.listed.get_mut(&collection) {
            listed.retain(|known| !are_same(known, &values));
        }
        self.own.entry(collection).or_default().push(values);
    }

    /// Puts an object that was made since there were so many before the others of its collection.
    pub fn prefer_newest(&mut self, collection: CollectionId, known: usize) {
        let Some(own) = self.own.get_mut(&collection) else { return };
        if own.len() > known && known > 0 {
            let newest = own.remove(known);
            own.insert(0, newest);
        }
    }

    /// An object of this run's own answers under another id now, and so do those below it.
    pub fn rename(&mut self, collection: CollectionId, below: &[CollectionId], old: &[Value], new: &[Value]) {
        for index in below.iter().chain([&collection]) {
            for known in self.own.get_mut(index).into_iter().flat_map(|own| own.iter_mut()) {
                if known.get(..old.len()).is_some_and(|above| are_same(above, old)) {
                    known.splice(..old.len(), new.iter().cloned());
                }
            }
        }
    }

    /// Forgets what was deleted, and returns it; `is_gone` decides by collection and values.
    pub fn forget(
        &mut self,
        is_gone: impl Fn(CollectionId, &[Value]) -> bool,
    ) -> Vec<(CollectionId, Vec<Value>)> {
        let mut gone = Vec::new();
        for (collection, known) in self.own.iter_mut().chain(&mut self.listed) {
            let forgotten = known.extract_if(.., |values| is_gone(*collection, values));
            gone.extend(forgotten.map(|values| (*collection, values)));
        }
        gone
    }

    pub fn list(&mut self, collection: CollectionId, parents: &[Value], ids: Vec<Value>) {
        for id in ids {
            let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
            if self.is_own(collection, &values) {
                continue;
            }
            self.stock_of(collection, parents).ids.insert(parameter::text(&id));
            let listed = self.listed.entry(collection).or_default();
            if listed.len() < MAX_LISTED && !listed.iter().any(|known| are_same(known, &values)) {
                listed.push(values);
            }
        }
    }

    /// Notes that a collection is asked for a list that the document leaves out; whether that is the first time.
    pub fn seeks(&mut self, collection: CollectionId) -> bool {
        self.sought.insert(collection)
    }

    /// Whether a list has shown the id, `None` where no list below these parents was read to its end.
    pub fn was_listed(&self, collection: CollectionId, values: &[Value]) -> Option<bool> {
        let (id, parents) = values.split_last()?;
        let stock = self.stock.get(&(collection, texts(parents)))?;
        if stock.ids.contains(&parameter::text(id)) {
            return Some(true);
        }
        stock.is_complete.then_some(false)
    }

    /// Collections below the same parents that were read to their end before anything was made there, and
    /// those below nothing that were read in part, where `can_make` says that objects of them can be made.
    pub fn stocks(&self, can_make: impl Fn(CollectionId) -> bool) -> Vec<(CollectionId, Vec<Value>)> {
        let is_top = |stock: &Stock| stock.parents.is_empty() && can_make(stock.collection);
        let read = self.stock.values().filter(|stock| stock.is_complete || is_top(stock));
        let mut places: Vec<_> = read.map(|stock| (stock.collection, stock.parents.clone())).collect();
        places.sort_by_key(|(index, parents)| (*index, texts(parents)));
        places
    }

    pub fn has_stock(&self, collection: CollectionId, parents: &[Value]) -> bool {
        self.stock.get(&(collection, texts(parents))).is_some_and(|stock| stock.is_complete)
    }

    /// Notes that these are all entries of a list.
    pub fn complete_stock(&mut self, collection: CollectionId, parents: &[Value], entries: &[Value]) {
        let is_short = entries.len() <= MAX_LISTED && entries.iter().all(is_small);
        let stock = self.stock_of(collection, parents);
        stock.is_complete = true;
        stock.entries = is_short.then(|| entries.to_vec());
    }

    /// As [`Self::complete_stock`], where only the ids are known.
    pub fn complete_keys(&mut self, collection: CollectionId, parents: &[Value]) {
        self.stock_of(collection, parents).is_complete = true;
    }

    /// One object of this run's own of a collection, and one that the target lists.
    pub fn examples(&self, collection: CollectionId) -> (Option<Value>, Option<Value>) {
        let of = |known: &Known| known.get(&collection)?.first()?.last().cloned();
        (of(&self.own), of(&self.listed))
    }

    fn stock_of(&mut self, collection: CollectionId, parents: &[Value]) -> &mut Stock {
        let new = || {
            Shared::from(Stock {
                collection,
                parents: parents.to_vec(),
                ids: HashSet::new(),
                is_complete: false,
                entries: None,
            })
        };
        self.stock.entry((collection, texts(parents))).or_insert_with(new)
    }

    /// The first listed object that fits, as far as values of its path are given.
    pub fn first_listed(&self, collection: CollectionId, fixed: &Fixed) -> Option<Vec<Value>> {
        first(&self.listed, collection, fixed)
    }

    /// The first of this run's own objects that fits.
    pub fn first_own(&self, collection: CollectionId, fixed: &Fixed) -> Option<Vec<Value>> {
        first(&self.own, collection, fixed)
    }

    /// How many objects of a collection this run has.
    pub fn own_count(&self, collection: CollectionId) -> usize {
        self.own.get(&collection).map_or(0, |own| own.len())
    }

    /// The newest of this run's own objects, where it has more than that many.
    pub fn newest_own(&self, collection: CollectionId, known: usize) -> Option<Vec<Value>> {
        self.own.get(&collection)?.get(known..)?.last().cloned()
    }
}

fn first(known: &Known, collection: CollectionId, fixed: &Fixed) -> Option<Vec<Value>> {
    known.get(&collection)?.iter().find(|values| fits(values, fixed)).cloned()
}

/// Whether the values of an object are those that are fixed.
pub(super) fn fits(values: &[Value], fixed: &Fixed) -> bool {
    fixed.iter().all(|(at, value)| {
        values.get(*at).is_none_or(|known| parameter::text(known) == parameter::text(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PETS: CollectionId = CollectionId::nth(0);

    #[test]
    fn objects_are_known_by_their_parents() {
        let mut pool = ObjectPool::default();
        pool.list(PETS, &[json!("a")], vec![json!(1), json!(2)]);
        pool.list(PETS, &[json!("b")], vec![json!(3)]);
        let first = |pool: &ObjectPool, fixed: &Fixed| pool.first_listed(PETS, fixed);
        assert_eq!(first(&pool, &Vec::new()), Some(vec![json!("a"), json!(1)]));
        assert_eq!(first(&pool, &vec![(0, json!("b"))]), Some(vec![json!("b"), json!(3)]));
        assert_eq!(first(&pool, &vec![(0, json!("c"))]), None);
        pool.add_own(PETS, vec![json!("a"), json!("1")]);
        assert_eq!(first(&pool, &Vec::new()), Some(vec![json!("a"), json!(2)]), "own ones are not listed");
        pool.forget(|_, values| values.last() == Some(&json!("1")));
        assert!(!pool.is_own(PETS, &[json!("a"), json!("1")]));
    }

    #[test]
    fn objects_may_be_called_by_their_names() {
        let mut pool = ObjectPool::default();
        let entry = json!({"id": 3, "name": "a"});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/pets/{pet}": {"get": {"responses": {"204": {"description": "one"}}}},
        }});
        let (contract, _) = crate::contract::build("t", &crate::document::Document::of("t", tree)).unwrap();
        let pets = resources::Resources::of(&contract, &[]).collections.remove(0);
        let id = |pool: &ObjectPool| pool.id(PETS, Entry { key: None, value: &entry }, &pets);
        assert_eq!(id(&pool), Some(json!(3)));
        pool.list(PETS, &[], vec![json!(3)]);
        pool.keep(PETS, vec![json!(3)], &entry);
        let names = pool.other_names(PETS, &[json!(3)], "pet");
        assert_eq!(names, [("/name".to_owned(), json!("a"))]);
        pool.call_by(PETS, "/name");
        assert_eq!(id(&pool), Some(json!("a")));
        assert_eq!(pool.examples(PETS), (None, Some(json!("a"))), "what was listed is known by its name");
        assert_eq!(pool.was_listed(PETS, &[json!(3)]), None);
    }

    #[test]
    fn only_a_whole_list_shows_that_an_object_was_not_there() {
        let mut pool = ObjectPool::default();
        let new = [json!("a"), json!(9)];
        assert_eq!(pool.was_listed(PETS, &new), None);
        pool.list(PETS, &[json!("a")], vec![json!(1)]);
        assert_eq!(pool.was_listed(PETS, &new), None);
        pool.complete_stock(PETS, &[json!("a")], &[json!({"id": 1, "name": "x"})]);
        assert_eq!(pool.was_listed(PETS, &new), Some(false));
        assert_eq!(pool.was_listed(PETS, &[json!("a"), json!("1")]), Some(true));
        pool.call_by(PETS, "/name");
        assert_eq!(pool.was_listed(PETS, &[json!("a"), json!("x")]), Some(true), "the list is still known");
        assert_eq!(pool.was_listed(PETS, &[json!("a"), json!("y")]), Some(false));
        pool.call_by(PETS, "/code");
        assert_eq!(pool.was_listed(PETS, &[json!("a"), json!("y")]), None, "not all have a code");
    }
}
