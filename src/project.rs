//! A project: a document with its companion, the configuration and the fixtures.
//!
//! Every command, the tests and the benchmark load it here. The caller chooses where its texts come from: see
//! [`Reader`].

mod bundled;
mod configuration;
mod error;
mod messenger;
mod prepared;
mod reader;
pub mod select;
mod sources;
pub mod unmatched;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use indexmap::IndexMap;

use crate::check;
use crate::check::plan::{Given, Manner};
use crate::config::{self, Settings, Source, nearest};
use crate::contract::{self, Contract};
use crate::document::bundle::Refusal;
use crate::document::{Document, Place, Problem};
use crate::fixtures::Fixtures;
use crate::mock;
use crate::redact;
use crate::resources::Resources;

pub use bundled::NAME as BUNDLED;
pub use configuration::{Config, parse_settings, read_settings};
pub use error::Error;
pub use reader::{Memory, ReadError, Reader, is_address};
pub use sources::{Lines, SourceTexts};

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
    companion: Option<Companion>,
}

/// What is beside a document.
struct Companion {
    name: String,
    text: String,
    settings: Settings,
}

impl Companion {
    fn read(name: String, text: String, reader: &dyn Reader) -> Result<Self, Error> {
        let settings = parse_settings(Source::Companion, &name, &text, reader)?;
        Ok(Self { name, text, settings })
    }
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
        let is_from_config = wanted.document.is_none() && config.settings.spec.is_some();
        let found = if is_bundled { bundled_document(reader) } else { found(&document, reader, &mut inputs) };
        let Found { shown, stem, octets, companion } =
            found.map_err(|error| if is_from_config { config.caused("/spec", error) } else { error })?;
        let stem = wanted.name.clone().unwrap_or(stem);
        let mut texts = config.texts();
        texts.add(&shown, &octets);
        let names = overlays.iter().map(|name| self::shown(name)).collect();
        let overlays = overlays_of(overlays, reader, (&mut texts, &mut inputs))?;
        let source = (!is_bundled).then_some(document.as_str());
        let given = Texts { shown: &shown, octets, overlays, source };
        let (contract, mut problems) = contract_of(&stem, given, reader, (&mut texts, &mut inputs))?;
        if is_meant(&config, wanted, &document) {
            problems.extend(unmatched::problems(&contract, &config));
        }
        match fixtures_folder(wanted, &config, reader)? {
            Some(folder) => inputs.fixtures.push(Path::new(&folder).join(&stem)),
            None if !is_bundled => inputs.fixtures.push(Path::new("fixtures").join(&stem)),
            None => {}
        }
        let below = if is_bundled { bundled::fixtures() } else { Vec::new() };
        let (fixtures, wrong) = prepared::load(&contract, below, &inputs.fixtures, (reader, &mut texts))?;
        problems.extend(wrong);
        let settings = match companion {
            Some(Companion { name, text, settings }) => {
                texts.add(&name, Source::Companion.shown(&text).as_bytes());
                config.settings.over(settings)
            }
            None => config.settings,
        };
        let contract = Arc::new(contract);
        let overlays = names;
        Ok(Self { name: stem, contract, fixtures, settings, overlays, problems, texts, is_bundled, inputs })
    }

    /// What the document lets a runner infer, with what the settings say about collections. Worked out anew with
    /// each call.
    pub fn resources(&self) -> Resources {
        Resources::of(&self.contract, &self.settings.state)
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
        options.webhooks.clone_from(&self.settings.webhook);
        options.messenger = self.contract.sends().then(messenger::messenger).flatten();
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
                let message = format!("[[check.request]]: unknown operation {:?}", request.operation);
                let place = request.place.clone().unwrap_or_else(|| Place::new("", "/check/request"));
                let problem = Problem::error(place, message).help(nearest(&request.operation, known));
                return Err(Error::Problems { problems: vec![problem], texts: self.texts.clone() });
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
            odd_bodies: if is_loopback { check::OddBodies::Careful } else { check::OddBodies::None },
            ..check::Settings::default()
        })
    }
}

/// A header of `[[check.request]]`; the configuration was read only where it can be sent.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
}

/// Whether a configuration is about a document: its only one, or one that it does not name.
fn is_meant(config: &Config, wanted: &Wanted, document: &str) -> bool {
    let is_named = |spec: &String| config.locate(spec) == document;
    config.settings.document.is_empty()
        && (wanted.document.is_none() || config.settings.spec.as_ref().is_none_or(is_named))
}

/// The folder of fixtures that is asked for, which must exist.
fn fixtures_folder(wanted: &Wanted, config: &Config, reader: &dyn Reader) -> Result<Option<String>, Error> {
    let is_there = |folder: &String| reader.is_folder(Path::new(folder));
    if let Some(folder) = &wanted.fixtures {
        return if is_there(folder) {
            Ok(Some(folder.clone()))
        } else {
            Err(Error::NoFixtures(folder.clone()))
        };
    }
    let Some(named) = &config.settings.fixtures else { return Ok(None) };
    let folder = config.folder.join(named).display().to_string();
    if is_there(&folder) {
        return Ok(Some(folder));
    }
    let problem = config.problem("/fixtures", format!("the fixtures folder {folder} does not exist"));
    let problem = problem.help("make it, or leave `fixtures` out; `counterpart init` writes first fixtures");
    Err(Error::Problems { problems: vec![problem], texts: config.texts() })
}

fn bundled_document(reader: &dyn Reader) -> Result<Found, Error> {
    let companion =
        Companion::read(bundled::COMPANION_NAME.to_owned(), bundled::COMPANION.to_owned(), reader)?;
    Ok(Found {
        shown: bundled::DOCUMENT_NAME.to_owned(),
        stem: BUNDLED.to_owned(),
        octets: bundled::DOCUMENT.as_bytes().to_vec(),
        companion: Some(companion),
    })
}

/// The name and the text of the companion of a document, where it has one.
///
/// # Errors
/// It cannot be read.
pub fn companion(document: &str, reader: &dyn Reader) -> Result<Option<(String, String)>, Error> {
    let path = Path::new(document);
    if document == BUNDLED && !reader.is_file(path) {
        return Ok(Some((bundled::COMPANION_NAME.to_owned(), bundled::COMPANION.to_owned())));
    }
    let beside = path.with_extension("toml");
    if is_address(document) || beside == path || !reader.is_file(&beside) {
        return Ok(None);
    }
    let name = beside.display().to_string();
    let text = configuration::text_of(&name, reader)?;
    Ok(Some((name, text)))
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
    inputs.document = Some(path.to_path_buf());
    inputs.files.extend([path.to_path_buf(), path.with_extension("toml")]);
    let companion =
        companion(document, reader)?.map(|(name, text)| Companion::read(name, text, reader)).transpose()?;
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
