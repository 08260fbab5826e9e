//! Phase: one resource in several forms, HEAD and GET, CSV and JSON.

mod columns;

use http::Method;
use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Location, Operation, OperationId, is_json};
use crate::exchange::Response;
use crate::generate::request::{Parts, build};
use crate::judge::sequence::form;
use crate::resources::MediaTypeParameter;
use crate::rules::Rule;

/// Asks for one thing in all its forms.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) =
        session.operation(Some(index)).filter(|operation| session.recorder.has_succeeded(operation))
    else {
        return;
    };
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    if operation.method == Method::GET {
        head(session, operation, &parts).await;
    }
    formats(session, operation, &parts).await;
    columns::run(session, operation, &parts).await;
    others(session, operation, &parts).await;
}

/// Objects that one operation is read of besides the plain one.
const MAX_OTHERS: usize = 3;

/// Reads more of the listed objects: what few of them have shows in none but those.
async fn others(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let Some(target) = session.resources.target(operation) else { return };
    // What a list shows whole needs no reading one by one.
    let is_item = session.resources.role(operation.index).is_some();
    let listed = session.resources.of_parameter(operation.index, target).filter(|_| !is_item);
    let used = parts.get(Location::Path, target).cloned();
    let listed = listed.map(|index| session.pool.listed_of(index)).unwrap_or_default();
    let depth = operation.template.names().len();
    let is_other = |values: &Vec<Value>| values.len() == depth && values.last() != used.as_ref();
    for values in listed.into_iter().filter(is_other).take(MAX_OTHERS) {
        let Some(other) = session.addressed(operation, &values) else { continue };
        dispatch::turn(session, operation, &other, Attempt::made_up(operation)).await;
    }
}

async fn head(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let mut operations = session.contract.operations.iter();
    let documented =
        operations.find(|other| other.method == Method::HEAD && other.template.is_like(&operation.template));
    let judged = documented.unwrap_or(operation);
    let Some(get) = dispatch::turn(session, operation, parts, Attempt::made_up(operation)).await else {
        return;
    };
    let Ok(mut head) = build(operation, parts) else { return };
    head.method = Method::HEAD;
    let Some(head) = dispatch::send_as(session, judged, head, Attempt::made_up(judged), false).await else {
        return;
    };
    let (Some(one), Some(other)) = (get.exchange.response(), head.exchange.response()) else { return };
    // The document may have other statuses for each of both.
    let documents = |response: &Response| judged.documents(response.status.as_u16());
    if documented.is_some() && documents(other) && !documents(one) {
        return;
    }
    if session.recorder.say(judged, &head, form::head(judged, one, other)) {
        return;
    }
    if one.status != other.status {
        let why = format!("HEAD was answered with {}", other.status.as_u16());
        session.recorder.not_tested(judged.index, Rule::HeadDiffers, &why);
        return;
    }
    if !form::tags_differ(one, other) {
        return;
    }
    // A tag that is another one in each answer says nothing.
    let again = dispatch::turn(session, operation, parts, Attempt::made_up(operation)).await;
    if let Some(again) = again.as_ref().and_then(|again| again.exchange.response()) {
        session.recorder.say(judged, &head, form::tag(judged, one, other, again));
    }
}

/// A parameter whose values name the documented media types picks among them.
async fn formats(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    for picks in MediaTypeParameter::of(operation) {
        same_in_all(session, operation, parts, &picks).await;
    }
}

async fn same_in_all(
    session: &mut Session<'_>,
    operation: &Operation,
    parts: &Parts,
    picks: &MediaTypeParameter,
) {
    let MediaTypeParameter { name: parameter, values: named } = picks;
    let mut json = None;
    let mut csv = None;
    for (value, media_type) in named {
        let mut asked = parts.clone();
        asked.set(Location::Query, parameter, Value::from(value.as_str()));
        let Some(turn) = dispatch::turn(session, operation, &asked, Attempt::plain(operation)).await else {
            continue;
        };
        let Some(response) = turn.exchange.response().cloned() else { continue };
        let offered: Vec<&str> = named.iter().map(|(_, media_type)| media_type.as_str()).collect();
        let other = form::format(operation, &format!("{parameter}={value}"), media_type, &offered, &response);
        if session.recorder.say(operation, &turn, other) || !response.status.is_success() {
            return;
        }
        if is_json(media_type) {
            json = turn.sound(operation);
        } else if media_type == "text/csv" {
            csv = Some((turn, response));
        }
    }
    let listing = session
        .resources
        .listed_by(operation.index)
        .and_then(|index| session.collection(index)?.list.as_ref());
    if let (Some(json), Some((turn, csv)), Some(listing)) = (json, csv, listing)
        && let Some(entries) = json.pointer(&listing.entries).and_then(Value::as_array)
    {
        let seen = form::csv(operation, entries, &csv.body);
        session.recorder.say(operation, &turn, seen);
    }
}

#[cfg(test)]
mod tests;
