//! Checks a running API: plans requests from the contract, sends them, and judges every response.
//!
//! The runner knows nothing of the mock and prints nothing. Progress is reported as events.

pub mod again;
mod attempt;
mod body_search;
mod callbacks;
mod clock;
pub mod credentials;
mod dispatch;
mod evidence;
mod findings;
mod job;
mod observed;
mod path_values;
mod phases;
pub mod plan;
mod prefetch;
mod progress;
mod recorder;
mod retry_after;
mod run;
#[cfg(test)]
mod scripted;
mod sender;
mod session;
pub mod shards;
mod shared;
mod smaller_body;
mod steps;
mod summary;
mod target;
#[cfg(test)]
mod tests;
mod untested;

pub use callbacks::{Callbacks, Inbox};
pub use job::{Event, JOBS, Job, Options, Outcome, RESERVE};
pub use observed::Observer;
pub use phases::probe::{Cause, with_base_path};
pub use plan::{Answers, Draws, ONLY, OddBodies, Plan, Settings, Sought, plan};
pub use run::run;
pub use target::{Connection, Exchanging, Target, Way};
