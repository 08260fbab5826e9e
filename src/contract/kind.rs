//! The kinds of unsafe operation.

use std::fmt;

/// What an unsafe operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Makes an object.
    Create,
    /// Changes or removes the last object that its path names, which something can create.
    Own,
    /// Asks, and changes nothing.
    Query,
    /// Does something else: nothing says what it changes.
    Action,
    /// An action on a path where GET answers a single object.
    Setting,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Own => "own",
            Self::Query => "query",
            Self::Action => "action",
            Self::Setting => "setting",
        })
    }
}
