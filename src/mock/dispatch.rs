//! A request between the connection and the document: it finds its session and the document, or control,
//! and is recorded when it is answered.

use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::Method;
use http::header::ORIGIN;
use serde_json::json;

use super::context::Observations;
use super::documents::{Documents, Live};
use super::recorder::{Answered, record};
use super::response::Response;
use super::service::{Address, Service};
use super::session::{Session, Sessions};
use super::{control, cors};
use crate::exchange::Request;

/// The fallback handler: every request comes here.
pub(super) async fn handle(
    State(live): State<Live>,
    incoming: axum::extract::Request,
) -> axum::response::Response {
    let (parts, body) = incoming.into_parts();
    let is_head = parts.method == Method::HEAD;
    // What is served is held for the whole request, whatever replaces it meanwhile.
    let documents = live.documents();
    let Some(first) = documents.services.first() else {
        return Response::problem(404, "no document is served", None).into_http(is_head);
    };
    let now = || (first.options.clock)().as_second();
    let session = match documents.sessions.of_request(parts.uri.path(), &parts.headers, now) {
        Ok(session) => session,
        Err(why) => return Response::problem(400, &why, None).into_http(is_head),
    };
    if below_session(parts.uri.path()).starts_with(control::PREFIX) {
        return control::handle(&documents, &session, parts, body).await.into_http(is_head);
    }
    documents.statistics.count_request();
    let whole = parts.uri.path().to_owned();
    let mut request = Request {
        method: parts.method,
        // Put in at the end, because what is found for the path borrows from it.
        path: String::new(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: Bytes::new(),
    };
    let mut observations = Observations::default();
    let (service, mut response) =
        respond(&documents, first, &session, &whole, (&mut request, body), &mut observations).await;
    request.path = whole;
    if service.options.cors
        && let Some(origin) = request.headers.get(ORIGIN)
    {
        cors::allow_origin(&mut response.headers, origin);
    }
    let wait = service.options.delay + response.delay;
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let answered = Answered { service, session: &session, response: &response };
    record(&documents, answered, request, observations);
    response.into_http(is_head)
}

/// The response of the document that the path leads to; of the first one where it leads nowhere.
async fn respond<'d>(
    documents: &'d Documents,
    first: &'d Service,
    session: &Session,
    whole: &str,
    (request, body): (&mut Request, Body),
    observations: &mut Observations,
) -> (&'d Service, Response) {
    let Some((service, path)) = documents.route(below_session(whole)) else {
        observations.undocumented = Some("no document is served there");
        let prefixes = documents.services.iter().map(|service| service.prefix.as_str());
        let available = Some(("available", json!({ "prefixes": prefixes.collect::<Vec<_>>() })));
        return (first, Response::problem(404, "no document is served there", available));
    };
    let address = Address { session, whole, path };
    (service, service.respond(address, request, body, observations).await)
}

/// The path without a session's name.
fn below_session(path: &str) -> &str {
    Sessions::in_path(path).map_or(path, |(_, below)| below)
}
