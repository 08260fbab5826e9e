//! What a document lets us infer about its resources: collections, their items, and where an id comes from.
//!
//! The runner's plan and the mock's state use the same answer.

mod act;
mod answered;
mod apart;
mod collection;
mod collection_id;
mod counting;
mod entries;
mod hyperlink;
mod id;
mod identity;
mod index;
mod infer;
pub mod kind;
mod link;
mod listing;
pub mod members;
pub mod names;
mod pair;
mod parts;
mod place;
mod procedure;
pub mod reach;
mod reads;
mod reference;
mod representation;
mod several;
pub mod unique;
mod words;

use std::collections::{HashMap, HashSet};

use crate::config::state::Action;
use crate::contract::{Contract, Location, Operation, OperationId, Parameter, PerOperation};

pub use act::choice_of;
pub use answered::{Answered, identities, is_marked, object_place};
pub use collection::{Collection, Existence, Role, SoftDelete, is_same_path, nameless};
pub use collection_id::CollectionId;
pub use counting::{counted_at, is_total};
pub use entries::{Entry, entries, entries_unsaid};
pub use hyperlink::{last_of, linked_id, point_to};
pub use id::{
    ID_NAMES, id_candidates, id_member, id_name, id_of, id_place, id_within, is_like_an_id, is_plain_id,
    is_safe_id, natural_key, scalar, unknown_id,
};
pub use identity::Identity;
use kind::Judged;
pub use kind::is_refusal;
pub use listing::{
    Filter, Keeps, Listing, Meaning, Narrowing, Neighbour, Order, PageMember, Pages, Sort, Tells, instant,
    listing_at, one_page, ordering, put, remove,
};
pub use parts::Part;
pub use place::Place;
pub use representation::{MediaTypeParameter, asked_language};
pub use several::takes_all_or_none;
pub use words::{is_called_a_question, puts_away};

/// All collections of a contract.
#[derive(Debug, Default)]
pub struct Resources {
    /// In the order in which the document first names them.
    pub collections: Vec<Collection>,
    by_place: HashMap<(OperationId, String), CollectionId>,
    /// By path, whatever its parameters are called.
    by_path: HashMap<String, CollectionId>,
    index: index::Index,
    /// Parameters that lead to objects of another collection than their path does.
    elsewhere: HashMap<(OperationId, String), Place>,
    /// Operations that link an object with another one that is there, or end that.
    links: HashSet<OperationId>,
    /// Operations that make objects, each with the collection that these come to.
    creators: HashMap<OperationId, CollectionId>,
    /// Creates of several objects at once.
    several: HashSet<OperationId>,
    /// Creates whose own path names the new object, as `PUT /groups/{name}` does.
    naming: HashSet<OperationId>,
    /// Operations whose answer is an object of a collection that their path does not lead to.
    answers: HashMap<OperationId, CollectionId>,
    /// Operations that act on the object in their path, and answer it.
    acts: HashMap<OperationId, CollectionId>,
    /// What each unsafe operation does.
    kinds: PerOperation<Option<Judged>>,
    /// Whether 201 tells nothing, since each POST of the document has it.
    has_201_for_all: bool,
    /// Which operations belong together.
    parts: parts::Parts,
    /// Operations whose path says that reading it does harm.
    harmful: Vec<OperationId>,
    /// Reads that list plain values in pages.
    plain_lists: HashMap<OperationId, Listing>,
    /// Operations that are the first of their path.
    firsts: Vec<OperationId>,
}

impl Resources {
    /// The collection that an id stands for; `None` for one of another document that this does not have.
    pub fn collection(&self, id: CollectionId) -> Option<&Collection> {
        self.collections.get(id.0)
    }

    /// All collections with their ids.
    pub fn each(&self) -> impl Iterator<Item = (CollectionId, &Collection)> + Clone {
        self.collections.iter().enumerate().map(|(place, collection)| (CollectionId(place), collection))
    }

    /// The first collection that is as wanted.
    pub fn find(&self, is_wanted: impl Fn(&Collection) -> bool) -> Option<CollectionId> {
        self.collections.iter().position(is_wanted).map(CollectionId)
    }

    /// What an unsafe operation does, and why; `None` for a safe one.
    pub fn kind(&self, operation: OperationId) -> Option<Judged> {
        self.kinds.get(operation).copied().flatten()
    }

    /// The part of the API that an unsafe operation belongs to: it has nothing to do with other parts. `None` where
    /// that is not known.
    pub fn part(&self, operation: OperationId) -> Option<Part> {
        self.parts.apart(operation)
    }

    /// The part of the API that an operation is connected with: by a collection, a parent, a reference, or a third
    /// that both refer to.
    pub fn connected(&self, operation: OperationId) -> Option<Part> {
        self.parts.connected(operation)
    }

    /// Whether the path of a safe operation says that reading it does harm, as `GET /logout` does.
    pub fn reading_harms(&self, operation: OperationId) -> bool {
        self.harmful.contains(&operation)
    }

    /// Whether a query parameter of a read orders the server to do something, by its name or by the values that it takes.
    pub fn orders(operation: &Operation, parameter: &Parameter) -> bool {
        if parameter.location != Location::Query || !operation.is_safe() {
            return false;
        }
        // Of a list, a word like these chooses the entries that tell of it.
        let is_list = listing_at(operation).is_some();
        words::is_order(&parameter.name, is_list) || (!is_list && kind::takes_orders(parameter))
    }

    /// Whether an operation is the first that the document has for its path.
    pub fn first_of_path(&self, operation: OperationId) -> bool {
        self.firsts.contains(&operation)
    }

    /// The collection of a path template, whatever its parameters are called.
    pub fn at(&self, path: &str) -> Option<CollectionId> {
        self.by_path.get(&nameless(path)).copied()
    }

    /// Whether a document has paths of a collection's items and, by the word in front of their ids, leaves out only that
    /// they are listed there.
    pub fn is_unlisted(&self, contract: &Contract, collection: CollectionId) -> bool {
        self.collection(collection).is_some_and(|known| {
            let is_told = known.list.is_some()
                || known.finder.is_some()
                || known.dictionary.is_some()
                || known.unsaid.is_some();
            let mut there = contract.with_path(&known.path);
            let is_read = there.any(|o| o.method == http::Method::GET && is_same_path(o.path(), &known.path));
            known.has_item_path && !is_told && !is_read && names::is_of_many(known.word())
        })
    }

    /// The collection whose item a path parameter of an operation names.
    pub fn of_parameter(&self, operation: OperationId, parameter: &str) -> Option<CollectionId> {
        self.by_place.get(&(operation, parameter.to_owned())).copied()
    }

    /// The object that a path parameter of an operation names, where such objects are known of.
    pub fn place(&self, operation: &Operation, parameter: &str) -> Option<Place> {
        let elsewhere = self.elsewhere.get(&(operation.index, parameter.to_owned()));
        elsewhere.cloned().or_else(|| self.own_place(operation, parameter))
    }

    /// As [`Resources::place`], of the collection at the parameter's own path.
    pub fn own_place(&self, operation: &Operation, parameter: &str) -> Option<Place> {
        let position = operation.template.names().iter().position(|known| known == parameter)?;
        Some(Place::own(self.of_parameter(operation.index, parameter)?, position))
    }

    /// The collection of the object that a path parameter of an operation names.
    pub fn place_of(&self, operation: &Operation, parameter: &str) -> Option<CollectionId> {
        self.place(operation, parameter).map(|place| place.collection)
    }

    /// Whether an operation links the object above its last parameter with one that is listed elsewhere, or ends that.
    pub fn links(&self, operation: OperationId) -> bool {
        self.links.contains(&operation)
    }

    /// The collection that an operation creates in.
    pub fn created_by(&self, operation: OperationId) -> Option<CollectionId> {
        self.creators.get(&operation).copied()
    }

    /// Whether the client names what an operation creates: the last parameter of its path is the new
    /// object's id.
    pub fn names_own(&self, operation: OperationId) -> bool {
        self.naming.contains(&operation)
    }

    /// The collection whose object an unsafe operation answers, where its path does not lead to that
    /// collection: the object may be new.
    pub fn answers_item_of(&self, operation: OperationId) -> Option<CollectionId> {
        self.answers.get(&operation).copied()
    }

    /// The collection that an operation lists.
    pub fn listed_by(&self, operation: OperationId) -> Option<CollectionId> {
        self.index.listed_by(operation)
    }

    /// How an operation lists plain values in pages, where it reads no collection.
    pub fn plain_list(&self, operation: OperationId) -> Option<&Listing> {
        self.plain_lists.get(&operation)
    }

    /// Whether a query parameter of a list is the mark of a page, which the answer before it gave.
    pub fn is_mark(&self, operation: OperationId, parameter: &str) -> bool {
        let list = self.listed_by(operation).and_then(|index| self.collection(index)?.list.as_ref());
        list.is_some_and(|list| list.pages.cursor.as_deref() == Some(parameter))
    }

    /// Whether a query parameter says at which entry or page of a list to begin.
    pub fn is_place_in_list(&self, operation: OperationId, parameter: &str) -> bool {
        let list = self.listed_by(operation).and_then(|index| self.collection(index)?.list.as_ref());
        let own = list.is_some_and(|list| {
            [&list.pages.page, &list.pages.offset].iter().any(|known| known.as_deref() == Some(parameter))
        });
        own || listing::moves_page(parameter)
    }

    /// The collection whose items an operation shows: it lists them, or answers a dictionary of them.
    pub fn shown_by(&self, operation: OperationId) -> Option<CollectionId> {
        let said = self.listed_by(operation).or_else(|| self.index.dictionary_of(operation));
        said.or_else(|| self.index.unsaid_of(operation))
    }

    /// The operations that list collections.
    pub fn lists(&self) -> HashSet<OperationId> {
        self.each()
            .filter_map(|(_, collection)| collection.list.as_ref())
            .map(|list| list.operation)
            .collect()
    }

    /// What an operation is to which collection.
    pub fn role(&self, operation: OperationId) -> Option<(CollectionId, Role)> {
        self.index.role(operation)
    }

    /// The collection whose objects a query finds.
    pub fn found_by(&self, operation: OperationId) -> Option<CollectionId> {
        self.index.found_by(operation)
    }

    /// Collections by their ids.
    fn these<'r>(&'r self, ids: &'r [CollectionId]) -> impl Iterator<Item = (CollectionId, &'r Collection)> {
        ids.iter().filter_map(|id| Some((*id, self.collection(*id)?)))
    }

    /// The collections whose path ends in a word, which is in plain spelling, as it is or in the singular.
    fn called<'r>(&'r self, word: &str) -> impl Iterator<Item = (CollectionId, &'r Collection)> + use<'r> {
        self.these(self.index.called(word))
    }

    /// The collections whose items are a component of the document.
    fn showing<'r>(
        &'r self,
        component: &str,
    ) -> impl Iterator<Item = (CollectionId, &'r Collection)> + use<'r> {
        self.these(self.index.showing(component))
    }

    /// What an operation puts into collections, or takes out of them.
    pub fn actions(&self, operation: &str) -> impl Iterator<Item = (CollectionId, &Action)> {
        self.each().flat_map(move |(index, collection)| {
            let actions = collection.told.iter().flat_map(|told| &told.action);
            actions.filter(move |action| action.operation == operation).map(move |action| (index, action))
        })
    }

    /// The collection and the member of its objects that a path parameter refers to, where that is
    /// not the id: `name` in `/pets/name/{name}`, the `name` of a pet for `{pet_name}`.
    pub fn member_in_path(&self, operation: &Operation, parameter: &str) -> Option<(CollectionId, String)> {
        let counted = |index: &CollectionId| {
            let known = self.collection(*index);
            known.is_some_and(|known| known.is_counted() || known.finder.is_some())
        };
        let words = names::words(parameter);
        let (member, whose) = words.split_last()?;
        let before = self.of_parameter(operation.index, parameter).and_then(|at| self.collection(at));
        if let Some((above, word)) = before.and_then(|before| before.path.rsplit_once('/'))
            && let Some(index) = self.at(above).filter(counted)
        {
            let word = names::plain(word);
            if word == names::plain(parameter) {
                return Some((index, parameter.to_owned()));
            }
            if word == *member {
                return Some((index, member.clone()));
            }
        }
        let stem = whose.concat();
        let index = self.called(&stem).next().map(|(index, _)| index).filter(|_| !stem.is_empty());
        index.filter(counted).map(|index| (index, member.clone()))
    }

    /// The parameter of an operation's path that names the item it works on: the last one.
    pub fn target<'o>(&self, operation: &'o Operation) -> Option<&'o str> {
        operation
            .template
            .names()
            .iter()
            .rev()
            .map(String::as_str)
            .find(|name| self.of_parameter(operation.index, name).is_some())
    }
}
