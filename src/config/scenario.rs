//! `[scenario.NAME]`: answers by operation.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::document::Place;

/// What operations answer, by their names, `*` standing for any text.
pub type Scenario = IndexMap<String, Wish>;

/// An answer that is asked for in the words of `Prefer` (RFC 7240): `code=503, delay=2`.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "toml::Spanned<String>")]
pub struct Wish {
    /// The words.
    pub text: String,
    /// Where they are.
    pub place: Place,
    /// The same in the octets of the text.
    offset: usize,
}

impl JsonSchema for Wish {
    fn schema_name() -> Cow<'static, str> {
        "Wish".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "An answer in the words of `Prefer`: `code=503, delay=2`." })
    }
}

impl From<toml::Spanned<String>> for Wish {
    fn from(text: toml::Spanned<String>) -> Self {
        // The file is put in by who knows it.
        Self { offset: text.span().start, place: Place::new("", ""), text: text.into_inner() }
    }
}

/// Adds to each entry its place, and sorts all in the order of the file: tables are read in that
/// of their keys.
pub(super) fn place(scenarios: &mut IndexMap<String, Scenario>, file: &str, content: &str) {
    for (scenario, wishes) in scenarios.iter_mut() {
        for (glob, wish) in wishes.iter_mut() {
            wish.place = Place::new(file, format!("/scenario/{scenario}/{glob}"));
            wish.place.position = Some(super::position::position(content, wish.offset));
        }
        wishes.sort_by(|_, one, _, other| one.offset.cmp(&other.offset));
    }
    let first = |wishes: &Scenario| wishes.first().map_or(usize::MAX, |(_, wish)| wish.offset);
    scenarios.sort_by(|_, one, _, other| first(one).cmp(&first(other)));
}
