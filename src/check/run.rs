//! A run from start to end.

use super::job::{Job, Listener, Outcome};
use super::phases::probe::Cause;
use super::phases::representations;
use super::phases::{actions, cleaning, key_limits, lifecycle, methods, operations, pagination, probe};
use super::plan::{Plan, Sequence};
use super::prefetch::{self, Acting, BLOCK, Unit};
use super::progress::Progress;
use super::session::Session;
use super::summary;
use crate::contract::OperationId;

/// Runs a plan against a target.
pub async fn run(job: &Job<'_>, on_event: Listener<'_>) -> Outcome {
    let mut session = Session::new(job, on_event);
    // On the heap: the state of all that may follow is large.
    let stopped = Box::pin(phases(&mut session, job.plan)).await;
    let stopped = session.sender.unsigned().map(|why| Cause::Unsigned(why.to_owned())).or(stopped);
    let redactor = session.redactor();
    let answers = session.recorder.samples.answers(&redactor, &session.marks.run);
    session.sender.expect_nothing();
    let unused = session.sender.unused();
    let is_cut_short = session.must_end().is_some();
    let run = summary::summarize(&mut session, job.plan, job.options.seed);
    Outcome { run, stopped, answers, unused, is_cut_short }
}

/// Everything that is sent, in order; returns why nothing but the first look was.
async fn phases(session: &mut Session<'_>, plan: &Plan) -> Option<Cause> {
    let mut progress = Progress::new(plan.len());
    let look = probe::run(session, plan, &mut progress).await;
    if look.cause.is_some() {
        return look.cause;
    }
    let rest = plan.steps.iter().enumerate().filter(|(at, _)| !look.sent.contains(at)).map(|(_, step)| step);
    operations::run(session, rest, &mut progress).await;
    sequences(session, &plan.sequences, &mut progress).await;
    operations::run(session, plan.last_steps.iter(), &mut progress).await;
    sequences(session, &plan.last_sequences, &mut progress).await;
    key_limits::run(session).await;
    cleaning::run(session).await;
    no_answer(session)
}

/// Sequences that only read are played ahead, a block at a time.
async fn sequences(session: &mut Session<'_>, sequences: &[Sequence], progress: &mut Progress) {
    for sequences in sequences.chunk_by(|one, other| !one.writes() && !other.writes()) {
        for block in sequences.chunks(BLOCK) {
            let answers = prefetch::answers(session, block, progress).await;
            for (sequence, answers) in block.iter().zip(answers) {
                session.sender.expect(answers);
                if session.must_end().is_some() {
                    return;
                }
                progress.begins(session, sequence.operation(session.resources));
                sequence.act(session).await;
            }
            session.sender.expect_nothing();
        }
    }
}

impl Unit for Sequence {
    fn about(&self, session: &Session<'_>) -> Option<OperationId> {
        self.operation(session.resources)
    }

    fn act<'a>(&'a self, session: &'a mut Session<'_>) -> Acting<'a> {
        match *self {
            Self::Lifecycle(collection) => Box::pin(lifecycle::run(session, collection)),
            Self::Actions(operation) => Box::pin(actions::run(session, operation)),
            Self::DeleteTwice(operation) => Box::pin(lifecycle::delete_twice::run(session, operation)),
            Self::Pages(collection) => Box::pin(pagination::run(session, collection)),
            Self::Representations(operation) => Box::pin(representations::run(session, operation)),
            Self::Methods(operation) => Box::pin(methods::run(session, operation)),
        }
    }
}

/// The cause where requests were sent and none was answered.
fn no_answer(session: &Session<'_>) -> Option<Cause> {
    if session.recorder.has_answers() || session.sender.sent() == 0 {
        return None;
    }
    let why = session.recorder.seen().iter().find_map(|seen| seen.evidence.exchange.outcome.as_ref().err());
    Some(Cause::NoAnswer(why.map(ToString::to_string).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
