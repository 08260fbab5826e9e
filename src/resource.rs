//! What a document lets us infer about its resources: collections, their items, and where an id
//! comes from. One answer for the runner's plan and the mock's state.

use std::collections::HashMap;

use http::Method;
use serde_json::Value;

use crate::contract::path::Piece;
use crate::contract::{Contract, Direction, Location, Operation, Schema, is_json};
use crate::document::pointer;

/// A collection: the path in front of an item's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Path template up to the id, without a trailing slash.
    pub path: String,
    /// The parameter that names an item.
    pub parameter: String,
    /// GET on the collection, where its answer holds a list.
    pub list: Option<Listing>,
    /// POST on the collection.
    pub create: Option<usize>,
    /// DELETE on the item.
    pub destroy: Option<usize>,
}

/// How a collection is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Index of the operation.
    pub operation: usize,
    /// JSON pointer of the list inside the answer; empty where the answer is the list.
    pub entries: String,
}

/// All collections of a contract.
#[derive(Debug, Default)]
pub struct Resources {
    /// In the order in which the document first names them.
    pub collections: Vec<Collection>,
    by_place: HashMap<(usize, String), usize>,
}

impl Resources {
    /// Infers the collections of a contract.
    pub fn of(contract: &Contract) -> Self {
        let mut resources = Self::default();
        for operation in &contract.operations {
            for (path, parameter) in prefixes(operation) {
                let known = resources.collections.iter().position(|c| c.path == path);
                let index = known.unwrap_or_else(|| {
                    resources.collections.push(collection(contract, &path, &parameter));
                    resources.collections.len() - 1
                });
                resources.by_place.insert((operation.index, parameter), index);
            }
        }
        resources
    }

    /// The collection whose item a path parameter of an operation names.
    pub fn of_parameter(&self, operation: usize, parameter: &str) -> Option<usize> {
        self.by_place.get(&(operation, parameter.to_owned())).copied()
    }

    /// The collection that an operation creates in.
    pub fn created_by(&self, operation: usize) -> Option<usize> {
        self.collections.iter().position(|c| c.create == Some(operation))
    }

    /// The collection that an operation lists.
    pub fn listed_by(&self, operation: usize) -> Option<usize> {
        self.collections.iter().position(|c| c.list.as_ref().is_some_and(|l| l.operation == operation))
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

/// Each place of the path where a whole segment is a parameter, with the path before it.
fn prefixes(operation: &Operation) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut path = String::new();
    for segment in operation.template.segments() {
        if let [Piece::Parameter(index)] = segment.as_slice()
            && let Some(name) = operation.template.names().get(*index)
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

fn collection(contract: &Contract, path: &str, parameter: &str) -> Collection {
    let item = format!("{path}/{{{parameter}}}");
    let at = |wanted: &str, method: &Method| {
        contract
            .operations
            .iter()
            .find(|o| o.method == *method && o.path().trim_end_matches('/') == wanted)
            .map(|o| o.index)
    };
    let list = at(path, &Method::GET).and_then(|index| {
        let entries = entries(contract.operations.get(index)?)?;
        Some(Listing { operation: index, entries })
    });
    Collection {
        path: path.to_owned(),
        parameter: parameter.to_owned(),
        list,
        create: at(path, &Method::POST),
        destroy: at(&item, &Method::DELETE),
    }
}

/// Where the list stands in an operation's success: the answer itself, or its first member that is
/// an array of objects, else its first array.
fn entries(operation: &Operation) -> Option<String> {
    let schema = operation
        .successes()
        .into_iter()
        .flat_map(|response| &response.content)
        .find(|content| is_json(&content.media_type))?
        .schema
        .as_ref()?;
    if schema.shape().kinds.array {
        return Some(String::new());
    }
    let mut arrays: Vec<&String> =
        schema.shape().members.iter().filter(|(_, (kinds, _))| kinds.array).map(|(name, _)| name).collect();
    arrays.sort_by_key(|name| (!items_are_objects(schema, name), (*name).clone()));
    arrays.first().map(|name| pointer::join("", name))
}

fn items_are_objects(schema: &Schema, member: &str) -> bool {
    schema.shape().members.get(member).is_some_and(|(_, items)| items.object)
}

/// The id of an object: the member named like the parameter, else `id`, else the parameter's name
/// without the resource (`petId` → `id`, `pet_uuid` → `uuid`).
pub fn id_of<'v>(object: &'v Value, parameter: &str) -> Option<&'v Value> {
    let tail = parameter.rsplit('_').next().unwrap_or(parameter);
    let lower = parameter.to_ascii_lowercase();
    let candidates = [
        parameter,
        "id",
        tail,
        if lower.ends_with("uuid") { "uuid" } else { "id" },
        if lower.ends_with("name") { "name" } else { "id" },
        "uuid",
    ];
    candidates
        .iter()
        .filter_map(|name| object.get(*name))
        .find(|value| value.is_string() || value.is_number())
}

/// Whether a text may stand as an id in a path: letters, digits, `-` and `_` only, because URL
/// libraries resolve `.` and `..`, even escaped.
pub fn is_safe_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// An id that cannot exist, of the kind that the parameter's schema wants.
pub fn unknown_id(operation: &Operation, parameter: &str) -> Option<Value> {
    let parameter = operation.parameter(Location::Path, parameter)?;
    let Some(schema) = parameter.value_schema() else { return Some(Value::from("no-such-object")) };
    let candidates = [
        Value::from(2_147_483_646_u32),
        Value::from("00000000-0000-4000-8000-00000000dead"),
        Value::from("no-such-object"),
        Value::from("ffffffffffffffffffffffff"),
    ];
    candidates.into_iter().find(|value| schema.is_valid(Direction::Request, value) == Ok(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn collections_are_inferred() {
        let list = json!({"200": {"content": {"application/json": {"schema": {
            "type": "object", "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "rows": {"type": "array", "items": {"type": "object"}},
            },
        }}}}});
        let plain = json!({"200": {}});
        let document = Document {
            name: "t".into(),
            tree: Arc::new(json!({"openapi": "3.1.0", "paths": {
                "/shops/{shop}/pets/": {"get": {"responses": list}, "post": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/": {"get": {"responses": plain}, "delete": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/feed/": {"post": {"responses": plain}},
            }})),
        };
        let (contract, _) = build("t", &document).unwrap();
        let resources = Resources::of(&contract);
        let feed = &contract.operations[4];
        assert_eq!(resources.target(feed), Some("petId"));
        let pets = &resources.collections[resources.of_parameter(4, "petId").unwrap()];
        assert_eq!(pets.path, "/shops/{shop}/pets");
        assert_eq!(pets.list, Some(Listing { operation: 0, entries: "/rows".to_owned() }));
        assert_eq!((pets.create, pets.destroy), (Some(1), Some(3)));
        assert_eq!(resources.created_by(1), Some(1));
    }

    #[test]
    fn ids() {
        assert_eq!(id_of(&json!({"id": 3}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x"}), "pet_name"), Some(&json!("x")));
        assert_eq!(id_of(&json!({"id": null}), "id"), None);
        assert!(is_safe_id("a-1_B") && !is_safe_id("..") && !is_safe_id("") && !is_safe_id("a/b"));
    }
}
