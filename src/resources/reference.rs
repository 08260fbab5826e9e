//! Members of bodies that name objects: by what they are called, or by what the document says of them.

use super::members::{NAMES_IN_PATHS, names_another};
use super::names;
use super::{Collection, CollectionId, Resources};
use crate::contract::schema::View;
use crate::contract::{Direction, Schema};

/// Words for what identifies an object.
const IDENTIFIERS: &[&str] = &["id", "ids", "identifier", "uuid", "slug", "slugs", "key", "code"];
/// Words that say nothing.
const ARTICLES: &[&str] = &["the", "a", "an", "another", "one", "existing", "unique"];

impl Resources {
    /// The collection whose objects a member of a body names, by its name and by what its schema and its description
    /// say: a list of free texts called `labels` names none where the ids of `/labels` have a form, and `requester`
    /// names one where the document says "Id of a contact".
    pub fn reference_of(&self, schema: Option<&Schema>, name: &str) -> Option<CollectionId> {
        let by_name = self.reference(name);
        let is_own_text =
            |index: &CollectionId| schema.is_some_and(|schema| self.is_own_text(schema, name, *index));
        // "Id of the channel" is said of the channel's own id, too.
        let told = || self.told_by(&schema.filter(|_| names::letters(name) != "id")?.prose(&[name]));
        let by_last_word = || schema.and_then(|schema| self.by_last_word(schema, name));
        by_name.filter(|index| !is_own_text(index)).or_else(told).or_else(by_last_word)
    }

    /// The collection whose name ends in what an id is called after, where no other does: `snapshot_id`, or `snapshot`
    /// with the form of an id, for `/disk_snapshots`.
    fn by_last_word(&self, schema: &Schema, name: &str) -> Option<CollectionId> {
        let tail = ["_id", "Id"].iter().find_map(|tail| name.strip_suffix(tail));
        let member = View::of(schema, Direction::Request).described(name)?;
        let is_id = || member.nodes().any(|node| node.get("format").is_some_and(|format| format == "uuid"));
        if tail.is_none() && !is_id() {
            return None;
        }
        let stem = names::plain(tail.unwrap_or(name));
        let is_called = |known: &Collection| {
            let words = names::words(known.word());
            words.len() > 1 && words.last().is_some_and(|last| names::singular(last) == stem)
        };
        let mut found =
            self.each().filter(|(_, known)| known.depth() == 0 && is_kept(known) && is_called(known));
        found.next().filter(|_| found.next().is_none()).map(|(index, _)| index)
    }

    /// Whether a member names an object, or is called as if it did.
    pub fn refers(&self, schema: Option<&Schema>, name: &str) -> bool {
        names_another(name) || self.reference_of(schema, name).is_some()
    }

    /// Whether what a member may hold cannot be an id of the collection that it is called after.
    fn is_own_text(&self, schema: &Schema, name: &str, index: CollectionId) -> bool {
        let Some(member) = View::of(schema, Direction::Request).described(name) else { return false };
        let held = if member.kinds().array { member.items() } else { Some(member) };
        let is_free =
            held.is_some_and(|held| held.named_kinds().is_some() && Collection::is_free_text(&held));
        is_free && !names_another(name) && self.collection(index).is_some_and(|known| !known.takes_any_text)
    }

    /// The collection that a description names: "Id of a contact", "The slug of the project".
    fn told_by(&self, prose: &str) -> Option<CollectionId> {
        let said = names::words(prose.split(['.', ';', ',', '\n', '(']).next().unwrap_or_default());
        let mut words = said.iter().map(String::as_str).filter(|word| !ARTICLES.contains(word));
        if !IDENTIFIERS.contains(&words.next()?) || words.next()? != "of" {
            return None;
        }
        let whose = names::singular(words.next()?);
        self.called(&whose).find(|(_, known)| is_kept(known) && known.depth() == 0).map(|(index, _)| index)
    }

    /// The collection whose objects a member of a body names: `pet_id`, `petId` and `pet_ids` for
    /// `…/pets`, and `pet` and `pets` for `/pets`.
    pub fn reference(&self, name: &str) -> Option<CollectionId> {
        let tail = ["_ids", "_id", "Ids", "Id"].iter().find_map(|tail| name.strip_suffix(tail));
        let stem = names::plain(tail.unwrap_or(name));
        let mut called_so = self.called(&stem).filter(|_| !stem.is_empty());
        // Without `id` only the top level is surely meant.
        let is_at_hand = |collection: &Collection| tail.is_some() || collection.depth() == 0;
        called_so.find(|(_, known)| is_at_hand(known) && is_kept(known)).map(|(index, _)| index)
    }

    /// The collection and the member of its objects that a member of a body may name them by: `name` of `/pets` for
    /// `pet_name`.
    pub fn reference_by_member(&self, name: &str) -> Option<(CollectionId, String)> {
        let words = names::words(name);
        let (member, whose) = words.split_last()?;
        let stem = whose.concat();
        let is_name = !stem.is_empty() && NAMES_IN_PATHS.contains(&member.as_str());
        let (named, _) = self.called(&stem).find(|(_, known)| is_name && is_kept(known))?;
        Some((named, member.clone()))
    }
}

/// Whether a collection can be looked into, or put into.
fn is_kept(collection: &Collection) -> bool {
    collection.list.is_some() || collection.create.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case::free_texts("labels", json!({"type": "array", "items": {"type": "string", "maxLength": 20}}), None)]
    #[case::of_a_form("labels", json!({"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}}), Some("/labels"))]
    #[case::without_a_type("labels", json!({}), Some("/labels"))]
    #[case::with_an_end("label_ids", json!({"type": "array", "items": {"type": "string"}}), Some("/labels"))]
    #[case::any_text_is_an_id("pets", json!({"type": "array", "items": {"type": "string"}}), Some("/pets"))]
    #[case::told("owner", json!({"type": "string", "description": "Id of a pet, or null"}), Some("/pets"))]
    #[case::told_of_another("owner", json!({"type": "string", "description": "The slug of the label."}), Some("/labels"))]
    #[case::by_its_last_word("shot_id", json!({"type": "string"}), Some("/disk_shots"))]
    #[case::in_the_form_of_an_id("shot", json!({"type": "string", "format": "uuid"}), Some("/disk_shots"))]
    #[case::a_text_called_so("shot", json!({"type": "string"}), None)]
    #[case::told_of_what_is_unknown("owner", json!({"type": "string", "description": "Id of a person"}), None)]
    #[case::told_something_else("owner", json!({"type": "string", "description": "Who has the id of a pet"}), None)]
    fn what_names_an_object(#[case] name: &str, #[case] member: Value, #[case] expected: Option<&str>) {
        let list = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let slug = json!([{"name": "label", "in": "path", "required": true,
            "schema": {"type": "string", "pattern": "^[a-z-]+$"}}]);
        let body = json!({"content": {"application/json": {"schema": {"type": "object", "properties": {name: member}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/labels": {"get": {"responses": list}},
            "/disk_shots": {"get": {"responses": list}},
            "/disk_shots/{id}": {"get": {"responses": {"200": {}}}},
            "/labels/{label}": {"parameters": slug, "get": {"responses": {"200": {}}}},
            "/pets": {"get": {"responses": list}, "post": {"requestBody": body, "responses": {"201": {}}}},
            "/pets/{id}": {"get": {"responses": {"200": {}}}},
        }});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let create = contract.operations.iter().find(|o| o.body.is_some()).unwrap();
        let schema = create.body.as_ref().unwrap().content[0].schema.as_deref();
        let found = resources.reference_of(schema, name).and_then(|index| resources.collection(index));
        assert_eq!(found.map(|known| known.path.as_str()), expected);
    }
}
