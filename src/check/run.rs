//! A run from start to end.

use super::job::{Job, Listener, Outcome};
use super::phases::probe::Cause;
use super::phases::representations;
use super::phases::{actions, cleaning, key_limits, lifecycle, methods, operations, pagination, probe};
use super::plan::{Plan, Sequence};
use super::progress::Progress;
use super::session::Session;
use super::summary;

/// Runs a plan against a target.
pub async fn run(job: &Job<'_>, on_event: Listener<'_>) -> Outcome {
    let mut session = Session::new(job, on_event);
    // On the heap: the state of all that may follow is large.
    let stopped = Box::pin(phases(&mut session, job.plan)).await;
    let stopped = session.sender.unsigned().map(|why| Cause::Unsigned(why.to_owned())).or(stopped);
    let redactor = session.redactor();
    let answers = session.recorder.samples.answers(&redactor, &session.marks.run);
    let is_cut_short = session.must_end().is_some();
    let run = summary::summarize(&mut session, job.plan, job.options.seed);
    Outcome { run, stopped, answers, is_cut_short }
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

async fn sequences(session: &mut Session<'_>, sequences: &[Sequence], progress: &mut Progress) {
    for sequence in sequences {
        if session.must_end().is_some() {
            return;
        }
        progress.begins(session, sequence.operation(session.resources));
        match *sequence {
            Sequence::Lifecycle(collection) => lifecycle::run(session, collection).await,
            Sequence::Actions(operation) => actions::run(session, operation).await,
            Sequence::DeleteTwice(operation) => lifecycle::delete_twice::run(session, operation).await,
            Sequence::Pages(collection) => pagination::run(session, collection).await,
            Sequence::Representations(operation) => representations::run(session, operation).await,
            Sequence::Methods(operation) => methods::run(session, operation).await,
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
