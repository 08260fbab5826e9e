//! The user's settings for a plan.

use std::collections::{BTreeMap, BTreeSet};

use std::time::Duration;

use http::HeaderMap;
use indexmap::IndexMap;
use serde_json::Value;

use crate::check::callbacks::Callbacks;
use crate::contract::scopes::ScopeRules;
use crate::contract::{Operation, OperationId};
use crate::rules::{Rule, RuleSet};
use crate::run::{Finding, Shard, labelled, labelled_cause};

/// The reason for leaving out an operation that is none of those that the run is about.
pub const ONLY: &str = "--only";

/// Which answers a run keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answers {
    /// None.
    #[default]
    Dropped,
    /// The first of each operation, case, status and media type.
    Kept,
    /// As [`Answers::Kept`], and plain requests are sent twice where that does no harm, to learn which values differ.
    Compared,
}

/// A finding that a run is to try again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// Its id, as the user wrote it.
    pub id: String,
    /// The name of the document, which ids depend on in a run over several.
    pub document: String,
    /// Its rule; `None` where nothing says which, and everything is sent.
    pub rule: Option<Rule>,
    /// First digit of the status of the response; 0 where there was none.
    pub class: u16,
    /// Ids of the operations that may show it.
    pub operations: Vec<String>,
}

impl Sought {
    /// Whether a finding is meant, by its own id or that of its cause, as a run over this document alone gives ids.
    pub fn means(&self, finding: &Finding) -> bool {
        let one_of_several =
            [labelled(&self.document, &finding.id), labelled_cause(&self.document, &finding.cause)];
        [&finding.id, &finding.cause].contains(&&self.id) || one_of_several.contains(&self.id)
    }
}

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

/// Which odd bodies a run may send to what it makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddBodies {
    /// None: the target is on another machine.
    #[default]
    None,
    /// Creates get none with values that a target may keep and be unable to write in an answer: an object that nobody
    /// can list any more could not be taken away again.
    Careful,
    /// All: the user asks for them.
    All,
}

/// Requests that are drawn by chance, besides those that the document leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Draws {
    /// How many for each operation that may have them.
    pub count: usize,
    /// The same seed draws the same.
    pub seed: u64,
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
    /// Operations among these that `--only` leaves out and that are sent all the same, where a finding that is
    /// tried again needs them. Nothing is said of them.
    pub helpers: BTreeSet<OperationId>,
    /// Operations that another shard of the run checks, each with that shard. They are sent where one of this
    /// shard's own needs them, and nothing is said of them.
    pub elsewhere: BTreeMap<OperationId, Shard>,
    /// Operations of this shard's own whose objects other shards have to do with, too.
    pub shared: BTreeSet<OperationId>,
    /// The findings that the run is to try again; empty where it is about all.
    pub sought: Vec<Sought>,
    /// Whether an object may be made for an operation that only reads it.
    pub may_make: bool,
    /// Actions and settings that may be sent although nothing names them, by index: the user says
    /// that they may change the target.
    pub actions: BTreeSet<OperationId>,
    /// Which odd bodies may be sent to what this run makes.
    pub odd_bodies: OddBodies,
    /// Bodies and parameters that are drawn by chance.
    pub draws: Draws,
    /// Send safe requests only.
    pub read_only: bool,
    /// The target is open to everybody: no key is sent, and nothing is found out about keys.
    pub no_auth: bool,
    /// Rules and families that are left out; a case that only they would judge is not sent.
    pub muted: RuleSet,
    /// Where callbacks come in, where the user lets the target call back.
    pub callbacks: Option<Callbacks>,
    /// Which answers are kept.
    pub answers: Answers,
}

impl Settings {
    /// Whether nothing is sent for an operation.
    pub(in crate::check) fn leaves_out(&self, operation: &Operation) -> bool {
        let is_left_out = self.skipped.contains_key(&operation.index) && !self.helps(operation.index);
        is_left_out || (self.read_only && !operation.is_safe())
    }

    /// Whether an operation is none of those that the run is about, and may be sent for their sake.
    pub(in crate::check) fn is_aside(&self, operation: OperationId) -> bool {
        match self.skipped.get(&operation) {
            Some(reason) => reason == ONLY,
            None => self.elsewhere.contains_key(&operation),
        }
    }

    /// Whether the user forbids an operation.
    pub(in crate::check) fn forbids(&self, operation: OperationId) -> bool {
        self.skipped.contains_key(&operation) && !self.is_aside(operation)
    }

    /// Whether an operation is planned for the sake of others.
    pub(in crate::check) fn helps(&self, operation: OperationId) -> bool {
        let is_helper = self.helpers.contains(&operation) || !self.skipped.contains_key(&operation);
        is_helper && self.is_aside(operation)
    }

    /// Whether the user gives the body of an operation.
    pub(in crate::check) fn gives_body(&self, operation: &Operation) -> bool {
        self.given.get(&operation.id).is_some_and(|given| given.body.is_some())
    }
}
