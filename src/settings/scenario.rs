//! `[scenario.NAME]`: answers by operation.

use indexmap::IndexMap;
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
    /// Where they stand.
    pub place: Place,
    /// The same in the octets of the text.
    pub(super) offset: usize,
}

impl From<toml::Spanned<String>> for Wish {
    fn from(text: toml::Spanned<String>) -> Self {
        // The file is put in by who knows it.
        Self { offset: text.span().start, place: Place::new("", ""), text: text.into_inner() }
    }
}
