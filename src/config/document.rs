//! `[[document]]`: several documents in one repository.

use schemars::JsonSchema;
use serde::Deserialize;

/// One of several documents.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What its folders of fixtures and snapshots are called.
    pub name: String,
    /// The document: a path relative to the configuration, or an address.
    pub spec: String,
    /// An overlay of it.
    pub overlay: Option<String>,
    /// Overlays of it, in order.
    #[serde(default)]
    pub overlays: Vec<String>,
    /// A file of keys for this document alone.
    pub keys: Option<String>,
    /// The address of an implementation, for `check`.
    pub url: Option<String>,
    /// The path below which `mock` serves it; at the root where it is left out.
    #[serde(default)]
    pub prefix: String,
}

/// What to do about such a name.
pub(super) const CHOOSE: &str = "the name selects the fixtures folder; choose another";

/// A name that two documents have, and which of them is the second.
pub(super) fn twice(documents: &[Document]) -> Option<(usize, &str)> {
    let names = || documents.iter().map(|document| document.name.as_str());
    names().enumerate().find(|(index, name)| names().take(*index).any(|other| other == *name))
}
