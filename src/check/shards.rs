//! A check over several machines: which of them checks which operation.
//!
//! Every machine splits the same plan by itself, so the split follows from the document, the settings and the number of
//! shards alone. What needs one another stays together: first whole parts of the API, which share no objects, then, where
//! a part is more than a fair share, what is below one object and another. A shard checks its own operations; those of
//! others it may send for their sake, to list or to make a parent, and says nothing of them. So probe, keys, methods and
//! every other look at the target are made by each shard for its own operations, and each operation has one shard that
//! judges it.

mod atoms;
mod balance;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::plan::{self, Plan, Sequence, Settings, Step};
use crate::contract::{Contract, OperationId, PerOperation};
use crate::resources::Resources;
use crate::run::Shard;
use atoms::Atom;

/// A document that is to be split, and what would be sent of it.
#[derive(Clone, Copy)]
pub struct Whole<'p> {
    /// What the target is held to.
    pub contract: &'p Contract,
    /// What was inferred of its resources.
    pub resources: &'p Resources,
    /// What the plan was made from.
    pub settings: &'p Settings,
    /// Everything that would be sent.
    pub plan: &'p Plan,
}

/// How the operations of one document are split.
#[derive(Debug, Clone, Default)]
pub struct Split {
    /// The shard of each operation, from 1.
    owners: PerOperation<usize>,
    /// Whether other shards have to do with the same objects.
    shared: PerOperation<bool>,
    count: usize,
}

impl Split {
    /// The shard that an operation belongs to.
    pub fn owner(&self, operation: OperationId) -> Option<Shard> {
        Some(Shard { index: *self.owners.get(operation)?, count: self.count })
    }

    /// Leaves in a plan what belongs to one shard, and tells its settings of the others.
    pub fn take(
        &self,
        shard: Shard,
        whole: (&Contract, &Resources),
        plan: &mut Plan,
        settings: &mut Settings,
    ) {
        let (contract, resources) = whole;
        let is_own = |operation: OperationId| self.owner(operation).is_none_or(|owner| owner == shard);
        for operation in contract.operations.iter().map(|operation| operation.index) {
            if let Some(owner) = self.owner(operation).filter(|owner| *owner != shard) {
                settings.elsewhere.insert(operation, owner);
            } else if self.shared.get(operation) == Some(&true) {
                settings.shared.insert(operation);
            }
        }
        let look = look(whole, plan, &is_own);
        let of_own = |step: &Step| is_own(step.operation) || Some(step.number) == look;
        let about_own = |sequence: &Sequence| sequence.operation(resources).is_none_or(is_own);
        plan.steps.retain(of_own);
        plan.last_steps.retain(of_own);
        plan.sequences.retain(about_own);
        plan.last_sequences.retain(about_own);
        plan.unplanned.retain(|unplanned| is_own(unplanned.operation));
    }
}

/// The read of another shard by which one that has none of its own sees whether the target is there, and stays well.
fn look(
    (contract, resources): (&Contract, &Resources),
    plan: &Plan,
    is_own: &dyn Fn(OperationId) -> bool,
) -> Option<usize> {
    let mut own = plan.steps.iter().chain(&plan.last_steps).filter(|step| is_own(step.operation)).peekable();
    own.peek()?;
    if own.any(|step| plan::shows_target(contract, step)) {
        return None;
    }
    let mut reads = plan.steps.iter().filter(|step| plan::shows_target(contract, step));
    let list = reads.clone().find(|step| resources.listed_by(step.operation).is_some());
    list.or_else(|| reads.next()).map(|step| step.number)
}

/// Splits documents that are checked in one run over so many shards.
pub fn split(documents: &[Whole<'_>], count: usize) -> Vec<Split> {
    let atoms: Vec<Vec<Atom>> = documents
        .iter()
        .enumerate()
        .map(|(document, whole)| atoms::of(document, whole, &weights(whole)))
        .collect();
    let all: Vec<&Atom> = atoms.iter().flatten().collect();
    let mut shards = balance::balance(&all, count).into_iter();
    let of_one = |(whole, atoms): (&Whole<'_>, &Vec<Atom>)| {
        let operations = || whole.contract.operations.iter();
        let mut owners: PerOperation<usize> = operations().map(|_| 1).collect();
        let mut parts: PerOperation<bool> = operations().map(|_| false).collect();
        for (atom, (shard, is_shared)) in atoms.iter().zip(&mut shards) {
            for operation in &atom.operations {
                if let Some(owner) = owners.get_mut(*operation) {
                    *owner = shard;
                }
                if let Some(known) = parts.get_mut(*operation) {
                    *known = is_shared;
                }
            }
        }
        Split { owners, shared: parts, count }
    };
    documents.iter().zip(&atoms).map(of_one).collect()
}

/// How many requests each operation takes: those of its steps, and what its sequences usually send. Steps are counted as
/// if the operation stood alone: which of two operations breaks a schema that both have depends on their order.
fn weights(whole: &Whole<'_>) -> PerOperation<usize> {
    let Whole { contract, resources, settings, plan } = whole;
    let mut weights = plan::counts(contract, resources, settings);
    for sequence in plan.sequences.iter().chain(&plan.last_sequences) {
        if let Some(weight) = sequence.operation(resources).and_then(|index| weights.get_mut(index)) {
            *weight += sequence.usual();
        }
    }
    weights
}

/// A line for each request and sequence of a plan, without values: two machines with the same lines check the same.
pub fn outline(contract: &Contract, resources: &Resources, plan: &Plan) -> String {
    let name = |index: OperationId| contract.at(index).map_or("", |operation| operation.id.as_str());
    let mut lines = String::new();
    for step in plan.steps.iter().chain(&plan.last_steps) {
        let _ =
            writeln!(lines, "{} · {} · {:?} · {}", name(step.operation), step.label, step.key, step.is_twice);
    }
    for sequence in plan.sequences.iter().chain(&plan.last_sequences) {
        let _ = writeln!(lines, "{} · {}", sequence.operation(resources).map_or("", name), sequence.label());
    }
    for unplanned in &plan.unplanned {
        let _ = writeln!(lines, "{} · {}", name(unplanned.operation), unplanned.why);
    }
    lines
}
