//! How to reach the target.

use std::time::Duration;

use super::signer::Signer;

/// How the target is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address that the document's paths are appended to.
    pub url: String,
    /// For a whole exchange, body included.
    pub timeout: Duration,
    /// Repeats after connection errors and 502 to 504, for safe methods.
    pub retries: u32,
    /// Accept any certificate.
    pub insecure: bool,
    /// Further certificate authorities, PEM.
    pub ca: Option<Vec<u8>>,
    /// A client certificate with its key, PEM.
    pub identity: Option<Vec<u8>>,
    /// A proxy, where one is asked for.
    pub proxy: Option<String>,
    /// Headers for every request.
    pub headers: Vec<(String, String)>,
    /// Who signs requests, last of all.
    pub signer: Option<Signer>,
    /// Cap of a decoded body, in bytes; a larger one is a failure.
    pub max_body: usize,
    /// Whether only the beginning is kept of a body that takes too much memory, alone or with others that are
    /// still held.
    pub cuts: bool,
}

impl Options {
    /// The usual limits for an address: 30 seconds, two retries, 64 MiB.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            timeout: Duration::from_secs(30),
            retries: 2,
            insecure: false,
            ca: None,
            identity: None,
            proxy: None,
            headers: Vec::new(),
            signer: None,
            max_body: 64 << 20,
            cuts: true,
        }
    }
}
