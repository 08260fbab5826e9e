//! Refusals that are about the state of the target, where the request may be right.

use serde_json::Value;

use super::super::conflict::{about, is_malformed, says_name, speaks_of};
use super::super::{Trial, Valid};
use super::asks_an_object_alone;
use crate::contract::parameter;
use crate::exchange::{Request, Response};
use crate::resources::members::refers;

/// Whether a refusal is about what is there at the target, or is not: then the request may be right.
/// What the document names itself is only taken for a reference where its name says so.
pub(super) fn is_about_state(trial: &Trial<'_>, valid: &Valid, response: &Response, status: u16) -> bool {
    // What nobody has shown to exist under that very path may be unknown there.
    let in_path = trial.operation.template.values(&trial.exchange.request.path);
    let may_be_unknown = |name: &str| match valid {
        Valid::MadeUp | Valid::Packed | Valid::Open(_) => true,
        Valid::Plain => refers(name) || (!trial.found && in_path.iter().any(|value| value == name)),
        Valid::Named(place) => place.name() == name && refers(name),
    };
    if matches!(valid, Valid::MadeUp | Valid::Packed | Valid::Open(_))
        && (says_name(&response.body, "foreign key") || misses_what_a_body_names(trial, response, status))
    {
        return true;
    }
    if is_of_an_object(trial, valid, response)
        || is_of_the_server(trial, response)
        || is_held(trial, response)
    {
        return true;
    }
    // Where it was not read, it may want another name of the object than the one that is known.
    (!trial.found && is_malformed(status, &response.body, trial.operation.template.names()))
        || about(status, &response.body, &trial.exchange.request, &may_be_unknown).is_some()
}

/// Whether 400 says no more than that something is not there, where a body may name it: `Resource not found`.
fn misses_what_a_body_names(trial: &Trial<'_>, response: &Response, status: u16) -> bool {
    const MISSING: [&str; 5] = ["not found", "not exist", "not existing", "not exists", "no such"];
    let told = String::from_utf8_lossy(&response.body).to_lowercase().replace(['_', '-'], " ");
    status == 400
        && !trial.exchange.request.body.is_empty()
        && told.len() < SHORT_REFUSAL
        && MISSING.iter().any(|words| told.contains(words))
}

/// Longer refusals say more.
const SHORT_REFUSAL: usize = 300;

/// Whether a read that holds nothing which could be wrong, no object, no parameter, no body, is refused because a part of
/// the server is not there or not on.
fn is_of_the_server(trial: &Trial<'_>, response: &Response) -> bool {
    const STATES: [&str; 12] = [
        "not running",
        "be running",
        "disabled",
        "not enabled",
        "not available",
        "unavailable",
        "not configured",
        "not ready",
        "not installed",
        "not initialized",
        "not found",
        "only available",
    ];
    let request = &trial.exchange.request;
    let is_bare = request.body.is_empty() && request.query.as_deref().unwrap_or_default().is_empty();
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    trial.operation.is_safe()
        && trial.operation.template.names().is_empty()
        && is_bare
        && STATES.iter().any(|state| text.contains(state))
}

/// Whether a removal is refused since something belongs to the object, or needs it: `layer has associated notes`.
fn is_held(trial: &Trial<'_>, response: &Response) -> bool {
    const HOLDS: [&str; 11] = [
        "associated",
        "attached",
        "being used",
        "depend",
        "has child",
        "in use",
        "not empty",
        "referenced",
        "still contains",
        "still has",
        "used by",
    ];
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    trial.operation.method == http::Method::DELETE
        && !trial.operation.template.names().is_empty()
        && HOLDS.iter().any(|words| text.contains(words))
}

/// Whether a refusal speaks of the state of an object that the request names, by its id, and of nothing else in the
/// request: `order 7f3a has no invoice yet`. What the document names itself was refused for another reason.
fn is_of_an_object(trial: &Trial<'_>, valid: &Valid, response: &Response) -> bool {
    let request = &trial.exchange.request;
    let in_path = trial.operation.template.values(&request.path);
    let is_alone = asks_an_object_alone(trial) && request.query.as_deref().unwrap_or_default().is_empty();
    !matches!(valid, Valid::Named(_))
        && ((is_alone && in_path.iter().any(|id| speaks_of(&response.body, request, id)))
            || named_objects(request).iter().any(|id| speaks_of(&response.body, request, id)))
}

/// The ids in a body's own members whose names say that they name an object.
fn named_objects(request: &Request) -> Vec<String> {
    let Ok(Value::Object(members)) = serde_json::from_slice(&request.body) else { return Vec::new() };
    let named =
        members.iter().filter(|(name, value)| refers(name) && (value.is_string() || value.is_number()));
    named.map(|(_, value)| parameter::text(value)).collect()
}
