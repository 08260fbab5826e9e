//! The documents of a check: one, or all of the configuration.

#![expect(clippy::disallowed_methods, reason = "times the run")]

use std::collections::BTreeSet;
use std::time::Instant;

use super::blob::{self, Found, Prints};
use super::execute::{Kept, Target, execute};
use super::options::policy_of;
use super::reported;
use super::verdict::{Judged, verdict};
use crate::cli::args::{Check, Common};
use crate::cli::disk;
use crate::cli::documents::{self, Asked};
use crate::cli::output::{INTERRUPTED, IO, Stop};
use crate::config::{self, nearest};
use crate::project::select::{self, Words};
use crate::project::{Config, Project, unmatched};
use crate::rules::Severity;
use crate::run::policy::{self, Policy, WaiverUse};
use crate::run::{CheckedDocument, Run, Shard, merged};

/// A document, what of it is asked for, and where its target is.
pub(super) struct Loaded {
    pub project: Project,
    pub words: Words,
    pub url: Result<String, Stop>,
}

/// A document and how its target is checked.
pub(super) struct Prepared {
    pub project: Project,
    pub target: Target,
    /// What all shards must have in common.
    pub prints: Prints,
}

/// What came of a check.
pub(super) struct Checked {
    pub run: Run,
    pub code: u8,
    /// What the code stands for.
    pub why: String,
    /// What failed on the way, and does not keep the report from being written.
    pub failed: Option<Stop>,
    /// What `merge` reads.
    pub blob: Option<Vec<u8>>,
}

/// Loads the document that the arguments name, else all of the configuration; and whether there is only one.
pub(super) fn load(common: &Common, args: &Check, config: &Config) -> Result<(Vec<Loaded>, bool), Stop> {
    let mut asked = documents::named_or_all(args.doc.as_deref(), config)?;
    documents::give_overlays(&common.overlay, &mut asked)?;
    let words = Words {
        only: args.only.clone(),
        skip: args.skip.clone(),
        actions: args.actions.clone(),
        reported: reported::findings(args)?,
        has_snapshots: args.snapshots.is_some(),
    };
    let urls: Vec<_> = asked.iter().map(|one| url(args, one, config, asked.len() == 1)).collect();
    let mut projects = Vec::new();
    for one in asked {
        projects.push(disk::load(common, one, config.clone())?);
    }
    known_params(args, &projects)?;
    let is_alone = projects.len() == 1;
    let words = if is_alone {
        vec![Some(words)]
    } else {
        share_requests(&mut projects);
        let projects: Vec<&Project> = projects.iter().collect();
        select::share(&projects, &words).map_err(|error| Stop::usage(error.to_string()))?
    };
    let loaded = projects.into_iter().zip(words).zip(urls);
    let loaded = loaded.filter_map(|((project, words), url)| Some(Loaded { project, words: words?, url }));
    Ok((loaded.collect(), is_alone))
}

/// Refuses a `--param` of a name that no operation has.
fn known_params(args: &Check, projects: &[Project]) -> Result<(), Stop> {
    for param in &args.param {
        // What the configuration says under [check] is told of with its line.
        let Some((name, _)) = param.split_once('=') else { continue };
        if projects.iter().any(|project| unmatched::has_parameter(&project.contract, name)) {
            continue;
        }
        let known = projects.iter().flat_map(|project| unmatched::parameters(&project.contract));
        let known: BTreeSet<&str> = known.collect();
        let help = nearest(name, known);
        return Err(Stop::usage(format!("--param {param}: no operation has a parameter {name:?}; {help}")));
    }
    Ok(())
}

/// The address of a document's target: a flag goes before what `[[document]]` says, and that before `[check]`.
/// What is said for all is where a mock of all is.
fn url(args: &Check, asked: &Asked, config: &Config, is_alone: bool) -> Result<String, Stop> {
    let in_file = config.settings.check.flags.get("url").map(config::text);
    let flag = args.url.as_ref().filter(|url| Some(*url) != in_file.as_ref());
    let below = |url: &String| match asked.prefix.as_str() {
        "" => url.clone(),
        prefix => format!("{}{prefix}", url.trim_end_matches('/')),
    };
    let url = flag.map(below).or_else(|| asked.url.clone()).or_else(|| args.url.as_ref().map(below));
    url.ok_or_else(|| {
        let name = asked.name.as_deref().filter(|_| !is_alone);
        let missing = name.map_or_else(String::new, |name| format!(" for {name:?}, and so is `url` under its [[document]]"));
        let document = asked.doc.as_ref().or(config.settings.spec.as_ref());
        let example = document.and_then(|document| documents::service_here(document));
        let example = example.unwrap_or_else(|| "http://127.0.0.1:4010".to_owned());
        Stop::usage(format!(
            "--url is missing{missing}; give the address to which the document's paths are appended, for example --url {example}"
        ))
    })
}

/// A `[[check.request]]` of the configuration is for the documents that have its operation.
fn share_requests(projects: &mut [Project]) {
    let has = |project: &Project, operation: &str| project.contract.operation(operation).is_some();
    let foreign: Vec<Vec<String>> = projects
        .iter()
        .map(|project| {
            let named = project.settings.check.request.iter().map(|request| request.operation.clone());
            let is_elsewhere = |operation: &String| projects.iter().any(|other| has(other, operation));
            named.filter(|operation| !has(project, operation) && is_elsewhere(operation)).collect()
        })
        .collect();
    for (project, foreign) in projects.iter_mut().zip(foreign) {
        project.settings.check.request.retain(|request| !foreign.contains(&request.operation));
    }
}

/// Checks one document after the other, and settles what all of it means.
pub(super) async fn check(
    common: &Common,
    args: &Check,
    prepared: &mut [Prepared],
    (is_alone, shard): (bool, Shard),
) -> Result<Checked, Stop> {
    let begun = Instant::now();
    let mut several = Several::default();
    // Nothing is sent before all of it is known to be usable.
    let settings = |one: &Prepared| {
        Ok((policy_of(args, (&one.project, &one.target), shard)?, Kept::of(args, &one.project)?))
    };
    let settings: Vec<(Policy, Kept)> = prepared.iter().map(settings).collect::<Result<_, Stop>>()?;
    for (from, (policy, kept)) in prepared.iter_mut().zip(settings) {
        if is_alone {
            let (run, failed) = execute(common, &from.project, &from.target, &kept).await?;
            several.failed = failed;
            several.ran.push(Ran { run, policy, from });
            continue;
        }
        let target = &mut from.target;
        // The limits are those of the whole run.
        target.options.max_requests =
            args.max_requests.map(|most| shard.part_of(most).saturating_sub(several.sent()));
        target.options.deadline = args.deadline.map(|limit| limit.saturating_sub(begun.elapsed()));
        let base = target.client.base().to_owned();
        let from = &*from;
        let project = &from.project;
        let ended = if several.is_interrupted() {
            Some("the run was interrupted before")
        } else {
            (args.fail_fast && several.has_error()).then_some("--fail-fast ended the run before")
        };
        if let Some(why) = ended {
            several.documents.push(CheckedDocument::failed(&project.name, &base, why.to_owned()));
            continue;
        }
        match execute(common, project, &from.target, &kept).await {
            Ok((mut run, failed)) => {
                run.label(&project.name);
                several.failed = several.failed.or(failed);
                several.documents.append(&mut run.documents);
                several.ran.push(Ran { run, policy, from });
            }
            // The others may be well.
            Err(stop) if stop.code == IO => {
                several.documents.push(CheckedDocument::failed(&project.name, &base, stop.message.clone()));
                several.failed = several.failed.or(Some(stop));
            }
            Err(stop) => return Err(stop),
        }
    }
    several.settled(args, shard)
}

/// A document that was checked, and what it is judged by.
struct Ran<'p> {
    run: Run,
    policy: Policy,
    from: &'p Prepared,
}

/// The runs of several documents while they are made.
#[derive(Default)]
struct Several<'p> {
    ran: Vec<Ran<'p>>,
    documents: Vec<CheckedDocument>,
    failed: Option<Stop>,
}

impl Several<'_> {
    /// What is said of a document, in a run over several.
    fn told_of(&self, name: &str) -> Vec<CheckedDocument> {
        self.documents.iter().filter(|document| *document.name == *name).cloned().collect()
    }

    fn sent(&self) -> usize {
        let requests = |run: &Run| run.operations.iter().map(|operation| operation.requests).sum::<usize>();
        self.ran.iter().map(|ran| requests(&ran.run)).sum()
    }

    fn has_error(&self) -> bool {
        let is_error = |run: &Run| run.findings.iter().any(|finding| finding.severity == Severity::Error);
        self.ran.iter().any(|ran| is_error(&ran.run))
    }

    fn is_interrupted(&self) -> bool {
        self.failed.as_ref().is_some_and(|stop| stop.code == INTERRUPTED)
    }

    /// What all of it means; with the blob, where one is wanted and all documents could be checked to the end.
    fn settled(mut self, args: &Check, shard: Shard) -> Result<Checked, Stop> {
        let is_alone = self.documents.is_empty();
        let waivers: Vec<Vec<WaiverUse>> =
            self.ran.iter_mut().map(|ran| policy::accept(&mut ran.run, &ran.policy)).collect();
        let has_all = is_alone || self.documents.iter().all(|document| document.failed.is_none());
        let is_wanted = has_all && !self.is_interrupted() && blob::place(args)?.0.is_some();
        let found = self.ran.iter().zip(&waivers).map(|(ran, waivers)| Found {
            name: (!is_alone).then_some(&*ran.from.project.name),
            run: Run { documents: self.told_of(&ran.from.project.name), ..ran.run.clone() },
            policy: &ran.policy,
            waivers: waivers.clone(),
            project: &ran.from.project,
            target: &ran.from.target,
            prints: &ran.from.prints,
        });
        let octets = is_wanted.then(|| blob::octets(args, shard, found.collect())).transpose()?;
        let settling = self.ran.iter_mut().zip(waivers);
        let mut settling: Vec<_> =
            settling.map(|(ran, waivers)| (&mut ran.run, &ran.policy, waivers)).collect();
        policy::conclude(&mut settling);
        for ran in &mut self.ran {
            ran.from.project.texts.fill_lines(&mut ran.run);
        }
        let judged: Vec<Judged<'_>> = self
            .ran
            .iter()
            .map(|ran| ((!is_alone).then_some(&*ran.from.project.name), &ran.run, &ran.policy))
            .collect();
        let (code, why) = verdict(&judged);
        let mut runs: Vec<Run> = self.ran.into_iter().map(|ran| ran.run).collect();
        let run = if is_alone { runs.pop() } else { merged(self.documents, runs) };
        match (run, self.failed) {
            (Some(run), failed) => Ok(Checked { run, code, why, failed, blob: octets }),
            (None, failed) => Err(failed.unwrap_or_else(|| Stop::io("nothing was checked"))),
        }
    }
}
