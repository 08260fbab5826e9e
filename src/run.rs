//! What a run found, as plain serialisable values: the only thing that reports see.
//!
//! The JSON form is the `json` report; its shape is part of the tool's outside and stable.

pub mod pending;
pub mod policy;

use crate::rules::{Rule, Selector};
use std::fmt;

use bytes::Bytes;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::contract::Kind;
use crate::document::Problem;
use crate::exchange::Response;
pub use crate::rules::Severity;
use pending::Pending;

/// A whole run.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Run {
    /// Version of Counterpart.
    pub counterpart: String,
    /// The document that was checked against.
    pub document: DocumentInfo,
    /// Address of the target, without credentials.
    pub target: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// The mark of this run, six letters, in every text that it made up.
    pub run: String,
    /// Totals.
    pub summary: Summary,
    /// One entry per operation, in the document's order.
    pub operations: Vec<OperationResult>,
    /// What is wrong with the target, errors first.
    pub findings: Vec<Finding>,
    /// Findings that a waiver accepts.
    pub waived: Vec<Waived>,
    /// Defects of the document, the fixtures or the configuration.
    pub problems: Vec<Problem>,
    /// What this run may have made and could not remove: addresses, else the requests that made it; and
    /// settings that could not be put back.
    pub leftovers: Vec<String>,
    /// The access matrix.
    pub access: Vec<AccessCase>,
    /// What was seen of what is documented.
    pub coverage: Coverage,
    /// Snapshots that wait for review; each has a finding too.
    #[serde(skip)]
    pub pending: Vec<Pending>,
}

/// The checked document.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct DocumentInfo {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
}

/// Totals of a run.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Summary {
    /// All operations of the document.
    pub operations: usize,
    /// Operations without an error, seen in a documented success.
    pub conforms: usize,
    /// Operations with an error.
    pub fails: usize,
    /// Operations without an error that were never seen in a documented success.
    pub inconclusive: usize,
    /// Operations that were not asked for.
    pub skipped: usize,
    /// Findings of severity error.
    pub findings: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings that a waiver accepts.
    pub waived: usize,
    /// Requests sent.
    pub requests: usize,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
}

/// What became of one operation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct OperationResult {
    /// Its id.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path template.
    pub path: String,
    /// What an unsafe operation does to the target; `None` for a safe one.
    pub kind: Option<Kind>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it was not tried because it is an action or a setting that nobody asked for.
    #[serde(skip)]
    pub is_action: bool,
    /// Why it is inconclusive or skipped.
    pub why: Option<String>,
    /// What would settle an inconclusive verdict: TOML to paste.
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
    /// Names of the rules that had an occasion, in the catalogue's order: each looked at an answer of
    /// this operation. A rule that saw something which is told once, under another operation, is none
    /// of them, since it did not hold here.
    #[serde(skip)]
    pub rules: Vec<Rule>,
}

/// A check that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Untested {
    /// Name of the rule; the family where none of its rules could look.
    pub rule: Selector,
    /// Why.
    pub why: String,
}

impl OperationResult {
    /// Notes that a rule of the catalogue's end had an occasion, where it had one.
    pub fn looked(&mut self, rule: Rule, had_occasion: bool) {
        if had_occasion && !self.rules.contains(&rule) {
            self.rules.push(rule);
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

/// A defect of the target.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Finding {
    /// Hash of rule, operation, status class and schema pointer: it survives edits of values and
    /// lines.
    pub id: String,
    /// Name of the rule.
    pub rule: Rule,
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the operation.
    pub operation: String,
    /// One line: what is wrong.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// `response.body`, `response.headers.NAME`, `response.status`, `request.query.NAME`, …
    pub at: String,
    /// JSON pointer inside `at`; empty for the whole.
    pub instance: String,
    /// The key that was used; never its token.
    pub key: Option<KeyInfo>,
    /// Findings that follow from this one: rule and operation of each.
    pub causes: Vec<String>,
    /// At how many places the same thing was seen.
    pub places: usize,
    /// Seen once and not again when repeated.
    pub flaky: bool,
    /// The baseline names it: it is shown and does not fail the run.
    pub known: bool,
    /// The line of the document that says otherwise.
    pub document: Option<DocumentPlace>,
    /// What was sent, secrets removed.
    pub request: MessageShown,
    /// What came back, secrets removed.
    pub response: Option<MessageShown>,
    /// A curl command to paste; the credential is `$COUNTERPART_TOKEN`.
    pub reproduce: String,
    /// The bodies whole, for waivers that compare values.
    #[serde(skip)]
    #[doc(hidden)]
    pub bodies: Bodies,
}

/// The bodies of an exchange as they went over the wire. They may hold secrets, so that nothing
/// shows them.
#[derive(Clone, Default)]
pub struct Bodies {
    /// What was sent.
    pub request: Bytes,
    /// What came back.
    pub response: Bytes,
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bodies({} and {} bytes)", self.request.len(), self.response.len())
    }
}

impl Run {
    /// Whether nothing speaks against the target: no finding of severity error that is not known, and every
    /// operation was seen in a documented success or was not asked for.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().stateful().start().await?;
    /// let run = api.check(target.url()).mint("mock:{scopes}").read_only().run().await?;
    /// assert!(run.conforms());
    /// # Ok(()) }
    /// ```
    pub fn conforms(&self) -> bool {
        policy::exit_code(self, &policy::Policy::default()) == 0
    }

    /// The snapshot that a finding tells of.
    pub fn pending_of(&self, finding: &Finding) -> Option<&Pending> {
        self.pending.iter().find(|pending| pending.finding == finding.id)
    }
}

impl Finding {
    /// A finding that no single exchange stands behind: without places, messages and key.
    pub fn bare(id: String, rule: Rule, severity: Severity, operation: &str, message: String) -> Self {
        Self {
            id,
            rule,
            severity,
            operation: operation.to_owned(),
            message,
            expected: String::new(),
            actual: String::new(),
            at: String::new(),
            instance: String::new(),
            key: None,
            causes: Vec::new(),
            places: 1,
            flaky: false,
            known: false,
            document: None,
            request: MessageShown::default(),
            response: None,
            reproduce: String::new(),
            bodies: Bodies::default(),
        }
    }

    /// What is wrong, with what was expected and found where the message does not say so already.
    pub fn told(&self) -> String {
        if self.message.contains(&self.expected) && self.message.contains(&self.actual) {
            return self.message.clone();
        }
        format!("{} (expected {}, found {})", self.message, self.expected, self.actual)
    }
}

/// A place in the document, or in the file that says what is expected instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct DocumentPlace {
    /// JSON pointer.
    pub pointer: String,
    /// The file.
    pub file: String,
    /// Line, from 1; 0 until it is looked up.
    pub line: usize,
    /// The text of that line, for pictures.
    #[serde(skip)]
    pub text: String,
}

impl DocumentPlace {
    /// Its line, or its pointer where the line is too long to be shown, as in a document without line breaks.
    pub fn shown(&self) -> &str {
        let is_long = self.text.chars().nth(LONGEST_LINE).is_some();
        if is_long { &self.pointer } else { self.text.trim_end() }
    }
}

/// Lines of a document are shown up to this length.
const LONGEST_LINE: usize = 240;

/// A key as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct KeyInfo {
    /// Its name.
    pub name: String,
    /// The scopes it holds.
    pub scopes: Vec<String>,
}

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

/// A finding that a waiver accepts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Waived {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The waiver's reason.
    pub reason: String,
}

/// One case of the access matrix.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct AccessCase {
    /// Id of the operation.
    pub operation: String,
    /// Required scopes: alternatives, each a list of which all are needed.
    pub required: Vec<Vec<String>>,
    /// `minimal key`, `lacks person:read`, `without a key`, …
    pub case: String,
    /// Which kind of key it tries.
    #[serde(skip)]
    pub kind: KeyKind,
    /// Name of the key, never the token.
    pub key: String,
    /// What the key holds.
    pub granted: Vec<String>,
    /// `accepted` or `refused`.
    pub expected: Expected,
    /// What came back, where it was tried.
    pub status: Option<u16>,
    /// Whether it came as expected.
    pub verdict: AccessVerdict,
    /// Why it was not tried.
    pub why: Option<String>,
}

/// Kinds of key, in the order in which the access matrix shows them: those that should be let in,
/// then wrong ones from blunt to sharp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum KeyKind {
    /// Just the required scopes.
    Minimal,
    /// The writing scopes in the place of reading ones.
    Write,
    /// The scope that stands for all.
    Wildcard,
    /// No credential.
    Nothing,
    /// A credential that nobody issued.
    Unknown,
    /// A key without any scope.
    NoScope,
    /// A key with a scope of another resource.
    Unrelated,
    /// A key with all required scopes but one.
    AllButOne,
    /// A key that may read what it should write.
    ReadForWrite,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimal => "minimal key",
            Self::Write => "write key",
            Self::Wildcard => "wildcard key",
            Self::Nothing => "without a key",
            Self::Unknown => "unknown key",
            Self::NoScope => "no scope",
            Self::Unrelated => "unrelated scope",
            Self::AllButOne => "all but one",
            Self::ReadForWrite => "read for write",
        })
    }
}

/// What a key should meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Expected {
    /// Any answer that the minimal key gets.
    Accepted,
    /// 401 or 403.
    Refused,
}

/// The verdict on one case of the access matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum AccessVerdict {
    /// As expected.
    Ok,
    /// Not as expected; a finding says more.
    Finding,
    /// Could not be tried; never counted as passed.
    NotTried,
}

/// What was seen of what is documented.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Coverage {
    /// Share of operations seen in a documented success, 0 to 1.
    pub operations: f64,
    /// Documented statuses.
    pub statuses: StatusCoverage,
    /// `operation status` of each documented status that was never seen.
    pub unseen: Vec<String>,
}

/// How many documented statuses were seen.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct StatusCoverage {
    /// Seen at least once.
    pub seen: usize,
    /// Documented.
    pub documented: usize,
}

/// One answer that a run got, for snapshots; secrets removed.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Index of the operation.
    pub operation: usize,
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
