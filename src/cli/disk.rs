//! Files, addresses, stdin and the environment, as projects read them.

#![expect(clippy::disallowed_methods, reason = "the `Reader` of this machine")]

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::args::Common;
use super::fetch::fetch;
use super::fs::{read, reason, stdin};
use super::output::Stop;
use super::ref_loader::RefLoader;
use super::{diagnostics, env};
use crate::config::{Settings, Source};
use crate::document::MAX_TEXT;
use crate::document::bundle::Bring;
use crate::project::{self, Config, Project, ReadError, Reader, Wanted, is_address};

/// Loads the document that a command works on, with its companion and its fixtures.
pub(super) fn project(common: &Common, doc: Option<&str>, config: Config) -> Result<Project, Stop> {
    named(common, doc, None, config)
}

/// As [`project`], for a document that the configuration gives a name.
pub(super) fn named(
    common: &Common,
    doc: Option<&str>,
    name: Option<&str>,
    config: Config,
) -> Result<Project, Stop> {
    let wanted = Wanted {
        document: doc.map(str::to_owned),
        name: name.map(str::to_owned),
        fixtures: common.fixtures.clone(),
    };
    Project::load(&wanted, config, &Disk { allow_remote: common.allow_remote_refs })
        .map_err(diagnostics::not_loaded)
}

/// Finds `counterpart.toml`: the one that is named, else the nearest in this folder and above.
pub(super) fn configuration(named: Option<&str>) -> Result<Config, Stop> {
    let path = match named {
        Some(path) => PathBuf::from(path),
        None => {
            let here = std::env::current_dir().unwrap_or_default();
            match here.ancestors().map(|folder| folder.join("counterpart.toml")).find(|path| path.is_file()) {
                Some(path) => path,
                None => return Ok(Config::default()),
            }
        }
    };
    Config::read(&path, &Disk { allow_remote: false }).map_err(diagnostics::not_loaded)
}

/// Reads a `--keys` file.
pub(super) fn keys_file(name: &str) -> Result<Settings, Stop> {
    project::read_settings(Source::Keys, name, &Disk { allow_remote: false }).map_err(diagnostics::not_loaded)
}

/// This machine.
struct Disk {
    /// Whether references may name addresses.
    allow_remote: bool,
}

impl Reader for Disk {
    fn read(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        match name {
            "-" => stdin(),
            address if is_address(address) => fetch(address, MAX_TEXT),
            path => read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    /// Links are followed only to files, so that no loop can arise.
    fn fixtures(&self, folder: &Path) -> Result<Vec<(String, Bytes)>, ReadError> {
        let mut files = Vec::new();
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
                let octets = std::fs::read(&path).map_err(|error| {
                    ReadError::Unusable(format!("cannot read {}: {}", path.display(), reason(&error)))
                })?;
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
        env::environment(name)
    }
}
