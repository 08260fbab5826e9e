//! Many clients at once, and much at once: what a mock takes for them is bounded, and given back afterwards.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, empty, put};

/// So long may it take until something is so: other tests run beside it.
const SOON: Duration = Duration::from_mins(1);

fn api() -> Value {
    let item =
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {}}});
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let answer = |schema: Value| json!({"description": "x", "content": content(schema)});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    json!({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {
        "/items": {
            "get": {"responses": {"200": answer(json!({"type": "array", "items": item}))}},
            "post": {
                "requestBody": {"content": content(json!({"type": "object", "properties": {"name": {}}}))},
                "responses": {"201": answer(item.clone())},
            },
        },
        "/items/{id}": {"get": {"parameters": [id], "responses": {"200": answer(item)}}},
    }})
}

fn start(folder: &Path, more: &[&str]) -> Mock {
    put(folder, "api.json", &api().to_string());
    Mock::start(folder, &[&["api.json", "--auth", "off"], more].concat())
}

fn connect(mock: &Mock) -> TcpStream {
    let stream = TcpStream::connect(mock.url.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(SOON)).expect("a time-out");
    stream
}

/// The status of an answer; `None` where there is none.
fn ask(mock: &Mock, method: &str, path: &str, body: &str) -> Option<u16> {
    let head = "host: localhost\r\nconnection: close\r\ncontent-type: application/json";
    let text = format!("{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let mut stream = connect(mock);
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

/// A line of what the system tells of a process, as a number.
#[cfg(target_os = "linux")]
fn told(mock: &Mock, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", mock.id())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("a line");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

fn soon(is_so: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket");
    let mut octets = [0; 1024];
    loop {
        match stream.read(&mut octets) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

/// An HTTP/2 frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// 40 requests on a connection of HTTP/2 whose bodies do not end.
fn many_bodies() -> Vec<u8> {
    let mut octets = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    octets.extend(frame(4, 0, 0, &[]));
    for stream in (0..40).map(|number| 2 * number + 1) {
        // POST, http, and a path and an authority as they are written (RFC 7541 §6.2.2).
        let head = b"\x83\x86\x04\x06/items\x01\x09localhost\x0f\x10\x10application/json";
        octets.extend(frame(1, 4, stream, head));
        octets.extend(frame(0, 0, stream, &[b' '; 12 << 10]));
    }
    octets
}

/// So much of a header section that it may still become one.
fn half_a_head() -> Vec<u8> {
    let fields: Vec<String> = (0..100).map(|number| format!("x-{number}: {}", "y".repeat(1_000))).collect();
    format!("GET /items HTTP/1.1\r\nhost: localhost\r\n{}", fields.join("\r\n")).into_bytes()
}

/// What none of them could be refused for alone: the connections go that hold the most, so that no more than 16 MiB are
/// held, and others are answered.
#[rstest]
#[case::half_heads(half_a_head(), 100 << 10)]
#[case::bodies_over_http_2(many_bodies(), 40 * (12 << 10))]
fn small_parts_of_many_are_bounded_together(#[case] octets: Vec<u8>, #[case] holds: usize) {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let streams: Vec<TcpStream> = (0..(64 << 20) / holds)
        .map(|_| {
            let mut stream = connect(&mock);
            // One that goes at once may do so before all is sent.
            let _ = stream.write_all(&octets);
            stream
        })
        .collect();
    let open = || streams.iter().filter(|stream| is_open(stream)).count();
    assert!(soon(|| open() * holds <= 17 << 20), "{} of {} are open", open(), streams.len());
    assert_eq!(ask(&mock, "GET", "/items", ""), Some(200));
}

/// Each request for the journal moves its worker to another thread; those that wait are not counted by the dozen.
#[test]
#[cfg(target_os = "linux")]
fn much_large_work_needs_few_threads() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    assert_eq!(ask(&mock, "GET", &format!("/{}", "x".repeat(28_000)), ""), Some(404));
    let requests = "GET /__counterpart/requests HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(20);
    let streams: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = connect(&mock);
            stream.write_all(requests.as_bytes()).expect("a request");
            stream
        })
        .collect();
    let most = (0..100).map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        told(&mock, "Threads")
    });
    let most = most.max().unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, |number| number.get() as u64);
    assert!(most <= 8 + 2 * processors, "{most} threads");
    drop(streams);
    assert_eq!(ask(&mock, "GET", "/__counterpart/health", ""), Some(200));
}

/// A body of half a million small lists takes 40 MiB, which is kept once; what was needed to read it again and again goes
/// back to the system.
#[test]
#[cfg(target_os = "linux")]
fn what_large_bodies_left_behind_is_given_back() {
    let folder = empty();
    let mock = start(folder.path(), &["--stateful", "--journal", "0"]);
    let before = told(&mock, "VmRSS");
    let body = format!("{{\"name\":[{}[]]}}", "[],".repeat(500_000));
    let answers: Vec<Option<u16>> = (0..8).map(|_| ask(&mock, "POST", "/items", &body)).collect();
    assert_eq!((answers[0], answers[7]), (Some(201), Some(507)));
    // What is kept may take twice its room until the allocator has put it together.
    let most = before + (96 << 10);
    assert!(soon(|| told(&mock, "VmRSS") <= most), "{} KiB, {before} before", told(&mock, "VmRSS"));
}
