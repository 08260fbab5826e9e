//! Phase: keys that are limited to some objects must be refused for others.

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::plan::destroys;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Location, Operation, parameter};
use crate::generate::request::build;
use crate::judge::exchange::Intent;
use crate::judge::sequence::{access, observe};
use crate::resources::id_of;
use crate::rules::Rule;

/// A key that is limited to some objects must be refused at others.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    let limited = session.credentials.limited();
    for (index, limited) in limited.iter().enumerate() {
        for operation in &session.contract.operations {
            let Some(operation) =
                session.operation(Some(operation.index)).filter(|o| !o.is_open() && !destroys(o))
            else {
                continue;
            };
            let lacks =
                session.settings.scopes.missing(operation.scopes(), &limited.key.info.scopes).is_some();
            if lacks
                || !session.recorder.has_succeeded(operation)
                || session.recorder.is_muted(Rule::KeyLimitIgnored)
            {
                continue;
            }
            let Some(parts) = steps::plain_parts(session, operation).await else { continue };
            if let Some((name, values)) = lists_limited(session, operation, &limited.only) {
                list(session, operation, (index, name, values)).await;
                continue;
            }
            let elsewhere = parts.parameters.iter().find(|(location, name, value)| {
                *location == Location::Path
                    && limited
                        .only
                        .iter()
                        .any(|(only, values)| only == name && !values.contains(&parameter::text(value)))
            });
            let Some((_, name, value)) = elsewhere else {
                session.recorder.untested(
                    operation,
                    &[Rule::KeyLimitIgnored],
                    "no value beyond the key's limit is known",
                );
                continue;
            };
            let what = format!("a key that is not valid for {name} = {value} was accepted");
            let Ok(request) = build(operation, &parts) else { continue };
            let ask = Attempt { key: KeyChoice::Limited(index), intent: Intent::WiderKey };
            let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else {
                continue;
            };
            if turn.is_success() {
                let seen = observe(Rule::KeyLimitIgnored, operation, what)
                    .because("403", turn.status().to_string())
                    .of_status();
                session.recorder.say(operation, &turn, seen);
            } else if turn.is_denied() {
                session.recorder.held(operation, Rule::KeyLimitIgnored);
            }
        }
    }
}

/// The parameter of a key's limit that names the entries of a list, and the values that it holds for.
fn lists_limited<'l>(
    session: &Session<'_>,
    operation: &Operation,
    only: &'l [(String, Vec<String>)],
) -> Option<(&'l str, &'l [String])> {
    let collection = session.collection(session.resources.listed_by(operation.index)?)?;
    let (name, values) = only.iter().find(|(name, _)| *name == collection.parameter)?;
    Some((name, values))
}

/// A list for a key that is limited shows what the key is for.
async fn list(
    session: &mut Session<'_>,
    operation: &Operation,
    (index, name, values): (usize, &str, &[String]),
) {
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    let Ok(request) = build(operation, &parts) else { return };
    let ask = Attempt { key: KeyChoice::Limited(index), intent: Intent::WiderKey };
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return };
    let listed = session.resources.listed_by(operation.index).and_then(|index| session.collection(index));
    let Some(listing) = listed.and_then(|collection| collection.list.as_ref()) else { return };
    let Some(body) = turn.sound(operation) else { return };
    let Some(entries) = body.pointer(&listing.entries).and_then(Value::as_array) else { return };
    let ids: Vec<String> =
        entries.iter().filter_map(|entry| id_of(entry, name)).map(parameter::text).collect();
    let foreign: Vec<String> = ids.iter().filter(|id| !values.contains(id)).cloned().collect();
    let key = turn.key.as_ref().map_or("", |key| key.name.as_str());
    let seen = access::beyond(operation, (key, name), &foreign, ids.len());
    session.recorder.say(operation, &turn, seen);
}

#[cfg(test)]
mod tests;
