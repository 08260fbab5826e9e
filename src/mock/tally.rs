//! What became of the requests to one operation: how often, how fast, with which statuses, and what of the
//! document they used.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::response::Source;
use crate::contract::StatusKey;
use crate::coverage::{self, Point};
use crate::run::{Covered, PointKind};

/// Upper bounds of the histogram's buckets, in milliseconds.
pub(super) const BOUNDS: [u64; 8] = [1, 5, 10, 50, 100, 500, 1_000, 5_000];
/// Requests that broke the document and are kept in words; further ones are counted.
const MAX_SHOWN: usize = 20;

/// How long answers took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Histogram {
    /// How many took at most as long as each bound.
    pub buckets: [u64; BOUNDS.len()],
    pub count: u64,
    pub sum: Duration,
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        self.count += 1;
        self.sum += duration;
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(duration <= Duration::from_millis(bound));
        }
    }
}

/// The requests to one operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// By status and by where the answer came from.
    pub answers: BTreeMap<(u16, &'static str), Histogram>,
    met: BTreeSet<(PointKind, String)>,
    broken: u64,
    first: Vec<String>,
}

/// One request, for its operation's tally.
pub(super) struct Counted<'c> {
    pub status: u16,
    pub source: Source,
    pub duration: Duration,
    /// What of the document it used, and no request before it.
    pub met: Vec<&'c Point>,
    /// In which ways it broke the document, as lines.
    pub broken: Vec<String>,
}

impl Tally {
    pub fn count(&mut self, one: Counted<'_>) {
        self.answers.entry((one.status, one.source.name())).or_default().add(one.duration);
        self.met.extend(one.met.into_iter().map(|point| (point.kind, point.name.clone())));
        if !one.broken.is_empty() {
            self.broken += 1;
            let room = MAX_SHOWN.saturating_sub(self.first.len());
            self.first.extend(one.broken.into_iter().take(room));
        }
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.answers.values().map(|histogram| histogram.count).sum()
    }

    /// How many of them broke the document.
    pub fn broken(&self) -> u64 {
        self.broken
    }

    /// What it comes to, against the statuses and the points that are documented.
    pub fn sum(
        &self,
        operation: String,
        documented: impl Iterator<Item = StatusKey>,
        points: &[Point],
    ) -> OperationSum {
        // What got no answer met no status.
        let answered = self.answers.keys().map(|(status, _)| *status).filter(|status| *status > 0);
        let answered: Vec<u16> = answered.collect();
        let of = |kinds: &[PointKind]| {
            let mut covered = Covered::default();
            let mut points: Vec<&Point> = points.iter().filter(|point| kinds.contains(&point.kind)).collect();
            points.sort_unstable_by_key(|point| &point.name);
            for Point { kind, name } in points {
                covered.add(name.clone(), self.met.contains(&(*kind, name.clone())));
            }
            covered
        };
        OperationSum {
            operation,
            requests: self.requests(),
            seconds: self.answers.values().map(|histogram| histogram.sum).sum::<Duration>().as_secs_f64(),
            broken: self.broken,
            first: self.first.clone(),
            statuses: coverage::statuses(documented, &answered),
            parameters: of(&[PointKind::Parameters, PointKind::Choices]),
            members: of(&[PointKind::Members]),
            valid: of(&[PointKind::Valid]),
            invalid: of(&[PointKind::Invalid]),
        }
    }
}

/// What the requests to an operation came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationSum {
    /// Its name; empty for requests to paths and methods that are not documented.
    pub operation: String,
    /// How many there were.
    pub requests: u64,
    /// How long their answers took together.
    pub seconds: f64,
    /// How many of them broke the document.
    pub broken: u64,
    /// In which ways the first of them broke it.
    pub first: Vec<String>,
    /// Documented statuses.
    pub statuses: Covered,
    /// Documented parameters and enum members: `query.sort`, `query.sort=name`.
    pub parameters: Covered,
    /// Members of bodies: `body/name`.
    pub members: Covered,
    /// Keywords of schemas that a sent value kept: `body/name maxLength`.
    pub valid: Covered,
    /// Keywords of schemas that a sent value broke.
    pub invalid: Covered,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'c>(status: u16, millis: u64, met: &[&'c Point], broken: &[&str]) -> Counted<'c> {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Counted {
            status,
            source: Source::Generated,
            duration: Duration::from_millis(millis),
            met: met.to_vec(),
            broken: texts(broken),
        }
    }

    #[test]
    fn requests_are_summed_up() {
        let point = |kind, name: &str| Point { kind, name: name.to_owned() };
        let a = point(PointKind::Parameters, "query.a");
        let b = point(PointKind::Choices, "query.b=1");
        let kept = point(PointKind::Valid, "query.a maximum");
        let broken = point(PointKind::Invalid, "query.a maximum");
        let mut tally = Tally::default();
        tally.count(request(200, 3, &[&a, &b, &kept], &[]));
        tally.count(request(200, 70, &[&a], &[]));
        tally.count(request(404, 9_000, &[], &["wrong", "worse"]));
        let histogram = &tally.answers[&(200, "generated")];
        assert_eq!((histogram.count, histogram.sum), (2, Duration::from_millis(73)));
        assert_eq!(histogram.buckets, [0, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(tally.answers[&(404, "generated")].buckets, [0; 8]);
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let documented = [StatusKey::Code(200), StatusKey::Class(4), StatusKey::Code(503)];
        let c = point(PointKind::Parameters, "query.c");
        let sum = tally.sum("o".to_owned(), documented.into_iter(), &[c, kept, broken, a]);
        assert_eq!((sum.requests, sum.broken, sum.first.len()), (3, 1, 2));
        let covered = |seen: &[&str], unseen: &[&str]| Covered { seen: texts(seen), unseen: texts(unseen) };
        assert_eq!(sum.statuses, covered(&["200", "4XX"], &["503"]));
        assert_eq!(sum.parameters, covered(&["query.a"], &["query.c"]));
        assert_eq!(sum.valid, covered(&["query.a maximum"], &[]));
        assert_eq!(sum.invalid, covered(&[], &["query.a maximum"]));
    }
}
