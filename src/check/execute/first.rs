//! The first look: a few safe requests, before anything else is sent.

use super::{Cause, FIRST_LOOK, Plan, Runner};
use crate::check::look;
use crate::contract::Operation;
use crate::exchange::Exchange;

impl Runner<'_> {
    /// Sends the first look. Gives the steps that were sent, and why nothing else should be. A look
    /// that was broken off tells nothing of the target.
    pub(super) async fn first_look(
        &mut self,
        plan: &Plan,
        done: &mut usize,
        planned: usize,
    ) -> (Vec<usize>, Option<Cause>) {
        let fitting = |runner: &Self| -> Vec<usize> {
            let steps = plan.steps.iter().enumerate();
            steps.filter(|(_, step)| runner.is_first_look(step)).map(|(index, _)| index).collect()
        };
        let fitting = fitting(self);
        let mut sent: Vec<usize> = fitting.iter().copied().take(FIRST_LOOK).collect();
        let mut first = Vec::new();
        for index in &sent {
            first.extend(self.look_at(plan, *index, done, planned).await);
        }
        let looked: Vec<(usize, &Exchange)> = first.iter().map(|(index, e)| (*index, e)).collect();
        let cause = look::cause(self.contract, self.target.base(), &looked);
        if cause.is_some() {
            return (sent, cause.filter(|_| !self.is_stopped()));
        }
        // Open operations tell nothing of the key: as many that need one are looked at, until one
        // lets it in.
        let is_guarded = |index: usize| {
            let operation = self.contract.operations.get(index);
            operation.is_some_and(|operation| !operation.is_open() && !operation.is_login())
        };
        let mut guarded: Vec<(usize, Exchange)> =
            first.into_iter().filter(|(index, _)| is_guarded(*index)).collect();
        let others = fitting.into_iter().skip(FIRST_LOOK);
        let others: Vec<usize> =
            others.filter(|at| plan.steps.get(*at).is_some_and(|step| is_guarded(step.operation))).collect();
        let is_refused = |(_, exchange): &(usize, Exchange)| exchange.status() == Some(401);
        for index in others {
            let is_enough = guarded.len() >= FIRST_LOOK || !guarded.iter().all(is_refused);
            if is_enough || self.must_end().is_some() {
                break;
            }
            guarded.extend(self.look_at(plan, index, done, planned).await);
            sent.push(index);
        }
        // A few refusals tell nothing of what another scheme guards, and one nothing of the others.
        let schemes = |index: usize| self.contract.operations.get(index).map(Operation::schemes);
        let is_told = |index: usize| match guarded.as_slice() {
            [(only, _)] => *only == index,
            asked => asked.iter().any(|(asked, _)| schemes(*asked) == schemes(index)),
        };
        let mut others = plan.steps.iter().map(|step| step.operation).filter(|index| is_guarded(*index));
        let is_enough = guarded.len() >= FIRST_LOOK || (!guarded.is_empty() && others.all(is_told));
        let refused = is_enough && guarded.iter().all(is_refused) && !self.is_stopped();
        (sent, refused.then(|| look::key_refused(self.contract, guarded.len())))
    }

    async fn look_at(
        &mut self,
        plan: &Plan,
        index: usize,
        done: &mut usize,
        planned: usize,
    ) -> Option<(usize, Exchange)> {
        let step = plan.steps.get(index)?;
        self.begins(step.operation, done, planned);
        match self.step(step).await {
            Ok(exchange) => Some((step.operation, exchange)),
            Err(not_sent) => {
                self.not_sent(step, not_sent);
                None
            }
        }
    }
}
