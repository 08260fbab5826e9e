//! Phase: clean-up. Deletes what the run created, and restores settings.

mod bins;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::clock;
use crate::check::dispatch::{self, booking, proof, settlement};
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::prefetch::{self, Acting, BLOCK, Unit};
use crate::check::progress::Progress;
use crate::check::retry_after::retry_after;
use crate::check::session::Session;
use crate::check::session::ledger::Entry;
use crate::check::steps::settings;
use crate::contract::{Operation, OperationId};
use crate::generate::request::build;
use crate::resources::{self, CollectionId, Part};

/// Lists that are read once more when a run ends.
const MAX_LISTS: usize = 100;
/// How often a list that fails is asked for then, and how long after the last time.
const MAX_READS: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// How often a clean-up that meets 429 is tried again.
const MAX_WAITS: usize = 5;
/// The longest that one `Retry-After` is waited for.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Deletes what this run created, newest first, since it may be inside what came before: by
/// DELETE, else by hiding it. What stays is a leftover.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    session.sender.begin_to_clean(session.must_end().is_some());
    session.credentials.forgive();
    settlement::settle_made(session).await;
    settings::put_back(session).await;
    take_all_away(session).await;
    if session.ledger.has_written && !session.health.is_harmed() {
        // What is shown by several lists goes with what one of them can remove.
        search_the_rest(session, true).await;
        take_all_away(session).await;
        if search_the_rest(session, false).await > 0 {
            take_all_away(session).await;
        }
    }
    bins::empty(session).await;
    look_again(session).await;
    look_for_the_rest(session).await;
}

/// Objects that are removed one after the other.
struct Removals(Vec<Entry>);

impl Unit for Removals {
    fn writes(&self, _: &Session<'_>) -> bool {
        true
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>, _: &'a mut Progress) -> Acting<'a> {
        Box::pin(async move {
            for owed in &self.0 {
                if session.ledger.owes_line(&owed.told) {
                    take_away(session, owed).await;
                }
            }
        })
    }
}

/// Removes what is this run's own; what belongs to parts of the API that have nothing to do with each other, side by
/// side.
async fn take_all_away(session: &mut Session<'_>) {
    let entries = session.ledger.entries();
    let there: HashSet<&str> =
        entries.iter().filter(|owed| !owed.is_gone).map(|owed| owed.told.as_str()).collect();
    let owed = entries.iter().rev().filter(|owed| owed.is_own && there.contains(owed.told.as_str()));
    let owed: Vec<Entry> = owed.map(|owed| owed.clone().into_inner()).collect();
    let (mut lanes, mut alone): (Vec<(Part, Removals)>, Vec<Entry>) = (Vec::new(), Vec::new());
    for owed in owed {
        let destroy = owed.collection.and_then(|index| session.collection(index)?.destroy);
        let Some(part) = destroy.and_then(|destroy| session.resources.part(destroy)) else {
            alone.push(owed);
            continue;
        };
        match lanes.iter_mut().find(|(known, _)| *known == part) {
            Some((_, lane)) => lane.0.push(owed),
            None => lanes.push((part, Removals(vec![owed]))),
        }
    }
    // Of these it is not known what they are inside of.
    prefetch::play(session, &[Removals(alone)], &mut Progress::new(0)).await;
    let lanes: Vec<Removals> = lanes.into_iter().map(|(_, lane)| lane).collect();
    for block in lanes.chunks(BLOCK) {
        prefetch::play(session, block, &mut Progress::new(0)).await;
    }
}

/// A list in which this run looks for what it made.
struct Search(CollectionId, Vec<Value>);

impl Unit for Search {
    fn writes(&self, _: &Session<'_>) -> bool {
        false
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>, _: &'a mut Progress) -> Acting<'a> {
        Box::pin(async move {
            let Self(index, parents) = self;
            // What a create has made that was answered with a failure shows in no other way.
            for _ in 0..MAX_READS {
                if !session.may_send().await {
                    return;
                }
                if let Some(found) = proof::search(session, *index, parents).await {
                    return session.ledger.found(*index, found);
                }
                if !session.sender.is_shaken || session.health.is_harmed() || !wait(session, PAUSE).await {
                    break;
                }
            }
            may_be_there(session, *index);
        })
    }
}

/// Names the create of a collection whose list fails when the run ends, where it failed too: what it made cannot be seen.
fn may_be_there(session: &mut Session<'_>, index: CollectionId) {
    let Some(collection) = session.collection(index) else { return };
    let Some(create) = collection.create else { return };
    let failed = |status: &String| status.starts_with('5');
    let state = session.recorder.state(create);
    let line = format!("POST {}", session.sender.address(&collection.path));
    if state.is_some_and(|state| state.statuses.keys().any(failed)) && !session.ledger.owes_line(&line) {
        booking::owe(session, None, Vec::new(), line, false);
    }
}

/// What was made without a trace, or on the way, is looked for in every list that was read before: of what
/// can be removed, or of the others. Gives how much was found.
async fn search_the_rest(session: &mut Session<'_>, removes: bool) -> usize {
    let can_make = |index| session.collection(index).is_some_and(|known| known.create.is_some());
    let mut places = session.pool.stocks(can_make);
    for owed in session.ledger.entries().iter().filter(|owed| !owed.is_gone) {
        let top = owed.collection.filter(|index| session.collection(*index).is_some_and(|c| c.depth() == 0));
        places.extend(
            top.filter(|index| !places.iter().any(|(known, _)| known == index))
                .map(|index| (index, Vec::new())),
        );
    }
    let can = |index: CollectionId| session.collection(index).is_some_and(|known| known.destroy.is_some());
    places.retain(|(index, _)| can(*index) == removes);
    let searches: Vec<Search> =
        places.into_iter().take(MAX_LISTS).map(|(index, parents)| Search(index, parents)).collect();
    prefetch::play(session, &searches, &mut Progress::new(0)).await;
    session.ledger.take_found()
}

async fn take_away(session: &mut Session<'_>, owed: &Entry) {
    let Some(path) = &owed.path else { return };
    let collection = owed.collection.and_then(|index| session.collection(index));
    let destroy = match collection {
        Some(collection) => session.cleaner(collection.destroy),
        None => session.contract.operations.iter().find(|operation| {
            operation.method == http::Method::DELETE
                && session
                    .contract
                    .find(path)
                    .is_some_and(|found| found.operations.contains(&operation.index))
        }),
    };
    let destroy = destroy.filter(|operation| !resources::is_refusal(operation));
    if let Some(destroy) = destroy {
        let Some(mut parts) = session.addressed(destroy, &owed.values) else { return };
        // Some servers remove only what the body says is to be removed.
        parts.body = session.base(destroy).and_then(|step| step.body);
        let Ok(request) = build(destroy, &parts) else { return };
        for _ in 0..MAX_WAITS {
            let turn =
                dispatch::send_as(session, destroy, request.clone(), Attempt::plain(destroy), false).await;
            let Some(turn) = turn else { return };
            match turn.exchange.status() {
                Some(429) => {}
                // A target that never showed such an object denies that it is there, and not that it was made.
                Some(404 | 410) if was_never_found(session, owed) => return,
                Some(404 | 410) => return booking::removed(session, path),
                Some(500..) | None if !session.health.is_harmed() => {}
                _ => return,
            }
            if !wait(session, retry_after(&turn.exchange).unwrap_or(Duration::from_secs(1))).await {
                return;
            }
        }
    } else if let Some(collection) = collection
        && let Some(soft) = &collection.soft_delete
        && let Some(update) = session.cleaner(collection.update.or(collection.replace))
        && let Some(parts) =
            session.with_whole_body(update, &owed.values, &serde_json::json!({ &soft.member: true }))
        && let Ok(request) = build(update, &parts)
    {
        let turn = dispatch::send_as(session, update, request, Attempt::made_up(update), false).await;
        if turn.is_some_and(|turn| turn.is_success()) {
            booking::removed(session, path);
        }
    }
}

/// Whether objects of the collection were asked for by their ids, and none of them was ever there.
fn was_never_found(session: &Session<'_>, owed: &Entry) -> bool {
    let Some(known) = owed.collection.and_then(|index| session.collection(index)) else { return false };
    let had = |operation: OperationId, success: bool| {
        let state = session.recorder.state(operation);
        state.is_some_and(|state| {
            state.statuses.keys().any(|status| status.starts_with('2') || (!success && status == "404"))
        })
    };
    known.retrieve.is_some_and(|retrieve| had(retrieve, false) && !had(retrieve, true))
        && !known.destroy.is_some_and(|destroy| had(destroy, true))
}

/// Waits within what is left of the time for clean-up; `false` where that is not enough.
async fn wait(session: &mut Session<'_>, pause: Duration) -> bool {
    if pause > MAX_WAIT || !session.sender.may_clean_at(clock::now() + pause) {
        return false;
    }
    clock::sleep(pause).await;
    true
}

/// A DELETE that succeeds need not remove: one object of each collection below the same parents is asked
/// for again, and all of them where that one is still there.
async fn look_again(session: &mut Session<'_>) {
    let gone = session.ledger.entries().iter().filter(|owed| owed.is_gone);
    let mut looks: Vec<Look> = gone.filter_map(|owed| Some(Look(owed.collection?, parents(owed)?))).collect();
    looks.sort_unstable();
    looks.dedup();
    looks.truncate(MAX_LISTS);
    prefetch::play(session, &looks, &mut Progress::new(0)).await;
}

fn parents(owed: &Entry) -> Option<Vec<String>> {
    owed.values.split_last().map(|(_, above)| path_values::texts(above))
}

/// A collection below the same parents, of which objects were removed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Look(CollectionId, Vec<String>);

impl Unit for Look {
    fn writes(&self, _: &Session<'_>) -> bool {
        false
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>, _: &'a mut Progress) -> Acting<'a> {
        Box::pin(self.look(session))
    }
}

impl Look {
    async fn look(&self, session: &mut Session<'_>) {
        let Self(index, above) = self;
        let Some(collection) = session.collection(*index) else { return };
        let deletes = session.cleaner(collection.destroy).is_some_and(|o| !resources::is_refusal(o));
        let Some(retrieve) = session.cleaner(collection.retrieve).filter(|_| deletes) else { return };
        for at in 0..session.ledger.entries().len() {
            let Some(owed) = session.ledger.entries().get(at).cloned() else { return };
            let is_here = owed.collection == Some(*index) && parents(&owed).as_ref() == Some(above);
            if !is_here || !owed.is_gone || owed.path.is_none() {
                continue;
            }
            let Some(parts) = session.addressed(retrieve, &owed.values) else { return };
            let Ok(request) = build(retrieve, &parts) else { return };
            let Some(turn) =
                dispatch::send_as(session, retrieve, request, Attempt::plain(retrieve), false).await
            else {
                return;
            };
            if !turn.is_success() || is_answered_for_anything(session, retrieve, &owed, &turn).await {
                return;
            }
            session.ledger.is_back(at);
        }
    }
}

/// Whether an id that cannot exist is answered as an object that was removed is: then the answer shows nothing.
async fn is_answered_for_anything(
    session: &mut Session<'_>,
    retrieve: &Operation,
    owed: &Entry,
    turn: &Evidence,
) -> bool {
    let Some(collection) = owed.collection.and_then(|index| session.collection(index)) else { return false };
    let Some(unknown) = resources::unknown_id(retrieve, &collection.parameter) else { return false };
    let above = owed.values.split_last().map(|(_, above)| above).unwrap_or_default();
    let values: Vec<Value> = above.iter().cloned().chain([unknown]).collect();
    let Some(request) = session.addressed(retrieve, &values).and_then(|parts| build(retrieve, &parts).ok())
    else {
        return false;
    };
    let ask = Attempt::made_up(retrieve);
    let Some(other) = dispatch::send_as(session, retrieve, request, ask, false).await else { return false };
    let body = |turn: &Evidence| turn.exchange.response().map(|answer| answer.body.clone());
    other.is_success() && body(turn) == body(&other)
}

/// What is left may have gone with what was removed: it is asked for, and what is not there is none.
async fn look_for_the_rest(session: &mut Session<'_>) {
    // What a DELETE of its own only put away is not found either, and is left.
    let is_removed = |owed: &Entry| {
        let destroy = owed.collection.and_then(|index| session.collection(index)?.destroy);
        owed.is_own && destroy.is_some()
    };
    let owed = session.ledger.entries().iter().filter(|owed| !owed.is_gone && !is_removed(owed));
    let owed: Vec<_> = owed.filter(|owed| owed.path.is_some()).take(MAX_LISTS).cloned().collect();
    for owed in owed {
        let collection = owed.collection.and_then(|index| session.collection(index));
        let retrieve = collection.and_then(|known| session.cleaner(known.retrieve));
        let parts =
            retrieve.and_then(|retrieve| Some((retrieve, session.addressed(retrieve, &owed.values)?)));
        let Some((retrieve, parts)) = parts else { continue };
        let Ok(request) = build(retrieve, &parts) else { continue };
        let ask = Attempt::made_up(retrieve);
        let Some(turn) = dispatch::send_as(session, retrieve, request, ask, false).await else { return };
        if let (Some(404 | 410), Some(path)) = (turn.exchange.status(), &owed.path) {
            booking::removed(session, path);
        }
    }
}

#[cfg(test)]
mod tests;
