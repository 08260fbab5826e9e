use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in a document, a fixture or a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Place {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// JSON pointer inside it; empty for the whole.
    pub pointer: String,
    /// Line and column, from 1, where they are known without looking the pointer up.
    pub position: Option<(usize, usize)>,
}

impl Place {
    /// A place by file and pointer.
    pub fn new(file: &str, pointer: impl Into<String>) -> Self {
        Self { file: file.into(), pointer: pointer.into(), position: None }
    }
}

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Level {
    /// Worth knowing; nothing is lost by it.
    Warning,
    /// Part of what was meant cannot be used.
    Error,
}

/// A defect of the document, a fixture or the configuration: data, collected, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Problem {
    /// How bad it is.
    pub level: Level,
    /// Where it is.
    pub place: Place,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do, or what is done about it.
    pub help: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self { level: Level::Error, place, message: message.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, place, message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
