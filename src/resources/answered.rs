//! Which objects a response is about, and which of them contain a text.

use serde_json::{Map, Value};

use super::names::{self, singular};
use super::{id_name, id_of};
use crate::document::pointer;

/// Members that hold the object that an answer is about, or the list of such objects.
const ENVELOPES: [&str; 8] = ["data", "result", "item", "object", "results", "items", "entries", "records"];
/// Members that give an object an identity of its own.
const IDS: [&str; 4] = ["id", "_id", "uuid", "uid"];
/// Values deeper than this are not looked at.
const MAX_DEPTH: usize = 8;

/// An object that an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<'v> {
    /// Its id.
    pub id: Value,
    /// All of it.
    pub object: &'v Value,
    /// Whether the answer is about it: it is the answer, or is where answers put what they are about.
    /// Any other may be an object of another collection.
    pub is_meant: bool,
}

/// The objects that an answer to a request for a collection holds: the answer itself, an object one level
/// down, the entries of a list. `path` is that of the collection, `parameter` what its items are called.
pub fn identities<'v>(answer: &'v Value, path: &str, parameter: &str) -> Vec<Answered<'v>> {
    let of = |object: &'v Value, is_meant: bool| {
        id_of(object, parameter).map(|id| Answered { id: id.clone(), object, is_meant })
    };
    let all = |list: &'v [Value], is_meant: bool| {
        list.iter().filter_map(|entry| of(entry, is_meant)).collect::<Vec<_>>()
    };
    let is_envelope = |name: &str| is_envelope(name, path, parameter);
    match answer {
        Value::Array(entries) => all(entries, true),
        Value::Object(members) => {
            let described = || {
                let id = id_of(members.get("metadata")?, parameter)?.clone();
                Some(Answered { id, object: answer, is_meant: true })
            };
            if let Some(own) = of(answer, true).or_else(described) {
                return vec![own];
            }
            if let Some((name, inner)) = wrapped(members, path, parameter) {
                return of(inner, is_envelope(name)).into_iter().collect();
            }
            sole_list(members).map(|(name, list)| all(list, is_envelope(name))).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Where an answer about one object holds that object, as a JSON pointer: what [`identities`] finds, the
/// first of several.
pub fn object_place(answer: &Value, path: &str, parameter: &str) -> Option<String> {
    let shows = |object: &Value| id_of(object, parameter).is_some();
    match answer {
        Value::Array(entries) => entries.first().filter(|entry| shows(entry)).map(|_| "/0".to_owned()),
        Value::Object(_) if shows(answer) || answer.get("metadata").is_some_and(shows) => Some(String::new()),
        Value::Object(members) => {
            let inner = wrapped(members, path, parameter).map(|(name, _)| pointer::join("", name));
            inner.or_else(|| {
                let (name, list) = sole_list(members)?;
                let is_shown = list.first().is_some_and(shows);
                is_shown.then(|| pointer::join(&pointer::join("", name), "0"))
            })
        }
        _ => None,
    }
}

/// The member of an answer that is the object with an id: the one that is called so, or the only object.
fn wrapped<'v>(
    members: &'v Map<String, Value>,
    path: &str,
    parameter: &str,
) -> Option<(&'v String, &'v Value)> {
    let shows = |(_, member): &(&String, &Value)| id_of(member, parameter).is_some();
    let named = members.iter().find(|entry| is_envelope(entry.0, path, parameter) && shows(entry));
    let mut objects = members.iter().filter(|(_, member)| member.is_object());
    named.or_else(|| objects.next().filter(|_| objects.next().is_none()).filter(shows))
}

/// The only list among the members of an answer.
fn sole_list(members: &Map<String, Value>) -> Option<(&String, &[Value])> {
    let mut lists = members.iter().filter_map(|(name, member)| Some((name, member.as_array()?.as_slice())));
    lists.next().filter(|_| lists.next().is_none())
}

fn is_envelope(member: &str, path: &str, parameter: &str) -> bool {
    ENVELOPES.contains(&member) || is_called(member, path, parameter)
}

/// Whether a member is called like the objects of a collection, in the singular or the plural.
fn is_called(member: &str, path: &str, parameter: &str) -> bool {
    let plain = |word: &str| singular(&names::plain(word));
    let member = plain(member);
    let word = path.rsplit('/').find(|segment| !segment.starts_with('{')).unwrap_or_default();
    let stem = ["_id", "Id", "ID", "_uuid", "_name"].iter().find_map(|tail| parameter.strip_suffix(tail));
    plain(word) == member || stem.is_some_and(|stem| plain(stem) == member)
}

/// Whether an object holds a text itself, and not only within an object that has an identity of its own.
/// `counts` says which members are searched.
pub fn is_marked(object: &Value, text: &str, counts: &dyn Fn(&str) -> bool) -> bool {
    fn holds(value: &Value, text: &str, depth: usize) -> bool {
        match value {
            Value::String(found) => found.contains(text),
            Value::Array(items) => {
                depth < MAX_DEPTH && items.iter().any(|v| !has_id(v) && holds(v, text, depth + 1))
            }
            Value::Object(members) => {
                depth < MAX_DEPTH
                    && members.iter().any(|(name, member)| {
                        name.contains(text) || (!has_id(member) && holds(member, text, depth + 1))
                    })
            }
            _ => false,
        }
    }
    match object {
        Value::Object(members) => members.iter().any(|(name, member)| {
            name.contains(text) || (counts(name) && !has_id(member) && holds(member, text, 1))
        }),
        other => holds(other, text, 0),
    }
}

fn has_id(value: &Value) -> bool {
    value.is_object() && IDS.iter().any(|name| id_name(value, name) == Some(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::itself(json!({"id": 3, "owner": {"id": 4}}), json!([3]), true)]
    #[case::envelope(json!({"data": {"id": "a"}, "permissions": {}}), json!(["a"]), true)]
    #[case::described(json!({"metadata": {"id": "a"}, "spec": {"id": "b"}}), json!(["a"]), true)]
    #[case::called_so(json!({"pet": {"id": "a"}}), json!(["a"]), true)]
    #[case::another_object(json!({"secret": "x", "role": {"id": 3}}), json!([3]), false)]
    #[case::list(json!({"pets": [{"id": 1}, {"id": 2}]}), json!([1, 2]), true)]
    #[case::list_of_others(json!({"users": [{"id": 1}]}), json!([1]), false)]
    #[case::array(json!([{"id": 1}]), json!([1]), true)]
    #[case::text(json!("done"), json!([]), true)]
    fn answers_hold_ids_in_their_own_way(#[case] answer: Value, #[case] ids: Value, #[case] is_meant: bool) {
        let found = identities(&answer, "/shop/pets", "pet_id");
        assert!(found.iter().all(|answered| answered.is_meant == is_meant), "{found:?}");
        let found: Vec<Value> = found.into_iter().map(|answered| answered.id).collect();
        assert_eq!(Value::from(found), ids);
    }

    #[rstest]
    #[case::itself(json!({"id": 1, "name": "a mark"}), true)]
    #[case::within(json!({"id": 1, "meta": {"tags": ["mark"]}}), true)]
    #[case::of_a_part(json!({"id": 1, "tasks": [{"id": 7, "name": "mark"}]}), false)]
    #[case::of_another(json!({"id": 1, "author": {"uuid": "x", "name": "mark"}}), false)]
    #[case::not_there(json!({"id": 1, "name": "x"}), false)]
    #[case::not_sent(json!({"id": 1, "last_message": "mark"}), false)]
    #[case::key(json!({"mark": {"id": 2}}), true)]
    fn a_mark_belongs_to_the_innermost_object(#[case] object: Value, #[case] expected: bool) {
        assert_eq!(is_marked(&object, "mark", &|name| name != "last_message"), expected);
    }
}
