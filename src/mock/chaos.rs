//! Chaos: a share of the requests fails as the document says that it may, comes late, or gets no answer.

use std::fmt;
use std::time::Duration;

use crate::contract::{Operation, StatusKey};
use crate::generate::Dice;

/// Shortest and longest wait, in milliseconds.
const WAIT: std::ops::Range<usize> = 50..2_000;
/// Longest time that a 429 asks a client to wait, in seconds.
const MAX_RETRY: usize = 5;
/// Of a hundred unlucky requests so many fail, and so many come late; the others get no answer.
const FAILING: usize = 60;
const LATE: usize = 25;

/// How many requests are unlucky, and which.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chaos {
    /// The share of them, from 0 to 1.
    pub share: f64,
    /// By which it is decided; the same seed gives the request of one number the same fate.
    pub seed: u64,
}

/// What becomes of an unlucky request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Fate {
    /// It is answered with a failure.
    Failure {
        status: u16,
        /// When it may be tried again, in seconds, where the status is 429.
        retry_after: u64,
    },
    /// It is answered as ever, later.
    Delay(Duration),
    /// The connection is closed without an answer.
    Drop,
}

impl Fate {
    /// How long the answer waits, where that is it.
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::Delay(wait) => Some(wait),
            Self::Failure { .. } | Self::Drop => None,
        }
    }

    /// Its kind, in metrics.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Failure { .. } => "failure",
            Self::Delay(_) => "delay",
            Self::Drop => "drop",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure { status, .. } => write!(f, "answered {status}"),
            Self::Delay(wait) => write!(f, "waited {} ms", wait.as_millis()),
            Self::Drop => f.write_str("closed the connection without an answer"),
        }
    }
}

impl Chaos {
    /// What becomes of the request with this number; `None` where it is answered as ever. It depends on nothing
    /// but seed, number and operation.
    pub(super) fn fate(&self, id: u64, operation: &Operation) -> Option<Fate> {
        let mut dice = Dice::new(self.seed, &format!("chaos {id}"));
        let drawn = u32::try_from(dice.below(1 << 30)).unwrap_or(u32::MAX);
        if f64::from(drawn) >= self.share * f64::from(1 << 30) {
            return None;
        }
        let kind = dice.below(100);
        Some(if kind < FAILING {
            let statuses = failures(operation);
            let status = statuses.get(dice.below(statuses.len())).copied().unwrap_or(503);
            let retry_after = u64::try_from(1 + dice.below(MAX_RETRY)).unwrap_or(1);
            Fate::Failure { status, retry_after }
        } else if kind < FAILING + LATE {
            let wait = WAIT.start + dice.below(WAIT.end - WAIT.start);
            Fate::Delay(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
        } else {
            Fate::Drop
        })
    }
}

/// The failures that an operation documents and no client can help: 429 and 5xx. Empty where there are none.
fn failures(operation: &Operation) -> Vec<u16> {
    let status = |key| match key {
        StatusKey::Code(code @ (429 | 500..)) => Some(code),
        StatusKey::Class(5) => Some(503),
        StatusKey::Code(_) | StatusKey::Class(_) | StatusKey::Default => None,
    };
    let mut all: Vec<u16> =
        operation.responses.iter().filter_map(|response| status(response.status)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn operation(statuses: &[&str]) -> std::sync::Arc<crate::contract::Contract> {
        let responses: serde_json::Map<String, Value> =
            statuses.iter().map(|status| ((*status).to_owned(), json!({"description": "it"}))).collect();
        crate::mock::testing::contract(json!({
            "openapi": "3.1.0", "paths": {"/things": {"get": {"responses": responses}}},
        }))
    }

    #[rstest]
    #[case(&["200", "404", "default"], &[])]
    #[case(&["200", "503", "429", "500"], &[429, 500, 503])]
    #[case(&["200", "503", "5XX"], &[503])]
    fn what_an_operation_documents(#[case] statuses: &[&str], #[case] expected: &[u16]) {
        assert_eq!(failures(&operation(statuses).operations[0]), expected);
    }

    fn fates(share: f64, seed: u64) -> Vec<Option<Fate>> {
        let contract = operation(&["200", "429", "500"]);
        (1..=4_000).map(|id| Chaos { share, seed }.fate(id, &contract.operations[0])).collect()
    }

    #[test]
    fn as_many_as_asked_for_in_all_kinds() {
        assert!(fates(0.0, 1).iter().all(Option::is_none));
        assert!(fates(1.0, 1).iter().all(Option::is_some));
        let some = fates(0.05, 1);
        let unlucky: Vec<Fate> = some.iter().copied().flatten().collect();
        assert!((150..250).contains(&unlucky.len()), "{}", unlucky.len());
        for kind in ["failure", "delay", "drop"] {
            assert!(unlucky.iter().any(|fate| fate.kind() == kind), "{kind}");
        }
        for fate in fates(1.0, 2).into_iter().flatten() {
            match fate {
                Fate::Failure { status, retry_after } => {
                    assert!([429, 500].contains(&status) && (1..=5).contains(&retry_after));
                }
                Fate::Delay(wait) => assert!(wait < Duration::from_secs(2)),
                Fate::Drop => {}
            }
        }
    }

    #[test]
    fn a_number_has_one_fate() {
        assert_eq!(fates(0.3, 7), fates(0.3, 7));
        assert_ne!(fates(0.3, 7), fates(0.3, 8));
    }
}
