//! The attributes of the page's elements.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::report::escape::escaped;
use crate::rules::{Rule, Severity};
use crate::run::{Finding, OperationResult, Run, Verdict};

/// The word for a verdict, and its sign.
pub(super) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Conforms => ("conforms", "✓"),
        Verdict::Fails => ("fails", "✗"),
        Verdict::Inconclusive => ("inconclusive", "?"),
        Verdict::Skipped => ("skipped", "–"),
    }
}

/// What a finding counts as.
pub(super) fn level(finding: &Finding, is_waived: bool) -> &'static str {
    match finding.severity {
        _ if is_waived => "waived",
        _ if finding.known => "known",
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// What is known of operations by their names.
pub(super) struct Index<'r> {
    operations: HashMap<Cow<'r, str>, &'r OperationResult>,
}

impl<'r> Index<'r> {
    pub fn of(run: &'r Run) -> Self {
        let named = run.operations.iter().map(|operation| (operation.name(), operation));
        Self { operations: named.collect() }
    }

    /// The attributes by which an element is filtered; of several operations that it is about, each in a line of its
    /// own. What is about no operation has no verdict, and none leaves it out.
    pub fn filtered(&self, operations: &[&str], rule: Option<Rule>) -> String {
        let known: Vec<&OperationResult> =
            operations.iter().filter_map(|name| self.operations.get(*name).copied()).collect();
        let mut verdicts: Vec<&str> = known.iter().map(|result| verdict(result.verdict).0).collect();
        let mut tags: Vec<&str> = known.iter().flat_map(|result| &result.tags).map(String::as_str).collect();
        for values in [&mut verdicts, &mut tags] {
            values.sort_unstable();
            values.dedup();
        }
        let mut attributes = format!("data-operation=\"{}\"", escaped(&operations.join("\n")));
        if let Some(rule) = rule {
            let _ = write!(attributes, " data-rule=\"{rule}\"");
        }
        if !known.is_empty() {
            let (verdicts, tags) = (verdicts.join("\n"), escaped(&tags.join("\n")));
            let _ = write!(attributes, " data-verdict=\"{verdicts}\" data-tag=\"{tags}\"");
        }
        attributes
    }
}
