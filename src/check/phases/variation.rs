//! Phase: bodies that vary what plain requests send.
//!
//! Each varies many members at once. One that is taken must read back as it was sent; of one that is refused the
//! smallest part that is still refused is found and sent once more, alone.

mod blame;
mod called;
mod doubts;
mod form;
mod report;

use std::collections::{BTreeSet, HashSet};

use bytes::Bytes;
use serde_json::{Map, Value};

use self::called::called;
use self::doubts::Doubts;
use super::members::{comparable, given, may_show, place, taken};
use super::sorting;
use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch::{self, stock};
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::plan::{self, Care, Step, Variations};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Operation, OperationId, is_json, parameter};
use crate::document::pointer;
use crate::generate::request::{Parts, write_body};
use crate::generate::variation::{Change, Pack, apply, signed};
use crate::judge::At;
use crate::judge::exchange::{Intent, Place, Valid};
use crate::resources::members::{is_kept_by_server, is_own_id, names_another};
use crate::resources::{self, Collection, CollectionId, Entry};
use crate::rules::Rule;

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
    /// Whether a space in a form is written as a plus.
    writes_plus: bool,
    /// What has not read as it was sent.
    doubts: Doubts,
    /// Whether the plain body is still taken; found out at the first refusal.
    is_plain_taken: Option<bool>,
    /// Bodies that were taken.
    taken: Vec<Value>,
    /// What the last refusal said.
    refusal: Bytes,
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
    let care = Care {
        telling: creates
            .filter(|made| !lists_show_new(session, *made))
            .map(|_| shown_members(operation))
            .unwrap_or_default(),
        called: collection.map(|index| called(session, index)).unwrap_or_default(),
    };
    let mut blames = MAX_BLAMES;
    let mut doubts = Doubts::default();
    for mut varied in variations(session, operation, &care) {
        let packs = std::mem::take(&mut varied.packs);
        doubts.signed.extend(signed(varied.schema, &varied.body));
        let mut all = Trialled {
            operation,
            varied,
            collection,
            reads_back: true,
            writes_plus: false,
            doubts,
            is_plain_taken: None,
            taken: Vec::new(),
            refusal: Bytes::new(),
        };
        let mut told: BTreeSet<BTreeSet<String>> = BTreeSet::new();
        for culprits in send_packs(session, &mut all, packs, &mut blames).await {
            let places = culprits.iter().map(|change| change.at.clone()).collect();
            // The same members with other values are no other fault.
            if culprits.len() == 1 || told.insert(places) {
                report::tell(session, &mut all, &culprits).await;
            }
        }
        doubts = all.doubts;
    }
    doubts.tell(session, operation);
    if let Some(made) = creates {
        sorting::with_made(session, made).await;
    }
}

/// The members that a success may show, as it is or in an envelope; where it shows none, those that are sent.
fn shown_members(operation: &Operation) -> HashSet<String> {
    let outer = given(operation, "");
    let inner = outer.keys().flat_map(|name| given(operation, &pointer::join("", name)).into_keys());
    let shown: HashSet<String> = inner.chain(outer.keys().cloned()).collect();
    if shown.is_empty() { taken(operation).into_keys().collect() } else { shown }
}

/// What an operation is varied with, its plain body as the target has taken it.
fn variations<'r>(session: &Session<'r>, operation: &'r Operation, care: &Care) -> Vec<Variations<'r>> {
    let adapt = |step: &mut Step| {
        let mut parts = Parts { body: step.body.take(), ..Parts::default() };
        steps::adapt::apply_wants(session, operation, step, &mut parts);
        step.body = parts.body;
    };
    let Session { contract, resources, settings, .. } = session;
    plan::variations((contract, resources, settings), operation, care, &adapt)
}

/// Sends bodies; returns the smallest parts of them that are refused.
async fn send_packs(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    packs: Vec<Pack>,
    blames: &mut usize,
) -> Vec<Vec<Change>> {
    let mut refused: Vec<Change> = Vec::new();
    let mut found: Vec<Vec<Change>> = Vec::new();
    for (turn, pack) in packs.into_iter().enumerate() {
        let creates = session.resources.created_by(all.operation.index);
        if session.must_end().is_some() || creates.is_some_and(|made| !session.ledger.is_in_hand(made)) {
            return found;
        }
        all.reads_back = turn < MAX_READS;
        all.writes_plus = turn % 2 == 0;
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
            if *blames == 0 || !is_plain_taken(session, all).await {
                return found;
            }
            *blames -= 1;
            let culprits = blame::find(session, all, &changes).await;
            let Some(first) = culprits.first().cloned() else { break };
            found.push(culprits);
            changes.retain(|change| *change != first);
            refused.push(first);
            match all.body(&changes) {
                Some(rest) => body = rest,
                None => break,
            }
        }
    }
    found
}

/// Whether the plain body is taken now: where it is not, refusals say nothing of what was changed.
async fn is_plain_taken(session: &mut Session<'_>, all: &mut Trialled<'_>) -> bool {
    if let Some(known) = all.is_plain_taken {
        return known;
    }
    let body = all.varied.body.clone();
    let is_taken = matches!(try_one(session, all, &body, Valid::Packed, false).await, Taken::Yes);
    all.is_plain_taken = Some(is_taken);
    is_taken
}

/// Whether new objects of a collection are told from others by its list alone.
fn lists_show_new(session: &Session<'_>, collection: CollectionId) -> bool {
    let own = session.pool.first_own(collection, &Vec::new());
    let is_told = own.is_some_and(|values| session.pool.was_listed(collection, &values) == Some(false));
    is_told || session.collection(collection).is_some_and(|known| known.depth() > 0)
}

/// Sends a body with the charset in its media type; returns whether the body may be sent without.
async fn with_charset(session: &mut Session<'_>, all: &mut Trialled<'_>, body: &Value) -> bool {
    let Taken::No = try_one(session, all, body, Valid::Packed, true).await else { return false };
    if let Taken::Yes = try_one(session, all, body, Valid::Packed, false).await {
        let place = Place { at: At::RequestBody, instance: String::new() };
        try_one(session, all, body, Valid::Open(place), true).await;
        return false;
    }
    true
}

/// Sends one body, and compares what was taken with what reads back.
async fn try_one(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    value: &Value,
    valid: Valid,
    has_charset: bool,
) -> Taken {
    let (operation, varied) = (all.operation, &all.varied);
    if session.must_end().is_some() {
        return Taken::Unclear;
    }
    let Some(mut parts) = steps::parts_of(session, operation, &varied.base).await else {
        return Taken::Unclear;
    };
    let Some((media_type, octets)) = write_body(varied.described, Direction::Request, value) else {
        return Taken::Unclear;
    };
    let octets = if all.writes_plus { form::with_plus(&media_type, octets) } else { octets };
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
            all.taken.push(value.clone());
            compare(session, all, &parts, &turn).await;
            Taken::Yes
        }
        400 | 413 | 415 | 422 => {
            all.refusal = turn.exchange.response().map(|refusal| refusal.body.clone()).unwrap_or_default();
            Taken::No
        }
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
    if let Some(body) = write_body(all.varied.described, Direction::Request, &value) {
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
async fn compare(session: &mut Session<'_>, all: &mut Trialled<'_>, parts: &Parts, turn: &Evidence) {
    let (operation, varied) = (all.operation, &all.varied);
    let Some(index) = all.collection else { return };
    let Some(collection) = session.collection(index) else { return };
    let sent = parts.body.as_ref().and_then(|sent| plan::read(varied.described, sent));
    // A member that changes by being read reads as nobody sent it.
    let retrieve = session.operation(collection.retrieve);
    if retrieve.is_some_and(|retrieve| session.recorder.has_seen(Rule::ReadHadEffect, retrieve)) {
        return;
    }
    let Some(Value::Object(mut sent)) = sent.filter(|_| !varied.is_action) else { return };
    let answer = turn.sound(operation);
    let creates = session.resources.created_by(operation.index).is_some();
    let mut values = path_values::of_parts(operation, parts);
    if creates && !session.resources.names_own(operation.index) {
        values.truncate(collection.depth());
        let is_below_own = collection.depth() > 0 && session.is_below_own(operation, &values);
        let shown = answer.as_ref().and_then(|answer| object_in(answer, collection));
        let entry = shown.as_ref().map(|(object, _)| Entry { key: None, value: object });
        let id = entry.and_then(|entry| session.pool.id(index, entry, collection));
        let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { return };
        values.push(id);
        // Only what this run is shown to have made is held against what it sent.
        if !is_below_own && !session.pool.is_own(index, &values) {
            return;
        }
    } else if !session.pool.is_own(index, &values) {
        return;
    }
    if let Some(answer) = &answer {
        look(session, all, (&sent, answer, turn), creates);
    }
    if (all.reads_back || answer.is_none())
        && let Some((read, Some(shown))) = read_back(session, all, &values).await
    {
        // A read need not show all that a change answers; what an object lacks, other rules look for.
        sent.retain(|name, _| object_in(&shown, collection).is_some_and(|(o, _)| o.get(name).is_some()));
        look(session, all, (&sent, &shown, &read), creates);
    }
}

/// The object in an answer, which may be in an envelope, with its place.
fn object_in(answer: &Value, collection: &Collection) -> Option<(Value, String)> {
    let at = place(answer, collection).unwrap_or_default();
    let object = answer.pointer(&at).filter(|object| object.is_object())?;
    Some((object.clone(), at))
}

/// Whether a value names another object by its id, so that the rest of it is for the target to say.
fn holds_id(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| is_own_id(name) || holds_id(value)),
        Value::Array(items) => items.iter().any(holds_id),
        _ => false,
    }
}

/// Looks at what reads as it was sent, and at what does not.
fn look(
    session: &Session<'_>,
    all: &mut Trialled<'_>,
    (sent, answer, evidence): (&Map<String, Value>, &Value, &Evidence),
    creates: bool,
) {
    let operation = all.operation;
    let Some(collection) = all.collection.and_then(|index| session.collection(index)) else { return };
    let Some((object, at)) = object_in(answer, collection) else { return };
    let whole = sent;
    // A change may be documented without a word of what it answers.
    let retrieve = session.operation(collection.retrieve);
    let mut sent = comparable(operation, sent, (&object, &at), &collection.parameter);
    // Null may stand for a default, and what names another object may be turned down without a word.
    sent.retain(|name, value| {
        !is_kept_by_server(name)
            && !names_another(name)
            && !value.is_null()
            && !whole.get(name).is_some_and(holds_id)
            && [Some(operation), retrieve]
                .into_iter()
                .flatten()
                .all(|shows| may_show(shows, (&object, &at), (name, whole.get(name).unwrap_or(value))))
    });
    if creates && session.marks.shows_another(&sent, &object) {
        return;
    }
    all.doubts.look(operation, (&sent, &object), evidence, creates);
}

#[cfg(test)]
mod tests;
