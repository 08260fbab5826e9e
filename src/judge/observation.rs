//! What a rule found.

use crate::rules::{Rule, Severity};

/// What a rule saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Name of the rule.
    pub rule: Rule,
    /// How much it weighs here.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// `response.body`, `response.status`, …
    pub at: String,
    /// JSON pointer inside `at`.
    pub instance: String,
    /// JSON pointer of the document's line.
    pub document: String,
    /// How often it is said.
    pub told: Told,
}

/// How often an observation is said, however often it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Once for each operation.
    EachOperation,
    /// Once for its place in the document, which operations may share.
    OncePerPlace,
    /// Once for the whole run.
    OncePerRun,
}
