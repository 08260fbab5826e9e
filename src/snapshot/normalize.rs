//! Normalises values so that they are the same on every run: members in the document's order, and
//! placeholders for volatile values, or only the shape.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::exact;
use crate::contract::parameter::text;
use crate::contract::schema::View;
use crate::document::pointer;
use crate::resources::members::identifies;
use crate::run::policy::covers;

/// What a snapshot keeps of a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Values, but for volatile ones.
    #[default]
    Values,
    /// Keys, kinds, formats, nullability and the enum values that were seen.
    Shape,
}

/// Formats whose values differ from run to run.
const VOLATILE: &[&str] = &["uuid", "date-time", "date", "time", "duration", "password"];

/// What is volatile beside what the schema says.
pub(super) struct Volatile<'v> {
    /// From the configuration: pointer patterns, and their placeholders.
    pub told: &'v [(String, String)],
    /// Learnt of this operation.
    pub learnt: Option<&'v BTreeMap<String, String>>,
    /// Path parameters whose values the run found out or made itself.
    pub bound: &'v [(String, Value)],
}

impl Volatile<'_> {
    /// The placeholder of a volatile value; the place of the whole is empty.
    pub fn name(&self, at: &str) -> Option<&str> {
        let told = self.told.iter().map(|(pattern, name)| (pattern, name));
        let mut all = told.chain(self.learnt.into_iter().flatten());
        all.find(|(pattern, _)| covers(pattern, at)).map(|(_, name)| name.as_str())
    }

    /// The path parameter that a member repeats: one of its name, or the `id` of the whole body.
    fn parameter(&self, value: &Value, at: &str) -> Option<&str> {
        let member = at.rsplit('/').next().unwrap_or_default();
        let repeats = |(name, bound): &&(String, Value)| {
            let is_named = member == name || at == "/id";
            is_named && (value.is_number() || value.is_string()) && text(value) == text(bound)
        };
        self.bound.iter().find(repeats).map(|(name, _)| name.as_str())
    }
}

/// The placeholder of a list whose entries differ between requests.
pub(super) const LIST: &str = "list";
/// The placeholder of an object whose keys differ.
pub(super) const MAP: &str = "map";

/// A value with placeholders for what is volatile.
pub(super) fn values(value: &Value, view: Option<&View<'_>>, volatile: &Volatile<'_>) -> Value {
    Values { volatile, first: HashMap::new() }.value(value, view, "")
}

/// The shape of a value alone.
pub(super) fn shape(value: &Value, view: Option<&View<'_>>) -> Value {
    Value::from(Shape::of(value, view))
}

/// The shape of what a map holds, whatever its keys are.
fn map(members: &Map<String, Value>, view: Option<&View<'_>>) -> Value {
    let mut all = Shape::default();
    for (name, member) in members {
        all.add(member, view.and_then(|view| view.member(name)).as_ref());
    }
    serde_json::json!({ "*": Value::from(all) })
}

/// A member's name without what a shape puts behind it: `?` where some objects lack it, and `|null`
/// where an object or a list was null too.
pub(super) fn bare(name: &str) -> &str {
    let name = name.strip_suffix('?').unwrap_or(name);
    name.strip_suffix("|null").unwrap_or(name)
}

/// Members in the document's order; those that it does not describe behind them, by name.
fn ordered<'v>(members: &'v Map<String, Value>, view: Option<&View<'_>>) -> Vec<(&'v String, &'v Value)> {
    let order: Vec<&str> = view.map(View::members).unwrap_or_default();
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_by_key(|(name, _)| {
        (order.iter().position(|known| known == name).unwrap_or(usize::MAX), (*name).clone())
    });
    members
}

struct Values<'v> {
    volatile: &'v Volatile<'v>,
    /// Where each volatile value first stood.
    first: HashMap<String, String>,
}

impl Values<'_> {
    fn value(&mut self, value: &Value, view: Option<&View<'_>>, at: &str) -> Value {
        match (self.volatile.name(at), value) {
            // What a list or a map holds may differ from look to look; how it is made may not.
            (Some(LIST), Value::Array(_)) => return shape(value, view),
            (Some(MAP), Value::Object(members)) => return map(members, view),
            (Some(name), _) => return self.placeholder(name, value, at),
            (None, _) => {}
        }
        if let Some(parameter) = self.volatile.parameter(value, at) {
            let format = view.and_then(|view| view.text("format")).filter(|name| name == "uuid");
            let name = format.as_deref().unwrap_or_else(|| kind(value));
            return Value::from(format!("[{name} = path.{parameter}]"));
        }
        match value {
            Value::Object(members) => Value::Object(
                ordered(members, view)
                    .into_iter()
                    .map(|(name, member)| {
                        let described = view.and_then(|view| view.member(name));
                        (name.clone(), self.value(member, described.as_ref(), &pointer::join(at, name)))
                    })
                    .collect(),
            ),
            Value::Array(items) => {
                let described = view.and_then(View::items);
                let item = |(index, item)| self.value(item, described.as_ref(), &format!("{at}/{index}"));
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            Value::Null | Value::Bool(_) => value.clone(),
            scalar => match view.and_then(|view| volatile(scalar, view)) {
                Some(name) => self.placeholder(&name, scalar, at),
                None => scalar.clone(),
            },
        }
    }

    /// `[uuid]`; where the value stood before, `[uuid = /id]`, so that a new field renumbers nothing.
    /// Only what identifies something is the same elsewhere for a reason: times, counts and names
    /// are so by chance.
    fn placeholder(&mut self, name: &str, value: &Value, at: &str) -> Value {
        if name != "uuid" && !is_identity(at) {
            return Value::from(format!("[{name}]"));
        }
        match self.first.get(&value.to_string()) {
            Some(first) => Value::from(format!("[{name} = {first}]")),
            None => {
                self.first.insert(value.to_string(), at.to_owned());
                Value::from(format!("[{name}]"))
            }
        }
    }
}

/// Whether the member at a place is called as what identifies something is; what a list holds is called
/// as the list.
fn is_identity(at: &str) -> bool {
    let mut names = pointer::tokens(at).collect::<Vec<_>>().into_iter().rev();
    let name = names.find(|name| !name.bytes().all(|octet| octet.is_ascii_digit()));
    name.is_some_and(|name| identifies(&name))
}

/// The name of the placeholder of a volatile value.
fn volatile(value: &Value, view: &View<'_>) -> Option<String> {
    if let Some(format) = view.text("format").filter(|format| VOLATILE.contains(&format.as_str())) {
        return Some(format);
    }
    if !view.is_read_only() || view.is_listed() {
        return None;
    }
    Some(view.text("format").unwrap_or_else(|| kind(value).to_owned()))
}

/// What a scalar is called in a placeholder.
fn kind(value: &Value) -> &'static str {
    if value.is_number() || exact::number(value).is_some() { "number" } else { "string" }
}

/// The common shape of all values in one place.
#[derive(Default)]
struct Shape {
    words: BTreeSet<String>,
    members: Option<IndexMap<String, (Shape, usize)>>,
    objects: usize,
    items: Option<Box<Shape>>,
}

const NULL: &str = "null";

impl Shape {
    fn of(value: &Value, view: Option<&View<'_>>) -> Self {
        let mut shape = Self::default();
        shape.add(value, view);
        shape
    }

    fn add(&mut self, value: &Value, view: Option<&View<'_>>) {
        // What the document allows is there also on a day on which no value shows it.
        if view.and_then(View::named_kinds).is_some_and(|kinds| kinds.null) {
            self.words.insert(NULL.to_owned());
        }
        match value {
            Value::Object(members) => {
                self.objects += 1;
                let known = self.members.get_or_insert_default();
                for (name, member) in ordered(members, view) {
                    let described = view.and_then(|view| view.member(name));
                    let (shape, count) = known.entry(name.clone()).or_default();
                    shape.add(member, described.as_ref());
                    *count += 1;
                }
            }
            Value::Array(items) => {
                let described = view.and_then(View::items);
                let known = self.items.get_or_insert_default();
                for item in items {
                    known.add(item, described.as_ref());
                }
            }
            scalar => self.words.extend(words(scalar, view)),
        }
    }

    /// Whether it was null beside being an object or a list; the name of its member tells so then.
    fn take_null(&mut self) -> bool {
        (self.members.is_some() || self.items.is_some()) && self.words.remove(NULL)
    }
}

/// What a shape says of a scalar: the kinds that the document allows there and the one that was
/// seen, a listed value by itself, and `any` where the document says nothing of kinds.
fn words(value: &Value, view: Option<&View<'_>>) -> Vec<String> {
    let (seen, is_whole) = match value {
        Value::Null => (NULL, false),
        Value::Bool(_) => ("boolean", false),
        Value::Number(number) if number.is_f64() => ("number", false),
        Value::Number(_) => ("integer", true),
        other if exact::number(other).is_some() => {
            let is_whole = exact::number(other) == Some(true);
            (if is_whole { "integer" } else { "number" }, is_whole)
        }
        _ => ("string", false),
    };
    let Some(view) = view else { return vec![seen.to_owned()] };
    if view.is_listed() {
        return vec![value.to_string()];
    }
    let Some(kinds) = view.named_kinds() else { return vec!["any".to_owned()] };
    let allowed = [
        ("string", kinds.string),
        ("number", kinds.number),
        ("integer", kinds.integer),
        ("boolean", kinds.boolean),
        (NULL, kinds.null),
    ];
    let mut words: Vec<&str> =
        allowed.iter().filter(|(_, is_allowed)| *is_allowed).map(|(word, _)| *word).collect();
    // A whole number is a number too.
    let is_covered = words.contains(&seen) || (is_whole && kinds.number);
    if !is_covered {
        words.push(seen);
    }
    let format = view.text("format");
    let told = |word: &str| match &format {
        Some(format) if word == "string" => format!("{word} ({format})"),
        _ => word.to_owned(),
    };
    words.into_iter().map(told).collect()
}

impl From<Shape> for Value {
    fn from(shape: Shape) -> Self {
        let mut kinds: Vec<Value> = Vec::new();
        if !shape.words.is_empty() {
            kinds.push(shape.words.into_iter().collect::<Vec<_>>().join(" | ").into());
        }
        if let Some(members) = shape.members {
            let objects = shape.objects;
            let member = |(name, (mut shape, count)): (String, (Shape, usize))| {
                let null = if shape.take_null() { "|null" } else { "" };
                let optional = if count < objects { "?" } else { "" };
                (format!("{name}{null}{optional}"), Value::from(shape))
            };
            kinds.push(Value::Object(members.into_iter().map(member).collect()));
        }
        if let Some(items) = shape.items {
            let is_empty = items.words.is_empty() && items.members.is_none() && items.items.is_none();
            kinds.push(Value::Array(if is_empty { Vec::new() } else { vec![Value::from(*items)] }));
        }
        match kinds.len() {
            1 => kinds.remove(0),
            _ => serde_json::json!({ "one of": kinds }),
        }
    }
}
