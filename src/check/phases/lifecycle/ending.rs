//! The end of an object's life: hidden and restored, deleted, deleted again.

use serde_json::{Map, Value, json};

use super::{Object, below, delete_twice, reading, within};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::phases::members::place;
use crate::check::session::Session;
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources;
use crate::rules::Rule;

/// Hides it, so that reads and lists agree, and restores it.
pub(super) async fn hide(session: &mut Session<'_>, object: &Object<'_>, was_listed: bool) {
    let Some(soft) = &object.collection.soft_delete else { return };
    let Some(update) = session.operation(object.collection.update) else { return };
    let body = |hidden: bool| json!({ &soft.member: hidden });
    let Some(hide) = session.with_whole_body(update, &object.values, &body(true)) else { return };
    let Some(show) = session.with_whole_body(update, &object.values, &body(false)) else { return };
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return };
    let Some(address) = session.addressed(retrieve, &object.values) else { return };
    let Some(turn) = dispatch::turn(session, update, &hide, Attempt::made_up(update)).await else { return };
    if !turn.is_success() {
        return;
    }
    let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await else {
        return;
    };
    let still = |what: &str| {
        observe(
            Rule::DeleteNotGone,
            update,
            format!("an object was hidden with {:?} but {what}", soft.member),
        )
    };
    let shows = read.sound(retrieve).map(|value| {
        let at = place(&value, object.collection).unwrap_or_default();
        value.pointer(&at).and_then(|shown| shown.get(&soft.member)) == Some(&Value::Bool(true))
    });
    let mut is_gone = read.is_gone();
    let hides = soft.from_retrieve == Some(true);
    match shows {
        // Whoever finds every id finds this one too.
        Some(true) if hides && !session.recorder.has_seen(Rule::UnknownFound, retrieve) => {
            session.recorder.say(update, &read, still("can still be read").because("404", "200"));
        }
        None if hides && is_gone => session.recorder.held(update, Rule::DeleteNotGone),
        Some(_) if !hides => {
            let sent = Map::from_iter([(soft.member.clone(), Value::Bool(true))]);
            let value = read.sound(retrieve).unwrap_or_default();
            let at = place(&value, object.collection).unwrap_or_default();
            let value = value.pointer(&at).cloned().unwrap_or_default();
            let lost = life::update_not_kept(update, &sent, &value);
            if session.recorder.say(update, &read, lost) {
                return;
            }
        }
        _ => {}
    }
    is_gone |= soft.from_list == Some(true);
    if is_gone
        && was_listed
        && let Some(is_listed) = reading::listed(session, object).await
    {
        let seen = is_listed.then(|| still("is still listed"));
        session.recorder.say(update, &turn, Evaluation::of(Rule::DeleteNotGone, seen));
    }
    let Some(turn) = dispatch::turn(session, update, &show, Attempt::made_up(update)).await else { return };
    let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await else {
        return;
    };
    let is_missing = read.is_gone() || (was_listed && reading::listed(session, object).await == Some(false));
    if !turn.is_success() && !turn.is_gone() {
        return;
    }
    if is_missing {
        let message = format!("a hidden object was restored with {:?} but is missing", soft.member);
        session.recorder.say(update, &read, observe(Rule::UpdateNotKept, update, message));
    } else if read.is_success() {
        session.recorder.held(update, Rule::UpdateNotKept);
    }
}

/// Destroys it: it is gone everywhere, and cannot be destroyed again.
pub(super) async fn end(session: &mut Session<'_>, object: &Object<'_>) {
    let Some(destroy) = session.operation(object.collection.destroy) else { return };
    if resources::is_refusal(destroy) {
        return;
    }
    let Some(parts) = session.addressed(destroy, &object.values) else { return };
    let denied = session.denied(destroy);
    // What was moved before is not there for a refused DELETE either.
    if !denied.is_empty() && is_missing(session, object).await {
        return;
    }
    for ask in denied {
        let Some(turn) = dispatch::turn(session, destroy, &parts, ask).await else { continue };
        let Some(retrieve) = session.operation(object.collection.retrieve) else { continue };
        let Some(address) = session.addressed(retrieve, &object.values) else { continue };
        if !turn.is_denied() {
            return;
        }
        let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await else {
            continue;
        };
        if read.is_gone() {
            let seen =
                observe(Rule::DeniedRequestHadEffect, destroy, "a DELETE was refused but deleted the object");
            session.recorder.say(destroy, &turn, seen.because("the object", read.status().to_string()));
            return;
        }
        if read.is_success() {
            session.recorder.held(destroy, Rule::DeniedRequestHadEffect);
        }
    }
    let children = if object.is_first { below::make(session, object).await } else { Vec::new() };
    let Some(turn) = dispatch::turn(session, destroy, &parts, Attempt::plain(destroy)).await else { return };
    if !turn.is_success() {
        return;
    }
    below::gone(session, destroy, children).await;
    let still = |what: &str| observe(Rule::DeleteNotGone, destroy, format!("a deleted object {what}"));
    if let Some(retrieve) = session.operation(object.collection.retrieve)
        && let Some(address) = session.addressed(retrieve, &object.values)
        && let Some(read) = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await
    {
        // Where the paths name it by different words, they may ask for different names of it.
        let is_one_name = retrieve.template.names() == destroy.template.names();
        if read.is_success() && is_one_name && !session.recorder.has_seen(Rule::UnknownFound, retrieve) {
            let seen = still("can still be read").because("404", read.status().to_string());
            session.recorder.say(destroy, &read, seen);
            return;
        }
        if read.is_gone() {
            session.recorder.held(destroy, Rule::DeleteNotGone);
            let is_other = read.status() == 410 && retrieve.documents(404) && !retrieve.documents(410);
            let seen = is_other.then(|| {
                let message = "a deleted object is answered with 410, which is not documented";
                observe(Rule::StatusUnexpected, retrieve, message).because("404", "410").of_status().warning()
            });
            session.recorder.say(retrieve, &read, Evaluation::of(Rule::StatusUnexpected, seen));
            if object.is_first {
                within::gone(session, object, destroy).await;
            }
        }
    }
    match reading::listed(session, object).await {
        Some(true) => {
            let names = session.operation(object.collection.retrieve).map(|read| read.template.names());
            if names.is_none_or(|names| names == destroy.template.names()) {
                session.recorder.say(destroy, &turn, still("is still listed"));
            }
            return;
        }
        Some(false) => session.recorder.held(destroy, Rule::DeleteNotGone),
        None => {}
    }
    delete_twice::destroy_again(session, destroy, &parts).await;
}

/// Whether the object does not answer where it was made.
async fn is_missing(session: &mut Session<'_>, object: &Object<'_>) -> bool {
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return false };
    let Some(address) = session.addressed(retrieve, &object.values) else { return false };
    let read = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await;
    read.is_some_and(|read| read.is_gone())
}
