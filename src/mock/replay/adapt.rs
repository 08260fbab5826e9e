//! What a prepared response becomes for one request: the object that is asked for, and where a new one is.

use bytes::Bytes;
use serde_json::Value;

use super::{PreparedResponse, PreparedResponses, Replay};
use crate::contract::parameter;
use crate::generate::{Edge, Taste};
use crate::mock::context::RequestContext;
use crate::mock::response::{Response, Source};
use crate::resources::id_of;

impl PreparedResponses {
    /// A made response again, for the object that is asked for, or at the next edge; others as they are.
    pub(super) fn anew(
        &self,
        context: &RequestContext<'_>,
        id: Option<&str>,
        prepared: &PreparedResponse,
    ) -> Response {
        let taste = self.taste.filter(|_| prepared.response.source == Source::Generated);
        let again = taste.and_then(|taste| match (self.is_at_edges, id) {
            (true, _) => Some(Taste { edge: Some(Edge::nth(context.call.saturating_sub(1))), ..taste }),
            (false, Some(id)) => Some(taste.of_place(id)),
            (false, None) => None,
        });
        let media_type = prepared.media_type.as_deref();
        let made = again.and_then(|taste| Self::made_like(context, prepared, media_type, taste));
        made.unwrap_or_else(|| prepared.response.clone())
    }

    fn made_like(
        context: &RequestContext<'_>,
        prepared: &PreparedResponse,
        media_type: Option<&str>,
        taste: Taste,
    ) -> Option<Response> {
        let made = Replay::made_as(context.operation, prepared.response.status.as_u16(), media_type, taste)?;
        let mut response = prepared.response.clone();
        response.body = made.body;
        Some(response)
    }

    /// With the address of the new object, where one is due.
    pub(super) fn located(
        &self,
        context: &RequestContext<'_>,
        prepared: &PreparedResponse,
        mut response: Response,
    ) -> Response {
        let Some(created) = self.location.as_ref().filter(|_| !prepared.has_location) else {
            return response;
        };
        if response.status != http::StatusCode::CREATED {
            return response;
        }
        let shown = serde_json::from_slice::<Value>(&response.body).ok();
        let id = shown.as_ref().and_then(|value| id_of(value, &created.parameter)).map(parameter::text);
        let (path, id) = (context.path.trim_end_matches('/'), id.unwrap_or_else(|| created.sample.clone()));
        let origin = if created.is_whole { self.origin.as_str() } else { "" };
        response.set("location", &format!("{origin}{path}/{id}"));
        response
    }

    /// Puts the id of the path into an object that has one.
    pub fn put_id(&self, context: &RequestContext<'_>, response: &mut Response) {
        if let Some((id, name)) = self.wanted(context)
            && response.status.is_success()
            && let Some(body) = with_id(&response.body, name, id)
        {
            response.body = body;
        }
    }
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
    let write = if body.contains(&b'\n') { serde_json::to_vec_pretty } else { serde_json::to_vec };
    write(&value).ok().map(Bytes::from)
}
