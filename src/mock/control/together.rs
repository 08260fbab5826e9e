//! Control of what replicas share: the same functions, on what all of them have.

use std::sync::Arc;

use http::Method;

use super::actions::no_content;
use super::{ControlRequest, Endpoint};
use crate::mock::heavy::Pace;
use crate::mock::replica::{Place, Replica, Unshared};
use crate::mock::response::Response;

/// Endpoints that work on a session.
const ON_SESSIONS: [&str; 3] = ["answers", "scenario", "state"];
/// Endpoints that show the journal.
const ON_JOURNALS: [&str; 3] = ["requests", "requests/ID", "fixtures/ID"];

/// Answers where the endpoint works on what is shared; brings the journal where it shows that.
pub(super) async fn run(
    replica: &Arc<Replica>,
    endpoint: &Endpoint,
    method: &Method,
    request: &mut ControlRequest<'_>,
) -> Option<Response> {
    if ON_SESSIONS.contains(&endpoint.name) {
        let pace = (&Pace::default(), request.first.options.clock);
        let place = Place { bench: &request.documents.bench, pace, octets: request.body.len() };
        let request = &*request;
        let done = replica.transact(&place, || (endpoint.run)(request)).await;
        return Some(done.unwrap_or_else(|why| unshared(&why)));
    }
    if !ON_JOURNALS.contains(&endpoint.name) {
        return None;
    }
    if method == Method::DELETE {
        let cleared = replica.clear_entries().await;
        return Some(cleared.map_or_else(|why| unshared(&why), |()| no_content()));
    }
    match replica.entries().await {
        Ok(entries) => {
            request.journal = Some(entries);
            None
        }
        Err(why) => Some(unshared(&why)),
    }
}

fn unshared(why: &Unshared) -> Response {
    let status = if *why == Unshared::Full { 507 } else { 503 };
    Response::problem(status, &why.to_string(), None)
}
