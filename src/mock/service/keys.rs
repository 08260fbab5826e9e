//! Keys that are elsewhere than the document says, and those that are refused whatever they may do.

use axum::body::Body;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use indexmap::IndexMap;

use super::{Call, Service};
use crate::config::{ErrorEntry, ErrorName};
use crate::exchange::Request;
use crate::mock::admission;
use crate::mock::auth::Access;
use crate::mock::body::collect;
use crate::mock::context::Observations;
use crate::mock::credential;
use crate::mock::error_response::Refusal;
use crate::mock::response::Response;

impl Service {
    /// Counts a call of a key; a refusal where it calls too often (RFC 6585 §4).
    pub(super) async fn limit(
        &self,
        call: Call<'_>,
        request: &Request,
        observations: &mut Observations,
    ) -> Option<Response> {
        let is_free = || credential::is_unlimited(&self.options.credential, request, observations.key_place);
        if self.options.limit.is_empty() || is_free() {
            return None;
        }
        let key = observations.key.as_deref().unwrap_or_default();
        let (quotas, data) = (&self.options.limit, &call.address.session.data);
        let seconds = match &data.replica {
            Some(replica) => match replica.count(key, quotas).await {
                Ok(seconds) => seconds?,
                Err(why) => return Some(self.unshared(&call, &why, observations)),
            },
            None => data.calls.count(key, quotas, (self.options.clock)()).err()?,
        };
        observations.note = Some("too many requests".to_owned());
        let mut response = self.errors.refuse(Some(call.operation), &admission::too_often(seconds));
        response.headers.insert(RETRY_AFTER, seconds.into());
        Some(response)
    }

    /// Looks for a key where the document does not tell of one, and gives the body back.
    ///
    /// # Errors
    /// The refusal of a body that cannot be read, or of a key that is refused in any case.
    pub(super) async fn adopt_key(
        &self,
        request: &mut Request,
        body: Body,
        observations: &mut Observations,
    ) -> Result<Body, Box<Response>> {
        let options = &self.options.credential;
        let mut body = body;
        if (options.body.is_some() || options.query.is_some()) && !credential::has_own(request) {
            let mut octets = Bytes::new();
            if options.body.is_some() {
                let collected = collect(body, self.options.max_body, &self.bodies).await;
                octets = collected.map_err(|why| Box::new(why.response()))?.octets;
                body = Body::from(octets.clone());
            }
            observations.key_place = credential::adopt(options, request, &octets);
        }
        let Some(entry) = of_kind(&options.refuse, request) else { return Ok(body) };
        observations.note = Some("keys of this kind are refused".to_owned());
        let refusal = Refusal::new(ErrorName::KeyLimit, 403, "keys of this kind are refused");
        Err(Box::new(self.errors.refuse_as(entry, &refusal)))
    }

    /// What the configuration has for a key of its kind that holds no scope at all.
    pub(super) fn scopeless(&self, access: &Access, request: &Request) -> Option<&ErrorEntry> {
        match access {
            Access::Lacking(holder, _) if holder.scopes.is_empty() => {
                of_kind(&self.options.credential.scopeless, request)
            }
            _ => None,
        }
    }
}

/// The entry for tokens that begin as that of a request does.
fn of_kind<'e>(entries: &'e IndexMap<String, ErrorEntry>, request: &Request) -> Option<&'e ErrorEntry> {
    if entries.is_empty() {
        return None;
    }
    let token = credential::token(request)?;
    entries.iter().find(|(prefix, _)| token.starts_with(prefix.as_str())).map(|(_, entry)| entry)
}
