//! The meter: which part of a document the requests and answers show, for the mock and for `check` alike.
//!
//! It looks at exchanges and at the contract, and at nothing else. What can be shown is a list of points for each
//! operation, worked out when it is first called; its length is bounded, and a request is measured in one pass over
//! its values.

mod collected;
mod meter;
mod place;
mod points;

pub use collected::Point;
pub use meter::{Meter, statuses};
pub use points::{Outlines, Points};
