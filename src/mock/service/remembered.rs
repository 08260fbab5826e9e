//! The same request again gets the same answer at once, where nothing but the request has a say in it.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use axum::body::{Body, HttpBody as _};
use foldhash::fast::RandomState;
use http::header::{CONTENT_ENCODING, EXPECT};
use http::{HeaderMap, Method};

use super::{Address, Service};
use crate::contract::OperationId;
use crate::exchange::Request;
use crate::mock::Options;
use crate::mock::body::collect;
use crate::mock::context::Observations;
use crate::mock::prefer::Prefer;
use crate::mock::response::Response;
use crate::mock::session::Session;

/// How many answers are remembered; a newer one takes the place of an older one.
const SLOTS: usize = 256;
/// Longer requests are not remembered, in octets.
const MAX_SIZE: usize = 4 << 10;

impl Service {
    /// The response to a request.
    pub async fn respond(
        &self,
        address: Address<'_>,
        request: &mut Request,
        body: Body,
        observations: &mut Observations,
    ) -> Response {
        let Some(remembered) = self.remembered.as_ref().filter(|_| is_short(&body, request)) else {
            return self.work_out(address, request, body, observations).await;
        };
        let octets = match collect(body, self.options.max_body, &self.bodies).await {
            Ok(collected) => collected.octets,
            Err(why) => return why.response(),
        };
        match remembered.recall(address.session, (address.whole, &octets), request, observations) {
            Recalled::Answer(response) => {
                request.body = octets;
                response
            }
            Recalled::Again(asked) => {
                let response = self.work_out(address, request, Body::from(octets), observations).await;
                if self.is_settled(request, observations) {
                    remembered.keep(*asked, observations, &response);
                }
                response
            }
            Recalled::Nothing => self.work_out(address, request, Body::from(octets), observations).await,
        }
    }

    /// Whether a request that was answered will be answered so again: it asked for nothing of the mock itself, its
    /// credential lasts, and nothing is sent for it.
    fn is_settled(&self, request: &Request, observations: &Observations) -> bool {
        let calls = |operation| !self.contract.callbacks(operation).is_empty();
        let asks = Prefer::read(&request.headers, request.query.as_deref()).is_some();
        !asks && !observations.operation.is_some_and(calls) && self.auth.is_lasting(request)
    }
}

/// Whether the body of a request is known to be short, is what it says, and is sent without being asked for (RFC 9110
/// §10.1.1).
fn is_short(body: &Body, request: &Request) -> bool {
    body.is_end_stream()
        || (body.size_hint().exact().is_some_and(|octets| octets <= MAX_SIZE as u64)
            && !request.headers.contains_key(EXPECT)
            && !request.headers.contains_key(CONTENT_ENCODING))
}

/// Answers of one document, by what was asked.
pub(super) struct Remembered {
    slots: Vec<Slot>,
    hasher: RandomState,
}

#[derive(Default)]
struct Slot {
    /// The hash of the request that came last and was not remembered: only what comes again is.
    last: AtomicU64,
    known: ArcSwapOption<Known>,
}

/// A request that nothing speaks against, and its answer.
struct Known {
    asked: Asked,
    operation: OperationId,
    key: Option<Arc<str>>,
    owner: Option<Arc<str>>,
    media_type: Option<Arc<str>>,
    response: Response,
}

/// A request as it came, and its hash.
pub(super) struct Asked {
    hash: u64,
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Box<[u8]>,
}

/// What is known of a request.
pub(super) enum Recalled {
    /// It was answered so before.
    Answer(Response),
    /// It comes again; its answer may be worth remembering.
    Again(Box<Asked>),
    /// Nothing.
    Nothing,
}

impl Remembered {
    /// Nothing yet; `None` where more than the request has a say in each answer.
    pub fn of(options: &Options) -> Option<Self> {
        let is_fixed = !options.stateful
            && !options.dynamic
            && options.faults.is_empty()
            && options.limit.is_empty()
            && options.webhooks.is_empty()
            && options.chaos.is_none()
            && options.passage.is_none()
            && options.fleet.is_none();
        is_fixed.then(|| Self {
            slots: std::iter::repeat_with(Slot::default).take(SLOTS).collect(),
            hasher: RandomState::default(),
        })
    }

    /// Looks for a request; its path is as it was sent, and its body the one beside it.
    pub fn recall(
        &self,
        session: &Session,
        (path, body): (&str, &[u8]),
        request: &Request,
        observations: &mut Observations,
    ) -> Recalled {
        if !session.data.overrides.is_empty() || session.data.scenario.load().is_some() {
            return Recalled::Nothing;
        }
        let hash = self.hash(path, body, request);
        let Some(slot) = self.slot(hash) else { return Recalled::Nothing };
        let known = slot.known.load();
        if let Some(known) = known.as_ref().filter(|known| known.asked.is(hash, (path, body), request)) {
            observations.operation = Some(known.operation);
            observations.key.clone_from(&known.key);
            observations.owner.clone_from(&known.owner);
            observations.media_type.clone_from(&known.media_type);
            return Recalled::Answer(known.response.clone());
        }
        if slot.last.swap(hash, Ordering::Relaxed) == hash && size(path, body, request) <= MAX_SIZE {
            return Recalled::Again(Box::new(Asked {
                hash,
                method: request.method.clone(),
                path: path.to_owned(),
                query: request.query.clone(),
                headers: request.headers.clone(),
                // A copy, so that what the connection read into can go.
                body: body.into(),
            }));
        }
        Recalled::Nothing
    }

    /// Remembers an answer, where the request was taken as it is and nobody else holds a say in it.
    pub fn keep(&self, asked: Asked, observations: &Observations, response: &Response) {
        let Observations { operation, key, owner, media_type, .. } = observations;
        let (Some(operation), Some(slot)) = (*operation, self.slot(asked.hash)) else { return };
        // A body that was made for this request alone would be held by nobody else, and counted nowhere.
        if !response.status.is_success() || !observations.are_plain() || response.body.is_unique() {
            return;
        }
        let (key, owner, media_type) = (key.clone(), owner.clone(), media_type.clone());
        let response = response.clone();
        slot.known.store(Some(Arc::new(Known { asked, operation, key, owner, media_type, response })));
    }

    fn slot(&self, hash: u64) -> Option<&Slot> {
        let at = usize::try_from(hash % SLOTS as u64).ok()?;
        self.slots.get(at)
    }

    fn hash(&self, path: &str, body: &[u8], request: &Request) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        (request.method.as_str(), path, &request.query, body).hash(&mut hasher);
        for (name, value) in &request.headers {
            (name.as_str(), value.as_bytes()).hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Asked {
    /// Whether a request is this one, octet by octet.
    fn is(&self, hash: u64, (path, body): (&str, &[u8]), request: &Request) -> bool {
        self.hash == hash
            && self.method == request.method
            && self.path == path
            && self.query == request.query
            && *self.body == *body
            && self.headers.len() == request.headers.len()
            && self.headers.iter().eq(&request.headers)
    }
}

/// The size of a request, in octets.
fn size(path: &str, body: &[u8], request: &Request) -> usize {
    let fields = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    path.len() + body.len() + request.query.as_ref().map_or(0, String::len) + fields.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::documents::Documents;
    use crate::mock::{Auth, testing};
    use rstest::rstest;
    use serde_json::json;

    const READER: (&str, &str) = ("authorization", "Bearer mock:things:read");

    const WRITER: (&str, &str) = ("authorization", "Bearer mock:things:write");
    const JSON: (&str, &str) = ("content-type", "application/json");

    fn options() -> Options {
        Options { stateful: false, auth: Auth::Scopes, ..testing::options() }
    }

    async fn send(
        documents: &Documents,
        target: &str,
        headers: &[(&'static str, &str)],
    ) -> (Response, Observations) {
        let (target, body) = target
            .split_once(" {")
            .map_or((target, String::new()), |(target, body)| (target, format!("{{{body}")));
        let (method, target) = target.split_once(' ').unwrap();
        let mut request = Request::new(method.parse().unwrap(), "");
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        request.query = query.map(str::to_owned);
        for (name, value) in headers {
            request.headers.append(*name, value.parse().unwrap());
        }
        let address = Address { session: &documents.sessions.shared, id: 1, whole: path, path };
        let mut observations = Observations::default();
        let service = &documents.services[0];
        let response =
            service.respond(address, &mut request, Body::from(body.clone()), &mut observations).await;
        assert_eq!(request.body, body);
        service.coverage.first_met(&observations);
        (response, observations)
    }

    fn kept(documents: &Documents) -> usize {
        let remembered = documents.services[0].remembered.as_ref();
        remembered.map_or(0, |all| all.slots.iter().filter(|slot| slot.known.load().is_some()).count())
    }

    /// A JWT that may do what the first key may, until the year 2286.
    const TOKEN: &str = "Bearer e30.eyJzY29wZSI6ICJ0aGluZ3M6cmVhZCIsICJleHAiOiA5OTk5OTk5OTk5fQ.sig";

    #[rstest]
    #[case::plain("GET /things", &[READER], options(), 200, true)]
    #[case::query("GET /things?limit=1", &[READER], options(), 200, true)]
    #[case::head("HEAD /things", &[READER], options(), 200, true)]
    #[case::refused("GET /things", &[("authorization", "Bearer mock:other:read")], options(), 403, false)]
    #[case::ends("GET /things", &[("authorization", TOKEN)], options(), 200, false)]
    #[case::anybody("GET /things", &[("authorization", "Bearer me")], Options { auth: Auth::Present, ..options() }, 200, true)]
    #[case::invalid("GET /things?limit=x", &[READER], options(), 422, false)]
    #[case::unknown("GET /things?limits=1", &[READER], options(), 200, false)]
    #[case::preferred("GET /things", &[READER, ("prefer", "delay=0")], options(), 200, false)]
    #[case::in_query("GET /things?__code=200", &[READER], options(), 200, false)]
    #[case::nowhere("GET /nothing", &[READER], options(), 404, false)]
    #[case::writes("POST /things {\"name\": \"a\"}", &[WRITER, JSON], options(), 201, true)]
    #[case::writes_wrongly("POST /things {\"name\": 7}", &[WRITER, JSON], options(), 422, false)]
    #[case::writes_packed("POST /things {\"name\": \"a\"}", &[WRITER, JSON, ("content-encoding", "identity")], options(), 201, false)]
    #[case::stateful("GET /things", &[READER], Options { stateful: true, ..options() }, 200, false)]
    #[case::dynamic("GET /things", &[READER], Options { dynamic: true, ..options() }, 200, false)]
    #[tokio::test]
    async fn what_depends_on_the_request_alone_is_remembered(
        #[case] target: &str,
        #[case] headers: &[(&'static str, &str)],
        #[case] options: Options,
        #[case] status: u16,
        #[case] expected: bool,
    ) {
        let documents = testing::documents(&["t"], &options);
        let (first, told) = send(&documents, target, headers).await;
        assert_eq!((first.status.as_u16(), kept(&documents)), (status, 0), "{told:?}");
        for _ in 0..3 {
            let (again, mut observations) = send(&documents, target, headers).await;
            assert_eq!(
                (again.status, &again.headers, &again.body),
                (first.status, &first.headers, &first.body)
            );
            // Coverage counts the first use alone.
            observations.met.clone_from(&told.met);
            assert_eq!(format!("{observations:?}"), format!("{told:?}"));
        }
        assert_eq!(kept(&documents) == 1, expected);
    }

    #[tokio::test]
    async fn another_request_gets_another_answer() {
        let documents = testing::documents(&["t"], &options());
        for _ in 0..3 {
            send(&documents, "GET /things", &[READER]).await;
        }
        assert_eq!(kept(&documents), 1);
        let other = [("authorization", "Bearer mock:other:read")];
        assert_eq!(send(&documents, "GET /things", &other).await.0.status, 403);
        assert_eq!(send(&documents, "GET /things", &[]).await.0.status, 401);
        assert_eq!(send(&documents, "GET /things", &[READER, ("accept", "image/png")]).await.0.status, 406);
        assert_eq!(send(&documents, "GET /things?limit=x", &[READER]).await.0.status, 422);
        for _ in 0..3 {
            send(&documents, "POST /things {\"name\": \"a\"}", &[WRITER, JSON]).await;
        }
        assert_eq!(kept(&documents), 2);
        assert_eq!(send(&documents, "POST /things {\"name\": 7}", &[WRITER, JSON]).await.0.status, 422);
    }

    #[tokio::test]
    async fn what_is_set_or_played_goes_before() {
        let documents = testing::documents(&["t"], &options());
        for _ in 0..3 {
            send(&documents, "GET /things", &[READER]).await;
        }
        let data = &documents.sessions.shared.data;
        let set = json!({"operation": "listThings", "code": 503});
        data.overrides.add(serde_json::from_value(set).unwrap()).unwrap();
        assert_eq!(send(&documents, "GET /things", &[READER]).await.0.status, 503);
        assert_eq!(send(&documents, "GET /things", &[READER]).await.0.status, 200);
        data.scenario.store(Some(Arc::new("outage".to_owned())));
        assert!(matches!(
            documents.services[0].remembered.as_ref().unwrap().recall(
                &documents.sessions.shared,
                ("/things", &[]),
                &Request {
                    headers: [(http::header::AUTHORIZATION, READER.1.parse().unwrap())].into_iter().collect(),
                    ..Request::new(Method::GET, "")
                },
                &mut Observations::default()
            ),
            Recalled::Nothing
        ));
    }

    #[tokio::test]
    async fn long_heads_are_not_remembered() {
        let documents = testing::documents(&["t"], &options());
        let long = "x".repeat(MAX_SIZE);
        for _ in 0..3 {
            send(&documents, "GET /things", &[READER, ("x-long", &long)]).await;
        }
        assert_eq!(kept(&documents), 0);
    }
}
