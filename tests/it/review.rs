//! Snapshots of the built binary, and their review: by flags, and by keys in a real terminal.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::support::root;

const SPEC: &str = r##"
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: pet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        200: {description: a pet, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        404: {description: none}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: integer}, name: {type: string}, tag: {type: string}}
"##;

/// Checks a mock that answers with the fixture that is there now.
fn check(folder: &Path, more: &[&str], is_ci: bool) -> Output {
    let mock = Mock::start(folder, &["api.yaml"]);
    let mut arguments =
        vec!["check", "api.yaml", "--url", &mock.url, "--skip", "state,input", "--param", "id=1"];
    arguments.extend(more);
    let mut command = command(folder, &arguments);
    command.env("CI", if is_ci { "true" } else { "" });
    command.output().expect("the binary runs")
}

#[test]
fn one_changed_field_waits_with_its_label_and_is_green_once_accepted() {
    let folder = empty();
    let (at, snap) = (folder.path(), "snapshots/api/pet.200.snap");
    put(at, "api.yaml", SPEC);
    put(at, "fixtures/api/pet/200.json", r#"{"name": "Rex", "id": 1}"#);

    let first = check(at, &["--snapshots", "snapshots"], false);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stdout));
    assert!(text(&first.stdout).contains("snapshot-new"));
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 1\n");
    let reviewed = std::fs::read_to_string(at.join(snap)).expect("a snapshot");
    assert!(
        reviewed
            .ends_with("200 OK\ncontent-type: application/json\n\n{\n  \"id\": 1,\n  \"name\": \"Rex\"\n}\n"),
        "{reviewed}"
    );
    // insta reads it too.
    let read = insta::Snapshot::from_file(&at.join(snap)).expect("a snapshot of insta");
    assert_eq!(read.metadata().expression(), Some("GET /pets/{id}"));
    assert!(format!("{:?}", read.contents()).contains("Rex"));
    assert_eq!(check(at, &["--snapshots", "snapshots"], true).status.code(), Some(0));

    put(at, "fixtures/api/pet/200.json", r#"{"name": "Rex", "id": 1, "tag": "new", "zoo": 4}"#);
    let changed = check(at, &["--snapshots", "snapshots"], true);
    assert_eq!(changed.status.code(), Some(1));
    assert!(
        text(&changed.stdout).contains("`+ /zoo`, not in the document; `+ /tag`, allowed by the schema"),
        "{}",
        text(&changed.stdout)
    );
    assert!(!at.join("snapshots/api/pet.200.snap.new").exists(), "nothing is written in CI");
    check(at, &["--snapshots", "snapshots", "--pending", "waiting"], true);
    let listed = counterpart(at, &["review", "--pending", "waiting", "--list", "--format", "json"]);
    assert_eq!(listed.status.code(), Some(1));
    assert_eq!(
        serde_json::from_slice::<Value>(&listed.stdout).expect("JSON"),
        json!([{"snapshot": "api/pet.200.snap", "request": "GET /pets/{id}", "new": false, "changes": [
            {"change": "+ /tag", "label": "allowed"}, {"change": "+ /zoo", "label": "unknown"},
        ]}])
    );
    let none = counterpart(at, &["review", "--pending", "waiting", "--label", "allowed", "--accept"]);
    assert_eq!(text(&none.stdout), "nothing waits for review\n");
    assert_eq!(
        text(&counterpart(at, &["review", "--pending", "waiting", "--accept"]).stdout),
        "accepted 1\n"
    );
    assert_eq!(check(at, &["--snapshots", "snapshots"], true).status.code(), Some(0));

    // Accepting may write the fixture too: the mock then answers so.
    put(at, "fixtures/api/pet/200.json", r#"{"name": "Max", "id": 1}"#);
    check(at, &["--snapshots", "snapshots"], false);
    put(at, "fixtures/api/pet/200.json", r#"{"name": "lost", "id": 0}"#);
    assert_eq!(text(&counterpart(at, &["review", "--accept", "--to-fixtures"]).stdout), "accepted 1\n");
    let fixture = std::fs::read_to_string(at.join("fixtures/api/pet/200.json")).expect("a fixture");
    assert_eq!(fixture, "{\n  \"name\": \"Max\",\n  \"id\": 1\n}\n");
    assert_eq!(check(at, &["--snapshots", "snapshots"], true).status.code(), Some(0));

    // What a merge tore apart is no snapshot.
    let torn = std::fs::read_to_string(at.join(snap)).expect("a snapshot").replace("{\n", "<<<<<<< a\n{\n");
    put(at, snap, &torn);
    let torn = check(at, &["--snapshots", "snapshots"], false);
    assert!(text(&torn.stdout).contains("a merge left marks in it"), "{}", text(&torn.stdout));
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 1\n");
    assert_eq!(check(at, &["--snapshots", "snapshots"], true).status.code(), Some(0));

    // What belongs to nothing is said.
    put(at, "snapshots/api/gone.200.snap", &reviewed);
    let orphan = check(at, &["--snapshots", "snapshots"], true);
    assert_eq!(orphan.status.code(), Some(0));
    assert!(
        text(&orphan.stdout).contains("gone.200.snap belongs to no operation"),
        "{}",
        text(&orphan.stdout)
    );
}

#[test]
fn the_bundled_api_answers_as_it_was_reviewed() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    let snapshots = root().join("snapshots");
    let snapshots = snapshots.to_str().expect("text");
    let arguments = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--snapshots", snapshots];
    let output = command(folder.path(), &arguments).env("CI", "true").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let kept = std::fs::read_dir(root().join("snapshots/core-7")).expect("a folder");
    let names: Vec<String> =
        kept.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let operations: std::collections::BTreeSet<&str> =
        names.iter().filter_map(|name| name.split('.').next()).collect();
    assert_eq!(operations.len(), 18, "{names:?}");
}

/// A terminal of tmux, on a server of its own; it ends when this is dropped.
struct Terminal {
    socket: String,
}

impl Terminal {
    fn start(folder: &Path, line: &str) -> Self {
        let socket = folder.join("tmux").display().to_string();
        let terminal = Self { socket };
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "120",
            "-y",
            "50",
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
        let start = Instant::now();
        loop {
            let screen = self.tmux(&["capture-pane", "-p", "-S", "-200"]);
            if screen.contains(wanted) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{wanted:?} is not shown:\n{screen}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// A snapshot and one that waits, with a new field.
fn waiting(folder: &Path, name: &str, field: &str, label: &str) {
    let file = |info: &str, body: &str| {
        format!(
            "---\nsource: counterpart\nexpression: \"GET /{name}\"\n{info}---\n200 OK\ncontent-type: application/json\n\n{body}\n"
        )
    };
    put(folder, &format!("snapshots/api/{name}.200.snap"), &file("", "{\n  \"id\": 1\n}"));
    let info = json!({"changes": [{"change": format!("+ /{field}"), "label": label}], "body": null});
    put(
        folder,
        &format!("snapshots/api/{name}.200.snap.new"),
        &file(&format!("info: {info}\n"), &format!("{{\n  \"id\": 1,\n  \"{field}\": true\n}}")),
    );
}

fn left(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("snapshots/api")).expect("a folder");
    entries
        .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|e| e == "new"))
        .count()
}

#[test]
fn three_hundred_equal_changes_are_accepted_with_one_key() {
    let folder = empty();
    for number in 0..300 {
        waiting(folder.path(), &format!("op{number:03}"), "tags", "allowed");
    }
    let terminal =
        Terminal::start(folder.path(), &format!("{} review; sleep 60", env!("CARGO_BIN_EXE_counterpart")));
    terminal.shows("+ /tags  allowed by the schema in 300 of 300 snapshots");
    terminal.key("a");
    terminal.shows("accepted 300, rejected 0, skipped 0");
    assert_eq!(left(folder.path()), 0);
    let one =
        std::fs::read_to_string(folder.path().join("snapshots/api/op150.200.snap")).expect("a snapshot");
    assert!(one.contains("\"tags\": true") && !one.contains("info:"), "{one}");
}

#[test]
fn a_walk_through_review_in_a_terminal() {
    let folder = empty();
    for (name, field, label) in [("a", "x", "allowed"), ("b", "y", "breaks"), ("c", "z", "unknown")] {
        waiting(folder.path(), name, field, label);
    }
    let terminal =
        Terminal::start(folder.path(), &format!("{} review; sleep 60", env!("CARGO_BIN_EXE_counterpart")));
    terminal.shows("+ /x  allowed by the schema");
    terminal.key("i");
    terminal.shows("→ GET /a");
    terminal.key("a");
    terminal.shows("+ /y  breaks the schema");
    terminal.key("r");
    terminal.shows("+ /z  not in the document");
    terminal.key("u");
    terminal.key("s");
    terminal.key("d");
    terminal.key("S");
    terminal.shows("accepted 1, rejected 0, skipped 2");
    assert_eq!(left(folder.path()), 2);
    // Scripts need no terminal, and without one nothing is guessed.
    let output = counterpart(folder.path(), &["review"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("2 snapshots wait"), "{}", text(&output.stderr));
    assert_eq!(
        text(&counterpart(folder.path(), &["review", "--reject", "--only", "b.*"]).stdout),
        "rejected 1\n"
    );
    assert_eq!(left(folder.path()), 1);
}
