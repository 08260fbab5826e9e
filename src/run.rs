//! The result of a run, as plain serialisable values; reports see nothing else.
//!
//! The JSON form is the `json` report. Its shape is public and stable.

mod access;
pub mod blob;
mod coverage;
mod excerpt;
mod finding;
mod group;
mod message;
mod name;
mod operation;
mod outcome;
pub mod pending;
pub mod policy;
mod retried;
mod several;
mod shard;
mod shares;
mod stored;
pub mod thresholds;
mod totals;
mod traffic;
mod unlock;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use crate::contract::Kind;
use crate::document::Problem;
pub use crate::rules::Severity;
pub use access::{AccessCase, AccessVerdict, Expected, KeyInfo, KeyKind};
pub use coverage::{Coverage, Covered, OperationCoverage, PointKind, PointTotals, Share, StatusCoverage};
pub use excerpt::Excerpt;
pub(crate) use excerpt::line_of;
pub use finding::{Affected, Bodies, Consequence, DocumentPlace, Finding, FoundThere, Waived};
pub use message::{Answer, MessageShown};
pub use operation::{OperationResult, Untested, Verdict};
pub use outcome::{Outcome, OutcomeTotals, RuleOutcome};
use pending::Pending;
pub use retried::{Retried, RetryResult};
pub use several::{CheckedDocument, merged};
pub(crate) use several::{labelled, labelled_cause};
pub use shard::{MergedShard, NoShard, Shard};
pub use totals::{coverage_of, never_seen};
pub use traffic::{Sent, Traffic};

/// A whole run.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Run {
    /// Version of Counterpart.
    pub counterpart: String,
    /// The document that was checked against.
    pub document: DocumentInfo,
    /// The documents of a run over several, in order; empty in a run over one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<CheckedDocument>,
    /// The shards that it was merged of, in order; empty in a run of one machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<MergedShard>,
    /// Address of the target, without credentials.
    pub target: String,
    /// When it began: a time of RFC 3339 in UTC; `None` where nobody read a clock.
    pub started: Option<String>,
    /// The commit that the document is of: as a CI server names it, else what the repository around the document has
    /// checked out; `None` where neither is known.
    pub commit: Option<String>,
    /// Seed of every random choice.
    pub seed: u64,
    /// The letters of this run, six of them, in every text that it made up. Empty over several documents and
    /// of several shards, each of which has its own.
    pub run: String,
    /// Totals.
    pub summary: Summary,
    /// One entry per operation, in the document's order.
    pub operations: Vec<OperationResult>,
    /// Findings that the run was to try again, and what came of them; empty in a run about all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<Retried>,
    /// What is wrong with the target, errors first.
    pub findings: Vec<Finding>,
    /// Findings that a waiver accepts.
    pub waived: Vec<Waived>,
    /// Defects of the document, the fixtures or the configuration.
    pub problems: Vec<Problem>,
    /// What this run may have created and could not delete: addresses, else the requests that created
    /// it; and settings that could not be restored.
    pub leftovers: Vec<String>,
    /// The access matrix.
    pub access: Vec<AccessCase>,
    /// What was seen of what is documented.
    pub coverage: Coverage,
    /// Snapshots that wait for review; each has a finding too.
    #[serde(skip)]
    pub pending: Vec<Pending>,
    /// All that was sent, where that was asked for.
    #[serde(skip)]
    #[doc(hidden)]
    pub traffic: Traffic,
}

/// How [`Run`] is written in a blob: all of it, where reports leave something out. The coverage follows from the
/// operations.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Run")]
struct RunDef {
    counterpart: String,
    document: DocumentInfo,
    documents: Vec<CheckedDocument>,
    #[serde(skip)]
    shards: Vec<MergedShard>,
    target: String,
    started: Option<String>,
    commit: Option<String>,
    seed: u64,
    run: String,
    summary: Summary,
    #[serde(with = "operation::operations")]
    operations: Vec<OperationResult>,
    retried: Vec<Retried>,
    #[serde(with = "finding::stored::findings")]
    findings: Vec<Finding>,
    #[serde(with = "finding::stored::waived_findings")]
    waived: Vec<Waived>,
    problems: Vec<Problem>,
    leftovers: Vec<String>,
    #[serde(with = "access::cases")]
    access: Vec<AccessCase>,
    #[serde(skip)]
    coverage: Coverage,
    pending: Vec<Pending>,
    traffic: Traffic,
}

/// The checked document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct DocumentInfo {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
}

/// Totals of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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

impl Run {
    /// Whether the target conforms: no finding of severity error that is not known, and every
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

    /// Names every file that it speaks of anew.
    pub(crate) fn rename_files(&mut self, name: &dyn Fn(&str) -> String) {
        let mut known: HashMap<String, String> = HashMap::new();
        let mut rename = |file: &str| known.entry(file.to_owned()).or_insert_with(|| name(file)).clone();
        let findings =
            self.findings.iter_mut().chain(self.waived.iter_mut().map(|waived| &mut waived.finding));
        for finding in findings {
            let own = finding.document.iter_mut();
            for place in own.chain(finding.members.iter_mut().filter_map(|member| member.document.as_mut())) {
                place.file = rename(&place.file);
            }
        }
        for problem in &mut self.problems {
            problem.place.file = rename(&problem.place.file).into();
        }
    }

    /// The snapshot that a finding is about.
    pub fn pending_of(&self, finding: &Finding) -> Option<&Pending> {
        self.pending.iter().find(|pending| pending.finding == finding.id)
    }
}
