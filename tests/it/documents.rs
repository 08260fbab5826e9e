//! `counterpart check` over all documents of a configuration, by the built binary.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::{Mock, counterpart, empty, put, text};
use crate::support::keeps_schema;

/// A document with an operation whose id another one has too; `kind` is the type of what it answers.
fn document(title: &str, path: &str, kind: &str) -> String {
    format!(
        "openapi: 3.1.0
info: {{title: {title}, version: '1'}}
paths:
  {path}:
    get:
      operationId: list
      responses:
        '200':
          description: all
          content: {{application/json: {{schema: {{type: object, properties: {{x: {{type: {kind}}}}}}}, example: {{x: a}}}}}}
  {path}/count:
    get:
      operationId: count{title}
      responses: {{'204': {{description: none}}}}
"
    )
}

const TABLES: &str = "[[document]]
name = \"good\"
spec = \"specs/good.yaml\"
prefix = \"/good\"
[[document]]
name = \"bad\"
spec = \"specs/bad.yaml\"
prefix = \"/bad\"
";

/// What is served conforms to the first document, and breaks the second.
fn folder() -> (tempfile::TempDir, Mock) {
    let folder = empty();
    put(folder.path(), "specs/good.yaml", &document("Good", "/goods", "string"));
    put(folder.path(), "specs/bad.yaml", &document("Bad", "/bads", "string"));
    put(folder.path(), "counterpart.toml", TABLES);
    let mock = Mock::start(folder.path(), &[]);
    put(folder.path(), "specs/bad.yaml", &document("Bad", "/bads", "integer"));
    (folder, mock)
}

fn check(folder: &Path, url: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let all: Vec<&str> = ["check", "--url", url].iter().chain(more).copied().collect();
    let output = counterpart(folder, &all);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn report(folder: &Path, url: &str, more: &[&str]) -> (Option<i32>, Value) {
    let all: Vec<&str> = ["--report", "json"].iter().chain(more).copied().collect();
    let (code, out, err) = check(folder, url, &all);
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

/// The members of a list's entries.
fn members<'v>(list: &'v Value, names: [&str; 2]) -> Vec<[&'v str; 2]> {
    let of = |entry: &'v Value| names.map(|name| entry[name].as_str().unwrap_or_default());
    list.as_array().expect("a list").iter().map(of).collect()
}

#[test]
fn all_documents_are_checked_in_one_run() {
    let (folder, mock) = folder();
    let (code, run) = report(folder.path(), &mock.url, &[]);
    assert_eq!(code, Some(1), "{run:#}");
    keeps_schema("docs/report.schema.json", &run);
    let expected = [["good", "list"], ["good", "countGood"], ["bad", "list"], ["bad", "countBad"]];
    assert_eq!(members(&run["operations"], ["document_name", "operation"]), expected);
    let verdicts = members(&run["operations"], ["verdict", "path"]);
    assert_eq!(
        verdicts.iter().map(|[verdict, _]| *verdict).collect::<Vec<_>>(),
        ["conforms", "conforms", "fails", "conforms"]
    );
    let findings = members(&run["findings"], ["document_name", "rule"]);
    assert_eq!(findings[0], ["bad", "body-schema"], "{run:#}");
    assert!(findings.iter().all(|[name, _]| *name == "bad"), "{findings:?}");
    let place = &run["findings"][0]["document"];
    assert!(place["file"].as_str().is_some_and(|file| file.ends_with("specs/bad.yaml")), "{place}");
    assert_eq!(place["line"], 10);
    assert_eq!(run["summary"]["operations"], 4);
    assert_eq!(run["document"], json!({"title": "good, bad", "version": ""}));
    let targets = ["good", "bad"].map(|name| format!("{}/{name}", mock.url));
    let found = members(&run["documents"], ["name", "target"]);
    assert_eq!(found, [["good", &targets[0]], ["bad", &targets[1]]]);
    assert_ne!(run["documents"][0]["run"], run["documents"][1]["run"]);
}

#[test]
fn every_report_names_the_document() {
    let (folder, mock) = folder();
    let files = ["junit", "sarif", "html", "markdown", "github", "gitlab", "access"];
    let reports: Vec<String> = files.iter().map(|format| format!("--report={format}={format}")).collect();
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let (code, console, _) = check(folder.path(), &mock.url, &reports);
    assert_eq!(code, Some(1), "{console}");
    for part in
        ["good  Good 1 → http://", "bad  Bad 1 → http://", "┌ bad: list", "4 operations, 3 conform, 1 fails"]
    {
        assert!(console.contains(part), "{part:?} is missing in\n{console}");
    }
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    for (name, parts) in [
        ("junit", &["<testsuite name=\"good: list\" tests=", "<testsuite name=\"bad: list\" tests="][..]),
        ("sarif", &["bad: list: response.body/x"]),
        (
            "html",
            &["<li><b>good</b> Good 1", "data-operation=\"bad: list\"", "<option value=\"good: list\">"],
        ),
        ("markdown", &["- good · Good 1", "| ❌ | bad: list |"]),
        ("github", &["title=body-schema bad%3A list::"]),
        ("gitlab", &["\"description\": \"bad: list: "]),
        ("access", &["document,operation,required"]),
    ] {
        let text = file(name);
        for part in parts {
            assert!(text.contains(part), "{part:?} is missing in {name}:\n{text}");
        }
    }
}

#[test]
fn one_document_is_reported_as_ever() {
    let (folder, mock) = folder();
    let (_, all) = report(folder.path(), &mock.url, &[]);
    let (code, run) = report(folder.path(), &format!("{}/bad", mock.url), &["specs/bad.yaml"]);
    assert_eq!(code, Some(1));
    let text = run.to_string();
    assert!(!text.contains("document_name") && run.get("documents").is_none(), "{run:#}");
    assert_eq!(run["document"]["title"], "Bad");
    // Another document may have the same operation, so the same finding has another id there.
    assert_ne!(run["findings"][0]["id"], all["findings"][0]["id"]);
}

#[test]
fn words_mean_something_in_the_documents_that_have_them() {
    let (folder, mock) = folder();
    let names = |more: &[&str]| {
        let (_, run) = report(folder.path(), &mock.url, more);
        let asked =
            run["operations"].as_array().expect("a list").iter().filter(|o| o["verdict"] != "skipped");
        asked
            .map(|o| format!("{}/{}", o["document_name"], o["operation"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&["--only", "countBad"]), ["bad/countBad"]);
    assert_eq!(names(&["--only", "list"]), ["good/list", "bad/list"]);
    assert_eq!(names(&["--only", "countGood,body"]), ["good/countGood"]);
    assert_eq!(names(&["--skip", "countBad"]), ["good/list", "good/countGood", "bad/list"]);
    let (code, _, said) = check(folder.path(), &mock.url, &["--only", "countBed"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no operation, tag, rule or path matches \"countBed\""), "{said}");
}

#[test]
fn settings_hold_for_all_documents() {
    let (folder, mock) = folder();
    let more = "[[waive]]\nrule = \"body-schema\"\noperation = \"list\"\nreason = \"known\"\n\
                [[check.request]]\noperation = \"countBad\"\n";
    put(folder.path(), "counterpart.toml", &format!("{TABLES}{more}"));
    // The waiver is used in one of two documents, so it is not unused; the request is for one of them.
    let (code, run) = report(folder.path(), &mock.url, &["--deny", "warnings"]);
    assert_eq!(
        (code, members(&run["waived"], ["document_name", "rule"])),
        (Some(0), vec![["bad", "body-schema"]]),
        "{run:#}"
    );
    let unused = more.replace("body-schema", "media-type");
    put(folder.path(), "counterpart.toml", &format!("{TABLES}{unused}"));
    let (_, run) = report(folder.path(), &mock.url, &[]);
    let told = members(&run["findings"], ["rule", "operation"]);
    assert_eq!(told.iter().filter(|[rule, _]| *rule == "waiver-unused").count(), 1, "{told:?}");
    // A baseline knows the findings of one document alone.
    put(folder.path(), "counterpart.toml", TABLES);
    let (code, ..) = check(folder.path(), &mock.url, &["--baseline", "known", "--update-baseline"]);
    assert_eq!(code, Some(0));
    let (code, ..) = check(folder.path(), &mock.url, &["--baseline", "known"]);
    assert_eq!(code, Some(0));
    put(folder.path(), "specs/good.yaml", &document("Good", "/goods", "integer"));
    let (code, run) = report(folder.path(), &mock.url, &["--baseline", "known"]);
    assert_eq!(code, Some(1));
    assert_eq!(members(&run["findings"], ["document_name", "rule"])[0], ["good", "body-schema"]);
}

#[test]
fn each_document_has_its_address() {
    let (folder, mock) = folder();
    let own =
        TABLES.replace("prefix = \"/good\"", &format!("prefix = \"/good\"\nurl = \"{}/good\"", mock.url));
    put(folder.path(), "counterpart.toml", &own);
    let output = counterpart(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("--url is missing for \"bad\", and so is `url` under its [[document]]"), "{said}");
    // What the configuration says for all does not replace what it says for one.
    put(
        folder.path(),
        "counterpart.toml",
        &format!("{own}[check]\nurl = \"http://127.0.0.1:1\"\nreport = [\"json\"]\n"),
    );
    let output = counterpart(folder.path(), &["check"]);
    let run: Value = serde_json::from_slice(&output.stdout).expect("a report");
    // One target does not answer, and the other one is checked all the same.
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(members(&run["operations"], ["document_name", "verdict"]), [["good", "conforms"]; 2]);
    assert_eq!(run["documents"][1]["target"], "http://127.0.0.1:1/bad");
    assert!(run["documents"][1]["failed"].as_str().is_some_and(|why| why.contains("refused")), "{run:#}");
}

#[test]
fn limits_are_those_of_the_whole_run() {
    let (folder, mock) = folder();
    put(folder.path(), "specs/good.yaml", &document("Good", "/goods", "integer"));
    let (code, run) = report(folder.path(), &mock.url, &["--fail-fast"]);
    assert_eq!(code, Some(1));
    assert_eq!(run["documents"][1]["failed"], "--fail-fast ended the run before");
    let (code, run) = report(folder.path(), &mock.url, &["--max-requests", "3"]);
    assert!(run["summary"]["requests"].as_u64().is_some_and(|sent| sent <= 3), "{code:?} {run:#}");
}

#[test]
fn a_plan_names_each_document_and_keys_may_be_for_one() {
    let (folder, mock) = folder();
    let (code, plan, _) = check(folder.path(), &mock.url, &["--plan"]);
    assert_eq!(code, Some(0));
    let titles: Vec<&str> = plan.lines().filter(|line| ["good", "bad"].contains(line)).collect();
    assert_eq!(titles, ["good", "bad"], "{plan}");
    put(
        folder.path(),
        "counterpart.toml",
        &TABLES.replace("prefix = \"/bad\"", "prefix = \"/bad\"\nkeys = \"lost.toml\""),
    );
    let (code, _, said) = check(folder.path(), &mock.url, &[]);
    assert_eq!((code, said.contains("lost.toml: no such file")), (Some(2), true), "{said}");
}

/// What is listed and what is wrong is that of all documents, and says of which.
#[test]
fn all_documents_are_listed_and_linted() {
    let (folder, _mock) = folder();
    let run = |arguments: &[&str]| {
        let output = counterpart(folder.path(), arguments);
        (output.status.code(), text(&output.stdout))
    };
    let (_, table) = run(&["list"]);
    let expected = ["good  list", "good  countGood", "bad   list", "bad   countBad"];
    assert!(table.lines().zip(expected).all(|(line, begins)| line.starts_with(begins)), "{table}");
    assert_eq!(table.lines().count(), 4);
    let rows: Value = serde_json::from_str(&run(&["list", "--format", "json"]).1).expect("rows");
    let names = members(&rows, ["document_name", "operation"]);
    assert_eq!(names, [["good", "list"], ["good", "countGood"], ["bad", "list"], ["bad", "countBad"]]);
    let (_, one) = run(&["list", "specs/good.yaml"]);
    assert!(one.starts_with("list ") && one.lines().count() == 2, "{one}");
    // The example of the second document breaks its schema.
    for (format, part) in [
        ("text", "specs/bad.yaml:"),
        ("json", "specs/bad.yaml"),
        ("sarif", "specs/bad.yaml"),
        ("github", "specs/bad.yaml,line="),
    ] {
        let (code, said) = run(&["lint", "--format", format]);
        assert!(said.contains(part), "{format} {code:?}: {said}");
        assert_eq!(run(&["lint", "specs/good.yaml"]).0, Some(0));
    }
    // `spec` is what is meant where there are no tables.
    put(folder.path(), "counterpart.toml", "spec = \"specs/bad.yaml\"\n");
    assert_eq!(run(&["list"]).1.lines().count(), 2);
}

#[tokio::test]
async fn a_mapping_may_name_a_whole_file() {
    let folder = empty();
    let kind = |name: &str| {
        format!(
            "type: object\nrequired: [kind, {name}]\nproperties: {{kind: {{type: string}}, {name}: {{type: integer}}}}\n"
        )
    };
    put(folder.path(), "cat.yaml", &kind("lives"));
    put(folder.path(), "dog.yaml", &kind("tricks"));
    let pet = "{oneOf: [{$ref: ./cat.yaml}, {$ref: ./dog.yaml}], discriminator: {propertyName: kind, mapping: {kitty: ./cat.yaml, pup: ./dog.yaml}}}";
    let answer = format!("{{'200': {{description: it, content: {{application/json: {{schema: {pet}}}}}}}}}");
    let document = format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /pet:\n    get: {{operationId: a, responses: {answer}}}\n"
    );
    put(folder.path(), "t.yaml", &document);
    let mock = Mock::start(folder.path(), &["t.yaml"]);
    let answer = crate::support::send(&mock.url, "GET", "/pet", &[], "").await;
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&answer["kind"], &answer["lives"]), (&json!("kitty"), &json!(0)));
}
