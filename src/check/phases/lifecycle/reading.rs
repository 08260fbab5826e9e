//! Reads an object: it must exist, be as it was sent, and be listed.

use std::time::Duration;

use serde_json::Value;

use super::{Object, sent_of};
use crate::check::attempt::Attempt;
use crate::check::clock;
use crate::check::dispatch::{self, listing};
use crate::check::evidence::Evidence;
use crate::check::phases::members::{given, place};
use crate::check::phases::pagination::is_cut_wrongly;
use crate::check::phases::sorting;
use crate::check::session::Session;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Operation, parameter};
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources::members::is_version;
use crate::resources::{Collection, Filter, Listing, id_name, id_within};
use crate::rules::Rule;

/// The Location of a create, where it sends one (RFC 9110 §10.2.2).
pub(super) async fn location(session: &mut Session<'_>, object: &Object<'_>, made: &Evidence) {
    let Some(location) = made
        .exchange
        .response()
        .and_then(|response| response.headers.get(http::header::LOCATION))
        .and_then(|value| value.to_str().ok())
    else {
        return;
    };
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return };
    let Ok(request) = listing::follow(session, &made.exchange.request, location) else {
        // It leads to another host, which is never asked.
        return;
    };
    let Some(turn) = dispatch::send_as(session, retrieve, request, Attempt::made_up(retrieve), false).await
    else {
        return;
    };
    if turn.is_gone() {
        let seen = observe(Rule::LocationBroken, object.create, "the Location of the create does not exist")
            .because("the new object", turn.status().to_string());
        session.recorder.say(object.create, &turn, seen);
    } else if turn.is_success() {
        session.recorder.held(object.create, Rule::LocationBroken);
    }
}

/// Whether an object that a create answered can be read.
pub(super) async fn found(
    session: &mut Session<'_>,
    collection: &Collection,
    create: &Operation,
    values: &[Value],
) {
    let Some(retrieve) = session.operation(collection.retrieve) else { return };
    let Some(parts) = session.addressed(retrieve, values) else { return };
    let Some(turn) = dispatch::turn(session, retrieve, &parts, Attempt::plain(retrieve)).await else {
        return;
    };
    not_found(session, create, &turn);
}

/// `create-not-found`, where a create answered an object that cannot be read.
fn not_found(session: &mut Session<'_>, create: &Operation, turn: &Evidence) -> bool {
    turn.is_gone() && {
        let seen = observe(Rule::CreateNotFound, create, "a created object cannot be read")
            .because("200", turn.status().to_string())
            .of_status();
        session.recorder.say(create, turn, seen)
    }
}

/// Reads it back, several times; returns whether there is anything to go on with.
pub(super) async fn read(session: &mut Session<'_>, object: &mut Object<'_>) -> bool {
    let Some(retrieve) = session.operation(object.collection.retrieve) else {
        return object.collection.list.is_some();
    };
    let Some(parts) = session.addressed(retrieve, &object.values) else { return false };
    let Some(first) = dispatch::turn(session, retrieve, &parts, Attempt::plain(retrieve)).await else {
        return false;
    };
    if not_found(session, object.create, &first) {
        return false;
    }
    if first.is_success() {
        session.recorder.held(object.create, Rule::CreateNotFound);
    }
    let Some(got) = shown(retrieve, object, &first) else { return true };
    if let Some(name) = id_name(&got, &object.collection.parameter) {
        let changed = life::identity_changed(retrieve, name, &object.id, &got);
        if session.recorder.say(retrieve, &first, changed) {
            return true;
        }
    }
    let mut quick = vec![got.clone()];
    let started = clock::now();
    let again = dispatch::turn(session, retrieve, &parts, Attempt::plain(retrieve)).await;
    quick.extend(again.as_ref().and_then(|turn| shown(retrieve, object, turn)));
    let moved = |reads: &[Value]| -> Vec<String> {
        let (Some(one), Some(other)) = (reads.first(), reads.last()) else { return Vec::new() };
        let (first, last) = (sent_of(object, one), sent_of(object, other));
        let moved = object.sent.keys().filter(|name| first.get(*name) != last.get(*name));
        // Nobody but who writes an object moves its version.
        let versions = one.as_object().into_iter().flatten().map(|(name, _)| name);
        let versions = versions.filter(|name| is_version(name) && one.get(name) != other.get(name));
        moved.chain(versions).cloned().collect()
    };
    let names = moved(&quick);
    if names.is_empty() && quick.len() > 1 && !object.sent.is_empty() {
        session.recorder.held(retrieve, Rule::ReadHadEffect);
    }
    if !names.is_empty() {
        for _ in 0..2 {
            let again = dispatch::turn(session, retrieve, &parts, Attempt::plain(retrieve)).await;
            quick.extend(again.and_then(|turn| shown(retrieve, object, &turn)));
        }
        clock::sleep(started.elapsed().max(Duration::from_millis(20))).await;
        let Some(last) = dispatch::turn(session, retrieve, &parts, Attempt::plain(retrieve)).await else {
            return true;
        };
        let after = shown(retrieve, object, &last).unwrap_or_default();
        for name in names {
            let of = |read: &Value| {
                let shown = if is_version(&name) { read.get(&name) } else { None };
                shown.cloned().or_else(|| sent_of(object, read).get(&name).cloned()).unwrap_or_default()
            };
            let values: Vec<Value> = quick.iter().map(of).collect();
            let seen = life::moves_by_reading(&values, &of(&after)).then(|| {
                let first = values.first().cloned().unwrap_or_default();
                life::read_had_effect(retrieve, &name, &first, &of(&after))
            });
            object.is_odd |= session.recorder.say(retrieve, &last, Evaluation::of(Rule::ReadHadEffect, seen));
            object.volatile.insert(name);
        }
    }
    // What reading is not documented to show cannot be asked for.
    object.at =
        first.sound(retrieve).and_then(|answer| place(&answer, object.collection)).unwrap_or_default();
    let shows = given(retrieve, &object.at);
    if !shows.is_empty() {
        object.sent.retain(|name, _| shows.contains_key(name) || got.get(name).is_some());
    }
    if !object.is_odd {
        let altered = life::create_altered(object.create, &object.sent, &got, &object.volatile);
        object.is_odd = session.recorder.say(object.create, &first, altered);
    }
    if object.is_odd {
        // If it reads back differently, it is not compared further.
        let kept = |name: &String, value: &Value| got.get(name).is_some_and(|found| found == value);
        object.sent.retain(|name, value| kept(name, value));
    }
    true
}

/// The collection whose list shows an object, and the values of its path: its own, or the one that it was made in.
pub(super) fn list_of<'r>(
    session: &Session<'r>,
    object: &Object<'_>,
) -> Option<(&'r Collection, Vec<Value>)> {
    let lists = |index| session.collection(index).filter(|known| known.list.is_some());
    if let Some(own) = session.resources.created_by(object.create.index).and_then(lists) {
        return Some((own, object.values.clone()));
    }
    let below = session.resources.at(object.create.path().trim_end_matches('/'))?;
    Some((lists(below)?, object.above.clone()))
}

/// Whether the list shows it; `None` if that is unknown.
pub(super) async fn listed(session: &mut Session<'_>, object: &Object<'_>) -> Option<bool> {
    let (collection, values) = list_of(session, object)?;
    let list = collection.list.as_ref()?;
    let operation =
        session.operation(Some(list.operation)).filter(|list| session.recorder.has_succeeded(list))?;
    if is_cut_wrongly(session, operation) {
        return None;
    }
    let mut parts = session.addressed(operation, &values)?;
    widen(operation, &mut parts);
    if list.filters.iter().any(|filter| leaves_out(filter, &parts, object)) || searches(list, operation) {
        return None;
    }
    let name = listing::name_of(object.collection);
    let wanted = parameter::text(&object.id);
    let walk = listing::walk(session, operation, collection, list, &parts, Some(&wanted)).await?.0;
    // A path may call objects by a name of this run's as well, which no other object has.
    let is_own_name = session.marks.is_in_value(&object.id);
    let holds = |entry: &Value| {
        let mut members = entry.as_object().into_iter().flatten().map(|(_, value)| value);
        is_own_name && members.any(|value| value.as_str() == Some(wanted.as_str()))
    };
    let found = walk.entries().any(|entry| name(entry) == wanted || holds(entry));
    // Entries that are called by something else than the object cannot be compared.
    let parameter = &object.collection.parameter;
    let shown = given(object.create, &object.made_at).into_keys().map(|name| (name, Value::from("x")));
    let shown = Value::Object(shown.collect());
    let by = id_name(&shown, parameter);
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    let is_alike = |entry: &Value| {
        id_within(entry, parameter).is_some()
            && is_number(&name(entry)) == is_number(&wanted)
            && (by.is_none() || by == id_name(entry, parameter))
    };
    if !found && !walk.is_empty() && !walk.entries().any(is_alike) {
        return None;
    }
    (found || (walk.is_complete && !walk.loops)).then_some(found)
}

/// Whether a list has to be asked for something by which it may leave out any object: a search with a required text.
fn searches(list: &Listing, operation: &Operation) -> bool {
    let is_known =
        |name: &str| list.pages.names(name) || list.filters.iter().any(|filter| filter.parameter == name);
    operation.parameters_in(Location::Query).any(|asked| asked.required && !is_known(&asked.name))
}

/// Asks a list for all entries where the document says that it shows a part of them unless it is asked for all.
fn widen(list: &Operation, parts: &mut Parts) {
    let absent =
        list.parameters_in(Location::Query).filter(|p| parts.get(Location::Query, &p.name).is_none());
    let wide = absent.filter_map(|parameter| {
        let view = View::of(parameter.value_schema()?, Direction::Request);
        let default = view.nodes().find_map(|node| node.get("default"))?;
        let is_all = |value: &&Value| matches!(value.as_str(), Some("all" | "any" | "both" | "ALL" | "ANY"));
        let all = view.choices().into_iter().find(is_all).filter(|all| *all != default)?;
        Some((parameter.name.clone(), all.clone()))
    });
    for (name, all) in wide.collect::<Vec<_>>() {
        parts.set(Location::Query, &name, all);
    }
}

/// Whether a filter that the plain list needs is about other objects than this one.
fn leaves_out(filter: &Filter, parts: &Parts, object: &Object<'_>) -> bool {
    let Some(asked) = parts.get(Location::Query, &filter.parameter).map(parameter::text) else {
        return false;
    };
    let sent = Value::Object(object.sent.clone());
    [&sent, &object.answer].into_iter().any(|shown| filter.keeps(shown, &asked, &|_| None) == Some(false))
}

/// The members that were sent, as the object reads now. It is not read again where nothing was sent since the last time.
pub(super) async fn now(session: &mut Session<'_>, object: &Object<'_>) -> Option<(Evidence, Value)> {
    let retrieve = session.operation(object.collection.retrieve)?;
    let parts = session.addressed(retrieve, &object.values)?;
    let path = build(retrieve, &parts).ok()?.path;
    let turn = match session.fresh.of(&path) {
        Some(turn) => turn,
        None => dispatch::turn(session, retrieve, &parts, Attempt::made_up(retrieve)).await?,
    };
    let value = shown(retrieve, object, &turn)?;
    session.fresh.keep(path, turn.clone());
    Some((turn, value))
}

/// The object in an answer that reads it, which may be in an envelope.
pub(super) fn shown(retrieve: &Operation, object: &Object<'_>, turn: &Evidence) -> Option<Value> {
    let mut answer = turn.sound(retrieve)?;
    match place(&answer, object.collection) {
        Some(at) => answer.pointer_mut(&at).map(Value::take),
        None => answer.is_object().then_some(answer),
    }
}

/// The list is in order with the new object, too, which may belong before older ones.
pub(super) async fn sorted(session: &mut Session<'_>, object: &Object<'_>) {
    let Some(list) = &object.collection.list else { return };
    let Some(operation) = session.operation(Some(list.operation)) else { return };
    if session.recorder.is_muted(Rule::SortIgnored)
        || session.recorder.has_seen(Rule::SortIgnored, operation)
        || is_cut_wrongly(session, operation)
    {
        return;
    }
    if let Some(parts) = session.addressed(operation, &object.values) {
        sorting::sorts(session, operation, list, &parts).await;
    }
}
