//! The clock of a run. It is tokio's, so tests can pause it; nothing else in the runner reads a clock.

#![expect(clippy::disallowed_methods, reason = "the clock of the runner")]

pub(super) use tokio::time::{Instant, sleep};

/// The time now; it stands still while a test has paused it.
pub(super) fn now() -> Instant {
    Instant::now()
}
