//! All that a run sent, for reports that show exchanges.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::message::MessageShown;

/// The exchanges of a run, in the order in which their answers came. Empty where nobody asked for them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// One after another. A report that names files anew copies the run, and must not copy these.
    pub exchanges: Vec<Arc<Sent>>,
    /// How many there was no room for.
    pub left_out: usize,
}

impl Traffic {
    /// Puts those of another run behind its own.
    pub(super) fn append(&mut self, other: Self) {
        self.exchanges.extend(other.exchanges);
        self.left_out += other.left_out;
    }
}

/// What was sent and what came back, secrets removed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sent {
    /// When it went out: a time of RFC 3339 in UTC; `None` where nobody read a clock.
    pub at: Option<String>,
    /// `Counterpart-Case` as sent.
    pub case: String,
    /// From the first octet sent to the last received.
    pub took: Duration,
    /// What was sent.
    pub request: MessageShown,
    /// Octets of its body.
    pub request_octets: usize,
    /// What came back; `None` where there was no answer.
    pub response: Option<MessageShown>,
    /// Octets of its body.
    pub response_octets: usize,
    /// Why there was no answer.
    pub failure: Option<String>,
}
