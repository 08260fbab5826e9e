//! `counterpart merge`: the blobs of all shards become one run, with its reports and its verdict.

use std::collections::BTreeSet;
use std::path::Path;

use super::check::{baseline, reports, verdict};
use crate::cli::args::{Common, Deny, Merge};
use crate::cli::fs;
use crate::cli::output::{Stop, print};
use crate::report::safe;
use crate::run::blob::{self, Blob, Joined};
use crate::run::policy::{self, Baseline, Policy};
use crate::run::{Run, Verdict, merged};

/// Larger blobs are not read, all together, in bytes.
const MOST: usize = 1 << 30;

pub(super) fn run(common: &Common, args: &Merge) -> Result<u8, Stop> {
    let reports = reports::wanted(&args.report)?;
    reports::try_places(&reports)?;
    if let Some(baseline) = args.baseline.as_ref().filter(|_| args.update_baseline) {
        fs::try_place(Path::new(baseline))?;
    }
    let mut joined = blob::join(read(&args.blobs)?).map_err(|why| Stop::usage(why.to_string()))?;
    for one in &mut joined {
        judged_by(args, &mut one.policy)?;
    }
    let mut settling: Vec<_> = joined
        .iter_mut()
        .map(|Joined { run, policy, waivers, .. }| (run, &*policy, std::mem::take(waivers)))
        .collect();
    policy::conclude(&mut settling);
    let judged: Vec<verdict::Judged<'_>> =
        joined.iter().map(|one| (one.name.as_deref(), &one.run, &one.policy)).collect();
    let (code, why) = verdict::verdict(&judged);
    let runs: Vec<Run> = joined.into_iter().map(|one| one.run).collect();
    let documents: Vec<_> = runs.iter().flat_map(|run| run.documents.clone()).collect();
    let run = if documents.is_empty() { runs.into_iter().next() } else { merged(documents, runs) };
    let Some(run) = run else { return Err(Stop::usage("the blobs have no documents")) };
    let mut written = Ok(());
    if let Some(file) = args.baseline.as_ref().filter(|_| args.update_baseline) {
        written = fs::write(Path::new(file), baseline::written(&run).as_bytes());
    }
    reports::write(common, &reports, &run).and(written)?;
    if let Some(file) = args.baseline.as_ref().filter(|_| !args.update_baseline && is_whole(&run)) {
        baseline::stale(file, &run)?;
    }
    if common.quiet && reports::has_console(&reports) {
        print(&format!("exit {code}: {}\n", safe(&why)))?;
    }
    Ok(code)
}

/// Reads the blobs, each with the name of its file.
fn read(files: &[String]) -> Result<Vec<(String, Blob)>, Stop> {
    let mut size = 0;
    let mut blobs = Vec::new();
    for file in files {
        let octets = fs::read(file)?;
        size += octets.len();
        if size > MOST {
            return Err(Stop::usage(
                "the blobs are larger than 1 GB together; check with fewer reports of exchanges",
            ));
        }
        blobs.push((file.clone(), blob::read(file, &octets).map_err(|why| Stop::usage(why.to_string()))?));
    }
    Ok(blobs)
}

/// What the flags say goes on top of what the shards were told.
fn judged_by(args: &Merge, policy: &mut Policy) -> Result<(), Stop> {
    policy.deny_warnings |= args.deny.contains(&Deny::Warnings);
    policy.thresholds.deny_untested |= args.deny.contains(&Deny::Untested);
    policy.thresholds.min_coverage = args.min_coverage.or(policy.thresholds.min_coverage);
    policy.allow_inconclusive |= args.allow_inconclusive;
    match &args.baseline {
        Some(_) if args.update_baseline => policy.baseline = Baseline::All,
        Some(file) => {
            let ids: BTreeSet<String> = baseline::read(file)?.into_iter().map(|line| line.id).collect();
            policy.baseline = Baseline::Known(ids);
        }
        None => {}
    }
    Ok(())
}

/// Whether all of the documents was checked.
fn is_whole(run: &Run) -> bool {
    run.operations.iter().all(|operation| operation.verdict != Verdict::Skipped && operation.requests > 0)
}
