//! Small contracts for the unit tests of the mock.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Contract, build};
use crate::document::{Document, Level};

/// The contract of a document; small ones leave out what only costs a warning.
pub(super) fn contract(tree: Value) -> Arc<Contract> {
    let (contract, problems) = build("t", &Document::of("t", tree)).expect("a contract");
    let errors: Vec<_> = problems.iter().filter(|problem| problem.level == Level::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(contract)
}
