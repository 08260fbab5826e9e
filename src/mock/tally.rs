//! What became of the requests to one operation: how often, how fast, with which statuses, and what of the
//! document they used.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::response::Source;

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
    met: BTreeSet<String>,
    broken: u64,
    first: Vec<String>,
}

/// One request, for its operation's tally.
pub(super) struct Counted<'c> {
    pub status: u16,
    pub source: Source,
    pub duration: Duration,
    /// What of the document it used, and no request before it.
    pub met: Vec<&'c str>,
    /// In which ways it broke the document, as lines.
    pub broken: Vec<String>,
}

impl Tally {
    pub fn count(&mut self, one: Counted<'_>) {
        self.answers.entry((one.status, one.source.name())).or_default().add(one.duration);
        for name in one.met {
            if !self.met.contains(name) {
                self.met.insert(name.to_owned());
            }
        }
        if !one.broken.is_empty() {
            self.broken += 1;
            let room = MAX_SHOWN.saturating_sub(self.first.len());
            self.first.extend(one.broken.into_iter().take(room));
        }
    }

    /// What it comes to, against the statuses and the points that are documented.
    pub fn sum(
        &self,
        operation: String,
        documented: impl Iterator<Item = String>,
        points: impl IntoIterator<Item = String>,
    ) -> OperationSum {
        let seen: BTreeSet<String> = self.answers.keys().map(|(status, _)| status.to_string()).collect();
        let covers = |key: &String| match key.as_str() {
            "default" => !seen.is_empty(),
            key => {
                seen.iter().any(|status| key == status || (key.ends_with("XX") && key[..1] == status[..1]))
            }
        };
        OperationSum {
            operation,
            requests: self.answers.values().map(|histogram| histogram.count).sum(),
            seconds: self.answers.values().map(|histogram| histogram.sum).sum::<Duration>().as_secs_f64(),
            broken: self.broken,
            first: self.first.clone(),
            statuses: Coverage::of(documented, covers),
            parameters: Coverage::of(points, |point| self.met.contains(point)),
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
    pub statuses: Coverage,
    /// Documented parameters and enum members: `query.sort`, `query.sort=name`.
    pub parameters: Coverage,
}

/// Which of several documented things the client met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Met.
    pub seen: Vec<String>,
    /// Never met.
    pub unseen: Vec<String>,
}

impl Coverage {
    fn of(all: impl IntoIterator<Item = String>, is_seen: impl Fn(&String) -> bool) -> Self {
        let (seen, unseen) = all.into_iter().partition(is_seen);
        Self { seen, unseen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'c>(status: u16, millis: u64, met: &[&'c str], broken: &[&str]) -> Counted<'c> {
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
        let mut tally = Tally::default();
        tally.count(request(200, 3, &["query.a", "query.b=1"], &[]));
        tally.count(request(200, 70, &["query.a"], &[]));
        tally.count(request(404, 9_000, &[], &["wrong", "worse"]));
        let histogram = &tally.answers[&(200, "generated")];
        assert_eq!((histogram.count, histogram.sum), (2, Duration::from_millis(73)));
        assert_eq!(histogram.buckets, [0, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(tally.answers[&(404, "generated")].buckets, [0; 8]);
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let sum = tally.sum(
            "o".to_owned(),
            texts(&["200", "4XX", "503"]).into_iter(),
            texts(&["query.a", "query.c"]),
        );
        assert_eq!((sum.requests, sum.broken, sum.first.len()), (3, 1, 2));
        assert_eq!(sum.statuses, Coverage { seen: texts(&["200", "4XX"]), unseen: texts(&["503"]) });
        assert_eq!(sum.parameters, Coverage { seen: texts(&["query.a"]), unseen: texts(&["query.c"]) });
    }
}
