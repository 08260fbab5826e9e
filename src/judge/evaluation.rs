//! The result of rules: which of them checked something, and what they found.

use crate::rules::Rule;
use std::collections::BTreeSet;

use super::observation::Observation;

/// What rules came to.
///
/// A rule looks where it puts its condition to an answer. Only of a rule that looked and saw nothing
/// can be said that it held; one that had no occasion says nothing at all.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Names of the rules that looked.
    pub looked: BTreeSet<Rule>,
    /// What they saw; empty where everything is as it should be.
    pub seen: Vec<Observation>,
}

impl Evaluation {
    /// What one rule came to that looked.
    pub fn of(rule: Rule, seen: Option<Observation>) -> Self {
        Self { looked: BTreeSet::from([rule]), seen: seen.into_iter().collect() }
    }

    /// The same, where what was seen may have its reasons: as warnings.
    #[must_use]
    pub fn warned(mut self) -> Self {
        self.seen = self.seen.into_iter().map(Observation::warning).collect();
        self
    }

    /// Notes that a rule looked.
    pub fn looks(&mut self, rule: Rule) {
        self.looked.insert(rule);
    }

    /// Notes what a rule saw, and so looked at.
    pub fn saw(&mut self, observation: Observation) {
        self.looks(observation.rule);
        self.seen.push(observation);
    }
}

#[cfg(test)]
impl Evaluation {
    /// The rules that looked, in the order of their names, a mark behind those that saw something.
    pub fn told(&self) -> String {
        let mark = |rule: &Rule| if self.seen.iter().any(|seen| seen.rule == *rule) { "!" } else { "" };
        let mut told: Vec<String> = self.looked.iter().map(|rule| format!("{rule}{}", mark(rule))).collect();
        told.sort_unstable();
        told.join(" ")
    }
}

impl From<Observation> for Evaluation {
    fn from(observation: Observation) -> Self {
        Self::of(observation.rule, Some(observation))
    }
}
