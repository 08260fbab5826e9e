//! Creates of several objects at once: `POST /things/bulk` takes a list of what `POST /things` takes one of.

use http::Method;

use super::{CollectionId, Resources, kind};
use crate::contract::schema::View;
use crate::contract::{Contract, Direction, MediaBody, Operation, is_json};

/// Words that say that a list is taken as a whole or not at all.
const WHOLE: &[&str] = &["all or none", "all or nothing", "none or all", "atomic", "in one transaction"];

impl Resources {
    /// Whether an operation makes several objects of a collection, as many as its body lists.
    pub fn makes_several(&self, operation: crate::contract::OperationId) -> bool {
        self.several.contains(&operation)
    }

    pub(super) fn find_creators_of_several(&mut self, contract: &Contract) {
        let mut found = Vec::new();
        for operation in contract.operations.iter().filter(|o| !self.creators.contains_key(&o.index)) {
            if kind::creates(contract, self, operation).is_some()
                && let Some(index) = made_by_list(contract, self, operation)
            {
                found.push((operation.index, index));
            }
        }
        for (operation, index) in found {
            self.creators.insert(operation, index);
            self.several.insert(operation);
        }
    }
}

/// Whether the document says that a list is taken as a whole or not at all.
pub fn takes_all_or_none(operation: &Operation) -> bool {
    let said = format!("{} {}", operation.summary, operation.description).to_lowercase();
    let denies = ["not atomic", "non-atomic", "nonatomic"].iter().any(|words| said.contains(words));
    !denies && WHOLE.iter().any(|words| said.contains(words))
}

/// The collection of the objects that a POST lists in its body and in its answer. Its items are what the create of the
/// collection takes, so that none of them names an object that is there.
fn made_by_list(contract: &Contract, resources: &Resources, operation: &Operation) -> Option<CollectionId> {
    if operation.method != Method::POST {
        return None;
    }
    let wanted = operation.body.as_ref().and_then(|body| items(&body.content, Direction::Request))?;
    let answers = operation.successes().into_iter().find(|response| !response.content.is_empty())?;
    let made = items(&answers.content, Direction::Response)?;
    let is_made = |(_, collection): &(CollectionId, &super::Collection)| {
        let create = collection.create.and_then(|create| contract.at(create));
        let content = create.and_then(|create| create.body.as_ref()).map_or(&[][..], |body| &body.content);
        let one = json_of(content).and_then(|schema| schema.component(Direction::Request));
        !collection.path.contains('{') && one.as_ref() == Some(&wanted)
    };
    resources.showing(&made).find(is_made).map(|(index, _)| index)
}

fn json_of(content: &[MediaBody]) -> Option<&crate::contract::Schema> {
    content.iter().find(|content| is_json(&content.media_type))?.schema.as_deref()
}

/// The component that describes the items of a body that is a list.
fn items(content: &[MediaBody], direction: Direction) -> Option<String> {
    View::of(json_of(content)?, direction).items()?.component().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn found(body: &Value, answer: &Value) -> bool {
        let content = |schema: &Value| json!({"application/json": {"schema": schema}});
        let one = json!({"$ref": "#/components/schemas/Thing"});
        let input = json!({"$ref": "#/components/schemas/Input"});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/things": {"post": {
                "requestBody": {"content": content(&input)},
                "responses": {"201": {"content": content(&one)}},
            }},
            "/things/bulk": {"post": {
                "requestBody": {"content": content(body)},
                "responses": {"201": {"content": content(answer)}},
            }},
            "/things/{id}": {"get": {"responses": {"200": {"content": content(&one)}}}},
        }, "components": {"schemas": {
            "Thing": {"type": "object", "properties": {"id": {"type": "integer"}}},
            "Input": {"type": "object", "properties": {"name": {"type": "string"}}},
        }}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let bulk = contract.operations.iter().find(|o| o.path() == "/things/bulk").unwrap();
        assert_eq!(resources.created_by(bulk.index).is_some(), resources.makes_several(bulk.index));
        resources.makes_several(bulk.index)
    }

    #[rstest]
    #[case::as_the_create_takes_them("Input", "Thing", true)]
    #[case::objects_that_are_there("Thing", "Thing", false)]
    #[case::something_else("Input", "Input", false)]
    fn a_list_of_what_a_create_takes(#[case] taken: &str, #[case] given: &str, #[case] expected: bool) {
        let list =
            |name: &str| json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}});
        assert_eq!(found(&list(taken), &list(given)), expected);
    }

    #[test]
    fn one_object_is_no_list() {
        let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}});
        assert!(!found(&json!({"$ref": "#/components/schemas/Input"}), &list));
    }
}
