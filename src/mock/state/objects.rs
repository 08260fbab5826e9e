//! The objects under one concrete path: by what paths call them, and in the order in which a list shows them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::changes::{Change, Place, Record};
use super::query::compare_by;
use crate::contract::parameter;
use crate::document::pointer;
use crate::resources::{Collection, ID_NAMES, Order, SoftDelete, id_within, names, scalar};

/// One object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::mock) struct Entry {
    /// As it is answered.
    pub value: Value,
    /// What its path calls it, where it does not show that itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Members that a client sent; empty for what was there from the start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<String>,
    /// What no other object may have in common with it and it does not show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unshared: Vec<(String, Value)>,
    /// The actions that were carried out on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Whether a client created it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_born: bool,
    /// The concrete path of the list that it was made in, where it is kept elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_in: Option<String>,
    /// Whose key it was created with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether its room is counted; that of what was there from the start is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_counted: bool,
}

impl Entry {
    pub fn seed(value: Value) -> Self {
        Self { value, ..Self::default() }
    }

    pub fn born(value: Value, sent: Vec<String>) -> Self {
        Self { value, sent, is_born: true, is_counted: true, ..Self::default() }
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

    /// Whether it has a member that no other object may share, be it one that it does not show.
    pub fn holds(&self, name: &str, value: &Value) -> bool {
        let hidden = || self.unshared.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        self.value.get(name).or_else(hidden) == Some(value)
    }

    /// Its id as text.
    pub fn id(&self, parameter: &str) -> Option<String> {
        id_within(&self.value, parameter).map(parameter::text)
    }
}

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
    gone: HashSet<String>,
    /// Whether a client changed anything.
    is_touched: bool,
    /// Where changes are written down, where anybody wants to know.
    record: Option<Box<Record>>,
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
        self.put(place, entry);
        self.note(|path| Change::Object(path, place));
    }

    pub fn remove(&mut self, place: Place) -> Option<Entry> {
        let entry = self.take(place)?;
        self.note(|path| Change::Object(path, place));
        Some(entry)
    }

    fn take(&mut self, place: Place) -> Option<Entry> {
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
        let mut entry = self.take(place)?;
        let done = change(&mut entry);
        self.put(place, entry);
        self.note(|path| Change::Object(path, place));
        Some(done)
    }

    /// Whether a client changed anything.
    pub fn is_touched(&self) -> bool {
        self.is_touched
    }

    /// Notes that a client changed something.
    pub fn touch(&mut self) {
        if !std::mem::replace(&mut self.is_touched, true) {
            self.note(Change::List);
        }
    }

    /// Whether an object with that id was destroyed.
    pub fn is_gone(&self, id: &str) -> bool {
        self.gone.contains(id)
    }

    /// Whether anything was destroyed.
    pub fn has_lost_any(&self) -> bool {
        !self.gone.is_empty()
    }

    /// Remembers that an object with that id was destroyed, or that there is one again.
    pub fn set_gone(&mut self, id: &str, is_gone: bool) {
        if self.put_gone(id, is_gone) {
            self.note(|path| Change::Gone(path, id.to_owned()));
        }
    }

    /// Writes down from now on what changes.
    pub(super) fn record(&mut self, record: Record) {
        self.record = Some(Box::new(record));
    }

    /// The places of all objects.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.entries.keys().copied()
    }

    /// What was destroyed.
    pub(super) fn gone(&self) -> impl Iterator<Item = &String> {
        self.gone.iter()
    }

    /// Sets an object as somebody else has it; the one that was there.
    pub(super) fn set(&mut self, place: Place, entry: Option<Entry>) -> Option<Entry> {
        let before = self.take(place);
        if let Some(entry) = entry {
            self.put(place, entry);
        }
        before
    }

    /// Sets whether a client changed anything, as somebody else has it.
    pub(super) fn set_touched(&mut self, is_touched: bool) {
        self.is_touched = is_touched;
    }

    /// As [`ObjectList::set_gone`], as somebody else has it; whether that is new.
    pub(super) fn put_gone(&mut self, id: &str, is_gone: bool) -> bool {
        if is_gone { self.gone.insert(id.to_owned()) } else { self.gone.remove(id) }
    }

    fn note(&self, change: impl FnOnce(Arc<str>) -> Change) {
        if let Some(record) = &self.record {
            record.note(change);
        }
    }

    fn put(&mut self, place: Place, entry: Entry) {
        self.next = self.next.max(place.0.saturating_add(1));
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
mod tests;
