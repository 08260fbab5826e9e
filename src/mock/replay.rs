//! The answers of an operation without state: prepared once from fixtures, examples and generated values,
//! then chosen for each request.

mod adapt;
mod explain;
mod headers;
mod names;
mod prepare;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, RwLock};

use serde_json::Value;

use super::context::RequestContext;
use super::heavy::Pace;
use super::matcher::Subjects;
use super::response::{Response, Source};
use crate::contract::{Contract, Operation, OperationId, PerOperation, StatusKey};
use crate::fixtures::{Condition, Fixtures};
use crate::generate::Taste;
use crate::resources::MediaTypeParameter;

use prepare::Created;
pub(super) use prepare::generated;

/// How responses are made.
#[derive(Debug, Clone, Default)]
pub(super) struct ReplaySettings {
    /// Whether fixtures and examples of successes are passed over for plausible made values.
    pub is_dynamic: bool,
    /// The seed of plausible values.
    pub seed: u64,
    /// Entries of a made list.
    pub items: Option<usize>,
    /// Whether made values are at the edges of what is allowed, in turn.
    pub is_at_edges: bool,
    /// The mock's own address.
    pub origin: String,
    /// The mock's own address with the document's prefix, which replaces the documented servers'.
    pub address: String,
}

impl ReplaySettings {
    /// How values are made.
    pub fn taste(&self, is_dynamic: bool) -> Taste {
        Taste { seed: is_dynamic.then_some(self.seed), items: self.items, edge: None }
    }
}

/// The prepared responses of a document's operations.
pub(super) struct Replay {
    contract: Arc<Contract>,
    fixtures: Fixtures,
    settings: ReplaySettings,
    /// Operations that list collections which the mock keeps.
    state_lists: HashSet<OperationId>,
    /// By operation; prepared when first asked for.
    operations: PerOperation<OnceLock<PreparedResponses>>,
    /// Plain made responses, by operation and status.
    made: RwLock<HashMap<(OperationId, u16), Option<Response>>>,
}

impl Replay {
    pub fn new(
        contract: Arc<Contract>,
        fixtures: Fixtures,
        settings: ReplaySettings,
        state_lists: HashSet<OperationId>,
    ) -> Self {
        let operations = contract.operations.iter().map(|_| OnceLock::new()).collect();
        Self { contract, fixtures, settings, state_lists, operations, made: RwLock::default() }
    }

    /// As [`Replay::of`], where that is worked out already.
    pub fn known(&self, operation: OperationId) -> Option<&PreparedResponses> {
        self.operations.get(operation)?.get()
    }

    /// What an operation can answer; `None` where the document has no such operation.
    pub fn of(&self, operation: OperationId) -> Option<&PreparedResponses> {
        let documented = self.contract.at(operation)?;
        Some(self.operations.get(operation)?.get_or_init(|| {
            let lists_state = self.state_lists.contains(&operation);
            prepare::prepare(&self.contract, &self.fixtures, &self.settings, documented, lists_state)
        }))
    }

    /// How values are made.
    pub fn taste(&self, is_dynamic: bool) -> Taste {
        self.settings.taste(is_dynamic)
    }

    /// A made response of a status that the operation documents.
    pub fn made(operation: &Operation, status: u16, taste: Taste) -> Option<Response> {
        Self::made_as(operation, status, None, taste)
    }

    /// As [`Replay::made`], in a media type.
    fn made_as(
        operation: &Operation,
        status: u16,
        media_type: Option<&str>,
        taste: Taste,
    ) -> Option<Response> {
        let response = operation.response(status)?;
        let wanted = media_type.and_then(|media_type| response.content_for(media_type));
        let made =
            |content| generated(operation, response, content, taste).ok().map(|prepared| prepared.response);
        match wanted.or(response.content.first()) {
            // Another media type may have a form for the value.
            Some(content) => made(content).or_else(|| response.content.iter().find_map(made)),
            None => {
                let status = http::StatusCode::from_u16(status).ok()?;
                Some(prepare::bare(response, status, taste.seed.is_some()))
            }
        }
    }

    /// As [`Replay::made`], plain and made only once.
    pub fn made_once(&self, operation: &Operation, status: u16) -> Option<Response> {
        let key = (operation.index, status);
        if let Ok(known) = self.made.read()
            && let Some(made) = known.get(&key)
        {
            return made.clone();
        }
        let made = Self::made(operation, status, Taste::default());
        if let Ok(mut known) = self.made.write() {
            known.insert(key, made.clone());
        }
        made
    }
}

/// One prepared response, and when it is taken.
#[derive(Debug, Clone)]
pub(super) struct PreparedResponse {
    pub key: StatusKey,
    pub name: String,
    pub media_type: Option<String>,
    pub when: Vec<Condition>,
    /// The calls of a session for which it is taken: from, to, counted from 1.
    pub calls: Option<(u32, u32)>,
    /// The id of the object that it shows, as text.
    pub id: Option<String>,
    /// Whether it is only for a mock that keeps no state.
    pub without_state: bool,
    /// Whether it says itself where the new object is.
    has_location: bool,
    pub response: Response,
}

impl PreparedResponse {
    /// A response without name and conditions.
    fn plain(key: StatusKey, media_type: Option<&str>, response: Response) -> Self {
        let media_type = media_type.map(str::to_owned);
        let (name, when) = (String::new(), Vec::new());
        let (calls, id, without_state, has_location) = (None, None, false, false);
        Self { key, name, media_type, when, calls, id, without_state, has_location, response }
    }

    fn is_conditional(&self) -> bool {
        !self.when.is_empty() || self.calls.is_some()
    }

    /// Whether it can be sent in the negotiated media type.
    fn has_type(&self, media_type: Option<&str>) -> bool {
        media_type.is_none() || self.media_type.as_deref() == media_type || self.media_type.is_none()
    }
}

/// Everything that one operation can answer.
#[derive(Debug)]
pub(super) struct PreparedResponses {
    /// How long such answers take.
    pub pace: Pace,
    /// The status of the plain success.
    pub success: u16,
    /// Media types of the success, in the document's order; empty where it has no content.
    pub offered: Vec<Arc<str>>,
    /// The query parameter that picks a media type, with its values.
    pub format: Option<MediaTypeParameter>,
    /// The path parameter that names the object: its place among the path's values, and its name.
    target: Option<(usize, String)>,
    responses: Vec<PreparedResponse>,
    /// How the address of a new object is made, where that is not in the document.
    location: Option<Created>,
    /// The mock's own address.
    origin: String,
    /// How plausible values are made, where they are.
    taste: Option<Taste>,
    /// Whether they are at the edges of what is allowed, in turn.
    is_at_edges: bool,
    /// Why a form of the success could not be made.
    why_not: Option<String>,
}

impl PreparedResponses {
    /// The message when there is no response.
    pub fn unavailable(&self) -> Response {
        let why = self.why_not.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let detail = format!("cannot generate a response for this operation{why}; add a fixture");
        Response::problem(501, &detail, None).standing_in()
    }

    /// The response to a request that may go on.
    pub fn choose(&self, context: &RequestContext<'_>) -> Option<Response> {
        let (prepared, is_default) = self.pick(context)?;
        if !is_default {
            return Some(self.located(context, prepared, prepared.response.clone()));
        }
        let id = self.wanted(context).map(|(id, _)| id);
        let mut response = self.anew(context, id, prepared);
        // Reuse the default object, with the requested id.
        if prepared.id.is_some() || self.taste.is_some() {
            self.put_id(context, &mut response);
        }
        Some(self.located(context, prepared, response))
    }

    /// As [`PreparedResponses::choose`], with the body as it is prepared: for whoever sends another one.
    pub fn frame(&self, context: &RequestContext<'_>) -> Option<Response> {
        let (prepared, _) = self.pick(context)?;
        Some(self.located(context, prepared, prepared.response.clone()))
    }

    /// The id that the path asks for, and its parameter.
    fn wanted<'r>(&self, context: &RequestContext<'r>) -> Option<(&'r str, &str)> {
        let (at, name) = self.target.as_ref()?;
        Some((context.path_values.get(*at).copied()?, name))
    }

    /// The prepared response for a request, and whether it is the one for whatever nothing else is for.
    fn pick(&self, context: &RequestContext<'_>) -> Option<(&PreparedResponse, bool)> {
        if let Some(prepared) = self.conditional(context, |_| true) {
            return Some((prepared, false));
        }
        let plain = || {
            self.responses.iter().filter(|prepared| {
                prepared.response.status.as_u16() == self.success
                    && prepared.has_type(context.media_type)
                    && !prepared.is_conditional()
            })
        };
        if let Some((id, _)) = self.wanted(context)
            && let Some(prepared) = plain().find(|prepared| prepared.id.as_deref() == Some(id))
        {
            return Some((prepared, false));
        }
        let default = plain().find(|prepared| prepared.name.is_empty()).or_else(|| plain().next())?;
        Some((default, true))
    }

    /// As [`PreparedResponses::choose`] for a mock that keeps state: only what goes before the state, which is
    /// what has conditions, unless it is meant for mocks without state alone.
    pub fn beside_state(&self, context: &RequestContext<'_>) -> Option<Response> {
        let prepared = self.conditional(context, |prepared| !prepared.without_state)?;
        Some(self.located(context, prepared, prepared.response.clone()))
    }

    /// The first response whose conditions all hold, whatever its status.
    fn conditional(
        &self,
        context: &RequestContext<'_>,
        may: impl Fn(&PreparedResponse) -> bool,
    ) -> Option<&PreparedResponse> {
        let subjects = Subjects::of(context);
        let candidates = self.responses.iter().filter(|prepared| {
            prepared.is_conditional()
                && may(prepared)
                && (prepared.response.status.as_u16() != self.success
                    || prepared.has_type(context.media_type))
        });
        let mut holding = candidates.filter(|prepared| {
            prepared.calls.is_none_or(|(from, to)| (from..=to).contains(&context.call))
                && prepared.when.iter().all(|condition| subjects.meet(condition))
        });
        holding.next()
    }

    /// What the success shows at a JSON pointer, where the path names an object, with where that comes from.
    pub fn objects(&self, at: &str) -> Vec<(Source, Value)> {
        let values = self.shown().filter_map(|response| {
            let object = serde_json::from_slice::<Value>(&response.body).ok()?.pointer_mut(at)?.take();
            Some((response.source, object))
        });
        values.collect()
    }

    /// Where the objects come from that the success shows: fixtures or examples, where there are any.
    pub fn source_of_objects(&self) -> Option<Source> {
        let mut sources = self.shown().map(|response| response.source);
        let first = sources.next()?;
        Some(std::iter::once(first).chain(sources).find(|source| source.is_told()).unwrap_or(first))
    }

    /// The successes, where the path names an object.
    fn shown(&self) -> impl Iterator<Item = &Response> {
        let successes = self.responses.iter().filter(|_| self.target.is_some());
        successes.map(|prepared| &prepared.response).filter(|shown| shown.status.as_u16() == self.success)
    }

    /// Whether it matters which call of a session this is.
    pub fn counts_calls(&self) -> bool {
        self.is_at_edges || self.responses.iter().any(|prepared| prepared.calls.is_some())
    }

    /// The response of a status, by name where one is asked for.
    pub fn with_status(&self, status: u16, name: Option<&str>) -> Option<&Response> {
        let of_status = || {
            self.responses
                .iter()
                .filter(move |p| p.key.covers(status) || p.response.status.as_u16() == status)
        };
        match name {
            Some(name) => of_status().find(|prepared| prepared.name == name),
            None => of_status()
                .filter(|prepared| prepared.name.is_empty() && !prepared.is_conditional())
                // That of the status itself before one that covers it.
                .min_by_key(|prepared| prepared.key)
                .or_else(|| of_status().next()),
        }
        .map(|prepared| &prepared.response)
    }
}

#[cfg(test)]
mod tests;
