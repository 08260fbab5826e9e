//! The built binary, as a stranger uses it: exit codes, output, an empty folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rstest::rstest;
use serde_json::Value;

use crate::program::program;
use crate::support::{root, send, site};

const BINARY: &str = env!("CARGO_BIN_EXE_counterpart");

pub fn counterpart(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the binary runs")
}

/// Checks a mock of a document with keys that it makes; nothing can be harmed.
pub fn checked(document: &str, mock: &Mock, more: &[&str]) -> Output {
    let words = ["check", document, "--url", &mock.url, "--mint", "mock:{scopes}", "--actions", "*"];
    counterpart(&root(), &[&words[..], more].concat())
}

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .env_remove("COUNTERPART_TOKEN");
    command
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A mock of the binary on a free port; it ends when this is dropped.
pub struct Mock {
    child: Child,
    pub url: String,
}

impl Mock {
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["mock", "-p", "0", "-q"];
        all.extend(arguments);
        Self::of(&mut command(folder, &all))
    }

    /// Starts one by its whole command line.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { child, url }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes a file, with the folders around it.
pub fn put(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}

pub fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn the_demo_conforms_in_an_empty_folder() {
    let folder = empty();
    let output = counterpart(folder.path(), &["demo"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    assert_eq!(shown.lines().last(), Some("18 operations, 18 conform"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "it writes nothing");
}

#[test]
fn list_names_the_operations() {
    let folder = empty();
    let output = counterpart(folder.path(), &["list", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(rows.len(), 18);
    for row in &rows {
        let statuses = row["statuses"].as_array().expect("statuses");
        let fixtures = row["fixtures"].as_array().expect("fixtures");
        assert!(!row["scopes"].as_array().expect("scopes").is_empty());
        for status in statuses {
            let wanted = format!("/{}.", status.as_str().expect("text"));
            assert!(fixtures.iter().any(|file| file.as_str().expect("text").contains(&wanted)), "{row}");
        }
    }
    let held = counterpart(folder.path(), &["list", "--format", "json", "--held", "annotation:read"]);
    let held: Vec<Value> = serde_json::from_slice(&held.stdout).expect("JSON");
    let names: Vec<&str> = held.iter().filter_map(|row| row["operation"].as_str()).collect();
    assert_eq!(names, ["annotations_list", "annotations_retrieve"]);
}

/// A target that lies in one way: just that rule, exit 1, the right operation.
#[rstest]
#[case("scope-lacking-accepted", "annotations_create")]
#[case("auth-status", "cohorts_list")]
#[case("scope-status", "comments_list")]
#[case("status-undocumented", "annotations_create")]
#[case("body-schema", "cohorts_retrieve")]
fn a_lie_is_found(#[case] rule: &str, #[case] operation: &str) {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--fault", &format!("{rule}@{operation}")]);
    let check = [
        "check",
        "--url",
        &mock.url,
        "--mint",
        "mock:{scopes}",
        "--skip",
        "state",
        "--skip",
        "page",
        "--report",
        "json",
    ];
    let output = counterpart(folder.path(), &check);
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found: Vec<_> = run["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| (f["rule"].clone(), f["operation"].clone()))
        .collect();
    assert_eq!(found, [(rule.into(), operation.into())]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(run["summary"]["fails"], 1);
    assert!(run["findings"][0]["document"]["line"].as_u64().expect("a line") > 1);
    assert!(!text(&output.stdout).contains("mock:"), "no key is shown");
}

#[test]
fn keys_without_scopes_prove_nothing() {
    let folder = empty();
    std::fs::write(
        folder.path().join("keys.toml"),
        "[[keys]]\nname = \"none\"\ntoken = \"mock:\"\nscopes = []\n",
    )
    .expect("a file");
    let mock = Mock::start(folder.path(), &[]);
    let output =
        counterpart(folder.path(), &["check", "--url", &mock.url, "--keys", "keys.toml", "--skip", "state"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(
        text(&output.stdout).ends_with("18 operations, 0 conform, 18 inconclusive\n"),
        "{}",
        text(&output.stdout)
    );
    let allowed =
        ["check", "--url", &mock.url, "--keys", "keys.toml", "--skip", "state", "--allow-inconclusive"];
    assert_eq!(counterpart(folder.path(), &allowed).status.code(), Some(0));
}

#[test]
fn the_first_look_names_the_cause() {
    let folder = empty();
    let unreachable = counterpart(
        folder.path(),
        &["check", "--url", "http://127.0.0.1:9", "--mint", "mock:{scopes}", "--retries", "0"],
    );
    assert_eq!(unreachable.status.code(), Some(3));
    assert!(text(&unreachable.stderr).contains("does not answer"), "{}", text(&unreachable.stderr));
    let mock = Mock::start(folder.path(), &[]);
    let wrong_path = format!("{}/nowhere", mock.url);
    let output = counterpart(folder.path(), &["check", "--url", &wrong_path, "--mint", "mock:{scopes}"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("every path is answered with 404"), "{}", text(&output.stderr));
    let wrong_key = counterpart(folder.path(), &["check", "--url", &mock.url, "--mint", "wrong-{scopes}"]);
    assert_eq!(wrong_key.status.code(), Some(3));
    assert!(
        text(&wrong_key.stderr).contains("PersonalAPIKeyAuth wants `Authorization: Bearer"),
        "{}",
        text(&wrong_key.stderr)
    );
}

#[rstest]
#[case(&["chek"], "check")]
#[case(&["check", "--tiemout", "3"], "--timeout")]
#[case(&["check", "missing.yaml", "--url", "http://127.0.0.1:9"], "no such file")]
#[case(&["check", "--url", "127.0.0.1:9"], "http://")]
#[case(&["check", "--url", "http://127.0.0.1:9", "--only", "anotations_list"], "annotations_list")]
#[case(&["check", "--url", "http://127.0.0.1:9", "--report", "jsn"], "json")]
#[case(&["check"], "--url is missing")]
#[case(&["check", "--url", "http://example.org", "--mint", "mock:{scopes}"], "--writes")]
#[case(&["mock", "-p", "0", "--fault", "body-shema@cohorts_list"], "body-schema")]
#[case(&["mock", "-p", "0", "--fault", "body-schema@roles_destroy"], "does not apply")]
#[case(&["explain", "body-shema"], "body-schema")]
#[case(&["lint", "broken.yaml"], "broken.yaml:2:")]
#[case(&["list", "--config", "wrong.toml"], "wrong.toml:1:1")]
fn bad_usage_is_exit_2_with_a_hint(#[case] arguments: &[&str], #[case] hint: &str) {
    let folder = empty();
    std::fs::write(folder.path().join("broken.yaml"), "openapi: 3.1.0\npaths: [\n").expect("a file");
    std::fs::write(folder.path().join("wrong.toml"), "spek = \"x\"\n").expect("a file");
    let output = counterpart(folder.path(), arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(hint), "{said}");
}

#[test]
fn a_command_runs_against_a_mock() {
    let folder = empty();
    let output =
        counterpart(folder.path(), &["mock", "--", program(), "GET /__counterpart/health", "exit 7"]);
    assert_eq!(output.status.code(), Some(7));
}

/// Plausible values keep the contract, whatever the seed, and are the same for the same seed. Such a mock
/// keeps nothing, so no object is shown to be the run's own, and what works on one is inconclusive.
#[rstest]
#[case("1")]
#[case("8")]
#[tokio::test(flavor = "multi_thread")]
async fn a_dynamic_mock_conforms_and_repeats_itself(#[case] seed: &str) {
    let folder = empty();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mock = Mock::start(folder.path(), &["--dynamic", "--seed", seed]);
        let check = ["check", "--url", &mock.url, "--skip", "state,page", "--mint", "mock:{scopes}"];
        let output = counterpart(folder.path(), &[&check[..], &["--allow-inconclusive"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let key = [("authorization", "Bearer mock:*")];
        let answer = send(&mock.url, "GET", "/api/projects/1/annotations/498/", &key, "").await;
        seen.push(text(&answer.body));
    }
    assert!(seen[0].contains("\"id\":498"), "{seen:?}");
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_document_of_several_files_is_one() {
    let folder = empty();
    let write = |name: &str, content: &str| put(folder.path(), name, content);
    write(
        "api.yaml",
        "openapi: 3.1.0\npaths:\n  /pets/{id}: {$ref: parts/pet.yaml}\n  /x: {$ref: ../out.yaml}\n  /y: {$ref: 'http://127.0.0.1:1/y'}\n",
    );
    write(
        "parts/pet.yaml",
        "get:\n  operationId: pet\n  parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n  responses:\n    200:\n      description: a pet\n      content:\n        application/json:\n          schema: {$ref: 'all.json#/Pet'}\n          example: {name: 1}\n",
    );
    write(
        "parts/all.json",
        r##"{"Pet": {"type": "object", "properties": {"name": {"type": "str"}, "friend": {"$ref": "#/Pet"}}}}"##,
    );
    let output = counterpart(folder.path(), &["list", "api.yaml"]);
    assert_eq!(text(&output.stdout), "pet  GET  /pets/{id}  200\n");
    let output = counterpart(folder.path(), &["lint", "api.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    for part in [
        "api.yaml:4:8",
        "it points outside the document's folder",
        "pass --allow-remote-refs",
        "parts/all.json:1:",
        "it is read as \"string\"",
        "parts/pet.yaml:10:21",
        "expected string, found 1",
    ] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
    let sarif = counterpart(folder.path(), &["lint", "api.yaml", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(said.matches("  --> ").count()));
}

/// A fault that could not be told is a mistake, not a silence.
#[rstest]
#[case("page-limit@cohorts_list", "add --stateful")]
#[case("page-limit@comments_list", "does not apply to the operation")]
#[case("pagelimit@cohorts_list", "did you mean \"page-limit\"?")]
#[case("page-limit@cohort_list", "did you mean \"cohorts_list\"?")]
fn faults_that_cannot_be_told(#[case] fault: &str, #[case] why: &str) {
    let folder = empty();
    let output = counterpart(folder.path(), &["mock", "-p", "0", "--fault", fault]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
}

/// The mock that keeps state conforms, one run after another.
#[test]
fn the_stateful_mock_conforms() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    for _ in 0..3 {
        let output = counterpart(folder.path(), &["check", "--url", &mock.url, "--mint", "mock:{scopes}"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{shown}");
        assert!(shown.contains("findings    0 errors, 0 warnings"), "{shown}");
        assert!(shown.ends_with("18 operations, 18 conform\n"), "{shown}");
    }
}

#[test]
fn the_plan_sends_nothing() {
    let folder = empty();
    let output = counterpart(folder.path(), &["check", "--url", "http://example.org", "--plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let plan = text(&output.stdout);
    assert!(plan.contains("annotations_create") && plan.contains("sequences of at most"), "{plan}");
    assert!(
        plan.contains("roles_destroy cannot be called"),
        "a companion's write is for loopback only: {plan}"
    );
}

#[test]
fn configuration_and_environment_add_flags() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    let config = format!(
        "[check]\nurl = \"{}\"\nmint = \"mock:{{scopes}}\"\nonly = [\"annotations_list\"]\n[rules]\nchallenge-missing = \"off\"\n",
        mock.url
    );
    std::fs::write(folder.path().join("counterpart.toml"), config).expect("a file");
    let output = counterpart(folder.path(), &["check"]);
    assert!(
        text(&output.stdout).ends_with("18 operations, 1 conforms, 17 skipped\n"),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    let other = command(folder.path(), &["check"])
        .env("COUNTERPART_ONLY", "cohorts_list,comments_list")
        .output()
        .expect("it runs");
    assert!(
        text(&other.stdout).ends_with("18 operations, 2 conform, 16 skipped\n"),
        "{}",
        text(&other.stdout)
    );
}

#[test]
fn findings_are_waived_and_known() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--fault", "body-schema@cohorts_retrieve"]);
    let check = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--skip", "state,page"];
    assert_eq!(counterpart(folder.path(), &check).status.code(), Some(1));
    let mut writing = check.to_vec();
    writing.extend(["--baseline", "known.txt", "--update-baseline"]);
    let refused = counterpart(folder.path(), &writing);
    assert_eq!(refused.status.code(), Some(2), "a partial run writes no baseline");
    // A whole run against state writes one; what it names is shown and fails nothing.
    let state = Mock::start(folder.path(), &["--stateful", "--fault", "body-schema@cohorts_retrieve"]);
    let whole = ["check", "--url", &state.url, "--mint", "mock:{scopes}", "--baseline", "known.txt"];
    let mut writing = whole.to_vec();
    writing.push("--update-baseline");
    assert_eq!(counterpart(folder.path(), &writing).status.code(), Some(0));
    let mut again = whole.to_vec();
    again.extend(["--report", "console", "--report", "junit=junit.xml", "--report", "github=github.txt"]);
    let known = counterpart(folder.path(), &again);
    assert_eq!(known.status.code(), Some(0));
    let shown = text(&known.stdout);
    assert!(
        shown.contains("known 1 finding of the baseline: body-schema;")
            && shown.contains("1 error, 0 warnings, 1 of them known"),
        "{shown}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    let line = read("known.txt");
    assert!(
        line.contains(" body-schema cohorts_retrieve response.body/") && line.lines().count() == 1,
        "{line}"
    );
    let brief = text(&counterpart(folder.path(), &[&whole[..], &["-q"]].concat()).stdout);
    assert!(
        brief.ends_with("exit 0: nothing speaks against the target\n") && brief.lines().count() < 12,
        "{brief}"
    );
    assert!(read("junit.xml").contains("failures=\"0\"") && read("github.txt").starts_with("::notice "));
    let waiver = "[[waive]]\nrule = \"body-schema\"\noperation = \"cohorts_*\"\nreason = \"known\"\n";
    std::fs::write(folder.path().join("counterpart.toml"), waiver).expect("a file");
    let output = counterpart(folder.path(), &check);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("1 waived"));
    std::fs::write(folder.path().join("counterpart.toml"), format!("{waiver}until = 2020-01-01\n"))
        .expect("a file");
    let expired = counterpart(folder.path(), &check);
    assert_eq!(expired.status.code(), Some(1));
    assert!(text(&expired.stdout).contains("waiver-expired"));
}

#[test]
fn a_token_of_unknown_scopes_serves_and_says_what_is_untested() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    let output = command(folder.path(), &["check", "--url", &mock.url])
        .env("COUNTERPART_TOKEN", "mock:*")
        .output()
        .expect("it runs");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("checks were not made"), "{shown}");
}

#[test]
fn init_writes_a_project_that_holds_and_overwrites_nothing() {
    let folder = empty();
    let at = |name: &str| folder.path().join(name);
    for document in ["bodies.yaml", "xml-and-csv.yaml", "shop.yaml"] {
        let source = crate::support::root().join("specs/tiny").join(document);
        std::fs::copy(source, at(document)).expect("a copy");
    }
    std::fs::write(at(".gitignore"), "/target").expect("a file");
    let first = counterpart(folder.path(), &["init", "bodies.yaml"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let next = "next:\n  counterpart mock --stateful\n      serves a mock of it on http://127.0.0.1:4010\n";
    assert!(text(&first.stdout).contains(next), "{}", text(&first.stdout));
    assert_eq!(std::fs::read_to_string(at(".gitignore")).expect("a file"), "/target\n*.snap.new\n");
    assert_eq!(std::fs::read_to_string(at(".gitattributes")).expect("a file"), "snapshots/** text eol=lf\n");
    let fixture = at("fixtures/bodies/either/200.json");
    std::fs::write(&fixture, "{\"ids\": [7]}").expect("a file");
    let again = counterpart(folder.path(), &["init", "bodies.yaml"]);
    assert!(!text(&again.stdout).contains("wrote"), "{}", text(&again.stdout));
    assert_eq!(std::fs::read_to_string(&fixture).expect("a file"), "{\"ids\": [7]}");

    for document in ["xml-and-csv.yaml", "shop.yaml"] {
        assert_eq!(counterpart(folder.path(), &["init", document]).status.code(), Some(0));
    }
    for document in ["bodies.yaml", "xml-and-csv.yaml", "shop.yaml"] {
        let lint = counterpart(folder.path(), &["lint", document]);
        assert_eq!(lint.status.code(), Some(0), "{document}: {}", text(&lint.stdout));
        let mock = Mock::start(folder.path(), &[document, "--auth", "scopes"]);
        let check =
            ["check", document, "--url", &mock.url, "--mint", "mock:{scopes}", "--skip", "state,page"];
        let checked = counterpart(folder.path(), &check);
        assert!(
            text(&checked.stdout).contains("findings    0 errors"),
            "{document}: {}",
            text(&checked.stdout)
        );
    }
}

#[test]
fn a_schema_that_cannot_be_compiled_is_never_passed() {
    let folder = empty();
    put(
        folder.path(),
        "api.yaml",
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      operationId: lost\n      responses:\n        200: {content: {application/json: {schema: {$ref: '#/nowhere'}}}}\n",
    );
    put(folder.path(), "fixtures/api/lost/200.json", "{}");
    let mock = Mock::start(folder.path(), &["api.yaml"]);
    let output = counterpart(folder.path(), &["check", "api.yaml", "--url", &mock.url]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    let said = text(&output.stdout);
    assert!(
        said.contains("the schema cannot be compiled: the reference cannot be resolved: #/nowhere"),
        "{said}"
    );
}

/// Files of one folder over HTTP.
fn serve_files(files: &'static [(&'static str, &'static str)]) -> String {
    site(|path| match files.iter().find(|(name, _)| *name == path) {
        Some((_, body)) => ("200 OK", "text/plain", *body),
        None => ("404 Not Found", "text/plain", ""),
    })
}

#[test]
fn addresses_are_followed_where_that_is_allowed() {
    let url = serve_files(&[
        ("/pet.yaml", "Pet: {type: object, required: [id], properties: {id: {$ref: 'deep/id.json'}}}"),
        ("/deep/id.json", r#"{"type": "integer", "minimum": 5}"#),
    ]);
    let folder = empty();
    let document = format!(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        200: {{content: {{application/json: {{schema: {{$ref: '{url}/pet.yaml#/Pet'}}}}}}}}\n  /b:\n    get:\n      operationId: b\n      responses:\n        200: {{content: {{application/json: {{schema: {{$ref: '{url}/gone.yaml'}}}}}}}}\n"
    );
    std::fs::write(folder.path().join("api.yaml"), document).expect("a file");
    let run = |more: &[&str]| {
        let mut arguments = vec!["mock", "api.yaml"];
        arguments.extend(more);
        arguments.extend(["--", program(), "GET /a"]);
        counterpart(folder.path(), &arguments)
    };
    let followed = run(&["--allow-remote-refs"]);
    assert_eq!(text(&followed.stdout), "{\"id\":5}", "{}", text(&followed.stderr));
    assert!(text(&followed.stderr).contains("gone.yaml"), "{}", text(&followed.stderr));
    let kept = run(&[]);
    assert!(text(&kept.stderr).contains("pass --allow-remote-refs"), "{}", text(&kept.stderr));
    assert!(text(&kept.stdout).contains("cannot generate a response"), "{}", text(&kept.stdout));
}

#[test]
fn sarif_of_lint_keeps_its_official_schema() {
    let folder = crate::support::root();
    let output = counterpart(&folder, &["lint", "specs/tiny/not-by-the-book.yaml", "--format", "sarif"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(!sarif["runs"][0]["results"].as_array().expect("results").is_empty());
    crate::support::keeps_schema("tests/schemas/sarif-2.1.0.json", &sarif);
}
