//! The points at one place of a value, and below it.

use std::borrow::Cow;

use serde_json::Value;

use super::collected::{Collected, Wire};
use crate::contract::schema::{Kinds, Outline};
use crate::contract::{Mismatch, parameter};
use crate::document::pointer;
use crate::exchange::NameMap;
use crate::run::PointKind;

/// Items of one list that are looked at: those behind them show hardly anything new.
const MAX_ITEMS: usize = 1_000;

/// The points at one place of a value and below; nothing is kept of places without any.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// That a value is there.
    pub sent: Option<usize>,
    /// That a value which must be there is not.
    pub left_out: Option<usize>,
    /// The items of a list; of a stream, which is no value itself.
    pub items: Option<Box<Place>>,
    pub is_stream: bool,
    choices: Vec<(String, usize)>,
    keywords: Vec<Keyword>,
    members: NameMap<Place>,
}

/// Points that were met, as far as they are wanted.
#[derive(Clone)]
pub(super) struct Met<'w> {
    pub points: Vec<usize>,
    pub is_wanted: &'w dyn Fn(usize) -> bool,
}

impl Met<'_> {
    pub fn add(&mut self, point: Option<usize>) {
        self.points.extend(point.filter(|point| (self.is_wanted)(*point)));
    }
}

/// A keyword, with the points of a value that keeps it and of one that breaks it.
#[derive(Debug)]
struct Keyword {
    name: &'static str,
    valid: Option<usize>,
    invalid: Option<usize>,
}

impl Keyword {
    /// Whether it says anything about a value of that type (JSON Schema 2020-12 Validation §6).
    fn applies(&self, value: &Value) -> bool {
        match self.name {
            "format" | "pattern" | "minLength" | "maxLength" => value.is_string(),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                value.is_number()
            }
            "minItems" | "maxItems" | "uniqueItems" => value.is_array(),
            "minProperties" | "maxProperties" | "additionalProperties" => value.is_object(),
            _ => true,
        }
    }

    /// Whether a value that breaks it can be sent at all.
    fn can_be_broken(name: &str, kinds: Kinds, wire: Wire) -> bool {
        match name {
            // Whatever is written there is a text, and may be read as a list or an object.
            "type" => wire == Wire::Json || !(kinds.string || kinds.array || kinds.object),
            "minLength" => wire != Wire::Path,
            _ => true,
        }
    }
}

impl Place {
    /// The points of what an outline describes.
    pub fn of(outline: &Outline, name: &str, wire: Wire, collected: &mut Collected) -> Self {
        let mut place = Self::default();
        for choice in &outline.choices {
            let text = parameter::text(choice);
            if let Some(at) = collected.point(PointKind::Choices, format!("{name}={text}")) {
                place.choices.push((text, at));
            }
        }
        for keyword in outline.keywords.iter().copied() {
            let said = format!("{name} {keyword}");
            let invalid = Keyword::can_be_broken(keyword, outline.kinds, wire)
                .then(|| collected.point(PointKind::Invalid, said.clone()))
                .flatten();
            let valid = collected.point(PointKind::Valid, said);
            place.keywords.push(Keyword { name: keyword, valid, invalid });
        }
        let mut members: Vec<_> = outline.members.iter().filter(|(_, member)| !member.is_foreign).collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        for (step, member) in members {
            let name = format!("{name}/{step}");
            let mut below = Self::of(member, &name, wire, collected);
            if outline.required.binary_search(step).is_ok() {
                below.left_out = collected.point(PointKind::Invalid, format!("{name} required"));
            }
            below.sent = collected.point(PointKind::Members, name);
            if !below.is_empty() {
                place.members.insert(step.clone(), below);
            }
        }
        // The items of a parameter are the parameter to whoever writes it.
        let inside = if wire == Wire::Json { format!("{name}/*") } else { name.to_owned() };
        let items = outline.items.as_deref().map(|items| Self::of(items, &inside, wire, collected));
        place.items = items.filter(|items| !items.is_empty()).map(Box::new);
        place
    }

    /// The items of a stream, each of which is judged by itself.
    pub fn stream(item: Self) -> Self {
        Self { items: Some(Box::new(item)), is_stream: true, ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.sent.is_none()
            && self.left_out.is_none()
            && self.choices.is_empty()
            && self.keywords.is_empty()
            && self.members.is_empty()
            && self.items.is_none()
    }

    /// Adds what a value shows; the keywords that it would keep, were none of them broken, are set apart.
    pub fn met(&self, value: &Value, met: &mut Met<'_>, kept: &mut Met<'_>) {
        met.add(self.sent);
        let applying = self.keywords.iter().filter(|keyword| keyword.applies(value));
        applying.for_each(|keyword| kept.add(keyword.valid));
        if !self.choices.is_empty() {
            self.choose(value, met);
        }
        match value {
            Value::Object(members) if !self.members.is_empty() => {
                for (name, value) in members {
                    if let Some(place) = self.members.get(name) {
                        place.met(value, met, kept);
                    }
                }
            }
            Value::Array(list) => {
                if let Some(items) = &self.items {
                    list.iter().take(MAX_ITEMS).for_each(|item| items.met(item, met, kept));
                }
            }
            _ => {}
        }
    }

    fn choose(&self, value: &Value, met: &mut Met<'_>) {
        let text = match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(parameter::text(other)),
        };
        met.add(self.choices.iter().find(|(known, _)| *known == text).map(|(_, at)| *at));
    }

    /// Adds what a mismatch shows, and the keyword that it breaks to `broken`; false where it does not say which.
    pub fn broken(&self, mismatch: &Mismatch, met: &mut Met<'_>, broken: &mut Vec<usize>) -> bool {
        let mut place = self;
        for step in pointer::tokens(&mismatch.instance) {
            let below = place.members.get(&step).or(place.items.as_deref());
            // What is not measured cannot be told from what is.
            let Some(below) = below else { return true };
            place = below;
        }
        if mismatch.keyword == "required" {
            let member = mismatch.member.as_ref().and_then(|name| place.members.get(name));
            met.add(member.and_then(|member| member.left_out));
            return true;
        }
        // A false schema stands for a member that must not be there.
        let keyword = match mismatch.keyword {
            "unevaluatedProperties" => "additionalProperties",
            keyword => keyword,
        };
        match place.keywords.iter().find(|known| known.name == keyword) {
            Some(keyword) => {
                met.add(keyword.invalid);
                broken.extend(keyword.valid);
                true
            }
            // One of several schemas, which may ask for anything.
            None => !matches!(keyword, "anyOf" | "oneOf" | "not" | "schema"),
        }
    }
}
