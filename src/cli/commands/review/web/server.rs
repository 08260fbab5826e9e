//! The connections of the page: few, short, and ended with the review.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{Page, told};

/// Connections at one time; a browser opens six.
const MOST_CONNECTIONS: usize = 64;
/// For a request to arrive.
const TIME: Duration = Duration::from_secs(10);
/// Bytes of a form; it has three short fields.
const MOST_BODY: usize = 16 << 10;
/// Bytes of a request's line and headers.
const MOST_HEADERS: usize = 64 << 10;
/// For the last page to reach the browser.
const LAST: Duration = Duration::from_secs(2);

/// Serves until the review ends.
pub(super) async fn serve(listener: TcpListener, page: Arc<Page>, until: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut until = std::pin::pin!(until);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, socket) = tokio::select! {
            (place, accepted) = accepted => match accepted {
                Ok((socket, _)) => (place, socket),
                Err(_) => {
                    // A connection that ended before it was accepted, or no file left for one.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            () = &mut until => break,
        };
        let page = page.clone();
        let service = service_fn(move |request| answered(page.clone(), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(TIME)
            .max_buf_size(MOST_HEADERS)
            .serve_connection(TokioIo::new(socket), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks concerns its browser alone.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST, graceful.shutdown()).await;
}

async fn answered(
    page: Arc<Page>,
    request: hyper::Request<hyper::body::Incoming>,
) -> Result<Response<String>, Infallible> {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(TIME, Limited::new(body, MOST_BODY).collect()).await;
    let Ok(Ok(body)) = body else {
        return Ok(told(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Not understood",
            "the form is too long, or did not arrive",
        ));
    };
    let octets = body.to_bytes();
    // Decisions are carried out in files, which may take its time.
    let answer = tokio::task::spawn_blocking(move || page.answer(&head, &octets)).await;
    Ok(answer.unwrap_or_else(|_| {
        told(StatusCode::INTERNAL_SERVER_ERROR, "Not answered", "the page could not be made")
    }))
}
