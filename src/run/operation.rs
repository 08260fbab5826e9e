//! The result of one operation.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::coverage::OperationCoverage;
use super::name::named;
use super::outcome::RuleOutcome;
use super::stored::stored_list;
use crate::contract::Kind;
use crate::rules::{Rule, Selector};

/// The result of one operation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct OperationResult {
    /// Its id.
    pub operation: String,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Arc<str>>,
    /// Its method.
    pub method: String,
    /// Its path template.
    pub path: String,
    /// Its `tags`.
    #[serde(skip)]
    pub tags: Vec<String>,
    /// What an unsafe operation does to the target; `None` for a safe one.
    pub kind: Option<Kind>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was not tried because it is an action or a setting that nobody asked for.
    #[serde(skip)]
    pub is_action: bool,
    /// Why it is inconclusive or skipped.
    pub why: Option<String>,
    /// The path parameter of which no object is known, where that is why it is inconclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// What would resolve an inconclusive verdict: TOML to paste.
    #[serde(skip)]
    pub settle: Option<String>,
    /// Whether the documented success was seen.
    #[serde(skip)]
    pub succeeded: bool,
    /// Required scopes, for the console's line.
    #[serde(skip)]
    pub scopes: Vec<String>,
    /// Checks that could not be made, each with its reason.
    pub untested: Vec<Untested>,
    /// Requests sent for it.
    pub requests: usize,
    /// How often each status was seen.
    pub statuses: IndexMap<String, usize>,
    /// What came of each rule that the document gives occasion for, in the catalogue's order.
    pub rules: Vec<RuleOutcome>,
    /// What of the operation the requests and answers of the run covered.
    pub coverage: OperationCoverage,
    /// How long the target took to answer the requests.
    #[serde(skip)]
    pub waited: std::time::Duration,
    /// The rules that looked at an answer of this operation, in the catalogue's order.
    #[serde(skip)]
    pub looked: Vec<Rule>,
}

/// A check that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Untested {
    /// Name of the rule; the family where none of its rules could look.
    pub rule: Selector,
    /// Why.
    pub why: String,
    /// The cases that were cut, where a bound of the run is why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
}

impl Untested {
    /// A rule, or a family, that could not look.
    pub(crate) fn new(rule: impl Into<Selector>, why: impl Into<String>) -> Self {
        Self { rule: rule.into(), why: why.into(), cases: Vec::new() }
    }
}

impl OperationResult {
    /// Its id, after its document where there are several.
    pub fn name(&self) -> Cow<'_, str> {
        named(self.document_name.as_deref(), &self.operation)
    }

    /// Notes that a rule of the catalogue's end had an occasion, where it had one.
    pub fn note_looked(&mut self, rule: Rule, had_occasion: bool) {
        if had_occasion && !self.looked.contains(&rule) {
            self.looked.push(rule);
        }
    }
}

/// The verdict on one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Verdict {
    /// No error, and the documented success was seen.
    Conforms,
    /// At least one error.
    Fails,
    /// No error, but the documented success was never seen.
    Inconclusive,
    /// Not asked for.
    Skipped,
}

stored_list!(operations OperationResult OperationDef);

/// How [`OperationResult`] is written in a blob; the rules follow from the rest.
#[derive(Serialize, Deserialize)]
#[serde(remote = "OperationResult")]
struct OperationDef {
    operation: String,
    document_name: Option<Arc<str>>,
    method: String,
    path: String,
    tags: Vec<String>,
    kind: Option<Kind>,
    verdict: Verdict,
    is_action: bool,
    why: Option<String>,
    needs: Option<String>,
    settle: Option<String>,
    succeeded: bool,
    scopes: Vec<String>,
    untested: Vec<Untested>,
    requests: usize,
    statuses: IndexMap<String, usize>,
    #[serde(skip)]
    rules: Vec<RuleOutcome>,
    coverage: OperationCoverage,
    waited: std::time::Duration,
    looked: Vec<Rule>,
}
