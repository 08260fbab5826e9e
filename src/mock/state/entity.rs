//! Builds new and changed objects, and the entries that follow from them.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::store::Store;
use crate::config::state::{Event, Growth, Rule, fill};
use crate::contract::{Direction, Operation, Schema, schema::Field, structured};
use crate::document::pointer;
use crate::resources::members::{is_time_of_change, is_time_of_creation};
use crate::resources::{Collection, id_within, object_place};
use indexmap::IndexMap;

/// The members that an operation takes and gives.
#[derive(Debug, Default)]
pub(in crate::mock) struct Members {
    /// Of the object in its request body.
    pub taken: IndexMap<String, Field>,
    /// Of the object in its success.
    pub given: IndexMap<String, Field>,
    /// What any answer of the collection shows; empty where nothing is known of it.
    pub shown: HashSet<String>,
    /// Where the object is in the request body, as a JSON pointer.
    pub taken_at: String,
    /// Whether the success shows by what the object is distinguished.
    pub is_named: bool,
    /// Where the object is in the success; `None` where it is not there.
    pub given_at: Option<String>,
}

impl Members {
    /// The members of an operation's objects; `sample` is its success.
    pub fn of(operation: &Operation, collection: Option<&Collection>, sample: Option<&Value>) -> Self {
        let given_at = collection
            .zip(sample)
            .and_then(|(collection, sample)| object_place(sample, &collection.path, &collection.parameter));
        let is_named = given_at.is_some();
        let body = operation.body.iter().flat_map(|body| &body.content);
        let body = body.into_iter().find_map(|content| content.schema.as_ref());
        let mut taken = body.map(|body| body.fields(Direction::Request, &[])).unwrap_or_default();
        let mut taken_at = String::new();
        // What is wrapped in the answer is often wrapped in the same way in the request.
        if let (Some(at), Some(body)) = (given_at.as_deref().filter(|at| !at.is_empty()), body)
            && let Some(wrapper) = pointer::tokens(at).next()
            && taken.get(&wrapper).is_some_and(|field| field.kinds.object || field.kinds.array)
        {
            let inner = at_place(body, Direction::Request, at);
            if !inner.is_empty() {
                (taken, taken_at) = (inner, at.to_owned());
            }
        }
        let given_at = given_at.or_else(|| {
            // What was sent comes back, though not by what it is called.
            place_of_taken(answered(operation)?, &taken)
        });
        let given = answered(operation).zip(given_at.as_deref());
        let given = given.map(|(schema, at)| at_place(schema, Direction::Response, at)).unwrap_or_default();
        let shown = given.keys().cloned().collect();
        Self { taken, given, shown, taken_at, is_named, given_at }
    }

    /// Takes the answer of a read that shows no id for the object itself, where it shows what clients write.
    pub fn show_what_is_written(&mut self, read: &Operation, written: &HashSet<String>) {
        let Some(schema) = answered(read).filter(|_| self.given_at.is_none()) else { return };
        let given = at_place(schema, Direction::Response, "");
        if given.keys().any(|name| written.contains(name)) {
            self.shown = given.keys().cloned().collect();
            self.given = given;
            self.given_at = Some(String::new());
        }
    }

    /// Whether a member that was sent is part of the object.
    pub fn keeps(&self, name: &str) -> bool {
        self.writes(name) && (self.shown.is_empty() || self.shown.contains(name))
    }

    /// Whether only other answers show a member.
    pub fn hides(&self, name: &str) -> bool {
        !self.given.is_empty() && !self.given.contains_key(name) && self.shown.contains(name)
    }

    /// Whether a client may write a member.
    pub fn writes(&self, name: &str) -> bool {
        self.taken.get(name).is_some_and(|field| !field.is_read_only)
    }
}

/// Where an answer shows members that a request takes, as a JSON pointer: it does so itself, or the object in it does that
/// shows most of them.
fn place_of_taken(answer: &Schema, taken: &IndexMap<String, Field>) -> Option<String> {
    let shared =
        |fields: &IndexMap<String, Field>| fields.keys().filter(|name| taken.contains_key(*name)).count();
    let root = at_place(answer, Direction::Response, "");
    if shared(&root) > 0 {
        return Some(String::new());
    }
    let inner = root.iter().filter(|(_, field)| field.kinds.object).map(|(name, _)| {
        let at = pointer::join("", name);
        (shared(&at_place(answer, Direction::Response, &at)), at)
    });
    inner.filter(|(shared, _)| *shared > 0).max_by_key(|(shared, _)| *shared).map(|(_, at)| at)
}

/// The members of what a schema has at a JSON pointer.
pub(super) fn at_place(schema: &Schema, direction: Direction, at: &str) -> IndexMap<String, Field> {
    let steps: Vec<String> = pointer::tokens(at).collect();
    let is_index = |step: &str| step.parse::<usize>().is_ok();
    let steps: Vec<&str> =
        steps.iter().map(|step| if is_index(step) { "*" } else { step.as_str() }).collect();
    schema.fields(direction, &steps)
}

/// The schema of an operation's success in JSON, else in XML.
pub(super) fn answered(operation: &Operation) -> Option<&Schema> {
    let response = operation.successes().into_iter().next().filter(|_| !operation.leaves_out_success())?;
    structured(&response.content)?.schema.as_deref()
}

/// The values of placeholders.
pub(super) struct TemplateValues<'k> {
    pub now: &'k str,
    pub object: &'k Value,
    pub id: Option<&'k Value>,
    pub event: Event,
    pub changes: Value,
    pub field: Option<(&'k str, &'k Value, &'k Value)>,
}

impl TemplateValues<'_> {
    pub fn fill(&self, store: &mut Store, tree: &Value) -> Value {
        fill(tree, &mut |name| match name {
            "now" => Some(Value::from(self.now)),
            "uuid" => Some(Value::from(store.uuid())),
            "id" => self.id.cloned(),
            "id-text" => self.id.map(|id| Value::from(crate::contract::parameter::text(id))),
            "event" => Some(Value::from(self.event.past())),
            "changes" => Some(self.changes.clone()),
            "field" => self.field.map(|(name, _, _)| Value::from(name)),
            "before" => self.field.map(|(_, before, _)| before.clone()),
            "after" => self.field.map(|(_, _, after)| after.clone()),
            pointer if pointer.starts_with('/') => {
                Some(self.object.pointer(pointer).cloned().unwrap_or(Value::Null))
            }
            _ => None,
        })
    }
}

/// Whether the server itself writes the time of an event into a member.
fn is_stamp(name: &str, field: &Field, event: Event) -> bool {
    field.is_read_only
        && field.format.as_deref() == Some("date-time")
        && (is_time_of_change(name) || (event == Event::Create && is_time_of_creation(name)))
}

/// What a new object is made from.
pub(super) struct Origin<'o> {
    pub collection: &'o Collection,
    pub members: &'o Members,
    /// The operation's answer without state.
    pub sample: &'o Value,
    /// The members that the request sends.
    pub sent: &'o Map<String, Value>,
    pub id: &'o Value,
    /// Where the id is, as a JSON pointer.
    pub id_at: &'o str,
    pub now: &'o str,
}

/// A new object: what was sent, then what the configuration says, then what the schema and a sample answer
/// suggest.
pub(super) fn create(origin: &Origin<'_>, store: &mut Store) -> Value {
    let Origin { collection, members, sample, sent, id, id_at, now } = *origin;
    let values = TemplateValues {
        now,
        object: &Value::Null,
        id: Some(id),
        event: Event::Create,
        changes: Value::Null,
        field: None,
    };
    let told = collection.told.as_ref();
    let id_member = pointer::tokens(id_at).next().unwrap_or_default();
    let is_outer = pointer::join("", &id_member) == id_at;
    let mut object = Map::new();
    if members.given.is_empty() {
        // Nothing is known of the answer: the sample, with what was sent.
        object.extend(sample.as_object().cloned().unwrap_or_default());
        object.extend(sent.clone());
        if is_outer {
            object.insert(id_member.clone(), id.clone());
        }
    }
    for (name, field) in &members.given {
        let default = told.and_then(|told| told.defaults.get(name));
        let value = if is_outer && *name == id_member {
            Some(id.clone())
        } else if let Some(value) = sent.get(name).filter(|_| members.writes(name)) {
            Some(value.clone())
        } else if let Some(default) = default {
            Some(values.fill(store, default))
        } else if is_stamp(name, field, Event::Create) {
            Some(Value::from(now))
        } else if field.is_read_only || (field.is_required && field.default.is_none()) {
            sample.get(name).cloned()
        } else {
            field.default.clone().or_else(|| field.kinds.null.then_some(Value::Null))
        };
        if let Some(value) = value {
            object.insert(name.clone(), value);
        }
    }
    for (name, value) in sent.iter().filter(|(name, _)| members.hides(name) && members.keeps(name)) {
        object.insert(name.clone(), value.clone());
    }
    let mut object = Value::Object(object);
    if !is_outer {
        set_inner(&mut object, sample, &id_member, id_at, id);
    }
    apply_rules(told.map_or(&[], |told| &told.rules), Event::Create, &mut object, Some(id), now, store);
    object
}

/// Sets an id that is inside a member of an object, as `metadata.name`.
pub(super) fn set_inner(object: &mut Value, sample: &Value, member: &str, id_at: &str, id: &Value) {
    if object.get(member).is_none_or(|inner| !inner.is_object())
        && let (Some(object), Some(inner)) = (object.as_object_mut(), sample.get(member))
    {
        object.insert(member.to_owned(), inner.clone());
    }
    let (inside, name) = id_at.rsplit_once('/').unwrap_or_default();
    if let Some(inner) = object.pointer_mut(inside).and_then(Value::as_object_mut) {
        inner.insert(pointer::unescape(name), id.clone());
    }
}

/// Changes an object. Returns each member that changed, with its value before and after.
pub(super) fn update(
    collection: &Collection,
    members: &Members,
    object: &mut Value,
    sent: &Map<String, Value>,
    now: &str,
    store: &mut Store,
) -> Vec<(String, Value, Value)> {
    let before = object.clone();
    let id = id_within(&before, &collection.parameter);
    if let Some(inside) = object.as_object_mut() {
        for (name, value) in sent {
            if members.keeps(name) {
                inside.insert(name.clone(), value.clone());
            }
        }
        for (name, field) in &members.given {
            if is_stamp(name, field, Event::Update) {
                inside.insert(name.clone(), Value::from(now));
            }
        }
    }
    let rules = collection.told.as_ref().map_or(&[][..], |told| &told.rules);
    apply_rules(rules, Event::Update, object, id, now, store);
    let changed = sent.keys().filter_map(|name| {
        let (old, new) = (before.get(name).unwrap_or(&Value::Null), object.get(name).unwrap_or(&Value::Null));
        (old != new).then(|| (name.clone(), old.clone(), new.clone()))
    });
    changed.collect()
}

/// Sets what the configured rules of an event say.
fn apply_rules(
    rules: &[Rule],
    event: Event,
    object: &mut Value,
    id: Option<&Value>,
    now: &str,
    store: &mut Store,
) {
    for rule in rules {
        if (!rule.on.is_empty() && !rule.on.contains(&event)) || !rule.only.hold(object) {
            continue;
        }
        let whole = object.clone();
        let known = TemplateValues { now, object: &whole, id, event, changes: Value::Null, field: None };
        let set = known.fill(store, &rule.set);
        if let (Some(object), Value::Object(set)) = (object.as_object_mut(), set) {
            object.extend(set);
        }
    }
}

/// A change of an object, from which entries may grow.
pub(super) struct Change<'c> {
    pub event: Event,
    /// The object as it is now.
    pub object: &'c Value,
    pub id: &'c Value,
    /// The members that changed, with their values before and after.
    pub members: &'c [(String, Value, Value)],
}

/// The entry that grows from a change, where one does.
pub(super) fn growth(growth: &Growth, change: &Change<'_>, now: &str, store: &mut Store) -> Option<Value> {
    let Change { event, object, id, members } = *change;
    let touches = growth.changed.is_empty()
        || event == Event::Create
        || members.iter().any(|(name, _, _)| growth.changed.contains(name));
    if !growth.on.contains(&event) || !growth.only.hold(object) || !touches {
        return None;
    }
    let values = |changes: Value, field| TemplateValues { now, object, id: Some(id), event, changes, field };
    let mut list = Vec::new();
    for (name, before, after) in members {
        list.push(values(Value::Null, Some((name.as_str(), before, after))).fill(store, &growth.change));
    }
    Some(values(Value::Array(list), None).fill(store, &growth.entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use rstest::rstest;
    use serde_json::json;
    use std::sync::Arc;

    fn contract() -> Arc<Contract> {
        let thing = json!({"type": "object", "required": ["id", "name"], "properties": {
            "id": {"type": "integer", "readOnly": true}, "name": {"type": "string"},
            "note": {"type": ["string", "null"]}, "size": {"type": "integer", "default": 3},
            "owner": {"type": "string", "readOnly": true},
            "created_at": {"type": "string", "format": "date-time", "readOnly": true},
            "updated_at": {"type": "string", "format": "date-time", "readOnly": true},
        }});
        let content = json!({"application/json": {"schema": thing}});
        let response = json!({"description": "it", "content": content});
        crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {
            "/things": {"post": {"requestBody": {"content": content}, "responses": {"201": response}}},
            "/things/{id}": {
                "get": {"responses": {"200": response}},
                "patch": {"requestBody": {"content": content}, "responses": {"200": response}},
            },
        }}))
    }

    fn collection(contract: &Contract) -> Collection {
        crate::resources::Resources::of(contract, &[]).collections.remove(0)
    }

    #[rstest]
    #[case(json!({"name": "a"}), json!({"id": 8, "name": "a", "note": null, "size": 3, "owner": "me",
        "created_at": "now", "updated_at": "now"}))]
    #[case(json!({"id": 1, "name": "a", "size": 4, "owner": "you", "other": 1}), json!({"id": 8, "name": "a",
        "note": null, "size": 4, "owner": "me", "created_at": "now", "updated_at": "now"}))]
    #[case(json!({}), json!({"id": 8, "name": "sample", "note": null, "size": 3, "owner": "me",
        "created_at": "now", "updated_at": "now"}))]
    fn new_objects(#[case] sent: Value, #[case] expected: Value) {
        let contract = contract();
        let origin = Origin {
            collection: &collection(&contract),
            members: &Members::of(
                &contract.operations[0],
                Some(&collection(&contract)),
                Some(&json!({"id": 1})),
            ),
            sample: &json!({"id": 1, "name": "sample", "owner": "me"}),
            sent: sent.as_object().unwrap(),
            id: &json!(8),
            id_at: "/id",
            now: "now",
        };
        assert_eq!(create(&origin, &mut Store::default()), expected);
    }

    #[rstest]
    #[case(json!({"name": "b"}), json!({"id": 1, "name": "b", "updated_at": "now"}), &["name"])]
    #[case(json!({"name": "a"}), json!({"id": 1, "name": "a", "updated_at": "now"}), &[])]
    #[case(json!({"id": 9, "owner": "you", "other": 1}), json!({"id": 1, "name": "a", "updated_at": "now"}), &[])]
    fn changed_objects(#[case] sent: Value, #[case] expected: Value, #[case] changed: &[&str]) {
        let contract = contract();
        let members =
            Members::of(&contract.operations[2], Some(&collection(&contract)), Some(&json!({"id": 1})));
        let mut object = json!({"id": 1, "name": "a"});
        let sent = sent.as_object().unwrap();
        let changes =
            update(&collection(&contract), &members, &mut object, sent, "now", &mut Store::default());
        assert_eq!(object, expected);
        assert_eq!(changes.iter().map(|(name, ..)| name).collect::<Vec<_>>(), changed);
    }
}
