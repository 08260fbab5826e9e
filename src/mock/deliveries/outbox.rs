//! Sends deliveries: after a wait, again where that is asked for, and never too many at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::address::usable;
use super::{Deliveries, Delivery, Letter};
use crate::exchange::budget::{Budget, Share};
use crate::exchange::{Failure, Request};

/// Deliveries that wait or are under way; further ones are refused.
const MAX_WAITING: usize = 256;
/// Octets that they take together.
const MAX_OCTETS: usize = 16 << 20;
/// Requests that are under way at a time.
const MAX_FLIGHTS: usize = 16;
/// Largest body, in octets.
const MAX_BODY: usize = 256 << 10;
/// The wait before the first repeat; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait between two attempts.
const MAX_BACK_OFF: Duration = Duration::from_mins(1);

/// The status of an answer, once it is there.
pub type Sending = Pin<Box<dyn Future<Output = Result<u16, Failure>> + Send>>;

/// Who sends requests of the mock.
pub trait Messenger: Send + Sync {
    /// Sends a request to an address once, in bounded time. Redirects are not followed.
    fn send(&self, url: String, request: Request) -> Sending;
}

/// When a delivery goes out.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::mock) struct Plan {
    /// The wait before the first attempt.
    pub delay: Duration,
    /// Attempts after the first one.
    pub retries: u32,
}

/// Where deliveries go out.
pub(in crate::mock) struct Outbox {
    messenger: Arc<dyn Messenger>,
    /// Hosts, beside this machine, that may be sent to.
    allowed: Vec<String>,
    clock: fn() -> jiff::Timestamp,
    waiting: Arc<Semaphore>,
    /// What those that wait or are under way take.
    octets: Arc<Budget>,
    flights: Arc<Semaphore>,
}

impl Outbox {
    pub fn new(messenger: Arc<dyn Messenger>, allowed: Vec<String>, clock: fn() -> jiff::Timestamp) -> Self {
        let (waiting, flights) = (Semaphore::new(MAX_WAITING), Semaphore::new(MAX_FLIGHTS));
        let octets = Budget::of(MAX_OCTETS);
        Self { messenger, allowed, clock, waiting: Arc::new(waiting), octets, flights: Arc::new(flights) }
    }

    /// Records a delivery and lets it go out; what may not be sent is recorded with the reason. The error is that
    /// reason.
    pub fn post(
        &self,
        deliveries: &Deliveries,
        mut letter: Letter,
        plan: Plan,
    ) -> (Arc<Delivery>, Result<(), String>) {
        let url = usable(&letter.url, letter.draft.request.query.as_deref(), &self.allowed);
        if let Ok(url) = &url {
            letter.url = url.to_string();
        }
        let (delivery, request) = deliveries.record(letter, (self.clock)());
        let sent = url.and_then(|url| self.send(&delivery, (url.to_string(), request), plan));
        if let Err(why) = &sent {
            delivery.refuse(why);
        }
        (delivery, sent)
    }

    fn send(
        &self,
        delivery: &Arc<Delivery>,
        (url, request): (String, Request),
        plan: Plan,
    ) -> Result<(), String> {
        if request.body.len() > MAX_BODY {
            return Err(format!("its body is larger than {MAX_BODY} octets"));
        }
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return Err(format!("{MAX_WAITING} others wait or are under way"));
        };
        let mut share = Share::of(&self.octets);
        if !share.grow(url.len() + weight(&request)) {
            return Err(format!("others that wait or are under way take {} MiB", MAX_OCTETS >> 20));
        }
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        let (messenger, flights, clock) =
            (Arc::clone(&self.messenger), Arc::clone(&self.flights), self.clock);
        let delivery = Arc::clone(delivery);
        runtime.spawn(async move {
            tokio::time::sleep(plan.delay).await;
            for attempt in 0..=plan.retries {
                let flight = flights.acquire().await;
                let outcome = messenger.send(url.clone(), request.clone()).await;
                drop(flight);
                let is_last = attempt == plan.retries || matches!(outcome, Ok(200..=299));
                delivery.tried(clock(), outcome.map_err(|why| why.to_string()), is_last);
                if is_last {
                    break;
                }
                tokio::time::sleep(BACK_OFF.saturating_mul(2_u32.saturating_pow(attempt)).min(MAX_BACK_OFF))
                    .await;
            }
            drop((place, share));
        });
        Ok(())
    }
}

/// What a request takes until it is sent, in octets.
fn weight(request: &Request) -> usize {
    let fields = request.headers.iter().map(|(name, value)| 64 + name.as_str().len() + value.len());
    request.path.len()
        + request.query.as_ref().map_or(0, String::len)
        + request.body.len()
        + fields.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::{Cause, Draft};
    use super::*;
    use http::Method;

    struct Never;

    impl Messenger for Never {
        fn send(&self, _: String, _: Request) -> Sending {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn what_waits_is_bounded_in_octets() {
        let outbox = Outbox::new(Arc::new(Never), Vec::new(), || jiff::Timestamp::UNIX_EPOCH);
        let deliveries = Deliveries::new(&Budget::of(1 << 20));
        let post = || {
            let mut request = Request::new(Method::POST, "/hook");
            request.body = vec![b'x'; 200 << 10].into();
            let draft = Draft { request, violations: Vec::new() };
            let url = "http://localhost:1/hook".to_owned();
            let letter =
                Letter { cause: Cause::Control, name: String::new(), operation: String::new(), url, draft };
            outbox.post(&deliveries, letter, Plan::default()).1
        };
        let sent = (0..100).take_while(|_| post().is_ok()).count();
        assert!((70..82).contains(&sent), "{sent}");
        assert!(post().is_err_and(|why| why.contains("16 MiB")));
    }
}
