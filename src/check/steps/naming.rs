//! Creates whose path names the new object.

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::plan::Input;
use crate::check::session::Session;
use crate::contract::{Location, Operation};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::Intent;
use crate::resources::is_same_path;

/// Gives a create whose path names its object another name.
pub(in crate::check) fn name_anew(session: &mut Session<'_>, operation: &Operation, parts: &mut Parts) {
    let Some(step) = session.base(operation).filter(|_| session.resources.names_own(operation.index)) else {
        return;
    };
    for (location, name, input) in step.inputs {
        if let (Location::Path, Input::Value(value), true) =
            (location, input, operation.template.names().last() == Some(&name))
        {
            parts.set(location, &name, value);
        }
    }
}

/// Asks whether anything is where a PUT would make something.
pub(in crate::check) async fn look_for_absence(
    session: &mut Session<'_>,
    operation: &Operation,
    parts: &Parts,
) {
    let read = session
        .contract
        .operations
        .iter()
        .find(|other| other.method == http::Method::GET && is_same_path(other.path(), operation.path()));
    let bare = Parts { body: None, ..parts.clone() };
    let Some(read) = read else { return };
    let Ok(request) = build(read, &bare) else { return };
    let ask = Attempt { key: KeyChoice::sufficient(read), intent: Intent::UnknownId };
    let turn = dispatch::send_as(session, read, request.clone(), ask, false).await;
    if turn.is_some_and(|turn| matches!(turn.exchange.status(), Some(404 | 410))) {
        session.ledger.absent.insert(request.path.trim_end_matches('/').to_owned());
    }
}
