//! Phase: the single requests of each operation.

mod order;
mod unlisted;

use crate::check::plan::Step;
use crate::check::prefetch::{self, Acting, BLOCK, Unit};
use crate::check::progress::Progress;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::check::steps;

/// The steps of one operation, in the order of the plan.
#[derive(Debug, Clone, Copy)]
struct Group<'p>(&'p [&'p Step]);

/// Operations that follow one another, beside others that have nothing to do with them.
#[derive(Debug, Default)]
struct Lane<'p>(Vec<Group<'p>>);

impl Unit for Lane<'_> {
    fn writes(&self, session: &Session<'_>) -> bool {
        !self.0.iter().all(|group| order::reads(session.contract, session.resources, group))
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>, progress: &'a mut Progress) -> Acting<'a> {
        Box::pin(async move {
            for step in self.0.iter().flat_map(|group| group.0) {
                if session.must_end().is_some() {
                    return;
                }
                progress.begins(session, Some(step.operation));
                one(session, step).await;
            }
        })
    }
}

/// Sends steps until all are sent or the run must end.
pub(in crate::check) async fn run(session: &mut Session<'_>, steps: Vec<&Step>, progress: &mut Progress) {
    let groups: Vec<Group<'_>> =
        steps.chunk_by(|one, other| one.operation == other.operation).map(Group).collect();
    let (contract, resources) = (session.contract, session.resources);
    let act = |group: &Group<'_>| order::act(contract, resources, group);
    for groups in groups.chunk_by(|one, other| act(one) == act(other)) {
        let mut left = groups.to_vec();
        while !left.is_empty() {
            let block = order::take(session, &mut left, BLOCK);
            let steps = block.iter().flat_map(|lane| &lane.0).flat_map(|group| group.0);
            unlisted::look(session, steps.copied()).await;
            play(session, &block, progress).await;
            if let Some(why) = session.must_end() {
                // What room is kept for is still to come.
                if !session.sender.keeps_back() {
                    session.recorder.not_reached(&why);
                }
                return;
            }
        }
    }
}

async fn play(session: &mut Session<'_>, block: &[Lane<'_>], progress: &mut Progress) {
    if block.len() > 1 {
        make_keys(session, block).await;
    }
    prefetch::play(session, block, progress).await;
}

/// Makes the keys that steps need, which only the run itself may.
async fn make_keys(session: &mut Session<'_>, block: &[Lane<'_>]) {
    for step in block.iter().flat_map(|lane| &lane.0).flat_map(|group| group.0) {
        if let Some(operation) = session.contract.at(step.operation) {
            // Where there is none, the step says so.
            let _ = session.credentials.get(operation, &step.key).await;
        }
    }
}

async fn one(session: &mut Session<'_>, step: &Step) {
    let sent = steps::send(session, step).await;
    if !matches!(sent, Err(NotSent::Over(_))) {
        session.agenda.came_to(step);
    }
    if let Err(not_sent) = sent {
        session.recorder.not_sent(step, not_sent);
    }
}

#[cfg(test)]
mod tests;
