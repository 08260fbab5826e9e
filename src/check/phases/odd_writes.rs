//! Phase: odd bodies for creates whose objects can be deleted and for this run's own objects, and changes of objects that
//! are not there.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::crash::{self, Odd};
use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::plan::{Input, OddBodies, destroys};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Location, MediaBody, Operation, OperationId, body, is_json};
use crate::document::pointer;
use crate::generate::hostile;
use crate::generate::request::{Parts, build, write_body};
use crate::judge::exchange::Intent;
use crate::judge::sequence::failure::failure;
use crate::resources::kind::Kind;
use crate::resources::members::{is_own_id, is_secret, may_stand_in_path};
use crate::resources::reach::{
    has_rules, is_pace, is_place_in_order, runs_by_itself, starts_something, takes_from_others,
};
use crate::resources::{self, id_name, names};
use crate::rules::Family;

/// Words of numbers that say how much a server does.
const BULK: [&str; 24] = [
    "count",
    "size",
    "length",
    "replicas",
    "instances",
    "timeout",
    "ttl",
    "wait",
    "delay",
    "sleep",
    "retries",
    "repeat",
    "times",
    "width",
    "height",
    "memory",
    "bytes",
    "limit",
    "pages",
    "workers",
    "threads",
    "duration",
    "depth",
    "parallelism",
];

/// Writes in odd ways.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.operation(Some(index)).filter(|operation| !operation.is_login()) else {
        return;
    };
    if !session.recorder.is_muted(Family::State) {
        unknown(session, operation).await;
    }
    if crash::sound(session, index).is_none()
        || session.settings.odd_bodies == OddBodies::None
        || !may_be_odd(session, operation)
    {
        return;
    }
    let Some(first) = steps::plain_parts(session, operation).await else { return };
    let mut odd: Vec<(Odd, Vec<Odd>)> = Vec::new();
    for at in 0..bodies(session, operation, &first).len() {
        // Each create gets texts of its own.
        let Some(parts) = steps::plain_parts(session, operation).await else { break };
        odd.extend(bodies(session, operation, &parts).into_iter().nth(at));
    }
    if let Some(parts) = steps::plain_parts(session, operation).await {
        odd.extend(headers(operation, &parts).map(|odd| (odd, Vec::new())));
        odd.extend(crash::odd_cookie(operation, &parts).map(|odd| (odd, Vec::new())));
    }
    crash::run(session, operation, odd.into_iter()).await;
}

/// Whether an operation makes what this run can delete again, or changes what this run made.
fn may_be_odd(session: &Session<'_>, operation: &Operation) -> bool {
    let kind = session.resources.kind(operation.index).map(|judged| judged.kind);
    let Some(step) = session.base(operation) else { return false };
    if destroys(operation) || resources::is_refusal(operation) {
        return false;
    }
    let made = session.resources.created_by(operation.index).and_then(|index| session.collection(index));
    let removes = made.is_some_and(|made| {
        let destroy = session.cleaner(made.destroy);
        destroy.is_some_and(|destroy| !resources::is_refusal(destroy)) || made.soft_delete.is_some()
    });
    match kind {
        Some(Kind::Create) => removes && !session.resources.names_own(operation.index),
        Some(Kind::Own) => is_own(&step.inputs),
        _ => false,
    }
}

fn is_own(inputs: &[(Location, String, Input)]) -> bool {
    inputs.iter().any(|(_, _, input)| matches!(input, Input::Own(_) | Input::Fresh(_)))
}

/// Odd bodies, each with smaller ones that say which member it is about.
fn bodies(session: &Session<'_>, operation: &Operation, parts: &Parts) -> Vec<(Odd, Vec<Odd>)> {
    let Some((media_type, octets)) = &parts.body else { return Vec::new() };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let described = operation.body.as_ref().and_then(|documented| documented.content_for(essence));
    let Some(described) = described else { return Vec::new() };
    let with = |label: String, octets: Vec<u8>| {
        let parts = Parts { body: Some((media_type.clone(), octets)), ..parts.clone() };
        Some(Odd { label, request: build(operation, &parts).ok()? })
    };
    let schema = described.schema.as_deref();
    let is_bulk = |at: &str| names::words(&last(at)).iter().any(|word| BULK.contains(&word.as_str()));
    if !is_json(essence) {
        return forms(session, operation, (described, essence), octets)
            .into_iter()
            .filter_map(|(label, octets)| Some((with(label.to_owned(), octets)?, Vec::new())))
            .collect();
    }
    let Ok(sent) = serde_json::from_slice::<Value>(octets) else { return Vec::new() };
    if starts_something(described.schema.as_deref(), &sent) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for odd in hostile::roots() {
        found.extend(with(odd.label.to_owned(), odd.octets).map(|odd| (odd, Vec::new())));
    }
    let is_free = |at: &str| is_free(session, operation, &sent, at);
    for odd in hostile::bodies(schema, &sent, &is_free, &is_bulk) {
        let smaller = |place: String| {
            let only = |at: &str| at == place && is_free(at);
            let odd = hostile::bodies(schema, &sent, &only, &is_bulk)
                .into_iter()
                .find(|one| one.label == odd.label)?;
            with(format!("{} ({place})", odd.label), odd.octets)
        };
        let smaller = hostile::places(&sent).into_iter().filter_map(smaller).collect();
        found.extend(with(odd.label.to_owned(), odd.octets).map(|odd| (odd, smaller)));
    }
    let is_create = session.resources.created_by(operation.index).is_some();
    let left_out: &[&str] = match (is_create, session.settings.odd_bodies) {
        (true, OddBodies::All) => &[],
        (true, _) => &UNWRITABLE,
        // What every body is read by was tried on creates already.
        (false, _) => &READ_ALIKE,
    };
    // Who documents 422 looks at what a body holds.
    let checks = operation.documents(422);
    found.retain(|(odd, _)| checks || odd.label != hostile::NULL_ITEM);
    found.retain(|(odd, _)| !left_out.iter().any(|label| odd.label.starts_with(label)));
    found
}

/// Odd bodies that meet the reader of bodies, which the operations of a server share.
const READ_ALIKE: [&str; 3] = ["arrays in arrays", "a member that comes twice", "a text with U+0000"];
/// Values that a target may take and then be unable to write in any answer: a half of a character, and a number that is
/// read as infinity.
const UNWRITABLE: [&str; 2] = ["an escaped lone surrogate", "numbers beyond all bounds"];

/// Odd forms: nothing at all, and unusual letters.
fn forms(
    session: &Session<'_>,
    operation: &Operation,
    (described, essence): (&MediaBody, &str),
    octets: &[u8],
) -> Vec<(&'static str, Vec<u8>)> {
    if essence != "application/x-www-form-urlencoded" {
        return Vec::new();
    }
    let mut found = vec![("an empty form", Vec::new())];
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let octets = Bytes::copy_from_slice(octets);
    let Ok(body::Body::Value(sent)) = body::read(described, Direction::Request, essence, &headers, &octets)
    else {
        return found;
    };
    let is_free = |at: &str| is_free(session, operation, &sent, at);
    for odd in hostile::bodies(described.schema.as_deref(), &sent, &is_free, &|_| true) {
        let value = serde_json::from_slice(&odd.octets).ok().filter(|_| odd.label.contains("text"));
        let written = value.and_then(|value: Value| write_body(described, Direction::Request, &value));
        found.extend(written.map(|(_, octets)| (odd.label, octets)));
    }
    found
}

/// Odd values of documented header parameters.
fn headers(operation: &Operation, parts: &Parts) -> Option<Odd> {
    let names: Vec<&str> = operation.parameters_in(Location::Header).map(|p| p.name.as_str()).collect();
    let mut odd = parts.clone();
    for name in &names {
        odd.set(Location::Header, name, json!("odd"));
    }
    let request = build(operation, &odd).ok().filter(|_| !names.is_empty())?;
    Some(Odd { label: format!("an odd header ({})", names.join(", ")), request })
}

/// Whether a place may be made odd: it is neither the name of the object nor one of another, and it does nothing.
fn is_free(session: &Session<'_>, operation: &Operation, sent: &Value, at: &str) -> bool {
    let made = session.resources.created_by(operation.index);
    let of = made.or_else(|| session.resources.role(operation.index).map(|(index, _)| index));
    let parameter = of.and_then(|index| session.collection(index)).map(|known| known.parameter.as_str());
    let is_called_by_text = of.is_some_and(|index| session.is_called_by_text(index));
    let names_it = |name: &str| {
        (is_called_by_text && may_stand_in_path(name))
            || parameter.is_some_and(|p| name == p || id_name(sent, p) == Some(name))
            || is_own_id(name)
    };
    let reaches = |name: &str| {
        has_rules(name)
            || takes_from_others(name)
            || is_pace(name)
            || is_place_in_order(name)
            || runs_by_itself(name)
            || is_secret(name)
    };
    let schema = operation.body.as_ref().and_then(|body| body.content.first()?.schema.as_deref());
    let refers = |name: &str| session.resources.refers(schema, name);
    pointer::tokens(at).all(|name| !names_it(&name) && !reaches(&name) && !refers(&name))
}

fn last(at: &str) -> String {
    pointer::tokens(at).last().unwrap_or_default()
}

/// Changes an object that is not there, in the plain alphabet of ids: 404 is documented for that.
async fn unknown(session: &mut Session<'_>, operation: &Operation) {
    let Some(target) = session.resources.target(operation) else { return };
    // Only where the path itself goes through the collection is it known that the object is looked for, and only
    // where answers name its objects, that this one is none of them.
    let index = session.resources.of_parameter(operation.index, target);
    let collection = index.and_then(|index| session.collection(index)).filter(|known| known.names_objects());
    let Some(retrieve) = session.operation(collection.and_then(|known| known.retrieve)) else { return };
    let is_own = session.base(operation).is_some_and(|step| is_own(&step.inputs));
    // A PUT could make it.
    let may_make = operation.method == Method::PUT && operation.documents(201);
    let names_missing = operation.documents(404) && !resources::is_refusal(operation);
    let Some(id) = resources::unknown_id(operation, target) else { return };
    if !is_own || may_make || !names_missing {
        return;
    }
    let Some(mut parts) = steps::plain_parts(session, operation).await else { return };
    parts.set(Location::Path, target, id);
    let values: Option<Vec<Value>> =
        retrieve.template.names().iter().map(|name| parts.get(Location::Path, name).cloned()).collect();
    let Some(address) = values.and_then(|values| session.addressed(retrieve, &values)) else { return };
    if session.leads_elsewhere(operation, &parts) {
        return;
    }
    // Nothing is sent where something could be.
    let look = Attempt { key: KeyChoice::sufficient(retrieve), intent: Intent::UnknownId };
    let Some(read) = dispatch::turn(session, retrieve, &address, look).await else { return };
    if !read.is_gone() {
        return;
    }
    let ask = Attempt { key: KeyChoice::sufficient(operation), intent: Intent::UnknownId };
    if operation.method != Method::DELETE {
        dispatch::turn(session, operation, &parts, ask).await;
        return;
    }
    // That a DELETE takes what is not there is found out at an object that was there.
    let Ok(request) = build(operation, &parts) else { return };
    if let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await {
        session.recorder.say(operation, &turn, failure(operation, "an unknown id", &turn.exchange));
    }
}

#[cfg(test)]
mod tests;
