//! The direction of a body: request or response.

/// Which way a body goes: read-only members are not part of a request, write-only ones not part of a
/// response (OpenAPI 3.1 §4.8.24; JSON Schema Validation §9.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the server.
    Request,
    /// From the server.
    Response,
}

impl Direction {
    /// Its name in addresses of schemas.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}
