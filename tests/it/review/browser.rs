//! The review in a real browser: keyboard, screen reader, both colour schemes, a phone.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{left, ten_changed};
use crate::command::{command, counterpart, text};
use crate::support::root;

/// The rules of axe-core, from npm.
pub fn axe() -> PathBuf {
    let folder = root().join("target/axe");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        let installed = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"])
            .arg(&folder)
            .arg("axe-core@4.11.0")
            .status()
            .expect("npm is installed");
        assert!(installed.success(), "npm installs axe-core");
    }
    script
}

/// What a browser tells of a walk.
pub fn browsed(arguments: &[&Path]) -> Value {
    let script = root().join("tests/review/browse.mjs");
    let output = Command::new("node").arg(script).args(arguments).output().expect("Node is installed");
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
fn ten_changed_snapshots_in_a_browser() {
    let folder = ten_changed();
    let at = folder.path();
    let mut child =
        command(at, &["review", "--web"]).stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("review at ").expect("an address").to_owned();
    let pictures = root().join("target/pictures");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let told = browsed(&[Path::new(&address), &axe(), &pictures]);
    assert_eq!(told["violations"], json!([]), "{told:#}");
    assert_eq!(told["wide"], json!([]), "nothing is wider than a phone");
    assert_eq!((&told["address"], &told["cookies"]), (&json!("/"), &json!("")));
    assert_eq!(told["focus"], "H1", "a screen reader begins at the question");
    assert_eq!(
        told["titles"],
        json!([
            "+ /version in 10 snapshots",
            "Accept all that is left, 14 changes in 10 snapshots?",
            "+ /version in 10 snapshots",
            "api/op0.200.snap",
            "api/op1.200.snap",
            "api/op1.200.snap",
            "api/op2.200.snap",
            "Done: accepted 6, rejected 1, skipped 3 (3 accepted in part)",
            "Done: accepted 8, rejected 1, skipped 1 (1 accepted in part)",
            "Written"
        ])
    );
    let read: Vec<&str> =
        told["read"].as_array().expect("a list").iter().map(|one| one.as_str().expect("text")).collect();
    for wanted in [
        "heading + /version in 10 snapshots",
        "progressbar 0/10 decided",
        "button Accept",
        "button Reject",
        "button Skip",
        "link Side by side",
        "link Inline",
    ] {
        assert!(read.contains(&wanted), "{wanted}: {read:?}");
    }
    assert_eq!((&told["inline"], &told["side"]), (&json!(true), &json!(true)));
    assert_eq!(told["kept"], "?view=side");
    // Nothing of another place is asked for, and the browser had nothing to complain of.
    let own = address.split("/?").next().expect("an origin");
    assert_eq!((&told["asked"], &told["wrong"]), (&json!([own]), &json!([])));
    assert!(told["text"].as_str().expect("text").contains("accepted 8, rejected 1, skipped 1"), "{told:#}");
    let mut printed = String::new();
    stdout.read_to_string(&mut printed).expect("text");
    let status = child.wait().expect("its end");
    assert!(printed.ends_with("accepted 8, rejected 1, skipped 1 (1 accepted in part)\n"), "{printed}");
    assert_eq!((status.code(), left(at)), (Some(1), 1));
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
fn the_report_is_a_page_for_everybody() {
    let folder = ten_changed();
    let at = folder.path();
    assert_eq!(counterpart(at, &["review", "--report", "html=review.html"]).status.code(), Some(1));
    let address = format!("file://{}", at.join("review.html").display());
    let told = browsed(&[Path::new("--page"), Path::new(&address), &axe()]);
    assert_eq!(told, json!({"violations": [], "wide": [], "wrong": []}));
}
