//! Turns flags and project into the options of the client, the plan, the run and the policy.

use std::time::Duration;

use super::baseline;
use super::execute::Target;
use crate::check::{Answers, Draws, JOBS, OddBodies, Options as RunOptions, Settings as PlanSettings};
use crate::cli::args::{Certificates, Check, Deny};
use crate::cli::output::Stop;
use crate::cli::{diagnostics, env, fs};
use crate::client::{self, Client};
use crate::generate::mark;
use crate::project::Project;
use crate::project::select::{self, Words};
use crate::run::Shard;
use crate::run::policy::{Baseline, Policy};
use crate::run::thresholds::Thresholds;

/// The way to a target.
pub(in crate::cli::commands) fn client(options: &client::Options) -> Result<Client, Stop> {
    Client::new(options).map_err(|error| Stop::usage(error.to_string()))
}

/// The way to an address, with what is said of certificates.
pub(in crate::cli::commands) fn way(
    url: String,
    certificates: &Certificates,
) -> Result<client::Options, Stop> {
    let mut options = client::Options::new(url);
    options.insecure = certificates.insecure;
    options.ca = certificates.ca.as_deref().map(fs::read).transpose()?;
    if let (Some(cert), Some(key)) = (&certificates.cert, &certificates.key) {
        let mut pem = fs::read(cert)?;
        pem.push(b'\n');
        pem.extend(fs::read(key)?);
        options.identity = Some(pem);
    }
    Ok(options)
}

pub(super) fn client_options(args: &Check, url: String) -> Result<client::Options, Stop> {
    let mut options = way(url, &args.certificates)?;
    options.timeout = args.timeout;
    options.retries = args.retries;
    options.proxy.clone_from(&args.proxy_via);
    for header in &args.header {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Stop::usage("a --header has no colon; write 'NAME: VALUE'"))?;
        options.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(options)
}

/// `index` is which of several documents it is about, whose runs may begin at the same time. Shards have the rate and
/// the number of requests together, each its part.
pub(super) fn run_options(args: &Check, index: usize, shard: Shard) -> RunOptions {
    let share = f64::from(u32::try_from(shard.count).unwrap_or(u32::MAX));
    let pause = |rate: f64| Duration::try_from_secs_f64(share / rate).unwrap_or(Duration::MAX);
    RunOptions {
        name: run_mark(index, shard),
        begun: None,
        keeps_traffic: args.report.iter().any(|report| report.split('=').next() == Some("har")),
        seed: args.seed,
        jobs: args.jobs.unwrap_or(JOBS),
        write_jobs: args.jobs.unwrap_or(1),
        // A rate that is shared is kept where requests go out.
        pause: args.rate.filter(|_| args.rate_store.is_none()).map(pause),
        deadline: args.deadline,
        max_requests: args.max_requests.map(|most| shard.part_of(most)),
        slow: args.slow,
        fail_fast: args.fail_fast,
    }
}

/// The mark of a run: two runs begin at different times, and shards that begin at the same time have different rests.
fn run_mark(index: usize, shard: Shard) -> String {
    let millis = u64::try_from(env::clock().as_millisecond()).unwrap_or(0);
    let number = millis.saturating_add(index as u64).saturating_mul(shard.count as u64);
    mark::run_mark(number.saturating_add(shard.index as u64))
}

/// Requests that are drawn by chance for each operation with `--thorough`.
const THOROUGH_DRAWS: u16 = 20;

/// What the project and the flags say about the plan.
pub(super) fn plan_settings(
    project: &Project,
    args: &Check,
    words: &Words,
    is_loopback: bool,
) -> Result<PlanSettings, Stop> {
    let mut settings = project.plan_settings(is_loopback).map_err(diagnostics::not_loaded)?;
    for param in &args.param {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Stop::usage("a --param has no equals sign; write NAME=VALUE"))?;
        settings.params.insert(name.to_owned(), value.to_owned());
    }
    settings.read_only = args.read_only;
    if args.thorough {
        settings.odd_bodies = OddBodies::All;
    }
    let count = args.examples.unwrap_or(if args.thorough { THOROUGH_DRAWS } else { 0 });
    settings.draws = Draws { count: usize::from(count), seed: args.seed };
    settings.no_auth = args.is_open();
    settings.answers = match (&args.snapshots, &args.record) {
        (Some(_), _) => Answers::Compared,
        (None, Some(_)) => Answers::Kept,
        (None, None) => Answers::Dropped,
    };
    settings.actions =
        select::actions(project, &words.actions).map_err(|error| Stop::usage(error.to_string()))?;
    settings.may_make = (is_loopback || args.writes) && !args.read_only;
    select::select(project, words, &mut settings).map_err(|error| Stop::usage(error.to_string()))?;
    Ok(settings)
}

/// What a run is judged by. How much of the document was seen is known when all shards are merged.
pub(super) fn policy_of(
    args: &Check,
    (project, target): (&Project, &Target),
    shard: Shard,
) -> Result<Policy, Stop> {
    let baseline = match &args.baseline {
        Some(file) if !args.update_baseline => {
            Baseline::Known(baseline::read(file)?.into_iter().map(|line| line.id).collect())
        }
        Some(_) => Baseline::All,
        None => Baseline::default(),
    };
    let settled = Policy::of(&project.settings, env::today());
    let is_about_findings = !target.settings.sought.is_empty();
    Ok(Policy {
        deny_warnings: args.deny.contains(&Deny::Warnings),
        thresholds: Thresholds {
            deny_untested: args.deny.contains(&Deny::Untested),
            min_coverage: args.min_coverage.filter(|_| shard.count == 1),
        },
        allow_inconclusive: args.allow_inconclusive,
        baseline,
        is_part: shard.count > 1,
        ..if is_about_findings { settled.about_findings() } else { settled }
    })
}
