//! Bodies that vary many members at once, so that few requests try every value.
//!
//! Each is a list of changes to a body that was accepted. Where one is refused, parts of its list find the change
//! that is to blame.

use serde_json::Value;

use super::allowed;
use crate::contract::{Direction, Schema};
use crate::document::pointer;
use crate::generate::Dice;
use crate::generate::mark::{PLACEHOLDER, made_up, stamp};
use crate::generate::places::{Place, places, with, without};
use crate::generate::stretch::told_apart;
use crate::generate::value::{Taste, part};

/// Bodies for one operation, and changes of one body.
const MAX_PACKS: usize = 18;
const MAX_CHANGES: usize = 60;

/// One change of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer of what changes.
    pub at: String,
    /// What it is, for a person.
    pub label: String,
    /// The value that is put there; `None` where what is there is left out.
    pub value: Option<Value>,
    /// Whether the document names the value itself.
    pub is_named: bool,
    /// Whether a refusal of it is worth telling.
    pub is_stated: bool,
    /// Whether it is about a member being there, and not about its value.
    pub is_presence: bool,
}

/// A body with many changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// What is special about it.
    pub label: String,
    /// In the order in which they are made.
    pub changes: Vec<Change>,
    /// What they make of the body.
    pub body: Value,
}

/// What a variation leaves alone.
pub struct Sparing<'a> {
    /// Whether a member of that name is left as it is: what does things, or names other objects.
    pub member: &'a dyn Fn(&str) -> bool,
    /// Whether a body is known to be refused, whatever the document says.
    pub body: &'a dyn Fn(&Value) -> bool,
    /// Whether what is sent is added to what is there, so that a bound of a map is not its own alone.
    pub merges: bool,
    /// Whether a text of this run in a member of that name tells whose the object is; one of these must stay where the
    /// plain body has one.
    pub tells: &'a dyn Fn(&str) -> bool,
}

/// A body with changes; `None` where its schema does not allow that.
pub fn apply(schema: &Schema, base: &Value, changes: &[Change]) -> Option<Value> {
    let body = changes.iter().fold(base.clone(), |body, change| change.on(&body));
    (schema.is_valid(Direction::Request, &body) == Ok(true)).then_some(body)
}

impl Change {
    fn on(&self, body: &Value) -> Value {
        match &self.value {
            Some(value) => with(body, &self.at, value.clone()),
            None => without(body, &self.at),
        }
    }
}

/// Bodies that together have every value that is worth a try, and of any two optional members both, either and
/// none.
pub fn packs(schema: &Schema, base: &Value, sparing: &Sparing<'_>) -> Vec<Pack> {
    if schema.is_valid(Direction::Request, base) != Ok(true) {
        return Vec::new();
    }
    let mut places = places(schema, base, "");
    places.retain(|place| !pointer::tokens(&place.at).any(|name| (sparing.member)(&name)));
    let packer = Packer { schema, base, sparing, optional: optional(schema, base, &places) };
    let mut pending = packer.pending(&places);
    let mut packs: Vec<Pack> = Vec::new();
    for row in packer.rows() {
        packer.pack(&row, &mut pending, &mut packs);
    }
    while !pending.is_empty() && packs.len() < MAX_PACKS {
        let before = pending.len();
        packer.pack(&Row::all("more values", &packer.optional), &mut pending, &mut packs);
        if pending.len() == before {
            // What does not go with the others goes alone.
            let change = pending.remove(0);
            let changes: Vec<Change> = packer.around(&places, &change).into_iter().chain([change]).collect();
            if let Some(body) = apply(schema, base, &changes).filter(|body| packer.may_be_sent(body)) {
                packs.push(Pack { label: "one value".to_owned(), changes, body });
            }
        }
    }
    packs
}

/// Bodies with values drawn by chance: of each place one of those that are worth a try, or a plausible one, as far as
/// they go together. The same seed draws the same.
pub fn drawn(schema: &Schema, base: &Value, sparing: &Sparing<'_>, (seed, count): (u64, usize)) -> Vec<Pack> {
    if count == 0 || schema.is_valid(Direction::Request, base) != Ok(true) {
        return Vec::new();
    }
    let mut places = places(schema, base, "");
    places.retain(|place| !pointer::tokens(&place.at).any(|name| (sparing.member)(&name)));
    let packer = Packer { schema, base, sparing, optional: optional(schema, base, &places) };
    let known = packer.pending(&places);
    let mut packs = Vec::new();
    for turn in 0..count {
        let mut dice = Dice::new(seed, &format!("body {turn}"));
        let taste = Taste { seed: Some(seed.wrapping_add(turn as u64)), ..Taste::default() };
        let plausible = places.iter().filter_map(|place| {
            let node = place.view.nodes().next()?;
            let value = part(schema, &place.name, node, taste.of_place(&place.at))
                .filter(|value| !value.is_object())?;
            Some(Change {
                at: place.at.clone(),
                label: format!("the value {value}"),
                value: Some(value),
                is_named: false,
                is_stated: false,
                is_presence: false,
            })
        });
        let mut pending: Vec<Change> = known.iter().cloned().chain(plausible).collect();
        for last in (1..pending.len()).rev() {
            pending.swap(last, dice.below(last + 1));
        }
        let has = packer.optional.iter().map(|_| dice.below(2) == 1).collect();
        packer.pack(&Row { label: "drawn by chance".to_owned(), has }, &mut pending, &mut packs);
    }
    packs
}

/// A member of the body that may be left out.
struct Optional {
    at: String,
    /// What is put in where it is not there.
    value: Value,
    is_there: bool,
}

fn optional(schema: &Schema, base: &Value, places: &[Place<'_>]) -> Vec<Optional> {
    let mut found: Vec<Optional> = Vec::new();
    for place in places.iter().filter(|place| place.at.matches('/').count() == 1) {
        let is_there = base.pointer(&place.at).is_some();
        let may_go = || schema.is_valid(Direction::Request, &without(&place.whole, &place.at)) == Ok(true);
        let is_known = found.iter().any(|known| known.at == place.at);
        if base.is_object() && !is_known && (!is_there || may_go()) {
            found.push(Optional { at: place.at.clone(), value: place.value().clone(), is_there });
        }
    }
    found
}

/// Which of the optional members a body has.
struct Row {
    label: String,
    has: Vec<bool>,
}

impl Row {
    fn all(label: &str, optional: &[Optional]) -> Self {
        Self { label: label.to_owned(), has: vec![true; optional.len()] }
    }
}

struct Packer<'a> {
    schema: &'a Schema,
    base: &'a Value,
    sparing: &'a Sparing<'a>,
    optional: Vec<Optional>,
}

impl Packer<'_> {
    /// All, none, and for each digit of their numbers those that have it and those that have not: of any two
    /// members one is there without the other.
    fn rows(&self) -> Vec<Row> {
        let count = self.optional.len();
        let mut rows = vec![Row::all("the fullest body", &self.optional)];
        if count > 0 {
            rows.push(Row { label: "the smallest body".to_owned(), has: vec![false; count] });
        }
        let digits = if count > 1 { usize::BITS - (count - 1).leading_zeros() } else { 0 };
        for digit in 0..digits {
            for has in [true, false] {
                let has = (0..count).map(|index| (index >> digit & 1 == 1) == has).collect();
                rows.push(Row { label: "some of the optional members".to_owned(), has });
            }
        }
        rows.truncate(MAX_PACKS - 2);
        rows
    }

    /// Every value that is worth a try and allowed by itself, place by place: first the first of each.
    fn pending(&self, places: &[Place<'_>]) -> Vec<Change> {
        let mut queues: Vec<Vec<Change>> = Vec::new();
        for place in places {
            let mut queue: Vec<Change> = Vec::new();
            for mut value in allowed(self.schema, place) {
                if ["oneOf", "maxItems"].contains(&value.keyword) {
                    value.value = self.marked(place, &value.value);
                }
                let is_allowed =
                    || self.schema.is_valid(Direction::Request, &place.with(value.value.clone())) == Ok(true);
                let adds_up = self.sparing.merges && value.keyword == "maxProperties";
                if !adds_up && self.base.pointer(&place.at) != Some(&value.value) && is_allowed() {
                    queue.push(Change {
                        at: place.at.clone(),
                        is_named: value.is_named,
                        is_stated: value.is_stated(),
                        label: value.label,
                        value: Some(value.value),
                        is_presence: false,
                    });
                }
            }
            queues.push(queue);
        }
        let longest = queues.iter().map(Vec::len).max().unwrap_or(0);
        let mut pending: Vec<Change> = Vec::new();
        for turn in 0..longest {
            for change in queues.iter().filter_map(|queue| queue.get(turn)) {
                if !pending.iter().any(|known| known.at == change.at && known.value == change.value) {
                    pending.push(change.clone());
                }
            }
        }
        pending
    }

    /// A made-up value with marks in its free texts, as the plain body has them: a server may make objects of them.
    fn marked(&self, place: &Place<'_>, value: &Value) -> Value {
        let whole = made_up(self.schema, &place.with(value.clone()), "");
        let marked = whole.pointer(&place.at).unwrap_or(value).clone();
        let own = marked.as_array().map(|items| Value::Array(told_apart(items)));
        let is_allowed =
            |own: &Value| self.schema.is_valid(Direction::Request, &place.with(own.clone())) == Ok(true);
        own.filter(is_allowed).unwrap_or(marked)
    }

    /// What must be put in before a value can be.
    fn around(&self, places: &[Place<'_>], change: &Change) -> Vec<Change> {
        let Some(place) = places.iter().find(|place| place.at == change.at && place.is_added) else {
            return Vec::new();
        };
        let Some(first) = pointer::tokens(&change.at).next() else { return Vec::new() };
        let at = pointer::join("", &first);
        let value = place.whole.pointer(&at).cloned();
        if at == change.at || value.as_ref() == self.base.pointer(&at) {
            return Vec::new();
        }
        let label = format!("the optional member {first:?}");
        vec![Change { at, label, value, is_named: false, is_stated: true, is_presence: true }]
    }

    fn pack(&self, row: &Row, pending: &mut Vec<Change>, packs: &mut Vec<Pack>) {
        let mut changes: Vec<Change> = Vec::new();
        let mut body = self.base.clone();
        for (optional, has) in self.optional.iter().zip(&row.has) {
            if *has == optional.is_there {
                continue;
            }
            let name = pointer::tokens(&optional.at).next().unwrap_or_default();
            let label = if *has { "is sent" } else { "is left out" };
            self.take(
                &mut body,
                &mut changes,
                &Change {
                    at: optional.at.clone(),
                    label: format!("the optional member {name:?} {label}"),
                    value: has.then(|| optional.value.clone()),
                    is_named: false,
                    is_stated: true,
                    is_presence: true,
                },
            );
        }
        pending.retain(|change| {
            let overlaps = |known: &Change| {
                let is_inside = is_within(&change.at, &known.at);
                if known.is_presence {
                    is_inside && known.value.is_none()
                } else {
                    is_inside || is_within(&known.at, &change.at)
                }
            };
            let is_there = change.at.is_empty() || has_place_for(&body, &change.at);
            // A name that others may have goes alone: a conflict would hide what is thought of the rest.
            let now = self.base.pointer(&change.at).filter(|now| is_marked(now));
            let is_common = now.is_some() && !change.value.as_ref().is_some_and(is_marked);
            if is_common || changes.len() >= MAX_CHANGES || changes.iter().any(overlaps) || !is_there {
                return true;
            }
            !self.take(&mut body, &mut changes, change)
        });
        let is_new = !changes.is_empty() && !packs.iter().any(|known| known.body == body);
        if is_new {
            packs.push(Pack { label: row.label.clone(), changes, body });
        }
    }

    /// Makes one more change where the body is still allowed with it.
    fn take(&self, body: &mut Value, changes: &mut Vec<Change>, change: &Change) -> bool {
        let changed = change.on(body);
        let is_allowed = changed != *body
            && self.schema.is_valid(Direction::Request, &changed) == Ok(true)
            && self.may_be_sent(&changed);
        if is_allowed {
            *body = changed;
            changes.push(change.clone());
        }
        is_allowed
    }

    /// Whether a text of this run is in a body where it must be, and nothing speaks against it.
    fn may_be_sent(&self, body: &Value) -> bool {
        (self.is_told(body) || !self.is_told(self.base)) && !(self.sparing.body)(body)
    }

    /// Whether a body has a place for a text of this run that tells whose the object is.
    fn is_told(&self, body: &Value) -> bool {
        let mut members = body.as_object().into_iter().flatten();
        members.any(|(name, value)| (self.sparing.tells)(name) && is_marked(value))
    }
}

/// Whether a value has a place for a text of this run.
fn is_marked(value: &Value) -> bool {
    stamp(value.to_string().as_bytes(), PLACEHOLDER).is_some()
}

/// Whether a value can be put at a place: it is there, or is a member of an object inside that is.
fn has_place_for(body: &Value, at: &str) -> bool {
    let around = at.rsplit_once('/').filter(|(around, _)| !around.is_empty());
    let around = around.and_then(|(around, _)| body.pointer(around));
    body.pointer(at).is_some() || around.is_some_and(Value::is_object)
}

/// Whether a place is inside another one, or that itself.
fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
