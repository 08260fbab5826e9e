//! One cause is one finding, in every report, and each operation keeps what was decided about it.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::{Mock, counterpart, empty, text};
use crate::support::root;

const HABIT: &[&str] = &["--fault", "auth-status@pets_list", "--fault", "auth-status@pets_read"];

/// A mock of the shop that answers 403 for 401 at two operations.
fn habit(folder: &Path) -> Mock {
    std::fs::copy(root().join("specs/tiny/shop.yaml"), folder.join("shop.yaml")).expect("a copy");
    Mock::start(folder, &[&["shop.yaml", "--stateful", "--auth", "scopes"], HABIT].concat())
}

/// Checks it; the exit code and the JSON report.
fn check(folder: &Path, mock: &Mock, more: &[&str]) -> (Option<i32>, Value) {
    let words =
        ["check", "shop.yaml", "--url", &mock.url, "--mint", "mock:{scopes}", "--report=json=report.json"];
    let output = counterpart(folder, &[&words[..], more].concat());
    let report = std::fs::read(folder.join("report.json")).unwrap_or_default();
    let report = serde_json::from_slice(&report).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (output.status.code(), report)
}

/// Each finding: its id, and its operations with what is known of them.
fn told(report: &Value) -> Vec<(String, Vec<String>)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let named = |one: &Value| {
        let known = if one["known"] == true { " known" } else { "" };
        format!("{}{known}", one["operation"].as_str().unwrap_or_default())
    };
    let findings = list(&report["findings"]);
    let of = |finding: &Value| {
        let operations = list(&finding["operations"]).iter().map(named).collect();
        (finding["id"].as_str().unwrap_or_default().to_owned(), operations)
    };
    findings.iter().map(of).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a report")
}

#[test]
fn one_habit_is_one_finding_in_every_report() {
    let folder = empty();
    let folder = folder.path();
    let mock = habit(folder);
    let formats = ["junit", "sarif", "html", "markdown", "github", "gitlab", "console"];
    let reports: Vec<String> = formats.iter().map(|format| format!("--report={format}={format}")).collect();
    let mut more: Vec<&str> = reports.iter().map(String::as_str).collect();
    more.push("--report=hurl=again");
    let (code, report) = check(folder, &mock, &more);
    assert_eq!(code, Some(1));
    let findings = told(&report);
    let [(id, operations)] = findings.as_slice() else { panic!("{report:#}") };
    assert_eq!(operations, &["pets_list", "pets_read"]);
    assert!(id.starts_with("00"), "the id of a habit: {id}");
    assert_eq!(report["findings"][0]["operations"][1]["statuses"], json!([403]));
    assert_eq!(report["summary"]["fails"], 2, "each operation fails");

    let junit = read(folder, "junit");
    assert_eq!(junit.matches("<failure type=\"auth-status\"").count(), 2, "{junit}");
    let sarif: Value = serde_json::from_str(&read(folder, "sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!((results.len(), results[0]["relatedLocations"].as_array().map(Vec::len)), (1, Some(2)));
    assert_eq!(results[0]["partialFingerprints"]["counterpart/v1"], *id);
    let gitlab: Value = serde_json::from_str(&read(folder, "gitlab")).expect("JSON");
    assert_eq!((gitlab.as_array().map(Vec::len), &gitlab[0]["fingerprint"]), (Some(1), &json!(id)));
    let github = read(folder, "github");
    assert!(github.lines().count() == 1 && github.contains("(also at pets_read 403)"), "{github}");
    let console = read(folder, "console");
    assert!(console.contains("2 operations have this: pets_list 403, pets_read 403\n"), "{console}");
    assert!(read(folder, "markdown").contains("- operations: pets&#95;list 403, pets&#95;read 403\n"));
    assert!(read(folder, "html").contains("<li>pets_read 403<div class=\"member\" id=\""));
    let hurl = read(folder, &format!("again/{id}.hurl"));
    assert_eq!(
        (hurl.matches("\nGET http").count(), hurl.matches("\nstatus != 403\n").count()),
        (2, 2),
        "{hurl}"
    );
}

#[test]
fn each_operation_is_waived_known_and_tried_again_by_itself() {
    let folder = empty();
    let folder = folder.path();
    let mock = habit(folder);
    let (_, report) = check(folder, &mock, &["--report=hurl=again"]);
    let (group, _) = told(&report).remove(0);
    let own =
        |at: usize| report["findings"][0]["operations"][at]["findings"][0]["id"].as_str().expect("an id");

    // Tried again by the id of the cause, with the report and without, and by the id of one operation.
    for (id, operations) in [(group.as_str(), 2), (own(1), 1)] {
        let only = format!("finding:{id}");
        let (code, again) = check(folder, &mock, &["--only", &only]);
        assert_eq!((code, told(&again)[0].1.len()), (Some(1), operations), "{again:#}");
        std::fs::remove_file(folder.join("report.json")).expect("a report");
        let (code, again) = check(folder, &mock, &["--only", &only]);
        assert_eq!((code, told(&again)[0].1.len()), (Some(1), operations), "{again:#}");
        assert_eq!(again["retried"][0]["result"], "found");
    }

    // A waiver takes out just its operation, and what is left is told by itself.
    write(
        folder,
        "counterpart.toml",
        "[[waive]]\nrule = \"auth-status\"\noperation = \"pets_list\"\nreason = \"later\"\n",
    );
    let (code, waived) = check(folder, &mock, &["--report=hurl=again"]);
    assert_eq!((code, told(&waived)), (Some(1), vec![(own(1).to_owned(), vec!["pets_read".to_owned()])]));
    assert_eq!(waived["waived"][0]["operation"], "pets_list");
    let files: Vec<_> = std::fs::read_dir(folder.join("again")).expect("a folder").flatten().collect();
    assert_eq!(files.len(), 1, "the file of the finding that is gone is gone: {files:?}");
    std::fs::remove_file(folder.join("counterpart.toml")).expect("a file");

    // A baseline knows operations, not causes: another one is new.
    write(folder, "known.txt", &format!("{} auth-status pets_list\n", own(0)));
    let known = vec!["pets_list known".to_owned(), "pets_read".to_owned()];
    let (code, report_of_new) = check(folder, &mock, &["--baseline", "known.txt"]);
    assert_eq!((code, told(&report_of_new)), (Some(1), vec![(group.clone(), known)]));
    let (code, _) = check(folder, &mock, &["--baseline", "known.txt", "--update-baseline"]);
    let lines = read(folder, "known.txt");
    assert_eq!((code, lines.lines().count()), (Some(0), 2), "{lines}");
    assert_eq!(check(folder, &mock, &["--baseline", "known.txt"]).0, Some(0));
    // Ids alone, as baselines were before.
    write(folder, "known.txt", &format!("{}\n{}\n", own(0), own(1)));
    assert_eq!(check(folder, &mock, &["--baseline", "known.txt"]).0, Some(0));
    write(folder, "known.txt", "auth-status pets_list\n");
    let words = ["check", "shop.yaml", "--url", &mock.url, "--baseline", "known.txt"];
    let refused = counterpart(folder, &words);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("this line names no finding\n  --> known.txt:1:1"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn a_plan_is_printed_for_programs() {
    let folder = empty();
    std::fs::copy(root().join("specs/tiny/shop.yaml"), folder.path().join("shop.yaml")).expect("a copy");
    let words = ["check", "shop.yaml", "--url", "http://127.0.0.1:9", "--plan", "--mint", "mock:{scopes}"];
    let output = counterpart(folder.path(), &[&words[..], &["--report", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let first = &plan["requests"][0];
    assert_eq!((&plan["document"], first["method"].is_string()), (&json!("shop"), true));
    let lines = counterpart(folder.path(), &words);
    let count = |value: &Value| value.as_array().map_or(0, Vec::len);
    let requests = count(&plan["requests"]) + count(&plan["last"]["requests"]);
    let shown = text(&lines.stdout);
    let methods = ["  GET ", "  POST ", "  PUT ", "  PATCH ", "  DELETE "];
    let told = shown.lines().filter(|line| methods.iter().any(|method| line.starts_with(method)));
    assert_eq!(requests, told.count(), "{shown}");
    let file = counterpart(folder.path(), &[&words[..], &["--report", "json=plan.json"]].concat());
    assert!(file.stdout.is_empty(), "{}", text(&file.stdout));
    assert_eq!(serde_json::from_str::<Value>(&read(folder.path(), "plan.json")).expect("JSON"), plan);
}
