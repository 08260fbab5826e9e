//! Reads and writes parameter values: `style` and `explode` (OpenAPI 3.1 §4.8.12.2).
//!
//! The mock reads what the runner writes; a property test checks that both agree. Where the specification is
//! ambiguous, so is this: a list with one text that contains a comma is read as several, because most clients
//! encode the commas between items too.

mod deep;
mod parse;
mod serialize;
mod text;

pub use parse::{read_plain, read_query, read_query_among, read_text};
pub use serialize::{write_plain, write_query, write_text};
pub use text::{Pair, escape, first_of, pairs, raw_pairs, text};

#[cfg(test)]
mod tests;
