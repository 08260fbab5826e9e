//! What went through becomes fixtures, and so does what other programs saved.

use serde_json::Value;

use super::{API, Proxy, ask};
use crate::command::{Mock, counterpart, empty, put, text};

/// Asks for the same things in the same order.
fn session(host: &str) -> Vec<String> {
    let get = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cr3t-t0ken\r\nConnection: close\r\n\r\n"
        )
    };
    let made = "{\"id\": 7, \"name\": \"rex\"}";
    let create = format!(
        "POST /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{made}",
        made.len()
    );
    let requests = [
        get("/pets"),
        get("/pets/7"),
        create,
        get("/pets"),
        get("/pets/7"),
        get("/pets?limit=1"),
        get("/pets/8"),
    ];
    requests.iter().map(|request| ask(host, request)).collect()
}

/// What a client sees of an answer: its status, what kind of body, and what is in it.
fn seen(answer: &str) -> (String, Option<Value>) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let kind = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type"));
    (format!("{:?} {kind:?}", head.split(' ').nth(1)), serde_json::from_str(body).ok())
}

/// What was recorded of a session is what the mock answers to the same session.
#[test]
fn a_recorded_session_is_played_again() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let target = Mock::start(folder.path(), &["api.yaml", "--stateful", "--state", "closed"]);
    let proxy = Proxy::start(folder.path(), &target.url, &["--record", "fixtures"]);
    let first = session(&proxy.host);
    let (said, code) = proxy.stop();
    assert_eq!(code, Some(0), "{said}");
    drop(target);
    let played = Mock::start(folder.path(), &["api.yaml"]);
    let again = session(played.url.trim_start_matches("http://"));
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(seen(first), seen(again), "{first}\n{again}");
    }
    // Nothing that is there is written over.
    put(folder.path(), "fixtures/api/create/201.json", "{\"id\": 1, \"name\": \"reviewed\"}\n");
    let target = Mock::start(folder.path(), &["api.yaml", "--stateful", "--state", "closed"]);
    let proxy = Proxy::start(folder.path(), &target.url, &["--record", "fixtures"]);
    session(&proxy.host);
    proxy.stop();
    let kept = std::fs::read_to_string(folder.path().join("fixtures/api/create/201.json")).expect("a file");
    assert!(kept.contains("reviewed"), "{kept}");
    let all = std::process::Command::new("grep")
        .args(["-r", "s3cr3t"])
        .arg(folder.path().join("fixtures"))
        .output();
    assert_eq!(text(&all.expect("grep runs").stdout), "", "no credential is in any file");
}

/// What a check was answered is what the mock answers from then on; it conforms as the target did.
#[test]
fn a_check_records_what_it_was_answered() {
    let folder = empty();
    let check = |mock: &Mock, more: &[&str]| {
        let words = ["check", "--url", &mock.url, "--mint", "mock:{scopes}"];
        let output = counterpart(folder.path(), &[&words[..], more].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let target = Mock::start(folder.path(), &["--stateful"]);
    let (code, said) = check(&target, &["--record", "answers"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("in answers/core-7") && !said.contains("though the document"), "{said}");
    let file = |name: &str| std::fs::read_to_string(folder.path().join("answers/core-7").join(name));
    let list: Value =
        serde_json::from_str(&file("annotations_list/200.json").expect("a file")).expect("JSON");
    assert!(list["results"].as_array().is_some_and(|all| !all.is_empty()), "{list}");
    assert!(file("annotations_list/401.toml").expect("a file").contains("www-authenticate"));
    assert!(
        !file("annotations_create/201.json").expect("a file").contains("counterpart"),
        "no mark of the run"
    );
    drop(target);
    let played = Mock::start(folder.path(), &["--stateful", "--fixtures", "answers"]);
    let (code, said) = check(&played, &["--deny", "warnings"]);
    assert_eq!(code, Some(0), "{said}");
    // Nothing that is there is written over.
    put(folder.path(), "answers/core-7/annotations_list/200.json", "{}");
    let (_, said) = check(&played, &["--record", "answers"]);
    assert!(said.contains("annotations_list/200.json differs from what was recorded, and is kept"), "{said}");
    assert_eq!(file("annotations_list/200.json").expect("a file"), "{}");
}

#[test]
fn what_a_browser_saved_becomes_fixtures() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let archive = r#"{"log": {"entries": [
        {"request": {"method": "GET", "url": "https://pets.example/pets/3", "headers": []},
         "response": {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}],
                      "content": {"text": "{\"id\": 3, \"name\": \"saved\"}", "mimeType": "application/json"}}},
        {"request": {"method": "GET", "url": "https://pets.example/logo.png", "headers": []},
         "response": {"status": 200, "headers": [], "content": {"text": ""}}}
    ]}}"#;
    put(folder.path(), "session.har", archive);
    let output = counterpart(folder.path(), &["import", "har", "session.har", "api.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("recorded 1 file in") && said.contains("passed over GET /logo.png"), "{said}");
    let mock = Mock::start(folder.path(), &["api.yaml"]);
    let answer = ask(
        mock.url.trim_start_matches("http://"),
        "GET /pets/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.contains("saved") && answer.contains("fixture 200.json"), "{answer}");
    let output = counterpart(folder.path(), &["import", "postman", "session.har", "api.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no Postman collection"), "{}", text(&output.stderr));
}
