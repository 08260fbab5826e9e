//! A DELETE that only puts an object away, as into an archive: it is removed from there, or told as left.

use http::Method;
use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::contract::path::Piece;
use crate::contract::{Location, Operation};
use crate::generate::request::{Parts, build};
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
            && let Some(parts) = named(purge, &owed.values)
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

/// The request's path, which has the object's own id and no name of what it was in: that would be another object.
fn named(purge: &Operation, values: &[Value]) -> Option<Parts> {
    let [name] = purge.template.names() else { return None };
    let mut parts = Parts::default();
    parts.set(Location::Path, name, values.last()?.clone());
    Some(parts)
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
            && session.cleaner(Some(operation.index)).is_some()
            && operation.template.names().last().is_some_and(|name| letters(name) == own)
            && segments.any(|segment| segment.iter().all(is_bin))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build as contract;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    /// What was below another object is asked for by its own id alone.
    #[rstest]
    #[case("/archive/{pet}", Some("/archive/7"))]
    #[case("/shops/{shop}/archive/{pet}", None)]
    fn only_the_object_itself_is_named(#[case] path: &str, #[case] expected: Option<&str>) {
        let tree = json!({"openapi": "3.1.0", "paths": {path: {"delete": {"responses": {"204": {}}}}}});
        let (contract, _) = contract("t", &Document::of("t", tree)).unwrap();
        let purge = &contract.operations[0];
        let request = named(purge, &[json!("shop"), json!(7)]).and_then(|parts| build(purge, &parts).ok());
        assert_eq!(request.map(|request| request.path).as_deref(), expected);
    }
}
