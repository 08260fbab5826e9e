//! The documents that a mock serves, and their paths.

#![expect(clippy::disallowed_methods, reason = "finds out which paths lead to the same file")]

use std::path::{Path, PathBuf};

use crate::cli::args::{Common, Mock};
use crate::cli::output::Stop;
use crate::cli::{diagnostics, disk, fs};
use crate::config::document::Document;
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

/// A document that is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    prefix: String,
    name: Option<String>,
    doc: Option<String>,
}

/// Loads the documents that the arguments name, else all of the configuration.
pub(super) fn load(common: &Common, args: &Mock, config: &Config) -> Result<Vec<Mounted>, Stop> {
    let wanted = wanted(&args.doc, config)?;
    let mut mounted: Vec<Mounted> = Vec::new();
    for Wanted { prefix, name, doc } in wanted {
        let mut project = disk::named(common, doc.as_deref(), name.as_deref(), config.clone())?;
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

fn wanted(docs: &[String], config: &Config) -> Result<Vec<Wanted>, Stop> {
    let all = &config.settings.document;
    let place = |document: &Document| {
        let is_address = document.spec.contains("://");
        let below = || config.folder.join(&document.spec).display().to_string();
        if is_address { document.spec.clone() } else { below() }
    };
    if docs.is_empty() && !all.is_empty() {
        let of = |document: &Document| {
            let prefix = normal(&document.prefix)?;
            Ok(Wanted { prefix, name: Some(document.name.clone()), doc: Some(place(document)) })
        };
        return all.iter().map(of).collect();
    }
    let named = |doc: &str| {
        let is_it = |document: &&Document| {
            let real = |path: &str| Path::new(path).canonicalize().ok();
            let there = real(&place(document));
            there.is_some() && there == real(doc)
        };
        all.iter().find(is_it).map(|document| document.name.clone())
    };
    let is_alone = docs.len() <= 1;
    let mut wanted = Vec::new();
    for text in docs {
        let pair = text.split_once('=').filter(|_| text.starts_with('/') && !Path::new(text).exists());
        wanted.push(match pair {
            Some((prefix, doc)) => {
                Wanted { prefix: normal(prefix)?, name: named(doc), doc: Some(doc.to_owned()) }
            }
            None if is_alone => Wanted { prefix: String::new(), name: named(text), doc: Some(text.clone()) },
            None => {
                return Err(Stop::usage(format!(
                    "{text}: with several documents, give each the path to serve it at, for example /pets=pets.yaml"
                )));
            }
        });
    }
    if wanted.is_empty() {
        wanted.push(Wanted { prefix: String::new(), name: None, doc: None });
    }
    Ok(wanted)
}

/// A prefix without the slash at its end.
fn normal(prefix: &str) -> Result<String, Stop> {
    let trimmed = prefix.trim_end_matches('/');
    if trimmed.is_empty() || trimmed.starts_with('/') {
        return Ok(trimmed.to_owned());
    }
    Err(Stop::usage(format!("the prefix {prefix:?} does not begin with a slash; write \"/{trimmed}\"")))
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

    fn asked(docs: &[&str]) -> Result<Vec<(String, Option<String>)>, Stop> {
        let docs: Vec<String> = docs.iter().map(|doc| (*doc).to_owned()).collect();
        let wanted = wanted(&docs, &Config::default())?;
        Ok(wanted.into_iter().map(|one| (one.prefix, one.doc)).collect())
    }

    #[rstest]
    #[case(&["a.yaml"], &[("", "a.yaml")])]
    #[case(&["/a/=a.yaml", "/b=x=y.yaml"], &[("/a", "a.yaml"), ("/b", "x=y.yaml")])]
    fn documents_by_prefix(#[case] docs: &[&str], #[case] expected: &[(&str, &str)]) {
        let found = asked(docs).unwrap();
        let found: Vec<_> =
            found.iter().map(|(prefix, doc)| (prefix.as_str(), doc.as_deref().unwrap_or_default())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn several_need_prefixes() {
        assert_eq!(asked(&[]).unwrap(), [(String::new(), None)]);
        assert!(asked(&["/a=a.yaml", "b.yaml"]).unwrap_err().message.contains("/pets=pets.yaml"));
        assert!(normal("pets/").unwrap_err().message.contains("write \"/pets\""));
    }
}
