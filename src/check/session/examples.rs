//! Objects that answers have shown: what a path asks for by another member than the id.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::check::shared::Shared;
use crate::contract::parameter;
use crate::resources::{self, CollectionId};

/// Objects that are remembered for each collection.
const MAX_OBJECTS: usize = 40;
/// Longest text that is taken for a name, in bytes.
const MAX_TEXT: usize = 200;
/// Longest word for a kind, in bytes, and so many of them are told.
const MAX_WORD: usize = 40;
const MAX_WORDS: usize = 3;

/// A member of the objects of a collection, as a path names it.
pub(in crate::check) type Member<'m> = (CollectionId, &'m str);

/// Scalar members of objects, by collection; the newest of this run's own go first.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Examples {
    objects: HashMap<CollectionId, Shared<Vec<Map<String, Value>>>>,
}

impl Examples {
    /// Remembers an object of a collection.
    pub fn add(&mut self, collection: CollectionId, object: &Value, is_own: bool) {
        let Some(members) = object.as_object() else { return };
        let scalars: Map<String, Value> = members
            .iter()
            .filter(|(_, value)| match value {
                Value::String(text) => text.len() <= MAX_TEXT && resources::is_safe_id(text),
                other => other.is_number(),
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let known = self.objects.entry(collection).or_default();
        if scalars.is_empty() || known.contains(&scalars) {
            return;
        }
        if is_own {
            known.insert(0, scalars);
            known.truncate(MAX_OBJECTS);
        } else if known.len() < MAX_OBJECTS {
            known.push(scalars);
        }
    }

    /// Forgets an object that was deleted: no path names it any more by what it was called.
    pub fn forget(&mut self, collection: CollectionId, id: &Value, parameter: &str) {
        let is_it = |object: &Map<String, Value>| {
            let object = Value::Object(object.clone());
            resources::id_of(&object, parameter).map(parameter::text) == Some(parameter::text(id))
        };
        if let Some(known) = self.objects.get_mut(&collection) {
            known.retain(|object| !is_it(object));
        }
    }

    /// A member of one object of a collection, by the object's id.
    pub fn member(
        &self,
        collection: CollectionId,
        id: &Value,
        parameter: &str,
        member: &str,
    ) -> Option<&Value> {
        let is_it = |object: &&Map<String, Value>| {
            let own = object.get(parameter).or_else(|| object.get("id")).or_else(|| object.get("uuid"));
            own.map(parameter::text) == Some(parameter::text(id))
        };
        self.objects.get(&collection)?.iter().find(is_it)?.get(member)
    }

    /// The different words that objects of a collection have as a member, a few of them.
    pub fn words(&self, collection: CollectionId, member: &str) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for object in self.objects.get(&collection).into_iter().flatten() {
            let Some(value) = object.get(member).filter(|value| value.as_str().is_some_and(is_word)) else {
                continue;
            };
            if found.len() < MAX_WORDS && !found.contains(value) {
                found.push(value.clone());
            }
        }
        found
    }

    /// The members of objects of a collection, each once, where they are words or numbers.
    pub fn plain_members(&self, collection: CollectionId) -> Vec<(String, Value)> {
        let mut found: Vec<(String, Value)> = Vec::new();
        let objects = self.objects.get(&collection).into_iter().flatten();
        let members = objects.flat_map(|object| object.iter());
        for (name, value) in members.filter(|(_, value)| value.as_str().is_none_or(is_word)) {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name.clone(), value.clone()));
            }
        }
        found
    }

    /// A member of that name that any object has.
    pub fn any(&self, member: &str) -> Option<&Value> {
        let mut known: Vec<_> = self.objects.iter().collect();
        known.sort_unstable_by_key(|(collection, _)| **collection);
        known.into_iter().flat_map(|(_, objects)| objects).find_map(|object| object.get(member))
    }

    /// What else identifies the object of a collection that is known by an id, or by what `called` names (a
    /// JSON pointer): a value that some other member has by chance is no id.
    pub fn other_ids(
        &self,
        collection: CollectionId,
        id: &Value,
        (parameter, called): (&str, Option<&str>),
    ) -> Vec<(&'static str, Value)> {
        let id = parameter::text(id);
        let own_id = |object: &Map<String, Value>| {
            let object = Value::Object(object.clone());
            let named = called.and_then(|at| resources::scalar(&object, at));
            named.or_else(|| resources::id_of(&object, parameter)).map(parameter::text)
        };
        let is_it = |object: &&Map<String, Value>| own_id(object).as_ref() == Some(&id);
        let Some(object) = self.objects.get(&collection).and_then(|known| known.iter().find(is_it)) else {
            return Vec::new();
        };
        let named = resources::ID_NAMES.iter().filter_map(|name| Some((*name, object.get(*name)?.clone())));
        named.filter(|(_, value)| parameter::text(value) != id).collect()
    }

    /// The id of the object of a collection that has a value as a member.
    pub fn id_by(
        &self,
        collection: CollectionId,
        parameter: &str,
        member: &str,
        value: &str,
    ) -> Option<Value> {
        let has =
            |object: &&Map<String, Value>| object.get(member).map(parameter::text).as_deref() == Some(value);
        let object = self.objects.get(&collection)?.iter().find(has)?;
        resources::id_of(&Value::Object(object.clone()), parameter).cloned()
    }

    /// Values for members that one path names together, the last of them the most telling: the objects
    /// of the others are those that it refers to, where that is known.
    pub fn values(&self, members: &[Member<'_>]) -> Vec<Option<Value>> {
        let has = |(collection, name): &Member<'_>| {
            let known = self.objects.get(collection).into_iter().flatten();
            known.filter(|object| object.contains_key(*name)).collect::<Vec<_>>()
        };
        let last = members.last().and_then(|last| has(last).first().copied());
        let refers_to = |object: &Map<String, Value>| {
            let id = resources::id_of(&Value::Object(object.clone()), "id").map(parameter::text);
            id.is_some_and(|id| last.is_some_and(|last| last.values().any(|v| parameter::text(v) == id)))
        };
        let pick = |member: &Member<'_>| {
            let fitting = has(member);
            let found = fitting.iter().find(|object| refers_to(object)).or(fitting.first())?;
            found.get(member.1).cloned()
        };
        let (tail, others) = match members.split_last() {
            Some((tail, others)) => (last.and_then(|object| object.get(tail.1).cloned()), others),
            None => return Vec::new(),
        };
        others.iter().map(pick).chain([tail]).collect()
    }
}

fn is_word(text: &str) -> bool {
    (1..=MAX_WORD).contains(&text.len()) && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PETS: CollectionId = CollectionId::nth(0);
    const SHOPS: CollectionId = CollectionId::nth(1);

    #[test]
    fn own_objects_go_first() {
        let mut examples = Examples::default();
        examples.add(PETS, &json!({"id": 1, "slug": "old", "tags": []}), false);
        assert_eq!(examples.values(&[(PETS, "slug")]), [Some(json!("old"))]);
        examples.add(PETS, &json!({"id": 2, "slug": "mine"}), true);
        assert_eq!(examples.values(&[(PETS, "slug")]), [Some(json!("mine"))]);
        let mut later = examples.clone();
        later.forget(PETS, &json!(2), "pet_id");
        assert_eq!(later.values(&[(PETS, "slug")]), [Some(json!("old"))], "what is gone names nothing");
        assert_eq!(examples.values(&[(PETS, "tags")]), [None], "only scalars fill a path");
        assert_eq!(examples.values(&[(SHOPS, "slug")]), [None]);
    }

    #[test]
    fn an_object_may_have_several_ids() {
        let mut examples = Examples::default();
        examples.add(PETS, &json!({"id": 3, "name": "first", "rank": 5}), false);
        examples.add(PETS, &json!({"id": 5, "name": "second", "rank": 1}), false);
        let others = |id: Value, called| examples.other_ids(PETS, &id, ("pet", called));
        assert_eq!(others(json!(5), None), [("name", json!("second"))], "a rank is no id");
        assert_eq!(others(json!("first"), Some("/name")), [("id", json!(3))]);
        assert_eq!(others(json!("first"), None), []);
        assert_eq!(others(json!(9), None), []);
    }

    #[test]
    fn names_of_one_path_belong_together() {
        let mut examples = Examples::default();
        examples.add(PETS, &json!({"id": 1, "name": "first"}), false);
        examples.add(PETS, &json!({"id": 2, "name": "second"}), false);
        examples.add(SHOPS, &json!({"id": 7, "name": "nightly", "flow_id": 2}), false);
        assert_eq!(
            examples.values(&[(PETS, "name"), (SHOPS, "name")]),
            [Some(json!("second")), Some(json!("nightly"))]
        );
    }

    #[test]
    fn words_say_of_what_kind_objects_are() {
        let mut examples = Examples::default();
        for kind in ["cat", "dog", "cat", "a dog", "bird", "fish"] {
            examples.add(PETS, &json!({"id": examples.objects.len(), "kind": kind}), false);
        }
        assert_eq!(examples.words(PETS, "kind"), [json!("cat"), json!("dog"), json!("bird")]);
        assert_eq!(examples.words(SHOPS, "kind"), [] as [Value; 0]);
    }

    #[test]
    fn what_no_path_can_hold_is_left_out() {
        let mut examples = Examples::default();
        examples.add(PETS, &json!({"name": "a/b", "path": "x".repeat(300)}), false);
        assert_eq!(examples.values(&[(PETS, "name"), (PETS, "path")]), [None, None]);
    }
}
