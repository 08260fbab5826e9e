//! OpenAPI Overlay 1.0 and 1.1: changes to a document that is not ours to change.
//!
//! Overlays are applied to the tree as it was written, before references are followed and before Swagger 2 is
//! converted. [`Origins`] remembers which nodes come from an overlay, so that places lead back to it.

mod change;
mod read;

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::jsonpath::Exhausted;
use super::origins::Origins;
use super::{Level, Place, Problem, bundle};
use change::{Changing, Failure, Limits};
use read::{Action, Overlay};

/// Problems of the overlays of one document that are listed one by one.
const MOST_PROBLEMS: usize = 50;

/// Applies overlays in order. An overlay is the user's own file, so one that has an error ends the loading.
pub(super) fn apply(
    document: &Arc<str>,
    tree: Value,
    overlays: &[(String, Vec<u8>)],
) -> Result<(Value, Origins, Vec<Problem>), Vec<Problem>> {
    within(Limits::default(), document, tree, overlays)
}

fn within(
    limits: Limits,
    document: &Arc<str>,
    tree: Value,
    overlays: &[(String, Vec<u8>)],
) -> Result<(Value, Origins, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut read = Vec::new();
    for (file, octets) in overlays {
        read.extend(read::read(&file.as_str().into(), octets, &mut problems));
    }
    refuse_errors(&mut problems)?;
    let mut changing = Changing::new(tree, limits);
    for overlay in &read {
        problems.extend(elsewhere(document, overlay));
        actions(&mut changing, overlay, &mut problems);
    }
    refuse_errors(&mut problems)?;
    let (tree, origins) = changing.end();
    Ok((tree, origins, listed(problems)))
}

fn refuse_errors(problems: &mut Vec<Problem>) -> Result<(), Vec<Problem>> {
    let has_error = problems.iter().any(|problem| problem.level == Level::Error);
    if has_error { Err(listed(std::mem::take(problems))) } else { Ok(()) }
}

/// The first problems, errors before warnings, and how many more there are: looking a place up takes time.
fn listed(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.level));
    let rest = problems.split_off(problems.len().min(MOST_PROBLEMS));
    problems.extend(rest.first().map(|first| {
        let message = format!("{} more problems of overlays", rest.len());
        Problem { level: first.level, place: Place::new(&first.place.file, ""), message, help: None }
    }));
    problems
}

fn actions(changing: &mut Changing, overlay: &Overlay, problems: &mut Vec<Problem>) {
    for action in &overlay.actions {
        match changing.carry_out(action, overlay) {
            Ok(true) => {}
            Ok(false) => problems.push(selects_nothing(overlay, action)),
            Err(Failure::Exhausted(Exhausted)) => {
                let place = Place::new(&overlay.file, action.pointer.as_str());
                let message = "the overlays change or look at more nodes than is allowed";
                problems
                    .push(Problem::error(place, message).help("use fewer `..` and filters in the targets"));
                return;
            }
            Err(Failure::Problem(problem)) => problems.push(*problem),
        }
    }
}

fn selects_nothing(overlay: &Overlay, action: &Action) -> Problem {
    let place = Place::new(&overlay.file, format!("{}/target", action.pointer));
    Problem::warning(place, format!("the target {:?} selects nothing", action.text))
        .help("the action changes nothing; check the target against the document as it is written")
}

/// The document that an overlay says it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extends {
    /// As it is written.
    pub written: String,
    /// As it is seen from the place of the overlay (OpenAPI Overlay 1.0 §4.3).
    pub place: String,
}

impl Extends {
    fn of(overlay: &Overlay) -> Option<Self> {
        let written = overlay.extends.clone()?;
        let place = bundle::absolute(&overlay.file, &written);
        Some(Self { written, place })
    }

    /// What an overlay says; `None` where it says nothing.
    ///
    /// # Errors
    /// What is wrong with the overlay.
    pub fn read(file: &str, octets: &[u8]) -> Result<Option<Self>, Vec<Problem>> {
        let mut problems = Vec::new();
        let overlay = read::read(&file.into(), octets, &mut problems);
        refuse_errors(&mut problems)?;
        Ok(overlay.as_ref().and_then(Self::of))
    }

    /// Whether a document has the file name of the one that is meant, as its copies have.
    pub fn is_called_like(&self, document: &str) -> bool {
        let file_name = |name: &str| {
            let path = name.split(['?', '#']).next().unwrap_or(name);
            let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
            percent_decode_str(last).decode_utf8_lossy().into_owned()
        };
        file_name(&self.written) == file_name(document)
    }
}

/// Whether an overlay says that it is for another document. Copies of a document have its file name.
fn elsewhere(document: &Arc<str>, overlay: &Overlay) -> Option<Problem> {
    let extends = Extends::of(overlay)?;
    let is_it = &**document == "-" || extends.place == **document || extends.is_called_like(document);
    let extends = extends.written;
    (!is_it).then(|| {
        let message = format!("the overlay is for {extends:?}, and it is applied to {document}");
        Problem::warning(Place::new(&overlay.file, "/extends"), message)
            .help("check that it belongs to this document; it is applied all the same")
    })
}

#[cfg(test)]
mod tests;
