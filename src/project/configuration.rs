//! The configuration of a project: its settings, and where each of them is written.

use std::path::{Path, PathBuf};

use super::{Error, ReadError, Reader, SourceTexts, is_address};
use crate::config::{self, Places, Settings, Source};
use crate::document::{Place, Problem};
use crate::exchange::Secret;

/// The configuration and its path.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file as it is shown; empty where there is none.
    pub name: String,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What it says.
    pub settings: Settings,
    /// Its text; `None` where there is no file.
    pub text: Option<Secret>,
    /// Where its keys are.
    pub places: Places,
}

impl Config {
    /// Something that is wrong with it, at a JSON pointer.
    pub fn problem(&self, at: &str, message: impl Into<String>) -> Problem {
        let mut place = Place::new(&self.name, at);
        place.position = self.places.find(at);
        Problem::error(place, message)
    }

    /// Its text, for showing lines of it.
    pub fn texts(&self) -> SourceTexts {
        let mut texts = SourceTexts::default();
        if let Some(text) = &self.text {
            texts.add(&self.name, Source::Config.shown(text.reveal()).as_bytes());
        }
        texts
    }

    /// Whether its text has a word anywhere.
    pub fn mentions(&self, word: &str) -> bool {
        self.text.as_ref().is_some_and(|text| text.reveal().contains(word))
    }

    /// An error that it causes, with the place here.
    pub(super) fn caused(&self, at: &str, error: Error) -> Error {
        match error {
            Error::Read(ReadError::Unusable(message)) => {
                let help = "paths are relative to the folder of this file; correct it, or name the document yourself";
                let problem = self.problem(at, message).help(help);
                Error::Problems { problems: vec![problem], texts: self.texts() }
            }
            other => other,
        }
    }

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
        let text = text_of(&name, reader)?;
        let settings = parse_settings(Source::Config, &name, &text, reader)?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let places = Places::read(&text);
        Ok(Self { name, folder, settings, text: Some(Secret::new(text)), places })
    }
}

/// Reads a configuration, a companion or a keys file.
///
/// # Errors
/// The file cannot be read or used.
pub fn read_settings(source: Source, name: &str, reader: &dyn Reader) -> Result<Settings, Error> {
    parse_settings(source, name, &text_of(name, reader)?, reader)
}

pub(super) fn text_of(name: &str, reader: &dyn Reader) -> Result<String, Error> {
    String::from_utf8(reader.read(name)?).map_err(|_| Error::NotUtf8(name.to_owned()))
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
