//! Phase: keys that may not call some operations must be refused there, whatever the document says of scopes.

use serde_json::{Map, Value};

use crate::check::attempt::Attempt;
use crate::check::credentials::{Denied, KeyChoice};
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members;
use crate::check::plan::{Input, destroys};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Location, Operation};
use crate::generate::change::changes;
use crate::generate::request::{Parts, build, write_body};
use crate::judge::Evaluation;
use crate::judge::exchange::Intent;
use crate::judge::sequence::{access, observe};
use crate::resources;
use crate::rules::Rule;

/// Keys that are tried; a few are enough for each operation.
const MAX_KEYS: usize = 8;

/// Requests that one operation takes with one key: what it needs, the refusal, and a read behind it.
const FOR_ONE: usize = 5;
/// What is kept for them of the requests that a run may send: one of so many.
const PART: usize = 8;

/// How many requests are kept for this.
pub(in crate::check) fn bound(session: &Session<'_>) -> usize {
    let keys = session.credentials.denied().iter().take(MAX_KEYS);
    let most = keys.map(|denied| denied.operations.len() * FOR_ONE).sum::<usize>();
    most.min(session.sender.most() / PART)
}

/// Sends each operation with each key that may not call it.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    let keys = session.credentials.denied();
    let mut learnt = Vec::new();
    for (number, denied) in keys.iter().enumerate().take(MAX_KEYS) {
        // What destroys goes last: it takes what the others read.
        for is_last in [false, true] {
            for index in &denied.operations {
                let operation = session.contract.at(*index).and_then(|o| session.subject(o));
                let operation = operation.filter(|o| !o.is_open() && !o.is_login());
                let Some(operation) = operation.filter(|o| destroys(o) == is_last) else { continue };
                if session.must_end().is_some() {
                    return;
                }
                if !session.recorder.is_muted(Rule::KeyLimitIgnored) {
                    learnt.extend(one(session, operation, (number, denied)).await);
                }
            }
        }
    }
    tell_learnt(session, &learnt);
}

/// What a key that is denied an operation gets for an object that is not there.
struct Learnt<'r> {
    operation: &'r Operation,
    key: String,
    turn: Evidence,
}

/// Other operations that must hide which objects there are before one that tells is odd: a document can say in prose
/// alone whether a server looks at the object or at the key first, so that its habit decides.
const HABIT: usize = 3;

fn tell_learnt(session: &mut Session<'_>, learnt: &[Learnt<'_>]) {
    let hidden = learnt.iter().filter(|one| one.turn.status() == 403).count();
    let told = learnt.iter().filter(|one| one.turn.is_gone()).count();
    if hidden < HABIT || told * HABIT > hidden {
        return;
    }
    for Learnt { operation, key, turn } in learnt {
        if turn.is_gone() {
            let what = format!("{key} learns by the status which objects there are");
            let seen = observe(Rule::ScopeStatus, operation, what)
                .because("403, as for a known object", turn.status().to_string())
                .of_status()
                .warning();
            session.recorder.say(operation, turn, seen);
        }
    }
}

/// Reads what is not there with keys that lack scopes, where a known object was refused to such a key.
pub(in crate::check) async fn scopes(session: &mut Session<'_>) {
    if session.settings.no_auth || session.recorder.is_muted(Rule::ScopeStatus) {
        return;
    }
    let mut learnt = Vec::new();
    for operation in &session.contract.operations {
        // Where such a key gets what is there, it is no news that it learns what is not.
        let was_refused = |operation: &&Operation| {
            !session.recorder.has_seen(Rule::ScopeLackingAccepted, operation)
                && session
                    .recorder
                    .state(operation.index)
                    .is_some_and(|state| state.statuses.contains_key("403"))
        };
        let Some(operation) = session
            .subject(operation)
            .filter(|o| o.is_safe() && !o.is_open() && o.documents(403) && o.documents(404))
            .filter(was_refused)
        else {
            continue;
        };
        if session.must_end().is_some() {
            break;
        }
        let Some(ask) =
            session.denied(operation).into_iter().find(|ask| matches!(ask.key, KeyChoice::Lacking { .. }))
        else {
            continue;
        };
        if let Some(turn) = nowhere(session, operation, ask).await {
            learnt.push(Learnt { operation, key: "a key that lacks a scope".to_owned(), turn });
        }
    }
    tell_learnt(session, &learnt);
}

/// The answer for an object that is not there.
async fn nowhere(session: &mut Session<'_>, operation: &Operation, ask: Attempt) -> Option<Evidence> {
    let target = session.resources.target(operation)?;
    let id = resources::unknown_id(operation, target)?;
    let mut parts = steps::plain_parts(session, operation).await?;
    parts.set(Location::Path, target, id);
    if session.leads_elsewhere(operation, &parts) {
        return None;
    }
    let request = build(operation, &parts).ok()?;
    dispatch::send_as(session, operation, request, ask, false).await
}

async fn one<'r>(
    session: &mut Session<'_>,
    operation: &'r Operation,
    (number, denied): (usize, &'r Denied),
) -> Option<Learnt<'r>> {
    let name = denied.key.info.name.as_str();
    let untested = |session: &mut Session<'_>, why: &str| {
        session.recorder.untested(operation, &[Rule::KeyLimitIgnored], why);
    };
    if !session.recorder.state(operation.index).is_some_and(|state| state.has_succeeded(operation)) {
        untested(session, "no request was let in with a key that may call the operation");
        return None;
    }
    let Some(mut parts) = steps::plain_parts(session, operation).await else {
        untested(session, "no object of this run was there to try a denied key on");
        return None;
    };
    let before = shown(session, operation, &parts).await.and_then(|read| read.shown());
    let change = before.as_ref().and_then(|before| change(session, operation, &mut parts, before));
    let request = build(operation, &parts).ok()?;
    let ask = Attempt { key: KeyChoice::Denied(number), intent: Intent::WiderKey };
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else {
        untested(session, &format!("no request could be sent with the key {name:?}"));
        return None;
    };
    session.recorder.say(operation, &turn, access::denied(operation, name, turn.status()));
    if turn.is_success() || turn.status() == 0 {
        return None;
    }
    if let Some(before) = before
        && let Some(read) = shown(session, operation, &parts).await
    {
        let after = read.shown();
        let sent = change.unwrap_or_default();
        let seen = access::effect(operation, &sent, &before, after.as_ref());
        session.recorder.say(operation, &turn, Evaluation::of(Rule::DeniedRequestHadEffect, seen));
    }
    let turn = unknown(session, operation, number, &parts, &turn).await?;
    Some(Learnt { operation, key: format!("the key {name:?}"), turn })
}

/// What is read at the object that an operation would change; `None` where nothing reads it.
async fn shown(session: &mut Session<'_>, operation: &Operation, parts: &Parts) -> Option<Evidence> {
    if operation.is_safe() {
        return None;
    }
    let target = session.resources.target(operation)?;
    let place = session.resources.place(operation, target)?;
    let retrieve = session.operation(session.collection(place.collection)?.retrieve)?;
    let values: Option<Vec<Value>> =
        retrieve.template.names().iter().map(|name| parts.get(Location::Path, name).cloned()).collect();
    let values = values.or_else(|| {
        let named = operation.template.names().iter().map(|name| parts.get(Location::Path, name).cloned());
        named.collect()
    })?;
    let address = session.addressed(retrieve, &values)?;
    let read = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
    (read.is_success() || read.is_gone()).then_some(read)
}

/// Puts a value into the body that the object does not have, so that an effect would be seen; gives what is sent.
fn change(
    session: &Session<'_>,
    operation: &Operation,
    parts: &mut Parts,
    before: &Value,
) -> Option<Map<String, Value>> {
    let resources = session.resources;
    let schema = members::body_schema(operation);
    let is_reference = |name: &str| resources.refers(schema, name);
    let now = before.as_object()?.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let change = changes(schema?, &now, &is_reference).into_iter().next()?;
    let (_, octets) = parts.body.as_ref()?;
    let mut body: Map<String, Value> = serde_json::from_slice(octets).ok()?;
    body.extend(change.clone());
    let content = operation.body.iter().flat_map(|body| &body.content).find(|c| c.is_json())?;
    parts.body = Some(write_body(content, Direction::Request, &Value::Object(body))?);
    Some(change)
}

/// The answer for an object that is not there, where the one for a known object was 403.
async fn unknown(
    session: &mut Session<'_>,
    operation: &Operation,
    number: usize,
    parts: &Parts,
    known: &Evidence,
) -> Option<Evidence> {
    let target = session.resources.target(operation)?;
    let id = resources::unknown_id(operation, target)?;
    let is_given = session.base(operation).is_none_or(|step| {
        step.inputs.iter().any(|(_, name, input)| name == target && matches!(input, Input::Value(_)))
    });
    // What makes objects could make one there.
    if is_given || operation.method == http::Method::PUT || known.status() != 403 {
        return None;
    }
    let mut other = parts.clone();
    other.set(Location::Path, target, id);
    let request = build(operation, &other).ok()?;
    let ask = Attempt { key: KeyChoice::Denied(number), intent: Intent::WiderKey };
    dispatch::send_as(session, operation, request, ask, false).await
}

#[cfg(test)]
mod tests;
