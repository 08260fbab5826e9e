//! This machine: files, addresses, environment and clock. Only this module and `cli` read them.

#![expect(clippy::disallowed_methods, reason = "nothing but this machine is read here")]

mod fetch;
pub(crate) mod files;
mod ref_loader;

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::document::bundle::Bring;
use crate::project::{ReadError, Reader, is_address};
use fetch::fetch;
use files::{bounded, document, reason, stdin};
use ref_loader::RefLoader;

/// A variable of the environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Names of all variables of the environment.
pub fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

/// The time now.
pub fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The day, in UTC.
pub fn today() -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(clock()).date()
}

/// This machine, as a [`Reader`].
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// Whether references may name addresses.
    pub allow_remote: bool,
    /// Larger texts are not read, in bytes.
    pub max_text: usize,
    /// Whether texts may come from a pipe, as keys do from a program that keeps them.
    pub takes_pipes: bool,
}

impl Default for Machine {
    fn default() -> Self {
        Self { allow_remote: false, max_text: files::MOST, takes_pipes: false }
    }
}

/// Larger fixtures are not read, in bytes.
const MAX_FIXTURE: usize = 64 << 20;

impl Reader for Machine {
    fn read(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        match name {
            "-" => stdin(self.max_text),
            address if is_address(address) => fetch(address, self.max_text),
            path if self.takes_pipes => bounded(path, self.max_text),
            path => document(path, self.max_text),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    /// A link is followed only where it stays among the fixtures: who sends a folder of them does not choose
    /// which other files are served.
    fn fixtures(&self, folder: &Path) -> Result<Vec<(String, Bytes)>, ReadError> {
        let mut files = Vec::new();
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let root = above.canonicalize().unwrap_or_else(|_| above.to_path_buf());
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(files) };
        let mut folders: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        folders.sort();
        for operation in folders {
            let Ok(inside) = std::fs::read_dir(&operation) else { continue };
            let mut paths: Vec<PathBuf> = inside.filter_map(Result::ok).map(|entry| entry.path()).collect();
            paths.sort();
            // What begins with a dot is somebody else's: `.gitkeep`, `.DS_Store`.
            let is_hidden = |path: &PathBuf| {
                path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
            };
            for path in paths.into_iter().filter(|path| path.is_file() && !is_hidden(path)) {
                let shown = path.display();
                let real = path.canonicalize().map_err(|error| {
                    ReadError::Unusable(format!("cannot read {shown}: {}", reason(&error)))
                })?;
                if !real.starts_with(&root) {
                    return Err(ReadError::Unusable(format!(
                        "{shown} is a link out of {}; put the file itself there",
                        above.display()
                    )));
                }
                let octets = bounded(&shown.to_string(), MAX_FIXTURE)?;
                let name = |path: &Path| {
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
                };
                files.push((format!("{}/{}", name(&operation), name(&path)), octets.into()));
            }
        }
        Ok(files)
    }

    fn references(&self, document: &str) -> Box<Bring<'_>> {
        let mut loader = RefLoader::new(document, self.allow_remote);
        Box::new(move |name| loader.load(name))
    }

    fn variable(&self, name: &str) -> Option<String> {
        environment(name)
    }
}
