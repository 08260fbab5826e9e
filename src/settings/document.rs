//! `[[document]]`: several documents in one repository.

use serde::Deserialize;

/// One of several documents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What its folders of fixtures and snapshots are called.
    pub name: String,
    /// The document: a path relative to the configuration, or an address.
    pub spec: String,
    /// The address of an implementation, for `check`.
    pub url: Option<String>,
    /// The path below which `mock` serves it; at the root where it is left out.
    #[serde(default)]
    pub prefix: String,
}
