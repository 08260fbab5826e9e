//! What a schema describes of a value, as one tree: references followed, alternatives taken together.

use std::collections::HashSet;

use serde_json::Value;

use super::compiled::Schema;
use super::direction::Direction;
use super::merged::View;
use super::types::Outline;
use crate::exchange::NameMap;

/// So deep is it worked out, and so many places are; what is below is not looked at.
const MAX_DEPTH: usize = 16;
const MAX_PLACES: usize = 4_000;
/// So many values that are listed for one place are looked at.
const MAX_CHOICES: usize = 2_000;
/// Schemas that say something of one place, where there are not unusually many.
const USUAL_SIZE: usize = 200;

impl Schema {
    /// What it describes of a request, worked out once.
    pub fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| {
            let mut left = MAX_PLACES;
            place(&View::of(self, Direction::Request), MAX_DEPTH, &mut left)
        })
    }

    /// As [`Schema::outline`], not kept, down to a depth: as far as all that is so deep has no more places than
    /// these.
    pub fn outline_within(&self, depth: usize, places: usize) -> Outline {
        let view = View::of(self, Direction::Request);
        let to = |depth: usize| {
            let mut left = places;
            let outline = place(&view, depth, &mut left);
            (outline, left > 0)
        };
        let (mut deepest, _) = to(1);
        for depth in 2..=depth.min(MAX_DEPTH) {
            match to(depth) {
                (outline, true) => deepest = outline,
                _ => break,
            }
        }
        deepest
    }

    /// What it refers to, where it is nothing but a reference: schemas that refer to the same describe the same.
    pub fn refers_to(&self) -> Option<String> {
        let normal = self.normal(Direction::Request);
        let members = normal.as_object().filter(|members| members.len() == 1)?;
        members.get("$ref")?.as_str().map(str::to_owned)
    }
}

/// Formats that the validator holds a text to; others are notes for people.
const FORMATS: [&str; 18] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uuid",
];

/// Whether a node has a keyword that a value can break as it is written here.
fn measured(node: &Value, keyword: &str) -> bool {
    let Some(value) = node.get(keyword) else { return false };
    let is_word = |word: &str| value.as_str() == Some(word);
    // The range of the format itself, which nobody wrote.
    let is_range = ["int32", "int64"].iter().any(|range| node.get("format").is_some_and(|f| f == range));
    match keyword {
        "minLength" | "minItems" | "minProperties" => value.as_f64().is_some_and(|least| least > 0.0),
        "uniqueItems" => value == &Value::Bool(true),
        "additionalProperties" => value == &Value::Bool(false),
        "format" => FORMATS.iter().any(|format| is_word(format)),
        "minimum" => !is_range || ![i64::from(i32::MIN), i64::MIN].iter().any(|own| value == own),
        "maximum" => !is_range || ![i64::from(i32::MAX), i64::MAX].iter().any(|own| value == own),
        _ => true,
    }
}

/// Keywords of which it is measured whether values keep and break them.
const KEYWORDS: [&str; 18] = [
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "additionalProperties",
];

fn place(view: &View<'_>, depth: usize, left: &mut usize) -> Outline {
    let open = || Outline { is_open: true, ..Outline::default() };
    if *left == 0 {
        return open();
    }
    // A place of which very many schemas say something counts for several.
    *left = left.saturating_sub(1 + view.size() / USUAL_SIZE);
    if depth == 0 {
        return open();
    }
    let members: NameMap<Outline> = view
        .each_described()
        .into_iter()
        .map(|(name, member)| (name, place(&member, depth - 1, left)))
        .collect();
    let mut below = |view: Option<View<'_>>| view.map(|view| Box::new(place(&view, depth - 1, left)));
    let others = below(view.others());
    let items = below(view.items());
    let mut known = HashSet::new();
    let choices = view.listed().take(MAX_CHOICES).filter(|choice| known.insert(choice.to_string())).cloned();
    let has = |keyword: &&str| view.nodes().any(|node| measured(node, keyword));
    let mut required: Vec<String> = view.required().into_iter().map(str::to_owned).collect();
    required.sort_unstable();
    Outline {
        kinds: view.kinds(),
        keywords: KEYWORDS.into_iter().filter(has).collect(),
        required,
        is_foreign: view.is_read_only(),
        is_open: members.is_empty() || view.has_patterns(),
        choices: choices.collect(),
        members,
        others,
        items,
    }
}
