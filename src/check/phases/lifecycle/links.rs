//! The links of a create's answer lead to what is there (OpenAPI 3.1 §4.8.20).

use serde_json::Value;

use super::Object;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::expression::{Expression, Happened};
use crate::contract::{Location, Operation, Parameter, ResponseDoc, parameter};
use crate::generate::request::{Parts, build};
use crate::judge::sequence::observe;
use crate::rules::Rule;

/// Links of one answer that are followed.
const MOST: usize = 6;

/// Follows each link to a read.
pub(super) async fn follow(session: &mut Session<'_>, object: &Object<'_>, made: &Evidence) {
    let links = object.create.response(made.status()).map(ResponseDoc::links).unwrap_or_default();
    for link in links.into_iter().take(MOST) {
        let read = session.contract.operation(&link.operation).map(|read| read.index);
        let Some(read) =
            session.operation(read).filter(|read| read.is_safe() && session.recorder.has_succeeded(read))
        else {
            continue;
        };
        let Some(parts) = addressed(session, read, &link.parameters, (object.create, made)).await else {
            continue;
        };
        let Ok(request) = build(read, &parts) else { continue };
        let ask = Attempt::made_up(read);
        let Some(turn) = dispatch::send_as(session, read, request, ask, false).await else { return };
        if turn.is_gone() {
            let message = format!("the link {:?} of the answer leads to nothing that is there", link.name);
            let seen = observe(Rule::LocationBroken, object.create, message)
                .because(format!("an answer of {}", read.id), turn.status().to_string());
            session.recorder.say(object.create, &turn, seen.warning());
        } else if turn.is_success() {
            session.recorder.held(object.create, Rule::LocationBroken);
        }
    }
}

/// A request for what a link leads to; `None` where not all that it needs can be told.
async fn addressed(
    session: &mut Session<'_>,
    read: &Operation,
    parameters: &[(String, Value)],
    (create, made): (&Operation, &Evidence),
) -> Option<Parts> {
    let names: Vec<&str> = parameters.iter().map(|(name, _)| bare(name)).collect();
    // Objects above that the link leaves out would be others.
    let is_told = |name: &String| names.contains(&name.as_str());
    let plain = if read.template.names().iter().all(is_told) {
        steps::plain_parts(session, read).await
    } else {
        None
    };
    let mut parts = plain?;
    for (name, value) in parameters {
        let is_it = |known: &&Parameter| known.name == bare(name);
        let described = read.parameters.iter().find(is_it)?;
        let value = match value.as_str() {
            Some(text) if text.starts_with('$') => told(text, create, made)?,
            _ => value.clone(),
        };
        let is_plain = value.is_string() || value.is_number() || described.location != Location::Path;
        parts.set(described.location, &described.name, Some(value).filter(|_| is_plain)?);
    }
    Some(parts)
}

/// The name of a parameter without its place.
fn bare(name: &str) -> &str {
    let (place, rest) = name.split_once('.').unwrap_or(("", name));
    if ["path", "query", "header", "cookie"].contains(&place) { rest } else { name }
}

/// What a runtime expression stands for.
fn told(expression: &str, create: &Operation, made: &Evidence) -> Option<Value> {
    let response = made.exchange.response()?;
    let request = &made.exchange.request;
    let values: Vec<String> =
        create.template.values(&request.path).iter().map(|value| parameter::escape(value)).collect();
    let path: Vec<(&str, &str)> =
        create.template.names().iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    let happened = Happened {
        url: &made.exchange.url,
        request,
        path: &path,
        status: response.status.as_u16(),
        headers: &response.headers,
        body: &response.body,
    };
    Expression::parse(expression).ok()?.sole()?.value(&happened)
}
