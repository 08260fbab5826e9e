//! Which of the documented answers is sent, with which header fields, and how streams are sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, counterpart, empty, put, text};
use crate::support::{Api, self_describing, send};

const DOCUMENT: &str = "openapi: 3.1.0
info: {title: Answers, version: '1'}
paths:
  /several:
    get: {operationId: readSeveral, responses: {'202': {description: later}, '200': {description: now, content: {application/json: {example: {a: 1}}}}}}
    post: {operationId: addSeveral, responses: {'200': {description: now, content: {application/json: {example: {a: 1}}}}, '201': {description: made}}}
    put: {operationId: putSeveral, responses: {'202': {description: later}, '203': {description: now, content: {application/json: {example: {a: 1}}}}}}
    delete: {operationId: dropSeveral, responses: {'200': {description: now, content: {application/json: {example: {a: 1}}}}, '204': {description: gone}}}
  /forms:
    get:
      operationId: forms
      responses:
        default: {description: wrong, content: {application/json: {example: {error: 1}}}}
        '200':
          description: forms
          content:
            application/xml: {schema: {type: object, properties: {a: {type: string}}}, example: '<it><a>  x </a></it>'}
            application/json: {schema: {type: object, properties: {a: {type: string}}}, example: '{\"a\": \"x\"}'}
  /latin:
    get: {operationId: latin, responses: {'200': {description: latin, content: {text/plain; charset=iso-8859-1: {example: café}}}}}
  /things:
    post:
      operationId: addThing
      responses:
        '201':
          description: made
          headers:
            Location: {required: true, schema: {type: string, format: uri}}
            X-Tags: {schema: {type: array, items: {type: string}}, example: [a, b]}
          content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer, example: 7}}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getThing, responses: {'200': {description: it, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}}}
  /things/first:
    delete: {operationId: dropFirst, responses: {'204': {description: gone}}}
  /events:
    get: {operationId: events, responses: {'200': {description: events, content: {text/event-stream: {schema: {type: string}}}}}}
  /lines:
    get: {operationId: lines, responses: {'200': {description: lines, content: {application/x-ndjson: {itemSchema: {type: object, required: [a]}}}}}}
  /query:
    get:
      operationId: query
      parameters:
        - {name: flag, in: query, allowEmptyValue: true, schema: {type: integer}}
        - {name: strict, in: query, schema: {type: integer}}
        - {name: expand, in: query, style: deepObject, explode: true, schema: {type: array, items: {enum: [a, b]}}}
        - {name: free, in: query, required: true, schema: {type: object}}
      responses: {'204': {description: fine}}
";

fn folder() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "a.yaml", DOCUMENT);
    put(folder.path(), "fixtures/a/events/200.sse", "data: one\n\ndata: two\n\n");
    put(folder.path(), "fixtures/a/events/200.toml", "delay = \"150ms\"\n");
    put(folder.path(), "fixtures/a/lines/200.jsonl", "{\"a\": 1}\n{\"a\": 2}\n");
    put(folder.path(), "fixtures/a/getThing/200.third.json", "{\"id\": 3}");
    put(folder.path(), "fixtures/a/getThing/200.third.toml", "[when]\n\"path.id\" = \"9\"\ncall = \"1-2\"\n");
    folder
}

#[rstest]
#[case("GET /several", 200, "{\"a\":1}")]
#[case("POST /several", 201, "")]
#[case("PUT /several", 203, "{\"a\":1}")]
#[case("DELETE /several", 204, "")]
#[case("GET /forms", 200, "{\"a\":\"x\"}")]
#[case("DELETE /things/first", 204, "")]
#[case("PATCH /things/first", 405, "*")]
#[case("GET /query?flag=&x=1", 204, "")]
#[case("GET /query?flag&x=1", 204, "")]
#[case("GET /query?strict=&x=1", 422, "*")]
#[case("GET /query?expand[]=a&x=1", 204, "")]
#[case("GET /query?expand[0]=a&expand[1]=b&x=1", 204, "")]
#[case("GET /query?expand[0]=c&x=1", 422, "*")]
#[case("GET /query", 422, "*")]
#[tokio::test]
async fn the_right_answer_is_sent(#[case] request: &str, #[case] status: u16, #[case] body: &str) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["a.yaml"]);
    let (method, target) = request.split_once(' ').expect("a method");
    let answer = send(&mock.url, method, target, &[], "").await;
    let said = text(&answer.body);
    assert_eq!(answer.status.as_u16(), status, "{said}");
    assert!(body == "*" || body == said, "{said}");
    if status == 405 {
        assert_eq!(answer.headers["allow"], "DELETE, GET, HEAD, OPTIONS");
    }
}

#[tokio::test]
async fn header_fields_are_sent_as_documented() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["a.yaml"]);
    let made = send(&mock.url, "POST", "/things", &[], "").await;
    assert_eq!(made.headers["location"], format!("{}/things/7", mock.url));
    assert_eq!(made.headers["x-tags"], "a,b");
    let latin = send(&mock.url, "GET", "/latin", &[], "").await;
    assert_eq!(
        (&latin.headers["content-type"], &*latin.body),
        (&"text/plain; charset=iso-8859-1".parse().expect("a value"), &b"caf\xe9"[..])
    );
    let xml = send(&mock.url, "GET", "/forms", &[("accept", "application/xml")], "").await;
    assert_eq!(xml.body, "<it><a>  x </a></it>");
    assert_eq!(xml.headers["vary"], "accept");
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["a.yaml"]);
    let first = send(&mock.url, "GET", "/forms", &[], "").await;
    let tag = first.headers["etag"].to_str().expect("text").to_owned();
    let again = send(&mock.url, "GET", "/forms", &[("if-none-match", &format!("\"x\", W/{tag}"))], "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.headers["etag"], tag);
    let other = [("if-none-match", tag.as_str()), ("accept", "application/xml")];
    assert_eq!(send(&mock.url, "GET", "/forms", &other, "").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_fixture_can_be_for_the_first_calls_and_goes_before_state() {
    let folder = folder();
    for flags in [&["a.yaml"][..], &["a.yaml", "--stateful"]] {
        let mock = Mock::start(folder.path(), flags);
        let mut seen = Vec::new();
        for _ in 0..3 {
            let answer = send(&mock.url, "GET", "/things/9", &[], "").await;
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            seen.push(body["id"].as_u64());
        }
        assert_eq!(seen[..2], [Some(3), Some(3)], "{flags:?}");
        assert_ne!(seen[2], Some(3), "{flags:?}");
    }
}

/// Each event comes when it is sent, not all at the end.
#[test]
fn events_are_sent_one_by_one() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["a.yaml"]);
    let mut socket = TcpStream::connect(mock.url.trim_start_matches("http://")).expect("a connection");
    write!(socket, "GET /events HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n").expect("sent");
    let mut lines = BufReader::new(socket).lines().map_while(Result::ok);
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
    assert!(!head.iter().any(|line| line.starts_with("content-length")), "{head:?}");
    let mut at = |wanted: &str| {
        assert!(lines.by_ref().any(|line| line == wanted), "{wanted}");
        Instant::now()
    };
    let (first, second) = (at("data: one"), at("data: two"));
    assert!(second - first >= Duration::from_millis(100), "{:?}", second - first);
    let mut whole = TcpStream::connect(mock.url.trim_start_matches("http://")).expect("a connection");
    write!(whole, "GET /lines HTTP/1.0\r\nHost: mock\r\n\r\n").expect("sent");
    let mut said = String::new();
    whole.read_to_string(&mut said).expect("an answer");
    assert!(said.contains("{\"a\": 1}\n") && said.contains("{\"a\": 2}\n"), "{said}");
    assert!(said.contains("content-type: application/x-ndjson"), "{said}");
}

#[tokio::test]
async fn examples_of_swagger_2_count_without_a_schema() {
    let folder = empty();
    let document = "swagger: '2.0'\ninfo: {title: Old, version: '1'}\nproduces: [application/json, application/xml]\npaths:\n  /a:\n    get:\n      operationId: a\n      responses: {'200': {description: ok, examples: {application/json: {a: 1}}}}\n";
    put(folder.path(), "old.yaml", document);
    let mock = Mock::start(folder.path(), &["old.yaml"]);
    let answer = send(&mock.url, "GET", "/a", &[], "").await;
    assert_eq!(
        (answer.headers["counterpart-source"].to_str().expect("text"), text(&answer.body)),
        ("example", "{\"a\":1}".to_owned())
    );
}

/// What is not supported is a problem of the document, and not silence.
#[test]
fn what_is_not_supported_is_told() {
    let folder = empty();
    let document = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    post:\n      operationId: a\n      requestBody:\n        content:\n          multipart/mixed:\n            schema: {type: object, properties: {file: {type: string}}}\n            encoding: {file: {headers: {X-Rate: {schema: {type: integer}}}}}\n      responses: {'204': {description: done}}\n";
    put(folder.path(), "a.yaml", document);
    let output = counterpart(folder.path(), &["lint", "a.yaml"]);
    assert!(
        text(&output.stdout).contains("the headers of the part \"file\" are not supported"),
        "{}",
        text(&output.stdout)
    );
}

/// The mock wants the headers that the document wants of a part, and the runner sends them.
#[tokio::test]
async fn headers_of_parts_are_judged_and_sent() {
    let file =
        json!({"headers": {"X-Rate": {"required": true, "schema": {"type": "integer", "minimum": 3}}}});
    let form = json!({"schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}},
        "encoding": {"file": file}});
    let api = Api::written(
        &json!({"openapi": "3.1.0", "paths": {"/files/search": {"post": {"operationId": "search",
            "requestBody": {"required": true, "content": {"multipart/form-data": form}},
            "responses": {"200": {"description": "all"}, "422": {"description": "no"}},
        }}}}),
        "",
    );
    let mock = api.mock(&[]).await;
    let part = |headers: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n{headers}\r\nx\r\n--b--\r\n")
    };
    let kind = [("content-type", "multipart/form-data; boundary=b")];
    for (headers, status) in [("X-Rate: 3\r\n", 200), ("X-Rate: 2\r\n", 422), ("", 422)] {
        let answer = mock.send("POST", "/files/search", &kind, &part(headers)).await;
        assert_eq!(answer.status.as_u16(), status, "{headers}: {}", text(&answer.body));
    }
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:?}", run.findings);
    let operation = &run.operations[0];
    assert!(operation.statuses.contains_key("200"), "{operation:?}");
}

/// Plausible objects have the id that was asked for and differ by it; at the edges the values come in turn.
#[tokio::test]
async fn made_values_follow_the_id_and_go_to_the_edges() {
    let folder = empty();
    let document = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /people:\n    get: {operationId: people, responses: {'200': {description: all, content: {application/json: {schema: {type: array, maxItems: 5, items: {$ref: '#/components/schemas/Person'}}}}}}}\n  /people/{id}:\n    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n    get: {operationId: person, responses: {'200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Person'}}}}}}\ncomponents:\n  schemas:\n    Person:\n      type: object\n      required: [id, first_name, last_name, email, photo, born]\n      properties:\n        id: {type: integer}\n        first_name: {type: string, maxLength: 12}\n        last_name: {type: string}\n        email: {type: string, format: email}\n        photo: {type: string, format: byte}\n        born: {type: string, format: date}\n        nickname: {type: [string, 'null']}\n";
    put(folder.path(), "t.yaml", document);
    let get = async |mock: &Mock, target: &str| -> Value {
        let answer = send(&mock.url, "GET", target, &[], "").await;
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let plausible = Mock::start(folder.path(), &["t.yaml", "--dynamic", "--seed", "4"]);
    let (one, two) = (get(&plausible, "/people/1").await, get(&plausible, "/people/2").await);
    assert_eq!((one["id"].as_u64(), two["id"].as_u64()), (Some(1), Some(2)));
    assert_ne!(one["email"], two["email"]);
    assert_eq!(get(&plausible, "/people/1").await, one);
    let name = |member: &str| one[member].as_str().expect("text").to_lowercase();
    assert_eq!(one["email"], format!("{}.{}@example.com", name("first_name"), name("last_name")));
    let year: u16 = one["born"].as_str().expect("a date")[..4].parse().expect("a year");
    assert!((1950..2005).contains(&year), "{one}");
    let edges = Mock::start(folder.path(), &["t.yaml", "--dynamic=edge"]);
    let mut lengths = Vec::new();
    for _ in 0..4 {
        let people = get(&edges, "/people").await;
        lengths.push(people.as_array().expect("a list").len());
        let person = get(&edges, "/people/1").await;
        let length = person["first_name"].as_str().expect("text").chars().count();
        lengths.push(length);
    }
    assert_eq!(lengths[..6], [0, 0, 5, 12, 0, 0], "{lengths:?}");
    let several = Mock::start(folder.path(), &["t.yaml", "--items", "3"]);
    let people = get(&several, "/people").await;
    let ids: std::collections::BTreeSet<_> =
        people.as_array().expect("a list").iter().map(|one| one["id"].as_i64()).collect();
    assert_eq!(ids.len(), 3, "{people}");
    let wrong = counterpart(folder.path(), &["mock", "t.yaml", "--dynamic=odd"]);
    assert_eq!(wrong.status.code(), Some(2));
}
