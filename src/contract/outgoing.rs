//! What an API calls at others: callbacks of operations, and webhooks (OpenAPI 3.1 §4.8.18 Callback Object, §4.8.1).

use super::expression::Expression;
use super::operation::Operation;

/// A request that an API sends after an operation was called.
#[derive(Debug)]
pub struct Callback {
    /// Its name among those of the operation.
    pub name: String,
    /// Where it goes, from the request that was sent and its answer.
    pub url: Expression,
    /// What is sent. Nobody but the callback leads to it: it is not among the contract's operations, its path is `/`,
    /// and its index means nothing.
    pub operation: Operation,
}

/// A request that an API sends by itself, to an address that was told to it elsewhere.
#[derive(Debug)]
pub struct Webhook {
    /// Its name. Several have it where several methods are described.
    pub name: String,
    /// What is sent, as for a callback.
    pub operation: Operation,
}
