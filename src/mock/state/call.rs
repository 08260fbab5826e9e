//! One request to an operation, as the state sees it.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::entity::answered;
use super::error::StateError;
use super::fit::fit;
use super::hooks::StateHooks;
use crate::config::state::Refuse;
use crate::contract::{Direction, Schema, body, content_for, is_json};
use crate::exchange::{UNDOCUMENTED, content_type, media_type};
use crate::generate::request::write_body;
use crate::mock::context::RequestContext;
use crate::mock::error_response::Refusal;
use crate::mock::response::{Response, Source};
use crate::resources::{id_place, id_within};

/// What becomes of a request that state has a say in.
pub(in crate::mock) enum Outcome {
    /// This is the response.
    Answered(Response),
    /// It is refused.
    Refused(Refusal),
}

/// A request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    pub engine: &'c Engine,
    pub context: &'c RequestContext<'c>,
    pub hooks: &'c dyn StateHooks,
}

impl Call<'_> {
    /// The members that the request sends.
    pub fn sent(&self) -> Map<String, Value> {
        let RequestContext { operation, request, .. } = self.context;
        let Some(documented) = &operation.body else { return Map::new() };
        if request.body.is_empty() {
            return Map::new();
        }
        let named = media_type(&request.headers).unwrap_or_else(|| "application/json".to_owned());
        let full = content_type(&request.headers).unwrap_or(&named);
        let Some(described) = content_for(&documented.content, full) else { return Map::new() };
        match body::read(described, Direction::Request, &named, &request.headers, &request.body) {
            Ok(body::Body::Value(Value::Object(members))) => members,
            _ => Map::new(),
        }
    }

    /// The members of the object that the request sends.
    pub fn sent_object(&self) -> Map<String, Value> {
        let sent = self.sent();
        let members = self.engine.members(self.context.operation.index);
        let at = members.map(|members| members.taken_at.as_str()).filter(|at| !at.is_empty());
        let Some(at) = at else { return sent };
        let mut sent = Value::Object(sent);
        match sent.pointer_mut(at).map(Value::take) {
            Some(Value::Object(inner)) => inner,
            _ => Map::new(),
        }
    }

    /// An object with the request's patch applied, where it sends one: JSON Patch (RFC 6902), or JSON Merge Patch
    /// (RFC 7396).
    pub fn patched(&self, object: &Value) -> Option<Result<Map<String, Value>, String>> {
        let request = self.context.request;
        let mut patched = object.clone();
        match media_type(&request.headers)?.as_str() {
            "application/json-patch+json" if self.takes_patches() => {
                let patch = serde_json::from_slice::<json_patch::Patch>(&request.body);
                let applied = patch
                    .map_err(|why| why.to_string())
                    .and_then(|patch| json_patch::patch(&mut patched, &patch).map_err(|why| why.to_string()));
                if let Err(why) = applied {
                    return Some(Err(why));
                }
            }
            "application/merge-patch+json" => {
                json_patch::merge(&mut patched, &Value::Object(self.sent_object()));
            }
            _ => return None,
        }
        Some(match patched {
            Value::Object(members) => Ok(members),
            _ => Err("nothing would be left of the object".to_owned()),
        })
    }

    /// Whether the operation takes JSON Patches (RFC 6902 §3). Frameworks give any JSON that media type, too.
    fn takes_patches(&self) -> bool {
        let operation = self.context.operation;
        let content =
            operation.body.as_ref().and_then(|body| body.content_for("application/json-patch+json"));
        let schema = content.and_then(|content| content.schema.as_deref());
        let patch = json!([{"op": "remove", "path": "/member"}]);
        operation.method == Method::PATCH
            && schema.is_none_or(|schema| schema.is_valid(Direction::Request, &patch) != Ok(false))
    }

    /// The operation's success with an object where it has one.
    pub fn shown(&self, object: &Value) -> Response {
        let operation = self.context.operation;
        if operation.leaves_out_success() {
            return Self::undocumented(Some(object));
        }
        let Some(members) = self.engine.members(operation.index) else { return self.success(object) };
        let hidden = |name: &String| members.hides(name);
        let known = object;
        let mut object = Cow::Borrowed(object);
        if object.as_object().is_some_and(|members| members.keys().any(hidden))
            && let Some(shown) = object.to_mut().as_object_mut()
        {
            shown.retain(|name, _| !hidden(name));
        }
        let Some(at) = members.given_at.as_deref() else { return self.plain_success() };
        let sample = || {
            let sample = self.engine.plain(operation.index, self.context.path_values)?;
            Some(self.called_alike(sample, at, known))
        };
        self.success_like(&self.whole(at, &object), sample)
    }

    /// A sample whose object at a JSON pointer has the id of another one.
    fn called_alike(&self, mut sample: Value, at: &str, object: &Value) -> Value {
        let role = self.engine.role(self.context.operation.index);
        let collection = role.and_then(|(index, _)| self.engine.collection(index));
        if let Some(inner) = sample.pointer_mut(at)
            && let Some(id) = collection.and_then(|collection| id_place(inner, &collection.parameter))
            && let Some(known) = inner.pointer_mut(&id)
            && let Some(wanted) = object
                .pointer(&id)
                .or_else(|| collection.and_then(|known| id_within(object, &known.parameter)))
                .filter(|wanted| wanted.is_string() == known.is_string())
        {
            *known = wanted.clone();
        }
        sample
    }

    /// The success that holds an object at a JSON pointer.
    fn whole<'v>(&self, at: &str, object: &'v Value) -> Cow<'v, Value> {
        if at.is_empty() {
            return Cow::Borrowed(object);
        }
        let operation = self.context.operation;
        let mut whole = self.engine.around(operation.index, self.context.path_values, at).unwrap_or_default();
        // Of a list, this one is shown.
        if let Some(list) = at.strip_suffix("/0").and_then(|list| whole.pointer_mut(list)) {
            *list = Value::Array(vec![object.clone()]);
        } else if let Some(place) = whole.pointer_mut(at) {
            *place = object.clone();
        }
        Cow::Owned(whole)
    }

    /// An object as the success may show it; `sample` is one that it may.
    pub fn fitted(&self, object: Value, sample: &Value) -> Value {
        let operation = self.context.operation;
        let at = self.engine.members(operation.index).and_then(|members| members.given_at.as_deref());
        let Some((at, schema)) = at.zip(answered(operation)) else { return object };
        let whole = self.whole(at, &object);
        if !is_refused(schema, &whole) {
            return object;
        }
        let mut whole = whole.into_owned();
        fit(schema, &mut whole, &self.whole(at, sample));
        whole.pointer_mut(at).map_or(object, Value::take)
    }

    /// A success that the document leaves out, and says so; with an object where there is one.
    pub fn undocumented(object: Option<&Value>) -> Response {
        let mut response = match object {
            Some(object) => Response::json(StatusCode::OK, object),
            None => Response::empty(StatusCode::OK, Source::State),
        };
        response.source = Source::State;
        response.headers.insert(UNDOCUMENTED, HeaderValue::from_static("status"));
        response
    }

    /// The operation's success as it is prepared.
    fn plain_success(&self) -> Response {
        let operation = self.context.operation;
        let Some(prepared) = self.engine.prepared(operation.index) else {
            return Response::empty(StatusCode::OK, Source::State);
        };
        let plain = RequestContext::plain(operation, self.context.path_values, self.context.media_type);
        let mut response = prepared.choose(&plain).unwrap_or_else(|| prepared.unavailable());
        response.source = Source::State;
        response
    }

    /// The operation's success with this body, and for the rest as it is prepared.
    pub fn success(&self, body: &Value) -> Response {
        self.success_like(body, || None)
    }

    /// As [`Call::success`]; what must be changed in the body becomes as it is in `sample`, else as it is
    /// prepared.
    fn success_like(&self, body: &Value, sample: impl FnOnce() -> Option<Value>) -> Response {
        let refused = answered(self.context.operation).filter(|schema| is_refused(schema, body));
        let mut is_unfit = refused.is_some();
        let fitted = |prepared: &Bytes| {
            let schema = refused?;
            let sample = sample().or_else(|| serde_json::from_slice(prepared).ok()).unwrap_or_default();
            let mut body = body.clone();
            fit(schema, &mut body, &sample);
            is_unfit = is_refused(schema, &body);
            // What the document refuses either way is better true.
            (!is_unfit).then_some(body)
        };
        let response = self.framed(body, fitted);
        if is_unfit { response.standing_in() } else { response }
    }

    /// As [`Call::success`], of a body that the document allows.
    pub fn success_of(&self, allowed: &Value) -> Response {
        self.framed(allowed, |_| None)
    }

    /// The success with this body, or with `other`, which sees what is prepared; in the form that was agreed on.
    fn framed(&self, body: &Value, other: impl FnOnce(&Bytes) -> Option<Value>) -> Response {
        let operation = self.context.operation;
        let bare = |status| {
            let mut response = Response::json(status, body);
            response.source = Source::State;
            response
        };
        let Some(prepared) = self.engine.prepared(operation.index) else { return bare(StatusCode::OK) };
        let media_type = prepared.offered.iter().find(|media_type| is_json(media_type)).map(AsRef::as_ref);
        let plain = RequestContext::plain(operation, self.context.path_values, media_type);
        let Some(mut response) = prepared.frame(&plain) else {
            return bare(StatusCode::from_u16(prepared.success).unwrap_or(StatusCode::OK));
        };
        response.source = Source::State;
        let other = other(&response.body);
        let body = other.as_ref().unwrap_or(body);
        if let Some(form) = self.in_other_form(body) {
            return form;
        }
        if response.headers.contains_key(CONTENT_TYPE) {
            response.body = serde_json::to_vec(body).unwrap_or_default().into();
            // A fixture's is that of its own body.
            response.headers.remove(ETAG);
        }
        response
    }
}

impl Call<'_> {
    /// The success with this body in the media type that was agreed on, where that is another one than the first of JSON; as
    /// it is prepared, where the value has no form in it that the document allows.
    fn in_other_form(&self, value: &Value) -> Option<Response> {
        let RequestContext { operation, path_values, media_type, .. } = *self.context;
        let prepared = self.engine.prepared(operation.index)?;
        let usual = prepared.offered.iter().find(|media_type| is_json(media_type)).map(AsRef::as_ref);
        let media_type = media_type.filter(|media_type| Some(*media_type) != usual)?;
        let plain = RequestContext::plain(operation, path_values, Some(media_type));
        let mut response = prepared.choose(&plain)?;
        let documented = operation.response(response.status.as_u16())?;
        let content = documented.content_for(media_type)?;
        let Some((_, octets)) = write_body(content, Direction::Response, value) else {
            return Some(response);
        };
        let octets = Bytes::from(octets);
        let (kind, _) = media_type.split_once(';').unwrap_or((media_type, ""));
        let read = body::read(content, Direction::Response, kind.trim(), &response.headers, &octets);
        let is_allowed = match (&read, content.schema.as_deref()) {
            (Ok(body::Body::Value(read)), Some(schema)) => !is_refused(schema, read),
            (Ok(_), _) => true,
            (Err(_), _) => false,
        };
        if is_allowed {
            response.body = octets;
            response.source = Source::State;
        }
        Some(response)
    }
}

fn is_refused(schema: &Schema, body: &Value) -> bool {
    schema.is_valid(Direction::Response, body) == Ok(false)
}

/// The first refusal of the configuration whose conditions all hold. `none_known` says that the request
/// names entries and none of them exists.
pub(super) fn refused(
    rules: &[Refuse],
    sent: &Map<String, Value>,
    object: Option<&Value>,
    none_known: bool,
) -> Option<Response> {
    if rules.is_empty() {
        return None;
    }
    let body = Value::Object(sent.clone());
    let rule = rules.iter().find(|rule| {
        let holds_object = rule.object.0.is_empty() || object.is_some_and(|object| rule.object.hold(object));
        rule.body.hold(&body) && holds_object && (!rule.none_known || none_known)
    })?;
    let status = StatusCode::from_u16(rule.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = Response::json(status, &rule.answer);
    response.source = Source::State;
    Some(response)
}

/// The response where a session holds all that it may.
pub(super) fn full() -> Response {
    Response::problem(507, &StateError::Full.to_string(), None)
}
