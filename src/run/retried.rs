//! A finding that was tried again, and what came of it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::name::named;
use crate::rules::Rule;

/// A finding that was tried again: `--only finding:ID`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Retried {
    /// Its id.
    pub id: String,
    /// Its rule; `None` where neither the document nor a report says which.
    pub rule: Option<Rule>,
    /// Id of its operation, of the first one where several share it.
    pub operation: Option<String>,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Arc<str>>,
    /// What came of it.
    pub result: RetryResult,
    /// Why it could not be tried.
    pub why: Option<String>,
}

/// What came of trying a finding again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum RetryResult {
    /// It is still there.
    Found,
    /// It is gone.
    Gone,
    /// It could not be tried.
    NotTried,
}

impl Retried {
    /// What came of it, as a sentence.
    pub fn told(&self) -> String {
        let operation: Option<Cow<'_, str>> =
            self.operation.as_ref().map(|operation| named(self.document_name.as_deref(), operation));
        let what = match (self.rule, operation) {
            (Some(rule), Some(operation)) => format!(" ({rule} of {operation})"),
            _ => String::new(),
        };
        let result = match self.result {
            RetryResult::Found => "is still there".to_owned(),
            RetryResult::Gone => "is gone".to_owned(),
            RetryResult::NotTried => {
                format!("could not be tried: {}", self.why.as_deref().unwrap_or("no response showed it"))
            }
        };
        format!("finding {}{what} {result}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(RetryResult::Found, None, "finding 0a (page-limit of list) is still there")]
    #[case(RetryResult::Gone, None, "finding 0a (page-limit of list) is gone")]
    #[case(
        RetryResult::NotTried,
        Some("no key"),
        "finding 0a (page-limit of list) could not be tried: no key"
    )]
    fn the_result_is_told(#[case] result: RetryResult, #[case] why: Option<&str>, #[case] told: &str) {
        let retried = Retried {
            id: "0a".to_owned(),
            rule: Some(Rule::PageLimit),
            operation: Some("list".to_owned()),
            document_name: None,
            result,
            why: why.map(str::to_owned),
        };
        assert_eq!(retried.told(), told);
    }
}
