//! Tries a refused body again with fewer members.
//!
//! First without the optional members that the refusal names, then with only the required ones.

use serde_json::Value;

use super::references;
use crate::check::credentials::Credential;
use crate::check::dispatch::keyed;
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::recorder::{BodyWants, NotSent};
use crate::check::session::Session;
use crate::check::smaller_body::{optional, remove};
use crate::contract::{Direction, Operation, body, is_json};
use crate::document::pointer;
use crate::exchange::Exchange;
use crate::generate::request::{Parts, build};
use crate::judge::At;
use crate::judge::exchange::{Intent, Valid};
use crate::resources::members::ends_period;

/// Members that are left out because a refusal names them.
const MAX_NAMED: usize = 5;

/// Whether a body was refused, so that another one is worth a try.
fn is_rejected(exchange: &Exchange) -> bool {
    matches!(exchange.status(), Some(400 | 403 | 404 | 409 | 422))
}

/// Takes the members out of a step's body that this operation has refused before, but for the one
/// that the step is about.
pub(super) fn leave_out(session: &Session<'_>, operation: &Operation, step: &Step, parts: &mut Parts) {
    let Some(wants) = session.recorder.state(operation.index).map(|state| &state.wants).filter(|wants| **wants != BodyWants::default())
    else {
        return;
    };
    let about = match &step.intent {
        Intent::Invalid(invalid) if invalid.at == At::RequestBody => invalid.instance.as_str(),
        _ => "",
    };
    let left_out: Vec<&String> = wants
        .left_out
        .iter()
        .filter(|at| about.is_empty() || !(about.starts_with(at.as_str()) || at.starts_with(about)))
        .collect();
    let Some((media_type, octets)) = parts.body.as_mut().filter(|(media_type, _)| is_json(media_type)) else {
        return;
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(octets) else { return };
    for at in left_out {
        remove(&mut value, at);
    }
    if wants.ends_later {
        end_later(&mut value);
    }
    let described = operation.body.as_ref().and_then(|documented| documented.content_for(media_type));
    if let Some((_, smaller)) = described.and_then(|d| body::write(d, Direction::Request, &value)) {
        *octets = smaller;
    }
}

/// Sends a request that should succeed again, with less in its body, until it is taken or nothing is
/// left to take out. What worked is kept for the operation's other requests.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn with_less(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    first: Keyed,
    key: Option<Credential>,
) -> Result<Keyed, NotSent> {
    let should_pass = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp) | Intent::WiderKey);
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    if !should_pass || !is_rejected(&first.exchange) {
        return Ok(first);
    }
    let mut keyed = first;
    if let Some(verbatim) = step.verbatim.clone() {
        // The example's own names may be the only ones that are taken.
        parts.body = Some(verbatim);
        let Some(next) = resend(session, operation, step, parts, key.clone()).await? else {
            return Ok(keyed);
        };
        keyed = next;
    }
    let is_given = session.settings.gives_body(operation);
    let Some((media_type, planned)) = step.body.as_ref().filter(|_| is_first && !is_given) else {
        return Ok(keyed);
    };
    let described = operation.body.as_ref().and_then(|documented| documented.content_for(media_type));
    let Some(described) = described.filter(|described| described.is_json()) else { return Ok(keyed) };
    let Some(schema) = &described.schema else { return Ok(keyed) };
    let Ok(mut value) = serde_json::from_slice::<Value>(planned) else { return Ok(keyed) };
    let mut wants = BodyWants::default();
    for round in 0..=MAX_NAMED {
        if !is_rejected(&keyed.exchange) {
            break;
        }
        let optional = optional(schema, &value);
        let told = text_of(&keyed.exchange);
        if round == 0 && is_about_time(&told) && end_later(&mut value) {
            parts.body = body::write(described, Direction::Request, &value);
            references::refer(session, operation, parts);
            session.marks.stamp(parts);
            let Some(sent) = resend(session, operation, step, parts, key.clone()).await? else {
                return Ok(keyed);
            };
            keyed = sent;
            wants.ends_later = true;
            continue;
        }
        let named = optional.iter().find(|at| names(&told, at)).cloned();
        let next: Vec<String> = match named {
            Some(at) if round < MAX_NAMED => vec![at],
            // A refusal for lack of rights is about one member at most.
            _ if keyed.exchange.status() == Some(403) => break,
            _ => optional,
        };
        if next.is_empty() {
            break;
        }
        let is_last = next.len() > 1;
        for at in &next {
            remove(&mut value, at);
        }
        wants.left_out.extend(next);
        parts.body = body::write(described, Direction::Request, &value);
        references::refer(session, operation, parts);
        session.marks.stamp(parts);
        let Some(sent) = resend(session, operation, step, parts, key.clone()).await? else {
            return Ok(keyed);
        };
        keyed = sent;
        if is_last {
            break;
        }
    }
    if let Some(state) = session.recorder.state_mut(operation.index)
        && keyed.exchange.status().is_some_and(|status| operation.is_success(status))
    {
        state.wants = wants;
    }
    Ok(keyed)
}

async fn resend(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &Parts,
    key: Option<Credential>,
) -> Result<Option<Keyed>, NotSent> {
    session.sender.pace().await;
    let Some(request) = build(operation, parts).ok().filter(|_| session.must_end().is_none()) else {
        return Ok(None);
    };
    keyed::send_with(session, operation, &request, &step.key, key).await.map(Some).map_err(NotSent::Key)
}

/// Whether a refusal says that a time has passed, or is before another.
fn is_about_time(told: &str) -> bool {
    ["past", "future", "expired", "before", "after", "later", "earlier"].iter().any(|word| told.contains(word))
}

/// The year of made-up dates, and one that is long to come.
const YEARS: (&str, &str) = ("2019-", "2037-");

/// Moves generated end times into the future; returns whether there were any.
fn end_later(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().filter_map(|item| end_later(item).then_some(())).count() > 0,
        Value::Object(members) => members.iter_mut().fold(false, |changed, (name, value)| match value {
            Value::String(text) if ends_period(name) && text.starts_with(YEARS.0) => {
                text.replace_range(..YEARS.0.len(), YEARS.1);
                true
            }
            value => end_later(value) || changed,
        }),
        _ => false,
    }
}

fn text_of(exchange: &Exchange) -> String {
    let body = exchange.response().map(|response| String::from_utf8_lossy(&response.body).to_lowercase());
    body.unwrap_or_default()
}

/// Whether a text names the member that a pointer ends in, as a word of its own.
fn names(text: &str, at: &str) -> bool {
    let name = pointer::unescape(at.rsplit('/').next().unwrap_or_default()).to_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    name.len() > 1
        && text.match_indices(&name).any(|(start, found)| {
            let before = text.get(..start).and_then(|head| head.chars().next_back());
            let after = text.get(start + found.len()..).and_then(|tail| tail.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn what_ends_may_end_later() {
        let mut body = serde_json::json!({
            "startsAt": "2019-08-24T14:15:22Z", "endsAt": "2019-08-25T14:15:22Z",
            "slots": [{"until": "2019-08-25"}], "endNote": "string",
        });
        assert!(end_later(&mut body));
        assert_eq!(body["endsAt"], "2037-08-25T14:15:22Z");
        assert_eq!(body["slots"][0]["until"], "2037-08-25");
        assert_eq!(body["startsAt"], "2019-08-24T14:15:22Z");
        assert!(!end_later(&mut body));
    }

    #[rstest]
    #[case("only admins can grant admin permissions", "/admin", true)]
    #[case("administrators only", "/admin", false)]
    #[case("{\"loc\":[\"body\",\"work_queue\"]}", "/work_queue", true)]
    #[case("work_queue_id", "/work_queue", false)]
    fn a_refusal_names_members(#[case] text: &str, #[case] at: &str, #[case] expected: bool) {
        assert_eq!(names(text, at), expected);
    }
}
