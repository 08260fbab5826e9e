//! The page at `/__counterpart/`: what it is sent with, who gets it, and what it does in a real browser.

use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, empty, put, text};
use crate::proxy::{Proxy, ask};
use crate::review::browser::axe;
use crate::support::{root, send};
use crate::webhooks::PETS;

/// A parameter that can be broken, and what an outage is.
fn pets() -> tempfile::TempDir {
    let folder = empty();
    let limited = "operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer}}]";
    put(folder.path(), "pets.yaml", &PETS.replace("operationId: listPets", limited));
    put(folder.path(), "counterpart.toml", "[scenario.outage]\nlistPets = \"code=503\"\n");
    folder
}

/// What a walk through the page tells.
fn walked(arguments: &[&Path]) -> Value {
    let script = root().join("tests/control/browse.mjs");
    let output = Command::new("node").arg(script).args(arguments).output().expect("Node is installed");
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[rstest]
#[case::shared("/__counterpart/")]
#[case::session("/__session/mine/__counterpart/")]
#[tokio::test]
async fn it_is_sent_with_a_policy_that_lets_nothing_else_run(#[case] path: &str) {
    let folder = pets();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let answer = send(&mock.url, "GET", path, &[], "").await;
    let header =
        |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((answer.status.as_u16(), header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!((header("x-frame-options"), header("x-content-type-options")), ("DENY", "nosniff"));
    let policy = header("content-security-policy");
    for wanted in [
        "default-src 'none'",
        "script-src 'sha256-",
        "style-src 'sha256-",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(wanted), "{wanted}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = text(&answer.body);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    // One script, one style, and no address of another place.
    assert_eq!((page.matches("<script").count(), page.matches("<style").count()), (1, 1));
    for foreign in ["http://", "https://", "src=", "onclick=\"", "javascript:"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[rstest]
#[case::another_origin(&[("origin", "http://evil.example")])]
#[case::another_port(&[("origin", "http://localhost:1")])]
#[case::a_file(&[("origin", "null")])]
#[tokio::test]
async fn pages_and_hosts_of_others_are_refused(#[case] headers: &[(&str, &str)]) {
    let folder = pets();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    for path in ["", "operations", "operations/listPets", "requests", "fixtures/1", "sessions"] {
        let answer = send(&mock.url, "GET", &format!("/__counterpart/{path}"), headers, "").await;
        assert_eq!(answer.status.as_u16(), 403, "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

/// A name of somebody else that leads to this machine (DNS rebinding).
#[test]
fn a_foreign_host_gets_no_page() {
    let folder = pets();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let own = mock.url.trim_start_matches("http://");
    for (host, begins) in
        [("evil.example", "HTTP/1.1 403"), (own, "HTTP/1.1 200"), ("localhost", "HTTP/1.1 200")]
    {
        let request = format!("GET /__counterpart/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = ask(own, &request);
        assert!(answer.starts_with(begins), "{host}: {answer}");
        assert_eq!(answer.contains("<!DOCTYPE html>"), host != "evil.example", "{host}");
    }
}

/// What control tells as JSON.
async fn told(mock: &Mock, path: &str) -> Value {
    let answer = send(&mock.url, "GET", &format!("/__counterpart/{path}"), &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", text(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

#[tokio::test]
async fn operations_tell_what_can_be_asked_and_set() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let key = [("authorization", "Bearer mock:*")];
    send(&mock.url, "GET", "/api/projects/1/annotations/?limit=ten", &key, "").await;
    send(&mock.url, "GET", "/api/projects/1/annotations/", &key, "").await;
    let all = told(&mock, "operations").await;
    assert_eq!((&all["count"], &all["documents"][0]["stateful"]), (&json!(18), &json!(false)));
    let operations = all["operations"].as_array().expect("a list");
    let one = operations.iter().find(|one| one["operation"] == "annotations_list").expect("the operation");
    assert_eq!((&one["requests"], &one["broken"]), (&json!(2), &json!(1)));
    assert_eq!((&one["open"], &one["scopes"]), (&json!(false), &json!(["annotation:read"])));
    let one = told(&mock, "operations/annotations_create").await;
    let statuses: Vec<u64> =
        one["answers"].as_array().expect("a list").iter().filter_map(|one| one["status"].as_u64()).collect();
    assert!(statuses.contains(&201) && statuses.is_sorted(), "{one:#}");
    let curl = one["curl"].as_str().expect("a command");
    let begins = "curl -i -X POST -H \"Authorization: Bearer $COUNTERPART_TOKEN\" -H 'content-type: application/json' --data-binary ";
    assert!(curl.starts_with(begins) && curl.ends_with("/annotations/"), "{curl}");
    // The command is one that the mock takes.
    let output =
        Command::new("sh").args(["-c", curl]).env("COUNTERPART_TOKEN", "mock:*").output().expect("a shell");
    assert!(
        text(&output.stdout).starts_with("HTTP/1.1 201"),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[tokio::test]
async fn the_journal_gives_what_is_new_and_files_for_fixtures() {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let secret = [("authorization", "Bearer very-secret-token"), ("content-type", "application/json")];
    for name in ["it's", "Rex"] {
        send(&mock.url, "POST", "/pets?password=hidden-one", &secret, &json!({"name": name}).to_string())
            .await;
    }
    send(&mock.url, "GET", "/nowhere", &[], "").await;
    let ids = |told: &Value| -> Vec<u64> {
        told["requests"].as_array().expect("a list").iter().filter_map(|one| one["id"].as_u64()).collect()
    };
    for (query, expected) in [
        ("", &[1, 2, 3][..]),
        ("?after=1", &[2, 3]),
        ("?limit=1", &[3]),
        ("?after=1&limit=1", &[3]),
        ("?after=3", &[]),
    ] {
        assert_eq!(ids(&told(&mock, &format!("requests{query}")).await), expected, "{query}");
    }
    let one = told(&mock, "requests/1").await;
    let curl = one["curl"].as_str().expect("a command");
    assert!(curl.contains("Bearer $COUNTERPART_TOKEN") && curl.contains("'\\''"), "{curl}");
    for hidden in ["very-secret-token", "hidden-one"] {
        assert!(!one.to_string().contains(hidden), "{hidden}: {one:#}");
    }
    // What is saved is what the mock answers from then on.
    let fixture = told(&mock, "fixtures/1").await;
    assert_eq!((&fixture["files"][0]["path"], &fixture["problems"]), (&json!("addPet/201.json"), &json!([])));
    let file =
        fixture["files"][0]["text"].as_str().expect("a text").replace("\"name\": \"", "\"name\": \"saved ");
    put(folder.path(), "fixtures/pets/addPet/201.json", &file);
    let again = Mock::start(folder.path(), &["pets.yaml"]);
    let answer = send(&again.url, "POST", "/pets", &secret, "{\"name\": \"Max\"}").await;
    assert!(text(&answer.body).contains("saved "), "{}", text(&answer.body));
    let refused = send(&mock.url, "GET", "/__counterpart/fixtures/3", &[], "").await;
    assert_eq!(refused.status.as_u16(), 409, "{}", text(&refused.body));
}

#[tokio::test]
async fn sessions_and_documents_are_kept_apart() {
    let folder = empty();
    put(folder.path(), "one.yaml", PETS);
    put(folder.path(), "two.yaml", PETS);
    let mock = Mock::start(folder.path(), &["/one=one.yaml", "/two=two.yaml"]);
    send(&mock.url, "GET", "/two/pets", &[("counterpart-session", "mine")], "").await;
    let all = told(&mock, "operations").await;
    let called: Vec<&Value> =
        all["operations"].as_array().expect("a list").iter().filter(|one| one["requests"] == 1).collect();
    assert_eq!(called.len(), 1, "{all:#}");
    assert_eq!((&called[0]["document"], &called[0]["path"]), (&json!("two"), &json!("/two/pets")));
    assert_eq!(told(&mock, "sessions").await, json!({"session": null, "sessions": ["mine"]}));
    let one = told(&mock, "operations/getPet?document=two&session=mine").await;
    let curl = one["curl"].as_str().expect("a command");
    assert!(curl.contains("/__session/mine/two/pets/"), "{curl}");
    let set = json!({"operation": "two/listPets", "code": 503, "times": 9}).to_string();
    send(&mock.url, "POST", "/__counterpart/answers", &[], &set).await;
    let status = async |path: &str| send(&mock.url, "GET", path, &[], "").await.status.as_u16();
    assert_eq!((status("/one/pets").await, status("/two/pets").await), (200, 503));
    send(&mock.url, "DELETE", "/__counterpart/answers?operation=two/listPets", &[], "").await;
    assert_eq!(status("/two/pets").await, 200);
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
fn everything_can_be_done_in_a_browser() {
    let folder = pets();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--stateful"]);
    let told = walked(&[Path::new(&mock.url), &axe()]);
    let host = &mock.url;
    let expected = json!({
        "violations": [], "wide": [],
        "documents": ["Pets 1, stateful"],
        "operations": ["GET /pets", "POST /pets", "GET /pets/{id}", "DELETE /pets/{id}"],
        "filtered": ["POST /pets"],
        "entry": ["GET /pets?limit=x 1 violation 422 refusal TIME"],
        "inside": [true, true, true, true, true],
        "copied": [format!("curl -i -H 'accept-language: *' '{host}/pets?limit=x'"), format!("curl -i {host}/pets")],
        "set": "The next call of pets/listPets will get 503.",
        "answers": ["pets/listPets 503 {\"id\":12345678901234567890} once Remove"],
        "answered": [503, "{\"id\":12345678901234567890}", 200],
        "kept": [503, 503], "removed": 200, "calls": "GET /pets 6 calls, 1 broken",
        "hidden": 0, "broken": 1,
        "fixture": ["Downloaded; put it into your fixtures as pets/listPets/200.json.", ["200.json"]],
        "paused": [6, "true"],
        "outage": 503, "noOutage": 200,
        "edited": "{\"id\":9007199254740993,\"name\":\"Rex the second\"}",
        "refused": "/pets/1 does not match the document: required member \"name\" is missing",
        "deleted": [404, 2],
        "noAddress": "the webhook cannot be sent: no address is known; give `url`, or write a [[webhook]] with `name` and `url`",
        "sent": "petGone is on its way: delivery 1.",
        "session": ["This is the session other.", true],
        "badSession": "a session name has 1 to 100 letters, digits, '-', '_' or '.'",
        "after": [0, ""],
        "read": [
            "banner", "main", "navigation Parts of the page", "status", "region Operations", "region Journal", "region Set answers",
            "region State", "region Webhooks",
        ],
        "asked": [host],
    });
    let mut found = told.clone();
    // What the walk asked for on purpose is told in the console.
    let wrong = found.as_object_mut().and_then(|all| all.remove("wrong")).expect("a list");
    let wrong = wrong
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| !one.to_string().contains("responded with a status of 4"));
    assert_eq!(wrong.count(), 0, "{told:#}");
    assert_eq!(found, expected, "{told:#}");
}

/// Texts that would run, or that would break the page, in every place of a document that it shows.
const EVIL: &str =
    "</script><script>owned=1</script><img src=x onerror=owned=2><b>\u{202e}\u{200b}\u{7}\"'`${owned=3}";

#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium and Node; --features heavy")]
async fn hostile_documents_and_requests_stay_text() {
    let folder = empty();
    let schema = json!({"type": "object", "properties": {EVIL: {"type": "string", "example": EVIL}}, "required": [EVIL]});
    let answer = json!({"description": EVIL, "content": {"application/json": {"schema": schema, "examples": {EVIL: {"value": {EVIL: EVIL}}}}}});
    let document = json!({
        "openapi": "3.1.0", "info": {"title": EVIL, "version": EVIL},
        "paths": {"/a": {"get": {
            "operationId": EVIL, "summary": EVIL, "description": EVIL, "tags": [EVIL],
            "responses": {"200": answer, "404": {"description": EVIL}},
        }, "post": {
            "operationId": "constructor", "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"200": answer},
        }}, "/__proto__": {"get": {"operationId": "__proto__", "responses": {"200": answer}}}},
        "webhooks": {EVIL: {"post": {"summary": EVIL, "responses": {"200": {"description": "x"}}}}},
    });
    put(folder.path(), "evil.json", &document.to_string());
    let mock = Mock::start(folder.path(), &["evil.json", "--stateful"]);
    let path = "/%3C/script%3E%3Cimg%20src=x%20onerror=owned=4%3E?%3Cscript%3Eowned=5%3C/script%3E=%E2%80%AE";
    let evil = "</script><img src=x onerror=owned=6>";
    let headers = [("x-evil", evil), ("content-type", "application/json")];
    send(&mock.url, "GET", path, &headers, "").await;
    send(
        &mock.url,
        "POST",
        "/a",
        &headers,
        &json!({EVIL: 5, evil: evil, "__proto__": {"owned": 7}}).to_string(),
    )
    .await;
    send(&mock.url, "POST", "/a", &[("content-type", "text/html")], evil).await;
    send(&mock.url, "GET", "/a", &headers, "").await;
    let told = walked(&[Path::new("--hostile"), Path::new(&mock.url)]);
    assert_eq!(
        (&told["owned"], &told["made"], &told["title"]),
        (&json!(null), &json!(0), &json!("Counterpart")),
        "{told:#}"
    );
    assert_eq!(
        (&told["wide"], &told["asked"], &told["controls"]),
        (&json!(0), &json!([mock.url]), &json!(false)),
        "{told:#}"
    );
    assert_eq!(told["wrong"], json!([]), "{told:#}");
    let shown = told["text"].as_str().expect("a text");
    for wanted in ["<img src=x onerror=owned=2>", "\\u202e", "x-evil: </script><img", "constructor"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
}

/// A set answer would be waited for in vain where the target answers.
#[tokio::test]
async fn a_proxy_says_that_it_is_one() {
    let folder = pets();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    assert_eq!(told(&mock, "operations").await["proxy"], false);
    let proxy = Proxy::start_with(folder.path(), &["pets.yaml", "--url", &mock.url]);
    let url = format!("http://{}", proxy.host);
    let page = send(&url, "GET", "/__counterpart/", &[], "").await;
    assert_eq!((page.status.as_u16(), text(&page.body).contains("This is a proxy")), (200, true));
    let answer = send(&url, "GET", "/__counterpart/operations", &[], "").await;
    let all: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((&all["proxy"], &all["count"]), (&json!(true), &json!(4)));
}
