//! Which value would let a run reach most of what it could not.

use indexmap::{IndexMap, IndexSet};

use super::{Run, Verdict};

/// A parameter of which no object was known, and how many operations need one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlock<'r> {
    /// Name of the path parameter.
    pub parameter: &'r str,
    /// Operations that were not reached for want of it.
    pub operations: usize,
}

impl Run {
    /// The parameter whose value would let most inconclusive operations be reached; `None` where no
    /// parameter holds up more than one.
    pub(crate) fn unlock(&self) -> Option<Unlock<'_>> {
        let missing = || {
            self.operations
                .iter()
                .filter(|operation| operation.verdict == Verdict::Inconclusive && !operation.is_action)
        };
        let wanted: IndexSet<&str> = missing().filter_map(|operation| operation.needs.as_deref()).collect();
        let mut counts: IndexMap<&str, usize> = wanted.iter().map(|name| (*name, 0)).collect();
        for operation in missing().filter(|operation| operation.needs.is_some()) {
            // What is below an object is held up by the object too.
            for name in operation.path.split(['{', '}']).skip(1).step_by(2) {
                if let Some(count) = counts.get_mut(name) {
                    *count += 1;
                }
            }
        }
        // Of those that hold up as many, the first in the document.
        let most = counts.values().copied().max().filter(|most| *most > 1)?;
        let (parameter, operations) = counts.into_iter().find(|(_, count)| *count == most)?;
        Some(Unlock { parameter, operations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::OperationResult;
    use crate::run::policy::tests::run;
    use rstest::rstest;

    #[rstest]
    #[case::parent(&[("/e/{event}", "event"), ("/e/{event}/o/{order}", "order"), ("/e/{event}/o/{order}/x", "order")], Some(("event", 3)))]
    #[case::same(&[("/a/{a}", "a"), ("/a/{a}", "a"), ("/b/{b}", "b"), ("/b/{b}", "b")], Some(("a", 2)))]
    #[case::known_parent(&[("/e/{event}/o/{order}", "order"), ("/e/{event}/o/{order}", "order")], Some(("order", 2)))]
    #[case::one(&[("/a/{a}", "a")], None)]
    #[case::none(&[], None)]
    fn one_value_may_unlock_many(#[case] paths: &[(&str, &str)], #[case] expected: Option<(&str, usize)>) {
        let missing = |(path, needs): &(&str, &str)| OperationResult {
            path: (*path).to_owned(),
            needs: Some((*needs).to_owned()),
            verdict: Verdict::Inconclusive,
            ..run().operations.remove(0)
        };
        let run = Run { operations: paths.iter().map(missing).collect(), ..run() };
        let found = run.unlock().map(|unlock| (unlock.parameter, unlock.operations));
        assert_eq!(found, expected);
    }
}
