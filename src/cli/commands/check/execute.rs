//! Runs a check: progress, signals, snapshots and verdict.

use std::io::IsTerminal;
use std::pin::pin;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use super::snapshots::Store;
use crate::check::credentials::Sources;
use crate::check::{self, Options as RunOptions, Plan, Settings as PlanSettings};
use crate::cli::args::Common;
use crate::cli::env;
use crate::cli::output::{Stop, say};
use crate::cli::signals::Signals;
use crate::client::Client;
use crate::document::Problem;
use crate::project::Project;
use crate::report::safe;
use crate::resources::Resources;
use crate::run::Run;

/// A target and how it is checked.
pub(in crate::cli::commands) struct Target {
    pub client: Client,
    pub sources: Sources,
    pub settings: PlanSettings,
    pub resources: Resources,
    pub plan: Plan,
    pub options: RunOptions,
}

/// Runs the check; beside its run, why snapshots could not be kept.
pub(in crate::cli::commands) async fn execute(
    common: &Common,
    project: &Project,
    target: &Target,
    snapshots: Option<&Store>,
) -> Result<(Run, Option<Stop>), Stop> {
    let contract = &project.contract;
    let bar = progress(common);
    let mut left = Vec::new();
    let mut tell = |event: check::Event<'_>| match event {
        check::Event::Begins { done, planned, sent, found: _, operation } => {
            bar.set_length(planned as u64);
            bar.set_position(done as u64);
            bar.set_message(format!("{sent} requests · {}", safe(operation)));
        }
        check::Event::Made { address } => left.push(address.to_owned()),
        check::Event::Removed { address } => left.retain(|known| known != address),
    };
    let (stop, stopped) = watch::channel(false);
    let job = check::Job {
        contract,
        resources: &target.resources,
        plan: &target.plan,
        settings: &target.settings,
        sources: &target.sources,
        target: &target.client,
        options: &target.options,
        stop: stopped,
    };
    let outcome = {
        let mut signals = Signals::new();
        let mut running = pin!(check::run(&job, &mut tell));
        loop {
            tokio::select! {
                outcome = &mut running => break Some(outcome),
                // The first ends the run, the second this program.
                () = signals.next() => if stop.send_replace(true) { break None },
            }
            bar.suspend(|| say("interrupted: waiting for the request in flight, then deleting what this run created; interrupt again to stop at once"));
        }
    };
    bar.finish_and_clear();
    let Some(outcome) = outcome.filter(|_| !*stop.borrow()) else { return Err(interrupted(&left)) };
    let mut run = outcome.run;
    if let Some(cause) = outcome.stopped {
        return Err(Stop::io(format!("{}: {cause}", safe(target.client.base()))));
    }
    run.problems.clone_from(&project.problems);
    // The user wrote these, and can mend them.
    let is_overlays = |problem: &&mut Problem| project.overlays.iter().any(|name| **name == *problem.place.file);
    project.texts.fill_positions(run.problems.iter_mut().filter(is_overlays));
    let mut failed = None;
    if let Some(store) = snapshots {
        let settings = &target.settings;
        let is_whole = settings.skipped.is_empty()
            && settings.muted.is_empty()
            && !settings.read_only
            && !outcome.is_cut_short;
        // A snapshot that cannot be written must not hide the findings.
        failed = store.compare(contract, &outcome.answers, is_whole, &mut run).err();
    }
    Ok((run, failed))
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

/// A bar on a terminal; nothing where nobody looks, and nothing in CI, whose logs keep every frame.
fn progress(common: &Common) -> ProgressBar {
    if common.quiet || env::is_ci() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏ "))
}
