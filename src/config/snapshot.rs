//! `[snapshot]`: what is kept of responses for review.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[snapshot]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Snapshot {
    /// The folder.
    pub dir: Option<String>,
    /// What is kept of bodies.
    pub mode: Option<SnapshotMode>,
    /// Which statuses are kept; those of success where none is named.
    pub statuses: Vec<String>,
    /// Volatile values, by pointer.
    pub redact: Vec<SnapshotRedact>,
    /// Header fields that are kept.
    pub headers: Vec<String>,
    /// What holds for single operations.
    pub operation: IndexMap<String, SnapshotOperation>,
}

/// `mode` of `[snapshot]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotMode {
    /// Values, volatile ones replaced.
    Values,
    /// Keys, kinds, formats, nullability.
    Shape,
}

/// An entry of `redact`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRedact {
    /// `*` one step, `**` any number.
    pub pointer: String,
    /// The name of the placeholder.
    pub r#as: String,
}

/// `[snapshot.operation.NAME]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotOperation {
    /// What is kept of its bodies.
    pub mode: Option<SnapshotMode>,
}
