//! The time of a run. It is tokio's, so that a test can pause it.

pub(super) use tokio::time::{Instant, sleep};

/// The time now; it stands still while a test has paused it.
pub(super) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the one place where a run reads its clock")]
    Instant::now()
}
