//! Web Fuzzing Commons: authentication files as keys, and fault categories in reports.

use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, counterpart, empty, put, text};
use crate::issuer::serve;

/// The password of a user; it must be seen nowhere.
const CANARY: &str = "canary-4711 secret";

const PETS: &str = r#"
openapi: 3.1.0
info: {title: Pets, version: "1"}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
security: [{key: [pets:read]}]
paths:
  /pets:
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9}}]
      responses:
        "200": {description: all, content: {application/json: {schema: {type: array, items: {type: object}}}}}
        "401": {description: no key}
        "403": {description: no scope}
        "422": {description: bad input}
"#;

/// A check of a mock of pets by an authentication file: what it said, and its report.
fn checked(folder: &Path, auth: &str, faults: &[&str], more: &[&str]) -> (i32, String, Value) {
    put(folder, "pets.yaml", PETS);
    put(folder, "auth.yaml", auth);
    let mut arguments = vec!["pets.yaml", "--auth", "scopes"];
    arguments.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    let mock = Mock::start(folder, &arguments);
    let mut arguments = vec!["check", "pets.yaml", "--url", &mock.url, "--keys", "auth.yaml"];
    arguments.extend(["--report", "json=report.json", "--report", "sarif=report.sarif"]);
    arguments.extend(more);
    let output = counterpart(folder, &arguments);
    let report = std::fs::read_to_string(folder.join("report.json")).unwrap_or_default();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!format!("{said}{report}").contains("canary"), "{said}");
    (output.status.code().expect("a code"), said, serde_json::from_str(&report).unwrap_or_default())
}

/// The outcome of each rule of the only operation.
fn outcome<'r>(report: &'r Value, rule: &str) -> &'r str {
    let rules = report["operations"][0]["rules"].as_array().expect("rules");
    let found = rules.iter().find(|known| known["rule"] == rule);
    found.map_or("none", |found| found["outcome"].as_str().expect("an outcome"))
}

#[test]
fn a_user_with_a_fixed_header_is_a_key() {
    let folder = empty();
    let auth =
        "auth:\n- name: reader\n  fixedHeaders: [{name: Authorization, value: 'Bearer mock:pets:read'}]\n";
    let (code, said, report) = checked(folder.path(), auth, &[], &[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(report["operations"][0]["verdict"], "conforms");
    // Nobody says what the user may do.
    assert_eq!(
        (outcome(&report, "auth-missing-accepted"), outcome(&report, "scope-lacking-accepted")),
        ("held", "untested")
    );
}

#[test]
fn a_user_logs_in_for_a_token() {
    let url = serve(|asked| {
        let sent: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let is_known = asked.line.starts_with("POST /in ") && sent == json!({"user": "a", "word": CANARY});
        if is_known { (200, json!({"data": {"token": "mock:pets:read"}})) } else { (403, json!({})) }
    });
    let auth = |word: &str| {
        format!(
            "auth:\n- name: a\n  loginEndpointAuth:\n    payloadUserPwd: {{username: a, password: '{word}', usernameField: user, passwordField: word}}\n\
             authTemplate:\n  loginEndpointAuth:\n    externalEndpointURL: {url}/in\n    verb: POST\n    contentType: application/json\n    \
             token: {{extractFrom: body, extractSelector: /data/token, sendIn: header, sendName: Authorization, sendTemplate: 'Bearer {{token}}'}}\n"
        )
    };
    let folder = empty();
    let (code, said, report) = checked(folder.path(), &auth(CANARY), &[], &[]);
    assert_eq!((code, &report["operations"][0]["verdict"]), (0, &json!("conforms")), "{said}");
    let (code, said, _) = checked(empty().path(), &auth("canary wrong"), &[], &[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("the user \"a\" cannot log in") && said.contains("answered 403"), "{said}");
}

#[test]
fn a_wrong_file_is_named_with_its_line() {
    let auth =
        "auth:\n- name: a\n  fixedHeaders: [{name: X-Key, value: canary}]\n- name: b\n  createUsers: {}\n";
    let (code, said, _) = checked(empty().path(), auth, &[], &[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("auth.yaml:5") && said.contains("createUsers is not supported"), "{said}");
}

#[test]
fn findings_carry_their_fault_category() {
    let folder = empty();
    let auth =
        "auth:\n- name: reader\n  fixedHeaders: [{name: Authorization, value: 'Bearer mock:pets:read'}]\n";
    let (code, said, report) = checked(folder.path(), auth, &["auth-missing-accepted@list"], &[]);
    assert_eq!(code, 1, "{said}");
    let finding = &report["findings"][0];
    assert_eq!(
        finding["wfc"],
        json!({"code": 311, "id": "SECURITY_DECLARED_AUTH_NOT_ENFORCED"}),
        "{finding}"
    );
    assert_eq!(outcome(&report, "auth-missing-accepted"), "found");
    let sarif = std::fs::read_to_string(folder.path().join("report.sarif")).expect("a report");
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    let run = &sarif["runs"][0];
    assert_eq!(run["results"][0]["taxa"], json!([{"id": "311", "toolComponent": {"name": "WFC"}}]));
    assert_eq!(
        run["taxonomies"][0]["taxa"],
        json!([{"id": "311", "name": "SECURITY_DECLARED_AUTH_NOT_ENFORCED"}])
    );
    assert_eq!(run["properties"]["rules"][0]["found"], json!(["auth-missing-accepted"]));
}

/// What was not looked at fails a run that asks for it, and says why.
#[rstest]
#[case::nothing_asked(&[], 0, "")]
#[case::untested(&["--deny", "untested"], 1, "--deny untested does not allow")]
#[case::covered(&["--min-coverage", "50"], 0, "")]
#[case::not_covered(&["--min-coverage", "100%"], 1, "--min-coverage asks for 100 %")]
#[case::no_share(&["--min-coverage", "most"], 2, "from 0 to 100")]
fn a_run_is_held_to_what_it_looked_at(#[case] flags: &[&str], #[case] code: i32, #[case] why: &str) {
    let auth =
        "auth:\n- name: reader\n  fixedHeaders: [{name: Authorization, value: 'Bearer mock:pets:read'}]\n";
    let (found, said, report) = checked(empty().path(), auth, &[], flags);
    assert_eq!(found, code, "{said}");
    assert!(said.contains(why), "{said}");
    if code < 2 {
        let points = &report["coverage"]["points"];
        assert_eq!(points["operations"], json!({"seen": 1, "total": 1}));
        let covered = &report["operations"][0]["coverage"];
        assert_eq!(covered["parameters"], json!({"seen": ["query.limit"], "unseen": []}));
        assert_eq!(
            covered["invalid"],
            json!({"seen": ["query.limit type", "query.limit minimum", "query.limit maximum"], "unseen": []})
        );
    }
}
