//! `counterpart.toml`, companions and keys files: from text to plain data, or to a problem with its place.
//!
//! Nothing here opens a file or reads the environment; callers pass in both.

mod allowed;
pub mod document;
mod error_name;
mod limit;
mod over;
mod parse;
mod position;
pub mod scenario;
pub mod schema;
mod secret;
mod snapshot;
pub mod state;
mod suggest;
mod token_source;
mod units;
mod value;
pub mod webhook;
pub mod wfc;

use std::time::Duration;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::contract::scopes::{Combine, ScopeRules};
use crate::document::{Place as DocumentPlace, Problem};
use crate::exchange::Secret;
use crate::rules::Severity;
pub use allowed::AUTH;
use document::Document;
pub use error_name::ErrorName;
pub use limit::{Credential, Extra, Limit, Place, Quota, quota};
pub use parse::{parse, syntax};
pub use position::Places;
use scenario::Scenario;
pub use snapshot::{Snapshot, SnapshotMode, SnapshotOperation, SnapshotRedact};
use state::State;
pub use suggest::{near, nearest};
pub use token_source::{Introspect, Mint, Oauth2};
pub use units::{count, duration, percent, probability, rate, size, span};
pub use value::{json, text};
use webhook::Webhook;

/// What a text is, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `counterpart.toml`: everything, and no literal token.
    Config,
    /// The companion of a document: what is true of that API everywhere; no address, no key and no
    /// command. Of `[mock]` it may hold `auth`.
    Companion,
    /// A `--keys` file: keys and how they are made.
    Keys,
}

/// Everything that can be configured; what a source leaves out is empty.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// The document.
    pub spec: Option<String>,
    /// An overlay of it.
    pub overlay: Option<String>,
    /// Overlays of it, in order.
    pub overlays: Vec<String>,
    /// The folder of fixtures.
    pub fixtures: Option<String>,
    /// How a held scope satisfies a required one.
    pub scopes: Scopes,
    /// Keys whose scopes are known.
    pub keys: Vec<Key>,
    /// Who tells the scopes of keys that do not name theirs.
    pub introspect: Option<Introspect>,
    /// How keys are made.
    pub mint: Option<Mint>,
    /// `[mock]`: flags of the command of that name.
    #[schemars(schema_with = "schema::flags")]
    pub mock: IndexMap<String, toml::Value>,
    /// `[check]`: flags of the command of that name, and what cannot be found out.
    pub check: Check,
    /// Severities of rules.
    #[schemars(schema_with = "schema::rules")]
    pub rules: IndexMap<String, RuleLevel>,
    /// Findings that are known and accepted.
    pub waive: Vec<Waive>,
    /// `[snapshot]`, for snapshot review.
    pub snapshot: Option<Snapshot>,
    /// `[scenario.NAME]`: answers by operation.
    pub scenario: IndexMap<String, Scenario>,
    /// `[[document]]`: several documents in one repository.
    pub document: Vec<Document>,
    /// The API's own error object, by what went wrong.
    #[schemars(schema_with = "schema::errors")]
    pub errors: IndexMap<String, ErrorEntry>,
    /// `[[state]]`: what a document cannot say about a collection.
    pub state: Vec<State>,
    /// `[limit]`: how often a key may call the mock.
    pub limit: Limit,
    /// `[credential]`: where keys may be that the document does not tell.
    pub credential: Credential,
    /// `[[extra]]`: answers at paths that the document does not have.
    pub extra: Vec<Extra>,
    /// `[[webhook]]`: where webhooks of the document go, and when.
    pub webhook: Vec<Webhook>,
    /// Variables of `[mint]` and `introspect` that the environment lacks, each as a problem: only who asks for
    /// keys needs them.
    #[serde(skip)]
    pub unset: Vec<Problem>,
}

/// `[scopes]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scopes {
    wildcard: Option<String>,
    write_implies_read: Option<bool>,
    combine: Option<CombineWord>,
    implies: IndexMap<String, Vec<String>>,
    limits_first: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CombineWord {
    All,
    Any,
}

/// `[[keys]]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name, which reports show.
    pub name: String,
    /// The token, or `${NAME}` of the environment.
    #[serde(deserialize_with = "secret::secret")]
    #[schemars(with = "String")]
    pub token: Secret,
    /// What it holds, where that is said.
    pub scopes: Option<Vec<String>>,
    /// Whose it is: what is private to one owner is not shown to another.
    pub owner: Option<String>,
    /// The scheme it is for, where the document has several.
    pub scheme: Option<String>,
    /// Its last day.
    #[serde(default, deserialize_with = "value::date")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<Date>,
    /// Path parameters that it is limited to.
    #[serde(default)]
    pub only: IndexMap<String, Vec<String>>,
    /// Operations that it may not call, whatever its scopes are: by operation, tag or path, as `--actions`
    /// names them.
    #[serde(default)]
    pub denied: Vec<String>,
}

/// `[check]`: parameters and requests; every other key is a flag.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Check {
    /// Parameters that are fixed everywhere.
    #[schemars(schema_with = "schema::values")]
    pub params: IndexMap<String, toml::Value>,
    /// `[[check.request]]`.
    pub request: Vec<Request>,
    /// Flags of `counterpart check`.
    #[serde(flatten)]
    #[schemars(skip)]
    pub flags: IndexMap<String, toml::Value>,
}

/// `[[check.request]]`: how to get a success where it cannot be found out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The operation.
    pub operation: String,
    /// Path, query and header parameters.
    #[serde(default)]
    #[schemars(schema_with = "schema::values")]
    pub params: IndexMap<String, toml::Value>,
    /// The body.
    #[schemars(with = "Option<Value>")]
    pub body: Option<toml::Value>,
    /// Whether its target may be destroyed.
    #[serde(default)]
    pub disposable: bool,
    /// Headers of every request for the operation.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Time limit of every request for the operation.
    #[serde(default, deserialize_with = "value::limit")]
    #[schemars(schema_with = "schema::time")]
    pub timeout: Option<Duration>,
    /// Whether it is in a companion.
    #[serde(skip)]
    pub from_companion: bool,
    /// Where it is written.
    #[serde(skip)]
    pub place: Option<DocumentPlace>,
}

/// A severity, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// The rule is not judged.
    Off,
    /// Shown; does not fail the run.
    Warning,
    /// Fails the run.
    Error,
}

impl RuleLevel {
    /// The severity; `None` where the rule is off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// `[[waive]]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waive {
    /// The rule.
    #[schemars(schema_with = "schema::rule")]
    pub rule: String,
    /// The operation, `*` standing for any text.
    pub operation: Option<String>,
    /// The place in the body.
    pub pointer: Option<String>,
    /// Only while the value there is just this.
    #[schemars(with = "Option<Value>")]
    pub equals: Option<toml::Value>,
    /// Why.
    pub reason: String,
    /// The last day.
    #[serde(default, deserialize_with = "value::date")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// Where it is written.
    #[serde(skip)]
    pub place: Option<DocumentPlace>,
}

/// One entry of `[errors]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorEntry {
    /// The status; that of the refusal where it is left out.
    pub status: Option<u16>,
    /// Header fields.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The body: a table, or a text that holds JSON (TOML has no null).
    #[serde(default, deserialize_with = "value::body")]
    #[schemars(with = "Value")]
    pub body: Option<Value>,
}

impl Scopes {
    /// Whether it says nothing.
    fn is_empty(&self) -> bool {
        let Self { wildcard, write_implies_read, combine, implies, limits_first } = self;
        wildcard.is_none()
            && write_implies_read.is_none()
            && combine.is_none()
            && implies.is_empty()
            && limits_first.is_none()
    }
}

impl Request {
    /// Whether it says how requests are sent, and nothing of what to send.
    pub fn is_manner(&self) -> bool {
        let says_how = !self.headers.is_empty() || self.timeout.is_some();
        says_how && self.params.is_empty() && self.body.is_none() && !self.disposable
    }
}

impl Settings {
    /// The objects that `[[check.request]]` names: operation, parameter and value as text.
    pub fn named_objects(&self) -> Vec<(String, String, String)> {
        let params = |request: &Request| -> Vec<(String, String, String)> {
            let named = request.params.iter();
            named.map(|(name, value)| (request.operation.clone(), name.clone(), text(value))).collect()
        };
        self.check.request.iter().flat_map(params).collect()
    }

    /// The scope rules, with the defaults for what is not said.
    pub fn scope_rules(&self) -> ScopeRules {
        ScopeRules {
            wildcard: self.scopes.wildcard.clone().unwrap_or_default(),
            write_implies_read: self.scopes.write_implies_read.unwrap_or(false),
            combine: match self.scopes.combine {
                Some(CombineWord::Any) => Combine::Any,
                Some(CombineWord::All) | None => Combine::All,
            },
            implies: self.scopes.implies.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            limits_first: self.scopes.limits_first.unwrap_or(false),
        }
    }
}
