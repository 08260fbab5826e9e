//! Reads whole files and stdin.

use std::io::Read as _;

use crate::project::ReadError;

/// A file that was named.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, ReadError> {
    std::fs::read(path)
        .map_err(|error| ReadError::Unusable(format!("cannot read {path}: {}", reason(&error))))
}

/// Why a file cannot be used.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    }
}

/// Everything that comes on stdin.
pub(crate) fn stdin() -> Result<Vec<u8>, ReadError> {
    let mut octets = Vec::new();
    std::io::stdin()
        .read_to_end(&mut octets)
        .map_err(|error| ReadError::Failed(format!("cannot read stdin: {error}")))?;
    Ok(octets)
}
