//! What accepted requests have created, and the proof that it belongs to this run.
//!
//! Proof is a text that was part of the request, a list that did not contain the object before, or a parent
//! object of this run. An id alone proves nothing: it may belong to another object.

pub(in crate::check) mod ahead;
mod candidates;
mod renamed;

use http::Method;
use serde_json::Value;

use self::candidates::candidates;
pub(super) use self::renamed::{follow_rename, may_be_renamed};
use super::{booking, stock};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::path_values;
use crate::check::session::Session;
use crate::check::session::ledger::{Entry as Made, Unsettled};
use crate::contract::{Direction, Operation, StatusKey, parameter};
use crate::document::pointer;
use crate::exchange::{Exchange, Request, Response};
use crate::generate::mark;
use crate::generate::request::build;
use crate::resources::kind::{Kind, clones};
use crate::resources::members::{NAMES_IN_PATHS, is_position};
use crate::resources::{self, Collection, CollectionId, Entry, identities, is_marked};

/// Members by which one object is asked for.
const MAX_NAMES: usize = 4;

/// Finds out what one accepted request has made.
pub(super) async fn settle_one(session: &mut Session<'_>, made: Unsettled) {
    let Some(operation) = session.contract.at(made.operation) else { return };
    let Some(response) = made.exchange.response() else { return };
    let request = &made.exchange.request;
    let creates = session.resources.created_by(operation.index);
    if creates.is_some() && was_there(operation, response) {
        return;
    }
    let line = format!("{} {}", request.method, session.sender.address(&request.path));
    let here = path_values::of_path(operation, &request.path);
    let is_below_own = session.is_below_own(operation, &here);
    if session.resources.links(operation.index) {
        return booking::settle_place(session, operation, &made.exchange, line, is_below_own);
    }
    if let Some(index) = creates.filter(|_| session.resources.names_own(operation.index)) {
        // 201 says that it was made under this name, which nobody else has.
        let is_absent = session.ledger.absent.contains(request.path.trim_end_matches('/'));
        let reads = session.collection(index).is_some_and(|collection| collection.retrieve.is_some());
        booking::owe(session, Some(index), here, line, is_absent || !reads);
        return;
    }
    let collection = creates.or_else(|| session.resources.answers_item_of(operation.index));
    let Some(index) = collection else {
        if settle_copy(session, operation, &made.exchange, &line).await {
            return;
        }
        booking::settle_place(session, operation, &made.exchange, line, is_below_own);
        return;
    };
    let Some(collection) = session.collection(index) else { return };
    let parents: Vec<Value> = here.iter().take(collection.depth()).cloned().collect();
    // Below an object of this run's own everything is its own; elsewhere that proves nothing.
    let is_below_own = collection.depth() > 0 && session.is_below_own(operation, &parents);
    let token = session.marks.token_in(&request.body);
    let mut found = candidates(session, index, &made.exchange, token.as_deref());
    if found.is_empty() && !session.pool.is_called_by_name(index) && session.ledger.may_search(index) {
        name_by_trying(session, index, &parents, &made.exchange).await;
        found = candidates(session, index, &made.exchange, token.as_deref());
    }
    let is_named =
        session.pool.is_called_by_name(index) || leads_nowhere(session, index, &parents, &found).await;
    if is_named && settle_by_name(session, index, &parents, &request.body, token.as_deref()).await {
        return;
    }
    let is_of_another = !is_below_own && stock::is_unlisted(session, index, &parents, &found).await;
    if found.is_empty() || is_of_another {
        let is_found = settle_by_name(session, index, &parents, &request.body, token.as_deref()).await
            || (session.ledger.may_search(index)
                && search(session, index, &parents).await.is_some_and(|found| found > 0));
        if !is_found {
            owe_nameless(session, index, request, line, is_below_own);
        }
        return;
    }
    for (id, is_marked) in found {
        let values: Vec<Value> = parents.iter().cloned().chain([id]).collect();
        if session.ledger.owes(index, &values) {
            continue;
        }
        let was_listed = session.pool.was_listed(index, &values);
        if was_listed == Some(true) {
            // It was there before. Where it has taken a text of this run's, it was changed.
            if is_marked {
                booking::owe(session, Some(index), values, line.clone(), false);
            }
            continue;
        }
        let is_own = if is_marked || is_below_own || was_listed == Some(false) {
            is_addressed(session, index, &values, &request.body).await
        } else {
            let says_made = says_made(operation, response);
            is_new(session, (index, collection), &values, token.as_deref(), says_made).await
        };
        booking::owe(session, Some(index), values, line.clone(), is_own);
    }
}

/// Whether an object that can be read shows to be new: by the text of the request, because it was not there before, or by
/// its id where the answer says that something was made.
async fn is_new(
    session: &mut Session<'_>,
    (index, collection): (CollectionId, &Collection),
    values: &[Value],
    token: Option<&str>,
    says_made: bool,
) -> bool {
    let read = read_item(session, collection, values).await;
    let Some(read) = read.filter(|read| read.status.is_success()) else { return false };
    let path = collection.item_path(values).unwrap_or_default();
    token.is_some_and(|token| holds(&read, token))
        || session.ledger.absent.contains(path.trim_end_matches('/'))
        || (says_made && is_new_each_time(session, index, values))
}

/// Whether a success says that something was made: 201, or what a document without 201 has in its place.
fn says_made(operation: &Operation, response: &Response) -> bool {
    response.status == 201 || (response.status == 200 && !operation.documents(201))
}

/// Whether a create that says so answers another id than before, where nothing lists what it makes and nothing reads with
/// what was sent: an id of something that it only refers to would be the same. Then it has made those before, too. Numbers
/// prove nothing: what counts something else comes upon the ids of others.
fn is_new_each_time(session: &mut Session<'_>, index: CollectionId, values: &[Value]) -> bool {
    let Some((id, parents)) = values.split_last() else { return false };
    let is_telling = id.as_str().is_some_and(|id| id.bytes().any(|octet| octet.is_ascii_alphabetic()));
    if !is_telling || session.collection(index).is_none_or(|collection| collection.list.is_some()) {
        return false;
    }
    let made = |entry: &Made| entry.collection == Some(index) && entry.path.is_some() && !entry.is_gone;
    let beside = session.ledger.entries().iter().filter(|entry| made(entry));
    let beside = beside
        .filter_map(|entry| entry.values.split_last().map(|(other, above)| (other, above, entry.is_own)));
    let beside: Vec<(Value, bool)> = beside
        .filter(|(other, above, _)| *above == parents && *other != id)
        .map(|(other, _, is_own)| (other.clone(), is_own))
        .collect();
    for (other, _) in beside.iter().filter(|(_, is_own)| !is_own) {
        let values: Vec<Value> = parents.iter().chain([other]).cloned().collect();
        if let Some(entry) = session.ledger.entry_mut(index, &values) {
            entry.is_own = true;
        }
        session.pool.add_own(index, values);
    }
    !beside.is_empty()
}

/// Whether a success says that the object was there already: 200 where 201 is documented.
fn was_there(operation: &Operation, response: &Response) -> bool {
    response.status == 200 && operation.responses.iter().any(|r| r.status == StatusKey::Code(201))
}

/// Notes what was made without an id.
fn owe_nameless(
    session: &mut Session<'_>,
    index: CollectionId,
    request: &Request,
    line: String,
    is_below_own: bool,
) {
    booking::owe(session, Some(index), Vec::new(), line, is_below_own);
    // It is deleted with its parent, an object of this run.
    if is_below_own {
        session.ledger.goes_with(request.path.trim_end_matches('/'));
    }
}

/// Finds a copy that a POST to an object of this run's own has made beside it. Only what reads with the
/// text of the request is one: the id that is answered may be that of something else.
async fn settle_copy(
    session: &mut Session<'_>,
    operation: &Operation,
    exchange: &Exchange,
    line: &str,
) -> bool {
    let is_own = session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
    let target = session.resources.target(operation).filter(|_| is_own && operation.method == Method::POST);
    let index = target.and_then(|target| session.resources.of_parameter(operation.index, target));
    let Some((index, collection)) = index.and_then(|index| Some((index, session.collection(index)?))) else {
        return false;
    };
    let here = path_values::of_path(operation, &exchange.request.path);
    let parents: Vec<Value> = here.iter().take(collection.depth()).cloned().collect();
    let is_itself =
        |id: &Value| here.get(collection.depth()).map(parameter::text) == Some(parameter::text(id));
    let token = session.marks.token_in(&exchange.request.body);
    // A copy has the texts of what it was made of, which this run made up.
    let text = token.clone().or_else(|| clones(operation).then(|| session.marks.run.clone()));
    let mut unproven = None;
    if let Some(text) = text {
        for id in copies(session, index, exchange, &text) {
            let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
            let is_known = session.pool.was_listed(index, &values) == Some(true);
            if is_itself(&id) || is_known || session.ledger.owes(index, &values) {
                continue;
            }
            let read = read_item(session, collection, &values).await.filter(|read| read.status.is_success());
            if read.as_ref().is_some_and(|read| holds(read, &text)) {
                booking::owe(session, Some(index), values, line.to_owned(), true);
                return true;
            }
            unproven = unproven.or_else(|| read.is_some().then_some(values));
        }
    }
    if settle_by_name(session, index, &parents, &exchange.request.body, token.as_deref()).await {
        return true;
    }
    match unproven.filter(|_| clones(operation)) {
        Some(values) => booking::owe(session, Some(index), values, line.to_owned(), false),
        None if clones(operation) => booking::owe_beside(session, line),
        None => {}
    }
    clones(operation)
}

/// By what a path may call the copy that an answer shows.
fn copies(session: &Session<'_>, index: CollectionId, exchange: &Exchange, text: &str) -> Vec<Value> {
    let answered = exchange.response().and_then(Response::json).unwrap_or_default();
    match session.pool.name_of(index).and_then(|at| resources::scalar(&answered, at)) {
        Some(id) => vec![id.clone()],
        None => candidates(session, index, exchange, Some(text)).into_iter().map(|(id, _)| id).collect(),
    }
}

/// Finds out by what the path calls what was made, where the answer has nothing like an id: an object
/// must be there under one of its other members.
async fn name_by_trying(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
    exchange: &Exchange,
) {
    let (Some(collection), Some(response)) = (session.collection(index), exchange.response()) else { return };
    let Some(answer) = response.json() else { return };
    for at in resources::id_candidates(&answer, &[], &collection.parameter).into_iter().take(MAX_NAMES) {
        let Some(id) = resources::scalar(&answer, &at) else { continue };
        let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
        let read = read_item(session, collection, &values).await;
        if read.is_some_and(|read| read.status.is_success()) {
            return session.pool.call_by(index, &at);
        }
    }
}

/// Whether the first id that a create of a collection answers is not found, so that the path may want
/// something else.
async fn leads_nowhere(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
    found: &[(Value, bool)],
) -> bool {
    let (Some(collection), [(id, _)]) = (session.collection(index), found) else { return false };
    if session.ledger.addressed.contains_key(&index) || session.pool.has_made(index) {
        return false;
    }
    let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
    let read = read_item(session, collection, &values).await;
    read.is_some_and(|read| matches!(read.status.as_u16(), 400 | 404 | 410 | 422))
}

/// Uses the name that was sent as the id, if the answer has none, or one that does not exist: its
/// object must read with it.
async fn settle_by_name(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
    sent: &[u8],
    token: Option<&str>,
) -> bool {
    let Some(collection) = session.collection(index) else { return false };
    let Ok(sent) = serde_json::from_slice::<Value>(sent) else { return false };
    let usual = resources::id_name(&sent, &collection.parameter);
    for name in usual.into_iter().chain(NAMES_IN_PATHS.iter().copied()) {
        let id = sent.get(name).filter(|id| {
            id.as_str().is_some_and(|id| match token {
                Some(token) => mark::is_of(id, token),
                // Without any text of the run's the id alone is made up.
                None => session.marks.has_made_up(id),
            })
        });
        let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { continue };
        let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
        // Nobody else has an id that this run made up, with room for a text in it or without.
        let made_up = parameter::text(id);
        let read = read_item(session, collection, &values).await.filter(|read| read.status.is_success());
        if !read.is_some_and(|read| holds(&read, &made_up) || token.is_some_and(|token| holds(&read, token)))
        {
            continue;
        }
        session.pool.call_by(index, &pointer::join("", name));
        session.ledger.named.insert(index);
        if !session.ledger.owes(index, &values) {
            booking::owe(session, Some(index), values, String::new(), true);
        }
        return true;
    }
    false
}

/// Whether the id that a create answers leads to what it made; looked up once for each collection.
/// A path may count objects, or name them by something else.
async fn is_addressed(session: &mut Session<'_>, index: CollectionId, values: &[Value], sent: &[u8]) -> bool {
    if let Some(known) = session.ledger.addressed.get(&index) {
        return *known;
    }
    let (Some(collection), Some(id)) = (session.collection(index), values.last()) else { return false };
    if session.cleaner(collection.retrieve).is_none() {
        return !is_position(&collection.parameter);
    }
    // What cannot be read is reported by other rules.
    let Some(read) = read_item(session, collection, values).await.filter(|r| r.status.is_success()) else {
        return true;
    };
    let Some(body) = read.json() else { return true };
    let token = session.marks.token_in(sent);
    let known = identities(&body, &collection.path, &collection.parameter);
    if known.is_empty() && token.is_none() {
        return true;
    }
    let is_same = known.iter().any(|answered| {
        parameter::text(&answered.id) == parameter::text(id) || resembles(answered.object, sent)
    }) || token.is_some_and(|token| holds(&read, &token));
    session.ledger.addressed.insert(index, is_same);
    is_same
}

async fn read_item(session: &mut Session<'_>, collection: &Collection, values: &[Value]) -> Option<Response> {
    let retrieve = session.cleaner(collection.retrieve)?;
    let parts = session.addressed(retrieve, values)?;
    let request = build(retrieve, &parts).ok()?;
    let ask = Attempt::made_up(retrieve);
    let intent = ask.intent.clone();
    let turn = Box::pin(dispatch::send_as(session, retrieve, request, ask, false)).await?;
    // What is not found may be a wrong guess; what is found is an answer like any other.
    if turn.is_success() {
        session.recorder.judge(retrieve, &intent, &turn, None);
    }
    turn.exchange.outcome.ok()
}

/// Whether an object reads with a text.
async fn reads_with(
    session: &mut Session<'_>,
    collection: &Collection,
    values: &[Value],
    text: &str,
) -> bool {
    let read = read_item(session, collection, values).await;
    read.is_some_and(|read| read.status.is_success() && holds(&read, text))
}

/// Looks through a list for what this run made: entries with a text of its own in a member that a
/// create sends, and entries that were not there before. What was there before is never among them,
/// whatever it holds. Tells how many there are that were not known; `None` where the list cannot be read.
pub(in crate::check) async fn search(
    session: &mut Session<'_>,
    index: CollectionId,
    parents: &[Value],
) -> Option<usize> {
    let collection = session.collection(index)?;
    let entries = stock::all_entries(session, index, parents).await?;
    let line = format!("{} {}", Method::POST, session.sender.address(&collection.path));
    let sent = collection.create.and_then(|create| session.contract.at(create)).map(sends);
    let counts = |name: &str| {
        sent.as_ref().is_none_or(|sent| sent.is_empty() || sent.iter().any(|known| known == name))
    };
    let mut found = 0;
    for entry in entries {
        let Some(id) = session.pool.id(index, Entry { key: None, value: &entry }, collection) else {
            continue;
        };
        let values: Vec<Value> = parents.iter().cloned().chain([id]).collect();
        if let Some(known) = session.ledger.entry_mut(index, &values) {
            // A DELETE that succeeds need not remove.
            known.is_gone = false;
            continue;
        }
        let is_marked = is_marked(&entry, &session.marks.run, &counts);
        let is_new = match session.pool.was_listed(index, &values) {
            Some(was_listed) => !was_listed,
            None => is_marked,
        };
        if is_new {
            found += 1;
            let is_own = is_marked && is_addressed(session, index, &values, &[]).await;
            booking::owe(session, Some(index), values, line.clone(), is_own);
        }
    }
    Some(found)
}

fn holds(response: &Response, text: &str) -> bool {
    std::str::from_utf8(&response.body).is_ok_and(|body| body.contains(text))
}

/// Whether an object shows a text under the very name that it was sent with.
fn resembles(object: &Value, sent: &[u8]) -> bool {
    let Ok(Value::Object(sent)) = serde_json::from_slice(sent) else { return false };
    sent.iter().any(|(name, value)| {
        value.as_str().is_some_and(|text| text.len() > 3) && object.get(name) == Some(value)
    })
}

/// The members that a create sends, down to the second level.
fn sends(create: &Operation) -> Vec<String> {
    let contents = create.body.iter().flat_map(|body| &body.content);
    let Some(schema) = contents.filter(|c| c.is_json()).find_map(|c| c.schema.as_deref()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for (name, field) in schema.fields(Direction::Request, &[]) {
        if field.kinds.object {
            names.extend(schema.fields(Direction::Request, &[&name]).into_keys());
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests;
