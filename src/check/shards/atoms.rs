//! What a split never takes apart: the operations that are judged together.

use std::collections::{BTreeSet, HashMap};

use http::Method;

use super::Whole;
use crate::contract::{Operation, OperationId, PerOperation};
use crate::resources::{CollectionId, Part, nameless};

/// Operations that stay together: those of one path, and those on the objects of one collection.
#[derive(Debug)]
pub(super) struct Atom {
    /// Which document it is of.
    pub document: usize,
    /// What it is called, whatever order the document has: the least of its paths and methods.
    pub key: String,
    pub operations: Vec<OperationId>,
    /// Requests that it takes.
    pub weight: usize,
    /// The key of the atom whose objects are in its paths.
    pub above: Option<String>,
    /// The parts of the API that it is connected with.
    pub parts: BTreeSet<(usize, Part)>,
}

/// What operations have in common that are judged together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Bond {
    Path(String),
    Collection(CollectionId),
}

/// The atoms of one of several documents, in the order of their keys.
pub(super) fn of(document: usize, whole: &Whole<'_>, weights: &PerOperation<usize>) -> Vec<Atom> {
    let operations: Vec<&Operation> = whole.contract.operations.iter().collect();
    let mut sets: Vec<usize> = (0..operations.len()).collect();
    let mut first: HashMap<Bond, usize> = HashMap::new();
    for (place, operation) in operations.iter().enumerate() {
        for bond in bonds(whole, operation) {
            let known = *first.entry(bond).or_insert(place);
            unite(&mut sets, known, place);
        }
    }
    let mut members: HashMap<usize, Vec<&Operation>> = HashMap::new();
    for (place, operation) in operations.iter().enumerate() {
        members.entry(root(&mut sets, place)).or_default().push(operation);
    }
    for operations in members.values_mut() {
        operations.sort_by_key(|operation| key(operation));
    }
    let keys: HashMap<usize, String> =
        members.iter().filter_map(|(set, all)| Some((*set, key(all.first()?)))).collect();
    let mut of_collection = |id: CollectionId| {
        let place = first.get(&Bond::Collection(id)).copied()?;
        keys.get(&root(&mut sets, place)).cloned()
    };
    let mut atoms: Vec<Atom> = Vec::new();
    for (set, operations) in &members {
        let Some(own) = keys.get(set) else { continue };
        let above = operations.iter().find_map(|operation| {
            let mut around = around(whole, operation).into_iter();
            around.find_map(|id| of_collection(id).filter(|above| above != own))
        });
        let weight = operations.iter().filter_map(|operation| weights.get(operation.index)).sum();
        let parts = operations.iter().filter_map(|operation| whole.resources.connected(operation.index));
        atoms.push(Atom {
            document,
            key: own.clone(),
            operations: operations.iter().map(|operation| operation.index).collect(),
            weight,
            above,
            parts: parts.map(|part| (document, part)).collect(),
        });
    }
    atoms.sort_by(|one, other| one.key.cmp(&other.key));
    atoms
}

fn key(operation: &Operation) -> String {
    format!("{} {}", operation.path(), operation.method)
}

/// What an operation has in common with those that are judged with it.
fn bonds(whole: &Whole<'_>, operation: &Operation) -> Vec<Bond> {
    let resources = whole.resources;
    let index = operation.index;
    let role = resources.role(index).map(|(collection, _)| collection);
    let told = resources.actions(&operation.id).map(|(collection, _)| collection);
    let known = [resources.created_by(index), resources.shown_by(index), resources.found_by(index)];
    let collections = role
        .into_iter()
        .chain(known.into_iter().flatten())
        .chain(resources.acts_on(index))
        .chain(told)
        .chain(beside(whole, operation));
    std::iter::once(Bond::Path(nameless(operation.path()))).chain(collections.map(Bond::Collection)).collect()
}

/// The collection of which an operation tells or changes something at a path of its own: one word behind the list, or
/// an action on one of its objects that its life tries.
fn beside(whole: &Whole<'_>, operation: &Operation) -> Option<CollectionId> {
    let resources = whole.resources;
    let (above, word) = operation.path().trim_end_matches('/').rsplit_once('/')?;
    if word.contains('{') {
        return None;
    }
    if operation.method == Method::GET {
        let id = resources.at(above)?;
        return resources.collection(id).filter(|known| known.list.is_some()).map(|_| id);
    }
    let target = resources.target(operation)?;
    let is_on_object = above.ends_with(&format!("{{{target}}}"));
    let id = resources.of_parameter(operation.index, target).filter(|_| is_on_object)?;
    let has_life = resources.collection(id).is_some_and(|known| known.create.is_some());
    let makes = resources.created_by(operation.index).is_some();
    (operation.method == Method::POST && has_life && !makes).then_some(id)
}

/// The collections whose objects are in an operation's path, from the last to the first. Where objects of others may
/// stand there, it depends on the order of the document which ones are thought of first.
fn around(whole: &Whole<'_>, operation: &Operation) -> Vec<CollectionId> {
    let names = operation.template.names().iter().rev();
    names.filter_map(|name| whole.resources.of_parameter(operation.index, name)).collect()
}

/// The set that a member belongs to.
pub(super) fn root(sets: &mut [usize], member: usize) -> usize {
    let mut set = member;
    while let Some(above) = sets.get(set).copied().filter(|above| *above != set) {
        let next = sets.get(above).copied().unwrap_or(above);
        if let Some(known) = sets.get_mut(set) {
            *known = next;
        }
        set = next;
    }
    set
}

/// Makes one set of two.
pub(super) fn unite(sets: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(sets, one), root(sets, other));
    if let Some(above) = sets.get_mut(one.max(other)) {
        *above = one.min(other);
    }
}
