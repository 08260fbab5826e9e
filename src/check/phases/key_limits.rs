//! Phase: keys that are limited to some objects must be refused for others.

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::phases::members::answer_schema;
use crate::check::plan::destroys;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Location, Operation, Schema, parameter};
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::exchange::Intent;
use crate::judge::sequence::observe;
use crate::resources::Entry;
use crate::rules::Rule;

/// A key that is limited to some objects must be refused at others.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    let limited = session.credentials.limited();
    for (index, limited) in limited.iter().enumerate() {
        for operation in &session.contract.operations {
            let Some(operation) = session.subject(operation).filter(|o| !o.is_open() && !destroys(o)) else {
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
            let elsewhere = parts.parameters.iter().find(|(location, name, value)| {
                *location == Location::Path
                    && limited
                        .only
                        .iter()
                        .any(|(only, values)| only == name && !values.contains(&parameter::text(value)))
            });
            if elsewhere.is_none() && lists_limited(session, operation, (index, &limited.only), &parts).await
            {
                continue;
            }
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

/// Words by which a document says that lists leave out what a key is not for.
const LEFT_OUT: [&str; 6] =
    ["only its own", "only their own", "shows only", "lists only", "not listed", "not shown"];

/// Whether the document says, of the list or of itself, that a list leaves out what a key is not for: others refuse what
/// is in it, and list it all the same.
fn says_so(list: &Operation) -> bool {
    let whole = answer_schema(list).and_then(Schema::said_of_document).unwrap_or_default();
    let said = [whole, list.summary.clone(), list.description.clone()].map(|text| text.to_lowercase());
    said.iter().any(|text| LEFT_OUT.iter().any(|words| text.contains(words)))
}

/// Whether an operation lists what a key is limited to: then it shows no others to that key.
async fn lists_limited(
    session: &mut Session<'_>,
    operation: &Operation,
    (index, only): (usize, &[(String, Vec<String>)]),
    parts: &Parts,
) -> bool {
    let listed = session.resources.listed_by(operation.index);
    let Some((listed, collection)) = listed.and_then(|index| Some((index, session.collection(index)?)))
    else {
        return false;
    };
    let Some((name, values)) = only.iter().find(|(name, _)| *name == collection.parameter) else {
        return false;
    };
    if !says_so(operation) {
        return false;
    }
    let Ok(request) = build(operation, parts) else { return false };
    let ask = Attempt { key: KeyChoice::Limited(index), intent: Intent::WiderKey };
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return true };
    let at = collection.list.as_ref().map_or("", |list| list.entries.as_str());
    let shown = turn.sound(operation).unwrap_or_default();
    let ids = shown
        .pointer(at)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| session.pool.id(listed, Entry { key: None, value: entry }, collection));
    let ids: Vec<String> = ids.map(|id| parameter::text(&id)).collect();
    let other = ids.iter().find(|id| !values.contains(id)).map(|other| {
        let what = format!("a key that is valid for other values of {name} was shown {other}");
        observe(Rule::KeyLimitIgnored, operation, what).because(values.join(", "), other.clone()).warning()
    });
    if turn.is_success() && !ids.is_empty() {
        session.recorder.say(operation, &turn, Evaluation::of(Rule::KeyLimitIgnored, other));
    }
    true
}

#[cfg(test)]
mod tests;
