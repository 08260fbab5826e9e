//! Values that the document forbids, each in one place and by one rule.

mod attempts;
mod parameters;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::Value;

pub use parameters::{forbidden_parameters, forbidden_values};

use super::places::places;
use super::stretch::list_of;
use crate::contract::schema::effort::Allowance;
use crate::contract::{Direction, Schema};
use crate::document::pointer;

/// So many forbidden values are made of one schema.
const MAX_FORBIDDEN: usize = 160;
/// Steps that all of it may take, those that find the places among them.
const MAX_EFFORT: u64 = 1_000_000;

/// A whole value that its schema forbids.
#[derive(Debug, Clone, PartialEq)]
pub struct Forbidden {
    /// JSON pointer of what is wrong.
    pub at: String,
    /// What is done, for a person: `a text of 401 characters`.
    pub label: String,
    /// The keyword of the schema that it is about.
    pub keyword: &'static str,
    /// The whole value.
    pub value: Value,
    /// JSON pointer of the keyword in the document.
    pub rule: String,
}

impl Forbidden {
    /// What stands in the place that is wrong; nothing where it was left out.
    pub fn wrong(&self) -> Option<&Value> {
        self.value.pointer(&self.at)
    }
}

/// What a schema forbids: for each rule that it has about a place of an allowed value one value that breaks it,
/// and as far as possible no other. `name` is what the value is the value of.
pub fn forbidden(schema: &Schema, base: &Value, name: &str) -> Vec<Forbidden> {
    let mut found: Vec<Forbidden> = Vec::new();
    if schema.is_valid(Direction::Request, base) != Ok(true) {
        return found;
    }
    let mut known = HashSet::new();
    let allowance = Allowance::of(MAX_EFFORT);
    for place in places(schema, base, name) {
        if allowance.is_spent() {
            break;
        }
        for attempt in attempts::attempts(schema, &place) {
            let wholes = attempt.values.into_iter().map(|value| place.with(value));
            let Some((value, rule)) = broken(schema, wholes, attempt.keyword) else { continue };
            // What says which alternative is meant is tried in each of them.
            let is_tag = ["enum", "const", "discriminator"].contains(&attempt.keyword);
            let branch = if is_tag { place.branch } else { 0 };
            if !known.insert((rule.clone(), attempt.label.clone(), attempt.member.clone(), branch)) {
                continue;
            }
            let at = attempt.member.map_or_else(|| place.at.clone(), |name| pointer::join(&place.at, &name));
            let (label, keyword) = (attempt.label, attempt.keyword);
            found.push(Forbidden { at, label, keyword, value, rule });
            if found.len() >= MAX_FORBIDDEN {
                return found;
            }
        }
    }
    found
}

/// A list with a second entry that is like the first, as its schema allows; `None` where it does not.
pub fn longer(schema: &Schema, list: &[Value]) -> Option<Vec<Value>> {
    let place = places(schema, &Value::Array(list.to_vec()), "").into_iter().next()?;
    let longer = list_of(schema, &place, 2)?;
    let is_allowed = schema.is_valid(Direction::Request, &longer) == Ok(true);
    longer.as_array().filter(|_| is_allowed).cloned()
}

/// The first value that breaks that keyword alone, else the first that breaks anything; with the place of the
/// keyword in the document.
fn broken(schema: &Schema, wholes: impl Iterator<Item = Value>, keyword: &str) -> Option<(Value, String)> {
    let mut otherwise = None;
    for whole in wholes {
        let Ok(wrong) = schema.check(Direction::Request, &whole) else { continue };
        let Some(first) = wrong.first() else { continue };
        if wrong.iter().all(|mismatch| mismatch.keyword == keyword) {
            return Some((whole, first.schema.clone()));
        }
        otherwise = otherwise.or_else(|| Some((whole, first.schema.clone())));
    }
    otherwise
}
