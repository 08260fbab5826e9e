//! Objects that a body refers to. Whose they are decides whether a request could affect others.

use serde_json::Value;

use crate::check::recorder::Refers;
use crate::check::session::Session;
use crate::contract::{Direction, Operation, Schema, examples};
use crate::document::pointer;
use crate::generate::request::Parts;
use crate::resources::kind::Kind;
use crate::resources::{CollectionId, ID_NAMES};

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
    let Ok(mut body) = serde_json::from_slice::<Value>(octets) else { return };
    let by_name =
        session.recorder.state(operation.index).is_some_and(|state| state.refers == Refers::ByNames);
    for place in places(session, operation, &body, by_name) {
        // What a create calls as the path calls its objects is the name of the new one.
        let is_its_own = session.resources.created_by(operation.index) == Some(place.collection)
            && session.collection(place.collection).is_some_and(|own| {
                place.at.strip_prefix('/').is_some_and(|name| pointer::unescape(name) == own.parameter)
            });
        if is_its_own {
            continue;
        }
        let Some(id) = value_of(session, operation, &place) else { continue };
        let mut changed = body.clone();
        let Some(value) = changed.pointer_mut(&place.at) else { continue };
        *value = if place.is_list { Value::from(vec![id]) } else { id };
        let schema = described.schema.as_ref();
        if schema.is_none_or(|schema| schema.is_valid(Direction::Request, &changed) != Ok(false)) {
            body = changed;
        }
    }
    if let Ok(octets) = serde_json::to_vec(&body) {
        parts.body = Some((media_type.clone(), octets));
    }
}

/// The collections whose objects a body may name by another member than their ids, where it is not the object's own
/// name.
pub(super) fn named_collections(
    session: &Session<'_>,
    operation: &Operation,
    body: &Value,
) -> Vec<CollectionId> {
    let places = places(session, operation, body, true);
    places.into_iter().filter(|place| place.member.is_some()).map(|place| place.collection).collect()
}

/// The members of a body that name objects; `by_name` where they may do so by another member than the id.
fn places(session: &Session<'_>, operation: &Operation, body: &Value, by_name: bool) -> Vec<Reference> {
    let mut places = Vec::new();
    let content = operation.body.as_ref().and_then(|body| body.content.iter().find(|known| known.is_json()));
    let schema = content.and_then(|content| content.schema.as_deref());
    collect(session, schema, (body, ""), &mut places);
    let own = session.resources.created_by(operation.index);
    let own = own.or_else(|| session.resources.role(operation.index).map(|(index, _)| index));
    places.retain(|place| place.member.is_none() || (by_name && own != Some(place.collection)));
    places
}

/// What a body names an object by.
fn value_of(session: &Session<'_>, operation: &Operation, place: &Reference) -> Option<Value> {
    let id = referred(session, operation, place.collection, place.is_list)?;
    let Some(member) = &place.member else { return Some(id) };
    if session.pool.name_of(place.collection).is_some_and(|at| at == pointer::join("", member)) {
        return Some(id);
    }
    let parameter = &session.collection(place.collection)?.parameter;
    session.examples.member(place.collection, &id, parameter, member).cloned()
}

/// So deep, and so many, are references looked for.
const MAX_DEPTH: usize = 4;
const MAX_PLACES: usize = 32;

/// A member that names an object, or several.
struct Reference {
    /// JSON pointer in the body.
    at: String,
    collection: CollectionId,
    /// The member of such an object that names it, where that is not the id.
    member: Option<String>,
    is_list: bool,
}

/// Finds the members of a body, and of the objects in it, that name objects of a collection.
/// `schema` is that of the value, where it is known.
fn collect(
    session: &Session<'_>,
    schema: Option<&Schema>,
    (value, at): (&Value, &str),
    places: &mut Vec<Reference>,
) {
    if at.matches('/').count() >= MAX_DEPTH || places.len() >= MAX_PLACES {
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(session, None, (item, &format!("{at}/{index}")), places);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let inside = pointer::join(at, name);
                let is_id = |value: &Value| value.is_string() || value.is_number();
                if let Some(collection) = session.resources.reference_of(schema, name) {
                    match value {
                        Value::Array(items) if items.iter().all(is_id) => {
                            places.push(Reference {
                                at: inside.clone(),
                                collection,
                                member: None,
                                is_list: true,
                            });
                        }
                        value if is_id(value) => {
                            places.push(Reference {
                                at: inside.clone(),
                                collection,
                                member: None,
                                is_list: false,
                            });
                        }
                        value => places.extend(named(session, collection, value, &inside)),
                    }
                } else if let Some((collection, member)) = session.resources.reference_by_member(name)
                    && value.is_string()
                {
                    let member = Some(member);
                    places.push(Reference { at: inside.clone(), collection, member, is_list: false });
                }
                collect(session, None, (value, &inside), places);
            }
        }
        _ => {}
    }
}

/// The member by which an object that is described in place is named, where that is all it says: `{"id": 7}`,
/// `[{"name": "admin"}]`. One that says more may be a new one.
fn named(session: &Session<'_>, collection: CollectionId, value: &Value, at: &str) -> Option<Reference> {
    let (object, at) = match value {
        Value::Array(items) => (items.first().filter(|_| items.len() == 1)?, format!("{at}/0")),
        object => (object, at.to_owned()),
    };
    let (name, value) = object.as_object().filter(|object| object.len() == 1)?.iter().next()?;
    let known = session.pool.name_of(collection);
    let is_name = known.map_or_else(|| ID_NAMES.contains(&name.as_str()), |known| known == name);
    let is_id = value.is_string() || value.is_number();
    (is_name && is_id).then(|| Reference {
        at: pointer::join(&at, name),
        collection,
        member: None,
        is_list: false,
    })
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
