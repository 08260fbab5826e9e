//! What is private to the owner of a key is kept from the keys of others.

use http::Method;
use serde_json::{Map, Value};

use super::{Object, locks, reading, replaced};
use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::phases::members::taken;
use crate::check::session::Session;
use crate::contract::{Operation, parameter};
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::exchange::Intent;
use crate::judge::sequence::observe;
use crate::resources::{self, id_of};
use crate::rules::Rule;

/// Reads, lists, changes and deletes an object with the key of somebody else, who must be refused. Whether the object is
/// gone.
pub(super) async fn keep_out(session: &mut Session<'_>, object: &Object<'_>) -> bool {
    let collection = object.collection;
    if !collection.is_private() || session.recorder.is_muted(Rule::OtherOwnerAccepted) {
        return false;
    }
    if let Some(retrieve) = session.operation(collection.retrieve)
        && let Some(parts) = session.addressed(retrieve, &object.values)
    {
        is_let_in(session, retrieve, &parts).await;
    }
    for index in [collection.update, collection.replace] {
        let Some(change) = session.operation(index) else { continue };
        // What it holds already, so that nothing is spoiled where it is let in; in full where it is replaced, and with the
        // version that it has now, so that nothing else is a reason to refuse it.
        let full = replaced::fullest(session, object, change).filter(|_| change.method == Method::PUT);
        let mut body: Map<String, Value> = full.unwrap_or_else(|| object.sent.clone());
        body.retain(|name, _| taken(change).contains_key(name));
        if let Some((_, now)) = reading::now(session, object).await {
            body = locks::current(change, &body, &now);
        }
        if let Some(parts) = session.with_body(change, &object.values, &Value::Object(body)) {
            is_let_in(session, change, &parts).await;
        }
    }
    listed(session, object).await;
    let destroy = session.operation(collection.destroy).filter(|destroy| !resources::is_refusal(destroy));
    let Some(destroy) = destroy else { return false };
    let Some(parts) = session.addressed(destroy, &object.values) else { return false };
    is_let_in(session, destroy, &parts).await
}

/// The list that somebody else gets does not show the object.
async fn listed(session: &mut Session<'_>, object: &Object<'_>) {
    let Some(listing) = &object.collection.list else { return };
    let Some(list) = session.operation(Some(listing.operation)) else { return };
    let Some((index, owner)) = session.credentials.stranger(list) else { return };
    let Some(request) = session.addressed(list, &object.values).and_then(|parts| build(list, &parts).ok())
    else {
        return;
    };
    let ask = Attempt { key: KeyChoice::Stranger(index), intent: Intent::WiderKey };
    let Some(turn) = dispatch::send_as(session, list, request, ask, false).await else { return };
    let Some(body) = turn.sound(list) else { return };
    let Some(entries) = body.pointer(&listing.entries).and_then(Value::as_array) else { return };
    let own = parameter::text(&object.id);
    let is_own = |entry: &Value| {
        id_of(entry, &object.collection.parameter).is_some_and(|id| parameter::text(id) == own)
    };
    let seen = entries.iter().any(is_own).then(|| {
        let what = format!("the list for a key of the owner {owner:?} shows an object of another owner");
        observe(Rule::OtherOwnerAccepted, list, what).because("no such entry", format!("the id {own}"))
    });
    session.recorder.say(list, &turn, Evaluation::of(Rule::OtherOwnerAccepted, seen));
}

/// Whether a request with the key of somebody else is accepted, which is said of its operation.
async fn is_let_in(session: &mut Session<'_>, operation: &Operation, parts: &Parts) -> bool {
    let Some((index, owner)) = session.credentials.stranger(operation) else { return false };
    let Ok(request) = build(operation, parts) else { return false };
    let ask = Attempt { key: KeyChoice::Stranger(index), intent: Intent::WiderKey };
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return false };
    if turn.is_success() {
        let what = format!("a key of the owner {owner:?} was accepted for an object of another owner");
        let seen = observe(Rule::OtherOwnerAccepted, operation, what)
            .because("403 or 404", turn.status().to_string())
            .of_status();
        session.recorder.say(operation, &turn, seen);
    } else if turn.status() == 403 && says_nothing_is_there(operation) {
        let what =
            "the document says that the object does not exist for others, and the answer tells that it does";
        let seen =
            observe(Rule::StatusUnexpected, operation, what).because("404", "403").of_status().warning();
        session.recorder.say(operation, &turn, seen);
    } else if matches!(turn.status(), 403 | 404) {
        session.recorder.held(operation, Rule::OtherOwnerAccepted);
    }
    turn.is_success()
}

/// Whether the document says in words that what is another owner's is answered as what is not there.
fn says_nothing_is_there(operation: &Operation) -> bool {
    let said = operation.description.to_lowercase();
    let is_about_others =
        ["owner", "others", "somebody else", "anyone else"].iter().any(|word| said.contains(word));
    operation.documents(404) && is_about_others && said.contains("does not exist")
}
