//! `specs/tiny/`: one document per construct. Under `x-means` each says what it must mean: its
//! operations, every problem of it, and what the mock answers to which request. The runner must find
//! nothing wrong with the mock, plain and dynamic.

use std::path::PathBuf;

use rstest::rstest;
use serde::Deserialize;
use serde_json::Value;

use crate::command::{Mock, checked, counterpart, empty, text};
use crate::support::{parsed_tree, root, send};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Means {
    /// Names of the operations, in order.
    operations: Vec<String>,
    /// A part of the message of each problem, in any order.
    #[serde(default)]
    problems: Vec<String>,
    /// What `check` against the mock ends with.
    #[serde(default)]
    check: i32,
    requests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// `METHOD TARGET`.
    send: String,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    json: Option<Value>,
    body: Option<String>,
    /// The status that must come back.
    answer: u16,
    /// The media type that must come back.
    r#type: Option<String>,
    contains: Option<String>,
    lacks: Option<String>,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_document_means_what_it_says(
    #[files("specs/tiny/*.yaml")]
    #[files("specs/tiny/several-files/api.json")]
    #[exclude("shop.yaml")]
    path: PathBuf,
) {
    let octets = std::fs::read(&path).expect("a document");
    let tree = parsed_tree(&octets);
    let means: Means = serde_json::from_value(tree["x-means"].clone()).expect("what it means");
    let document = path.strip_prefix(root()).expect("in the repository").to_str().expect("text");

    let listed = counterpart(&root(), &["list", document, "--format", "json"]);
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
    let names: Vec<&str> = listed.iter().filter_map(|operation| operation["operation"].as_str()).collect();
    assert_eq!(names, means.operations);

    let lint = counterpart(&root(), &["lint", document, "--format", "json"]);
    let problems: Vec<Value> = serde_json::from_slice(&lint.stdout).expect("JSON");
    let messages: Vec<&str> = problems.iter().filter_map(|problem| problem["message"].as_str()).collect();
    for wanted in &means.problems {
        assert!(messages.iter().any(|message| message.contains(wanted)), "{wanted:?} in {messages:#?}");
    }
    for message in &messages {
        assert!(means.problems.iter().any(|wanted| message.contains(wanted)), "{message:?} is no part");
    }

    let mock = Mock::start(&root(), &[document, "--fixtures", empty().path().to_str().expect("text")]);
    for case in &means.requests {
        let (method, target) = case.send.split_once(' ').expect("METHOD TARGET");
        let mut headers: Vec<(&str, &str)> =
            case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = match (&case.json, &case.body) {
            (Some(json), _) => {
                headers.push(("content-type", "application/json"));
                json.to_string()
            }
            (None, body) => body.clone().unwrap_or_default(),
        };
        let answer = send(&mock.url, method, target, &headers, &body).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status.as_u16(), case.answer, "{} {body}: {said}", case.send);
        if let Some(media_type) = &case.r#type {
            assert_eq!(answer.headers["content-type"], *media_type, "{}", case.send);
        }
        assert!(case.contains.as_ref().is_none_or(|part| said.contains(part)), "{}: {said}", case.send);
        assert!(case.lacks.as_ref().is_none_or(|part| !said.contains(part)), "{}: {said}", case.send);
    }
    drop(mock);

    for how in [&["--auth", "scopes"][..], &["--auth", "scopes", "--dynamic", "--seed", "3"]] {
        let mut arguments = vec![document];
        arguments.extend(how);
        let mock = Mock::start(&root(), &arguments);
        let checked = checked(document, &mock, &["--skip", "state,page"]);
        let report = text(&checked.stdout);
        let said = format!("{how:?}\n{report}\n{}", text(&checked.stderr));
        assert_eq!(checked.status.code(), Some(means.check), "{said}");
        assert!(means.check == 1 || report.contains("0 errors"), "{said}");
    }
}
