//! Phase: the single requests of each operation.

mod order;

use crate::check::plan::Step;
use crate::check::prefetch::{self, Acting, BLOCK, Unit};
use crate::check::progress::Progress;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::OperationId;

/// The steps of one operation, in the order of the plan.
#[derive(Debug, Clone, Copy)]
struct Group<'p>(&'p [&'p Step]);

impl Unit for Group<'_> {
    fn about(&self, _: &Session<'_>) -> Option<OperationId> {
        self.0.first().map(|step| step.operation)
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>) -> Acting<'a> {
        Box::pin(async move {
            for step in self.0 {
                one(session, step).await;
            }
        })
    }
}

/// Sends steps until all are sent or the run must end.
pub(in crate::check) async fn run<'s>(
    session: &mut Session<'_>,
    steps: impl Iterator<Item = &'s Step>,
    progress: &mut Progress,
) {
    let steps: Vec<&Step> = steps.collect();
    let groups: Vec<Group<'_>> =
        steps.chunk_by(|one, other| one.operation == other.operation).map(Group).collect();
    let (contract, resources) = (session.contract, session.resources);
    let reads = |group: &Group<'_>| order::reads(contract, resources, group);
    for groups in groups.chunk_by(|one, other| reads(one) && reads(other)) {
        let mut left = groups.to_vec();
        while !left.is_empty() {
            let block = order::take(session, &mut left, BLOCK);
            if let Some(why) = played(session, &block, progress).await {
                session.recorder.not_reached(&why);
                return;
            }
        }
    }
}

/// Plays operations one after the other, what they read asked for ahead; returns why the run must end.
async fn played(session: &mut Session<'_>, block: &[Group<'_>], progress: &mut Progress) -> Option<String> {
    if block.len() > 1 {
        make_keys(session, block).await;
    }
    let answers = prefetch::answers(session, block, progress).await;
    for (group, answers) in block.iter().zip(answers) {
        session.sender.expect(answers);
        for step in group.0 {
            if let Some(why) = session.must_end() {
                return Some(why);
            }
            progress.begins(session, Some(step.operation));
            one(session, step).await;
        }
    }
    session.sender.expect_nothing();
    None
}

/// Makes the keys that steps need, which only the run itself may.
async fn make_keys(session: &mut Session<'_>, block: &[Group<'_>]) {
    for step in block.iter().flat_map(|group| group.0) {
        if let Some(operation) = session.contract.at(step.operation) {
            // Where there is none, the step says so.
            let _ = session.credentials.get(operation, &step.key).await;
        }
    }
}

async fn one(session: &mut Session<'_>, step: &Step) {
    if let Err(not_sent) = steps::send(session, step).await {
        session.recorder.not_sent(step, not_sent);
    }
}

#[cfg(test)]
mod tests;
