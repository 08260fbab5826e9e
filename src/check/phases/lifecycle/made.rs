//! What a create makes of the fullest body and of the smallest one.

use serde_json::{Map, Value};

use super::reading;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members::{comparable, given, sent_members, taken};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, MediaBody, Operation, body};
use crate::generate::request::{Parts, build};
use crate::generate::tame::tame;
use crate::generate::{Taste, value};
use crate::judge::Evaluation;
use crate::judge::sequence::compare::{kept, same};
use crate::judge::sequence::{life, observe};
use crate::resources::Collection;
use crate::resources::members::{is_kept_by_server, is_secret, names_another};
use crate::resources::reach::{has_rules, is_switch};
use crate::rules::Rule;
use std::collections::BTreeSet;

/// Formats of texts that lead somewhere, so that a made-up one may do something.
const REACHING: &[&str] =
    &["uri", "url", "iri", "uri-reference", "hostname", "email", "ipv4", "ipv6", "password"];

/// Seeds that values are generated from where a plain one says nothing.
const SEEDS: u64 = 6;

/// A body with more of the members that may be left out, where one can be made.
pub(super) fn fuller(session: &Session<'_>, create: &Operation, parts: &Parts) -> Option<(String, Vec<u8>)> {
    let (described, sent) = read(create, parts)?;
    let schema = described.schema.as_deref()?;
    let tastes = std::iter::once(Taste::default())
        .chain((1..=SEEDS).map(|seed| Taste { seed: Some(seed), ..Taste::default() }));
    let generated: Vec<Value> =
        tastes.filter_map(|taste| value(schema, Direction::Request, taste).ok()).collect();
    let shown = session.resources.created_by(create.index).map(|index| session.pool.shown_of(index));
    let shown = shown.unwrap_or_default();
    let mut body = sent.clone();
    let fields = taken(create);
    for (name, field) in fields.iter().filter(|(name, _)| !sent.contains_key(*name)) {
        let reaches = field.format.as_deref().is_some_and(|format| REACHING.contains(&format));
        let is_left = has_rules(name)
            || is_switch(name)
            || is_secret(name)
            || is_kept_by_server(name)
            || names_another(name)
            || session.resources.reference(name).is_some();
        if field.is_read_only || field.is_write_only || reaches || is_left {
            continue;
        }
        let is_telling = |value: &&Value| !kept(value, None) && field.default.as_ref() != Some(*value);
        let others = shown.iter().filter_map(|object| object.get(name)).filter(|value| value.is_object());
        let values: Vec<&Value> = generated.iter().filter_map(|body| body.get(name)).chain(others).collect();
        // What is empty, or the default anyway, would not be missed.
        let telling = values.iter().copied().filter(is_telling);
        for value in telling.chain(values.first().copied()) {
            body.insert(name.clone(), value.clone());
            if schema.is_valid(Direction::Request, &Value::Object(body.clone())) == Ok(true) {
                break;
            }
            body.remove(name);
        }
    }
    if body.len() == sent.len() {
        return None;
    }
    body::write(described, Direction::Request, &tame(Some(schema), &Value::Object(body)))
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
    body.retain(|name, _| fields.get(name).is_none_or(|field| field.is_required));
    let value = Value::Object(body.clone());
    let promises = fields.iter().any(|(name, field)| field.default.is_some() && !body.contains_key(name));
    let is_valid =
        described.schema.as_ref().is_some_and(|s| s.is_valid(Direction::Request, &value) == Ok(true));
    if !promises || !is_valid {
        return;
    }
    parts.body = body::write(described, Direction::Request, &value);
    let Ok(request) = build(create, &parts) else { return };
    let ask = Attempt::made_up(create);
    let intent = ask.intent.clone();
    let Some(made) = dispatch::send_as(session, create, request, ask, false).await else { return };
    if !made.is_success() {
        return;
    }
    session.recorder.judge(create, &intent, &made, None);
    let Some(whole) = made.sound(create) else { return };
    let at = reading::place(&whole, collection).unwrap_or_default();
    let Some(answer) = whole.pointer(&at) else { return };
    let sent = comparable(create, &body, (answer, &at), &collection.parameter);
    let altered = life::create_altered(create, &sent, answer, &BTreeSet::new());
    if !session.recorder.say(create, &made, altered) {
        defaults(session, create, (&body, answer, &at), &made);
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
        let other = (!same(&default, got)).then(|| {
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
