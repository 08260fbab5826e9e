//! Overlays by the built binary: what is served, checked and shown follows them, and places lead to them.

use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;

use crate::command::{Mock, counterpart, empty, put, text};
use crate::support::send;

const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: http://127.0.0.1}]
paths:
  /hidden: {get: {responses: {'204': {description: none}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: one
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
components:
  schemas:
    Pet:
      type: object
      properties:
        id: {type: string}
        age: {type: integer}
      example: {id: x, age: old}
";
/// What servers really send, and no path that they do not have.
const MENDED: &str = "overlay: 1.0.0
info: {title: What is wrong in pets, version: '1'}
extends: pets.yaml
actions:
  - target: $.paths['/hidden']
    description: It is not public.
    remove: true
  - target: $.components.schemas.Pet
    update:
      properties:
        age: {type: string}
      required: [age]
";

fn folder(overlay: &str) -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    put(folder.path(), "overlays/pets.yaml", overlay);
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = counterpart(folder, arguments);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// Problems by file and line.
fn lint(folder: &Path, arguments: &[&str]) -> Vec<(String, u64, String)> {
    let all: Vec<&str> = ["lint", "--format", "json"].iter().chain(arguments).copied().collect();
    let problems = json(folder, &all);
    let of = |problem: &Value| {
        let part = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        (part("file"), problem["line"].as_u64().unwrap_or(0), part("message"))
    };
    problems.as_array().expect("a list").iter().map(of).collect()
}

async fn until(url: &str, target: &str, fits: impl Fn(&Value) -> bool) {
    let mut last = Value::Null;
    for _ in 0..100 {
        let response = send(url, "GET", target, &[], "").await;
        last = serde_json::from_slice(&response.body).unwrap_or_default();
        if fits(&last) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{target} stays {last}");
}

#[tokio::test]
async fn the_mock_answers_as_the_overlay_says_and_watches_it() {
    let folder = folder(MENDED);
    put(folder.path(), "counterpart.toml", "spec = \"pets.yaml\"\noverlay = \"overlays/pets.yaml\"\n");
    let mock = Mock::start(folder.path(), &["--watch"]);
    assert_eq!(send(&mock.url, "GET", "/hidden", &[], "").await.status.as_u16(), 404);
    until(&mock.url, "/pets/7", |pet| pet["age"] == "old").await;
    put(
        folder.path(),
        "overlays/pets.yaml",
        &MENDED.replace("age: {type: string}", "age: {type: string, const: young}"),
    );
    until(&mock.url, "/pets/7", |pet| pet["age"] == "young").await;
}

#[test]
fn problems_lead_to_the_overlay_or_to_the_document_as_it_is_written() {
    let folder = folder(MENDED);
    let example = |problems: &[(String, u64, String)]| {
        let found = problems.iter().find(|(.., message)| message.contains("example"));
        found.map(|(file, line, _)| (file.clone(), *line))
    };
    let without = lint(folder.path(), &["pets.yaml"]);
    assert_eq!(example(&without), Some(("pets.yaml".to_owned(), 21)), "{without:?}");
    let with = lint(folder.path(), &["pets.yaml", "--overlay", "overlays/pets.yaml"]);
    assert_eq!(with, []);
    let worse = MENDED.replace("age: {type: string}", "age: {type: strnig}");
    put(folder.path(), "overlays/pets.yaml", &worse.replace("'/hidden'", "'/gone'"));
    let with = lint(folder.path(), &["pets.yaml", "--overlay", "overlays/pets.yaml"]);
    let is_of = |line: u64, part: &str| {
        with.iter().any(|(file, at, message)| {
            (file.as_str(), *at) == ("overlays/pets.yaml", line) && message.contains(part)
        })
    };
    assert!(is_of(5, "the target \"$.paths['/gone']\" selects nothing"), "{with:?}");
    assert!(is_of(11, "strnig"), "{with:?}");
}

#[test]
fn a_finding_vanishes_by_an_overlay_or_leads_to_it() {
    let folder = folder(MENDED);
    let server = PETS.replace("age: {type: integer}", "age: {type: string}");
    put(folder.path(), "server.yaml", &server);
    let mock = Mock::start(folder.path(), &["server.yaml"]);
    let check = |more: &[&str]| {
        let all = [
            "check",
            "pets.yaml",
            "--url",
            &mock.url,
            "--only",
            "op:getPet",
            "--param",
            "id=7",
            "--report",
            "json",
        ];
        json(folder.path(), &all.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let schema = |run: &Value| {
        let findings = run["findings"].as_array().expect("a list").clone();
        let found = findings.into_iter().find(|finding| finding["rule"] == "body-schema");
        found.map(|finding| (finding["document"]["file"].clone(), finding["document"]["line"].clone()))
    };
    assert_eq!(schema(&check(&[])), Some(("pets.yaml".into(), 20.into())));
    assert_eq!(schema(&check(&["--overlay", "overlays/pets.yaml"])), None);
    let worse = MENDED.replace("age: {type: string}", "age: {type: boolean}").replace("'/hidden'", "'/gone'");
    put(folder.path(), "overlays/pets.yaml", &worse);
    let found = schema(&check(&["--overlay", "overlays/pets.yaml"]));
    assert_eq!(found, Some(("overlays/pets.yaml".into(), 11.into())));
    let url = ["check", "pets.yaml", "--url", &mock.url, "--overlay", "overlays/pets.yaml"];
    let shown = text(&counterpart(folder.path(), &url).stdout);
    let expected = "problem overlays/pets.yaml:5: the target \"$.paths['/gone']\" selects nothing";
    assert!(shown.contains(expected), "{shown}");
}

#[rstest]
#[case(&["lint", "pets.yaml"], MENDED, "$.paths['/hidden']", "'$.paths[/hidden]'", "overlays/pets.yaml:5:")]
#[case(&["check", "pets.yaml", "--url", "http://127.0.0.1:1"], MENDED, "remove: true", "removes: true", "overlays/pets.yaml:7:")]
#[case(&["mock", "pets.yaml"], MENDED, "$.components.schemas.Pet\n", "$.info.title\n", "overlays/pets.yaml:8:")]
#[case(&["mock", "/a=pets.yaml", "/b=pets.yaml"], MENDED, "extends: pets.yaml\n", "", "does not say which of the documents it is for; name the document in its `extends`, or name the overlay under its [[document]]")]
#[case(&["mock", "/a=pets.yaml", "/b=cats.yaml"], MENDED, "extends: pets", "extends: ../dogs", "seen from its own place dogs.yaml, which is none of pets.yaml, cats.yaml")]
fn a_wrong_overlay_ends_a_command(
    #[case] arguments: &[&str],
    #[case] overlay: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] said: &str,
) {
    let folder = folder(&if from.is_empty() { overlay.to_owned() } else { overlay.replace(from, to) });
    let all: Vec<&str> = arguments.iter().chain(&["--overlay", "overlays/pets.yaml"]).copied().collect();
    let output = counterpart(folder.path(), &all);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
}

/// Of several documents an overlay is for the one that it names, seen from its own place.
#[rstest]
#[case("../pets.yaml", &["pets"])]
#[case("./../cats.yaml", &["cats"])]
#[case("https://example.org/v1/cats.yaml", &["cats"])]
fn an_overlay_goes_to_the_document_that_it_extends(#[case] extends: &str, #[case] expected: &[&str]) {
    let folder = folder(&MENDED.replace("extends: pets.yaml", &format!("extends: {extends}")));
    put(folder.path(), "cats.yaml", PETS);
    let tables = ["pets", "cats"].map(|name| {
        format!("[[document]]\nname = \"{name}\"\nspec = \"{name}.yaml\"\nprefix = \"/{name}\"\n")
    });
    put(folder.path(), "counterpart.toml", &tables.concat());
    let rows = json(folder.path(), &["list", "--format", "json", "--overlay", "overlays/pets.yaml"]);
    let shows = |name: &&str| {
        let all = rows.as_array().expect("a list").iter();
        all.filter(|row| row["document_name"] == *name).any(|row| row["path"] == "/hidden")
    };
    let changed: Vec<&str> = ["pets", "cats"].into_iter().filter(|name| !shows(name)).collect();
    assert_eq!(changed, expected);
    // The example breaks the schema where nothing mends it.
    let problems = lint(folder.path(), &["--overlay", "overlays/pets.yaml"]);
    let wrong: Vec<&str> = problems.iter().map(|(file, ..)| file.trim_end_matches(".yaml")).collect();
    assert!(!wrong.is_empty() && wrong.iter().all(|name| !expected.contains(name)), "{problems:?}");
}

#[test]
fn an_overlay_that_cannot_be_read_ends_a_command() {
    let folder = folder(MENDED);
    let output = counterpart(folder.path(), &["list", "pets.yaml", "--overlay", "lost.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot read lost.yaml: no such file"), "{}", text(&output.stderr));
}

/// Swagger 2 is converted after the overlay, so its places lead back through both.
#[test]
fn swagger_2_is_overlaid_as_it_is_written() {
    let folder = empty();
    let swagger = "swagger: '2.0'\ninfo: {title: t, version: '1'}\nhost: localhost\npaths:\n  /a:\n    get:\n      operationId: a\n      responses: {'200': {description: ok, schema: {$ref: '#/definitions/A'}}}\ndefinitions:\n  A: {type: object, properties: {x: {type: integer}}}\n";
    put(folder.path(), "s.yaml", swagger);
    let overlay = "overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions:\n- target: $.definitions.A.properties\n  update:\n    y: {type: strnig}\n";
    put(folder.path(), "o.yaml", overlay);
    let problems = lint(folder.path(), &["s.yaml", "--overlay", "o.yaml"]);
    let found = problems.iter().find(|(.., message)| message.contains("strnig"));
    assert_eq!(found.map(|(file, line, _)| (file.as_str(), *line)), Some(("o.yaml", 6)), "{problems:?}");
}
