//! Compiled schemas: compiled once, when they are first needed, and shared. The only module that uses
//! `jsonschema`.
//!
//! Each schema that a reference points to is a resource of its own, and is rewritten to JSON Schema 2020-12
//! when it is first needed. There is never a second copy of the whole tree.

mod bundle;
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
