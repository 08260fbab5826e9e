//! Values that may break what is said of one place, each by one keyword. Whether one does is for the schema to say.

use serde_json::{Map, Value, json};

use crate::contract::Schema;
use crate::contract::schema::{Kinds, View};
use crate::generate::places::{Place, branches};
use crate::generate::stretch::{list_of, map_of, number, of_length};
use crate::generate::value::{Taste, part};

/// Longer texts and lists are not made.
const MAX_TEXT: usize = 100_002;
const MAX_ITEMS: usize = 120;
/// Members of other alternatives that are tried one by one.
const MAX_FOREIGN: usize = 4;
/// A text that no format allows.
pub(super) const OF_NO_FORMAT: &str = "not a value of any format";
/// A member that no document describes.
pub(super) const UNKNOWN: &str = "counterpartUnknown";

/// One way to break a place.
pub(super) struct Attempt {
    /// What is done, for a person.
    pub label: String,
    /// The keyword that it is meant to break.
    pub keyword: &'static str,
    /// Values, the best first; the first that breaks this keyword alone is taken.
    pub values: Vec<Value>,
    /// The member of the place that it is about.
    pub member: Option<String>,
}

/// All attempts on a place.
pub(super) fn attempts(schema: &Schema, place: &Place<'_>) -> Vec<Attempt> {
    let mut list = List { found: Vec::new() };
    let kinds = place.view.named_kinds();
    list.listed(&place.view);
    for node in place.view.nodes() {
        if let Some(node) = node.as_object() {
            list.numbers(node, place.value());
            list.texts(node, place.value());
            list.items(schema, node, place);
            list.members(schema, node, place);
        }
    }
    if let Some(kinds) = kinds {
        list.kinds(kinds, place);
    }
    list.found
}

struct List {
    found: Vec<Attempt>,
}

impl List {
    fn add(&mut self, label: impl Into<String>, keyword: &'static str, values: Vec<Value>) {
        self.found.push(Attempt { label: label.into(), keyword, values, member: None });
    }

    fn about(&mut self, member: &str) {
        if let Some(last) = self.found.last_mut() {
            last.member = Some(member.to_owned());
        }
    }

    fn kinds(&mut self, kinds: Kinds, place: &Place<'_>) {
        let is_root = place.at.is_empty();
        // One wrong kind is enough for each member.
        if !kinds.string {
            self.add("a text where none is expected", "type", vec![json!("not of that kind")]);
        } else if !kinds.object && !is_root {
            self.add("an object where none is expected", "type", vec![json!({"unexpected": {"x": 1}})]);
        }
        if kinds.integer && !kinds.number {
            let near = place.value().as_f64().filter(|near| near.abs() < 9e15).unwrap_or(1.0);
            let values = [near, near - 1.0, 1.0, 0.0].map(|whole| json!(whole.trunc() + 0.5)).to_vec();
            self.add("a fraction where a whole number is expected", "type", values);
        }
        if kinds.object && !kinds.array && is_root {
            self.add("a list where an object is expected", "type", vec![json!([])]);
        }
        if kinds.array && !kinds.object && is_root {
            self.add("an object where a list is expected", "type", vec![json!({})]);
        }
        if (kinds.object || kinds.array) && is_root && !kinds.integer {
            self.add("a number where none is expected", "type", vec![json!(7)]);
        }
        if !kinds.null {
            self.add("null where it is not allowed", "type", vec![Value::Null]);
        }
    }

    fn listed(&mut self, view: &View<'_>) {
        let choices = view.choices();
        let numbers: Vec<f64> = choices.iter().filter_map(|choice| choice.as_f64()).collect();
        if choices.iter().any(|choice| choice.is_string()) {
            self.add("a value that is not in the enum", "enum", vec![json!("no-such-choice")]);
        } else if let Some(most) = numbers.iter().copied().reduce(f64::max) {
            let whole = numbers.iter().all(|number| number.fract() == 0.0) && most.abs() < 9e15;
            #[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
            let next = if whole { json!(most as i64 + 1) } else { json!(most + 1.0) };
            self.add(format!("{next}, which is not in the enum"), "enum", vec![next]);
        }
    }

    fn numbers(&mut self, node: &Map<String, Value>, now: &Value) {
        let bound = |keyword: &str| node.get(keyword).and_then(Value::as_f64).filter(|b| b.abs() < 9e15);
        let step = bound("multipleOf").filter(|step| *step > 0.0);
        let is_whole = node.get("type").is_some_and(|kind| kind == "integer" || holds(kind, "integer"));
        let by = step.unwrap_or(if is_whole { 1.0 } else { 0.01 });
        let beyond = |limit: f64, up: bool| {
            let near = if up { limit + by } else { limit - by };
            let far = if up { limit.ceil() + by.max(1.0) } else { limit.floor() - by.max(1.0) };
            vec![number(near, by), number(far, by)]
        };
        if let Some(limit) = bound("minimum") {
            self.add(format!("a number below the minimum {limit}"), "minimum", beyond(limit, false));
        }
        if let Some(limit) = bound("maximum") {
            self.add(format!("a number above the maximum {limit}"), "maximum", beyond(limit, true));
        }
        for keyword in ["exclusiveMinimum", "exclusiveMaximum"] {
            if let Some(limit) = bound(keyword) {
                self.add(format!("{limit}, which is the excluded bound"), keyword, vec![number(limit, by)]);
            }
        }
        if let Some(step) = step {
            let now = now.as_f64().filter(|now| now.abs() < 9e15).unwrap_or(step);
            let parts = if is_whole { 1.0 } else { step / 10.0 };
            let off = [now + parts, now - parts, step + parts].map(|off| number(off, parts)).to_vec();
            self.add(format!("a number that is no multiple of {step}"), "multipleOf", off);
        }
    }

    fn texts(&mut self, node: &Map<String, Value>, now: &Value) {
        let length = |keyword: &str| {
            node.get(keyword).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok())
        };
        let now = now.as_str().unwrap_or("string");
        let format = node.get("format").and_then(Value::as_str);
        if let Some(most) = length("maxLength").filter(|most| *most < MAX_TEXT) {
            let values = of_length(now, format, most + 1);
            self.add(format!("a text of {} characters", most + 1), "maxLength", values);
        }
        if let Some(least) = length("minLength").filter(|least| (1..MAX_TEXT).contains(least)) {
            let values = of_length(now, format, least - 1);
            self.add(format!("a text of {} characters", least - 1), "minLength", values);
        }
        if node.contains_key("pattern") {
            let ends = ["x", "0", "X", "!", " "].map(|end| json!(format!("{now}{end}")));
            self.add("a text with one character too many at its end", "pattern", ends.to_vec());
            let starts = ["x", "0", "X", "!", " "].map(|start| json!(format!("{start}{now}")));
            self.add("a text with one character too many at its start", "pattern", starts.to_vec());
            let cases = vec![json!(now.to_lowercase()), json!(now.to_uppercase())];
            self.add("a text in the other letter case", "pattern", cases);
        }
        if let Some(format) = format {
            // What is nearly right is refused only by who looks closely.
            let (label, value) = match format {
                "date" => ("2023-02-29, which is no date", "2023-02-29"),
                "date-time" => ("the 29th of February 2023", "2023-02-29T12:00:00Z"),
                "email" => ("an address without @", "nobody.example.com"),
                "uuid" => ("a UUID that lacks a digit", "3fa85f64-5717-4562-b3fc-2c963f66afa"),
                "ipv4" => ("192.168.1.256, which is no address", "192.168.1.256"),
                _ => ("a text that is not of the format", OF_NO_FORMAT),
            };
            self.add(label, "format", vec![json!(value)]);
        }
    }

    fn items(&mut self, schema: &Schema, node: &Map<String, Value>, place: &Place<'_>) {
        let Some(now) = place.value().as_array() else { return };
        let size = |keyword: &str| usize::try_from(node.get(keyword)?.as_u64()?).ok();
        if let Some(most) = size("maxItems").filter(|most| *most < MAX_ITEMS)
            && let Some(more) = list_of(schema, place, most + 1)
        {
            self.add(format!("a list of {} items", most + 1), "maxItems", vec![more]);
        }
        if let Some(least) = size("minItems").filter(|least| (1..MAX_ITEMS).contains(least)) {
            let less = now.iter().take(least - 1).cloned().collect();
            self.add(format!("a list of {} items", least - 1), "minItems", vec![less]);
        }
        if node.get("uniqueItems") == Some(&Value::Bool(true))
            && let Some(first) = now.first()
        {
            let twice = json!([first, first]);
            let longer = now.iter().chain([first]).cloned().collect();
            self.add("the same item twice", "uniqueItems", vec![twice, longer]);
        }
    }

    fn members(&mut self, schema: &Schema, node: &Map<String, Value>, place: &Place<'_>) {
        let Some(now) = place.value().as_object() else { return };
        let without = |names: &[&str]| {
            let left = now.iter().filter(|(name, _)| !names.contains(&name.as_str()));
            Value::Object(left.map(|(name, value)| (name.clone(), value.clone())).collect())
        };
        for name in strings(node.get("required")).filter(|name| now.contains_key(*name)) {
            self.add("a required member left out", "required", vec![without(&[name])]);
            self.about(name);
        }
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            if node.get(keyword) == Some(&Value::Bool(false)) {
                let mut more = now.clone();
                more.insert(UNKNOWN.to_owned(), json!("x"));
                self.add("a member that the schema does not know", keyword, vec![Value::Object(more)]);
                self.about(UNKNOWN);
            }
        }
        let dependent = node.get("dependentRequired").and_then(Value::as_object);
        for (name, needs) in dependent.into_iter().flatten() {
            let held = place.view.described(name).and_then(|view| {
                let node = view.nodes().next().cloned().unwrap_or_default();
                now.get(name).cloned().or_else(|| part(schema, name, &node, Taste::default()))
            });
            let Some(held) = held else { continue };
            for need in strings(Some(needs)) {
                let mut alone = without(&[need]);
                if let Some(members) = alone.as_object_mut() {
                    members.insert(name.clone(), held.clone());
                }
                self.add(format!("{name:?} without {need:?}"), "dependentRequired", vec![alone]);
            }
        }
        let size = |keyword: &str| usize::try_from(node.get(keyword)?.as_u64()?).ok();
        if let Some(least) = size("minProperties").filter(|least| *least > 0) {
            let less = now.iter().take(least - 1).map(|(name, value)| (name.clone(), value.clone()));
            self.add(format!("{} members", least - 1), "minProperties", vec![Value::Object(less.collect())]);
        }
        if let Some(most) = size("maxProperties").filter(|most| *most < MAX_ITEMS)
            && let Some(more) = map_of(schema, place, most + 1)
        {
            self.add(format!("{} members", most + 1), "maxProperties", vec![more]);
        }
        if let Some(name) = node.get("discriminator").and_then(|d| d.get("propertyName")?.as_str()) {
            let mut other = now.clone();
            other.insert(name.to_owned(), json!("no-such-kind"));
            self.add(format!("an unknown kind in {name:?}"), "discriminator", vec![Value::Object(other)]);
        }
        if node.contains_key("oneOf") {
            let others = branches(schema, &place.view, &place.name);
            let both = others.iter().filter_map(Value::as_object).map(|other| {
                let mut both = other.clone();
                both.extend(now.iter().map(|(name, value)| (name.clone(), value.clone())));
                Value::Object(both)
            });
            self.add("members of two alternatives", "oneOf", both.collect());
            // Who takes the one need not take the others.
            let mut foreign = others.iter().filter_map(Value::as_object).flatten().peekable();
            for (name, value) in
                foreign.by_ref().filter(|(name, _)| !now.contains_key(*name)).take(MAX_FOREIGN)
            {
                let mut more = now.clone();
                more.insert(name.clone(), value.clone());
                self.add("a member of another alternative", "oneOf", vec![Value::Object(more)]);
                self.about(name);
            }
        }
    }
}

fn holds(kinds: &Value, kind: &str) -> bool {
    kinds.as_array().is_some_and(|kinds| kinds.iter().any(|known| known == kind))
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
