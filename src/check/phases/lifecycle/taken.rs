//! A change that gives an object the key of another one is refused (409), and one that leaves it its own is not.

use serde_json::{Map, Value};

use super::{Object, locks, reading, replaced, write};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::phases::members;
use crate::check::session::Session;
use crate::contract::{Operation, parameter};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::unique;
use crate::rules::Rule;

/// Sends changes and replacements with the key of another object of this run's.
pub(super) async fn by_change(session: &mut Session<'_>, object: &Object<'_>) {
    for (operation, is_whole) in [(object.collection.update, false), (object.collection.replace, true)] {
        let Some(operation) = session.operation(operation).filter(|o| session.recorder.has_succeeded(o))
        else {
            continue;
        };
        let is_unique = |name: &&String| unique::is_unique(operation, name);
        let Some(name) = members::taken(operation).keys().find(is_unique).cloned() else { continue };
        let Some((_, now)) = reading::now(session, object).await else { return };
        let Some(own) = now.get(&name).filter(|own| own.is_string()).cloned() else { continue };
        let other = other(session, object, &name).await;
        // Then it has been taken on already, by a change that was refused.
        if other.as_ref() == Some(&own) {
            continue;
        }
        let body = |session: &mut Session<'_>, key: &Value| {
            let mut body = if is_whole { replaced::fullest(session, object, operation)? } else { Map::new() };
            body.insert(name.clone(), key.clone());
            Some(locks::current(operation, &body, &now))
        };
        let unchanged = body(session, &own);
        if refuses_own(session, object, operation, (&name, unchanged)).await {
            continue;
        }
        let Some(taken) = other.and_then(|other| body(session, &other)) else { continue };
        let Some(turn) = write(session, object, operation, taken).await else { return };
        let seen = turn.is_success().then(|| {
            let message = format!("a change to the {name:?} of another object was accepted");
            observe(Rule::InvalidAccepted, operation, message)
                .because("409", turn.status().to_string())
                .of_status()
                .warning()
        });
        let is_taken = seen.is_some();
        if is_taken || turn.status() == 409 {
            session.recorder.say(operation, &turn, Evaluation::of(Rule::InvalidAccepted, seen));
        }
        if is_taken && let Some(back) = body(session, &own) {
            write(session, object, operation, back).await;
        }
    }
}

/// Sends a change that leaves the object the key that it has; returns whether that is called taken, by a target that has
/// taken such changes with other keys.
async fn refuses_own(
    session: &mut Session<'_>,
    object: &Object<'_>,
    operation: &Operation,
    (name, body): (&str, Option<Map<String, Value>>),
) -> bool {
    let Some(body) = body else { return false };
    let Some(turn) = write(session, object, operation, body).await else { return false };
    let seen = (turn.status() == 409).then(|| {
        let message = format!("a change that leaves {name:?} as it is was refused as a conflict");
        observe(Rule::ValidRejected, operation, message).because("success", "409").of_status().warning()
    });
    let is_refused = seen.is_some();
    if is_refused || turn.is_success() {
        session.recorder.say(operation, &turn, Evaluation::of(Rule::ValidRejected, seen));
    }
    is_refused
}

/// What a member of another object of this run's reads as.
async fn other(session: &mut Session<'_>, object: &Object<'_>, name: &str) -> Option<Value> {
    let retrieve = session.operation(object.collection.retrieve)?;
    let index = session.resources.created_by(object.create.index).filter(|_| object.values.len() == 1)?;
    let is_other = |id: &Value| parameter::text(id) != parameter::text(&object.id);
    for id in session.pool.own_of(index).into_iter().filter(is_other).take(2) {
        let parts = session.addressed(retrieve, &[id])?;
        let turn = dispatch::turn(session, retrieve, &parts, Attempt::made_up(retrieve)).await?;
        if let Some(shown) = reading::shown(retrieve, object, &turn) {
            return shown.get(name).cloned();
        }
    }
    None
}
