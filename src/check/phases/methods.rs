//! Phase: undocumented methods.

use http::Method;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Operation, OperationId};
use crate::generate::request::build;
use crate::judge::sequence::form;
use crate::rules::Family;

/// A path that no server has.
const NOWHERE: &str = "counterpart-no-such-path-3f1a6c52";

/// A method that nobody documented. Only safe ones: GET, else PROPFIND, which RFC 4918 §9.1
/// calls safe and which every HTTP parser knows.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.operation(Some(index)) else { return };
    let same_path = |other: &&Operation| other.template.is_like(&operation.template);
    let documents = |method: &Method| {
        session.contract.operations.iter().filter(same_path).any(|other| other.method == *method)
    };
    let Ok(propfind) = Method::from_bytes(b"PROPFIND") else { return };
    let Some(method) = [Method::GET, propfind].into_iter().find(|method| !documents(method)) else {
        return;
    };
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    let Ok(mut sent) = build(operation, &parts) else { return };
    sent.method = method.clone();
    sent.headers.remove(http::header::CONTENT_TYPE);
    sent.body = bytes::Bytes::new();
    if is_of_another(session, operation, &sent.path, &method) {
        return;
    }
    let mut lost = sent.clone();
    lost.path = format!("/{NOWHERE}");
    lost.query = None;
    let Some(turn) = dispatch::send_as(session, operation, sent, Attempt::made_up(operation), false).await
    else {
        return;
    };
    let Some(response) = turn.exchange.response() else { return };
    let mut seen = form::method(operation, method.as_str(), response);
    seen.seen.extend(session.recorder.allow(operation, response));
    let mut is_fallback = form::is_fallback(operation, response, None);
    if !is_fallback && seen.seen.iter().any(|seen| seen.rule.family() == Family::Method) {
        // What any path gets says nothing about this one.
        let nowhere = dispatch::send_as(session, operation, lost, Attempt::made_up(operation), false).await;
        let nowhere = nowhere.as_ref().and_then(|turn| turn.exchange.response());
        is_fallback = form::is_fallback(operation, response, nowhere);
    }
    if !is_fallback {
        session.recorder.say(operation, &turn, seen);
    }
}

/// Whether a path is, or may be, that of another template: of the one that fits it best, or of any
/// that documents the method.
fn is_of_another(session: &Session<'_>, operation: &Operation, path: &str, method: &Method) -> bool {
    let is_other = |other: &&Operation| !other.template.is_like(&operation.template);
    let best = session.contract.find(path).map(|found| found.operations).unwrap_or_default();
    let is_best = |index: &OperationId| session.contract.at(*index).is_some_and(|o| !is_other(&o));
    if !best.is_empty() && !best.iter().any(is_best) {
        return true;
    }
    let mut others = session.contract.operations.iter().filter(is_other);
    others.any(|other| other.method == *method && other.template.matches(path))
}

#[cfg(test)]
mod tests;
