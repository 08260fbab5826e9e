//! Reads whole files and stdin.

use std::io::Read as _;

use crate::config::near;
use crate::project::ReadError;

/// Larger files are not read, unless the user says otherwise, in bytes.
pub(crate) const MOST: usize = 200 << 20;

/// A file that was named.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, ReadError> {
    bounded(path, MOST)
}

/// A text of at most so many bytes. A device has no end; a pipe is one text, which whoever wrote it may end.
///
/// # Errors
/// It cannot be read, or is larger.
pub(super) fn bounded(path: &str, most: usize) -> Result<Vec<u8>, ReadError> {
    let failed = |error: &std::io::Error| {
        let meant = if error.kind() == std::io::ErrorKind::NotFound { meant(path) } else { String::new() };
        ReadError::Unusable(format!("cannot read {path}: {}{meant}", reason(error)))
    };
    let about = std::fs::metadata(path).map_err(|error| failed(&error))?;
    if about.is_file() && about.len() > most as u64 {
        return Err(too_large(path, most));
    }
    if is_device(&about) {
        return Err(ReadError::Unusable(format!("cannot read {path}: it is a device, not a file")));
    }
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    whole(file, path, most).map_err(|error| failed(&error))?
}

/// A document, which is a file and nothing else: reading a pipe may never end.
///
/// # Errors
/// As for [`bounded`].
pub(super) fn document(path: &str, most: usize) -> Result<Vec<u8>, ReadError> {
    match std::fs::metadata(path) {
        Ok(about) if !about.is_file() => {
            Err(ReadError::Unusable(format!("cannot read {path}: it is not a file; pass - to read stdin")))
        }
        _ => bounded(path, most),
    }
}

/// So many names of a folder are looked at.
const MAX_NAMES: usize = 2_000;

/// Which file of the same folder may be meant by a name that none has.
fn meant(path: &str) -> String {
    let path = std::path::Path::new(path);
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return String::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(std::path::Path::new("."))) else {
        return String::new();
    };
    let names = entries
        .take(MAX_NAMES)
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let near = near(name, names.iter().map(String::as_str));
    near.map(|near| format!("; did you mean {}?", path.with_file_name(near).display())).unwrap_or_default()
}

fn whole(from: impl std::io::Read, name: &str, most: usize) -> std::io::Result<Result<Vec<u8>, ReadError>> {
    let mut octets = Vec::new();
    from.take(most as u64 + 1).read_to_end(&mut octets)?;
    Ok(if octets.len() > most { Err(too_large(name, most)) } else { Ok(octets) })
}

fn too_large(name: &str, most: usize) -> ReadError {
    let most = if most < 1 << 20 { format!("{most} bytes") } else { format!("{} MiB", most >> 20) };
    ReadError::Unusable(format!("{name} is larger than {most}; --max-document raises the limit"))
}

#[cfg(unix)]
fn is_device(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    about.file_type().is_char_device() || about.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &std::fs::Metadata) -> bool {
    false
}

/// Why a file cannot be used.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    }
}

/// Everything that comes on stdin.
pub(super) fn stdin(most: usize) -> Result<Vec<u8>, ReadError> {
    whole(std::io::stdin(), "stdin", most)
        .map_err(|error| ReadError::Failed(format!("cannot read stdin: {error}")))?
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_end_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large");
        std::fs::File::create(&large).unwrap().set_len(5 << 30).unwrap();
        for name in ["/dev/zero", large.to_str().unwrap()] {
            assert!(document(name, 1000).is_err() && bounded(name, 1000).is_err(), "{name}");
        }
        let (mut writer, reader) = std::io::pipe().map(|(reader, writer)| (writer, reader)).unwrap();
        std::io::Write::write_all(&mut writer, &[b'x'; 2000]).unwrap();
        assert!(whole(reader, "a pipe", 1000).unwrap().is_err());
        assert!(document(folder.path().to_str().unwrap(), 1000).is_err());
    }
}
