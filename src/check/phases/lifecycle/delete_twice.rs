//! A second DELETE of the same object.

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::path_values;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Operation, OperationId};
use crate::generate::request::Parts;
use crate::judge::sequence::observe;
use crate::resources;
use crate::rules::Rule;

/// Destroys what was destroyed.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(destroy) =
        session.operation(Some(index)).filter(|destroy| session.recorder.has_succeeded(destroy))
    else {
        return;
    };
    if let Some(parts) = steps::plain_parts(session, destroy).await {
        destroy_again(session, destroy, &parts).await;
    }
}

/// Whether something reads at the path that a request goes to.
async fn is_there(session: &mut Session<'_>, destroy: &Operation, parts: &Parts) -> bool {
    let operations = session.contract.operations.iter();
    let read = operations
        .filter(|other| other.method == http::Method::GET)
        .find(|other| resources::is_same_path(other.path(), destroy.path()));
    let Some(read) = session.operation(read.map(|read| read.index)) else { return false };
    let Some(address) = session.addressed(read, &path_values::of_parts(destroy, parts)) else { return false };
    dispatch::turn(session, read, &address, Attempt::made_up(read))
        .await
        .is_some_and(|turn| turn.is_success())
}

/// Destroys twice in a row. A first success may be of what came back in between: by a read that
/// makes what it does not find, by a replacement, by a create that names its object itself.
pub(super) async fn destroy_again(session: &mut Session<'_>, destroy: &Operation, parts: &Parts) {
    if !destroy.documents(404) && !destroy.documents(410) {
        return;
    }
    for is_sure in [false, true] {
        // Where something is there again, it may be another object: ids are reused, or are positions.
        if is_sure && is_there(session, destroy, parts).await {
            return;
        }
        let Some(turn) = dispatch::turn(session, destroy, parts, Attempt::made_up(destroy)).await else {
            return;
        };
        if turn.is_gone() {
            session.recorder.held(destroy, Rule::DeleteMissingStatus);
        } else if turn.is_success() && is_sure {
            let message = "a second DELETE of the same object succeeded";
            let seen = observe(Rule::DeleteMissingStatus, destroy, message)
                .because("404", turn.status().to_string())
                .of_status();
            session.recorder.say(destroy, &turn, seen);
        }
        if !turn.is_success() {
            return;
        }
    }
}
