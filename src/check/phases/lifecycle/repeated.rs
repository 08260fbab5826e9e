//! A create with an `Idempotency-Key`: the same request twice makes one object, and another body is refused.

use serde_json::{Map, Value};

use super::Object;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members::{self, sent_members};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::generate::change::changes;
use crate::generate::mark::{self, PLACEHOLDER};
use crate::generate::request::{Parts, build, write_body};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::{id_of, names};
use crate::rules::Rule;

/// Sends such a create twice.
pub(super) async fn run(session: &mut Session<'_>, object: &Object<'_>, parts: &Parts) {
    let create = object.create;
    let is_meant = |p: &&Parameter| names::letters(&p.name) == "idempotencykey";
    let Some(named) = create.parameters_in(Location::Header).find(is_meant) else { return };
    // Made anew, so that nothing else in it repeats either.
    let Some(mut twice) = steps::plain_parts(session, create).await else { return };
    let key = format!("{PLACEHOLDER}-{}", object.values.len() + 1_000);
    let key = mark::stamp_value(&Value::from(key), &token(&twice, parts));
    let Some(key) = key
        .filter(|key| named.value_schema().is_none_or(|s| s.is_valid(Direction::Request, key) == Ok(true)))
    else {
        return;
    };
    twice.set(Location::Header, &named.name, key);
    let Some(first) = made(session, object, &twice).await else { return };
    let Some(second) = send(session, create, &twice).await else { return };
    if !second.is_success() {
        return;
    }
    let other = id_in(create, object, &second).filter(|id| *id != first).map(|id| {
        observe(
            Rule::CreateAltered,
            create,
            "a create that was repeated with the same Idempotency-Key made another object",
        )
        .because(first.clone(), id)
    });
    if session.recorder.say(create, &second, Evaluation::of(Rule::CreateAltered, other)) {
        return;
    }
    let refuses = create.documents(409) || create.documents(422);
    let Some(changed) = otherwise(create, &twice).filter(|_| refuses) else { return };
    let Some(turn) = send(session, create, &changed).await else { return };
    let seen = turn.is_success().then(|| {
        observe(Rule::InvalidAccepted, create, "another body with the same Idempotency-Key was accepted")
            .because("409 or 422", turn.status().to_string())
            .of_status()
            .warning()
    });
    session.recorder.say(create, &turn, Evaluation::of(Rule::InvalidAccepted, seen));
}

/// A token for the key: the letters of the run, if the request has them.
fn token(one: &Parts, other: &Parts) -> String {
    let octets = [one, other].into_iter().filter_map(|parts| parts.body.as_ref());
    let number = octets.fold(0_usize, |sum, (_, octets)| {
        sum + octets.iter().map(|octet| usize::from(*octet)).sum::<usize>()
    });
    mark::token("idemky", number)
}

async fn made(session: &mut Session<'_>, object: &Object<'_>, parts: &Parts) -> Option<String> {
    let turn = send(session, object.create, parts).await?;
    id_in(object.create, object, &turn)
}

fn id_in(create: &Operation, object: &Object<'_>, turn: &Evidence) -> Option<String> {
    let answer = turn.sound(create)?;
    let at = members::place(&answer, object.collection)?;
    id_of(answer.pointer(&at)?, &object.collection.parameter).map(parameter::text)
}

async fn send(session: &mut Session<'_>, create: &Operation, parts: &Parts) -> Option<Evidence> {
    let request = build(create, parts).ok()?;
    dispatch::send_as(session, create, request, Attempt::made_up(create), false).await
}

/// The same request with another value for one member of its body.
fn otherwise(create: &Operation, parts: &Parts) -> Option<Parts> {
    let sent: Map<String, Value> = sent_members(create, parts.body.as_ref());
    let described = members::body_of(create)?;
    let known = sent.clone().into_iter().collect();
    let change = changes(described.schema.as_deref()?, &known, &|_| false).into_iter().next()?;
    let mut body = sent;
    body.extend(change);
    let mut parts = parts.clone();
    parts.body = write_body(described, Direction::Request, &Value::Object(body));
    parts.body.is_some().then_some(parts)
}
