//! `--only finding:ID`: a run about single findings.

use crate::check::again::{self, Lookup};
use crate::check::{Settings as PlanSettings, Sought};
use crate::project::Project;
use crate::rules::Rule;
use crate::run::policy::{FindingId, NoFindingId};

use super::{SelectError, Words};

/// What such words begin with.
const PREFIX: &str = "finding:";

/// A finding of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub rule: Rule,
    /// First digit of the status of the response; 0 where there was none.
    pub class: u16,
    /// Ids of its operations.
    pub operations: Vec<String>,
    /// Name of its document, in a run over several.
    pub document: Option<String>,
}

/// Whether `--only` names findings.
pub fn are_meant(only: &[String]) -> bool {
    only.iter().any(|word| word.starts_with(PREFIX))
}

/// The words for each of several documents: the findings that it may have.
pub(super) fn share(projects: &[&Project], words: &Words) -> Result<Vec<Option<Words>>, SelectError> {
    let mut only: Vec<Vec<String>> = vec![Vec::new(); projects.len()];
    for id in ids(words)? {
        let mut sought = Vec::new();
        for project in projects {
            let settings = project.plan_settings(true).map_err(|error| SelectError(error.to_string()))?;
            sought.push(seek(project, words, &settings, &id)?);
        }
        let is_known = sought.iter().any(|known| matches!(known, Known::As(_)));
        let is_open = sought.iter().any(|known| matches!(known, Known::Perhaps(_)));
        if !is_known && !is_open {
            return Err(unknown(&id));
        }
        for (known, only) in sought.iter().zip(&mut only) {
            let fits = matches!(known, Known::As(_)) || (!is_known && matches!(known, Known::Perhaps(_)));
            only.extend(fits.then(|| format!("{PREFIX}{id}")));
        }
    }
    let of = |only: Vec<String>| (!only.is_empty()).then(|| Words { only, ..words.clone() });
    Ok(only.into_iter().map(of).collect())
}

/// Leaves out of a run whatever says nothing about the findings.
pub(super) fn choose(
    project: &Project,
    words: &Words,
    settings: &mut PlanSettings,
) -> Result<(), SelectError> {
    let mut sought = Vec::new();
    for id in ids(words)? {
        match seek(project, words, settings, &id)? {
            Known::As(known) | Known::Perhaps(known) => sought.push(known),
            Known::Not => return Err(unknown(&id)),
        }
    }
    again::choose(&project.contract, &project.resources(), sought, settings);
    Ok(())
}

/// What is known of an id.
enum Known {
    /// What it stands for.
    As(Sought),
    /// Nothing, but the document may have it.
    Perhaps(Sought),
    /// That the document has no such finding.
    Not,
}

fn seek(project: &Project, words: &Words, settings: &PlanSettings, id: &str) -> Result<Known, SelectError> {
    let contract = &project.contract;
    let wanted: FindingId = id.parse().map_err(no_id)?;
    let bare = Sought { id: id.to_owned(), document: project.name.clone(), ..Sought::default() };
    let Lookup { found, is_complete } =
        again::find(contract, &project.resources(), settings, &project.name, wanted);
    if let Some(found) = found {
        let operations = found.operations.iter().filter_map(|index| contract.at(*index));
        let operations = operations.map(|operation| operation.id.clone()).collect();
        return Ok(Known::As(Sought { rule: Some(found.rule), class: found.class, operations, ..bare }));
    }
    let is_ours = |known: &&Reported| {
        known.id == id
            && known.operations.iter().any(|operation| contract.operation(operation).is_some())
            && known.document.as_ref().is_none_or(|document| *document == project.name)
    };
    if let Some(known) = words.reported.iter().find(is_ours) {
        let operations = known.operations.clone();
        return Ok(Known::As(Sought { rule: Some(known.rule), class: known.class, operations, ..bare }));
    }
    Ok(if is_complete && !words.has_snapshots && !wanted.is_of_a_habit() {
        Known::Not
    } else {
        Known::Perhaps(bare)
    })
}

/// The ids that `--only` names.
fn ids(words: &Words) -> Result<Vec<String>, SelectError> {
    let mut ids = Vec::new();
    for word in &words.only {
        let Some(id) = word.strip_prefix(PREFIX) else {
            let why = format!("--only: {word:?} cannot go with {PREFIX}ID; name findings alone");
            return Err(SelectError(why));
        };
        let id: FindingId = id.parse().map_err(no_id)?;
        let id = id.to_string();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn no_id(why: NoFindingId) -> SelectError {
    let NoFindingId(text) = why;
    SelectError(format!("--only {PREFIX}{text}: an id of a finding has 12 hex digits"))
}

fn unknown(id: &str) -> SelectError {
    SelectError(format!(
        "--only {PREFIX}{id}: no operation of the document can have a finding with this id; if the document has changed since, name the report that has it: --report json=FILE"
    ))
}
