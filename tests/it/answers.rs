//! What the mock sends for documents that say unusual things, octet by octet.

use std::io::{Read, Write};
use std::net::TcpStream;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, empty, put};

const DOCUMENT: &str = "openapi: 3.1.0
info: {title: Odd, version: '1'}
servers:
  - url: 'https://api.example/{region}/v1'
    variables: {region: {default: eu, enum: [eu, us]}}
paths:
  /framed:
    get:
      operationId: framed
      responses:
        '200':
          description: framed
          headers:
            Content-Length: {required: true, schema: {type: integer, example: 3}}
            Content-Encoding: {required: true, schema: {type: string, example: gzip}}
            Transfer-Encoding: {required: true, schema: {type: string, example: chunked}}
            Connection: {required: true, schema: {type: string, example: close}}
          content: {application/json: {example: {hello: world}}}
  /versions:
    get:
      operationId: versions
      responses:
        '200':
          description: two forms
          content:
            application/json; version=1: {example: {v: 1}}
            application/json; version=2: {example: {v: 2}}
    put:
      operationId: putVersion
      requestBody:
        required: true
        content:
          application/json; version=1: {schema: {type: object, required: [one]}}
          application/json; version=2: {schema: {type: object, required: [two]}}
      responses: {'204': {description: done}}
  /elsewhere:
    servers: [{url: /files}]
    get: {operationId: elsewhere, responses: {'204': {description: there}}}
  /table:
    get:
      operationId: table
      responses:
        '200': {description: a table, content: {text/csv: {examples: {file: {externalValue: more/table.csv}}}}}
  /list:
    parameters: {$ref: 'more/parameters.yaml'}
    get: {operationId: list, responses: {'204': {description: done}}}
  /kitten:
    get:
      operationId: kitten
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Kitten'}}}}
components:
  schemas:
    Animal:
      type: object
      required: [kind]
      properties: {kind: {type: string}}
      discriminator: {propertyName: kind, mapping: {small cat: '#/components/schemas/Kitten'}}
    Kitten: {allOf: [{$ref: '#/components/schemas/Animal'}, {properties: {age: {type: integer}}}]}
";

fn folder() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "odd.yaml", DOCUMENT);
    put(folder.path(), "more/table.csv", "a,b\n1,2\n");
    put(folder.path(), "more/parameters.yaml", "- {name: n, in: query, schema: {type: integer}}\n");
    put(folder.path(), "fixtures/odd/elsewhere/204.empty", "");
    let cookies = "[headers]\nset-cookie = [\"a=1; Path=/\", \"b=2\"]\nx-one = \"1\"\n";
    put(folder.path(), "fixtures/odd/elsewhere/204.toml", cookies);
    folder
}

/// Sends what is written, and gives head and body of all that comes back until the end.
fn exchange(mock: &Mock, head: &str, body: &[u8]) -> (String, String) {
    let address = mock.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let length = body.len();
    write!(stream, "{head}\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
        .expect("a head");
    stream.write_all(body).expect("a body");
    let mut whole = String::new();
    stream.read_to_string(&mut whole).expect("an answer");
    let (head, body) = whole.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), body.to_owned())
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast())
        .read_to_end(&mut packed)
        .expect("octets");
    packed
}

#[test]
fn framing_follows_from_the_message_alone() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["odd.yaml"]);
    let (head, body) = exchange(&mock, "GET /framed HTTP/1.1", b"");
    assert_eq!(serde_json::from_str::<Value>(&body).expect("JSON"), json!({"hello": "world"}));
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    for name in ["content-encoding", "transfer-encoding"] {
        assert!(!head.contains(name), "{head}");
    }
}

#[test]
fn a_sidecar_may_set_several_lines_of_one_header() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["odd.yaml"]);
    let (head, _) = exchange(&mock, "GET /files/elsewhere HTTP/1.1", b"");
    for line in ["set-cookie: a=1; path=/", "set-cookie: b=2", "x-one: 1"] {
        assert!(head.lines().any(|known| known == line), "{line}\n{head}");
    }
}

#[rstest]
#[case("GET /eu/v1/table", 200, "a,b\n1,2\n")]
#[case("GET /us/v1/table", 200, "a,b\n1,2\n")]
#[case("GET /table", 200, "a,b\n1,2\n")]
#[case("GET /asia/v1/table", 404, "")]
#[case("GET /files/elsewhere", 204, "")]
#[case("GET /files/table", 404, "")]
#[case("GET /list?n=1", 204, "")]
#[case("GET /list?n=x", 422, "")]
#[case("GET /kitten", 200, "{\"age\":0,\"kind\":\"small cat\"}")]
fn paths_and_parts_of_elsewhere(#[case] request: &str, #[case] expected: u16, #[case] body: &str) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["odd.yaml"]);
    let (head, found) = exchange(&mock, &format!("{request} HTTP/1.1"), b"");
    assert_eq!(status(&head), expected, "{found}");
    if !body.is_empty() {
        let shown = match serde_json::from_str::<std::collections::BTreeMap<String, Value>>(&found) {
            Ok(value) => serde_json::to_string(&value).expect("JSON"),
            Err(_) => found,
        };
        assert_eq!(shown, body);
    }
}

#[rstest]
#[case("version=1", "version=1", 200, "{\"one\": 1}", 204)]
#[case("version=2", "version=\"2\"", 200, "{\"two\": 1}", 204)]
#[case("version=2", "version=2;charset=utf-8", 200, "{\"one\": 1}", 422)]
#[case("version=3", "version=3", 406, "{\"one\": 1, \"two\": 1}", 415)]
fn parameters_of_media_types_count(
    #[case] accepted: &str,
    #[case] sent: &str,
    #[case] answered: u16,
    #[case] body: &str,
    #[case] taken: u16,
) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["odd.yaml"]);
    let accept = format!("GET /versions HTTP/1.1\r\nAccept: application/json;{accepted}");
    let (head, _) = exchange(&mock, &accept, b"");
    assert_eq!(status(&head), answered);
    if answered == 200 {
        assert!(head.contains(&format!("content-type: application/json; {accepted}\r\n")), "{head}");
    }
    let put = format!("PUT /versions HTTP/1.1\r\nContent-Type: application/json; {sent}");
    assert_eq!(status(&exchange(&mock, &put, body.as_bytes()).0), taken);
}

#[rstest]
#[case("gzip", gzip("{\"one\": 1}"), 204)]
#[case("gzip", gzip("{\"two\": 1}"), 422)]
#[case("gzip", b"{\"one\": 1}".to_vec(), 400)]
#[case("identity", b"{\"one\": 1}".to_vec(), 204)]
#[case("br", b"{\"one\": 1}".to_vec(), 400)]
#[case("zstd", b"{\"one\": 1}".to_vec(), 415)]
fn coded_bodies_are_read_or_refused(#[case] coding: &str, #[case] body: Vec<u8>, #[case] expected: u16) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["odd.yaml"]);
    let head = format!(
        "PUT /versions HTTP/1.1\r\nContent-Type: application/json; version=1\r\nContent-Encoding: {coding}"
    );
    let (head, found) = exchange(&mock, &head, &body);
    assert_eq!(status(&head), expected, "{found}");
    assert_eq!(head.contains("accept-encoding: gzip, deflate"), expected == 415, "{head}");
}

#[test]
fn ids_that_clients_choose_are_kept() {
    let thing = json!({"type": "object", "required": ["name"], "properties": {
        "id": {"type": "integer"}, "name": {"type": "string"},
    }});
    let content = json!({"application/json": {"schema": thing}});
    let (body, one) =
        (json!({"content": content, "required": true}), json!({"description": "one", "content": content}));
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    let document = json!({"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": {
        "/things": {"post": {"requestBody": body, "responses": {"201": one, "409": {"description": "taken"}}}},
        "/things/{id}": {
            "parameters": id,
            "get": {"responses": {"200": one, "404": {"description": "none"}}},
            "put": {"requestBody": body, "responses": {"200": one}},
            "patch": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "id": {"type": "integer", "nullable": true}, "name": {"type": "string"},
                }}}}},
                "responses": {"200": one},
            },
        },
    }});
    let folder = empty();
    put(folder.path(), "things.json", &document.to_string());
    let mock = Mock::start(folder.path(), &["things.json", "--stateful"]);
    let send = |request: &str, body: Value| {
        let head = format!("{request} HTTP/1.1\r\nContent-Type: application/json");
        let (head, found) = exchange(&mock, &head, body.to_string().as_bytes());
        (status(&head), serde_json::from_str::<Value>(&found).unwrap_or_default())
    };
    assert_eq!(send("POST /things", json!({"id": 41, "name": "a"})), (201, json!({"id": 41, "name": "a"})));
    assert_eq!(send("POST /things", json!({"id": 41, "name": "b"})).0, 409);
    assert_eq!(send("PUT /things/41", json!({"name": "c"})), (200, json!({"id": 41, "name": "c"})));
    assert_eq!(send("PATCH /things/41", json!({"id": null})), (200, json!({"id": 41, "name": "c"})));
    assert_eq!(send("POST /things", json!({"name": "d"})), (201, json!({"id": 42, "name": "d"})));
    let (_, found) = exchange(&mock, "GET /things/41 HTTP/1.1", b"");
    assert_eq!(serde_json::from_str::<Value>(&found).expect("JSON"), json!({"id": 41, "name": "c"}));
}

#[test]
fn made_ids_are_what_paths_want() {
    let content = json!({"application/json": {"schema": {
        "type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": true}},
    }}});
    let one = json!({"description": "one", "content": content});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    let document = json!({"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": {
        "/things": {"post": {"requestBody": {"content": content}, "responses": {"201": one}}},
        "/things/{id}": {"parameters": id, "get": {"responses": {"200": one, "404": {"description": "none"}}}},
    }});
    let folder = empty();
    put(folder.path(), "things.json", &document.to_string());
    let mock = Mock::start(folder.path(), &["things.json", "--stateful"]);
    let post = "POST /things HTTP/1.1\r\nContent-Type: application/json";
    let made: Vec<Value> =
        (0..2).map(|_| serde_json::from_str(&exchange(&mock, post, b"{}").1).expect("JSON")).collect();
    let ids: Vec<i64> = made.iter().filter_map(|made| made["id"].as_str()?.parse().ok()).collect();
    assert!(ids.len() == 2 && ids[1] == ids[0] + 1, "{made:?}");
    let (head, found) = exchange(&mock, &format!("GET /things/{} HTTP/1.1", ids[1]), b"");
    assert_eq!((status(&head), serde_json::from_str::<Value>(&found).expect("JSON")), (200, made[1].clone()));
}

/// Nothing keeps apart what an envelope holds, but its id is shown.
#[rstest]
#[case("GET /keys/7", 200)]
#[case("GET /keys/8", 404)]
#[case("DELETE /keys/8", 404)]
#[case("GET /zones/any", 200)]
fn replayed_collections_have_the_objects_that_they_show(#[case] request: &str, #[case] expected: u16) {
    let content =
        |schema: &Value, example: Value| json!({"application/json": {"schema": schema, "example": example}});
    let key = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
    let wrapped = json!({"type": "object", "properties": {"key": key, "other": {"type": "object"}}});
    let list = json!({"type": "object", "properties": {"keys": {"type": "array", "items": wrapped}}});
    let shown = json!({"key": {"id": 7}, "other": {"name": "x"}});
    let one = json!({"description": "one", "content": content(&wrapped, shown)});
    let all = json!({"description": "all", "content": content(&list, json!({"keys": [{"key": {"id": 7}}]}))});
    let id =
        json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "example": "z"}}]);
    let gone = json!({"204": {"description": "gone"}});
    let document = json!({"openapi": "3.0.3", "info": {"title": "Keys", "version": "1"}, "paths": {
        "/keys": {"get": {"responses": {"200": all}}},
        "/keys/{id}": {"parameters": id, "get": {"responses": {"200": one}}, "delete": {"responses": gone}},
        "/zones/{id}": {"parameters": id, "get": {"responses": {"200": one}}},
    }});
    let folder = empty();
    put(folder.path(), "keys.json", &document.to_string());
    let mock = Mock::start(folder.path(), &["keys.json", "--stateful"]);
    let (head, found) = exchange(&mock, &format!("{request} HTTP/1.1"), b"");
    assert_eq!(status(&head), expected, "{found}");
}

/// A schema of which only the last alternative fits needs more steps than anybody waits for.
#[tokio::test]
async fn what_could_not_be_judged_is_said() {
    let any: Vec<Value> = (0..1_000).map(|number| json!({"properties": {"a": {"const": number}}})).collect();
    let schema = json!({"type": "array", "items": {"anyOf": any}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/deep": {"post": {
        "operationId": "deep", "responses": {"204": {"description": "done"}},
        "requestBody": {"content": {"application/json": {"schema": schema}}},
    }}}});
    let mock = crate::support::Api::written(&tree, "").mock(&[]).await;
    let body = Value::from(vec![json!({"a": 999}); 10_000]).to_string();
    let response = mock.send("POST", "/deep", &[("content-type", "application/json")], &body).await;
    assert_eq!(response.status, 204);
    let why = response.headers["counterpart-unjudged"].to_str().unwrap();
    assert!(why.contains("million steps"), "{why}");
    let id = response.headers["counterpart-request"].to_str().unwrap();
    let one = mock.send("GET", &format!("/__counterpart/requests/{id}"), &[], "").await;
    let one: Value = serde_json::from_slice(&one.body).unwrap();
    assert_eq!(one["unjudged"], why);
}
