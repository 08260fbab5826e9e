//! Creates that must be refused: one whose key is taken, and one that refers to an object that is not there.

use serde_json::{Map, Value};

use super::{Object, reading};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::phases::members::{self, sent_members, taken};
use crate::check::session::Session;
use crate::contract::{Direction, Operation};
use crate::generate::change::changes;
use crate::generate::request::{Parts, build, write_body};
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources::members::is_key;
use crate::resources::{id_name, names, unique};
use crate::rules::Rule;

/// Ids that no object has, of every usual form.
const NOWHERE: [&str; 5] = [
    "00000000-0000-4000-8000-00000000dead",
    "no-such-object",
    "nosuchobject",
    "NOSUCHOBJECT",
    "ffffffffffffffffffffffff",
];

/// Sends a create once more, with the key of an object that is there.
pub(super) async fn taken_key(session: &mut Session<'_>, object: &Object<'_>, parts: &Parts) {
    let create = object.create;
    if !create.documents(409) || session.resources.names_own(create.index) {
        return;
    }
    let sent = sent_members(create, parts.body.as_ref());
    // The id that the client chose is taken for certain; of another key only its name says that it is one.
    let is_id = id_name(&object.answer, &object.collection.parameter)
        .is_some_and(|name| sent.get(name).is_some_and(|sent| Some(sent) == object.answer.get(name)));
    let has_key = sent.iter().any(|(name, value)| value.is_string() && unique::is_unique(create, name));
    if !is_id && !has_key {
        return;
    }
    let before = reading::now(session, object).await.map(|(_, before)| before);
    let Some(parts) = otherwise_changed(session, object, parts, &sent) else { return };
    let ask = Attempt::made_up(create);
    let Ok(request) = build(create, &parts) else { return };
    let Some(turn) = dispatch::send_as(session, create, request, ask, false).await else { return };
    let status = turn.status();
    let accepted = turn.is_success().then(|| {
        let seen =
            observe(Rule::InvalidAccepted, create, "a second object with a key that is taken was created")
                .because("409", status.to_string())
                .of_status();
        if is_id { seen } else { seen.warning() }
    });
    if accepted.is_some() || status == 409 {
        session.recorder.say(create, &turn, Evaluation::of(Rule::InvalidAccepted, accepted));
    } else if matches!(status, 400 | 422) && is_id {
        let message = "a key that is taken was refused with another status than the documented conflict";
        let seen =
            observe(Rule::StatusUnexpected, create, message).because("409", status.to_string()).of_status();
        session.recorder.say(create, &turn, seen.warning());
    } else if status >= 500 {
        session.recorder.judge(create, &Attempt::made_up(create).intent, &turn, None);
    }
    let (Some(before), true) = (before, (400..500).contains(&status)) else { return };
    let Some((read, after)) = reading::now(session, object).await else { return };
    let known = super::sent_of(object, &before);
    let changed = life::changed(&known, &after, &object.volatile).map(|(at, was, is)| {
        let message = format!(
            "a create was refused, but {} of the object that is there has changed",
            life::member(&at)
        );
        observe(Rule::RefusedMethodHadEffect, create, message).because(was.to_string(), is.to_string())
    });
    session.recorder.say(create, &read, Evaluation::of(Rule::RefusedMethodHadEffect, changed));
}

/// The same create with another value for a member that is no key, so that it shows what is overwritten.
fn otherwise_changed(
    session: &Session<'_>,
    object: &Object<'_>,
    parts: &Parts,
    sent: &Map<String, Value>,
) -> Option<Parts> {
    let create = object.create;
    let id = id_name(&object.answer, &object.collection.parameter);
    let mut parts = parts.clone();
    let known = sent.clone().into_iter().collect();
    let resources = session.resources;
    let schema = members::body_schema(create);
    let is_left = |name: &str| {
        Some(name) == id || is_key(name) || unique::distinguishes(name) || resources.refers(schema, name)
    };
    let change = schema.and_then(|schema| changes(schema, &known, &is_left).into_iter().next());
    if let Some(change) = change {
        let mut body = sent.clone();
        body.extend(change);
        let body = Value::Object(body);
        let described = members::body_of(create)?;
        if described.schema.as_deref()?.is_valid(Direction::Request, &body) == Ok(true) {
            parts.body = write_body(described, Direction::Request, &body);
        }
    }
    parts.body.is_some().then_some(parts)
}

/// Sends creates, and changes of the object, that refer to objects which are not there.
pub(super) async fn dangling(session: &mut Session<'_>, object: &Object<'_>, parts: &Parts) {
    let sent = sent_members(object.create, parts.body.as_ref());
    let by_create = (object.create, sent);
    let update = session.operation(object.collection.update);
    let by_update = update.map(|update| (update, Map::new()));
    for (operation, sent) in [Some(by_create), by_update].into_iter().flatten() {
        if operation.body.is_none() {
            continue;
        }
        let references: Vec<String> = taken(operation)
            .into_iter()
            .filter(|(name, field)| !field.is_read_only && refers(session, operation, name, object))
            .map(|(name, _)| name)
            .collect();
        for name in references {
            if !must_be_there(operation, &name) {
                continue;
            }
            let Some(body) = pointing_nowhere(operation, &sent, &name) else { continue };
            let values = if operation.index == object.create.index {
                let above = object.collection.depth();
                object.values.get(..above).unwrap_or_default().to_vec()
            } else {
                object.values.clone()
            };
            let Some(mut asked) = session.with_body(operation, &values, &Value::Object(body)) else {
                continue;
            };
            session.marks.stamp(&mut asked);
            let Ok(request) = build(operation, &asked) else { continue };
            let ask = Attempt::made_up(operation);
            let intent = ask.intent.clone();
            let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return };
            if turn.status() >= 500 {
                session.recorder.judge(operation, &intent, &turn, None);
                continue;
            }
            let seen = turn.is_success().then(|| {
                observe(
                    Rule::InvalidAccepted,
                    operation,
                    format!("{name:?} of an object that does not exist was accepted"),
                )
                .because("422", turn.status().to_string())
                .of_status()
                .warning()
            });
            session.recorder.say(operation, &turn, Evaluation::of(Rule::InvalidAccepted, seen));
        }
    }
}

/// Whether the document says that what a member refers to must be there: of the member, or of references at all.
fn must_be_there(operation: &Operation, name: &str) -> bool {
    let whose = names::words(name).into_iter().next().unwrap_or_default();
    let says = |status: u16, about: &str| unique::says(operation, status, &unique::UNKNOWN, about);
    [404, 409, 422].iter().any(|status| says(*status, &whose))
        || [400, 422].iter().any(|s| says(*s, "refers to"))
}

/// Whether a member names an object of a collection whose objects are known: not the one that the object is in.
fn refers(session: &Session<'_>, operation: &Operation, name: &str, object: &Object<'_>) -> bool {
    let words = names::words(name);
    let by_key = || {
        let (key, whose) = words.split_last()?;
        let stem = whose.concat();
        session.resources.find(|known| {
            let word = names::plain(known.word());
            known.list.is_some()
                && !stem.is_empty()
                && (word == stem || names::singular(&word) == stem)
                && names::words(&known.parameter).last() == Some(key)
        })
    };
    let schema = members::body_schema(operation);
    let referred = session.resources.reference_of(schema, name).or_else(by_key);
    let Some(referred) = referred.and_then(|index| session.collection(index)) else { return false };
    referred.list.is_some() && referred.path != object.collection.path
}

/// A body in which a member names an object that is not there.
fn pointing_nowhere(
    operation: &Operation,
    sent: &Map<String, Value>,
    name: &str,
) -> Option<Map<String, Value>> {
    let schema = members::body_schema(operation)?;
    let mut texts: Vec<Value> = vec![Value::from(2_147_480_000_u32)];
    texts.extend(NOWHERE.iter().map(|text| Value::from(*text)));
    if let Some(known) = sent.get(name).and_then(Value::as_str) {
        // The form of what is there, with letters and digits that hardly anybody uses.
        let odd = |c: char| match c {
            'a'..='z' => 'q',
            'A'..='Z' => 'Q',
            '0'..='9' => '9',
            c => c,
        };
        texts.push(Value::from(known.chars().map(odd).collect::<String>()));
    }
    texts.into_iter().find_map(|value| {
        let mut body = sent.clone();
        body.insert(name.to_owned(), value);
        (schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true)).then_some(body)
    })
}
