//! `--only finding:ID`: one finding again, with the requests that it needs.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::command::{Mock, counterpart, empty, put, text};

/// Checks a target into `report.json`; gives the report, the exit code and what was said.
fn check(folder: &Path, document: &str, url: &str, more: &[&str]) -> (Value, Option<i32>, String) {
    let mut arguments = vec!["check", document, "--url", url, "--mint", "mock:{scopes}"];
    arguments.extend(["--report", "json=report.json", "--report", "console"]);
    arguments.extend(more);
    let output = counterpart(folder, &arguments);
    let report = std::fs::read(folder.join("report.json")).unwrap_or_default();
    let said = text(&output.stdout) + &text(&output.stderr);
    (serde_json::from_slice(&report).unwrap_or_default(), output.status.code(), said)
}

fn findings(report: &Value) -> Vec<(&str, &str, &str)> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .map(|finding| {
            let of = |name: &str| finding[name].as_str().expect("text");
            (of("id"), of("rule"), of("operation"))
        })
        .collect()
}

fn requests(report: &Value) -> u64 {
    report["summary"]["requests"].as_u64().expect("a number")
}

/// The finding is found again with few requests, and is gone at a healthy target.
#[rstest]
#[case::body("body-schema", "cohorts_retrieve")]
#[case::scope("scope-lacking-accepted", "annotations_create")]
#[case::state("update-not-kept", "cohorts_partial_update")]
#[case::list("create-not-listed", "annotations_list")]
#[case::input("invalid-accepted", "annotations_create")]
#[case::page("page-limit", "cohorts_list")]
fn a_finding_is_tried_again(#[case] rule: &str, #[case] operation: &str) {
    let folder = empty();
    let folder = folder.path();
    let ill = Mock::start(folder, &["--stateful", "--fault", &format!("{rule}@{operation}")]);
    let (first, code, said) = check(folder, "core-7", &ill.url, &[]);
    assert_eq!(code, Some(1), "{said}");
    let [(id, found, at)] = findings(&first)[..] else { panic!("{said}") };
    assert_eq!((found, at), (rule, operation));
    let only = format!("finding:{id}");

    let (again, code, said) = check(folder, "core-7", &ill.url, &["--only", &only]);
    assert_eq!((findings(&again), code), (vec![(id, rule, operation)], Some(1)), "{said}");
    assert_eq!(again["retried"][0]["result"], "found");
    assert!(2 * requests(&again) < requests(&first), "{} of {}", requests(&again), requests(&first));
    assert_eq!(again["leftovers"], serde_json::json!([]));
    assert!(said.contains(&format!("finding {id} ({rule} of {operation}) is still there")), "{said}");

    let well = Mock::start(folder, &["--stateful"]);
    let (gone, code, said) = check(folder, "core-7", &well.url, &["--only", &only]);
    assert_eq!((findings(&gone), code), (Vec::new(), Some(0)), "{said}");
    assert_eq!(gone["retried"][0]["result"], "gone");
    assert!(2 * requests(&gone) < requests(&first) && requests(&gone) > 0, "{}", requests(&gone));
    assert_eq!(gone["leftovers"], serde_json::json!([]));
    assert!(said.contains(&format!("finding {id} ({rule} of {operation}) is gone")), "{said}");
    crate::support::keeps_schema("docs/report.schema.json", &gone);

    // Where its operation may not be sent, nothing is said to be gone.
    let (untried, code, said) = check(folder, "core-7", &well.url, &["--only", &only, "--skip", operation]);
    assert_eq!((&untried["retried"][0]["result"], code), (&"not-tried".into(), Some(4)), "{said}");
}

#[rstest]
#[case::no_id(&["--only", "finding:xyz"], "12 hex digits")]
#[case::of_nothing(&["--only", "finding:0123456789ab"], "no operation of the document can have a finding")]
#[case::with_others(&["--only", "finding:0123456789ab,cohorts_list"], "name findings alone")]
fn an_id_that_cannot_be_meant_is_refused(#[case] more: &[&str], #[case] why: &str) {
    let folder = empty();
    let (_, code, said) = check(folder.path(), "core-7", "http://127.0.0.1:1", more);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(why), "{said}");
}

/// The document no longer has the place; the report that is written anew still names the finding.
#[test]
fn a_report_says_what_the_document_no_longer_does() {
    let folder = empty();
    let folder = folder.path();
    let document = |type_name: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /things:\n    get:\n      operationId: things\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema: {{{type_name}}}\n              example: [1]\n"
        )
    };
    put(folder, "mocked.yaml", &document("type: array"));
    put(folder, "t.yaml", &document("type: object"));
    let mock = Mock::start(folder, &["mocked.yaml"]);
    let (first, code, said) = check(folder, "t.yaml", &mock.url, &[]);
    assert_eq!(code, Some(1), "{said}");
    let first = findings(&first);
    let [(id, "body-schema", "things")] = first[..] else { panic!("{said}") };
    put(folder, "t.yaml", &document("items: {type: integer}"));
    let only = format!("finding:{id}");
    let (gone, code, said) = check(folder, "t.yaml", &mock.url, &["--only", &only]);
    assert_eq!((&gone["retried"][0]["result"], code), (&"gone".into(), Some(0)), "{said}");
    std::fs::remove_file(folder.join("report.json")).expect("the report");
    let (_, code, said) = check(folder, "t.yaml", &mock.url, &["--only", &only]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--report json=FILE"), "{said}");
}

/// In a run over several documents an id says which one, and the others are not sent to.
#[test]
fn a_finding_of_one_of_several_documents() {
    let folder = empty();
    let folder = folder.path();
    let tree = |name: &str, kind: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: {name}, version: '1'}}\npaths:\n  /{name}:\n    get:\n      operationId: read\n      responses:\n        '200':\n          description: ok\n          content:\n            application/json:\n              schema: {{type: {kind}}}\n              example: [1]\n"
        )
    };
    for name in ["one", "two"] {
        put(folder, &format!("{name}.yaml"), &tree(name, "object"));
        put(folder, &format!("mocked/{name}.yaml"), &tree(name, "array"));
    }
    let document =
        |name: &str| format!("[[document]]\nname = {name:?}\nspec = \"{name}.yaml\"\nprefix = \"/{name}\"\n");
    let mock = Mock::start(folder, &["/one=mocked/one.yaml", "/two=mocked/two.yaml"]);
    put(folder, "counterpart.toml", &(document("one") + &document("two")));
    let run = |more: &[&str]| {
        let mut arguments = vec!["check", "--url", &mock.url, "--report", "json=report.json"];
        arguments.extend(more);
        let output = counterpart(folder, &arguments);
        let report = std::fs::read(folder.join("report.json")).expect("a report");
        let report: Value = serde_json::from_slice(&report).expect("JSON");
        (report, output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (first, _, said) = run(&[]);
    let known = findings(&first);
    let (id, ..) = known.last().expect(&said);
    let (again, code, said) = run(&["--only", &format!("finding:{id}")]);
    assert_eq!((findings(&again), code), (vec![*known.last().expect("one")], Some(1)), "{said}");
    assert_eq!(again["documents"].as_array().map_or(1, Vec::len), 1, "{said}");
}

/// What `--only` leaves out still makes, lists and removes the objects that a chosen operation needs.
#[rstest]
#[case("annotations_retrieve")]
#[case("annotations_destroy")]
#[case("annotations_partial_update")]
fn an_operation_alone_gets_its_objects(#[case] operation: &str) {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    let (report, code, said) = check(folder.path(), "core-7", &mock.url, &["--only", operation]);
    assert_eq!((findings(&report), code), (Vec::new(), Some(0)), "{said}");
    assert!(said.ends_with("18 operations, 1 conforms, 17 skipped\n"), "{said}");
    assert_eq!(report["leftovers"], serde_json::json!([]));
}
