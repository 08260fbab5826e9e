//! Faults in how a response gets to the client: late, cut off, or not at all.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;

use super::OperationFaults;
use crate::contract::Operation;
use crate::mock::response::Response;

/// How long the response of `response-slow` takes.
const SLOW: Duration = Duration::from_millis(1_200);

impl OperationFaults<'_> {
    /// Delays a response; one is enough to be seen.
    pub fn slow_down(&self, response: &mut Response) {
        if self.has("response-slow") && !self.faults.was_slow.swap(true, Ordering::Relaxed) {
            response.delay += SLOW;
        }
    }

    /// After an operation that does harm has succeeded, everything fails.
    pub fn harm(&self, operation: &Operation, response: &mut Response) {
        if self.faults.is_harmed.load(Ordering::Relaxed) {
            *response = Response::empty(StatusCode::SERVICE_UNAVAILABLE, "fault");
        } else if self.has("target-harmed") && operation.is_success(response.status.as_u16()) {
            self.faults.is_harmed.store(true, Ordering::Relaxed);
        }
    }
}
