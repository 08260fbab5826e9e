//! A blob: what one shard found, for `merge`.
//!
//! A JSON object. It has the run before it is judged as a whole: waivers are applied and secrets removed, as in every
//! report; findings are not yet grouped. `counterpart-blob` is the version of the format. What is read back is checked
//! before anything is made of it: all blobs must be of this program, of the same documents, plans and settings, and there
//! must be each shard once.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::policy::{Baseline, Policy, WaiverUse};
use super::shares::{self, NoOwner, Share};
use super::thresholds::Thresholds;
use super::{Run, RunDef, Shard};
use crate::rules::Rule;

/// The version of the format.
pub const VERSION: u64 = 1;

/// What one shard found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blob {
    /// [`VERSION`].
    #[serde(rename = "counterpart-blob")]
    pub version: u64,
    /// Version of Counterpart.
    pub counterpart: String,
    /// Which share of the run it is.
    pub shard: Shard,
    /// What decides the verdict.
    pub judged_by: JudgedBy,
    /// Its documents, in order.
    pub documents: Vec<BlobDocument>,
}

/// What a run is judged by, as its command line says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedBy {
    /// `--deny warnings`.
    pub deny_warnings: bool,
    /// `--deny untested`.
    pub deny_untested: bool,
    /// `--min-coverage`, in percent.
    pub min_coverage: Option<f64>,
    /// `--allow-inconclusive`.
    pub allow_inconclusive: bool,
    /// The ids of `--baseline`, sorted.
    pub baseline: Vec<String>,
}

/// What one shard found at one document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlobDocument {
    /// Its name, in a run over several.
    pub name: Option<String>,
    /// SHA-256 of the document as it was read.
    pub document: String,
    /// SHA-256 of the plan of all shards, without values.
    pub plan: String,
    /// Operations that other shards check.
    pub elsewhere: Vec<String>,
    /// Rules that are switched off.
    pub off: Vec<Rule>,
    /// The waivers, in the order of the configuration.
    pub waivers: Vec<WaiverUse>,
    /// What was found.
    #[serde(with = "RunDef")]
    pub run: Run,
}

/// Why blobs cannot be read, or are not of one run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It is another kind of file, or is damaged.
    #[error("{0} is no blob of `check --report blob=FILE`: {1}")]
    Unreadable(String, String),
    /// Another version wrote it.
    #[error("{0} was written by counterpart {1} (format {2}); this is {this} (format {VERSION}): check and merge with one version", this = env!("CARGO_PKG_VERSION"))]
    Version(String, String, u64),
    /// Two are the same shard.
    #[error("{0} and {1} are both shard {2}")]
    Doubled(String, String, Shard),
    /// They are of runs over other numbers of shards.
    #[error("{0} is shard {1}, and {2} is shard {3}: they are not of one run")]
    Counts(String, Shard, String, Shard),
    /// Some are not there.
    #[error(
        "missing: shard {0}; a run that was interrupted, or that could not check one of its documents, writes no blob"
    )]
    Missing(String),
    /// They differ in what they checked.
    #[error("{0} and {1} are of different {2}")]
    Other(String, String, &'static str),
    /// They do not share the operations.
    #[error(transparent)]
    Owner(#[from] NoOwner),
}

/// The members by which a version is known.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "counterpart-blob")]
    version: u64,
    counterpart: String,
}

/// The octets of a blob, on one line.
///
/// # Errors
/// Never for what this program makes: it is plain data.
pub fn write(blob: &Blob) -> Result<Vec<u8>, serde_json::Error> {
    let mut octets = serde_json::to_vec(blob)?;
    octets.push(b'\n');
    Ok(octets)
}

/// Reads a blob.
///
/// # Errors
/// It is none, or another version wrote it.
pub fn read(name: &str, octets: &[u8]) -> Result<Blob, BlobError> {
    let unreadable = |why: serde_json::Error| BlobError::Unreadable(name.to_owned(), why.to_string());
    let header: Header = serde_json::from_slice(octets).map_err(unreadable)?;
    if header.version != VERSION || header.counterpart != env!("CARGO_PKG_VERSION") {
        return Err(BlobError::Version(name.to_owned(), header.counterpart, header.version));
    }
    let mut blob: Blob = serde_json::from_slice(octets).map_err(unreadable)?;
    let shard = Shard::new(blob.shard.index, blob.shard.count);
    shard.map_err(|why| BlobError::Unreadable(name.to_owned(), why.to_string()))?;
    for document in &mut blob.documents {
        name_categories(&mut document.run);
    }
    Ok(blob)
}

/// Names the fault category of each finding, which follows from its rule and its exchange.
fn name_categories(run: &mut Run) {
    let waived = run.waived.iter_mut().map(|waived| &mut waived.finding);
    for finding in run.findings.iter_mut().chain(waived) {
        let status = finding.response.as_ref().and_then(|response| response.status);
        finding.wfc = finding.rule.fault_category(finding.request.method.as_deref(), status);
    }
}

/// What all shards found at one document.
#[derive(Debug)]
pub struct Joined {
    /// Its name, in a run over several.
    pub name: Option<String>,
    /// What was found, not judged yet.
    pub run: Run,
    /// What it is judged by.
    pub policy: Policy,
    /// Which waivers were used.
    pub waivers: Vec<WaiverUse>,
}

/// Joins the blobs of a run, each with the name of its file, in any order.
///
/// # Errors
/// They are not of one run, or one is missing.
pub fn join(mut blobs: Vec<(String, Blob)>) -> Result<Vec<Joined>, BlobError> {
    blobs.sort_by_key(|(_, blob)| blob.shard);
    for pair in blobs.windows(2) {
        let [(one, first), (other, second)] = pair else { continue };
        agree((one, first), (other, second))?;
    }
    let Some((_, first)) = blobs.first() else { return Err(BlobError::Missing(Shard::ALL.to_string())) };
    let there: HashSet<usize> = blobs.iter().map(|(_, blob)| blob.shard.index).collect();
    let missing: Vec<String> = (1..=first.shard.count)
        .filter(|index| !there.contains(index))
        .map(|index| Shard { index, ..first.shard }.to_string())
        .collect();
    if !missing.is_empty() {
        return Err(BlobError::Missing(missing.join(", ")));
    }
    let judged_by = first.judged_by.clone();
    let mut documents: Vec<Vec<(Shard, BlobDocument)>> = first.documents.iter().map(|_| Vec::new()).collect();
    for (_, blob) in blobs {
        for (known, document) in documents.iter_mut().zip(blob.documents) {
            known.push((blob.shard, document));
        }
    }
    documents.into_iter().map(|shares| joined(shares, &judged_by)).collect()
}

/// Whether two blobs, the second of which has the next shard, are of one run.
fn agree((one, first): (&str, &Blob), (other, second): (&str, &Blob)) -> Result<(), BlobError> {
    let differ = |what| Err(BlobError::Other(one.to_owned(), other.to_owned(), what));
    if first.shard.count != second.shard.count {
        return Err(BlobError::Counts(one.to_owned(), first.shard, other.to_owned(), second.shard));
    }
    if first.shard == second.shard {
        return Err(BlobError::Doubled(one.to_owned(), other.to_owned(), first.shard));
    }
    if first.documents.len() != second.documents.len() {
        return differ("documents");
    }
    if first.judged_by != second.judged_by {
        return differ("settings: --deny, --min-coverage, --allow-inconclusive or --baseline");
    }
    for (a, b) in first.documents.iter().zip(&second.documents) {
        if a.document != b.document || a.name != b.name {
            return differ("documents");
        }
        if a.run.seed != b.run.seed || a.plan != b.plan {
            return differ("settings: they do not plan the same requests");
        }
        if a.off != b.off || !a.waivers.iter().map(WaiverUse::key).eq(b.waivers.iter().map(WaiverUse::key)) {
            return differ("settings: their waivers or the severities of rules");
        }
        if a.run.operations.len() != b.run.operations.len() {
            return differ("documents");
        }
    }
    Ok(())
}

fn joined(shares: Vec<(Shard, BlobDocument)>, judged_by: &JudgedBy) -> Result<Joined, BlobError> {
    let mut shares = shares;
    let (name, off) = shares.first().map(|(_, one)| (one.name.clone(), one.off.clone())).unwrap_or_default();
    let mut waivers: Vec<WaiverUse> = Vec::new();
    for (_, share) in &mut shares {
        for (place, own) in std::mem::take(&mut share.waivers).into_iter().enumerate() {
            match waivers.get_mut(place) {
                Some(known) => known.join(&own),
                None => waivers.push(own),
            }
        }
    }
    let mut shares = shares.into_iter().map(|(shard, share)| Share {
        shard,
        run: share.run,
        elsewhere: share.elsewhere.into_iter().collect(),
    });
    let first = shares.next().ok_or_else(|| BlobError::Missing(Shard::ALL.to_string()))?;
    let run = shares::union(first, shares)?;
    let rules: BTreeMap<Rule, _> = off.into_iter().map(|rule| (rule, None)).collect();
    let policy = Policy {
        rules,
        deny_warnings: judged_by.deny_warnings,
        thresholds: Thresholds {
            deny_untested: judged_by.deny_untested,
            min_coverage: judged_by.min_coverage,
        },
        allow_inconclusive: judged_by.allow_inconclusive,
        baseline: Baseline::Known(judged_by.baseline.iter().cloned().collect()),
        ..Policy::default()
    };
    Ok(Joined { name, run, policy, waivers })
}
