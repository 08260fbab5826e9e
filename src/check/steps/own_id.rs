//! Ids in the bodies of changes.

use serde_json::Value;

use crate::check::body_search::Edit;
use crate::check::plan::Step;
use crate::check::session::Session;
use crate::contract::{Direction, Location, Operation, parameter};
use crate::document::pointer;
use crate::generate::request::Parts;
use crate::judge::exchange::Intent;
use crate::resources::{self, Role};

/// Lets a made-up change of an object leave its id as it is, since nobody would find it again.
pub(super) fn keep(
    session: &Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    edits: &[Edit],
) {
    let Some((index, role @ (Role::Update | Role::Replace))) = session.resources.role(operation.index) else {
        return;
    };
    let is_given = session.settings.gives_body(operation);
    let is_plain = matches!(step.intent, Intent::Valid(_) | Intent::WiderKey);
    let Some(collection) = session.resources.collection(index).filter(|_| is_plain && !is_given) else {
        return;
    };
    let id = parts.parameters.iter().rev().find(|(location, name, _)| {
        *location == Location::Path && operation.template.names().last() == Some(name)
    });
    let (Some((_, _, id)), Some((media_type, octets))) = (id, parts.body.as_mut()) else { return };
    let Ok(mut value) = serde_json::from_slice::<Value>(octets) else { return };
    let Some(name) = resources::id_name(&value, &collection.parameter).map(str::to_owned) else { return };
    let described = operation.body.as_ref().and_then(|documented| documented.content_for(media_type));
    let Some(described) = described.filter(|described| described.is_json()) else { return };
    let schema = described.schema.as_deref();
    let allows =
        |value: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Request, value) != Ok(false));
    let mut without = value.clone();
    let Some(others) = without.as_object_mut() else { return };
    others.shift_remove(&name);
    let is_alone = others.is_empty();
    // What the target asks for is the id that the object has.
    let at = pointer::join("", &name);
    let is_asked_for = edits.iter().any(|edit| matches!(edit, Edit::Set(known, _) if *known == at));
    let role = if is_asked_for { Role::Replace } else { role };
    if let Some(known) = value.get_mut(&name) {
        // A path has text where the body has a number.
        *known = if known.is_number() { number(id) } else { Value::from(parameter::text(id)) };
    }
    // Not every server takes what an object has already for a change.
    let kept = match role {
        Role::Replace if allows(&value) => value,
        _ if is_alone => return,
        _ if allows(&without) => without,
        _ if allows(&value) => value,
        _ => return,
    };
    if let Ok(changed) = serde_json::to_vec(&kept) {
        *octets = changed;
    }
}

fn number(id: &Value) -> Value {
    let read = || id.as_str()?.parse::<i64>().ok();
    read().map_or_else(|| id.clone(), Value::from)
}
