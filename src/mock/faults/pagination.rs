//! Faults in lists and their pages.

use super::OperationFaults;
use crate::contract::OperationId;
use crate::mock::state::ListHooks;
use crate::rules::Rule;

impl ListHooks for OperationFaults<'_> {
    fn shows_born(&self) -> bool {
        !self.has(Rule::CreateNotListed)
    }

    fn shows_hidden(&self, update: Option<OperationId>) -> bool {
        update.is_some_and(|operation| self.faults.has(operation, Rule::DeleteNotGone))
    }

    fn filters(&self) -> bool {
        !self.has(Rule::FilterIgnored)
    }

    fn sorts(&self) -> bool {
        !self.has(Rule::SortIgnored)
    }

    fn usual_size(&self, usual: usize) -> usize {
        // Small pages, so that there are several.
        let needs_several =
            [Rule::PageOverlap, Rule::PageLink, Rule::PageLoop].iter().any(|rule| self.has(*rule));
        if needs_several { 2 } else { usual }
    }

    fn limit(&self, limit: usize, total: usize) -> usize {
        if self.has(Rule::PageLimit) { total.max(1) } else { limit }
    }

    fn start(&self, start: usize) -> usize {
        if self.has(Rule::PageOffset) { 0 } else { start }
    }

    fn first_shown(&self, start: usize) -> usize {
        if start > 1 && self.has(Rule::PageOverlap) { start - 1 } else { start }
    }

    fn next(&self, next: Option<usize>) -> Option<usize> {
        next.or_else(|| self.has(Rule::PageLoop).then_some(0))
    }

    fn total(&self, total: usize) -> usize {
        total + usize::from(self.has(Rule::PageCount))
    }

    fn link_path(&self) -> Option<&'static str> {
        self.has(Rule::PageLink).then_some("/nowhere")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::faults::{Fault, Faults};
    use rstest::rstest;

    fn all(hooks: &dyn ListHooks) -> String {
        format!(
            "{} {} {} {} {} {} {} {} {:?} {} {:?}",
            hooks.shows_born(),
            hooks.shows_hidden(Some(OperationId::nth(4))),
            hooks.filters(),
            hooks.sorts(),
            hooks.usual_size(100),
            hooks.limit(10, 30),
            hooks.start(5),
            hooks.first_shown(5),
            hooks.next(None),
            hooks.total(30),
            hooks.link_path(),
        )
    }

    #[rstest]
    #[case(Rule::WaiverUnused, 3, "true false true true 100 10 5 5 None 30 None")]
    #[case(Rule::CreateNotListed, 3, "false false true true 100 10 5 5 None 30 None")]
    #[case(Rule::DeleteNotGone, 4, "true true true true 100 10 5 5 None 30 None")]
    #[case(Rule::FilterIgnored, 3, "true false false true 100 10 5 5 None 30 None")]
    #[case(Rule::SortIgnored, 3, "true false true false 100 10 5 5 None 30 None")]
    #[case(Rule::PageLimit, 3, "true false true true 100 30 5 5 None 30 None")]
    #[case(Rule::PageOffset, 3, "true false true true 100 10 0 5 None 30 None")]
    #[case(Rule::PageOverlap, 3, "true false true true 2 10 5 4 None 30 None")]
    #[case(Rule::PageLoop, 3, "true false true true 2 10 5 5 Some(0) 30 None")]
    #[case(Rule::PageCount, 3, "true false true true 100 10 5 5 None 31 None")]
    #[case(Rule::PageLink, 3, "true false true true 2 10 5 5 None 30 Some(\"/nowhere\")")]
    fn each_changes_one_thing(#[case] rule: Rule, #[case] operation: usize, #[case] expected: &str) {
        let faults = Faults::new(vec![Fault { rule, operation: OperationId::nth(operation) }]);
        assert_eq!(all(&faults.at(OperationId::nth(3))), expected);
    }
}
