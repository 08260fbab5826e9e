//! `--report blob=FILE`: what this machine found, for `counterpart merge`.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::execute::Target;
use crate::check::shards;
use crate::cli::args::{Check, Deny};
use crate::cli::output::{Stop, tell};
use crate::machine::files::MOST;
use crate::project::Project;
use crate::run::blob::{self, Blob, BlobDocument, JudgedBy};
use crate::run::policy::{Baseline, Policy, WaiverUse};
use crate::run::{Run, Shard, Traffic};

/// The name of the report.
const NAME: &str = "blob";

/// What a document and its plan are known by.
#[derive(Debug, Clone, Default)]
pub(super) struct Prints {
    document: String,
    plan: String,
}

impl Prints {
    /// Those of the whole plan, before a shard takes its part of it; none where nobody wants a blob.
    pub fn of(is_wanted: bool, project: &Project, target: &Target) -> Self {
        if !is_wanted {
            return Self::default();
        }
        let tree = serde_json::to_vec(&*project.contract.document.tree).unwrap_or_default();
        let outline = shards::outline(&project.contract, &target.resources, &target.plan);
        Self { document: print(&tree), plan: print(outline.as_bytes()) }
    }
}

fn print(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// The file that a blob goes to, and the other reports.
///
/// # Errors
/// It has no file, or there are several.
pub(super) fn place(args: &Check) -> Result<(Option<String>, Vec<String>), Stop> {
    let is_blob = |report: &&String| report.split('=').next() == Some(NAME);
    let (blobs, others): (Vec<&String>, Vec<&String>) = args.report.iter().partition(is_blob);
    let file = match blobs.as_slice() {
        [] => None,
        [one] => {
            let file = one.split_once('=').map(|(_, file)| file.to_owned()).filter(|file| !file.is_empty());
            Some(file.ok_or_else(|| Stop::usage("a blob goes to a file: --report blob=FILE"))?)
        }
        _ => return Err(Stop::usage("one blob is enough: it has all of the run")),
    };
    Ok((file, others.into_iter().cloned().collect()))
}

/// A document that was checked, before its run is judged as a whole.
pub(super) struct Found<'f> {
    /// Its name, in a run over several.
    pub name: Option<&'f str>,
    pub run: Run,
    pub policy: &'f Policy,
    pub waivers: Vec<WaiverUse>,
    pub project: &'f Project,
    pub target: &'f Target,
    pub prints: &'f Prints,
}

/// The octets of the blob.
pub(super) fn octets(args: &Check, shard: Shard, found: Vec<Found<'_>>) -> Result<Vec<u8>, Stop> {
    let baseline = match found.first().map(|found| &found.policy.baseline) {
        Some(Baseline::Known(ids)) => ids.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let judged_by = JudgedBy {
        deny_warnings: args.deny.contains(&Deny::Warnings),
        deny_untested: args.deny.contains(&Deny::Untested),
        min_coverage: args.min_coverage,
        allow_inconclusive: args.allow_inconclusive,
        baseline,
    };
    let mut blob = Blob {
        version: blob::VERSION,
        counterpart: env!("CARGO_PKG_VERSION").to_owned(),
        shard,
        judged_by,
        documents: found.into_iter().map(document).collect(),
    };
    let write =
        |blob: &Blob| blob::write(blob).map_err(|error| Stop::io(format!("cannot write a blob: {error}")));
    let octets = write(&blob)?;
    if octets.len() <= MOST {
        return Ok(octets);
    }
    tell("warning", "the blob is larger than 200 MB: the exchanges for --report har are left out of it");
    for document in &mut blob.documents {
        let kept = std::mem::take(&mut document.run.traffic);
        document.run.traffic =
            Traffic { exchanges: Vec::new(), left_out: kept.left_out + kept.exchanges.len() };
    }
    write(&blob)
}

fn document(found: Found<'_>) -> BlobDocument {
    let Found { name, mut run, policy, mut waivers, project, target, prints } = found;
    // Nobody has the texts when blobs are merged.
    project.texts.fill_lines(&mut run);
    let mut about = Run { findings: std::mem::take(&mut run.findings), ..run };
    let own = about.findings.len();
    about.findings.extend(waivers.iter().map(|waiver| waiver.finding.clone()));
    project.texts.fill_lines(&mut about);
    let told = about.findings.split_off(own);
    for (waiver, finding) in waivers.iter_mut().zip(told) {
        waiver.finding = finding;
    }
    let elsewhere = target.settings.elsewhere.keys().filter_map(|index| project.contract.at(*index));
    BlobDocument {
        name: name.map(str::to_owned),
        document: prints.document.clone(),
        plan: prints.plan.clone(),
        elsewhere: elsewhere.map(|operation| operation.id.clone()).collect(),
        off: policy.rules.iter().filter(|(_, level)| level.is_none()).map(|(rule, _)| *rule).collect(),
        waivers,
        run: about,
    }
}
