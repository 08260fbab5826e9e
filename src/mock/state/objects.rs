//! The objects under one concrete path: by what paths call them, and in the order in which a list shows them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::query::compare_by;
use crate::contract::parameter;
use crate::document::pointer;
use crate::resources::{Collection, ID_NAMES, Order, SoftDelete, id_within, names, scalar};

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
    /// The concrete path of the list that it was made in, where it is kept elsewhere.
    pub made_in: Option<String>,
    /// Whose key it was created with.
    pub owner: Option<String>,
    /// Whether its room is counted; that of what was there from the start is not.
    pub is_counted: bool,
}

impl Entry {
    pub fn seed(value: Value) -> Self {
        let (is_born, is_counted) = (false, false);
        Self { value, name: None, sent: Vec::new(), is_born, made_in: None, owner: None, is_counted }
    }

    pub fn born(value: Value, sent: Vec<String>) -> Self {
        Self { value, sent, is_born: true, is_counted: true, ..Self::seed(Value::Null) }
    }

    /// Whether it is hidden from a view, which `view` picks.
    pub fn is_hidden(&self, collection: &Collection, view: impl Fn(&SoftDelete) -> Option<bool>) -> bool {
        collection
            .soft_delete
            .as_ref()
            .is_some_and(|soft| view(soft) == Some(true) && self.is_marked(&soft.member))
    }

    /// Whether a member of it is true.
    fn is_marked(&self, member: &str) -> bool {
        self.value.get(member) == Some(&Value::Bool(true))
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

/// Where an object stands among those that came before and after it; it keeps that place for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mock) struct Place(u64);

/// How an object is called by a text, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// By what its path calls it.
    Name,
    /// By its id.
    Id,
    /// By another member that tells objects apart.
    Other,
}

/// What a list shows where nothing is asked of it.
#[derive(Debug, Default)]
struct View {
    /// As in `-created`.
    order: Option<String>,
    /// The member that hides an object.
    hides: Option<String>,
    /// From the least to the greatest, whichever goes first: what is new is mostly the greatest, and is cheap to add at
    /// the end.
    places: Vec<Place>,
}

impl View {
    /// Its order from the least to the greatest.
    fn ascending(&self) -> Option<Order<'_>> {
        self.order.as_deref().map(|order| Order { descends: false, ..Order::of(order) })
    }

    /// The number of an entry counted from the other end, where the greatest goes first; and back.
    fn turned(&self, at: usize) -> Option<usize> {
        let descends = self.order.as_deref().is_some_and(|order| Order::of(order).descends);
        if descends { self.places.len().checked_sub(at)?.checked_sub(1) } else { Some(at) }
    }
}

/// The objects under one concrete path.
#[derive(Debug, Default)]
pub(in crate::mock) struct ObjectList {
    entries: BTreeMap<Place, Entry>,
    /// The place of the next object.
    next: u64,
    /// The parameter by which paths call the objects.
    parameter: String,
    /// Other members by which a path may call one, as JSON pointers.
    others: Vec<String>,
    /// By text: which objects it calls, the first one first.
    names: HashMap<String, Vec<(Rank, Place)>>,
    /// Worked out when it is first listed, and kept up to date from then on.
    view: Option<View>,
    /// Ids of what was destroyed.
    pub gone: HashSet<String>,
    /// Whether a client changed anything.
    pub is_touched: bool,
}

impl ObjectList {
    /// The objects that there are at first.
    pub fn of(parameter: &str, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut list = Self::default();
        list.call_by(parameter);
        for entry in entries {
            list.push(entry);
        }
        list
    }

    /// Lets paths call the objects by a parameter, which another version of the document may name anew.
    pub fn call_by(&mut self, parameter: &str) {
        if self.parameter == parameter {
            return;
        }
        let tail = names::words(parameter).pop().unwrap_or_default();
        let members = [parameter, tail.as_str()].into_iter().chain(ID_NAMES);
        self.others = members.map(|name| pointer::join("", name)).collect();
        parameter.clone_into(&mut self.parameter);
        self.names.clear();
        self.view = None;
        for (place, entry) in std::mem::take(&mut self.entries) {
            self.put(place, entry);
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All objects, in the order in which they came.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    pub fn get(&self, place: Place) -> Option<&Entry> {
        self.entries.get(&place)
    }

    /// The object that a path calls so: by its id, else by another of its names.
    pub fn find(&self, id: &str) -> Option<Place> {
        let id = percent_decode_str(id).decode_utf8_lossy();
        self.names.get(&*id)?.first().map(|(_, place)| *place)
    }

    /// As [`ObjectList::find`], the object itself.
    pub fn called(&self, id: &str) -> Option<&Entry> {
        self.get(self.find(id)?)
    }

    /// Adds an object after all others.
    pub fn push(&mut self, entry: Entry) {
        let place = Place(self.next);
        self.next += 1;
        self.put(place, entry);
    }

    pub fn remove(&mut self, place: Place) -> Option<Entry> {
        let entry = self.entries.remove(&place)?;
        for (rank, name) in self.names_of(&entry) {
            if let Some(called) = self.names.get_mut(&name) {
                if let Ok(at) = called.binary_search(&(rank, place)) {
                    called.remove(at);
                }
                if called.is_empty() {
                    self.names.remove(&name);
                }
            }
        }
        if let Some(mut view) = self.view.take() {
            if let Ok(at) = self.position(&view, &entry, place) {
                view.places.remove(at);
            }
            self.view = Some(view);
        }
        Some(entry)
    }

    /// Changes an object in its place.
    pub fn change<T>(&mut self, place: Place, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let mut entry = self.remove(place)?;
        let done = change(&mut entry);
        self.put(place, entry);
        Some(done)
    }

    fn put(&mut self, place: Place, entry: Entry) {
        for (rank, name) in self.names_of(&entry) {
            let called = self.names.entry(name).or_default();
            if let Err(at) = called.binary_search(&(rank, place)) {
                called.insert(at, (rank, place));
            }
        }
        if let Some(mut view) = self.view.take() {
            let is_shown = view.hides.as_ref().is_none_or(|member| !entry.is_marked(member));
            if let Some(at) = self.position(&view, &entry, place).err().filter(|_| is_shown) {
                view.places.insert(at, place);
            }
            self.view = Some(view);
        }
        self.entries.insert(place, entry);
    }

    /// The texts that call an object, each once.
    fn names_of(&self, entry: &Entry) -> Vec<(Rank, String)> {
        let own = entry.name.clone().map(|name| (Rank::Name, name));
        let id = entry.id(&self.parameter).map(|id| (Rank::Id, id));
        let mut found: Vec<(Rank, String)> = own.into_iter().chain(id).collect();
        for other in self.others.iter().filter_map(|at| scalar(&entry.value, at)) {
            let name = parameter::text(other);
            if found.iter().all(|(_, known)| *known != name) {
                found.push((Rank::Other, name));
            }
        }
        found
    }

    /// Where an object is among the places of a view, or would be.
    fn position(&self, view: &View, entry: &Entry, place: Place) -> Result<usize, usize> {
        let order = view.ascending();
        view.places.binary_search_by(|known| match self.entries.get(known) {
            Some(other) => compare(order.as_ref(), (&other.value, *known), (&entry.value, place)),
            None => known.cmp(&place),
        })
    }

    /// What is listed where nothing is asked, by an order as in `-created`, without what a member hides.
    pub fn listed(&mut self, order: Option<&str>, hides: Option<&str>) -> Listed<'_> {
        let is_known = |view: &View| view.order.as_deref() == order && view.hides.as_deref() == hides;
        let view = match self.view.take().filter(is_known) {
            Some(view) => view,
            None => self.viewed(order, hides),
        };
        self.view = Some(view);
        Listed { list: self, view: self.view.as_ref() }
    }

    /// Works a view out.
    fn viewed(&self, order: Option<&str>, hides: Option<&str>) -> View {
        let mut view =
            View { order: order.map(str::to_owned), hides: hides.map(str::to_owned), places: Vec::new() };
        let is_shown = |entry: &Entry| hides.is_none_or(|member| !entry.is_marked(member));
        let mut shown: Vec<(&Value, Place)> = self
            .entries
            .iter()
            .filter(|(_, entry)| is_shown(entry))
            .map(|(place, entry)| (&entry.value, *place))
            .collect();
        if let Some(order) = view.ascending() {
            shown.sort_by(|one, other| compare(Some(&order), *one, *other));
        }
        let places = shown.into_iter().map(|(_, place)| place).collect();
        view.places = places;
        view
    }
}

/// Which of two objects is the lesser by an order; among equals it is the one that came first.
fn compare(
    order: Option<&Order<'_>>,
    (one, place): (&Value, Place),
    (other, other_place): (&Value, Place),
) -> Ordering {
    order.map_or(Ordering::Equal, |order| compare_by(order, one, other)).then(place.cmp(&other_place))
}

/// The objects of a list where nothing is asked of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::mock) struct Listed<'l> {
    list: &'l ObjectList,
    view: Option<&'l View>,
}

impl<'l> Listed<'l> {
    pub fn len(self) -> usize {
        self.view.map_or(0, |view| view.places.len())
    }

    pub fn get(self, at: usize) -> Option<&'l Value> {
        let view = self.view?;
        let place = view.places.get(view.turned(at)?)?;
        self.list.get(*place).map(|entry| &entry.value)
    }

    /// Where the object with an id is.
    pub fn position(self, id: &str) -> Option<usize> {
        let view = self.view?;
        let (_, place) = self.list.names.get(id)?.iter().find(|(rank, _)| *rank == Rank::Id)?;
        view.turned(self.list.position(view, self.list.get(*place)?, *place).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn list(objects: &Value) -> ObjectList {
        let objects = objects.as_array().cloned().unwrap_or_default();
        ObjectList::of("pet_id", objects.into_iter().map(Entry::seed))
    }

    #[rstest]
    #[case::by_id("2", Some(1))]
    #[case::the_first("4", Some(3))]
    #[case::by_what_its_path_calls_it("seven", Some(2))]
    #[case::an_id_before_another_name("3", Some(2))]
    #[case::by_another_name("rex", Some(0))]
    #[case::escaped("a%20b", Some(4))]
    #[case::nobody("9", None)]
    fn objects_are_found(#[case] id: &str, #[case] expected: Option<u64>) {
        let mut list = list(&json!([
            {"id": 1, "name": "rex"}, {"id": 2, "name": "3"}, {"id": 3}, {"id": 4, "slug": "x"}, {"id": "a b"},
            {"id": 4, "name": "rex"}
        ]));
        let third = list.find("3").unwrap();
        list.change(third, |entry| entry.name = Some("seven".to_owned()));
        assert_eq!(list.find(id), expected.map(Place));
    }

    #[test]
    fn another_version_of_the_document_may_call_the_objects_anew() {
        let mut list =
            list(&json!([{"id": 1, "code": "a", "pet_id": 7}, {"id": 2, "code": "b", "pet_id": 8}]));
        assert!(list.find("8").is_some() && list.listed(None, None).len() == 2);
        list.call_by("code");
        assert_eq!((list.find("b"), list.find("8")), (Some(Place(1)), None));
    }

    /// What may happen to a list.
    #[derive(Debug, Clone)]
    enum Step {
        Push(Option<i32>, bool),
        Remove(u8),
        Change(u8, Option<i32>, bool),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let rank = || proptest::option::of(0..4_i32);
        let step = prop_oneof![
            (rank(), any::<bool>()).prop_map(|(rank, hidden)| Step::Push(rank, hidden)),
            any::<u8>().prop_map(Step::Remove),
            (any::<u8>(), rank(), any::<bool>())
                .prop_map(|(at, rank, hidden)| Step::Change(at, rank, hidden)),
        ];
        proptest::collection::vec(step, 0..40)
    }

    proptest! {
        /// Names and view that are kept up to date are those that a new list has.
        #[test]
        fn what_is_kept_is_what_would_be_found(steps in steps(), order in 0..3_usize) {
            let order = [None, Some("rank"), Some("-rank")][order];
            let mut kept = ObjectList::of("id", None);
            kept.listed(order, Some("hidden"));
            for (id, step) in steps.into_iter().enumerate() {
                let place = |at: u8| kept.entries.keys().nth(usize::from(at) % kept.len().max(1)).copied();
                let object = |rank, hidden| json!({"id": id % 7, "rank": rank, "hidden": hidden});
                match step {
                    Step::Push(rank, hidden) => kept.push(Entry::seed(object(rank, hidden))),
                    Step::Remove(at) => drop(place(at).and_then(|place| kept.remove(place))),
                    Step::Change(at, rank, hidden) => {
                        place(at).and_then(|place| kept.change(place, |entry| entry.value = object(rank, hidden)));
                    }
                }
            }
            let mut anew = ObjectList::of("id", None);
            for (place, entry) in &kept.entries {
                anew.put(*place, entry.clone());
            }
            prop_assert_eq!(&kept.names, &anew.names);
            let shown = |list: &mut ObjectList| -> Vec<Value> {
                let listed = list.listed(order, Some("hidden"));
                (0..listed.len()).map(|at| listed.get(at).unwrap().clone()).collect()
            };
            let (kept_view, anew_view) = (shown(&mut kept), shown(&mut anew));
            prop_assert_eq!(&kept_view, &anew_view);
            let visible = kept.entries().map(|entry| &entry.value).filter(|value| value["hidden"] == false);
            let mut sorted: Vec<&Value> = visible.collect();
            if order == Some("-rank") {
                sorted.reverse();
            }
            let key = |value: &Value| value.get("rank").and_then(Value::as_i64).unwrap_or(-1);
            match order {
                None => {}
                Some("rank") => sorted.sort_by_key(|value| key(value)),
                Some(_) => sorted.sort_by_key(|value| -key(value)),
            }
            prop_assert_eq!(kept_view.iter().collect::<Vec<_>>(), sorted);
            let listed = kept.listed(order, Some("hidden"));
            for value in &kept_view {
                if let Some(at) = listed.position(&value["id"].to_string()) {
                    prop_assert_eq!(&listed.get(at).unwrap()["id"], &value["id"]);
                }
            }
        }
    }
}
