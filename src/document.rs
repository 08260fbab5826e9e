//! From text to tree: YAML and JSON documents of one or several files, with positions.
//!
//! The caller passes in the text; nothing here opens a file or a socket. The tree is kept and the text is
//! dropped. A position is looked up in text that is read again, and only when it must be shown
//! ([`position::locate`]).

pub mod bundle;
mod jsonpath;
mod origins;
mod overlay;
pub mod pointer;
pub mod position;
mod problem;
mod read;
mod tree;

use std::sync::Arc;

pub use overlay::Extends;
pub use problem::{Level, Place, Problem};
pub use read::{MAX_TEXT, Syntax};
pub use tree::{Document, FILES};

/// Reads a text that is no document of an API: nothing in it is followed.
///
/// # Errors
/// As [`Document::parse`].
pub fn read_tree(name: &str, octets: &[u8]) -> Result<serde_json::Value, Box<Problem>> {
    read::read(&name.into(), octets)
}

impl Document {
    /// Reads a document from octets: UTF-8, or UTF-16 with a byte order mark.
    ///
    /// # Errors
    /// A [`Problem`] with line and column where the text is neither YAML nor JSON, or goes past a
    /// limit (128 MiB of text, nesting beyond 128 levels of JSON, more nodes than YAML aliases may
    /// make).
    pub fn parse(
        name: &str,
        octets: &[u8],
        bring: &mut bundle::Bring<'_>,
    ) -> Result<(Self, Vec<Problem>), Box<Problem>> {
        let name: Arc<str> = name.into();
        let tree = read::read(&name, octets)?;
        Ok(bundle::bundle(name, tree, bring))
    }

    /// Reads a document and applies overlays, each with its name, before references are followed.
    ///
    /// # Errors
    /// As [`Document::parse`], and every problem of the overlays where one of them is an error.
    pub fn overlaid(
        name: &str,
        octets: &[u8],
        overlays: &[(String, Vec<u8>)],
        bring: &mut bundle::Bring<'_>,
    ) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let name: Arc<str> = name.into();
        let tree = read::read(&name, octets).map_err(|problem| vec![*problem])?;
        let (tree, origins, mut problems) = overlay::apply(&name, tree, overlays)?;
        let (mut document, found) = bundle::bundle(name, tree, bring);
        document.origins = Arc::new(origins);
        problems.extend(found.into_iter().map(|problem| document.led_back(problem)));
        Ok((document, problems))
    }

    /// A problem of the overlaid tree, at the place where it was written.
    fn led_back(&self, mut problem: Problem) -> Problem {
        if problem.place.file == self.name {
            problem.place = self.place(problem.place.pointer);
        }
        problem
    }
}
