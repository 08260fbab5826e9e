//! The proxy in front of real servers: what a client sees through it is what it sees without it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::proof::{HTTPBIN, KINTO};
use super::server::Server;
use crate::command::{Mock, empty};
use crate::proxy::Proxy;

/// `keeper:secret`, as `tests/live/kinto` has it.
const KEEPER: &str = "Authorization: Basic a2VlcGVyOnNlY3JldA==";

/// The request of a line: `METHOD PATH`, with a field and with a JSON body.
fn written(line: &str, field: &str, body: &str) -> String {
    let fields = if field.is_empty() { String::new() } else { format!("{field}\r\n") };
    let content = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!("{line} HTTP/1.1\r\nHost: HOST\r\nX-Odd: a, b\r\n{fields}{content}\r\n{body}")
}

/// The octets of an answer.
fn ask(host: &str, request: &str) -> Vec<u8> {
    let mut socket = TcpStream::connect(host).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    socket.write_all(request.replace("HOST", host).as_bytes()).expect("it is sent");
    let (mut answer, mut octets) = (Vec::new(), [0; 4096]);
    while !is_whole(&answer, request.starts_with("HEAD ")) {
        let read = socket.read(&mut octets).expect("it is read");
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&octets[..read]);
    }
    answer
}

/// Whether an answer has come to its end on a connection that stays open (RFC 9112 §6.3).
fn is_whole(answer: &[u8], is_head: bool) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let head = text(&answer[..end]).to_ascii_lowercase();
    let body = &answer[end + 4..];
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let never =
        is_head || [" 204 ", " 304 "].iter().any(|status| head[..13.min(head.len())].contains(status));
    if never || head.contains("transfer-encoding: chunked") {
        return never || body.ends_with(b"0\r\n\r\n");
    }
    length.is_some_and(|length| body.len() >= length)
}

/// The status line, the sorted fields that go from one end to the other, and the body without its chunks.
fn seen(answer: &[u8]) -> (Vec<String>, Vec<u8>) {
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let mut body = answer[end + 4..].to_vec();
    if is_chunked {
        let mut whole = Vec::new();
        let mut rest = &body[..];
        while let Some(line) = rest.windows(2).position(|part| part == b"\r\n") {
            let size = std::str::from_utf8(&rest[..line]).expect("a size");
            let size = usize::from_str_radix(size.split(';').next().unwrap_or(size), 16).expect("a number");
            whole.extend_from_slice(&rest[line + 2..line + 2 + size]);
            rest = &rest[line + 2 + size + 2..];
            if size == 0 || rest.is_empty() {
                break;
            }
        }
        body = whole;
    }
    let mut lines = head.split("\r\n");
    let first = lines.next().expect("a line").to_owned();
    let is_own = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        ["date", "connection", "transfer-encoding", "keep-alive"].contains(&name.as_str())
    };
    // White space around a value is no part of it (RFC 9110 §5.5).
    let mut fields: Vec<String> =
        lines.filter(|line| !is_own(line)).map(|line| line.trim_end().to_owned()).collect();
    fields.sort();
    fields.insert(0, first);
    (fields, body)
}

/// Asks a server itself and through a proxy, one after the other.
fn are_equal(server: &Server, requests: &[String]) {
    let folder = empty();
    let url = server.url();
    let origin = url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    let proxy = Proxy::start_with(folder.path(), &[&server.document(), "--url", &url]);
    for request in requests {
        let (direct, through) = (ask(&origin, request), ask(&proxy.host, request));
        // What the server tells of the address that it was asked by.
        let through: Vec<u8> = String::from_utf8_lossy(&through).replace(&proxy.host, &origin).into_bytes();
        let direct = String::from_utf8_lossy(&direct).into_owned().into_bytes();
        let ((fields, body), (expected, whole)) = (seen(&through), seen(&direct));
        assert_eq!(fields, expected, "{request}");
        assert!(body == whole, "{request}\n{}\n{}", text(&body), text(&whole));
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn kinto_answers_the_same_through_a_proxy() {
    let server = Server::start(&KINTO);
    let lines = [
        "GET /v1/",
        "GET /v1/buckets",
        "HEAD /v1/buckets",
        "GET /v1/buckets/library/collections/books/records?_limit=1",
        "GET /v1/buckets/nothing",
        "GET /v1/buckets/library/collections/books/records?_since=x",
        "OPTIONS /v1/buckets",
        "DELETE /v1/",
    ];
    let mut requests: Vec<String> = lines.iter().map(|line| written(line, KEEPER, "")).collect();
    requests.push(written("GET /v1/buckets", "", ""));
    requests.push(written("PUT /v1/buckets/library", KEEPER, "{\"data\": 1}"));
    are_equal(&server, &requests);
}

#[test]
fn httpbin_answers_the_same_through_a_proxy() {
    let server = Server::start(&HTTPBIN);
    let lines = [
        "GET /get?a=1&a=2&b=%20+",
        "GET /gzip",
        "GET /deflate",
        "GET /status/418",
        "GET /redirect-to?url=/get",
        "GET /response-headers?X-A=1&X-A=2",
        "GET /stream/3",
        "GET /bytes/2000?seed=1",
        "GET /encoding/utf8",
        "GET /html",
        "GET /image/png",
        "GET /cookies/set?a=b",
        "HEAD /get",
        "DELETE /delete",
    ];
    let mut requests: Vec<String> = lines.iter().map(|line| written(line, "Cookie: a=1; b=2", "")).collect();
    requests.push(written("POST /post", "Authorization: Bearer abc", "{\"a\": [1, 2]}"));
    requests.push(written("PATCH /patch", "", "not json"));
    are_equal(&server, &requests);
}

/// A session whose answers are recorded is the same against the mock that plays them.
#[test]
fn a_session_with_kinto_is_played_again() {
    let server = Server::start(&KINTO);
    let books = "/v1/buckets/library/collections/books/records";
    let session = [
        written("GET /v1/buckets", KEEPER, ""),
        written(&format!("GET {books}"), KEEPER, ""),
        written(&format!("GET {books}/second"), KEEPER, ""),
        written(&format!("PUT {books}/second"), KEEPER, "{\"data\": {\"title\": \"Emma\"}}"),
        written(&format!("GET {books}/second"), KEEPER, ""),
        written(&format!("GET {books}/first"), KEEPER, ""),
        written(&format!("GET {books}"), KEEPER, ""),
        written(&format!("DELETE {books}/second"), KEEPER, ""),
        written(&format!("GET {books}"), KEEPER, ""),
        written("GET /v1/buckets", "", ""),
    ];
    let folder = empty();
    let document = server.document();
    let proxy =
        Proxy::start_with(folder.path(), &[&document, "--url", &server.url(), "--record", "fixtures"]);
    let first: Vec<Vec<u8>> = session.iter().map(|request| ask(&proxy.host, request)).collect();
    let host = proxy.host.clone();
    let (said, code) = proxy.stop();
    assert_eq!(code, Some(0), "{said}");
    let played = Mock::start(folder.path(), &[&document, "--auth", "off", "--no-cors"]);
    let own = played.url.trim_start_matches("http://").to_owned();
    for (request, first) in session.iter().zip(&first) {
        let again = ask(&own, request);
        let (mut fields, body) = seen(&again);
        let (mut expected, whole) = seen(first);
        for fields in [&mut fields, &mut expected] {
            // What the mock says of itself, the form of a body in a file, and who served it.
            fields.retain(|field| {
                let name = field.split(':').next().unwrap_or_default().to_ascii_lowercase();
                !name.starts_with("counterpart-")
                    && !["content-length", "vary", "server"].contains(&name.as_str())
            });
            for field in fields.iter_mut() {
                let (name, value) = field.split_once(':').unwrap_or((field, ""));
                *field =
                    format!("{}:{}", name.to_ascii_lowercase(), value.split(';').next().unwrap_or(value));
            }
            fields.sort();
        }
        let address = |text: String| text.replace(&host, &own);
        let expected: Vec<String> = expected.into_iter().map(address).collect();
        assert_eq!(fields, expected, "{request}");
        let json = |octets: &[u8]| serde_json::from_slice::<Value>(octets).ok();
        assert_eq!(json(&body), json(&whole), "{request}");
    }
}
