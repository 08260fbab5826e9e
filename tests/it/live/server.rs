//! Servers from PyPI: installed once, started for a test, stopped with it.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::stock::Stock;
use crate::support::root;

/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_mins(5);
/// How much of a log is shown when a test fails.
const LOG: usize = 4000;

/// Where a server is to be found, once it listens.
pub struct Place {
    /// The folder below `tests/live`.
    pub name: &'static str,
    /// The path below which the document's paths stand.
    pub base: &'static str,
    /// The path of the document.
    pub document: &'static str,
}

/// A server in a process group and a folder of its own; it ends when this is dropped.
pub struct Server {
    place: &'static Place,
    child: Child,
    folder: TempDir,
    origin: String,
}

/// Installs what a server needs; returns its Python.
pub fn install(name: &str) -> PathBuf {
    // Tests run side by side, and each folder is filled by one of them.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let installed = Command::new("bash").arg(root().join("tests/live/install")).arg(name).status();
    assert!(
        installed.expect("bash").success(),
        "tests/live/install failed: python3 with venv, and PyPI, are needed"
    );
    root().join("target/live").join(name).join("bin/python")
}

impl Server {
    /// Starts it, waits until it answers, and fills it as a small server in use is filled.
    pub fn start(place: &'static Place) -> Self {
        let python = install(place.name);
        let folder = tempfile::tempdir().expect("a folder");
        let log = File::create(folder.path().join("log")).expect("a log");
        let child = Command::new(python)
            .arg(root().join("tests/live/serve.py"))
            .arg(place.name)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("a log"))
            .stdout(log)
            .spawn()
            .expect("python");
        let mut server = Self { place, child, folder, origin: String::new() };
        server.origin = server.listening();
        server.stock("seed");
        server
    }

    /// Where it says that it listens.
    fn listening(&mut self) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            let line = log.split_inclusive('\n').find_map(|line| line.strip_prefix("listening on "));
            if let Some(address) = line.and_then(|line| line.strip_suffix('\n')) {
                return address.to_owned();
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none() && Instant::now() < until, "{} did not start:\n{log}", self.place.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The address below which the document's paths stand.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.place.base)
    }

    /// The address of the document that it serves.
    pub fn document(&self) -> String {
        format!("{}{}", self.origin, self.place.document)
    }

    /// The end of what it wrote.
    pub fn log(&self) -> String {
        let octets = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&octets[octets.len().saturating_sub(LOG)..]).into_owned()
    }

    /// All that exists there.
    pub fn look(&self) -> Stock {
        serde_json::from_slice(&self.stock("look")).expect("what exists")
    }

    /// Changes one thing there, removes one and adds one.
    pub fn spoil(&self) {
        self.stock("spoil");
    }

    /// Runs `tests/live/stock.py`, which waits for the server in its turn.
    fn stock(&self, what: &str) -> Vec<u8> {
        let output = Command::new(root().join("target/live").join(self.place.name).join("bin/python"))
            .arg(root().join("tests/live/stock.py"))
            .args([self.place.name, &self.url(), what])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("python");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} cannot be asked: {told}\n{}", self.place.name, self.log());
        output.stdout
    }

    /// `check` against it, by the document that it serves itself: the exit code and the report.
    pub fn check(&self) -> (Option<i32>, Value) {
        let folder = tempfile::tempdir().expect("a folder");
        let report = folder.path().join("report.json");
        let console = folder.path().join("console.txt");
        let written = File::create(&console).expect("a file");
        let settings = root().join("tests/live").join(self.place.name).join("counterpart.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COUNTERPART_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .current_dir(folder.path())
            .arg("check")
            .arg(format!("{}{}", self.origin, self.place.document))
            .args(["--url", &self.url()])
            .arg(format!("--config={}", settings.display()))
            .arg(format!("--report=json={}", report.display()))
            .stderr(written.try_clone().expect("a file"))
            .stdout(written)
            .spawn()
            .expect("the binary runs");
        let status = ended(&mut child);
        let text = std::fs::read(&report).unwrap_or_else(|_| {
            let console = std::fs::read_to_string(&console).unwrap_or_default();
            panic!("no report, {status:?}:\n{console}\n{}", self.log())
        });
        (status.and_then(|status| status.code()), serde_json::from_slice(&text).expect("a report"))
    }
}

/// How a child ended, which is killed when it does not.
fn ended(child: &mut Child) -> Option<ExitStatus> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

impl Drop for Server {
    fn drop(&mut self) {
        // The whole group: gunicorn has a child of its own.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
