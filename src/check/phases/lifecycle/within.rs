//! What is read inside an object goes with it: `GET /files/{file}/content`.

use http::Method;

use super::Object;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::judge::sequence::observe;
use crate::resources::listing_at;
use crate::rules::Rule;

/// Reads inside one object that are looked at.
const MAX_READS: usize = 3;
/// What may well be kept of an object that is gone.
const KEPT: [&str; 10] = [
    "activities",
    "activity",
    "audit",
    "changes",
    "events",
    "history",
    "log",
    "logs",
    "revisions",
    "versions",
];

/// Asks for what is inside an object that was deleted, where the document has a status for what is not there.
pub(super) async fn gone(session: &mut Session<'_>, object: &Object<'_>, destroy: &Operation) {
    let item = format!("{}/", destroy.path().trim_end_matches('/'));
    let names = destroy.template.names().len();
    let is_inside = |read: &&Operation| {
        let word = read.path().rsplit('/').next().unwrap_or_default();
        read.method == Method::GET
            && read.path().starts_with(&item)
            && read.template.names().len() == names
            && (read.documents(404) || read.documents(410))
            // An empty list is as good as none.
            && listing_at(read).is_none()
            && session.resources.listed_by(read.index).is_none()
            && !KEPT.contains(&word)
            && session.recorder.has_succeeded(read)
            && !session.recorder.has_seen(Rule::UnknownFound, read)
    };
    let reads: Vec<_> = session.contract.operations.iter().filter(is_inside).take(MAX_READS).collect();
    for read in reads {
        let Some(read) = session.operation(Some(read.index)) else { continue };
        let Some(parts) = session.addressed(read, &object.values) else { continue };
        let Some(turn) = dispatch::turn(session, read, &parts, Attempt::made_up(read)).await else { return };
        if turn.is_success() {
            let message = format!("what {} reads of a deleted object is still there", read.id);
            let seen =
                observe(Rule::DeleteNotGone, destroy, message).because("404", turn.status().to_string());
            session.recorder.say(destroy, &turn, seen.warning());
            return;
        }
    }
}
