//! Faults in sending a response: late, cut off, or not at all.

use crate::rules::Rule;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;

use super::OperationFaults;
use crate::contract::Operation;
use crate::mock::response::{Response, Source};

/// How long the response of `response-slow` takes.
const SLOW: Duration = Duration::from_millis(1_200);

impl OperationFaults<'_> {
    /// Delays a response; one is enough to be seen.
    pub fn slow_down(&self, response: &mut Response) {
        if self.has(Rule::ResponseSlow) && !self.faults.was_slow.swap(true, Ordering::Relaxed) {
            response.delay += SLOW;
        }
    }

    /// After an operation that does harm has succeeded, everything fails.
    pub fn harm(&self, operation: &Operation, response: &mut Response) {
        if self.faults.is_harmed.load(Ordering::Relaxed) {
            *response = Response::empty(StatusCode::SERVICE_UNAVAILABLE, Source::Fault);
        } else if self.has(Rule::TargetHarmed) && operation.is_success(response.status.as_u16()) {
            self.faults.is_harmed.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationId;
    use crate::mock::faults::{Fault, Faults};

    #[test]
    fn one_response_is_slow() {
        let faults = Faults::new(vec![Fault { rule: Rule::ResponseSlow, operation: OperationId::nth(0) }]);
        let delay = |operation: usize| {
            let mut response = Response::empty(StatusCode::OK, Source::Generated);
            faults.at(OperationId::nth(operation)).slow_down(&mut response);
            response.delay
        };
        assert_eq!([delay(1), delay(0), delay(0)], [Duration::ZERO, SLOW, Duration::ZERO]);
    }

    #[test]
    fn after_harm_nothing_is_answered() {
        let contract = crate::mock::testing::things();
        let faults = Faults::new(vec![Fault { rule: Rule::TargetHarmed, operation: OperationId::nth(3) }]);
        let status = |index: usize, sent: StatusCode| {
            let mut response = Response::empty(sent, Source::Generated);
            faults.at(OperationId::nth(index)).harm(&contract.operations[index], &mut response);
            response.status.as_u16()
        };
        assert_eq!([status(0, StatusCode::OK), status(3, StatusCode::NOT_FOUND)], [200, 404]);
        assert_eq!([status(3, StatusCode::OK), status(0, StatusCode::OK)], [200, 503]);
    }
}
