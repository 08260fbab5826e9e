//! The mock against a bare axum server that sends the same octets, per server CPU-second.
//!
//! The mock is the real binary. Each server is a process of its own, so that its CPU time is its own; rounds are
//! interleaved, so that a machine whose speed drifts slows both. Linux only: CPU time is read from `/proc`.
//!
//! `cargo bench --bench mock`; `cargo bench --bench mock -- --quick` for a short look. Other mock servers are measured
//! beside it where `benches/peers` installed them, and with `--before=PATH` another build of `counterpart`.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark reads files and its arguments"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use counterpart::contract::{Contract, Direction, build};
use counterpart::document::Document;

const PATH: &str = "/api/projects/1/annotations/";
const BODY: &str = r#"{"content": "Release 4.2 is out", "date_marker": "2026-05-04T12:00:00Z", "scope": "project", "creation_type":"GIT"}"#;
/// Enough that the server always has something to do.
const CONNECTIONS: usize = 64;
/// What stands in a request for a number that is another one each time.
const NUMBER: &str = "{number}";
/// The last of these numbers, which are as long as what stands for them.
static SENT: AtomicUsize = AtomicUsize::new(10_000_000);
/// Objects of a state that is not small.
const OBJECTS: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == "--serve=limit") {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        return runtime.expect("a runtime").block_on(limit());
    }
    let quick = std::env::args().any(|argument| argument == "--quick");
    let effort =
        if quick { Effort { rounds: 3, requests: 16_000 } } else { Effort { rounds: 9, requests: 48_000 } };
    println!(
        "requests per server CPU-second, {} interleaved rounds of {} requests each; median, least and most",
        effort.rounds, effort.requests
    );
    replayed(effort);
    sizes(effort);
    stateful(effort);
    peers(effort);
}

#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    requests: usize,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> Bytes {
    std::fs::read(root().join("fixtures/core-7").join(name)).expect("a fixture").into()
}

fn core7() -> Contract {
    let text = std::fs::read(root().join("specs/core-7.yaml")).expect("the document");
    let (document, _) = Document::parse("core-7.yaml", &text, &mut |_| unreachable!("it refers to nothing"))
        .expect("it is read");
    build("core-7", &document).expect("it is a document").0
}

/// The bare server: the octets of the mock's answers, with the same header fields. It checks nothing but bodies.
async fn limit() {
    let contract = core7();
    let create = contract.operation("annotations_create").expect("the operation");
    let body = create.body.as_ref().and_then(|body| body.content_for("application/json"));
    let schema = body.and_then(|content| content.schema.clone()).expect("a schema");
    let (list, created) = (fixture("annotations_list/200.json"), fixture("annotations_create/201.json"));
    let json = |status: StatusCode, body: Bytes| -> Response {
        let fields = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("counterpart-request"), HeaderValue::from_static("100000")),
            (HeaderName::from_static("counterpart-source"), HeaderValue::from_static("fixture 200.json")),
            (header::ETAG, HeaderValue::from_static("\"0123456789abcdef\"")),
        ];
        let fields = fields.into_iter().filter(|(name, _)| status == StatusCode::OK || name != header::ETAG);
        (status, fields.collect::<HeaderMap>(), body).into_response()
    };
    let router = Router::new().route(
        PATH,
        get(move || async move { json(StatusCode::OK, list.clone()) }).post(move |body: Bytes| async move {
            let valid = serde_json::from_slice(&body)
                .is_ok_and(|value| schema.is_valid(Direction::Request, &value) == Ok(true));
            if valid {
                json(StatusCode::CREATED, created.clone())
            } else {
                StatusCode::BAD_REQUEST.into_response()
            }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("listening on http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

fn request(method: &str, path: &str, key: &str, body: &str) -> String {
    let length = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{length}\r\n{body}")
}

fn replayed(effort: Effort) {
    let (limit, mock) = (Server::limit(), Server::mock(&[]));
    println!("idle mock of Core-7: {:.1} MB resident, aim 20", mock.megabytes());
    let list = request("GET", &format!("{PATH}?limit=100&offset=0"), "mock:annotation:read", "");
    let create = request("POST", PATH, "mock:annotation:write", BODY);
    compare(
        "GET, 3 KB, key, scope and query checked",
        ("bare axum", &limit),
        ("mock", &mock),
        &list,
        0.9,
        effort,
    );
    let new = request("GET", &format!("{PATH}?limit=100&offset={NUMBER}"), "mock:annotation:read", "");
    compare("the same, each new", ("bare axum", &limit), ("mock", &mock), &new, 0.7, effort);
    compare("POST, body validated", ("bare axum", &limit), ("mock", &mock), &create, 0.85, effort);
    let new = request("POST", PATH, "mock:annotation:write", &BODY.replace("4.2", NUMBER));
    compare("the same, each new", ("bare axum", &limit), ("mock", &mock), &new, 0.7, effort);
    if let Some(program) = std::env::args().find_map(|word| word.strip_prefix("--before=").map(PathBuf::from))
    {
        let before = Server::mock_of(&program, &[]);
        println!("idle mock of Core-7, before: {:.1} MB resident", before.megabytes());
        compare("GET, before", ("bare axum", &limit), ("before", &before), &list, 0.9, effort);
        compare("POST, before", ("bare axum", &limit), ("before", &before), &create, 0.85, effort);
    }
}

/// A document of 1,200 operations against one of 6.
fn sizes(effort: Effort) {
    let of = |count: usize| {
        let answers = serde_json::json!({"200": {"description": "", "content": {"application/json": {
            "schema": {"type": "object"}, "example": {"id": 7, "name": "one"}}}}});
        let paths: serde_json::Map<String, serde_json::Value> = (0..count)
            .map(|number| (format!("/r{number}/{{id}}"), serde_json::json!({"get": {"parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}], "responses": answers}})))
            .collect();
        let document =
            serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths});
        let file = root().join(format!("target/bench-{count}.json"));
        std::fs::write(&file, document.to_string()).expect("a file");
        Server::mock(&[&file.display().to_string(), "--auth", "off"])
    };
    let (few, many) = (of(6), of(1_200));
    let one = request("GET", "/r5/7", "x", "");
    compare(
        "GET of one object, by the size of the document",
        ("6", &few),
        ("1,200", &many),
        &one,
        0.95,
        effort,
    );
}

/// What a state of many objects costs.
fn stateful(effort: Effort) {
    let (small, large) = (Server::mock(&["--stateful"]), Server::mock(&["--stateful"]));
    let create = request("POST", PATH, "mock:annotation:write", BODY);
    let started = Instant::now();
    large.send(&create, OBJECTS);
    println!("{OBJECTS} creates in {:.1} s of wall time", started.elapsed().as_secs_f64());
    small.send(&create, CONNECTIONS);
    let read = request("GET", &format!("{PATH}512/"), "mock:annotation:read", "");
    let short = Effort { requests: effort.requests / 4, ..effort };
    let names = (("few objects", &small), ("10,000", &large));
    compare("stateful GET of one object", names.0, names.1, &read, 0.9, effort);
    let list = request("GET", &format!("{PATH}?limit=10"), "mock:annotation:read", "");
    compare("stateful GET of a page of 10", names.0, names.1, &list, 0.9, short);
    // Each round makes objects, so both grow; the second always has ten thousand more. More rounds would go beyond
    // what all states together may hold.
    let few = Effort { rounds: 3, requests: 2_000 };
    compare("stateful POST", names.0, names.1, &create, 0.9, few);
}

/// Mock servers of other makes, on the same document and request, where they are installed.
fn peers(effort: Effort) {
    let packages = root().join("target/peers/node_modules");
    let document = root().join("specs/core-7.yaml").display().to_string();
    let mock = Server::mock(&[]);
    let list = request("GET", &format!("{PATH}?limit=100&offset=0"), "mock:annotation:read", "");
    let short = Effort { rounds: 3, requests: effort.requests / 16 };
    let told = format!("-Dmockserver.initializationJsonPath={}", expectation().display());
    let jar = jar_in(&packages.join("mockserver-node")).unwrap_or_default();
    let quiet = "-Dmockserver.logLevel=OFF";
    let commands: [(&str, PathBuf, &[&str]); 3] = [
        ("Prism", packages.join(".bin/prism"), &["mock", &document, "--port", "{port}"]),
        (
            "Mockoon",
            packages.join(".bin/mockoon-cli"),
            &["start", "--data", &document, "--port", "{port}", "--disable-log-to-file"],
        ),
        ("MockServer", "java".into(), &[&told, quiet, "-jar", &jar, "-serverPort", "{port}"]),
    ];
    for (name, program, words) in commands {
        match Server::peer(&program, words, &list) {
            Some(peer) => compare("GET of a list", (name, &peer), ("mock", &mock), &list, 1.0, short),
            None => println!("{name}: not installed (benches/peers installs it), or it does not start"),
        }
    }
}

/// The answer as `MockServer` is told it, since it matches no path whose parameters are documented once for all of its
/// operations. So it has less to do than the others: it knows neither the document nor the key.
fn expectation() -> PathBuf {
    let body = String::from_utf8(fixture("annotations_list/200.json").to_vec()).expect("text");
    let answer = serde_json::json!({"statusCode": 200, "headers": {"content-type": ["application/json"]}, "body": body});
    let told = serde_json::json!([{"httpRequest": {"method": "GET", "path": PATH}, "httpResponse": answer}]);
    let file = root().join("target/bench-mockserver.json");
    std::fs::write(&file, told.to_string()).expect("a file");
    file
}

/// The archive of a Java program that a package of npm brings.
fn jar_in(folder: &Path) -> Option<String> {
    let mut files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let jar = files.find(|path| path.extension().is_some_and(|kind| kind == "jar"))?;
    Some(jar.display().to_string())
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn limit() -> Self {
        Self::start(Command::new(std::env::current_exe().expect("this program")).arg("--serve=limit"))
    }

    fn mock(words: &[&str]) -> Self {
        Self::mock_of(Path::new(env!("CARGO_BIN_EXE_counterpart")), words)
    }

    fn mock_of(program: &Path, words: &[&str]) -> Self {
        Self::start(
            Command::new(program)
                .arg("mock")
                .args(words)
                .args(["--quiet", "--port", "0"])
                .current_dir(root()),
        )
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let address = line.trim().rsplit("http://").next().expect("an address").parse().expect("an address");
        Self { child, address }
    }

    /// A server that does not say where it listens; it is there when it answers the request.
    fn peer(program: &Path, words: &[&str], request: &str) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).ok()?;
        let words = words.iter().map(|word| word.replace("{port}", &free.port().to_string()));
        let quiet = || Stdio::null();
        let child = Command::new(program).args(words).stdout(quiet()).stderr(quiet()).spawn().ok()?;
        let server = Self { child, address: free };
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if answers(free, request).is_some() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        None
    }

    /// Resident memory.
    fn megabytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        resident.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }

    /// User and system time so far, in clock ticks.
    fn ticks(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("/proc");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split_whitespace().collect();
        fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")
    }

    /// Sends so many requests over all connections.
    fn send(&self, request: &str, requests: usize) {
        let (address, each) = (self.address, requests.div_ceil(CONNECTIONS));
        let clients = (0..CONNECTIONS).map(|_| {
            let request = request.to_owned();
            std::thread::spawn(move || load(address, &request, each))
        });
        for client in clients.collect::<Vec<_>>() {
            client.join().expect("a client");
        }
    }

    /// Requests per CPU-second (100 ticks) of the server.
    fn rate(&self, request: &str, requests: usize) -> f64 {
        let before = self.ticks();
        self.send(request, requests);
        let spent = (self.ticks() - before).max(1.0);
        f64::from(u32::try_from(requests).expect("a small number")) * 100.0 / spent
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a request succeeds.
fn answers(address: SocketAddr, request: &str) -> Option<()> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    socket.write_all(request.as_bytes()).ok()?;
    let mut head = [0; 11];
    socket.read_exact(&mut head).ok()?;
    head.starts_with(b"HTTP/1.1 20").then_some(())
}

/// Sends a request many times over one connection and reads every answer whole; [`NUMBER`] is counted up in it.
fn load(address: SocketAddr, request: &str, times: usize) {
    let mut socket = TcpStream::connect(address).expect("a connection");
    socket.set_nodelay(true).expect("no delay");
    let mut buffer = vec![0; 256 << 10];
    for _ in 0..times {
        let request = request.replace(NUMBER, &SENT.fetch_add(1, Ordering::Relaxed).to_string());
        socket.write_all(request.as_bytes()).expect("sent");
        let mut filled = 0;
        loop {
            filled += socket.read(&mut buffer[filled..]).expect("an answer");
            let seen = &buffer[..filled];
            let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&seen[..end]).expect("text").to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 20"), "{head}");
            let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
            let is_whole = match field("content-length:") {
                Some(length) => filled >= end + 4 + length.parse::<usize>().expect("a number"),
                None => seen.ends_with(b"0\r\n\r\n"),
            };
            if is_whole {
                break;
            }
        }
    }
}

/// The second server in proportion to the first.
fn compare(
    what: &str,
    (limit_name, limit): (&str, &Server),
    (name, server): (&str, &Server),
    request: &str,
    aim: f64,
    Effort { rounds, requests }: Effort,
) {
    limit.send(request, requests / 4);
    server.send(request, requests / 4);
    let mut rows: Vec<(f64, f64)> =
        (0..rounds).map(|_| (limit.rate(request, requests), server.rate(request, requests))).collect();
    rows.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (least, middle, most) = (rows[0], rows[rows.len() / 2], rows[rows.len() - 1]);
    println!(
        "{what}\n  {limit_name} {:.0}/s, {name} {:.0}/s; ratio {:.2} ({:.2} to {:.2}), aim {aim}",
        middle.0,
        middle.1,
        middle.1 / middle.0,
        least.1 / least.0,
        most.1 / most.0
    );
}
