//! Counterpart: a stand-in for an HTTP API, and proof that a real one keeps its word.

pub mod contract;
pub mod document;
pub mod exchange;
pub mod rules;
