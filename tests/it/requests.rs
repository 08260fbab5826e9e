//! How a check sends requests: at the rate that the target asks for, signed, with headers and time-outs of
//! their own. Against small servers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use crate::command::{command, empty, put, text};

/// A request as the small server sees it.
#[derive(Clone)]
struct Asked {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
    at: Instant,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Log = Arc<Mutex<Vec<Asked>>>;
/// Status, further header lines, body.
type Answer = (u16, String, Value);

/// A small server that answers with JSON and keeps what it was asked; `answer` gets the number of the request.
fn serve(answer: impl Fn(&Asked, usize) -> Answer + Send + 'static) -> (String, Log) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let log = Log::default();
    let kept = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let at = Instant::now();
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let mut words = line.split_whitespace().map(str::to_owned);
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let (mut headers, mut field) = (BTreeMap::new(), String::new());
            while reader.read_line(&mut field).is_ok_and(|read| read > 2) {
                let (name, value) = field.split_once(':').unwrap_or_default();
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
                field.clear();
            }
            let length = headers.get("content-length").and_then(|n: &String| n.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let asked = Asked { method, target, headers, body: text(&body), at };
            let number = kept.lock().expect("a lock").len();
            let (status, lines, body) = answer(&asked, number);
            kept.lock().expect("a lock").push(asked);
            let body = body.to_string();
            let head = format!("Content-Type: application/json\r\nConnection: close\r\n{lines}");
            let length = body.len();
            let _ = stream.write_all(
                format!("HTTP/1.1 {status} X\r\n{head}Content-Length: {length}\r\n\r\n{body}").as_bytes(),
            );
        }
    });
    (url, log)
}

fn ok() -> Answer {
    (200, String::new(), json!({}))
}

/// A document with reads of these paths, and a POST to the first.
fn document(paths: &[&str]) -> Value {
    let object = json!({"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}});
    let mut tree = json!({"openapi": "3.1.0", "info": {"title": "Requests", "version": "1"}, "paths": {}});
    for path in paths {
        let id = path.trim_start_matches('/');
        tree["paths"][path]["get"] = json!({"operationId": id, "responses": {"200": object}});
    }
    tree
}

/// A check: the exit code, the report, what was said on stderr.
fn check(at: &Path, document: &Value, url: &str, arguments: &[&str]) -> (i32, Value, String) {
    put(at, "api.json", &document.to_string());
    let mut all = vec!["check", "api.json", "--url", url, "--report", "json"];
    all.extend(arguments);
    let output = command(at, &all).output().expect("the binary runs");
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), report, text(&output.stderr))
}

#[test]
fn a_limited_rate_is_waited_for() {
    let folder = empty();
    let (url, log) = serve(|_, number| match number {
        0 => (429, "Retry-After: 1\r\n".to_owned(), json!({"error": "slow down"})),
        1 => (200, "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1\r\n".to_owned(), json!({})),
        _ => ok(),
    });
    let (code, report, said) = check(folder.path(), &document(&["/a"]), &url, &["--skip", "input"]);
    assert_eq!(code, 0, "{said}{report}");
    let log = log.lock().expect("a lock");
    let line = |at: usize| log.get(at).map(|asked| format!("{} {}", asked.method, asked.target));
    assert_eq!((line(0), line(1)), (Some("GET /a".to_owned()), Some("GET /a".to_owned())), "sent again");
    for pair in log.windows(2).take(2) {
        let waited = pair[1].at - pair[0].at;
        assert!(waited.as_millis() >= 950, "{waited:?}");
    }
}
