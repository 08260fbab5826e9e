//! `counterpart proxy` between real sockets: what goes through is unchanged, and both sides are judged.

mod recorded;
mod secured;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::program::program;

const API: &str = r"
openapi: 3.2.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 9}}]
      responses:
        '200': {description: all, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}
        '400': {description: bad}
    post:
      operationId: create
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '400': {description: bad}
  /pets/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: none}
  /news:
    get:
      operationId: news
      responses: {'200': {description: a stream, content: {text/event-stream: {itemSchema: {properties: {data: {pattern: n}}}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: integer}, name: {type: string}}
";

/// A proxy of the binary on a free port. It ends when this is dropped, and prints its reports when it is stopped.
pub struct Proxy {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    pub host: String,
}

impl Proxy {
    fn start(folder: &Path, url: &str, arguments: &[&str]) -> Self {
        put(folder, "api.yaml", API);
        Self::start_with(folder, &[&["api.yaml", "--url", url], arguments].concat())
    }

    pub fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["proxy", "-p", "0", "-q"];
        all.extend(arguments);
        let mut child = command(folder, &all).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let said = line.trim().strip_prefix("listening on http://").expect("an address");
        let host = said.split(',').next().expect("an address").to_owned();
        Self { child, out, host }
    }

    /// The whole answer to a request that ends its connection.
    fn ask(&self, request: &str) -> String {
        ask(&self.host, request)
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host))
    }

    /// What control tells.
    fn control(&self, path: &str) -> Value {
        let answer = self.get(&format!("/__counterpart/{path}"));
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("JSON")
    }

    /// Stops it; what it printed, and its exit code.
    pub fn stop(mut self) -> (String, Option<i32>) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::TERM).expect("a signal");
        let mut said = String::new();
        self.out.read_to_string(&mut said).expect("a text");
        (said, self.child.wait().expect("it ends").code())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole answer of a server to a request that ends its connection.
pub fn ask(host: &str, request: &str) -> String {
    let mut socket = TcpStream::connect(host).expect("a connection");
    socket.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("it is read");
    text(&answer)
}

/// A server that answers each connection with the same octets, and tells what it was sent.
fn upstream(answer: &'static str) -> (String, Receiver<String>) {
    let (sent, received) = channel();
    let url = served(move |mut socket, head| {
        sent.send(head).expect("somebody listens");
        // Who ends the connection says so: else the next request may come upon one that is just closed.
        let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let _ = socket.write_all(answer.as_bytes());
        let _ = socket.shutdown(Shutdown::Write);
    });
    (url, received)
}

/// A server that is handed each connection with what came first on it.
fn served(mut serve: impl FnMut(TcpStream, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for socket in listener.incoming().filter_map(Result::ok) {
            let head = request(&socket);
            serve(socket, head);
        }
    });
    url
}

/// A request with as much of a body as it announces.
fn request(socket: &TcpStream) -> String {
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().expect("a number"))
    });
    let mut body = vec![0; length.unwrap_or(0)];
    // Who breaks off has said enough.
    let _ = reader.read_exact(&mut body);
    head + &text(&body)
}

/// The lines of an answer, but for those that a connection has for itself.
fn end_to_end(answer: &str) -> Vec<&str> {
    let is_own = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        ["date", "connection", "transfer-encoding"].iter().any(|own| name.eq_ignore_ascii_case(own))
    };
    let mut lines: Vec<&str> = answer.lines().filter(|line| !is_own(line)).collect();
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    lines[1..end].sort_unstable();
    lines
}

#[rstest]
#[case::odd_names(
    "HTTP/1.1 200 Quite Fine\r\nX-OddName: a\r\nSet-Cookie: a=1\r\nset-cookie: b=2; Path=/\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
)]
#[case::no_content("HTTP/1.1 204 No Content\r\nX-A: &;x\r\n\r\n")]
#[case::undocumented("HTTP/1.1 418 I'm a teapot\r\nContent-Length: 3\r\n\r\ntea")]
#[case::redirect("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n")]
#[case::coded(
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnope"
)]
fn an_answer_comes_as_it_was_sent(#[case] sent: &'static str) {
    let folder = empty();
    let (url, received) = upstream(sent);
    let direct =
        ask(url.trim_start_matches("http://"), "GET /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let proxy = Proxy::start(folder.path(), &url, &[]);
    let through = proxy.ask("GET /pets?limit=3&x=%2F+%C3%A4 HTTP/1.1\r\nHost: proxy\r\nX-OddCase: 1\r\nx-twice: a\r\nx-twice: b\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nTE: gzip\r\nAuthorization: Bearer abc\r\nAccept: */*\r\n\r\n");
    assert_eq!(end_to_end(&through), end_to_end(&direct));
    received.recv_timeout(Duration::from_secs(5)).expect("the direct request");
    let arrived = received.recv_timeout(Duration::from_secs(5)).expect("a request");
    let mut lines: Vec<&str> = arrived.lines().filter(|line| !line.is_empty()).collect();
    lines[1..].sort_unstable();
    let host = format!("Host: {}", url.trim_start_matches("http://"));
    let expected = [
        "GET /pets?limit=3&x=%2F+%C3%A4 HTTP/1.1",
        "Accept: */*",
        "Authorization: Bearer abc",
        &host,
        "X-OddCase: 1",
        "x-twice: a",
        "x-twice: b",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn both_sides_are_judged() {
    let folder = empty();
    let (url, _received) = upstream(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n[{\"id\":\"1\"}]",
    );
    let json = folder.path().join("run.json");
    let report = format!("json={}", json.display());
    let proxy = Proxy::start(
        folder.path(),
        &url,
        &["--deny", "findings,violations", "--report", "console", "--report", &report],
    );
    assert!(proxy.get("/pets?limit=10").starts_with("HTTP/1.1 200"));
    assert!(proxy.get("/pets").starts_with("HTTP/1.1 200"));
    assert!(proxy.get("/cats").starts_with("HTTP/1.1 200"));
    let journal = proxy.control("requests");
    let told = |at: usize, what: &str| journal["requests"][at][what].to_string();
    assert!(told(0, "violations").contains("at most 9"), "{journal:#}");
    assert!(told(0, "findings").contains("body-schema"), "{journal:#}");
    assert_eq!((told(1, "violations").as_str(), told(1, "source").as_str()), ("[]", "\"target\""));
    assert!(told(2, "violations").contains("no operation has this path"), "{journal:#}");
    let (said, code) = proxy.stop();
    assert_eq!(code, Some(1), "{said}");
    let run: Value = serde_json::from_slice(&std::fs::read(json).expect("a report")).expect("JSON");
    let rules: Vec<&str> =
        run["findings"].as_array().expect("findings").iter().filter_map(|f| f["rule"].as_str()).collect();
    assert!(rules.contains(&"body-schema") && rules.contains(&"invalid-accepted"), "{rules:?}");
    let listed = &run["operations"][0];
    assert_eq!((listed["operation"].as_str(), listed["requests"].as_u64()), (Some("list"), Some(2)));
}

/// A healthy pair of client and server gives no complaint at all.
#[test]
fn nothing_is_said_of_what_is_right() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let mock = Mock::start(folder.path(), &["api.yaml", "--stateful"]);
    let output = counterpart(
        folder.path(),
        &[
            "proxy",
            "api.yaml",
            "--url",
            &mock.url,
            "--deny",
            "violations,unknown,findings,warnings",
            "--min-operations",
            "1",
            "--",
            program(),
            "GET /pets?limit=3",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("✓ GET "), "{}", text(&output.stdout));
}

#[test]
fn what_breaks_the_document_is_refused_where_that_is_asked_for() {
    let folder = empty();
    let (url, received) =
        upstream("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]");
    let proxy = Proxy::start(folder.path(), &url, &["--enforce"]);
    let answer = proxy.get("/pets?limit=10");
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("counterpart-source: refusal"), "{answer}");
    assert!(proxy.get("/cats").starts_with("HTTP/1.1 404"));
    let wrong = "DELETE /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(proxy.ask(wrong).starts_with("HTTP/1.1 405"));
    let bad = "POST /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"id\": 1}";
    assert!(proxy.ask(bad).starts_with("HTTP/1.1 400"));
    assert!(received.try_recv().is_err(), "nothing of it went to the target");
    assert!(proxy.get("/pets?limit=9").starts_with("HTTP/1.1 200"));
    assert!(
        received.recv_timeout(Duration::from_secs(5)).expect("a request").starts_with("GET /pets?limit=9 ")
    );
}

#[test]
fn the_mock_answers_what_is_not_there_yet() {
    let folder = empty();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let proxy = Proxy::start(folder.path(), &nobody, &["--fallback", "mock"]);
    let made = "POST /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"id\": 7, \"name\": \"rex\"}";
    let answer = proxy.ask(made);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let read = proxy.get(&format!("/pets/{}", body["id"]));
    assert!(read.contains("rex"), "the mock keeps state: {answer} {read}");
    drop(proxy);
    let proxy = Proxy::start(folder.path(), &nobody, &[]);
    let answer = proxy.get("/pets");
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("gave no answer"), "{answer}");
    drop(proxy);
    // What the target has is its own, a missing object included.
    let url = served(|mut socket, head| {
        let (status, body) = match head.split(' ').nth(1) {
            Some("/pets/1") => ("200 OK", "{\"id\": 1, \"name\": \"own\"}"),
            Some("/news") => ("501 Not Implemented", ""),
            _ => ("404 Not Found", ""),
        };
        let length = body.len();
        let _ = write!(
            socket,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    });
    let proxy = Proxy::start(folder.path(), &url, &["--fallback", "mock"]);
    let source = |answer: String| {
        let line = answer.lines().find(|line| line.starts_with("counterpart-source: ")).map(str::to_owned);
        line.unwrap_or_default()
    };
    assert!(!source(proxy.get("/pets/2")).is_empty(), "it may not be there yet");
    assert!(!source(proxy.get("/pets")).is_empty());
    assert!(!source(proxy.get("/news")).is_empty());
    assert!(proxy.get("/pets/1").contains("own"));
    let missing = proxy.get("/pets/2");
    assert!(missing.starts_with("HTTP/1.1 404") && source(missing.clone()).is_empty(), "{missing}");
}

/// An item of a stream arrives before the next one is sent, and what is in it is judged.
#[test]
fn streams_go_through_as_they_come() {
    let folder = empty();
    let (go_on, may_go_on): (Sender<()>, Receiver<()>) = channel();
    let url = served(move |mut socket, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        let _ = write!(socket, "{head}data: {{\"n\": 1}}\n\n");
        may_go_on.recv().expect("the first was read");
        let _ = write!(socket, "data: 2\n\n");
        let _ = socket.shutdown(Shutdown::Both);
    });
    let proxy = Proxy::start(folder.path(), &url, &[]);
    let mut socket = TcpStream::connect(&proxy.host).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    write!(socket, "GET /news HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it is sent");
    let mut got = String::new();
    let mut octets = [0; 1024];
    while !got.contains("\"n\": 1") {
        let read = socket.read(&mut octets).expect("the first item");
        assert!(read > 0, "{got}");
        got.push_str(&text(&octets[..read]));
    }
    go_on.send(()).expect("it goes on");
    socket.read_to_string(&mut got).expect("the rest");
    assert!(got.contains("data: 2"), "{got}");
    let journal = proxy.control("requests");
    assert!(journal["requests"][0]["findings"].to_string().contains("body-schema"), "{journal:#}");
}

/// WebSocket and the like: octets go both ways, and nothing is judged.
#[test]
fn another_protocol_goes_through() {
    let folder = empty();
    let url = served(|mut socket, head| {
        assert!(head.to_ascii_lowercase().contains("upgrade: echo"), "{head}");
        let agreed = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n";
        let _ = socket.write_all(agreed.as_bytes());
        let mut octets = [0; 16];
        let read = socket.read(&mut octets).expect("octets");
        let _ = socket.write_all(&octets[..read]);
    });
    let proxy = Proxy::start(folder.path(), &url, &[]);
    let mut socket = TcpStream::connect(&proxy.host).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    write!(socket, "GET /news HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        .expect("sent");
    let mut reader = BufReader::new(socket.try_clone().expect("a handle"));
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    assert!(
        head.starts_with("HTTP/1.1 101") && head.to_ascii_lowercase().contains("upgrade: echo"),
        "{head}"
    );
    socket.write_all(b"ping").expect("octets");
    let mut echoed = [0; 4];
    reader.read_exact(&mut echoed).expect("octets");
    assert_eq!(&echoed, b"ping");
    let journal = proxy.control("requests");
    assert_eq!(journal["requests"][0]["status"], 101, "{journal:#}");
}

/// A body larger than what is judged goes through whole, and is said to be unjudged.
#[test]
fn large_bodies_go_through_unjudged() {
    let folder = empty();
    let url = served(|mut socket, head| {
        let length = head.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
        let body = format!("[{}]", " ".repeat(length));
        let head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n";
        let _ = write!(socket, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    });
    let proxy = Proxy::start(folder.path(), &url, &["--max-body", "1000"]);
    let body = format!("{{\"id\": 1, \"name\": \"{}\"}}", "x".repeat(200_000));
    let head = "POST /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let answer = proxy.ask(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
    let (_, got) = answer.split_once("\r\n\r\n").expect("a body");
    assert_eq!(got.len(), body.len() + 2);
    let journal = proxy.control("requests");
    assert_eq!(journal["requests"][0]["violations"].to_string(), "[]", "{journal:#}");
    let one = proxy.control("requests/1");
    assert!(one.to_string().contains("did not go through whole"), "{one:#}");
}

#[rstest]
#[case::no_address(&[], "--url is missing")]
#[case::no_url(&["--url", "localhost:80"], "must begin with http")]
#[case::unknown(&["--url", "http://127.0.0.1:1", "--deny", "finding"], "possible values")]
fn mistakes_are_told(#[case] arguments: &[&str], #[case] expected: &str) {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let mut all = vec!["proxy", "api.yaml", "-p", "0"];
    all.extend(arguments);
    let output = counterpart(folder.path(), &all);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
}

/// A target that does not keep its word, and clients that do not wait, harm nobody else.
#[test]
fn broken_messages_are_told_and_harm_nobody() {
    let folder = empty();
    let url = served(|mut socket, head| {
        let answer = match head.split(' ').nth(1) {
            Some("/pets/1") => {
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\""
            }
            Some("/pets/2") => "what is this\r\n\r\n",
            Some("/pets/3") => "",
            _ => {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
            }
        };
        let _ = socket.write_all(answer.as_bytes());
        let _ = socket.shutdown(Shutdown::Both);
    });
    let report = folder.path().join("run.json");
    let proxy = Proxy::start(folder.path(), &url, &["--report", &format!("json={}", report.display())]);
    assert!(proxy.get("/pets/1").ends_with("{\"id\""), "as much as came");
    for path in ["/pets/2", "/pets/3"] {
        let answer = proxy.get(path);
        assert!(
            answer.starts_with("HTTP/1.1 502") && answer.contains("application/problem+json"),
            "{answer}"
        );
    }
    // Two lengths are two messages for whoever takes the other one (RFC 9112 §6.3).
    let smuggled = "POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /pets/1 HTTP/1.1\r\n\r\n";
    proxy.ask(smuggled);
    let mut left = TcpStream::connect(&proxy.host).expect("a connection");
    left.write_all(b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{").expect("it is sent");
    drop(left);
    assert!(proxy.get("/pets").ends_with("[]"), "the next one is served");
    let journal = proxy.control("requests");
    assert!(journal["requests"][0]["findings"].to_string().contains("response-truncated"), "{journal:#}");
    assert!(journal["requests"][1]["findings"].to_string().contains("connection-failed"), "{journal:#}");
    let (said, _) = proxy.stop();
    let run: Value = serde_json::from_slice(&std::fs::read(report).expect("a report")).expect("JSON");
    let rules: Vec<&str> =
        run["findings"].as_array().expect("findings").iter().filter_map(|f| f["rule"].as_str()).collect();
    assert!(
        rules.contains(&"response-truncated") && rules.contains(&"connection-failed"),
        "{rules:?} {said}"
    );
}

/// A target may hang up on a connection that was kept open, just when the next request comes. What does no harm twice is
/// sent once more (RFC 9110 §9.2.2), and nothing else is.
#[test]
fn what_does_no_harm_is_sent_again_when_a_target_hangs_up() {
    let folder = empty();
    let (sent, received) = channel();
    let url = served(move |mut socket, head| {
        sent.send(head).expect("somebody listens");
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
        let _ = socket.write_all(answer.as_bytes());
        // The next request on it is read and told, and only then, without an answer, does the connection end.
        let sent = sent.clone();
        std::thread::spawn(move || sent.send(request(&socket)));
    });
    let proxy = Proxy::start(folder.path(), &url, &[]);
    let of = |received: &Receiver<String>| -> Vec<String> {
        let all = std::iter::from_fn(|| received.try_recv().ok());
        all.filter_map(|head| head.split(' ').next().map(str::to_owned))
            .filter(|word| !word.is_empty())
            .collect()
    };
    assert!(proxy.get("/pets").starts_with("HTTP/1.1 200"));
    assert!(proxy.get("/pets").starts_with("HTTP/1.1 200"));
    assert_eq!(of(&received), ["GET", "GET", "GET"], "the second went out twice");
    let create = "POST /pets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    assert!(proxy.ask(create).starts_with("HTTP/1.1 502"));
    assert_eq!(of(&received), ["POST"]);
}
