//! Objects that a body refers to. Whose they are decides whether a request could affect others.

use serde_json::Value;

use crate::check::session::Session;
use crate::contract::{Direction, Operation, examples};
use crate::generate::request::Parts;
use crate::resources::CollectionId;
use crate::resources::kind::Kind;

/// Puts ids of objects that are there into a made-up body, where its members name such objects.
/// What the user or the document names itself is kept.
pub(super) fn refer(session: &Session<'_>, operation: &Operation, parts: &mut Parts) {
    let is_given = session.settings.gives_body(operation);
    let Some((media_type, octets)) = parts.body.as_ref().filter(|_| !is_given) else { return };
    let described = operation.body.as_ref().and_then(|body| body.content_for(media_type));
    let Some(described) = described.filter(|content| {
        content.is_json() && examples::of_body(content, Direction::Request).next().is_none()
    }) else {
        return;
    };
    let Ok(Value::Object(mut members)) = serde_json::from_slice(octets) else { return };
    for name in members.keys().cloned().collect::<Vec<String>>() {
        let Some(index) = session.resources.reference(&name) else { continue };
        // What a create calls as the path calls its objects is the name of the new one.
        let is_its_own = session.resources.created_by(operation.index) == Some(index)
            && session.collection(index).is_some_and(|own| own.parameter == name);
        if is_its_own {
            continue;
        }
        let is_list = members.get(&name).is_some_and(Value::is_array);
        // An object that is described in place is not a reference.
        let is_id = |value: &Value| value.is_string() || value.is_number();
        let holds_ids = members.get(&name).is_some_and(|value| match value {
            Value::Array(items) => items.iter().all(is_id),
            value => is_id(value),
        });
        if !holds_ids {
            continue;
        }
        let Some(id) = referred(session, operation, index, is_list) else { continue };
        let mut changed = members.clone();
        changed.insert(name, if is_list { Value::from(vec![id.clone()]) } else { id.clone() });
        let body = Value::Object(changed.clone());
        let schema = described.schema.as_ref();
        if schema.is_none_or(|schema| schema.is_valid(Direction::Request, &body) != Ok(false)) {
            members = changed;
        }
    }
    if let Ok(octets) = serde_json::to_vec(&Value::Object(members)) {
        parts.body = Some((media_type.clone(), octets));
    }
}

/// The id that a body may name an object by. What is sent may change that object, or take it along when
/// it goes itself, so this run's own comes first; what a list gathers is its own alone.
fn referred(
    session: &Session<'_>,
    operation: &Operation,
    collection: CollectionId,
    is_list: bool,
) -> Option<Value> {
    let (own, listed) = session.pool.examples(collection);
    let asks = session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Query);
    match (asks, is_list) {
        (true, _) => listed.or(own),
        (false, true) => own,
        (false, false) => own.or(listed),
    }
}
