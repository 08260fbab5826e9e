//! Rules about several exchanges: facts that no single response shows.
//!
//! Pure functions from values that the runner collected to entries on the [`Evaluation`](super::Evaluation).
//! A rule whose input is missing checks nothing.

pub mod access;
pub mod compare;
pub mod failure;
pub mod form;
pub mod life;
pub mod narrow;
pub mod page;
pub mod told;

use serde_json::Value;

use super::exchange::{Observation, Told};
use crate::contract::{Operation, schema::shown};
use crate::rules::{Rule, Severity};

/// An observation at an operation's own place in the document, with the rule's own severity.
pub fn observe(rule: Rule, operation: &Operation, message: impl Into<String>) -> Observation {
    Observation {
        rule,
        severity: rule.severity(),
        message: message.into(),
        expected: String::new(),
        actual: String::new(),
        at: "response.body".to_owned(),
        instance: String::new(),
        document: operation.pointer.clone(),
        told: Told::EachOperation,
    }
}

impl Observation {
    /// With what was expected and what was there.
    #[must_use]
    pub fn because(mut self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        self.expected = expected.into();
        self.actual = actual.into();
        self
    }

    /// With the place inside the answer.
    #[must_use]
    pub fn inside(mut self, instance: impl Into<String>) -> Self {
        self.instance = instance.into();
        self
    }

    /// Told of the status.
    #[must_use]
    pub fn of_status(mut self) -> Self {
        "response.status".clone_into(&mut self.at);
        self
    }

    /// As a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// A value for a message: short.
fn brief(value: &Value) -> String {
    shown(value)
}

/// An operation for tests that need just any.
#[cfg(test)]
pub(crate) fn any_operation() -> Operation {
    let tree = serde_json::json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": {"200": {}}}}}});
    let (mut contract, _) = crate::contract::build("t", &crate::document::Document::of("t", tree)).unwrap();
    contract.operations.remove(0)
}
