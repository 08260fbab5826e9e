//! Loads the projects and configurations that a command line names.

#![expect(clippy::disallowed_methods, reason = "looks for the configuration")]

use std::path::{Path, PathBuf};

use super::args::Common;
use super::diagnostics;
use super::documents::{self, Asked};
use super::output::Stop;
use crate::config::wfc::{self, User};
use crate::config::{Settings, Source};
use crate::document::Problem;
use crate::machine::Machine;
use crate::project::{self, Config, Project, Reader, SourceTexts, Wanted};

/// Loads the document that a command works on, with its companion and its fixtures.
pub(super) fn project(common: &Common, doc: Option<&str>, config: Config) -> Result<Project, Stop> {
    let mut asked = [documents::one(doc, &config)?];
    documents::give_overlays(&common.overlay, &mut asked)?;
    let [asked] = asked;
    load(common, asked, config)
}

/// As [`project`]; all documents of the configuration where none is named and it has several.
pub(super) fn projects(common: &Common, doc: Option<&str>, config: &Config) -> Result<Vec<Project>, Stop> {
    let mut asked = documents::named_or_all(doc, config)?;
    documents::give_overlays(&common.overlay, &mut asked)?;
    asked.into_iter().map(|one| load(common, one, config.clone())).collect()
}

/// As [`project`], for a document of which more is known, its overlays too.
pub(super) fn load(common: &Common, asked: Asked, config: Config) -> Result<Project, Stop> {
    let wanted = Wanted {
        document: asked.doc,
        overlays: asked.overlays,
        name: asked.name,
        fixtures: common.fixtures.clone(),
    };
    let machine = Machine {
        allow_remote: common.allow_remote_refs,
        max_text: common.max_document,
        ..Machine::default()
    };
    let mut project = Project::load(&wanted, config, &machine).map_err(diagnostics::not_loaded)?;
    if let Some(file) = asked.keys {
        project.settings = keys_file(&file)?.over(project.settings);
        project.inputs.files.push(PathBuf::from(file));
    }
    Ok(project)
}

/// Finds `counterpart.toml`: the one that is named, else the nearest in this folder and above.
pub(super) fn configuration(named: Option<&str>) -> Result<Config, Stop> {
    let path = match named {
        Some(path) => PathBuf::from(path),
        None => {
            let here = std::env::current_dir().unwrap_or_default();
            match here.ancestors().map(|folder| folder.join("counterpart.toml")).find(|path| path.is_file()) {
                // What is in this folder is shown by its name alone.
                Some(path) => path.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(path),
                None => return Ok(Config::default()),
            }
        }
    };
    Config::read(&path, &Machine::default()).map_err(diagnostics::not_loaded)
}

/// What a `--keys` file holds.
pub(super) enum KeysFile {
    /// Keys and how they are made.
    Settings(Box<Settings>),
    /// The users of an authentication file of Web Fuzzing Commons.
    Users(Vec<User>),
}

/// Reads a `--keys` file.
pub(super) fn keys_or_users(name: &str) -> Result<KeysFile, Stop> {
    let machine = Machine { takes_pipes: true, ..Machine::default() };
    let text = String::from_utf8(machine.read(name)?);
    let text = text.map_err(|_| Stop::usage(format!("{name} is not UTF-8")))?;
    if wfc::is_meant(name, &text) {
        let users = wfc::users(name, &text, &|variable| machine.variable(variable));
        // Its lines are not shown: they may have secrets.
        let stop = |problems: Vec<Problem>| diagnostics::stop(&problems, &SourceTexts::default());
        return users.map(KeysFile::Users).map_err(stop);
    }
    let settings = project::parse_settings(Source::Keys, name, &text, &machine);
    settings.map(|settings| KeysFile::Settings(Box::new(settings))).map_err(diagnostics::not_loaded)
}

/// Reads a `--keys` file that must name keys with their scopes.
pub(super) fn keys_file(name: &str) -> Result<Settings, Stop> {
    match keys_or_users(name)? {
        KeysFile::Settings(settings) => Ok(*settings),
        KeysFile::Users(_) => Err(Stop::usage(format!(
            "{name} is an authentication file of Web Fuzzing Commons, which names no scopes; only `check --keys` takes one"
        ))),
    }
}
