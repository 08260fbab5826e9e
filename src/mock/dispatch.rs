//! Takes a request from the connection to its document: finds the session and the document, or control, and
//! records the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Method};
use serde_json::json;

use super::context::Observations;
use super::documents::Documents;
use super::recorder::{Arrival, finish, record};
use super::response::Response;
use super::service::{Address, Service};
use super::session::{Session, Sessions};
use super::{control, passage};
use crate::exchange::Request;
use crate::exchange::budget::{self, Budget};

/// Answers a request; every one comes here. What is served is held for the whole request, whatever replaces it
/// meanwhile.
pub(super) async fn handle(
    documents: &Arc<Documents>,
    incoming: axum::extract::Request,
) -> axum::response::Response {
    let (mut parts, body) = incoming.into_parts();
    let is_head = parts.method == Method::HEAD;
    let Some(first) = documents.services.first() else {
        return Response::problem(404, "no document is served", None).into_http(is_head);
    };
    let now = || (first.options.clock)().as_second();
    let own = &first.options.allow_hosts;
    let session = match documents.sessions.of_request(parts.uri.path(), &parts.headers, now, own) {
        Ok(session) => session,
        Err(why) => return Response::problem(400, &why, None).into_http(is_head),
    };
    let passage = first.options.passage.as_ref();
    if Sessions::below(parts.uri.path()).starts_with(control::PREFIX) {
        if let Some(passage) = passage {
            passage.settled(SETTLING).await;
        }
        let response = control::handle(documents, &session, parts, body).await;
        return within(&documents.sessions.budgets.answers, response, true).into_http(is_head);
    }
    documents.statistics.count_request();
    if let Some(passage) = passage {
        return passage::pass(documents, passage, session, parts, body).await;
    }
    let at = (first.options.clock)();
    let arrival = Arrival { session: &session, id: session.data.reserve(), at };
    let whole = parts.uri.path().to_owned();
    // HTTP/2 names the host elsewhere (RFC 9113 §8.3.1).
    if let Some(authority) = parts.uri.authority().filter(|_| !parts.headers.contains_key(HOST))
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
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
        respond(documents, first, (&session, arrival.id), &whole, (&mut request, body), &mut observations)
            .await;
    request.path = whole;
    finish(service, arrival, &request, &observations, &mut response);
    let own = if response.is_delay_final { Duration::ZERO } else { service.options.delay };
    let wait = own + response.delay + observations.unlucky_wait();
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    // The journal holds it as well from here on.
    let is_own = response.body.is_unique();
    if let Some(entry) = record(documents, service, arrival, (request, &response), observations) {
        match &session.data.replica {
            Some(replica) => replica.keep(&session.data.journal, entry, &documents.redactor).await,
            None => session.data.journal.push(entry),
        }
    }
    within(&documents.sessions.budgets.answers, response, is_own).into_http(is_head)
}

/// How long control waits for what went through to be judged.
const SETTLING: Duration = Duration::from_secs(1);

/// Smaller answers are counted with all that a connection holds, in octets.
const SMALL: usize = 64 << 10;

/// The response, if there is room for one that was made for this client alone until it is read.
fn within(budget: &Arc<Budget>, mut response: Response, is_own: bool) -> Response {
    if !is_own || response.body.len() <= SMALL {
        return response;
    }
    match budget::held(&response.body, budget) {
        Some(held) => {
            response.body = held;
            response
        }
        None => Response::crowded(),
    }
}

/// The response of the document that the path leads to; of the first one where it leads nowhere.
async fn respond<'d>(
    documents: &'d Documents,
    first: &'d Service,
    (session, id): (&Session, u64),
    whole: &str,
    (request, body): (&mut Request, Body),
    observations: &mut Observations,
) -> (&'d Service, Response) {
    let Some((service, path)) = documents.route(Sessions::below(whole)) else {
        if let Some(told) = first.tell_preflight(request) {
            return (first, told);
        }
        observations.undocumented = Some("no document is served at this path");
        let prefixes = documents.services.iter().map(|service| service.prefix.as_str());
        let available = Some(("available", json!({ "prefixes": prefixes.collect::<Vec<_>>() })));
        return (first, Response::problem(404, "no document is served at this path", available));
    };
    let address = Address { session, id, whole, path };
    (service, service.respond(address, request, body, observations).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::Fixtures;
    use crate::mock::{Document, Live, Options, testing};
    use rstest::rstest;

    fn live(names: &[&str], options: &Options) -> Live {
        let documents = names.iter().map(|name| Document {
            name: (*name).to_owned(),
            prefix: format!("/{name}"),
            contract: testing::things(),
            fixtures: Fixtures::default(),
            options: options.clone(),
        });
        Live::new(documents.collect())
    }

    async fn get(live: &Live, path: &str, headers: &[(&str, &str)]) -> axum::response::Response {
        let mut request = http::Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        handle(&live.documents(), request.body(Body::empty()).unwrap()).await
    }

    const KEY: (&str, &str) = ("authorization", "Bearer mock:*");
    const OWN: (&str, &str) = ("host", "localhost:4010");

    #[rstest]
    #[case(&["a"], "/a/things", &[KEY], 200)]
    #[case(&["a"], "/__session/mine/a/things", &[KEY], 200)]
    #[case(&["a", "b"], "/b/things", &[KEY], 200)]
    #[case(&["a", "b"], "/things", &[KEY], 404)]
    #[case(&["a"], "/__session/no%20name/a/things", &[KEY], 400)]
    #[case(&["a"], "/a/things", &[KEY, ("counterpart-session", "")], 400)]
    #[case(&["a"], "/__counterpart/health", &[OWN], 200)]
    #[case(&["a"], "/__session/mine/__counterpart/health", &[OWN], 200)]
    #[case(&["a"], "/__counterpart/health", &[("host", "evil.example")], 403)]
    #[case(&[], "/a/things", &[KEY], 404)]
    #[tokio::test]
    async fn a_request_goes_to_a_document_or_to_control(
        #[case] names: &[&str],
        #[case] path: &str,
        #[case] headers: &[(&str, &str)],
        #[case] status: u16,
    ) {
        let live = live(names, &testing::options());
        assert_eq!(get(&live, path, headers).await.status().as_u16(), status);
    }

    #[rstest]
    #[case(true, "/a/things", true)]
    #[case(false, "/a/things", false)]
    #[case(true, "/__counterpart/health", false)]
    #[tokio::test]
    async fn other_origins_see_what_documents_answer(
        #[case] cors: bool,
        #[case] path: &str,
        #[case] expected: bool,
    ) {
        let live = live(&["a"], &Options { cors, ..testing::options() });
        let response = get(&live, path, &[KEY, OWN, ("origin", "http://localhost:4010")]).await;
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), expected);
    }

    #[tokio::test]
    async fn requests_are_recorded_but_those_to_control() {
        let (log, mut lines) = crate::mock::log();
        let live = live(&["a"], &Options { log: Some(log), ..testing::options() });
        for path in ["/a/things", "/a/things?limit=ten", "/a/nothing", "/__counterpart/health"] {
            get(&live, path, &[KEY, OWN]).await;
        }
        let documents = live.documents();
        let entries = documents.sessions.shared.data.journal.entries();
        let recorded = entries.iter().map(|e| (e.kept.request().path, e.status, e.violations.len()));
        let recorded: Vec<(String, u16, usize)> = recorded.collect();
        let recorded: Vec<(&str, u16, usize)> =
            recorded.iter().map(|(path, status, n)| (path.as_str(), *status, *n)).collect();
        assert_eq!(recorded, [("/a/things", 200, 0), ("/a/things", 422, 1), ("/a/nothing", 404, 0)]);
        assert_eq!((documents.statistics.requests(), documents.statistics.broken()), (3, 2));
        assert_eq!(live.sum().uncalled.len(), 5);
        let lines = tokio::task::spawn_blocking(move || lines.take().unwrap()).await.unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("GET /a/things 200 listThings · key *"), "{}", lines[0]);
    }
}
