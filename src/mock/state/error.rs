//! Errors about the state of a session.

/// Why the state of a session cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The mock was started without state.
    #[error("this mock keeps no state; start it with --stateful, or with `stateful()`")]
    Stateless,
    /// Something else than an object of lists, a collection that the document does not have, or an object
    /// that does not match its schema.
    #[error("{0}")]
    Invalid(String),
    /// More than a session may hold.
    #[error("this session is full; empty it with DELETE /__counterpart/state")]
    Full,
}
