//! What a document lets us infer about its resources: collections, their items, and where an id
//! comes from. One answer for the runner's plan and the mock's state.

mod answered;
mod collection;
mod id;
mod identity;
mod infer;
pub mod kind;
mod listing;
pub mod members;
pub mod names;
pub mod reach;
mod representation;
mod words;

use std::collections::HashMap;

use crate::config::state::Action;
use crate::contract::Operation;

pub use answered::{Answered, identities, is_marked};
pub use collection::{Collection, Role, SoftDelete, is_same_path};
pub use id::{id_member, id_name, id_of, is_safe_id, unknown_id};
pub use identity::Identity;
use kind::Judged;
pub use kind::is_refusal;
pub use listing::{Filter, Keeps, Listing, Pages, listing_at};
pub use representation::MediaTypeParameter;

/// All collections of a contract.
#[derive(Debug, Default)]
pub struct Resources {
    /// In the order in which the document first names them.
    pub collections: Vec<Collection>,
    by_place: HashMap<(usize, String), usize>,
    /// Operations that make objects, each with the collection that these come to.
    creators: HashMap<usize, usize>,
    /// Operations whose answer is an object of a collection that their path does not lead to.
    answers: HashMap<usize, usize>,
    /// What each unsafe operation does.
    kinds: Vec<Option<Judged>>,
    /// Operations whose path says that reading it does harm.
    harmful: Vec<usize>,
    /// Operations that are the first of their path.
    firsts: Vec<usize>,
}

impl Resources {
    /// What an unsafe operation does, and why; `None` for a safe one.
    pub fn kind(&self, operation: usize) -> Option<Judged> {
        self.kinds.get(operation).copied().flatten()
    }

    /// Whether the path of a safe operation says that reading it does harm, as `GET /logout` does.
    pub fn reading_harms(&self, operation: usize) -> bool {
        self.harmful.contains(&operation)
    }

    /// Whether a query parameter of a read orders the server to do something, by its name.
    pub fn orders(operation: &Operation, parameter: &str) -> bool {
        operation.is_safe() && words::is_order(parameter, listing_at(operation).is_some())
    }

    /// Whether an operation is the first that the document has for its path.
    pub fn first_of_path(&self, operation: usize) -> bool {
        self.firsts.contains(&operation)
    }

    /// The collection of a path template, whatever its parameters are called.
    pub fn at(&self, path: &str) -> Option<usize> {
        self.collections.iter().position(|collection| is_same_path(&collection.path, path))
    }

    /// The collection whose item a path parameter of an operation names.
    pub fn of_parameter(&self, operation: usize, parameter: &str) -> Option<usize> {
        self.by_place.get(&(operation, parameter.to_owned())).copied()
    }

    /// The collection that an operation creates in.
    pub fn created_by(&self, operation: usize) -> Option<usize> {
        self.creators.get(&operation).copied()
    }

    /// The collection whose object an unsafe operation answers, where its path does not lead to that
    /// collection: the object may be new.
    pub fn answers_item_of(&self, operation: usize) -> Option<usize> {
        self.answers.get(&operation).copied()
    }

    /// The collection that an operation lists.
    pub fn listed_by(&self, operation: usize) -> Option<usize> {
        self.collections.iter().position(|c| c.list.as_ref().is_some_and(|l| l.operation == operation))
    }

    /// What an operation is to which collection.
    pub fn role(&self, operation: usize) -> Option<(usize, Role)> {
        self.collections.iter().enumerate().find_map(|(index, c)| {
            let of = [
                (c.list.as_ref().map(|list| list.operation), Role::List),
                (c.create, Role::Create),
                (c.retrieve, Role::Retrieve),
                (c.update, Role::Update),
                (c.replace, Role::Replace),
                (c.destroy, Role::Destroy),
            ];
            of.iter().find(|(known, _)| *known == Some(operation)).map(|(_, role)| (index, *role))
        })
    }

    /// What an operation puts into collections, or takes out of them.
    pub fn actions(&self, operation: &str) -> impl Iterator<Item = (usize, &Action)> {
        self.collections.iter().enumerate().flat_map(move |(index, collection)| {
            let actions = collection.told.iter().flat_map(|told| &told.action);
            actions.filter(move |action| action.operation == operation).map(move |action| (index, action))
        })
    }

    /// The collection whose objects a member of a body names: `pet_id`, `petId` and `pet_ids` for
    /// `…/pets`.
    pub fn reference(&self, name: &str) -> Option<usize> {
        let stem = ["_ids", "_id", "Ids", "Id"].iter().find_map(|tail| name.strip_suffix(tail))?;
        let stem = names::plain(stem);
        self.collections.iter().position(|collection| {
            let word = names::plain(collection.word());
            (collection.list.is_some() || collection.create.is_some())
                && !stem.is_empty()
                && (word == stem || names::singular(&word) == stem)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;

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
        let pets = &resources.collections[resources.of_parameter(4, "petId").unwrap()];
        assert_eq!(pets.path, "/shops/{shop}/pets");
        let list = pets.list.as_ref().unwrap();
        assert_eq!((list.operation, list.entries.as_str()), (0, "/rows"));
        assert_eq!((pets.create, pets.destroy), (Some(1), Some(3)));
        assert_eq!(resources.created_by(1), Some(1));
        let at = resources.of_parameter(4, "petId");
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
        let pets = &resources.collections[resources.at("/pets").unwrap()];
        assert_eq!((pets.retrieve, pets.destroy), (Some(2), Some(3)));
        let toys = &resources.collections[resources.at("/pets/{x}/toys").unwrap()];
        assert_eq!(toys.create, Some(5));
    }
}
