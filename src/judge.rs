//! Whether messages match the contract. Pure: no clock, no socket, no printing.
//!
//! [`request`] and [`response`] list the violations of one message, for the mock and the runner alike.
//! [`exchange`] has the rules about one exchange, given what it was sent for; [`sequence`] has the rules
//! about several. An [`Evaluation`] holds the result.

pub mod callback;
mod evaluation;
pub mod exchange;
mod observation;
pub mod sequence;
mod validate;

use std::fmt;

use crate::contract::{Location, Mismatch};

pub use evaluation::Evaluation;
pub use validate::{Received, Unknown, request, response};

/// A message breaks the contract: no severity, no blame.
#[derive(Debug, Clone)]
pub struct Violation {
    /// In which way.
    pub kind: Kind,
    /// Where in the message.
    pub at: At,
    /// The schema's own words, for [`Kind::Schema`].
    pub mismatch: Option<Mismatch>,
    /// One line.
    pub message: String,
    /// What the document asks for.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// JSON pointer of the line of the document that says so.
    pub document: String,
}

impl Violation {
    /// A violation that no keyword of a schema is behind.
    fn of(kind: Kind, at: At, message: String) -> Self {
        let (expected, actual, document) = Default::default();
        Self { kind, at, mismatch: None, message, expected, actual, document }
    }

    /// With what the document asks for, and what is there.
    fn because(self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { expected: expected.into(), actual: actual.into(), ..self }
    }

    /// With the line of the document that says so.
    fn said_at(self, document: impl Into<String>) -> Self {
        Self { document: document.into(), ..self }
    }

    /// JSON pointer inside the part of the message; empty for the whole part.
    pub fn instance(&self) -> &str {
        self.mismatch.as_ref().map_or("", |mismatch| &mismatch.instance)
    }
}

/// What a response was held to, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Reading {
    /// Each thing that was looked at: in which way it could have been wrong, and where.
    pub looked: Vec<(Kind, At)>,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// In which way a message breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something required is not there.
    Missing,
    /// Something is there that is not documented.
    Unexpected,
    /// The octets do not have the syntax of their media type.
    Malformed,
    /// The media type is not documented.
    MediaType,
    /// The value does not match its schema.
    Schema,
    /// The status is not documented.
    Status,
    /// The schema cannot be compiled, so that nothing can be said.
    Unjudged,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum At {
    /// A parameter of the request.
    Parameter(Location, String),
    /// The request's body.
    RequestBody,
    /// The response's status.
    Status,
    /// A header of the response.
    ResponseHeader(String),
    /// The response's body.
    ResponseBody,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(Location::Header, name) => write!(f, "request.headers.{name}"),
            Self::Parameter(location, name) => write!(f, "request.{location}.{name}"),
            Self::RequestBody => f.write_str("request.body"),
            Self::Status => f.write_str("response.status"),
            Self::ResponseHeader(name) => write!(f, "response.headers.{name}"),
            Self::ResponseBody => f.write_str("response.body"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
