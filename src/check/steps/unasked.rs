//! Sends the key where the document forgets to ask for one.
//!
//! Many documents describe a scheme and name it at a few operations alone, or at none, and leave the rest silent. Where
//! such an operation refuses a request without a key, the user's key is tried.

use crate::check::credentials::Credential;
use crate::check::dispatch::keyed;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::plan::Step;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::exchange::Request;

/// Sends a plain request that was refused for want of a key once more with one. What lets it in is sent from then on with
/// all operations of which the document says nothing.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn with_key(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    request: &Request,
    first: Keyed,
) -> Result<(Keyed, Option<Credential>), NotSent> {
    let is_refused = matches!(first.exchange.status(), Some(401 | 403));
    let is_silent = first.key.is_none() && session.credentials.may_be_wanted(operation);
    if !(step.is_plain() && is_refused && is_silent && session.may_send().await) {
        let key = first.key.clone();
        return Ok((first, key));
    }
    session.credentials.send_unasked(true);
    let key = session.credentials.get(operation, &step.key).await.map_err(NotSent::Key)?;
    if key.is_none() {
        session.credentials.send_unasked(false);
        return Ok((first, None));
    }
    let second =
        keyed::send_with(session, operation, request, &step.key, key.clone()).await.map_err(NotSent::Key)?;
    if matches!(second.exchange.status(), Some(401 | 403) | None) {
        session.credentials.send_unasked(false);
        return Ok((first, None));
    }
    // That it asked for a key is told all the same.
    let evidence = Evidence::from(first);
    session.recorder.judge(operation, &step.intent, &evidence, step.accept.as_deref());
    Ok((second, key))
}
