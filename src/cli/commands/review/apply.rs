//! Carries out decisions, all of them or none.
//!
//! They are written to one file first. If the process is killed, the next review of the same folders finishes
//! the work.

#![expect(clippy::disallowed_methods, reason = "looks for folders of snapshots")]

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::decisions::{Outcome, Totals};
use super::saved;
use super::waiting::{Decision, Folders, Kind, Waiting, count};
use crate::cli::fs;
use crate::cli::output::{Stop, say};
use crate::report::safe;
use crate::run::pending::Change;
use crate::snapshot::file::File;
use crate::snapshot::{self, Note};

/// The file, in the folder of what was reviewed, that says what is being done. The folder of what waits may have
/// come from somebody else, and who sent it decides nothing.
const JOURNAL: &str = ".counterpart-review.json";

/// What is being done.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    /// The folder of what waits.
    pending: String,
    entries: Vec<Entry>,
}

/// One snapshot that was decided about. It names no path, only what the folders of the command hold:
/// a folder that somebody sent makes nobody write or remove anything elsewhere.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// `<doc>/<name>.snap`. As long as its pending file is there, the entry is not done.
    name: String,
    step: Step,
    /// Whether a fixture is made of it.
    to_fixture: bool,
}

/// What is done with a pending snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    /// It becomes the reviewed one; or that is removed, where it says so.
    Accept,
    /// It goes, and the reviewed one stays.
    Reject,
    /// It keeps waiting, with the changes that are accepted so far.
    Keep(Vec<Change>),
}

impl Step {
    fn of(outcome: &Outcome<'_>) -> Option<Self> {
        match outcome.decision {
            Decision::Accept => Some(Self::Accept),
            Decision::Reject => Some(Self::Reject),
            Decision::Skip if outcome.accepted == outcome.waiting.note.accepted => None,
            Decision::Skip => Some(Self::Keep(outcome.accepted.clone())),
        }
    }
}

/// What came of a review.
pub(super) struct Done {
    /// In words.
    pub told: String,
    /// How many snapshots still wait.
    pub skipped: usize,
}

/// Carries the decisions out, or writes them to a file for later.
pub(super) fn conclude(
    folders: &Folders,
    save: Option<&Path>,
    decided: &[Outcome<'_>],
) -> Result<Done, Stop> {
    let totals = Totals::of(decided);
    let told = match save {
        Some(file) => {
            fs::write(file, saved::write(decided).as_bytes())?;
            format!("{totals}: saved in {}, no snapshot was changed\n", file.display())
        }
        None => {
            carry_out(folders, decided)?;
            format!("{totals}\n")
        }
    };
    Ok(Done { told, skipped: totals.skipped })
}

/// Carries out what was decided. The moment at which the journal is there is the one at which
/// everything is decided; before it nothing is done, after it everything will be.
fn carry_out(folders: &Folders, decided: &[Outcome<'_>]) -> Result<(), Stop> {
    let mut entries = Vec::new();
    for outcome in decided {
        let Some(step) = Step::of(outcome) else { continue };
        still_is(folders, outcome.waiting)?;
        let is_made = step == Step::Accept && outcome.waiting.kind != Kind::Removed;
        entries.push(Entry {
            name: outcome.waiting.name.clone(),
            step,
            to_fixture: is_made && folders.fixtures.is_some(),
        });
    }
    if entries.is_empty() {
        return Ok(());
    }
    for entry in entries.iter().filter(|entry| entry.step == Step::Accept) {
        // What cannot be written is reported before anything is written.
        for (folder, path) in targets(folders, entry)? {
            if path.is_dir() {
                return Err(Stop::io(format!("cannot write {}: it is a folder", path.display())));
            }
            if !fs::stays_in(folder, &path) {
                return Err(fs::leads_out(folder, &path));
            }
        }
    }
    let journal = Journal { pending: place(&folders.pending), entries };
    let text = serde_json::to_string(&journal).map_err(|error| Stop::io(error.to_string()))?;
    fs::write(&folders.reviewed.join(JOURNAL), text.as_bytes())?;
    apply(folders, &journal.entries)
}

/// A folder by the name that it has wherever a command runs.
fn place(folder: &Path) -> String {
    folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).display().to_string()
}

/// Only what was shown is written: neither side may have changed since.
fn still_is(folders: &Folders, one: &Waiting) -> Result<(), Stop> {
    let reviewed = folders.reviewed.join(&one.name);
    let changed = |path: &Path| {
        Stop::usage(format!(
            "{} changed during the review; nothing was written, review again",
            path.display()
        ))
    };
    if fs::text(&one.path)?.as_ref() != Some(&one.text) {
        return Err(changed(&one.path));
    }
    // A folder that stands there is told of as such.
    if !reviewed.is_dir() && fs::text(&reviewed)?.as_deref().and_then(File::parse) != one.old {
        return Err(changed(&reviewed));
    }
    Ok(())
}

/// Finishes what an earlier review was cut off in.
pub(super) fn finish(folders: &Folders) -> Result<(), Stop> {
    let Some(journal) = journal(folders)? else { return Ok(()) };
    if journal.pending != place(&folders.pending) {
        return Err(Stop::usage(format!(
            "an earlier review was interrupted; finish it with --pending {}, or remove {} to drop its decisions",
            safe(&journal.pending),
            folders.reviewed.join(JOURNAL).display()
        )));
    }
    say(&format!("finishing an interrupted review of {}", count(journal.entries.len())));
    apply(folders, &journal.entries)
}

/// Names of what an earlier review decided about and did not do.
pub(super) fn cut_off(folders: &Folders) -> Result<Vec<String>, Stop> {
    let journal = journal(folders)?.filter(|journal| journal.pending == place(&folders.pending));
    Ok(journal.into_iter().flat_map(|journal| journal.entries).map(|entry| entry.name).collect())
}

fn journal(folders: &Folders) -> Result<Option<Journal>, Stop> {
    let path = folders.reviewed.join(JOURNAL);
    let Some(text) = fs::text(&path)? else { return Ok(None) };
    let journal: Option<Journal> = serde_json::from_str(&text).ok();
    let journal = journal.filter(|journal| journal.entries.iter().all(|entry| is_inside(&entry.name)));
    journal.map(Some).ok_or_else(|| {
        Stop::usage(format!("{} was not written by a review; remove it and review again", path.display()))
    })
}

/// Whether a name stays below the folder that it is joined to.
fn is_inside(name: &str) -> bool {
    name.strip_suffix(".snap").is_some_and(|stem| !stem.is_empty())
        && Path::new(name).components().count() <= 2
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

fn apply(folders: &Folders, entries: &[Entry]) -> Result<(), Stop> {
    let journal = folders.reviewed.join(JOURNAL);
    let told = |stop: Stop| Stop {
        message: format!(
            "{}; fix it and review again to finish, or remove {} to drop the decisions",
            stop.message,
            journal.display()
        ),
        ..stop
    };
    for entry in entries {
        one(folders, entry).map_err(told)?;
    }
    fs::remove(&journal)
}

fn one(folders: &Folders, entry: &Entry) -> Result<(), Stop> {
    let pending = pending_of(folders, entry);
    let Some(text) = fs::text(&pending)? else { return Ok(()) };
    if entry.step == Step::Reject {
        return fs::remove(&pending);
    }
    let file =
        File::parse(&text).ok_or_else(|| Stop::usage(format!("{} is not a snapshot", pending.display())))?;
    if let Step::Keep(accepted) = &entry.step {
        let info = serde_json::to_string(&Note { accepted: accepted.clone(), ..note(&file) }).ok();
        return fs::write_in(&folders.pending, &pending, File { info, ..file }.write().as_bytes());
    }
    let reviewed = folders.reviewed.join(&entry.name);
    if note(&file).is_removal {
        if !fs::stays_in(&folders.reviewed, &reviewed) {
            return Err(fs::leads_out(&folders.reviewed, &reviewed));
        }
        fs::remove(&reviewed)?;
        return fs::remove(&pending);
    }
    if let Some(fixture) = fixture(folders, entry, &file) {
        to_fixture(&file, &fixture)?;
    }
    fs::write_in(&folders.reviewed, &reviewed, File { info: None, ..file }.write().as_bytes())?;
    fs::remove(&pending)
}

fn pending_of(folders: &Folders, entry: &Entry) -> PathBuf {
    folders.pending.join(format!("{}.new", entry.name))
}

/// Everything that accepting a snapshot writes, with the folder that it must stay in.
fn targets<'f>(folders: &'f Folders, entry: &Entry) -> Result<Vec<(&'f Path, PathBuf)>, Stop> {
    let mut targets = vec![(folders.reviewed.as_path(), folders.reviewed.join(&entry.name))];
    let file = fs::text(&pending_of(folders, entry))?.as_deref().and_then(File::parse);
    if let Some(fixture) = file.and_then(|file| fixture(folders, entry, &file)) {
        let sidecar = fixture.media_type.as_ref().map(|_| fixture.path.with_extension("toml"));
        targets.extend(sidecar.into_iter().chain([fixture.path]).map(|path| (fixture.folder, path)));
    }
    Ok(targets)
}

struct Fixture<'f> {
    folder: &'f Path,
    path: PathBuf,
    /// Where the extension does not say it.
    media_type: Option<String>,
}

fn note(file: &File) -> Note {
    file.info.as_deref().and_then(|info| serde_json::from_str(info).ok()).unwrap_or_default()
}

/// The fixture that shows what a snapshot shows, where one is asked for.
fn fixture<'f>(folders: &'f Folders, entry: &Entry, file: &File) -> Option<Fixture<'f>> {
    let folder = folders.fixtures.as_ref().filter(|_| entry.to_fixture)?;
    let note = note(file);
    let (group, name) = entry.name.rsplit_once('/').unwrap_or(("", &entry.name));
    let (path, media_type) = snapshot::fixture_of(name, &note)?;
    if note.body.is_none() {
        say(&format!("{} is not text; no fixture is written for it", safe(&entry.name)));
        return None;
    }
    Some(Fixture { folder, path: folder.join(group).join(path), media_type })
}

/// Makes the mock answer as reality does.
fn to_fixture(file: &File, fixture: &Fixture<'_>) -> Result<(), Stop> {
    let body = snapshot::indented(&note(file).body.unwrap_or_default());
    fs::write_in(fixture.folder, &fixture.path, body.as_bytes())?;
    let Some(media_type) = &fixture.media_type else { return Ok(()) };
    let sidecar = fixture.path.with_extension("toml");
    let known = fs::text(&sidecar)?.unwrap_or_default();
    let says_it = known.parse::<toml::Table>().is_ok_and(|table| table.contains_key("media-type"));
    // What a person wrote there stays.
    if says_it {
        return Ok(());
    }
    let text = format!("media-type = {media_type:?}\n{known}");
    fs::write_in(fixture.folder, &sidecar, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("core-7/pets.200.snap", true)]
    #[case("pets.200.snap", true)]
    #[case("../pets.200.snap", false)]
    #[case("/etc/passwd.snap", false)]
    #[case("a/b/pets.200.snap", false)]
    #[case("a/../../pets.snap", false)]
    #[case("pets.toml", false)]
    fn names_stay_below_their_folder(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_inside(name), expected);
    }
}
