//! `--deny` and `--min-operations`: what a command that ran against the mock must have done.

use std::fmt::Write as _;

use crate::mock::Sum;

/// How many operations must have been called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Threshold {
    /// As many.
    Count(usize),
    /// That share of all, in percent.
    Share(f64),
}

/// Reads `12` or `80%`.
pub(super) fn threshold(text: &str) -> Result<Threshold, String> {
    let wrong = || format!("invalid number or share of operations {text:?}; write 12 or 80%");
    match text.trim().strip_suffix('%') {
        None => text.trim().parse().map(Threshold::Count).map_err(|_| wrong()),
        Some(share) => match share.trim_end().parse::<f64>() {
            Ok(share) if (0.0..=100.0).contains(&share) => Ok(Threshold::Share(share)),
            _ => Err(wrong()),
        },
    }
}

impl Threshold {
    /// Whether so many of all operations are enough.
    pub fn is_met(self, called: usize, all: usize) -> bool {
        match self {
            Self::Count(least) => called >= least,
            // Compared as products, so that a share that is exactly reached counts.
            Self::Share(share) => share * as_number(all) <= 100.0 * as_number(called),
        }
    }
}

fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(least) => write!(f, "{least}"),
            Self::Share(share) => write!(f, "{share}%"),
        }
    }
}

/// Operations that are named; further ones are counted.
const MAX_NAMED: usize = 20;

/// What a command may not do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Denied {
    /// Break the document.
    pub violations: bool,
    /// Use names that the document does not have.
    pub unknown: bool,
}

/// What is wrong with the requests of a command; empty where nothing is.
pub(super) fn complaints(sum: &Sum, denied: Denied, least: Option<Threshold>) -> Vec<String> {
    let mut said = Vec::new();
    if denied.violations && sum.broken > 0 {
        let requests = if sum.broken == 1 { "1 request" } else { &format!("{} requests", sum.broken) };
        said.push(with_first(format!("{requests} broke the document"), sum.broken, &sum.first));
    }
    if denied.unknown && sum.unknown > 0 {
        let names = if sum.unknown == 1 { "1 name is" } else { &format!("{} names are", sum.unknown) };
        said.push(with_first(format!("{names} not in the document"), sum.unknown, &sum.first_unknown));
    }
    let called = sum.operations - sum.uncalled.len();
    if let Some(least) = least.filter(|least| !least.is_met(called, sum.operations)) {
        let named = sum.uncalled.get(..MAX_NAMED).unwrap_or(&sum.uncalled);
        let more = match sum.uncalled.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        said.push(format!(
            "{called} of {} operations called, at least {least} required\n  never called: {}{more}",
            sum.operations,
            named.join(", ")
        ));
    }
    said
}

/// A complaint with the first of what it is about, and how many more there are.
fn with_first(mut text: String, count: u64, first: &[String]) -> String {
    for line in first {
        text.push_str("\n  ");
        text.push_str(line);
    }
    let more = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(first.len());
    if more > 0 {
        let _ = write!(text, "\n  and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("3", 3, true)]
    #[case("4", 3, false)]
    #[case("0", 0, true)]
    #[case("30%", 3, true)]
    #[case("30.1%", 3, false)]
    #[case("100%", 10, true)]
    #[case("100 %", 9, false)]
    fn enough_of_ten(#[case] text: &str, #[case] called: usize, #[case] expected: bool) {
        assert_eq!(threshold(text).unwrap().is_met(called, 10), expected);
    }

    #[rstest]
    #[case("")]
    #[case("-1")]
    #[case("0.5")]
    #[case("101%")]
    #[case("many")]
    fn neither_number_nor_share(#[case] text: &str) {
        assert!(threshold(text).unwrap_err().contains("80%"));
    }

    #[test]
    fn long_lists_are_cut() {
        let uncalled: Vec<String> = (0..30).map(|index| format!("o{index}")).collect();
        let (first, first_unknown) = (vec!["GET /x · why".to_owned()], vec!["GET /x · name".to_owned()]);
        let sum =
            Sum { broken: 9, first, unknown: 1, first_unknown, operations: 31, uncalled, ..Sum::default() };
        let all = Denied { violations: true, unknown: true };
        let mut said = complaints(&sum, all, Some(Threshold::Count(2)));
        assert_eq!(said.remove(1), "1 name is not in the document\n  GET /x · name");
        assert_eq!(said[0], "9 requests broke the document\n  GET /x · why\n  and 8 more");
        assert!(
            said[1].starts_with("1 of 31 operations called, at least 2 required\n  never called: o0, o1,")
        );
        assert!(said[1].ends_with("o19 and 10 more"));
        assert_eq!(complaints(&sum, Denied::default(), Some(Threshold::Count(1))), Vec::<String>::new());
    }
}
