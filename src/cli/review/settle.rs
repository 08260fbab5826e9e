//! Carries decisions out, all of them or none: what is to be done is written down first, and
//! whoever comes next finishes what was cut off.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Decision, Waiting};
use crate::cli::snapshots::{failed, write};
use crate::cli::{Stop, load, say};
use crate::report::safe;
use crate::snapshot::file::File;
use crate::snapshot::{self, Note};

/// The file, in the folder of what waits, that says what is being done.
const JOURNAL: &str = ".counterpart-review.json";

/// One snapshot that was decided about.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// The pending file. As long as it is there, the entry is not done.
    pending: PathBuf,
    /// The reviewed file that it replaces; `None` where it is rejected.
    reviewed: Option<PathBuf>,
    /// The fixture that is made of it.
    fixture: Option<Fixture>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Fixture {
    path: PathBuf,
    /// Where the extension does not say it.
    media_type: Option<String>,
}

/// Carries out what was decided. The moment at which the journal is there is the one at which
/// everything is decided; before it nothing is done, after it everything will be.
pub(super) fn carry_out(
    folder: &Path,
    decided: &[(&Waiting, Decision)],
    fixtures: Option<&Path>,
) -> Result<(), Stop> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let entries: Vec<Entry> = decided
        .iter()
        .filter(|(_, decision)| *decision != Decision::Skip)
        .map(|(one, decision)| {
            let is_accepted = *decision == Decision::Accept;
            Entry {
                pending: absolute(&one.path),
                reviewed: is_accepted.then(|| absolute(&one.reviewed)),
                fixture: fixtures.filter(|_| is_accepted).and_then(|folder| fixture(one, &absolute(folder))),
            }
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    let text = serde_json::to_string(&entries).map_err(|error| Stop::io(error.to_string()))?;
    write(&folder.join(JOURNAL), &text)?;
    apply(folder, &entries)
}

/// Finishes what an earlier review was cut off in.
pub(in crate::cli) fn finish(folder: &Path) -> Result<(), Stop> {
    let path = folder.join(JOURNAL);
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| {
        Stop::usage(format!("{} cannot be read ({error}); remove it and review again", path.display()))
    })?;
    say(&format!("finishing a review that was cut off: {} snapshots", entries.len()));
    apply(folder, &entries)
}

fn apply(folder: &Path, entries: &[Entry]) -> Result<(), Stop> {
    for entry in entries {
        let text = match std::fs::read_to_string(&entry.pending) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("read", &entry.pending, &error)),
        };
        if let Some(reviewed) = &entry.reviewed {
            let file = File::parse(&text).ok_or_else(|| {
                Stop::usage(format!("{} is no snapshot; remove it", entry.pending.display()))
            })?;
            if let Some(fixture) = &entry.fixture {
                to_fixture(&file, fixture)?;
            }
            write(reviewed, &File { info: None, ..file }.write())?;
        }
        std::fs::remove_file(&entry.pending).map_err(|error| failed("remove", &entry.pending, &error))?;
    }
    let journal = folder.join(JOURNAL);
    std::fs::remove_file(&journal).map_err(|error| failed("remove", &journal, &error))
}

/// The fixture that shows what a snapshot shows.
fn fixture(one: &Waiting, folder: &Path) -> Option<Fixture> {
    let (group, name) = one.name.rsplit_once('/').unwrap_or(("", &one.name));
    let (path, media_type) = snapshot::fixture_of(name, &one.new.contents)?;
    if one.note.body.is_none() {
        say(&format!("{} is no text; no fixture is made of it", safe(&one.name)));
        return None;
    }
    Some(Fixture { path: folder.join(group).join(path), media_type })
}

/// Makes the mock answer as reality does.
fn to_fixture(file: &File, fixture: &Fixture) -> Result<(), Stop> {
    let note: Note =
        file.info.as_deref().and_then(|info| serde_json::from_str(info).ok()).unwrap_or_default();
    let body = note.body.unwrap_or_default();
    let pretty = serde_json::from_str::<serde_json::Value>(&body).ok();
    let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok()).map(|text| text + "\n");
    write(&fixture.path, pretty.as_ref().unwrap_or(&body))?;
    let Some(media_type) = &fixture.media_type else { return Ok(()) };
    let sidecar = fixture.path.with_extension("toml");
    match std::fs::read_to_string(&sidecar) {
        Ok(text) if text.contains("media-type") => Ok(()),
        // What a person wrote there stays.
        Ok(text) => write(&sidecar, &format!("media-type = {media_type:?}\n{text}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            write(&sidecar, &format!("media-type = {media_type:?}\n"))
        }
        Err(error) => Err(Stop::io(format!("cannot read {}: {}", sidecar.display(), load::reason(&error)))),
    }
}
