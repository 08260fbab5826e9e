//! Which operations and rules a check is about.

mod findings;

use std::collections::BTreeSet;

use super::Project;
use crate::check::{ONLY, Settings as PlanSettings};
use crate::config::nearest;
use crate::contract::OperationId;
use crate::rules::{Family, Rule, Selector};
use crate::run::policy;

/// A word that names no operation, tag, path or rule; it says which ones are near.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectError(String);

pub use findings::{Reported, are_meant as names_findings};

/// The words of `--only`, `--skip` and `--actions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// `--only`.
    pub only: Vec<String>,
    /// `--skip`.
    pub skip: Vec<String>,
    /// `--actions`.
    pub actions: Vec<String>,
    /// The findings of an earlier run, for ids that the document says nothing about.
    pub reported: Vec<Reported>,
    /// Whether responses are compared with snapshots, of which the document says nothing either.
    pub has_snapshots: bool,
}

/// The words for each of several documents: those that mean something there. `None` stands for a document of
/// which `--only` selects no operation.
///
/// # Errors
/// A word means nothing in any document.
pub fn share(projects: &[&Project], words: &Words) -> Result<Vec<Option<Words>>, SelectError> {
    let Some(first) = projects.first() else { return Ok(Vec::new()) };
    if findings::are_meant(&words.only) {
        return findings::share(projects, words);
    }
    for word in words.only.iter().chain(&words.skip) {
        if !projects.iter().any(|project| fits(project, word)) {
            return Err(unknown(first, word));
        }
    }
    for glob in &words.actions {
        if glob != ALL && !projects.iter().any(|project| !acting(project, glob).is_empty()) {
            return Err(no_action(first, glob));
        }
    }
    let selects = |project: &Project, word: &String| !meaning(project, word).0.is_empty();
    let is_about_operations =
        words.only.iter().any(|word| projects.iter().any(|project| selects(project, word)));
    let of = |project: &&Project| {
        let is_left_out = is_about_operations && !words.only.iter().any(|word| selects(project, word));
        let kept = |words: &[String]| words.iter().filter(|word| fits(project, word)).cloned().collect();
        let acting = |glob: &&String| !acting(project, glob).is_empty();
        (!is_left_out).then(|| Words {
            only: kept(&words.only),
            skip: kept(&words.skip),
            actions: words.actions.iter().filter(acting).cloned().collect(),
            reported: Vec::new(),
            has_snapshots: words.has_snapshots,
        })
    };
    Ok(projects.iter().map(of).collect())
}

/// Names every operation, also where there is none: a document may be about webhooks alone.
const ALL: &str = "*";

fn fits(project: &Project, word: &str) -> bool {
    let (picked, named) = meaning(project, word);
    !picked.is_empty() || named.is_some()
}

/// The operations that a glob of `--actions` covers.
fn acting(project: &Project, glob: &str) -> Vec<OperationId> {
    let fits = project.contract.operations.iter().filter(|operation| {
        policy::fits(glob, &operation.id)
            || policy::fits(glob, operation.path())
            || operation.tags.iter().any(|tag| policy::fits(glob, tag))
    });
    fits.map(|operation| operation.index).collect()
}

fn no_action(project: &Project, glob: &str) -> SelectError {
    no_match(project, "--actions", glob)
}

fn no_match(project: &Project, whose: &str, glob: &str) -> SelectError {
    let known = project.contract.operations.iter().map(|operation| operation.id.as_str());
    let help = nearest(glob, known);
    SelectError(format!("{whose}: no operation, tag or path matches {glob:?}; {help}"))
}

/// The operations and the rule or family that a word of `--only` or `--skip` means.
fn meaning(project: &Project, word: &str) -> (Vec<OperationId>, Option<Selector>) {
    let (kind, name) = match word.split_once(':') {
        Some((kind @ ("op" | "tag" | "rule"), name)) => (Some(kind), name),
        _ => (None, word),
    };
    let wants = |what: &str| kind.is_none_or(|kind| kind == what);
    let picked = project.contract.operations.iter().filter(|operation| {
        (wants("op") && policy::fits(name, &operation.id))
            || (wants("tag") && operation.tags.iter().any(|tag| tag == name))
            || (kind.is_none() && name.starts_with('/') && policy::fits(name, operation.path()))
    });
    let named = name.parse().ok().filter(|_| wants("rule"));
    (picked.map(|operation| operation.index).collect(), named)
}

fn unknown(project: &Project, word: &str) -> SelectError {
    let name = match word.split_once(':') {
        Some(("op" | "tag" | "rule", name)) => name,
        _ => word,
    };
    let operations = project.contract.operations.iter();
    let tags = operations.clone().flat_map(|operation| &operation.tags).map(AsRef::as_ref);
    let known = operations
        .map(|o| o.id.as_str())
        .chain(tags)
        .chain(Rule::ALL.iter().map(|rule| rule.name()))
        .chain(Family::ALL.iter().map(|family| family.name()));
    let words: Vec<&str> = known.collect();
    let near = nearest(name, words.iter().copied());
    let help =
        if near.starts_with("did") { near } else { "`counterpart list` shows the operations".to_owned() };
    SelectError(format!("no operation, tag, rule or path matches {word:?}; {help}"))
}

/// `--actions`: actions and settings that may be sent although nothing names them.
pub fn actions(project: &Project, globs: &[String]) -> Result<BTreeSet<OperationId>, SelectError> {
    let mut allowed = BTreeSet::new();
    for glob in globs {
        let fits = acting(project, glob);
        if fits.is_empty() && glob != ALL {
            return Err(no_action(project, glob));
        }
        allowed.extend(fits);
    }
    Ok(allowed)
}

/// `denied` under `[[keys]]`: operations that a key may not call, and what is wrong with globs that match nothing
/// in this document.
pub fn denied(project: &Project, key: &str, globs: &[String]) -> (BTreeSet<OperationId>, Vec<SelectError>) {
    let mut denied = BTreeSet::new();
    let mut unknown = Vec::new();
    for glob in globs {
        let fits = acting(project, glob);
        if fits.is_empty() {
            unknown.push(no_match(project, &format!("`denied` of the key {key:?}"), glob));
        }
        denied.extend(fits);
    }
    (denied, unknown)
}

/// `--only` and `--skip`: operations, tags, rules, families, path globs, and ids of findings.
pub fn select(project: &Project, words: &Words, settings: &mut PlanSettings) -> Result<(), SelectError> {
    let Words { only, skip, .. } = words;
    let operations = &project.contract.operations;
    let of = |word: &str| -> Result<(Vec<OperationId>, Option<Selector>), SelectError> {
        if fits(project, word) { Ok(meaning(project, word)) } else { Err(unknown(project, word)) }
    };
    let mut wanted_operations = BTreeSet::new();
    let mut wanted_rules: Vec<Selector> = Vec::new();
    let are_findings = findings::are_meant(only);
    if are_findings {
        findings::choose(project, words, settings)?;
    }
    for word in only.iter().filter(|_| !are_findings) {
        let (picked, named) = of(word)?;
        wanted_operations.extend(picked);
        wanted_rules.extend(named);
    }
    if !wanted_operations.is_empty() {
        for operation in operations.iter().filter(|operation| !wanted_operations.contains(&operation.index)) {
            settings.skipped.insert(operation.index, ONLY.to_owned());
        }
    }
    if !wanted_rules.is_empty() {
        let is_wanted = |rule: Rule| wanted_rules.iter().any(|wanted| wanted.covers(rule));
        for rule in Rule::ALL.iter().filter(|rule| !is_wanted(**rule)) {
            settings.muted.insert(*rule);
        }
    }
    for word in skip {
        let (picked, named) = of(word)?;
        for index in picked {
            settings.skipped.insert(index, "--skip".to_owned());
        }
        if let Some(named) = named {
            settings.muted.insert(named);
        }
    }
    Ok(())
}
