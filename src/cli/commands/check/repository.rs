//! The repository around a document: names of files as it has them, for reports that are read beside it, and its commit.

#![expect(clippy::disallowed_methods, reason = "finds out where files are")]

use std::path::{Path, PathBuf};

use crate::cli::env::environment;
use crate::run::Run;

/// Variables in which CI servers name the commit that they run for: GitHub, GitLab and Woodpecker, Jenkins, Azure, Circle,
/// Bitbucket, Buildkite, Travis, Drone, AppVeyor, CodeBuild, TeamCity.
const COMMIT_OF_CI: &[&str] = &[
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1",
    "BITBUCKET_COMMIT",
    "BUILDKITE_COMMIT",
    "TRAVIS_COMMIT",
    "DRONE_COMMIT_SHA",
    "APPVEYOR_REPO_COMMIT",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "BUILD_VCS_NUMBER",
];
/// Larger files of a repository are not read, in bytes: a list of packed references has a line for each.
const MOST: u64 = 16 << 20;

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

/// The commit that a document is of: as a CI server names it, else what the repository around the document, or around
/// the user's folder, has checked out.
pub(in crate::cli::commands) fn commit(document: &str) -> Option<String> {
    let named = COMMIT_OF_CI.iter().filter_map(|name| environment(name)).find(|text| is_commit(text));
    named.or_else(|| {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok()?;
        let file = here.join(document).canonicalize().ok();
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(&here);
        checked_out(&root(folder)?)
    })
}

/// An id of git: SHA-1 or SHA-256, in hexadecimal digits.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// What a repository has checked out (gitrepository-layout(5)). A worktree has its own `HEAD`, and shares its branches.
fn checked_out(root: &Path) -> Option<String> {
    let git = root.join(".git");
    let own = match text(&git) {
        Some(text) => root.join(text.strip_prefix("gitdir:")?.trim()),
        None => git,
    };
    let shared = text(&own.join("commondir")).map_or_else(|| own.clone(), |common| own.join(common.trim()));
    let head = text(&own.join("HEAD"))?;
    let head = head.trim();
    let Some(branch) = head.strip_prefix("ref: ") else {
        return Some(head.to_owned()).filter(|id| is_commit(id));
    };
    let loose = [&own, &shared].into_iter().find_map(|folder| text(&folder.join(branch)));
    let packed = || {
        let all = text(&shared.join("packed-refs"))?;
        let of_branch = all.lines().filter_map(|line| line.split_once(' ')).find(|(_, name)| *name == branch);
        of_branch.map(|(id, _)| id.to_owned())
    };
    loose.map(|id| id.trim().to_owned()).or_else(packed).filter(|id| is_commit(id))
}

/// A small text of a repository.
fn text(file: &Path) -> Option<String> {
    let is_small = std::fs::metadata(file).is_ok_and(|about| about.is_file() && about.len() <= MOST);
    is_small.then(|| std::fs::read_to_string(file).ok())?
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

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[rstest]
    #[case::on_a_branch(&[(".git/HEAD", "ref: refs/heads/main\n"), (".git/refs/heads/main", ID)], Some(ID))]
    #[case::packed(
        &[(".git/HEAD", "ref: refs/heads/a/b\n"), (".git/packed-refs", &format!("# pack\n{ID} refs/heads/a/b\n^1\n"))],
        Some(ID)
    )]
    #[case::detached(&[(".git/HEAD", ID)], Some(ID))]
    #[case::a_worktree(
        &[
            (".git", "gitdir: main/.git/worktrees/one\n"),
            ("main/.git/worktrees/one/HEAD", "ref: refs/heads/one\n"),
            ("main/.git/worktrees/one/commondir", "../..\n"),
            ("main/.git/refs/heads/one", ID),
        ],
        Some(ID)
    )]
    #[case::nothing_committed_yet(&[(".git/HEAD", "ref: refs/heads/main\n")], None)]
    #[case::no_id(&[(".git/HEAD", "<script>")], None)]
    #[case::no_repository(&[("HEAD", ID)], None)]
    fn commits(#[case] files: &[(&str, &str)], #[case] expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        assert_eq!(checked_out(folder.path()).as_deref(), expected);
    }
}
