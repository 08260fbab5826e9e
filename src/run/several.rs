//! One run over several documents.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::name::named;
use super::policy::{HABIT, fnv};
use super::{Coverage, DocumentInfo, Finding, MergedShard, PointTotals, Run, StatusCoverage, Summary};
use crate::rules::Severity;

/// One of several documents that were checked in one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct CheckedDocument {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// Address of its target.
    pub target: String,
    /// The letters in every text that was made up for it.
    pub run: String,
    /// Why it could not be checked.
    pub failed: Option<String>,
}

impl CheckedDocument {
    /// A document that could not be checked.
    pub(crate) fn failed(name: &str, target: &str, why: String) -> Self {
        Self {
            name: name.into(),
            title: String::new(),
            version: String::new(),
            target: target.to_owned(),
            run: String::new(),
            failed: Some(why),
        }
    }
}

/// The id that a finding has in a run over several documents.
pub(crate) fn labelled(document: &str, id: &str) -> String {
    format!("{:012x}", fnv(format!("{document}\n{id}").as_bytes()) >> 16)
}

/// As [`labelled`], for the id of a cause: that of a habit stays one.
pub(crate) fn labelled_cause(document: &str, id: &str) -> String {
    let (is_habit, labelled) = (id.starts_with(HABIT), labelled(document, id));
    if is_habit { format!("{HABIT}{}", labelled.get(HABIT.len()..).unwrap_or_default()) } else { labelled }
}

impl Run {
    /// Says of everything in this run which of several documents it is about. The ids of findings change with
    /// it: documents may have operations with the same id, such as two versions of one API.
    pub(crate) fn label(&mut self, document: &str) {
        let name: Arc<str> = document.into();
        for operation in &mut self.operations {
            operation.document_name = Some(Arc::clone(&name));
        }
        for finding in &mut self.findings {
            finding.document_name = Some(Arc::clone(&name));
            let own = labelled(document, &finding.id);
            let is_own = finding.cause == finding.id;
            finding.cause = if is_own { own.clone() } else { labelled_cause(document, &finding.cause) };
            finding.id = own;
        }
        for retried in &mut self.retried {
            retried.document_name = Some(Arc::clone(&name));
        }
        for case in &mut self.access {
            case.document_name = Some(Arc::clone(&name));
        }
        for pending in &mut self.pending {
            pending.document_name = Some(Arc::clone(&name));
            pending.finding = labelled(document, &pending.finding);
        }
        for unseen in &mut self.coverage.unseen {
            *unseen = named(Some(document), unseen).into_owned();
        }
        self.documents = vec![CheckedDocument {
            name,
            title: self.document.title.clone(),
            version: self.document.version.clone(),
            target: self.target.clone(),
            run: self.run.clone(),
            failed: None,
        }];
    }
}

/// One run of several that are labelled and settled, in order; `None` where there is none. `documents` has those
/// that could not be checked, too.
pub fn merged(documents: Vec<CheckedDocument>, runs: Vec<Run>) -> Option<Run> {
    let mut runs = runs.into_iter();
    let mut all = runs.next()?;
    all.run = String::new();
    all.shards = joined_shards(std::iter::once(&all).chain(runs.as_slice()));
    all.documents = documents;
    for run in runs {
        all.coverage = joined_coverage((&all.summary, all.coverage), (&run.summary, run.coverage));
        all.summary = joined_summary(&all.summary, &run.summary);
        all.operations.extend(run.operations);
        all.findings.extend(run.findings);
        all.retried.extend(run.retried);
        all.waived.extend(run.waived);
        all.problems.extend(run.problems);
        all.leftovers.extend(run.leftovers);
        all.access.extend(run.access);
        all.pending.extend(run.pending);
        all.traffic.append(run.traffic);
    }
    all.coverage.points = PointTotals::of(&all.operations);
    let mut targets: Vec<&str> = all.documents.iter().map(|document| document.target.as_str()).collect();
    targets.dedup();
    all.target = targets.join(", ");
    let names: Vec<&str> = all.documents.iter().map(|document| &*document.name).collect();
    all.document = DocumentInfo { title: names.join(", "), version: String::new() };
    let weight = |finding: &Finding| (finding.known, std::cmp::Reverse::<Severity>(finding.severity));
    all.findings.sort_by_key(weight);
    Some(all)
}

/// What each shard did at all documents.
fn joined_shards<'r>(runs: impl Iterator<Item = &'r Run>) -> Vec<MergedShard> {
    let mut shards: Vec<MergedShard> = Vec::new();
    for shard in runs.flat_map(|run| &run.shards) {
        match shards.iter_mut().find(|known| known.shard == shard.shard) {
            Some(known) => {
                known.requests += shard.requests;
                known.duration_ms += shard.duration_ms;
                known.run = String::new();
                if !known.target.split(", ").any(|target| target == shard.target) {
                    known.target = format!("{}, {}", known.target, shard.target);
                }
            }
            None => shards.push(shard.clone()),
        }
    }
    shards
}

fn joined_summary(one: &Summary, other: &Summary) -> Summary {
    Summary {
        operations: one.operations + other.operations,
        conforms: one.conforms + other.conforms,
        fails: one.fails + other.fails,
        inconclusive: one.inconclusive + other.inconclusive,
        skipped: one.skipped + other.skipped,
        findings: one.findings + other.findings,
        warnings: one.warnings + other.warnings,
        waived: one.waived + other.waived,
        requests: one.requests + other.requests,
        duration_ms: one.duration_ms + other.duration_ms,
    }
}

/// The share of operations weighs each document by how many it has.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn joined_coverage((one, first): (&Summary, Coverage), (other, second): (&Summary, Coverage)) -> Coverage {
    let (a, b) = (one.operations as f64, other.operations as f64);
    let mut unseen = first.unseen;
    unseen.extend(second.unseen);
    Coverage {
        operations: (first.operations * a + second.operations * b) / (a + b).max(1.0),
        statuses: StatusCoverage {
            seen: first.statuses.seen + second.statuses.seen,
            documented: first.statuses.documented + second.statuses.documented,
        },
        unseen,
        points: PointTotals::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;
    use crate::run::Traffic;

    fn run(name: &str, operations: usize, seen: f64, severity: Severity) -> Run {
        let finding = Finding::bare("1".to_owned(), Rule::BodySchema, severity, "list", String::new());
        let mut run = Run {
            counterpart: String::new(),
            document: DocumentInfo { title: name.to_owned(), version: "1".to_owned() },
            documents: Vec::new(),
            shards: Vec::new(),
            target: format!("http://{name}"),
            started: None,
            commit: None,
            seed: 1,
            run: "abc".to_owned(),
            summary: Summary { operations, requests: 2, ..Summary::default() },
            operations: Vec::new(),
            retried: Vec::new(),
            findings: vec![finding],
            waived: Vec::new(),
            problems: Vec::new(),
            leftovers: Vec::new(),
            access: Vec::new(),
            coverage: Coverage {
                operations: seen,
                unseen: vec!["list 404".to_owned()],
                ..Coverage::default()
            },
            pending: Vec::new(),
            traffic: Traffic::default(),
        };
        run.label(name);
        run
    }

    #[test]
    fn runs_are_added_up_and_stay_apart() {
        let runs = vec![run("a", 3, 1.0, Severity::Warning), run("b", 1, 0.0, Severity::Error)];
        let documents = runs.iter().flat_map(|run| run.documents.clone());
        let lost = CheckedDocument::failed("c", "http://c", "refused".to_owned());
        let all = merged(documents.chain([lost]).collect(), runs).unwrap();
        assert_eq!((all.summary.operations, all.summary.requests), (4, 4));
        assert!((all.coverage.operations - 0.75).abs() < 1e-9);
        assert_eq!(all.coverage.unseen, ["a: list 404", "b: list 404"]);
        assert_eq!(
            (all.document.title.as_str(), all.target.as_str()),
            ("a, b, c", "http://a, http://b, http://c")
        );
        // Errors come first, and the same finding in two documents has two ids.
        let names: Vec<_> =
            all.findings.iter().map(|finding| finding.operation_name().into_owned()).collect();
        assert_eq!(names, ["b: list", "a: list"]);
        assert_ne!(all.findings[0].id, all.findings[1].id);
        assert!(merged(Vec::new(), Vec::new()).is_none());
    }
}
