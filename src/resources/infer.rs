//! Finds the collections of a document.

use std::collections::HashSet;

use http::Method;

use super::collection_id::CollectionId;
use super::kind::Kind;
use super::{Collection, Resources, is_same_path, kind, link, listing, nameless, parts, place, words};
use crate::config::state::State;
use crate::contract::path::Piece;
use crate::contract::{Contract, Operation, OperationId};

impl Resources {
    /// Infers the collections of a contract; the configuration wins.
    pub fn of(contract: &Contract, told: &[State]) -> Self {
        let mut resources = Self { has_201_for_all: kind::has_201_for_all(contract), ..Self::default() };
        resources.find_items(contract, told);
        resources.find_lists(contract, told);
        resources.pair();
        resources.find_creators(contract);
        resources.find_creators_of_several(contract);
        resources.keep_apart(contract);
        resources.find_naming_creators(contract);
        resources.leave_out_reads_that_list(contract);
        resources.index.renew(&resources.collections);
        for collection in &mut resources.collections {
            collection.existence = collection.find_existence(contract);
        }
        resources.find_parents();
        resources.find_places(contract);
        let kinds = contract.operations.iter().map(|operation| kind::kind(contract, &resources, operation));
        resources.kinds = kinds.collect();
        let harmful = contract.operations.iter().filter(|operation| kind::reading_harms(contract, operation));
        resources.harmful = harmful.map(|operation| operation.index).collect();
        resources.find_finders(contract);
        resources.index.renew(&resources.collections);
        // What queries list is named by paths too.
        resources.find_places(contract);
        let answers = contract
            .operations
            .iter()
            .filter_map(|operation| Some((operation.index, kind::answers_item_of(&resources, operation)?)));
        resources.answers = answers.collect();
        resources.find_acts(contract);
        resources.find_narrowings(contract);
        let plain = contract
            .operations
            .iter()
            .filter(|operation| operation.method == Method::GET && resources.role(operation.index).is_none());
        resources.plain_lists =
            plain.filter_map(|get| Some((get.index, listing::plain_listing(get)?))).collect();
        resources.parts = parts::of(contract, &resources);
        resources
    }

    fn find_narrowings(&mut self, contract: &Contract) {
        for collection in &mut self.collections {
            if let Some(list) = &mut collection.list
                && let Some(operation) = contract.at(list.operation)
            {
                list.narrowings = listing::narrowings(operation, &collection.parameter, list);
            }
        }
    }

    /// With the lists that are XML alone, for whoever reads XML as values; the runner does not.
    #[must_use]
    pub fn reading_xml(mut self, contract: &Contract, told: &[State]) -> Self {
        for operation in contract.operations.iter().filter(|operation| operation.method == Method::GET) {
            let path = operation.path().trim_end_matches('/');
            let index = self.at(path);
            if let Some(known) = index.and_then(|index| self.collection_mut(index))
                && known.list.is_none()
                && known.dictionary.is_none()
            {
                known.list = listing::listing_in_xml(operation, told_of(told, path));
                known.existence = known.find_existence(contract);
            }
        }
        self.index.renew(&self.collections);
        self
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = CollectionId> + use<> {
        (0..self.collections.len()).map(CollectionId)
    }

    pub(super) fn collection_mut(&mut self, id: CollectionId) -> Option<&mut Collection> {
        self.collections.get_mut(id.0)
    }

    fn add(&mut self, contract: &Contract, collection: Collection) -> CollectionId {
        let id = CollectionId(self.collections.len());
        self.by_path.entry(nameless(&collection.path)).or_insert(id);
        let read = collection.retrieve.and_then(|read| contract.at(read));
        self.index.enter(id, &collection, read.and_then(kind::component));
        self.collections.push(collection);
        id
    }

    /// A collection for each place where a path has a parameter as a whole segment.
    fn find_items(&mut self, contract: &Contract, told: &[State]) {
        let mut paths = HashSet::new();
        for operation in &contract.operations {
            if paths.insert(operation.path()) {
                self.firsts.push(operation.index);
            }
            for (path, parameter) in prefixes(operation) {
                let index = self.at(&path).unwrap_or_else(|| {
                    let known = Collection::of(contract, &path, &parameter, told_of(told, &path));
                    self.add(contract, known)
                });
                // `{owner}` of `/repos/{owner}/{repo}` alone names no item.
                let item = format!("{path}/{{{parameter}}}");
                let is_named = !operation.path().get(item.len()..).is_some_and(|rest| rest.starts_with("/{"));
                if let Some(known) = self.collection_mut(index).filter(|_| is_named) {
                    known.has_item_path = true;
                }
                let takes_any = Collection::takes_any_text_at(operation, &parameter);
                if let Some(known) = self.collection_mut(index) {
                    known.takes_any_text &= takes_any;
                }
                self.by_place.insert((operation.index, parameter), index);
            }
        }
    }

    /// What lists is a collection, also where no path names an item of it.
    fn find_lists(&mut self, contract: &Contract, told: &[State]) {
        for operation in &contract.operations {
            let path = operation.path().trim_end_matches('/');
            if operation.method == Method::GET && self.at(path).is_none() {
                let known = Collection::of(contract, path, "id", told_of(told, path));
                let ends_in_item = matches!(
                    operation.template.segments().last().map(Vec::as_slice),
                    Some([Piece::Parameter(_)])
                );
                if known.list.is_some() && !ends_in_item {
                    self.add(contract, known);
                }
            }
        }
    }

    /// Which collections are directly below an item of another: `…/{id}/name`.
    fn find_parents(&mut self) {
        for index in self.ids() {
            let parent = self.collection(index).and_then(|collection| {
                let (above, _) = collection.path.rsplit_once("/{")?;
                let (_, inside) = collection.path.get(above.len()..)?.split_once('}')?;
                (inside.matches('/').count() == 1).then(|| self.at(above)).flatten()
            });
            if let Some(collection) = self.collection_mut(index) {
                collection.parent = parent;
            }
        }
    }

    /// Which parameters lead to objects of another collection than their path does.
    fn find_places(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            if let (Some(place), Some(name)) =
                (link::linked(contract, self, operation), operation.template.names().last())
            {
                self.elsewhere.insert((operation.index, name.clone()), place);
                self.links.insert(operation.index);
                continue;
            }
            for name in operation.template.names() {
                let by_id = place::elsewhere(self, operation, name);
                if let Some(place) = by_id.or_else(|| place::by_member(self, operation, name)) {
                    self.elsewhere.insert((operation.index, name.clone()), place);
                }
            }
        }
    }

    /// Which POST makes objects, and of which collection.
    fn find_creators(&mut self, contract: &Contract) {
        let mut under_words = Vec::new();
        for operation in &contract.operations {
            if kind::creates(contract, self, operation).is_none() {
                continue;
            }
            let path = operation.path().trim_end_matches('/');
            let listed = || {
                let mut operations = contract.with_path(path);
                let get = operations.find(|o| o.method == Method::GET && is_same_path(o.path(), path))?;
                self.listed_by(get.index)
            };
            let found = listed().or_else(|| self.at(path)).or_else(|| kind::made_elsewhere(self, operation));
            match (kind::made_above(contract, self, operation), found) {
                (Some(index), _) => under_words.push((operation.index, index)),
                (None, Some(index)) => self.creates(operation.index, index),
                (None, None) => {}
            }
        }
        // What makes an object at the place of all goes before.
        for (operation, index) in under_words {
            self.creates(operation, index);
        }
    }

    pub(super) fn creates(&mut self, operation: OperationId, index: CollectionId) {
        if let Some(collection) = self.collection_mut(index) {
            collection.create.get_or_insert(operation);
            self.creators.insert(operation, index);
        }
    }

    /// Which PUT or POST makes the object that its path names: it documents 201, or puts what is listed, read and removed
    /// there; nothing else makes such objects, and they can be removed again.
    fn find_naming_creators(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            let Some(index) = kind::names_what_it_creates(contract, self, operation) else { continue };
            let Some(collection) = self.collection_mut(index) else { continue };
            // Where another operation makes them too, this one may change what is there.
            let only_makes = operation.method == Method::POST && !operation.documents(200);
            if collection.create.is_none() || only_makes {
                collection.create.get_or_insert(operation.index);
                self.creators.insert(operation.index, index);
                self.naming.insert(operation.index);
            }
        }
    }

    /// Queries below a collection that list its objects, as `POST /pets/filter` does.
    fn find_finders(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            let path = operation.path().trim_end_matches('/');
            let Some(index) = path.rsplit_once('/').and_then(|(above, _)| self.at(above)) else { continue };
            let is_query = self.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Query);
            let entries = listing::entries_of(operation).filter(|_| is_query && kind::finds(operation));
            if let Some(entries) = entries
                && let Some(collection) = self.collection_mut(index)
                && collection.list.is_none()
            {
                collection.finder.get_or_insert((operation.index, entries));
            }
        }
    }
}

/// What the configuration says about the collection at a path.
fn told_of<'s>(told: &'s [State], path: &str) -> Option<&'s State> {
    told.iter().find(|state| state.collection.trim_end_matches('/') == path)
}

/// Each place of the path where a whole segment is a parameter, with the path before it. What a change is sent with
/// as a new value names no object.
fn prefixes(operation: &Operation) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut path = String::new();
    for segment in operation.template.segments() {
        if let [Piece::Parameter(index)] = segment.as_slice()
            && let Some(name) = operation.template.names().get(*index)
            && (operation.is_safe() || !words::is_new_value(name))
        {
            found.push((path.clone(), name.clone()));
        }
        path.push('/');
        for piece in segment {
            match piece {
                Piece::Literal(text) => path.push_str(text),
                Piece::Parameter(index) => {
                    let name = operation.template.names().get(*index).map_or("", String::as_str);
                    path.push('{');
                    path.push_str(name);
                    path.push('}');
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{OperationId, build};
    use crate::document::Document;
    use crate::resources::{Existence, Role};
    use rstest::rstest;
    use serde_json::{Value, json};

    #[test]
    fn collections_are_inferred() {
        let list = json!({"200": {"content": {"application/json": {"schema": {
            "type": "object", "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "rows": {"type": "array", "items": {"type": "object"}},
            },
        }}}}});
        let plain = json!({"200": {}});
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {
                "/shops/{shop}/pets/": {"get": {"responses": list}, "post": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/": {"get": {"responses": plain}, "delete": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/feed/": {"post": {"responses": plain}},
            }}),
        );
        let (contract, _) = build("t", &document).unwrap();
        let resources = Resources::of(&contract, &[]);
        let feed = &contract.operations[4];
        assert_eq!(resources.target(feed), Some("petId"));
        let pets =
            resources.of_parameter(feed.index, "petId").and_then(|id| resources.collection(id)).unwrap();
        assert_eq!(pets.path, "/shops/{shop}/pets");
        let list = pets.list.as_ref().unwrap();
        assert_eq!((list.operation, list.entries.as_str()), (OperationId::nth(0), "/rows"));
        assert_eq!((pets.create, pets.destroy), (Some(OperationId::nth(1)), Some(OperationId::nth(3))));
        assert_eq!(resources.created_by(OperationId::nth(1)), resources.at(&pets.path));
        let at = resources.of_parameter(feed.index, "petId");
        for name in ["pet_id", "petId", "pet_ids"] {
            assert_eq!(resources.reference(name), at, "{name}");
        }
        assert_eq!(resources.reference("_id").or(resources.reference("cat_id")), None);
    }

    #[test]
    fn parameters_of_one_place_may_have_several_names() {
        let plain = json!({"200": {}});
        let list = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/pets": {"get": {"responses": list}, "post": {"responses": plain}},
            "/pets/{name}": {"get": {"responses": plain}},
            "/pets/{pet_id}": {"delete": {"responses": plain}},
            "/pets/{name}/toys": {"get": {"responses": list}},
            "/pets/{pet_id}/toys": {"post": {"responses": plain}},
        }});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let pets = resources.at("/pets").and_then(|id| resources.collection(id)).unwrap();
        assert_eq!((pets.retrieve, pets.destroy), (Some(OperationId::nth(2)), Some(OperationId::nth(3))));
        let toys = resources.at("/pets/{x}/toys").and_then(|id| resources.collection(id)).unwrap();
        assert_eq!(toys.create, Some(OperationId::nth(5)));
    }

    /// Paths with the methods that they have; `list` answers a list of objects.
    fn resources_of(paths: &[(&str, &str)]) -> (Contract, Resources) {
        let list = json!({"200": {"content": {"application/json": {"schema": {
            "type": "array", "items": {"type": "object"},
        }}}}});
        let mut tree = json!({"openapi": "3.1.0", "paths": {}});
        for (path, methods) in paths {
            for method in methods.split(' ') {
                let (method, responses) =
                    if method == "list" { ("get", list.clone()) } else { (method, json!({"200": {}})) };
                let responses = if path.ends_with("search") { list.clone() } else { responses };
                tree["paths"][*path][method] = json!({ "responses": responses });
            }
        }
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        (contract, resources)
    }

    #[test]
    fn a_list_in_the_plural_belongs_to_items_in_the_singular() {
        let (_, resources) =
            resources_of(&[("/v1/pets", "list"), ("/v1/pet/{id}", "get"), ("/v2/pets", "get")]);
        let pet = resources.at("/v1/pet").and_then(|id| resources.collection(id)).unwrap();
        assert_eq!(pet.list.as_ref().map(|list| list.operation), Some(OperationId::nth(0)));
        assert_eq!(
            (resources.listed_by(OperationId::nth(0)), resources.at("/v2/pets")),
            (resources.at("/v1/pet"), None)
        );
    }

    #[test]
    fn what_stands_directly_below_an_item_has_a_parent() {
        let paths =
            [("/shops/{shop}", "get"), ("/shops/{shop}/pets/{pet}", "get"), ("/shops/{shop}/a/b/{c}", "get")];
        let (_, resources) = resources_of(&paths);
        let parent = |path: &str| resources.collection(resources.at(path).unwrap()).unwrap().parent;
        assert_eq!(parent("/shops/{shop}/pets"), resources.at("/shops"));
        assert_eq!((parent("/shops"), parent("/shops/{shop}/a/b")), (None, None));
    }

    #[test]
    fn a_query_may_list_what_nothing_else_does() {
        let (_, resources) = resources_of(&[
            ("/pets/{pet}", "get"),
            ("/pets/search", "post"),
            ("/toys/{toy}", "get"),
            ("/toys", "list"),
            ("/toys/search", "post"),
        ]);
        let finder = |path: &str| resources.collection(resources.at(path).unwrap()).unwrap().finder.clone();
        assert_eq!(finder("/pets"), Some((OperationId::nth(1), String::new())));
        assert_eq!(finder("/toys"), None);
    }

    /// In an API of procedures a query lists what the paths of others name.
    #[test]
    fn what_a_query_lists_is_named_by_other_paths() {
        let list = json!({"type": "array", "items": {"type": "object", "properties": {"pet_name": {"type": "string"}}}});
        let post = |schema: Value| json!({"post": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/pets/list": post(list.clone()),
            "/pets/{pet_name}/get": post(json!({"type": "object"})),
            "/pet/{pet_name}/toys/list": post(list),
        }});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let toys = contract.operations.iter().find(|one| one.path() == "/pet/{pet_name}/toys/list").unwrap();
        let place = resources.place(toys, "pet_name").unwrap();
        assert_eq!(resources.collection(place.collection).unwrap().path, "/pets");
    }

    #[rstest]
    #[case::listed("/pets", &[("/pets", "list"), ("/pets/{pet}", "get")], Existence::Named)]
    #[case::made("/pets", &[("/pets", "post"), ("/pets/{pet}", "get")], Existence::Made)]
    #[case::only_read("/pets", &[("/pets/{pet}", "get")], Existence::Unsaid)]
    #[case::only_deleted("/pets", &[("/pets/{pet}", "delete")], Existence::Unsaid)]
    #[case::told_and_read("/told", &[("/told/{pet}", "get")], Existence::Named)]
    #[case::told_and_deleted("/told", &[("/told/{pet}", "delete")], Existence::Unsaid)]
    fn a_document_says_what_exists(
        #[case] path: &str,
        #[case] paths: &[(&str, &str)],
        #[case] expected: Existence,
    ) {
        let (contract, _) = resources_of(paths);
        let told: State = toml::from_str("collection = '/told'").unwrap();
        let resources = Resources::of(&contract, &[told]);
        let collection = resources.at(path).and_then(|id| resources.collection(id)).unwrap();
        assert_eq!(collection.existence, expected);
    }

    #[test]
    fn operations_have_roles() {
        let (contract, resources) = resources_of(&[
            ("/pets", "list post"),
            ("/pets/{pet}", "get put patch delete"),
            ("/pets/{pet}/feed", "post"),
        ]);
        let roles = contract.operations.iter().map(|operation| resources.role(operation.index));
        let roles: Vec<Option<Role>> = roles.map(|role| role.map(|(_, role)| role)).collect();
        let expected = [Role::List, Role::Create, Role::Retrieve, Role::Replace, Role::Destroy, Role::Update];
        let expected: Vec<Option<Role>> = expected.into_iter().map(Some).chain([None]).collect();
        assert_eq!(roles, expected);
    }
}
