//! `counterpart check`: turns flags into a plan, the plan into a run, and the run into reports.

#![expect(clippy::disallowed_methods, reason = "times the run")]

mod advice;
pub(super) mod baseline;
mod blob;
pub(super) mod execute;
mod first_lines;
mod introspect;
mod key_template;
pub(super) mod keys;
mod listener;
mod minting;
pub(super) mod options;
mod owner;
mod paced;
mod plan;
mod progress;
mod reported;
pub(super) mod reports;
pub(super) mod repository;
mod several;
mod shard;
mod sign;
mod snapshots;
pub(super) mod verdict;
mod wfc;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::Value;

use crate::check;
use crate::cli::args::{Check, Common};
use crate::cli::output::{OK, Stop, print, print_json, say, tell};
use crate::cli::{diagnostics, fs};
use crate::client::Client;
use crate::document::Level;
use crate::exchange::Request;
use crate::project::{Config, Project};
use crate::report::{Format, safe, safe_json};
use crate::run::Shard;
use blob::Prints;
use execute::Target;
use listener::Listening;
use options::{client, client_options, plan_settings, run_options};
use paced::Turns;
use several::{Checked, Loaded, Prepared};

pub(super) async fn run(common: &Common, args: Check, config: Config) -> Result<u8, Stop> {
    let (blob, others) = blob::place(&args)?;
    let reports = reports::wanted(&others)?;
    let shard = shard::asked(&args)?;
    if args.update_baseline && !(args.only.is_empty() && args.skip.is_empty() && !args.read_only) {
        return Err(Stop::usage(
            "a partial run cannot write a baseline; leave out --only, --skip and --read-only",
        ));
    }
    if !args.plan {
        reports::try_places(&reports)?;
        blob.iter().try_for_each(|file| fs::try_place(Path::new(file)))?;
        if let Some(baseline) = args.baseline.as_ref().filter(|_| args.update_baseline) {
            fs::try_place(Path::new(baseline))?;
        }
    }
    let (loaded, is_alone) = several::load(common, &args, &config)?;
    let mut prepared = Vec::new();
    let listening = match &args.callback_url {
        Some(url) => Some(Listening::at(url).await?),
        None => None,
    };
    for (index, one) in loaded.into_iter().enumerate() {
        prepared.push(prepare(&args, one, (index, shard), listening.as_ref()).await?);
    }
    for one in &mut prepared {
        one.prints = Prints::of(blob.is_some(), &one.project, &one.target);
    }
    shard::take(&mut prepared, shard);
    if args.plan {
        return show_plans(&prepared, &reports, is_alone, shard);
    }
    for Prepared { project, target, .. } in &prepared {
        let writes = target.plan.writes(&project.contract);
        if writes && !args.writes && !target.client.is_loopback() {
            plan::allow_writes(project, &target.plan, target.client.base())?;
        }
    }
    for Prepared { project, target, .. } in &prepared {
        first_lines::tell(project, target);
        shard::tell(project, target, shard);
    }
    if let Some(limit) = args.wait {
        for one in &prepared {
            wait(&one.target.client, limit).await?;
        }
    }
    let Checked { run, code, why, failed, blob: octets } =
        several::check(common, &args, &mut prepared, (is_alone, shard)).await?;
    let mut written = Ok(());
    match (&blob, octets) {
        (Some(file), Some(octets)) => written = fs::write(Path::new(file), &octets),
        (Some(file), None) => {
            tell("warning", &format!("{file} is not written: not all documents could be checked"));
        }
        _ => {}
    }
    if args.update_baseline {
        let text = baseline::written(&run);
        let file = Path::new(args.baseline.as_deref().unwrap_or_default());
        written = written.and(fs::write(file, text.as_bytes()));
    }
    reports::write(common, &reports, &run).and(written)?;
    baseline::tell_stale(&args, &run, &prepared.iter().map(|one| &one.target).collect::<Vec<_>>())?;
    if common.quiet && reports::has_console(&reports) {
        print(&format!("exit {code}: {}\n", safe(&why)))?;
    }
    failed.map_or(Ok(code), Err)
}

/// Prints what would be sent: as text, or as JSON where that report is asked for.
fn show_plans(
    prepared: &[Prepared],
    reports: &reports::Wanted,
    is_alone: bool,
    shard: Shard,
) -> Result<u8, Stop> {
    let as_json: Vec<_> = reports.iter().filter(|(format, _)| *format == Format::Json).collect();
    if !as_json.is_empty() {
        let mut plans: Vec<Value> = prepared
            .iter()
            .map(|Prepared { project, target, .. }| {
                plan::json(project, &target.resources, &target.plan, shard)
            })
            .collect();
        let all = match plans.pop() {
            Some(only) if is_alone => only,
            last => plans.into_iter().chain(last).collect(),
        };
        for (_, file) in as_json {
            match file {
                Some(file) => fs::write(Path::new(file), safe_json(&format!("{all:#}\n")).as_bytes())?,
                None => print_json(&all)?,
            }
        }
        return Ok(OK);
    }
    for Prepared { project, target, .. } in prepared {
        let title = if is_alone { String::new() } else { format!("{}\n", safe(&project.name)) };
        let shown = plan::shown(project, &target.resources, &target.plan);
        let keys = key_template::shown(project, &target.plan, &target.settings.scopes);
        print(&format!("{title}{shown}{keys}"))?;
    }
    Ok(OK)
}

/// What is needed to check a document.
async fn prepare(
    args: &Check,
    Loaded { mut project, words, url }: Loaded,
    (index, shard): (usize, Shard),
    listening: Option<&Listening>,
) -> Result<Prepared, Stop> {
    usable(&project)?;
    let url = url?;
    let mut way = client_options(args, url)?;
    way.signer = sign::signer(args)?;
    let header = keys::header(args, &project, &mut way);
    let client = client(&way)?;
    let mut options = run_options(args, index, shard);
    let mut settings = plan_settings(&project, args, &words, client.is_loopback())?;
    settings.callbacks = listening.map(|at| at.callbacks(&project.contract, &options.name));
    let sources = keys::sources(args, &project, &settings.params, (&way, &client)).await?;
    let sources = keys::with_header(sources, header);
    if let Some(contract) = Arc::get_mut(&mut project.contract) {
        check::credentials::prefer(contract, &sources, &settings.scopes);
    }
    let resources = project.resources();
    let plan = check::plan(&project.contract, &resources, &settings);
    // Whatever else is found first does not matter.
    options.fail_fast &= settings.sought.is_empty();
    for sought in settings.sought.iter().filter(|sought| sought.rule.is_none()) {
        say(&format!("the document does not say what finding {} is about, so everything is sent", sought.id));
    }
    let turns = Turns::of(args, &project.contract, client.base()).await?;
    let target = Target { client, sources, settings, resources, plan, options, turns };
    Ok(Prepared { project, target, prints: Prints::default() })
}

/// Refuses what only the user can put right: fixtures and configuration. A document is used as far as it
/// can be.
fn usable(project: &Project) -> Result<(), Stop> {
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
    Ok(())
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
                let why = why.to_string();
                let help = advice::no_answer(client, &why).await;
                let text = format!("{} did not answer within {limit:?}: {why}", client.base());
                return Err(Stop::io(format!("{text}\n  = help: {help}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
