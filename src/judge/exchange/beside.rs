//! Refusals that are about something beside what a request tries.

use serde_json::Value;

use super::conflict::says_name;
use super::{Trial, Valid};
use crate::contract::{Location, parameter};
use crate::document::pointer;
use crate::exchange::Response;
use crate::judge::At;

/// Whether a refusal of a body speaks of other members than the one that the request is about: the document lists that
/// one's value, and the others are made up.
pub(super) fn is_about_another_member(trial: &Trial<'_>, valid: &Valid, response: &Response) -> bool {
    let Valid::Named(place) = valid else { return false };
    let sent: Value = serde_json::from_slice(&trial.exchange.request.body).unwrap_or_default();
    let Some(members) = sent.as_object().filter(|_| place.at == At::RequestBody) else { return false };
    let own: Vec<String> = pointer::tokens(&place.instance).collect();
    let value = sent.pointer(&place.instance).filter(|value| !value.is_object()).map(parameter::text);
    let is_told = |name: &str| says_name(&response.body, name);
    let others = members.keys().filter(|name| !own.contains(*name));
    !own.iter().any(|name| is_told(name))
        && !value.is_some_and(|value| is_told(&value))
        && others.into_iter().any(|name| is_told(name))
}

/// Whether a parameter asks for one of several listed kinds of thing, where the same object without it was answered as
/// one of another kind.
pub(super) fn asks_for_another_kind(trial: &Trial<'_>, valid: &Valid) -> bool {
    let Valid::Named(place) = valid else { return false };
    let At::Parameter(Location::Query, name) = &place.at else { return false };
    let query = trial.exchange.request.query.as_deref().unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(sent, _)| sent == name);
    let shown = trial.baseline.and_then(|plain| serde_json::from_slice::<Value>(&plain.body).ok());
    let shown = shown.as_ref().and_then(|object| object.get(name)).filter(|kind| kind.is_string());
    // What the answer shows is one of a kind, and no list of several.
    shown.zip(asked).is_some_and(|(kind, (_, asked))| parameter::text(kind) != asked)
}
