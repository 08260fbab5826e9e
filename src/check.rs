//! The runner: plans requests from the contract, sends them, and has every answer judged.
//!
//! Knows nothing of the mock and prints nothing; progress goes out as events.

#![expect(clippy::disallowed_methods, reason = "the clock is not given to the runner yet")]

mod chain;
mod execute;
pub mod keys;
mod look;
pub mod plan;
mod tell;

pub use execute::{Event, Job, ONLY, Options, Outcome, RESERVE, run};
pub use look::Cause;
pub use plan::{Plan, Settings, plan};
