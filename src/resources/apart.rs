//! Objects that are made below another one, and read, changed and removed at a path of their own: `POST
//! /posts/{post}/comments` and `/comments/{comment}`.

use super::{CollectionId, Resources, kind};
use crate::contract::{Contract, Operation};

impl Resources {
    /// Gives what is made below other objects to the collection of its own path. What lists it stays where it is.
    pub(super) fn keep_apart(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            let Some(index) = self.apart(operation) else { continue };
            let below = self.created_by(operation.index).and_then(|below| self.collection_mut(below));
            if let Some(below) = below {
                below.create = None;
                below.kept_at = Some(index);
            }
            self.creates(operation.index, index);
        }
    }

    /// The collection of its own that a create below another object fills: its list names no item, nothing else is
    /// known to fill that collection, and both answer the same object.
    fn apart(&self, operation: &Operation) -> Option<CollectionId> {
        let below = self.collection(self.created_by(operation.index)?)?;
        if below.has_item_path || below.told.is_some() || below.create != Some(operation.index) {
            return None;
        }
        let index = kind::made_elsewhere(self, operation)?;
        let own = self.collection(index)?;
        (own.create.is_none() && own.list.is_none() && own.told.is_none()).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use crate::resources::Role;
    use crate::resources::kind::Kind;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn of(change: fn(&mut Value)) -> (Contract, Resources) {
        let answer = |status: &str, schema: Value| json!({"responses": {status: {"content": {"application/json": {"schema": schema}}}}});
        let note = json!({"$ref": "#/components/schemas/Note"});
        let list = answer("200", json!({"type": "array", "items": note}));
        let mut tree = json!({"openapi": "3.1.0",
            "components": {"schemas": {"Note": {"type": "object", "properties": {"id": {"type": "string"}}}}},
            "paths": {
                "/pets": {"get": list, "post": answer("201", json!({"type": "object"}))},
                "/pets/{pet}": {"get": answer("200", json!({"type": "object"}))},
                "/pets/{pet}/notes": {"get": list, "post": answer("201", note.clone())},
                "/notes/{note}": {"get": answer("200", note), "delete": {"responses": {"204": {}}}},
            },
        });
        change(&mut tree);
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        (contract, resources)
    }

    #[rstest]
    #[case::apart(|_: &mut Value| (), "/notes", Kind::Own)]
    #[case::answers_something_else(
        |tree: &mut Value| tree["paths"]["/pets/{pet}/notes"]["post"]["responses"]["201"] = json!({}),
        "/pets/{pet}/notes",
        Kind::Action,
    )]
    #[case::listed_by_itself(
        |tree: &mut Value| tree["paths"]["/notes"] = json!({"get": tree["paths"]["/pets/{pet}/notes"]["get"]}),
        "/pets/{pet}/notes",
        Kind::Action,
    )]
    fn what_has_a_path_of_its_own(
        #[case] change: fn(&mut Value),
        #[case] expected: &str,
        #[case] removal: Kind,
    ) {
        let (contract, resources) = of(change);
        let find = |method: http::Method, path: &str| {
            contract.operations.iter().find(|o| o.method == method && o.path() == path).unwrap().index
        };
        let create = find(http::Method::POST, "/pets/{pet}/notes");
        let made = resources.created_by(create).and_then(|index| resources.collection(index)).unwrap();
        assert_eq!(made.path, expected);
        let below = resources.collection(resources.at("/pets/{pet}/notes").unwrap()).unwrap();
        let kept_at = below.kept_at.and_then(|index| resources.collection(index));
        assert_eq!(kept_at.is_some(), expected == "/notes");
        assert_eq!(resources.role(create).map(|(_, role)| role), Some(Role::Create));
        assert_eq!(resources.kind(create).unwrap().kind, Kind::Create);
        assert_eq!(resources.kind(find(http::Method::DELETE, "/notes/{note}")).unwrap().kind, removal);
        let list = resources.listed_by(find(http::Method::GET, "/pets/{pet}/notes"));
        assert_eq!(list.and_then(|index| resources.collection(index)).unwrap().path, "/pets/{pet}/notes");
    }
}
