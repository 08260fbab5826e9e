//! Small files: listed by extension, and written completely or not at all.

#![expect(clippy::disallowed_methods, reason = "files are written here")]

use std::path::Path;

use super::output::Stop;
pub(super) use crate::machine::files::{read, reason};

/// The text of a file, where it is there.
pub(super) fn text(path: &Path) -> Result<Option<String>, Stop> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
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
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
    names.sort();
    Ok(names)
}

/// Writes a file, with the folders around it. A half-written file has a name that nobody reads.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    }
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(|error| {
        // Where it could not even be made there is nothing to remove.
        let _ = std::fs::remove_file(&beside);
        failed("write", path, &error)
    })
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
