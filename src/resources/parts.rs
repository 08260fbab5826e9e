//! Which operations have nothing to do with each other, so that their requests may be under way together.
//!
//! Operations belong together where they share a collection, where one collection is inside another, where a
//! member or a parameter of one names objects of the other, and where both name objects of a third. What a member
//! may change elsewhere is not known, so an operation with `force` or `is_default` in it has nothing beside it, and
//! neither has one of which it is not known what it does.

use std::collections::{HashMap, HashSet};

use super::kind::Kind;
use super::names::{plain, singular, words};
use super::{CollectionId, Resources, members, reach};
use crate::contract::{Contract, Direction, Location, Operation, OperationId, PerOperation, Schema};

/// So deep are members of a body looked at.
const MAX_DEPTH: usize = 4;
/// Members of one body that are looked at, and nodes of its schemas; an operation with more has nothing beside it.
const MAX_MEMBERS: usize = 1000;
const MAX_NODES: usize = 200_000;

/// A part of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(usize);

/// What connects operations: sets that are united, each with the set that it belongs to.
#[derive(Debug, Default)]
struct Sets {
    above: Vec<usize>,
    /// The sets of what has a name, in the singular.
    named: HashMap<String, usize>,
    /// Sets that have nothing beside them.
    alone: HashSet<usize>,
}

impl Sets {
    fn add(&mut self) -> usize {
        self.above.push(self.above.len());
        self.above.len() - 1
    }

    fn named(&mut self, word: &str) -> usize {
        if let Some(known) = self.named.get(word) {
            return *known;
        }
        let new = self.add();
        self.named.insert(word.to_owned(), new);
        new
    }

    fn root(&mut self, mut set: usize) -> usize {
        while let Some(above) = self.above.get(set).copied().filter(|above| *above != set) {
            // The way up is halved for whoever comes next.
            let next = self.above.get(above).copied().unwrap_or(above);
            if let Some(known) = self.above.get_mut(set) {
                *known = next;
            }
            set = next;
        }
        set
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // Always to the first, so that the same document gives the same parts.
        let (low, high) = (one.min(other), one.max(other));
        if let Some(above) = self.above.get_mut(high) {
            *above = low;
        }
    }
}

/// Which operations belong together.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The part that each unsafe operation belongs to; `None` where it has nothing beside it.
    apart: PerOperation<Option<Part>>,
    /// What each operation is connected with, whatever is known of it.
    connected: PerOperation<Part>,
}

impl Parts {
    pub fn apart(&self, operation: OperationId) -> Option<Part> {
        self.apart.get(operation).copied().flatten()
    }

    pub fn connected(&self, operation: OperationId) -> Option<Part> {
        self.connected.get(operation).copied()
    }
}

/// The parts of an API.
pub(super) fn of(contract: &Contract, resources: &Resources) -> Parts {
    let mut sets = Sets::default();
    let places: Vec<usize> = resources.each().map(|_| sets.add()).collect();
    let of_operations: Vec<usize> = contract.operations.iter().map(|_| sets.add()).collect();
    let place = |index: CollectionId| places.get(index.0).copied();
    for (index, collection) in resources.each() {
        let Some(own) = place(index) else { continue };
        let word = sets.named(&stem(collection.word()));
        sets.unite(own, word);
        if let Some(parent) = collection.parent.and_then(place) {
            sets.unite(own, parent);
        }
        if collection.told.is_some() {
            sets.alone.insert(own);
        }
    }
    let mut taken = Vec::new();
    for (operation, own) in contract.operations.iter().zip(&of_operations) {
        for touched in collections_of(resources, operation).into_iter().filter_map(place) {
            sets.unite(*own, touched);
        }
        let has_twin = contract.twins(operation).next().is_some();
        let Some(names) = names_of(operation).filter(|_| !has_twin) else {
            sets.alone.insert(*own);
            continue;
        };
        if !operation.is_safe() && names.iter().any(|name| reach::takes_from_others(name)) {
            sets.alone.insert(*own);
        }
        // All that is referred to is known before any name is taken for one of them, whatever comes first.
        for word in names.iter().filter_map(|name| reference(name)) {
            sets.named(&word);
        }
        taken.push((*own, names));
    }
    for (own, name) in taken.iter().flat_map(|(own, names)| names.iter().map(move |name| (*own, name))) {
        if let Some(word) = referred(&sets, name) {
            let word = sets.named(&word);
            sets.unite(own, word);
        }
    }
    let alone = std::mem::take(&mut sets.alone);
    let alone: HashSet<usize> = alone.into_iter().map(|set| sets.root(set)).collect();
    let part = |(operation, own): (&Operation, &usize)| {
        let is_known = matches!(
            resources.kind(operation.index).map(|judged| judged.kind),
            Some(Kind::Create | Kind::Own)
        );
        let has_place = !collections_of(resources, operation).is_empty();
        let root = sets.root(*own);
        (is_known && has_place && !alone.contains(&root)).then_some(Part(root))
    };
    let apart = contract.operations.iter().zip(&of_operations).map(part).collect();
    Parts { apart, connected: of_operations.iter().map(|own| Part(sets.root(*own))).collect() }
}

/// The collections that an operation has to do with.
fn collections_of(resources: &Resources, operation: &Operation) -> Vec<CollectionId> {
    let index = operation.index;
    let names = || operation.template.names().iter();
    names()
        .filter_map(|name| resources.of_parameter(index, name))
        .chain(names().filter_map(|name| resources.place_of(operation, name)))
        .chain(resources.created_by(index))
        .chain(resources.role(index).map(|(collection, _)| collection))
        .chain(resources.shown_by(index))
        .chain(resources.answers_item_of(index))
        .chain(resources.found_by(index))
        .collect()
}

/// The names of what an operation takes; `None` where there are too many.
fn names_of(operation: &Operation) -> Option<Vec<String>> {
    let parameters = [Location::Path, Location::Query].into_iter().flat_map(|at| operation.parameters_in(at));
    let mut names: Vec<String> = parameters.map(|parameter| parameter.name.clone()).collect();
    let contents = operation.body.iter().flat_map(|body| &body.content);
    let mut left = MAX_NODES;
    for schema in contents.filter_map(|content| content.schema.as_deref()) {
        below(schema, &mut Vec::new(), &mut names, &mut left);
    }
    (names.len() < MAX_MEMBERS && left > 0).then_some(names)
}

fn below(schema: &Schema, at: &mut Vec<String>, names: &mut Vec<String>, left: &mut usize) {
    if at.len() >= MAX_DEPTH || names.len() >= MAX_MEMBERS || *left == 0 {
        return;
    }
    let path: Vec<&str> = at.iter().map(String::as_str).collect();
    let (fields, size) = schema.sized_fields(Direction::Request, &path);
    *left = left.saturating_sub(size);
    for (name, field) in fields {
        let inner: &[&str] = match (field.kinds.object, field.kinds.array) {
            (true, _) => &[""],
            (_, true) => &["", "*"],
            _ => &[],
        };
        names.push(name.clone());
        if let Some((_, more)) = inner.split_first() {
            let depth = at.len();
            at.push(name);
            at.extend(more.iter().map(|step| (*step).to_owned()));
            below(schema, at, names, left);
            at.truncate(depth);
        }
    }
}

/// What a name refers to, in the singular: `pet` for `pet_id`, `petIds` and `pet_name`, and for `pets` where there
/// is such a collection.
fn referred(sets: &Sets, name: &str) -> Option<String> {
    reference(name).or_else(|| Some(stem(name)).filter(|stem| sets.named.contains_key(stem)))
}

/// What a name refers to that says so.
fn reference(name: &str) -> Option<String> {
    let words = words(name);
    let (last, whose) = words.split_last()?;
    (!whose.is_empty() && (members::is_reference(last) || members::is_name(last)))
        .then(|| stem(&whose.concat()))
}

fn stem(word: &str) -> String {
    singular(&plain(word))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::build;
    use crate::document::Document;

    /// Collections of things and of others, each with a create that takes a body; more paths come on top.
    fn parts(things: &Value, others: &Value, more: &[(&str, &str)]) -> (Option<Part>, Option<Part>) {
        let item = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
        let list =
            json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": item}}}}});
        let create = |properties: &Value| {
            json!({"requestBody": {"content": {"application/json": {"schema":
                {"type": "object", "properties": properties}}}}, "responses": {"201": {}}})
        };
        let mut paths = json!({
            "/things": {"get": {"responses": list}, "post": create(things)},
            "/things/{thing}": {"get": {"responses": {"200": {}}}},
            "/others": {"get": {"responses": list}, "post": create(others)},
            "/others/{other}": {"get": {"responses": {"200": {}}}},
        });
        for (path, method) in more {
            paths[*path][*method] = create(&json!({}));
        }
        let tree = json!({"openapi": "3.1.0", "paths": paths});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let part = |path: &str| {
            let create =
                contract.operations.iter().find(|o| o.path() == path && o.method == http::Method::POST);
            resources.part(create.unwrap().index)
        };
        (part("/things"), part("/others"))
    }

    #[rstest]
    #[case::nothing_shared(json!({"name": {}}), json!({"name": {}}), &[], true)]
    #[case::one_refers(json!({"other_id": {"type": "string"}}), json!({}), &[], false)]
    #[case::by_its_name(json!({"otherName": {"type": "string"}}), json!({}), &[], false)]
    #[case::by_the_word(json!({"others": {"type": "array"}}), json!({}), &[], false)]
    #[case::deep(json!({"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "object",
        "properties": {"otherIds": {"type": "array"}}}}}}}), json!({}), &[], false)]
    #[case::both_refer(json!({"owner_id": {}}), json!({"ownerId": {}}), &[], false)]
    #[case::a_link(json!({}), json!({}), &[("/things/{thing}/others/{other}", "put")], false)]
    #[case::inside(json!({}), json!({}), &[("/others/{other}/things/{thing}", "delete")], false)]
    fn parts_have_nothing_in_common(
        #[case] things: Value,
        #[case] others: Value,
        #[case] more: &[(&str, &str)],
        #[case] expected: bool,
    ) {
        let (one, other) = parts(&things, &others, more);
        assert!(one.is_some() && other.is_some());
        assert_eq!(one != other, expected);
    }

    #[rstest]
    #[case::takes(json!({"is_default": {"type": "boolean"}}))]
    #[case::orders(json!({"force": {"type": "boolean"}}))]
    fn what_reaches_others_has_nothing_beside_it(#[case] things: Value) {
        let (one, other) = parts(&things, &json!({}), &[]);
        assert!(one.is_none() && other.is_some());
    }

    #[test]
    fn what_is_configured_has_nothing_beside_it() {
        let list = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/things": {"get": {"responses": list}, "post": {"responses": {"201": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let told = toml::from_str("collection = \"/things\"").unwrap();
        let create = contract.operations[1].index;
        assert!(Resources::of(&contract, &[]).part(create).is_some());
        assert!(Resources::of(&contract, &[told]).part(create).is_none());
    }
}
