//! Values that differ between two identical requests: found, reviewed as a file of their own, and from then
//! on volatile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::classify::knows;
use super::described::described;
use super::exact;
use super::names::Names;
use super::normalize;
use super::settings::Settings;
use crate::contract::schema::View;
use crate::contract::{Contract, Direction};
use crate::document::pointer;
use crate::run::Answer;
use crate::run::pending::{Change, Label};

/// Places whose values differ from look to look: for each operation, by the name that its files
/// have, pointers in which `*` is any entry of a list, and the name of its placeholder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Learnt(BTreeMap<String, BTreeMap<String, String>>);

impl Learnt {
    /// The file that holds them, beside the snapshots. No snapshot is called so: it has no status.
    pub const FILE: &str = "volatile.snap";

    /// Reads the contents of that file.
    pub fn parse(contents: &str) -> Option<Self> {
        serde_json::from_str(contents).ok()
    }

    /// The contents of that file.
    pub fn write(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What is known of an operation.
    pub(super) fn of(&self, operation: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(operation)
    }

    /// Names of the operations.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What another knows beside this.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (operation, places) in &other.0 {
            all.0.entry(operation.clone()).or_default().extend(places.clone());
        }
        all
    }

    /// What this knows and another does not, as changes with what the document says to each place.
    pub fn beside(&self, other: &Self, contract: &Contract, names: &Names) -> Vec<Change> {
        let mut changes = Vec::new();
        for (name, places) in &self.0 {
            let operation = names.operation(contract, name);
            for at in places.keys().filter(|at| other.of(name).is_none_or(|known| !known.contains_key(*at))) {
                let is_described = operation.is_some_and(|operation| {
                    let schemas =
                        operation.responses.iter().flat_map(|r| &r.content).filter_map(|c| c.schema.as_ref());
                    schemas.into_iter().any(|schema| knows(View::of(schema, Direction::Response), at))
                });
                let label = if is_described { Label::Allowed } else { Label::Unknown };
                let at = if at.is_empty() { "body" } else { at };
                changes.push(Change { change: format!("+ {name} {at}"), label });
            }
        }
        changes
    }
}

/// What differs between an answer and the one to the same request sent again, beyond what is
/// volatile already.
pub fn learn(
    contract: &Contract,
    names: &Names,
    answers: &[Answer],
    settings: &Settings,
    known: &Learnt,
) -> Learnt {
    let mut learnt = Learnt::default();
    for answer in answers {
        let Some(operation) = contract.at(answer.operation) else { continue };
        let Some(folder) = names.folder(answer.operation) else { continue };
        let Some(again) = answer.again.as_ref().filter(|again| again.status == answer.response.status) else {
            continue;
        };
        if settings.mode(&operation.id) == normalize::Mode::Shape {
            continue;
        }
        let volatile =
            normalize::Volatile { told: &settings.redact, learnt: known.of(folder), bound: &answer.bound };
        let mut places = BTreeMap::new();
        match (described(operation, &answer.response), described(operation, again)) {
            ((schema, Some(one)), (_, Some(other))) => {
                let view = schema.map(|schema| View::of(schema, Direction::Response));
                let normal = |value: &Value| normalize::values(value, view.as_ref(), &volatile);
                compare(&normal(&one), &normal(&other), view.as_ref(), "", &mut places);
            }
            // A text or octets, of which only the whole can differ.
            ((_, None), (_, None)) if answer.response.body != again.body && volatile.name("").is_none() => {
                let is_text = std::str::from_utf8(&again.body).is_ok();
                places.insert(String::new(), if is_text { "text" } else { "octets" }.to_owned());
            }
            _ => {}
        }
        if !places.is_empty() {
            learnt.0.entry(folder.to_owned()).or_default().extend(places);
        }
    }
    learnt
}

fn compare(
    one: &Value,
    other: &Value,
    view: Option<&View<'_>>,
    at: &str,
    places: &mut BTreeMap<String, String>,
) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let lone = one
                .keys()
                .chain(other.keys())
                .filter(|name| !one.contains_key(*name) || !other.contains_key(*name));
            let is_key = |name: &String| view.is_none_or(|view| view.described(name).is_none());
            if lone.clone().next().is_some() && lone.clone().all(is_key) {
                // Keys that nobody described are those of a map.
                places.insert(at.to_owned(), normalize::MAP.to_owned());
                return;
            }
            // A described member that comes and goes cannot be shown by a placeholder: `mode =
            // "shape"` can.
            for (name, value) in one {
                if let Some(other) = other.get(name) {
                    let described = view.and_then(|view| view.member(name));
                    compare(value, other, described.as_ref(), &pointer::join(at, name), places);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let (described, at) = (view.and_then(View::items), format!("{at}/*"));
            for (one, other) in one.iter().zip(other) {
                compare(one, other, described.as_ref(), &at, places);
            }
        }
        (one, other) if one != other => {
            places.insert(at.to_owned(), name(one, other).to_owned());
        }
        _ => {}
    }
}

/// The placeholder of a value that is sometimes one, sometimes the other.
fn name(one: &Value, other: &Value) -> &'static str {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        other if exact::number(other).is_some() => "number",
        Value::String(_) => "string",
        Value::Array(_) => normalize::LIST,
        Value::Object(_) => normalize::MAP,
    };
    match (kind(one), kind(other)) {
        (one, other) if one == other => one,
        ("null", some) | (some, "null") => some,
        _ => "value",
    }
}
