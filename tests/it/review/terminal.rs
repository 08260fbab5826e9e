//! The review in a real terminal, key by key.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{after, check_ten, left, ten_changed, waiting};
use crate::command::{counterpart, empty, put, text};
use crate::support::root;

/// A terminal of tmux, on a server of its own; it ends when this is dropped.
///
/// Each has a socket of its own: a server that was told to end still listens for a moment, and takes the next
/// terminal with it.
struct Terminal {
    socket: PathBuf,
    _kept: TempDir,
}

impl Terminal {
    fn start(folder: &Path, line: &str, (columns, rows): (u16, u16)) -> Self {
        let kept = empty();
        let terminal = Self { socket: kept.path().join("tmux"), _kept: kept };
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
            "-c",
            &folder.display().to_string(),
            line,
        ]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(arguments)
            .output()
            .expect("tmux is installed");
        text(&output.stdout)
    }

    fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Waits until the screen shows a text.
    fn shows(&self, wanted: &str) -> String {
        self.shows_all(&[wanted])
    }

    /// Waits until the screen shows every text: a screen that is half drawn has the first of them alone.
    fn shows_all(&self, wanted: &[&str]) -> String {
        let start = Instant::now();
        loop {
            let screen = self.tmux(&["capture-pane", "-p", "-S", "-200"]);
            let missing: Vec<_> = wanted.iter().filter(|text| !screen.contains(**text)).collect();
            if missing.is_empty() {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{missing:?} is not shown:\n{screen}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn review(folder: &Path) -> Terminal {
    review_in(folder, "", (120, 50))
}

/// A review with something in its environment, in a terminal of a size.
fn review_in(folder: &Path, environment: &str, size: (u16, u16)) -> Terminal {
    let binary = env!("CARGO_BIN_EXE_counterpart");
    Terminal::start(folder, &format!("{environment} {binary} review; echo exit $?; sleep 60"), size)
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs tmux; --features heavy")]
fn three_hundred_equal_changes_are_accepted_with_one_key() {
    let folder = empty();
    for number in 0..300 {
        waiting(folder.path(), &format!("op{number:03}"), &[("tags", "allowed")]);
    }
    // One of them has more to it, and is asked about by itself.
    waiting(folder.path(), "op300", &[("tags", "allowed"), ("zoo", "unknown")]);
    let terminal = review(folder.path());
    terminal.shows("+ /tags in 301 snapshots, allowed by the schema");
    terminal.key("a");
    terminal.shows_all(&["api/op300.200.snap", "+ /tags  allowed by the schema ✓ accepted"]);
    terminal.key("r");
    terminal.shows("301/301 decided  accepted 300, rejected 1, skipped 0");
    terminal.key("Enter");
    terminal.shows("exit 0");
    assert_eq!(left(folder.path()), 0);
    let one = |name: &str| {
        std::fs::read_to_string(folder.path().join(format!("snapshots/api/{name}.200.snap")))
            .expect("a snapshot")
    };
    assert!(one("op150").contains("\"tags\": true") && !one("op150").contains("info:"));
    assert!(!one("op300").contains("tags"));
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs tmux; --features heavy")]
fn a_walk_through_review_in_a_terminal() {
    let folder = empty();
    for (name, field, label) in [("a", "x", "allowed"), ("b", "y", "breaks"), ("c", "z", "unknown")] {
        waiting(folder.path(), name, &[(field, label)]);
    }
    let terminal = review(folder.path());
    terminal.shows("0/3 decided  api/a.200.snap");
    // The change is labelled where it stands, and the comma before it is no change.
    let screen = terminal.shows_all(&["+   \"x\": true   ← allowed by the schema", "    \"id\": 1,"]);
    assert!(!screen.contains("-   \"id\""), "{screen}");
    terminal.key("i");
    terminal.shows("→ GET http://target/a");
    terminal.shows("← x-served-by: nine");
    terminal.key("q");
    terminal.shows("+ /x  allowed by the schema");
    terminal.key("a");
    terminal.shows("+ /y  breaks the schema");
    terminal.key("r");
    terminal.shows("+ /z  not in the document");
    terminal.key("u");
    terminal.key("s");
    terminal.key("d");
    terminal.shows("lines 1-");
    terminal.key("q");
    terminal.key("S");
    terminal.shows("Skip all that is left, 1 change in 1 snapshot?");
    terminal.key("y");
    terminal.shows("3/3 decided  accepted 1, rejected 0, skipped 2");
    terminal.key("Enter");
    terminal.shows("exit 1");
    assert_eq!(left(folder.path()), 2);
    // Whoever breaks off has decided nothing.
    let terminal = review(folder.path());
    terminal.shows("0/2 decided  api/b.200.snap");
    terminal.key("a");
    terminal.shows("1/2 decided  api/c.200.snap");
    terminal.key("C-c");
    terminal.shows("exit 130");
    assert_eq!(left(folder.path()), 2);
    // Scripts need no terminal, and without one nothing is guessed.
    let output = counterpart(folder.path(), &["review"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("2 snapshots to review"), "{}", text(&output.stderr));
    assert_eq!(
        text(&counterpart(folder.path(), &["review", "--reject", "--only", "b.*"]).stdout),
        "rejected 1\n"
    );
    assert_eq!(left(folder.path()), 1);
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs tmux; --features heavy")]
fn only_what_was_shown_is_accepted() {
    let folder = empty();
    let at = folder.path();
    waiting(at, "a", &[("x", "allowed")]);
    let terminal = review(at);
    terminal.shows("0/1 decided  api/a.200.snap");
    let pending = at.join("snapshots/api/a.200.snap.new");
    let other = std::fs::read_to_string(&pending).expect("a file").replace("true", "\"never shown\"");
    std::fs::write(&pending, other).expect("a file");
    terminal.key("a");
    terminal.key("Enter");
    terminal.shows("changed during the review; nothing was written");
    terminal.shows("exit 2");
    let reviewed = std::fs::read_to_string(at.join("snapshots/api/a.200.snap")).expect("a file");
    assert!(!reviewed.contains("never shown"));
    // What is no snapshot keeps nobody from the others.
    put(at, "snapshots/api/b.200.snap.new", "garbage");
    let output = counterpart(at, &["review", "--accept"]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), "accepted 1\n"));
    assert!(text(&output.stderr).contains("b.200.snap.new is not a snapshot"), "{}", text(&output.stderr));
    // A folder that stands where a file should is told before anything is written.
    std::fs::remove_file(at.join("snapshots/api/b.200.snap.new")).expect("a file");
    waiting(at, "c", &[("x", "allowed")]);
    waiting(at, "d", &[("x", "allowed")]);
    std::fs::remove_file(at.join("snapshots/api/d.200.snap")).expect("a file");
    std::fs::create_dir(at.join("snapshots/api/d.200.snap")).expect("a folder");
    assert_eq!(counterpart(at, &["review", "--accept"]).status.code(), Some(3));
    assert_eq!(left(at), 2);
}

/// Lines on the screen, as wide as they are.
fn widest(screen: &str) -> usize {
    screen.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs tmux; --features heavy")]
fn ten_changed_snapshots_in_a_small_terminal() {
    let folder = ten_changed();
    let at = folder.path();
    let terminal = review_in(at, "", (80, 24));
    terminal.shows_all(&[
        "0/10 decided  + /version in 10 snapshots, allowed by the schema",
        "and 7 more",
        "q end",
    ]);
    terminal.key("?");
    terminal.shows("accept this change in every snapshot that has it");
    terminal.key("q");
    // What is left is asked back about, and nothing is decided by a no.
    terminal.key("A");
    terminal.shows("Accept all that is left, 14 changes in 10 snapshots?");
    terminal.key("n");
    terminal.shows("0/10 decided  + /version");
    terminal.key("A");
    terminal.shows("Accept all that is left");
    terminal.key("y");
    terminal.shows("10/10 decided  accepted 10, rejected 0, skipped 0");
    terminal.key("u");
    terminal.shows("0/10 decided  + /version");
    terminal.key("a");
    terminal.shows_all(&["6/10 decided  api/op0.200.snap", "+ /version  allowed by the schema ✓ accepted"]);
    std::fs::create_dir_all(root().join("target/pictures")).expect("a folder");
    let drawn = terminal.tmux(&["capture-pane", "-p", "-e"]);
    assert!(drawn.contains("\u{1b}[32m"), "colours are shown: {drawn}");
    std::fs::write(root().join("target/pictures/review-terminal.ansi"), drawn).expect("a file");
    terminal.key("s");
    terminal.shows("7/10 decided  api/op1.200.snap");
    terminal.key("r");
    // A value of two thousand characters takes one line; the pager shows the rest sideways.
    let screen = terminal.shows_all(&["8/10 decided  api/op2.200.snap", "long l…"]);
    assert!(widest(&screen) <= 80, "{screen}");
    terminal.key("d");
    terminal.shows("lines 1-");
    terminal.key("Right");
    terminal.shows("…");
    terminal.key("q");
    terminal.shows("8/10 decided  api/op2.200.snap");
    terminal.tmux(&["resize-window", "-x", "50", "-y", "18"]);
    let start = Instant::now();
    loop {
        let screen = terminal.shows("8/10 decided  api/op2.200.snap");
        let is_redrawn = widest(&screen) <= 50 && screen.contains("? help");
        if is_redrawn {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{screen}");
        std::thread::sleep(Duration::from_millis(50));
    }
    terminal.key("a");
    // The last digit counts.
    terminal.shows_all(&["9/10 decided  api/op3.200.snap", "100000000000000000001", "100000000000000000002"]);
    terminal.key("a");
    terminal.shows("10/10 decided  accepted 8, rejected 1");
    terminal.key("Enter");
    terminal.shows("exit 1");
    assert_eq!(left(at), 1);
    drop(terminal);
    // What was accepted of the one whose rest was skipped is known to the next review, also after another check.
    check_ten(at, after);
    let terminal = review_in(at, "NO_COLOR=1", (80, 24));
    terminal.shows_all(&["0/2 decided  api/op0.200.snap", "✓ accepted", "+ /zoo"]);
    let drawn = terminal.tmux(&["capture-pane", "-p", "-e"]);
    assert!(!drawn.contains("\u{1b}["), "{drawn}");
    terminal.key("q");
    terminal.shows("0/2 decided  accepted 0, rejected 0, skipped 2 (1 accepted in part)");
    terminal.key("C-c");
    terminal.shows("exit 130");
    assert_eq!(left(at), 2);
    drop(terminal);
    // A terminal that can do nothing but lines gets lines.
    let terminal = review_in(at, "TERM=dumb", (80, 24));
    terminal.shows("0/2 decided  api/op0.200.snap");
    terminal.key("a");
    let screen = terminal.shows_all(&["1/2 decided  api/op1.200.snap", "0/2 decided  api/op0.200.snap"]);
    assert!(!screen.contains('\u{1b}'), "{screen}");
    terminal.key("q");
    terminal.key("Enter");
    terminal.shows("accepted 1, rejected 0, skipped 1");
    terminal.shows("exit 1");
}
