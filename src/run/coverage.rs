//! What was seen of what is documented, counted in points.

use std::fmt;

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A kind of point: something that the document names, and that a run can show or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum PointKind {
    /// A documented status: `404`, `4XX`, `default`.
    Statuses,
    /// A parameter that a request had: `query.limit`.
    Parameters,
    /// A member of a request's body: `body/name`.
    Members,
    /// A listed value of a parameter or a member: `query.sort=name`.
    Choices,
    /// A keyword of a schema that a sent value kept: `body/name maxLength`.
    Valid,
    /// A keyword of a schema that a sent value broke.
    Invalid,
}

impl PointKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Statuses, Self::Parameters, Self::Members, Self::Choices, Self::Valid, Self::Invalid];

    /// Its name in the `json` report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statuses => "statuses",
            Self::Parameters => "parameters",
            Self::Members => "members",
            Self::Choices => "choices",
            Self::Valid => "valid",
            Self::Invalid => "invalid",
        }
    }

    /// What its points are, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Statuses => "statuses",
            Self::Parameters => "parameters",
            Self::Members => "body members",
            Self::Choices => "enum members",
            Self::Valid => "keywords kept",
            Self::Invalid => "keywords broken",
        }
    }
}

/// Which of several documented things were seen, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Covered {
    /// Seen.
    pub seen: Vec<String>,
    /// Never seen.
    pub unseen: Vec<String>,
}

impl Covered {
    /// Adds one thing.
    pub fn add(&mut self, name: String, is_seen: bool) {
        if is_seen { &mut self.seen } else { &mut self.unseen }.push(name);
    }

    /// Notes that others saw some of what was never seen here.
    pub(super) fn see(&mut self, seen: &[String]) {
        let (new, unseen) =
            std::mem::take(&mut self.unseen).into_iter().partition(|name| seen.contains(name));
        self.unseen = unseen;
        self.seen.extend::<Vec<String>>(new);
    }

    fn share(&self) -> Share {
        Share { seen: self.seen.len(), total: self.seen.len() + self.unseen.len() }
    }
}

/// The points of one operation, by their kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationCoverage([Covered; PointKind::ALL.len()]);

impl OperationCoverage {
    /// Those of a kind.
    pub fn of(&self, kind: PointKind) -> &Covered {
        &self.0[kind as usize]
    }

    /// Those of a kind, to be filled.
    pub fn of_mut(&mut self, kind: PointKind) -> &mut Covered {
        &mut self.0[kind as usize]
    }
}

/// A map from the names of the kinds.
impl Serialize for OperationCoverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(PointKind::ALL.iter().map(|kind| (kind.name(), self.of(*kind))))
    }
}

/// Kinds that are not named have no points.
impl<'de> Deserialize<'de> for OperationCoverage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = BTreeMap::<String, Covered>::deserialize(deserializer)?;
        let mut coverage = Self::default();
        for kind in PointKind::ALL {
            *coverage.of_mut(kind) = read.remove(kind.name()).unwrap_or_default();
        }
        Ok(coverage)
    }
}

/// How many of some points were seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Share {
    /// Seen at least once.
    pub seen: usize,
    /// All.
    pub total: usize,
}

impl Share {
    fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.total += other.total;
    }

    /// In percent, with one decimal, rounded down; all of nothing is everything.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn percent(self) -> f64 {
        let tenths = (self.seen * 1_000).checked_div(self.total).unwrap_or(1_000);
        tenths as f64 / 10.0
    }

    /// Whether as much was seen as that share in percent. Compared as products, so that a share that is exactly
    /// reached counts.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub fn reaches(self, percent: f64) -> bool {
        percent * self.total as f64 <= 100.0 * self.seen as f64
    }
}

/// For people: `3 of 4`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.seen, self.total)
    }
}

/// How many points of each kind were seen, over all operations that were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointTotals {
    /// Operations seen in a documented success.
    pub operations: Share,
    kinds: [Share; PointKind::ALL.len()],
}

impl PointTotals {
    /// Adds the points of one operation.
    pub(super) fn add(&mut self, has_succeeded: bool, coverage: &OperationCoverage) {
        self.operations.add(Share { seen: usize::from(has_succeeded), total: 1 });
        for kind in PointKind::ALL {
            self.kinds[kind as usize].add(coverage.of(kind).share());
        }
    }

    /// Those of a kind.
    pub fn kind(&self, kind: PointKind) -> Share {
        self.kinds[kind as usize]
    }

    /// All points together, each operation as one.
    pub fn all(&self) -> Share {
        let mut all = self.operations;
        self.kinds.iter().for_each(|kind| all.add(*kind));
        all
    }
}

/// A map from the names of the kinds; the share of all in percent last.
impl Serialize for PointTotals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("operations", &self.operations)?;
        for kind in PointKind::ALL {
            map.serialize_entry(kind.name(), &self.kind(kind))?;
        }
        map.serialize_entry("all", &self.all())?;
        map.serialize_entry("percent", &self.all().percent())?;
        map.end()
    }
}

/// What was seen of what is documented.
#[derive(Debug, Clone, Default, serde::Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Coverage {
    /// Share of operations seen in a documented success, 0 to 1.
    pub operations: f64,
    /// Documented statuses.
    pub statuses: StatusCoverage,
    /// `operation status` of each documented status that was never seen.
    pub unseen: Vec<String>,
    /// All points, of the operations that were asked for.
    pub points: PointTotals,
}

/// How many documented statuses were seen.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct StatusCoverage {
    /// Seen at least once.
    pub seen: usize,
    /// Documented.
    pub documented: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(3, 4, 75.0, true)]
    #[case(3, 4, 75.1, false)]
    #[case(0, 0, 100.0, true)]
    #[case(1_999, 2_000, 100.0, false)]
    fn a_share_is_reached_or_not(
        #[case] seen: usize,
        #[case] total: usize,
        #[case] percent: f64,
        #[case] expected: bool,
    ) {
        let share = Share { seen, total };
        assert_eq!(share.reaches(percent), expected);
        assert_eq!(share.percent() >= percent, expected, "what is shown says the same");
    }
}
