//! Phase: a create of several objects at once. Its answer shows each, each can be read, and where the document says
//! "all or none", a list with one bad entry makes none of the others.

use serde_json::{Map, Value};

use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, proof, stock};
use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Operation, OperationId, is_json, parameter};
use crate::generate::negative;
use crate::generate::request::build;
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources::members::{is_kept_by_server, is_own_id, is_secret};
use crate::resources::{self, CollectionId, Entry};
use crate::rules::Rule;
use std::collections::BTreeSet;

/// Bad lists that are tried.
const MAX_BAD: usize = 2;

/// Creates several objects, and looks what has come of them.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.operation(Some(index)).filter(|o| session.recorder.has_succeeded(o)) else {
        return;
    };
    let Some(made) = session.resources.created_by(index).filter(|made| session.ledger.is_in_hand(*made))
    else {
        return;
    };
    let Some(list) = planned(session, operation) else { return };
    let Some((turn, sent)) = send(session, operation, &list).await else { return };
    if !turn.is_success() {
        return;
    }
    let shown = turn.sound(operation).map(|answer| {
        resources::entries(&answer, "").into_iter().map(|entry| entry.value.clone()).collect::<Vec<_>>()
    });
    let Some(shown) = shown.filter(|shown| !shown.is_empty()) else { return };
    if !compare(session, operation, (&sent, &shown), &turn) {
        read(session, operation, made, &shown, &turn).await;
    }
    if resources::takes_all_or_none(operation) {
        all_or_none(session, operation, made, (&list, &sent)).await;
    }
}

/// The list of the plain request, with at least two entries.
fn planned(session: &Session<'_>, operation: &Operation) -> Option<Vec<Value>> {
    let mut step = session.base(operation)?;
    let mut parts = crate::generate::request::Parts { body: step.body.take(), ..Default::default() };
    steps::adapt::apply_wants(session, operation, &step, &mut parts);
    let (media_type, octets) = parts.body.filter(|(media_type, _)| is_json(media_type))?;
    let schema = operation.body.as_ref()?.content_for(&media_type)?.schema.as_deref()?;
    let list: Vec<Value> = serde_json::from_slice(&octets).ok()?;
    let twice = || negative::longer(schema, &list);
    if list.len() > 1 { Some(list) } else { twice() }
}

/// Sends a list; returns the answer, and what was sent in the place of what was planned.
async fn send(
    session: &mut Session<'_>,
    operation: &Operation,
    list: &[Value],
) -> Option<(Evidence, Vec<Value>)> {
    let mut parts = steps::plain_parts(session, operation).await?;
    let media_type = parts.body.as_ref()?.0.clone();
    parts.body = Some((media_type, serde_json::to_vec(list).ok()?));
    session.marks.stamp(&mut parts);
    stock::take_stock(session, operation, &parts).await;
    let request = build(operation, &parts).ok()?;
    let sent = serde_json::from_slice(&request.body).ok()?;
    let turn = dispatch::send_as(session, operation, request, Attempt::made_up(operation), false).await?;
    Some((turn, sent))
}

/// Compares what was sent with the entries of the answer; returns whether something was found.
fn compare(
    session: &mut Session<'_>,
    operation: &Operation,
    (sent, shown): (&[Value], &[Value]),
    turn: &Evidence,
) -> bool {
    let fewer = (sent.len() != shown.len()).then(|| {
        observe(Rule::CreateAltered, operation, "the answer shows another number of objects than were sent")
            .because(sent.len().to_string(), shown.len().to_string())
            .warning()
    });
    if session.recorder.say(operation, turn, Evaluation::of(Rule::CreateAltered, fewer)) {
        return true;
    }
    for (at, object) in sent.iter().enumerate() {
        let Some(members) = object.as_object() else { continue };
        let altered = |entry: &Value| {
            life::create_altered(operation, &compared(members, entry), entry, &BTreeSet::new())
        };
        // In whatever order.
        let is_there = shown.iter().any(|entry| altered(entry).seen.is_empty());
        if let Some(entry) = shown.get(at).filter(|_| !is_there) {
            return session.recorder.say(operation, turn, altered(entry));
        }
    }
    false
}

/// What of an object that was sent an entry can be held against.
fn compared(sent: &Map<String, Value>, entry: &Value) -> Map<String, Value> {
    let is_compared = |name: &str, value: &Value| {
        let is_plain = !value.is_object() && !value.is_array() && !value.is_null();
        let is_own = is_own_id(name) || is_kept_by_server(name) || is_secret(name);
        is_plain && !is_own && entry.get(name).is_some()
    };
    let known = sent.iter().filter(|(name, value)| is_compared(name, value));
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Reads the first and the last of the objects that an answer shows.
async fn read(
    session: &mut Session<'_>,
    operation: &Operation,
    made: CollectionId,
    shown: &[Value],
    turn: &Evidence,
) {
    let Some(collection) = session.collection(made) else { return };
    let Some(retrieve) = session.operation(collection.retrieve) else { return };
    for entry in [shown.first(), shown.last()].into_iter().flatten() {
        let id = session.pool.id(made, Entry { key: None, value: entry }, collection);
        let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { return };
        if !session.pool.is_own(made, std::slice::from_ref(&id)) {
            return;
        }
        let Some(address) = session.addressed(retrieve, &[id]) else { return };
        let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await else {
            return;
        };
        if read.is_gone() {
            let what = "one of several created objects cannot be read";
            let seen = observe(Rule::CreateNotFound, operation, what)
                .because("200", read.status().to_string())
                .of_status();
            session.recorder.say(operation, turn, seen);
            return;
        }
        if read.is_success() {
            session.recorder.held(operation, Rule::CreateNotFound);
        }
    }
}

/// A list of which one entry is refused makes none.
async fn all_or_none(
    session: &mut Session<'_>,
    operation: &Operation,
    made: CollectionId,
    (list, kept): (&[Value], &[Value]),
) {
    let Some(fresh) = list.first().cloned() else { return };
    // The last one is there already, or breaks its schema.
    let again = kept.last().cloned().map(|there| vec![fresh.clone(), there]);
    let schema = operation.body.as_ref().and_then(|body| {
        let content = body.content.iter().find(|content| is_json(&content.media_type))?;
        content.schema.as_deref()
    });
    let two = vec![fresh.clone(), fresh];
    let broken = schema.and_then(|schema| {
        let forbidden = negative::forbidden(schema, &Value::Array(two), "");
        let inner = forbidden.into_iter().find(|one| one.at.starts_with("/1/"))?;
        inner.value.as_array().cloned()
    });
    for bad in again.into_iter().chain(broken).take(MAX_BAD) {
        let Some((turn, sent)) = send(session, operation, &bad).await else { return };
        if !matches!(turn.status(), 400 | 409 | 422) {
            continue;
        }
        let token = serde_json::to_vec(&sent).ok().and_then(|sent| session.marks.token_in(&sent));
        let Some(token) = token else { return };
        let Some(entries) = stock::all_entries(session, made, &[]).await else { return };
        let is_left = |entry: &Value| resources::is_marked(entry, &token, &|_| true);
        let left = entries.iter().any(is_left).then(|| {
            let message = format!("a list was refused with {}, but some of it was created", turn.status());
            observe(Rule::RefusedMethodHadEffect, operation, message)
                .because("none of the objects", "an object of the refused list")
        });
        if session.recorder.say(operation, &turn, Evaluation::of(Rule::RefusedMethodHadEffect, left)) {
            // What is left is known from now on, and deleted in the end.
            proof::search(session, made, &[]).await;
            return;
        }
    }
}
