//! `specs/agreed/`: small documents, each of a class of which mock and runner once thought differently, as seen at
//! documents of others. The runner finds nothing wrong with the mock, warnings included, and sees each operation
//! succeed but those that the document names under `x-inconclusive`.

use std::path::PathBuf;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, checked, empty, text};
use crate::support::{parsed_tree, root};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn mock_and_runner_agree(#[files("specs/agreed/*.yaml")] path: PathBuf) {
    let tree = parsed_tree(&std::fs::read(&path).expect("a document"));
    let expected = tree.get("x-inconclusive").cloned().unwrap_or_else(|| json!([]));
    let document = path.to_str().expect("text");
    let fixtures = empty();
    let fixtures = fixtures.path().to_str().expect("text");
    let mock = Mock::start(&root(), &[document, "--stateful", "--auth", "scopes", "--fixtures", fixtures]);
    let checked = checked(document, &mock, &["--report", "json", "--fixtures", fixtures]);
    let said = text(&checked.stderr);
    let report: Value = serde_json::from_slice(&checked.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(report["findings"], json!([]), "{said}");
    let operations = report["operations"].as_array().expect("operations").iter();
    let unseen: Vec<&Value> =
        operations.filter(|o| o["verdict"] != "conforms").map(|operation| &operation["operation"]).collect();
    assert_eq!(json!(unseen), expected, "{said}");
    let code = if expected == json!([]) { 0 } else { 4 };
    assert_eq!(checked.status.code(), Some(code), "{said}");
}
