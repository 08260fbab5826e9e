//! In which way a request broke the document, as clients, the journal and the log show it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::judge::{Unknown, Violation};

/// In which way a request broke the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct RecordedViolation {
    /// The part of the request: `request.body`, `request.query.limit`, `request.path`.
    #[serde(rename = "in")]
    pub location: String,
    /// JSON pointer inside that part; empty for the whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RecordedViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.location, self.pointer, self.message)
    }
}

impl RecordedViolation {
    /// A violation, as it is shown.
    pub(super) fn of(violation: &Violation) -> Self {
        Self {
            location: violation.at.to_string(),
            pointer: violation.instance().to_owned(),
            message: violation.message.clone(),
        }
    }

    /// A name that is not documented.
    pub(super) fn of_unknown(unknown: &Unknown) -> Self {
        Self {
            location: unknown.at.to_string(),
            pointer: unknown.pointer.clone(),
            message: unknown.to_string(),
        }
    }

    /// What the document does not have at all.
    pub(super) fn of_undocumented(message: &str) -> Self {
        Self { location: "request.path".to_owned(), pointer: String::new(), message: message.to_owned() }
    }
}
