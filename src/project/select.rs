//! Which operations and rules a check is about.

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

/// `--actions`: actions and settings that may be sent although nothing names them.
pub fn actions(project: &Project, globs: &[String]) -> Result<BTreeSet<OperationId>, SelectError> {
    let operations = &project.contract.operations;
    let mut allowed = BTreeSet::new();
    for glob in globs {
        let fits = operations.iter().filter(|operation| {
            policy::fits(glob, &operation.id)
                || policy::fits(glob, operation.path())
                || operation.tags.iter().any(|tag| policy::fits(glob, tag))
        });
        let fits: Vec<OperationId> = fits.map(|operation| operation.index).collect();
        if fits.is_empty() {
            let known = operations.iter().map(|operation| operation.id.as_str());
            let help = nearest(glob, known);
            return Err(SelectError(format!(
                "--actions: no operation, tag or path matches {glob:?}; {help}"
            )));
        }
        allowed.extend(fits);
    }
    Ok(allowed)
}

/// `--only` and `--skip`: operations, tags, rules, families, path globs.
pub fn select(
    project: &Project,
    only: &[String],
    skip: &[String],
    settings: &mut PlanSettings,
) -> Result<(), SelectError> {
    let operations = &project.contract.operations;
    let of = |word: &str| -> Result<(Vec<OperationId>, Option<Selector>), SelectError> {
        let (kind, name) = match word.split_once(':') {
            Some((kind @ ("op" | "tag" | "rule"), name)) => (Some(kind), name),
            _ => (None, word),
        };
        let wants = |what: &str| kind.is_none_or(|kind| kind == what);
        let picked = operations.iter().filter(|operation| {
            (wants("op") && policy::fits(name, &operation.id))
                || (wants("tag") && operation.tags.iter().any(|tag| tag == name))
                || (kind.is_none() && name.starts_with('/') && policy::fits(name, operation.path()))
        });
        let picked: Vec<OperationId> = picked.map(|operation| operation.index).collect();
        let named: Option<Selector> = name.parse().ok().filter(|_| wants("rule"));
        if picked.is_empty() && named.is_none() {
            let known = operations
                .iter()
                .map(|o| o.id.as_str())
                .chain(Rule::ALL.iter().map(|rule| rule.name()))
                .chain(Family::ALL.iter().map(|family| family.name()));
            let words: Vec<&str> = known.collect();
            let near = nearest(name, words.iter().copied());
            let help = if near.starts_with("did") {
                near
            } else {
                "`counterpart list` shows the operations".to_owned()
            };
            return Err(SelectError(format!("no operation, tag, rule or path matches {word:?}; {help}")));
        }
        Ok((picked, named))
    };
    let mut wanted_operations = BTreeSet::new();
    let mut wanted_rules: Vec<Selector> = Vec::new();
    for word in only {
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
