//! The places of a value that a schema describes, each with a whole value in which it is there.
//!
//! Members that the value leaves out are put in, one at a time, and so are other alternatives, so that every place
//! is met in a value that is allowed and differs from the given one in nothing else.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::mark::made_up;
use super::value::{Taste, part};
use crate::contract::schema::View;
use crate::contract::schema::effort::Allowance;
use crate::contract::{Direction, Schema};
use crate::document::pointer;

/// Places of one value, and how deep they are looked for.
const MAX_PLACES: usize = 160;
const MAX_DEPTH: usize = 7;
/// Steps that looking for them may take. Bodies of ordinary APIs need a tenth of it, texts with a layout, whose parts are
/// each of many alternatives, fifty times as many.
const MAX_EFFORT: u64 = 500_000;
/// Names that are tried for an entry of a map.
const KEYS: &[&str] = &["extra", "mon", "en", "1", "EXTRA", "x-extra"];

/// A place of a value.
#[derive(Debug, Clone)]
pub struct Place<'s> {
    /// JSON pointer inside the value.
    pub at: String,
    /// The nearest name around it; empty at the root of a body.
    pub name: String,
    /// What is said about it.
    pub view: View<'s>,
    /// The whole value, in which it is there.
    pub whole: Value,
    /// Whether it, or what is around it, was put in.
    pub is_added: bool,
    /// Which of the alternatives around it the whole has: 0 for those of the given value.
    pub branch: usize,
}

impl Place<'_> {
    /// The value that is there.
    pub fn value(&self) -> &Value {
        self.whole.pointer(&self.at).unwrap_or(&Value::Null)
    }

    /// The whole with another value there.
    pub fn with(&self, value: Value) -> Value {
        with(&self.whole, &self.at, value)
    }
}

/// All places of a value, from outside in.
pub fn places<'s>(schema: &'s Schema, base: &Value, name: &str) -> Vec<Place<'s>> {
    let mut walk =
        Walk { schema, allowance: Allowance::of(MAX_EFFORT), found: Vec::new(), is_body: name.is_empty() };
    let start = Place {
        at: String::new(),
        name: name.to_owned(),
        view: View::of(schema, Direction::Request),
        whole: base.clone(),
        is_added: false,
        branch: 0,
    };
    walk.visit(&start, 0);
    walk.found
}

/// The other alternatives of a whole body.
pub fn alternatives(schema: &Schema, base: &Value) -> Vec<Value> {
    let found = branches(schema, &View::of(schema, Direction::Request), "").into_iter();
    let is_other = |body: &Value| members(body) != members(base);
    let allowed = found.filter(|body| schema.is_valid(Direction::Request, body) == Ok(true));
    allowed.filter(is_other).map(|body| made_up(schema, &body, "")).collect()
}

fn members(body: &Value) -> Option<HashSet<&str>> {
    body.as_object().map(|members| members.keys().map(String::as_str).collect())
}

/// A value with another one at a place, which may be new in the object or the list around it.
pub fn with(whole: &Value, at: &str, value: Value) -> Value {
    let mut whole = whole.clone();
    if let Some(place) = whole.pointer_mut(at) {
        *place = value;
    } else if let Some((parent, name)) = at.rsplit_once('/') {
        match whole.pointer_mut(parent) {
            Some(Value::Object(members)) => {
                members.insert(pointer::unescape(name), value);
            }
            Some(Value::Array(items)) => items.push(value),
            _ => {}
        }
    }
    whole
}

/// A value without a member of an object inside it.
pub fn without(whole: &Value, at: &str) -> Value {
    let mut whole = whole.clone();
    if let Some((parent, name)) = at.rsplit_once('/')
        && let Some(members) = whole.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        members.shift_remove(&pointer::unescape(name));
    }
    whole
}

struct Walk<'s> {
    schema: &'s Schema,
    allowance: Allowance,
    found: Vec<Place<'s>>,
    is_body: bool,
}

impl<'s> Walk<'s> {
    fn allows(&self, whole: &Value) -> bool {
        self.schema.is_valid(Direction::Request, whole) == Ok(true)
    }

    /// What is made up for a body carries a mark, so that it clashes with nothing.
    fn marked(&self, whole: Value) -> Value {
        if self.is_body { made_up(self.schema, &whole, "") } else { whole }
    }

    fn visit(&mut self, place: &Place<'s>, depth: usize) {
        let is_known = |known: &Place<'_>| known.at == place.at && known.whole == place.whole;
        if self.is_full(depth) || self.found.iter().any(is_known) {
            return;
        }
        self.found.push(place.clone());
        self.below(place, depth);
        if self.is_full(depth + 1) {
            return;
        }
        for (index, whole) in self.alternatives(place).into_iter().enumerate() {
            let other = Place { whole, is_added: true, branch: index + 1, ..place.clone() };
            self.below(&other, depth + 1);
        }
    }

    /// Whether nothing is looked for that deep any more: what would be made for it is not made either.
    fn is_full(&self, depth: usize) -> bool {
        self.found.len() >= MAX_PLACES || depth > MAX_DEPTH || self.allowance.is_spent()
    }

    /// What is inside a place.
    fn below(&mut self, place: &Place<'s>, depth: usize) {
        match place.value() {
            Value::Object(members) => {
                // What says of which schema an object is has no other value, unless the document lists some.
                let tag = place.view.tag();
                for (name, view) in place.view.each_described() {
                    let is_open_tag = tag == Some(&*name) && view.choices().is_empty();
                    if !view.is_read_only() && !is_open_tag {
                        self.enter(place, &name, view, depth);
                    }
                }
                let Some(view) = place.view.others() else { return };
                let described = place.view.members();
                let own = members.keys().rfind(|name| !described.contains(&name.as_str())).cloned();
                if let Some(name) = own {
                    self.enter(place, &name, view, depth);
                } else if let Some(name) = KEYS.iter().find(|name| !described.contains(name)) {
                    self.enter(place, name, view, depth);
                }
            }
            Value::Array(items) => {
                let Some(view) = place.view.items() else { return };
                let last = items.len().saturating_sub(1).to_string();
                self.enter(place, &last, view, depth);
            }
            _ => {}
        }
    }

    /// A member or an item, put in where it is not there.
    fn enter(&mut self, around: &Place<'s>, step: &str, view: View<'s>, depth: usize) {
        if self.is_full(depth + 1) {
            return;
        }
        let at = pointer::join(&around.at, step);
        let branch = around.branch;
        let name = if around.value().is_array() { around.name.clone() } else { step.to_owned() };
        let now = around.whole.pointer(&at);
        if now.is_some_and(|now| !now.is_null()) {
            let whole = around.whole.clone();
            let place = Place { at, name, view, whole, is_added: around.is_added, branch };
            self.visit(&place, depth + 1);
            return;
        }
        let mut node = view.nodes().next().cloned().unwrap_or_default();
        // Nothing at all is no place for other values.
        if let Some(node) = node.as_object_mut().filter(|node| node.get("default") == Some(&Value::Null)) {
            node.remove("default");
        }
        let tastes = [Taste::default(), Taste { seed: Some(1), ..Taste::default() }];
        let made = tastes
            .iter()
            .filter_map(|taste| part(self.schema, &name, &node, *taste))
            .map(|value| with(&around.whole, &at, value))
            .find(|whole| self.allows(whole))
            .map(|whole| self.marked(whole));
        if let Some(whole) = made {
            self.visit(&Place { at, name, view, whole, is_added: true, branch }, depth + 1);
        }
    }

    /// The whole with each of the other alternatives of a place.
    fn alternatives(&self, place: &Place<'s>) -> Vec<Value> {
        branches(self.schema, &place.view, &place.name)
            .into_iter()
            .map(|value| place.with(value))
            .filter(|whole| {
                let value = whole.pointer(&place.at).unwrap_or(&Value::Null);
                value != place.value()
                    && (members(value).is_none() || members(value) != members(place.value()))
            })
            .filter(|whole| self.allows(whole))
            .map(|whole| self.marked(whole))
            .collect()
    }
}

/// A value of each alternative of a place.
pub fn branches(schema: &Schema, view: &View<'_>, name: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for node in view.nodes() {
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = node.get(keyword).and_then(Value::as_array) else { continue };
            for branch in branches.iter().filter(|branch| branch.get("type") != Some(&json!("null"))) {
                let mut alone: Map<String, Value> = node.as_object().cloned().unwrap_or_default();
                alone.retain(|keyword, _| keyword != "example" && keyword != "examples");
                alone.insert(keyword.to_owned(), json!([branch]));
                found.extend(part(schema, name, &Value::Object(alone), Taste::default()));
            }
        }
    }
    found
}
