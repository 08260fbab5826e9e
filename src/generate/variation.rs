//! Values that the document allows and that plain requests do not have: each member of an enum, each bound, null,
//! unusual instances of a format, letters of other scripts, large numbers, each alternative.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::mark::PLACEHOLDER;
use super::places::{Place, branches, places};
use super::stretch::{list_of, map_of, number, of_length};
use super::text::varied;
use crate::contract::Schema;
use crate::contract::schema::Kinds;

mod packs;
mod parameters;

pub use super::places::alternatives;
pub use packs::{Change, Pack, Sparing, apply, drawn, packs};
pub use parameters::named_values;

/// Members of one enum that are tried.
const MAX_CHOICES: usize = 12;
/// Longer texts and lists are not made.
const MAX_TEXT: u64 = 10_000;
const MAX_ITEMS: u64 = 60;
/// A day that few years have.
pub const LEAP_DAY: &str = "2028-02-29";
/// A day that is far ahead.
pub const FAR_DAY: &str = "2100-12-31";
/// Letters that are more than one octet, more than one unit of UTF-16, more than one code point, and that run
/// from right to left, and what means something in forms and in XML.
const SCRIPTS: &str = "Zo\u{eb} & e\u{301} + \u{1f642} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{65e5}\u{672c}\nend";

/// A value that is allowed at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    /// What it is, for a person: `the enum member "cat"`.
    pub label: String,
    /// The keyword of the schema that it is about.
    pub keyword: &'static str,
    /// The value.
    pub value: Value,
    /// Whether the document names the value itself, and does not merely leave it open.
    pub is_named: bool,
}

impl Allowed {
    /// Whether the document says enough of the value that a refusal is worth telling: it names it, or the form of it.
    /// A free text may be a name of something, and a day must often be soon.
    pub fn is_stated(&self) -> bool {
        self.is_named || ["format", "pattern", "multipleOf"].contains(&self.keyword)
    }
}

/// The values of a place that are worth a try, those that the document names first. Whether they are allowed
/// in the whole is for the schema to say.
pub fn allowed(schema: &Schema, place: &Place<'_>) -> Vec<Allowed> {
    let mut list = List { found: Vec::new() };
    let kinds = place.view.kinds();
    for choice in place.view.choices().into_iter().take(MAX_CHOICES) {
        list.named(format!("the enum member {choice}"), "enum", choice.clone());
    }
    if place.view.choices().is_empty() {
        for node in place.view.nodes().filter_map(Value::as_object) {
            list.numbers(node, kinds);
            list.texts(node, place.value(), kinds);
            list.sizes(schema, node, place);
        }
        list.open(place, kinds);
    }
    if kinds.boolean {
        list.named("the boolean true", "type", Value::Bool(true));
        list.named("the boolean false", "type", Value::Bool(false));
    }
    if kinds.null && !place.at.is_empty() {
        list.named("an explicit null", "type", Value::Null);
    }
    let alternatives = branches(schema, &place.view, &place.name);
    if alternatives.len() > 1 {
        for value in alternatives {
            // That a text may be there, or a list of them, does not name that very text.
            let is_free =
                value.is_string() || value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
            let is_named = !is_free;
            list.add("another alternative", "oneOf", value, is_named);
        }
    }
    list.found
}

/// Pointers to numbers whose bounds lie on both sides of nought, so that it is a value like any other there.
pub fn signed(schema: &Schema, base: &Value) -> Vec<String> {
    let is_below =
        |node: &Value| node.get("minimum").and_then(Value::as_f64).is_some_and(|least| least < 0.0);
    let found = places(schema, base, "").into_iter().filter(|place| place.view.nodes().any(is_below));
    found.map(|place| place.at).collect()
}

struct List {
    found: Vec<Allowed>,
}

impl List {
    fn add(&mut self, label: impl Into<String>, keyword: &'static str, value: Value, is_named: bool) {
        if !self.found.iter().any(|known| known.value == value) {
            self.found.push(Allowed { label: label.into(), keyword, value, is_named });
        }
    }

    fn named(&mut self, label: impl Into<String>, keyword: &'static str, value: Value) {
        self.add(label, keyword, value, true);
    }

    fn numbers(&mut self, node: &Map<String, Value>, kinds: Kinds) {
        if !kinds.integer && !kinds.number {
            return;
        }
        let bound = |keyword: &str| node.get(keyword).and_then(Value::as_f64).filter(|b| b.abs() < 9e15);
        let step = bound("multipleOf").filter(|step| *step > 0.0);
        let by = step.unwrap_or(if kinds.number { 0.5 } else { 1.0 });
        for (keyword, label, inward) in [("minimum", "the minimum", by), ("maximum", "the maximum", -by)] {
            if let Some(limit) = node.get(keyword) {
                self.named(format!("{label} {limit}"), keyword, limit.clone());
            }
            if let Some(limit) = bound(keyword) {
                let inner = number(limit + inward, by);
                self.named(format!("{inner}, next to {label}"), keyword, inner);
            }
        }
        for (keyword, inward) in [("exclusiveMinimum", by), ("exclusiveMaximum", -by)] {
            if let Some(limit) = bound(keyword) {
                let inner = number(limit + inward, by);
                self.named(format!("{inner}, next to the excluded bound"), keyword, inner);
            }
        }
        if let Some(step) = step.filter(|step| step.fract() != 0.0) {
            // Binary fractions of these are not what they seem.
            for times in [29.0, 57.0] {
                let value = number(times * step, step);
                self.add(format!("the decimal {value}"), "multipleOf", value, false);
            }
        } else if kinds.number {
            self.add("the decimal 12.75", "type", json!(12.75), false);
        }
        if node.get("format").is_some_and(|format| format == "int64") {
            self.named("a number beyond 32 bits", "format", json!(3_000_000_000_u64));
            self.named("a number beyond 2^53", "format", json!(9_007_199_254_740_993_u64));
        }
        if bound("minimum").is_some_and(|least| least < 0.0) {
            self.named("nought", "minimum", json!(0));
        }
    }

    fn texts(&mut self, node: &Map<String, Value>, now: &Value, kinds: Kinds) {
        if !kinds.string {
            return;
        }
        let now = now.as_str().unwrap_or_default();
        let format = node.get("format").and_then(Value::as_str);
        let length = |keyword: &str| {
            let bound = node.get(keyword).and_then(Value::as_u64).filter(|bound| *bound <= MAX_TEXT);
            bound.and_then(|bound| usize::try_from(bound).ok())
        };
        for (keyword, inner) in [("maxLength", -1_isize), ("minLength", 1)] {
            let Some(bound) = length(keyword) else { continue };
            for length in [Some(bound), bound.checked_add_signed(inner)].into_iter().flatten() {
                if length == 0 && bound != 0 {
                    continue;
                }
                if let Some(text) = of_length(now, format, length).into_iter().next() {
                    self.named(format!("a text of {length} characters"), keyword, text);
                }
            }
        }
        if node.contains_key("pattern") {
            for end in ["0", "9", "-0", "z"] {
                let text = json!(format!("{now}{end}"));
                self.add(format!("a text that ends in {end:?}"), "pattern", text, false);
            }
            for turn in 1..3 {
                let other = node.get("pattern").and_then(Value::as_str);
                if let Some(text) = other.and_then(|pattern| varied(pattern, turn, turn)) {
                    self.add("another text of the pattern", "pattern", json!(text), false);
                }
            }
        }
        let is_free = format.is_none() && !node.contains_key("pattern");
        if let Some(most) = length("maxLength").filter(|most| is_free && *most > PLACEHOLDER.len() + 1) {
            // Counted in characters, neither in octets nor in units of UTF-16.
            let letters = "\u{1f642}".repeat(most - PLACEHOLDER.len());
            let text = json!(format!("{PLACEHOLDER}{letters}"));
            self.named(format!("a text of {most} characters beyond U+FFFF"), "maxLength", text);
        }
        for (label, text) in format.map(|format| instances(format, now)).unwrap_or_default() {
            let keyword = if format == Some("date") { "type" } else { "format" };
            self.add(label, keyword, Value::String(text), false);
        }
    }

    fn sizes(&mut self, schema: &Schema, node: &Map<String, Value>, place: &Place<'_>) {
        let size =
            |keyword: &str| node.get(keyword).and_then(Value::as_u64).filter(|size| *size <= MAX_ITEMS);
        let whole = |size: u64| usize::try_from(size).unwrap_or(0);
        if place.value().is_array() {
            let least = size("minItems").unwrap_or(0);
            let most = size("maxItems");
            let sizes =
                [most, most.map(|most| most.saturating_sub(1)), Some(least), Some(least + 1), Some(2)];
            let is_stated = most.is_some() || node.contains_key("minItems");
            for size in sizes.into_iter().flatten() {
                if let Some(list) = list_of(schema, place, whole(size)) {
                    self.add(format!("a list of {size} items"), "maxItems", list, is_stated);
                }
            }
        }
        if place.value().is_object() && place.view.others().is_some() {
            if place.view.members().is_empty() {
                self.add("an empty object", "minProperties", json!({}), false);
            }
            let most = size("maxProperties");
            for size in [most, Some(2)].into_iter().flatten() {
                if let Some(map) = map_of(schema, place, whole(size)) {
                    self.add(format!("{size} members"), "maxProperties", map, most.is_some());
                }
            }
        }
    }

    /// What nothing forbids.
    fn open(&mut self, place: &Place<'_>, kinds: Kinds) {
        let says = |keywords: &[&str]| {
            place.view.nodes().any(|node| keywords.iter().any(|keyword| node.get(*keyword).is_some()))
        };
        if kinds.string && !says(&["format", "pattern"]) && place.view.named_kinds().is_some() {
            let most = place.view.nodes().filter_map(|node| node.get("maxLength")?.as_u64()).min();
            let room = most.unwrap_or(MAX_TEXT).saturating_sub(PLACEHOLDER.len() as u64 + 1);
            let scripts: String = SCRIPTS.chars().take(usize::try_from(room).unwrap_or(0)).collect();
            self.add(
                "letters of several scripts",
                "type",
                json!(format!("{PLACEHOLDER} {scripts}").trim()),
                false,
            );
        }
    }
}

/// The same time in other words (RFC 3339 §5.6): in another time zone, and with a fraction of a second.
fn times(now: &str) -> Vec<(&'static str, String)> {
    let Ok(now) = now.parse::<Timestamp>() else { return Vec::new() };
    let elsewhere = now.display_with_offset(Offset::constant(5)).to_string();
    let later = now.checked_add(SignedDuration::from_millis(125)).unwrap_or(now);
    vec![("a time with an offset", elsewhere), ("a time with a fraction of a second", later.to_string())]
}

/// Unusual instances of a format that are valid all the same.
fn instances(format: &str, now: &str) -> Vec<(&'static str, String)> {
    let told = |list: &[(&'static str, &str)]| {
        list.iter().map(|(label, text)| (*label, (*text).to_owned())).collect::<Vec<_>>()
    };
    match format {
        "date" => told(&[("a leap day", LEAP_DAY), ("a day far ahead", FAR_DAY)]),
        "date-time" => times(now),
        "email" => match now.split_once('@') {
            Some((name, host)) if !name.contains('+') => vec![
                ("an address with a plus", format!("{name}+tag@{host}")),
                ("an address with a dot", format!("first.{name}@{host}")),
            ],
            _ => Vec::new(),
        },
        "duration" => told(&[("a duration in weeks", "P2W"), ("a duration in hours", "PT36H")]),
        "uri" | "url" => {
            let plain = now.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
            if plain.contains("://") {
                vec![
                    ("an address with a query", format!("{plain}/a?b=c&d=%20e")),
                    ("an address with a fragment", format!("{plain}/a?b=c#d")),
                ]
            } else {
                Vec::new()
            }
        }
        "uuid" if now.len() == 36 => vec![("a UUID in upper case", now.to_uppercase())],
        "ipv6" => told(&[("a short address", "::1")]),
        "time" => told(&[("a time with an offset", "23:59:59+05:30")]),
        _ => Vec::new(),
    }
}
