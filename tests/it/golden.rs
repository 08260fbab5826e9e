//! What the commands say of the documents of the repository, word for word: a change that should keep
//! behaviour keeps these files.

use std::fmt::Write as _;
use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::command::{Mock, counterpart, empty, put, text};
use crate::harbour;
use crate::support::{root, snapshot};

/// `list`, `lint` and `check --plan`, one after another.
fn transcript(folder: &Path, document: &[&str]) -> String {
    let mut shown = String::new();
    for command in [&["list"][..], &["lint"], &["check", "--url", "http://127.0.0.1:9", "--plan"]] {
        let arguments: Vec<&str> = [command, document].concat();
        let output = counterpart(folder, &arguments);
        let code = output.status.code().expect("an exit code");
        let _ = writeln!(shown, "$ counterpart {}", arguments.join(" "));
        let _ = writeln!(shown, "{}{}exit {code}\n", text(&output.stdout), text(&output.stderr));
    }
    shown
}

/// The JSON report of a run against a mock that keeps state and lies as it is told to.
fn report(folder: &Path, document: &[&str], faults: &[&str]) -> (Value, Option<i32>) {
    let mut arguments = vec!["--stateful", "--auth", "scopes"];
    arguments.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    arguments.extend(document);
    let mock = Mock::start(folder, &arguments);
    let mut check = vec!["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--report", "json"];
    check.extend(document);
    let output = counterpart(folder, &check);
    let printed = text(&output.stdout);
    let report: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{output:?}"));
    // What differs from run to run: the target's port, the run's mark, and times, which have more or fewer
    // digits.
    let mark = report["run"].as_str().expect("a mark");
    let lasting = printed.replace(&mock.url, "http://target").replace(mark, "[mark]");
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z").expect("a pattern");
    let mut report: Value = serde_json::from_str(&time.replace_all(&lasting, "[time]")).expect("JSON");
    report["summary"]["duration_ms"] = "[time]".into();
    report["commit"] = "[commit]".into();
    for finding in report["findings"].as_array_mut().expect("findings") {
        if let Some(headers) = finding.pointer_mut("/response/headers").and_then(Value::as_object_mut) {
            headers.retain(|name, _| name != "date" && name != "content-length");
        }
    }
    (report, output.status.code())
}

/// A report with a line for each operation, finding and case of access.
fn lines((report, code): (Value, Option<i32>)) -> String {
    let mut shown = String::new();
    for (name, value) in report.as_object().expect("an object") {
        let entries = value.as_array().filter(|entries| !entries.is_empty());
        let _ = match entries {
            Some(_) => writeln!(shown, "{name}:"),
            None => writeln!(shown, "{name}: {value}"),
        };
        for entry in entries.into_iter().flatten() {
            let _ = writeln!(shown, "  {entry}");
        }
    }
    let _ = writeln!(shown, "exit {}", code.expect("an exit code"));
    shown
}

/// The documents with what the repository keeps for each; no name stands for the bundled one.
#[rstest]
#[case::core7("core7", &[])]
#[case::shop("shop", &["specs/tiny/shop.yaml", "--fixtures", "tests/fixtures/shop"])]
#[case::bodies("bodies", &["specs/tiny/bodies.yaml"])]
#[case::cycles("cycles", &["specs/tiny/cycles.yaml"])]
#[case::directions("directions", &["specs/tiny/directions.yaml"])]
#[case::generated("generated", &["specs/tiny/generated.yaml"])]
#[case::json_schema_2020("json_schema_2020", &["specs/tiny/json-schema-2020.yaml"])]
#[case::not_by_the_book("not_by_the_book", &["specs/tiny/not-by-the-book.yaml"])]
#[case::nullable("nullable", &["specs/tiny/nullable.yaml"])]
#[case::openapi_3_2("openapi_3_2", &["specs/tiny/openapi-3.2.yaml"])]
#[case::parameters("parameters", &["specs/tiny/parameters.yaml"])]
#[case::several_files("several_files", &["specs/tiny/several-files/api.json"])]
#[case::swagger_2("swagger_2", &["specs/tiny/swagger-2.yaml"])]
#[case::xml_and_csv("xml_and_csv", &["specs/tiny/xml-and-csv.yaml"])]
fn the_commands_say_what_they_said(#[case] name: &str, #[case] document: &[&str]) {
    snapshot(&format!("commands_{name}"), &transcript(&root(), document));
    snapshot(&format!("json_{name}"), &lines(report(&root(), document, &[])));
}

#[rstest]
#[case::core7("core7_lied", &[], &["body-schema@cohorts_retrieve", "scope-lacking-accepted@annotations_create"])]
#[case::shop("shop_lied", &["specs/tiny/shop.yaml"], &["update-not-kept@pets_change", "page-limit@pets_list"])]
fn reports_of_lies_are_what_they_were(
    #[case] name: &str,
    #[case] document: &[&str],
    #[case] faults: &[&str],
) {
    let (mut report, code) = report(&root(), document, faults);
    report
        .as_object_mut()
        .expect("an object")
        .retain(|name, _| ["summary", "findings"].contains(&name.as_str()));
    snapshot(&format!("json_{name}"), &lines((report, code)));
}

#[test]
fn the_harbour_is_read_as_it_was() {
    let folder = empty();
    put(folder.path(), "harbour.json", &harbour::document().to_string());
    snapshot("commands_harbour", &transcript(folder.path(), &["harbour.json"]));
    snapshot("json_harbour", &lines(report(folder.path(), &["harbour.json"], &[])));
}
