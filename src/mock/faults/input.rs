//! Faults in what is done with input: methods, media types and values.

use http::StatusCode;
use http::header::ALLOW;

use super::OperationFaults;
use crate::mock::error_response::Refusal;
use crate::mock::response::Response;

impl OperationFaults<'_> {
    /// The response to an undocumented method that is accepted. These are the faults at the first operation
    /// of the path.
    pub fn undocumented_method(&self) -> Option<Response> {
        self.has("method-undocumented-accepted").then(|| Response::empty(StatusCode::OK, "fault"))
    }

    /// The response to an undocumented method that is refused.
    pub fn method_refused(&self, response: &mut Response) {
        if self.has("method-status") {
            response.status = StatusCode::BAD_REQUEST;
        }
        if self.has("allow-missing") {
            response.headers.remove(ALLOW);
        }
    }

    /// Whether the query parameter that picks a media type is passed over.
    pub fn ignores_format(&self) -> bool {
        self.has("format-ignored")
    }

    /// Whether invalid input is accepted.
    pub fn accepts_invalid(&self) -> bool {
        self.has("invalid-accepted")
    }

    /// The refusal of valid input.
    pub fn rejects_valid(&self) -> Option<Refusal> {
        self.has("valid-rejected").then(|| Refusal::new("invalid", 400, "this is refused whatever it says"))
    }
}
