//! Objects of the run's own that answer under another id after a change.

use serde_json::Value;

use super::{booking, read_item, reads_with};
use crate::check::path_values;
use crate::check::session::Session;
use crate::check::session::ledger::Renamed;
use crate::contract::{Operation, parameter};
use crate::exchange::{Exchange, Response};
use crate::resources::{self, CollectionId, Role};

/// Notes a change whose answer gives an object of this run's own another id, or whose request does where the answer is
/// none.
pub(in crate::check::dispatch) fn may_be_renamed(
    session: &mut Session<'_>,
    operation: &Operation,
    exchange: &Exchange,
) {
    let Some((index, Role::Update | Role::Replace)) = session.resources.role(operation.index) else {
        return;
    };
    let Some(collection) = session.collection(index) else { return };
    let old = path_values::of_path(operation, &exchange.request.path);
    let named = |object: &Value| {
        let id = match session.pool.name_of(index) {
            // Beside the name that its path has, an object may well have an id.
            Some(at) => resources::scalar(object, at),
            None => resources::id_of(object, &collection.parameter),
        };
        id.filter(|id| resources::is_safe_id(&parameter::text(id))).cloned()
    };
    let answered = exchange.response().and_then(Response::json);
    let sent = || serde_json::from_slice(&exchange.request.body).ok();
    let Some(id) = answered.filter(Value::is_object).or_else(sent).as_ref().and_then(named) else { return };
    let Some((was, parents)) = old.split_last() else { return };
    if parameter::text(was) == parameter::text(&id) || !session.pool.is_own(index, &old) {
        return;
    }
    let new: Vec<Value> = parents.iter().cloned().chain([id]).collect();
    let line = format!("{} {}", exchange.request.method, session.sender.address(&exchange.request.path));
    session.ledger.may_be_renamed(Renamed { collection: index, old, new, line });
}

/// Follows an object of this run's own to another id, where nothing is left under the old one and the
/// new one shows a text of this run's. The id may be that of another object altogether.
pub(in crate::check::dispatch) async fn follow_rename(session: &mut Session<'_>, renamed: Renamed) {
    let Renamed { collection: index, old, new, line } = renamed;
    let Some(collection) = session.collection(index) else { return };
    if session.pool.was_listed(index, &new) == Some(true) || session.pool.is_own(index, &new) {
        return;
    }
    if session.cleaner(collection.retrieve).is_none() {
        booking::owe(session, Some(index), new, line, false);
        return;
    }
    let is_left = read_item(session, collection, &old).await;
    let name = session.marks.run.clone();
    if !reads_with(session, collection, &new, &name).await {
        return;
    }
    if is_left.is_none_or(|read| !matches!(read.status.as_u16(), 404 | 410)) {
        // The change has made another object beside the old one.
        return booking::owe(session, Some(index), new, line, true);
    }
    let (Some(left), Some(path)) = (collection.item_path(&old), collection.item_path(&new)) else { return };
    session.ledger.rename((&old, &left), (&new, &path), session.sender.base());
    let below = format!("{}/{{", collection.path);
    let others = session.resources.each();
    let below: Vec<CollectionId> =
        others.filter(|(_, other)| other.path.starts_with(&below)).map(|(id, _)| id).collect();
    session.pool.rename(index, &below, &old, &new);
}
