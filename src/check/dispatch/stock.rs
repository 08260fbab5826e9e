//! The entries of a collection, before this run creates something there and when it looks for what it
//! created.

use serde_json::{Value, json};

use super::listing;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::path_values;
use crate::check::plan::MAX_PAGES;
use crate::check::session::Session;
use crate::check::smaller_body::smallest;
use crate::contract::{Location, Operation, parameter};
use crate::generate::request::{Parts, build};
use crate::resources::{self, CollectionId, Entry, Listing};

/// The answer to a query that holds fewer entries than this is taken for all of them.
const SHORT: usize = 10;

/// Reads the list of what is about to be created into, once, so that it is known later what was
/// there before.
pub(in crate::check) async fn take_stock(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let Some(index) = session.resources.created_by(operation.index) else { return };
    let Some(collection) = session.collection(index) else { return };
    let parents = path_values::of_parents(collection, operation, parts);
    // What is below an object of this run needs no such proof.
    let is_below_own = session.is_below_own(operation, &path_values::of_parts(operation, parts));
    if is_below_own
        || session.pool.has_stock(index, &parents)
        || !session.ledger.is_first_stock(index, path_values::texts(&parents))
    {
        return;
    }
    if let Some((keys, is_complete)) = Box::pin(keys(session, index, &parents)).await {
        session.pool.list(index, &parents, keys);
        if is_complete {
            session.pool.complete_keys(index, &parents);
        }
    } else if let Some((entries, is_complete)) = Box::pin(entries(session, index, &parents)).await {
        let id = |entry: &Value| session.pool.id(index, Entry { key: None, value: entry }, collection);
        // What holds a text of this run's was made on the way.
        let others = entries.iter().filter(|entry| !session.marks.is_in_value(entry));
        let ids = others.filter_map(id).filter(|id| resources::is_safe_id(&parameter::text(id)));
        let ids: Vec<Value> = ids.collect();
        session.pool.list(index, &parents, ids);
        if is_complete {
            session.pool.complete_stock(index, &parents, &entries);
        }
    }
}

/// What a dictionary of objects calls those that were there before, and whether they are all; `None` where the collection
/// is no dictionary.
async fn keys(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
) -> Option<(Vec<Value>, bool)> {
    let operation = session.cleaner(session.collection(index)?.dictionary)?;
    let parts = session.addressed(operation, parents)?;
    let request = build(operation, &parts).ok()?;
    session.ledger.is_searching = true;
    let turn = dispatch::send_as(session, operation, request, Attempt::made_up(operation), false).await;
    session.ledger.is_searching = false;
    let turn = turn?;
    let body = turn.exchange.response()?.json()?;
    let members = body.as_object().filter(|_| turn.is_success())?;
    let others = members.iter().filter(|(_, object)| !session.marks.is_in_value(object));
    let keys = others.map(|(key, _)| Value::from(key.as_str()));
    Some((keys.collect(), members.len() < SHORT))
}

/// As [`entries`], with the pages that no link leads to.
pub(in crate::check) async fn all_entries(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
) -> Option<Vec<Value>> {
    let (mut entries, is_complete) = entries(session, index, parents).await?;
    if let Some(list) = session.collection(index)?.list.as_ref().filter(|_| !is_complete) {
        turn_pages(session, list, parents, &mut entries).await;
    }
    Some(entries)
}

/// Reads further pages by their number, or by how many entries are before them, until one has nothing new.
async fn turn_pages(session: &mut Session<'_>, list: &Listing, parents: &[Value], entries: &mut Vec<Value>) {
    let Some(operation) = session.cleaner(Some(list.operation)) else { return };
    for number in 1..=MAX_PAGES {
        let (name, at) = match (&list.pages.offset, &list.pages.page) {
            (Some(offset), _) => (offset, entries.len()),
            (None, Some(page)) => (page, number),
            (None, None) => return,
        };
        let Some(mut parts) = session.addressed(operation, parents) else { return };
        parts.set(Location::Query, name, json!(at));
        let Ok(request) = build(operation, &parts) else { return };
        let ask = Attempt::made_up(operation);
        session.ledger.is_searching = true;
        let turn = Box::pin(dispatch::send_as(session, operation, request, ask, false)).await;
        session.ledger.is_searching = false;
        let Some(body) = turn.and_then(|turn| turn.shown()) else { return };
        let Some(page) = body.pointer(&list.entries).and_then(Value::as_array) else { return };
        let new: Vec<Value> = page.iter().filter(|entry| !entries.contains(entry)).cloned().collect();
        // The first page is number 1, or number 0.
        let is_first = list.pages.offset.is_none() && number == 1;
        if new.is_empty() && !is_first {
            return;
        }
        entries.extend(new);
    }
}

/// Whether the id that a create answers is that of something else, as of the first version of what was made:
/// nothing reads an object, and the list has none with that id. Looked up once for each collection.
pub(super) async fn is_unlisted(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
    found: &[(Value, bool)],
) -> bool {
    let Some(collection) = session.collection(index) else { return false };
    let is_read = session.cleaner(collection.retrieve).is_some();
    if is_read || collection.list.is_none() || session.pool.is_called_by_name(index) {
        return false;
    }
    if let Some(known) = session.ledger.listed.get(&index) {
        return !known;
    }
    let Some((entries, _)) = entries(session, index, parents).await else { return false };
    let id = |entry| session.pool.id(index, Entry { key: None, value: entry }, collection);
    let is_there = entries
        .iter()
        .filter_map(id)
        .any(|id| found.iter().any(|(known, _)| parameter::text(known) == parameter::text(&id)));
    // What is not shown at all may be shown later, or never.
    let is_shown = is_there || entries.iter().any(|entry| session.marks.is_in_value(entry));
    if is_shown {
        session.ledger.listed.insert(index, is_there);
    }
    is_shown && !is_there
}

/// The entries of a collection below these parents, and whether they are all; by GET, else by a query.
/// What they show is not taken for what was there before.
pub(super) async fn entries(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
) -> Option<(Vec<Value>, bool)> {
    let collection = session.collection(index)?;
    if let Some(list) = &collection.list {
        let operation = session.cleaner(Some(list.operation))?;
        let address = session.addressed(operation, parents)?;
        session.ledger.is_searching = true;
        let walked = Box::pin(listing::walk(session, operation, collection, list, &address, None)).await;
        session.ledger.is_searching = false;
        let (walk, _) = walked?;
        return Some((walk.entries().cloned().collect(), walk.is_complete));
    }
    let (query, at) = collection.finder.as_ref()?;
    let operation = session.cleaner(Some(*query))?;
    let mut parts = session.addressed(operation, parents)?;
    let planned = session.base(operation)?.body;
    parts.body = planned.as_ref().and_then(|planned| smallest(operation, planned)).or(planned);
    let request = build(operation, &parts).ok()?;
    let ask = Attempt::made_up(operation);
    let turn = Box::pin(dispatch::send_as(session, operation, request, ask, false)).await?;
    let body = turn.exchange.response()?.json()?;
    let entries = body.pointer(at)?.as_array().filter(|_| turn.is_success())?.clone();
    let is_complete = entries.len() < SHORT;
    Some((entries, is_complete))
}
