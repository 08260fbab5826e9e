//! Generates values and messages that match the contract, and others that break it on purpose.
//!
//! Pure: every choice is fixed, or comes from a seed that is passed in.

mod agree;
pub mod change;
mod fake;
pub mod mark;
mod names;
pub mod negative;
pub mod request;
pub mod sample;
mod shape;
pub mod tame;
mod text;
pub mod value;

pub use value::{Edge, Taste, Unproducible, plain, plain_as, value};
