//! A check that is interrupted takes away what it made, or says where it is.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::command::{Mock, command, counterpart, empty, text};
use crate::support::send;

/// Nothing here takes longer, however busy the machine is.
const LIMIT: Duration = Duration::from_mins(1);

/// A check that runs.
struct Running(Child);

impl Running {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut check = command(folder, arguments);
        check.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(check.spawn().expect("the binary runs"))
    }

    fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.0), signal).expect("it runs");
    }

    /// The exit code and what was said on stdout and stderr.
    async fn end(mut self) -> (Option<i32>, String, String) {
        let begun = Instant::now();
        while self.0.try_wait().expect("a status").is_none() {
            assert!(begun.elapsed() < LIMIT, "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let code = self.0.wait().expect("a status").code();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.0.stdout.take().expect("stdout").read_to_end(&mut stdout).expect("octets");
        self.0.stderr.take().expect("stderr").read_to_end(&mut stderr).expect("octets");
        (code, text(&stdout), text(&stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn get(url: &str, target: &str) -> Value {
    let answer = send(url, "GET", target, &[], "").await;
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Waits until the journal holds requests of that kind, and gives them.
async fn journal(url: &str, filter: &str) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let seen = get(url, &format!("/__counterpart/requests?{filter}")).await;
        match seen["requests"].as_array() {
            Some(requests) if !requests.is_empty() => return requests.clone(),
            _ => assert!(begun.elapsed() < LIMIT, "no request with {filter}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Addresses of what was made since and is still shown.
async fn shown(url: &str, before: &Value, created: &[Value]) -> Vec<String> {
    let mut addresses = Vec::new();
    let after = get(url, "/__counterpart/state").await;
    for (name, objects) in after.as_object().expect("collections") {
        for object in objects.as_array().expect("objects") {
            let is_old =
                before[name].as_array().is_some_and(|known| known.iter().any(|o| o["id"] == object["id"]));
            let id = object["id"].to_string();
            let is_hidden = object["deleted"] == true;
            for request in created.iter().filter(|_| !is_old && !is_hidden) {
                let path = request["path"].as_str().expect("a path").trim_end_matches('/');
                if path.ends_with(name.as_str()) {
                    let target = format!("{path}/{}", id.trim_matches('"'));
                    let key = [("authorization", "Bearer mock:*")];
                    if send(url, "GET", &format!("{target}/"), &key, "").await.status.is_success() {
                        addresses.push(format!("{url}{target}"));
                    }
                }
            }
        }
    }
    addresses
}

#[tokio::test]
async fn an_interrupted_check_takes_away_what_it_made() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = empty();
        let mock = Mock::start(folder.path(), &["--stateful", "--delay", "50ms"]);
        let before = get(&mock.url, "/__counterpart/state").await;
        let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--report", "json=report.json"];
        let running = Running::start(folder.path(), &check);
        journal(&mock.url, "status=201").await;
        running.signal(signal);
        let (code, stdout, stderr) = running.end().await;
        assert_eq!(code, Some(130), "{stderr}");
        assert!(stdout.contains("the run was interrupted"), "{stdout}");
        let report = std::fs::read(folder.path().join("report.json")).expect("a report of what was seen");
        let report: Value = serde_json::from_slice(&report).expect("JSON");
        let operations = report["operations"].as_array().expect("operations").iter();
        let unseen = operations.filter(|operation| operation["why"] == "the run was interrupted").count();
        assert!(unseen > 0, "{report}");
        let created = journal(&mock.url, "status=201").await;
        for address in shown(&mock.url, &before, &created).await {
            assert!(stderr.contains(&address), "{address} is not named: {stderr}");
        }
        assert!(stderr.contains("nothing that this run created is left"), "{stderr}");
    }
}

/// Half a share is none: `merge` would take what was not tried for the work of another shard.
#[tokio::test]
async fn an_interrupted_shard_writes_no_blob() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful", "--delay", "50ms"]);
    let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--shard", "1/2"];
    let check = [&check[..], &["--report", "blob=1.json", "--report", "json=report.json"]].concat();
    let running = Running::start(folder.path(), &check);
    journal(&mock.url, "status=200").await;
    running.signal(Signal::INT);
    let (code, _, stderr) = running.end().await;
    assert_eq!(code, Some(130), "{stderr}");
    assert!(folder.path().join("report.json").exists(), "{stderr}");
    assert!(!folder.path().join("1.json").exists(), "a blob of half a share");
}

/// What cannot be removed, here because the user forbids what would remove it, is named.
#[tokio::test]
async fn what_an_interrupted_check_cannot_remove_is_named() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful", "--delay", "50ms"]);
    let before = get(&mock.url, "/__counterpart/state").await;
    let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--skip", "*_destroy,*_update"];
    let running = Running::start(folder.path(), &check);
    journal(&mock.url, "status=201").await;
    running.signal(Signal::INT);
    let (code, _, stderr) = running.end().await;
    assert_eq!(code, Some(130), "{stderr}");
    let created = journal(&mock.url, "status=201").await;
    let left = shown(&mock.url, &before, &created).await;
    assert!(!left.is_empty(), "{stderr}");
    for address in left {
        assert!(stderr.contains(&address), "{address} is not named: {stderr}");
    }
}

/// The first interruption waits for a removal that never ends; the second does not.
#[tokio::test]
async fn a_second_interruption_stops_at_once() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful", "--delay", "50ms"]);
    let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--only", "annotations_*"];
    let mut running = Running::start(folder.path(), &check);
    journal(&mock.url, "status=201").await;
    let slow = r#"{"operation": "annotations_partial_update", "code": 200, "delay": "600", "times": 100}"#;
    assert_eq!(send(&mock.url, "POST", "/__counterpart/answers", &[], slow).await.status.as_u16(), 201);
    running.signal(Signal::INT);
    let mut stderr = running.0.stderr.take().expect("stderr");
    let mut said = Vec::new();
    while !text(&said).contains("interrupt again") {
        let mut octets = [0; 256];
        let read = stderr.read(&mut octets).expect("octets");
        assert!(read > 0, "{}", text(&said));
        said.extend(&octets[..read]);
    }
    let begun = Instant::now();
    running.signal(Signal::INT);
    stderr.read_to_end(&mut said).expect("octets");
    assert_eq!(running.0.wait().expect("a status").code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(20), "it waited for the time-out");
    let said = text(&said);
    assert!(said.contains("created by this run and not deleted:\n"), "{said}");
    assert!(said.contains(&format!("{}/api/projects/1/annotations/", mock.url)), "{said}");
}

/// The pause between two requests is not waited for.
#[tokio::test]
async fn an_interruption_ends_a_pause() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--rate", "0.001"];
    let running = Running::start(folder.path(), &check);
    journal(&mock.url, "status=200").await;
    running.signal(Signal::INT);
    let (code, _, stderr) = running.end().await;
    assert_eq!(code, Some(130), "{stderr}");
    let sent = get(&mock.url, "/__counterpart/requests").await;
    assert_eq!(sent["count"], 1, "nothing is sent for the pause that was broken off");
}

/// Bounds that end a run leave it the reserve in which it removes what it made.
#[tokio::test]
async fn a_run_that_a_bound_ends_removes_what_it_made() {
    let folder = empty();
    for bound in ["5", "9", "14"] {
        let mock = Mock::start(folder.path(), &["--stateful"]);
        let before = get(&mock.url, "/__counterpart/state").await;
        let arguments = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--only", "annotations_*"];
        let mut check = arguments.to_vec();
        check.extend(["--max-requests", bound, "--report", "json"]);
        let output = counterpart(folder.path(), &check);
        let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(run["leftovers"], serde_json::json!([]), "{bound}");
        let created = get(&mock.url, "/__counterpart/requests?status=201").await;
        let created = created["requests"].as_array().expect("requests");
        assert_eq!(shown(&mock.url, &before, created).await, Vec::<String>::new(), "{bound}");
    }
}
