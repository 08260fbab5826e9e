//! Sends several reads side by side.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Asked, Sender};
use crate::check::clock;
use crate::check::retry_after::asked_wait;
use crate::check::target::{Connection, Way};
use crate::exchange::{Exchange, Failure};

/// Requests that go out one at a time after a failure: some servers close a connection then.
const CAUTION: usize = 8;
/// Requests that `--max-requests` must have left beyond those of a wave.
const SPARE: usize = 64;

/// What is sent side by side.
#[derive(Debug, Default)]
pub(in crate::check) struct Wave {
    /// The answers in the order of the requests; `None` where one was not sent.
    pub answers: Vec<Option<Exchange>>,
    /// Whether no other wave should follow for now: the target asks for patience or does not answer, or a
    /// bound of the run is near.
    pub is_last: bool,
}

/// Whether an answer is a failure of the target: a 5xx or none. A method that nobody implements (501) is a
/// refusal, and a body past the cap is no sign that the target is unwell.
pub(in crate::check) fn has_failed(exchange: &Exchange) -> bool {
    let is_too_large = matches!(exchange.outcome, Err(Failure::TooLarge(_)));
    matches!(exchange.status(), Some(500 | 502..) | None) && !is_too_large
}

impl Sender<'_> {
    /// Sends reads side by side, as many at a time as the run allows. Numbers are given in the order of the
    /// requests; the answers come in that order too.
    pub async fn send_all(&mut self, asked: &[Asked]) -> Wave {
        let most = self.options.max_requests.unwrap_or(usize::MAX);
        let mut wave = Wave { answers: vec![None; asked.len()], is_last: false };
        if self.sent.saturating_add(asked.len() + SPARE) > most {
            wave.is_last = true;
            return wave;
        }
        let target = self.target;
        let mut under_way = FuturesUnordered::new();
        for (at, Asked { request, timeout }) in asked.iter().enumerate() {
            while under_way.len() >= self.at_a_time() {
                let answered = under_way.next().await;
                self.keep(&mut wave, answered);
            }
            loop {
                tokio::select! {
                    biased;
                    () = self.pace() => break,
                    answered = under_way.next(), if !under_way.is_empty() => self.keep(&mut wave, answered),
                }
            }
            wave.is_last |= self.is_stopped() || self.used_up().is_some();
            if wave.is_last {
                break;
            }
            let case = self.number();
            let way = Way { connection: Connection::Shared, timeout: *timeout };
            under_way.push(async move { (at, target.send(request, &case, way).await) });
        }
        while let Some(answered) = under_way.next().await {
            self.keep(&mut wave, Some(answered));
        }
        wave
    }

    /// How many requests may be under way.
    pub(super) fn at_a_time(&self) -> usize {
        if self.caution > 0 || self.target.takes_turns() { 1 } else { usize::from(self.options.jobs.max(1)) }
    }

    fn keep(&mut self, wave: &mut Wave, answered: Option<(usize, Exchange)>) {
        let Some((at, exchange)) = answered else { return };
        self.caution = if has_failed(&exchange) { CAUTION } else { self.caution.saturating_sub(1) };
        let is_silent = has_failed(&exchange) && exchange.status().is_none();
        wave.is_last |= is_silent || exchange.status() == Some(429) || asked_wait(&exchange).is_some();
        if let Some(answer) = wave.answers.get_mut(at) {
            *answer = Some(exchange);
        }
    }

    /// The number of a request that goes out now.
    pub(super) fn number(&mut self) -> String {
        self.last = Some(clock::now());
        self.sent += 1;
        format!("{}/{}", self.options.name, self.sent)
    }
}
