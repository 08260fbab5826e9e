//! Reviews that several people and CI share: reports, decisions in files, snapshots that no run made.

use std::path::Path;

use rstest::rstest;

use super::{SPEC, check, check_ten, left, rex, ten_changed, waiting};
use crate::command::{command, counterpart, empty, put, text};
use crate::support::raw;

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// Everything below a folder, with its contents.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_a_colleague_decided_is_carried_out_whole_or_not_at_all() {
    let folder = empty();
    let at = folder.path();
    for (name, label) in [("a", "allowed"), ("b", "breaks"), ("c", "unknown")] {
        waiting(at, name, &[("x", label)]);
    }
    let before = files(&at.join("snapshots"));
    // Deciding into a file changes nothing.
    let saved = counterpart(at, &["review", "--accept", "--label", "allowed", "--save", "ours.json"]);
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved.stderr));
    assert!(text(&saved.stdout).contains("saved in ours.json, no snapshot was changed"));
    assert_eq!(
        counterpart(at, &["review", "--reject", "--only", "b.*", "--save", "theirs.json"]).status.code(),
        Some(0)
    );
    assert_eq!(files(&at.join("snapshots")), before);
    // One that does not fit refuses all of them.
    let ours = read(at, "ours.json");
    let both = ours.replace("api/a.200.snap", "api/z.200.snap");
    put(at, "wrong.json", &both);
    let wrong = counterpart(at, &["review", "--apply", "wrong.json"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("nothing was written\n  api/z.200.snap does not wait for review"));
    assert_eq!(files(&at.join("snapshots")), before);
    let missing = counterpart(at, &["review", "--apply", "missing.json"]);
    assert_eq!(missing.status.code(), Some(2), "{}", text(&missing.stderr));
    let applied = counterpart(at, &["review", "--apply", "ours.json"]);
    assert_eq!((applied.status.code(), left(at)), (Some(1), 2), "{}", text(&applied.stderr));
    assert_eq!(text(&applied.stdout), "accepted 1, rejected 0, skipped 2\n");
    assert!(read(at, "snapshots/api/a.200.snap").contains("\"x\": true"));
    // What changed since is not what was decided about.
    let pending = read(at, "snapshots/api/b.200.snap.new");
    put(at, "snapshots/api/b.200.snap.new", &pending.replace("true", "false"));
    let stale = counterpart(at, &["review", "--apply", "theirs.json"]);
    assert_eq!(stale.status.code(), Some(2));
    assert!(text(&stale.stderr).contains("b.200.snap is not as it was when it was decided about"));
    put(at, "snapshots/api/b.200.snap.new", &pending);
    assert_eq!(
        text(&counterpart(at, &["review", "--apply", "theirs.json"]).stdout),
        "accepted 0, rejected 1, skipped 1\n"
    );
    assert!(!read(at, "snapshots/api/b.200.snap").contains("\"x\""));
}

#[rstest]
#[case(&["--web", "--accept"])]
#[case(&["--apply", "d.json", "--accept"])]
#[case(&["--apply", "d.json", "--only", "a"])]
#[case(&["--list", "--report", "html"])]
#[case(&["--save", "d.json", "--list"])]
#[case(&["--accept", "--save", "missing/d.json"])]
#[case(&["--report", "pdf"])]
fn flags_that_do_not_go_together_are_bad_usage(#[case] flags: &[&str]) {
    let folder = empty();
    waiting(folder.path(), "a", &[("x", "allowed")]);
    let before = files(folder.path());
    let mut arguments = vec!["review"];
    arguments.extend(flags);
    let output = counterpart(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_report_shows_what_waits_and_decides_nothing() {
    let folder = ten_changed();
    let at = folder.path();
    let before = files(at);
    let markdown = counterpart(at, &["review", "--report", "markdown"]);
    assert_eq!(markdown.status.code(), Some(1));
    let shown = text(&markdown.stdout);
    for part in [
        "## 10 snapshots wait for review",
        "### `api/op0.200.snap`",
        "- `+ /zoo` not in the document",
        "- `~ /name` breaks the schema",
        "-   \"sum\": 100000000000000000001",
        "+   \"sum\": 100000000000000000002",
        "```diff",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(files(at), before);
    let html = counterpart(at, &["review", "--report", "html=review.html", "--label", "breaks"]);
    assert_eq!(html.status.code(), Some(1));
    let page = read(at, "review.html");
    assert!(page.contains("<h1>1 snapshot waits for review</h1>") && page.contains("api/op1.200.snap"));
    assert!(!page.contains("<script") && !page.contains("api/op2.200.snap"));
    assert_eq!(counterpart(at, &["review", "--accept"]).status.code(), Some(0));
    let none = counterpart(at, &["review", "--report", "markdown"]);
    assert_eq!(
        (none.status.code(), text(&none.stdout).as_str()),
        (Some(0), "## No snapshots wait for review\n")
    );
}

/// A snapshot that belongs to no operation any more goes by a decision, and by no other one.
#[test]
fn removed_operations_are_removed_from_review() {
    let folder = rex();
    let at = folder.path();
    check(at, &["--snapshots", "snapshots"], false);
    counterpart(at, &["review", "--accept"]);
    let reviewed = read(at, "snapshots/api/pet.200.snap");
    put(at, "snapshots/api/gone.200.snap", &reviewed);
    let output = check(at, &["--snapshots", "snapshots"], false);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(
        text(&output.stdout).contains("counterpart review snapshots --unreferenced"),
        "{}",
        text(&output.stdout)
    );
    let listed = counterpart(at, &["review", "--unreferenced"]);
    assert_eq!(listed.status.code(), Some(1));
    assert_eq!(text(&listed.stdout), "api/gone.200.snap (no response any more)\n");
    // Who accepts what is new removes nothing.
    put(at, "fixtures/api/pet/200.json", r#"{"name": "Max", "id": 1}"#);
    check(at, &["--snapshots", "snapshots"], false);
    let accepted = counterpart(at, &["review", "--accept"]);
    assert_eq!((accepted.status.code(), text(&accepted.stdout).as_str()), (Some(1), "accepted 1\n"));
    assert!(text(&accepted.stderr).contains("review --unreferenced"), "{}", text(&accepted.stderr));
    assert!(at.join("snapshots/api/gone.200.snap").exists());
    let rejected = counterpart(at, &["review", "--unreferenced", "--reject"]);
    assert_eq!((rejected.status.code(), at.join("snapshots/api/gone.200.snap").exists()), (Some(0), true));
    // CI collects it, and somebody else removes it.
    check(at, &["--snapshots", "snapshots", "--pending", "waiting"], true);
    let flags = ["review", "--pending", "waiting", "--unreferenced", "--accept"];
    assert_eq!(counterpart(at, &flags).status.code(), Some(0));
    assert!(!at.join("snapshots/api/gone.200.snap").exists());
    assert!(!at.join("waiting/api/gone.200.snap.new").exists());
    assert!(at.join("snapshots/api/pet.200.snap").exists());
}

/// What waits to be removed waits no longer when it is answered again, or was removed by hand.
#[test]
fn a_removal_that_is_no_longer_due_is_forgotten() {
    let folder = rex();
    let at = folder.path();
    check(at, &["--snapshots", "snapshots"], false);
    counterpart(at, &["review", "--accept"]);
    let reviewed = read(at, "snapshots/api/pet.200.snap");
    for name in ["gone.200.snap", "pet.404.snap"] {
        put(at, &format!("snapshots/api/{name}"), &reviewed);
    }
    check(at, &["--snapshots", "snapshots"], false);
    assert!(at.join("snapshots/api/gone.200.snap.new").exists());
    std::fs::remove_file(at.join("snapshots/api/gone.200.snap")).expect("a file");
    check(at, &["--snapshots", "snapshots"], false);
    assert!(!at.join("snapshots/api/gone.200.snap.new").exists());
}

/// A body may show the marks of a conflict; a change of it is a change like any other.
#[test]
fn marks_in_a_body_are_no_conflict() {
    let folder = empty();
    let at = folder.path();
    let spec = SPEC.replace(
        "{application/json: {schema: {$ref: \"#/components/schemas/Pet\"}}}",
        "{text/plain: {schema: {type: string}}}",
    );
    put(at, "api.yaml", &spec);
    let guide = |hint: &str| format!("How to merge:\n<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n{hint}\n");
    put(at, "fixtures/api/pet/200.txt", &guide("Choose."));
    check(at, &["--snapshots", "snapshots"], false);
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 1\n");
    let again = check(at, &["--snapshots", "snapshots"], true);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stdout));
    let path = at.join("snapshots/api/pet.200.snap");
    assert!(insta::Snapshot::from_file(&path).is_ok(), "insta still reads it");
    put(at, "fixtures/api/pet/200.txt", &guide("Choose one."));
    let changed = check(at, &["--snapshots", "snapshots"], true);
    let shown = text(&changed.stdout);
    assert!(
        shown.contains("`~ body`, allowed by the schema") && !shown.contains("conflict markers"),
        "{shown}"
    );
}

/// The last digit of a long number is a change, of an exact label.
#[test]
fn numbers_keep_their_digits() {
    let folder = empty();
    let at = folder.path();
    let one = |number| format!(r#"{{"id": {number}, "name": "x", "sum": 100000000000000000001}}"#);
    let two = |number| format!(r#"{{"id": {number}, "name": "x", "sum": 100000000000000000002}}"#);
    check_ten(at, one);
    counterpart(at, &["review", "--accept"]);
    let same = check_ten(at, one);
    assert!(!text(&same.stdout).contains("pending"), "{}", text(&same.stdout));
    check_ten(at, two);
    let listed = text(&counterpart(at, &["review", "--list"]).stdout);
    assert_eq!(listed.matches("  ~ /sum  allowed by the schema").count(), 10, "{listed}");
    counterpart(at, &["review", "--accept", "--to-fixtures"]);
    assert!(read(at, "fixtures/api/op0/200.json").contains("\"sum\": 100000000000000000002"));
}

/// Two files of one name are two documents; where their folder would be one, nothing is sent.
#[test]
fn two_documents_of_one_name_share_no_folder() {
    let folder = empty();
    let at = folder.path();
    let other = SPEC.replace("/pets/{id}", "/birds/{id}").replace("operationId: pet", "operationId: bird");
    put(at, "pets/openapi.yaml", SPEC);
    put(at, "birds/openapi.yaml", &other);
    let url = raw(|_| r#"{"id": 1, "name": "Rex"}"#.to_owned());
    let run = |document: &str, more: &[&str]| {
        let mut arguments = vec!["check", document, "--url", &url, "--snapshots", "snapshots"];
        arguments.extend(["--skip", "state,input,method", "--param", "id=1"]);
        arguments.extend(more);
        command(at, &arguments).env("CI", "").output().expect("the binary runs")
    };
    run("pets/openapi.yaml", &[]);
    assert_eq!(text(&counterpart(at, &["review", "--accept"]).stdout), "accepted 1\n");
    let before = files(&at.join("snapshots"));
    let refused = run("birds/openapi.yaml", &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stdout));
    let told = text(&refused.stderr);
    assert!(told.contains("pets/openapi.yaml") && told.contains("[[document]]"), "{told}");
    assert_eq!(files(&at.join("snapshots")), before);
    // A copy of the same document is no other one, and neither is one that moved.
    put(at, "copy/openapi.yaml", &SPEC.replace("title: Pets", "title: Animals"));
    assert_ne!(run("copy/openapi.yaml", &[]).status.code(), Some(2));
    std::fs::rename(at.join("pets"), at.join("moved")).expect("a folder");
    assert_ne!(run("moved/openapi.yaml", &[]).status.code(), Some(2));
    // Names keep them apart.
    put(at, "counterpart.toml", "[[document]]\nname = \"birds\"\nspec = \"birds/openapi.yaml\"\n");
    let named = run("birds/openapi.yaml", &[]);
    assert_ne!(named.status.code(), Some(2), "{}", text(&named.stderr));
    assert!(at.join("snapshots/birds").exists());
}

/// A page that nobody opened ends with Ctrl-C, and has written nothing.
#[cfg(unix)]
#[test]
fn a_page_ends_with_ctrl_c() {
    use std::io::{BufRead, BufReader, Read, Write};
    let folder = empty();
    waiting(folder.path(), "a", &[("x", "allowed")]);
    let before = files(folder.path());
    let mut child = command(folder.path(), &["review", "--web"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("review at http://").expect("an address");
    let (host, _) = address.split_once('/').expect("a path");
    // Another program of this machine, which does not know the token, gets and does nothing.
    let mut stream = std::net::TcpStream::connect(host).expect("a connection");
    let form = "do=accept-rest&step=0";
    write!(stream, "POST /act HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{form}", form.len())
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("api/a.200.snap"), "{answer}");
    let process = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("a signal");
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).contains("nothing was written"), "{}", text(&output.stderr));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn nothing_that_waits_needs_no_page() {
    let folder = empty();
    std::fs::create_dir_all(folder.path().join("snapshots")).expect("a folder");
    let output = counterpart(folder.path(), &["review", "--web"]);
    assert_eq!(
        (output.status.code(), text(&output.stdout).as_str()),
        (Some(0), "no snapshots are pending\n")
    );
}
