//! The time of a run. It is tokio's, so that a test can pause it.

pub(super) use tokio::time::{Instant, sleep};
