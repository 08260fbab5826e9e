//! Small files: listed by extension, and written completely or not at all. Links inside the folders of snapshots
//! and fixtures are not followed: who sends such a folder does not choose what is read and written elsewhere.

#![expect(clippy::disallowed_methods, reason = "files are written here")]

use std::path::{Path, PathBuf};

use super::output::Stop;
use crate::machine::environment;
pub(super) use crate::machine::files::{read, reason};

/// The text of a file, where it is there.
pub(super) fn text(path: &Path) -> Result<Option<String>, Stop> {
    let octets = octets(path)?;
    let text = octets.map(|octets| String::from_utf8(octets).map_err(std::io::Error::other)).transpose();
    text.map_err(|error| failed("read", path, &error))
}

/// The octets of a file, where it is there.
pub(super) fn octets(path: &Path) -> Result<Option<Vec<u8>>, Stop> {
    match path.symlink_metadata() {
        // Reading a folder fails by itself.
        Ok(about) if !about.is_file() && !about.is_dir() => {
            return Err(Stop::usage(format!("{} is not a file but a link", path.display())));
        }
        _ => {}
    }
    match std::fs::read(path) {
        Ok(octets) => Ok(Some(octets)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Names of the files of a folder with that end, sorted; none where it is not there.
pub(super) fn named(folder: &Path, end: &str) -> Result<Vec<String>, Stop> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let entries = entries.filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let names = files.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
    names.sort();
    Ok(names)
}

/// Whether a place below a folder is there in truth, whatever links are on the way.
pub(super) fn stays_in(folder: &Path, path: &Path) -> bool {
    // What is not there yet leads nowhere.
    let Ok(folder) = or_here(folder).canonicalize() else { return true };
    let existing = path.ancestors().skip(1).find_map(|above| or_here(above).canonicalize().ok());
    existing.is_some_and(|existing| existing.starts_with(folder))
}

/// Whether a program is there: where its path says, else in a folder of `PATH`.
pub(super) fn has_program(program: &str) -> bool {
    let is_there = |path: PathBuf| {
        path.is_file() || ["exe", "cmd", "bat"].iter().any(|ending| path.with_extension(ending).is_file())
    };
    if Path::new(program).components().count() > 1 {
        return is_there(PathBuf::from(program));
    }
    let folders = environment("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| is_there(folder.join(program)))
}

/// Writes a file below a folder, with the folders around it.
pub(super) fn write_in(folder: &Path, path: &Path, octets: &[u8]) -> Result<(), Stop> {
    if !stays_in(folder, path) {
        return Err(leads_out(folder, path));
    }
    write(path, octets)
}

/// The refusal of a place that a link takes elsewhere.
pub(super) fn leads_out(folder: &Path, path: &Path) -> Stop {
    Stop::usage(format!(
        "{} leads out of {} by a link; nothing is written there",
        path.display(),
        folder.display()
    ))
}

/// Writes a file, with the folders around it. A half-written file has a name that nobody reads, and a link is
/// replaced, not followed. Only into what is no file, such as a terminal or a pipe, is written directly.
pub(super) fn write(path: &Path, octets: &[u8]) -> Result<(), Stop> {
    if is_special(path) {
        return std::fs::write(path, octets).map_err(|error| failed("write", path, &error));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    }
    let beside = beside(path);
    std::fs::write(&beside, octets).and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        // Where it could not even be made there is nothing to remove.
        let _ = std::fs::remove_file(&beside);
        failed("write", path, &error)
    })
}

/// Finds out whether a file can be written, before there is anything to write.
///
/// # Errors
/// Why it cannot.
pub(super) fn try_place(path: &Path) -> Result<(), Stop> {
    let unusable = |why: &str| Stop::usage(format!("cannot write {}: {why}", path.display()));
    if path.is_dir() {
        return Err(unusable("it is a folder"));
    }
    if is_special(path) {
        return Ok(());
    }
    if path.parent().map(or_here).is_some_and(|folder| !folder.is_dir()) {
        return Err(unusable("there is no such folder"));
    }
    let trial = beside(path);
    let tried = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    tried.map_err(|error| unusable(&reason(&error)))
}

/// Finds out whether files can be written below a folder, which may have to be made.
///
/// # Errors
/// Why they cannot.
pub(super) fn try_folder(folder: &Path) -> Result<(), Stop> {
    let existing = folder.ancestors().map(or_here).find(|above| above.exists()).unwrap_or(folder);
    let unusable = |why: &str| Stop::usage(format!("cannot write below {}: {why}", folder.display()));
    if !existing.is_dir() {
        return Err(unusable("it is not a folder"));
    }
    let trial = existing.join(format!(".counterpart.{}", std::process::id()));
    let tried = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    tried.map_err(|error| unusable(&reason(&error)))
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Whether there is something that can be written to and is no file.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// The name of a file while it is written.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

/// Removes a file that need not be there any more.
pub(super) fn remove(path: &Path) -> Result<(), Stop> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

pub(super) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Stop {
    Stop::io(format!("cannot {what} {}: {}", path.display(), reason(error)))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_neither_read_nor_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("elsewhere")).unwrap();
        std::fs::create_dir_all(at("inside/own")).unwrap();
        std::fs::write(at("elsewhere/a.snap"), "theirs").unwrap();
        symlink(at("elsewhere"), at("inside/out")).unwrap();
        symlink(at("elsewhere/a.snap"), at("inside/own/a.snap")).unwrap();
        assert!(text(&at("inside/own/a.snap")).is_err());
        assert!(named(&at("inside/own"), ".snap").unwrap().is_empty());
        assert!(write_in(&at("inside"), &at("inside/out/b.snap"), b"x").is_err());
        assert!(write_in(&at("inside"), &at("inside/out/new/b.snap"), b"x").is_err());
        write_in(&at("inside"), &at("inside/own/a.snap"), b"ours").unwrap();
        write_in(&at("inside"), &at("inside/new/a.snap"), b"ours").unwrap();
        assert_eq!(std::fs::read_to_string(at("elsewhere/a.snap")).unwrap(), "theirs");
        assert_eq!(text(&at("inside/own/a.snap")).unwrap().unwrap(), "ours");
        assert_eq!(std::fs::read_dir(at("elsewhere")).unwrap().count(), 1);
    }

    #[test]
    fn a_place_is_tried_before_there_is_anything_to_write() {
        let folder = tempfile::tempdir().unwrap();
        try_place(&folder.path().join("a.json")).unwrap();
        try_place(Path::new("/dev/null")).unwrap();
        assert!(try_place(folder.path()).is_err());
        assert!(try_place(&folder.path().join("missing/a.json")).is_err());
        try_folder(&folder.path().join("missing/deeper")).unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(try_place(&folder.path().join("file/a.json")).is_err());
        assert!(try_folder(&folder.path().join("file")).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
