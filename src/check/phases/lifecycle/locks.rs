//! Locks: a change of an object that names another version than the one that it has is refused, where the document has
//! a refusal for it.

use serde_json::{Map, Value, json};

use super::known::keep_name;
use super::{Object, reading, write};
use crate::check::phases::members::{self, sent_members, taken};
use crate::check::session::Session;
use crate::contract::{Direction, Operation};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::members::is_version;
use crate::resources::unique;
use crate::rules::Rule;

/// A body with the version that an object has now, where it names one.
pub(super) fn current(operation: &Operation, body: &Map<String, Value>, now: &Value) -> Map<String, Value> {
    let mut body = body.clone();
    for name in taken(operation).keys().filter(|name| is_version(name)) {
        if let (true, Some(version)) = (body.contains_key(name), now.get(name)) {
            body.insert(name.clone(), version.clone());
        }
    }
    body
}

/// Words by which a document says that a conflict is about another version of the object.
const STALE: [&str; 6] = ["version", "stale", "outdated", "meanwhile", "since", "concurren"];

/// Sends changes that name an old version, and one that the object never had.
pub(super) async fn hold(session: &mut Session<'_>, object: &Object<'_>) {
    for index in [object.collection.replace, object.collection.update] {
        let Some(operation) = session.operation(index) else { continue };
        // A conflict may be about anything, and a version may be that of an interface.
        let refuses = [409, 412].into_iter().any(|status| unique::says(operation, status, &STALE, ""));
        let version =
            taken(operation).into_iter().find(|(name, field)| is_version(name) && field.is_required);
        let Some((version, _)) = version.filter(|_| refuses) else { continue };
        let Some((_, before)) = reading::now(session, object).await else { return };
        let Some(number) = before.get(&version).and_then(Value::as_i64) else { continue };
        let Some(body) = body_of(session, object, operation, &before) else { continue };
        let body = current(operation, &body, &before);
        let Some(turn) = write(session, object, operation, body.clone()).await else { return };
        if !turn.is_success() {
            continue;
        }
        let Some((read, after)) = reading::now(session, object).await else { return };
        let stays = (after.get(&version) == before.get(&version)).then(|| {
            observe(Rule::UpdateNotKept, operation, format!("{version:?} is the same after a change"))
                .because("another version", number.to_string())
        });
        if session.recorder.say(operation, &read, Evaluation::of(Rule::UpdateNotKept, stays)) {
            return;
        }
        let newer = after.get(&version).and_then(Value::as_i64).unwrap_or(number).saturating_add(1_000);
        for (wrong, what) in [(number, "an old version"), (newer, "a version that the object never had")] {
            let mut body = body.clone();
            body.insert(version.clone(), json!(wrong));
            if members::body_schema(operation).is_none_or(|schema| {
                schema.is_valid(Direction::Request, &Value::Object(body.clone())) != Ok(true)
            }) {
                continue;
            }
            let Some(turn) = write(session, object, operation, body).await else { return };
            let seen = turn.is_success().then(|| {
                observe(Rule::InvalidAccepted, operation, format!("a change of {what} was accepted"))
                    .because("409 or 412", turn.status().to_string())
                    .of_status()
            });
            let is_refused = (400..500).contains(&turn.status());
            if seen.is_none() && is_refused && !operation.documents(turn.status()) {
                let message =
                    format!("a change of {what} was refused with another status than the documented one");
                let status = if operation.documents(409) { "409" } else { "412" };
                let seen = observe(Rule::StatusUndocumented, operation, message)
                    .because(status, turn.status().to_string())
                    .of_status();
                session.recorder.say(operation, &turn, seen);
                return;
            }
            if !turn.is_success() && !is_refused {
                return;
            }
            if session.recorder.say(operation, &turn, Evaluation::of(Rule::InvalidAccepted, seen)) {
                return;
            }
        }
    }
}

/// The plain body of a change, with what the object holds.
fn body_of(
    session: &Session<'_>,
    object: &Object<'_>,
    operation: &Operation,
    now: &Value,
) -> Option<Map<String, Value>> {
    let base = session.base(operation)?;
    let mut body = sent_members(operation, base.body.as_ref());
    for name in object.sent.keys().filter(|name| body.contains_key(*name)).cloned().collect::<Vec<_>>() {
        if let Some(value) = now.get(&name) {
            body.insert(name, value.clone());
        }
    }
    keep_name(object, now, &mut body);
    (!body.is_empty()).then_some(body)
}
