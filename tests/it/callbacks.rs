//! `check --callback-url`: the runner listens, and judges what the target calls back with.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::command::{Mock, counterpart, empty, put, text};
use crate::webhooks::PETS;

/// Checks a mock of one document against another; gives the exit code, the report, and what was said.
fn check(folder: &Path, mock: &Mock, document: &str, flags: &[&str]) -> (Option<i32>, Value, String) {
    put(folder, "checked.yaml", document);
    let mut all = vec!["check", "checked.yaml", "--url", &mock.url, "--report", "json"];
    all.extend(flags);
    let output = counterpart(folder, &all);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), report, text(&output.stderr))
}

fn mock(folder: &Path, document: &str, flags: &[&str]) -> Mock {
    put(folder, "served.yaml", document);
    let mut all = vec!["--stateful", "served.yaml"];
    all.extend(flags);
    Mock::start(folder, &all)
}

/// What the report says of the callbacks of an operation: findings, and why it is untested.
fn told(report: &Value) -> (Vec<(String, String)>, Vec<String>) {
    let texts = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a report");
    let findings = findings.iter().map(|one| (texts(one, "rule"), texts(one, "message")));
    let operations = report["operations"].as_array().expect("a report");
    let untested = operations.iter().filter_map(|one| one["untested"].as_array()).flatten();
    let untested = untested.filter(|one| one["rule"] == "callback-invalid");
    (findings.collect(), untested.map(|one| texts(one, "why")).collect())
}

const LISTENING: &[&str] = &["--callback-url", "0"];

#[rstest]
#[case::in_the_body(PETS.to_owned())]
#[case::in_the_query(PETS.replace("{$request.body#/notify}/washed", "{$request.query.notify}/washed").replace(
    "      operationId: addPet\n",
    "      operationId: addPet\n      parameters: [{name: notify, in: query, schema: {type: string, format: uri}}]\n",
))]
#[test]
fn healthy_callbacks_are_taken(#[case] document: String) {
    let folder = empty();
    let mock = mock(folder.path(), &document, &[]);
    let (code, report, said) = check(folder.path(), &mock, &document, LISTENING);
    assert_eq!((code, told(&report)), (Some(0), (Vec::new(), Vec::new())), "{said}");
}

#[test]
fn a_spoilt_callback_is_found() {
    let folder = empty();
    let mock = mock(folder.path(), PETS, &["--fault", "callback-invalid@addPet"]);
    let (code, report, said) = check(folder.path(), &mock, PETS, LISTENING);
    let (findings, untested) = told(&report);
    let [(rule, message)] = findings.as_slice() else { panic!("{findings:?} {said}") };
    assert_eq!((code, rule.as_str(), untested.len()), (Some(1), "callback-invalid", 0));
    assert!(message.starts_with("the callback \"washed\": body: expected object"), "{message}");
    assert_eq!(report["findings"][0]["operation"], "addPet");
    // Nobody listens where nobody asks for it.
    let (code, report, _) = check(folder.path(), &mock, PETS, &[]);
    assert_eq!((code, told(&report)), (Some(0), (Vec::new(), Vec::new())));
}

/// What the document says of method, parameters and body counts, whatever was sent.
#[rstest]
#[case::method(("            put:\n              parameters", "            post:\n              parameters"), "came with PUT")]
#[case::parameter(("const: wash", "const: comb"), "X-Kind")]
#[case::body(("enum: [washed]", "enum: [combed]"), "body/event: expected one of \"combed\"")]
fn what_is_described_otherwise_is_found(#[case] (from, to): (&str, &str), #[case] expected: &str) {
    let folder = empty();
    let mock = mock(folder.path(), PETS, &[]);
    assert!(PETS.contains(from));
    let (code, report, said) = check(folder.path(), &mock, &PETS.replace(from, to), LISTENING);
    let (findings, _) = told(&report);
    let [(rule, message)] = findings.as_slice() else { panic!("{findings:?} {said}") };
    assert_eq!((code, rule.as_str()), (Some(1), "callback-invalid"));
    assert!(message.contains(expected), "{message}");
}

/// What did not come, and what could not be asked for, is no finding.
#[rstest]
#[case::never_sent(("{$request.body#/notify}/washed", "http://localhost:1/washed"), ("", ""), "no callback came within 5s")]
#[case::nowhere_to_say(("", ""), ("{$request.body#/notify}/washed", "http://localhost:1/washed"), "no request can say")]
#[case::not_allowed(("notify: {type: string, format: uri}", "notify: {type: string, maxLength: 5}"), ("notify: {type: string, format: uri}", "notify: {type: string, maxLength: 5}"), "no request can say")]
fn what_cannot_be_judged_is_untested(
    #[case] served: (&str, &str),
    #[case] checked: (&str, &str),
    #[case] expected: &str,
) {
    let other =
        |(from, to): (&str, &str)| if from.is_empty() { PETS.to_owned() } else { PETS.replace(from, to) };
    let folder = empty();
    let mock = mock(folder.path(), &other(served), &[]);
    let (code, report, said) = check(folder.path(), &mock, &other(checked), LISTENING);
    let (findings, untested) = told(&report);
    assert_eq!((code, findings), (Some(0), Vec::new()), "{said}");
    let [why] = untested.as_slice() else { panic!("{untested:?}") };
    assert!(why.starts_with(expected), "{why}");
}

#[test]
fn an_address_that_cannot_be_listened_at() {
    let folder = empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for (given, code, part) in
        [(port.as_str(), 3, "cannot listen on"), ("https://localhost:1", 2, "without TLS")]
    {
        let output =
            counterpart(folder.path(), &["check", "--url", "http://127.0.0.1:9", "--callback-url", given]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
    }
}
