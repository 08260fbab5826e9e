//! The user's settings for a plan.

use std::collections::BTreeSet;

use std::time::Duration;

use http::HeaderMap;
use indexmap::IndexMap;
use serde_json::Value;

use crate::contract::scopes::ScopeRules;
use crate::contract::{Operation, OperationId};
use crate::rules::RuleSet;

/// A request that cannot be found out: `[[check.request]]`.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Path, query and header parameters.
    pub params: IndexMap<String, String>,
    /// The body.
    pub body: Option<Value>,
    /// Whether its target may be destroyed.
    pub disposable: bool,
    /// Parameters of further requests for the same operation, tried in turn where the object that
    /// is named first is not there.
    pub others: Vec<IndexMap<String, String>>,
}

impl Given {
    /// Adds what is given for an operation; what came first goes first.
    pub fn add(all: &mut IndexMap<String, Self>, operation: &str, given: Self) {
        match all.get_mut(operation) {
            Some(first) => first.others.push(given.params),
            None => {
                all.insert(operation.to_owned(), given);
            }
        }
    }
}

/// How every request for an operation is sent.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Headers of its own.
    pub headers: HeaderMap,
    /// A time-out of its own.
    pub timeout: Option<Duration>,
}

/// What the user says about the plan.
#[derive(Default)]
pub struct Settings {
    /// Parameters that are fixed everywhere.
    pub params: IndexMap<String, String>,
    /// Requests that cannot be found out, by operation.
    pub given: IndexMap<String, Given>,
    /// How requests are sent, by operation.
    pub manners: IndexMap<OperationId, Manner>,
    /// How scopes satisfy one another.
    pub scopes: ScopeRules,
    /// Operations that are left out, by index, each with the reason.
    pub skipped: IndexMap<OperationId, String>,
    /// Actions and settings that may be sent although nothing names them, by index: the user says
    /// that they may change the target.
    pub actions: BTreeSet<OperationId>,
    /// Send safe requests only.
    pub read_only: bool,
    /// The target is open to everybody: no key is sent, and nothing is found out about keys.
    pub no_auth: bool,
    /// Rules and families that are left out; a case that only they would judge is not sent.
    pub muted: RuleSet,
    /// Answers are kept for snapshots, and plain requests are sent twice where that does no harm, to
    /// learn which values differ.
    pub second_look: bool,
}

impl Settings {
    /// Whether nothing is sent for an operation.
    pub(in crate::check) fn leaves_out(&self, operation: &Operation) -> bool {
        self.skipped.contains_key(&operation.index) || (self.read_only && !operation.is_safe())
    }

    /// Whether the user gives the body of an operation.
    pub(in crate::check) fn gives_body(&self, operation: &Operation) -> bool {
        self.given.get(&operation.id).is_some_and(|given| given.body.is_some())
    }
}
