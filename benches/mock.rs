//! The mock against a bare axum server that sends the same bytes, per server CPU-second.
//!
//! Each server is a process of its own, so that its CPU time is its own; rounds are interleaved, so
//! that a machine whose speed drifts slows both. Linux only: CPU time is read from `/proc`.
//!
//! `cargo bench --bench mock`; `cargo bench --bench mock -- --quick` for a short look.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark reads files and its arguments"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use counterpart::contract::Direction;
use counterpart::project::{Config, Memory, Project, Wanted};

const PATH: &str = "/api/projects/1/annotations/";
/// Enough that the server always has something to do.
const CONNECTIONS: usize = 64;

fn main() {
    match std::env::args()
        .find_map(|argument| argument.strip_prefix("--serve=").map(str::to_owned))
        .as_deref()
    {
        Some("mock") => run(mock()),
        Some("limit") => run(limit()),
        _ => compare(),
    }
}

fn run(server: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(server);
}

/// The bundled document with the two fixtures that are asked for.
fn project() -> Project {
    let read = |path: &str| std::fs::read(root().join(path)).expect("a file of the repository");
    let mut reader = Memory::default()
        .with("core-7.yaml", read("specs/core-7.yaml"))
        .with("core-7.toml", read("specs/core-7.toml"));
    for name in ["annotations_list/200.json", "annotations_create/201.json"] {
        reader = reader.with(format!("fixtures/core-7/{name}"), fixture(name));
    }
    let wanted = Wanted { document: Some("core-7.yaml".to_owned()), ..Wanted::default() };
    Project::load(&wanted, Config::default(), &reader).expect("a project")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> Bytes {
    std::fs::read(root().join("fixtures/core-7").join(name)).expect("a fixture").into()
}

async fn mock() {
    // As `counterpart mock -q` runs: keys, scopes, validation and the journal are on.
    let mock = counterpart::Project::from(project()).mock().start().await.expect("a port");
    println!("{}", mock.url().trim_start_matches("http://"));
    std::future::pending::<()>().await;
}

async fn limit() {
    let contract = project().contract;
    let create = contract.operation("annotations_create").expect("the operation");
    let schema = create
        .body
        .as_ref()
        .and_then(|body| body.content_for("application/json"))
        .and_then(|c| c.schema.clone());
    let schema = schema.expect("a schema");
    let (list, created) = (fixture("annotations_list/200.json"), fixture("annotations_create/201.json"));
    let json = |status: StatusCode, body: Bytes| -> Response {
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
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
    println!("{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("it serves");
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg(format!("--serve={role}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        Self { child, address: line.trim().parse().expect("an address") }
    }

    /// User and system time so far, in clock ticks.
    fn ticks(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("/proc");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split_whitespace().collect();
        fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")
    }

    /// Requests per CPU-second (100 ticks) of the server.
    fn rate(&self, request: &'static str, requests: usize) -> f64 {
        let before = self.ticks();
        let each = requests / CONNECTIONS;
        let address = self.address;
        let clients: Vec<_> =
            (0..CONNECTIONS).map(|_| std::thread::spawn(move || load(address, request, each))).collect();
        for client in clients {
            client.join().expect("a client");
        }
        let spent = (self.ticks() - before).max(1.0);
        let sent = u32::try_from(each * CONNECTIONS).expect("a small number");
        f64::from(sent) * 100.0 / spent
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request many times over one connection and reads every answer whole.
fn load(address: SocketAddr, request: &str, times: usize) {
    let mut socket = TcpStream::connect(address).expect("a connection");
    socket.set_nodelay(true).expect("no delay");
    let mut buffer = vec![0; 64 << 10];
    for _ in 0..times {
        socket.write_all(request.as_bytes()).expect("sent");
        let mut filled = 0;
        loop {
            filled += socket.read(&mut buffer[filled..]).expect("an answer");
            let seen = &buffer[..filled];
            let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&seen[..end]).expect("text");
            assert!(head.starts_with("HTTP/1.1 20"), "{head}");
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned)
                })
                .expect("a length");
            if filled >= end + 4 + length.parse::<usize>().expect("a number") {
                break;
            }
        }
    }
}

fn compare() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (rounds, requests) = if quick { (3, 16_000) } else { (9, 48_000) };
    let get = "GET /api/projects/1/annotations/?limit=100&offset=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mock:annotation:read\r\n\r\n";
    let post = "POST /api/projects/1/annotations/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mock:annotation:write\r\nContent-Type: application/json\r\nContent-Length: 115\r\n\r\n{\"content\": \"Release 4.2 is out\", \"date_marker\": \"2026-05-04T12:00:00Z\", \"scope\": \"project\", \"creation_type\":\"GIT\"}";
    let (limit, mock) = (Server::start("limit"), Server::start("mock"));
    println!("requests per server CPU-second, {rounds} interleaved rounds of {requests} requests each");
    for (name, request, aim) in
        [("GET, 3 KB, key, scope and query checked", get, 0.8), ("POST, body validated", post, 0.7)]
    {
        limit.rate(request, requests / 4);
        mock.rate(request, requests / 4);
        let mut rows: Vec<(f64, f64)> =
            (0..rounds).map(|_| (limit.rate(request, requests), mock.rate(request, requests))).collect();
        rows.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
        let (least, middle, most) = (rows[0], rows[rows.len() / 2], rows[rows.len() - 1]);
        println!(
            "{name}\n  bare axum {:.0}/s, mock {:.0}/s; ratio {:.2} (median; {:.2} to {:.2}), aim {aim}",
            middle.0,
            middle.1,
            middle.1 / middle.0,
            least.1 / least.0,
            most.1 / most.0
        );
    }
}
