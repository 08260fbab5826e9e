//! Reports read back by programs that others wrote: PyPI's junitparser, sarif-pydantic and haralyzer.

use std::process::Command;

use serde_json::{Value, json};

use crate::command::{Mock, counterpart, empty, text};
use crate::support::root;

/// What the readers say of the reports in a folder.
fn read(folder: &std::path::Path) -> Value {
    let installed = Command::new("bash").arg(root().join("tests/readers/install")).status().expect("bash");
    assert!(installed.success(), "tests/readers/install failed: python3 with venv, and PyPI, are needed");
    let python = root().join("target/readers/bin/python");
    let output =
        Command::new(python).arg(root().join("tests/readers/read.py")).arg(folder).output().expect("Python");
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A document in a folder of a repository, named from another folder by its whole path.
#[test]
fn programs_of_others_read_the_reports() {
    let folder = empty();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path(".git")).expect("a folder");
    std::fs::create_dir_all(path("services/shop")).expect("a folder");
    std::fs::create_dir_all(path("ci")).expect("a folder");
    std::fs::copy(root().join("specs/tiny/shop.yaml"), path("services/shop/openapi.yaml")).expect("a copy");
    let document = path("services/shop/openapi.yaml").to_string_lossy().into_owned();
    let faults = ["--stateful", "--fault", "body-schema@pets_list", "--fault", "body-schema@pets_read"];
    let mock = Mock::start(folder.path(), &[&[document.as_str()][..], &faults].concat());
    let reports = ["junit=junit.xml", "sarif=sarif.json", "har=har.json", "json=report.json"];
    let reports: Vec<String> =
        reports.iter().map(|report| format!("--report={}", report.replace('=', "=../"))).collect();
    let mut words = vec!["check", &document, "--url", &mock.url, "--mint", "mock:{scopes}"];
    words.extend(reports.iter().map(String::as_str));
    let output = counterpart(&path("ci"), &words);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: Value =
        serde_json::from_slice(&std::fs::read(path("report.json")).expect("a report")).expect("JSON");
    let told = read(folder.path());

    // JUnit: a case per operation fails, and what could not be looked at has a reason.
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let errors = list(&report["findings"]).into_iter().filter(|finding| finding["severity"] == "error");
    let mut failing: Vec<Value> =
        errors.flat_map(|finding| list(&finding["operations"])).map(|one| one["operation"].clone()).collect();
    failing.sort_by_key(ToString::to_string);
    failing.dedup();
    assert!(failing.len() > 1, "{report:#}");
    assert_eq!(told["failed"], json!(failing));
    assert_eq!(told["tests"], told["cases"]);
    assert!(told["skipped"] == told["reasons"] && told["times"] == true, "{told:#}");
    assert!(told["seconds"].as_f64() > Some(0.0));

    // SARIF: a result for each finding, each rule with help, and files as the repository names them.
    let rules: Vec<Value> = list(&report["findings"]).iter().map(|finding| finding["rule"].clone()).collect();
    assert_eq!(told["results"], json!(rules));
    assert_eq!(told["files"], json!(["services/shop/openapi.yaml"]));
    for (rule, help) in told["rules"].as_object().expect("rules") {
        assert!(help[0].as_str().is_some_and(|text| text.contains(rule)), "{help}");
        assert!(help[1].as_str().is_some_and(|text| text.contains("**To settle it:**")), "{help}");
        let standards = ["https://www.rfc-editor.org/rfc/rfc", "https://spec.openapis.org/oas/"];
        let address = help[2].as_str().expect("an address");
        assert!(standards.iter().any(|standard| address.starts_with(standard)), "{help}");
    }
    assert!(
        told["automation"].as_str().is_some_and(|id| id.starts_with("counterpart/") && id.ends_with('/'))
    );

    // HAR: an entry for each request, with its time, and the findings about it in its comment.
    assert_eq!(json!(list(&told["entries"]).len()), report["summary"]["requests"]);
    assert_eq!(told["pages"], json!(true));
    let ids = list(&report["findings"]);
    let members =
        ids.iter().flat_map(|finding| list(&finding["operations"])).flat_map(|one| list(&one["findings"]));
    for member in members {
        let id = member["id"].as_str().expect("an id");
        assert!(told["comments"].as_str().is_some_and(|all| all.contains(id)), "{id}: {told:#}");
    }
}
