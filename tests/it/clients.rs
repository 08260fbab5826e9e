//! What programs and pages that call the mock see: of their mistakes, their credentials, and where an answer
//! comes from.

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::program::program;
use crate::support::send;

pub const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
security: [{oauth: [pets:read]}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: kind, in: query, schema: {type: string, enum: [cat, dog]}}
      responses:
        '200':
          description: all
          headers: {X-Total: {required: true, schema: {type: integer, example: 2}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
        '429': {description: too often, content: {application/json: {example: {error: slow down}}}}
    post:
      operationId: addPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '201': {description: added, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '400': {description: wrong, content: {application/json: {example: {error: wrong}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: none}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /oauth/token, scopes: {pets:read: see}}}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}, age: {type: integer}}
";

const KEY: (&str, &str) = ("authorization", "Bearer mock:*");
const JSON: (&str, &str) = ("content-type", "application/json");

pub fn folder() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    put(folder.path(), "fixtures/pets/listPets/200.json", "[]");
    put(folder.path(), "fixtures/pets/listPets/200.cats.json", "[{\"name\": \"Tom\"}]");
    put(folder.path(), "fixtures/pets/listPets/200.cats.toml", "[when]\n\"query.kind\" = \"cat\"\n");
    folder
}

#[tokio::test]
async fn every_violation_is_told() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let added = send(&mock.url, "POST", "/pets", &[KEY, JSON], "{\"nam\": 1, \"age\": \"x\"}").await;
    assert_eq!(added.status.as_u16(), 400);
    assert_eq!(added.body, "{\"error\":\"wrong\"}");
    let told = added.headers["counterpart-violations"].to_str().expect("text");
    let told: Value = serde_json::from_str(told).expect("JSON");
    let of = |name: &str| -> Vec<&str> {
        told.as_array().expect("a list").iter().filter_map(|one| one[name].as_str()).collect()
    };
    assert_eq!(of("in"), ["request.body"; 2]);
    assert_eq!(of("pointer"), ["", "/age"]);
    let problem = Mock::start(folder.path(), &["pets.yaml", "--errors", "problem"]);
    let listed = send(&problem.url, "GET", "/pets?limit=0", &[KEY], "").await;
    let body: Value = serde_json::from_slice(&listed.body).expect("JSON");
    assert_eq!(body["violations"][0]["in"], "request.query.limit");
    let fine = send(&mock.url, "GET", "/pets?limit=1", &[KEY], "").await;
    assert!(!fine.headers.contains_key("counterpart-violations"));
}

#[tokio::test]
async fn an_answer_says_where_it_comes_from() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    for (target, source) in [
        ("/pets", "fixture 200.json"),
        ("/pets?kind=cat", "fixture 200.cats.json; when query.kind"),
        ("/pets/7", "generated"),
        ("/nothing", "problem"),
    ] {
        let answer = send(&mock.url, "GET", target, &[KEY], "").await;
        let found =
            answer.headers["counterpart-source"].to_str().expect("text").replace("refusal", "problem");
        assert_eq!(found, source, "{target}");
        let id = answer.headers["counterpart-request"].to_str().expect("text");
        let entry = send(&mock.url, "GET", &format!("/__counterpart/requests/{id}"), &[], "").await;
        let entry: Value = serde_json::from_slice(&entry.body).expect("JSON");
        assert_eq!(entry["id"].to_string(), id);
        assert_eq!(entry["answer"]["status"], answer.status.as_u16());
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(entry["answer"]["body"], body);
        if target == "/pets" {
            let candidates = &entry["candidates"];
            assert_eq!(candidates[0]["lacked"], json!(["not true: query.kind = \"cat\""]));
            let chosen: Vec<_> =
                candidates.as_array().expect("a list").iter().map(|one| &one["chosen"]).collect();
            assert_eq!(chosen[..2], [&json!(false), &json!(true)]);
        }
    }
    let unknown = send(&mock.url, "GET", "/__counterpart/requests/99", &[], "").await;
    assert_eq!(unknown.status.as_u16(), 404);
}

#[rstest]
#[case(&["GET /pets?limit=1"], 0, "")]
#[case(&["GET /pets?limt=1", "POST /pets {\"name\":\"x\",\"ag\":1}"], 1, "2 names are not in the document\n  GET /pets · unknown query parameter \"limt\"; did you mean \"limit\"?\n  POST /pets · unknown member /ag; did you mean \"age\"?")]
fn a_command_may_not_use_unknown_names(#[case] orders: &[&str], #[case] code: i32, #[case] said: &str) {
    let folder = folder();
    let flags = ["mock", "-q", "pets.yaml", "--auth", "off", "--deny", "unknown", "--", program()];
    let output = counterpart(folder.path(), &[&flags[..], orders].concat());
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
fn a_command_gets_a_report() {
    let folder = folder();
    let flags =
        ["mock", "-q", "pets.yaml", "--auth", "off", "--report", "junit=out/mock.xml", "--", program()];
    let orders = ["GET /pets?kind=cat", "GET /pets?limit=0", "GET /nothing"];
    let output = counterpart(folder.path(), &[&flags[..], &orders].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = std::fs::read_to_string(folder.path().join("out/mock.xml")).expect("a report");
    for part in [
        "tests=\"2\" failures=\"2\"",
        "name=\"operations\" value=\"1 of 3\"",
        "name=\"listPets\"",
        "name=\"no operation\"",
        "request.query.limit: expected at least 1, found 0",
        "query.kind=dog",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    assert!(!report.contains("query.kind=cat"), "{report}");
    let wrong = counterpart(folder.path(), &["mock", "pets.yaml", "--report", "json", "--", program()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("write junit=FILE"), "{}", text(&wrong.stderr));
}

#[tokio::test]
async fn requests_are_measured() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    for _ in 0..2 {
        send(&mock.url, "GET", "/pets?kind=dog", &[KEY], "").await;
    }
    send(&mock.url, "GET", "/pets?limit=0", &[KEY], "").await;
    let metrics = send(&mock.url, "GET", "/__counterpart/metrics", &[], "").await;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let name = "counterpart_request_duration_seconds";
    for part in [
        "counterpart_requests_total 3".to_owned(),
        format!("{name}_count{{operation=\"listPets\",status=\"200\",source=\"fixture\"}} 2"),
        format!("{name}_bucket{{operation=\"listPets\",status=\"422\",source=\"refusal\",le=\"+Inf\"}} 1"),
    ] {
        assert!(metrics.contains(&part), "{part} is missing in\n{metrics}");
    }
    let coverage = send(&mock.url, "GET", "/__counterpart/coverage", &[], "").await;
    let coverage: Value = serde_json::from_slice(&coverage.body).expect("JSON");
    let listed = &coverage["operations"][0];
    assert_eq!(listed["statuses"], json!({"seen": ["200"], "unseen": ["429"]}));
    assert_eq!(
        listed["parameters"],
        json!({"seen": ["query.kind", "query.kind=dog", "query.limit"], "unseen": ["query.kind=cat"]})
    );
}

#[tokio::test]
async fn a_key_that_calls_too_often_waits() {
    let folder = folder();
    put(folder.path(), "counterpart.toml", "[limit]\nrate = \"2/minute\"\n");
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let other = ("authorization", "Bearer mock:pets:read");
    let mut statuses = Vec::new();
    for key in [KEY, KEY, KEY, other] {
        let answer = send(&mock.url, "GET", "/pets", &[key], "").await;
        statuses.push(answer.status.as_u16());
        if answer.status.as_u16() == 429 {
            assert_eq!(answer.body, "{\"error\":\"slow down\"}");
            let seconds: u64 =
                answer.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
            assert!((1..=60).contains(&seconds), "{seconds}");
        }
    }
    assert_eq!(statuses, [200, 200, 429, 200]);
}

#[tokio::test]
async fn credentials_are_challenged() {
    let folder = folder();
    let flags = ["pets.yaml", "--auth", "scopes", "--resource-metadata", "https://a.example/meta"];
    let mock = Mock::start(folder.path(), &flags);
    for (key, expected) in [
        (None, "Bearer resource_metadata=\"https://a.example/meta\""),
        (
            Some("Bearer no"),
            "Bearer error=\"invalid_token\", error_description=\"the credential is unknown\", resource_metadata=\"https://a.example/meta\"",
        ),
        (
            Some("Bearer mock:"),
            "Bearer error=\"insufficient_scope\", scope=\"pets:read\", resource_metadata=\"https://a.example/meta\"",
        ),
    ] {
        let headers: Vec<_> = key.map(|key| ("authorization", key)).into_iter().collect();
        let answer = send(&mock.url, "GET", "/pets", &headers, "").await;
        assert_eq!(answer.headers["www-authenticate"], expected);
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let asked = "grant_type=client_credentials&scope=pets%3Aread";
    let token = send(&mock.url, "POST", "/oauth/token", &[form], asked).await;
    let token: Value = serde_json::from_slice(&token.body).expect("JSON");
    let key = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let answer = send(&mock.url, "GET", "/pets", &[("authorization", &key)], "").await;
    assert_eq!(answer.status.as_u16(), 200);
    let wrong =
        send(&mock.url, "POST", "/oauth/token", &[form], "grant_type=client_credentials&scope=x").await;
    assert_eq!((wrong.status.as_u16(), &wrong.body[..24]), (400, &b"{\"error\":\"invalid_scope\","[..24]));
}

#[tokio::test]
async fn a_key_of_the_bundled_api_looks_itself_up() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let target = "/api/personal_api_keys/@current/";
    let key = ("authorization", "Bearer mock:annotation:read+cohort:read");
    let answer = send(&mock.url, "GET", target, &[key], "").await;
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body["scopes"], json!(["annotation:read", "cohort:read"]));
    assert_eq!((answer.status.as_u16(), &body["value"]), (200, &Value::Null));
    assert_eq!(send(&mock.url, "GET", target, &[], "").await.status.as_u16(), 401);
    assert_eq!(send(&mock.url, "POST", target, &[key], "").await.status.as_u16(), 404);
}

/// A limited key of another project that lacks the scope too is told about the project.
#[tokio::test]
async fn limits_go_before_scopes_where_the_api_does_so() {
    let folder = empty();
    let keys = "[[keys]]\nname = \"other\"\ntoken = \"phx_other\"\nscopes = [\"comment:read\"]\nonly = { project_id = [\"2\"] }\n[[keys]]\nname = \"old\"\ntoken = \"phx_old\"\nscopes = [\"*\"]\nexpires = 2020-01-01\n";
    put(folder.path(), "keys.toml", keys);
    let mock = Mock::start(folder.path(), &["--keys", "keys.toml"]);
    let get = async |key: &str| {
        let key = format!("Bearer {key}");
        let answer =
            send(&mock.url, "GET", "/api/projects/1/annotations/", &[("authorization", &key)], "").await;
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        (answer.status.as_u16(), body["detail"].as_str().expect("text").to_owned())
    };
    let told = "API key does not have access to the requested project: ID 1.".to_owned();
    assert_eq!(get("phx_other").await, (403, told));
    assert_eq!(get("phx_old").await.0, 401);
}

/// A key in the body goes before one in the query; refusals say where the key was.
#[tokio::test]
async fn keys_are_also_where_the_api_takes_them() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let target = "/api/projects/1/annotations/";
    let list = async |query: &str, headers: &[(&str, &str)]| {
        let answer = send(&mock.url, "GET", &format!("{target}{query}"), headers, "").await;
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        (answer.status.as_u16(), body["detail"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(list("?personal_api_key=mock:annotation:read", &[]).await.0, 200);
    let told = "Personal API key found in request query string is invalid.".to_owned();
    assert_eq!(list("?personal_api_key=no", &[]).await, (401, told));
    let told = "Personal API key found in request Authorization header is invalid.".to_owned();
    let own = [("authorization", "Bearer no")];
    assert_eq!(list("?personal_api_key=mock:*", &own).await, (401, told));
    let (status, told) = list("", &[("authorization", "Bearer phs_x")]).await;
    assert_eq!((status, told.as_str()), (403, "This action does not support project secret API key access"));
    let body = "{\"content\": \"x\", \"personal_api_key\": \"mock:annotation:write\"}";
    let made = send(&mock.url, "POST", target, &[JSON], body).await;
    assert_eq!(made.status.as_u16(), 201, "{}", text(&made.body));
    let both = "?personal_api_key=mock:annotation:write";
    let body = "{\"personal_api_key\": \"no\"}";
    let made = send(&mock.url, "POST", &format!("{target}{both}"), &[JSON], body).await;
    assert!(text(&made.body).contains("in request body is invalid"), "{}", text(&made.body));
}

#[tokio::test]
async fn preferences_are_heeded_and_told() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--delay", "5s"]);
    let prefer = ("prefer", "code=200, delay=0, code=404");
    let answer = send(&mock.url, "GET", "/pets/7", &[KEY, prefer], "").await;
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((answer.status.as_u16(), &body["id"]), (200, &json!(7)));
    assert_eq!(answer.headers["preference-applied"], "code=200, delay=0ms");
    let unusable = send(&mock.url, "GET", "/pets/7", &[KEY, ("prefer", "code=20, delay=0")], "").await;
    let body: Value = serde_json::from_slice(&unusable.body).expect("JSON");
    assert_eq!((unusable.status.as_u16(), &body["available"]["codes"]), (404, &json!(["200", "404"])));
}

#[tokio::test]
async fn browsers_may_ask_whatever_a_page_asks() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let asks = [
        ("origin", "http://page.example"),
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "authorization,x-own"),
    ];
    for target in ["/pets", "/nothing", "/oauth/token"] {
        let answer = send(&mock.url, "OPTIONS", target, &asks, "").await;
        let header = |name: &str| answer.headers[name].to_str().expect("text").to_owned();
        assert_eq!(answer.status.as_u16(), 204, "{target}");
        assert!(header("access-control-allow-methods").contains("DELETE"), "{target}");
        assert_eq!(header("access-control-allow-headers"), "authorization,x-own");
        assert_eq!(header("access-control-allow-origin"), "http://page.example");
    }
    let page = ("origin", "http://page.example");
    let listed = send(&mock.url, "GET", "/pets?limit=0", &[KEY, page], "").await;
    let exposed = listed.headers["access-control-expose-headers"].to_str().expect("text");
    assert!(exposed.contains("counterpart-violations") && !exposed.contains('*'), "{exposed}");
}

/// A page of another origin reads a 404, a 405, a header of the API and a token, and sends credentials.
#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium; --features heavy")]
fn a_page_of_another_origin_reads_everything() {
    let folder = folder();
    std::fs::remove_dir_all(folder.path().join("fixtures")).expect("fixtures");
    let mock = Mock::start(folder.path(), &["pets.yaml", "--auth", "scopes"]);
    let script = r"
        const own = { credentials: 'include', headers: { authorization: 'Bearer mock:*', 'x-own': '1' } };
        (async () => {
          const told = [];
          const listed = await fetch(MOCK + '/pets', own);
          told.push(listed.status, listed.headers.get('x-total'), listed.headers.get('counterpart-source'));
          told.push((await fetch(MOCK + '/nothing', own)).status);
          const refused = await fetch(MOCK + '/pets', { ...own, method: 'DELETE' });
          told.push(refused.status, refused.headers.get('allow'));
          const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'pets:read' });
          const token = await fetch(MOCK + '/oauth/token', { method: 'POST', body: form, headers: { 'x-own': '1' } });
          const key = (await token.json()).access_token;
          const again = await fetch(MOCK + '/pets', { headers: { authorization: 'Bearer ' + key } });
          told.push(again.status);
          document.getElementById('told').textContent = told.join('|');
        })().catch((why) => { document.getElementById('told').textContent = String(why); });
    ";
    let script = script.replace("MOCK", &format!("'{}'", mock.url));
    let shown = crate::report::browsed("<html><head></head><body></body></html>", &script);
    assert_eq!(shown, "200|2|generated|404|405|GET, HEAD, POST, OPTIONS|200");
}

/// The same client in two languages: reads a list, a refusal with its violations, and a token.
#[rstest]
#[case(
    "python3",
    "client.py",
    r"
import os, requests
url = os.environ['COUNTERPART_URL']
form = {'grant_type': 'client_credentials', 'scope': 'pets:read'}
key = requests.post(url + '/oauth/token', data=form).json()['access_token']
own = {'Authorization': 'Bearer ' + key}
listed = requests.get(url + '/pets', params={'kind': 'cat'}, headers=own)
assert listed.status_code == 200 and listed.json()[0]['name'] == 'Tom', listed.text
assert listed.headers['counterpart-source'].startswith('fixture 200.cats.json')
wrong = requests.post(url + '/pets', json={'age': 'x'}, headers=own)
assert wrong.status_code == 400 and 'request.body' in wrong.headers['counterpart-violations']
assert requests.get(url + '/nothing', headers=own).status_code == 404
"
)]
#[case("node", "client.mjs", r"
const url = process.env.COUNTERPART_URL;
const check = (holds, what) => { if (!holds) { console.error(what); process.exit(7); } };
const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'pets:read' });
const key = (await (await fetch(url + '/oauth/token', { method: 'POST', body })).json()).access_token;
const headers = { authorization: 'Bearer ' + key };
const listed = await fetch(url + '/pets?kind=cat', { headers });
check(listed.status === 200 && (await listed.json())[0].name === 'Tom', 'the list');
check(listed.headers.get('counterpart-source').startsWith('fixture 200.cats.json'), 'the source');
const json = { ...headers, 'content-type': 'application/json' };
const wrong = await fetch(url + '/pets', { method: 'POST', headers: json, body: JSON.stringify({ age: 'x' }) });
check(wrong.status === 400 && wrong.headers.get('counterpart-violations').includes('request.body'), 'the refusal');
check((await fetch(url + '/nothing', { headers })).status === 404, 'the unknown path');
")]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Python with requests, and Node; --features heavy")]
fn programs_in_other_languages(#[case] interpreter: &str, #[case] file: &str, #[case] source: &str) {
    let folder = folder();
    put(folder.path(), file, source);
    let arguments =
        ["mock", "-q", "pets.yaml", "--deny", "violations", "--min-operations", "2", "--", interpreter, file];
    let output = command(folder.path(), &arguments).output().expect("the binary runs");
    // What they got wrong on purpose is told.
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}{}", text(&output.stdout));
    assert!(stderr.contains("2 requests broke the document"), "{stderr}");
}

/// With `--validate warn` a request is answered, and still told what is wrong with it.
#[tokio::test]
async fn what_is_only_warned_of_is_told_too() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--validate", "warn"]);
    let answer = send(&mock.url, "GET", "/pets?limit=0", &[KEY], "").await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.headers.contains_key("counterpart-violations"));
}

/// What is not checked of credentials, the mock does not keep to itself.
#[rstest]
#[case::mutual_tls("{type: mutualTLS}", "does not check client certificates")]
#[case::digest("{type: http, scheme: Digest}", "does not verify digests")]
#[tokio::test]
async fn what_is_unchecked_is_said(#[case] scheme: &str, #[case] expected: &str) {
    let folder = empty();
    let document = format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  /a:\n    get: {{operationId: a, responses: {{'204': {{description: done}}}}}}\ncomponents: {{securitySchemes: {{s: {scheme}}}}}\n"
    );
    put(folder.path(), "t.yaml", &document);
    let output =
        counterpart(folder.path(), &["mock", "t.yaml", "--deny", "violations", "--", program(), "GET /a"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr.matches(expected).count(), 1, "{stderr}");
    let mock = Mock::start(folder.path(), &["t.yaml"]);
    let health = send(&mock.url, "GET", "/__counterpart/health", &[], "").await;
    assert!(text(&health.body).contains(expected), "{}", text(&health.body));
}
