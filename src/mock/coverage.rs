//! What clients can use of each operation, worked out when it is first called.

use std::sync::OnceLock;

use super::context::Observations;
use crate::contract::{Contract, Operation, PerOperation};
use crate::judge::coverage::Points;

/// The points of every operation of a document.
#[derive(Debug)]
pub(super) struct CoveragePoints(PerOperation<OnceLock<Points>>);

impl CoveragePoints {
    pub fn new(contract: &Contract) -> Self {
        Self(contract.operations.iter().map(|_| OnceLock::new()).collect())
    }

    pub fn of(&self, operation: &Operation) -> Option<&Points> {
        Some(self.0.get(operation.index)?.get_or_init(|| Points::of(operation)))
    }

    /// The names of what a request used.
    pub fn met(&self, observations: &Observations) -> Vec<&str> {
        let points = observations.operation.and_then(|index| self.0.get(index)?.get());
        let names = points.map_or(&[][..], Points::names);
        observations.met.iter().filter_map(|at| names.get(*at)).map(String::as_str).collect()
    }
}
