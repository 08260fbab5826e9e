//! `--chaos`: requests that fail as documented, come late, or get no answer; and what must never be touched.

use std::collections::BTreeMap;
use std::path::Path;

use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::command::{Mock, counterpart, empty, put, text};
use crate::support::send;

const PETS: &str = "openapi: 3.1.0
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
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201': {description: added, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '429': {description: too often, headers: {Retry-After: {schema: {type: integer}}}}
        '500': {description: broken, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
components:
  schemas:
    Pet: {type: object, required: [name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
    Error: {type: object, required: [why], properties: {why: {type: string, enum: [broken]}}}
";

fn mock(folder: &Path, flags: &[&str]) -> Mock {
    put(folder, "pets.yaml", PETS);
    let mut all = vec!["--stateful", "pets.yaml"];
    all.extend(flags);
    Mock::start(folder, &all)
}

/// One request on a connection of its own, which nobody sends again; `None` where that is closed without an answer.
async fn ask(url: &str, method: &str, body: &'static str) -> Option<Response> {
    let address = url.strip_prefix("http://").expect("an address").to_owned();
    let length = body.len();
    let head = format!("{method} /pets HTTP/1.1\r\nhost: {address}\r\nconnection: close");
    let head = format!("{head}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).await.expect("an end");
    let whole = text(&octets);
    let (head, body) = whole.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(Response { status, headers, body: body.to_owned() })
}

struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Adds a pet.
async fn add(url: &str) -> Option<Response> {
    ask(url, "POST", "{\"name\": \"Rex\"}").await
}

async fn control(url: &str, name: &str) -> Value {
    let answer = send(url, "GET", &format!("/__counterpart/{name}"), &[], "").await;
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// What became of each request, by its number.
async fn fates(url: &str) -> BTreeMap<u64, Option<String>> {
    let requests = control(url, "requests").await;
    let of = |one: &Value| (one["id"].as_u64().expect("an id"), one["chaos"].as_str().map(str::to_owned));
    requests["requests"].as_array().expect("a list").iter().map(of).collect()
}

const ROUNDS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unlucky_is_told_changes_nothing_and_is_the_same_again() {
    let folder = empty();
    let flags = ["--chaos", "60%", "--seed", "5"];
    let first = mock(folder.path(), &flags);
    let before = control(&first.url, "state").await["pets"].as_array().expect("a list").len();
    let (mut made, mut failed, mut late, mut lost) = (0, 0, 0, 0);
    for _ in 0..ROUNDS {
        let Some(answer) = add(&first.url).await else {
            lost += 1;
            continue;
        };
        let header = |name: &str| answer.header(name);
        let id = header("counterpart-request").expect("a number");
        let why = control(&first.url, &format!("requests/{id}")).await["why"].clone();
        let why = why.as_str().expect("text");
        match (answer.status, header("counterpart-chaos")) {
            (201, chaos) => {
                made += 1;
                late += usize::from(chaos.is_some_and(|chaos| chaos.starts_with("waited ")));
                assert_eq!(why.contains("; chaos waited "), chaos.is_some(), "{why}");
                assert_eq!(header("counterpart-source"), Some("state"));
            }
            (status @ (429 | 500), Some(chaos)) => {
                failed += 1;
                assert_eq!((chaos, why), (&*format!("answered {status}"), &*format!("chaos {chaos}")));
                assert_eq!(header("counterpart-source"), Some("chaos"));
                assert_eq!(header("counterpart-unjudged"), Some("chaos answered it"));
                assert_eq!(header("retry-after").is_some(), status == 429);
                let is_documented = status == 429 || answer.body == "{\"why\":\"broken\"}";
                assert!(is_documented, "{:?}", answer.body);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(failed > 0 && late > 0 && lost > 0, "{failed} {late} {lost}");
    let after = control(&first.url, "state").await["pets"].as_array().expect("a list").len();
    assert_eq!(after - before, made, "only what was answered is there");
    let listed = fates(&first.url).await;
    assert_eq!(listed.values().filter(|fate| fate.is_some()).count(), failed + late + lost);
    let metrics = send(&first.url, "GET", "/__counterpart/metrics", &[], "").await;
    let metrics = text(&metrics.body);
    for (kind, count) in [("failure", failed), ("delay", late), ("drop", lost)] {
        let line = format!("counterpart_chaos_total{{kind=\"{kind}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line} is missing in\n{metrics}");
    }
    // All at once, in another mock: by number, everything is as it was.
    let second = mock(folder.path(), &flags);
    let all: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let url = second.url.clone();
            tokio::spawn(async move { add(&url).await.is_some() })
        })
        .collect();
    for one in all {
        one.await.expect("a request");
    }
    assert_eq!(fates(&second.url).await, listed);
}

/// What the document does not promise cannot fail as documented: control, preflights, unknown paths. A failure that
/// is not documented is a 503 with problem details, and HEAD is dropped as GET is.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_touched() {
    let folder = empty();
    put(folder.path(), "counterpart.toml", "[mock]\nchaos = \"100%\"\n");
    let mock = mock(folder.path(), &[]);
    for _ in 0..30 {
        control(&mock.url, "health").await;
        let asks = [("origin", "http://localhost:1"), ("access-control-request-method", "POST")];
        assert_eq!(send(&mock.url, "OPTIONS", "/pets", &asks, "").await.status, 204);
        let unknown = send(&mock.url, "GET", "/nothing", &[], "").await;
        assert_eq!((unknown.status.as_u16(), unknown.headers.get("counterpart-chaos")), (404, None));
    }
    let (mut failed, mut lost) = (0, 0);
    for method in ["GET", "HEAD"].into_iter().cycle().take(60) {
        match ask(&mock.url, method, "").await {
            Some(answer) if answer.status == 503 => {
                failed += 1;
                assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                assert_eq!(answer.header("counterpart-undocumented"), Some("status"));
            }
            Some(answer) => assert!(answer.header("counterpart-chaos").is_some()),
            None => lost += 1,
        }
    }
    assert!(failed > 0 && lost > 0);
}

#[rstest]
#[case(&["--chaos", "5"], "a number without % is at most 1; write 5% or 0.05")]
#[case(&["--chaos", "often"], "write 5% or 0.05")]
#[case(&["--chaos", "1"], "write 1% or 100%")]
fn nonsense_is_refused(#[case] flags: &[&str], #[case] message: &str) {
    let folder = empty();
    let mut all = vec!["mock"];
    all.extend(flags);
    let output = counterpart(folder.path(), &all);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
}
