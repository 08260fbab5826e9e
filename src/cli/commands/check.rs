//! `counterpart check`: turns flags into a plan, the plan into a run, and the run into reports.

#![expect(clippy::disallowed_methods, reason = "times the run")]

pub(super) mod execute;
pub(super) mod keys;
pub(super) mod options;
mod introspect;
mod key_template;
mod plan;
pub(super) mod reports;
mod sign;
mod snapshots;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;

use crate::check;
use crate::cli::args::{Check, Common};
use crate::cli::output::{OK, Stop, print_bytes, say};
use crate::cli::{diagnostics, disk};
use crate::client::Client;
use crate::document::Level;
use crate::exchange::Request;
use crate::project::{Config, Project};
use execute::{Target, execute};
use options::{client, client_options, plan_settings, policy_of, run_options};
use snapshots::Store;

pub(super) async fn run(common: &Common, args: Check, config: Config) -> Result<u8, Stop> {
    let reports = reports::wanted(&args.report)?;
    if args.update_baseline && !(args.only.is_empty() && args.skip.is_empty() && !args.read_only) {
        return Err(Stop::usage(
            "a partial run cannot write a baseline; leave out --only, --skip and --read-only",
        ));
    }
    let mut project = disk::project(common, args.doc.as_deref(), config)?;
    usable(&project)?;
    let url = args.url.clone().ok_or_else(|| {
        Stop::usage("--url is missing; give the address to which the document's paths are appended, for example --url http://127.0.0.1:4010")
    })?;
    let mut way = client_options(&args, url)?;
    way.signer = sign::signer(&args)?;
    let client = client(&way)?;
    // Before anything is asked of it.
    if let Some(limit) = args.wait.filter(|_| !args.plan) {
        wait(&client, limit).await?;
    }
    let settings = plan_settings(&project, &args, client.is_loopback())?;
    let sources = keys::sources(&args, &project, &settings.params, &way).await?;
    if let Some(contract) = Arc::get_mut(&mut project.contract) {
        check::credentials::prefer(contract, &sources, &settings.scopes);
    }
    let resources = project.resources();
    let plan = check::plan(&project.contract, &resources, &settings);
    if args.plan {
        let mut shown = plan::shown(&project, &resources, &plan);
        shown += &key_template::shown(&project, &plan, &settings.scopes);
        print_bytes(shown.as_bytes())?;
        return Ok(OK);
    }
    let writes = plan.writes(&project.contract);
    if writes && !args.writes && !client.is_loopback() {
        plan::allow_writes(&project, &plan, client.base())?;
    }
    let target = Target { sources, client, settings, resources, plan, options: run_options(&args) };
    let policy = policy_of(&args, &project)?;
    let store = Store::of(&args, &project)?;
    let (run, code, failed) = execute(common, &project, &target, &policy, store.as_ref()).await?;
    if args.update_baseline {
        let ids: BTreeSet<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
        let text: String = ids.iter().fold(String::new(), |text, id| text + id + "\n");
        reports::write_file(args.baseline.as_deref().unwrap_or_default(), text.as_bytes())?;
    }
    reports::write(common, &reports, &run)?;
    failed.map_or(Ok(code), Err)
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
                return Err(Stop::io(format!("{} did not answer within {limit:?}: {why}", client.base())));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
