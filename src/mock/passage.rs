//! Passes requests on to a target, and its answers back, unchanged. Both are judged beside that.
//!
//! What goes through is a stream in both directions; of each body as much is kept as is judged. Where a request may
//! be refused or answered by the mock, it is read whole before it is passed on.

mod ends;
mod hop;
mod tee;
mod tunnel;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::BodyExt;
use tokio::sync::Notify;

use self::tee::{Kept, Tee};
use super::body::collect;
use super::context::Observations;
use super::documents::Documents;
use super::recorder::{Arrival, finish, record};
use super::response::{Response, Source};
use super::service::{Address, Service};
use super::session::{InUse, Session, Sessions};
use crate::contract::body::framing;
use crate::exchange::{Exchange, Failure, Request, coding, media_type};
pub use ends::{BoxError, Forwarded, Octets, Upstream, Witness};

/// How requests are passed on.
pub struct Passage {
    upstream: Arc<dyn Upstream>,
    witness: Arc<dyn Witness>,
    /// Whether requests that break the document are refused as the mock refuses them.
    enforces: bool,
    /// Whether the mock answers what the target does not have yet.
    falls_back: bool,
    /// Exchanges that have ended and are not judged yet.
    pending: AtomicUsize,
    settled: Notify,
}

impl Passage {
    /// Passes everything on to a target, and tells a witness of it.
    pub fn new(upstream: Arc<dyn Upstream>, witness: Arc<dyn Witness>) -> Self {
        let pending = AtomicUsize::new(0);
        Self { upstream, witness, enforces: false, falls_back: false, pending, settled: Notify::new() }
    }

    /// Refuses requests that break the document, as the mock does.
    #[must_use]
    pub fn enforcing(self, enforces: bool) -> Self {
        Self { enforces, ..self }
    }

    /// Lets the mock answer what the target does not have yet: where it cannot be reached, answers 501, or answers
    /// 404 for an operation that it never answered otherwise.
    #[must_use]
    pub fn falling_back(self, falls_back: bool) -> Self {
        Self { falls_back, ..self }
    }

    /// Waits until each exchange that has ended is judged, at most `limit`.
    pub async fn settled(&self, limit: Duration) {
        let none_left = async {
            loop {
                let settled = self.settled.notified();
                if self.pending.load(Ordering::Acquire) == 0 {
                    return;
                }
                settled.await;
            }
        };
        let _ = tokio::time::timeout(limit, none_left).await;
    }

    fn begin(self: &Arc<Self>) -> Unsettled {
        self.pending.fetch_add(1, Ordering::AcqRel);
        Unsettled(Arc::clone(self))
    }
}

/// An exchange that is not judged yet.
struct Unsettled(Arc<Passage>);

impl Drop for Unsettled {
    fn drop(&mut self) {
        if self.0.pending.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.settled.notify_waiters();
        }
    }
}

/// A request that is passed on, until all is said about it.
struct Passing {
    documents: Arc<Documents>,
    passage: Arc<Passage>,
    session: OwnSession,
    id: u64,
    at: jiff::Timestamp,
    request: Request,
    /// Its body, where that is a stream.
    sent: Option<Kept>,
    observations: Observations,
    /// Whether the request was judged before it was passed on.
    is_judged: bool,
}

/// The session of a request, for as long as its answer takes.
enum OwnSession {
    Shared,
    Named(Arc<Session>),
}

/// Passes a request on.
pub(super) async fn pass(
    documents: &Arc<Documents>,
    passage: &Arc<Passage>,
    session: InUse<'_>,
    parts: http::request::Parts,
    body: Body,
) -> axum::response::Response {
    let Some(service) = documents.services.first() else {
        return Response::problem(404, "no document is served", None).into_http(false);
    };
    let own = match session {
        InUse::Shared(_) => OwnSession::Shared,
        InUse::Named(session) => OwnSession::Named(session),
    };
    let mut passing = Passing {
        documents: Arc::clone(documents),
        passage: Arc::clone(passage),
        id: own.of(documents).data.journal.reserve(),
        session: own,
        at: (service.options.clock)(),
        request: Request {
            method: parts.method.clone(),
            path: Sessions::below(parts.uri.path()).to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body: Bytes::new(),
        },
        sent: None,
        observations: Observations::default(),
        is_judged: false,
    };
    if hop::is_upgrade(&parts.headers) {
        return tunnel::pass(passing, service, parts, body).await;
    }
    let is_read_whole = passage.enforces || passage.falls_back;
    let outgoing = if is_read_whole {
        let collected = match collect(body, service.options.max_body, service.bodies()).await {
            Ok(collected) => collected,
            Err(why) => return passing.answer(service, why.response()),
        };
        passing.request.body = collected.octets.clone();
        let octets = passing.request.body.len();
        let refused = documents.bench.work(octets, || passing.screen(service)).await;
        if let Some(refused) = refused.filter(|_| passage.enforces) {
            return passing.answer(service, refused);
        }
        whole(collected.octets)
    } else {
        let (tee, kept) = Tee::of(body, service.options.max_body, service.bodies());
        passing.sent = Some(kept);
        tee.map_err(BoxError::from).boxed_unsync()
    };
    match passage.upstream.forward(passing.outgoing(service, parts, outgoing)).await {
        Ok(answer) if passing.should_fall_back(Some(answer.status())) => {
            let why = format!("the target answered {}", answer.status().as_u16());
            passing.fall_back(service, why).await
        }
        Err(failure) if passing.should_fall_back(None) && is_absence(&failure) => {
            passing.fall_back(service, failure.to_string()).await
        }
        Ok(answer) => passing.hand_back(answer),
        Err(failure) => passing.fail(service, failure),
    }
}

fn whole(octets: Bytes) -> Octets {
    http_body_util::Full::new(octets).map_err(|never| match never {}).boxed_unsync()
}

/// Whether nobody was there to answer.
fn is_absence(failure: &Failure) -> bool {
    matches!(failure, Failure::Connect(_) | Failure::Closed(_))
}

impl OwnSession {
    fn of<'s>(&'s self, documents: &'s Documents) -> &'s Session {
        match self {
            Self::Shared => &documents.sessions.shared,
            Self::Named(session) => session,
        }
    }
}

impl Passing {
    /// The path of the request as the document has it: below the path of the target's address, where it is written with
    /// that.
    fn documented_path(&self, service: &Service) -> String {
        let path = self.request.path.as_str();
        let base = self.passage.upstream.path();
        let below = path.strip_prefix(base).filter(|rest| !base.is_empty() && rest.starts_with('/'));
        match below {
            Some(rest) if !service.has_path(path) => rest.to_owned(),
            _ => path.to_owned(),
        }
    }

    /// The request as it goes to the target.
    fn outgoing(
        &self,
        service: &Service,
        parts: http::request::Parts,
        body: Octets,
    ) -> http::Request<Octets> {
        let path = self.documented_path(service);
        let query = self.request.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{path}{query}", self.passage.upstream.path());
        let mut request = http::Request::new(body);
        // With them goes how the names of header fields are written.
        *request.extensions_mut() = parts.extensions;
        *request.method_mut() = parts.method;
        *request.headers_mut() = parts.headers;
        // It came as a path and a query already.
        *request.uri_mut() = target.parse().unwrap_or_else(|_| Uri::from_static("/"));
        hop::strip(request.headers_mut());
        request
    }

    /// Judges the request; what the mock would refuse it with, if anything is wrong with it.
    fn screen(&mut self, service: &Service) -> Option<Response> {
        self.is_judged = true;
        let path = self.documented_path(service);
        let session = self.session.of(&self.documents);
        service.screen((session, &path), &self.request, &mut self.observations)
    }

    /// Whether the mock should answer instead of the target, of which a status came or nothing.
    fn should_fall_back(&self, status: Option<StatusCode>) -> bool {
        let Some(operation) = self.observations.operation.filter(|_| self.passage.falls_back) else {
            return false;
        };
        match status {
            None | Some(StatusCode::NOT_IMPLEMENTED) => true,
            // What it has answered otherwise it has, and an object of it may be missing.
            Some(StatusCode::NOT_FOUND) => !self.passage.witness.has_answered(operation),
            Some(_) => false,
        }
    }

    /// Lets the mock answer.
    async fn fall_back(mut self, service: &Service, why: String) -> axum::response::Response {
        let documents = Arc::clone(&self.documents);
        let path = self.documented_path(service);
        let (session, whole) = (self.session.of(&documents), self.request.path.clone());
        let address = Address { session, id: 0, whole: &whole, path: &path };
        let mut request = Request { path: String::new(), ..self.request.clone() };
        let body = Body::from(self.request.body.clone());
        let mut observations = Observations::default();
        let response = service.respond(address, &mut request, body, &mut observations).await;
        self.observations = observations;
        self.observations.note.get_or_insert(why);
        self.answer(service, response)
    }

    fn arrival(&self) -> Arrival<'_> {
        Arrival { session: self.session.of(&self.documents), id: self.id, at: self.at }
    }

    /// Records the request.
    fn note(mut self, service: &Service, response: &Response) {
        let (request, observations) = (self.request.clone(), std::mem::take(&mut self.observations));
        let entry = record(&self.documents, service, self.arrival(), (request, response), observations);
        let journal = &self.session.of(&self.documents).data.journal;
        if let Some(entry) = entry {
            journal.push(entry);
        }
    }

    /// Answers instead of the target.
    fn answer(self, service: &Service, mut response: Response) -> axum::response::Response {
        let is_head = self.request.method == Method::HEAD;
        finish(service, self.arrival(), &self.request, &self.observations, &mut response);
        self.note(service, &response);
        response.into_http(is_head)
    }

    /// Answers that there was no answer (RFC 9110 §15.6.3 and §15.6.5).
    fn fail(mut self, service: &Service, failure: Failure) -> axum::response::Response {
        let status = if matches!(failure, Failure::Timeout(_)) { 504 } else { 502 };
        let detail = format!("{} gave no answer: {failure}", self.passage.upstream.base());
        self.observations.note = Some(failure.to_string());
        if !self.is_judged {
            self.settle_request(service);
        }
        self.tell(service, Err(failure));
        self.answer(service, Response::problem(status, &detail, None))
    }

    /// Hands an answer back as it comes; it is judged when it has ended.
    fn hand_back(self, answer: http::Response<Octets>) -> axum::response::Response {
        let (mut parts, body) = answer.into_parts();
        hop::strip(&mut parts.headers);
        let (status, headers) = (parts.status, parts.headers.clone());
        let limit = self.documents.services.first().map_or(0, |service| service.options.max_body);
        let (tee, kept) = Tee::of(body, limit, &self.documents.sessions.budgets.bodies);
        let pending = self.passage.begin();
        let mut passed = Some((self, pending));
        let body = tee.then(move || {
            let (Some((passing, pending)), Ok(handle)) =
                (passed.take(), tokio::runtime::Handle::try_current())
            else {
                return;
            };
            handle.spawn(async move {
                passing.settle(status, headers, &kept).await;
                drop(pending);
            });
        });
        axum::response::Response::from_parts(parts, Body::new(body))
    }

    /// Judges the request with as much of its body as went through.
    fn settle_request(&mut self, service: &Service) {
        let kept = self.sent.take();
        if let Some(kept) = &kept {
            self.request.body = kept.octets();
        }
        let is_whole = kept.is_none_or(|kept| kept.is_whole());
        if is_whole {
            self.screen(service);
        } else {
            let path = self.documented_path(service);
            self.observations.operation = service.operation_at(&self.request.method, &path);
            self.observations.unjudged = Some("the body of the request did not go through whole".to_owned());
        }
    }

    /// Tells the witness of an outcome, and notes what it says.
    fn tell(&mut self, service: &Service, outcome: Result<crate::exchange::Response, Failure>) {
        let Some(operation) = self.observations.operation else { return };
        let mut request = Request { path: self.documented_path(service), ..self.request.clone() };
        // Whoever repeats it has a connection of their own.
        hop::strip(&mut request.headers);
        let now = (service.options.clock)();
        let exchange = Exchange {
            case: String::new(),
            url: format!("{}{}", self.passage.upstream.base(), request.target()),
            request,
            outcome,
            elapsed: now.duration_since(self.at).unsigned_abs(),
        };
        let said = self.passage.witness.saw(operation, &self.observations.violations, &exchange, self.at);
        if let Some(first) = said.first() {
            let more = said.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            self.observations.note.get_or_insert_with(|| format!("target: {first}{more}"));
        }
        self.observations.findings = said;
    }

    /// Judges what went through, and records it.
    async fn settle(mut self, status: StatusCode, headers: HeaderMap, kept: &Kept) {
        let documents = Arc::clone(&self.documents);
        let Some(service) = documents.services.first() else { return };
        let octets = kept.octets();
        let size = octets.len() + self.sent.as_ref().map_or(0, Kept::len);
        let mut response = Response::empty(status, Source::Target);
        response.headers.clone_from(&headers);
        response.body = octets.clone();
        let judge = || {
            if !self.is_judged {
                self.settle_request(service);
            }
            let answered = match kept.failure() {
                Some(why) => {
                    self.tell(service, Err(Failure::Truncated(why)));
                    return;
                }
                None => answered(status, headers, octets, kept.is_whole()),
            };
            match answered {
                Ok(answer) => self.tell(service, Ok(answer)),
                Err(why) => self.observations.unjudged = Some(why),
            }
        };
        documents.bench.work(size, judge).await;
        self.note(service, &response);
    }
}

/// The answer as it is judged, without its content codings; else why it cannot be.
fn answered(
    status: StatusCode,
    mut headers: HeaderMap,
    mut octets: Bytes,
    is_whole: bool,
) -> Result<crate::exchange::Response, String> {
    let is_cut = !is_whole;
    if is_cut {
        // Of a stream the whole items are judged, of anything else nothing can be said.
        let framing = media_type(&headers).as_deref().and_then(framing);
        let Some(framing) = framing.filter(|_| !coding::undoes(&headers)) else {
            return Err("the answer did not go through whole".to_owned());
        };
        octets.truncate(framing.ends(&octets).last().copied().unwrap_or(0));
    }
    if coding::undoes(&headers) {
        octets = coding::decode(&headers, octets, MAX_DECODED).map_err(|why| why.to_string())?;
        headers.remove(http::header::CONTENT_ENCODING);
    }
    Ok(crate::exchange::Response { status, headers, body: octets, is_cut })
}

/// Octets of a decoded body.
const MAX_DECODED: usize = 64 << 20;
