//! One request of the plan: its objects are chosen, it is sent, adapted if it is refused, and judged.

pub(super) mod adapt;
mod anew;
mod asked_for;
mod baseline;
mod by_names;
mod identify;
pub(super) mod naming;
pub(super) mod objects;
mod other_way;
mod own_id;
mod references;
pub(super) mod settings;
mod unasked;
mod wider_key;

use serde_json::Value;

use super::credentials::Credential;
use super::dispatch::{self, keyed, settlement, stock, vitals};
use super::evidence::{Evidence, Keyed};
use super::path_values;
use super::plan::{Input, Step};
use super::recorder::{NotSent, StepAnswer};
use super::session::Session;
use super::session::object_pool::Fixed;
use crate::contract::{Location, Operation};
use crate::exchange::{Exchange, Response};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::CollectionId;
use crate::resources::kind::Kind;

/// Sends one step and judges the answer.
///
/// # Errors
/// Why it was not sent.
pub(super) async fn send(session: &mut Session<'_>, step: &Step) -> Result<Exchange, NotSent> {
    let Some(operation) = session.contract.at(step.operation) else {
        return Err(NotSent::Pointless("the operation no longer exists"));
    };
    let mut exchange = one(session, operation, step).await?;
    // What was named may be gone: the other requests that are given are tried in turn.
    let others = session.settings.given.get(&operation.id).map_or(&[][..], |given| &given.others);
    for params in others {
        if !step.is_plain() || !matches!(exchange.status(), Some(404 | 410)) {
            break;
        }
        let mut other = step.clone();
        for (location, name, input) in &mut other.inputs {
            if let (Location::Path, Some(text)) = (*location, params.get(name)) {
                *input = Input::Value(Value::from(text.as_str()));
            }
        }
        session.recorder.try_anew(step);
        exchange = one(session, operation, &other).await?;
    }
    Ok(exchange)
}

/// Sends a step to one object.
async fn one(session: &mut Session<'_>, operation: &Operation, step: &Step) -> Result<Exchange, NotSent> {
    is_worth_sending(session, step)?;
    let key = session.credentials.get(operation, &step.key).await.map_err(NotSent::Key)?;
    let objects::Filled { mut parts, found, bound } = objects::filled(session, operation, step).await?;
    if step.is_made_up() {
        Box::pin(objects::make_referred(session, operation, &parts)).await;
    }
    if !matches!(step.intent, Intent::Invalid(_)) {
        references::refer(session, operation, &mut parts);
    }
    prepare(session, operation, &parts).await?;
    let mut request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
    session.sender.pace().await;
    if let Some(why) = session.must_end() {
        return Err(NotSent::Over(why));
    }
    let first =
        keyed::send_with(session, operation, &request, &step.key, key.clone()).await.map_err(NotSent::Key)?;
    let (first, key) = match key {
        Some(key) => other_way::let_in(session, (operation, step), &request, first, key).await?,
        None => unasked::with_key(session, operation, step, &request, first).await?,
    };
    let asked = identify::Asked { operation, step, key: key.clone() };
    let first = identify::by_other_names(session, &asked, &mut parts, first).await?;
    let first = asked_for::until_answered(session, operation, step, &mut parts, first, key.clone()).await?;
    let first = by_names::until_taken(session, (operation, step), &mut parts, first, key.clone()).await?;
    let first = anew::without_conflict(session, operation, step, &mut parts, first, key.clone()).await?;
    let keyed = adapt::until_taken(session, operation, step, &mut parts, first, key).await?;
    dispatch::bind(session, operation, &step.intent, &keyed.exchange);
    baseline::renew(session, operation, step, &keyed).await;
    let mut weighed = None;
    if baseline::is_refused_by_now(session, operation, step, &keyed).await {
        weighed = Some(Step { intent: Intent::Valid(Valid::Packed), ..step.clone() });
    }
    let judged = weighed.as_ref().unwrap_or(step);
    session.recorder.judge_step(operation, &StepAnswer { step: judged, keyed: &keyed, found });
    request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
    let wider = wider_key::widen(session, operation, step, &request, &keyed, found).await;
    let keyed = wider.unwrap_or(keyed);
    vitals::watch(session, operation, &step.key, &keyed).await;
    settlement::settle_made(session).await;
    let Keyed { exchange, key, .. } = keyed;
    let mut again = None;
    if step.is_twice && exchange.response().is_some_and(|r| r.status.is_success()) {
        again = repeat(session, operation, step, parts, key).await?;
    }
    if !session.settings.elsewhere.contains_key(&operation.index) {
        session.recorder.samples.keep(operation, &step.intent, &exchange, bound, again);
    }
    Ok(exchange)
}

/// Sends what was answered with success a second time, to learn which values differ.
async fn repeat(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    mut parts: Parts,
    key: Option<Credential>,
) -> Result<Option<Response>, NotSent> {
    session.sender.pace().await;
    // Two objects need two names.
    if session.resources.names_own(operation.index) {
        naming::name_anew(session, operation, &mut parts);
        session.marks.stamp(&mut parts);
        naming::look_for_absence(session, operation, &parts).await;
    }
    if parts.body.is_some() && step.verbatim.as_ref() != parts.body.as_ref() {
        parts.body.clone_from(&step.body);
        adapt::apply_wants(session, operation, step, &mut parts);
        session.marks.stamp(&mut parts);
    }
    let request = build(operation, &parts).map_err(|why| NotSent::Object(why.to_string(), None))?;
    if session.must_end().is_some() {
        return Ok(None);
    }
    let Ok(keyed) = keyed::send_with(session, operation, &request, &step.key, key).await else {
        return Ok(None);
    };
    dispatch::bind(session, operation, &step.intent, &keyed.exchange);
    let evidence = Evidence::from(keyed);
    session.recorder.judge(operation, &step.intent, &evidence, step.accept.as_deref());
    settlement::settle_made(session).await;
    Ok(evidence.exchange.outcome.ok())
}

/// Makes an object below others, for a phase alone.
pub(super) async fn fresh_below(
    session: &mut Session<'_>,
    collection: CollectionId,
    fixed: &Fixed,
) -> Option<Vec<Value>> {
    objects::fresh(session, collection, fixed).await
}

/// The plain request of an operation, its inputs found.
pub(super) async fn plain_parts(session: &mut Session<'_>, operation: &Operation) -> Option<Parts> {
    let step = session.base(operation)?;
    parts_of(session, operation, &step).await
}

/// The request of a step, its inputs found.
pub(super) async fn parts_of(session: &mut Session<'_>, operation: &Operation, step: &Step) -> Option<Parts> {
    let mut parts = objects::filled(session, operation, step).await.ok()?.parts;
    if step.is_made_up() {
        references::refer(session, operation, &mut parts);
    }
    Some(parts)
}

/// What must be known of the target before an unsafe request goes out.
async fn prepare(session: &mut Session<'_>, operation: &Operation, parts: &Parts) -> Result<(), NotSent> {
    let is_asked_for = session.settings.given.contains_key(&operation.id)
        || session.settings.actions.contains(&operation.index);
    if session.resources.links(operation.index)
        && !is_asked_for
        && !session.is_below_own(operation, &path_values::of_parts(operation, parts))
    {
        return Err(NotSent::Object("no object of this run is known that could be linked".to_owned(), None));
    }
    let kind = session.resources.kind(operation.index).map(|judged| judged.kind);
    if matches!(kind, Some(Kind::Action | Kind::Setting)) {
        vitals::look_before(session).await;
    }
    match kind {
        Some(Kind::Create) => {
            stock::take_stock(session, operation, parts).await;
            if session.resources.names_own(operation.index) {
                naming::look_for_absence(session, operation, parts).await;
            }
        }
        Some(Kind::Setting) => {
            let is_named = session.settings.given.contains_key(&operation.id);
            if !is_named || operation.method != http::Method::DELETE {
                settings::hold(session, operation, parts).await?;
            }
        }
        Some(Kind::Action) if operation.method == http::Method::PUT => {
            naming::look_for_absence(session, operation, parts).await;
        }
        _ => {}
    }
    Ok(())
}

/// Some answers prove nothing, and are not asked for.
fn is_worth_sending(session: &Session<'_>, step: &Step) -> Result<(), NotSent> {
    let Some(state) = session.recorder.state(step.operation) else { return Ok(()) };
    if state.is_spent {
        return Err(NotSent::Pointless(
            "a request that should have been refused destroyed the object of this operation",
        ));
    }
    if !state.tried || state.success.is_some() {
        return Ok(());
    }
    match &step.intent {
        Intent::Lacking { .. } | Intent::WiderKey => Err(NotSent::Pointless(
            "the minimal key did not succeed, so the response to this key proves nothing",
        )),
        Intent::NoKey | Intent::UnknownKey if state.statuses.is_empty() => {
            Err(NotSent::Pointless("no request could be built for this operation"))
        }
        // A server that looks at the body has turned it down; what it says to a worse one is still
        // worth knowing.
        Intent::Invalid(_) if state.is_turned_down() => Ok(()),
        // What no server can read needs no body that it would take, and an unknown id no object.
        Intent::Invalid(invalid) if state.is_refused() && invalid.is_unreadable() => Ok(()),
        Intent::UnknownId if state.is_refused() || state.plain.is_none() => Ok(()),
        Intent::Valid(Valid::Named(_)) | Intent::UnknownId | Intent::Invalid(_) | Intent::NotAcceptable => {
            Err(NotSent::Pointless("the plain request did not succeed"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
