//! Faults in the handling of methods, media types and values.

use crate::config::ErrorName;
use crate::rules::Rule;
use http::StatusCode;
use http::header::ALLOW;

use super::OperationFaults;
use crate::mock::error_response::Refusal;
use crate::mock::response::{Response, Source};

impl OperationFaults<'_> {
    /// The response to an undocumented method that is accepted. These are the faults at the first operation
    /// of the path.
    pub fn undocumented_method(&self) -> Option<Response> {
        self.has(Rule::MethodUndocumentedAccepted).then(|| Response::empty(StatusCode::OK, Source::Fault))
    }

    /// The response to an undocumented method that is refused.
    pub fn method_refused(&self, response: &mut Response) {
        if self.has(Rule::MethodStatus) {
            response.status = StatusCode::BAD_REQUEST;
        }
        if self.has(Rule::AllowMissing) {
            response.headers.remove(ALLOW);
        }
    }

    /// Whether the query parameter that picks a media type is passed over.
    pub fn ignores_format(&self) -> bool {
        self.has(Rule::FormatIgnored)
    }

    /// Whether invalid input is accepted.
    pub fn accepts_invalid(&self) -> bool {
        self.has(Rule::InvalidAccepted)
    }

    /// The refusal of valid input.
    pub fn rejects_valid(&self) -> Option<Refusal> {
        self.has(Rule::ValidRejected)
            .then(|| Refusal::new(ErrorName::Invalid, 400, "this is refused whatever it says"))
    }
}
