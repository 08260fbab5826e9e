//! The connection to the target: the real client, or a scripted target in tests.

use std::future::Future;
use std::pin::Pin;

use crate::client::Client;
use crate::exchange::{Exchange, Request};

/// Which connection a request goes out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// One that may have been used before.
    Shared,
    /// One of its own.
    Own,
}

/// An exchange that is under way.
pub type Exchanging<'t> = Pin<Box<dyn Future<Output = Exchange> + Send + 't>>;

/// What requests are sent to.
pub trait Target: Sync {
    /// Its address, without a trailing slash.
    fn base(&self) -> &str;

    /// Sends a request; `case` names it.
    fn send<'t>(&'t self, request: &'t Request, case: &'t str, connection: Connection) -> Exchanging<'t>;
}

impl Target for Client {
    fn base(&self) -> &str {
        self.base()
    }

    fn send<'t>(&'t self, request: &'t Request, case: &'t str, connection: Connection) -> Exchanging<'t> {
        match connection {
            Connection::Shared => Box::pin(self.send(request, case)),
            Connection::Own => Box::pin(self.send_apart(request, case)),
        }
    }
}
