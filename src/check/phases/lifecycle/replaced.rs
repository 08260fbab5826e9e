//! What a replacement leaves out goes back to its default, and the same replacement twice leaves the same.

use serde_json::{Map, Value};

use super::known::keep_name;
use super::{Object, locks, reading};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members::{self, is_whole, sent_members, taken};
use crate::check::session::Session;
use crate::contract::schema::Field;
use crate::contract::{Direction, Operation, parameter};
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::sequence::compare::{kept, same};
use crate::judge::sequence::{life, observe};
use crate::resources::members::{is_kept_by_server, is_time_of_creation, is_version, names_another};
use crate::rules::Rule;

/// Fills the object, then replaces it by the least that is valid, twice.
pub(super) async fn again(
    session: &mut Session<'_>,
    object: &Object<'_>,
    replace: &Operation,
    retrieve: &Operation,
) {
    let Some(full) = fullest(session, object, replace) else { return };
    let Some((_, before)) = put(session, object, replace, &full).await else { return };
    let mut least = full.clone();
    let fields = taken(replace);
    let is_needed = |name: &String| fields.get(name).is_none_or(|field| field.is_required);
    least.retain(|name, _| is_needed(name));
    // What refers to other objects stays: leaving it out may mean more than a default.
    let left: Vec<(&String, &Field)> = fields.iter().filter(|(name, _)| !least.contains_key(*name)).collect();
    if least.len() == full.len() || !is_valid(replace, &least) {
        return;
    }
    let Some((read, after)) = put(session, object, replace, &least).await else { return };
    let whole = is_whole(replace, (retrieve, &object.at));
    for (name, field) in left {
        let old = before.get(name).cloned().unwrap_or_default();
        // What its path calls it by stays, whether it is sent or not.
        let is_its_name = object.values.last().is_some_and(|id| parameter::text(id) == parameter::text(&old));
        let is_spared = object.volatile.contains(name) || is_kept_by_server(name) || is_its_name;
        let is_known = object.sent.contains_key(name)
            && full.contains_key(name)
            && !is_spared
            && (field.default.is_some() || (whole && is_plain(&old) && !kept(&old, None)));
        if !is_known || field.default.as_ref().is_some_and(|default| same(default, &old)) {
            continue;
        }
        let merged = life::replace_merged(replace, name, field.default.as_ref(), &old, &after);
        if session.recorder.say(replace, &read, merged.warned()) {
            return;
        }
        if let (Some(default), Some(got)) = (&field.default, after.get(name))
            && !same(default, got)
        {
            let message = format!("{name:?} was left out of the replacement, but does not have its default");
            let seen =
                observe(Rule::ReplaceMerged, replace, message).because(default.to_string(), got.to_string());
            session.recorder.say(replace, &read, seen.warning());
            return;
        }
    }
    let Some((read, twice)) = put(session, object, replace, &least).await else { return };
    let differs = |name: &&String| {
        let is_own_affair = is_kept_by_server(name) || object.volatile.contains(*name);
        !is_own_affair && taken(replace).contains_key(*name) && after.get(*name) != twice.get(*name)
    };
    let other = after.as_object().into_iter().flatten().map(|(name, _)| name).find(differs).map(|name| {
        let message = format!("the same replacement, sent twice, changed {name:?} once more");
        let (was, is) =
            (after.get(name).cloned().unwrap_or_default(), twice.get(name).cloned().unwrap_or_default());
        observe(Rule::UpdateNotKept, replace, message).because(was.to_string(), is.to_string()).warning()
    });
    if !session.recorder.say(replace, &read, Evaluation::of(Rule::UpdateNotKept, other)) {
        // What follows compares a full object.
        put(session, object, replace, &full).await;
    }
}

/// Of objects and lists nobody says that leaving them out resets them: an access list may well stay.
fn is_plain(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// Sends a replacement with the version that the object has now, and reads it: every member that was sent is kept.
pub(super) async fn put(
    session: &mut Session<'_>,
    object: &Object<'_>,
    replace: &Operation,
    body: &Map<String, Value>,
) -> Option<(Evidence, Value)> {
    let (_, now) = reading::now(session, object).await?;
    let mut body = locks::current(replace, body, &now);
    keep_name(object, &now, &mut body);
    let parts = session.with_body(replace, &object.values, &Value::Object(body.clone()))?;
    let request = build(replace, &parts).ok()?;
    let ask = Attempt::made_up(replace);
    let intent = ask.intent.clone();
    let turn = dispatch::send_as(session, replace, request, ask, false).await?;
    if !turn.is_success() {
        return None;
    }
    session.recorder.judge(replace, &intent, &turn, None);
    let (read, after) = reading::now(session, object).await?;
    let mut sent = body;
    sent.retain(|name, _| {
        object.sent.contains_key(name)
            && !object.volatile.contains(name)
            && !is_kept_by_server(name)
            && !names_another(name)
    });
    let lost = life::update_not_kept(replace, &sent, &after);
    let mut is_lost = session.recorder.say(replace, &read, lost.warned());
    if !is_lost {
        let more = life::list_grown(replace, &sent, &after);
        is_lost = session.recorder.say(replace, &read, more);
    }
    let stays = now.as_object().into_iter().flatten().filter(|(name, _)| is_time_of_creation(name));
    // What a replacement may write, it resets where that is left out.
    let fields = taken(replace);
    let may_write = |name: &str| fields.get(name).is_some_and(|field| !field.is_read_only);
    let moved = stays.map(|(name, _)| name).find(|name| {
        !sent.contains_key(*name)
            && !may_write(name)
            && after.get(*name).is_some_and(|is| Some(is) != now.get(*name))
    });
    if let Some(name) = moved {
        let seen = observe(Rule::UpdateClobbered, replace, format!("a replacement has changed {name:?}"));
        session.recorder.say(replace, &read, seen.warning());
    }
    (!is_lost).then_some((read, after))
}

/// The plain body of the replacement with all that the create has sent, and with names of this run's.
pub(super) fn fullest(
    session: &mut Session<'_>,
    object: &Object<'_>,
    replace: &Operation,
) -> Option<Map<String, Value>> {
    let fields = taken(replace);
    let mut body = object.sent.clone();
    body.retain(|name, _| fields.contains_key(name));
    let base = session.base(replace)?;
    let planned = sent_members(replace, base.body.as_ref());
    for (name, value) in planned {
        if fields.contains_key(&name) && !body.contains_key(&name) && !names_another(&name) {
            let mut more = body.clone();
            more.insert(name.clone(), value);
            if is_version(&name)
                || fields.get(&name).is_some_and(|f| f.is_required)
                || is_valid(replace, &more)
            {
                body = more;
            }
        }
    }
    let octets = serde_json::to_vec(&body).ok()?;
    let mut parts = Parts { body: Some((String::new(), octets)), ..Parts::default() };
    session.marks.stamp(&mut parts);
    let (_, stamped) = parts.body?;
    let body: Map<String, Value> = serde_json::from_slice(&stamped).ok()?;
    is_valid(replace, &body).then_some(body)
}

fn is_valid(replace: &Operation, body: &Map<String, Value>) -> bool {
    members::body_schema(replace)
        .is_some_and(|schema| schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true))
}

#[cfg(test)]
mod tests;
