//! Checks that were not made, grouped by reason.

use std::borrow::Cow;
use std::fmt::Write as _;

use indexmap::{IndexMap, IndexSet};

use crate::run::Run;

/// One reason, and what was not looked at for it.
pub(super) struct Reason<'r> {
    pub why: &'r str,
    /// How many checks: a rule of an operation each, or each of its cases.
    pub count: usize,
    rules: IndexSet<&'r str>,
    operations: IndexSet<Cow<'r, str>>,
}

impl Reason<'_> {
    /// Its rules and operations, the first of each by name.
    pub fn told(&self, most: usize) -> String {
        let rules: Vec<&str> = self.rules.iter().copied().collect();
        let operations: Vec<&str> = self.operations.iter().map(AsRef::as_ref).collect();
        format!("{} of {}", several(&rules, most), several(&operations, most))
    }
}

/// The reasons of a run, in order of appearance.
pub(super) fn reasons(run: &Run) -> Vec<Reason<'_>> {
    let mut reasons: IndexMap<&str, Reason<'_>> = IndexMap::new();
    for operation in &run.operations {
        for untested in &operation.untested {
            let why = untested.why.as_str();
            let empty = || Reason { why, count: 0, rules: IndexSet::new(), operations: IndexSet::new() };
            let reason = reasons.entry(why).or_insert_with(empty);
            reason.count += untested.cases.len().max(1);
            reason.rules.insert(untested.rule.name());
            reason.operations.insert(operation.name());
        }
    }
    reasons.into_values().collect()
}

/// How many checks were not made, for a person.
pub(super) fn total(reasons: &[Reason<'_>]) -> String {
    let total: usize = reasons.iter().map(|reason| reason.count).sum();
    format!("{total} {} not made", if total == 1 { "check was" } else { "checks were" })
}

/// The first of some names, and how many more there are.
pub(super) fn several<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let mut named = names.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if names.len() > most {
        let _ = write!(named, " and {} more", names.len() - most);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&["a"], 3, "a")]
    #[case(&["a", "b", "c"], 3, "a, b, c")]
    #[case(&["a", "b", "c"], 2, "a, b and 1 more")]
    fn names_are_capped(#[case] names: &[&str], #[case] most: usize, #[case] expected: &str) {
        assert_eq!(several(names, most), expected);
    }
}
