//! The control API, `/__counterpart/`: a page for people, health, the documents with their operations, the journal, set
//! answers, scenario, state and tokens.
//!
//! A web page must not control a developer's mock: `Host` must be loopback or allowed by name, a foreign
//! `Origin` is refused, and CORS headers are never sent.

mod actions;
mod metrics;
mod operations;
mod page;
mod requests;
mod session;
mod together;
mod webhooks;

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::body::collect;
use super::documents::Documents;
use super::journal::Entry;
use super::origin;
use super::response::Response;
use super::service::Service;
use super::session::Session;
use super::token;
use crate::contract::parameter;
use crate::exchange::json as bounded;
pub(super) use session::SessionControl;

/// Where control lives.
pub(super) const PREFIX: &str = "/__counterpart/";

/// What may be asked of control.
struct Endpoint {
    name: &'static str,
    methods: &'static [&'static str],
    /// What it does, for the documentation.
    #[cfg_attr(not(test), expect(dead_code, reason = "the documentation is held against it"))]
    purpose: &'static str,
    body: Content,
    run: fn(&ControlRequest<'_>) -> Response,
}

/// The body that an endpoint reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    None,
    Json,
    Form,
}

/// What the value of a body may take, in bytes.
const MAX_TREE: usize = 32 << 20;

/// Endpoints that answer at once, however much the mock holds.
const QUICK: [&str; 6] = ["", "health", "ready", "scenario", "sessions", "token"];

/// Every endpoint; from here come the routes, the text of the 404 and the table in `docs/mock.md`.
const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        name: "",
        methods: &["GET", "HEAD"],
        purpose: "The page.",
        body: Content::None,
        run: page::show,
    },
    Endpoint {
        name: "health",
        methods: &["GET", "HEAD"],
        purpose: "Reports that the mock is running, and what it does not check of credentials.",
        body: Content::None,
        run: actions::health,
    },
    Endpoint {
        name: "ready",
        methods: &["GET", "HEAD"],
        purpose: "Whether requests can be answered: 503 where the store of `--store` is away.",
        body: Content::None,
        run: actions::ready,
    },
    Endpoint {
        name: "openapi.json",
        methods: &["GET", "HEAD"],
        purpose: "The document.",
        body: Content::None,
        run: actions::document,
    },
    Endpoint {
        name: "operations",
        methods: &["GET", "HEAD"],
        purpose: "The documents and their operations, with how often each was called in all sessions.",
        body: Content::None,
        run: operations::list,
    },
    Endpoint {
        name: "operations/NAME",
        methods: &["GET", "HEAD"],
        purpose: "One operation: its answers by status with the names of examples, and a curl command that calls it.",
        body: Content::None,
        run: operations::show_one,
    },
    Endpoint {
        name: "metrics",
        methods: &["GET", "HEAD"],
        purpose: "Requests and latencies by operation, status and source, in the Prometheus text format.",
        body: Content::None,
        run: metrics::show,
    },
    Endpoint {
        name: "coverage",
        methods: &["GET", "HEAD"],
        purpose: "Which statuses, parameters, enum members, body members and keywords of each operation were met.",
        body: Content::None,
        run: metrics::coverage,
    },
    Endpoint {
        name: "requests",
        methods: &["GET", "HEAD"],
        purpose: "The journal, filtered by `operation`, `status`, `key` and `violations`; those `after` a number, the newest `limit` of them.",
        body: Content::None,
        run: requests::show,
    },
    Endpoint {
        name: "requests",
        methods: &["DELETE"],
        purpose: "Empties the journal.",
        body: Content::None,
        run: requests::clear,
    },
    Endpoint {
        name: "requests/ID",
        methods: &["GET", "HEAD"],
        purpose: "One request with its answer, why that was chosen, what other answers lacked, and a curl command that sends it again.",
        body: Content::None,
        run: requests::show_one,
    },
    Endpoint {
        name: "fixtures/ID",
        methods: &["GET", "HEAD"],
        purpose: "The answer to one request as files for the folder of fixtures. Nothing is written.",
        body: Content::None,
        run: requests::as_fixture,
    },
    Endpoint {
        name: "answers",
        methods: &["GET"],
        purpose: "The answers that are set.",
        body: Content::None,
        run: actions::show_overrides,
    },
    Endpoint {
        name: "answers",
        methods: &["POST"],
        purpose: "Sets the answer to the next calls of an operation.",
        body: Content::Json,
        run: actions::add_override,
    },
    Endpoint {
        name: "answers",
        methods: &["DELETE"],
        purpose: "Removes all set answers, or those of one `operation`.",
        body: Content::None,
        run: actions::clear_overrides,
    },
    Endpoint {
        name: "sessions",
        methods: &["GET", "HEAD"],
        purpose: "The names of all sessions, and which one the request is in.",
        body: Content::None,
        run: actions::sessions,
    },
    Endpoint {
        name: "scenario",
        methods: &["GET", "HEAD"],
        purpose: "The active scenario, and all that are configured.",
        body: Content::None,
        run: actions::show_scenario,
    },
    Endpoint {
        name: "scenario",
        methods: &["PUT"],
        purpose: "Activates another scenario, or none.",
        body: Content::Json,
        run: actions::put_scenario,
    },
    Endpoint {
        name: "state",
        methods: &["GET", "HEAD"],
        purpose: "The objects of all collections.",
        body: Content::None,
        run: actions::show_state,
    },
    Endpoint {
        name: "state",
        methods: &["PUT"],
        purpose: "Replaces the objects of the named collections.",
        body: Content::Json,
        run: actions::put_state,
    },
    Endpoint {
        name: "state",
        methods: &["DELETE"],
        purpose: "Resets all collections.",
        body: Content::None,
        run: actions::reset_state,
    },
    Endpoint {
        name: "webhooks",
        methods: &["GET", "HEAD"],
        purpose: "The webhooks of the document, and where the configuration sends them.",
        body: Content::None,
        run: webhooks::list,
    },
    Endpoint {
        name: "webhooks/NAME",
        methods: &["POST"],
        purpose: "Sends a webhook: to `url`, else where the configuration says; `body` and `headers` as they are given.",
        body: Content::Json,
        run: webhooks::send,
    },
    Endpoint {
        name: "deliveries",
        methods: &["GET", "HEAD"],
        purpose: "The callbacks and webhooks that were sent, with what became of each.",
        body: Content::None,
        run: webhooks::deliveries,
    },
    Endpoint {
        name: "deliveries",
        methods: &["DELETE"],
        purpose: "Forgets them.",
        body: Content::None,
        run: webhooks::clear,
    },
    Endpoint {
        name: "token",
        methods: &["POST"],
        purpose: "Issues a key with the requested scopes (OAuth2 client credentials).",
        body: Content::Form,
        run: actions::issue_token,
    },
];

/// A request to control.
struct ControlRequest<'r> {
    documents: &'r Documents,
    first: &'r Service,
    session: &'r Session,
    /// What stands in the path for `ID` or `NAME`.
    item: &'r str,
    query: Option<&'r str>,
    body: Bytes,
    /// The journal of all replicas, where there are several and it is asked for.
    journal: Option<Vec<Arc<Entry>>>,
}

impl<'r> ControlRequest<'r> {
    /// The session that it is about.
    fn control(&self) -> SessionControl<'r> {
        SessionControl { documents: self.documents, session: self.session }
    }

    /// A parameter of the query.
    fn parameter(&self, name: &str) -> Option<String> {
        let pairs = parameter::pairs(self.query.unwrap_or_default());
        pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// The document that `?document=NAME` names, or the only one.
    fn service(&self) -> Result<&'r Service, Box<Response>> {
        let services = &self.documents.services;
        let names = || services.iter().map(|service| service.name.as_str());
        match (self.parameter("document"), services.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => {
                let available = Some(("available", json!({ "documents": names().collect::<Vec<_>>() })));
                let detail = "several documents are served; choose one with ?document=NAME";
                Err(Box::new(Response::problem(400, detail, available)))
            }
            (Some(wanted), _) => services.iter().find(|service| service.name == wanted).ok_or_else(|| {
                let help = crate::config::nearest(&wanted, names());
                Box::new(Response::problem(404, &format!("unknown document {wanted:?}; {help}"), None))
            }),
        }
    }

    /// The entries of the journal, oldest first.
    fn entries(&self) -> Vec<Arc<Entry>> {
        self.journal.clone().unwrap_or_else(|| self.session.data.journal.entries())
    }

    /// The body as JSON.
    fn json(&self) -> Result<Value, Box<Response>> {
        bounded::read(&self.body, MAX_TREE, bounded::Twice::Last).map_err(|error| {
            let (status, what) =
                if error.is_data() { (507, "the body is too large") } else { (400, "the body is not JSON") };
            Box::new(Response::problem(status, &format!("{what}: {error}"), None))
        })
    }
}

/// Answers a request to control.
pub(super) async fn handle(documents: &Documents, session: &Session, parts: Parts, body: Body) -> Response {
    let Some(first) = documents.services.first() else {
        return Response::problem(404, "no document is served", None);
    };
    if let Some(refused) = guard(&first.options.allow_hosts, &parts.uri, &parts.headers) {
        return refused;
    }
    let query = parts.uri.query();
    let mut request =
        ControlRequest { documents, first, session, item: "", query, body: Bytes::new(), journal: None };
    // `?session=NAME` goes before header and address.
    let named: Option<Result<Arc<Session>, String>> = request
        .parameter("session")
        .map(|name| documents.sessions.named(&name, (first.options.clock)().as_second(), false));
    let named = match named.transpose() {
        Ok(named) => named,
        Err(why) => return Response::problem(400, &why, None),
    };
    if let Some(named) = &named {
        request.session = named;
    }
    let endpoint = match find(parts.method.as_str(), parts.uri.path()) {
        Ok((endpoint, item)) => {
            request.item = item;
            endpoint
        }
        Err(refused) => return *refused,
    };
    match endpoint.body {
        Content::None => {}
        Content::Form => match collect(body, token::MAX_FORM, &documents.sessions.budgets.bodies).await {
            Ok(collected) => request.body = collected.octets,
            Err(_) => return token::too_large(),
        },
        Content::Json => {
            match collect(body, first.options.max_body, &documents.sessions.budgets.bodies).await {
                Ok(collected) => request.body = collected.octets,
                Err(why) => return why.response(),
            }
        }
    }
    if let Some(replica) = request.session.data.replica.clone()
        && let Some(response) = together::run(&replica, endpoint, &parts.method, &mut request).await
    {
        return response;
    }
    let size = if QUICK.contains(&endpoint.name) { 0 } else { usize::MAX };
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let answer = || {
        // What nobody could hold is not worked out first.
        let is_crowded = size > 0 && is_read && !documents.sessions.budgets.answers.has(1);
        if is_crowded { Response::crowded() } else { (endpoint.run)(&request) }
    };
    documents.bench.work(size, answer).await
}

/// The endpoint for a method and a path, and what stands in the path for its last word.
fn find<'p>(method: &str, path: &'p str) -> Result<(&'static Endpoint, &'p str), Box<Response>> {
    let Some(name) = path.find(PREFIX).and_then(|at| path.get(at + PREFIX.len()..)) else {
        return Err(Box::new(Response::problem(404, &unknown(), None)));
    };
    let item = |endpoint: &Endpoint| match endpoint.name.rsplit_once('/') {
        Some((before, _)) => name
            .strip_prefix(before)
            .and_then(|item| item.strip_prefix('/'))
            .filter(|item| !item.is_empty() && !item.contains('/')),
        None => (endpoint.name == name).then_some(""),
    };
    let mut of_name = ENDPOINTS.iter().filter_map(|endpoint| Some((endpoint, item(endpoint)?))).peekable();
    if of_name.peek().is_none() {
        return Err(Box::new(Response::problem(404, &unknown(), None)));
    }
    of_name.find(|(endpoint, _)| endpoint.methods.contains(&method)).ok_or_else(|| {
        Box::new(Response::problem(405, "this control endpoint does not take this method", None))
    })
}

/// What is said of an address that control does not have.
fn unknown() -> String {
    let mut names: Vec<&str> =
        ENDPOINTS.iter().map(|endpoint| endpoint.name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    match names.split_last() {
        Some((last, others)) => {
            format!("unknown control endpoint; known are {} and {last}", others.join(", "))
        }
        None => String::new(),
    }
}

/// Refuses what may come from a web page (DNS rebinding, cross-site requests).
fn guard(allow_hosts: &[String], uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let fields: Vec<&str> =
        headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default()).collect();
    if fields.len() > 1 {
        // RFC 9112 §3.2.
        return Some(Response::problem(400, "the request has more than one Host field", None));
    }
    // HTTP/2 names the host in `:authority`, and a request in absolute form in its target (RFC 9112 §3.2.2).
    let authority = uri.authority().map(Authority::as_str);
    let hosts: Vec<&str> = authority.into_iter().chain(fields).collect();
    if hosts.is_empty() || !hosts.iter().all(|host| origin::is_own(allow_hosts, host)) {
        let detail = "the control API answers only to loopback host names; add others with --allow-host";
        return Some(Response::problem(403, detail, None));
    }
    let page = headers.get(ORIGIN)?.to_str().unwrap_or_default();
    let from = page.split_once("://").map_or(page, |(_, host)| host);
    if origin::is_own(allow_hosts, from) && hosts.iter().all(|host| from.eq_ignore_ascii_case(host)) {
        return None;
    }
    Some(Response::problem(403, "pages of another origin may not control the mock", None))
}

#[cfg(test)]
mod tests;
