//! Sends requests with a key, and decides what it means when a key that worked before is refused.

use std::time::Duration;

use crate::check::clock;
use crate::check::credentials::{Credential, KeyChoice, Proof, take_out};
use crate::check::evidence::Keyed;
use crate::check::session::Session;
use crate::contract::{Location, Operation};
use crate::exchange::{Exchange, Request};
use crate::resources::kind::Kind;

/// How long a busy target is left alone.
const BUSY: Duration = Duration::from_secs(1);
/// How often a request is sent that the target puts off (429).
const MAX_TRIES: usize = 5;

/// Sends a request with the key of a case. Where a key is refused that was accepted before, the
/// request that it was accepted with shows whether the key or this request is the reason. A key
/// that is refused there too is renewed, once; if that does not help, it is not used again.
///
/// # Errors
/// Why the key is dead; the answer then says nothing of the target.
pub(in crate::check) async fn send_with(
    session: &mut Session<'_>,
    operation: &Operation,
    request: &Request,
    choice: &KeyChoice,
    key: Option<Credential>,
) -> Result<Keyed, String> {
    if !request.method.is_safe() {
        session.fresh.changed();
    }
    let first = with_key(session, operation, request, key).await;
    let Some(key) = first.key.clone().filter(|_| *choice != KeyChoice::Unknown) else { return Ok(first) };
    if !first.is_refused() {
        session.credentials.note_answer(operation, request, &key, &first.exchange);
        return Ok(first);
    }
    let Some(acceptance) = session.credentials.acceptance(&key) else { return Ok(first) };
    let proof = acceptance.proof;
    match prove(session, proof.as_ref(), &key).await {
        Some(true) => return Ok(first),
        // It could not be found out, so that the answer is what it seems to be.
        None if proof.is_some() => return Ok(first),
        Some(false) | None => {}
    }
    let renewed = match session.credentials.renewed(operation, choice, &key).await {
        Ok(renewed) => renewed,
        Err(why) => return Err(dies(session, &key, &format!("cannot be renewed: {why}"))),
    };
    let Some(new) = renewed else {
        return if proof.is_some() { Err(dies(session, &key, "is now refused")) } else { Ok(first) };
    };
    if !session.may_send().await {
        return Ok(first);
    }
    let second = with_key(session, operation, request, Some(new.clone())).await;
    if !second.is_refused() {
        session.credentials.note_answer(operation, request, &new, &second.exchange);
        return Ok(second);
    }
    match prove(session, proof.as_ref(), &new).await {
        Some(false) => Err(dies(session, &new, "is now refused, even after it was renewed")),
        Some(true) | None => Ok(second),
    }
}

/// Adds the headers that the configuration gives an operation, without credentials where it goes without a key, and
/// returns the time-out that it has.
pub(in crate::check) fn put_manner(
    session: &Session<'_>,
    operation: &Operation,
    request: &mut Request,
    is_keyless: bool,
) -> Option<Duration> {
    let manner = session.settings.manners.get(&operation.index)?;
    for (name, value) in &manner.headers {
        if !(is_keyless && session.credentials.is_key(name.as_str())) {
            // What a case is about goes first.
            request.headers.entry(name).or_insert_with(|| value.clone());
        }
    }
    manner.timeout
}

async fn with_key(
    session: &mut Session<'_>,
    operation: &Operation,
    request: &Request,
    key: Option<Credential>,
) -> Keyed {
    let mut request = request.clone();
    // A request without a key goes without the user's too.
    let is_keyless = key.is_none() && !operation.is_open() && !session.settings.no_auth;
    let timeout = put_manner(session, operation, &mut request, is_keyless);
    let names = session.contract.key_names(Location::Query).filter(|_| is_keyless);
    for name in names.filter(|name| !session.settings.params.contains_key(*name)) {
        take_out(&mut request, name);
    }
    let placed =
        key.as_ref().map_or_else(Vec::new, |key| session.credentials.put_on(operation, key, &mut request));
    let mut tries = 1;
    loop {
        let exchange = session.sender.send(&request, timeout).await;
        session.recorder.count(operation, &exchange);
        let is_put_off = session.sender.is_put_off(&exchange);
        let is_busy = tries == 1 && may_be_busy(session, operation, &exchange);
        if !(is_put_off || is_busy) || tries >= MAX_TRIES || !session.may_send().await {
            return Keyed { exchange, key, placed };
        }
        if is_busy && !is_put_off {
            clock::sleep(BUSY).await;
        }
        tries += 1;
    }
}

/// Whether a change was answered with 503, which says that the target is busy for a while (RFC 9110 §15.6.4).
/// Reads are sent again by the client; what makes objects is not, since there might be two then.
fn may_be_busy(session: &Session<'_>, operation: &Operation, exchange: &Exchange) -> bool {
    let creates = session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Create);
    exchange.status() == Some(503)
        && !exchange.request.method.is_safe()
        && !creates
        && !operation.documents(503)
        && session.sender.is_at_plan()
}

/// Whether a key is still accepted where it was; `None` where that cannot be found out.
async fn prove(session: &mut Session<'_>, proof: Option<&Proof>, key: &Credential) -> Option<bool> {
    let proof = proof?;
    let operation = session.contract.at(proof.operation)?;
    if !session.may_send().await {
        return None;
    }
    let key = Credential { beside: proof.beside.clone(), by: proof.by.clone(), ..key.clone() };
    let keyed = with_key(session, operation, &proof.request, Some(key)).await;
    keyed.exchange.status().map(|_| !keyed.is_refused())
}

/// Notes that a key is dead, and gives the line that says so.
fn dies(session: &mut Session<'_>, key: &Credential, how: &str) -> String {
    let why = format!("the key {:?} was accepted before and {how}", key.info.name);
    session.credentials.bury(key, why.clone());
    why
}

#[cfg(test)]
mod tests;
