//! What is known of an object, and what of it may change by itself.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Object;
use crate::document::pointer;
use crate::resources::members::is_kept_by_server;
use crate::resources::{id_name, id_place};

/// Members that may change by themselves.
pub(super) fn spared(object: &Object<'_>, others: &Map<String, Value>) -> BTreeSet<String> {
    others.keys().filter(|name| is_kept_by_server(name)).chain(&object.volatile).cloned().collect()
}

/// Lets a change leave what the path calls an object by as it is: a made-up one would move the object.
pub(super) fn keep_name(object: &Object<'_>, now: &Value, body: &mut Map<String, Value>) {
    let own = id_name(now, &object.collection.parameter);
    for (name, sent) in body.iter_mut() {
        if let Some(known) = now.get(name)
            && (Some(name.as_str()) == own || is_its_id(&object.id, known))
        {
            *sent = known.clone();
        }
    }
    // It may be inside a member, as `metadata.name`.
    let inside = id_place(now, &object.collection.parameter).filter(|_| own.is_none());
    let mut tokens = inside.iter().flat_map(|at| pointer::tokens(at));
    if let (Some(outer), Some(name), None) = (tokens.next(), tokens.next(), tokens.next())
        && let Some(Value::Object(sent)) = body.get_mut(&outer)
        && let Some(known) = now.get(&outer).and_then(|inner| inner.get(&name))
        && sent.contains_key(&name)
    {
        sent.insert(name, known.clone());
    }
}

/// The member of an object that is what its path calls it by, or has that inside, as `metadata` has its `name`.
pub(super) fn holder_of_name(object: &Object<'_>, now: &Value) -> Option<String> {
    pointer::tokens(&id_place(now, &object.collection.parameter)?).next()
}

/// Whether a member has the text that the id of its object is made of, as the name `a` of `a.`: who changes it moves the
/// object.
pub(super) fn is_its_id(id: &Value, value: &Value) -> bool {
    let bare = |value: &Value| -> Option<String> {
        Some(value.as_str()?.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
    };
    bare(id).is_some_and(|id| !id.is_empty() && bare(value) == Some(id))
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!("a-1."), json!("a-1"), true)]
    #[case(json!("a1"), json!("A 1"), true)]
    #[case(json!("a1"), json!("a2"), false)]
    #[case(json!(7), json!(7), false)]
    #[case(json!(""), json!(""), false)]
    fn an_id_may_be_made_of_a_member(#[case] id: Value, #[case] value: Value, #[case] expected: bool) {
        assert_eq!(is_its_id(&id, &value), expected);
    }
}
