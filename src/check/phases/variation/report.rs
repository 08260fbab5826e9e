//! What is told of the smallest part of a body that is refused: it is sent once more, alone.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{Taken, Trialled, try_one};
use crate::check::body_search::Refusal;
use crate::check::session::Session;
use crate::contract::schema::View;
use crate::contract::{Direction, Schema};
use crate::document::pointer;
use crate::generate::places::places;
use crate::generate::variation::{Change, FAR_DAY, LEAP_DAY};
use crate::judge::At;
use crate::judge::exchange::{Place, Valid};
use crate::resources::members::{ends_period, is_time_of_change, is_time_of_creation};
use crate::resources::names::words;

/// The last day before a bound that machines have and calendars have not, and a day behind it: the seconds of 32 bits
/// since 1970 end in 2038, and years of two digits in 2099.
const ENDS: [(&str, &str); 2] = [("2099-12-31", FAR_DAY), ("2037-12-31", "2038-12-31")];

/// The day after a leap day, and that day.
const AFTER_LEAP_DAY: (&str, &str) = ("2028-03-01", LEAP_DAY);

/// Sends once more, alone, what is refused.
pub(super) async fn tell(session: &mut Session<'_>, all: &mut Trialled<'_>, culprits: &[Change]) {
    match culprits {
        [culprit] => one(session, all, culprits, culprit).await,
        // What must be put in first is no reason of its own.
        [around, culprit] if around.is_presence && is_inside(&culprit.at, &around.at) => {
            one(session, all, culprits, culprit).await;
        }
        [first, second] => pair(session, all, culprits, (first, second)).await,
        // Members that are refused together may exclude one another.
        _ => {}
    }
}

async fn one(session: &mut Session<'_>, all: &mut Trialled<'_>, changes: &[Change], culprit: &Change) {
    let Some(body) = all.body(changes) else { return };
    if culprit.value == Some(json!(FAR_DAY)) {
        return day_beyond(session, all, (changes, culprit), &ENDS).await;
    }
    if culprit.value == Some(json!(LEAP_DAY)) {
        return day_beyond(session, all, (changes, culprit), &[AFTER_LEAP_DAY]).await;
    }
    if !culprit.is_stated || (culprit.value.is_none() && !may_go(session, all, &body)) {
        return;
    }
    let is_added = all.varied.body.pointer(&culprit.at).is_none();
    if is_added && is_loose(session, all, &body, &culprit.at).await {
        return;
    }
    if misses_another(session, all, &body, &culprit.at).await {
        return;
    }
    let place = Place { at: At::RequestBody, instance: culprit.at.clone() };
    let is_named = culprit.is_named && !is_added;
    let valid = if is_named { Valid::Named(place) } else { Valid::Open(place) };
    try_one(session, all, &body, valid, false).await;
}

/// A day far ahead may be too far for what it is about. Where the day before a bound of machines is taken, and that
/// behind it is not, that is no rule of anybody's; nor is it where the day after a leap day is taken.
async fn day_beyond(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    (changes, culprit): (&[Change], &Change),
    days: &[(&str, &str)],
) {
    for (last, beyond) in days {
        let [last, beyond] = [last, beyond].map(|day| {
            let with = |change: &Change| {
                let is_it = change.at == culprit.at;
                let value = if is_it { Some(json!(day)) } else { change.value.clone() };
                Change { value, ..change.clone() }
            };
            all.body(&changes.iter().map(with).collect::<Vec<_>>())
        });
        let (Some(last), Some(beyond)) = (last, beyond) else { return };
        if !matches!(try_one(session, all, &last, Valid::Packed, false).await, Taken::Yes) {
            continue;
        }
        if let Taken::No = try_one(session, all, &beyond, Valid::Packed, false).await {
            let place = Place { at: At::RequestBody, instance: culprit.at.clone() };
            try_one(session, all, &beyond, Valid::Open(place), false).await;
        }
        return;
    }
}

/// Two members that are refused together and taken one by one. Only where the document lists all members there are, so
/// that somebody has thought of what goes together, and where the two have nothing to do with each other: a beginning
/// and an end, a price and its currency may well not fit.
async fn pair(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    changes: &[Change],
    (first, second): (&Change, &Change),
) {
    let names = [first, second].map(|change| pointer::tokens(&change.at).collect::<Vec<_>>());
    let ([one], [other]) = (names[0].as_slice(), names[1].as_slice()) else { return };
    let is_of_time = |name: &str| ends_period(name) || is_time_of_creation(name) || is_time_of_change(name);
    let are_related = words(one).iter().any(|word| words(other).contains(word))
        || (is_ordered(first) && is_ordered(second))
        || (is_of_time(one) && is_of_time(other));
    let are_there = first.value.is_some() && second.value.is_some() && one != other;
    let are_stated = first.is_stated && second.is_stated;
    if are_related || !are_there || !are_stated || !is_closed(all.varied.schema) {
        return;
    }
    for alone in [first, second] {
        let Some(body) = all.body(std::slice::from_ref(alone)) else { return };
        if !matches!(try_one(session, all, &body, Valid::Packed, false).await, Taken::Yes) {
            return;
        }
    }
    let Some(body) = all.body(changes) else { return };
    let place = Place { at: At::RequestBody, instance: second.at.clone() };
    try_one(session, all, &body, Valid::Open(place), false).await;
}

/// Whether a value is more or less than others of its kind: a number, a day, a time.
fn is_ordered(change: &Change) -> bool {
    match &change.value {
        Some(Value::Number(_)) => true,
        Some(Value::String(text)) => text.get(..10).is_some_and(|day| day.parse::<Date>().is_ok()),
        _ => false,
    }
}

fn is_closed(schema: &Schema) -> bool {
    let view = View::of(schema, Direction::Request);
    let is_false = |node: &Value| {
        ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|word| node.get(*word) == Some(&json!(false)))
    };
    view.nodes().any(is_false)
}

fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the document can be held to a member being optional: it names others as required, so that somebody has
/// thought of it, and this is no change of nothing.
fn may_go(session: &Session<'_>, all: &Trialled<'_>, body: &Value) -> bool {
    let is_nothing = body.as_object().is_some_and(Map::is_empty);
    let requires = View::of(all.varied.schema, Direction::Request).nodes().any(|node| {
        node.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty())
    });
    requires && !(is_nothing && session.resources.created_by(all.operation.index).is_none())
}

/// Whether a refusal is about what another member of the body names, and that this run made up: with that kind of thing
/// something else has to exist.
async fn misses_another(session: &mut Session<'_>, all: &mut Trialled<'_>, body: &Value, at: &str) -> bool {
    let made_up = |value: &Value| session.marks.is_in_value(value);
    let others = body.as_object().into_iter().flatten().filter(|(name, _)| pointer::join("", name) != at);
    let others: Vec<String> = others
        .filter(|(_, value)| made_up(value) || value.is_string())
        .map(|(name, _)| name.clone())
        .collect();
    if others.is_empty() || !matches!(try_one(session, all, body, Valid::Packed, false).await, Taken::No) {
        return false;
    }
    let refusal = Refusal::reading(&all.refusal);
    refusal.misses() && !refusal.names(at) && others.iter().any(|name| refusal.names_thing(name))
}

/// Whether the document says so little of a place that the plain body leaves out that a refusal shows nothing: a
/// structure may be wanted only together with others or of an object in another state, where none was ever taken, or is
/// taken no more, and what has no type may be any of them.
async fn is_loose(session: &mut Session<'_>, all: &mut Trialled<'_>, body: &Value, at: &str) -> bool {
    let is_alike = |one: &Value, other: &Value| {
        (one.is_object() && other.is_object()) || (one.is_array() && other.is_array())
    };
    if let Some(value) = body.pointer(at).filter(|value| value.is_object() || value.is_array()) {
        let was_taken = |taken: &Value| {
            taken.pointer(at).is_some_and(|other| is_alike(value, other) && !is_nothing(other))
        };
        let Some(taken) = all.taken.iter().rfind(|taken| was_taken(taken)).cloned() else { return true };
        return !matches!(try_one(session, all, &taken, Valid::Packed, false).await, Taken::Yes);
    }
    let known = places(all.varied.schema, body, "");
    let place = known.iter().find(|place| place.at == at);
    place.is_none_or(|place| place.view.named_kinds().is_none())
}

fn is_nothing(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}
