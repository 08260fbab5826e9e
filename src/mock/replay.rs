//! What an operation answers: prepared once from fixtures, examples and made values, then chosen.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::Inner;
use super::error_response::problem;
use super::matcher::holds;
use super::negotiation::format_parameter;
use crate::contract::path::Piece;
use crate::contract::{
    Contract, Direction, MediaBody, Operation, ResponseDoc, StatusKey, body, examples, is_json,
    is_without_content, style,
};
use crate::exchange::Request;
use crate::produce::fixture::{Condition, Subject};
use crate::produce::request::header_text;
use crate::produce::{Taste, value};
use crate::resource::id_of;

/// An answer that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// `fixture`, `example`, `generated`, `refusal`, …
    pub source: &'static str,
    pub delay: Duration,
    /// How the connection is broken, for faults.
    pub broken: Option<Broken>,
}

/// A way to break a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Half of the body, then the end.
    HalfWay,
    /// No answer at all.
    AtOnce,
}

impl Response {
    pub fn empty(status: StatusCode, source: &'static str) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source,
            delay: Duration::ZERO,
            broken: None,
        }
    }
}

/// One prepared answer and when it is taken.
#[derive(Debug)]
pub(super) struct PreparedResponse {
    pub key: StatusKey,
    pub name: String,
    pub media_type: Option<String>,
    pub when: Vec<Condition>,
    /// The calls of a session for which it is taken: from, to, counted from 1.
    pub calls: Option<(u32, u32)>,
    /// The id of the object that it shows, as text.
    pub id: Option<String>,
    pub answer: Response,
}

/// Everything that one operation can answer.
#[derive(Debug)]
pub(super) struct PreparedResponses {
    /// Scopes of each requirement, as numbers.
    pub required: Vec<Vec<usize>>,
    /// The status of the plain success.
    pub success: u16,
    /// Media types of the success, in the document's order; empty where it has no content.
    pub offered: Vec<String>,
    /// The query parameter that picks a media type, with its values.
    pub format: Option<(String, Vec<(String, String)>)>,
    /// Whether there is anything to judge about a request.
    pub is_judged: bool,
    /// The path parameter that names the object: its place among the path's values, and its name.
    target: Option<(usize, String)>,
    answers: Vec<PreparedResponse>,
    /// Why a form of the success could not be made.
    unmade: Option<String>,
}

impl PreparedResponses {
    pub fn new(inner: &Inner, index: usize) -> Self {
        let contract = &inner.contract;
        let Some(operation) = contract.operations.get(index) else { return Self::nothing() };
        let success_doc = operation.successes().into_iter().next();
        let success = success_doc.map_or(200, |response| concrete(response.status));
        // Only a path that ends in a parameter names the very object that is answered.
        let target = match operation.template.segments().last().map(Vec::as_slice) {
            Some([Piece::Parameter(last)]) => {
                operation.template.names().get(*last).map(|name| (*last, name.clone()))
            }
            _ => None,
        };
        let allow = allow(contract, operation);
        let mut answers = Vec::new();
        let mut unmade = None;
        let is_dynamic = inner.options.dynamic;
        let taste = inner.options.taste(is_dynamic);
        let is_passed_over = |key: StatusKey| is_dynamic && success_doc.is_some_and(|doc| doc.status == key);
        for fixture in inner.fixtures.of(index).filter(|fixture| !is_passed_over(fixture.status)) {
            let status = StatusCode::from_u16(concrete(fixture.status)).unwrap_or(StatusCode::OK);
            let mut headers = HeaderMap::new();
            put(&mut headers, CONTENT_TYPE.as_str(), fixture.media_type.as_deref());
            for (name, value) in &fixture.headers {
                put(&mut headers, name, Some(value));
            }
            let body = rebase(contract, &format!("{}{}", inner.options.origin, inner.prefix), &fixture.body);
            let id = target
                .as_ref()
                .and_then(|(_, name)| id_text(&fixture.body, fixture.media_type.as_deref(), name));
            answers.push(PreparedResponse {
                key: fixture.status,
                name: fixture.name.clone(),
                media_type: fixture.media_type.clone(),
                when: fixture.when.clone(),
                calls: fixture.calls,
                id,
                answer: Response {
                    status,
                    headers,
                    body,
                    source: "fixture",
                    delay: fixture.delay.unwrap_or_default(),
                    broken: None,
                },
            });
        }
        // Most conditions first, then file name, which is the order in which they were loaded.
        answers.sort_by_key(|prepared: &PreparedResponse| {
            std::cmp::Reverse(prepared.when.len() + usize::from(prepared.calls.is_some()))
        });
        for response in operation.responses.iter().filter(|response| !is_passed_over(response.status)) {
            answers.extend(documented(response));
        }
        if let Some(response) = success_doc {
            let offered =
                response.content.iter().filter(|c| !has_default(&answers, response.status, Some(c)));
            let mut made = Vec::new();
            for content in offered {
                match generated(response, content, taste) {
                    Ok(prepared) => made.push(prepared),
                    Err(why) => unmade = unmade.or(Some(why)),
                }
            }
            answers.extend(made.into_iter().map(|mut prepared| {
                if let Some((_, name)) = target.as_ref().filter(|_| is_dynamic) {
                    prepared.id = id_text(&prepared.answer.body, prepared.media_type.as_deref(), name);
                }
                prepared
            }));
            if response.content.is_empty() && !has_default(&answers, response.status, None) {
                answers.push(PreparedResponse::empty(response));
            }
        }
        for prepared in &mut answers {
            if prepared.answer.status == StatusCode::METHOD_NOT_ALLOWED
                && !prepared.answer.headers.contains_key(ALLOW)
            {
                prepared.answer.headers.insert(ALLOW, allow.clone());
            }
        }
        let mut offered = offered(success_doc, success, &answers);
        // A list that is kept can be written as CSV, where the document has that form.
        let lists = inner.engine.as_ref().is_some_and(|engine| engine.lists(index));
        let has_csv = success_doc.is_some_and(|doc| doc.content.iter().any(|c| c.media_type == "text/csv"));
        if lists && has_csv && !offered.iter().any(|media_type| media_type == "text/csv") {
            offered.push("text/csv".to_owned());
        }
        Self {
            required: operation
                .security
                .iter()
                .map(|requirement| contract.scopes.compile(requirement))
                .collect(),
            format: format_parameter(operation, &offered),
            is_judged: operation.body.is_some() || !operation.parameters.is_empty(),
            success,
            offered,
            target,
            answers,
            unmade,
        }
    }

    fn nothing() -> Self {
        Self {
            required: Vec::new(),
            success: 200,
            offered: Vec::new(),
            format: None,
            is_judged: false,
            target: None,
            answers: Vec::new(),
            unmade: None,
        }
    }

    /// What is said where there is no answer.
    pub fn no_answer(&self) -> Response {
        let why = self.unmade.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        problem(501, &format!("no answer can be made for this operation{why}; add a fixture"), None)
    }

    /// The answer to a request that may go on. `media_type` is what was negotiated.
    pub fn success(
        &self,
        request: &Request,
        operation: &Operation,
        path_values: &[&str],
        media_type: Option<&str>,
        call: u32,
    ) -> Option<Response> {
        let fits = |prepared: &&PreparedResponse| {
            prepared.answer.status.as_u16() == self.success
                && (media_type.is_none()
                    || prepared.media_type.as_deref() == media_type
                    || prepared.media_type.is_none())
        };
        if let Some(answer) = self.conditional(request, operation, path_values, media_type, call, |_| true) {
            return Some(answer);
        }
        let plain = || self.answers.iter().filter(fits).filter(|p| !p.is_conditional());
        let wanted = self.target.as_ref().and_then(|(index, name)| Some((path_values.get(*index)?, name)));
        if let Some((id, _)) = wanted
            && let Some(prepared) = plain().find(|prepared| prepared.id.as_deref() == Some(*id))
        {
            return Some(prepared.answer.clone());
        }
        let default = plain().find(|prepared| prepared.name.is_empty()).or_else(|| plain().next())?;
        let mut answer = default.answer.clone();
        // The object that was asked for, in the clothes of the one that is there.
        if let Some((id, name)) = wanted
            && default.id.is_some()
            && let Some(body) = with_id(&answer.body, name, id)
        {
            answer.body = body;
        }
        Some(answer)
    }

    /// The objects that fixtures and examples of the success show.
    pub fn objects(&self) -> Vec<Value> {
        let Some((_, name)) = &self.target else { return Vec::new() };
        let shown = self.answers.iter().filter(|p| p.answer.status.as_u16() == self.success);
        let values = shown.filter_map(|prepared| serde_json::from_slice(&prepared.answer.body).ok());
        values.filter(|value| id_of(value, name).is_some()).collect()
    }

    /// The answer of the first fixture whose conditions all hold, whatever its status.
    fn conditional(
        &self,
        request: &Request,
        operation: &Operation,
        path_values: &[&str],
        media_type: Option<&str>,
        call: u32,
        may: impl Fn(&PreparedResponse) -> bool,
    ) -> Option<Response> {
        let body = OnceCell::new();
        let fits = |p: &&PreparedResponse| {
            p.is_conditional()
                && may(p)
                && (p.answer.status.as_u16() != self.success
                    || media_type.is_none()
                    || p.media_type.as_deref() == media_type
                    || p.media_type.is_none())
        };
        let holding = self.answers.iter().filter(fits).find(|p| {
            p.calls.is_none_or(|(from, to)| (from..=to).contains(&call))
                && p.when.iter().all(|c| holds(c, operation, path_values, request, &body))
        });
        holding.map(|prepared| prepared.answer.clone())
    }

    /// As [`PreparedResponses::success`] for a mock that keeps state: only what the state has no say in.
    /// Conditions on the path or the query alone are for mocks that replay; here they would show
    /// what was there before anything changed.
    pub fn beside_state(
        &self,
        request: &Request,
        operation: &Operation,
        path_values: &[&str],
        media_type: Option<&str>,
        call: u32,
    ) -> Option<Response> {
        let is_about_path = |c: &Condition| matches!(c.subject, Subject::Path(_) | Subject::Query(_));
        self.conditional(request, operation, path_values, media_type, call, |prepared| {
            prepared.calls.is_some() || !prepared.when.iter().all(is_about_path)
        })
    }

    /// Whether it matters which call of a session this is.
    pub fn counts_calls(&self) -> bool {
        self.answers.iter().any(|prepared| prepared.calls.is_some())
    }

    /// The answer for a status, by name where one is asked for.
    pub fn with_status(&self, status: u16, name: Option<&str>) -> Option<&Response> {
        let of_status = || {
            self.answers.iter().filter(move |p| p.key.covers(status) || p.answer.status.as_u16() == status)
        };
        match name {
            Some(name) => of_status().find(|prepared| prepared.name == name),
            None => of_status()
                .find(|prepared| prepared.name.is_empty() && !prepared.is_conditional())
                .or_else(|| of_status().next()),
        }
        .map(|prepared| &prepared.answer)
    }

    /// The answer of that name, whatever its status.
    pub fn named(&self, name: &str) -> Option<&Response> {
        self.answers.iter().find(|prepared| prepared.name == name).map(|prepared| &prepared.answer)
    }

    /// Names of the answers there are, with their statuses.
    pub fn names(&self) -> Vec<String> {
        let named = self.answers.iter().filter(|p| !p.name.is_empty());
        let mut names: Vec<String> = named.map(|p| format!("{} ({})", p.name, p.key)).collect();
        names.dedup();
        names
    }
}

impl PreparedResponse {
    fn is_conditional(&self) -> bool {
        !self.when.is_empty() || self.calls.is_some()
    }

    fn empty(response: &ResponseDoc) -> Self {
        let key = response.status;
        let status = StatusCode::from_u16(concrete(key)).unwrap_or(StatusCode::OK);
        let mut answer = Response::empty(status, "generated");
        put_documented(&mut answer.headers, response);
        Self { key, name: String::new(), media_type: None, when: Vec::new(), calls: None, id: None, answer }
    }
}

/// The status that stands for a key: the class's first, 200 for `default`.
pub(super) fn concrete(key: StatusKey) -> u16 {
    match key {
        StatusKey::Code(code) => code,
        StatusKey::Class(class) => class * 100,
        StatusKey::Default => 200,
    }
}

/// `Allow` for the path of an operation (RFC 9110 §10.2.1).
fn allow(contract: &Contract, operation: &Operation) -> HeaderValue {
    let same = contract.operations.iter().filter(|other| other.path() == operation.path());
    methods(same)
}

/// The methods of some operations, with HEAD beside GET, and OPTIONS.
pub(super) fn methods<'o>(operations: impl Iterator<Item = &'o Operation>) -> HeaderValue {
    let mut methods: Vec<&str> = Vec::new();
    for operation in operations {
        let method = operation.method.as_str();
        if !methods.contains(&method) {
            methods.push(method);
        }
        if method == "GET" && !methods.contains(&"HEAD") {
            methods.push("HEAD");
        }
    }
    if !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    HeaderValue::from_str(&methods.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}

fn put(headers: &mut HeaderMap, name: &str, value: Option<&str>) {
    if let (Ok(name), Some(Ok(value))) =
        (HeaderName::from_bytes(name.as_bytes()), value.map(HeaderValue::from_str))
    {
        headers.insert(name, value);
    }
}

/// The headers that a response must have, `Allow` apart, which the paths themselves tell.
fn put_documented(headers: &mut HeaderMap, response: &ResponseDoc) {
    let is_own = |name: &str| !name.eq_ignore_ascii_case(ALLOW.as_str());
    for header in response.headers.iter().filter(|header| header.required && is_own(&header.name)) {
        put(headers, &header.name, header_text(header).as_deref());
    }
}

/// The document's own examples of a response.
fn documented(response: &ResponseDoc) -> Vec<PreparedResponse> {
    let mut prepared = Vec::new();
    for content in &response.content {
        let sound = examples::of_body(content, Direction::Response);
        for (index, (name, example)) in sound.enumerate() {
            let Some(answer) = answer_of(response, content, &example, "example") else { continue };
            let media_type = Some(content.media_type.clone());
            let entry = |name: &str| PreparedResponse {
                key: response.status,
                name: name.to_owned(),
                media_type: media_type.clone(),
                when: Vec::new(),
                calls: None,
                id: None,
                answer: answer.clone(),
            };
            if index == 0 {
                prepared.push(entry(""));
            }
            prepared.push(entry(name));
        }
    }
    prepared
}

fn has_default(answers: &[PreparedResponse], key: StatusKey, content: Option<&MediaBody>) -> bool {
    answers.iter().any(|prepared| {
        prepared.key == key
            && !prepared.is_conditional()
            && prepared.name.is_empty()
            && content.is_none_or(|content| prepared.media_type.as_deref().is_some_and(|t| content.covers(t)))
    })
}

/// An answer with a made-up body. The error says why none can be made.
pub(super) fn generated(
    response: &ResponseDoc,
    content: &MediaBody,
    taste: Taste,
) -> Result<PreparedResponse, String> {
    let value = match &content.schema {
        Some(schema) => value(schema, Direction::Response, taste).map_err(|why| why.to_string())?,
        None => match &content.item_schema {
            Some(schema) => {
                let item = value(schema, Direction::Response, taste).map_err(|why| why.to_string())?;
                let text = body::write_items(content, &[item]).map(|(_, octets)| octets);
                let text = text.and_then(|octets| String::from_utf8(octets).ok());
                Value::String(text.ok_or_else(|| {
                    format!("items of {} cannot be written as {}", schema.pointer(), content.media_type)
                })?)
            }
            None => body::sample(content),
        },
    };
    let answer = answer_of(response, content, &value, "generated")
        .ok_or_else(|| format!("its value cannot be written as {}", content.media_type))?;
    Ok(PreparedResponse {
        key: response.status,
        name: String::new(),
        media_type: Some(content.media_type.clone()),
        when: Vec::new(),
        calls: None,
        id: None,
        answer,
    })
}

fn answer_of(
    response: &ResponseDoc,
    content: &MediaBody,
    value: &Value,
    source: &'static str,
) -> Option<Response> {
    let (media_type, body) = body::write(content, Direction::Response, value)?;
    let body = if is_json(&media_type) { serde_json::to_vec_pretty(value).ok()? } else { body };
    let mut headers = HeaderMap::new();
    put(&mut headers, CONTENT_TYPE.as_str(), Some(&media_type));
    put_documented(&mut headers, response);
    let status = StatusCode::from_u16(concrete(response.status)).ok()?;
    let mut body = body;
    if is_without_content(status.as_u16()) {
        body.clear();
        headers.remove(CONTENT_TYPE);
    }
    Some(Response { status, headers, body: body.into(), source, delay: Duration::ZERO, broken: None })
}

fn offered(doc: Option<&ResponseDoc>, success: u16, answers: &[PreparedResponse]) -> Vec<String> {
    let available = |media_type: &str| {
        answers
            .iter()
            .any(|p| p.answer.status.as_u16() == success && p.media_type.as_deref() == Some(media_type))
    };
    let mut offered: Vec<String> = Vec::new();
    let in_order = doc.into_iter().flat_map(|doc| &doc.content).map(|content| content.media_type.as_str());
    let others = answers
        .iter()
        .filter(|p| p.answer.status.as_u16() == success)
        .filter_map(|p| p.media_type.as_deref());
    for media_type in in_order.filter(|media_type| available(media_type)).chain(others) {
        if !offered.iter().any(|known| known == media_type) {
            offered.push(media_type.to_owned());
        }
    }
    offered
}

/// Puts links to the documented servers onto the mock's own address, so that no link of an answer
/// leads a client away to the real service.
fn rebase(contract: &Contract, origin: &str, body: &Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(body) else { return body.clone() };
    let mut changed: Option<String> = None;
    for server in &contract.servers {
        let from = format!("{server}/");
        let current = changed.as_deref().unwrap_or(text);
        if current.contains(&from) {
            changed = Some(current.replace(&from, &format!("{origin}/")));
        }
    }
    changed.map_or_else(|| body.clone(), Bytes::from)
}

fn id_text(body: &Bytes, media_type: Option<&str>, parameter: &str) -> Option<String> {
    if !media_type.is_some_and(is_json) {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    id_of(&value, parameter).map(style::text)
}

/// The object with another id, where the id is of a kind that can be written so.
fn with_id(body: &Bytes, parameter: &str, id: &str) -> Option<Bytes> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let known = id_of(&value, parameter)?.clone();
    let object = value.as_object_mut()?;
    let name = object.iter().find(|(_, v)| **v == known).map(|(name, _)| name.clone())?;
    let replacement = match known {
        Value::Number(_) => Value::Number(serde_json::from_str(id).ok()?),
        _ => Value::String(id.to_owned()),
    };
    object.insert(name, replacement);
    serde_json::to_vec_pretty(&value).ok().map(Bytes::from)
}

/// Values for the placeholders of an error object.
pub(super) type Placeholders = HashMap<&'static str, String>;
