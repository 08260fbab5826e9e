//! A request or a response, as reports and snapshots show it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::OperationId;
use crate::exchange::Response;

/// A request or a response as a report shows it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct MessageShown {
    /// Request only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Request only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Response only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Header fields, names in lower case.
    pub headers: IndexMap<String, String>,
    /// The body as text, cut after 16 KiB; `None` where there was none. Binary bodies are named by
    /// type and size.
    pub body: Option<String>,
}

/// One answer that a run got, for snapshots and fixtures; secrets removed.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Which operation.
    pub operation: OperationId,
    /// In which case it came: empty for the documented request, `no-key`, `unknown-id`, …
    pub case: String,
    /// What was sent.
    pub request: MessageShown,
    /// Path parameters whose values the run found out or made itself: they differ from run to run.
    pub bound: Vec<(String, Value)>,
    /// What came back.
    pub response: Response,
    /// What came back, as reports show it.
    pub shown: MessageShown,
    /// What the same request got at once when it was sent again.
    pub again: Option<Response>,
}
