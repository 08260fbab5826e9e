//! What each rule came to at each operation.

use serde::Serialize;

use crate::rules::Selector;

/// What came of one rule at one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct RuleOutcome {
    /// Name of the rule; the family where none of its rules could look.
    pub rule: Selector,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, or why it could not look; of a rule that held, which cases of it could not be tried.
    pub why: Option<String>,
}

/// Held, found, or untested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Outcome {
    /// It looked at an answer, and everything was as it should be.
    Held,
    /// It found something, be it waived or known.
    Found,
    /// The document gives occasion for it, and it could not look.
    Untested,
}

/// How many rules held, found something and could not look, each counted at each operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutcomeTotals {
    /// Held.
    pub held: usize,
    /// Found something.
    pub found: usize,
    /// Could not look.
    pub untested: usize,
}

/// For people: `12 held, 1 found, 3 untested`.
impl std::fmt::Display for OutcomeTotals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} held, {} found, {} untested", self.held, self.found, self.untested)
    }
}
