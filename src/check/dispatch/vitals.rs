//! Watches the health of the target.
//!
//! After a request that could have done harm, a read that worked before is sent again. If it keeps failing, the run
//! ends. A change of the run's own objects is looked behind once for each thing that is sent.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::keyed;
use crate::check::clock;
use crate::check::credentials::KeyChoice;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::path_values;
use crate::check::retry_after::retry_after;
use crate::check::sender::has_failed;
use crate::check::session::Session;
use crate::check::session::health::{Harm, Probe, Suspect};
use crate::contract::Operation;
use crate::document::pointer;
use crate::exchange::{Exchange, Request, Response};
use crate::judge::sequence::observe;
use crate::resources::kind::Kind;
use crate::resources::{Entry, Role};
use crate::rules::Rule;

/// How long a target may take to be well again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause between two looks, where the target asks for none.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// Looks after the target once a request was answered, or was not.
pub(in crate::check) async fn watch(
    session: &mut Session<'_>,
    operation: &Operation,
    choice: &KeyChoice,
    keyed: &Keyed,
) {
    let exchange = &keyed.exchange;
    let status = exchange.status();
    let failed = has_failed(exchange);
    session.sender.is_shaken = failed;
    if session.health.is_harmed() || !session.sender.is_at_plan() {
        return;
    }
    let is_safe = reads(&exchange.request.method);
    if is_safe {
        remember(session, operation, choice, keyed);
    } else if !matches!(status, Some(400..=499)) {
        // What failed may have been done all the same.
        session.ledger.has_written |= status.is_none_or(|status| !(300..500).contains(&status));
        let line = format!("{} {}", exchange.request.method, exchange.url);
        session.health.suspect(Suspect { operation: operation.index, line, evidence: keyed.clone().into() });
    }
    if failed
        || (may_do_harm(session, operation, exchange) && !may_wait(session, operation, &exchange.request))
    {
        probe(session, exchange).await;
    }
}

/// Looks after the target where requests were sent that nobody has looked behind, so that they are not taken for what
/// the next one may do.
pub(in crate::check) async fn look_before(session: &mut Session<'_>) {
    let last = session.health.last_suspect().map(|suspect| suspect.evidence.exchange.clone());
    if let Some(last) = last.filter(|_| !session.health.is_harmed() && session.sender.is_at_plan()) {
        probe(session, &last).await;
    }
}

/// Whether the next look at the target may be later: an object of this run's was changed, by what has changed others
/// without harm.
fn may_wait(session: &mut Session<'_>, operation: &Operation, request: &Request) -> bool {
    let is_own = session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
    let changes = matches!(session.resources.role(operation.index), Some((_, Role::Update | Role::Replace)));
    is_own && changes && session.health.may_wait(operation.index, session.marks.unstamped(&request.body))
}

/// Whether a request could have done more than make one object more: it was not refused, or nothing
/// says what it does.
fn may_do_harm(session: &Session<'_>, operation: &Operation, exchange: &Exchange) -> bool {
    let refused = matches!(exchange.status(), Some(400..=499));
    !reads(&exchange.request.method)
        && match session.resources.kind(operation.index).map(|judged| judged.kind) {
            Some(Kind::Create) => false,
            Some(Kind::Own) => !refused,
            // Asking once shows whether it does more than ask.
            Some(Kind::Query) => !refused && session.recorder.requests(operation) <= 1,
            Some(Kind::Action | Kind::Setting) => true,
            None => false,
        }
}

/// Keeps a read as the probe, a list that holds what others made before any other.
fn remember(session: &mut Session<'_>, operation: &Operation, choice: &KeyChoice, keyed: &Keyed) {
    let exchange = &keyed.exchange;
    let Some(response) = exchange.response().filter(|r| r.status.is_success()) else { return };
    let is_plain =
        exchange.request.method == http::Method::GET && exchange.request.method == operation.method;
    let is_key = matches!(choice, KeyChoice::Nothing | KeyChoice::Minimal(_))
        && (*choice != KeyChoice::Nothing || operation.is_open());
    if !is_plain || !is_key || !session.health.wants_probe() {
        return;
    }
    // Where other shards make and remove objects, what is gone may have been theirs; and what an object of this run's
    // holds is changed with it.
    let is_shared =
        |index| session.settings.shared.contains(&index) || session.settings.elsewhere.contains_key(&index);
    let is_own = || {
        let values = path_values::of_path(operation, &exchange.request.path);
        session.is_below_own(operation, &values)
            || values.iter().any(|value| session.marks.is_in_value(value))
    };
    let says_nothing = is_shared(operation.index) || is_own();
    let entries = if says_nothing { HashSet::new() } else { foreign(session, operation, exchange) };
    session.health.offer(Probe {
        operation: operation.index,
        request: exchange.request.clone(),
        key: choice.clone(),
        media_type: response.media_type(),
        entries,
    });
}

/// The entries of a list that this run did not make.
fn foreign(session: &Session<'_>, operation: &Operation, exchange: &Exchange) -> HashSet<String> {
    let listing = session
        .resources
        .listed_by(operation.index)
        .and_then(|index| Some((index, session.resources.collection(index)?)));
    let Some((index, collection)) = listing else { return HashSet::new() };
    let Some(at) = collection.list.as_ref().map(|list| list.entries.as_str()) else {
        return HashSet::new();
    };
    let body = exchange.response().and_then(Response::json).unwrap_or_default();
    let parents = path_values::of_path(operation, &exchange.request.path);
    let entries = body.pointer(at).and_then(Value::as_array).into_iter().flatten();
    entries
        .filter_map(|entry| {
            let id = session.pool.id(index, Entry { key: None, value: entry }, collection)?;
            let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
            (!session.pool.is_own(index, &values)).then(|| id.to_string())
        })
        .collect()
}

/// Reads again what was readable before; a target that stays unwell was harmed.
async fn probe(session: &mut Session<'_>, last: &Exchange) {
    let Some(probe) = session.health.probe().cloned() else { return };
    let Some(operation) = session.contract.at(probe.operation) else { return };
    let end = clock::now() + PATIENCE;
    let mut pause = Duration::from_millis(100);
    loop {
        session.sender.adds_look();
        let Ok(key) = session.credentials.get(operation, &probe.key).await else { return };
        let sent = keyed::send_with(session, operation, &probe.request, &probe.key, key).await;
        // A key that stopped working meanwhile says nothing about the target.
        let Ok(keyed) = sent else { return };
        let exchange = keyed.exchange;
        // Whoever limits the rate is there and answers.
        let is_well = exchange.status() == Some(429) || is_well(session, &probe, operation, &exchange);
        if is_well {
            for sent in session.health.clear() {
                if let Some(operation) = session.contract.at(sent) {
                    session.recorder.held(operation, Rule::TargetHarmed);
                }
            }
            return;
        }
        if is_meant(session, &probe, &exchange, last) {
            session.health.clear();
            session.health.forget_probe();
            return;
        }
        let asked = retry_after(&exchange).unwrap_or(pause);
        if clock::now() + asked > end || session.sender.is_stopped() {
            return harmed(session, &probe, &exchange, last);
        }
        clock::sleep(asked).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Whether a read shows no more than what the user allowed: an action on the object that it reads, or on one that it
/// lists or belongs to, has succeeded, and the target answers.
fn is_meant(session: &Session<'_>, probe: &Probe, seen: &Exchange, last: &Exchange) -> bool {
    let acted = session.contract.find(&last.request.path).into_iter().flat_map(|found| found.operations);
    let mut acted = acted.filter_map(|index| session.contract.at(*index));
    let is_allowed =
        acted.any(|o| o.method == last.request.method && session.settings.actions.contains(&o.index));
    let has_answered = matches!(seen.status(), Some(200..=299 | 404 | 410));
    let is_done = last.status().is_some_and(|status| (200..300).contains(&status));
    let path = |request: &Request| format!("{}/", request.path.trim_end_matches('/'));
    let (read, changed) = (path(&probe.request), path(&last.request));
    // Of a list no more than the one entry may be gone, by its own address.
    let deletes = last.request.method == http::Method::DELETE && changed != read;
    let is_sole = deletes && probe.entries.len() == 1;
    // What belongs to an object goes with it.
    let is_below = read.starts_with(&changed) && (deletes || probe.entries.is_empty());
    let is_about_it =
        is_below || (is_sole && (changed.starts_with(&read) || deletes_entry(session, probe, last)));
    is_allowed && has_answered && is_done && is_about_it
}

/// Whether a request removes an object that a list showed, wherever the addresses of its objects are:
/// `DELETE /pet/1` of `GET /pets`.
fn deletes_entry(session: &Session<'_>, probe: &Probe, last: &Exchange) -> bool {
    let removes = |operation: &&Operation| {
        let role = session.resources.role(operation.index);
        operation.method == last.request.method
            && role.is_some_and(|(of, role)| {
                role == Role::Destroy && session.resources.listed_by(probe.operation) == Some(of)
            })
    };
    let found = session.contract.find(&last.request.path).into_iter().flat_map(|found| found.operations);
    let Some(operation) = found.filter_map(|index| session.contract.at(*index)).find(removes) else {
        return false;
    };
    let values = path_values::of_path(operation, &last.request.path);
    // An address does not say whether an id is a text or a number.
    let plain = |id: &str| id.trim_matches('"').to_owned();
    let removed = values.last().map(|id| plain(&id.to_string()));
    removed.is_some_and(|removed| probe.entries.iter().any(|entry| plain(entry) == removed))
}

fn is_well(session: &Session<'_>, probe: &Probe, operation: &Operation, exchange: &Exchange) -> bool {
    let Some(response) = exchange.response() else { return false };
    let is_alike = response.status.is_success() && response.media_type() == probe.media_type;
    // An object of this run's may hold what is no value of JSON for everybody.
    let is_readable = response.json().is_some();
    if !is_alike || probe.entries.is_empty() || !is_readable {
        return is_alike;
    }
    // New objects may push the others off the page; only a shorter one shows that they are gone.
    let is_shorter = count(session, operation, exchange) < probe.entries.len();
    !is_shorter || !foreign(session, operation, exchange).is_disjoint(&probe.entries)
}

/// How many entries a list holds.
fn count(session: &Session<'_>, operation: &Operation, exchange: &Exchange) -> usize {
    let index = session.resources.listed_by(operation.index);
    let list = index.and_then(|index| session.resources.collection(index)?.list.as_ref());
    let body = exchange.response().and_then(Response::json);
    let entries =
        list.zip(body).and_then(|(list, body)| Some(body.pointer(&list.entries)?.as_array()?.len()));
    entries.unwrap_or(0)
}

/// Ends the run: what could have done the harm is named, and nothing else is held against the target.
fn harmed(session: &mut Session<'_>, probe: &Probe, seen: &Exchange, last: &Exchange) {
    // A read that fails at a target that is down is not a finding of its own.
    if reads(&last.request.method) {
        session.recorder.forget_case(&last.case);
    }
    let Harm { message, read, found, suspect } = session.health.harmed(probe, seen);
    let blamed = suspect.as_ref().map_or(probe.operation, |suspect| suspect.operation);
    let Some(operation) = session.contract.at(blamed) else { return };
    let mut observation = observe(Rule::TargetHarmed, operation, message)
        .because(format!("{read} is answered as before"), found)
        .of_status();
    observation.document = pointer::join(&operation.pointer, "responses");
    let of_probe = || Evidence { exchange: seen.clone(), key: None, placed: Vec::new() };
    let evidence = suspect.map_or_else(of_probe, |suspect| suspect.evidence);
    session.recorder.say(operation, &evidence, observation);
}

/// Whether a method only reads: the safe ones (RFC 9110 §9.2.1), PROPFIND (RFC 4918 §9.1) and QUERY.
fn reads(method: &http::Method) -> bool {
    method.is_safe() || ["PROPFIND", "QUERY"].contains(&method.as_str())
}

#[cfg(test)]
mod tests;
