//! Where the texts of a project come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::document::bundle::{Bring, Refusal};

/// Why a text cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// What was named cannot be used: it does not exist, or is something else.
    #[error("{0}")]
    Unusable(String),
    /// Reading failed on the way.
    #[error("{0}")]
    Failed(String),
}

/// What reads for a project. The command line reads files and addresses, tests a [`Memory`].
pub trait Reader {
    /// The octets of a file by its path, of an address, or of stdin where the name is `-`.
    ///
    /// # Errors
    /// Why they cannot be had.
    fn read(&self, name: &str) -> Result<Vec<u8>, ReadError>;

    /// Whether there is a file of that name.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether there is a folder of that name.
    fn is_folder(&self, path: &Path) -> bool;

    /// The files of `<folder>/<operation>/`, by `<operation>/<file>`; none where there is no such folder.
    ///
    /// # Errors
    /// A file cannot be read.
    fn fixtures(&self, folder: &Path) -> Result<Vec<(String, Bytes)>, ReadError>;

    /// What reads the texts that the references of a document name.
    fn references(&self, document: &str) -> Box<Bring<'_>>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;
}

/// Whether a document is named by an address.
pub fn is_address(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// Files that are held in memory, and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Bytes>,
}

impl Memory {
    /// This with a further file.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, octets: impl Into<Bytes>) -> Self {
        self.files.insert(path.into(), octets.into());
        self
    }

    fn get(&self, path: &Path) -> Option<&Bytes> {
        self.files.get(path)
    }
}

impl Reader for Memory {
    fn read(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        let octets = self.get(Path::new(name)).map(|octets| octets.to_vec());
        octets.ok_or_else(|| ReadError::Unusable(format!("cannot read {name}: no such file")))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.files.keys().any(|file| file != path && file.starts_with(path))
    }

    fn fixtures(&self, folder: &Path) -> Result<Vec<(String, Bytes)>, ReadError> {
        let inside = self.files.iter().filter_map(|(path, octets)| {
            let below = path.strip_prefix(folder).ok()?;
            let name = below.to_string_lossy().replace('\\', "/");
            (below.components().count() == 2).then(|| (name, octets.clone()))
        });
        Ok(inside.collect())
    }

    fn references(&self, _document: &str) -> Box<Bring<'_>> {
        Box::new(|name| {
            let octets = self.get(Path::new(name)).map(|octets| octets.to_vec());
            octets.ok_or_else(|| Refusal::left_out(format!("{name}: no such file")))
        })
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
}
