//! Errors that a caller can match on.

use crate::client;
use crate::document::Problem;
use crate::project;

/// Why a project cannot be opened.
///
/// ```
/// use counterpart::{OpenError, Project};
///
/// match Project::open("no-such-file.yaml") {
///     Err(OpenError::Unreadable(message)) => assert!(message.contains("no-such-file.yaml")),
///     other => panic!("{other:?}"),
/// }
/// assert!(matches!("openapi: 9".parse::<Project>(), Err(OpenError::Invalid(_))));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file, a folder or an address cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The document or a configuration cannot be used.
    #[error("{}", told(.0))]
    Invalid(Vec<Problem>),
}

impl From<project::Error> for OpenError {
    fn from(error: project::Error) -> Self {
        match error {
            project::Error::Problems { problems, .. } => Self::Invalid(problems),
            other => Self::Unreadable(other.to_string()),
        }
    }
}

/// Problems, one on each line.
fn told(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let at = &problem.place;
        let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}{}: {}{help}", at.file, at.pointer, problem.message)
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Why a mock cannot be started, or cannot do what it is asked for.
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use counterpart::{Answer, MockError, Project};
///
/// let mock = Project::core7()?.mock().start().await?;
/// let error = mock.set_answer("no_such_operation", Answer::status(503)).unwrap_err();
/// assert!(matches!(error, MockError::Refused(_)));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// The port cannot be listened on.
    #[error("cannot listen on port {port}: {source}")]
    Listen {
        /// The port; 0 for a free one.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The settings contain something that cannot be answered.
    #[error("{}", told(.0))]
    Invalid(Vec<Problem>),
    /// An operation, a scenario or a session that does not exist, or an answer that cannot be set; the
    /// text suggests the nearest name.
    #[error("{0}")]
    Refused(String),
}

/// Why a check cannot be made. What is wrong with the target is not an error: it is in the
/// [`Run`](crate::Run).
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use counterpart::{CheckError, Project};
///
/// // Nobody listens there.
/// let outcome = Project::core7()?.check("http://127.0.0.1:9").token("none").read_only().run().await;
/// assert!(matches!(outcome, Err(CheckError::Target { .. })));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The address cannot be used.
    #[error("{0}")]
    Address(String),
    /// An operation, a tag, a path or a rule that does not exist; the text suggests the nearest name.
    #[error("{0}")]
    Selection(String),
    /// The document cannot be used.
    #[error("{}", told(.0))]
    Invalid(Vec<Problem>),
    /// The check would write to another machine, and nobody allowed it.
    #[error(
        "{url} is another machine, and the check would write to it; allow it with `writes()`, or use `read_only()`"
    )]
    Writes {
        /// Its address.
        url: String,
    },
    /// No runtime can be made.
    #[error("no runtime can be made: {0}")]
    Runtime(std::io::Error),
    /// The target does not answer, or is not the API of the document.
    #[error("{url}: {reason}")]
    Target {
        /// Its address.
        url: String,
        /// What was received.
        reason: String,
    },
}

impl From<client::Error> for CheckError {
    fn from(error: client::Error) -> Self {
        Self::Address(error.to_string())
    }
}
