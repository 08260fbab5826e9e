//! The ids of what a request may have made.

use serde_json::Value;

use crate::check::dispatch::listing;
use crate::check::session::Session;
use crate::contract::parameter;
use crate::exchange::Exchange;
use crate::generate::mark;
use crate::resources::{self, Collection, CollectionId, identities, is_marked};

/// The ids of what a request may have made, each with whether that object holds the text of the request.
pub(super) fn candidates(
    session: &Session<'_>,
    collection_id: CollectionId,
    exchange: &Exchange,
    token: Option<&str>,
) -> Vec<(Value, bool)> {
    let Some(collection) = session.collection(collection_id) else { return Vec::new() };
    let Some(response) = exchange.response() else { return Vec::new() };
    let body = response.json().unwrap_or_default();
    let mut found: Vec<(Value, bool)> = identities(&body, &collection.path, &collection.parameter)
        .into_iter()
        .filter_map(|answered| {
            let holds = token.is_some_and(|token| {
                is_marked(answered.object, token, &|_| true)
                    || mark::is_of(&parameter::text(&answered.id), token)
            });
            (answered.is_meant || holds).then_some((answered.id, holds))
        })
        .collect();
    if let Some(id) = session.pool.name_of(collection_id).and_then(|at| resources::scalar(&body, at))
        && found.is_empty()
    {
        found.push((id.clone(), token.is_some_and(|token| is_marked(&body, token, &|_| true))));
    }
    // Not each of several objects has room for a text.
    let is_of_several = session
        .contract
        .find(&exchange.request.path)
        .is_some_and(|found| found.operations.iter().any(|index| session.resources.makes_several(*index)));
    if !is_of_several && found.iter().any(|(_, holds)| *holds) {
        found.retain(|(_, holds)| *holds);
    }
    if found.is_empty() {
        // Some answer nothing but the id.
        let is_made_up = |id: &Value| token.is_some_and(|token| mark::is_of(&parameter::text(id), token));
        let id = resources::scalar(&body, "").filter(|id| is_made_up(id) || resources::is_like_an_id(id));
        found.extend(id.map(|id| (id.clone(), is_made_up(id))));
    }
    if found.is_empty() {
        let linked = || resources::linked_id(&body, &collection.path).map(Value::from);
        found.extend(located(session, collection, exchange).or_else(linked).map(|id| (id, false)));
    }
    found
}

/// The id that the `Location` of an answer leads to (RFC 9110 §10.2.2).
fn located(session: &Session<'_>, collection: &Collection, exchange: &Exchange) -> Option<Value> {
    let location = exchange.response()?.headers.get(http::header::LOCATION)?.to_str().ok()?;
    let request = listing::follow(session, &exchange.request, location).ok()?;
    resources::last_of(&request.path, &collection.path).map(Value::from)
}
