//! Decisions in a file: a review here or elsewhere writes it, and `--apply` carries it out.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decisions::Outcome;
use super::waiting::{Decision, Waiting};
use crate::cli::fs;
use crate::cli::output::Stop;
use crate::config::nearest;
use crate::report::safe;
use crate::run::pending::Change;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// Says what the file is.
    format: Format,
    decisions: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "counterpart-review-1")]
    First,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// `<doc>/<name>.snap`.
    snapshot: String,
    decision: Decision,
    /// What was decided about: a digest of the snapshot before and after.
    sha256: String,
    /// The changes that are accepted in a snapshot that is skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Change>,
}

/// The decisions as a file. What is skipped without anything accepted in it is left out.
pub(super) fn write(decided: &[Outcome<'_>]) -> String {
    let is_decided =
        |outcome: &&Outcome<'_>| outcome.decision != Decision::Skip || !outcome.accepted.is_empty();
    let entry = |outcome: &Outcome<'_>| Entry {
        snapshot: outcome.waiting.name.clone(),
        decision: outcome.decision,
        sha256: digest(outcome.waiting),
        accepted: outcome.accepted.clone(),
    };
    let decisions = decided.iter().filter(is_decided).map(entry).collect();
    let saved = Saved { format: Format::First, decisions };
    serde_json::to_string_pretty(&saved).unwrap_or_default() + "\n"
}

/// Reads a file of decisions about what waits. What is not in it is skipped. One decision that does not fit
/// refuses the whole file.
pub(super) fn read<'w>(path: &Path, waiting: &'w [Waiting]) -> Result<Vec<Outcome<'w>>, Stop> {
    let text = fs::text(path)?
        .ok_or_else(|| Stop::usage(format!("--apply {}: there is no such file", path.display())))?;
    let saved: Saved = serde_json::from_str(&text).map_err(|error| {
        Stop::usage(format!(
            "--apply {}: it is not a file of decisions, which review --save writes: {}",
            path.display(),
            safe(&error.to_string())
        ))
    })?;
    decided(saved, waiting).map_err(|complaints| {
        let mut message = format!("--apply {}: nothing was written", path.display());
        for complaint in complaints {
            let _ = write!(message, "\n  {}", safe(&complaint));
        }
        Stop::usage(message)
    })
}

/// The outcome for everything that waits, or what does not fit.
fn decided(saved: Saved, waiting: &[Waiting]) -> Result<Vec<Outcome<'_>>, Vec<String>> {
    let skipped = |waiting| Outcome { waiting, decision: Decision::Skip, accepted: Vec::new() };
    let mut outcomes: Vec<Outcome<'_>> = waiting.iter().map(skipped).collect();
    // What an earlier review accepted in part stays so.
    for outcome in &mut outcomes {
        outcome.accepted.clone_from(&outcome.waiting.note.accepted);
    }
    let mut complaints = Vec::new();
    let mut known = HashSet::new();
    for entry in saved.decisions {
        let name = &entry.snapshot;
        let Some(outcome) = outcomes.iter_mut().find(|outcome| outcome.waiting.name == *name) else {
            let near = nearest(name, waiting.iter().map(|one| one.name.as_str()));
            let near = if near.starts_with("did") { format!("; {near}") } else { String::new() };
            complaints.push(format!("{name} does not wait for review{near}"));
            continue;
        };
        let changes = &outcome.waiting.note.changes;
        if !known.insert(name.clone()) {
            complaints.push(format!("{name} is decided about twice"));
        } else if entry.sha256 != digest(outcome.waiting) {
            complaints.push(format!("{name} is not as it was when it was decided about; review it again"));
        } else if let Some(other) = entry.accepted.iter().find(|change| !changes.contains(change)) {
            complaints.push(format!("{name} has no change `{}`", other.change));
        } else {
            outcome.decision = entry.decision;
            outcome.accepted = if entry.decision == Decision::Skip { entry.accepted } else { Vec::new() };
        }
    }
    if complaints.is_empty() { Ok(outcomes) } else { Err(complaints) }
}

/// A digest of what a person sees of a snapshot: its contents before and after.
fn digest(one: &Waiting) -> String {
    let mut hash = Sha256::new();
    let old = one.old.as_ref().map_or("", |old| old.contents.as_str());
    for part in [one.name.as_str(), one.remark(), old, one.new.contents.as_str()] {
        // The length first: no text can be mistaken for the end of the one before it.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().fold(String::new(), |mut out, octet| {
        let _ = write!(out, "{octet:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::review::waiting::Kind;
    use crate::run::pending::Label;
    use crate::snapshot::Note;
    use crate::snapshot::file::File;
    use rstest::rstest;

    fn change() -> Change {
        Change { change: "+ /a".to_owned(), label: Label::Allowed }
    }

    fn waiting(contents: &str) -> Vec<Waiting> {
        ["api/a.200.snap", "api/b.200.snap"]
            .map(|name| Waiting {
                name: name.to_owned(),
                path: name.into(),
                text: String::new(),
                kind: Kind::Changed,
                old: Some(File { contents: "old".to_owned(), ..File::default() }),
                new: File { contents: contents.to_owned(), ..File::default() },
                note: Note { changes: vec![change()], ..Note::default() },
            })
            .into()
    }

    fn saved() -> String {
        let waiting = waiting("new");
        let decided = [
            Outcome { waiting: &waiting[0], decision: Decision::Accept, accepted: Vec::new() },
            Outcome { waiting: &waiting[1], decision: Decision::Skip, accepted: vec![change()] },
        ];
        write(&decided)
    }

    fn applied(text: &str, contents: &str) -> Result<Vec<Decision>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.json");
        fs::write(&path, text.as_bytes()).unwrap();
        let waiting = waiting(contents);
        let outcomes = read(&path, &waiting).map_err(|stop| stop.message)?;
        Ok(outcomes.into_iter().map(|outcome| outcome.decision).collect())
    }

    #[test]
    fn what_is_saved_is_read_again() {
        assert_eq!(applied(&saved(), "new"), Ok(vec![Decision::Accept, Decision::Skip]));
    }

    #[rstest]
    #[case::changed(saved(), "newer", "api/a.200.snap is not as it was when it was decided about")]
    #[case::unknown(saved().replace("api/a", "api/c"), "new", "api/c.200.snap does not wait for review; did you mean")]
    #[case::twice(saved().replace("api/b", "api/a"), "new", "api/a.200.snap is decided about twice")]
    #[case::other_change(saved().replace("+ /a", "+ /z"), "new", "api/b.200.snap has no change `+ /z`")]
    #[case::typo(saved().replace("\"accept\"", "\"acept\""), "new", "unknown variant `acept`")]
    #[case::other_key(saved().replace("sha256", "sha1"), "new", "unknown field `sha1`")]
    #[case::other_file("{}".to_owned(), "new", "it is not a file of decisions")]
    #[case::empty(String::new(), "new", "it is not a file of decisions")]
    fn what_does_not_fit_refuses_the_file(#[case] text: String, #[case] contents: &str, #[case] told: &str) {
        let message = applied(&text, contents).unwrap_err();
        assert!(message.contains(told), "{message}");
    }
}
