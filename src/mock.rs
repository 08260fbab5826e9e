//! The mock server: validates requests and answers them from fixtures, examples and generated values.
//!
//! The only module that uses `axum`. The answers of an operation are prepared once, when it is first called.
//! After that a request costs a walk through the trie of paths, a look-up of its key and a bit test for each
//! scope, without a lock and without copying a body.

mod access_log;
mod admission;
mod answer;
mod auth;
mod body;
mod budget;
mod challenge;
mod chaos;
mod context;
mod control;
mod cors;
mod coverage;
mod credential;
mod deliveries;
mod dispatch;
mod documents;
mod error_response;
mod explain;
mod extra;
pub mod faults;
mod heavy;
mod issuer;
mod journal;
mod log;
mod login;
mod matcher;
mod negotiation;
mod origin;
mod overrides;
mod passage;
mod prefer;
mod rate;
mod recorded;
mod recorder;
mod replay;
mod replica;
mod response;
mod router;
pub mod scenario;
mod server;
mod service;
mod session;
mod state;
mod statistics;
mod tally;
#[cfg(test)]
mod testing;
mod token;
mod violation;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::config::state::State;
use crate::config::webhook::Webhook;
use crate::config::{Credential, ErrorEntry, Extra, Key, Quota};
use crate::contract::Contract;
use crate::contract::scopes::ScopeRules;
use crate::fixtures::Fixtures;

pub use access_log::Lines;
pub use answer::Answer;
pub use auth::unchecked;
pub use chaos::Chaos;
pub use deliveries::{Messenger, Sending};
pub use documents::Live;
pub use faults::Fault;
pub use log::{Log, LogLines, log};
pub use login::{Consent, LoginOptions, check_redirect, login_lines};
pub use passage::{Forwarded, Octets, Passage, Upstream, Witness};
pub use recorded::RecordedRequest;
pub use replica::{Fleet, Member};
pub use response::Source;
pub use scenario::Scenarios;
pub use server::{Door, Identity, MAX_CONNECTIONS, serve, serve_up_to};
pub use state::StateError;
pub use statistics::Sum;
pub use tally::OperationSum;
pub use violation::RecordedViolation;

/// How much of a request's credential is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Auth {
    /// Keys must be known and hold the required scopes.
    Scopes,
    /// A credential must be there; keys of the form `mock:SCOPE+SCOPE` are still held to their scopes.
    Present,
    /// Nothing is checked.
    Off,
}

/// What becomes of a request that breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Validate {
    /// It is refused.
    Error,
    /// It is answered, and the journal and the log say what is wrong.
    Warn,
    /// It is not judged.
    Off,
}

/// How the mock behaves.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Options {
    /// How credentials are checked.
    pub auth: Auth,
    /// How scopes satisfy one another.
    pub scopes: ScopeRules,
    /// Keys whose scopes are known.
    pub keys: Vec<Key>,
    /// The API's own error object.
    pub errors: IndexMap<String, ErrorEntry>,
    /// Whether `[errors]` and fixtures are passed over in favour of problem details.
    pub problem_errors: bool,
    /// What becomes of invalid requests.
    pub validate: Validate,
    /// The one path under which it answers; by default the bare path and the servers' paths.
    pub base_path: Option<String>,
    /// Whether other origins may call it (the Fetch standard's CORS protocol).
    pub cors: bool,
    /// A wait before every answer.
    pub delay: Duration,
    /// Largest request body, in bytes.
    pub max_body: usize,
    /// How many requests the journal keeps; 0 for none.
    pub journal: usize,
    /// Names, beside loopback, under which the control address may be asked.
    pub allow_hosts: Vec<String>,
    /// Whether fixtures and examples of successes are passed over for plausible made values.
    pub dynamic: bool,
    /// Whether made values are at the edges of what is allowed: smallest, largest, empty and null, in turn.
    pub edges: bool,
    /// The seed of plausible values.
    pub seed: u64,
    /// Entries of a made list; by default one, or a few where values are plausible.
    pub items: Option<usize>,
    /// Whether what is created can be read, listed, changed and removed.
    pub stateful: bool,
    /// Whether only those objects exist that a list, a create, a fixture or the configuration names.
    pub closed: bool,
    /// What the document cannot say about collections.
    pub state: Vec<State>,
    /// Objects that the configuration names: an operation, a parameter of its path and the value. Where
    /// nothing else says which objects exist and some are named, no others exist.
    pub named: Vec<(String, String, String)>,
    /// Faults that are laid over it.
    pub faults: Vec<Fault>,
    /// How many requests are unlucky, where any are.
    pub chaos: Option<Chaos>,
    /// Its own address, onto which links to the documented servers are put.
    pub origin: String,
    /// The clock, for the journal.
    pub clock: fn() -> jiff::Timestamp,
    /// Where a line per request goes.
    pub log: Option<Log>,
    /// How those lines are written.
    pub lines: Lines,
    /// Answers by scenario.
    pub scenarios: Scenarios,
    /// The scenario that sessions begin with.
    pub scenario: Option<String>,
    /// Where it is said how tokens are had (RFC 9728); challenges name it.
    pub resource_metadata: Option<String>,
    /// How users log in, where the document says that they do.
    pub login: LoginOptions,
    /// How often a key may call; empty for no limit.
    pub limit: Vec<Quota>,
    /// Where keys may be that the document does not tell.
    pub credential: Credential,
    /// Answers at paths that the document does not have.
    pub extra: Vec<Extra>,
    /// Where webhooks go, and when.
    pub webhooks: Vec<Webhook>,
    /// Hosts, beside this machine, to which callbacks and webhooks are sent.
    pub callbacks_to: Vec<String>,
    /// Who sends them; without it none is sent.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// The target that answers instead of the mock.
    pub passage: Option<Arc<Passage>>,
    /// The replicas that share what sessions hold.
    pub fleet: Option<Arc<Fleet>>,
}

impl Options {
    /// The defaults for a mock at this address.
    pub fn new(origin: impl Into<String>, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            auth: Auth::Present,
            scopes: ScopeRules::default(),
            keys: Vec::new(),
            errors: IndexMap::new(),
            problem_errors: false,
            validate: Validate::Error,
            base_path: None,
            cors: true,
            delay: Duration::ZERO,
            max_body: 10 << 20,
            journal: 1000,
            allow_hosts: Vec::new(),
            dynamic: false,
            edges: false,
            seed: 1,
            items: None,
            stateful: false,
            closed: false,
            state: Vec::new(),
            named: Vec::new(),
            faults: Vec::new(),
            chaos: None,
            origin: origin.into(),
            clock,
            log: None,
            lines: Lines::Text,
            scenarios: Scenarios::default(),
            scenario: None,
            resource_metadata: None,
            login: LoginOptions::default(),
            limit: Vec::new(),
            credential: Credential::default(),
            extra: Vec::new(),
            webhooks: Vec::new(),
            callbacks_to: Vec::new(),
            messenger: None,
            passage: None,
            fleet: None,
        }
    }
}

/// A document that is mocked, with all that belongs to it.
pub struct Document {
    /// The name by which control distinguishes it from others.
    pub name: String,
    /// The path below which it answers: empty, or `/shop`.
    pub prefix: String,
    /// What it says.
    pub contract: Arc<Contract>,
    /// What it answers.
    pub fixtures: Fixtures,
    /// How the mock of it behaves.
    pub options: Options,
}
