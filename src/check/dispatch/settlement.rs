//! Finds out, after each request, what it created.

use super::{booking, proof};
use crate::check::job::Event;
use crate::check::session::Session;

/// Finds out what accepted requests have made.
pub(in crate::check) async fn settle_made(session: &mut Session<'_>) {
    while let Some(made) = session.ledger.next_unsettled() {
        let line = booking::line_of(session, &made.exchange);
        Box::pin(proof::settle_one(session, made)).await;
        if !session.ledger.owes_line(&line) {
            session.tell(Event::Removed { address: &line });
        }
    }
    for renamed in session.ledger.take_renamed() {
        Box::pin(proof::follow_rename(session, renamed)).await;
    }
}
