//! One of several machines that share a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// More machines than these do not share a run.
pub const MOST: usize = 1_000;

/// A share of a run: `2/4` is the second of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Shard {
    /// Which one, from 1.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

/// A text that is no share of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoShard {
    /// It has another form.
    #[error("{0:?} is not K/N; write 2/4 for the second of four shards")]
    Form(String),
    /// There is no such shard.
    #[error("{0} is not one of {1} shards; they count from 1/{1} to {1}/{1}")]
    Index(usize, usize),
    /// No run has so many.
    #[error("{0} shards are not possible; write 1 to {MOST}")]
    Count(usize),
}

impl Shard {
    /// The whole run.
    pub const ALL: Self = Self { index: 1, count: 1 };

    /// The share with that number, from 1, of so many.
    ///
    /// # Errors
    /// There is no such share.
    pub fn new(index: usize, count: usize) -> Result<Self, NoShard> {
        if count == 0 || count > MOST {
            return Err(NoShard::Count(count));
        }
        if index == 0 || index > count {
            return Err(NoShard::Index(index, count));
        }
        Ok(Self { index, count })
    }

    /// Its share of a number that all have together: the first ones get what is left over.
    pub fn part_of(self, all: usize) -> usize {
        all / self.count + usize::from(self.index <= all % self.count)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let is_number = |text: &&str| text.bytes().all(|octet| octet.is_ascii_digit());
        let number = |text: &str| Some(text).filter(is_number).and_then(|text| text.parse().ok());
        let parts = text.split_once('/').and_then(|(index, count)| number(index).zip(number(count)));
        let (index, count) = parts.ok_or_else(|| NoShard::Form(text.to_owned()))?;
        Self::new(index, count)
    }
}

/// As it is written.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// One of the shards that a run was merged of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct MergedShard {
    /// Which one, as 2/4.
    pub shard: String,
    /// Address of its target.
    pub target: String,
    /// When it began.
    pub started: Option<String>,
    /// The letters in every text that it made up.
    pub run: String,
    /// Requests that it sent.
    pub requests: usize,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1/1", Ok(Shard::ALL))]
    #[case("2/4", Ok(Shard { index: 2, count: 4 }))]
    #[case("0/4", Err(NoShard::Index(0, 4)))]
    #[case("5/4", Err(NoShard::Index(5, 4)))]
    #[case("1/0", Err(NoShard::Count(0)))]
    #[case("1/1001", Err(NoShard::Count(1001)))]
    #[case("x", Err(NoShard::Form("x".to_owned())))]
    #[case("+1/2", Err(NoShard::Form("+1/2".to_owned())))]
    #[case("1/", Err(NoShard::Form("1/".to_owned())))]
    #[case("1/99999999999999999999", Err(NoShard::Form("1/99999999999999999999".to_owned())))]
    fn a_share_is_read(#[case] text: &str, #[case] expected: Result<Shard, NoShard>) {
        assert_eq!(text.parse(), expected);
        if let Ok(shard) = expected {
            assert_eq!(shard.to_string(), text);
        }
    }

    #[rstest]
    #[case(10, &[4, 3, 3])]
    #[case(2, &[1, 1, 0])]
    fn what_all_have_together_is_shared(#[case] all: usize, #[case] parts: &[usize]) {
        let shards = (1..=3).map(|index| Shard { index, count: 3 });
        assert_eq!(shards.map(|shard| shard.part_of(all)).collect::<Vec<_>>(), parts);
    }
}
