//! Phase: bodies that vary what plain requests send.
//!
//! Each varies many members at once. One that is taken must read back as it was sent; of one that is refused the
//! smallest part that is still refused is found and sent once more, alone.

mod blame;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::members::comparable;
use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch::{self, stock};
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::plan::{self, Variations};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Operation, OperationId, body, is_json, parameter};
use crate::generate::request::Parts;
use crate::generate::variation::{Change, Pack, apply};
use crate::judge::At;
use crate::judge::exchange::{Intent, Place, Valid};
use crate::judge::sequence::life;
use crate::resources::members::is_kept_by_server;
use crate::resources::{self, Collection, CollectionId, id_of, object_place};

/// Requests that find out what is to blame, for one body and for one operation.
const MAX_TRIALS: usize = 16;
const MAX_BLAMES: usize = 6;
/// Bodies after which the object is read; of the others the answer is compared alone.
const MAX_READS: usize = 4;

/// One operation whose body is varied.
struct Trialled<'c> {
    operation: &'c Operation,
    varied: Variations<'c>,
    /// The collection of the object that is made or changed.
    collection: Option<CollectionId>,
    /// Whether the object is read after each body.
    reads_back: bool,
}

impl Trialled<'_> {
    /// The plain body with changes.
    fn body(&self, changes: &[Change]) -> Option<Value> {
        apply(self.varied.schema, &self.varied.body, changes)
    }
}

/// What came of one body.
enum Taken {
    Yes,
    /// It was refused for what it says.
    No,
    /// The answer is about something else.
    Unclear,
}

/// Varies the body of an operation whose plain request was taken.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.contract.at(index) else { return };
    if session.recorder.state(index).is_none_or(|state| state.success.is_none()) {
        return;
    }
    let resources = session.resources;
    let creates = resources.created_by(index);
    let collection = creates.or_else(|| resources.role(index).map(|(collection, _)| collection));
    if creates.is_some_and(|made| !session.ledger.is_in_hand(made)) {
        return;
    }
    let keeps_mark = creates.is_some_and(|made| !lists_show_new(session, made));
    let mut blames = MAX_BLAMES;
    for mut varied in plan::variations(session.contract, resources, session.settings, operation, keeps_mark) {
        let packs = std::mem::take(&mut varied.packs);
        let mut all = Trialled { operation, varied, collection, reads_back: true };
        send_packs(session, &mut all, packs, &mut blames).await;
    }
}

/// Sends bodies; of those that are refused it finds out why.
async fn send_packs(session: &mut Session<'_>, all: &mut Trialled<'_>, packs: Vec<Pack>, blames: &mut usize) {
    let mut refused: Vec<Change> = Vec::new();
    for (turn, pack) in packs.into_iter().enumerate() {
        let creates = session.resources.created_by(all.operation.index);
        if session.must_end().is_some() || creates.is_some_and(|made| !session.ledger.is_in_hand(made)) {
            return;
        }
        all.reads_back = turn < MAX_READS;
        let mut changes: Vec<Change> =
            pack.changes.iter().filter(|c| !refused.contains(c)).cloned().collect();
        let is_whole = changes.len() == pack.changes.len();
        let body = if is_whole { Some(pack.body) } else { all.body(&changes) };
        let Some(mut body) = body else { continue };
        // JSON has no charset to name (RFC 8259 §11).
        let may_name_charset = turn == 1 && !is_json(&all.varied.described.media_type);
        if may_name_charset && !with_charset(session, all, &body).await {
            continue;
        }
        while let Taken::No = try_one(session, all, &body, Valid::Packed, false).await {
            if *blames == 0 {
                return;
            }
            *blames -= 1;
            let culprits = blame::find(session, all, &changes).await;
            let Some(first) = culprits.first().cloned() else { break };
            report(session, all, &culprits).await;
            changes.retain(|change| *change != first);
            refused.push(first);
            match all.body(&changes) {
                Some(rest) => body = rest,
                None => break,
            }
        }
    }
}

/// Whether new objects of a collection are told from others by its list alone.
fn lists_show_new(session: &Session<'_>, collection: CollectionId) -> bool {
    let own = session.pool.first_own(collection, &Vec::new());
    let is_told = own.is_some_and(|values| session.pool.was_listed(collection, &values) == Some(false));
    is_told || session.collection(collection).is_some_and(|known| known.depth() > 0)
}

/// Sends a body with the charset in its media type; returns whether the body may be sent without.
async fn with_charset(session: &mut Session<'_>, all: &Trialled<'_>, body: &Value) -> bool {
    let Taken::No = try_one(session, all, body, Valid::Packed, true).await else { return false };
    if let Taken::Yes = try_one(session, all, body, Valid::Packed, false).await {
        let place = Place { at: At::RequestBody, instance: String::new() };
        try_one(session, all, body, Valid::Open(place), true).await;
        return false;
    }
    true
}

/// Sends once more, alone, what is refused.
async fn report(session: &mut Session<'_>, all: &Trialled<'_>, culprits: &[Change]) {
    let Some(body) = all.body(culprits) else { return };
    let Some(culprit) = culprits.iter().find(|change| !change.is_presence).or(culprits.first()) else {
        return;
    };
    let place = Place { at: At::RequestBody, instance: culprit.at.clone() };
    let is_named = culprits.len() == 1 && culprit.is_named;
    let valid = if is_named { Valid::Named(place) } else { Valid::Open(place) };
    try_one(session, all, &body, valid, false).await;
}

/// Sends one body, and compares what was taken with what reads back.
async fn try_one(
    session: &mut Session<'_>,
    all: &Trialled<'_>,
    value: &Value,
    valid: Valid,
    has_charset: bool,
) -> Taken {
    let Trialled { operation, varied, .. } = all;
    if session.must_end().is_some() {
        return Taken::Unclear;
    }
    let Some(mut parts) = steps::parts_of(session, operation, &varied.base).await else {
        return Taken::Unclear;
    };
    let Some((media_type, octets)) = body::write(varied.described, Direction::Request, value) else {
        return Taken::Unclear;
    };
    // A multipart body says more in its media type.
    let charset = if has_charset && !media_type.contains(';') { "; charset=utf-8" } else { "" };
    parts.body = Some((format!("{media_type}{charset}"), octets));
    prepare(session, all, &mut parts).await;
    let attempt = Attempt { key: KeyChoice::sufficient(operation), intent: Intent::Valid(valid) };
    let Some(turn) = dispatch::turn(session, operation, &parts, attempt).await else {
        return Taken::Unclear;
    };
    match turn.status() {
        200..=299 => {
            compare(session, all, &parts, &turn).await;
            Taken::Yes
        }
        400 | 413 | 415 | 422 => Taken::No,
        _ => Taken::Unclear,
    }
}

/// What must be known and set before an unsafe request goes out.
async fn prepare(session: &mut Session<'_>, all: &Trialled<'_>, parts: &mut Parts) {
    let operation = all.operation;
    let creates = session.resources.created_by(operation.index).is_some();
    let names_own = session.resources.names_own(operation.index);
    if names_own {
        steps::naming::name_anew(session, operation, parts);
    }
    session.marks.stamp(parts);
    if names_own {
        steps::naming::look_for_absence(session, operation, parts).await;
    }
    if creates {
        stock::take_stock(session, operation, parts).await;
    } else {
        keep_up(session, all, parts).await;
    }
}

/// Puts in the version that the object has now, where the body says one (optimistic locks).
async fn keep_up(session: &mut Session<'_>, all: &Trialled<'_>, parts: &mut Parts) {
    let Some(sent) = parts.body.as_ref().and_then(|sent| plan::read(all.varied.described, sent)) else {
        return;
    };
    let names: Vec<String> = sent
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .filter(|name| is_kept_by_server(name))
        .cloned()
        .collect();
    if names.is_empty() {
        return;
    }
    let Some(now) = read_object(session, all, parts).await.and_then(|(_, now)| now) else { return };
    let mut value = sent;
    let collection = all.collection.and_then(|index| session.collection(index));
    let Some((now, _)) = collection.and_then(|collection| object_in(&now, collection)) else { return };
    for name in names {
        if let (Some(members), Some(now)) = (value.as_object_mut(), now.get(&name)) {
            members.insert(name, now.clone());
        }
    }
    if let Some(body) = body::write(all.varied.described, Direction::Request, &value) {
        parts.body = Some(body);
    }
}

/// Reads the object that a request of these parts changes.
async fn read_object(
    session: &mut Session<'_>,
    all: &Trialled<'_>,
    parts: &Parts,
) -> Option<(Evidence, Option<Value>)> {
    let values = path_values::of_parts(all.operation, parts);
    read_back(session, all, &values).await
}

async fn read_back(
    session: &mut Session<'_>,
    all: &Trialled<'_>,
    values: &[Value],
) -> Option<(Evidence, Option<Value>)> {
    let collection = session.collection(all.collection?)?;
    let retrieve = session.operation(collection.retrieve)?;
    let address = session.addressed(retrieve, values)?;
    let turn = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
    let shown = turn.sound(retrieve);
    Some((turn, shown))
}

/// Compares what was sent with the answer, and with what is read after it.
async fn compare(session: &mut Session<'_>, all: &Trialled<'_>, parts: &Parts, turn: &Evidence) {
    let Trialled { operation, varied, .. } = all;
    let Some(index) = all.collection else { return };
    let Some(collection) = session.collection(index) else { return };
    let sent = parts.body.as_ref().and_then(|sent| plan::read(varied.described, sent));
    let Some(Value::Object(sent)) = sent.filter(|_| !varied.is_action) else { return };
    let answer = turn.sound(operation);
    let creates = session.resources.created_by(operation.index).is_some();
    let mut values = path_values::of_parts(operation, parts);
    if creates && !session.resources.names_own(operation.index) {
        values.truncate(collection.depth());
        let is_below_own = collection.depth() > 0 && session.is_below_own(operation, &values);
        let shown = answer.as_ref().and_then(|answer| object_in(answer, collection));
        let id = shown.as_ref().and_then(|(object, _)| id_of(object, &collection.parameter));
        let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))).cloned() else { return };
        values.push(id);
        // Only what this run is shown to have made is held against what it sent.
        if !is_below_own && !session.pool.is_own(index, &values) {
            return;
        }
    } else if !session.pool.is_own(index, &values) {
        return;
    }
    if let Some(answer) = &answer
        && say(session, all, (&sent, answer, turn), creates)
    {
        return;
    }
    if (all.reads_back || answer.is_none())
        && let Some((read, Some(shown))) = read_back(session, all, &values).await
    {
        say(session, all, (&sent, &shown, &read), creates);
    }
}

/// The object in an answer, which may be in an envelope, with its place.
fn object_in(answer: &Value, collection: &Collection) -> Option<(Value, String)> {
    let at = object_place(answer, &collection.path, &collection.parameter).unwrap_or_default();
    let object = answer.pointer(&at).filter(|object| object.is_object())?;
    Some((object.clone(), at))
}

/// Says what does not read as it was sent; returns whether something does not.
fn say(
    session: &mut Session<'_>,
    all: &Trialled<'_>,
    (sent, answer, evidence): (&Map<String, Value>, &Value, &Evidence),
    creates: bool,
) -> bool {
    let operation = all.operation;
    let Some(collection) = all.collection.and_then(|index| session.collection(index)) else { return false };
    let Some((object, at)) = object_in(answer, collection) else { return false };
    let mut sent = comparable(operation, sent, (&object, &at), &collection.parameter);
    sent.retain(|name, _| !is_kept_by_server(name));
    let result = if creates {
        life::create_altered(operation, &sent, &object, &BTreeSet::new())
    } else {
        life::update_not_kept(operation, &sent, &object)
    };
    session.recorder.say(operation, evidence, result)
}

#[cfg(test)]
mod tests;
