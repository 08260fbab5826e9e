//! What clients together may make the mock hold, in octets of memory.

use std::sync::Arc;

use crate::exchange::budget::Budget;

/// For bodies of requests that have not come to their end, or are judged.
const BODIES: usize = 32 << 20;
/// For answers that were made for one client, until it has read them.
const ANSWERS: usize = 32 << 20;
/// For the journals of all sessions.
const JOURNALS: usize = 16 << 20;
/// For the answers that are set in all sessions.
const SET_ANSWERS: usize = 16 << 20;
/// For what is remembered of deliveries, in all sessions.
const DELIVERIES: usize = 8 << 20;
/// For the objects of all sessions.
const STATES: usize = 64 << 20;

/// The budgets of a mock. All its sessions share them, whatever documents it serves.
#[derive(Debug)]
pub(super) struct Budgets {
    pub bodies: Arc<Budget>,
    pub answers: Arc<Budget>,
    pub journals: Arc<Budget>,
    pub set_answers: Arc<Budget>,
    pub deliveries: Arc<Budget>,
    pub states: Arc<Budget>,
}

impl Budgets {
    /// For a mock that takes bodies of this size; a few of them fit at the same time.
    pub fn of(max_body: usize) -> Self {
        Self {
            bodies: Budget::of(BODIES.max(max_body.saturating_mul(2))),
            answers: Budget::of(ANSWERS),
            journals: Budget::of(JOURNALS),
            set_answers: Budget::of(SET_ANSWERS),
            deliveries: Budget::of(DELIVERIES),
            states: Budget::of(STATES),
        }
    }
}
