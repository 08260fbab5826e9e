//! The documents that a mock serves, and their paths.

#![expect(clippy::disallowed_methods, reason = "finds out what is a path and what a prefix")]

use std::path::{Path, PathBuf};

use crate::cli::args::{Common, Mock};
use crate::cli::documents::{self, Asked};
use crate::cli::output::{Stop, tell as say};
use crate::cli::{diagnostics, disk, fs};
use crate::config::webhook::Webhook;
use crate::contract::{self, Contract};
use crate::mock::scenario;
use crate::project::{Config, Inputs, Project};

/// A document and the path below which it is served.
pub(super) struct Mounted {
    pub prefix: String,
    pub project: Project,
    /// The configuration that was read for it; empty where there is none.
    config: String,
}

/// Loads the documents that the arguments name, else all of the configuration.
pub(super) fn load(common: &Common, args: &Mock, config: &Config) -> Result<Vec<Mounted>, Stop> {
    let mut asked = asked(&args.doc, config)?;
    documents::give_overlays(&common.overlay, &mut asked)?;
    let mut mounted: Vec<Mounted> = Vec::new();
    for one in asked {
        let prefix = one.prefix.clone();
        let mut project = disk::load(common, one, config.clone())?;
        if let Some(other) = mounted.iter().find(|other| other.project.name == project.name) {
            return Err(Stop::usage(format!(
                "two documents have the name {:?} and would share their fixtures; give them names under [[document]]",
                other.project.name
            )));
        }
        if let Some(other) = mounted.iter().find(|other| other.prefix == prefix) {
            return Err(Stop::usage(format!(
                "{} and {} are both served at {:?}; give each its own prefix",
                other.project.name, project.name, prefix
            )));
        }
        if !config.name.is_empty()
            && let Ok(text) = fs::read(&config.name)
        {
            project.texts.add(&config.name, &text);
        }
        if args.strict {
            project.problems.extend(contract::lint(&project.contract));
        }
        mounted.push(Mounted { prefix, project, config: config.name.clone() });
    }
    let contracts: Vec<&Contract> = mounted.iter().map(|one| &*one.project.contract).collect();
    let idle = scenario::idle(&config.settings.scenario, &contracts);
    if let Some(first) = mounted.first_mut() {
        first.project.problems.extend(idle);
    }
    Ok(mounted)
}

fn asked(docs: &[String], config: &Config) -> Result<Vec<Asked>, Stop> {
    if docs.is_empty() && !config.settings.document.is_empty() {
        return documents::all(config);
    }
    let is_alone = docs.len() <= 1;
    let mut asked = Vec::new();
    for text in docs {
        let pair = text.split_once('=').filter(|_| text.starts_with('/') && !Path::new(text).exists());
        asked.push(match pair {
            Some((prefix, doc)) => {
                Asked { prefix: documents::normal(prefix)?, ..documents::one(Some(doc), config)? }
            }
            None if is_alone => documents::one(Some(text), config)?,
            None => {
                return Err(Stop::usage(format!(
                    "{text}: with several documents, give each the path to serve it at, for example /pets=pets.yaml"
                )));
            }
        });
    }
    if asked.is_empty() {
        asked.push(documents::one(None, config)?);
    }
    Ok(asked)
}

/// Says what is wrong with documents, fixtures and configuration, unless just that was said before.
pub(super) fn tell(
    common: &Common,
    args: &Mock,
    mounted: &[Mounted],
    before: &mut String,
) -> Result<(), Stop> {
    let faulty = || mounted.iter().map(|one| &one.project).filter(|project| !project.problems.is_empty());
    let shown: String =
        faulty().map(|project| diagnostics::show(&project.problems, &project.texts)).collect();
    if args.strict && !shown.is_empty() {
        let mut stop = Stop::usage(format!(
            "the mock does not start, because --strict is set and there are problems\n{}",
            shown.trim_end()
        ));
        stop.objects =
            faulty().flat_map(|project| diagnostics::objects(&project.problems, &project.texts)).collect();
        return Err(stop);
    }
    if shown != *before && !common.quiet {
        faulty().for_each(|project| diagnostics::tell(&project.problems, &project.texts));
    }
    let follows = |one: &Mounted| one.project.settings.webhook.iter().any(Webhook::follows_changes);
    if !args.stateful && !common.quiet && mounted.iter().any(follows) {
        say(
            "warning",
            "[[webhook]] with `on` or `of` follows changes of the state, which is kept with --stateful alone",
        );
    }
    *before = shown;
    Ok(())
}

/// Everything that was read, for `--watch`.
pub(super) fn inputs(mounted: &[Mounted], args: &Mock) -> Inputs {
    let mut all = Inputs::default();
    for one in mounted {
        all.files.extend(one.project.inputs.files.iter().cloned());
        all.fixtures.extend(one.project.inputs.fixtures.iter().cloned());
    }
    // Where there is no configuration, one may come.
    let config = mounted.first().map(|one| one.config.as_str()).filter(|name| !name.is_empty());
    all.files.push(PathBuf::from(config.unwrap_or("counterpart.toml")));
    all.files.extend(args.keys.as_ref().map(PathBuf::from));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn places(docs: &[&str]) -> Result<Vec<(String, Option<String>)>, Stop> {
        let docs: Vec<String> = docs.iter().map(|doc| (*doc).to_owned()).collect();
        let asked = asked(&docs, &Config::default())?;
        Ok(asked.into_iter().map(|one| (one.prefix, one.doc)).collect())
    }

    #[rstest]
    #[case(&["a.yaml"], &[("", "a.yaml")])]
    #[case(&["/a/=a.yaml", "/b=x=y.yaml"], &[("/a", "a.yaml"), ("/b", "x=y.yaml")])]
    fn documents_by_prefix(#[case] docs: &[&str], #[case] expected: &[(&str, &str)]) {
        let found = places(docs).unwrap();
        let found: Vec<_> =
            found.iter().map(|(prefix, doc)| (prefix.as_str(), doc.as_deref().unwrap_or_default())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn several_need_prefixes() {
        assert_eq!(places(&[]).unwrap(), [(String::new(), None)]);
        assert!(places(&["/a=a.yaml", "b.yaml"]).unwrap_err().message.contains("/pets=pets.yaml"));
    }
}
