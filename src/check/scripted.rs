//! A target for unit tests: a small, correct server of pets. A test can change its responses one by one; it
//! keeps the requests that it received.

mod document;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::credentials::{Credential, Sources};
use super::job::{Event, Job, Options, Outcome};
use super::plan::{Plan, Settings, plan};
use super::session::Session;
use super::target::{Connection, Exchanging, Target, Way};
use crate::contract::{Contract, OperationId, build};
use crate::document::Document;
use crate::exchange::{Exchange, Failure, Request, Response, Secret};
use crate::resources::Resources;
use crate::run::KeyInfo;
pub use document::pets;

/// The address of every scripted target.
pub const BASE: &str = "http://pets.test";

/// What comes back for a request.
pub type Reply = Result<Response, Failure>;
type Twist = Box<dyn Fn(&Request, Reply) -> Reply + Send + Sync>;

/// An answer of JSON; no body at all for null.
pub fn answer(status: u16, body: &Value) -> Reply {
    let status = StatusCode::from_u16(status).map_err(|error| Failure::Protocol(error.to_string()))?;
    let (mut headers, mut octets) = (HeaderMap::new(), Vec::new());
    if !body.is_null() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        octets = serde_json::to_vec(body).unwrap();
    }
    Ok(Response { status, headers, body: octets.into(), is_cut: false })
}

/// The JSON of an answer.
pub fn json_of(reply: &Reply) -> Value {
    reply.as_ref().ok().and_then(|response| serde_json::from_slice(&response.body).ok()).unwrap_or_default()
}

/// The same answer with other JSON.
pub fn altered(reply: Reply, change: impl FnOnce(&mut Value)) -> Reply {
    let mut body = json_of(&reply);
    change(&mut body);
    let octets = serde_json::to_vec(&body).unwrap().into();
    reply.map(|response| Response { body: octets, ..response })
}

/// A way in which a test spoils a request: whether it matches, and what becomes of the answer.
struct Spoiled {
    /// `GET /pets/*`: a method and a path, of which a star takes the rest.
    what: String,
    /// How often; `None` for always.
    left: Option<usize>,
    /// Whether the honest server sees the request at all.
    reaches: bool,
    twist: Twist,
}

#[derive(Default)]
struct State {
    pets: BTreeMap<u64, Map<String, Value>>,
    last: u64,
    sent: Vec<String>,
    spoiled: Vec<Spoiled>,
}

/// The target.
#[derive(Default)]
pub struct Scripted {
    state: Mutex<State>,
    /// Whether requests without a key are refused.
    is_guarded: bool,
}

impl Scripted {
    /// An honest server with pets that others made.
    pub fn with(names: &[&str]) -> Self {
        let target = Self::default();
        for name in names {
            let body = Map::from_iter([("name".to_owned(), json!(name))]);
            target.state.lock().unwrap().add(body);
        }
        target
    }

    /// Twists the honest answer to some requests.
    pub fn twist(self, what: &str, twist: impl Fn(&Request, Reply) -> Reply + Send + Sync + 'static) -> Self {
        self.spoil(what, None, true, Box::new(twist))
    }

    /// Answers some requests without looking at them.
    pub fn refuse(self, what: &str, status: u16) -> Self {
        self.spoil(what, None, false, Box::new(move |_, _| answer(status, &json!({"error": "no"}))))
    }

    /// As [`Scripted::refuse`], so many times.
    pub fn refuse_times(self, what: &str, status: u16, times: usize) -> Self {
        self.spoil(what, Some(times), false, Box::new(move |_, _| answer(status, &json!({"error": "no"}))))
    }

    /// As [`Scripted::refuse`], so many times after so many that are answered.
    pub fn refuse_after(self, what: &str, honest: usize, status: u16, times: usize) -> Self {
        let honestly = self.spoil(what, Some(honest), true, Box::new(|_, reply| reply));
        honestly.refuse_times(what, status, times)
    }

    /// Answers some requests, but for the first, without looking at them.
    pub fn spoiled_later(self, what: &str, status: u16) -> Self {
        self.refuse_after(what, 1, status, usize::MAX)
    }

    /// Answers some requests with JSON of the test's own.
    pub fn reply(self, what: &str, status: u16, body: Value) -> Self {
        self.spoil(what, None, false, Box::new(move |_, _| answer(status, &body)))
    }

    /// Gives no answer to some requests.
    pub fn cut_off(self, what: &str) -> Self {
        self.spoil(what, None, false, Box::new(|_, _| Err(Failure::Connect("refused".to_owned()))))
    }

    fn spoil(self, what: &str, left: Option<usize>, reaches: bool, twist: Twist) -> Self {
        self.state.lock().unwrap().spoiled.push(Spoiled { what: what.to_owned(), left, reaches, twist });
        self
    }

    /// Refuses requests without a key.
    pub fn guarded(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    /// What was sent: `POST /pets`; `!` behind it where it went on a connection of its own.
    pub fn sent(&self) -> Vec<String> {
        self.state.lock().unwrap().sent.clone()
    }

    /// How many requests were sent that begin with this.
    pub fn count(&self, what: &str) -> usize {
        self.sent().iter().filter(|line| line.starts_with(what)).count()
    }

    /// The names of the pets that are there.
    pub fn names(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let name = |pet: &Map<String, Value>| pet.get("name").and_then(Value::as_str).map(str::to_owned);
        state.pets.values().filter_map(name).collect()
    }
}

fn matches(what: &str, line: &str) -> bool {
    match what.strip_suffix('*') {
        Some(begin) => line.starts_with(begin),
        None => line == what,
    }
}

/// The pet that a request holds, without its id; else the status that refuses it.
fn pet_of(request: &Request, is_whole: bool) -> Result<Map<String, Value>, u16> {
    let media_type = request.headers.get(header::CONTENT_TYPE);
    let is_json =
        |sent: &HeaderValue| sent == "application/json" || sent == "application/json; charset=utf-8";
    if media_type.is_some_and(|media_type| !is_json(media_type)) {
        return Err(415);
    }
    let Ok(Value::Object(mut pet)) = serde_json::from_slice(&request.body) else { return Err(400) };
    pet.shift_remove("id");
    let is_valid = pet.get("name").map_or(!is_whole, Value::is_string)
        && pet.get("size").is_none_or(|size| size.is_i64() || size.is_u64());
    if is_valid { Ok(pet) } else { Err(400) }
}

impl State {
    fn add(&mut self, mut body: Map<String, Value>) -> Value {
        self.last += 1;
        body.insert("id".to_owned(), json!(self.last));
        self.pets.insert(self.last, body.clone());
        Value::Object(body)
    }

    fn honest(&mut self, request: &Request) -> Reply {
        let no = |status: u16| answer(status, &json!({"error": "no"}));
        let id = request.path.strip_prefix("/pets/").and_then(|id| id.parse::<u64>().ok());
        let allow = match (request.path.as_str(), id) {
            ("/pets", _) => "GET, HEAD, POST",
            (_, Some(id)) if self.pets.contains_key(&id) => "GET, HEAD, PATCH, PUT, DELETE",
            _ => return no(404),
        };
        if !allow.split(", ").any(|method| method == request.method.as_str()) {
            let mut refused = no(405)?;
            refused.headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            return Ok(refused);
        }
        let id = id.unwrap_or_default();
        match request.method.as_str() {
            "POST" => match pet_of(request, true) {
                Ok(sent) => answer(201, &self.add(sent)),
                Err(status) => no(status),
            },
            "PATCH" | "PUT" => match pet_of(request, request.method == Method::PUT) {
                Ok(sent) => {
                    let pet = self.pets.get_mut(&id).unwrap();
                    if request.method == Method::PUT {
                        pet.clear();
                        pet.insert("id".to_owned(), json!(id));
                    }
                    pet.extend(sent);
                    answer(200, &json!(pet))
                }
                Err(status) => no(status),
            },
            "DELETE" => {
                self.pets.remove(&id);
                answer(204, &Value::Null)
            }
            _ if request.path == "/pets" => self.list(request),
            _ => answer(200, &json!(self.pets[&id])),
        }
    }

    fn list(&self, request: &Request) -> Reply {
        let query = |name: &str, usual: usize| {
            let pairs = request.query.as_deref().unwrap_or_default().split('&');
            let given = pairs.filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name);
            given.map_or(Ok(usual), |(_, value)| value.parse())
        };
        let (Ok(offset), Ok(limit)) = (query("offset", 0), query("limit", 10)) else {
            return answer(400, &json!({"error": "a number"}));
        };
        let all: Vec<Value> = self.pets.values().map(|pet| json!(pet)).collect();
        let page: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
        let more = offset + page.len();
        let next = (more < all.len()).then(|| format!("{BASE}/pets?limit={limit}&offset={more}"));
        answer(200, &json!({"count": all.len(), "next": next, "results": page}))
    }
}

impl Target for Scripted {
    fn base(&self) -> &str {
        BASE
    }

    fn send<'t>(&'t self, request: &'t Request, case: &'t str, way: Way) -> Exchanging<'t> {
        let mut state = self.state.lock().unwrap();
        let line = format!("{} {}", request.method, request.target());
        let apart = if way.connection == Connection::Own { "!" } else { "" };
        state.sent.push(format!("{line}{apart}"));
        let is_due =
            |spoiled: &Spoiled| matches(&spoiled.what, &line) && spoiled.left.is_none_or(|left| left > 0);
        let at = state.spoiled.iter().position(is_due);
        if let Some(at) = at {
            let left = &mut state.spoiled[at].left;
            *left = left.map(|left| left - 1);
        }
        let reaches = at.is_none_or(|at| state.spoiled[at].reaches);
        let is_refused = self.is_guarded && !request.headers.contains_key(header::AUTHORIZATION);
        let mut outcome = match (reaches, is_refused) {
            (false, _) => Err(Failure::Connect("not reached".to_owned())),
            (true, true) => answer(401, &json!({"error": "key"})),
            (true, false) => state.honest(request),
        };
        if let Some(at) = at {
            outcome = (state.spoiled[at].twist)(request, outcome);
        }
        if let (Ok(response), &Method::HEAD) = (&mut outcome, &request.method) {
            response.body = bytes::Bytes::new();
        }
        let url = format!("{BASE}{}", request.target());
        let exchange = Exchange {
            case: case.to_owned(),
            url,
            request: request.clone(),
            outcome,
            elapsed: Duration::ZERO,
        };
        Box::pin(std::future::ready(exchange))
    }
}

/// All that a session needs but its target.
pub struct Bench {
    pub contract: Contract,
    pub resources: Resources,
    pub settings: Settings,
    pub sources: Sources,
    pub options: Options,
    pub stop: tokio::sync::watch::Sender<bool>,
}

/// What came of a phase.
#[derive(Debug)]
pub struct Told {
    /// `rule operation`, in the order in which they were seen.
    pub seen: Vec<String>,
    /// `rule operation: why`.
    pub untested: Vec<String>,
    /// Rules that looked.
    pub looked: Vec<String>,
    /// Addresses that are left.
    pub left: Vec<String>,
    /// The events that the caller got: `+address` and `-address`.
    pub events: Vec<String>,
}

impl Bench {
    /// A document of pets: a list with pages, creates, reads, changes, deletes.
    pub fn pets() -> Self {
        Self::of(pets())
    }

    /// A document.
    pub fn of(tree: Value) -> Self {
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let options = Options {
            name: "qtestq".to_owned(),
            begun: None,
            keeps_traffic: false,
            seed: 1,
            jobs: super::job::JOBS,
            write_jobs: 1,
            pause: None,
            deadline: None,
            max_requests: None,
            slow: None,
            fail_fast: false,
        };
        let (settings, sources) = (Settings::default(), Sources::default());
        Self { contract, resources, settings, sources, options, stop: tokio::sync::watch::channel(false).0 }
    }

    /// As [`Bench::pets`], where each request needs a key with a scope, and there is one.
    pub fn guarded() -> Self {
        let mut tree = pets();
        tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
        tree["security"] = json!([{"key": ["pets"]}]);
        let mut bench = Self::of(tree);
        bench.sources.named = vec![key("k", &["pets"])];
        bench
    }

    pub fn plan(&self) -> Plan {
        plan(&self.contract, &self.resources, &self.settings)
    }

    /// The operation with that name.
    pub fn index(&self, id: &str) -> OperationId {
        self.contract.operation(id).unwrap().index
    }

    fn job<'b>(&'b self, target: &'b dyn Target, plan: &'b Plan) -> Job<'b> {
        Job {
            contract: &self.contract,
            resources: &self.resources,
            plan,
            settings: &self.settings,
            sources: &self.sources,
            target,
            options: &self.options,
            stop: self.stop.subscribe(),
        }
    }

    /// Runs something on a session in which every plain request has succeeded.
    pub async fn phase(&self, target: &dyn Target, phase: impl AsyncFnOnce(&mut Session<'_>)) -> Told {
        let (mut events, plan) = (Vec::new(), Plan::default());
        let mut listener = |event: Event<'_>| match event {
            Event::Made { address } => events.push(format!("+{address}")),
            Event::Removed { address } => events.push(format!("-{address}")),
            Event::Begins { .. } => {}
        };
        let mut session = Session::new(&self.job(target, &plan), &mut listener);
        for operation in &self.contract.operations {
            let state = session.recorder.state_mut(operation.index).unwrap();
            (state.tried, state.success, state.plain) = (true, Some(200), Some(200));
        }
        Box::pin(phase(&mut session)).await;
        let id = |index: OperationId| self.contract.at(index).unwrap().id.as_str();
        let seen = session.recorder.seen().iter();
        let seen = seen.map(|seen| format!("{} {}", seen.observation.rule, id(seen.operation))).collect();
        let operations = || self.contract.operations.iter().map(|operation| operation.index);
        let states = || operations().zip(session.recorder.states());
        let untested = states().flat_map(|(at, state)| {
            state.untested.iter().map(move |entry| format!("{} {}: {}", entry.rule, id(at), entry.why))
        });
        let looked = states()
            .flat_map(|(at, state)| state.looked.iter().map(move |rule| format!("{rule} {}", id(at))));
        let (untested, looked) = (untested.collect(), looked.collect());
        let left = session.ledger.leftovers();
        drop(session);
        Told { seen, untested, looked, left, events }
    }

    /// Runs everything that is planned.
    pub async fn run(&self, target: &dyn Target) -> Outcome {
        let plan = self.plan();
        Box::pin(super::run::run(&self.job(target, &plan), &mut |_| ())).await
    }
}

/// A named key.
pub fn key(name: &str, scopes: &[&str]) -> Credential {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Credential::new(Secret::new(format!("token-{name}")), KeyInfo { name: name.to_owned(), scopes })
}
