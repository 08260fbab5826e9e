//! What is compiled in: the bundled document, its companion and its fixtures.

use bytes::Bytes;
use include_dir::{Dir, include_dir};

/// Name of the bundled document.
pub(super) const NAME: &str = "core-7";
/// Its text.
pub(super) const DOCUMENT: &str = include_str!("../../specs/core-7.yaml");
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
