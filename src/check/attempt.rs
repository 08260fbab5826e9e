//! One request of a sequence: the key it uses, and what response is expected.

use super::credentials::{self, KeyChoice};
use crate::contract::Operation;
use crate::contract::scopes::ScopeRules;
use crate::judge::exchange::{Intent, Valid};

/// The key of a request, and what the answer should be.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub key: KeyChoice,
    pub intent: Intent,
}

impl Attempt {
    /// The key that suffices, for a request that should succeed.
    pub fn plain(operation: &Operation) -> Self {
        Self { key: KeyChoice::sufficient(operation), intent: Intent::Valid(Valid::Plain) }
    }

    /// As [`Attempt::plain`], with values that nobody documented.
    pub fn made_up(operation: &Operation) -> Self {
        Self { key: KeyChoice::sufficient(operation), intent: Intent::Valid(Valid::MadeUp) }
    }

    /// Those that must be refused: without a key, and with the sharpest of the keys that lack a scope.
    pub fn denied(operation: &Operation, vocabulary: &[String], rules: &ScopeRules) -> Vec<Self> {
        if operation.is_open() || operation.is_login() {
            return Vec::new();
        }
        let mut attempts = vec![Self { key: KeyChoice::Nothing, intent: Intent::NoKey }];
        let cases = credentials::cases(operation, vocabulary, rules);
        let sharpest = cases.into_iter().rev().find(|case| {
            matches!(case.choice, KeyChoice::Lacking { .. }) && case.missing.is_some() && !case.maybe_implied
        });
        if let Some(case) = sharpest {
            let scope = case.missing.unwrap_or_default();
            attempts.push(Self { key: case.choice, intent: Intent::Lacking { scope, maybe_implied: false } });
        }
        attempts
    }
}
