//! Changes of an object by PATCH and PUT.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::known::{holder_of_name, is_its_id, known_of, spared};
use super::{Object, reading, replaced, sent_of, turns};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::phases::members::{self, left_out, may_show, taken};
use crate::check::session::Session;
use crate::contract::{Direction, Operation};
use crate::generate::change::changes;
use crate::generate::request::build;
use crate::judge::sequence::{life, observe};
use crate::resources::members::is_kept_by_server;
use crate::rules::Rule;

/// Changes that are tried, one after another, until one is taken.
const MAX_CHANGES: usize = 4;

/// Rules that a change gives occasion for.
const WATCHED: [Rule; 2] = [Rule::UpdateNotKept, Rule::UpdateClobbered];

/// Rules that a replacement gives occasion for.
const REPLACED: [Rule; 2] = [Rule::ReplaceMerged, Rule::UpdateNotKept];

/// Changes one member: it is kept, the others stay, and who may not change changes nothing.
/// Tells whether changes are kept, as far as it was seen.
pub(super) async fn update(session: &mut Session<'_>, object: &Object<'_>) -> bool {
    let Some(update) = session.operation(object.collection.update) else { return true };
    let Some((_, before)) = reading::now(session, object).await else { return true };
    let resources = session.resources;
    let schema = members::body_schema(update);
    let own = holder_of_name(object, &before);
    let is_reference = |name: &str| own.as_deref() == Some(name) || resources.refers(schema, name);
    let known = known_of(object, &before);
    let mut changes = schema.map(|schema| changes(schema, &known, &is_reference)).unwrap_or_default();
    if let Some(retrieve) = session.operation(object.collection.retrieve) {
        let at = object.at.as_str();
        changes
            .retain(|change| change.iter().all(|(n, value)| may_show(retrieve, (&before, at), (n, value))));
    }
    let Some(first) = changes.first() else {
        session.recorder.untested(update, &WATCHED, "no member can be changed");
        return true;
    };
    if !denied_update(session, object, update, first, &before).await {
        return true;
    }
    for change in changes.into_iter().take(MAX_CHANGES) {
        let body = Value::Object(change.clone());
        let Some(parts) = session.with_body(update, &object.values, &body) else { continue };
        let Ok(request) = build(update, &parts) else { continue };
        let ask = Attempt::made_up(update);
        let intent = ask.intent.clone();
        let Some(turn) = dispatch::send_as(session, update, request, ask, false).await else { return true };
        // A value that is merely not excluded may be refused; another one is tried.
        if (400..500).contains(&turn.status()) && turn.status() != 404 {
            continue;
        }
        session.recorder.judge(update, &intent, &turn, None);
        if !turn.is_success() {
            return true;
        }
        // A write after which the object is not there: a soft delete that is not configured.
        let Some((read, after)) = reading::now(session, object).await else { return true };
        let lost = life::update_not_kept(update, &change, &after);
        let is_lost = session.recorder.say(update, &read, lost);
        let others = sent_of(object, &before);
        let clobbered = life::update_clobbered(update, &change, &others, &after, &spared(object, &others));
        let is_clobbered = session.recorder.say(update, &read, clobbered);
        if !is_lost && !is_clobbered && object.is_first {
            turns::all(session, object, update, &change).await;
        }
        return !is_lost;
    }
    session.recorder.untested(update, &WATCHED, "every change was refused");
    true
}

/// A refused change must change nothing; returns whether to go on.
async fn denied_update(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    change: &Map<String, Value>,
    before: &Value,
) -> bool {
    let body = Value::Object(change.clone());
    let Some(parts) = session.with_body(update, &object.values, &body) else { return true };
    for ask in session.denied(update) {
        let Some(turn) = dispatch::turn(session, update, &parts, ask).await else { continue };
        if !turn.is_denied() {
            break;
        }
        let Some((_, after)) = reading::now(session, object).await else { continue };
        let name = change.keys().find(|name| before.get(*name) != after.get(*name));
        if let Some(name) = name.filter(|name| !object.volatile.contains(*name)) {
            let message = format!("a change of {name:?} was refused but was carried out");
            session.recorder.say(update, &turn, observe(Rule::DeniedRequestHadEffect, update, message));
            return false;
        }
        session.recorder.held(update, Rule::DeniedRequestHadEffect);
    }
    true
}

/// PUT replaces: what it sends is kept, and what it leaves out is not, where the document lets us
/// expect that.
pub(super) async fn replace(session: &mut Session<'_>, object: &mut Object<'_>) {
    let Some(replace) = session.operation(object.collection.replace) else { return };
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return };
    let Some((_, before)) = reading::now(session, object).await else { return };
    let sent = sent_of(object, &before);
    let mut others = sent.clone();
    others.retain(|_, value| !is_its_id(&object.id, value));
    let left_out = left_out(replace, (retrieve, &object.at), &others);
    if left_out.is_none() {
        let why = "the document does not say that leaving out a member resets it";
        session.recorder.untested(replace, &[Rule::ReplaceMerged], why);
    }
    let mut known = sent.clone();
    // What is required and was not sent goes along as it reads: a version that locks.
    for (name, _) in taken(replace).iter().filter(|(_, field)| field.is_required) {
        if let (false, Some(value)) = (known.contains_key(name), before.get(name)) {
            known.insert(name.clone(), value.clone());
        }
    }
    let left = left_out.as_ref().map(|(name, _)| name.as_str());
    let own = holder_of_name(object, &before);
    let bodies = replacements(session, replace, (&known, own.as_deref()), left);
    if bodies.is_empty() {
        let why = "cannot build a valid replacement from the object";
        session.recorder.untested(replace, &REPLACED, why);
    }
    for mut body in bodies {
        let Some(parts) = session.with_body(replace, &object.values, &Value::Object(body.clone())) else {
            return;
        };
        let Ok(request) = build(replace, &parts) else { return };
        let ask = Attempt::made_up(replace);
        let intent = ask.intent.clone();
        let Some(turn) = dispatch::send_as(session, replace, request, ask, false).await else { return };
        if (400..500).contains(&turn.status()) && turn.status() != 404 {
            continue;
        }
        session.recorder.judge(replace, &intent, &turn, None);
        if !turn.is_success() {
            return;
        }
        let Some((read, after)) = reading::now(session, object).await else { return };
        body.retain(|name, value| {
            let may_show = members::may_show(retrieve, (&after, &object.at), (name, value));
            may_show && !object.volatile.contains(name) && !is_kept_by_server(name)
        });
        let lost = life::update_not_kept(replace, &body, &after);
        let is_lost = session.recorder.say(replace, &read, lost);
        if let Some((name, default)) = &left_out {
            let old = sent.get(name).cloned().unwrap_or_default();
            let merged = life::replace_merged(replace, name, default.as_ref(), &old, &after);
            // What was not accepted at all is reported already.
            if !is_lost {
                session.recorder.say(replace, &read, merged);
            }
            object.sent.remove(name);
        }
        if is_lost {
            return;
        }
        if object.is_first {
            replaced::again(session, object, replace, retrieve).await;
        }
        return;
    }
    session.recorder.untested(replace, &REPLACED, "every replacement was refused");
}

/// Bodies for a replacement: what reads back of what was sent, without the member that is left out;
/// first with another value for one member, where there is one.
fn replacements(
    session: &Session<'_>,
    replace: &Operation,
    (sent, own): (&Map<String, Value>, Option<&str>),
    left_out: Option<&str>,
) -> Vec<Map<String, Value>> {
    let Some(schema) = members::body_schema(replace) else { return Vec::new() };
    let fields = taken(replace);
    let mut plain = sent.clone();
    plain.retain(|name, _| Some(name.as_str()) != left_out && fields.contains_key(name));
    let is_valid = |body: &Map<String, Value>| {
        schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true)
    };
    let resources = session.resources;
    // What the path calls the object by stays, too.
    let is_reference = |name: &str| Some(name) == own || resources.refers(Some(schema), name);
    let known: IndexMap<String, Value> = plain.clone().into_iter().collect();
    let changes = changes(schema, &known, &is_reference);
    let with = |changes: &[Map<String, Value>]| {
        let mut body = plain.clone();
        for (name, value) in changes.iter().flatten() {
            // Each change has what is required as it was.
            if plain.get(name) != Some(value) {
                body.insert(name.clone(), value.clone());
            }
        }
        body
    };
    let varied = [Some(with(&changes)), changes.get(..1).map(with)].into_iter().flatten();
    varied.chain([plain]).filter(|body| !body.is_empty() && is_valid(body)).collect()
}
