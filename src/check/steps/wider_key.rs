//! When the key with exactly the required scopes is refused, looks for a wider one, so that the operation can
//! still be judged.

use crate::check::credentials::{KeyChoice, Wider, list};
use crate::check::dispatch::{self, keyed};
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::recorder::StepAnswer;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::exchange::Request;

/// Tries wider keys with a plain request that was refused, and judges the first answer of one
/// that is let in. A refusal did nothing, so that the request may go out again; one that is not
/// safe goes out until it is let in, and no further.
pub(super) async fn widen(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    request: &Request,
    refused: &Keyed,
    found: bool,
) -> Option<Keyed> {
    let is_minimal = matches!(step.key, KeyChoice::Minimal(_)) && step.access.is_some();
    let is_refused = |status| matches!(status, 401 | 403) && !operation.is_success(status);
    if !step.is_plain() || !is_minimal || operation.scopes().is_empty() {
        return None;
    }
    refused.exchange.status().filter(|status| is_refused(*status))?;
    let told = refused.exchange.response().map(|response| String::from_utf8_lossy(&response.body));
    let told = told.unwrap_or_default();
    let Wider { all, narrow } = session.credentials.wider(operation, refused.key.as_ref()?, &told)?;
    let first =
        if operation.is_safe() { None } else { first_let_in(session, operation, request, &narrow).await };
    let best = match first {
        Some(best) => best,
        None => match try_with(session, operation, request, all).await {
            Tried::LetIn(scopes, keyed) if operation.is_safe() => {
                let narrow = first_let_in(session, operation, request, &narrow).await;
                narrow.unwrap_or((scopes, keyed))
            }
            Tried::LetIn(scopes, keyed) => (scopes, keyed),
            // Whoever takes no key with everything may take one with a little more.
            other => match first_let_in(session, operation, request, &narrow).await {
                Some(best) if operation.is_safe() => best,
                _ => {
                    refused_all(session, operation, step, refused, &other);
                    return None;
                }
            },
        },
    };
    let (scopes, keyed) = best;
    let status = keyed.exchange.status().unwrap_or_default();
    let with = format!("; a key with {} was answered with {status}", list(&scopes));
    session.recorder.let_in_with_more(operation, &with);
    session.credentials.suffices(operation, scopes.clone());
    let wider = Step { key: KeyChoice::Wider { scopes }, access: None, ..step.clone() };
    dispatch::bind(session, operation, &step.intent, &keyed.exchange);
    session.recorder.judge_step(operation, &StepAnswer { step: &wider, keyed: &keyed, found });
    Some(*keyed)
}

/// The first of these keys that a request is let in with.
async fn first_let_in(
    session: &mut Session<'_>,
    operation: &Operation,
    request: &Request,
    keys: &[Vec<String>],
) -> Option<(Vec<String>, Box<Keyed>)> {
    for scopes in keys {
        if let Tried::LetIn(scopes, keyed) = try_with(session, operation, request, scopes.clone()).await {
            return Some((scopes, keyed));
        }
    }
    None
}

/// The result of a request with a key of these scopes.
async fn try_with(
    session: &mut Session<'_>,
    operation: &Operation,
    request: &Request,
    scopes: Vec<String>,
) -> Tried {
    let choice = KeyChoice::Wider { scopes };
    let Ok(key) = session.credentials.get(operation, &choice).await else { return Tried::Not };
    if !session.may_send().await {
        return Tried::Not;
    }
    let Ok(keyed) = keyed::send_with(session, operation, request, &choice, key).await else {
        return Tried::Not;
    };
    match choice {
        KeyChoice::Wider { scopes } if is_let_in(operation, &keyed) => Tried::LetIn(scopes, Box::new(keyed)),
        _ if matches!(keyed.exchange.status(), Some(401 | 403)) => Tried::Refused,
        _ => Tried::Not,
    }
}

/// A request with values that were made up, which a key with all that there is may not send
/// either: the reason may be one of them, unless the refusal itself speaks of the key.
fn refused_all(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    refused: &Keyed,
    tried: &Tried,
) {
    let (true, Tried::Refused, Some(status)) = (step.is_made_up(), tried, refused.exchange.status()) else {
        return;
    };
    let answer = refused.exchange.response().map(|response| String::from_utf8_lossy(&response.body));
    if answer.is_some_and(|answer| speaks_of_keys(&answer, operation.scopes())) {
        return;
    }
    let why = format!("refused with {status}; another kind of credential or another value may be needed");
    session.recorder.take_back_minimal(operation, &why);
}

/// What came of a wider key.
enum Tried {
    /// No such key could be had, or nothing may be sent any more.
    Not,
    /// It was refused too.
    Refused,
    /// It was let in, with these scopes.
    LetIn(Vec<String>, Box<Keyed>),
}

/// Whether a refusal speaks of the key that was sent, or of what it lacks.
fn speaks_of_keys(answer: &str, required: &[String]) -> bool {
    let answer = answer.to_lowercase();
    let words = ["scope", "scopes", "key", "token", "credential", "credentials"];
    answer.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
        || required.iter().any(|scope| answer.contains(&scope.to_lowercase()))
}

/// Load and failures leave open who is let in.
fn is_let_in(operation: &Operation, keyed: &Keyed) -> bool {
    let status = keyed.exchange.status();
    status.is_some_and(|status| !matches!(status, 401 | 403 | 429 | 500..) || operation.is_success(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{"detail": "missing required scope"}"#, true)]
    #[case("This key may not do this", true)]
    #[case("needs one of [a:write]", true)]
    #[case(r#"{"message": "Only admins can grant admin"}"#, false)]
    #[case("monkey business", false)]
    #[case("", false)]
    fn refusals_that_speak_of_keys(#[case] answer: &str, #[case] expected: bool) {
        assert_eq!(speaks_of_keys(answer, &["a:write".to_owned()]), expected);
    }
}
