//! The accept loop: limits, time-outs, graceful shutdown.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::response::Interruption;
use super::{Live, dispatch};

/// Connections that are open at one time; further ones wait.
const MAX_CONNECTIONS: usize = 4_096;
/// For the header section of a request to arrive.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Size of a request's line and header section, in bytes; beyond it the answer is 431 or 414.
const MAX_HEADERS: usize = 64 << 10;
/// For open requests to end after the stop signal.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A connection is dropped instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer;

/// Serves until `shutdown` resolves, then lets open requests end.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    live: Live,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
        let socket = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                // A connection that ended before it was accepted, or no file left for one: the
                // next may do better.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        let _ = socket.set_nodelay(true);
        let live = live.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let live = live.clone();
            async move {
                let answer = dispatch::handle(&live, request.map(Body::new)).await;
                // No answer at all.
                let is_lost = answer.extensions().get() == Some(&Interruption::AtOnce);
                if is_lost { Err(NoAnswer) } else { Ok(answer) }
            }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .max_buf_size(MAX_HEADERS)
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(MAX_HEADERS).unwrap_or(u32::MAX));
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let connection = builder.serve_connection(TokioIo::new(socket), service);
            // A connection that breaks concerns its client alone.
            let _ = watcher.watch(connection.into_owned()).await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await;
    Ok(())
}
