//! Loads what references point to: files below the document's folder, and addresses if they are allowed.

use std::path::{Component, Path, PathBuf};

use super::fetch::fetch;
use super::files::reason;
use crate::document::bundle::Refusal;
use crate::project::is_address;

/// Larger texts are not read, in bytes.
const MAX_TEXT: u64 = 32 << 20;
/// All of them together are not larger than this, in bytes.
const MAX_TOTAL: u64 = 128 << 20;

/// Loads the texts that one document refers to.
pub(super) struct RefLoader {
    folder: Folder,
    allow_remote: bool,
    left: u64,
}

enum Folder {
    /// The document is a file: its folder, with links followed.
    Local(PathBuf),
    /// The document has an address.
    Remote,
    /// The folder of the document cannot be found.
    Nowhere,
}

impl RefLoader {
    /// For a document by its name.
    pub fn new(document: &str, allow_remote: bool) -> Self {
        let folder = if is_address(document) {
            Folder::Remote
        } else {
            let folder = Path::new(document).parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = if document == "-" { None } else { folder };
            folder.unwrap_or(Path::new(".")).canonicalize().map_or(Folder::Nowhere, Folder::Local)
        };
        Self { folder, allow_remote, left: MAX_TOTAL }
    }

    pub fn load(&mut self, name: &str) -> Result<Vec<u8>, Refusal> {
        let octets = if is_address(name) { self.address(name)? } else { self.file(name)? };
        let size = octets.len() as u64;
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            refusal(
                format!("the files that references point to have more than {} MiB together", MAX_TOTAL >> 20),
                "the reference is ignored",
            )
        })?;
        Ok(octets)
    }

    fn address(&self, address: &str) -> Result<Vec<u8>, Refusal> {
        if !self.allow_remote {
            return Err(refusal(
                "it points to another host".to_owned(),
                "pass --allow-remote-refs to fetch it; until then it is ignored",
            ));
        }
        let limit = usize::try_from(MAX_TEXT).unwrap_or(usize::MAX);
        fetch(address, limit).map_err(|error| refusal(error.to_string(), "the reference is ignored"))
    }

    fn file(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let outside = || {
            refusal(
                "it points outside the document's folder".to_owned(),
                "only files below the document's folder are read; move it there, or start from a document above both",
            )
        };
        let folder = match &self.folder {
            Folder::Local(folder) => folder,
            Folder::Remote | Folder::Nowhere => return Err(outside()),
        };
        if name.starts_with("file:") || name.contains('\0') {
            return Err(outside());
        }
        let path = Path::new(name);
        let real = match path.canonicalize() {
            Ok(real) => real,
            // Nothing is said about files elsewhere, not even whether they exist.
            Err(_) if !is_below(path, folder) => return Err(outside()),
            Err(error) => {
                return Err(refusal(
                    format!("{name}: {}", reason(&error)),
                    "check the path; it is relative to the file that contains the reference",
                ));
            }
        };
        if !real.starts_with(folder) {
            return Err(outside());
        }
        let is_readable =
            std::fs::metadata(&real).is_ok_and(|about| about.is_file() && about.len() <= MAX_TEXT);
        if !is_readable {
            return Err(refusal(
                format!("{name} is not a file of at most {} MiB", MAX_TEXT >> 20),
                "the reference is ignored",
            ));
        }
        std::fs::read(&real)
            .map_err(|error| refusal(format!("{name}: {}", reason(&error)), "the reference is ignored"))
    }
}

/// Whether a file that does not exist would be below the folder.
fn is_below(path: &Path, folder: &Path) -> bool {
    let here = |around: &Path| if around.as_os_str().is_empty() { PathBuf::from(".") } else { around.into() };
    let existing = path.ancestors().skip(1).find_map(|around| here(around).canonicalize().ok());
    let goes_up = path.components().any(|step| step == Component::ParentDir);
    !goes_up && existing.is_some_and(|existing| existing.starts_with(folder))
}

fn refusal(message: String, help: &str) -> Refusal {
    Refusal { message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Nothing is told of files elsewhere: one that is there is refused as one that is not.
    #[rstest]
    #[case("in/more.yaml", None)]
    #[case("in/missing.yaml", Some("missing.yaml: "))]
    #[case("in/deeper/missing.yaml", Some("missing.yaml: "))]
    #[case("out.yaml", Some("outside the document's folder"))]
    #[case("missing.yaml", Some("outside the document's folder"))]
    #[case("in/../missing.yaml", Some("outside the document's folder"))]
    #[case("inner.yaml", Some("outside the document's folder"))]
    #[case("in", Some("is not a file"))]
    fn files_are_those_below_the_document(#[case] name: &str, #[case] refused: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir(at("in")).unwrap();
        for file in ["in/api.yaml", "in/more.yaml", "out.yaml"] {
            std::fs::write(at(file), "{}").unwrap();
        }
        let mut loader = RefLoader::new(&at("in/api.yaml"), false);
        let why = loader.load(&at(name)).err().map(|refusal| refusal.message);
        assert_eq!(why.is_some(), refused.is_some(), "{why:?}");
        assert!(why.unwrap_or_default().contains(refused.unwrap_or_default()));
    }
}
