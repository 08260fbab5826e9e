//! A DELETE that only puts an object away, as into an archive: it is removed from there, or told as left.

use http::Method;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::contract::path::Piece;
use crate::generate::request::build;
use crate::resources::names::letters;
use crate::resources::puts_away;

/// Where what was put away is, by a segment of a path.
const BINS: [&str; 7] = ["archive", "archived", "archives", "trash", "bin", "recyclebin", "deleted"];

/// Removes what DELETEs of this run have only put away; what cannot be removed is owed again.
pub(super) async fn empty(session: &mut Session<'_>) {
    for at in 0..session.ledger.entries().len() {
        let Some(owed) = session.ledger.entries().get(at).cloned() else { return };
        let collection = owed.collection.and_then(|index| session.collection(index));
        let destroy = collection.and_then(|known| session.operation(known.destroy));
        let Some(destroy) = destroy.filter(|operation| owed.is_gone && owed.is_own && puts_away(operation))
        else {
            continue;
        };
        let mut is_removed = false;
        if let Some(purge) = purge(session, destroy)
            && let Some(parts) = session.addressed(purge, &owed.values)
            && let Ok(request) = build(purge, &parts)
        {
            let turn = dispatch::send_as(session, purge, request, Attempt::plain(purge), false).await;
            is_removed = turn.is_some_and(|turn| turn.is_success() || turn.is_gone());
        }
        if !is_removed {
            session.ledger.is_back(at);
        }
    }
}

/// The operation that removes an object of this kind from where it was put.
fn purge<'r>(session: &Session<'r>, destroy: &Operation) -> Option<&'r Operation> {
    let own = letters(destroy.template.names().last()?);
    session.contract.operations.iter().find(|operation| {
        let mut segments = operation.template.segments().iter();
        let is_bin =
            |piece: &Piece| matches!(piece, Piece::Literal(text) if BINS.contains(&letters(text).as_str()));
        operation.method == Method::DELETE
            && operation.index != destroy.index
            && operation.template.names().last().is_some_and(|name| letters(name) == own)
            && segments.any(|segment| segment.iter().all(is_bin))
    })
}
