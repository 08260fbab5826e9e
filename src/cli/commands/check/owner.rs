//! Which document a folder of snapshots belongs to: files of one name may be two documents.

#![expect(clippy::disallowed_methods, reason = "finds out which paths lead to the same file")]

use std::path::{Component, Path, PathBuf};

use crate::cli::fs;
use crate::cli::output::{Stop, say};
use crate::contract::Contract;
use crate::snapshot::file::File;
use crate::snapshot::{Learnt, Names};

/// A document as seen from the folder of all snapshots, so that it is the same on each machine; nothing where it
/// is no file.
pub(super) fn seen_from(root: &Path, document: Option<&Path>) -> Option<String> {
    let parts = |path: &Path| -> Option<Vec<String>> {
        let mut parts = Vec::new();
        for part in std::path::absolute(path).ok()?.components() {
            match part {
                Component::ParentDir => {
                    parts.pop();
                }
                Component::CurDir => {}
                part => parts.push(part.as_os_str().to_str()?.to_owned()),
            }
        }
        Some(parts)
    };
    let (from, to) = (parts(root)?, parts(document?)?);
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    let down = to.iter().skip(shared).map(String::as_str);
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// Refuses a folder that has the snapshots of another document. One that is not there any more has moved, and one
/// with the same operations may be a copy, of which is only told.
pub(super) fn check(
    (root, folder): (&Path, &Path),
    document: Option<&Path>,
    contract: &Contract,
) -> Result<(), Stop> {
    let Some(document) = document else { return Ok(()) };
    let names = Names::of(contract);
    let (mut other, mut known, mut all) = (None, 0_usize, 0_usize);
    for name in fs::named(folder, ".snap")?.iter().filter(|name| *name != Learnt::FILE) {
        all += 1;
        known += usize::from(names.operation_of(contract, name).is_some());
        if other.is_none() {
            let file = fs::text(&folder.join(name))?.as_deref().and_then(File::parse);
            other = file.and_then(|file| other_document(root, &file.document?, document));
        }
    }
    let Some(other) = other else { return Ok(()) };
    let told = format!(
        "{} has the snapshots of {}, and this is {}",
        folder.display(),
        other.display(),
        document.display()
    );
    let ways = "give each document a name under [[document]] in counterpart.toml, or a folder of its own";
    if known * 2 < all {
        return Err(Stop::usage(format!("{told}: two documents of one name; {ways}")));
    }
    say(&format!("{told}; if they are two documents, {ways}"));
    Ok(())
}

/// The file that snapshots were taken by, where it is there, and neither the document nor a copy of it.
fn other_document(root: &Path, recorded: &str, document: &Path) -> Option<PathBuf> {
    let recorded = root.join(recorded).canonicalize().ok()?;
    let document = document.canonicalize().ok()?;
    let is_same = recorded == document || std::fs::read(&recorded).ok()? == std::fs::read(&document).ok()?;
    (!is_same).then_some(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("snapshots", "openapi.yaml", "../openapi.yaml")]
    #[case("a/snapshots", "services/b/../c/openapi.yaml", "../../services/c/openapi.yaml")]
    #[case("snapshots", "./snapshots/openapi.yaml", "openapi.yaml")]
    #[case("/x/snapshots", "/y/openapi.yaml", "../../y/openapi.yaml")]
    fn a_document_is_named_from_the_folder(#[case] root: &str, #[case] document: &str, #[case] seen: &str) {
        assert_eq!(seen_from(Path::new(root), Some(Path::new(document))).as_deref(), Some(seen));
    }
}
