//! Compiled schemas: lazily, once, shared. The only home of `jsonschema`.
//!
//! Each schema that a reference leads to is a resource of its own, rewritten to JSON Schema
//! 2020-12 when it is first asked for; no second whole tree is ever held.

mod compiled;
mod direction;
mod engine;
pub(super) mod keywords;
mod members;
mod merged;
mod mismatch;
mod normalize;
pub(super) mod pattern;
pub(super) mod repair;
mod shape;
mod types;

pub(super) use compiled::Pool;
pub use compiled::Schema;
pub use direction::Direction;
pub use members::Field;
pub use merged::{Node, View, Xml};
pub use mismatch::{Mismatch, shown};
pub use normalize::Dialect;
pub(crate) use normalize::decode_fragment as fragment_pointer;
pub use types::{Kinds, Shape};

#[cfg(test)]
mod tests;
