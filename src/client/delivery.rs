//! Sends single requests to addresses that others named: once, without following redirects, and nothing of the answer
//! but its status is read.

use std::time::Duration;

use reqwest::Url;

use super::{Error, Options, connector, failure, trust};
use crate::exchange::{Failure, Request};

/// For one attempt, from the connection to the head of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends such requests, each on a connection of its own.
#[derive(Debug, Clone)]
pub struct Courier(reqwest::Client);

impl Courier {
    /// A courier that knows no certificates but those of the system.
    ///
    /// # Errors
    /// Connections cannot be set up.
    pub fn new() -> Result<Self, Error> {
        trust::install_provider();
        let options = Options { timeout: TIMEOUT, ..Options::new("") };
        Ok(Self(connector::connector(&options, false)?))
    }

    /// The status of the answer to a request. The whole address is given; path and query of the request do not count.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn send(&self, url: &str, request: Request) -> Result<u16, Failure> {
        let url = Url::parse(url).map_err(|error| Failure::Protocol(error.to_string()))?;
        let sent = self.0.request(request.method, url).headers(request.headers).body(request.body).send();
        sent.await.map(|answer| answer.status().as_u16()).map_err(|error| failure::of_head(&error, TIMEOUT))
    }
}
