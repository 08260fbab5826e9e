//! Whether an answer could show what a request sent.

use serde_json::Value;

use super::{answer_schema, is_entry};
use crate::contract::schema::View;
use crate::contract::{Direction, Operation};
use crate::document::pointer;

/// Whether an answer that is allowed could show a value instead of what it shows: a document may take more in a request
/// than it gives in an answer. `at` is where the object is in the answer, whose envelope is not known here.
pub(in crate::check::phases) fn may_show(
    operation: &Operation,
    (object, at): (&Value, &str),
    (name, value): (&str, &Value),
) -> bool {
    let Some(schema) = answer_schema(operation) else { return true };
    let mut other = object.clone();
    if let Some(members) = other.as_object_mut() {
        members.insert(name.to_owned(), value.clone());
    }
    // What else the envelope must have is not there, which says nothing of this member.
    let inside = |object: &Value| {
        pointer::tokens(at).collect::<Vec<_>>().into_iter().rev().fold(object.clone(), |inner, step| {
            if is_entry(&step) {
                Value::from(vec![inner])
            } else {
                Value::Object([(step, inner)].into_iter().collect())
            }
        })
    };
    let first = |step: String| if is_entry(&step) { "0".to_owned() } else { step };
    let place = pointer::tokens(at).map(first).chain([name.to_owned()]);
    let place = place.fold(String::new(), |place, step| pointer::join(&place, &step));
    let is_refused = |object: &Value| match schema.check(Direction::Response, &inside(object)) {
        Ok(wrong) if at.is_empty() => !wrong.is_empty(),
        Ok(wrong) => wrong.iter().any(|wrong| {
            wrong.instance.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }),
        Err(_) => false,
    };
    // Where the object has faults of its own, there is only what is said of the member alone.
    let around = pointer::tokens(at).try_fold(View::of(schema, Direction::Response), |view, step| {
        if is_entry(&step) { view.items() } else { view.described(&step) }
    });
    let is_of_a_kind = || {
        let kinds = around.and_then(|view| view.described(name)).and_then(|member| member.named_kinds());
        kinds.is_none_or(|kinds| kinds.hold(value))
    };
    if is_refused(object) { is_of_a_kind() } else { !is_refused(&other) }
}
