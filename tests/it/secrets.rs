//! No secret is shown anywhere, also by a target that sends back what it got.

use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::json;

use crate::command::{command, empty, put, text};
use crate::support::raw;

const CANARY: &str = "c4n/ary+0815=key";
/// The key as it is, percent-encoded, and in base64; and the session that the target opens.
const FORMS: [&str; 5] =
    [CANARY, "c4n%2Fary%2B0815%3Dkey", "c4n%2fary", "YzRuL2FyeSswODE1PWtleQ", "s3ss1on-c4nary"];

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
    let url = raw(|head| json!({"head": head, "again": CANARY}).to_string());
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
    let report = shown.iter().find(|(name, _)| name == "run.json").expect("a report");
    assert!(String::from_utf8_lossy(&report.1).contains("[secret]"));
}
