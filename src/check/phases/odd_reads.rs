//! Phase: reads with odd ids, odd values of parameters, and parameters together.

use serde_json::{Map, Value, json};

use super::crash::{self, Odd};
use crate::check::plan::Draws;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::Direction;
use crate::contract::{Location, Operation, OperationId, Parameter};
use crate::generate::Dice;
use crate::generate::hostile::{self, PUNCTUATION};
use crate::generate::plain_as;
use crate::generate::request::{Parts, build, documented_value};
use crate::generate::value::{Taste, value};
use crate::generate::variation;
use crate::resources::names;

/// Parameters that are tried alone to find out which one matters, and members of one.
const MOST: usize = 12;
/// Words of parameters that ask a server to wait, or to send for long.
const WAITING: [&str; 9] =
    ["wait", "timeout", "delay", "sleep", "watch", "follow", "stream", "poll", "download"];

/// Reads in odd ways.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = crash::sound(session, index) else { return };
    let parts = match steps::plain_parts(session, operation).await {
        Some(parts) => parts,
        None => match nowhere(operation) {
            Some(parts) => parts,
            None => return,
        },
    };
    let odd = cases(session, operation, &parts);
    crash::run(session, operation, odd.into_iter()).await;
}

/// A request for an object that is not there, where none is known that is.
fn nowhere(operation: &Operation) -> Option<Parts> {
    let mut parts = Parts::default();
    for name in operation.template.names() {
        parts.set(Location::Path, name, crate::resources::unknown_id(operation, name)?);
    }
    for parameter in operation.parameters.iter().filter(|p| p.required && p.location != Location::Path) {
        parts.set(parameter.location, &parameter.name, sample(parameter)?);
    }
    Some(parts)
}

fn cases(session: &Session<'_>, operation: &Operation, parts: &Parts) -> Vec<(Odd, Vec<Odd>)> {
    let mut found = Vec::new();
    let mut add = |label: String, parts: Parts, smaller: Vec<(String, Parts)>| {
        let odd =
            |(label, parts): (String, Parts)| Some(Odd { label, request: build(operation, &parts).ok()? });
        let smaller = smaller.into_iter().filter_map(odd).collect();
        found.extend(odd((label, parts)).map(|odd| (odd, smaller)));
    };
    let is_fixed = |name: &str| session.settings.params.contains_key(name);
    if let Some(target) = session.resources.target(operation).filter(|target| !is_fixed(target)) {
        let schema = operation.parameter(Location::Path, target).and_then(Parameter::value_schema);
        for (label, id) in hostile::ids(schema.map(|schema| &**schema)) {
            let mut odd = parts.clone();
            odd.set(Location::Path, target, id);
            if !session.leads_elsewhere(operation, &odd) {
                add(label.to_owned(), odd, Vec::new());
            }
        }
    }
    let optional: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|p| matches!(p.location, Location::Query | Location::Header | Location::Cookie))
        .filter(|p| !is_fixed(&p.name) && !waits(&p.name) && p.value_schema().is_some())
        .collect();
    let listed = session.resources.listed_by(operation.index).and_then(|index| session.collection(index));
    let list = listed.and_then(|collection| collection.list.as_ref());
    let search = list.and_then(|list| list.search.as_ref()).map(|(name, _)| name.as_str());
    for one in optional.iter().copied().filter(|p| p.location == Location::Query) {
        let is_mark = session.resources.is_mark(operation.index, &one.name);
        if is_mark {
            add(format!("a {} that is none", one.name), with(parts, one, json!("no-such-mark")), Vec::new());
        } else if search == Some(one.name.as_str()) || is_free_text(one) {
            add(format!("punctuation in {}", one.name), with(parts, one, json!(PUNCTUATION)), Vec::new());
        }
        for (label, value) in alone(one) {
            add(label, with(parts, one, value), Vec::new());
        }
    }
    together(session, operation, parts, &optional, &mut add);
    drawn(session, operation, parts, &optional, &mut add);
    all_of(parts, &optional, "whole numbers of 21 digits", &mut add, |p| {
        let kinds = p.value_schema()?.shape().kinds;
        ((kinds.integer || kinds.number) && !kinds.string).then(|| json!("100000000000000000000"))
    });
    all_of(parts, &optional, "an odd header", &mut add, |p| {
        (p.location == Location::Header).then(|| json!("odd"))
    });
    found.extend(crash::odd_cookie(operation, parts).map(|odd| (odd, Vec::new())));
    found
}

/// Several parameters at once, and each alone to find out which one matters.
fn all_of(
    parts: &Parts,
    optional: &[&Parameter],
    label: &str,
    add: &mut impl FnMut(String, Parts, Vec<(String, Parts)>),
    value: impl Fn(&Parameter) -> Option<Value>,
) {
    let values: Vec<(&Parameter, Value)> =
        optional.iter().copied().filter_map(|p| Some((p, value(p)?))).collect();
    if values.is_empty() {
        return;
    }
    let all = values.iter().fold(parts.clone(), |parts, (p, value)| with(&parts, p, value.clone()));
    let one =
        |(p, value): &(&Parameter, Value)| (format!("{label} ({})", p.name), with(parts, p, value.clone()));
    let names: Vec<&str> = values.iter().map(|(p, _)| p.name.as_str()).collect();
    let label = format!("{label} ({})", names.join(", "));
    add(label, all, if values.len() > 1 { values.iter().map(one).collect() } else { Vec::new() });
}

/// All optional parameters together, which has every pair of them.
fn together(
    session: &Session<'_>,
    operation: &Operation,
    parts: &Parts,
    optional: &[&Parameter],
    add: &mut impl FnMut(String, Parts, Vec<(String, Parts)>),
) {
    let is_left_out = |p: &Parameter| session.resources.is_mark(operation.index, &p.name);
    let is_open = |p: &&Parameter| parts.get(p.location, &p.name).is_none() && !is_left_out(p);
    let values = optional.iter().copied().filter(is_open).filter_map(|p| Some((p, sample(p)?)));
    let values: Vec<(&Parameter, Value)> = values.take(MOST).collect();
    if values.len() < 2 {
        return;
    }
    let all = |values: &[(&Parameter, Value)]| {
        values.iter().fold(parts.clone(), |parts, (p, value)| with(&parts, p, value.clone()))
    };
    let named = |values: &[(&Parameter, Value)]| {
        let names: Vec<&str> = values.iter().map(|(p, _)| p.name.as_str()).collect();
        format!("{} together", names.join(", "))
    };
    // Neighbours first, since documents write down together what belongs together.
    let pairs = values.windows(2).map(|pair| (named(pair), all(pair))).collect();
    add(named(&values), all(&values), pairs);
}

/// Some of the optional parameters, with values drawn by chance.
fn drawn(
    session: &Session<'_>,
    operation: &Operation,
    parts: &Parts,
    optional: &[&Parameter],
    add: &mut impl FnMut(String, Parts, Vec<(String, Parts)>),
) {
    let Draws { count, seed } = session.settings.draws;
    let open = optional.iter().filter(|p| !session.resources.is_mark(operation.index, &p.name));
    let open: Vec<&Parameter> = open.copied().take(MOST).collect();
    let known: Vec<Vec<Value>> = open
        .iter()
        .map(|p| variation::named_values(p).into_iter().map(|known| known.value).collect())
        .collect();
    for turn in 0..if open.is_empty() { 0 } else { count } {
        let mut dice = Dice::new(seed, &format!("{} {turn}", operation.id));
        let mut values: Vec<(&Parameter, Value)> = Vec::new();
        for (parameter, known) in open.iter().zip(&known) {
            if dice.below(2) == 0 {
                continue;
            }
            let taste = Taste { seed: Some(seed.wrapping_add(turn as u64)), ..Taste::default() };
            let made =
                || value(parameter.value_schema()?, Direction::Request, taste.of_place(&parameter.name)).ok();
            let value = known.get(dice.below(known.len() + 1)).cloned().or_else(made);
            values.extend(value.map(|value| (*parameter, value)));
        }
        let all = values.iter().fold(parts.clone(), |parts, (p, value)| with(&parts, p, value.clone()));
        let alone = values
            .iter()
            .map(|(p, value)| (format!("{} drawn by chance", p.name), with(parts, p, value.clone())));
        let names: Vec<&str> = values.iter().map(|(p, _)| p.name.as_str()).collect();
        if !names.is_empty() {
            add(format!("{} drawn by chance", names.join(", ")), all, alone.collect());
        }
    }
}

fn with(parts: &Parts, parameter: &Parameter, value: Value) -> Parts {
    let mut parts = parts.clone();
    parts.set(parameter.location, &parameter.name, value);
    parts
}

/// A value that the document names for a parameter, else one that its schema allows.
fn sample(parameter: &Parameter) -> Option<Value> {
    let named = || variation::named_values(parameter).into_iter().next().map(|variant| variant.value);
    let made = || plain_as(&parameter.name, parameter.value_schema()?, Direction::Request).ok();
    documented_value(parameter).or_else(named).or_else(made)
}

/// Each member of a parameter that is an object, by itself.
fn alone(parameter: &Parameter) -> Vec<(String, Value)> {
    let Some(schema) = parameter.schema.as_ref().filter(|schema| schema.shape().kinds.object) else {
        return Vec::new();
    };
    let Some(Value::Object(members)) = sample(parameter) else { return Vec::new() };
    if members.len() < 2 {
        return Vec::new();
    }
    let one = |(name, value): (String, Value)| {
        let only = Value::Object(Map::from_iter([(name.clone(), value)]));
        let is_valid = schema.is_valid(Direction::Request, &only) == Ok(true);
        is_valid.then(|| (format!("{} with {name} alone", parameter.name), only))
    };
    members.into_iter().take(MOST).filter_map(one).collect()
}

/// Whether a parameter takes any text.
fn is_free_text(parameter: &Parameter) -> bool {
    parameter.value_schema().is_some_and(|schema| {
        schema.shape().kinds.string && schema.is_valid(Direction::Request, &json!(PUNCTUATION)) == Ok(true)
    })
}

/// Whether a parameter may ask a server to wait.
fn waits(name: &str) -> bool {
    names::words(name).iter().any(|word| WAITING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests;
