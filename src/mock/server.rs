//! The accept loop: limits, time-outs, graceful shutdown.

mod activity;
mod holding;
mod house;
mod timer;
mod tls;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;
use tokio_rustls::TlsAcceptor;

use self::activity::{Activity, Leaving, TICK, Watched};
use self::holding::Counted;
use self::house::House;
use self::timer::TickTimer;
use super::response::Interruption;
use super::{Live, dispatch};
pub use tls::Identity;

/// Connections that are open at one time; for a further one the idlest goes.
pub const MAX_CONNECTIONS: usize = 4_096;
/// For the header section of a request to arrive.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Size of a request's line and header section, in bytes; beyond it the answer is 431, and 414 to an address
/// of more than 64 KiB.
const MAX_HEADERS: usize = 128 << 10;
/// Requests at the same time on a connection of HTTP/2.
const MAX_STREAMS: u32 = 100;
/// What the system keeps of an answer for a client that does not read, in bytes. It would keep 4 MiB for each of
/// them, of memory that all connections of the machine share.
#[cfg(unix)]
const SEND_BUFFER: usize = 64 << 10;
/// For client and server to agree on TLS.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// For open requests to end after the stop signal.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A connection is dropped instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer;

/// Where clients come in.
pub struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None }
    }
}

impl Door {
    /// A door at which clients speak TLS.
    ///
    /// # Errors
    /// Why the certificate or the key cannot be used.
    pub fn secured(listener: TcpListener, identity: &Identity) -> Result<Self, String> {
        Ok(Self { listener, tls: Some(identity.acceptor()?) })
    }

    /// The listener.
    pub fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// Whether clients speak TLS.
    pub fn is_secured(&self) -> bool {
        self.tls.is_some()
    }
}

/// Serves until `shutdown` resolves, then lets open requests end.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    door: impl Into<Door>,
    live: Live,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    serve_up_to(MAX_CONNECTIONS, door, live, shutdown).await
}

/// As [`serve`], with at most so many connections at one time.
///
/// # Errors
/// The listener failed.
pub async fn serve_up_to(
    connections: usize,
    door: impl Into<Door>,
    live: Live,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let Door { listener, tls } = door.into();
    let graceful = GracefulShutdown::new();
    let house = Arc::new(House::default());
    let mut shutdown = std::pin::pin!(shutdown);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        let socket = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                // A connection that ended before it was accepted, or no file left for one: then the
                // next has one.
                Err(error) => {
                    if error.kind() != std::io::ErrorKind::ConnectionAborted {
                        house.evict_idlest();
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            _ = ticks.tick() => {
                house.tick();
                continue;
            }
            () = house.holdings.grow_too_much() => {
                house.evict_heaviest();
                continue;
            }
            () = &mut shutdown => break,
        };
        let _ = socket.set_nodelay(true);
        #[cfg(unix)]
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&socket, SEND_BUFFER);
        let (place, activity) = house.enter(number, connections);
        let watcher = graceful.watcher();
        let (live, tls) = (live.clone(), tls.clone());
        tokio::spawn(async move {
            let watched = Watched::new(socket, &activity);
            // A connection that breaks concerns its client alone.
            let served = async {
                match tls {
                    None => drop(watcher.watch(connection(watched, &activity, live)).await),
                    Some(tls) => {
                        let agreed = tokio::time::timeout(HANDSHAKE_TIME, tls.accept(watched)).await;
                        if let Ok(Ok(stream)) = agreed {
                            drop(watcher.watch(connection(stream, &activity, live)).await);
                        }
                    }
                }
            };
            tokio::select! {
                biased;
                () = activity.ends() => {}
                () = served => {}
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await;
    Ok(())
}

/// Serves one connection.
fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    activity: &Arc<Activity>,
    live: Live,
) -> impl hyper_util::server::graceful::GracefulConnection + use<S> {
    let watched = TokioIo::new(stream);
    // What is passed on is written as it came.
    let keeps_case = live.passes_on();
    let (activity, timer) = (Arc::clone(activity), TickTimer::of(activity));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let open = activity.begin(&request);
        let documents = live.documents();
        async move {
            // What has no body needs no box for it.
            let boxed = |body: Incoming| match &open.part {
                Some(part) if !body.is_end_stream() => Body::new(Counted::new(body, Arc::clone(part))),
                _ => Body::empty(),
            };
            let answer = dispatch::handle(&documents, request.map(boxed)).await;
            // No answer at all.
            let is_lost = answer.extensions().get() == Some(&Interruption::AtOnce);
            if is_lost { Err(NoAnswer) } else { Ok(answer.map(|body| Leaving::new(body, open))) }
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .preserve_header_case(keeps_case)
        .timer(timer)
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEADERS)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEADERS).unwrap_or(u32::MAX));
    builder.serve_connection_with_upgrades(watched, service).into_owned()
}
