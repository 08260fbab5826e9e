//! Callbacks and webhooks that the mock sends, to a server that is no part of it.

use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::support::send;

pub const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: all
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
    post:
      operationId: addPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}
      responses:
        '201': {description: added, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '422': {description: wrong}
      callbacks:
        washed:
          '{$request.body#/notify}/washed?pet={$response.body#/id}':
            put:
              parameters:
                - {name: X-Kind, in: header, required: true, schema: {type: string, const: wash}}
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      required: [event, pet]
                      properties:
                        event: {type: string, enum: [washed]}
                        pet: {$ref: '#/components/schemas/Pet'}
              responses: {'204': {description: thanks}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPet
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: none}
    delete:
      operationId: removePet
      responses: {'204': {description: gone}, '404': {description: none}}
webhooks:
  petGone:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [id], properties: {id: {type: integer}}}
      responses: {'200': {description: thanks}}
components:
  schemas:
    New:
      type: object
      required: [name]
      properties: {name: {type: string}, notify: {type: string, format: uri}}
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}}
";

/// What came to the receiver.
#[derive(Debug)]
pub struct Got {
    line: String,
    headers: String,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// A server of somebody else. It answers with these heads, one after the other, then with 204.
pub struct Receiver {
    pub url: String,
    got: UnboundedReceiver<Got>,
}

impl Receiver {
    pub async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (tell, got) = unbounded_channel();
        tokio::spawn(async move {
            let mut answers = answers.iter().copied().chain(std::iter::repeat("204 No Content"));
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut octets = Vec::new();
                let mut piece = [0; 4096];
                let (head, body) = loop {
                    let read = socket.read(&mut piece).await.expect("a request");
                    octets.extend_from_slice(&piece[..read]);
                    let whole = text(&octets);
                    let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if body.len() == length.map_or(0, |length| length.parse().expect("a length")) {
                        break (head.to_owned(), body.to_owned());
                    }
                };
                let (line, headers) = head.split_once("\r\n").expect("headers");
                let _ = tell.send(Got { line: line.to_owned(), headers: headers.replace('\r', ""), body });
                let answer = answers.next().expect("endless");
                let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                socket.write_all(answer.as_bytes()).await.expect("an answer");
            }
        });
        Self { url, got }
    }

    pub async fn next(&mut self) -> Got {
        let got = tokio::time::timeout(Duration::from_secs(30), self.got.recv()).await;
        got.expect("it comes in time").expect("a request")
    }
}

fn mock(folder: &Path, flags: &[&str], config: &str) -> Mock {
    put(folder, "pets.yaml", PETS);
    put(folder, "counterpart.toml", config);
    let mut all = vec!["--stateful", "pets.yaml"];
    all.extend(flags);
    Mock::start(folder, &all)
}

async fn ask(mock: &Mock, method: &str, target: &str, body: &str) -> (u16, Value) {
    let kind = [("content-type", "application/json")];
    let answer = send(&mock.url, method, target, if body.is_empty() { &[] } else { &kind }, body).await;
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The deliveries, once all have ended.
async fn deliveries(mock: &Mock) -> Vec<Value> {
    for _ in 0..600 {
        let (_, all) = ask(mock, "GET", "/__counterpart/deliveries", "").await;
        let all = all["deliveries"].as_array().expect("a list").clone();
        if all.iter().all(|one| one["state"] != "pending") {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a delivery does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_goes_where_the_request_says() {
    let folder = empty();
    let mut receiver = Receiver::start(&[]).await;
    let mock = mock(folder.path(), &[], "");
    let body = json!({"name": "Rex", "notify": receiver.url}).to_string();
    let (status, pet) = ask(&mock, "POST", "/pets", &body).await;
    assert_eq!(status, 201);
    let got = receiver.next().await;
    assert_eq!(got.line, format!("PUT /washed?pet={} HTTP/1.1", pet["id"]));
    assert_eq!(got.json(), json!({"event": "washed", "pet": {"id": pet["id"], "name": "Rex"}}));
    assert_eq!((got.header("x-kind"), got.header("counterpart-delivery")), (Some("wash"), Some("1")));
    let all = deliveries(&mock).await;
    let [one] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(
        (&one["state"], &one["kind"], &one["name"]),
        (&json!("delivered"), &json!("callback"), &json!("washed"))
    );
    assert_eq!((&one["request"], &one["attempts"][0]["status"]), (&json!(1), &json!(204)));
    // Refused requests, and those that name no address, set off nothing.
    assert_eq!(ask(&mock, "POST", "/pets", "{\"name\": 7}").await.0, 422);
    assert_eq!(ask(&mock, "POST", "/pets", "{\"name\": \"Ada\"}").await.0, 201);
    assert_eq!(deliveries(&mock).await.len(), 1);
    assert_eq!(ask(&mock, "DELETE", "/__counterpart/deliveries", "").await.0, 204);
    assert_eq!(deliveries(&mock).await.len(), 0);
}

/// A client must not make a mock call others, by whatever name; and a mock that calls itself comes to an end.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_called() {
    let folder = empty();
    let mock = mock(folder.path(), &[], "");
    let hosts =
        ["http://192.0.2.1", "http://localhost.evil.example", "ftp://127.0.0.1", "http://a@127.0.0.1"];
    for host in hosts {
        let body = json!({"name": "Rex", "notify": host}).to_string();
        assert_eq!(ask(&mock, "POST", "/pets", &body).await.0, 201);
    }
    let body = json!({"name": "Rex", "notify": mock.url}).to_string();
    assert_eq!(ask(&mock, "POST", "/pets", &body).await.0, 201);
    let all = deliveries(&mock).await;
    let states: Vec<&str> = all.iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!(states, ["refused", "refused", "refused", "refused", "failed"]);
    assert!(all[0]["refused"].as_str().expect("why").contains("--callbacks-to 192.0.2.1"), "{}", all[0]);
    assert_eq!(all[4]["attempts"], json!([{"at": all[4]["attempts"][0]["at"], "status": 404}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_are_called_where_they_are_allowed() {
    let folder = empty();
    let mock = mock(folder.path(), &["--callbacks-to", "hooks.invalid"], "");
    let body = json!({"name": "Rex", "notify": "http://hooks.invalid"}).to_string();
    assert_eq!(ask(&mock, "POST", "/pets", &body).await.0, 201);
    let all = deliveries(&mock).await;
    assert_eq!(all[0]["state"], "failed", "nobody has that name");
    assert!(all[0]["attempts"][0]["error"].is_string(), "{}", all[0]);
}

const CONFIG: &str = "[[webhook]]
name = \"petGone\"
url = \"URL/gone\"
on = \"deleted\"
of = \"/pets\"
delay = \"10ms\"
retries = 2
secret = \"${HOOK_SECRET}\"
headers = { x-from = \"pets\" }
";

/// After a change of the state: signed, again after a failure, and no redirect is followed.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_follows_a_change() {
    let folder = empty();
    let mut receiver =
        Receiver::start(&["503 Service Unavailable", "307 Temporary Redirect\r\nlocation: /other"]).await;
    put(folder.path(), "pets.yaml", PETS);
    put(folder.path(), "counterpart.toml", &CONFIG.replace("URL", &receiver.url));
    let output = counterpart(folder.path(), &["mock", "pets.yaml", "--", "true"]);
    assert!(text(&output.stderr).contains("HOOK_SECRET"), "{}", text(&output.stderr));
    let mut command = command(folder.path(), &["mock", "-p", "0", "-q", "--stateful", "pets.yaml"]);
    let mock = Mock::of(command.env("HOOK_SECRET", "canary-hook"));
    let (_, pet) = ask(&mock, "POST", "/pets", "{\"name\": \"Rex\"}").await;
    assert_eq!(ask(&mock, "DELETE", &format!("/pets/{}", pet["id"]), "").await.0, 204);
    assert_eq!(ask(&mock, "DELETE", &format!("/pets/{}", pet["id"]), "").await.0, 404);
    for _ in 0..3 {
        let got = receiver.next().await;
        assert_eq!((got.line.as_str(), got.json()), ("POST /gone HTTP/1.1", json!({"id": pet["id"]})));
        assert_eq!(got.header("x-from"), Some("pets"));
        let signature = got.header("x-hub-signature-256").expect("a signature");
        assert_eq!(signature, signed(&got.body));
    }
    let all = deliveries(&mock).await;
    let [one] = all.as_slice() else { panic!("{all:?}") };
    let statuses: Vec<&Value> =
        one["attempts"].as_array().expect("a list").iter().map(|a| &a["status"]).collect();
    assert_eq!(statuses, [503, 307, 204]);
    assert_eq!((&one["state"], &one["request"]), (&json!("delivered"), &json!(2)));
    assert!(!one.to_string().contains("canary-hook"));
}

/// HMAC-SHA256 (RFC 2104), written out.
fn signed(body: &str) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;
    let mut key = [0_u8; 64];
    key[.."canary-hook".len()].copy_from_slice(b"canary-hook");
    let padded = |with: u8| key.map(|octet| octet ^ with);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(body).finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    outer.iter().fold("sha256=".to_owned(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn control_sends_a_webhook() {
    let folder = empty();
    let mut receiver = Receiver::start(&[]).await;
    let mock = mock(folder.path(), &[], "");
    let (_, listed) = ask(&mock, "GET", "/__counterpart/webhooks", "").await;
    assert_eq!((&listed["count"], &listed["webhooks"][0]["name"]), (&json!(1), &json!("petGone")));
    let at = "/__counterpart/webhooks/petGone";
    let (status, why) = ask(&mock, "POST", at, "").await;
    assert_eq!(status, 400);
    assert!(why["detail"].as_str().expect("text").contains("[[webhook]]"), "{why}");
    let url = format!("{}/a?b=c", receiver.url);
    let (status, sent) = ask(&mock, "POST", at, &json!({"url": url}).to_string()).await;
    assert_eq!((status, &sent["delivery"]), (202, &json!(1)));
    let got = receiver.next().await;
    assert_eq!(got.line, "POST /a?b=c HTTP/1.1");
    assert!(got.json()["id"].is_i64(), "{got:?}");
    // What is asked for is sent as it is, and told where it is not valid.
    let wish = json!({"url": url, "body": {"id": "x"}, "headers": {"x-a": "1"}}).to_string();
    assert_eq!(ask(&mock, "POST", at, &wish).await.0, 202);
    let got = receiver.next().await;
    assert_eq!((got.json(), got.header("x-a")), (json!({"id": "x"}), Some("1")));
    let all = deliveries(&mock).await;
    assert_eq!(all[0]["violations"], json!([]));
    assert!(all[1]["violations"][0].as_str().expect("text").starts_with("request.body/id: "), "{}", all[1]);
    for (name, body, status, part) in [
        ("petgone", "", 404, "did you mean \"petGone\"?"),
        ("petGone", "{\"ulr\": \"x\"}", 400, "unknown field `ulr`"),
        ("petGone", "[", 400, "not JSON"),
        (
            "petGone",
            "{\"url\": \"http://localhost\", \"headers\": {\"Content-Length\": \"9\"}}",
            400,
            "cannot be sent",
        ),
        ("petGone", "{\"url\": \"http://192.0.2.1/\"}", 400, "--callbacks-to 192.0.2.1"),
    ] {
        let (found, why) = ask(&mock, "POST", &format!("/__counterpart/webhooks/{name}"), body).await;
        assert_eq!(found, status, "{why}");
        assert!(why["detail"].as_str().expect("text").contains(part), "{why}");
    }
}

#[rstest]
#[case("retries = 11", "`retries` is at most 10")]
#[case("delay = \"1h\"", "at most 10 minutes")]
#[case("on = \"born\"", "unknown variant `born`")]
#[case("secret = \"literal\"", "is a literal")]
#[case("signature-header = \"a b\"", "cannot be sent")]
#[case("headers = { host = \"x\" }", "cannot be sent")]
fn a_configuration_that_cannot_be_used(#[case] line: &str, #[case] message: &str) {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let config = format!("[[webhook]]\nname = \"petGone\"\nurl = \"http://localhost:1\"\n{line}\n");
    put(folder.path(), "counterpart.toml", &config);
    let output = counterpart(folder.path(), &["mock", "pets.yaml", "--", "true"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains(message) && said.contains("counterpart.toml:"), "{said}");
}

#[rstest]
#[case("openapi: 3.1.0", "webhooks")]
#[case("openapi: 3.0.3", "x-webhooks")]
fn a_document_of_webhooks_alone(#[case] version: &str, #[case] key: &str) {
    let folder = empty();
    let schema = "{type: object, required: [id], properties: {id: {type: integer, example: x}}}";
    let document = format!(
        "{version}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\n{key}:\n  made:\n    post:\n      requestBody: \
         {{content: {{application/json: {{schema: {schema}, example: {{id: x}}}}}}}}\n      responses: {{'200': \
         {{description: thanks}}}}\n"
    );
    put(folder.path(), "hooks.yaml", &document);
    let linted = counterpart(folder.path(), &["lint", "hooks.yaml"]);
    assert!(text(&linted.stdout).contains("the example does not match"), "{}", text(&linted.stdout));
    let mocked = counterpart(folder.path(), &["mock", "hooks.yaml", "--", "true"]);
    assert_eq!(mocked.status.code(), Some(0), "{}", text(&mocked.stderr));
    let checked = counterpart(folder.path(), &["check", "hooks.yaml", "--url", "http://127.0.0.1:9"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let said = text(&checked.stderr);
    assert!(said.contains("no operation to call: nothing of the target is checked"), "{said}");
}

#[test]
fn a_webhook_that_waits_for_changes_needs_state() {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let config = "[[webhook]]\nname = \"petGone\"\nurl = \"http://localhost:1\"\non = \"deleted\"\n";
    put(folder.path(), "counterpart.toml", config);
    for (flags, expected) in [(&["mock"][..], true), (&["mock", "--stateful"], false)] {
        let all = [flags, &["pets.yaml", "--", "true"]].concat();
        let output = counterpart(folder.path(), &all);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr).contains("--stateful alone"), expected);
    }
}
