//! Phase: the single requests of each operation.

use crate::check::plan::Step;
use crate::check::progress::Progress;
use crate::check::session::Session;
use crate::check::steps;

/// Sends steps until all are sent or the run must end.
pub(in crate::check) async fn run<'s>(
    session: &mut Session<'_>,
    steps: impl Iterator<Item = &'s Step>,
    progress: &mut Progress,
) {
    for step in steps {
        if let Some(why) = session.must_end() {
            session.recorder.not_reached(&why);
            return;
        }
        progress.begins(session, Some(step.operation));
        if let Err(not_sent) = steps::send(session, step).await {
            session.recorder.not_sent(step, not_sent);
        }
    }
}

#[cfg(test)]
mod tests;
