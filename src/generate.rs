//! Generates values and messages that match the contract, and others that break it on purpose.
//!
//! Pure: every choice is fixed, or comes from a seed that is passed in.

mod agree;
pub mod change;
mod fake;
pub mod hostile;
pub mod mark;
mod names;
pub mod negative;
pub mod places;
pub mod request;
pub mod sample;
mod shape;
mod stretch;
pub mod tame;
#[cfg(test)]
mod testing;
mod text;
pub mod value;
pub mod variation;
mod wire;

pub use fake::Dice;
pub use text::of_pattern;
pub use value::{Edge, Taste, Unproducible, plain, plain_as, value};
