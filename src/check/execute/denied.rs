//! What refusals of wrong keys come to once the sufficient key is known to meet the same.

use super::Runner;
use crate::contract::Operation;
use crate::rules::Rule;
use crate::run::AccessVerdict;

impl Runner<'_> {
    /// Takes back what was said of how wrong keys are turned away, where the sufficient key met the
    /// same status after them: then it says nothing of keys.
    pub(super) fn take_back(&mut self, operation: &Operation, status: u16) {
        if operation.is_success(status) {
            return;
        }
        self.seen.retain(|seen| {
            seen.operation != operation.index
                || !matches!(seen.observation.rule, Rule::AuthStatus | Rule::ScopeStatus)
                || seen.exchange.status() != Some(status)
        });
        let cases = self.access.iter_mut().filter(|case| case.operation == operation.id);
        for case in cases.filter(|case| case.status == Some(status) && status >= 300) {
            if case.verdict == AccessVerdict::Finding {
                case.verdict = AccessVerdict::NotTried;
                case.why = Some(format!("a sufficient key is answered with {status} too"));
            }
        }
    }
}
