//! The outputs that the README and the tutorial show are what the program prints. `INSTA_UPDATE=always` writes them.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::command::{Mock, counterpart, empty, put, text};
use crate::program::program;
use crate::support::{root, send};

/// One test at a time reads and writes the page.
static PAGE: Mutex<()> = Mutex::new(());

/// As [`shows_on`], for the README.
fn shows(name: &str, printed: &str) {
    shows_on("README.md", name, printed);
}

/// Holds the block behind `<!-- output: NAME -->` of a page against what was printed just now.
fn shows_on(page: &str, name: &str, printed: &str) {
    let _turn = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = root().join(page);
    let page = std::fs::read_to_string(&path).expect("the page");
    let mark = format!("<!-- output: {name} -->\n");
    let (before, rest) = page.split_once(&mark).expect("the mark");
    let (language, rest) = rest.strip_prefix("```").and_then(|rest| rest.split_once('\n')).expect("a block");
    let (block, after) = rest.split_once("```\n").expect("the end of the block");
    // Only times and the names that a run makes up differ from run to run.
    let time = regex::Regex::new(r"in [\d.]+ m?s\b").expect("a pattern");
    let made_up = regex::Regex::new(r"counterpart[a-z]{6,}").expect("a pattern");
    let same = |text: &str| made_up.replace_all(&time.replace_all(text, "in TIME"), "NAME").into_owned();
    if same(block) == same(printed) {
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "as insta does, which is asked the same way")]
    let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    assert!(updates, "{} is out of date: run with INSTA_UPDATE=always\n{printed}", path.display());
    let page = format!("{before}{mark}```{language}\n{printed}```\n{after}");
    std::fs::write(&path, page).expect("a writable file");
}

/// The address that the README uses.
const SHOWN: &str = "http://127.0.0.1:4010";

#[test]
fn the_finding() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful", "--fault", "body-schema@cohorts_retrieve"]);
    let output = counterpart(folder.path(), &["check", "--url", &mock.url, "--mint", "mock:{scopes}"]);
    let report = text(&output.stdout).replace(&mock.url, SHOWN);
    let finding = report.find("error[body-schema]").and_then(|at| report.get(at..)).expect("the finding");
    shows("finding", &format!("{}\n", finding.split("\n\n").next().unwrap_or_default()));
}

#[test]
fn the_end_of_the_demo() {
    let folder = empty();
    let report = text(&counterpart(folder.path(), &["demo"]).stdout);
    shows("demo", report.find("access ").and_then(|at| report.get(at..)).expect("the totals"));
}

#[test]
fn the_end_of_a_proxy() {
    let folder = empty();
    let mock = Mock::start(
        folder.path(),
        &["--stateful", "--auth", "off", "--fault", "body-schema@annotations_list"],
    );
    let client =
        [program(), "GET /api/projects/1/annotations/", "GET /api/projects/1/annotations/?limit=ten"];
    let mut arguments = vec!["proxy", "--url", &mock.url, "--deny", "violations,findings", "--"];
    arguments.extend(client);
    let output = counterpart(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    let finding = report.find("error[body-schema]").and_then(|at| report.get(at..)).expect("the finding");
    let finding =
        finding.split("\n\n").next().unwrap_or_default().replace(&mock.url, "http://127.0.0.1:8000");
    let said = text(&output.stderr);
    let said = said.find("error:").and_then(|at| said.get(at..)).expect("the verdict");
    shows("proxy", &format!("{finding}\n\n{said}"));
}

#[tokio::test]
async fn the_refusal_of_a_key_without_a_scope() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let (key, path) = ("Bearer mock:annotation:read", "/api/projects/1/annotations/");
    let response = send(&mock.url, "POST", path, &[("authorization", key)], "").await;
    let commands = format!(
        "$ counterpart mock &\n$ curl -s -X POST -H 'Authorization: {key}' {SHOWN}{path}\n{}\n",
        text(&response.body)
    );
    shows("refusal", &commands);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_and_its_delivery() {
    let folder = empty();
    put(folder.path(), "pets.yaml", crate::webhooks::PETS);
    let mut receiver = crate::webhooks::Receiver::start(&[]).await;
    let mock = Mock::start(folder.path(), &["--stateful", "pets.yaml"]);
    let body = format!("{{\"name\": \"Rex\", \"notify\": \"{}\"}}", receiver.url);
    let kind = ("content-type", "application/json");
    let pet = text(&send(&mock.url, "POST", "/pets", &[kind], &body).await.body);
    receiver.next().await;
    // What came is told as delivered once its answer is there.
    let target = "/__counterpart/deliveries";
    let delivered = loop {
        let all = text(&send(&mock.url, "GET", target, &[], "").await.body);
        if all.contains("\"delivered\"") {
            break all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let all: serde_json::Value = serde_json::from_str(&delivered).expect("JSON");
    let one = &all["deliveries"][0];
    let commands = format!(
        "$ counterpart mock openapi.yaml --stateful &\n$ curl -s {SHOWN}/pets --json '{body}'\n{pet}\n\
         $ curl -s {SHOWN}{target} | jq -c '.deliveries[] | [.name, .url, .body, .state, .attempts[].status]'\n{}\n",
        serde_json::json!([one["name"], one["url"], one["body"], one["state"], one["attempts"][0]["status"]])
    );
    shows("deliveries", &commands.replace(&receiver.url, "http://127.0.0.1:9000"));
}

/// A token, without its signature: that is another one each time.
fn shortened(token: &str) -> String {
    let header = token.get(..12).unwrap_or_default();
    format!("{header}…")
}

#[tokio::test]
async fn a_token_of_a_client() {
    let folder = empty();
    let document = std::fs::read_to_string(root().join("tests/login/pets.yaml")).expect("a document");
    std::fs::write(folder.path().join("pets.yaml"), document).expect("a file");
    let output = counterpart(folder.path(), &["mock", "pets.yaml", "--", program(), "GET /pets"]);
    let first = text(&output.stderr).lines().next().expect("a line").to_owned();
    let (_, rest) = first.split_once("127.0.0.1:").expect("an address");
    let login = first.replace(rest.split('/').next().unwrap_or_default(), "4010");
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let secret = ("authorization", "Basic YXBwOmFueS1zZWNyZXQ=");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let asked = "grant_type=client_credentials&scope=pets:read";
    let answer = send(&mock.url, "POST", "/oauth2/token", &[secret, form], asked).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let key = format!("Bearer {token}");
    let refused = send(&mock.url, "POST", "/pets", &[("authorization", &key)], "").await;
    let challenge = refused.headers["www-authenticate"].to_str().expect("text").replace(&mock.url, SHOWN);
    let shown = answer.to_string().replace(&token, &shortened(&token));
    shows(
        "login",
        &format!(
            "$ counterpart mock pets.yaml\n{login}\nlistening on {SHOWN}\n\
             $ curl -s -u app:any-secret -d grant_type=client_credentials -d scope=pets:read {SHOWN}/oauth2/token\n\
             {shown}\n\
             $ curl -s -o /dev/null -w '%{{http_code}} %header{{www-authenticate}}\\n' -X POST -H \"Authorization: Bearer $TOKEN\" {SHOWN}/pets\n\
             {} {challenge}\n",
            refused.status.as_u16()
        ),
    );
}

/// The document of the tutorial, as its reader has it.
fn with_pets() -> tempfile::TempDir {
    let folder = empty();
    let from = root().join("packaging/examples/pets.yaml");
    std::fs::copy(from, folder.path().join("openapi.yaml")).expect("a copy");
    folder
}

const TUTORIAL: &str = "docs/tutorial.md";
const TUTORS_MOCK: [&str; 4] = ["openapi.yaml", "--stateful", "--auth", "scopes"];

#[test]
fn the_operations_of_the_tutorial() {
    let folder = with_pets();
    let printed = text(&counterpart(folder.path(), &["list", "openapi.yaml"]).stdout);
    shows_on(TUTORIAL, "list", &format!("$ counterpart list openapi.yaml\n{printed}"));
}

#[tokio::test]
async fn the_requests_of_the_tutorial() {
    let folder = with_pets();
    let mock = Mock::start(folder.path(), &TUTORS_MOCK);
    let mut lines = String::new();
    let requests = [("GET", "pets:read", ""), ("POST", "pets:read", PET), ("POST", "pets:write", PET)];
    for (method, scope, body) in requests {
        let key = format!("Bearer mock:{scope}");
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let answer = send(&mock.url, method, "/pets", &headers, body).await;
        let data = if body.is_empty() { String::new() } else { format!(" --json '{body}'") };
        let shown = text(&answer.body);
        let _ =
            writeln!(lines, "$ curl -s -H 'Authorization: {key}' {SHOWN}/pets{data}\n{}", shown.trim_end());
    }
    shows_on(TUTORIAL, "mock", &lines);
}

/// A pet.
const PET: &str = "{\"name\": \"Rex\"}";

#[test]
fn the_finding_of_the_tutorial() {
    let folder = with_pets();
    let mut arguments = TUTORS_MOCK.to_vec();
    arguments.extend(["--fault", "body-schema@getPet"]);
    let mock = Mock::start(folder.path(), &arguments);
    let output =
        counterpart(folder.path(), &["check", "openapi.yaml", "--url", &mock.url, "--mint", "mock:{scopes}"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = text(&output.stdout).replace(&mock.url, SHOWN);
    let parts: Vec<&str> = report.split("\n\n").take(3).collect();
    let command = format!("$ counterpart check openapi.yaml --url {SHOWN} --mint 'mock:{{scopes}}'");
    shows_on(TUTORIAL, "check", &format!("{command}\n{}\n", parts.join("\n\n")));
}
