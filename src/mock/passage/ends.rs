//! What a passage lies between: the target, and who is told of what went through.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use jiff::Timestamp;

use crate::contract::OperationId;
use crate::exchange::{Exchange, Failure};
use crate::judge::Violation;

/// Why the octets of a body stopped coming.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The octets of a body as they come.
pub type Octets = UnsyncBoxBody<Bytes, BoxError>;
/// An answer on its way.
pub type Forwarded = Pin<Box<dyn Future<Output = Result<http::Response<Octets>, Failure>> + Send>>;

/// Where requests are passed on to.
pub trait Upstream: Send + Sync {
    /// Sends a request whose address is a path and a query.
    fn forward(&self, request: http::Request<Octets>) -> Forwarded;

    /// The path below which the target has what the document describes, without a slash at its end.
    fn path(&self) -> &str;

    /// The address of the target, without a slash at its end.
    fn base(&self) -> String;
}

/// Who is told of each exchange that went through.
pub trait Witness: Send + Sync {
    /// What is wrong with the answer to a request that was sent then, a line for each fault. One with `violations` broke
    /// the document first.
    fn saw(
        &self,
        operation: OperationId,
        violations: &[Violation],
        exchange: &Exchange,
        at: Timestamp,
    ) -> Vec<String>;

    /// Whether the target is known to have an operation.
    fn has_answered(&self, operation: OperationId) -> bool;
}
