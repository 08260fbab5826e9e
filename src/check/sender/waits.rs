//! The waits that a target asks for, and how many of them are waited for.

use std::time::Duration;

use crate::check::clock::{self, Instant};

/// A longer wait is not waited for.
const LONGEST: Duration = Duration::from_mins(1);
/// What all waits together take at most, where no deadline says it.
const ALTOGETHER: Duration = Duration::from_mins(5);

/// The waits of a run.
#[derive(Debug, Clone)]
pub(super) struct Waits {
    /// Until when the next request waits.
    until: Option<Instant>,
    /// What may still be waited.
    left: Duration,
}

impl Waits {
    pub fn new(deadline: Option<Duration>) -> Self {
        Self { until: None, left: deadline.unwrap_or(ALTOGETHER) }
    }

    /// Asks for a wait that ends before `end`; whether it is granted.
    pub fn ask(&mut self, wait: Duration, end: Option<Instant>) -> bool {
        if wait > LONGEST {
            return false;
        }
        let until = clock::now() + wait;
        let more = wait.saturating_sub(self.rest());
        if more > self.left || end.is_some_and(|end| until >= end) {
            return false;
        }
        self.left -= more;
        self.until = self.until.max(Some(until));
        true
    }

    /// How long the next request has to wait.
    pub fn rest(&self) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(clock::now()))
    }
}
