//! Phase: the first look.
//!
//! A few safe requests show whether the target is the API at all, before anything else is sent.

mod cause;
mod redirect;

pub use cause::{Cause, with_base_path};

use crate::check::plan::{Plan, Step, may_show_target, shows_target};
use crate::check::progress::Progress;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Contract, Operation, OperationId};
use crate::exchange::Exchange;

/// How many safe operations the first look tries.
const FIRST_LOOK: usize = 5;

/// An operation and what it answered.
type Looked = (OperationId, Exchange);

/// Sends the first look; why nothing else should be sent. A look that was interrupted says nothing about the target.
pub(in crate::check) async fn run(
    session: &mut Session<'_>,
    plan: &Plan,
    progress: &mut Progress,
) -> Option<Cause> {
    let contract = session.contract;
    let mut fitting = plan.steps.iter().filter(|step| shows_target(contract, step));
    let mut first: Vec<Looked> = Vec::new();
    for step in fitting.by_ref().take(FIRST_LOOK) {
        first.extend(look_at(session, step, progress).await);
    }
    let mut cause = cause_of(session, &first);
    if cause.is_some() && first.len() < FIRST_LOOK {
        // What may be found better later is looked at only where nothing else answers.
        let is_guess = |step: &&Step| !shows_target(contract, step) && may_show_target(contract, step);
        for step in plan.steps.iter().filter(is_guess).take(FIRST_LOOK - first.len()) {
            first.extend(look_at(session, step, progress).await);
        }
        cause = cause_of(session, &first);
    }
    if cause.is_some() {
        return cause.filter(|_| !session.sender.is_stopped());
    }
    // Public operations say nothing about the key: as many that need one are tried, until one
    // lets it in.
    let mut guarded: Vec<Looked> =
        first.into_iter().filter(|(index, _)| is_guarded(contract, *index)).collect();
    for step in fitting.filter(|step| is_guarded(contract, step.operation)) {
        let is_enough = guarded.len() >= FIRST_LOOK || !guarded.iter().all(is_refused);
        if is_enough || session.must_end().is_some() {
            break;
        }
        guarded.extend(look_at(session, step, progress).await);
    }
    let is_told = is_enough(contract, plan, &guarded) && guarded.iter().all(is_refused);
    let cause =
        (is_told && !session.sender.is_stopped()).then(|| cause::key_refused(contract, guarded.len()));
    cause.filter(|cause| !is_sought(session, cause))
}

/// Why nothing else should be sent, by what was looked at.
fn cause_of(session: &Session<'_>, first: &[Looked]) -> Option<Cause> {
    let looked: Vec<(OperationId, &Exchange)> = first.iter().map(|(index, e)| (*index, e)).collect();
    let cause = cause::cause(session.contract, session.sender.base(), &looked);
    cause.filter(|cause| !is_sought(session, cause))
}

/// Whether what looks wrong at a target may be the finding that is tried again. A run about one operation sees
/// little else.
fn is_sought(session: &Session<'_>, cause: &Cause) -> bool {
    let sought = &session.settings.sought;
    let is_seen = |rule| session.recorder.seen().iter().any(|seen| seen.observation.rule == rule);
    let is_there = sought.iter().any(|sought| sought.rule.is_some_and(is_seen));
    !sought.is_empty() && (is_there || matches!(cause, Cause::Odd(_)))
}

fn is_guarded(contract: &Contract, index: OperationId) -> bool {
    let operation = contract.at(index);
    operation.is_some_and(|operation| !operation.is_open() && !operation.is_login())
}

fn is_refused((_, exchange): &Looked) -> bool {
    exchange.status() == Some(401)
}

/// Whether refusals at these operations are about the key: a few refusals say nothing about what another
/// scheme guards, and one nothing of the others.
fn is_enough(contract: &Contract, plan: &Plan, guarded: &[Looked]) -> bool {
    let schemes = |index: OperationId| contract.at(index).map(Operation::schemes);
    let is_told = |index: OperationId| match guarded {
        [(only, _)] => *only == index,
        asked => asked.iter().any(|(asked, _)| schemes(*asked) == schemes(index)),
    };
    let operations = plan.steps.iter().map(|step| step.operation);
    let mut others = operations.filter(|index| is_guarded(contract, *index));
    guarded.len() >= FIRST_LOOK || (!guarded.is_empty() && others.all(is_told))
}

async fn look_at(session: &mut Session<'_>, step: &Step, progress: &mut Progress) -> Option<Looked> {
    progress.begins(session, Some(step.operation));
    session.agenda.came_to(step);
    match steps::send(session, step).await {
        Ok(exchange) => Some((step.operation, exchange)),
        Err(not_sent) => {
            session.recorder.not_sent(step, not_sent);
            None
        }
    }
}

#[cfg(test)]
mod tests;
