//! HTTP messages as plain values: requests, responses, and exchanges of both.
//!
//! This module knows neither sockets nor OpenAPI.

pub mod base64;
pub mod budget;
pub mod coding;
mod cookies;
pub mod json;
mod markup;
mod surrogates;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub use cookies::{cookie, cookies};
pub use markup::push_escaped;

/// A map by names, most of them of a document, in which every request looks some up. Its hash is several times faster
/// than the standard one, and has a seed of its own in each process.
pub type NameMap<T> = HashMap<String, T, foldhash::fast::RandomState>;

/// As `str::split_once` by an ASCII character. The texts of a request are short and cut often, and a plain loop
/// over their octets takes a third of the time.
#[inline]
pub fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|octet| octet == at).filter(|_| at.is_ascii())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The header of a mock's response whose `status` the document does not have, or whose `body` it could not make as the
/// document describes it, so that nobody takes that for the API's own.
pub const UNDOCUMENTED: &str = "counterpart-undocumented";

/// A request as it is on the wire, without its origin.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method; extension methods are kept as they are (RFC 9110 §9).
    pub method: Method,
    /// Path as sent, still percent-encoded, beginning with `/`.
    pub path: String,
    /// Query as sent, still percent-encoded, without the `?`; `None` where there was no `?`.
    pub query: Option<String>,
    /// Header fields in the order sent.
    pub headers: HeaderMap,
    /// Body octets; empty where there was no body.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: None, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Path and query as they are written in a request line.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// A response after any content coding was undone.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status code.
    pub status: StatusCode,
    /// Header fields in the order received.
    pub headers: HeaderMap,
    /// Body octets; empty where there was no body.
    pub body: Bytes,
    /// Whether the body is only the beginning of a stream: whole items of it, as many as were waited for.
    pub is_cut: bool,
}

impl Response {
    /// The media type without parameters, in lower case; `None` without a readable `Content-Type`.
    pub fn media_type(&self) -> Option<String> {
        media_type(&self.headers)
    }

    /// The JSON of the body, whatever its label says, as everybody here reads it; `None` for other octets.
    pub fn json(&self) -> Option<Value> {
        json::read_answer(&self.body).ok()
    }
}

/// The essence of `Content-Type` (RFC 9110 §8.3), in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = cut(value, b';').map_or(value, |(essence, _)| essence).trim_ascii().to_ascii_lowercase();
    (!essence.is_empty()).then_some(essence)
}

/// `Content-Type` with its parameters, as it was sent.
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(http::header::CONTENT_TYPE)?.to_str().ok().filter(|value| !value.trim().is_empty())
}

/// Why a request got no response.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// No connection could be made.
    #[error("connection failed: {0}")]
    Connect(String),
    /// The connection ended before the first octet of an answer.
    #[error("the connection was closed before a response began: {0}")]
    Closed(String),
    /// The answer was not complete in time.
    #[error("no complete response within {0:?}")]
    Timeout(Duration),
    /// The connection ended before the announced body did.
    #[error("the response was cut off: {0}")]
    Truncated(String),
    /// The decoded body went past the cap, given in bytes.
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
    /// What came back is not HTTP that can be read.
    #[error("unreadable response: {0}")]
    Protocol(String),
    /// The request could not be signed, so that it was not sent.
    #[error("the request cannot be signed: {0}")]
    Unsigned(String),
    /// Whether it was its turn could not be found out, so that it was not sent.
    #[error("the request cannot be sent at the shared rate: {0}")]
    Unpaced(String),
}

/// One request with what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `Counterpart-Case` as sent, for the target's logs.
    pub case: String,
    /// The address that was asked, with the query.
    pub url: String,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub outcome: Result<Response, Failure>,
    /// From the first octet sent to the last received.
    pub elapsed: Duration,
}

impl Exchange {
    /// The response, where there is one.
    pub fn response(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// The status code, where there is a response.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|r| r.status.as_u16())
    }
}

/// A credential. Neither `Debug` nor `Display` shows it; only [`Secret::reveal`] does.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a credential.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The credential itself, for the moment it is put on the wire or compared.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    fn a_text_is_cut_as_the_standard_library_does(
        #[values("", "=", "a=b=c", "ä=ö", "none", "last=")] text: &str,
    ) {
        assert_eq!(cut(text, b'='), text.split_once('='));
        assert_eq!(cut(text, 0xa4), None, "within a character");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("canary");
        assert!(!format!("{secret} {secret:?}").contains("canary"));
        assert_eq!(secret.reveal(), "canary");
    }

    #[test]
    fn the_media_type_loses_case_and_parameters() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "Application/JSON; charset=utf-8".parse().unwrap());
        assert_eq!(media_type(&headers).as_deref(), Some("application/json"));
    }
}
