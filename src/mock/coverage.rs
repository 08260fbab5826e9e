//! What clients can use of each operation, worked out when it is first called.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::context::Observations;
use crate::contract::{Contract, Operation, PerOperation};
use crate::coverage::{Outlines, Point, Points};

/// The points of every operation of a document.
#[derive(Debug)]
pub(super) struct CoveragePoints(PerOperation<OnceLock<Known>>);

/// The points of an operation, each with whether a request used it already.
#[derive(Debug)]
struct Known {
    points: Points,
    used: Vec<AtomicBool>,
}

impl CoveragePoints {
    pub fn new(contract: &Contract) -> Self {
        Self(contract.operations.iter().map(|_| OnceLock::new()).collect())
    }

    pub fn of(&self, operation: &Operation) -> Option<&Points> {
        let known = self.0.get(operation.index)?.get_or_init(|| {
            let points = Points::of(operation, &mut Outlines::default());
            let used = points.all().iter().map(|_| AtomicBool::new(false)).collect();
            Known { points, used }
        });
        Some(&known.points)
    }

    /// What a request used that none used before.
    pub fn first_met(&self, observations: &Observations) -> Vec<&Point> {
        let known = observations.operation.and_then(|index| self.0.get(index)?.get());
        let Some(Known { points, used }) = known else { return Vec::new() };
        // Read first, so that cores do not take the flag from each other.
        let is_first = |at: &&usize| {
            let used = used.get(**at);
            used.is_some_and(|used| !used.load(Ordering::Relaxed) && !used.swap(true, Ordering::Relaxed))
        };
        let names = observations.met.iter().filter(is_first).filter_map(|at| points.all().get(*at));
        names.collect()
    }
}
