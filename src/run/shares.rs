//! One run of several shards: what each found at its own operations.

use std::collections::{HashMap, HashSet};

use super::{
    AccessCase, Finding, MergedShard, OperationResult, PointKind, Run, Shard, Waived, coverage_of,
    pending::Pending,
};

/// An operation that has no shard, or several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} is checked by {count} shards instead of one")]
pub struct NoOwner {
    operation: String,
    count: usize,
}

/// What one shard found, and the operations that others check.
pub(super) struct Share {
    pub shard: Shard,
    pub run: Run,
    pub elsewhere: HashSet<String>,
}

/// The run of all shards, not judged yet; they come in their order.
///
/// An operation has the verdict, findings and checks of the shard that it belongs to. Requests, statuses and time are those
/// of all, since another shard may have sent it to list or make what it needed. Of times there is the earliest beginning,
/// and the longest duration.
///
/// # Errors
/// An operation belongs to no shard, or to several.
pub(super) fn union(first: Share, shares: impl Iterator<Item = Share>) -> Result<Run, NoOwner> {
    let mut owners: HashMap<String, usize> = HashMap::new();
    let mut shards = vec![told(&first)];
    let mut all = first.run;
    note_owners(&mut owners, &all, &first.elsewhere);
    for share in shares {
        shards.push(told(&share));
        note_owners(&mut owners, &share.run, &share.elsewhere);
        join(&mut all, share);
    }
    for operation in &all.operations {
        let count = owners.get(&operation.operation).copied().unwrap_or(0);
        if count != 1 {
            return Err(NoOwner { operation: operation.operation.clone(), count });
        }
    }
    let order: HashMap<String, usize> =
        all.operations.iter().enumerate().map(|(place, o)| (o.operation.clone(), place)).collect();
    let place = |case: &AccessCase| order.get(&case.operation).copied().unwrap_or(usize::MAX);
    all.access.sort_by_key(place);
    let place = |pending: &Pending| order.get(&pending.operation).copied().unwrap_or(usize::MAX);
    all.pending.sort_by_key(place);
    all.coverage = coverage_of(&all.operations);
    if shards.len() > 1 {
        all.run = String::new();
        all.shards = shards;
    }
    Ok(all)
}

fn told(Share { shard, run, .. }: &Share) -> MergedShard {
    MergedShard {
        shard: shard.to_string(),
        target: run.target.clone(),
        started: run.started.clone(),
        run: run.run.clone(),
        requests: run.operations.iter().map(|operation| operation.requests).sum(),
        duration_ms: run.summary.duration_ms,
    }
}

fn note_owners(owners: &mut HashMap<String, usize>, run: &Run, elsewhere: &HashSet<String>) {
    for operation in run.operations.iter().filter(|operation| !elsewhere.contains(&operation.operation)) {
        *owners.entry(operation.operation.clone()).or_default() += 1;
    }
}

fn join(all: &mut Run, Share { run, elsewhere, .. }: Share) {
    for (known, operation) in all.operations.iter_mut().zip(run.operations) {
        if elsewhere.contains(&operation.operation) {
            add(known, &operation);
        } else {
            let before = std::mem::replace(known, operation);
            add(known, &before);
        }
    }
    let mut ids: HashSet<String> = all.findings.iter().map(|finding| finding.id.clone()).collect();
    let is_new = |finding: &Finding| ids.insert(finding.id.clone());
    all.findings.extend(run.findings.into_iter().filter(is_new));
    let mut ids: HashSet<String> = all.waived.iter().map(|waived| waived.finding.id.clone()).collect();
    let is_new = |waived: &Waived| ids.insert(waived.finding.id.clone());
    all.waived.extend(run.waived.into_iter().filter(is_new));
    let mut names: HashSet<(String, String)> = all.pending.iter().map(name).collect();
    all.pending.extend(run.pending.into_iter().filter(|pending| names.insert(name(pending))));
    for problem in run.problems {
        if !all.problems.contains(&problem) {
            all.problems.push(problem);
        }
    }
    all.access.extend(run.access);
    all.leftovers.extend(run.leftovers);
    all.retried.extend(run.retried);
    all.traffic.append(run.traffic);
    all.commit = all.commit.take().or(run.commit);
    all.started = all.started.take().into_iter().chain(run.started).min();
    all.summary.duration_ms = all.summary.duration_ms.max(run.summary.duration_ms);
    if !all.target.split(", ").any(|known| known == run.target) {
        all.target = format!("{}, {}", all.target, run.target);
    }
    for (known, document) in all.documents.iter_mut().zip(run.documents) {
        known.target.clone_from(&all.target);
        known.run = String::new();
        known.failed = known.failed.take().or(document.failed);
    }
}

/// What a pending snapshot is known by.
fn name(pending: &Pending) -> (String, String) {
    (pending.name.clone(), pending.finding.clone())
}

/// Adds what another shard sent of an operation.
fn add(known: &mut OperationResult, other: &OperationResult) {
    known.requests += other.requests;
    known.waited += other.waited;
    for (status, count) in &other.statuses {
        *known.statuses.entry(status.clone()).or_default() += count;
    }
    known.statuses.sort_keys();
    let seen = &other.coverage.of(PointKind::Statuses).seen;
    known.coverage.of_mut(PointKind::Statuses).see(seen);
}
