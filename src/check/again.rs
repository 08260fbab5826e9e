//! A finding is tried again: what its id stands for, what must be sent for it, and what came of it.

mod lookup;
mod outcome;
mod places;
mod scope;

pub use lookup::{Found, Lookup, find};
pub use outcome::narrow;
pub use scope::choose;
