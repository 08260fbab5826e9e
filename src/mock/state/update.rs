//! Changing and replacing an object.

use serde_json::{Map, Value};

use super::call::{Call, full, refused};
use super::effects;
use super::entity::{self, Change, Members};
use super::nulls::without_nulls;
use super::own_id;
use super::store::Store;
use crate::config::state::Event;
use crate::mock::response::Response;
use crate::resources::{CollectionId, id_name, id_within};

/// Carries an update out, or a replacement.
pub(super) fn update(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    is_replacement: bool,
) -> Option<Response> {
    let engine = call.engine;
    let collection = engine.collection(index)?;
    let (operation, values) = (call.context.operation, call.context.path_values);
    let id = values.last()?;
    let mut sent = call.sent_object();
    let members = engine.members(operation.index)?;
    let (_, list) = engine.list(store, index, values)?;
    let at = list.find(&collection.parameter, id)?;
    let mut entry = list.entries.get(at)?.clone();
    let rules = collection.told.as_ref().map_or(&[][..], |told| &told.refuse);
    if let Some(refused) = refused(rules, &sent, Some(&entry.value), false) {
        return Some(refused);
    }
    let id_member = id_name(&entry.value, &collection.parameter).map(str::to_owned).unwrap_or_default();
    own_id::keep(&id_member, &entry.value, &mut sent);
    if is_replacement && !call.hooks.merges_replacement() {
        complete(members, &id_member, &mut sent, &mut entry.value);
    }
    let before = entry.clone();
    let changes = entity::update(collection, members, &mut entry.value, &sent, &engine.now(), store);
    without_nulls(engine, operation, collection, &before.value, &mut entry.value);
    if !store.takes(&entry.value) {
        return Some(full());
    }
    entry.is_counted = true;
    if before.is_counted {
        store.releases(&before.value);
    }
    let soft = collection.soft_delete.as_ref().map(|soft| soft.member.as_str());
    call.hooks.on_updated(&mut entry, members, &sent, soft);
    let response = call.shown(&entry.value);
    let value = entry.value.clone();
    let id = id_within(&value, &collection.parameter)?.clone();
    let (_, list) = engine.list(store, index, values)?;
    list.is_touched = true;
    if let Some(known) = list.entries.get_mut(at) {
        *known = if call.hooks.keeps_updated() { entry } else { before };
    }
    if !changes.is_empty() {
        let change = Change { event: Event::Update, object: &value, id: &id, members: &changes };
        effects::grow(call, store, collection, &change);
    }
    Some(response)
}

/// Makes a replacement complete: what is not sent has its default, or is not there any more (RFC 9110
/// §9.3.4); the id stays.
fn complete(members: &Members, id: &str, sent: &mut Map<String, Value>, object: &mut Value) {
    let replaced = members.given.iter().filter(|(name, _)| members.writes(name) && *name != id);
    for (name, field) in replaced {
        let default = field.default.clone().or_else(|| field.kinds.null.then_some(Value::Null));
        match (sent.contains_key(name), default) {
            (true, _) => {}
            (false, Some(default)) => {
                sent.insert(name.clone(), default);
            }
            (false, None) if !field.is_required => {
                if let Some(object) = object.as_object_mut() {
                    object.remove(name);
                }
            }
            (false, None) => {}
        }
    }
}
