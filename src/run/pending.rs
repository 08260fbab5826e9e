//! Snapshots that wait for review, as plain values.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::name::named;

/// An answer that differs from its reviewed snapshot, or has none yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Pending {
    /// The finding about it.
    pub finding: String,
    /// `<operation>.<status>[.<case>].snap`.
    pub name: String,
    /// Id of the operation; empty where it is about several.
    pub operation: String,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Arc<str>>,
    /// Whether there is no reviewed one yet.
    pub is_new: bool,
    /// What changed, each with what the document says to it.
    pub changes: Vec<Change>,
    /// The lines that differ, with some around them.
    pub diff: Vec<Line>,
}

impl Pending {
    /// The id of its operation, after the document where there are several.
    pub fn operation_name(&self) -> Cow<'_, str> {
        named(self.document_name.as_deref(), &self.operation)
    }
}

/// What the document says to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Label {
    /// It keeps the schema.
    Allowed,
    /// It breaks the schema.
    Breaks,
    /// The document says nothing of it.
    Unknown,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allowed => "allowed by the schema",
            Self::Breaks => "breaks the schema",
            Self::Unknown => "not in the document",
        })
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Change {
    /// `+`, `-` or `~`, and a pointer in which `*` is any entry of a list; `~ status`, `~ headers`
    /// and `~ body` for the whole.
    pub change: String,
    /// What the document says to it.
    pub label: Label,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Line {
    /// What became of it.
    pub sign: Sign,
    /// Its text, without the line end; empty for a gap.
    pub text: String,
    /// What the document says to the change that begins here.
    pub label: Option<Label>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Sign {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Lines that are in both are left out here.
    Gap,
}
