//! Lets made objects hang together: what they refer to is there, and counts are those of what is there.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::store::Store;
use crate::contract::parameter;
use crate::document::pointer;
use crate::resources::members::counts;
use crate::resources::{Collection, CollectionId, Resources, id_place, id_within};

/// So deep are references looked for.
const MAX_DEPTH: usize = 4;

/// What a collection is asked of others.
pub(super) struct Begun<'b> {
    pub resources: &'b Resources,
    /// Whether the objects of a collection can be told apart.
    pub keeps: &'b dyn Fn(CollectionId) -> bool,
    /// What a collection begins with, below the objects with these ids.
    pub with: &'b dyn Fn(&Collection, &[&str]) -> Vec<Value>,
}

/// The objects of other collections, as far as they were asked for.
struct Others<'e> {
    begun: &'e Begun<'e>,
    store: &'e Store,
    collection: &'e Collection,
    /// The ids in the path that is listed.
    values: &'e [&'e str],
    known: HashMap<CollectionId, Vec<Value>>,
}

/// Changes what a collection begins with: made objects name what is there, and all of them count it.
pub(super) fn hang_together(
    begun: &Begun<'_>,
    store: &Store,
    collection: &Collection,
    values: &[&str],
    (seeds, are_made): (&mut [Value], bool),
) {
    let mut others = Others { begun, store, collection, values, known: HashMap::new() };
    for (nth, seed) in seeds.iter_mut().enumerate() {
        if are_made {
            let own = id_place(seed, &collection.parameter);
            others.refer(seed, "", own.as_deref(), nth);
        }
        others.count(seed);
    }
}

impl Others<'_> {
    /// Lets the members of a value name objects that are there; `own` is the place of its own id.
    fn refer(&mut self, value: &mut Value, at: &str, own: Option<&str>, nth: usize) {
        if at.matches('/').count() >= MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.refer(item, &format!("{at}/{index}"), own, nth + index);
                }
            }
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let inside = pointer::join(at, name);
                    if own == Some(inside.as_str()) {
                        continue;
                    }
                    if let Some(target) = self.begun.resources.reference(name) {
                        self.name(member, target, nth);
                    }
                    self.refer(member, &inside, own, nth);
                }
            }
            _ => {}
        }
    }

    /// Lets one member name an object of a collection, or several.
    fn name(&mut self, member: &mut Value, target: CollectionId, nth: usize) {
        let Some(known) = self.begun.resources.collection(target) else { return };
        if let Some(parent) = self.above(target) {
            let is_number = member.is_number();
            let id = if is_number {
                parent.parse::<i64>().ok().map(Value::from)
            } else {
                Some(Value::from(parent))
            };
            if let Some(id) = id.filter(|id| is_alike(id, member)) {
                *member = id;
            }
            return;
        }
        let objects = self.objects(target, known);
        let id = |at: usize| {
            let object = objects.get(at % objects.len().max(1))?;
            Some((object, id_within(object, &known.parameter)?))
        };
        match member {
            Value::Array(items) => {
                items.truncate(objects.len().max(1));
                for (index, item) in items.iter_mut().enumerate() {
                    if let Some((object, id)) = id(nth + index) {
                        point_to(item, object, id, &known.parameter);
                    }
                }
            }
            member => {
                if let Some((object, id)) = id(nth) {
                    point_to(member, object, id, &known.parameter);
                }
            }
        }
    }

    /// The id in the path of the object of a collection that the entries belong to.
    fn above(&self, target: CollectionId) -> Option<&str> {
        let mut parent = self.collection.parent;
        while let Some(index) = parent.filter(|index| *index != target) {
            parent = self.begun.resources.collection(index)?.parent;
        }
        self.values.get(self.begun.resources.collection(parent?)?.depth()).copied()
    }

    /// The objects of a collection that are there, below the same objects as the entries.
    fn objects(&mut self, target: CollectionId, known: &Collection) -> Vec<Value> {
        let (begun, store) = (self.begun, self.store);
        let folder = known.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_near = known.depth() == 0 || self.collection.path.starts_with(&format!("{folder}/"));
        let Some(values) = self.values.get(..known.depth()).filter(|_| is_near && (begun.keeps)(target))
        else {
            return Vec::new();
        };
        let objects =
            self.known.entry(target).or_insert_with(|| match store.lists.get(&known.path_below(values)) {
                Some(list) => list.entries().map(|entry| entry.value.clone()).collect(),
                None => (begun.with)(known, values),
            });
        objects.clone()
    }

    /// Sets the members of an object that count what belongs to it.
    fn count(&self, object: &mut Value) {
        let Some(id) = id_within(object, &self.collection.parameter).map(parameter::text) else { return };
        let Some(index) = self.begun.resources.at(&self.collection.path) else { return };
        let Some(members) = object.as_object_mut() else { return };
        let children = self.begun.resources.each().filter(|(_, child)| child.parent == Some(index));
        for (_, child) in children.filter(|(_, child)| child.list.is_some()) {
            let counting = members.iter().find(|(name, value)| value.is_u64() && counts(name, child.word()));
            if let Some(name) = counting.map(|(name, _)| name.clone()) {
                let mut values = self.values.to_vec();
                values.push(&id);
                let count = (self.begun.with)(child, &values).len();
                members.insert(name, Value::from(count));
            }
        }
    }
}

/// Nothing belongs to a new object yet: its members that count say so, unless the client sent them.
pub(super) fn count_nothing(
    resources: &Resources,
    index: CollectionId,
    sent: &Map<String, Value>,
    object: &mut Value,
) {
    let Some(members) = object.as_object_mut() else { return };
    for (_, child) in resources.each().filter(|(_, child)| child.parent == Some(index)) {
        for (name, value) in members.iter_mut().filter(|(name, _)| !sent.contains_key(*name)) {
            if value.is_u64() && counts(name, child.word()) {
                *value = Value::from(0);
            }
        }
    }
}

/// Whether a value may stand in the place of another: both are of one kind, and a text that has a form stays in it.
pub(super) fn is_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            Form::of(other).is_none_or(|form| Form::of(one) == Some(form))
        }
        (one, other) => one.is_number() && other.is_number(),
    }
}

/// A form that a schema may want of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Address,
    Uuid,
    Mail,
}

impl Form {
    fn of(text: &str) -> Option<Self> {
        let is_group = |(group, length): (&str, usize)| {
            group.len() == length && group.bytes().all(|octet| octet.is_ascii_hexdigit())
        };
        let groups: Vec<&str> = text.split('-').collect();
        if text.contains("://") {
            return Some(Self::Address);
        }
        if groups.len() == UUID_GROUPS.len() && groups.into_iter().zip(UUID_GROUPS).all(is_group) {
            return Some(Self::Uuid);
        }
        text.contains('@').then_some(Self::Mail)
    }
}

/// The lengths of the groups of a UUID (RFC 9562 §4).
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Lets a value name an object: it becomes the id, or shows what the object shows of the same members.
fn point_to(value: &mut Value, object: &Value, id: &Value, parameter: &str) {
    if is_alike(id, value) {
        *value = id.clone();
        return;
    }
    if id_within(value, parameter).is_none_or(|own| !is_alike(own, id)) {
        return;
    }
    let (Some(members), Some(known)) = (value.as_object_mut(), object.as_object()) else { return };
    for (name, member) in members {
        if let Some(known) = known.get(name).filter(|known| is_alike(known, member)) {
            *member = known.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(3), json!(7))]
    #[case(json!("3"), json!("3"))]
    #[case(json!({"id": 3, "name": "x", "age": 2}), json!({"id": 7, "name": "Ada", "age": 2}))]
    #[case(json!({"id": "3", "name": "x"}), json!({"id": "3", "name": "x"}))]
    #[case(json!(null), json!(null))]
    fn a_value_names_an_object(#[case] mut value: Value, #[case] expected: Value) {
        let object = json!({"id": 7, "name": "Ada", "age": "old"});
        point_to(&mut value, &object, &json!(7), "user_id");
        assert_eq!(value, expected);
    }
}
