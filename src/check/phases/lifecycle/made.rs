//! What a create makes of the fullest body and of the smallest one.

use serde_json::{Map, Value};

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch::{self, stock};
use crate::check::evidence::Evidence;
use crate::check::phases::members::{comparable, given, place, sent_members, taken};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::schema::{Field, View};
use crate::contract::{Direction, Location, MediaBody, Operation, Schema, examples};
use crate::generate::mark::{self, PLACEHOLDER};
use crate::generate::request::{Parts, build, write_body};
use crate::generate::tame::tame;
use crate::generate::{Taste, value, variation};
use crate::judge::Evaluation;
use crate::judge::exchange::{Intent, Place, Valid};
use crate::judge::sequence::compare::{kept, same};
use crate::judge::sequence::{life, observe};
use crate::resources::Collection;
use crate::resources::members::{is_kept_by_server, is_secret};
use crate::resources::reach::{has_rules, is_entry_in_calendar, is_switch, starts_something};
use crate::rules::Rule;
use std::collections::BTreeSet;

/// Formats of texts that lead somewhere, so that a made-up one may do something.
const REACHING: &[&str] =
    &["uri", "url", "iri", "uri-reference", "hostname", "email", "ipv4", "ipv6", "password"];

/// Seeds that values are generated from where a plain one says nothing.
const SEEDS: u64 = 6;

/// Alternatives of a body that are tried, beside the one that the plain body is of.
const MAX_ALTERNATIVES: usize = 3;

/// Bodies with more of the members that may be left out, the fullest first: a server may refuse what the document
/// allows, and that is found out elsewhere.
pub(super) fn fuller(session: &Session<'_>, create: &Operation, parts: &Parts) -> Vec<(String, Vec<u8>)> {
    let Some((described, sent)) = read(create, parts) else { return Vec::new() };
    let Some(schema) = described.schema.as_deref() else { return Vec::new() };
    let documented: Vec<Value> =
        examples::of_body(described, Direction::Request).map(|(_, value)| value).collect();
    let tastes = std::iter::once(Taste::default())
        .chain((1..=SEEDS).map(|seed| Taste { seed: Some(seed), ..Taste::default() }));
    let generated: Vec<Value> =
        tastes.filter_map(|taste| value(schema, Direction::Request, taste).ok()).collect();
    let shown = session.resources.created_by(create.index).map(|index| session.pool.shown_of(index));
    let shown = shown.unwrap_or_default();
    let is_free = |(name, field): &(&String, &Field)| {
        !sent.contains_key(*name) && is_harmless(session, schema, name, field)
    };
    let fields = taken(create);
    let free: Vec<(&String, &Field)> = fields.iter().filter(is_free).collect();
    let (first, second) = free.split_at(free.len() / 2);
    let with = |free: &[(&String, &Field)], is_made_up: bool| {
        let mut body = sent.clone();
        for (name, field) in free {
            let is_telling = |value: &&Value| !kept(value, None) && field.default.as_ref() != Some(*value);
            let others =
                shown.iter().filter_map(|object| object.get(*name)).filter(|value| value.is_object());
            let made_up = generated.iter().filter(|_| is_made_up).filter_map(|body| body.get(*name));
            let values = documented.iter().filter_map(|body| body.get(*name)).chain(made_up).chain(others);
            let values: Vec<&Value> = values.collect();
            // What is empty, or the default anyway, would not be missed.
            let telling = values.iter().copied().filter(is_telling);
            for value in telling.chain(values.first().copied()) {
                body.insert((*name).clone(), value.clone());
                if schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true) {
                    break;
                }
                body.remove(*name);
            }
        }
        body
    };
    let mut bodies: Vec<Map<String, Value>> = Vec::new();
    for body in [with(&free, true), with(&free, false), with(first, true), with(second, true)] {
        if body.len() > sent.len() && !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    let write = |body: Map<String, Value>| {
        let body = tame(Some(schema), &Value::Object(body));
        write_body(described, Direction::Request, &with_marks(schema, &sent, body))
    };
    bodies.into_iter().filter_map(write).collect()
}

/// A body with marks in what was added to what was sent: a server may make objects of names.
fn with_marks(schema: &Schema, sent: &Map<String, Value>, mut body: Value) -> Value {
    let marked = mark::made_up(schema, &body, "");
    for (name, member) in body.as_object_mut().into_iter().flatten() {
        if let Some(own) = marked.get(name).filter(|_| !sent.contains_key(name)) {
            member.clone_from(own);
        }
    }
    body
}

/// Whether a made-up value of a member does nothing but to be kept.
fn is_harmless(session: &Session<'_>, schema: &Schema, name: &str, field: &Field) -> bool {
    let reaches = field.format.as_deref().is_some_and(|format| REACHING.contains(&format));
    let is_left = (has_rules(name) && !is_entry_in_calendar(schema, &[name]))
        || is_switch(name)
        || is_secret(name)
        || is_kept_by_server(name)
        || session.resources.refers(Some(schema), name);
    !(field.is_read_only || field.is_write_only || reaches || is_left)
}

fn read<'o>(create: &'o Operation, parts: &Parts) -> Option<(&'o MediaBody, Map<String, Value>)> {
    let (media_type, _) = parts.body.as_ref()?;
    let described = create.body.as_ref()?.content_for(media_type)?;
    let sent = sent_members(create, parts.body.as_ref());
    (!sent.is_empty()).then_some((described, sent))
}

/// Creates with the required members alone: what is left out has its default.
pub(super) async fn smallest(session: &mut Session<'_>, create: &Operation, collection: &Collection) {
    if session.settings.gives_body(create) || session.resources.names_own(create.index) {
        return;
    }
    let Some(mut parts) = steps::plain_parts(session, create).await else { return };
    let Some((described, mut body)) = read(create, &parts) else { return };
    let fields = taken(create);
    // What no list shows is known to be this run's by a text of its own.
    let tells = |value: &Value| session.marks.is_in_value(value) || value.to_string().contains(PLACEHOLDER);
    let is_told = |value: &Value| collection.list.is_none() && tells(value);
    body.retain(|name, value| fields.get(name).is_none_or(|field| field.is_required) || is_told(value));
    let value = Value::Object(body.clone());
    let promises = fields.iter().any(|(name, field)| field.default.is_some() && !body.contains_key(name));
    let is_valid =
        described.schema.as_ref().is_some_and(|s| s.is_valid(Direction::Request, &value) == Ok(true));
    if !promises || !is_valid {
        return;
    }
    parts.body = write_body(described, Direction::Request, &value);
    send(session, create, collection, (&parts, &body)).await;
}

/// Creates with the fullest body of each alternative (`oneOf`, `anyOf`) that the plain one is not of; their lives are not
/// led, but what they answer is what was sent.
pub(super) async fn alternatives(session: &mut Session<'_>, create: &Operation, collection: &Collection) {
    if session.settings.gives_body(create) || session.resources.names_own(create.index) {
        return;
    }
    let Some(plain) = steps::plain_parts(session, create).await else { return };
    let Some((described, sent)) = read(create, &plain) else { return };
    let Some(schema) = described.schema.as_deref() else { return };
    let sent = Value::Object(sent);
    // What acts by itself may never end with other values.
    let found = variation::alternatives(schema, &sent).into_iter();
    let is_quiet = |body: &Value| !starts_something(Some(schema), body);
    for body in found.filter(|body| is_quiet(body) && is_quiet(&sent)).take(MAX_ALTERNATIVES) {
        let is_in_hand =
            session.resources.created_by(create.index).is_none_or(|i| session.ledger.is_in_hand(i));
        if session.must_end().is_some() || !is_in_hand {
            return;
        }
        let mut parts = plain.clone();
        parts.body = write_body(described, Direction::Request, &body);
        if let Some(full) = fuller(session, create, &parts).into_iter().next() {
            parts.body = Some(full);
        }
        session.marks.stamp(&mut parts);
        let sent = sent_members(create, parts.body.as_ref());
        stock::take_stock(session, create, &parts).await;
        send(session, create, collection, (&parts, &sent)).await;
    }
}

/// Creates an object whose name in the path ends with a digit, where a pattern says which names there are and allows it.
pub(super) async fn with_digit(session: &mut Session<'_>, create: &Operation) {
    let named = create.template.names().last().and_then(|name| create.parameter(Location::Path, name));
    let Some(parameter) = named.filter(|_| session.resources.names_own(create.index)) else { return };
    let Some(schema) = parameter.schema.as_deref() else { return };
    let says_which = View::of(schema, Direction::Request).nodes().any(|node| node.get("pattern").is_some());
    let Some(mut parts) = steps::plain_parts(session, create).await.filter(|_| says_which) else { return };
    steps::naming::name_anew(session, create, &mut parts);
    session.marks.stamp(&mut parts);
    let Some(name) = parts.get(Location::Path, &parameter.name).and_then(Value::as_str) else { return };
    let name = Value::from(format!("{name}7"));
    if schema.is_valid(Direction::Request, &name) != Ok(true) || session.must_end().is_some() {
        return;
    }
    parts.set(Location::Path, &parameter.name, name);
    steps::naming::look_for_absence(session, create, &parts).await;
    let place = Place::parameter(Location::Path, parameter.name.as_str());
    let intent = Intent::Valid(Valid::Open(place));
    dispatch::turn(session, create, &parts, Attempt { key: KeyChoice::sufficient(create), intent }).await;
}

/// Creates, and compares the answer with what was sent, and with the defaults of what was not.
async fn send(
    session: &mut Session<'_>,
    create: &Operation,
    collection: &Collection,
    (parts, body): (&Parts, &Map<String, Value>),
) {
    let Ok(request) = build(create, parts) else { return };
    let ask = Attempt::made_up(create);
    let intent = ask.intent.clone();
    let Some(made) = dispatch::send_as(session, create, request, ask, false).await else { return };
    if !made.is_success() {
        return;
    }
    session.recorder.judge(create, &intent, &made, None);
    // Another success than the documented 201 is about what was there already.
    if made.status() != 201 && create.documents(201) {
        return;
    }
    let Some(whole) = made.sound(create) else { return };
    let at = place(&whole, collection).unwrap_or_default();
    let Some(answer) = whole.pointer(&at) else { return };
    let sent = comparable(create, body, (answer, &at), &collection.parameter);
    if session.marks.shows_another(&sent, answer) {
        return;
    }
    let altered = life::create_altered(create, &sent, answer, &BTreeSet::new());
    if !session.recorder.say(create, &made, altered) {
        defaults(session, create, (body, answer, &at), &made);
    }
}

/// What was left out has the default that the document names.
pub(super) fn defaults(
    session: &mut Session<'_>,
    create: &Operation,
    (sent, answer, at): (&Map<String, Value>, &Value, &str),
    made: &Evidence,
) {
    let shown = given(create, at);
    let left = taken(create).into_iter().filter(|(name, field)| {
        !sent.contains_key(name) && !field.is_read_only && !is_secret(name) && shown.contains_key(name)
    });
    for (name, field) in left {
        let (Some(default), Some(got)) = (field.default, answer.get(&name)) else { continue };
        // Some defaults are no values that an answer may have: `""` of an address.
        let may_be_shown = || {
            let mut whole = made.shown()?;
            *whole.pointer_mut(at)?.get_mut(&name)? = default.clone();
            made.allows(create, &whole)
        };
        let is_altered = !same(&default, got) && may_be_shown() == Some(true);
        let other = is_altered.then(|| {
            observe(
                Rule::CreateAltered,
                create,
                format!("{name:?} was left out, but does not have its default"),
            )
            .because(default.to_string(), got.to_string())
            .warning()
        });
        if session.recorder.say(create, made, Evaluation::of(Rule::CreateAltered, other)) {
            return;
        }
    }
}
