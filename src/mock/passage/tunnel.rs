//! Another protocol on a connection, as WebSocket is (RFC 9110 §7.8): it goes through unjudged.

use axum::body::Body;
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{StatusCode, request};
use http_body_util::BodyExt;
use hyper::upgrade::{OnUpgrade, on};
use hyper_util::rt::TokioIo;

use super::{BoxError, Passing};
use crate::mock::response::{Response, Source};
use crate::mock::service::Service;

/// Passes a request for another protocol on. Where the target agrees, all octets go through from there on.
pub(super) async fn pass(
    mut passing: Passing,
    service: &Service,
    parts: request::Parts,
    body: Body,
) -> axum::response::Response {
    let protocol = parts.headers.get(UPGRADE).cloned();
    let mut incoming = http::Request::from_parts(parts, body);
    let client = on(&mut incoming);
    let (parts, body) = incoming.into_parts();
    passing.is_judged = true;
    let path = passing.documented_path(service);
    passing.observations.operation = service.operation_at(&passing.request.method, &path);
    passing.observations.note = Some("another protocol, which is not judged".to_owned());
    let body = body.map_err(BoxError::from).boxed_unsync();
    let mut request = passing.outgoing(service, parts, body);
    let upgrade = HeaderValue::from_static("upgrade");
    request.headers_mut().insert(CONNECTION, upgrade.clone());
    if let Some(protocol) = protocol {
        request.headers_mut().insert(UPGRADE, protocol);
    }
    let mut answer = match passing.passage.upstream.forward(request).await {
        Ok(answer) => answer,
        Err(failure) => return passing.fail(service, failure),
    };
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return passing.hand_back(answer);
    }
    let agreed = answer.headers().get(UPGRADE).cloned();
    let target = on(&mut answer);
    tokio::spawn(join(client, target));
    let mut response = Response::empty(StatusCode::SWITCHING_PROTOCOLS, Source::Target);
    response.headers.clone_from(answer.headers());
    super::hop::strip(&mut response.headers);
    response.headers.insert(CONNECTION, upgrade);
    if let Some(agreed) = agreed {
        response.headers.insert(UPGRADE, agreed);
    }
    passing.note(service, &response);
    response.into_http(false)
}

/// Carries octets both ways until one side ends.
async fn join(client: OnUpgrade, target: OnUpgrade) {
    let (Ok(client), Ok(target)) = tokio::join!(client, target) else { return };
    // Who goes first ends it for both.
    let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(target)).await;
}
