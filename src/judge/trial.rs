//! What one exchange shows about the target, given what it was sent for.
//!
//! One file per rule or family; each is a function from a [`Trial`] to observations. A rule keeps
//! nothing between trials: whatever it must know of others stands in the trial.

mod access;
mod answer;
mod input;
mod success;
mod transport;

use crate::contract::Operation;
use crate::exchange::{Exchange, Response};
use crate::rules::Severity;

use super::At;

/// What a request was sent for.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// It keeps the contract and should meet the documented success.
    Valid(Valid),
    /// It should be let in: a wider key than the minimal one.
    WiderKey,
    /// No credential: 401.
    NoKey,
    /// A credential that nobody issued: 401.
    UnknownKey,
    /// A key that lacks this scope: 403. The flag is set where holding what it holds may be a
    /// hierarchy that the document does not tell.
    Lacking {
        /// The first missing scope.
        scope: String,
        /// Success is only a warning.
        maybe_implied: bool,
    },
    /// An id that cannot exist: 404.
    UnknownId,
    /// Input that the document forbids: 400, 415, 422.
    Invalid(Invalid),
    /// An `Accept` that nothing documented satisfies: 406, or any answer.
    NotAcceptable,
}

/// In which way a request keeps the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    /// The plainest request, made of what the document names itself or of ids that were found.
    Plain,
    /// The plainest request, with values that were made up where the document names none.
    MadeUp,
    /// A request that was accepted, with one value changed to another that the document names.
    Named,
}

/// In which way a request breaks the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// The part of the request.
    pub at: At,
    /// JSON pointer inside it.
    pub instance: String,
    /// What was done: `a text of 401 characters`.
    pub label: String,
    /// The keyword that forbids it; `syntax` and `media type` for the body as a whole.
    pub keyword: &'static str,
    /// Whether servers often read such a value as a valid one.
    pub coercible: bool,
}

/// One exchange and what it was for.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The operation that was called.
    pub operation: &'a Operation,
    /// What for.
    pub intent: &'a Intent,
    /// What was sent and what came back.
    pub exchange: &'a Exchange,
    /// The status that the plain request with the minimal key got, where that was a success.
    pub success: Option<u16>,
    /// The media type that the request asked for, where it asked for one.
    pub asked: Option<&'a str>,
    /// The answer to the same request without the bad value.
    pub baseline: Option<&'a Response>,
    /// Whether every object that the path names was found at the target itself.
    pub found: bool,
}

impl Trial<'_> {
    /// Whether the request was let in: any answer that the minimal key gets, a documented refusal
    /// of the method included.
    fn was_accepted(&self, status: u16) -> bool {
        match self.success {
            // Where all that is documented is a refusal, it tells nothing of who was let in.
            Some(400..=404 | 406..) => (200..300).contains(&status),
            Some(success) => status == success || (200..300).contains(&status),
            None => (200..300).contains(&status) || (status < 400 && self.operation.is_success(status)),
        }
    }
}

/// What a rule saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Name of the rule.
    pub rule: &'static str,
    /// How much it weighs here.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// `response.body`, `response.status`, …
    pub at: String,
    /// JSON pointer inside `at`.
    pub instance: String,
    /// JSON pointer of the document's line.
    pub document: String,
    /// How often it is said.
    pub told: Told,
}

/// How often an observation is said, however often it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Once for each operation.
    EachOperation,
    /// Once for its place in the document, which operations may share.
    OncePerPlace,
    /// Once for the whole run.
    OncePerRun,
}

impl Observation {
    /// An observation about the status, at the operation's own place in the document.
    fn status(rule: &'static str, severity: Severity, trial: &Trial<'_>, status: u16) -> Self {
        let summary = crate::rules::rule(rule).map_or("", |rule| rule.summary);
        let document = match trial.operation.response(status) {
            Some(response) => response.pointer.clone(),
            None => format!("{}/responses", trial.operation.pointer),
        };
        Self {
            rule,
            severity,
            message: summary.to_owned(),
            expected: String::new(),
            actual: status.to_string(),
            at: "response.status".to_owned(),
            instance: String::new(),
            document,
            told: Told::EachOperation,
        }
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    fn document(mut self, pointer: impl Into<String>) -> Self {
        self.document = pointer.into();
        self
    }
}

type Rule = fn(&Trial<'_>, &Response, &mut Vec<Observation>);

/// Every rule on a trial with a response. The order is the order in which causes come before what
/// follows from them.
const RULES: &[Rule] = &[
    answer::server_error,
    answer::documented,
    answer::allow,
    answer::challenge,
    access::keys,
    success::valid,
    input::invalid,
    input::unknown_id,
];

/// What a trial shows; empty where everything is as it should be.
pub fn judge(trial: &Trial<'_>) -> Vec<Observation> {
    let mut seen = Vec::new();
    match &trial.exchange.outcome {
        Err(failure) => transport::failed(trial, failure, &mut seen),
        Ok(response) => {
            for rule in RULES {
                rule(trial, response, &mut seen);
            }
        }
    }
    seen
}
