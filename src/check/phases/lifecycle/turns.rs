//! Each member of an object is changed in turn: it is kept, and the others are left.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::known::{holder_of_name, known_of, spared};
use super::{Object, reading, sent_of};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members::{self, given};
use crate::check::session::Session;
use crate::contract::{Direction, MediaBody, Operation};
use crate::generate::change::{changes, emptied, merged};
use crate::generate::request::build;
use crate::judge::Evaluation;
use crate::judge::sequence::compare::same;
use crate::judge::sequence::{life, observe};
use crate::resources::members::{is_kept_by_server, is_own_id, is_time_of_change, names_another};
use crate::rules::Rule;

/// Changes that one object goes through at most.
const MAX_TURNS: usize = 30;

/// What is sent, and what the object holds afterwards.
#[derive(Clone)]
struct Change {
    sent: Map<String, Value>,
    kept: Map<String, Value>,
}

impl From<Map<String, Value>> for Change {
    fn from(sent: Map<String, Value>) -> Self {
        Self { kept: sent.clone(), sent }
    }
}

/// Changes what was not changed yet. `done` was.
pub(super) async fn all(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    done: &Map<String, Value>,
) {
    let Some((_, now)) = reading::now(session, object).await else { return };
    let Some(schema) = members::body_schema(update) else { return };
    let resources = session.resources;
    let own = holder_of_name(object, &now);
    let is_reference = |name: &str| own.as_deref() == Some(name) || resources.refers(Some(schema), name);
    let mut known = known_of(object, &now);
    // What the object does not have yet may be given to it.
    let shown = session.operation(object.collection.retrieve).map(|retrieve| given(retrieve, &object.at));
    for (name, field) in members::taken(update) {
        if !field.is_required && shown.as_ref().is_some_and(|shown| shown.contains_key(&name)) {
            known.entry(name).or_insert(Value::Null);
        }
    }
    let changes = changes(schema, &known, &is_reference);
    // What was filled by a change can be emptied; but a form has no empty list.
    let has_empty_lists = members::body_of(update).is_some_and(MediaBody::is_json);
    let mut filled = known.clone();
    filled.extend(changes.iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    let mut bodies: Vec<Change> = changes
        .into_iter()
        .chain(has_empty_lists.then(|| emptied(schema, &filled, &is_reference)).into_iter().flatten())
        .filter(|change| change != done)
        .map(Change::from)
        .collect();
    bodies.truncate(MAX_TURNS);
    let mut after = now;
    if merges(update) {
        let parts: Vec<Change> =
            merged(schema, &known).into_iter().map(|(sent, kept)| Change { sent, kept }).collect();
        if !parts.is_empty() {
            let Some(now) = go_through(session, object, update, (parts, after)).await else { return };
            after = now;
        }
        // Whole objects are another matter there.
        bodies.retain(|change| !change.sent.values().any(Value::is_object));
    }
    let Some(after) = go_through(session, object, update, (bodies, after)).await else { return };
    let Some(now) = refused(session, object, update, after).await else { return };
    read_only(session, object, update, &now).await;
}

/// Whether objects in a change are merged (RFC 7396).
fn merges(update: &Operation) -> bool {
    members::body_of(update).is_some_and(|body| body.media_type.ends_with("merge-patch+json"))
}

/// Sends one change after another; returns what a read shows in the end, or nothing where something is wrong.
async fn go_through(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    (changes, mut now): (Vec<Change>, Value),
) -> Option<Value> {
    let mut kept: IndexMap<String, Value> = IndexMap::new();
    let mut last = None;
    let retrieve = session.operation(object.collection.retrieve);
    for mut change in changes {
        let may_read = |name: &str, value: &Value| {
            retrieve.is_none_or(|retrieve| members::may_show(retrieve, (&now, &object.at), (name, value)))
        };
        change.kept.retain(|name, value| may_read(name, value));
        kept.retain(|name, _| !change.sent.contains_key(name));
        let Some(turn) = send(session, object, update, &change.sent).await? else { continue };
        kept.extend(change.kept.clone());
        let shown = reading::shown(update, object, &turn);
        let told = shown.as_ref().map(|shown| answered(object, update, (&change, &now), shown));
        if let (Some(shown), Some([lost, clobbered])) = (&shown, &told)
            && lost.seen.is_empty()
            && clobbered.seen.is_empty()
            && change.kept.keys().all(|name| shown.get(name).is_some())
        {
            now = shown.clone();
            last = Some(turn);
            continue;
        }
        // What the answer leaves out, or shows otherwise, a read decides.
        let (read, after) = reading::now(session, object).await?;
        for evaluation in compared(object, update, (&change, &now), &after) {
            if session.recorder.say(update, &read, evaluation.warned()) {
                return None;
            }
        }
        let is_shown_otherwise = told.into_iter().flatten().flat_map(|told| told.seen).next();
        if let Some(seen) = is_shown_otherwise {
            let message = format!("{} in the answer to the change, but a read shows it", seen.message);
            let seen = observe(Rule::UpdateNotKept, update, message).because(seen.expected, seen.actual);
            session.recorder.say(update, &turn, seen.warning());
            return None;
        }
        now = after;
        last = Some(turn);
    }
    last?;
    let (read, after) = reading::now(session, object).await?;
    let kept: Map<String, Value> = kept
        .into_iter()
        .filter(|(name, _)| !object.volatile.contains(name) && !is_kept_by_server(name))
        .collect();
    let lost = life::update_not_kept(update, &kept, &after);
    let is_lost = session.recorder.say(update, &read, lost.warned());
    (!is_lost).then_some(after)
}

/// Sends a change. `None` where the life cannot go on, `Some(None)` where the change was refused.
async fn send(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    change: &Map<String, Value>,
) -> Option<Option<Evidence>> {
    let parts = session.with_body(update, &object.values, &Value::Object(change.clone()))?;
    let request = build(update, &parts).ok()?;
    let ask = Attempt::made_up(update);
    let intent = ask.intent.clone();
    let turn = dispatch::send_as(session, update, request, ask, false).await?;
    if (400..500).contains(&turn.status()) && turn.status() != 404 {
        return Some(None);
    }
    session.recorder.judge(update, &intent, &turn, None);
    turn.is_success().then_some(Some(turn))
}

/// As [`compared`], of the answer to the change, which need not show all of the object.
fn answered(
    object: &Object<'_>,
    update: &Operation,
    (change, before): (&Change, &Value),
    shown: &Value,
) -> [Evaluation; 2] {
    let (mut change, mut before) = (change.clone(), before.clone());
    change.kept.retain(|name, _| shown.get(name).is_some());
    if let Some(members) = before.as_object_mut() {
        members.retain(|name, _| shown.get(name).is_some());
    }
    compared(object, update, (&change, &before), shown)
}

fn compared(
    object: &Object<'_>,
    update: &Operation,
    (change, before): (&Change, &Value),
    after: &Value,
) -> [Evaluation; 2] {
    let mut lost = life::update_not_kept(update, &change.kept, after);
    if lost.seen.is_empty() {
        let emptied = life::not_emptied(update, &change.kept, before, after);
        lost.looked.extend(emptied.looked);
        lost.seen.extend(emptied.seen);
    }
    let others = sent_of(object, before);
    let clobbered = life::update_clobbered(update, &change.kept, &others, after, &spared(object, &others));
    [lost, clobbered]
}

/// A change with good members and a bad one is refused as a whole. Returns what a read shows.
async fn refused(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    now: Value,
) -> Option<Value> {
    let schema = members::body_schema(update)?;
    let resources = session.resources;
    let own = holder_of_name(object, &now);
    let is_reference = |name: &str| own.as_deref() == Some(name) || resources.refers(Some(schema), name);
    let possible = changes(schema, &known_of(object, &now), &is_reference);
    let Some(mut good) = possible.first().cloned() else { return Some(now) };
    let fields = members::taken(update);
    let differs = |name: &String, value: &Value| now.get(name).is_some_and(|now| now != value);
    let spoiled = fields.keys().rev().find(|name| !is_reference(name) && !good.contains_key(*name)).cloned();
    for (name, value) in possible.into_iter().flatten() {
        if differs(&name, &value) && Some(&name) != spoiled.as_ref() {
            good.insert(name, value);
        }
    }
    let is_changed = |name: &&String| {
        good.get(*name).is_some_and(|value| differs(name, value)) && !object.volatile.contains(*name)
    };
    let bad = spoiled.iter().find_map(|name| {
        let values = [json!({"counterpart": []}), json!([{}]), json!(true)];
        values.into_iter().find_map(|value| {
            let mut body = good.clone();
            body.insert(name.clone(), value);
            (schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(false)).then_some(body)
        })
    });
    let Some(bad) = bad else { return Some(now) };
    let parts = session.with_body(update, &object.values, &Value::Object(bad))?;
    let request = build(update, &parts).ok()?;
    let turn = dispatch::send_as(session, update, request, Attempt::made_up(update), false).await?;
    let (read, after) = reading::now(session, object).await?;
    if !matches!(turn.status(), 400 | 409 | 415 | 422) {
        return Some(after);
    }
    let took = good.keys().filter(is_changed).find(|name| after.get(*name) == good.get(*name));
    let seen = took.map(|changed| {
        let message = format!("a change was refused with {}, but {changed:?} was changed", turn.status());
        let (was, is) =
            (now.get(changed).cloned().unwrap_or_default(), after.get(changed).cloned().unwrap_or_default());
        observe(Rule::RefusedMethodHadEffect, update, message).because(was.to_string(), is.to_string())
    });
    let is_odd = session.recorder.say(update, &read, Evaluation::of(Rule::RefusedMethodHadEffect, seen));
    (!is_odd).then_some(after)
}

/// A read-only member beside a good one takes no value. Such members move by themselves, so one that shows what was sent
/// is tried again with another value.
async fn read_only(session: &mut Session<'_>, object: &Object<'_>, update: &Operation, now: &Value) {
    let Some(first) = forge(session, object, update, now).await else { return };
    if first.taken.is_empty() {
        session.recorder.say(update, &first.read, Evaluation::of(Rule::UpdateClobbered, None));
        return;
    }
    let Some(second) = forge(session, object, update, &first.after).await else { return };
    let seen = second.taken.iter().find(|(name, _)| first.taken.contains_key(*name)).map(|(name, value)| {
        let message = format!("{name:?} is read-only but took the value that was sent");
        let was = first.after.get(name).cloned().unwrap_or_default();
        observe(Rule::UpdateClobbered, update, message).because(was.to_string(), value.to_string())
    });
    session.recorder.say(update, &second.read, Evaluation::of(Rule::UpdateClobbered, seen));
}

/// What came of a change that names read-only members.
struct Forged {
    read: Evidence,
    after: Value,
    /// Those that a read shows as they were sent.
    taken: Map<String, Value>,
}

async fn forge(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    now: &Value,
) -> Option<Forged> {
    let retrieve = session.operation(object.collection.retrieve)?;
    let schema = members::body_schema(update)?;
    let known = known_of(object, now);
    let own = holder_of_name(object, now);
    let is_left = |name: &str| own.as_deref() == Some(name) || names_another(name);
    let mut sent = changes(schema, &known, &is_left).into_iter().next()?;
    let mut forged = Map::new();
    // What an answer calls read-only may still be taken, where the body of the change says so.
    let written = members::taken(update);
    for (name, field) in given(retrieve, &object.at) {
        let is_left = is_own_id(&name)
            || name == object.collection.parameter
            || is_time_of_change(&name)
            || written.get(&name).is_some_and(|field| !field.is_read_only);
        let Some(value) = now.get(&name).filter(|_| field.is_read_only && !is_left) else { continue };
        let other = match value {
            Value::String(_) if field.format.as_deref() == Some("date-time") => {
                let [one, another] = [json!("2001-02-03T04:05:06Z"), json!("2002-03-04T05:06:07Z")];
                if same(&one, value) { another } else { one }
            }
            Value::Number(number) if number.is_i64() => {
                json!(number.as_i64().unwrap_or(0).saturating_add(1_000))
            }
            Value::Bool(is) => json!(!is),
            _ => continue,
        };
        sent.insert(name.clone(), other.clone());
        if schema.is_valid(Direction::Request, &Value::Object(sent.clone())) == Ok(true) {
            forged.insert(name, other);
        } else {
            sent.remove(&name);
        }
    }
    if forged.is_empty() {
        return None;
    }
    send(session, object, update, &sent).await??;
    let (read, after) = reading::now(session, object).await?;
    forged.retain(|name, value| after.get(name).is_some_and(|got| same(value, got)));
    Some(Forged { read, after, taken: forged })
}
