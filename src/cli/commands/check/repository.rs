//! Names of files as a repository has them, for reports that are read beside it.

#![expect(clippy::disallowed_methods, reason = "finds out where files are")]

use std::path::{Path, PathBuf};

use crate::run::Run;

/// A run whose places are named as the repository names them, whatever way the user named the document.
pub(super) fn located(run: &Run) -> Run {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let mut located = run.clone();
    located.rename_files(&|file| name(&here, file));
    located
}

/// A file below the repository that the user is in, else the one that the file is in, else the user's folder. What is
/// elsewhere, or no file, keeps its name.
fn name(here: &Path, file: &str) -> String {
    let Ok(path) = here.join(file).canonicalize() else { return file.to_owned() };
    let roots = [root(here), path.parent().and_then(root), Some(here.to_owned())];
    let below = roots.iter().flatten().find_map(|root| path.strip_prefix(root).ok());
    below.map_or_else(|| file.to_owned(), |below| below.to_string_lossy().replace('\\', "/"))
}

/// The folder of the repository around a folder: a worktree has a file there.
fn root(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::as_it_is("repo", "api/openapi.yaml", "api/openapi.yaml")]
    #[case::from_a_folder("repo/api", "openapi.yaml", "api/openapi.yaml")]
    #[case::roundabout("repo/api", "../api/./openapi.yaml", "api/openapi.yaml")]
    #[case::from_outside("", "repo/api/openapi.yaml", "api/openapi.yaml")]
    #[case::no_repository("", "other/a.yaml", "other/a.yaml")]
    #[case::no_file("repo", "http://x/openapi.yaml", "http://x/openapi.yaml")]
    #[case::bundled("repo", "core-7", "core-7")]
    fn names(#[case] here: &str, #[case] file: &str, #[case] expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("repo/.git")).unwrap();
        std::fs::create_dir_all(top.join("repo/api")).unwrap();
        std::fs::create_dir_all(top.join("other")).unwrap();
        std::fs::write(top.join("repo/api/openapi.yaml"), "").unwrap();
        std::fs::write(top.join("other/a.yaml"), "").unwrap();
        assert_eq!(name(&top.join(here), file), expected);
        let absolute = top.join(here).join(file);
        if absolute.exists() {
            assert_eq!(name(&top.join(here), &absolute.to_string_lossy()), expected, "by its whole path");
        }
    }
}
