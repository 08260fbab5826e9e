//! Why a project cannot be loaded.

use super::{ReadError, SourceTexts};
use crate::document::Problem;

/// Why a project cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text cannot be had.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A document or a configuration cannot be used.
    #[error("{}", first(problems))]
    Problems {
        /// Everything that was found.
        problems: Vec<Problem>,
        /// What it was found in, for showing lines of it.
        texts: SourceTexts,
    },
    /// A configuration is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(String),
    /// The folder of fixtures that was asked for does not exist.
    #[error("the fixtures folder {0} does not exist")]
    NoFixtures(String),
}

fn first(problems: &[Problem]) -> String {
    let Some(problem) = problems.first() else { return "the document cannot be used".to_owned() };
    let help = problem.help.as_ref().map(|help| format!("; {help}"));
    format!("{}{}", problem.message, help.unwrap_or_default())
}
