//! Parameter values as text, and back: `style` and `explode` (OpenAPI 3.1 §4.8.12.2).
//!
//! The mock reads what the runner writes; a property test holds the two together. What the
//! specification leaves ambiguous stays so: a list of one text that has a comma is read as several,
//! because most clients encode the commas of a list too.

mod deep;
mod parse;
mod serialize;
mod text;

pub use parse::{read_plain, read_query, read_query_among, read_text};
pub use serialize::{write_plain, write_query, write_text};
pub use text::{Pair, escape, pairs, raw_pairs, text};

#[cfg(test)]
mod tests;
