//! Snapshots of the built binary, and their review: by flags, and by keys in a real terminal.

pub mod browser;
mod team;
mod terminal;

use std::path::Path;
use std::process::Output;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::support::{raw, root};

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

/// A folder with the document and a fixture.
fn rex() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "api.yaml", SPEC);
    put(folder.path(), "fixtures/api/pet/200.json", r#"{"name": "Rex", "id": 1}"#);
    folder
}

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
    let folder = rex();
    let (at, snap) = (folder.path(), "snapshots/api/pet.200.snap");

    let first = check(at, &["--snapshots", "snapshots"], false);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stdout));
    assert!(text(&first.stdout).contains("warning[snapshot-new]"));
    assert!(text(&first.stdout).contains("snapshots   1 pending: counterpart review snapshots\n"));
    let in_ci = check(at, &["--snapshots", "snapshots"], true);
    assert!(text(&in_ci.stdout).contains("error[snapshot-new]"), "{}", text(&in_ci.stdout));
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
        json!([{"snapshot": "api/pet.200.snap", "request": "GET /pets/{id}", "new": false, "removed": false, "changes": [
            {"change": "+ /tag", "label": "allowed"}, {"change": "+ /zoo", "label": "unknown"},
        ]}])
    );
    for label in ["allowed", "new"] {
        let none = counterpart(at, &["review", "--pending", "waiting", "--label", label, "--accept"]);
        assert_eq!(text(&none.stdout), "no pending snapshot matches; 1 snapshot in all\n");
    }
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
    let torn = std::fs::read_to_string(at.join(snap))
        .expect("a snapshot")
        .replace("{\n", "<<<<<<< a\n{\n=======\n{\n>>>>>>> b\n");
    put(at, snap, &torn);
    let torn = check(at, &["--snapshots", "snapshots"], false);
    assert!(text(&torn.stdout).contains("contains merge conflict markers"), "{}", text(&torn.stdout));
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

/// Nothing in a snapshot changes by the run: what a first run of a target gave, a second gives too.
#[rstest]
#[case("shop.yaml")]
#[case("swagger-2.yaml")]
#[case("xml-and-csv.yaml")]
fn a_second_run_finds_nothing_new(#[case] document: &str) {
    let folder = empty();
    let path = root().join("specs/tiny").join(document).display().to_string();
    let mock = Mock::start(folder.path(), &["--stateful", "--auth", "scopes", &path]);
    let check = || {
        let mut arguments = vec!["check", &path, "--url", &mock.url, "--mint", "mock:{scopes}"];
        arguments.extend(["--snapshots", "snapshots", "--allow-inconclusive"]);
        command(folder.path(), &arguments).env("CI", "").output().expect("the binary runs")
    };
    let first = check();
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stdout));
    let accepted = text(&counterpart(folder.path(), &["review", "--accept"]).stdout);
    assert!(accepted.starts_with("accepted ") && accepted != "accepted 0\n", "{accepted}");
    let second = check();
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stdout));
}

/// A snapshot and one that waits, with new fields.
fn waiting(folder: &Path, name: &str, fields: &[(&str, &str)]) {
    let file = |info: &str, body: &str| {
        format!(
            "---\nsource: counterpart\nexpression: \"GET /{name}\"\n{info}---\n200 OK\ncontent-type: application/json\n\n{{\n  \"id\": 1{body}\n}}\n"
        )
    };
    put(folder, &format!("snapshots/api/{name}.200.snap"), &file("", ""));
    let changes: Vec<Value> = fields
        .iter()
        .map(|(field, label)| json!({"change": format!("+ /{field}"), "label": label}))
        .collect();
    let request =
        json!({"method": "GET", "url": format!("http://target/{name}"), "headers": {"accept": "*/*"}});
    let response = json!({"status": 200, "headers": {"x-served-by": "nine"}});
    let info = json!({"changes": changes, "body": null, "request": request, "response": response});
    let members = fields.iter().fold(String::new(), |all, (field, _)| all + ",\n  \"" + field + "\": true");
    put(folder, &format!("snapshots/api/{name}.200.snap.new"), &file(&format!("info: {info}\n"), &members));
}

fn left(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("snapshots/api")).expect("a folder");
    entries
        .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|e| e == "new"))
        .count()
}

/// Killed at any moment, a review has accepted nothing, or what comes next accepts the rest.
#[test]
fn a_killed_review_leaves_nothing_half_accepted() {
    const COUNT: usize = 400;
    let mut was_cut_off = false;
    for _ in 0..20 {
        let folder = empty();
        for number in 0..COUNT {
            waiting(folder.path(), &format!("op{number:03}"), &[("tags", "allowed")]);
        }
        let mut review = command(folder.path(), &["review", "--accept"]).spawn().expect("the binary runs");
        while left(folder.path()) == COUNT {
            std::thread::yield_now();
        }
        review.kill().expect("a signal");
        review.wait().expect("its end");
        let unfinished = left(folder.path());
        // Looking does nothing, and shows nothing of what was decided.
        let listed = counterpart(folder.path(), &["review", "--list"]);
        assert_eq!((left(folder.path()), listed.status.code()), (unfinished, Some(0)));
        assert_eq!(text(&listed.stdout), "");
        let output = counterpart(folder.path(), &["review"]);
        assert_eq!((left(folder.path()), output.status.code()), (0, Some(0)), "{}", text(&output.stderr));
        let snapshots = std::fs::read_dir(folder.path().join("snapshots/api")).expect("a folder");
        // A write that was cut off leaves its temporary file, which is no snapshot.
        let texts: Vec<String> = snapshots
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "snap"))
            .map(|path| std::fs::read_to_string(path).expect("text"))
            .collect();
        let accepted = texts.iter().filter(|text| text.contains("tags") && !text.contains("info:"));
        assert_eq!(accepted.count(), COUNT);
        if (1..COUNT).contains(&unfinished) {
            assert!(text(&output.stderr).contains("finishing an interrupted review"));
            was_cut_off = true;
            break;
        }
    }
    assert!(was_cut_off, "none of the reviews was killed half-way");
}

#[test]
fn what_two_looks_show_differently_is_learnt_and_reviewed() {
    let folder = empty();
    let at = folder.path();
    let mut count = 0;
    let url = raw(move |_| {
        count += 1;
        json!({"id": 1, "name": "Rex", "seen": count}).to_string()
    });
    put(at, "api.yaml", SPEC);
    let check = || {
        let mut arguments = vec!["check", "api.yaml", "--url", &url, "--snapshots", "snapshots"];
        arguments.extend(["--skip", "state,input,method", "--param", "id=1"]);
        command(at, &arguments).env("CI", "").output().expect("the binary runs")
    };
    let first = check();
    assert_eq!(first.status.code(), Some(1));
    let shown = text(&first.stdout);
    assert!(shown.contains("two identical requests differ at `+ pet /seen`, not in the document"), "{shown}");
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 2\n");
    let read = |name: &str| std::fs::read_to_string(at.join(name)).expect("a file");
    let learnt = read("snapshots/api/volatile.snap");
    assert!(learnt.ends_with("---\n{\n  \"pet\": {\n    \"/seen\": \"number\"\n  }\n}\n"), "{learnt}");
    assert!(read("snapshots/api/pet.200.snap").contains("\"seen\": \"[number]\""));
    let second = check();
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stdout));
    // A list that a merge tore is learnt anew, and reviewed.
    put(at, "snapshots/api/volatile.snap", &learnt.replace("{\n", "<<<<<<< a\n{\n=======\n{\n>>>>>>> b\n"));
    let torn = check();
    assert_eq!(torn.status.code(), Some(1));
    assert!(text(&torn.stdout).contains("volatile.snap is not a list of places"), "{}", text(&torn.stdout));
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 1\n");
    assert_eq!(read("snapshots/api/volatile.snap"), learnt);
}

#[test]
fn a_folder_that_somebody_sent_makes_nobody_touch_another() {
    let folder = empty();
    let at = folder.path();
    waiting(at, "a", &[("x", "allowed")]);
    put(at, "victim.snap.new", "precious");
    let snapshots = at.join("snapshots").canonicalize().expect("a folder").display().to_string();
    let journal = |name: &str| {
        let entry = json!({"name": name, "step": "reject", "to_fixture": false});
        json!({"pending": snapshots, "entries": [entry]}).to_string()
    };
    for name in ["../victim.snap", "/tmp/victim.snap", "api/../../victim.snap", "a/b/c.snap"] {
        put(at, "snapshots/.counterpart-review.json", &journal(name));
        let output = counterpart(at, &["review", "--accept"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(text(&output.stderr).contains("was not written by a review"), "{}", text(&output.stderr));
    }
    assert!(at.join("victim.snap.new").exists());
    assert_eq!(left(at), 1);
    // One that fits is obeyed, and so the names above are what was refused.
    put(at, "snapshots/.counterpart-review.json", &journal("api/a.200.snap"));
    let output = counterpart(at, &["review", "--accept"]);
    assert_eq!((output.status.code(), left(at)), (Some(0), 0), "{}", text(&output.stderr));
}

/// Who sends what waits does not decide about it.
#[test]
fn decisions_that_were_sent_along_are_not_carried_out() {
    let folder = empty();
    let at = folder.path();
    waiting(at, "a", &[("x", "breaks")]);
    std::fs::create_dir_all(at.join("sent/api")).expect("a folder");
    std::fs::rename(at.join("snapshots/api/a.200.snap.new"), at.join("sent/api/a.200.snap.new"))
        .expect("a file");
    let sent = at.join("sent").canonicalize().expect("a folder").display().to_string();
    let entry = json!({"name": "api/a.200.snap", "step": "accept", "to_fixture": false});
    let journal = json!({"pending": sent, "entries": [entry]}).to_string();
    put(at, "sent/.counterpart-review.json", &journal);
    let output = counterpart(at, &["review", "--pending", "sent", "--only", "nothing", "--reject"]);
    assert_eq!(text(&output.stdout), "no pending snapshot matches; 1 snapshot in all\n");
    assert!(at.join("sent/api/a.200.snap.new").exists());
    // A review of other folders leaves one that was cut off alone.
    put(at, "snapshots/.counterpart-review.json", &journal);
    let other = counterpart(at, &["review", "--accept"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("finish it with --pending"), "{}", text(&other.stderr));
    assert_eq!(counterpart(at, &["review", "--pending", "sent", "--accept"]).status.code(), Some(0));
    assert!(!at.join("sent/api/a.200.snap.new").exists());
}

#[test]
fn what_cannot_be_kept_is_no_reason_to_keep_quiet() {
    let folder = rex();
    let at = folder.path();
    // What can be seen beforehand is told before anything is sent.
    put(at, "file", "a file");
    let arguments = |folder| ["--snapshots", folder, "--report", "console", "--report", "json=run.json"];
    assert_eq!(check(at, &arguments("file"), false).status.code(), Some(2));
    std::fs::create_dir_all(at.join("snapshots/api/pet.200.snap.new")).expect("a folder");
    let output = check(at, &arguments("snapshots"), false);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stdout).ends_with("1 operation, 1 conforms\n"), "{}", text(&output.stdout));
    assert!(
        at.join("run.json").exists() && text(&output.stderr).contains("snapshots"),
        "{}",
        text(&output.stderr)
    );
}

/// An answer that came once and never again does not wait for ever.
#[test]
fn what_no_answer_is_like_any_more_waits_no_longer() {
    let folder = rex();
    let at = folder.path();
    put(at, "snapshots/api/pet.201.snap.new", "---\nsource: counterpart\nexpression: x\n---\n201\n");
    put(at, "snapshots/api/gone.200.snap.new", "---\nsource: counterpart\nexpression: x\n---\n200\n");
    let mock = Mock::start(at, &["api.yaml", "--stateful"]);
    let arguments = ["check", "api.yaml", "--url", &mock.url, "--param", "id=1", "--snapshots", "snapshots"];
    let output = command(at, &arguments).env("CI", "").output().expect("the binary runs");
    assert!(text(&output.stdout).contains("1 operation, 1 conforms"), "{}", text(&output.stdout));
    assert!(!at.join("snapshots/api/pet.201.snap.new").exists());
    assert!(at.join("snapshots/api/gone.200.snap.new").exists(), "what is not known is left alone");
}

/// Ten operations, each with a fixture.
fn ten() -> String {
    let path = |number| {
        format!(
            "  /op{number}:\n    get:\n      operationId: op{number}\n      responses:\n        200: {{description: it, content: {{application/json: {{schema: {{$ref: \"#/components/schemas/Thing\"}}}}}}}}\n"
        )
    };
    let paths: Vec<String> = (0..10).map(path).collect();
    let spec = "openapi: 3.1.0\ninfo: {title: Ten, version: \"1\"}\npaths:\n".to_owned() + &paths.concat();
    spec + "components:\n  schemas:\n    Thing:\n      type: object\n      required: [id, name]\n      properties: {id: {type: integer}, name: {type: string}, version: {type: string}, sum: {type: number}}\n"
}

/// A check of a server that answers so, in the folder of the ten.
fn check_ten(folder: &Path, answers: fn(usize) -> String) -> Output {
    put(folder, "api.yaml", &ten());
    let url = raw(move |head| {
        let digit = head.split_once("/op").and_then(|(_, rest)| rest.chars().next()?.to_digit(10));
        answers(digit.unwrap_or_default() as usize)
    });
    let mut arguments = vec!["check", "api.yaml", "--url", &url, "--snapshots", "snapshots"];
    arguments.extend(["--skip", "state,input,method,body"]);
    command(folder, &arguments).env("CI", "").output().expect("the binary runs")
}

/// Ten snapshots that changed: all have a new member, and four of them something of their own.
fn ten_changed() -> tempfile::TempDir {
    let folder = empty();
    let at = folder.path();
    let before = |number| match number {
        3 => r#"{"id": 3, "name": "thing", "sum": 100000000000000000001}"#.to_owned(),
        number => format!(r#"{{"id": {number}, "name": "thing"}}"#),
    };
    let first = check_ten(at, before);
    assert!(text(&first.stdout).contains("10 pending"), "{}", text(&first.stdout));
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 10\n");
    let changed = check_ten(at, after);
    assert!(text(&changed.stdout).contains("10 pending"), "{}", text(&changed.stdout));
    folder
}

/// What the ten answer then.
fn after(number: usize) -> String {
    match number {
        0 => r#"{"id": 0, "name": "thing", "version": "2", "zoo": true}"#.to_owned(),
        1 => r#"{"id": 1, "name": 5, "version": "2"}"#.to_owned(),
        2 => format!(r#"{{"id": 2, "name": "{}", "version": "2"}}"#, "long ".repeat(400)),
        3 => r#"{"id": 3, "name": "thing", "version": "2", "sum": 100000000000000000002}"#.to_owned(),
        number => format!(r#"{{"id": {number}, "name": "thing", "version": "2"}}"#),
    }
}
