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

/// The attributes by which an element is filtered; of several operations that it is about, each in a line of its own.
/// What is about no operation has no verdict, and none leaves it out.
pub(super) fn filtered(run: &Run, operations: &[&str], rule: Option<Rule>) -> String {
    let results = run.operations.iter().filter(|result| operations.contains(&&*result.name()));
    let mut verdicts: Vec<&str> = results.map(|result| verdict(result.verdict).0).collect();
    verdicts.dedup();
    let mut attributes = format!("data-operation=\"{}\"", escaped(&operations.join("\n")));
    if let Some(rule) = rule {
        let _ = write!(attributes, " data-rule=\"{rule}\"");
    }
    if !verdicts.is_empty() {
        let _ = write!(attributes, " data-verdict=\"{}\"", verdicts.join("\n"));
    }
    attributes
}
