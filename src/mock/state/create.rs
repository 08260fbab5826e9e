//! Creating an object.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::call::{Call, Outcome, full, refused};
use super::coherent;
use super::effects;
use super::entity::{self, Change, Members};
use super::nulls::without_nulls;
use super::objects::Entry;
use super::own_id;
use super::store::{Made, Store};
use crate::config::ErrorName;
use crate::config::state::Event;
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::mock::error_response::Refusal;
use crate::mock::response::{Response, Source};
use crate::resources::{Collection, CollectionId, is_like_an_id, point_to, unique};

/// Most octets of a text that no two objects share.
const MAX_UNSHARED: usize = 1 << 10;

/// Carries a create out.
pub(super) fn create(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    collection: &Collection,
) -> Option<Outcome> {
    let engine = call.engine;
    let (operation, values) = (call.context.operation, call.context.path_values);
    let sent = call.sent_object();
    // What has no room is not worked out first.
    if !store.fits(&sent) {
        return Some(Outcome::Answered(full()));
    }
    let key = idempotency_key(call);
    if let Some(again) = key.and_then(|key| made_before(call, store, index, key)) {
        return Some(again);
    }
    let rules = collection.told.as_ref().map_or(&[][..], |told| &told.refuse);
    if let Some(refused) = refused(rules, &sent, None, false) {
        return Some(Outcome::Answered(refused));
    }
    let sample = engine.sample(store, operation.index, values);
    let members = engine.members(operation.index)?;
    let named = values.last().filter(|_| engine.makes_named(operation));
    let id_at = own_id::place(engine, index, collection, &sample);
    let chosen = own_id::chosen(call, index, members, &id_at, &sent).filter(|_| named.is_none());
    if let Some(id) = chosen.as_ref().map(parameter::text)
        && is_taken(call, store, (index, collection), &id_at, &id)?
    {
        return Some(Outcome::Refused(own_id::taken(operation, &id)));
    }
    if let Some(refused) = shared_member(call, store, index, &sent) {
        return Some(Outcome::Refused(refused));
    }
    let is_chosen = named.is_some() || chosen.is_some();
    let id = match (named, chosen) {
        (Some(name), _) => called(operation, name),
        (None, Some(chosen)) => chosen,
        (None, None) => engine.next_id(store, index, (members, &id_at), &sample, values),
    };
    let mut value = object(call, store, (collection, &id_at), &sent, &sample, &id)?;
    show_in_reads(call, index, &id, &mut value);
    coherent::count_nothing(engine.resources(), index, &sent, &mut value);
    if !store.takes(&value) {
        return Some(Outcome::Answered(full()));
    }
    let text = parameter::text(&id);
    let entry = entry(call, (index, collection), &sent, value, &text)?;
    // What was sent may be large, and is not needed any more.
    drop(sent);
    let value = entry.value.clone();
    store.count_ids(&collection.path, [&id]);
    let mut was_there = false;
    if call.hooks.keeps_created() {
        let list = engine.list(store, index, values)?;
        list.set_gone(&text, false);
        list.touch();
        // What the client names is there once, however often it is sent.
        let known = is_chosen.then(|| list.find(&text)).flatten();
        was_there = known.and_then(|at| list.remove(at)).is_some();
        list.push(entry);
        let change = Change { event: Event::Create, object: &value, id: &id, members: &[] };
        effects::grow(call, store, collection, &change);
        effects::recount(call, store, index, collection);
    }
    if let Some(refused) = effects::act(call, store, Some(&text)) {
        return Some(Outcome::Answered(refused));
    }
    // What was put into it may be counted in it.
    let list = engine.list(store, index, values)?;
    let stored = list.called(&text).filter(|stored| stored.value != value);
    let value = stored.map_or(value, |stored| stored.value.clone());
    let response = answer(call, collection, (named.is_some(), was_there), &text, &value);
    if let Some(key) = key {
        store.remember(call.context.path, key, Made { id: text, body: hash(&call.context.request.body) });
    }
    Some(Outcome::Answered(response))
}

/// The answer of a create with the new object; of one that its path names, whether that has replaced another.
fn answer(
    call: &Call<'_>,
    collection: &Collection,
    (is_named, was_there): (bool, bool),
    id: &str,
    value: &Value,
) -> Response {
    let operation = call.context.operation;
    // Not every document tells a new object from one that is replaced.
    let is_told_new = !was_there && (operation.documents(201) || !operation.documents(200));
    let is_silent = !operation.documents(200) && operation.documents(204);
    if is_named && is_silent && (was_there || !operation.documents(201)) {
        return Response::empty(StatusCode::NO_CONTENT, Source::State);
    }
    let mut response = call.shown(value);
    if is_named {
        let is_ok = operation.documents(200) && !is_told_new;
        response.status = if is_ok { StatusCode::OK } else { StatusCode::CREATED };
    }
    set_location(call, collection, id, &mut response);
    if is_named && operation.response(response.status.as_u16()).is_some_and(|made| made.content.is_empty()) {
        // The success that has content is another one.
        response.body = Bytes::new();
        response.headers.remove(CONTENT_TYPE);
    }
    if answer_alone(call, id, &mut response) {
        return response;
    }
    if call.engine.members(operation.index).is_some_and(|members| members.given_at.is_none()) {
        tell_place(call, collection, id, &mut response);
    }
    response
}

/// Answers the id of the new object where the success is nothing but that; whether it is.
fn answer_alone(call: &Call<'_>, id: &str, response: &mut Response) -> bool {
    let Ok(shown) = serde_json::from_slice::<Value>(&response.body) else { return false };
    if !is_like_an_id(&shown) {
        return false;
    }
    let own = if shown.is_number() { id.parse::<i64>().ok().map(Value::from) } else { Some(Value::from(id)) };
    let schema = entity::answered(call.context.operation);
    let is_allowed =
        |own: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Response, own) != Ok(false));
    let own = own.filter(is_allowed);
    if let Some(own) = &own {
        response.body = own.to_string().into();
    }
    own.is_some()
}

/// Whether an object with an id that a client chose is there, and no made-up one that gives way.
fn is_taken(
    call: &Call<'_>,
    store: &mut Store,
    (index, collection): (CollectionId, &Collection),
    id_at: &str,
    id: &str,
) -> Option<bool> {
    let engine = call.engine;
    let known = engine.list(store, index, call.context.path_values)?.called(id);
    // What is called by another object is that object's: sent again, it takes the place of the first.
    let named_after = engine.resources().reference(id_at.trim_start_matches('/'));
    let is_another = named_after.is_some_and(|other| other != index);
    Some(!is_another && known.is_some_and(|known| known.is_born || !engine.makes_seeds_up(collection)))
}

/// The key of a request that may be sent again (draft-ietf-httpapi-idempotency-key-header), where the document has it.
fn idempotency_key<'c>(call: &Call<'c>) -> Option<&'c str> {
    const NAME: &str = "idempotency-key";
    let parameters = call.context.operation.parameters.iter();
    let mut headers = parameters.filter(|parameter| parameter.location == Location::Header);
    headers.find(|parameter| parameter.name.eq_ignore_ascii_case(NAME))?;
    call.context.request.headers.get(NAME)?.to_str().ok()
}

/// What comes of a request with a key that has made an object which is there; another body is refused.
fn made_before(call: &Call<'_>, store: &mut Store, index: CollectionId, key: &str) -> Option<Outcome> {
    let Made { id, body } = store.made_by(call.context.path, key)?.clone();
    let list = call.engine.list(store, index, call.context.path_values)?;
    let value = &list.called(&id)?.value;
    if body != hash(&call.context.request.body) {
        let operation = call.context.operation;
        let status = [422, 409].into_iter().find(|status| operation.documents(*status)).unwrap_or(422);
        let why = "another request had this Idempotency-Key";
        return Some(Outcome::Refused(Refusal::new(ErrorName::Invalid, status, why)));
    }
    let mut response = call.shown(value);
    set_location(call, call.engine.collection(index)?, &id, &mut response);
    Some(Outcome::Answered(response))
}

fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

/// The new object as it is kept; `id` is what paths call it.
fn entry(
    call: &Call<'_>,
    (index, collection): (CollectionId, &Collection),
    sent: &Map<String, Value>,
    value: Value,
    id: &str,
) -> Option<Entry> {
    let (engine, operation) = (call.engine, call.context.operation);
    let members = engine.members(operation.index)?;
    let names =
        sent.keys().filter(|name| members.writes(name) && value.get(*name).is_some()).cloned().collect();
    let mut entry = Entry::born(value, names);
    entry.owner = call.context.owner.map(str::to_owned);
    let hidden = unshared(operation, sent).filter(|(name, _)| entry.value.get(*name).is_none());
    entry.unshared = hidden.map(|(name, value)| (name.clone(), value.clone())).collect();
    entry.made_in = engine.made_in(operation, index, call.context.path_values);
    entry.name = (entry.id(&collection.parameter).as_deref() != Some(id)).then(|| id.to_owned());
    call.hooks.on_created(&mut entry, members);
    Some(entry)
}

/// The id that a path names, as the kind of value that its parameter is.
fn called(operation: &Operation, name: &str) -> Value {
    let text = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let parameter =
        operation.template.names().last().and_then(|name| operation.parameter(Location::Path, name));
    match parameter.and_then(Parameter::value_schema) {
        Some(schema) => schema.shape().kinds.read(&text),
        None => Value::from(text),
    }
}

/// The new object, in a form that every response may show.
fn object(
    call: &Call<'_>,
    store: &mut Store,
    (collection, id_at): (&Collection, &str),
    sent: &Map<String, Value>,
    sample: &Value,
    id: &Value,
) -> Option<Value> {
    let (engine, operation) = (call.engine, call.context.operation);
    let members = engine.members(operation.index)?;
    let sent = with_defaults(members, sent);
    let sent = sent.as_ref();
    let origin = entity::Origin { collection, members, sample, sent, id, id_at, now: &engine.now() };
    let mut value = entity::create(&origin, store);
    without_nulls(engine, operation, collection, sample, &mut value);
    let schema = entity::answered(operation).filter(|_| members.given_at.as_deref() == Some(""));
    if schema.is_some_and(|schema| schema.is_valid(Direction::Response, &value) == Ok(false)) {
        // Better the sample in full, with what was sent, than an object that breaks the document.
        let mut whole = sample.clone();
        if let (Some(whole), Some(made)) = (whole.as_object_mut(), value.as_object()) {
            let kept =
                made.iter().filter(|(name, _)| sent.contains_key(*name) || made.get(*name) == Some(id));
            whole.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        }
        value = whole;
    }
    without_nulls(engine, operation, collection, sample, &mut value);
    Some(call.fitted(value, sample))
}

/// Refuses what has a member in common with an object that a client made, where the document says that no two share it.
fn shared_member(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    sent: &Map<String, Value>,
) -> Option<Refusal> {
    let operation = call.context.operation;
    let (name, value) = unshared(operation, sent).next()?;
    let list = call.engine.list(store, index, call.context.path_values)?;
    let is_there = list.entries().any(|entry| entry.is_born && entry.holds(name, value));
    is_there.then(|| {
        Refusal::new(ErrorName::Invalid, 409, format!("an object with the {name} {value} exists already"))
    })
}

/// The members of which the document says that no two objects share them.
fn unshared<'s>(
    operation: &Operation,
    sent: &'s Map<String, Value>,
) -> impl Iterator<Item = (&'s String, &'s Value)> {
    sent.iter().filter(|(name, value)| {
        value.as_str().is_some_and(|text| text.len() <= MAX_UNSHARED) && unique::is_unique(operation, name)
    })
}

/// What was sent, with the defaults that the document names for what was left out.
///
/// What was sent may be large: it is copied only where something is added to it.
pub(super) fn with_defaults<'s>(
    members: &Members,
    sent: &'s Map<String, Value>,
) -> Cow<'s, Map<String, Value>> {
    let left_out =
        members.taken.iter().filter(|(name, field)| !field.is_read_only && !sent.contains_key(*name));
    let mut defaults =
        left_out.filter_map(|(name, field)| Some((name.clone(), field.default.clone()?))).peekable();
    if defaults.peek().is_none() {
        return Cow::Borrowed(sent);
    }
    Cow::Owned(sent.clone().into_iter().chain(defaults).collect())
}

/// Gives an object what reading and listing show of it, where the answer to its create has that under another name, or not
/// at all: its id, and what it may not lack.
fn show_in_reads(call: &Call<'_>, index: CollectionId, id: &Value, value: &mut Value) {
    let Call { engine, context, .. } = *call;
    let is_named = engine.makes_named(context.operation);
    let Some(members) = value.as_object_mut() else { return };
    for read in engine.reads(index) {
        if let Some(shown) = read.id.as_ref().filter(|shown| is_named || !shown.is_natural)
            && (is_named || !members.contains_key(&shown.name))
            && let Some(id) = id_like(id, shown.is_number)
        {
            members.insert(shown.name.clone(), id);
        }
        if read.required.iter().all(|name| members.contains_key(name)) {
            continue;
        }
        let Some(Value::Object(mut sample)) = engine.shown(read, context.path_values) else { continue };
        for name in read.required.iter().filter(|name| !members.contains_key(*name)).collect::<Vec<_>>() {
            if let Some(value) = sample.shift_remove(name) {
                members.insert(name.clone(), value);
            }
        }
    }
}

/// An id as a number or as a text; `None` where it is no number.
fn id_like(id: &Value, is_number: bool) -> Option<Value> {
    match (id, is_number) {
        (Value::Number(number), false) => Some(Value::from(number.to_string())),
        (Value::String(text), true) => text.parse::<i64>().ok().map(Value::from),
        (id, _) => Some(id.clone()),
    }
}

/// The path of the new object: where it is read, else that of the request where it names it, else one below.
fn made_at(call: &Call<'_>, collection: &Collection, id: &str) -> String {
    let Call { engine, context, .. } = *call;
    let here = context.path.trim_end_matches('/');
    let named =
        || if engine.makes_named(context.operation) { here.to_owned() } else { format!("{here}/{id}") };
    engine.address(collection, context.path_values, id).unwrap_or_else(named)
}

/// Says where the new object is in an answer that does not show it: by a link in the body, else by `Location`.
fn tell_place(call: &Call<'_>, collection: &Collection, id: &str, response: &mut Response) {
    let path = made_at(call, collection, id);
    let schema = entity::answered(call.context.operation);
    let is_allowed =
        |body: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Response, body) != Ok(false));
    if let Ok(mut body) = serde_json::from_slice(&response.body)
        && point_to(&mut body, call.engine.origin(), &path)
        && is_allowed(&body)
    {
        response.body = body.to_string().into();
    } else if let (StatusCode::CREATED, Ok(address)) = (response.status, HeaderValue::from_str(&path)) {
        response.headers.entry(LOCATION).or_insert(address);
    }
}

/// `Location` of the new object, where the document has it.
fn set_location(call: &Call<'_>, collection: &Collection, id: &str, response: &mut Response) {
    let documented = call.context.operation.response(response.status.as_u16()).and_then(|documented| {
        documented.headers.iter().find(|header| header.name.eq_ignore_ascii_case(LOCATION.as_str()))
    });
    let other = call.hooks.location();
    if documented.is_some() || other.is_some() {
        let path = match other {
            Some(other) => format!("{}/{other}", call.context.path.trim_end_matches('/')),
            None => made_at(call, collection, id),
        };
        // `format: uri` wants the whole address (RFC 3986 §3), and no path alone; a pattern may want the path without what
        // is before it.
        let schema = documented.and_then(|header| header.schema.as_deref());
        let allows = |text: &&str| {
            schema.is_none_or(|schema| schema.is_valid(Direction::Response, &(*text).into()) != Ok(false))
        };
        let whole = format!("{}{path}", call.engine.origin());
        let ends = path.match_indices('/').filter_map(|(at, _)| path.get(at..));
        let mut forms = [path.as_str(), whole.as_str()].into_iter().chain(ends);
        let address = forms.find(allows).unwrap_or(&path);
        if let Ok(address) = HeaderValue::from_str(address) {
            response.headers.insert(LOCATION, address);
        }
    }
}
