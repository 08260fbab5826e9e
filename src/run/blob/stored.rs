//! How runs are written in a blob: all of them, where reports leave something out.
//!
//! Left out is what follows from the rest (totals, coverage of the whole, rules of each operation, fault categories), what
//! does not exist before a run is judged (groups, what follows from what), and the octets of bodies, which may hold
//! secrets.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::contract::Kind;
use crate::document::Problem;
use crate::rules::{FaultCategory, Rule, Severity};
use crate::run::pending::Pending;
use crate::run::{
    AccessCase, AccessVerdict, Bodies, CheckedDocument, Consequence, Coverage, DocumentInfo, DocumentPlace,
    Excerpt, Expected, Finding, KeyInfo, KeyKind, MergedShard, MessageShown, OperationCoverage,
    OperationResult, Retried, RuleOutcome, Run, Summary, Traffic, Untested, Verdict, Waived,
};

/// Works out again what is left out.
pub(super) fn restore(run: &mut Run) {
    let waived = run.waived.iter_mut().map(|waived| &mut waived.finding);
    for finding in run.findings.iter_mut().chain(waived) {
        let status = finding.response.as_ref().and_then(|response| response.status);
        finding.wfc = finding.rule.fault_category(finding.request.method.as_deref(), status);
    }
}

/// Lists of what is written in a form of its own.
macro_rules! lists {
    ($($module:ident $type:ident $def:ident)*) => {$(
        mod $module {
            use super::*;

            struct Lent<'l>(&'l $type);

            impl Serialize for Lent<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $def::serialize(self.0, serializer)
                }
            }

            struct Own($type);

            impl<'d> Deserialize<'d> for Own {
                fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
                    $def::deserialize(from).map(Self)
                }
            }

            pub(super) fn serialize<S: Serializer>(list: &[$type], serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(list.iter().map(Lent))
            }

            pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<$type>, D::Error> {
                Ok(Vec::<Own>::deserialize(from)?.into_iter().map(|Own(one)| one).collect())
            }
        }
    )*};
}

lists! {
    operations OperationResult OperationDef
    findings Finding FindingDef
    waived Waived WaivedDef
    access AccessCase AccessDef
}

/// [`Run`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Run")]
pub(super) struct RunDef {
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
    #[serde(with = "operations")]
    operations: Vec<OperationResult>,
    retried: Vec<Retried>,
    #[serde(with = "findings")]
    findings: Vec<Finding>,
    #[serde(with = "waived")]
    waived: Vec<Waived>,
    problems: Vec<Problem>,
    leftovers: Vec<String>,
    #[serde(with = "access")]
    access: Vec<AccessCase>,
    #[serde(skip)]
    coverage: Coverage,
    pending: Vec<Pending>,
    traffic: Traffic,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OperationResult")]
struct OperationDef {
    operation: String,
    document_name: Option<Arc<str>>,
    method: String,
    path: String,
    tags: Vec<String>,
    kind: Option<Kind>,
    verdict: Verdict,
    is_action: bool,
    why: Option<String>,
    needs: Option<String>,
    settle: Option<String>,
    succeeded: bool,
    scopes: Vec<String>,
    untested: Vec<Untested>,
    requests: usize,
    statuses: IndexMap<String, usize>,
    #[serde(skip)]
    rules: Vec<RuleOutcome>,
    coverage: OperationCoverage,
    waited: Duration,
    looked: Vec<Rule>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding")]
pub(in crate::run) struct FindingDef {
    id: String,
    cause: String,
    rule: Rule,
    #[serde(skip)]
    wfc: Option<FaultCategory>,
    severity: Severity,
    operation: String,
    document_name: Option<Arc<str>>,
    message: String,
    expected: String,
    actual: String,
    at: String,
    instance: String,
    key: Option<KeyInfo>,
    #[serde(skip)]
    causes: Vec<Consequence>,
    places: usize,
    statuses: Vec<u16>,
    #[serde(skip)]
    members: Vec<Finding>,
    flaky: bool,
    #[serde(skip)]
    known: bool,
    #[serde(with = "place")]
    document: Option<DocumentPlace>,
    request: MessageShown,
    response: Option<MessageShown>,
    reproduce: String,
    excerpt: Option<Excerpt>,
    #[serde(skip)]
    bodies: Bodies,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Waived")]
struct WaivedDef {
    #[serde(with = "FindingDef")]
    finding: Finding,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AccessCase")]
struct AccessDef {
    operation: String,
    document_name: Option<Arc<str>>,
    required: Vec<Vec<String>>,
    case: String,
    kind: KeyKind,
    key: String,
    granted: Vec<String>,
    expected: Expected,
    status: Option<u16>,
    verdict: AccessVerdict,
    why: Option<String>,
}

/// A place with the text of its line.
mod place {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Whole {
        pointer: String,
        file: String,
        line: usize,
        text: String,
    }

    pub(super) fn serialize<S: Serializer>(
        place: &Option<DocumentPlace>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let whole = place.clone().map(|DocumentPlace { pointer, file, line, text }| Whole {
            pointer,
            file,
            line,
            text,
        });
        whole.serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<DocumentPlace>, D::Error> {
        let whole = Option::<Whole>::deserialize(from)?;
        Ok(whole.map(|Whole { pointer, file, line, text }| DocumentPlace { pointer, file, line, text }))
    }
}
