//! What of each operation was seen so far.

use super::points::{Outlines, Points};
use crate::contract::{Contract, Operation, PerOperation, StatusKey};
use crate::exchange::Exchange;
use crate::judge::Received;
use crate::run::{Covered, OperationCoverage, PointKind};

/// What of each operation was seen so far.
#[derive(Debug, Default)]
pub struct Meter {
    known: PerOperation<Option<Box<Known>>>,
    outlines: Outlines,
}

/// The points of an operation, each with whether an exchange showed it.
#[derive(Debug)]
struct Known {
    points: Points,
    seen: Vec<bool>,
}

impl Known {
    fn of(operation: &Operation, outlines: &mut Outlines) -> Self {
        let points = Points::of(operation, outlines);
        let seen = vec![false; points.all().len()];
        Self { points, seen }
    }
}

impl Meter {
    /// A meter that has seen nothing.
    pub fn new(contract: &Contract) -> Self {
        Self { known: contract.operations.iter().map(|_| None).collect(), outlines: Outlines::default() }
    }

    /// Measures a request for an operation. One with another method is not a request of the operation, nor is one
    /// to a path that another operation answers.
    pub fn note(&mut self, contract: &Contract, operation: &Operation, exchange: &Exchange) {
        let request = &exchange.request;
        let Some(slot) = self.known.get_mut(operation.index) else { return };
        let Some(found) = contract.find(&request.path).filter(|_| request.method == operation.method) else {
            return;
        };
        if !found.operations.contains(&operation.index) {
            return;
        }
        let outlines = &mut self.outlines;
        let Known { points, seen } =
            &mut **slot.get_or_insert_with(|| Box::new(Known::of(operation, outlines)));
        if points.all().is_empty() {
            return;
        }
        let received = Received::read(operation, &found.values, request);
        for at in points.met(&received, &received.violations(), &|_| true) {
            if let Some(seen) = seen.get_mut(at) {
                *seen = true;
            }
        }
    }

    /// What was seen of an operation that was answered with these statuses.
    pub fn of(&mut self, operation: &Operation, answered: &[u16]) -> OperationCoverage {
        let mut coverage = Self::of_statuses(operation, answered);
        match self.known.get(operation.index).and_then(Option::as_deref) {
            Some(known) => fill(&mut coverage, &known.points, &known.seen),
            None => fill(&mut coverage, &Points::of(operation, &mut self.outlines), &[]),
        }
        coverage
    }

    /// As [`Meter::of`], without what requests show.
    pub fn of_statuses(operation: &Operation, answered: &[u16]) -> OperationCoverage {
        let mut coverage = OperationCoverage::default();
        *coverage.of_mut(PointKind::Statuses) =
            statuses(operation.responses.iter().map(|response| response.status), answered);
        coverage
    }
}

fn fill(coverage: &mut OperationCoverage, points: &Points, seen: &[bool]) {
    for (at, point) in points.all().iter().enumerate() {
        let is_seen = seen.get(at).copied().unwrap_or(false);
        coverage.of_mut(point.kind).add(point.name.clone(), is_seen);
    }
}

/// Which documented statuses were answered. A status counts for the response that documents it most precisely.
pub fn statuses(documented: impl IntoIterator<Item = StatusKey>, answered: &[u16]) -> Covered {
    let documented: Vec<StatusKey> = documented.into_iter().collect();
    let means = |status: u16| documented.iter().filter(move |key| key.covers(status)).min();
    let met: Vec<&StatusKey> = answered.iter().filter_map(|status| means(*status)).collect();
    let mut coverage = Covered::default();
    for key in &documented {
        coverage.add(key.to_string(), met.contains(&key));
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use crate::exchange::{Failure, Request};
    use http::Method;
    use rstest::rstest;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn contract() -> Contract {
        let tree: Value = json!({"openapi": "3.1.0", "paths": {
            "/a/{id}": {"get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                ],
                "responses": {"200": {}, "4XX": {}, "default": {}},
            }},
            "/a/new": {"get": {"responses": {"200": {}}}},
        }});
        build("t", &Document::of("t", tree)).unwrap().0
    }

    fn seen(requests: &[(Method, &str, &str)], kind: PointKind) -> Vec<String> {
        let contract = contract();
        let operation = &contract.operations[0];
        let mut meter = Meter::new(&contract);
        for (method, path, query) in requests {
            let mut request = Request::new(method.clone(), *path);
            request.query = (!query.is_empty()).then(|| (*query).to_owned());
            let (case, url, elapsed) = Default::default();
            let outcome = Err(Failure::Timeout(Duration::ZERO));
            meter.note(&contract, operation, &Exchange { case, url, request, outcome, elapsed });
        }
        meter.of(operation, &[]).of(kind).seen.clone()
    }

    #[rstest]
    #[case::nothing(&[], PointKind::Parameters, &[])]
    #[case::path(&[(Method::GET, "/a/7", "")], PointKind::Parameters, &["path.id"])]
    #[case::both(&[(Method::GET, "/a/7", "limit=3")], PointKind::Parameters, &["path.id", "query.limit"])]
    #[case::added_up(
        &[(Method::GET, "/a/0", "limit=3"), (Method::GET, "/a/7", "limit=x")],
        PointKind::Invalid,
        &["path.id minimum", "query.limit type"]
    )]
    #[case::another_method(&[(Method::HEAD, "/a/7", "limit=3")], PointKind::Parameters, &[])]
    #[case::another_operation(&[(Method::GET, "/a/new", "limit=3")], PointKind::Parameters, &[])]
    #[case::another_path(&[(Method::GET, "/b", "limit=3")], PointKind::Parameters, &[])]
    fn requests_of_an_operation_are_added_up(
        #[case] requests: &[(Method, &str, &str)],
        #[case] kind: PointKind,
        #[case] expected: &[&str],
    ) {
        assert_eq!(seen(requests, kind), expected);
    }

    #[rstest]
    #[case(&[], &[], &["200", "4XX", "default"])]
    #[case(&[200, 404], &["200", "4XX"], &["default"])]
    #[case(&[500], &["default"], &["200", "4XX"])]
    fn a_status_counts_for_what_documents_it_most_precisely(
        #[case] answered: &[u16],
        #[case] seen: &[&str],
        #[case] unseen: &[&str],
    ) {
        let contract = contract();
        let coverage = Meter::new(&contract).of(&contract.operations[0], answered);
        let statuses = coverage.of(PointKind::Statuses);
        assert_eq!(
            (statuses.seen.as_slice(), statuses.unseen.as_slice()),
            (
                seen.iter().map(|status| (*status).to_owned()).collect::<Vec<_>>().as_slice(),
                unseen.iter().map(|status| (*status).to_owned()).collect::<Vec<_>>().as_slice(),
            )
        );
    }
}
