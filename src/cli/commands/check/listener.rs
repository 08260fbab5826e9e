//! Listens for callbacks of the target while a check runs.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::check::{Callbacks, Inbox};
use crate::cli::output::{Stop, tell};
use crate::contract::{Contract, Operation, StatusKey};
use crate::exchange::Request;

/// Connections at one time.
const MOST_CONNECTIONS: usize = 64;
/// For the parts of a request to arrive.
const TIME: Duration = Duration::from_secs(10);
/// Octets of a body.
const MOST_BODY: usize = 1 << 20;
/// Octets of a request's line and headers.
const MOST_HEADERS: usize = 64 << 10;
/// How long a callback may take.
const WAIT: Duration = Duration::from_secs(5);

/// Where callbacks come in.
pub(super) struct Listening {
    /// The address as targets know it, without a slash at its end.
    base: String,
    inbox: Arc<Inbox>,
}

impl Listening {
    /// Listens at an address that the target can reach: a URL, `HOST:PORT`, or a port of this machine. It ends with
    /// the program.
    pub async fn at(given: &str) -> Result<Self, Stop> {
        let mut url = address(given).map_err(|why| Stop::usage(format!("--callback-url {given}: {why}")))?;
        let port = url.port_or_known_default().unwrap_or(80);
        let host = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain("localhost")) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            // A name of this machine for others, of which nobody here knows the address.
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        let failed = |error: std::io::Error| {
            Stop::io(format!("--callback-url {given}: cannot listen on {host} port {port}: {error}"))
        };
        let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        // A free one was taken.
        let _ = url.set_port(Some(bound.port()));
        if !bound.ip().is_loopback() {
            tell("warning", &format!("{bound}, where callbacks come in, can be reached from other machines"));
        }
        let inbox = Arc::new(Inbox::default());
        tokio::spawn(serve(listener, Arc::clone(&inbox)));
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), inbox })
    }

    /// What a run with this mark waits for.
    pub fn callbacks(&self, contract: &Contract, mark: &str) -> Callbacks {
        let url = format!("{}/{mark}", self.base);
        let callbacks = Callbacks { url, inbox: Arc::clone(&self.inbox), wait: WAIT };
        for operation in &contract.operations {
            let described = contract.callbacks(operation.index).first();
            let address = described.and_then(|_| callbacks.address(contract, operation.index));
            let path = address.and_then(|address| Some(Url::parse(&address).ok()?.path().to_owned()));
            if let Some((path, callback)) = path.zip(described) {
                self.inbox.expect(path, thanks(&callback.operation));
            }
        }
        callbacks
    }
}

/// The address that is given, with this machine where only a port is.
fn address(given: &str) -> Result<Url, &'static str> {
    const HELP: &str = "give an address that the target can reach, such as http://127.0.0.1:9000, or a port";
    let text = match given.trim() {
        port if !port.is_empty() && port.bytes().all(|octet| octet.is_ascii_digit()) => {
            format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
        }
        text if text.contains("://") => text.to_owned(),
        text => format!("http://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| HELP)?;
    match url.scheme() {
        "http" => {}
        "https" => return Err("callbacks are taken without TLS; give an http:// address"),
        _ => return Err(HELP),
    }
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_plain || url.password().is_some() {
        return Err("it must not contain credentials, a query or a fragment");
    }
    match url.host() {
        Some(Host::Ipv6(Ipv6Addr::UNSPECIFIED) | Host::Ipv4(Ipv4Addr::UNSPECIFIED)) => {
            Err("nobody can send to this address; give the one under which the target reaches this machine")
        }
        Some(_) => Ok(url),
        None => Err(HELP),
    }
}

/// The status that a callback is answered with: its documented success.
fn thanks(callback: &Operation) -> u16 {
    let codes = callback.responses.iter().filter_map(|response| match response.status {
        StatusKey::Code(code @ 200..=299) => Some(code),
        _ => None,
    });
    codes.min().unwrap_or(200)
}

async fn serve(listener: TcpListener, inbox: Arc<Inbox>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok((socket, _)) = listener.accept().await else {
            // A connection that ended before it was accepted, or no file left for one.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let inbox = Arc::clone(&inbox);
        let service = service_fn(move |request| taken(Arc::clone(&inbox), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(TIME)
            .max_buf_size(MOST_HEADERS)
            // Each callback is one connection, so that none keeps a place.
            .keep_alive(false)
            .serve_connection(TokioIo::new(socket), service);
        tokio::spawn(async move {
            let _ = connection.await;
            drop(place);
        });
    }
}

/// Takes what is waited for, and refuses the rest.
async fn taken(
    inbox: Arc<Inbox>,
    request: hyper::Request<hyper::body::Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let answer = |status: u16| {
        let mut response = Response::new(Empty::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        Ok(response)
    };
    let (head, body) = request.into_parts();
    let Some(status) = inbox.status(head.uri.path()) else { return answer(404) };
    let body = tokio::time::timeout(TIME, Limited::new(body, MOST_BODY).collect()).await;
    let Ok(Ok(body)) = body else { return answer(413) };
    inbox.put(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: body.to_bytes(),
    });
    answer(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("9000", Ok("http://127.0.0.1:9000/"))]
    #[case("0", Ok("http://127.0.0.1:0/"))]
    #[case("localhost:9000", Ok("http://localhost:9000/"))]
    #[case("http://host.docker.internal:9000/hooks/", Ok("http://host.docker.internal:9000/hooks/"))]
    #[case("https://hooks.test", Err("without TLS"))]
    #[case("http://0.0.0.0:9000", Err("nobody can send"))]
    #[case("http://a:b@localhost:9000", Err("credentials"))]
    #[case("http://localhost:9000/?a", Err("query"))]
    #[case("ftp://localhost", Err("or a port"))]
    #[case("", Err("or a port"))]
    #[case("99999", Err("or a port"))]
    fn addresses(#[case] given: &str, #[case] expected: Result<&str, &str>) {
        match (address(given), expected) {
            (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}
