//! Finds the smallest part of a list of changes that is refused (QuickXplain: U. Junker, 2004).

use super::{MAX_TRIALS, Taken, Trialled, try_one};
use crate::check::session::Session;
use crate::generate::variation::Change;
use crate::judge::exchange::Valid;

/// What is still to be looked at: with `kept` taken as given, which of `rest` are needed for a refusal.
struct Task {
    kept: Vec<Change>,
    rest: Vec<Change>,
    /// Whether `kept` has grown since it was last sent.
    has_grown: bool,
}

/// All changes, in the order in which they are made, and how many trials are left.
struct Trials<'a> {
    whole: &'a [Change],
    left: usize,
}

/// The changes that are refused together, each of which is needed for that; all of them where the trials do
/// not suffice.
pub(super) async fn find(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    changes: &[Change],
) -> Vec<Change> {
    let mut trials = Trials { whole: changes, left: MAX_TRIALS };
    let start = Task { kept: Vec::new(), rest: changes.to_vec(), has_grown: false };
    Box::pin(needed(session, all, start, &mut trials)).await
}

async fn needed(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    task: Task,
    trials: &mut Trials<'_>,
) -> Vec<Change> {
    let Task { kept, rest, has_grown } = task;
    if has_grown && is_refused(session, all, &kept, trials).await {
        return Vec::new();
    }
    if rest.len() <= 1 || trials.left == 0 {
        return rest;
    }
    let (first, second) = rest.split_at(rest.len() / 2);
    let with_first = kept.iter().chain(first).cloned().collect();
    let task = Task { kept: with_first, rest: second.to_vec(), has_grown: true };
    let of_second = Box::pin(needed(session, all, task, trials)).await;
    let with_second: Vec<Change> = kept.iter().chain(&of_second).cloned().collect();
    let task = Task { kept: with_second, rest: first.to_vec(), has_grown: !of_second.is_empty() };
    let of_first = Box::pin(needed(session, all, task, trials)).await;
    // In the order in which they are made.
    rest.iter().filter(|change| of_first.contains(change) || of_second.contains(change)).cloned().collect()
}

async fn is_refused(
    session: &mut Session<'_>,
    all: &mut Trialled<'_>,
    changes: &[Change],
    trials: &mut Trials<'_>,
) -> bool {
    // A member can be changed once it is there.
    let ordered: Vec<Change> =
        trials.whole.iter().filter(|change| changes.contains(change)).cloned().collect();
    let Some(body) = all.body(&ordered).filter(|_| trials.left > 0) else {
        return false;
    };
    trials.left -= 1;
    matches!(try_one(session, all, &body, Valid::Packed, false).await, Taken::No)
}
