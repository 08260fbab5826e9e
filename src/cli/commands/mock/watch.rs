//! `--watch`: reloads what a mock was read from when it changes.
//!
//! File system events only wake this up. Whether something changed is decided by the times and sizes of the
//! files themselves. So a log file beside the document causes no reload, and files that are replaced by
//! renaming, or behind links, are seen like any others.

#![expect(clippy::disallowed_methods, reason = "looks at the times of files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use crate::project::Inputs;

/// Changes that are nearer to each other than this are one.
const QUIET: Duration = Duration::from_millis(80);
/// For file systems that send no events, such as mounted ones: how often files are checked anyway.
const ANYWAY: Duration = Duration::from_secs(1);

/// How far the clock of a file system may be behind.
const COARSE: Duration = Duration::from_millis(20);

/// When a file was written and how large it is; `None` where there is none.
type Stamp = Option<(SystemTime, u64)>;

/// Looks at all that was read.
fn stamps(inputs: &Inputs) -> BTreeMap<PathBuf, Stamp> {
    let stamp = |path: &Path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
    };
    let fixtures =
        inputs.fixtures.iter().flat_map(|folder| inside(folder)).flat_map(|folder| inside(&folder));
    inputs.files.iter().cloned().chain(fixtures).map(|path| (path.clone(), stamp(&path))).collect()
}

/// The folders that have to be listened to; the nearest that exists where one does not.
fn folders(inputs: &Inputs) -> BTreeSet<PathBuf> {
    let of_files = inputs.files.iter().filter_map(|file| file.parent()).map(Path::to_path_buf);
    let of_fixtures = inputs.fixtures.iter().flat_map(|folder| {
        let inside = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        std::iter::once(folder.clone()).chain(inside.map(|entry| entry.path()).filter(|path| path.is_dir()))
    });
    let existing = |folder: PathBuf| {
        let around = |folder: &Path| {
            if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() }
        };
        folder.ancestors().map(around).find(|folder| folder.is_dir())
    };
    of_files.chain(of_fixtures).filter_map(existing).collect()
}

/// Who listens to folders.
struct Ear {
    /// Missing if the system offers nothing; files are checked anyway.
    debouncer: Option<Debouncer<RecommendedWatcher, RecommendedCache>>,
    listened: BTreeSet<PathBuf>,
}

impl Ear {
    fn new() -> (Self, Receiver<DebounceEventResult>) {
        let (sender, woken) = channel();
        // The sender is kept by the debouncer alone; without one the receiver only times out.
        let debouncer = new_debouncer(QUIET, None, sender).ok();
        (Self { debouncer, listened: BTreeSet::new() }, woken)
    }

    /// Listens to these folders and to no others.
    fn listen(&mut self, folders: BTreeSet<PathBuf>) {
        let Some(debouncer) = &mut self.debouncer else { return };
        for old in self.listened.difference(&folders) {
            // It may be gone already.
            let _ = debouncer.unwatch(old);
        }
        self.listened = folders
            .into_iter()
            .filter(|folder| {
                self.listened.contains(folder) || debouncer.watch(folder, RecursiveMode::NonRecursive).is_ok()
            })
            .collect();
    }
}

/// What is known of the files of a reload: their stamps from before it read them. Files that nobody read
/// before have none; where one was written since the reload began, it may have been read before that, so it
/// counts as changed.
fn known(
    before: &BTreeMap<PathBuf, Stamp>,
    after: BTreeMap<PathBuf, Stamp>,
    begun: SystemTime,
) -> BTreeMap<PathBuf, Stamp> {
    let is_older = |(written, _): &(SystemTime, u64)| *written + COARSE < begun;
    let known = after.into_iter().map(|(path, stamp)| {
        let known = before.get(&path).copied().unwrap_or_else(|| stamp.filter(is_older));
        (path, known)
    });
    known.collect()
}

/// Why something is reloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A file was changed.
    Change,
    /// Another replica has reloaded.
    Told,
}

/// Listens from now on, in a thread of its own. `reload` is called after each change, and when `is_told` was set; it
/// returns what was read this time, or nothing where that failed.
pub(super) fn start(
    mut inputs: Inputs,
    is_told: Arc<AtomicBool>,
    mut reload: impl FnMut(Cause) -> Option<Inputs> + Send + 'static,
) {
    let (mut ear, woken) = Ear::new();
    ear.listen(folders(&inputs));
    let mut seen = stamps(&inputs);
    std::thread::spawn(move || {
        loop {
            match woken.recv_timeout(ANYWAY) {
                Ok(_) => while woken.try_recv().is_ok() {},
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(ANYWAY),
            }
            // Before files are looked at, so that what comes between is heard.
            ear.listen(folders(&inputs));
            let mut now = stamps(&inputs);
            let told = is_told.swap(false, Ordering::Relaxed);
            let cause = if now == seen { Cause::Told } else { Cause::Change };
            if cause == Cause::Told && !told {
                continue;
            }
            // A file that is being written is let finish.
            for _ in 0..20 {
                std::thread::sleep(QUIET / 2);
                let later = stamps(&inputs);
                if later == now {
                    break;
                }
                now = later;
            }
            seen = now;
            let begun = SystemTime::now();
            if let Some(read) = reload(cause) {
                inputs = read;
                ear.listen(folders(&inputs));
                seen = known(&seen, stamps(&inputs), begun);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_yet_is_listened_for() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_path_buf();
        std::fs::create_dir_all(folder.join("fixtures/api/list")).unwrap();
        std::fs::write(folder.join("fixtures/api/list/200.json"), "1").unwrap();
        let inputs = Inputs {
            files: vec![folder.join("api.yaml"), "counterpart.toml".into()],
            fixtures: vec![folder.join("fixtures/api"), folder.join("missing/api")],
            ..Inputs::default()
        };
        let before = stamps(&inputs);
        assert_eq!(before.len(), 3);
        let listened = folders(&inputs);
        let expected =
            [folder.clone(), folder.join("fixtures/api"), folder.join("fixtures/api/list"), ".".into()];
        assert_eq!(listened, expected.into_iter().collect());
        std::fs::write(folder.join("api.yaml"), "x").unwrap();
        assert_ne!(stamps(&inputs), before);
    }
    #[test]
    fn a_new_file_that_is_written_during_a_reload_counts_as_changed() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let of = |stamps: &[(&str, Stamp)]| -> BTreeMap<PathBuf, Stamp> {
            stamps.iter().map(|(path, stamp)| (PathBuf::from(path), *stamp)).collect()
        };
        let before = of(&[("old", Some((at(1), 1)))]);
        let after = of(&[
            ("old", Some((at(9), 2))),
            ("new", Some((at(3), 3))),
            ("missing", None),
            ("written", Some((at(6), 4))),
        ]);
        let expected =
            of(&[("old", Some((at(1), 1))), ("new", Some((at(3), 3))), ("missing", None), ("written", None)]);
        assert_eq!(known(&before, after, at(5)), expected);
    }
}
