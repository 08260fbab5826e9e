//! What is known about one operation during the run.

use std::collections::BTreeSet;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::check::body_search::Edit;
use crate::contract::Operation;
use crate::exchange::{Exchange, Response};
use crate::rules::Rule;
use crate::run::Untested;

/// How a body names other objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::check) enum Refers {
    /// By their ids.
    #[default]
    ByIds,
    /// By their names too, since so it was taken.
    ByNames,
}

/// What is sent where the document has no body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::check) enum UnsaidBody {
    #[default]
    Nothing,
    /// An empty object of JSON, since the target refused nothing at all.
    Empty,
}

/// What is known of one operation.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct OperationState {
    /// Requests that were sent for it.
    pub requests: usize,
    /// How often each status was received.
    pub statuses: IndexMap<String, usize>,
    /// Status of the plain request, where it was a success.
    pub success: Option<u16>,
    /// Status of the plain request, whatever it was.
    pub plain: Option<u16>,
    /// Whether the plain request was sent.
    pub tried: bool,
    /// The answer to the plain request, where it was a success.
    pub baseline: Option<Response>,
    /// How often that was asked for again.
    pub renewed: u8,
    /// Whether the one object that it may destroy is gone before its time.
    pub is_spent: bool,
    /// Why it is inconclusive.
    pub why: Option<String>,
    /// The path parameter of which no object is known.
    pub needs: Option<String>,
    /// TOML that would settle it.
    pub settle: Option<String>,
    /// Whether it is an action or a setting that nobody asked for.
    pub is_action: bool,
    /// The member by which its path calls the object, where that is another than for the others.
    pub called_by: Option<&'static str>,
    /// What is changed in its body so that it is taken.
    pub wants: Vec<Edit>,
    /// What it is sent in the place of a body that the document leaves out.
    pub unsaid: UnsaidBody,
    /// How its body names other objects.
    pub refers: Refers,
    /// Query parameters that a refusal asked for, with the values that were taken.
    pub asked_for: Vec<(String, Value)>,
    /// Fresh objects that did not help against a conflict.
    pub vain: usize,
    /// The first request that it failed on with 500, whoever sent it.
    pub failed: Option<Exchange>,
    /// The first request that may have set off callbacks, where these are waited for.
    pub called: Option<Exchange>,
    /// Why answers of it could not be judged.
    pub unjudged: Option<String>,
    /// How long the target took to answer.
    pub waited: Duration,
    /// The rules that looked at its answers.
    pub looked: BTreeSet<Rule>,
    /// Rules that could not look.
    pub untested: Vec<Untested>,
}

impl OperationState {
    /// Whether a documented success was seen, whichever request it was for.
    pub fn has_succeeded(&self, operation: &Operation) -> bool {
        let is_success = |status: &String| status.parse().is_ok_and(|status| operation.is_success(status));
        self.success.is_some() || self.statuses.keys().any(is_success)
    }

    /// Whether the plain request was refused, for another reason than its key or its method.
    pub fn is_refused(&self) -> bool {
        matches!(self.plain, Some(400 | 402 | 404 | 406..=428 | 430..=499))
    }

    /// Whether it has answered bad input, and never a missing object or a wrong key.
    pub fn is_turned_down(&self) -> bool {
        let seen = |status: &str| self.statuses.contains_key(status);
        ["400", "409", "415", "422"].iter().any(|status| seen(status))
            && !["404", "405"].iter().any(|status| seen(status))
    }
}
