//! An open world: where nothing tells which objects exist, one comes into being when it is asked for.

use serde_json::Value;

use super::engine::Engine;
use super::objects::Entry;
use super::own_id;
use super::store::Store;
use crate::document::pointer;
use crate::mock::response::Source;
use crate::resources::{
    Collection, CollectionId, Existence, ID_NAMES, id_place, id_within, is_safe_id, names,
};
use percent_encoding::percent_decode_str;

impl Engine {
    /// Whether an object of a collection may exist that nobody has named: no operation lists or creates
    /// such objects, and no seed, fixture or configuration has one.
    pub(super) fn is_open(&self, store: &Store, index: CollectionId, id: &str) -> bool {
        let Some(collection) =
            self.collection(index).filter(|collection| collection.existence == Existence::Unsaid)
        else {
            return false;
        };
        let is_set = || store.seeds.contains_key(&collection.path);
        let is_shown = || {
            let read = collection.retrieve.and_then(|read| self.plain_response(read, &[]));
            read.is_some_and(|response| response.source == Source::Fixture)
        };
        self.may_exist(index, id) && (!collection.is_known() || (!self.is_closed && !is_set() && !is_shown()))
    }

    /// Brings an object into being under the id that a path asks for.
    pub(super) fn appear(&self, store: &mut Store, index: CollectionId, values: &[&str]) -> Option<()> {
        let collection = self.collection(index)?;
        let id = percent_decode_str(values.get(collection.depth())?).decode_utf8_lossy();
        let retrieve = collection.retrieve?;
        let mut object = self.sample(store, retrieve, values);
        let at = own_id::place(self, index, collection, &object);
        let number = self.next_id(store, index, (self.members(retrieve)?, &at), &object, values);
        name(&mut object, collection, &id, number)?;
        if !store.takes(&object) {
            return None;
        }
        store.count_ids(&collection.path, id_within(&object, &collection.parameter));
        let list = self.list(store, index, values)?;
        list.touch();
        list.push(Entry { is_counted: true, ..Entry::seed(object) });
        Some(())
    }
}

/// Gives an object the id, or where that is a number and this is none, the name. `None` where it can have
/// neither.
fn name(object: &mut Value, collection: &Collection, id: &str, number: Value) -> Option<()> {
    let at = id_place(object, &collection.parameter)?;
    let known = object.pointer_mut(&at)?;
    if known.is_string() {
        *known = Value::from(id);
        return is_safe_id(id).then_some(());
    }
    if let Ok(given) = id.parse::<i64>() {
        *known = Value::from(given);
        return Some(());
    }
    *known = number;
    let tail = names::words(&collection.parameter).pop().unwrap_or_default();
    let mut others = [collection.parameter.as_str(), &tail].into_iter().chain(ID_NAMES);
    let named = others.find_map(|name| {
        let at = pointer::join("", name);
        object.pointer(&at).is_some_and(Value::is_string).then_some(at)
    })?;
    *object.pointer_mut(&named)? = Value::from(id);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::Resources;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::text(json!({"id": "a", "name": "b"}), "x", Some(json!({"id": "x", "name": "b"})))]
    #[case::number(json!({"id": 1, "name": "b"}), "7", Some(json!({"id": 7, "name": "b"})))]
    #[case::by_name(json!({"id": 1, "name": "b"}), "x", Some(json!({"id": 9, "name": "x"})))]
    #[case::neither(json!({"id": 1}), "x", None)]
    fn objects_take_the_id_that_is_asked_for(
        #[case] mut object: Value,
        #[case] id: &str,
        #[case] expected: Option<Value>,
    ) {
        let contract = crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {
            "/things/{thing}": {"get": {"responses": {"204": {"description": "one"}}}},
        }}));
        let collection = Resources::of(&contract, &[]).collections.remove(0);
        let named = name(&mut object, &collection, id, json!(9));
        assert_eq!(named.map(|()| object), expected);
    }
}
