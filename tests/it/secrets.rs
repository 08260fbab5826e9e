//! No secret is shown anywhere, also by a target that sends back what it got.

mod beyond;

use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::json;

use crate::command::{Mock, command, empty, put, text};
use crate::support::raw;

const CANARY: &str = "c4n/ary+0815=key";
/// The key as it is, percent-encoded, in base64, in base64 twice, hex, JSON and HTML; and the session that the
/// target opens.
const FORMS: [&str; 11] = [
    CANARY,
    "c4n%2Fary%2B0815%3Dkey",
    "c4n%2fary",
    "YzRuL2FyeSswODE1PWtleQ",
    "YzRuL2FyeSswODE1PWtl",
    "XpSdUwyRnllU3N3T0RFMVBXdGxlU",
    "63346e2f6172792b30383135",
    "c4n\\/ary",
    "c4n\\u002fary",
    "c4n&#x2F;ary",
    "s3ss1on-c4nary",
];

/// What a target may make of a key that it sends back.
fn echoes() -> serde_json::Value {
    json!({
        "json": "JSON \\/", "again": CANARY,
        "percent": "c4n%2Fary%2B0815%3Dkey", "lower": "c4n%2fary%2b0815%3dkey", "twice": "c4n%252Fary%252B0815%253Dkey",
        "hex": "63346e2f6172792b303831353d6b6579", "base64": "dXNlcjpjNG4vYXJ5KzA4MTU9a2V5",
        "base64 twice": "WXpSdUwyRnllU3N3T0RFMVBXdGxlUT09", "html": "c4n&#x2F;ary&#43;0815=key", "nested": "{\"key\":\"c4n\\/ary+0815=key\"}",
        CANARY: "as a name",
    })
}

fn document(scheme: &str) -> String {
    format!(
        r#"
openapi: 3.1.0
info: {{title: Echo, version: "1"}}
security: [{{key: []}}]
paths:
  /echo:
    get:
      operationId: echo
      responses:
        200:
          description: what came
          content: {{application/json: {{schema: {{type: object, required: [gone], properties: {{head: {{type: string}}}}}}}}}}
components:
  securitySchemes:
    key: {scheme}
"#
    )
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[rstest]
#[case::bearer("{type: http, scheme: bearer}")]
#[case::basic("{type: http, scheme: basic}")]
#[case::header("{type: apiKey, in: header, name: X-Key}")]
#[case::query("{type: apiKey, in: query, name: key}")]
#[case::cookie("{type: apiKey, in: cookie, name: key}")]
fn a_target_that_echoes_its_key_leads_it_nowhere(#[case] scheme: &str) {
    let folder = empty();
    let at = folder.path();
    put(at, "api.yaml", &document(scheme));
    put(at, "counterpart.toml", "[snapshot]\nheaders = [\"content-type\", \"set-cookie\"]\n");
    let url = raw(|head| {
        let mut body = echoes();
        body["head"] = head.into();
        body.to_string().replace("JSON \\\\/", "c4n\\/ary\\u002b0815=key")
    });
    let mut arguments =
        vec!["check".to_owned(), "api.yaml".to_owned(), "--url".to_owned(), url, "-vv".to_owned()];
    arguments.extend(["--snapshots", "snapshots", "--pending", "waiting"].map(str::to_owned));
    for (format, name) in [
        ("console", "console.txt"),
        ("json", "run.json"),
        ("junit", "junit.xml"),
        ("sarif", "run.sarif"),
        ("html", "run.html"),
        ("markdown", "run.md"),
        ("github", "github.txt"),
        ("gitlab", "gitlab.json"),
        ("access", "access.csv"),
        ("har", "run.har"),
        ("hurl", "again"),
    ] {
        arguments.push(format!("--report={format}={name}"));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = command(at, &arguments)
        .env("COUNTERPART_TOKEN", CANARY)
        .env("CI", "true")
        .env("GITHUB_STEP_SUMMARY", at.join("summary.md"))
        .output()
        .expect("the binary runs");
    // The body lacks what it must have, so that there is a finding with request and response.
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    let mut written = Vec::new();
    files(at, &mut written);
    let names: Vec<String> =
        written.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    for name in ["summary.md", "run.html", "echo.200.snap.new"] {
        assert!(names.iter().any(|known| known == name), "{name} is missing of {names:?}");
    }
    let mut shown = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)];
    shown.extend(names.into_iter().zip(written.iter().map(|path| std::fs::read(path).expect("a file"))));
    for (name, octets) in &shown {
        let shown = String::from_utf8_lossy(octets);
        for form in FORMS {
            assert!(!shown.contains(form), "{name} shows {form}:\n{shown}");
        }
    }
    println!("canary: {} places searched, {} forms", shown.len(), FORMS.len());
    let report = shown.iter().find(|(name, _)| name == "run.json").expect("a report");
    assert!(String::from_utf8_lossy(&report.1).contains("[secret]"));
}

/// Every text, file and answer that a secret may get into beside those of a check, with the number of places.
#[tokio::test]
async fn no_command_tells_a_secret() {
    let folder = empty();
    let at = folder.path();
    put(at, "api.yaml", &document("{type: http, scheme: basic}"));
    let keys = "[[keys]]\nname = \"a\"\ntoken = ";
    put(at, "broken/open.toml", &format!("{keys}\"{CANARY}"));
    put(at, "broken/bare.toml", &format!("{keys}{CANARY}\n"));
    put(at, "broken/two.toml", &format!("{keys}\"{CANARY}\" \"x\"\n"));
    put(at, "broken/list.toml", &format!("keys = [\"{CANARY}\"]\n"));
    let user = format!("http://user:{CANARY}@127.0.0.1:1");
    let (query, odd) = (format!("http://127.0.0.1:1/a.yaml?token={CANARY}"), format!("user:{CANARY}@host"));
    let no_port = format!("http://user:{CANARY}@127.0.0.1:99999");
    let target = ["check", "api.yaml", "-vv", "--url", "http://127.0.0.1:1"];
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for address in [&user, &odd, &no_port] {
        commands.push(vec!["check", "api.yaml", "-vv", "--url", address]);
        commands.push([&target[..], &["--proxy-via", address]].concat());
    }
    let header = format!("Bad Name: {CANARY}");
    for flag in ["--header", "--credential", "--mint"] {
        commands.push([&target[..], &[flag, CANARY]].concat());
    }
    commands.push([&target[..], &["--header", &header]].concat());
    let command_line = format!("'{CANARY}");
    commands.push([&target[..], &["--mint-command", &command_line]].concat());
    commands.push([&target[..], &["--sign-command", &command_line]].concat());
    for document in [&user, &query, &no_port] {
        for name in ["lint", "list", "init"] {
            commands.push(vec![name, document]);
        }
    }
    for file in ["broken/open.toml", "broken/bare.toml", "broken/two.toml", "broken/list.toml"] {
        commands.push([&target[..], &["--keys", file]].concat());
        commands.push(vec!["mock", "api.yaml", "-p", "0", "--keys", file]);
        commands.push(vec!["lint", "api.yaml", "--config", file]);
    }
    let mut places = 0;
    let mut clean = |what: &str, octets: &[u8]| {
        places += 1;
        let shown = String::from_utf8_lossy(octets);
        for form in FORMS {
            assert!(!shown.contains(form), "{what} shows {form}:\n{shown}");
        }
    };
    for arguments in &commands {
        let output = command(at, arguments).output().expect("the binary runs");
        assert!(output.status.code().is_some_and(|code| code == 2 || code == 3), "{arguments:?}");
        clean(&format!("{arguments:?}"), &output.stdout);
        clean(&format!("{arguments:?}"), &output.stderr);
    }
    // The mock's own: names that no scheme knows, in journal, log and set answers.
    let mock = Mock::start(at, &["api.yaml"]);
    let fields =
        [("x-auth-token", CANARY), ("cookie", CANARY), ("authorization", CANARY), ("api-key", CANARY)];
    let path = format!("/echo?api_key={CANARY}&access_token={CANARY}");
    crate::support::send(&mock.url, "GET", &path, &fields, "").await;
    let journal = crate::support::send(&mock.url, "GET", "/__counterpart/requests", &[], "").await.body;
    assert!(String::from_utf8_lossy(&journal).contains("\"count\":1"));
    clean("the journal", &journal);
    println!("canary: {places} places searched, {} forms", FORMS.len());
    assert_eq!(places, 2 * commands.len() + 1);
}
