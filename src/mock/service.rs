//! One request from end to end, in the order in which it may be refused: path and method,
//! credential, scopes, `Accept`, the object, media type and input.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CONTENT_LENGTH, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};

use super::auth::Access;
use super::error_response::{Refusal, problem};
use super::journal::Entry;
use super::negotiation::negotiate;
use super::prefer::preferred;
use super::replay::{self, PreparedResponses, Response};
use super::session::{self, Session, Sessions};
use super::state::Call;
use super::{App, Live, Validate, access_log, control, documents, faults};
use crate::contract::Operation;
use crate::exchange::Request;
use crate::judge::{self, Violation};

/// What one request was found to be, for the journal and the log.
#[derive(Default)]
pub(super) struct Observations {
    pub operation: Option<usize>,
    pub key: Option<String>,
    pub note: Option<String>,
    pub violations: Vec<Violation>,
    /// What is not in the document at all.
    stray: Option<&'static str>,
}

/// The fallback handler: every request comes here.
pub(super) async fn handle(
    State(live): State<Live>,
    incoming: axum::extract::Request,
) -> axum::response::Response {
    let (parts, body) = incoming.into_parts();
    let is_head = parts.method == Method::HEAD;
    // What is served is held for the whole request, whatever replaces it meanwhile.
    let apps = live.apps();
    let Some(first) = apps.first() else {
        return into_response(problem(404, "no document is served", None), is_head);
    };
    let session = match first.session(&parts) {
        Ok(session) => session,
        Err(why) => return into_response(problem(400, &why, None), is_head),
    };
    let whole = parts.uri.path();
    let path = below_session(whole).map_or(whole, |(_, path)| path);
    if path.starts_with(control::PREFIX) {
        return control::handle(&apps, &session, parts, body).await;
    }
    let tally = &first.inner.shared.tally;
    tally.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut account = Observations::default();
    let whole = whole.to_owned();
    let path = below_session(&whole).map_or(whole.as_str(), |(_, path)| path);
    let mut request = Request {
        method: parts.method,
        // Put in at the end, because what is found for the path borrows from it.
        path: String::new(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: Bytes::new(),
    };
    let routed = documents::route(&apps, path);
    let app = routed.map_or(first, |(app, _)| app);
    let mut answer = match routed {
        Some((app, path)) => {
            let at = Address { session: &session, whole: &whole, path };
            app.answer(at, &mut request, body, &mut account).await
        }
        None => {
            account.stray = Some("no document is served there");
            let prefixes: Vec<&str> = apps.iter().map(|app| app.inner.prefix.as_str()).collect();
            problem(404, "no document is served there", Some(("available", json!({ "prefixes": prefixes }))))
        }
    };
    request.path = whole;
    let options = &app.inner.options;
    if options.cors
        && let Some(origin) = request.headers.get(ORIGIN)
    {
        allow_origin(&mut answer.headers, origin);
    }
    let wait = options.delay + answer.delay;
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let broken = answer.broken.take();
    if let Some(log) = &options.log {
        let _ = log.send(app.line(&session, &request, &answer, &account));
    }
    let operation = account.operation.and_then(|index| app.known(index));
    if let Some(operation) = operation {
        operation.call();
    }
    if account.stray.is_some() || !account.violations.is_empty() {
        tally.broke(|| broke(&apps, &request, &account));
    }
    if session.kept.journal.is_on() {
        session.kept.journal.push(Entry {
            id: 0,
            at: (options.clock)(),
            operation: operation.cloned(),
            request,
            key: account.key,
            status: answer.status.as_u16(),
            source: answer.source,
            violations: account.violations,
        });
    }
    let Some(broken) = broken.filter(|_| !is_head) else { return into_response(answer, is_head) };
    let body = answer.body.clone();
    let mut response = into_response(answer, is_head);
    faults::break_off(broken, &body, &mut response);
    response
}

/// A request that broke the document, in words.
fn broke(apps: &[App], request: &Request, account: &Observations) -> String {
    let what = match (account.stray, account.violations.first()) {
        (Some(stray), _) => stray.to_owned(),
        (None, Some(violation)) => violation.message.clone(),
        (None, None) => String::new(),
    };
    let line = format!("{} {} · {what}", request.method, request.path);
    access_log::printable(&control::redactor(apps).text(&line))
}

/// Where a request goes.
#[derive(Clone, Copy)]
struct Address<'a> {
    session: &'a Session,
    /// The path as it was sent.
    whole: &'a str,
    /// The path without the session's name.
    path: &'a str,
}

/// The name of a session and the path below it: `/__session/NAME/…`.
fn below_session(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(session::PREFIX)?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (name, below) = rest.split_at(end);
    Some((name, if below.is_empty() { "/" } else { below }))
}

pub(super) fn into_response(answer: Response, is_head: bool) -> axum::response::Response {
    let mut response = axum::response::Response::new(Body::empty());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if is_head {
        // As GET, without the content (RFC 9110 §9.3.2).
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    } else if !answer.body.is_empty() {
        *response.body_mut() = Body::from(answer.body);
    }
    response
}

fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert("access-control-allow-credentials", HeaderValue::from_static("true"));
    headers.insert(
        "access-control-expose-headers",
        HeaderValue::from_static("*, allow, location, link, retry-after"),
    );
    headers.append("vary", HeaderValue::from_static("origin"));
}

impl App {
    /// The session of a request, by its address, its header or its cookie.
    fn session(&self, parts: &http::request::Parts) -> Result<Arc<Session>, String> {
        let sessions = &self.inner.shared.sessions;
        let now = || (self.inner.options.clock)().as_second();
        if let Some((name, _)) = below_session(parts.uri.path()) {
            return sessions.named(name, now());
        }
        match Sessions::name_in(&parts.headers) {
            Some(name) => sessions.named(&name, now()),
            None => Ok(Arc::clone(&sessions.shared)),
        }
    }

    async fn answer(
        &self,
        at: Address<'_>,
        request: &mut Request,
        body: Body,
        account: &mut Observations,
    ) -> Response {
        let contract = &self.inner.contract;
        let full_path = at.path;
        let path = self.without_base(full_path);
        let found = path.and_then(|path| contract.find(path));
        let Some(found) = found else {
            let token = contract
                .schemes
                .values()
                .flat_map(|scheme| &scheme.token_paths)
                .any(|known| known == full_path);
            return if token && request.method == Method::POST {
                control::token(std::slice::from_ref(self), body).await
            } else {
                account.stray = Some("no operation has this path");
                let refusal =
                    Refusal::new("unknown-path", 404, format!("no operation has the path {full_path}"));
                self.refuse(None, &refusal)
            };
        };
        let operations = || found.operations.iter().filter_map(|index| contract.operations.get(*index));
        let by_method = |method: &Method| operations().find(|operation| operation.method == *method);
        let operation = by_method(&request.method)
            .or_else(|| (request.method == Method::HEAD).then(|| by_method(&Method::GET)).flatten());
        match operation {
            Some(operation) => {
                account.operation = Some(operation.index);
                self.operate(at, operation, &found.values, request, body, account).await
            }
            None if request.method == Method::OPTIONS => {
                let mut answer = Response::empty(StatusCode::NO_CONTENT, "options");
                let allow = replay::methods(operations());
                if self.inner.options.cors && request.headers.contains_key("access-control-request-method") {
                    answer.headers.insert("access-control-allow-methods", allow.clone());
                    let asked = request.headers.get("access-control-request-headers");
                    answer.headers.insert(
                        "access-control-allow-headers",
                        asked.cloned().unwrap_or_else(|| HeaderValue::from_static("*")),
                    );
                    answer.headers.insert("access-control-max-age", HeaderValue::from_static("600"));
                }
                answer.headers.insert(ALLOW, allow);
                answer
            }
            None if operations()
                .next()
                .is_some_and(|o| self.lies(o.index, "method-undocumented-accepted")) =>
            {
                Response::empty(StatusCode::OK, "fault")
            }
            None => {
                account.stray = Some("this path has no such method");
                let detail = format!("{} is not documented for {full_path}", request.method);
                let refusal =
                    Refusal::new("method-not-allowed", 405, detail).with("method", request.method.as_str());
                let mut answer = self.refuse(None, &refusal);
                let lies = |rule| operations().next().is_some_and(|first| self.lies(first.index, rule));
                if lies("method-status") {
                    answer.status = StatusCode::BAD_REQUEST;
                }
                if !lies("allow-missing") {
                    answer.headers.insert(ALLOW, replay::methods(operations()));
                }
                answer
            }
        }
    }

    /// The path without the base path: the one that is pinned, else any of the servers', else bare.
    fn without_base<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = |base: &str| {
            let base = base.trim_end_matches('/');
            path.strip_prefix(base)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
                .map(|rest| if rest.is_empty() { "/" } else { rest })
        };
        if let Some(base) = &self.inner.options.base_path {
            return below(base);
        }
        let contract = &self.inner.contract;
        let known = contract
            .base_paths
            .iter()
            .filter_map(|base| below(base))
            .find(|rest| contract.find(rest).is_some());
        Some(known.unwrap_or(path))
    }

    async fn operate(
        &self,
        at: Address<'_>,
        operation: &Operation,
        path_values: &[&str],
        request: &mut Request,
        body: Body,
        account: &mut Observations,
    ) -> Response {
        let lies = |rule: &str| self.lies(operation.index, rule);
        let Some(table) = self.table(operation.index) else {
            return problem(500, "the operation cannot be answered", None);
        };
        let mut answer = match self.admit(operation, table, path_values, request, account, &lies) {
            Some(refused) => {
                if lies("denied-request-had-effect") {
                    self.serve(at, operation, table, path_values, request, body, account, &lies).await;
                }
                refused
            }
            None => self.serve(at, operation, table, path_values, request, body, account, &lies).await,
        };
        if !self.inner.options.faults.is_empty() {
            faults::distort(operation, &request.method, &lies, &mut answer);
            answer.delay += faults::wait(&self.inner.slowed, &lies);
            faults::harm(&self.inner.harmed, operation, &lies, &mut answer);
        }
        answer
    }

    /// Credential and scopes; a refusal where one is due.
    fn admit(
        &self,
        operation: &Operation,
        table: &PreparedResponses,
        path_values: &[&str],
        request: &Request,
        account: &mut Observations,
        lies: &dyn Fn(&str) -> bool,
    ) -> Option<Response> {
        let access =
            self.access(operation, &table.required, path_values, &request.headers, request.query.as_deref());
        let refusal = match access {
            Access::Open => None,
            Access::Granted(holder) => {
                account.key = Some(holder.name.clone());
                let refused = lies("scope-minimal-refused");
                refused.then(|| {
                    Refusal::new("lacking-scope", 403, "this key may not do this").with("scope", "*")
                })
            }
            Access::Missing if lies("auth-missing-accepted") => None,
            Access::Unknown if lies("auth-unknown-accepted") => None,
            Access::Lacking(holder, _) if lies("scope-lacking-accepted") => {
                account.key = Some(holder.name.clone());
                None
            }
            Access::Elsewhere(holder, _) if lies("key-limit-ignored") => {
                account.key = Some(holder.name.clone());
                None
            }
            Access::Missing => {
                account.note = Some("no credential".to_owned());
                Some(Refusal::new("no-credential", 401, "no credential was presented"))
            }
            Access::Unknown => {
                account.note = Some("unknown key: use mock:*, or --auth present".to_owned());
                Some(Refusal::new("unknown-credential", 401, "the credential is not known"))
            }
            Access::Lacking(holder, scope) => {
                account.key = Some(holder.name.clone());
                account.note = Some(format!("key lacks {scope}"));
                Some(
                    Refusal::new("lacking-scope", 403, format!("the key lacks the scope {scope:?}"))
                        .with("scope", scope),
                )
            }
            Access::Elsewhere(holder, parameter) => {
                account.key = Some(holder.name.clone());
                account.note = Some(format!("key is limited to another {parameter}"));
                let refusal =
                    Refusal::new("key-limit", 403, format!("the key is limited to another {parameter}"));
                Some(refusal.with("field", parameter))
            }
        }?;
        let mut answer = self.refuse(Some(operation), &refusal);
        let swapped = match refusal.status {
            401 if lies("auth-status") => Some(StatusCode::FORBIDDEN),
            403 if lies("scope-status") => Some(StatusCode::UNAUTHORIZED),
            _ => None,
        };
        if let Some(status) = swapped {
            answer.status = status;
            if status == StatusCode::UNAUTHORIZED {
                answer.headers.insert("www-authenticate", HeaderValue::from_static("Bearer"));
            }
        }
        Some(answer)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "it is the one place where a request's parts come together"
    )]
    async fn serve(
        &self,
        at: Address<'_>,
        operation: &Operation,
        table: &PreparedResponses,
        path_values: &[&str],
        request: &mut Request,
        body: Body,
        account: &mut Observations,
        lies: &(dyn Fn(&str) -> bool + Sync),
    ) -> Response {
        let media_type = match self.negotiated(operation, table, request) {
            Ok(media_type) => media_type,
            Err(refused) => return *refused,
        };
        let state = |request: &Request, answer: &dyn Fn(&Call<'_>) -> Option<Response>| {
            self.inner.engine.is_some().then(|| {
                let path = at.whole;
                let session = at.session;
                answer(&Call { session, operation, table, path_values, request, path, media_type, lies })
            })?
        };
        if let Some(refused) = state(request, &|call| self.not_there(call)) {
            account.note = Some("unknown object".to_owned());
            return refused;
        }
        match collect(body, self.inner.options.max_body).await {
            Ok(octets) => request.body = octets,
            Err(status) => return problem(status.as_u16(), "the request body cannot be read", None),
        }
        if self.inner.options.validate != Validate::Off && table.is_judged {
            account.violations = judge::request(operation, path_values, request);
            account.violations.retain(|violation| violation.kind != judge::Kind::Unjudged);
            if let Some(violation) = account.violations.first() {
                account.note = Some(violation.message.clone());
                if lies("invalid-accepted") && !request.body.is_empty() {
                    // Accepted, and nothing is stored that would break other answers.
                    let plain = Request::new(Method::GET, "");
                    let answer = table.success(&plain, operation, path_values, media_type, 0);
                    return answer.unwrap_or_else(|| table.no_answer());
                }
                if self.inner.options.validate == Validate::Error && !lies("invalid-accepted") {
                    return self
                        .refuse(Some(operation), &Self::refusal_of(operation, path_values, violation));
                }
            }
        }
        if lies("valid-rejected") {
            return self
                .refuse(Some(operation), &Refusal::new("invalid", 400, "this is refused whatever it says"));
        }
        if let Some(answer) = control::set_answer(self, at.session, operation, table) {
            return answer;
        }
        let wish = match self.wish(at.session, operation, request) {
            Ok(wish) => wish,
            Err(refused) => return *refused,
        };
        if let Some(wish) = wish.as_ref().filter(|wish| wish.is_answer()) {
            let taste = self.inner.options.taste(wish.dynamic);
            return preferred(operation, table, path_values, request, media_type, wish, taste);
        }
        let call = if table.counts_calls() {
            let part = at.session.parts.get(self.inner.place);
            let calls = part.and_then(|part| part.calls.get(operation.index));
            calls
                .map_or(0, |calls| calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed).saturating_add(1))
        } else {
            0
        };
        let from_state = || {
            self.inner.engine.as_ref()?;
            let beside = table.beside_state(request, operation, path_values, media_type, call);
            beside.or_else(|| state(request, &|call| self.in_state(call)))
        };
        let replayed = || table.success(request, operation, path_values, media_type, call);
        let mut answer = from_state().or_else(replayed).unwrap_or_else(|| table.no_answer());
        if let Some(delay) = wish.and_then(|wish| wish.delay) {
            answer.delay = delay;
        }
        answer
    }

    /// An id that its schema does not allow names no object.
    fn refusal_of(operation: &Operation, path_values: &[&str], violation: &Violation) -> Refusal {
        let in_path = matches!(violation.at, judge::At::Parameter(crate::contract::Location::Path, _));
        if in_path && !path_values.is_empty() && operation.response(404).is_some() {
            return Refusal::new("unknown-object", 404, violation.message.clone());
        }
        Refusal::invalid(operation, violation)
    }

    /// The media type to answer in.
    fn negotiated<'t>(
        &self,
        operation: &Operation,
        table: &'t PreparedResponses,
        request: &Request,
    ) -> Result<Option<&'t str>, Box<Response>> {
        if table.offered.is_empty() {
            return Ok(None);
        }
        if let (Some((name, named)), Some(query)) = (&table.format, request.query.as_deref())
            && !self.lies(operation.index, "format-ignored")
            && let Some((_, value)) =
                crate::contract::style::pairs(query).into_iter().find(|(key, _)| key == name)
            && let Some((_, media_type)) = named.iter().find(|(known, _)| *known == value)
        {
            return Ok(Some(media_type));
        }
        let accept = request.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        match negotiate(accept, &table.offered) {
            Some(media_type) => Ok(Some(media_type)),
            None => {
                let detail = format!("nothing of {} can be sent", accept.unwrap_or_default());
                Err(Box::new(self.refuse(Some(operation), &Refusal::new("not-acceptable", 406, detail))))
            }
        }
    }
}

/// The whole body, within the limit.
pub(super) async fn collect(body: Body, limit: usize) -> Result<Bytes, StatusCode> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// A JSON answer of the mock itself.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let mut answer = Response::empty(status, "control");
    answer.headers.insert("content-type", HeaderValue::from_static("application/json"));
    answer.body = body.to_string().into();
    answer
}
