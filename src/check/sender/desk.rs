//! Where a fork of a run leaves its request, and finds the answer.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::exchange::{Exchange, Request};

/// One side writes a request and waits; the other side sends it and leaves the answer.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Desk(Arc<Mutex<Papers>>);

/// A request that waits to be sent, with a time-out of its own where it has one.
#[derive(Debug, Clone)]
pub(in crate::check) struct Asked {
    pub request: Request,
    pub timeout: Option<Duration>,
}

#[derive(Debug, Default)]
struct Papers {
    asked: Option<Asked>,
    answer: Option<Exchange>,
}

impl Desk {
    /// Leaves a request, and waits for the answer.
    pub(super) async fn ask(&self, request: &Request, timeout: Option<Duration>) -> Exchange {
        self.papers(|papers| papers.asked = Some(Asked { request: request.clone(), timeout }));
        // Nobody is woken: whoever leaves an answer polls the fork.
        poll_fn(|_| self.papers(|papers| papers.answer.take()).map_or(Poll::Pending, Poll::Ready)).await
    }

    /// The request that waits.
    pub fn asked(&self) -> Option<Asked> {
        self.papers(|papers| papers.asked.take())
    }

    /// Leaves the answer.
    pub fn answer(&self, exchange: Exchange) {
        self.papers(|papers| papers.answer = Some(exchange));
    }

    fn papers<T>(&self, act: impl FnOnce(&mut Papers) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
