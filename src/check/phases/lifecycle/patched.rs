//! Changes by JSON Patch (RFC 6902): what it replaces is kept, the rest is left, and one whose test fails does nothing.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::known::{holder_of_name, known_of, spared};
use super::{Object, reading, sent_of};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members;
use crate::check::session::Session;
use crate::contract::{Direction, MediaBody, Operation};
use crate::document::pointer;
use crate::generate::change::changes;
use crate::generate::request::{build, write_body};
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::rules::Rule;

const MEDIA_TYPE: &str = "application/json-patch+json";
/// Changes that are tried until one is taken.
const MOST: usize = 3;

/// Changes one member by a patch.
pub(super) async fn run(session: &mut Session<'_>, object: &Object<'_>) -> Option<()> {
    let update = session.operation(object.collection.update)?;
    let described = update.body.as_ref()?.content.iter().find(|content| content.media_type == MEDIA_TYPE)?;
    let (_, before) = reading::now(session, object).await?;
    for (name, value) in replacements(session, object, &before) {
        let at = pointer::join("", &name);
        let patch = json!([{"op": "replace", "path": at, "value": value}]);
        let turn = send(session, object, (update, described), &patch).await?;
        // A value that nothing excludes may be refused all the same.
        if matches!(turn.status(), 400 | 409 | 422) {
            continue;
        }
        session.recorder.judge(update, &Attempt::made_up(update).intent, &turn, None);
        turn.is_success().then_some(())?;
        let (read, after) = reading::now(session, object).await?;
        let sent = Map::from_iter([(name.clone(), value)]);
        let is_lost = session.recorder.say(update, &read, life::update_not_kept(update, &sent, &after));
        let others = sent_of(object, &before);
        let clobbered = life::update_clobbered(update, &sent, &others, &after, &spared(object, &others));
        let is_clobbered = session.recorder.say(update, &read, clobbered);
        if !is_lost && !is_clobbered {
            failed_test(session, object, (update, described), (&name, &before, &after)).await;
        }
        return Some(());
    }
    session.recorder.untested(update, &[Rule::UpdateNotKept], "every JSON Patch was refused");
    None
}

/// Members that the create takes, each with another value than the object has.
fn replacements(session: &Session<'_>, object: &Object<'_>, before: &Value) -> Vec<(String, Value)> {
    let Some(schema) = members::body_schema(object.create) else { return Vec::new() };
    let own = holder_of_name(object, before);
    let is_reference =
        |name: &str| own.as_deref() == Some(name) || session.resources.refers(Some(schema), name);
    let known: IndexMap<String, Value> = known_of(object, before);
    let bodies = changes(schema, &known, &is_reference);
    let changed = bodies.into_iter().filter_map(|body| {
        body.into_iter().find(|(name, value)| before.get(name).is_some_and(|now| now != value))
    });
    changed.take(MOST).collect()
}

/// A patch whose test fails is refused as a whole (RFC 6902 §5).
async fn failed_test(
    session: &mut Session<'_>,
    object: &Object<'_>,
    (update, described): (&Operation, &MediaBody),
    (name, before, now): (&str, &Value, &Value),
) -> Option<()> {
    let at = pointer::join("", name);
    let (old, held) = (before.get(name)?.clone(), now.get(name)?.clone());
    let patch =
        json!([{"op": "test", "path": at, "value": old}, {"op": "replace", "path": at, "value": old}]);
    let turn = send(session, object, (update, described), &patch).await?;
    if turn.is_success() {
        let message = "a JSON Patch whose test fails was accepted";
        let seen =
            observe(Rule::InvalidAccepted, update, message).because("a refusal", turn.status().to_string());
        session.recorder.say(update, &turn, seen.of_status().warning());
        return None;
    }
    let (read, after) = reading::now(session, object).await.filter(|_| turn.status() < 500)?;
    let changed = (after.get(name) != Some(&held)).then(|| {
        let message = format!("a JSON Patch whose test fails was refused, but {name:?} was changed");
        let is = after.get(name).cloned().unwrap_or_default();
        observe(Rule::RefusedMethodHadEffect, update, message).because(held.to_string(), is.to_string())
    });
    session.recorder.say(update, &read, Evaluation::of(Rule::RefusedMethodHadEffect, changed));
    Some(())
}

/// Sends a patch; `None` where its schema forbids it.
async fn send(
    session: &mut Session<'_>,
    object: &Object<'_>,
    (update, described): (&Operation, &MediaBody),
    patch: &Value,
) -> Option<Evidence> {
    let mut parts = session.addressed(update, &object.values)?;
    let schema = described.schema.as_deref();
    schema.is_none_or(|schema| schema.is_valid(Direction::Request, patch) != Ok(false)).then_some(())?;
    parts.body = Some(write_body(described, Direction::Request, patch)?);
    let request = build(update, &parts).ok()?;
    dispatch::send_as(session, update, request, Attempt::made_up(update), false).await
}
