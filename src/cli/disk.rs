//! Loads the projects and configurations that a command line names.

#![expect(clippy::disallowed_methods, reason = "looks for the configuration")]

use std::path::PathBuf;

use super::args::Common;
use super::diagnostics;
use super::output::Stop;
use crate::config::{Settings, Source};
use crate::machine::Machine;
use crate::project::{self, Config, Project, Wanted};

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
    Project::load(&wanted, config, &Machine { allow_remote: common.allow_remote_refs })
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
    Config::read(&path, &Machine { allow_remote: false }).map_err(diagnostics::not_loaded)
}

/// Reads a `--keys` file.
pub(super) fn keys_file(name: &str) -> Result<Settings, Stop> {
    project::read_settings(Source::Keys, name, &Machine { allow_remote: false })
        .map_err(diagnostics::not_loaded)
}
