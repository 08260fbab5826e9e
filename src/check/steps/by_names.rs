//! Tries a refused body again with the names of other objects, where its members are called so: `set_name`.

use serde_json::Value;

use super::{adapt, objects, references};
use crate::check::credentials::Credential;
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::recorder::{NotSent, Refers};
use crate::check::session::Session;
use crate::contract::Operation;
use crate::generate::request::Parts;

/// Sends a plain request again with a body that names other objects. If that is taken, the operation's other bodies
/// do so too; else the first answer counts.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn until_taken(
    session: &mut Session<'_>,
    (operation, step): (&Operation, &Step),
    parts: &mut Parts,
    first: Keyed,
    key: Option<Credential>,
) -> Result<Keyed, NotSent> {
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    let body = parts.body.as_ref().and_then(|(_, octets)| serde_json::from_slice::<Value>(octets).ok());
    let may_try = is_first && step.is_made_up() && adapt::is_rejected(&first.exchange);
    let Some(body) = body.filter(|_| may_try) else { return Ok(first) };
    let named = references::named_collections(session, operation, &body);
    if named.is_empty() {
        return Ok(first);
    }
    Box::pin(objects::make_missing(session, operation, named)).await;
    let mut other = parts.clone();
    note(session, operation, Refers::ByNames);
    references::refer(session, operation, &mut other);
    let sent = if other.body == parts.body {
        None
    } else {
        adapt::resend(session, operation, step, &other, key).await?
    };
    let taken = sent.filter(|sent| sent.exchange.status().is_some_and(|status| operation.is_success(status)));
    if taken.is_some() {
        *parts = other;
    } else {
        note(session, operation, Refers::ByIds);
    }
    Ok(taken.unwrap_or(first))
}

fn note(session: &mut Session<'_>, operation: &Operation, refers: Refers) {
    if let Some(state) = session.recorder.state_mut(operation.index) {
        state.refers = refers;
    }
}
