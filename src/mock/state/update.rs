//! Changing and replacing an object.

use std::collections::BTreeSet;

use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::call::{Call, Outcome, full, refused};
use super::effects;
use super::entity::{self, Change, Members};
use super::nulls::without_nulls;
use super::own_id;
use super::store::Store;
use crate::config::ErrorName;
use crate::config::state::Event;
use crate::contract::{Operation, parameter};
use crate::mock::context::RequestContext;
use crate::mock::error_response::Refusal;
use crate::resources::{Collection, CollectionId, id_place, id_within};

/// Carries an update out, or a replacement, of the object that the path names.
pub(super) fn update(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    is_replacement: bool,
) -> Option<Outcome> {
    update_object(call, store, (index, call.context.path_values.last()?), is_replacement)
}

/// Carries a change out of the object that the body names.
pub(super) fn change(call: &Call<'_>, store: &mut Store, index: CollectionId) -> Option<Outcome> {
    let collection = call.engine.collection(index)?;
    let sent = Value::Object(call.sent_object());
    let id = parameter::text(id_within(&sent, &collection.parameter)?);
    let called = parameter::escape(&id);
    let list = call.engine.list(store, index, call.context.path_values)?;
    if list.called(&called).is_none_or(|entry| entry.is_private(collection, call.context.owner)) {
        return Some(Outcome::Refused(super::unknown(&id)));
    }
    update_object(call, store, (index, &called), call.context.operation.method == Method::PUT)
}

/// Carries an update out, or a replacement, of one object.
pub(super) fn update_object(
    call: &Call<'_>,
    store: &mut Store,
    (index, id): (CollectionId, &str),
    is_replacement: bool,
) -> Option<Outcome> {
    let engine = call.engine;
    let collection = engine.collection(index)?;
    let (operation, values) = (call.context.operation, call.context.path_values);
    let members = engine.members(operation.index)?;
    let list = engine.list(store, index, values)?;
    let at = list.find(id)?;
    let mut entry = list.get(at)?.clone();
    let before = entry.clone();
    let patched = match call.patched(&entry.value) {
        Some(Err(why)) => return Some(Outcome::Refused(unpatched(operation, &why))),
        Some(Ok(patched)) => Some(patched),
        None => None,
    };
    if let Some(refused) = precondition(call, collection, &entry.value) {
        return Some(Outcome::Refused(refused));
    }
    let is_patched = patched.is_some();
    let mut sent = if is_patched { Map::new() } else { call.sent_object() };
    let rules = collection.told.as_ref().map_or(&[][..], |told| &told.refuse);
    if let Some(refused) = refused(rules, &sent, Some(&entry.value), false) {
        return Some(Outcome::Answered(refused));
    }
    let id_at = id_place(&before.value, &collection.parameter)?;
    let id_member = own_id::member(&id_at);
    own_id::keep(&id_member, &entry.value, &mut sent);
    if let Some(mut patched) = patched {
        own_id::keep(&id_member, &entry.value, &mut patched);
        if let Some(id) = entry.value.get(&id_member) {
            patched.entry(&id_member).or_insert_with(|| id.clone());
        }
        let shows = |name: &str| members.keeps(name) || members.given.contains_key(name);
        patched.retain(|name, _| shows(name) || entry.value.get(name).is_some());
        keep_unwritten(members, &entry.value, &mut patched);
        entry.value = Value::Object(patched);
    }
    if is_replacement && !call.hooks.merges_replacement() {
        complete(members, &id_member, &mut sent, &mut entry.value);
    }
    if !is_replacement {
        merge_inner(&entry.value, &mut sent);
    }
    let mut changes = entity::update(collection, members, &mut entry.value, &sent, &engine.now(), store);
    if is_patched {
        changes.extend(patches(&before.value, &entry.value));
    }
    own_id::restore(&id_at, &before.value, &mut entry.value);
    without_nulls(engine, operation, collection, &before.value, &mut entry.value);
    if !store.takes(&entry.value) {
        return Some(Outcome::Answered(full()));
    }
    entry.is_counted = true;
    if before.is_counted {
        store.releases(&before.value);
    }
    let soft = collection.soft_delete.as_ref().map(|soft| soft.member.as_str());
    call.hooks.on_updated(&mut entry, members, &sent, soft);
    let mut response = call.shown(&entry.value);
    // What was there is not made; but 200 may have content that 201 lacks.
    let is_empty_ok = operation.response(200).is_some_and(|ok| ok.content.is_empty());
    let is_told_alike = is_empty_ok || !response.body.is_empty();
    if response.status == StatusCode::CREATED && operation.documents(200) && is_told_alike {
        response.status = StatusCode::OK;
    }
    let value = entry.value.clone();
    let id = id_within(&value, &collection.parameter)?.clone();
    let list = engine.list(store, index, values)?;
    list.touch();
    let kept = if call.hooks.keeps_updated() { entry } else { before };
    list.change(at, |known| *known = kept);
    if !changes.is_empty() {
        let change = Change { event: Event::Update, object: &value, id: &id, members: &changes };
        effects::grow(call, store, collection, &change);
    }
    Some(Outcome::Answered(response))
}

/// Puts back what a patch may not write, and makes null what it has taken out and the answer shows as null.
fn keep_unwritten(members: &Members, before: &Value, patched: &mut Map<String, Value>) {
    let may_write = |name: &str| members.taken.is_empty() || members.writes(name);
    patched.retain(|name, _| may_write(name) || before.get(name).is_some());
    for (name, value) in before.as_object().into_iter().flatten() {
        if !may_write(name) {
            patched.insert(name.clone(), value.clone());
        } else if members.given.get(name).is_some_and(|field| field.kinds.null && field.is_required) {
            patched.entry(name).or_insert(Value::Null);
        }
    }
}

/// What a patch changed: each member with its value before and after.
fn patches(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let names: BTreeSet<&String> = names.collect();
    let value = |object: &Value, name: &str| object.get(name).cloned().unwrap_or_default();
    let pairs = names.into_iter().map(|name| (name.clone(), value(before, name), value(after, name)));
    pairs.filter(|(_, old, new)| old != new).collect()
}

/// The refusal of a patch that cannot be applied (RFC 5789 §2.2): the first of the usual statuses that is documented.
fn unpatched(operation: &Operation, why: &str) -> Refusal {
    let status = [409, 422, 400].into_iter().find(|status| operation.documents(*status)).unwrap_or(422);
    Refusal::new(ErrorName::Invalid, status, format!("the patch cannot be applied: {why}"))
}

/// What comes of `If-Match` (RFC 9110 §13.1.1) where 412 is documented: a change of an object that has another tag by
/// now is refused.
fn precondition(call: &Call<'_>, collection: &Collection, object: &Value) -> Option<Refusal> {
    let RequestContext { operation, path_values, request, .. } = *call.context;
    let wanted: Vec<&str> =
        request.headers.get_all(IF_MATCH).iter().filter_map(|v| v.to_str().ok()).collect();
    if wanted.is_empty() || !operation.documents(412) {
        return None;
    }
    let retrieve = call.engine.contract().at(collection.retrieve?)?;
    let plain = RequestContext::plain(retrieve, path_values, None);
    let mut shown = Call { context: &plain, ..*call }.shown(object);
    shown.revalidate(&Method::GET, &HeaderMap::new());
    let tag = shown.headers.get(ETAG)?.to_str().ok()?;
    let is_met = wanted.iter().flat_map(|line| line.split(',')).any(|one| ["*", tag].contains(&one.trim()));
    let why = || format!("the object has another ETag than {}", wanted.join(", "));
    (!is_met).then(|| Refusal::new(ErrorName::Invalid, 412, why()))
}

/// Makes each object that a change sends the merged one: what it does not name stays. What a member itself becomes, be
/// it null, is for the schemas of the answers.
fn merge_inner(known: &Value, sent: &mut Map<String, Value>) {
    for (name, change) in sent {
        if let (Some(Value::Object(before)), Value::Object(change)) = (known.get(name), change) {
            merge_inner(&Value::Object(before.clone()), change);
            let kept = before.iter().filter(|(name, _)| !change.contains_key(*name));
            let kept: Vec<(String, Value)> =
                kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            change.extend(kept);
        }
    }
}

/// Makes a replacement complete: what is not sent has its default, or is not there any more (RFC 9110
/// §9.3.4); the id stays.
fn complete(members: &Members, id: &str, sent: &mut Map<String, Value>, object: &mut Value) {
    let replaced = members.taken.iter().filter(|(name, _)| members.keeps(name) && *name != id);
    for (name, field) in replaced {
        let field = members.given.get(name).unwrap_or(field);
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::plain(json!({"a": 1}), json!({"a": 1}))]
    #[case::inner(json!({"o": {"x": 2}}), json!({"o": {"x": 2, "y": {"z": 1}}}))]
    #[case::deep(json!({"o": {"y": {"w": 2}}}), json!({"o": {"x": 1, "y": {"z": 1, "w": 2}}}))]
    #[case::emptied(json!({"o": {"x": null}}), json!({"o": {"x": null, "y": {"z": 1}}}))]
    #[case::null(json!({"o": null}), json!({"o": null}))]
    #[case::list(json!({"l": [2]}), json!({"l": [2]}))]
    fn a_change_merges_objects(#[case] sent: Value, #[case] expected: Value) {
        let known = json!({"a": 0, "l": [1], "o": {"x": 1, "y": {"z": 1}}});
        let mut sent = sent.as_object().cloned().unwrap_or_default();
        merge_inner(&known, &mut sent);
        assert_eq!(Value::Object(sent), expected);
    }
}
