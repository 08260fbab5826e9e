//! How much of a run is done.

use super::job::Event;
use super::session::Session;
use crate::contract::OperationId;

/// Steps and sequences that are over, of how many.
#[derive(Debug)]
pub(super) struct Progress {
    done: usize,
    planned: usize,
}

impl Progress {
    pub fn new(planned: usize) -> Self {
        Self { done: 0, planned }
    }

    /// Tells that a step or a sequence is about to begin.
    pub fn begins(&mut self, session: &mut Session<'_>, operation: Option<OperationId>) {
        let operation = operation.and_then(|index| session.contract.at(index));
        let operation = operation.map_or("", |operation| operation.id.as_str());
        let (sent, found) = (session.sender.sent(), session.recorder.found());
        session.tell(Event::Begins { done: self.done, planned: self.planned, sent, found, operation });
        self.done += 1;
    }
}
