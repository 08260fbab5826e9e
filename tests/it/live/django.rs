//! A healthy server on another stack.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::server::install;
use super::{runs, show};
use crate::support::root;

/// Core-7 on Django REST framework; it ends when this is dropped.
struct Django {
    child: Child,
    url: String,
}

impl Django {
    fn start() -> Self {
        let mut child = Command::new(install("core7_django"))
            .current_dir(root().join("tests/live/core7_django"))
            .arg("server.py")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { child, url }
    }

    /// `check` against it, with the configuration in a folder: its exit code and its report.
    fn check(&self, folder: &std::path::Path) -> (Option<i32>, Value) {
        let report: PathBuf = folder.join("report.json");
        let output = Command::new(env!("CARGO_BIN_EXE_counterpart"))
            .current_dir(folder)
            .args(["check", "--url", &self.url, "--mint", "test:{scopes}"])
            .arg(format!("--report=json={}", report.display()))
            .env_remove("COUNTERPART_TOKEN")
            .output()
            .expect("the binary runs");
        let text = std::fs::read(&report).unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.code(), serde_json::from_slice(&text).expect("a report"))
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is true of that server, and of many: 401 without a challenge, and bad values of parameters
/// that are passed over.
const TRUE_WARNINGS: [(&str, &str); 4] = [
    ("challenge-missing", "response.headers.www-authenticate"),
    ("invalid-accepted", "request.query.limit"),
    ("invalid-accepted", "request.query.offset"),
    ("invalid-accepted", "request.query.completed"),
];

#[test]
fn django_rest_framework_is_healthy_and_each_run_finds_the_same() {
    let django = Django::start();
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = Vec::new();
    for number in 1..=runs() {
        let (code, report) = django.check(folder.path());
        let findings = report["findings"].as_array().expect("findings");
        let mut told: Vec<(&str, &str)> = findings
            .iter()
            .map(|finding| (finding["rule"].as_str().unwrap_or(""), finding["at"].as_str().unwrap_or("")))
            .collect();
        let mut expected = TRUE_WARNINGS.to_vec();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert!(findings.iter().all(|finding| finding["severity"] == "warning"), "{findings:#?}");
        assert_eq!(report["summary"]["conforms"], 18, "{:#}", report["operations"]);
        assert_eq!(report["leftovers"], Value::Array(Vec::new()));
        let access = report["access"].as_array().expect("access");
        assert!(access.iter().all(|case| case["verdict"] == "ok"), "{access:#?}");
        assert_eq!(code, Some(0));
        show("core7_django", number, &report);
        let ids = findings.iter().map(|finding| finding["id"].clone());
        seen.push(ids.collect::<Vec<Value>>());
    }
    assert!(seen.iter().all(|ids| *ids == seen[0]), "{seen:#?}");
}

/// Its snapshots, accepted once, are the same on the next run, though ids, times and a log differ.
#[test]
fn a_second_run_of_django_gives_the_same_snapshots() {
    let django = Django::start();
    let folder = crate::command::empty();
    let check = || {
        let arguments =
            ["check", "--url", &django.url, "--mint", "test:{scopes}", "--snapshots", "snapshots"];
        crate::command::command(folder.path(), &arguments).env("CI", "").output().expect("the binary runs")
    };
    assert_eq!(check().status.code(), Some(1));
    let accepted = crate::command::counterpart(folder.path(), &["review", "--accept"]);
    assert_eq!(accepted.status.code(), Some(0));
    let second = check();
    assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stdout));
}
