//! JSONPath (RFC 9535), within limits.
//!
//! Crates for JSONPath cannot be stopped: a few signs such as `$..*..*..*` keep them busy for hours. Here every
//! node that is looked at is counted, so a query on a large document ends with an error instead.

mod evaluate;
mod parse;
mod path;
mod scan;
mod select;

pub(super) use evaluate::locate;
pub(super) use parse::parse;
pub(super) use path::Path;
pub(super) use select::{Budget, Exhausted};

#[cfg(test)]
mod tests;
