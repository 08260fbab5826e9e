//! The connection to the target: the real client, or a scripted target in tests.

use std::future::Future;
use std::pin::Pin;

use std::time::Duration;

use crate::client::{Client, Signer};
use crate::exchange::{Exchange, Request, Secret};

/// Which connection a request goes out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// One that may have been used before.
    Shared,
    /// One of its own.
    Own,
}

/// How a request goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// On which connection.
    pub connection: Connection,
    /// Its own time-out, where it has one.
    pub timeout: Option<Duration>,
}

/// An exchange that is under way.
pub type Exchanging<'t> = Pin<Box<dyn Future<Output = Exchange> + Send + 't>>;

/// What requests are sent to.
pub trait Target: Sync {
    /// Its address, without a trailing slash.
    fn base(&self) -> &str;

    /// Sends a request; `case` names it.
    fn send<'t>(&'t self, request: &'t Request, case: &'t str, way: Way) -> Exchanging<'t>;

    /// Whether one request must follow the other: what signs them may count.
    fn takes_turns(&self) -> bool {
        false
    }

    /// The names of the headers that are added to sign requests, and their values.
    fn signatures(&self) -> (Vec<String>, Vec<Secret>) {
        (Vec::new(), Vec::new())
    }
}

impl Target for Client {
    fn base(&self) -> &str {
        self.base()
    }

    fn send<'t>(&'t self, request: &'t Request, case: &'t str, way: Way) -> Exchanging<'t> {
        let timeout = way.timeout.unwrap_or_else(|| self.timeout());
        match way.connection {
            Connection::Shared => Box::pin(self.send_within(request, case, timeout)),
            Connection::Own => Box::pin(self.send_apart(request, case, timeout)),
        }
    }

    fn takes_turns(&self) -> bool {
        self.signer().is_some()
    }

    fn signatures(&self) -> (Vec<String>, Vec<Secret>) {
        self.signer().map(|signer: &Signer| (signer.names(), signer.secrets())).unwrap_or_default()
    }
}
