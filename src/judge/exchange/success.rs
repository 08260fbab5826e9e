//! `status-unexpected` and `valid-rejected`: how a request that matches the contract may be answered.

mod state;

use self::state::is_about_state;
use super::beside::{asks_for_another_kind, is_about_another_member};
use super::{Evaluation, Intent, Observation, Told, Trial, Valid};
use crate::contract::path::Piece;
use crate::contract::{Direction, Location, StatusKey, parameter};
use crate::exchange::Response;
use crate::judge::At;
use crate::resources::members::refers;
use crate::resources::{is_refusal, listing_at};
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

pub(super) fn valid(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    let valid = match trial.intent {
        Intent::Valid(valid) => valid,
        Intent::WiderKey => &Valid::Plain,
        _ => return,
    };
    if trial.operation.is_success(status) {
        evaluation.looks(Rule::ValidRejected);
        evaluation.looks(Rule::StatusUnexpected);
        return;
    }
    if *valid == Valid::Packed {
        return;
    }
    match status {
        // The one answer that is documented is another refusal.
        400..=499 if is_refusal(trial.operation) && !matches!(status, 400 | 401 | 403 | 405 | 422 | 429) => {
            evaluation.saw(
                Observation::status(Rule::StatusUnexpected, Error, trial, status)
                    .message(format!(
                        "a method that is documented to be refused with 405 was answered with {status}"
                    ))
                    .expected("405"),
            );
        }
        // An undocumented 2xx or 3xx, and a 5xx, have rules of their own.
        ..=399 | 500.. => {}
        // Nobody has to ask for a key; an operation that hands them out asks for another secret.
        401 if trial.operation.is_open() && trial.operation.is_safe() && !trial.operation.documents(401) => {
            let mut seen = Observation::status(Rule::ValidRejected, Warning, trial, status)
                .message("a credential was asked for, and the document asks for none")
                .expected("success");
            seen.told = Told::OncePerRun;
            evaluation.saw(seen);
        }
        // The key, the object's state and the server's load: other rules, or no fault at all.
        401 | 402 | 403 | 406 | 409 | 410 | 412 | 423 | 424 | 425 | 428 | 429 | 451 => {}
        404 if trial.found
            && !may_be_about_another(trial, valid)
            && !may_have_none(trial)
            && !misses_what_was_asked(trial, response) =>
        {
            evaluation.saw(unfound(trial));
        }
        404 => {}
        // Nothing was sent whose media type could be wrong: the object is not of that kind.
        415 if trial.exchange.request.body.is_empty() && !trial.operation.template.names().is_empty() => {}
        405 => evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Error, trial, status)
                .message(format!("a documented method was refused with {status}"))
                .expected("success"),
        ),
        _ if is_about_state(trial, valid, response, status) => {}
        // The target's own ids are not of the form that the document wants: that request is not allowed.
        400 | 422 if breaks_path(trial) => {}
        // What the path names was made up, and may be no such thing.
        400 | 422 if *valid == Valid::MadeUp && reads_made_up_place(trial) => {}
        // Not the value that the request is about was refused, but one beside it.
        400 | 422 if is_about_another_member(trial, valid, response) => {}
        // The object is of one kind, and another one was asked for.
        400 | 422 if asks_for_another_kind(trial, valid) => {}
        _ => evaluation.saw(rejected(trial, valid, status)),
    }
}

/// A 404 where something has to be. A path that names no object is there or not; a parameter that was left out may be
/// what says of which part.
fn unfound(trial: &Trial<'_>) -> Observation {
    let names_none = trial.operation.template.names().is_empty();
    let is_below = is_of_an_object(trial) && trial.operation.is_safe();
    let severity = if is_below || (names_none && leaves_out(trial)) { Warning } else { Error };
    let what = match (names_none, is_below) {
        (true, _) => "a path without an object",
        (_, true) => "what belongs to an object that the target itself listed",
        _ => "an object that the target itself listed",
    };
    Observation::status(Rule::StatusUnexpected, severity, trial, 404)
        .message(format!("{what} was answered with 404"))
        .expected("success")
}

/// Whether the path of a request has a value that its parameter does not allow.
fn breaks_path(trial: &Trial<'_>) -> bool {
    let template = &trial.operation.template;
    let values = template.values(&trial.exchange.request.path);
    // Of a segment with more in it than a parameter nothing is known here.
    let mut pairs = template.names().iter().zip(&values).filter(|_| template.names().len() == values.len());
    pairs.any(|(name, text)| {
        let Some(parameter) = trial.operation.parameter(Location::Path, name) else { return false };
        let read = parameter::read_text(parameter, text);
        parameter
            .schema
            .as_ref()
            .is_some_and(|schema| schema.is_valid(Direction::Request, &read) == Ok(false))
    })
}

fn rejected(trial: &Trial<'_>, valid: &Valid, status: u16) -> Observation {
    let severity = match valid {
        // What is left out may be wanted after all, and not every object is in the state that is asked for.
        Valid::Plain if leaves_out(trial) || asks_an_object_alone(trial) => Warning,
        Valid::Plain | Valid::Named(_) => Error,
        // The value is merely not excluded; the server may know better.
        Valid::MadeUp | Valid::Open(_) | Valid::Packed => Warning,
    };
    let severity = if status == 415 { Error } else { severity };
    let mut observation =
        Observation::status(Rule::ValidRejected, severity, trial, status).expected("success");
    let (Valid::Named(place) | Valid::Open(place)) = valid else {
        return observation.message(format!("a request that the document allows was refused with {status}"));
    };
    observation.at = place.at.to_string();
    observation.instance.clone_from(&place.instance);
    let what = match &place.at {
        At::Parameter(location, name) => format!("a value of the {location} parameter {name:?}"),
        _ if place.instance.is_empty() => "a body".to_owned(),
        _ => format!("a value of {}", place.instance),
    };
    let how = if matches!(valid, Valid::Named(_)) { "lists" } else { "allows" };
    observation.message(format!("{what} that the document {how} was refused with {status}"))
}

/// Whether the path asks for one thing that an object may have or not, and 404 is documented for that.
fn may_have_none(trial: &Trial<'_>) -> bool {
    let operation = trial.operation;
    is_of_an_object(trial)
        && operation.is_safe()
        && operation.responses.iter().any(|response| response.status == StatusKey::Code(404))
        && listing_at(operation).is_none()
}

/// Whether the path names an object before a last word: `/pets/7/collar`.
fn is_of_an_object(trial: &Trial<'_>) -> bool {
    let template = &trial.operation.template;
    let is_word = |segment: &Vec<Piece>| segment.iter().all(|piece| matches!(piece, Piece::Literal(_)));
    template.segments().last().is_some_and(is_word) && !template.names().is_empty()
}

/// Whether a request holds nothing but the object that its path names before a last word. An empty object says nothing.
fn asks_an_object_alone(trial: &Trial<'_>) -> bool {
    let body = trial.exchange.request.body.trim_ascii();
    is_of_an_object(trial) && (body.is_empty() || body == b"{}")
}

/// Whether a read goes to a place that nobody has shown to exist.
fn reads_made_up_place(trial: &Trial<'_>) -> bool {
    trial.operation.is_safe() && !trial.found && !trial.operation.template.names().is_empty()
}

/// Whether the document names parameters that the request could have had and has not.
fn leaves_out(trial: &Trial<'_>) -> bool {
    let query = trial.exchange.request.query.as_deref().unwrap_or_default();
    let is_sent = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes()).any(|(sent, _)| {
            sent == name || sent.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
        })
    };
    trial.operation.parameters_in(Location::Query).any(|parameter| !is_sent(&parameter.name))
}

/// Whether a 404 repeats the text of a query parameter that cannot be left out: that is what names nothing, and not the
/// path. Who repeats the path as well only says that it is not known.
fn misses_what_was_asked(trial: &Trial<'_>, response: &Response) -> bool {
    let request = &trial.exchange.request;
    let query = request.query.as_deref().unwrap_or_default();
    let told = String::from_utf8_lossy(&response.body);
    let is_required =
        |name: &str| trial.operation.parameter(Location::Query, name).is_some_and(|known| known.required);
    !told.contains(&request.path)
        && url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
            value.len() >= SHORTEST_REPEATED && told.contains(&*value) && is_required(&name)
        })
}

/// Shorter texts are in many an answer by chance.
const SHORTEST_REPEATED: usize = 4;

/// Whether a 404 may be about something that the body or a parameter outside of the path names.
fn may_be_about_another(trial: &Trial<'_>, valid: &Valid) -> bool {
    match valid {
        Valid::MadeUp | Valid::Packed | Valid::Open(_) => true,
        Valid::Plain => !trial.exchange.request.body.is_empty(),
        Valid::Named(place) => !trial.exchange.request.body.is_empty() || refers(&place.name()),
    }
}

#[cfg(test)]
mod tests;
