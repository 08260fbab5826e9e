//! Requests that the mock sends: callbacks and webhooks. Every one is recorded with its outcome.

mod address;
mod compose;
mod outbox;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde_json::{Value, json};

use crate::exchange::Request;
use crate::exchange::budget::{Budget, Share};
use crate::redact::Redactor;
pub(super) use compose::{Draft, Wishes, compose};
pub use outbox::{Messenger, Sending};
pub(super) use outbox::{Outbox, Plan};

/// The header of each delivery: its number. A request that has it sets off nothing, so that a mock that calls itself
/// comes to an end.
pub(super) const DELIVERY: &str = "counterpart-delivery";

/// Deliveries that one session remembers; the oldest go.
const MAX: usize = 500;
/// Octets of a body that are remembered.
const MAX_BODY: usize = 16 << 10;

/// Why something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A callback of the request with this number.
    Callback(u64),
    /// A webhook after the state changed, by the request with this number.
    Change(u64),
    /// A webhook that control asked for.
    Control,
}

/// What became of an attempt.
#[derive(Debug, Clone)]
struct Attempt {
    at: jiff::Timestamp,
    outcome: Result<u16, String>,
}

#[derive(Debug, Default)]
struct Progress {
    attempts: Vec<Attempt>,
    /// Why it was not sent at all.
    refused: Option<String>,
    is_over: bool,
}

/// One delivery.
#[derive(Debug)]
pub(super) struct Delivery {
    pub id: u64,
    at: jiff::Timestamp,
    cause: Cause,
    /// The name of the callback or the webhook.
    name: String,
    operation: String,
    url: String,
    method: String,
    headers: HeaderMap,
    body: bytes::Bytes,
    /// In which ways what was told to be sent breaks the document.
    violations: Vec<String>,
    progress: Mutex<Progress>,
}

/// What is known of a delivery before it has a number.
#[derive(Debug)]
pub(super) struct Letter {
    pub cause: Cause,
    pub name: String,
    pub operation: String,
    pub url: String,
    pub draft: Draft,
}

impl Delivery {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that it is not sent.
    fn refuse(&self, why: impl Into<String>) {
        let mut progress = self.lock();
        progress.refused = Some(why.into());
        progress.is_over = true;
    }

    fn tried(&self, at: jiff::Timestamp, outcome: Result<u16, String>, is_last: bool) {
        let mut progress = self.lock();
        progress.attempts.push(Attempt { at, outcome });
        progress.is_over = is_last;
    }

    /// What it takes, in octets, with the attempts that may come.
    fn weight(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|(name, value)| 64 + name.as_str().len() + value.len()).sum();
        let violations: usize = self.violations.iter().map(|violation| 32 + violation.len()).sum();
        2_000 + self.url.len() + self.name.len() + headers + self.body.len() + violations
    }

    /// As control shows it; secrets are removed.
    pub fn shown(&self, redactor: &Redactor) -> Value {
        let progress = self.lock();
        let state = match (&progress.refused, progress.attempts.last()) {
            (Some(_), _) => "refused",
            (None, Some(Attempt { outcome: Ok(200..=299), .. })) => "delivered",
            (None, _) if progress.is_over => "failed",
            (None, _) => "pending",
        };
        let attempts: Vec<Value> = progress
            .attempts
            .iter()
            .map(|attempt| match &attempt.outcome {
                Ok(status) => json!({ "at": attempt.at.to_string(), "status": status }),
                Err(why) => json!({ "at": attempt.at.to_string(), "error": redactor.text(why) }),
            })
            .collect();
        let (kind, request) = match self.cause {
            Cause::Callback(id) => ("callback", Some(id)),
            Cause::Change(id) => ("webhook", Some(id)),
            Cause::Control => ("webhook", None),
        };
        let media_type = crate::exchange::media_type(&self.headers);
        let body = redactor.body(&self.body, media_type.as_deref());
        json!({
            "id": self.id, "at": self.at.to_string(), "kind": kind, "name": self.name,
            "operation": self.operation, "request": request, "method": self.method,
            "url": redactor.url(&self.url), "headers": redactor.headers(&self.headers),
            "body": body.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
            "violations": self.violations, "state": state, "refused": progress.refused, "attempts": attempts,
        })
    }
}

/// The deliveries of a session.
#[derive(Debug)]
pub(super) struct Deliveries {
    budget: Arc<Budget>,
    list: Mutex<VecDeque<(Arc<Delivery>, Share)>>,
    next: AtomicU64,
}

impl Deliveries {
    /// None, within the budget of all sessions.
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), list: Mutex::default(), next: AtomicU64::new(1) }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Arc<Delivery>, Share)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a delivery that is about to go out, and numbers it; with the request that is sent.
    pub fn record(&self, letter: Letter, at: jiff::Timestamp) -> (Arc<Delivery>, Request) {
        let Letter { cause, name, operation, url, draft: Draft { mut request, violations } } = letter;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request.headers.insert(DELIVERY, id.into());
        let delivery = Arc::new(Delivery {
            id,
            at,
            cause,
            name,
            operation,
            url,
            method: request.method.to_string(),
            headers: request.headers.clone(),
            body: bytes::Bytes::copy_from_slice(request.body.get(..MAX_BODY).unwrap_or(&request.body)),
            violations,
            progress: Mutex::default(),
        });
        let mut list = self.lock();
        if list.len() >= MAX {
            list.pop_front();
        }
        let mut share = Share::of(&self.budget);
        while !share.grow(delivery.weight()) {
            if list.pop_front().is_none() {
                return (delivery, request);
            }
        }
        list.push_back((Arc::clone(&delivery), share));
        (delivery, request)
    }

    /// Those that are remembered, oldest first.
    pub fn all(&self) -> Vec<Arc<Delivery>> {
        self.lock().iter().map(|(delivery, _)| Arc::clone(delivery)).collect()
    }

    /// Forgets them; what is under way goes on.
    pub fn clear(&self) {
        self.lock().clear();
    }
}
