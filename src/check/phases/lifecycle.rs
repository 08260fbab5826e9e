//! Phase: the life of an object. It is created, read, listed, changed, refused to others, hidden, restored
//! and deleted.

mod acts;
mod below;
mod changes;
mod conflicts;
pub(in crate::check) mod delete_twice;
mod ending;
mod known;
mod links;
mod locks;
mod made;
mod owners;
mod patched;
mod reading;
mod repeated;
mod replaced;
mod tags;
mod taken;
mod turns;
mod within;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::members::{comparable, place, projected, sent_members};
use crate::check::attempt::Attempt;
use crate::check::clock;
use crate::check::dispatch::{self, listing, stock};
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::plan;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Location, Operation, examples, is_json, parameter};
use crate::generate::mark;
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources::members::ends_period;
use crate::resources::{self, Collection, CollectionId, id_of, instant};
use crate::rules::{Family, Rule};

/// How long a list may take to show what was created.
const SETTLING: Duration = Duration::from_millis(500);

/// Bodies of creates that are tried: what is given or plain, and the document's own examples.
const MAX_LIVES: usize = 3;

/// One object on its way.
struct Object<'r> {
    collection: &'r Collection,
    create: &'r Operation,
    /// Values of the path's parameters, the id last.
    values: Vec<Value>,
    /// Values of the parameters of the create's path, which may be below another object.
    above: Vec<Value>,
    id: Value,
    /// What the create answered.
    answer: Value,
    /// Where in the answer of the create the object is, as a JSON pointer.
    made_at: String,
    /// Where in the answer of a read.
    at: String,
    /// Members that were sent, and that the answers are documented to hold.
    sent: Map<String, Value>,
    /// Members that move by themselves.
    volatile: BTreeSet<String>,
    /// Whether no other object was led through its life before.
    is_first: bool,
    /// Whether something was found that the rest would only repeat.
    is_odd: bool,
}

/// Leads objects of a collection through their lives.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: CollectionId) {
    let Some(collection) = session.collection(index) else { return };
    let Some(create) =
        session.operation(collection.create).filter(|create| session.recorder.has_succeeded(create))
    else {
        return;
    };
    let Some(parts) = steps::plain_parts(session, create).await else { return };
    let soft = collection.soft_delete.as_ref().map(|soft| soft.member.as_str());
    let is_given = session.settings.gives_body(create);
    let fuller = if is_given { Vec::new() } else { made::fuller(session, create, &parts) };
    let bodies = bodies(create, &parts, (soft, &collection.parameter), is_given);
    let mut has_lived = false;
    for body in fuller {
        let start = Start { body: Some(body), is_guess: true, is_first: true };
        has_lived = has_lived || one_life(session, index, create, &parts, start).await;
    }
    // A fuller one stands for the plain one.
    for body in bodies.into_iter().skip(usize::from(has_lived)) {
        let start = Start { body, is_guess: false, is_first: !has_lived };
        has_lived |= one_life(session, index, create, &parts, start).await;
    }
    made::smallest(session, create, collection).await;
    made::alternatives(session, create, collection).await;
    made::with_digit(session, create).await;
}

/// What a life begins with.
struct Start {
    body: Option<(String, Vec<u8>)>,
    /// Whether the body was made up here, so that it may be refused.
    is_guess: bool,
    /// Whether no other object was led through its life before.
    is_first: bool,
}

/// Leads one object through its life; returns whether there was one.
async fn one_life(
    session: &mut Session<'_>,
    index: CollectionId,
    create: &Operation,
    parts: &Parts,
    start: Start,
) -> bool {
    let Some(collection) = session.collection(index) else { return false };
    let mut parts = parts.clone();
    parts.body = start.body;
    let names_own = session.resources.names_own(create.index);
    if names_own {
        steps::naming::name_anew(session, create, &mut parts);
    }
    session.marks.stamp(&mut parts);
    if names_own {
        steps::naming::look_for_absence(session, create, &parts).await;
    }
    let sent = sent_members(create, parts.body.as_ref());
    stock::take_stock(session, create, &parts).await;
    let earlier = session.pool.own_of(index);
    let Some(made) = make(session, create, &parts, start.is_guess).await else { return false };
    // A create may answer nothing: its object is known by the path, or by `Location`.
    let is_empty = made.exchange.response().is_some_and(|response| response.body.is_empty());
    let whole = if is_empty { Some(Value::Null) } else { made.sound(create) };
    let Some(whole) = whole else { return false };
    let made_at = place(&whole, collection).unwrap_or_default();
    let answer = whole.pointer(&made_at).cloned().unwrap_or_default();
    let mut values = path_values::of_parts(create, &parts);
    let is_known = |id: &Value| earlier.iter().any(|known| parameter::text(known) == parameter::text(id));
    // Where the answer has no id, the run has found out by what the path calls it.
    let new = session.pool.own_of(index).into_iter().rev().find(|id| !is_known(id));
    let answered = || id_of(&answer, &collection.parameter).cloned().or(new);
    let id = if names_own { values.last().cloned() } else { answered() };
    let Some(id) = id.filter(|id| leads_somewhere(session, collection, id)) else { return false };
    let above = values.clone();
    values.truncate(collection.depth());
    values.push(id.clone());
    // Only what this run is shown to have made is changed, and only what this create has made is held
    // against what it sent.
    if !session.pool.is_own(index, &values) {
        // Where no list tells what was there, the answer to this very create is all that there is to go by.
        if made.status() == 201 && !is_known(&id) && collection.list.is_none() {
            let sent = comparable(create, &sent, (&answer, &made_at), &collection.parameter);
            let altered = life::create_altered(create, &sent, &answer, &BTreeSet::new());
            session.recorder.say(create, &made, altered.warned());
        }
        return false;
    }
    if is_known(&id) {
        // Whoever answers an object that is there already has made none; one that is not there either
        // is lost.
        reading::found(session, collection, create, &values).await;
        return false;
    }
    let mut object = Object {
        collection,
        create,
        values,
        above,
        id: id.clone(),
        sent: comparable(create, &sent, (&answer, &made_at), &collection.parameter),
        answer: answer.clone(),
        at: String::new(),
        made_at,
        volatile: BTreeSet::new(),
        is_first: start.is_first,
        is_odd: false,
    };
    if !is_empty {
        let altered = life::create_altered(create, &object.sent, &answer, &object.volatile);
        object.is_odd = session.recorder.say(create, &made, altered);
    }
    if !object.is_odd && !is_empty {
        made::defaults(session, create, (&sent, &answer, &object.made_at), &made);
    }
    if reading::read(session, &mut object).await {
        go_on(session, object, &parts, &made).await;
    }
    true
}

/// Whether an id can be asked for: one that the document allows in the answer, and not in the path, leads nowhere.
fn leads_somewhere(session: &Session<'_>, collection: &Collection, id: &Value) -> bool {
    let read = session.operation(collection.retrieve.or(collection.destroy));
    resources::is_safe_id(&parameter::text(id))
        && read.is_none_or(|read| steps::objects::fits(read, Location::Path, &collection.parameter, id))
}

/// Sends a create. A body that was made up may be refused.
async fn make(
    session: &mut Session<'_>,
    create: &Operation,
    parts: &Parts,
    is_guess: bool,
) -> Option<Evidence> {
    if !is_guess {
        return dispatch::turn(session, create, parts, Attempt::plain(create)).await;
    }
    let request = build(create, parts).ok()?;
    let ask = Attempt::made_up(create);
    let intent = ask.intent.clone();
    let made = dispatch::send_as(session, create, request, ask, false).await?;
    if made.is_success() {
        session.recorder.judge(create, &intent, &made, None);
    }
    Some(made)
}

/// Whether an object ended before another of its own times, as what expires in the past does: lists may leave it out.
fn has_ended(made: &Evidence) -> bool {
    let Some(answer) = made.exchange.response() else { return false };
    let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let inner = answer.as_object().into_iter().flatten().map(|(_, member)| member);
    inner.chain([&answer]).filter_map(Value::as_object).any(|object| {
        let times = object.iter().filter_map(|(name, value)| Some((name, instant(value.as_str()?)?)));
        let times: Vec<_> = times.collect();
        let mut ends = times.iter().filter(|(name, _)| ends_period(name));
        ends.any(|(_, end)| times.iter().any(|(_, other)| end < other))
    })
}

/// The life of an object that can be read.
async fn go_on(session: &mut Session<'_>, mut object: Object<'_>, parts: &Parts, made: &Evidence) {
    reading::location(session, &object, made).await;
    if object.is_first {
        links::follow(session, &object, made).await;
    }
    let mut was_listed = reading::listed(session, &object).await;
    if was_listed == Some(false) {
        // Lists are often kept by another part of a service, which needs a moment.
        clock::sleep(SETTLING).await;
        was_listed = reading::listed(session, &object).await;
    }
    if let (Some(was_listed), Some((listed, _))) = (was_listed, reading::list_of(session, &object))
        && (was_listed || !has_ended(made))
        && let Some(list) = session.operation(listed.list.as_ref().map(|list| list.operation))
    {
        let seen = (!was_listed).then(|| {
            observe(Rule::CreateNotListed, list, "a created object can be read but is not in the list")
                .because(format!("the id {}", parameter::text(&object.id)), "no such entry")
        });
        session.recorder.say(list, made, Evaluation::of(Rule::CreateNotListed, seen));
    }
    // Where bodies are varied, the order is looked at behind that.
    if was_listed == Some(true) && object.is_first && session.recorder.is_muted(Family::Input) {
        reading::sorted(session, &object).await;
    }
    denied_create(session, &object, parts).await;
    if object.is_first {
        conflicts::taken_key(session, &object, parts).await;
        conflicts::dangling(session, &object, parts).await;
        repeated::run(session, &object, parts).await;
    }
    let keeps = changes::update(session, &object).await;
    refused_delete(session, &object).await;
    if object.is_first {
        patched::run(session, &object).await;
        locks::hold(session, &object).await;
    }
    changes::replace(session, &mut object).await;
    if object.is_first {
        taken::by_change(session, &object).await;
        tags::compare(session, &object).await;
        acts::all(session, &object).await;
    }
    if owners::keep_out(session, &object).await {
        return;
    }
    if keeps {
        ending::hide(session, &object, was_listed == Some(true)).await;
    }
    ending::end(session, &object).await;
}

/// A create that is refused must not create.
async fn denied_create(session: &mut Session<'_>, object: &Object<'_>, parts: &Parts) {
    let Some(list) = object.collection.list.as_ref() else { return };
    let Some(operation) =
        session.operation(Some(list.operation)).filter(|list| session.recorder.has_succeeded(list))
    else {
        return;
    };
    let Some(address) = session.addressed(operation, &object.values) else { return };
    let name = listing::name_of(object.collection);
    let Some((before, _)) = listing::walk(session, operation, object.collection, list, &address, None).await
    else {
        return;
    };
    let known: HashSet<String> = before.entries().map(&name).collect();
    for ask in session.denied(object.create) {
        let Some(turn) = dispatch::turn(session, object.create, parts, ask).await else { continue };
        if !turn.is_denied() || !before.is_complete {
            // It was let in, which other rules report.
            return;
        }
        let Some((after, _)) =
            listing::walk(session, operation, object.collection, list, &address, None).await
        else {
            return;
        };
        let spared = BTreeSet::new();
        let new = after.entries().find(|entry| {
            !known.contains(&name(entry)) && life::changed(&object.sent, entry, &spared).is_none()
        });
        if let Some(new) = new {
            let seen = observe(
                Rule::DeniedRequestHadEffect,
                object.create,
                "a create was refused but created an object",
            )
            .because("no new entry", format!("the id {}", name(new)));
            session.recorder.say(object.create, &turn, seen);
            return;
        }
        if after.is_complete {
            session.recorder.held(object.create, Rule::DeniedRequestHadEffect);
        }
    }
}

/// A DELETE that is documented to be refused leaves everything as it was.
async fn refused_delete(session: &mut Session<'_>, object: &Object<'_>) {
    let Some(destroy) = session.operation(object.collection.destroy) else { return };
    if !resources::is_refusal(destroy) {
        return;
    }
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return };
    // What changes by being read says nothing of a refusal before.
    if session.recorder.has_seen(Rule::ReadHadEffect, retrieve) {
        return;
    }
    let Some(parts) = session.addressed(destroy, &object.values) else { return };
    let Some((_, before)) = reading::now(session, object).await else { return };
    let Some(turn) = dispatch::turn(session, destroy, &parts, Attempt::plain(destroy)).await else { return };
    let Some(address) = session.addressed(retrieve, &object.values) else { return };
    if turn.status() != 405 {
        return;
    }
    let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await else {
        return;
    };
    let after = read.sound(retrieve);
    let changed = after.as_ref().and_then(|after| {
        let sent = sent_of(object, &before);
        let (at, _, _) = life::changed(&sent, after, &object.volatile)?;
        Some(format!("{} has changed", life::member(&at)))
    });
    let what = if read.is_gone() { Some("the object is gone".to_owned()) } else { changed };
    if let Some(what) = what {
        let seen = observe(
            Rule::RefusedMethodHadEffect,
            destroy,
            format!("DELETE was refused with 405, but {what}"),
        )
        .because("the object as it was", read.status().to_string());
        session.recorder.say(destroy, &read, seen);
    } else if after.is_some() {
        session.recorder.held(destroy, Rule::RefusedMethodHadEffect);
    }
}

/// What was sent, as it read at some time.
fn sent_of(object: &Object<'_>, read: &Value) -> Map<String, Value> {
    projected(&object.sent, read)
}

/// The bodies to create with: the plain one, and each JSON example that differs from it.
fn bodies(
    create: &Operation,
    parts: &Parts,
    (soft, key): (Option<&str>, &str),
    is_given: bool,
) -> Vec<Option<(String, Vec<u8>)>> {
    let mut bodies: Vec<(String, Vec<u8>)> = Vec::new();
    bodies.extend(parts.body.clone().filter(|(media_type, _)| is_json(media_type)));
    let mut is_first = !is_given;
    let described = create.body.iter().flat_map(|body| &body.content).filter(|c| c.is_json());
    for content in described {
        for (_, example) in examples::of_body(content, Direction::Request) {
            // The plain body is the first example, under a name of its own.
            if std::mem::take(&mut is_first) && !bodies.is_empty() {
                continue;
            }
            let example = mark::example(content.schema.as_deref(), &example, key).unwrap_or(example);
            let octets = serde_json::to_vec(&plan::shown(&example, soft)).unwrap_or_default();
            if !bodies.iter().any(|(_, known)| *known == octets) {
                bodies.push((content.media_type.clone(), octets));
            }
        }
    }
    if bodies.is_empty() {
        // A form, or nothing at all.
        return vec![parts.body.clone()];
    }
    bodies.truncate(MAX_LIVES);
    bodies.into_iter().map(Some).collect()
}

/// Sends a body to an object, by a request with made-up values.
async fn write(
    session: &mut Session<'_>,
    object: &Object<'_>,
    operation: &Operation,
    body: Map<String, Value>,
) -> Option<Evidence> {
    let parts = session.with_body(operation, &object.values, &Value::Object(body))?;
    let request = build(operation, &parts).ok()?;
    dispatch::send_as(session, operation, request, Attempt::made_up(operation), false).await
}

#[cfg(test)]
mod tests;
