//! Files and addresses: documents, companions, configurations, fixtures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::args::Common;
use super::fetch::fetch;
use super::fs::{read, reason, stdin};
use super::output::Stop;
use super::ref_loader::RefLoader;
use super::sources::SourceTexts;
use super::{bundled, diagnostics, env};
use crate::contract::{self, Contract};
use crate::document::{Document, Problem};
use crate::produce::fixture::Fixtures;
use crate::settings::{self, Settings, Source};

/// The configuration and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    /// The file as it is shown.
    pub name: String,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What it says.
    pub settings: Settings,
}

/// A document with everything that belongs to it.
pub(super) struct Loaded {
    /// `<doc>`: what its folder of fixtures is called.
    pub name: String,
    pub contract: Arc<Contract>,
    pub fixtures: Fixtures,
    /// The configuration over the companion.
    pub settings: Settings,
    pub problems: Vec<Problem>,
    /// What the document came from, for showing lines of it.
    pub texts: SourceTexts,
    pub is_bundled: bool,
    /// What it was read from.
    pub sources: Sources,
}

/// Files and folders that something was read from, or would have been.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    pub files: Vec<PathBuf>,
    /// Folders of fixtures, one for each document.
    pub fixtures: Vec<PathBuf>,
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
    let name = path.display().to_string();
    let settings = settings_file(Source::Config, &name)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(Config { name, folder, settings })
}

/// Reads a configuration, a companion or a keys file.
pub(super) fn settings_file(source: Source, name: &str) -> Result<Settings, Stop> {
    let octets = if name == "-" { stdin()? } else { read(name)? };
    let text = String::from_utf8(octets).map_err(|_| Stop::usage(format!("{name} is not UTF-8")))?;
    settings::parse(source, name, &text, &env::environment)
        .map_err(|found| diagnostics::stop(&found, &SourceTexts::one(name, &text)))
}

/// Loads the document that a command works on, with its companion and its fixtures.
pub(super) fn document(common: &Common, doc: Option<&str>, config: Config) -> Result<Loaded, Stop> {
    named(common, doc, None, config)
}

/// As [`document`], for one that the configuration gives a name.
pub(super) fn named(
    common: &Common,
    doc: Option<&str>,
    name: Option<&str>,
    config: Config,
) -> Result<Loaded, Stop> {
    let from_config =
        config.settings.spec.as_ref().map(|spec| config.folder.join(spec).display().to_string());
    let doc = doc.map(str::to_owned).or(from_config).unwrap_or_else(|| bundled::NAME.to_owned());
    let is_bundled = doc == bundled::NAME && !Path::new(&doc).is_file();
    let contract;
    let mut sources = Sources::default();
    let (shown, stem, octets, companion) = if is_bundled {
        let companion =
            settings::parse(Source::Companion, "core-7.toml", bundled::COMPANION, &env::environment)
                .map_err(|found| {
                    diagnostics::stop(&found, &SourceTexts::one("core-7.toml", bundled::COMPANION))
                })?;
        (
            "specs/core-7.yaml".to_owned(),
            bundled::NAME.to_owned(),
            bundled::DOCUMENT.as_bytes().to_vec(),
            Some(companion),
        )
    } else if doc == "-" {
        ("-".to_owned(), "stdin".to_owned(), stdin()?, None)
    } else if doc.starts_with("http://") || doc.starts_with("https://") {
        (
            doc.clone(),
            stem(doc.split(['?', '#']).next().unwrap_or(&doc)),
            fetch(&doc, crate::document::MAX_TEXT)?,
            None,
        )
    } else {
        let beside = Path::new(&doc).with_extension("toml");
        sources.files.extend([PathBuf::from(&doc), beside.clone()]);
        let companion = if beside.is_file() && beside != Path::new(&doc) {
            Some(settings_file(Source::Companion, &beside.display().to_string())?)
        } else {
            None
        };
        (doc.clone(), stem(&doc), read(&doc)?, companion)
    };
    let stem = name.map_or(stem, str::to_owned);
    let mut texts = SourceTexts::default();
    texts.add(&shown, &octets);
    let mut references = RefLoader::new(&doc, is_bundled, common.allow_remote_refs, &mut texts);
    let parsed = Document::parse(&shown, &octets, &mut |name| references.load(name));
    drop(octets);
    let (tree, mut found) = parsed.map_err(|found| diagnostics::stop(&[*found], &texts))?;
    match contract::build(&stem, &tree) {
        Ok((built, more)) => {
            found.extend(more);
            contract = built;
        }
        Err(more) => {
            found.extend(more);
            return Err(diagnostics::stop(&found, &texts));
        }
    }
    let settings = match companion {
        Some(companion) => config.settings.over(companion),
        None => config.settings,
    };
    let folder = common.fixtures.clone().or_else(|| {
        settings.fixtures.as_ref().map(|folder| config.folder.join(folder).display().to_string())
    });
    let mut files = if is_bundled { bundled::fixtures() } else { Vec::new() };
    match folder {
        Some(folder) => {
            if !Path::new(&folder).is_dir() {
                return Err(Stop::usage(format!("the folder of fixtures {folder} is not there")));
            }
            sources.fixtures.push(Path::new(&folder).join(&stem));
        }
        None if !is_bundled => sources.fixtures.push(Path::new("fixtures").join(&stem)),
        None => {}
    }
    for folder in &sources.fixtures {
        files.extend(folder_of(folder)?);
    }
    sources.files.extend(texts.asked.iter().map(PathBuf::from));
    let (fixtures, wrong) = Fixtures::load(&contract, files);
    found.extend(wrong);
    let (contract, problems) = (Arc::new(contract), found);
    Ok(Loaded { name: stem, contract, fixtures, settings, problems, texts, is_bundled, sources })
}

fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// The files of `<folder>/<operation>/…`; a folder that is not there has none. Links are followed
/// only to files, so that no loop can arise.
fn folder_of(folder: &Path) -> Result<Vec<(String, Bytes)>, Stop> {
    let mut files = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(files) };
    let mut folders: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    folders.sort();
    for operation in folders {
        let Ok(inside) = std::fs::read_dir(&operation) else { continue };
        let mut paths: Vec<PathBuf> = inside.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        // What begins with a dot is somebody else's: `.gitkeep`, `.DS_Store`.
        let is_hidden =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        for path in paths.into_iter().filter(|path| path.is_file() && !is_hidden(path)) {
            let octets = std::fs::read(&path).map_err(|error| {
                Stop::usage(format!("cannot read {}: {}", path.display(), reason(&error)))
            })?;
            let name = |path: &Path| {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            };
            files.push((format!("{}/{}", name(&operation), name(&path)), octets.into()));
        }
    }
    Ok(files)
}
