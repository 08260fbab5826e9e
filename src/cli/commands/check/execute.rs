//! Runs a check: progress, signals, snapshots and verdict.

use std::pin::pin;

use tokio::sync::watch;

use super::advice;
use super::paced::{Paced, Turns};
use super::progress::Progress;
use super::repository;
use super::snapshots::Store;
use crate::check::credentials::Sources;
use crate::check::{self, Cause, Options as RunOptions, Plan, Settings as PlanSettings};
use crate::cli::args::{Check, Common};
use crate::cli::commands::proxy::recorded;
use crate::cli::output::{Stop, say};
use crate::cli::signals::Signals;
use crate::cli::{env, fs};
use crate::client::Client;
use crate::contract::Contract;
use crate::document::Problem;
use crate::project::Project;
use crate::recording;
use crate::report::safe;
use crate::resources::Resources;
use crate::run::{Answer, Run};

/// A target and how it is checked.
pub(in crate::cli::commands) struct Target {
    pub client: Client,
    pub sources: Sources,
    pub settings: PlanSettings,
    pub resources: Resources,
    pub plan: Plan,
    pub options: RunOptions,
    /// Where several checks keep a rate together.
    pub turns: Option<Turns>,
}

/// Where answers go.
pub(in crate::cli::commands) struct Kept {
    pub snapshots: Option<Store>,
    /// The folder of fixtures that are made of them.
    pub record: Option<String>,
}

impl Kept {
    /// What the flags and the configuration name.
    pub fn of(args: &Check, project: &Project) -> Result<Self, Stop> {
        if let Some(folder) = &args.record {
            // Found out before anything is sent.
            fs::try_folder(folder.as_ref())?;
        }
        Ok(Self { snapshots: Store::of(args, project)?, record: args.record.clone() })
    }

    /// Writes the fixtures, where they are wanted.
    fn record(&self, project: &Project, answers: &[Answer], is_quiet: bool) -> Result<(), Stop> {
        let Some(folder) = &self.record else { return Ok(()) };
        recorded::write(folder, project, &recording::of_answers(&project.contract, answers), is_quiet)
    }
}

/// Runs the check; beside its run, why answers could not be kept, or that it was interrupted.
pub(in crate::cli::commands) async fn execute(
    common: &Common,
    project: &Project,
    target: &Target,
    kept: &Kept,
) -> Result<(Run, Option<Stop>), Stop> {
    let contract = &project.contract;
    let progress = Progress::new(common);
    let mut left = Vec::new();
    let mut tell = |event: check::Event<'_>| match event {
        check::Event::Begins { .. } => progress.note(&event),
        check::Event::Made { address } => left.push(address.to_owned()),
        check::Event::Removed { address } => left.retain(|known| known != address),
    };
    let (stop, stopped) = watch::channel(false);
    let options = RunOptions { begun: Some(env::clock()), ..target.options.clone() };
    let paced = target.turns.as_ref().map(|turns| Paced { client: &target.client, turns });
    let job = check::Job {
        contract,
        resources: &target.resources,
        plan: &target.plan,
        settings: &target.settings,
        sources: &target.sources,
        target: paced.as_ref().map_or(&target.client, |paced| paced as &dyn check::Target),
        options: &options,
        stop: stopped,
    };
    let outcome = {
        let mut signals = Signals::new();
        let mut running = pin!(check::run(&job, &mut tell));
        let mut printing = pin!(progress.print());
        loop {
            tokio::select! {
                outcome = &mut running => break Some(outcome),
                never = &mut printing => match never {},
                // The first ends the run, the second this program.
                () = signals.next() => if stop.send_replace(true) { break None },
            }
            progress.suspend(|| say("interrupted: waiting for the request in flight, then deleting what this run created; interrupt again to stop at once"));
        }
    };
    progress.finish();
    let Some(outcome) = outcome else { return Err(interrupted(&left)) };
    let is_broken_off = *stop.borrow();
    let mut run = outcome.run;
    let has_seen = outcome.stopped.is_none() && run.operations.iter().any(|operation| operation.requests > 0);
    if is_broken_off && !has_seen {
        return Err(interrupted(&left));
    }
    if let Some(cause) = outcome.stopped {
        return Err(Stop::io(not_met(&cause, (contract, target), &left).await));
    }
    run.commit = repository::commit(&contract.document.name);
    run.problems.clone_from(&project.problems);
    // The user wrote these, and can mend them.
    let is_overlays =
        |problem: &&mut Problem| project.overlays.iter().any(|name| **name == *problem.place.file);
    project.texts.fill_positions(run.problems.iter_mut().filter(is_overlays));
    let mut failed = None;
    let settings = &target.settings;
    let may_be_snapshots = settings.sought.iter().all(|sought| sought.rule.is_none());
    if let Some(store) = kept.snapshots.as_ref().filter(|_| may_be_snapshots) {
        let is_whole = settings.skipped.is_empty()
            && settings.muted.is_empty()
            && !settings.read_only
            && !outcome.is_cut_short;
        // A snapshot that cannot be written must not hide the findings.
        failed = store.compare(contract, &outcome.answers, is_whole, &mut run).err();
    }
    failed = failed.or(kept.record(project, &outcome.answers, common.quiet).err());
    check::again::narrow(&mut run, &settings.sought, outcome.is_cut_short);
    Ok((run, is_broken_off.then(|| interrupted(&left)).or(failed)))
}

/// What is said where the target is not the one that was meant: why, what to do, and what is left there.
async fn not_met(cause: &Cause, (contract, target): (&Contract, &Target), left: &[String]) -> String {
    let mut lines = vec![format!("{}: {cause}", safe(target.client.base()))];
    let around = advice::Around {
        client: &target.client,
        contract,
        has_keys: target.sources.has_keys(),
        // Who limits the requests wants no further ones.
        may_look: target.options.max_requests.is_none(),
        pause: target.options.pause,
    };
    if let Some(help) = advice::of(cause, &around).await {
        lines.push(format!("  = help: {help}"));
    }
    if !left.is_empty() {
        lines.push("created by this run and not deleted:".to_owned());
        lines.extend(left.iter().map(|address| format!("  {}", safe(address))));
    }
    lines.join("\n")
}

/// What is said of a run that was interrupted: which of the objects that it made are still there.
fn interrupted(left: &[String]) -> Stop {
    let message = match left {
        [] => "interrupted; nothing that this run created is left".to_owned(),
        left => {
            let lines: Vec<_> = left.iter().map(|address| safe(address)).collect();
            format!("interrupted; created by this run and not deleted:\n  {}", lines.join("\n  "))
        }
    };
    Stop::interrupted(message)
}
