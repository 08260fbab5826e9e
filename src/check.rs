//! The runner: plans requests from the contract, sends them, and has every answer judged.
//!
//! Knows nothing of the mock and prints nothing; progress goes out as events.

mod chain;
mod clock;
pub mod credentials;
mod execute;
mod job;
mod look;
pub mod plan;
mod target;
mod tell;

pub use execute::run;
pub use job::{Event, Job, ONLY, Options, Outcome, RESERVE};
pub use look::Cause;
pub use plan::{Plan, Settings, plan};
pub use target::{Connection, Exchanging, Target};
