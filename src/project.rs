//! A project: a document with its companion, the configuration and the fixtures.
//!
//! Every command, the tests and the benchmark load it here. The caller chooses where its texts come from: see
//! [`Reader`].

mod bundled;
mod reader;
pub mod select;
mod sources;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use indexmap::IndexMap;

use crate::check;
use crate::check::plan::{Given, Manner};
use crate::config::{self, Settings, Source, nearest};
use crate::contract::{self, Contract};
use crate::document::bundle::Refusal;
use crate::document::{Document, Problem};
use crate::fixtures::Fixtures;
use crate::mock;
use crate::redact;
use crate::resources::Resources;

pub use bundled::NAME as BUNDLED;
pub use reader::{Memory, ReadError, Reader, is_address};
pub use sources::{Lines, SourceTexts};

/// Why a project cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text cannot be had.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A document or a configuration cannot be used.
    #[error("{}", first(problems))]
    Problems {
        /// Everything that was found.
        problems: Vec<Problem>,
        /// What it was found in, for showing lines of it.
        texts: SourceTexts,
    },
    /// A configuration is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(String),
    /// The folder of fixtures that was asked for does not exist.
    #[error("the fixtures folder {0} does not exist")]
    NoFixtures(String),
    /// `[[check.request]]` names an operation that the document does not have.
    #[error("[[check.request]]: unknown operation {operation:?}; {help}")]
    UnknownOperation {
        /// What it names.
        operation: String,
        /// What it may mean.
        help: String,
    },
}

fn first(problems: &[Problem]) -> &str {
    problems.first().map_or("the document cannot be used", |problem| problem.message.as_str())
}

/// The configuration and its path.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file as it is shown; empty where there is none.
    pub name: String,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What it says.
    pub settings: Settings,
}

impl Config {
    /// A file that it names, as a path or an address.
    pub fn locate(&self, file: &str) -> String {
        if is_address(file) { file.to_owned() } else { self.folder.join(file).display().to_string() }
    }

    /// The overlays of its `spec`.
    pub fn overlays(&self) -> Vec<String> {
        let Settings { overlay, overlays, .. } = &self.settings;
        overlay.iter().chain(overlays).map(|file| self.locate(file)).collect()
    }

    /// Reads `counterpart.toml`.
    ///
    /// # Errors
    /// The file cannot be read or used.
    pub fn read(path: &Path, reader: &dyn Reader) -> Result<Self, Error> {
        let name = path.display().to_string();
        let settings = read_settings(Source::Config, &name, reader)?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { name, folder, settings })
    }
}

/// Reads a configuration, a companion or a keys file.
///
/// # Errors
/// The file cannot be read or used.
pub fn read_settings(source: Source, name: &str, reader: &dyn Reader) -> Result<Settings, Error> {
    let text = String::from_utf8(reader.read(name)?).map_err(|_| Error::NotUtf8(name.to_owned()))?;
    parse_settings(source, name, &text, reader)
}

/// Reads a configuration from its text.
///
/// # Errors
/// Its problems.
pub fn parse_settings(
    source: Source,
    name: &str,
    text: &str,
    reader: &dyn Reader,
) -> Result<Settings, Error> {
    config::parse(source, name, text, &|variable| reader.variable(variable))
        .map_err(|problems| Error::Problems { problems, texts: SourceTexts::one(name, &source.shown(text)) })
}

/// Which project is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The document: a path, `-`, an address, or the name of the bundled one. Where it is left out,
    /// the configuration's goes, then the bundled one.
    pub document: Option<String>,
    /// Overlays of it, in order. Where it is left out, those of the configuration go before them.
    pub overlays: Vec<String>,
    /// The name of its fixtures and snapshots, instead of the document's own.
    pub name: Option<String>,
    /// The folder of fixtures, instead of the configuration's.
    pub fixtures: Option<String>,
}

/// Files and folders that a project was read from, or would have been.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The document, where it is a file.
    pub document: Option<PathBuf>,
    /// Files.
    pub files: Vec<PathBuf>,
    /// Folders of fixtures, one for each document.
    pub fixtures: Vec<PathBuf>,
}

/// A document with everything that belongs to it.
#[derive(Debug)]
pub struct Project {
    /// What its folders of fixtures and snapshots are called.
    pub name: String,
    /// What the document promises.
    pub contract: Arc<Contract>,
    /// The fixtures that can be used.
    pub fixtures: Fixtures,
    /// The configuration over the companion.
    pub settings: Settings,
    /// The names of its overlays.
    pub overlays: Vec<String>,
    /// What is wrong with the document and the fixtures, and does not keep them from being used.
    pub problems: Vec<Problem>,
    /// What the document came from, for showing lines of it.
    pub texts: SourceTexts,
    /// Whether the document is the one that is compiled in.
    pub is_bundled: bool,
    /// What it was read from.
    pub inputs: Inputs,
}

/// The text of a document, and that of the companion beside it.
struct Found {
    /// The name that it is shown under.
    shown: String,
    stem: String,
    octets: Vec<u8>,
    companion: Option<Settings>,
}

impl Project {
    /// Loads a document with its companion and its fixtures.
    ///
    /// # Errors
    /// Something cannot be read, or the document or a configuration cannot be used.
    pub fn load(wanted: &Wanted, config: Config, reader: &dyn Reader) -> Result<Self, Error> {
        let from_config = || Some(config.locate(config.settings.spec.as_ref()?));
        let mut overlays = if wanted.document.is_none() { config.overlays() } else { Vec::new() };
        overlays.extend(wanted.overlays.iter().cloned());
        let document = wanted.document.clone().or_else(from_config).unwrap_or_else(|| BUNDLED.to_owned());
        let is_bundled = document == BUNDLED && !reader.is_file(Path::new(&document));
        let mut inputs = Inputs::default();
        let Found { shown, stem, octets, companion } =
            if is_bundled { bundled_document(reader)? } else { found(&document, reader, &mut inputs)? };
        let stem = wanted.name.clone().unwrap_or(stem);
        let mut texts = SourceTexts::default();
        texts.add(&shown, &octets);
        let names = overlays.iter().map(|name| self::shown(name)).collect();
        let overlays = overlays_of(overlays, reader, (&mut texts, &mut inputs))?;
        let source = (!is_bundled).then_some(document.as_str());
        let given = Texts { shown: &shown, octets, overlays, source };
        let (contract, mut problems) = contract_of(&stem, given, reader, (&mut texts, &mut inputs))?;
        let settings = match companion {
            Some(companion) => config.settings.over(companion),
            None => config.settings,
        };
        let folder = wanted.fixtures.clone().or_else(|| {
            settings.fixtures.as_ref().map(|folder| config.folder.join(folder).display().to_string())
        });
        match folder {
            Some(folder) if !reader.is_folder(Path::new(&folder)) => return Err(Error::NoFixtures(folder)),
            Some(folder) => inputs.fixtures.push(Path::new(&folder).join(&stem)),
            None if !is_bundled => inputs.fixtures.push(Path::new("fixtures").join(&stem)),
            None => {}
        }
        let mut files: Vec<(String, Bytes)> = if is_bundled { bundled::fixtures() } else { Vec::new() };
        for folder in &inputs.fixtures {
            files.extend(reader.fixtures(folder)?);
        }
        let (fixtures, wrong) = Fixtures::load(&contract, files);
        problems.extend(wrong);
        let contract = Arc::new(contract);
        let overlays = names;
        Ok(Self { name: stem, contract, fixtures, settings, overlays, problems, texts, is_bundled, inputs })
    }

    /// What the document lets a runner infer, with what the settings say about collections. Worked out anew with
    /// each call.
    pub fn resources(&self) -> Resources {
        Resources::with_items_apart(&self.contract, &self.settings.state)
    }

    /// The options of a mock at an address, with everything that the settings say.
    pub fn mock_options(&self, origin: impl Into<String>, clock: fn() -> jiff::Timestamp) -> mock::Options {
        let mut options = mock::Options::new(origin, clock);
        options.auth = self.auth();
        options.scopes = self.settings.scope_rules();
        options.keys.clone_from(&self.settings.keys);
        options.errors.clone_from(&self.settings.errors);
        options.state.clone_from(&self.settings.state);
        options.named = self.settings.named_objects();
        options.limit.clone_from(&self.settings.limit.rate);
        options.extra.clone_from(&self.settings.extra);
        options.credential = self.settings.credential.clone();
        options
    }

    /// How a mock checks credentials where no flag says it: as the settings say, else by scopes where
    /// keys are known.
    fn auth(&self) -> mock::Auth {
        match self.settings.mock.get("auth").and_then(toml::Value::as_str) {
            Some("scopes") => mock::Auth::Scopes,
            Some("present") => mock::Auth::Present,
            Some("off") => mock::Auth::Off,
            _ if self.settings.keys.is_empty() => mock::Auth::Present,
            _ => mock::Auth::Scopes,
        }
    }

    /// What the settings say about the plan of a check. A companion's requests that write are used
    /// against loopback targets alone: a document's folder must not make anybody write to a real service.
    ///
    /// # Errors
    /// The settings name an operation that the document does not have.
    pub fn plan_settings(&self, is_loopback: bool) -> Result<check::Settings, Error> {
        let text = |table: &IndexMap<String, toml::Value>| -> IndexMap<String, String> {
            table.iter().map(|(name, value)| (name.clone(), config::text(value))).collect()
        };
        let (mut given, mut manners) = (IndexMap::new(), IndexMap::new());
        for request in &self.settings.check.request {
            let Some(operation) = self.contract.operation(&request.operation) else {
                let known = self.contract.operations.iter().map(|operation| operation.id.as_str());
                let help = nearest(&request.operation, known);
                return Err(Error::UnknownOperation { operation: request.operation.clone(), help });
            };
            if request.from_companion && !is_loopback && !operation.is_safe() {
                continue;
            }
            if !request.headers.is_empty() || request.timeout.is_some() {
                let headers =
                    request.headers.iter().filter_map(|(name, value)| header(name, value)).collect();
                manners.entry(operation.index).or_insert(Manner { headers, timeout: request.timeout });
            }
            // How an operation is called says nothing of what it may do.
            if request.is_manner() {
                continue;
            }
            let one = Given {
                params: text(&request.params),
                body: request.body.as_ref().map(config::json),
                disposable: request.disposable,
                others: Vec::new(),
            };
            Given::add(&mut given, &request.operation, one);
        }
        Ok(check::Settings {
            params: text(&self.settings.check.params),
            given,
            manners,
            scopes: self.settings.scope_rules(),
            is_hostile: is_loopback,
            ..check::Settings::default()
        })
    }
}

/// A header of `[[check.request]]`; the configuration was read only where it can be sent.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
}

fn bundled_document(reader: &dyn Reader) -> Result<Found, Error> {
    let companion = parse_settings(Source::Companion, bundled::COMPANION_NAME, bundled::COMPANION, reader)?;
    Ok(Found {
        shown: bundled::DOCUMENT_NAME.to_owned(),
        stem: BUNDLED.to_owned(),
        octets: bundled::DOCUMENT.as_bytes().to_vec(),
        companion: Some(companion),
    })
}

/// Reads a document, and its companion where it is a file.
fn found(document: &str, reader: &dyn Reader, inputs: &mut Inputs) -> Result<Found, Error> {
    let shown = shown(document);
    if document == "-" {
        return Ok(Found { shown, stem: "stdin".to_owned(), octets: reader.read("-")?, companion: None });
    }
    if is_address(document) {
        let stem = stem(document.split(['?', '#']).next().unwrap_or(document));
        return Ok(Found { shown, stem, octets: reader.read(document)?, companion: None });
    }
    let path = Path::new(document);
    let beside = path.with_extension("toml");
    inputs.document = Some(path.to_path_buf());
    inputs.files.extend([path.to_path_buf(), beside.clone()]);
    let companion = if beside != path && reader.is_file(&beside) {
        Some(read_settings(Source::Companion, &beside.display().to_string(), reader)?)
    } else {
        None
    };
    Ok(Found { shown, stem: stem(document), octets: reader.read(document)?, companion })
}

/// The name that a text is shown under: an address may hold a password or a token, which nobody must see.
fn shown(name: &str) -> String {
    match name.split(['?', '#']).next() {
        Some(whole) if is_address(name) => redact::address(whole),
        _ => name.to_owned(),
    }
}

/// Reads overlays, each with its name.
fn overlays_of(
    names: Vec<String>,
    reader: &dyn Reader,
    (texts, inputs): (&mut SourceTexts, &mut Inputs),
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut overlays = Vec::new();
    for name in names {
        if !is_address(&name) {
            inputs.files.push(PathBuf::from(&name));
        }
        let octets = reader.read(&name)?;
        let name = shown(&name);
        texts.add(&name, &octets);
        overlays.push((name, octets));
    }
    Ok(overlays)
}

/// What a contract is made of.
struct Texts<'t> {
    /// The name that the document is shown under.
    shown: &'t str,
    octets: Vec<u8>,
    overlays: Vec<(String, Vec<u8>)>,
    /// What references are relative to; a document without it refers to nothing.
    source: Option<&'t str>,
}

/// The contract of a document, and what is wrong with it.
fn contract_of(
    name: &str,
    Texts { shown, octets, overlays, source }: Texts<'_>,
    reader: &dyn Reader,
    (texts, inputs): (&mut SourceTexts, &mut Inputs),
) -> Result<(Contract, Vec<Problem>), Error> {
    let mut references = match source {
        Some(source) => reader.references(source),
        None => Box::new(|_: &str| Err(Refusal::left_out("the document is compiled in"))),
    };
    let mut load = |name: &str| {
        if !is_address(name) {
            inputs.files.push(PathBuf::from(name));
        }
        let octets = references(name)?;
        texts.add(name, &octets);
        Ok(octets)
    };
    let parsed = Document::overlaid(shown, &octets, &overlays, &mut load);
    drop((octets, overlays));
    let refused = |problems: Vec<Problem>, texts: &mut SourceTexts| Error::Problems {
        problems,
        texts: std::mem::take(texts),
    };
    let (document, mut problems) = parsed.map_err(|problems| refused(problems, texts))?;
    match contract::build(name, &document) {
        Ok((contract, more)) => {
            problems.extend(more);
            Ok((contract, problems))
        }
        Err(more) => {
            problems.extend(more);
            Err(refused(problems, texts))
        }
    }
}

fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

#[cfg(test)]
mod tests;
