//! What is known of an object, and what of it may change by itself.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Object;
use crate::resources::id_name;
use crate::resources::members::is_kept_by_server;

/// Members that may change by themselves.
pub(super) fn spared(object: &Object<'_>, others: &Map<String, Value>) -> BTreeSet<String> {
    others.keys().filter(|name| is_kept_by_server(name)).chain(&object.volatile).cloned().collect()
}

/// Lets a change leave what the path calls an object by as it is: a made-up one would move the object.
pub(super) fn keep_name(object: &Object<'_>, now: &Value, body: &mut Map<String, Value>) {
    if let Some(own) = id_name(now, &object.collection.parameter)
        && let (Some(sent), Some(known)) = (body.get_mut(own), now.get(own))
    {
        *sent = known.clone();
    }
}

/// What is known of an object now: what was sent before what is merely shown. Its id is none of it.
pub(super) fn known_of(object: &Object<'_>, read: &Value) -> IndexMap<String, Value> {
    let sent = object.sent.iter().map(|(name, value)| (name, read.get(name).unwrap_or(value)));
    let shown = read.as_object().into_iter().flatten();
    let id = id_name(read, &object.collection.parameter);
    let mut known = IndexMap::new();
    for (name, value) in sent.chain(shown) {
        let is_own = Some(name.as_str()) == id || *name == object.collection.parameter;
        if !is_own && !object.volatile.contains(name) && !known.contains_key(name) {
            known.insert(name.clone(), value.clone());
        }
    }
    known
}
