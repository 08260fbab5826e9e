//! What `counterpart mock` does beside answering: judging a command, scenarios, watching files,
//! several documents, its log.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::program::program;
use crate::support::send;

const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses:
        '200':
          description: all
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}
              examples:
                none: {value: []}
        '503': {description: closed}
    post:
      operationId: addPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201': {description: added, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '422': {description: wrong}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: none}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}}
";

/// A mock whose stderr is a file beside the document.
struct Logged {
    child: Child,
    url: String,
    folder: std::path::PathBuf,
}

impl Logged {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["mock", "-p", "0"];
        all.extend(arguments);
        let log = std::fs::File::create(folder.join("log")).expect("a file");
        let mut child =
            command(folder, &all).stdout(Stdio::piped()).stderr(log).spawn().expect("the binary runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Self { child, url, folder: folder.to_path_buf() }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).expect("a log")
    }

    async fn get(&self, target: &str) -> (u16, Value) {
        self.send("GET", target, &[], "").await
    }

    async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut all = vec![("content-type", "application/json")];
        all.retain(|_| !body.is_empty());
        all.extend(headers);
        let response = send(&self.url, method, target, &all, body).await;
        (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or_default())
    }

    /// Asks until the answer is as it should be.
    async fn until(&self, target: &str, fits: impl Fn(u16, &Value) -> bool) {
        let mut last = Value::Null;
        for _ in 0..100 {
            let (status, body) = self.get(target).await;
            if fits(status, &body) {
                return;
            }
            last = json!([status, body]);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{target} stays {last}\n{}", self.log());
    }

    async fn until_logged(&self, part: &str) {
        for _ in 0..100 {
            if self.log().contains(part) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{part:?} is missing in\n{}", self.log());
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pets() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    folder
}

/// Runs a program against a mock of the pets, which does as it is told.
fn run(flags: &[&str], orders: &[&str]) -> (Option<i32>, String) {
    let folder = pets();
    let all = [&["mock", "-q", "pets.yaml"], flags, &["--", program()], orders].concat();
    let output = counterpart(folder.path(), &all);
    (output.status.code(), text(&output.stderr))
}

#[rstest]
#[case(&["GET /pets", "GET /pets/1"], 0, &[])]
#[case(
    &["GET /pets?limit=x", "GET /nothing", "DELETE /pets", "POST /pets {}"],
    1,
    &["error: 4 requests broke the document", "GET /pets · request.query.limit: ", "GET /nothing · no operation has this path", "DELETE /pets · the method is not documented for this path", "POST /pets · request.body"]
)]
#[case(&["GET /nothing", EMPTY, "exit 7"], 7, &["1 request broke the document"])]
#[case(&["GET /nothing"; 7], 1, &["7 requests", "and 2 more"])]
fn a_command_may_not_break_the_document(#[case] orders: &[&str], #[case] code: i32, #[case] said: &[&str]) {
    // The journal keeps less than was sent, and the control address empties it.
    let (found, stderr) = run(&["--deny", "violations", "--journal", "1"], &[orders, &[EMPTY]].concat());
    assert_eq!(found, Some(code), "{stderr}");
    assert!(!said.is_empty() || stderr.is_empty(), "{stderr}");
    for part in said {
        assert!(stderr.contains(part), "{part} is missing in\n{stderr}");
    }
}

/// Empties the journal.
const EMPTY: &str = "DELETE /__counterpart/requests";

#[rstest]
#[case("2", 0, "")]
#[case("66%", 0, "")]
#[case("67%", 1, "2 of 3 operations called, at least 67% required\n  never called: addPet")]
#[case("3", 1, "at least 3 required")]
#[case("4", 2, "the document has only 3 operations")]
#[case("most", 2, "write 12 or 80%")]
fn a_command_must_call_operations(#[case] least: &str, #[case] code: i32, #[case] said: &str) {
    let (found, stderr) = run(&["--min-operations", least], &["GET /pets?limit=x", "GET /pets/1"]);
    assert_eq!(found, Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[rstest]
#[case(&["--deny", "violations"], "needs a command to judge: counterpart mock --deny")]
#[case(&["--min-operations", "80%"], "needs a command to judge: counterpart mock --min-operations")]
#[case(&["--deny", "violations", "--validate", "off", "--", "any"], "cannot be used with --validate off")]
#[case(&["--watch", "-"], "cannot read the document from stdin")]
#[case(&["--scenario", "outage"], "counterpart.toml has no [scenario.NAME]")]
#[case(&["/a=pets.yaml", "/b=pets.yaml"], "two documents have the name \"pets\"")]
#[case(&["/a=pets.yaml", "pets.yaml"], "/pets=pets.yaml")]
#[case(&["/a=pets.yaml", "/a/=core-7"], "both served at \"/a\"")]
fn flags_that_do_not_go_together(#[case] flags: &[&str], #[case] hint: &str) {
    let folder = pets();
    let mut all = vec!["mock", "-p", "0"];
    all.extend(flags);
    let output = counterpart(folder.path(), &all);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(hint), "{}", text(&output.stderr));
}

const SCENARIOS: &str = "[scenario.outage]
\"*Pets\" = \"code=503\"
\"getPet\" = \"code=404\"
\"get*\" = \"code=200\"
[scenario.slow]
\"*\" = \"delay=300ms\"
[scenario.empty]
listPets = \"example=none\"
";

#[tokio::test]
async fn a_scenario_is_set_at_the_start_by_control_and_for_a_request() {
    let folder = pets();
    put(folder.path(), "counterpart.toml", SCENARIOS);
    let mock = Logged::start(folder.path(), &["-q", "--stateful", "--scenario", "outage", "pets.yaml"]);
    assert_eq!(mock.get("/pets").await.0, 503);
    assert_eq!(mock.get("/pets/1").await.0, 404, "the operation's own name wins over a glob");
    assert_eq!(mock.get("/__session/a/pets").await.0, 503, "it holds for all sessions");
    assert_eq!(mock.send("GET", "/pets", &[("prefer", "code=200")], "").await.0, 200);
    assert_eq!(mock.send("GET", "/pets", &[("prefer", "scenario=empty")], "").await, (200, json!([])));
    assert_eq!(mock.get("/pets?__scenario=empty").await, (200, json!([])));
    let (status, unknown) = mock.get("/pets?__scenario=emty").await;
    assert_eq!((status, &unknown["available"]["scenarios"]), (404, &json!(["outage", "slow", "empty"])));
    assert!(unknown["detail"].as_str().expect("text").contains("did you mean \"empty\"?"), "{unknown}");
    // One session alone.
    let control = "/__counterpart/scenario";
    let put_it = async |target: &str, body: &str| mock.send("PUT", target, &[], body).await;
    let of_a = "/__counterpart/scenario?session=a";
    assert_eq!(put_it(of_a, r#"{"name": null}"#).await.0, 204);
    assert_eq!(mock.get("/__session/a/pets").await.0, 200);
    assert_eq!(mock.get("/pets").await.0, 503);
    assert_eq!(mock.get(of_a).await.1["name"], Value::Null);
    assert_eq!(mock.get(control).await.1["name"], "outage");
    let (status, unknown) = put_it(control, r#"{"name": "outtage"}"#).await;
    assert_eq!((status, &unknown["available"]["scenarios"]), (404, &json!(["outage", "slow", "empty"])));
    assert_eq!(put_it(control, r#"{"nam": "outage"}"#).await.0, 400);
    assert_eq!(mock.send("POST", control, &[], "").await.0, 405);
    // Set answers come first.
    let set = r#"{"operation": "listPets", "code": 200}"#;
    assert_eq!(mock.send("POST", "/__counterpart/answers", &[], set).await.0, 201);
    assert_eq!(mock.get("/pets").await.0, 200);
    assert_eq!(mock.get("/pets").await.0, 503);
    // A scenario that only waits answers as ever: what was made is there.
    assert_eq!(put_it(control, r#"{"name": "slow"}"#).await.0, 204);
    let begun = std::time::Instant::now();
    let (status, made) = mock.send("POST", "/pets", &[], r#"{"name": "Ada"}"#).await;
    assert_eq!(status, 201);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(mock.get(&format!("/pets/{}", made["id"])).await.1["name"], "Ada");
}

/// An outage is what nobody documents: it is answered with problem details.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_bundled_api() {
    let folder = empty();
    put(folder.path(), "counterpart.toml", "[scenario.outage]\n\"cohorts_*\" = \"code=503, delay=1ms\"\n");
    let mock = Mock::start(folder.path(), &["--scenario", "outage"]);
    let key = [("authorization", "Bearer mock:*")];
    let answer = send(&mock.url, "GET", "/api/projects/1/cohorts/", &key, "").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let other = send(&mock.url, "GET", "/api/projects/1/annotations/", &key, "").await;
    assert_eq!(other.status, 200);
}

#[rstest]
#[case("listPets = \"code=999\"", "invalid status \"999\"; use 200 to 599", "code=503")]
#[case("listPets = \"code=418, example=none\"", "listPets has no example \"none\" for 418", "add a fixture")]
#[case("listPets = \"example=nome\"", "listPets has no example \"nome\"", "did you mean \"none\"?")]
#[case("listPets = \"cod=503\"", "unknown preference \"cod\"; did you mean \"code\"?", "code=503")]
#[case("listPets = \"delay=soon\"", "unknown time unit", "code=503")]
fn a_scenario_that_cannot_be_played(#[case] line: &str, #[case] message: &str, #[case] help: &str) {
    let folder = pets();
    put(folder.path(), "counterpart.toml", &format!("spec = \"pets.yaml\"\n[scenario.x]\n{line}\n"));
    let output = counterpart(folder.path(), &["mock", "-p", "0"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in [message, help, "counterpart.toml:3:", line] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
}

#[test]
fn a_scenario_for_no_operation_is_a_problem() {
    let folder = pets();
    put(folder.path(), "counterpart.toml", "spec = \"pets.yaml\"\n[scenario.x]\nlistPet = \"code=503\"\n");
    let run = |flags: &[&str]| {
        let mut all = vec!["mock"];
        all.extend(flags);
        all.extend(["--", program()]);
        let output = counterpart(folder.path(), &all);
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = run(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("\"listPet\" matches no operation") && said.contains("counterpart.toml:3:"),
        "{said}"
    );
    assert!(said.contains("did you mean \"listPets\"?"), "{said}");
    assert_eq!(run(&["--strict"]).0, Some(2));
    let (code, said) = run(&["--scenario", "y"]);
    assert_eq!(
        (code, said.contains("unknown scenario \"y\"; did you mean \"x\"?")),
        (Some(2), true),
        "{said}"
    );
}

#[tokio::test]
async fn changes_are_taken_up_while_it_serves() {
    let folder = pets();
    let put = |name: &str, content: &str| put(folder.path(), name, content);
    put("parts/pet.yaml", "type: object\n");
    let mock = Logged::start(folder.path(), &["--watch", "--stateful", "pets.yaml"]);
    assert_eq!(mock.get("/pets").await.0, 200);
    let (_, made) =
        mock.send("POST", "/pets", &[("counterpart-session", "kept")], r#"{"name": "Ada"}"#).await;
    // A folder that was not there before.
    put("fixtures/pets/listPets/200.json", r#"[{"id": 7, "name": "Bo"}]"#);
    mock.until("/pets", |_, body| body[0]["name"] == "Bo").await;
    // Replaced by renaming, as editors do. A request that runs ends with what it began with.
    let slow = mock.send("GET", "/pets", &[("prefer", "delay=1500ms")], "");
    let change = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        put("fixtures/new", r#"[{"id": 7, "name": "Cleo"}]"#);
        let to = folder.path().join("fixtures/pets/listPets/200.json");
        std::fs::rename(folder.path().join("fixtures/new"), to).expect("renamed");
        mock.until("/pets", |_, body| body[0]["name"] == "Cleo").await;
    };
    let ((_, slow), ()) = tokio::join!(slow, change);
    assert_eq!(slow[0]["name"], "Bo");
    // Broken: the old one goes on.
    put("pets.yaml", &PETS.replace("paths:", "paths: ["));
    mock.until_logged("the mock keeps serving the previous version").await;
    assert!(mock.log().contains("pets.yaml:"), "{}", mock.log());
    assert_eq!(mock.get("/pets").await.1[0]["name"], "Cleo");
    // Mended, with a reference to another file, which is then changed itself.
    let split = PETS.replace(
        "{$ref: '#/components/schemas/Pet'}}\n              ex",
        "{$ref: parts/pet.yaml}}\n              ex",
    );
    assert_ne!(split, PETS);
    put(
        "pets.yaml",
        &split.replace(
            "  /pets/{id}:",
            "  /ping: {get: {responses: {'204': {description: pong}}}}\n  /pets/{id}:",
        ),
    );
    mock.until("/ping", |status, _| status == 204).await;
    put("parts/pet.yaml", "type: object\nrequired: [colour]\nproperties: {colour: {const: red}}\n");
    std::fs::remove_file(folder.path().join("fixtures/pets/listPets/200.json")).expect("removed");
    mock.until("/pets?__dynamic=true", |_, body| body[0]["colour"] == "red").await;
    // A configuration that comes.
    put("counterpart.toml", "[mock]\nscenario = \"x\"\n[scenario.x]\nlistPets = \"code=503\"\n");
    mock.until("/__session/later/pets?__scenario=x", |status, _| status == 503).await;
    // What clients did is still there.
    put("pets.yaml", PETS);
    mock.until(&format!("/__session/kept/pets/{}", made["id"]), |_, body| body["name"] == "Ada").await;
    let (_, journal) = mock.get("/__counterpart/requests?session=kept&operation=addPet").await;
    assert_eq!(journal["count"], 1);
    // Its own log beside the document is none of its business.
    let log = mock.log();
    assert!((4..=12).contains(&log.matches("reloaded pets: ").count()), "{log}");
}

#[tokio::test]
async fn several_documents_are_served_under_their_prefixes() {
    let folder = pets();
    let shop = PETS.replace("pets", "goods").replace("getPet", "getGood").replace("addPet", "addGood");
    put(folder.path(), "shop.yaml", &shop);
    put(folder.path(), "fixtures/shop/getGood/200.json", r#"{"id": 1, "name": "a bone"}"#);
    put(
        folder.path(),
        "shop.toml",
        "[errors]\nunknown-path = { status = 404, body = { shop = \"closed\" } }\n",
    );
    let both = ["-q", "--stateful", "/shop=shop.yaml", "/pets=pets.yaml"];
    let mock = Logged::start(folder.path(), &both);
    assert_eq!(mock.get("/shop/goods/1").await.1["name"], "a bone");
    assert_eq!(mock.get("/pets/pets").await.0, 200);
    assert_eq!(mock.get("/shop/nothing").await, (404, json!({ "shop": "closed" })), "each has its companion");
    let (status, none) = mock.get("/petsgoods").await;
    assert_eq!((status, &none["available"]["prefixes"]), (404, &json!(["/shop", "/pets"])));
    // Control covers both.
    let (_, made) = mock.send("POST", "/__session/s/shop/goods", &[], r#"{"name": "a ball"}"#).await;
    assert_eq!(mock.get(&format!("/__session/s/shop/goods/{}", made["id"])).await.1["name"], "a ball");
    assert_eq!(mock.get("/__counterpart/requests").await.1["count"], 4);
    let (_, state) = mock.get("/__counterpart/state?session=s").await;
    let names =
        |list: &Value| list.as_array().expect("a list").iter().map(|o| o["name"].clone()).collect::<Vec<_>>();
    assert!(names(&state["shop"]["goods"]).contains(&json!("a ball")), "{state}");
    assert!(!names(&state["pets"]["pets"]).contains(&json!("a ball")), "{state}");
    let one = "/__counterpart/state?document=pets";
    assert_eq!(mock.send("PUT", one, &[], r#"{"pets": [{"id": 3, "name": "Bo"}]}"#).await.0, 204);
    assert_eq!(mock.get("/pets/pets/3").await.1["name"], "Bo");
    assert_eq!(mock.send("PUT", "/__counterpart/state", &[], r#"{"pets": []}"#).await.0, 400);
    assert_eq!(mock.get("/__counterpart/openapi.json").await.0, 400);
    let (_, document) = mock.get("/__counterpart/openapi.json?document=shop").await;
    assert!(document["paths"].get("/goods").is_some(), "{document}");
    assert_eq!(mock.get("/__counterpart/openapi.json?document=shp").await.0, 404);
    // `listPets` is in both.
    let answers = "/__counterpart/answers";
    let set = async |operation: &str| {
        // No status that the client tries again.
        let body = json!({ "operation": operation, "code": 418 }).to_string();
        mock.send("POST", answers, &[], &body).await.0
    };
    assert_eq!((set("listPets").await, set("shop/listPets").await, set("getGood").await), (400, 201, 201));
    assert_eq!((mock.get("/pets/pets").await.0, mock.get("/shop/goods").await.0), (200, 418));
}

#[tokio::test]
async fn the_documents_of_the_configuration_are_served() {
    let folder = pets();
    let tables = "[[document]]\nname = \"zoo\"\nspec = \"pets.yaml\"\nprefix = \"/zoo/\"\n[[document]]\nname = \"core\"\nspec = \"core.yaml\"\n[scenario.x]\nlistPets = \"code=503\"\n";
    put(folder.path(), "counterpart.toml", tables);
    put(
        folder.path(),
        "core.yaml",
        "openapi: 3.1.0\npaths: {/ping: {get: {responses: {'204': {description: pong}}}}}\n",
    );
    put(folder.path(), "fixtures/zoo/getPet/200.json", r#"{"id": 1, "name": "Leo"}"#);
    let mock = Logged::start(folder.path(), &["--scenario", "x"]);
    assert_eq!(mock.get("/zoo/pets/1").await.1["name"], "Leo");
    assert_eq!(mock.get("/zoo/pets").await.0, 503);
    assert_eq!(mock.get("/ping").await.0, 204);
    assert!(mock.log().contains("zoo is served at http://127.0.0.1:"), "{}", mock.log());
    drop(mock);
    put(folder.path(), "counterpart.toml", &tables.replace("\"core\"", "\"zoo\""));
    let output = counterpart(folder.path(), &["mock", "-p", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("two documents have the name \"zoo\""), "{}", text(&output.stderr));
}

#[tokio::test]
async fn the_log_can_be_json() {
    let folder = pets();
    put(folder.path(), "fixtures/pets/listPets/200.json", "{}");
    let mock = Logged::start(folder.path(), &["--log-format", "json", "pets.yaml"]);
    let (status, _) = mock.get("/__session/s/pets?limit=x").await;
    assert_eq!(status, 422);
    mock.until_logged("\"method\"").await;
    let log = mock.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let [problem, request] = lines.as_slice() else { panic!("{log}") };
    assert_eq!(problem["level"], "error", "{log}");
    assert!(problem["file"].as_str().expect("a file").ends_with("listPets/200.json"), "{log}");
    let expected = json!({
        "at": request["at"], "level": "info", "id": 1, "method": "GET", "path": "/__session/s/pets",
        "query": "limit=x", "status": 422, "duration_ms": request["duration_ms"], "operation": "listPets",
        "key": null, "note": request["note"], "violations": [request["note"]], "unknown": [],
        "also": ["200", "503"], "chaos": null, "source": "refusal", "session": "s",
    });
    assert_eq!(*request, expected);
    drop(mock);
    put(folder.path(), "counterpart.toml", "[mock]\nlog-format = \"json\"\n");
    let output = counterpart(folder.path(), &["mock", "-p", "0", "nothing.yaml"]);
    let said: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!((&said["level"], output.status.code()), (&json!("error"), Some(2)), "{said}");
}
