//! Passes on the requests of others to one origin: streams go through as they come, and nothing is added, followed,
//! decoded or repeated.

use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Body as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{Client, Error, Options, failure, trust};
use crate::exchange::Failure;

/// Why the octets of a body stopped coming.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The octets of a body as they come.
pub type Octets = UnsyncBoxBody<Bytes, BoxError>;

/// How long a connection may take to be made.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an unused connection is kept.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// The same request once more, where it may be sent again: a connection that was kept open may be closed by the target
/// just when it goes out, and what is idempotent and without content does no harm twice (RFC 9110 §9.2.2).
fn repeated(request: &Request<Octets>) -> Option<Request<Octets>> {
    let may_come_twice = request.method().is_idempotent() && request.body().is_end_stream();
    let empty = || http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync();
    may_come_twice.then(|| {
        let mut again = Request::new(empty());
        again.method_mut().clone_from(request.method());
        again.uri_mut().clone_from(request.uri());
        again.headers_mut().clone_from(request.headers());
        again.extensions_mut().clone_from(request.extensions());
        again
    })
}

/// A way to one origin, over HTTP/1.1, or over HTTP/2 where TLS agrees on it (RFC 9113 §3.2).
#[derive(Debug, Clone)]
pub struct Forward {
    http: legacy::Client<HttpsConnector<HttpConnector>, Octets>,
    scheme: Scheme,
    authority: http::uri::Authority,
    path: String,
    timeout: Duration,
}

impl Forward {
    /// A way to the origin of an address. Of the options it takes the address, the time-out, the certificates and
    /// whether any certificate will do.
    ///
    /// # Errors
    /// The address or a certificate cannot be used.
    pub fn new(options: &Options) -> Result<Self, Error> {
        // The same addresses are refused as everywhere.
        Client::new(options)?;
        let refuse =
            || Error::Url(crate::redact::address(&options.url), "not a URL; expected http://HOST:PORT");
        let parts = options.url.parse::<Uri>().map_err(|_| refuse())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(refuse()) };
        let path = parts.path_and_query.map(|path| path.path().trim_end_matches('/').to_owned());
        let config = trust::client_config(options)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(options.timeout.min(CONNECT_TIME)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .http1_preserve_header_case(true)
            .build(connector);
        Ok(Self { http, scheme, authority, path: path.unwrap_or_default(), timeout: options.timeout })
    }

    /// The path of the address, without a slash at its end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The address, without a slash at its end.
    pub fn base(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }

    /// Sends a request, whose address is a path and a query, to the origin. `Host` becomes that of the origin; the
    /// time-out is for the head of the answer.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn send(&self, mut request: Request<Octets>) -> Result<Response<Octets>, Failure> {
        let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        *request.uri_mut() =
            uri.path_and_query(path).build().map_err(|error| Failure::Protocol(error.to_string()))?;
        // In the place that it had.
        let host = HeaderValue::from_str(self.authority.as_str());
        request.headers_mut().insert(HOST, host.map_err(|error| Failure::Protocol(error.to_string()))?);
        // The connection has its own.
        *request.version_mut() = http::Version::HTTP_11;
        let again = repeated(&request);
        match (self.once(request).await, again) {
            (Err(Failure::Closed(_)), Some(again)) => self.once(again).await,
            (answer, _) => answer,
        }
    }

    async fn once(&self, request: Request<Octets>) -> Result<Response<Octets>, Failure> {
        let answer = tokio::time::timeout(self.timeout, self.http.request(request)).await;
        let answer = answer.map_err(|_| Failure::Timeout(self.timeout))?;
        let answer = answer.map_err(|error| failure::of_passing(&error))?;
        Ok(answer.map(|body| body.map_err(BoxError::from).boxed_unsync()))
    }
}
