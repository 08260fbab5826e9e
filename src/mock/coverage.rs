//! What clients can use of each operation, worked out when it is first called.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::context::Observations;
use crate::contract::{Contract, Operation, PerOperation};
use crate::coverage::{Outlines, Point, Points};
use crate::judge::{Received, Violation};

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
        self.known(operation).map(|known| &known.points)
    }

    fn known(&self, operation: &Operation) -> Option<&Known> {
        let known = self.0.get(operation.index)?.get_or_init(|| {
            let points = Points::of(operation, &mut Outlines::default());
            let used = points.all().iter().map(|_| AtomicBool::new(false)).collect();
            Known { points, used }
        });
        Some(known)
    }

    /// What a request uses that none used before, as places among the points of its operation.
    pub fn met(&self, received: &Received<'_>, violations: &[Violation]) -> Vec<usize> {
        let Some(Known { points, used }) = self.known(received.operation) else { return Vec::new() };
        let is_new = |at: usize| used.get(at).is_some_and(|used| !used.load(Ordering::Relaxed));
        points.met(received, violations, &is_new)
    }

    /// What a request is the first to use.
    pub fn first_met(&self, observations: &Observations) -> Vec<&Point> {
        if observations.met.is_empty() {
            return Vec::new();
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Request;
    use crate::mock::testing;

    #[test]
    fn what_was_used_is_not_measured_again() {
        let contract = testing::things();
        let operation = contract.operation("listThings").unwrap();
        let points = CoveragePoints::new(&contract);
        let first = |query: &str| {
            let mut request = Request::new(http::Method::GET, "/things");
            request.query = Some(query.to_owned());
            let received = Received::read(operation, &[], &request);
            let met = points.met(&received, &received.violations());
            let observations =
                Observations { operation: Some(operation.index), met, ..Observations::default() };
            let first = points.first_met(&observations);
            (observations.met.len(), first.iter().map(|point| point.name.clone()).collect::<Vec<_>>())
        };
        let (measured, names) = first("limit=1");
        assert!(measured > 0 && names.contains(&"query.limit".to_owned()), "{names:?}");
        assert_eq!(first("limit=1"), (0, Vec::new()));
        assert!(first("limit=1&offset=2").1.contains(&"query.offset".to_owned()));
    }
}
