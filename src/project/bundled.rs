//! The bundled document, its companion and its fixtures, compiled in.

use bytes::Bytes;
use include_dir::{Dir, include_dir};

/// Name of the bundled document.
pub const NAME: &str = "core-7";
/// The name that its text is shown under.
pub(super) const DOCUMENT_NAME: &str = "specs/core-7.yaml";
/// Its text.
pub(super) const DOCUMENT: &str = include_str!("../../specs/core-7.yaml");
/// The name that its companion is shown under.
pub(super) const COMPANION_NAME: &str = "core-7.toml";
/// Its companion.
pub(super) const COMPANION: &str = include_str!("../../specs/core-7.toml");

static FIXTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/core-7");

/// Its fixtures: path below the document's folder, and content.
pub(super) fn fixtures() -> Vec<(String, Bytes)> {
    let folders = FIXTURES.dirs();
    folders
        .flat_map(Dir::files)
        .map(|file| (file.path().to_string_lossy().replace('\\', "/"), Bytes::from_static(file.contents())))
        .collect()
}
