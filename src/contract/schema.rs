//! Schemas, and how values are judged by them. The only module that uses `jsonschema`.
//!
//! Each schema that a reference points to is a unit: it is rewritten to JSON Schema 2020-12 and compiled when it
//! is first needed, once for each direction, and shared by all that refer to it.

mod assertions;
mod compiled;
mod direction;
pub mod effort;
mod engine;
mod explain;
mod graph;
mod heirs;
pub(super) mod keywords;
mod landmarks;
mod members;
mod merged;
mod mismatch;
mod normalize;
mod outline;
pub(super) mod pattern;
mod pool;
mod prose;
pub(super) mod repair;
mod scopes;
mod seen;
mod shape;
mod types;
mod walk;
mod words;

pub use compiled::Schema;
pub use direction::Direction;
pub use members::Field;
pub use merged::{Node, View, Xml};
pub use mismatch::Mismatch;
pub use normalize::Dialect;
pub(crate) use normalize::decode_fragment as fragment_pointer;
pub(super) use pool::Pool;
pub use types::{Kinds, Outline, Shape};
pub use words::shown;

#[cfg(test)]
mod tests;
