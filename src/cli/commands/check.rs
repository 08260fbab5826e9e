//! `counterpart check`: what was asked for becomes a plan, the plan a run, the run reports.

pub(super) mod keys;
mod plan;
mod select;
mod snapshots;

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use crate::cli::args::{Check, Common, Deny};
use crate::cli::output::{OK, Stop, print_bytes, say};
use crate::cli::signals::Signals;
use crate::cli::{diagnostics, disk, env, fs};
use crate::client::{self, Client};
use crate::conform::keys::Sources;
use crate::conform::{self, Options as RunOptions, Plan, Settings as PlanSettings};
use crate::document::{Level, Place};
use crate::exchange::Request;
use crate::produce::mark;
use crate::project::{Config, Project, SourceTexts};
use crate::report::{Format, Style, render, safe};
use crate::resource::Resources;
use crate::run::Run;
use crate::run::policy::{self, Baseline, Policy, Waiver};
use crate::settings::{self, nearest};
use snapshots::Store;

/// A target and how it is checked.
pub(super) struct Target {
    pub client: Client,
    pub sources: Sources,
    pub settings: PlanSettings,
    pub resources: Resources,
    pub plan: Plan,
    pub options: RunOptions,
}

pub(super) async fn run(common: &Common, args: Check, config: Config) -> Result<u8, Stop> {
    let reports = reports(&args.report)?;
    if args.update_baseline && !(args.only.is_empty() && args.skip.is_empty() && !args.read_only) {
        return Err(Stop::usage(
            "a partial run cannot write a baseline; leave out --only, --skip and --read-only",
        ));
    }
    let mut project = disk::project(common, args.doc.as_deref(), config)?;
    let document = &project.contract.document;
    let is_documents =
        |file: &str| *file == *document.name || document.files.iter().any(|known| **known == *file);
    let wrong: Vec<_> = project
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error && !is_documents(&problem.place.file))
        .cloned()
        .collect();
    if !wrong.is_empty() {
        return Err(diagnostics::stop(&wrong, &project.texts));
    }
    let url = args.url.clone().ok_or_else(|| {
        Stop::usage("--url is missing: the address that the document's paths are appended to, as in --url http://127.0.0.1:4010")
    })?;
    let way = client_options(&args, url)?;
    let client = client(&way)?;
    let settings = plan_settings(&project, &args, client.is_loopback())?;
    let sources = keys::sources(&args, &project, &settings.params, &way)?;
    if let Some(contract) = Arc::get_mut(&mut project.contract) {
        conform::keys::prefer(contract, &sources, &settings.scopes);
    }
    let resources = project.resources();
    let plan = conform::plan(&project.contract, &resources, &settings);
    if args.plan {
        print_bytes(plan::shown(&project, &resources, &plan).as_bytes())?;
        return Ok(OK);
    }
    let writes = plan
        .steps
        .iter()
        .chain(&plan.last)
        .any(|step| project.contract.operations.get(step.operation).is_some_and(|o| !o.is_safe()));
    if writes && !args.writes && !client.is_loopback() {
        plan::allow_writes(&project, &plan, client.base())?;
    }
    if let Some(limit) = args.wait {
        wait(&client, limit).await?;
    }
    let target = Target { sources, client, settings, resources, plan, options: run_options(&args) };
    let policy = policy_of(&args, &project)?;
    let store = Store::of(&args, &project)?;
    let (run, code, failed) = execute(common, &project, &target, &policy, store.as_ref()).await?;
    if args.update_baseline {
        let ids: BTreeSet<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
        let text: String = ids.iter().fold(String::new(), |text, id| text + id + "\n");
        write_file(args.baseline.as_deref().unwrap_or_default(), text.as_bytes())?;
    }
    let mut printed = false;
    for (format, file) in &reports {
        if *format == Format::Github {
            step_summary(&render(
                Format::Markdown,
                &run,
                Style { color: false, width: 110, verbose: false },
            ))?;
        }
        if let Some(file) = file {
            let plain = Style { color: false, width: 110, verbose: common.verbose > 0 };
            write_file(file, &render(*format, &run, plain))?;
        } else {
            printed = true;
            print_bytes(&rendered(common, *format, &run))?;
        }
    }
    if !printed {
        print_bytes(&rendered(common, Format::Console, &run))?;
    }
    failed.map_or(Ok(code), Err)
}

/// Adds to the page that GitHub Actions shows of a step, where there is one.
fn step_summary(markdown: &[u8]) -> Result<(), Stop> {
    let Some(file) = env::environment("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut summary| summary.write_all(markdown))
        .map_err(|error| Stop::io(format!("cannot write {file}: {}", fs::reason(&error))))
}

/// Runs the check and settles what it means; beside it, why snapshots could not be kept.
pub(super) async fn execute(
    common: &Common,
    project: &Project,
    target: &Target,
    policy: &Policy,
    snapshots: Option<&Store>,
) -> Result<(Run, u8, Option<Stop>), Stop> {
    let contract = &project.contract;
    let bar = progress(common);
    let mut left = Vec::new();
    let mut tell = |event: conform::Event<'_>| match event {
        conform::Event::Begins { done, planned, sent, operation } => {
            bar.set_length(planned as u64);
            bar.set_position(done as u64);
            bar.set_message(format!("{sent} requests · {}", safe(operation)));
        }
        conform::Event::Made { address } => left.push(address.to_owned()),
        conform::Event::Removed { address } => left.retain(|known| known != address),
    };
    let (stop, stopped) = watch::channel(false);
    let job = conform::Job {
        contract,
        resources: &target.resources,
        plan: &target.plan,
        settings: &target.settings,
        sources: &target.sources,
        client: &target.client,
        options: &target.options,
        stop: stopped,
    };
    let outcome = {
        let mut signals = Signals::new();
        let mut running = pin!(conform::run(&job, &mut tell));
        loop {
            tokio::select! {
                outcome = &mut running => break Some(outcome),
                // The first ends the run, the second this program.
                () = signals.next() => if stop.send_replace(true) { break None },
            }
            bar.suspend(|| say("interrupted: the request in flight is waited for, then what was made is removed; interrupt again to stop at once"));
        }
    };
    bar.finish_and_clear();
    let Some(outcome) = outcome.filter(|_| !*stop.borrow()) else { return Err(interrupted(&left)) };
    let mut run = outcome.run;
    if let Some(cause) = outcome.stopped {
        return Err(Stop::io(format!("{}: {cause}", safe(target.client.base()))));
    }
    run.problems.clone_from(&project.problems);
    let mut failed = None;
    if let Some(store) = snapshots {
        let settings = &target.settings;
        let is_whole = settings.skipped.is_empty()
            && settings.muted.is_empty()
            && !settings.read_only
            && !outcome.is_cut_short;
        // What cannot be kept is no reason to keep quiet about what was found.
        failed = store.compare(contract, &outcome.answers, is_whole, &mut run).err();
    }
    policy::apply(&mut run, policy);
    fill_lines(&mut run, &project.texts);
    let code = policy::exit_code(&run, policy);
    Ok((run, code, failed))
}

/// What is said of a run that was interrupted: which of the objects that it made are still there.
fn interrupted(left: &[String]) -> Stop {
    let message = match left {
        [] => "interrupted; nothing that this run made is left".to_owned(),
        left => {
            let lines: Vec<_> = left.iter().map(|address| safe(address)).collect();
            format!("interrupted; made by this run and not removed:\n  {}", lines.join("\n  "))
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

/// Looks up the line of the document that each finding names.
fn fill_lines(run: &mut Run, texts: &SourceTexts) {
    if run.findings.is_empty() && run.waived.is_empty() {
        return;
    }
    let mut lines = texts.lines();
    let findings = run.findings.iter_mut().chain(run.waived.iter_mut().map(|waived| &mut waived.finding));
    for place in findings.filter_map(|finding| finding.document.as_mut()) {
        if let Some((span, text)) = lines.find(&Place::new(&place.file, place.pointer.as_str())) {
            place.line = span.line;
            text.unwrap_or_default().clone_into(&mut place.text);
        }
    }
}

pub(super) fn rendered(common: &Common, format: Format, run: &Run) -> Vec<u8> {
    // Columns of the terminal, where stdout is one.
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let width = columns.map_or(120, |columns| columns.max(60));
    // Colours are put in here and taken out by the stream where nobody would see them.
    render(format, run, Style { color: format == Format::Console, width, verbose: common.verbose > 0 })
}

pub(super) fn client(options: &client::Options) -> Result<Client, Stop> {
    Client::new(options).map_err(|error| Stop::usage(error.to_string()))
}

fn client_options(args: &Check, url: String) -> Result<client::Options, Stop> {
    let mut options = client::Options::new(url);
    options.timeout = args.timeout;
    options.retries = args.retries;
    options.insecure = args.insecure;
    options.proxy.clone_from(&args.proxy_via);
    options.ca = args.ca.as_deref().map(fs::read).transpose()?;
    if let (Some(cert), Some(key)) = (&args.cert, &args.key) {
        let mut pem = fs::read(cert)?;
        pem.push(b'\n');
        pem.extend(fs::read(key)?);
        options.identity = Some(pem);
    }
    for header in &args.header {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Stop::usage(format!("{header:?} is no header; write 'NAME: VALUE'")))?;
        options.headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(options)
}

fn run_options(args: &Check) -> RunOptions {
    RunOptions {
        name: run_mark(),
        seed: args.seed,
        pause: args.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
        deadline: args.deadline,
        max_requests: args.max_requests,
        slow: args.slow,
        fail_fast: args.fail_fast,
    }
}

/// The mark of a run: two runs begin at different times.
pub(super) fn run_mark() -> String {
    mark::run_mark(u64::try_from(env::clock().as_millisecond()).unwrap_or(0))
}

/// What the project and the flags say about the plan.
fn plan_settings(project: &Project, args: &Check, is_loopback: bool) -> Result<PlanSettings, Stop> {
    let mut settings = project.plan_settings(is_loopback).map_err(diagnostics::not_loaded)?;
    for param in &args.param {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Stop::usage(format!("{param:?} is no parameter; write NAME=VALUE")))?;
        settings.params.insert(name.to_owned(), value.to_owned());
    }
    settings.read_only = args.read_only;
    settings.second_look = args.snapshots.is_some();
    settings.actions = select::actions(project, &args.actions)?;
    select::select(project, &args.only, &args.skip, &mut settings)?;
    Ok(settings)
}

fn policy_of(args: &Check, project: &Project) -> Result<Policy, Stop> {
    let baseline = match &args.baseline {
        Some(file) if !args.update_baseline => {
            let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
            let ids = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Baseline::Known(ids.map(str::to_owned).collect())
        }
        Some(_) => Baseline::All,
        None => Baseline::default(),
    };
    let waivers = project.settings.waive.iter().map(|waive| Waiver {
        rule: waive.rule.clone(),
        operation: waive.operation.clone(),
        pointer: waive.pointer.clone(),
        equals: waive.equals.as_ref().map(settings::json),
        reason: waive.reason.clone(),
        until: waive.until,
        place: crate::document::Place::new("counterpart.toml", "/waive"),
    });
    Ok(Policy {
        rules: project.settings.rules.iter().map(|(rule, level)| (rule.clone(), level.severity())).collect(),
        waivers: waivers.collect(),
        today: Some(jiff::tz::TimeZone::UTC.to_datetime(env::clock()).date()),
        deny_warnings: args.deny == Some(Deny::Warnings),
        allow_inconclusive: args.allow_inconclusive,
        baseline,
    })
}

fn reports(wanted: &[String]) -> Result<Vec<(Format, Option<String>)>, Stop> {
    let mut reports = Vec::new();
    for text in wanted {
        let (name, file) =
            text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file.to_owned())));
        let format = Format::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let format = format.ok_or_else(|| {
            Stop::usage(format!(
                "there is no report {name:?}; {}",
                nearest(name, Format::ALL.iter().map(|(known, _)| *known))
            ))
        })?;
        reports.push((format, file));
    }
    if reports.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(Stop::usage(
            "only one report can have stdout; give the others a file, as in --report json=report.json",
        ));
    }
    Ok(reports)
}

fn write_file(path: &str, bytes: &[u8]) -> Result<(), Stop> {
    std::fs::write(path, bytes).map_err(|error| Stop::io(format!("cannot write {path}: {error}")))
}

/// Waits until the target answers at all.
async fn wait(client: &Client, limit: Duration) -> Result<(), Stop> {
    let started = Instant::now();
    say(&format!("waiting for {}", client.base()));
    loop {
        let exchange = client.send(&Request::new(Method::GET, "/"), "wait").await;
        match exchange.outcome {
            Ok(_) => return Ok(()),
            Err(why) if started.elapsed() >= limit => {
                return Err(Stop::io(format!("{} did not answer within {limit:?}: {why}", client.base())));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
