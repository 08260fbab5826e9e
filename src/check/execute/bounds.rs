//! When a run ends, what it may still send then, and the pace of its requests.

use super::Runner;
use crate::check::clock::{self, Instant};
use crate::check::job::RESERVE;
use crate::check::target::Connection;
use crate::exchange::{Exchange, Request};
use crate::rules::Severity;

/// What a run is at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// It tries what was planned.
    Tries,
    /// It removes what it made, until then where it has a bound.
    Tidies(Option<Instant>),
}

impl Runner<'_> {
    /// Why nothing of the plan is sent any more.
    pub fn must_end(&self) -> Option<String> {
        if self.is_stopped() {
            return Some("the run was interrupted".to_owned());
        }
        if let Some(harm) = self.harm() {
            return Some(harm);
        }
        if self.options.deadline.is_some_and(|deadline| self.started.elapsed() >= deadline) {
            return Some("the run's deadline had passed".to_owned());
        }
        if self.options.max_requests.is_some_and(|most| self.sent >= most) {
            return Some("the run's --max-requests were used up".to_owned());
        }
        let failed = self.seen.iter().any(|seen| seen.observation.severity == Severity::Error);
        (self.options.fail_fast && failed).then(|| "the run ended at the first error".to_owned())
    }

    /// Whether the caller asked the run to end.
    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// From now on only what was made is removed, within the reserve that goes beyond the bounds.
    pub fn begin_to_tidy(&mut self) {
        let now = Instant::now();
        let deadline = self.options.deadline.and_then(|deadline| self.started.checked_add(deadline));
        let end = if self.must_end().is_some() { Some(now) } else { deadline };
        self.phase = Phase::Tidies(end.and_then(|end| end.checked_add(RESERVE)));
    }

    /// Whether the run is still at its plan.
    pub fn is_trying(&self) -> bool {
        matches!(self.phase, Phase::Tries)
    }

    /// Until when what was made may be removed, where that has a bound.
    pub fn tidy_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Tries => None,
            Phase::Tidies(until) => until,
        }
    }

    /// Whether another request may be sent, once it is time for it.
    pub async fn may_send(&mut self) -> bool {
        self.pace().await;
        match self.phase {
            Phase::Tries => self.must_end().is_none(),
            Phase::Tidies(until) => until.is_none_or(|until| Instant::now() < until),
        }
    }

    /// Waits until the next request may go out. A run that is stopped meanwhile waits no longer.
    pub async fn pace(&mut self) {
        let (Some(pause), Some(last)) = (self.options.pause, self.last) else { return };
        let waiting = clock::sleep(pause.saturating_sub(last.elapsed()));
        if matches!(self.phase, Phase::Tidies(_)) {
            return waiting.await;
        }
        tokio::select! {
            () = waiting => {}
            Ok(_) = self.stop.wait_for(|is_stopped| *is_stopped) => {}
        }
    }

    /// Sends a request at once; what its time is, [`Runner::pace`] waits for.
    pub async fn send(&mut self, operation: usize, request: &Request) -> Exchange {
        self.last = Some(Instant::now());
        self.sent += 1;
        let case = format!("{}/{}", self.options.name, self.sent);
        let is_apart = self.health.is_shaken && !request.method.is_safe();
        let connection = if is_apart { Connection::Own } else { Connection::Shared };
        let exchange = self.target.send(request, &case, connection).await;
        let method = self.contract.operations.get(operation).map(|operation| operation.method.clone());
        if let Some(state) = self.states.get_mut(operation) {
            state.requests += 1;
            // What an undocumented method met is no answer of the operation.
            let is_own = method.as_ref().is_some_and(|method| *method == request.method);
            if let Some(status) = exchange.status().filter(|_| is_own) {
                *state.statuses.entry(status.to_string()).or_default() += 1;
            }
        }
        exchange
    }
}
