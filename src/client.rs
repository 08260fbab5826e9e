//! Sends requests to one origin, with size limits and deadlines. The only module that uses `reqwest`.
//!
//! Redirects are not followed, the proxy variables of the environment are ignored, and no cookies are kept,
//! so a credential never reaches another host. Other addresses are asked only where the user
//! names them: an issuer for tokens, and whoever knows the scopes of a key.

#![expect(clippy::disallowed_methods, reason = "measures exchanges and keeps their deadlines")]

mod body;
mod connector;
pub mod delivery;
mod failure;
pub mod forward;
mod headers;
pub mod introspect;
pub mod login;
mod options;
mod signer;
pub mod token;
mod trust;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::HeaderValue;
use http::{HeaderMap, Method, StatusCode};
use reqwest::Url;

use crate::exchange::budget::Budget;
use crate::exchange::{Exchange, Failure, Request, Response};
use crate::redact;
pub use options::Options;
pub use signer::{Signer, Signing};

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be used.
    #[error("cannot use the address {0:?}: {1}")]
    Url(String, &'static str),
    /// A certificate, key or proxy cannot be used.
    #[error("{0}: {1}")]
    Setup(&'static str, String),
}

/// Sends requests to one origin.
#[derive(Debug)]
pub struct Client {
    /// Keeps connections open and uses them again.
    http: reqwest::Client,
    /// Opens a connection for each request.
    apart: reqwest::Client,
    base: Url,
    shown: String,
    headers: HeaderMap,
    signer: Option<Signer>,
    timeout: Duration,
    retries: u32,
    max_body: usize,
    /// For the bodies that are held, where only the beginning is kept of others.
    held: Option<Arc<Budget>>,
}

/// More of a body is not read where only a look is taken, in bytes.
const MAX_LOOK: usize = 1 << 20;

/// What the bodies of answers take together while somebody holds them, in bytes.
const MAX_HELD: usize = 48 << 20;

impl Client {
    /// A client for an address.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let refuse = |why| Error::Url(redact::address(&options.url), why);
        let base = Url::parse(&options.url).map_err(|_| refuse("not a URL; expected http://HOST:PORT"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(refuse("must begin with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::Url(
                base.host_str().unwrap_or_default().to_owned(),
                "must not contain credentials; use COUNTERPART_TOKEN, --keys or --mint",
            ));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refuse("must not contain a query or a fragment, because paths are appended to it"));
        }
        trust::install_provider();
        Ok(Self {
            http: connector::connector(options, true)?,
            apart: connector::connector(options, false)?,
            shown: options.url.trim_end_matches('/').to_owned(),
            base,
            headers: headers::of_every_request(&options.headers)?,
            signer: options.signer.clone(),
            timeout: options.timeout,
            retries: options.retries,
            max_body: options.max_body,
            held: options.cuts.then(|| Budget::of(MAX_HELD)),
        })
    }

    /// A client for another address of the same host, for a look: it sends none of the headers that go with
    /// every request, signs nothing, and tries everything once.
    pub fn beside(&self, url: &str) -> Result<Self, Error> {
        let refuse = |why| Error::Url(redact::address(url), why);
        let base = Url::parse(url).map_err(|_| refuse("not a URL"))?;
        if base.host_str() != self.base.host_str() {
            return Err(refuse("must be on the same host"));
        }
        let shown = url.trim_end_matches('/').to_owned();
        Ok(Self {
            http: self.http.clone(),
            apart: self.apart.clone(),
            base,
            shown,
            headers: HeaderMap::new(),
            signer: None,
            timeout: self.timeout,
            retries: 0,
            max_body: self.max_body.min(MAX_LOOK),
            held: None,
        })
    }

    /// The address, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.shown
    }

    /// Whether the target is this machine.
    pub fn is_loopback(&self) -> bool {
        match self.base.host_str() {
            Some("localhost") => true,
            Some(host) => host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback()),
            None => false,
        }
    }

    /// Who signs the requests.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// Sends a request; `case` goes along as `Counterpart-Case`. A connection that was kept open may be
    /// closed by the other side just then: where it ends before the first octet of an answer, the request
    /// is sent again on a new one.
    pub async fn send(&self, request: &Request, case: &str) -> Exchange {
        self.send_within(request, case, self.timeout).await
    }

    /// As [`Client::send`], with a time-out of the request's own. Nothing follows a HEAD on its connection: some servers
    /// go on with the stream that its answer leaves out, and answer nothing else there until that ends.
    pub async fn send_within(&self, request: &Request, case: &str, timeout: Duration) -> Exchange {
        let http = if request.method == Method::HEAD { &self.apart } else { &self.http };
        self.send_by(http, request, case, timeout).await
    }

    /// Sends a request on a connection of its own.
    pub async fn send_apart(&self, request: &Request, case: &str, timeout: Duration) -> Exchange {
        self.send_by(&self.apart, request, case, timeout).await
    }

    /// The time-out of requests that have none of their own.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    async fn send_by(
        &self,
        http: &reqwest::Client,
        request: &Request,
        case: &str,
        timeout: Duration,
    ) -> Exchange {
        let url = format!("{}{}", self.shown, request.target());
        let started = Instant::now();
        let mut outgoing = Outgoing { url: &url, request, case, timeout, signing: Duration::ZERO };
        let mut outcome = self.once(http, &mut outgoing).await;
        if matches!(outcome, Err(Failure::Closed(_))) {
            outcome = self.once(&self.apart, &mut outgoing).await;
        }
        let mut attempt = 0;
        while attempt < self.retries && request.method.is_safe() && is_passing(&outcome) {
            attempt += 1;
            tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(attempt.min(5))).await;
            outcome = self.once(&self.apart, &mut outgoing).await;
        }
        let elapsed = started.elapsed().saturating_sub(outgoing.signing);
        Exchange { case: case.to_owned(), url, request: request.clone(), outcome, elapsed }
    }

    async fn once(&self, http: &reqwest::Client, outgoing: &mut Outgoing<'_>) -> Result<Response, Failure> {
        let Outgoing { url, request, case, timeout, .. } = *outgoing;
        let parsed = Url::parse(url).map_err(|error| Failure::Protocol(error.to_string()))?;
        // The URL library resolves dot segments; a request that would go elsewhere is not sent.
        let sent = parsed.path();
        let wanted = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let wanted = wanted.and_then(|path| path.split(['?', '#']).next()).unwrap_or("/");
        if sent != wanted || parsed.origin() != self.base.origin() {
            return Err(Failure::Protocol(format!("cannot send the path {wanted} unchanged")));
        }
        let mut headers = headers::merged(&self.headers, &request.headers);
        if let Ok(case) = HeaderValue::from_str(case) {
            headers.insert("counterpart-case", case);
        }
        if let Some(signer) = &self.signer {
            let begun = Instant::now();
            let signed = signer.sign(url, request, &mut headers).await;
            outgoing.signing += begun.elapsed();
            signed.map_err(Failure::Unsigned)?;
        }
        let mut builder = http.request(request.method.clone(), parsed).headers(headers).timeout(timeout);
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        let mut response = builder.send().await.map_err(|error| failure::of_head(&error, timeout))?;
        let (status, mut headers) = (response.status(), std::mem::take(response.headers_mut()));
        let failed = |error: &reqwest::Error| failure::of_body(error, timeout);
        let body = body::read(response, &mut headers, (self.max_body, self.held.as_ref()), failed).await?;
        Ok(Response { status, headers, body: body.octets, is_cut: body.is_cut })
    }
}

/// A request on its way.
struct Outgoing<'o> {
    url: &'o str,
    request: &'o Request,
    case: &'o str,
    timeout: Duration,
    /// How long its signatures took, which is not the target's time.
    signing: Duration,
}

fn is_passing(outcome: &Result<Response, Failure>) -> bool {
    match outcome {
        Ok(response) => {
            matches!(
                response.status,
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            )
        }
        Err(failure) => matches!(failure, Failure::Connect(_) | Failure::Closed(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers each connection with the given octets and closes it.
    async fn raw(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut seen = [0; 4096];
                let _ = socket.read(&mut seen).await;
                let _ = socket.write_all(answer).await;
            }
        });
        format!("http://{address}")
    }

    async fn send(url: String, change: impl FnOnce(&mut Options)) -> Exchange {
        let mut options = Options::new(url);
        options.retries = 0;
        change(&mut options);
        Client::new(&options).unwrap().send(&Request::new(Method::GET, "/x"), "run/1").await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole() {
        let url = raw(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nok").await;
        let exchange = send(url, |_| ()).await;
        let response = exchange.response().unwrap();
        assert_eq!((response.status.as_u16(), &response.body[..]), (201, &b"ok"[..]));
        assert_eq!(response.headers["x-y"], "z");
    }

    #[tokio::test]
    async fn a_signature_takes_no_time_of_the_target() {
        let url = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let slow = |_| -> Signing {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok("X-Signature: abc".to_owned())
            })
        };
        let exchange = send(url, |options| options.signer = Some(Signer::new(slow))).await;
        assert_eq!(exchange.status(), Some(200));
        assert!(exchange.elapsed < Duration::from_millis(900), "{:?}", exchange.elapsed);
    }

    /// A server that keeps what it was sent, and answers with 503.
    async fn unavailable() -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = std::sync::Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut seen = [0; 4096];
                let length = socket.read(&mut seen).await.unwrap_or(0);
                kept.lock().unwrap().push(String::from_utf8_lossy(&seen[..length]).into_owned());
                let answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = socket.write_all(answer).await;
            }
        });
        (url, heard)
    }

    #[rstest]
    #[case(Method::GET, 0, 1)]
    #[case(Method::GET, 2, 3)]
    #[case(Method::POST, 2, 1)]
    #[tokio::test]
    async fn what_is_safe_is_tried_again(#[case] method: Method, #[case] retries: u32, #[case] sent: usize) {
        let (url, heard) = unavailable().await;
        let client = Client::new(&Options { retries, ..Options::new(url) }).unwrap();
        let exchange = client.send(&Request::new(method, "/x"), "run/1").await;
        assert_eq!((exchange.status(), heard.lock().unwrap().len()), (Some(503), sent));
    }

    #[tokio::test]
    async fn a_body_is_sent_where_there_is_one() {
        let (url, heard) = unavailable().await;
        let client = Client::new(&Options::new(url)).unwrap();
        let mut request = Request::new(Method::POST, "/x");
        client.send(&request, "run/1").await;
        request.body = "octets".into();
        client.send(&request, "run/2").await;
        let heard = heard.lock().unwrap();
        assert!(heard[0].ends_with("\r\n\r\n") && heard[1].ends_with("\r\n\r\noctets"), "{heard:?}");
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let url =
            raw(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(send(url, |_| ()).await.status(), Some(302));
    }

    #[tokio::test]
    async fn hostile_answers_end_as_failures() {
        let short = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
        assert!(matches!(send(short, |_| ()).await.outcome, Err(Failure::Truncated(_))));
        let garbage = raw(b"\x16\x03\x01 no http\r\n\r\n").await;
        assert!(matches!(send(garbage, |_| ()).await.outcome, Err(Failure::Protocol(_))));
        let large = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\naaaaaaaaaabbbbbbbbbb").await;
        assert!(matches!(send(large, |o| o.max_body = 5).await.outcome, Err(Failure::TooLarge(5))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("http://{}", listener.local_addr().unwrap());
        let silent = send(silent, |o| o.timeout = Duration::from_millis(50)).await;
        assert!(matches!(silent.outcome, Err(Failure::Timeout(_))));
        drop(listener);
        let nobody = send("http://127.0.0.1:1".to_owned(), |_| ()).await;
        assert!(matches!(nobody.outcome, Err(Failure::Connect(_))), "{:?}", nobody.outcome);
    }

    #[tokio::test]
    async fn a_path_goes_out_as_it_is_or_not_at_all() {
        let url = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let client = Client::new(&Options::new(url)).unwrap();
        for path in ["/a/../b", "/a/%2e%2e/b", "/a/./b"] {
            let exchange = client.send(&Request::new(Method::DELETE, path), "run/1").await;
            assert!(exchange.outcome.is_err(), "{path}");
        }
    }

    /// A server that answers one request on each connection, and closes it when the next one comes or says no more.
    async fn short_tempered(closes: bool) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut seen = [0; 4096];
                    let _ = socket.read(&mut seen).await;
                    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                    let _ = socket.read(&mut seen).await;
                    if !closes {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        (url, connections)
    }

    #[tokio::test]
    async fn a_connection_that_ends_before_an_answer_is_no_failure_of_the_request() {
        let (url, connections) = short_tempered(true).await;
        let client = Client::new(&Options { retries: 0, ..Options::new(url) }).unwrap();
        for count in 1..=3 {
            let exchange = client.send(&Request::new(Method::POST, "/x"), "run/1").await;
            assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
            // The first keeps its connection; each that follows finds it closed, and asks again.
            assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), count);
        }
        client.send_apart(&Request::new(Method::POST, "/x"), "run/1", client.timeout()).await;
        assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn nothing_waits_behind_a_head() {
        let (url, _) = short_tempered(false).await;
        let client = Client::new(&Options { timeout: Duration::from_secs(20), ..Options::new(url) }).unwrap();
        for method in [Method::HEAD, Method::GET] {
            assert_eq!(client.send(&Request::new(method, "/x"), "run/1").await.status(), Some(200));
        }
    }

    #[rstest]
    #[case("ftp://x")]
    #[case("localhost:80")]
    #[case("http://u:p@x")]
    #[case("http://x/?q")]
    #[case("http://u:p@x:99999")]
    #[case("http://u:p@")]
    #[case("u:p@x")]
    #[case("")]
    fn addresses_that_cannot_be_used(#[case] url: &str) {
        let error = Client::new(&Options::new(url)).unwrap_err().to_string();
        assert!(!error.contains("u:p"), "{error}");
    }

    #[rstest]
    #[case("http://127.0.0.1:1", true)]
    #[case("http://[::1]:1/x", true)]
    #[case("http://localhost", true)]
    #[case("http://example.org", false)]
    fn loopback(#[case] url: &str, #[case] expected: bool) {
        assert_eq!(Client::new(&Options::new(url)).unwrap().is_loopback(), expected);
    }
}
