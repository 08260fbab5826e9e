//! Lies that the mock can tell, one per rule, each changing just one thing. They prove that the
//! runner sees what it claims to see.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::replay::{Broken, Response};
use crate::contract::path::Piece;
use crate::contract::{Contract, Direction, HeaderDoc, Kind, Operation, StatusKey, body, is_json, style};
use crate::resource::{Collection, Listing, Pages, Resources, Role, is_refusal, listing_at};
use crate::settings::nearest;

/// A lie about one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that should find it.
    pub rule: &'static str,
    /// Index of the operation.
    pub operation: usize,
}

/// A kind of lie: its rule, and which operations give occasion for it.
struct Lie {
    rule: &'static str,
    occasion: fn(&Operation, &Resources) -> bool,
}

/// Every lie. The ones about access, input and state are told where a request is judged and where
/// state is kept; the others change the answer, in [`distort`].
const LIES: &[Lie] = &[
    Lie { rule: "status-undocumented", occasion: |o, _| succeeds(o) },
    Lie { rule: "status-unexpected", occasion: |o, _| succeeds(o) },
    Lie { rule: "server-error", occasion: |_, _| true },
    Lie { rule: "body-schema", occasion: |o, _| wrong_body(o).is_some() },
    Lie { rule: "body-missing", occasion: |o, _| must_have_body(o) },
    Lie { rule: "body-unexpected", occasion: |o, _| may_have_body(o) && !has_content(o) },
    Lie { rule: "body-malformed", occasion: |o, _| has_json(o) },
    Lie { rule: "media-type", occasion: |o, _| has_content(o) },
    Lie { rule: "header-missing", occasion: |o, _| required_header(o).is_some() },
    Lie { rule: "header-schema", occasion: |o, _| wrong_header(o).is_some() },
    Lie { rule: "allow-missing", occasion: |o, r| success_is(o, 405) || is_first(o, r) },
    Lie { rule: "challenge-missing", occasion: |o, _| is_guarded(o) },
    Lie { rule: "auth-missing-accepted", occasion: |o, _| is_guarded(o) },
    Lie { rule: "auth-unknown-accepted", occasion: |o, _| is_guarded(o) },
    Lie { rule: "auth-status", occasion: |o, _| is_guarded(o) },
    Lie { rule: "scope-lacking-accepted", occasion: |o, _| is_scoped(o) },
    Lie { rule: "scope-minimal-refused", occasion: |o, _| is_scoped(o) },
    Lie { rule: "scope-status", occasion: |o, _| is_scoped(o) },
    Lie { rule: "denied-request-had-effect", occasion: is_seen_to_change },
    Lie { rule: "key-limit-ignored", occasion: |o, _| limits_keys(o) },
    Lie { rule: "method-undocumented-accepted", occasion: is_first },
    Lie { rule: "method-status", occasion: is_first },
    Lie { rule: "invalid-accepted", occasion: |o, _| has_input(o) },
    Lie { rule: "valid-rejected", occasion: |_, _| true },
    Lie { rule: "create-not-found", occasion: |o, r| role(o, r, Role::Create, &|c| c.retrieve.is_some()) },
    Lie {
        rule: "create-not-listed",
        occasion: |o, r| role(o, r, Role::List, &|c| c.create.is_some() && c.retrieve.is_some()),
    },
    Lie { rule: "create-altered", occasion: |o, r| role(o, r, Role::Create, &|_| has_free_text(o)) },
    Lie { rule: "update-not-kept", occasion: is_watched_update },
    Lie { rule: "update-clobbered", occasion: is_watched_update },
    Lie {
        rule: "replace-merged",
        occasion: |o, r| role(o, r, Role::Replace, &|c| c.create.is_some() && c.retrieve.is_some()),
    },
    Lie { rule: "delete-not-gone", occasion: ends },
    Lie {
        rule: "delete-missing-status",
        occasion: |o, r| {
            role(o, r, Role::Destroy, &|_| !is_refusal(o) && (o.documents(404) || o.documents(410)))
        },
    },
    Lie {
        rule: "refused-method-had-effect",
        occasion: |o, r| {
            role(o, r, Role::Destroy, &|c| is_refusal(o) && c.create.is_some() && c.retrieve.is_some())
        },
    },
    Lie { rule: "read-had-effect", occasion: |o, r| role(o, r, Role::Retrieve, &|c| c.create.is_some()) },
    Lie { rule: "identity-changed", occasion: |o, r| role(o, r, Role::Retrieve, &|c| c.create.is_some()) },
    Lie { rule: "location-broken", occasion: |o, r| role(o, r, Role::Create, &|c| c.retrieve.is_some()) },
    Lie { rule: "action-not-kept", occasion: |o, r| acts(o, r) },
    Lie { rule: "unknown-found", occasion: |o, r| o.is_safe() && names_known(o, r) },
    Lie { rule: "target-harmed", occasion: |o, r| may_do_harm(o, r) },
    Lie { rule: "page-limit", occasion: |o, r| lists(o, r, &|list| list.pages.limit.is_some()) },
    Lie { rule: "page-offset", occasion: |o, r| lists(o, r, &|list| moves(&list.pages)) },
    Lie { rule: "page-overlap", occasion: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Lie { rule: "page-link", occasion: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Lie { rule: "page-loop", occasion: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Lie { rule: "page-count", occasion: |o, r| lists(o, r, &|list| list.pages.count.is_some()) },
    Lie {
        rule: "filter-ignored",
        occasion: |o, r| lists(o, r, &|list| !list.filters.is_empty() || list.search.is_some()),
    },
    Lie { rule: "sort-ignored", occasion: |o, r| lists(o, r, &|list| list.sort.is_some()) },
    Lie { rule: "format-ignored", occasion: |o, _| picks_format(o) },
    Lie { rule: "head-differs", occasion: |o, _| o.method == Method::GET && succeeds(o) },
    Lie { rule: "response-truncated", occasion: |o, _| has_content(o) },
    Lie { rule: "response-slow", occasion: |_, _| true },
    Lie { rule: "connection-failed", occasion: |o, _| o.is_safe() },
];

/// How long the answer of `response-slow` takes.
const SLOW: Duration = Duration::from_millis(1_200);

fn is_guarded(operation: &Operation) -> bool {
    !operation.is_open()
}

fn is_scoped(operation: &Operation) -> bool {
    is_guarded(operation) && !operation.scopes().is_empty()
}

/// Whether a key can be limited by the path.
fn limits_keys(operation: &Operation) -> bool {
    is_guarded(operation) && operation.is_safe() && !operation.template.names().is_empty()
}

fn has_input(operation: &Operation) -> bool {
    operation.body.is_some() || !crate::produce::invalid::forbidden_parameters(operation).is_empty()
}

fn success_is(operation: &Operation, status: u16) -> bool {
    operation.successes().first().is_some_and(|response| response.status == StatusKey::Code(status))
}

fn succeeds(operation: &Operation) -> bool {
    !success_is(operation, 405)
}

fn has_content(operation: &Operation) -> bool {
    operation.successes().first().is_some_and(|response| !response.content.is_empty())
}

/// Whether a success without octets breaks the document: the empty text may be a valid one.
fn must_have_body(operation: &Operation) -> bool {
    let content = operation.successes().into_iter().next().map(|response| &response.content);
    content.is_some_and(|c| !c.is_empty() && !c.iter().any(|c| body::may_be_empty(&c.media_type)))
}

/// HTTP itself takes the body off a 204 (RFC 9112 §6.3), so that it cannot lie there.
fn may_have_body(operation: &Operation) -> bool {
    !success_is(operation, 204) && operation.method != Method::HEAD
}

fn has_json(operation: &Operation) -> bool {
    operation
        .successes()
        .first()
        .is_some_and(|response| response.content.iter().any(|c| is_json(&c.media_type)))
}

/// A required header of the success, `Allow` apart, which has a rule of its own.
fn required_header(operation: &Operation) -> Option<&HeaderDoc> {
    let is_own = |header: &&HeaderDoc| header.required && !header.name.eq_ignore_ascii_case("allow");
    operation.successes().into_iter().next()?.headers.iter().find(is_own)
}

/// A header of the success whose schema refuses a plain text.
fn wrong_header(operation: &Operation) -> Option<&HeaderDoc> {
    let refuses = |header: &&HeaderDoc| {
        let wrong = style::read_text(&header.parameter, WRONG_HEADER);
        header.schema.as_ref().is_some_and(|s| s.is_valid(Direction::Response, &wrong) == Ok(false))
    };
    operation.successes().into_iter().next()?.headers.iter().find(refuses)
}

const WRONG_HEADER: &str = "not of that kind";

/// Whether an operation is the first of its path: the one that stands for its methods.
fn is_first(operation: &Operation, resources: &Resources) -> bool {
    resources.first_of_path(operation.index)
}

fn role(
    operation: &Operation,
    resources: &Resources,
    role: Role,
    keep: &dyn Fn(&Collection) -> bool,
) -> bool {
    let Some((index, known)) = resources.role(operation.index) else { return false };
    known == role && resources.collections.get(index).is_some_and(keep)
}

fn lists(operation: &Operation, resources: &Resources, keep: &dyn Fn(&Listing) -> bool) -> bool {
    role(operation, resources, Role::List, &|collection| collection.list.as_ref().is_some_and(keep))
}

fn moves(pages: &Pages) -> bool {
    pages.offset.is_some() || (pages.page.is_some() && pages.limit.is_some())
}

fn links(pages: &Pages) -> bool {
    pages.next.is_some() && (pages.cursor.is_some() || (pages.limit.is_some() && moves(pages)))
}

fn has_free_text(operation: &Operation) -> bool {
    let content = operation.body.iter().flat_map(|body| &body.content).find(|c| is_json(&c.media_type));
    content.and_then(|content| content.schema.as_ref()).is_some_and(|schema| {
        schema.fields(Direction::Request, &[]).values().any(|field| {
            field.kinds.string && field.format.is_none() && field.choices.is_empty() && !field.is_limited
        })
    })
}

fn is_watched_update(operation: &Operation, resources: &Resources) -> bool {
    let watched = |c: &Collection| c.create.is_some() && c.retrieve.is_some() && has_free_text(operation);
    role(operation, resources, Role::Update, &watched)
}

/// Whether an operation ends an object's being seen.
fn ends(operation: &Operation, resources: &Resources) -> bool {
    let hides = |c: &Collection| {
        c.create.is_some()
            && c.retrieve.is_some()
            && c.list.is_some()
            && c.soft_delete.as_ref().is_some_and(|soft| soft.from_list == Some(true))
    };
    let destroys = |c: &Collection| !is_refusal(operation) && c.create.is_some() && c.retrieve.is_some();
    role(operation, resources, Role::Update, &hides) || role(operation, resources, Role::Destroy, &destroys)
}

fn acts(operation: &Operation, resources: &Resources) -> bool {
    resources.actions(&operation.id).any(|(index, _)| {
        resources.collections.get(index).is_some_and(|collection| collection.list.is_some())
    })
}

/// Whether it can be seen that a refused request had an effect.
fn is_seen_to_change(operation: &Operation, resources: &Resources) -> bool {
    let is_seen = |c: &Collection| c.create.is_some() && c.retrieve.is_some();
    is_guarded(operation)
        && (role(operation, resources, Role::Create, &|c| c.list.is_some() && c.retrieve.is_some())
            || role(operation, resources, Role::Update, &|c| is_seen(c) && has_free_text(operation))
            || role(operation, resources, Role::Destroy, &|c| is_seen(c) && !is_refusal(operation))
            || (acts(operation, resources) && resources.created_by(operation.index).is_none()))
}

/// Whether the path names an object that the mock can know. Of an unknown object's own lists it is right
/// to say that they are empty.
fn names_known(operation: &Operation, resources: &Resources) -> bool {
    let target = resources.target(operation).and_then(|name| resources.of_parameter(operation.index, name));
    let last = operation.template.segments().last();
    let is_item = last.is_some_and(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Parameter(_))));
    succeeds(operation)
        && (is_item || listing_at(operation).is_none())
        && target.and_then(|index| resources.collections.get(index)).is_some_and(Collection::is_counted)
}

/// Whether a query parameter picks among the media types.
fn picks_format(operation: &Operation) -> bool {
    let offered: Vec<String> = operation
        .successes()
        .iter()
        .flat_map(|response| &response.content)
        .map(|content| content.media_type.clone())
        .collect();
    super::negotiation::format_parameter(operation, &offered).is_some()
}

/// Names of the rules that have a lie.
pub fn rules() -> impl Iterator<Item = &'static str> {
    LIES.iter().map(|lie| lie.rule)
}

/// Whether an operation gives occasion for a lie.
pub fn has_occasion(rule: &str, operation: &Operation, resources: &Resources) -> bool {
    LIES.iter().any(|lie| lie.rule == rule && (lie.occasion)(operation, resources))
}

/// Whether a lie can be told only by a mock that keeps state.
pub fn needs_state(rule: &str) -> bool {
    let family = crate::rules::rule(rule).map_or("", |rule| rule.family);
    match rule {
        "head-differs" | "format-ignored" => false,
        "denied-request-had-effect" => true,
        _ => matches!(family, "state" | "page"),
    }
}

/// Reads `RULE@OPERATION`.
///
/// # Errors
/// What is not known of it, with the nearest that is; or that the operation gives no occasion.
pub fn parse(text: &str, contract: &Contract, resources: &Resources) -> Result<Fault, String> {
    let (rule, id) =
        text.split_once('@').ok_or_else(|| format!("{text:?} is no fault; write RULE@OPERATION"))?;
    let lie = LIES
        .iter()
        .find(|lie| lie.rule == rule)
        .ok_or_else(|| format!("there is no fault for the rule {rule:?}; {}", nearest(rule, rules())))?;
    let operation = contract.operation(id).ok_or_else(|| {
        let known = contract.operations.iter().map(|operation| operation.id.as_str());
        format!("there is no operation {id:?}; {}", nearest(id, known))
    })?;
    if !(lie.occasion)(operation, resources) {
        return Err(format!("the operation {id} gives no occasion for {rule}"));
    }
    Ok(Fault { rule: lie.rule, operation: operation.index })
}

/// The wait before a slow answer; one is enough to be seen.
pub(super) fn wait(slowed: &AtomicBool, lies: &dyn Fn(&str) -> bool) -> Duration {
    if lies("response-slow") && !slowed.swap(true, Ordering::Relaxed) { SLOW } else { Duration::ZERO }
}

/// Whether an operation changes an object that a create makes, so that a run sends it.
fn may_do_harm(operation: &Operation, resources: &Resources) -> bool {
    let is_own = resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
    is_own && succeeds(operation)
}

/// After an operation that does harm has succeeded, everything fails.
pub(super) fn harm(
    harmed: &AtomicBool,
    operation: &Operation,
    lies: &dyn Fn(&str) -> bool,
    answer: &mut Response,
) {
    if harmed.load(Ordering::Relaxed) {
        *answer = Response::empty(StatusCode::SERVICE_UNAVAILABLE, "fault");
    } else if lies("target-harmed") && operation.is_success(answer.status.as_u16()) {
        harmed.store(true, Ordering::Relaxed);
    }
}

/// Changes a prepared answer the way the lies about an operation ask for.
pub(super) fn distort(
    operation: &Operation,
    method: &Method,
    lies: &dyn Fn(&str) -> bool,
    answer: &mut Response,
) {
    let status = answer.status.as_u16();
    if status == 401 && lies("challenge-missing") {
        answer.headers.remove(WWW_AUTHENTICATE);
    }
    if !operation.is_success(status) {
        return;
    }
    if lies("connection-failed") {
        answer.broken = Some(Broken::AtOnce);
    }
    if lies("response-truncated") && answer.body.len() > 1 {
        answer.broken = Some(Broken::HalfWay);
    }
    if lies("head-differs") && *method == Method::HEAD {
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-other"));
    }
    if lies("server-error") {
        *answer = Response::empty(StatusCode::INTERNAL_SERVER_ERROR, "fault");
        return;
    }
    if lies("status-undocumented") {
        let other = [200, 201, 202, 203].into_iter().find(|code| operation.response(*code).is_none());
        if let Some(other) = other.and_then(|code| StatusCode::from_u16(code).ok()) {
            answer.status = other;
        }
    }
    if lies("status-unexpected") {
        *answer = Response::empty(StatusCode::METHOD_NOT_ALLOWED, "fault");
        answer.headers.insert(ALLOW, HeaderValue::from_static("OPTIONS"));
    }
    if lies("allow-missing") {
        answer.headers.remove(ALLOW);
    }
    if lies("body-missing") {
        answer.body = Bytes::new();
    }
    if lies("body-unexpected") {
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer.body = Bytes::from_static(b"{}");
    }
    if let Some(header) = required_header(operation).filter(|_| lies("header-missing")) {
        answer.headers.remove(header.name.as_str());
    }
    if let Some(header) = wrong_header(operation).filter(|_| lies("header-schema"))
        && let Ok(name) = HeaderName::from_bytes(header.name.as_bytes())
    {
        answer.headers.insert(name, HeaderValue::from_static(WRONG_HEADER));
    }
    if lies("media-type") {
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-undocumented"));
    }
    if lies("body-malformed") && is_json_answer(answer) {
        answer.body = answer.body.slice(..answer.body.len() / 2);
    }
    if lies("body-schema")
        && is_json_answer(answer)
        && let Some(schema) = operation
            .response(status)
            .and_then(|r| r.content_for("application/json"))
            .and_then(|c| c.schema.as_ref())
        && let Ok(value) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(wrong) = wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
    {
        answer.body = wrong.to_string().into();
    }
}

/// Breaks a connection: half of the body and then the end, or no answer at all.
pub(super) fn break_off(broken: Broken, body: &Bytes, response: &mut axum::response::Response) {
    if broken == Broken::AtOnce {
        // The server sees the mark and drops the connection.
        response.extensions_mut().insert(broken);
        return;
    }
    let half: std::io::Result<Bytes> = Ok(body.slice(..body.len() / 2));
    let half = futures_util::stream::once(std::future::ready(half));
    let end = futures_util::stream::once(async {
        // What was written must have left before the connection ends.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    });
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from_stream(futures_util::StreamExt::chain(half, end));
}

fn is_json_answer(answer: &Response) -> bool {
    answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json)
}

/// Whether a wrong body can be made for the documented success.
fn wrong_body(operation: &Operation) -> Option<Value> {
    let content =
        operation.successes().first()?.content.iter().find(|content| is_json(&content.media_type))?;
    let schema = content.schema.as_ref()?;
    let value = crate::produce::plain(schema, Direction::Response).ok()?;
    wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
}

/// The value with one member of a wrong kind: the last one that the schema then refuses, ids and
/// lists kept, so that nothing but the body is wrong.
fn wronged(value: &Value, is_wrong: impl Fn(&Value) -> bool) -> Option<Value> {
    let object = value.as_object()?;
    let wrong = |member: &Value| match member {
        Value::String(_) => json!(7),
        _ => json!("not of that kind"),
    };
    for keep_lists in [true, false] {
        for (name, member) in object.iter().rev() {
            if name == "id" || (keep_lists && member.is_array()) {
                continue;
            }
            let mut changed = object.clone();
            changed.insert(name.clone(), wrong(member));
            let changed = Value::Object(changed);
            if is_wrong(&changed) {
                return Some(changed);
            }
        }
    }
    None
}
