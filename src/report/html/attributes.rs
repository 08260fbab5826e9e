//! The attributes of the page's elements.

use crate::rules::Rule;
use std::fmt::Write as _;

use crate::report::escape::escaped;
use crate::run::{Run, Verdict};

/// The word for a verdict, and its sign.
pub(super) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Conforms => ("conforms", "✓"),
        Verdict::Fails => ("fails", "✗"),
        Verdict::Inconclusive => ("inconclusive", "?"),
        Verdict::Skipped => ("skipped", "–"),
    }
}

/// The attributes by which an element is filtered. What is about no operation has no verdict, and
/// none leaves it out.
pub(super) fn filtered(run: &Run, operation: &str, rule: Option<Rule>) -> String {
    let result = run.operations.iter().find(|result| result.name() == operation);
    let mut attributes = format!("data-operation=\"{}\"", escaped(operation));
    if let Some(rule) = rule {
        let _ = write!(attributes, " data-rule=\"{rule}\"");
    }
    if let Some(result) = result {
        let _ = write!(attributes, " data-verdict=\"{}\"", verdict(result.verdict).0);
    }
    attributes
}
