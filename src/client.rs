//! The only home of `reqwest`: requests to one origin, with caps and deadlines; a token request to
//! the issuer that the user named is the one that goes elsewhere.
//!
//! No redirect is followed, no proxy of the environment is obeyed and no cookie is kept, so that no
//! credential ever leaves for another host.

#![expect(clippy::disallowed_methods, reason = "measures exchanges and keeps their deadlines")]

mod body;
pub mod token;

use std::error::Error as _;
use std::time::{Duration, Instant};

use http::header::{COOKIE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, StatusCode};
use reqwest::Url;

use crate::exchange::{Exchange, Failure, Request, Response};

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
    /// Cap of a decoded body, in bytes.
    pub max_body: usize,
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
            max_body: 64 << 20,
        }
    }
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be used.
    #[error("the address {0:?} cannot be used: {1}")]
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
    timeout: Duration,
    retries: u32,
    max_body: usize,
}

impl Client {
    /// A client for an address.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let refuse = |why| Error::Url(options.url.clone(), why);
        let base = Url::parse(&options.url).map_err(|_| refuse("it is no URL; write http://HOST:PORT"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(refuse("it must begin with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::Url(
                base.host_str().unwrap_or_default().to_owned(),
                "credentials do not belong into the address; use COUNTERPART_TOKEN, --keys or --mint",
            ));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refuse("paths are appended to it, so it can have no query and no fragment"));
        }
        // An already installed provider is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("counterpart/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in &options.headers {
            let bad = || Error::Setup("a header cannot be sent", name.clone());
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let value = HeaderValue::from_str(value).map_err(|_| bad())?;
            // The user's own word goes before what is sent by default.
            if name == USER_AGENT {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        Ok(Self {
            http: connector(options, true)?,
            apart: connector(options, false)?,
            shown: options.url.trim_end_matches('/').to_owned(),
            base,
            headers,
            timeout: options.timeout,
            retries: options.retries,
            max_body: options.max_body,
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

    /// Sends a request; `case` goes along as `Counterpart-Case`. A connection that was kept open may be
    /// closed by the other side just then: where it ends before the first octet of an answer, the request
    /// is sent again on a new one.
    pub async fn send(&self, request: &Request, case: &str) -> Exchange {
        self.send_by(&self.http, request, case).await
    }

    /// Sends a request on a connection of its own.
    pub async fn send_apart(&self, request: &Request, case: &str) -> Exchange {
        self.send_by(&self.apart, request, case).await
    }

    async fn send_by(&self, http: &reqwest::Client, request: &Request, case: &str) -> Exchange {
        let url = format!("{}{}", self.shown, request.target());
        let started = Instant::now();
        let mut outcome = self.once(http, &url, request, case).await;
        if matches!(outcome, Err(Failure::Closed(_))) {
            outcome = self.once(&self.apart, &url, request, case).await;
        }
        let mut attempt = 0;
        while attempt < self.retries && request.method.is_safe() && is_passing(&outcome) {
            attempt += 1;
            tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(attempt.min(5))).await;
            outcome = self.once(&self.apart, &url, request, case).await;
        }
        Exchange { case: case.to_owned(), url, request: request.clone(), outcome, elapsed: started.elapsed() }
    }

    async fn once(
        &self,
        http: &reqwest::Client,
        url: &str,
        request: &Request,
        case: &str,
    ) -> Result<Response, Failure> {
        let parsed = Url::parse(url).map_err(|error| Failure::Protocol(error.to_string()))?;
        // The URL library resolves dot segments; a request that would go elsewhere is not sent.
        let sent = parsed.path();
        let wanted = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let wanted = wanted.and_then(|path| path.split(['?', '#']).next()).unwrap_or("/");
        if sent != wanted || parsed.origin() != self.base.origin() {
            return Err(Failure::Protocol(format!("the path {wanted} cannot be sent as it is")));
        }
        let mut headers = merged(&self.headers, &request.headers);
        if let Ok(case) = HeaderValue::from_str(case) {
            headers.insert("counterpart-case", case);
        }
        let mut builder = http.request(request.method.clone(), parsed).headers(headers);
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        let mut response = builder.send().await.map_err(|error| self.failure(&error, false))?;
        let (status, mut headers) = (response.status(), std::mem::take(response.headers_mut()));
        let failed = |error: &reqwest::Error| self.failure(error, true);
        let body = body::read(response, &mut headers, self.max_body, failed).await?;
        Ok(Response { status, headers, body: body.octets, is_cut: body.is_cut })
    }

    fn failure(&self, error: &reqwest::Error, in_body: bool) -> Failure {
        if error.is_timeout() {
            return Failure::Timeout(self.timeout);
        }
        let why = chain(error);
        if in_body {
            return Failure::Truncated(why);
        }
        if !error.is_connect() && closed_early(error) {
            return Failure::Closed(why);
        }
        let is_io = |error: &(dyn std::error::Error + 'static)| error.is::<std::io::Error>();
        let mut source = error.source();
        while let Some(inner) = source {
            if is_io(inner) {
                return Failure::Connect(why);
            }
            source = inner.source();
        }
        if error.is_connect() { Failure::Connect(why) } else { Failure::Protocol(why) }
    }
}

/// The fields of a request with those that go with every one. A field of the request's own takes
/// the place of one of that name; cookies are joined, the request's own first (RFC 6265 §5.4).
fn merged(every: &HeaderMap, own: &HeaderMap) -> HeaderMap {
    let mut headers = every.clone();
    for name in own.keys() {
        headers.remove(name);
    }
    for (name, value) in own {
        headers.append(name, value.clone());
    }
    if let (Some(first), Some(second)) = (own.get(COOKIE), every.get(COOKIE)) {
        let name = |pair: &str| pair.split('=').next().unwrap_or_default().trim().to_owned();
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let (first, second) = (text(first), text(second));
        let known: Vec<String> = first.split(';').map(name).collect();
        let others = second.split(';').map(str::trim).filter(|pair| !pair.is_empty());
        let others: Vec<&str> = others.filter(|pair| !known.contains(&name(pair))).collect();
        let all = [first.as_str()].into_iter().chain(others).collect::<Vec<_>>().join("; ");
        if let Ok(mut value) = HeaderValue::from_str(&all) {
            value.set_sensitive(true);
            headers.insert(COOKIE, value);
        }
    }
    headers
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

/// What talks to the target, with or without keeping connections open.
fn connector(options: &Options, keeps_open: bool) -> Result<reqwest::Client, Error> {
    let setup = |what: &'static str| move |error: reqwest::Error| Error::Setup(what, chain(&error));
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(options.timeout)
        .connect_timeout(options.timeout.min(Duration::from_secs(10)))
        .tls_danger_accept_invalid_certs(options.insecure);
    if !keeps_open {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder = match &options.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy).map_err(setup("the proxy cannot be used"))?),
        None => builder.no_proxy(),
    };
    if let Some(pem) = &options.ca {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(setup("the certificate authority cannot be used"))?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if let Some(pem) = &options.identity {
        let identity =
            reqwest::Identity::from_pem(pem).map_err(setup("the client certificate cannot be used"))?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(setup("no connection can be set up"))
}

/// Whether a connection ended before the first octet of an answer.
fn closed_early(error: &reqwest::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(inner) = source {
        let by_io = inner.downcast_ref::<std::io::Error>().is_some_and(|error| {
            use std::io::ErrorKind;
            matches!(
                error.kind(),
                ErrorKind::ConnectionReset
                    | ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::UnexpectedEof
            )
        });
        if by_io || inner.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// The innermost reason, which is the one that helps.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
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

    #[rstest]
    #[case::own_goes_first("authorization: Basic a", "authorization: Bearer b", "authorization: Bearer b")]
    #[case::of_any_case("Accept: text/html", "accept: application/json", "accept: application/json")]
    #[case::both_kept("x-a: 1", "x-b: 2", "x-a: 1 x-b: 2")]
    #[case::alone("authorization: Basic a", "", "authorization: Basic a")]
    #[case::cookies_joined("cookie: a=1; b=2", "cookie: a=3", "cookie: a=3; b=2")]
    fn no_field_is_sent_twice(#[case] every: &str, #[case] own: &str, #[case] expected: &str) {
        let fields = |text: &str| -> HeaderMap {
            let fields = text.split_once(": ").into_iter();
            fields.map(|(n, v)| (n.parse::<HeaderName>().unwrap(), v.parse().unwrap())).collect()
        };
        let sent = merged(&fields(every), &fields(own));
        let mut shown: Vec<String> =
            sent.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        shown.sort();
        assert_eq!(shown.join(" "), expected);
    }

    /// A server that answers one request on each connection and closes it when the next one comes.
    async fn short_tempered() -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
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
                });
            }
        });
        (url, connections)
    }

    #[tokio::test]
    async fn a_connection_that_ends_before_an_answer_is_no_failure_of_the_request() {
        let (url, connections) = short_tempered().await;
        let client = Client::new(&Options { retries: 0, ..Options::new(url) }).unwrap();
        for count in 1..=3 {
            let exchange = client.send(&Request::new(Method::POST, "/x"), "run/1").await;
            assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
            // The first keeps its connection; each that follows finds it closed, and asks anew.
            assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), count);
        }
        client.send_apart(&Request::new(Method::POST, "/x"), "run/1").await;
        assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), 4);
    }

    #[rstest]
    #[case("ftp://x")]
    #[case("localhost:80")]
    #[case("http://u:p@x")]
    #[case("http://x/?q")]
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
