//! Sends a request and handles its response: objects are recorded, rules judge, the health of the target is
//! watched, and created objects are found.

pub(super) mod booking;
pub(super) mod keyed;
pub(super) mod listing;
pub(super) mod proof;
pub(super) mod settlement;
pub(super) mod stock;
pub(super) mod vitals;

use super::attempt::Attempt;
use super::evidence::Evidence;
use super::job::Event;
use super::path_values;
use super::session::Session;
use crate::contract::{Operation, OperationId, parameter};
use crate::exchange::{Exchange, Request};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::Intent;
use crate::resources::{self, CollectionId, Entry, Resources};

/// Sends a request and has its answer judged by itself.
pub(super) async fn turn(
    session: &mut Session<'_>,
    operation: &Operation,
    parts: &Parts,
    attempt: Attempt,
) -> Option<Evidence> {
    let request = build(operation, parts).ok()?;
    send_as(session, operation, request, attempt, true).await
}

/// Sends a request, and has its answer judged by itself where that is wanted; `None` where it was not sent.
pub(super) async fn send_as(
    session: &mut Session<'_>,
    operation: &Operation,
    request: Request,
    attempt: Attempt,
    is_judged: bool,
) -> Option<Evidence> {
    if !session.may_send().await {
        return None;
    }
    let key = session.credentials.get(operation, &attempt.key).await.ok()?;
    let asked = request.headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let keyed = keyed::send_with(session, operation, &request, &attempt.key, key).await.ok()?;
    bind(session, operation, &attempt.intent, &keyed.exchange);
    let evidence = Evidence::from(keyed.clone());
    if is_judged {
        session.recorder.judge(operation, &attempt.intent, &evidence, asked.as_deref());
    }
    vitals::watch(session, operation, &attempt.key, &keyed).await;
    settlement::settle_made(session).await;
    Some(evidence)
}

/// Remembers ids that the answer names, and what became of objects.
pub(super) fn bind(session: &mut Session<'_>, operation: &Operation, intent: &Intent, exchange: &Exchange) {
    let Some(response) = exchange.response() else { return };
    if !response.status.is_success() || exchange.request.method != operation.method {
        return;
    }
    if matches!(intent, Intent::Valid(_)) {
        booking::says_whether_made(session, operation, exchange);
    }
    booking::may_have_made(session, operation, exchange);
    proof::may_be_renamed(session, operation, exchange);
    booking::touched(session, operation, exchange);
    if matches!(intent, Intent::Valid(_))
        && !session.ledger.is_searching
        && let Some(index) = session
            .resources
            .shown_by(operation.index)
            .or_else(|| session.resources.found_by(operation.index))
        && let Some(collection) = session.resources.collection(index)
        && let Some(body) = response.json()
    {
        let found = || collection.finder.as_ref().map_or("", |(_, at)| at.as_str());
        let at = collection.list.as_ref().map_or_else(found, |list| list.entries.as_str());
        let parents = path_values::of_path(operation, &exchange.request.path);
        let mut ids = Vec::new();
        // What holds a text of this run's was made on the way, be it by a request that was refused.
        let is_others =
            |entry: &Entry<'_>| !session.marks.is_in(entry.key) && !session.marks.is_in_value(entry.value);
        let entries = if collection.unsaid == Some(operation.index) {
            resources::entries_unsaid(&body, collection.word())
        } else {
            resources::entries(&body, at)
        };
        let entries: Vec<Entry<'_>> = entries.into_iter().filter(is_others).collect();
        for entry in entries {
            let id = session.pool.id(index, entry, collection);
            let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { continue };
            let values = parents.iter().cloned().chain([id.clone()]).collect();
            session.pool.keep(index, values, entry.value);
            ids.push(id);
        }
        session.pool.list(index, &parents, ids);
    }
    if matches!(intent, Intent::Valid(_)) {
        show(session, operation, exchange);
    }
    if operation.method == http::Method::DELETE {
        booking::deleted(session, operation, exchange.request.path.trim_end_matches('/'));
    }
}

/// Tells that a request which was sent ahead has made something, before the run itself comes to it.
pub(super) fn tell_ahead(session: &mut Session<'_>, exchange: &Exchange) {
    if let Some(operation) = operation_of(session, exchange).filter(|_| is_success(exchange))
        && booking::makes(session, operation, exchange)
    {
        let line = booking::line_of(session, exchange);
        session.tell(Event::Made { address: &line });
    }
}

/// Counts requests that were sent ahead and that the run itself did not come to, and notes what they have made or
/// removed.
pub(super) async fn book_left_over(session: &mut Session<'_>) {
    for exchange in session.sender.take_left_over() {
        let Some(operation) = operation_of(session, &exchange) else { continue };
        session.recorder.count(operation, &exchange);
        if !exchange.request.method.is_safe() {
            session.ledger.has_written |= is_success(&exchange);
            // It shows nothing of what was there before.
            bind(session, operation, &Intent::NoKey, &exchange);
            // What was made is known before what removed it; at the end of a run the clean-up does that.
            if !session.is_over() {
                settlement::settle_made(session).await;
            }
        }
    }
}

fn is_success(exchange: &Exchange) -> bool {
    exchange.response().is_some_and(|response| response.status.is_success())
}

/// The operation that a request was sent for.
fn operation_of<'r>(session: &Session<'r>, exchange: &Exchange) -> Option<&'r Operation> {
    let Exchange { request, .. } = exchange;
    let found = session.contract.find(&request.path)?;
    let mut operations = found.operations.iter().filter_map(|index| session.contract.at(*index));
    // What was sent with a method of no operation was sent for one of the same path.
    operations.clone().find(|operation| operation.method == request.method).or_else(|| operations.next())
}

/// Which collection's objects an operation answers, and whether it answers a list of them.
fn objects_of(resources: &Resources, operation: OperationId) -> Option<(CollectionId, bool)> {
    if let Some(found) = resources.listed_by(operation).or_else(|| resources.found_by(operation)) {
        return Some((found, true));
    }
    let role = || resources.role(operation).map(|(index, _)| index);
    let one = resources.created_by(operation).or_else(role).or_else(|| resources.answers_item_of(operation));
    one.map(|index| (index, false))
}

/// The collections whose objects an answer of an operation may show.
pub(super) fn shows(resources: &Resources, operation: OperationId) -> impl Iterator<Item = CollectionId> {
    let objects = objects_of(resources, operation).map(|(index, _)| index);
    objects.into_iter().chain(resources.shown_by(operation))
}

/// Remembers the objects that an answer shows.
fn show(session: &mut Session<'_>, operation: &Operation, exchange: &Exchange) {
    let Some(response) = exchange.response() else { return };
    let resources = session.resources;
    let Some((index, lists)) = objects_of(resources, operation.index) else { return };
    let listed = resources.listed_by(operation.index);
    let made = resources.created_by(operation.index);
    let several = resources.makes_several(operation.index);
    let Some(body) = response.json() else { return };
    let entries = resources.collection(index).filter(|_| lists).and_then(|known| {
        let at = known.list.as_ref().filter(|_| listed.is_some()).map(|list| list.entries.as_str());
        body.pointer(at.or_else(|| known.finder.as_ref().map(|(_, at)| at.as_str()))?)?.as_array()
    });
    match entries {
        Some(entries) => entries.iter().for_each(|entry| session.examples.add(index, entry, false)),
        None if several => {
            let entries = resources::entries(&body, "").into_iter();
            entries.for_each(|entry| session.examples.add(index, entry.value, true));
        }
        None => session.examples.add(index, &body, made.is_some()),
    }
}
