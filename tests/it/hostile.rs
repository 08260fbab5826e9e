//! Documents and targets that mean harm: whatever they do, the binary ends in time, with a code that
//! is documented, and tells nothing that it should not.

mod burst;
mod large;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;

use crate::command::{Mock, command, empty, put, text};
use crate::support::send;

/// Longer than anything here takes, shorter than a person waits: a second where the build is optimised and
/// nothing else runs.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a command may take in memory: the program itself, a body of a target and a margin, in KiB.
const MOST_MEMORY: u64 = 256 << 10;
/// What ends in less time cannot be looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// The most memory that a process has had so far, in KiB; where the system tells.
fn peak(process: u32) -> Option<u64> {
    // Until the child runs the program, what it has is this process' memory.
    let program = std::fs::read_link(format!("/proc/{process}/exe")).ok()?;
    if std::env::current_exe().is_ok_and(|own| own == program) {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Runs the binary. One that does not end is ended, and fails the test; so does one that takes too much memory.
fn bounded(folder: &Path, arguments: &[&str]) -> Output {
    bounded_to(MOST_MEMORY, folder, arguments)
}

/// As [`bounded`], with that much memory, in KiB.
fn bounded_to(most_memory: u64, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(folder, arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    // Read beside it, so that a full pipe does not hold it up.
    let read = |stream: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut octets = Vec::new();
            stream.expect("a pipe").read_to_end(&mut octets).map(|_| octets)
        })
    };
    let stdout = read(child.stdout.take().map(|s| Box::new(s) as _));
    let stderr = read(child.stderr.take().map(|s| Box::new(s) as _));
    let start = Instant::now();
    let mut most = 0;
    let status = loop {
        most = peak(child.id()).unwrap_or(0).max(most);
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let octets = |thread: std::thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        thread.join().expect("a thread").expect("a pipe")
    };
    assert!(most <= most_memory, "{arguments:?} takes {most} KiB");
    // What ends before it can be looked at takes next to nothing.
    let is_short = start.elapsed() < GLANCE;
    assert!(most > 0 || is_short || !cfg!(target_os = "linux"), "{arguments:?} was never looked at");
    let output = Output { status, stdout: octets(stdout), stderr: octets(stderr) };
    let told = text(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
    output
}

const PETS: &str = r#"
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: pets
      responses:
        200:
          description: a page
          content:
            application/json:
              schema:
                type: object
                properties:
                  next: {type: [string, "null"]}
                  results: {type: array, items: {type: object, properties: {id: {type: integer}}}}
"#;

/// A target: what it does with each connection, once it has read the head of the request.
fn target(act: impl Fn(&mut TcpStream, usize) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let act = Arc::new(act);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let act = Arc::clone(&act);
            std::thread::spawn(move || {
                let mut stream = stream.expect("a connection");
                let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
                // Whoever hangs up has had enough, which is what is hoped for.
                let _ = act(&mut stream, number);
            });
        }
    });
    url
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";

fn endless(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    write!(stream, "{HEAD}\r\n{{\"results\": [")?;
    loop {
        stream.write_all(&[b' '; 16_384])?;
    }
}

fn dripping(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    write!(stream, "{HEAD}content-length: 100000\r\n\r\n")?;
    loop {
        stream.write_all(b" ")?;
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A quarter of a GiB in a quarter of a MiB.
fn bomb(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..16_384 {
        packed.write_all(&[b' '; 16_384])?;
    }
    let packed = packed.finish()?;
    write!(stream, "{HEAD}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len())?;
    stream.write_all(&packed)
}

fn short(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    write!(stream, "{HEAD}content-length: 1000\r\n\r\n{{}}")
}

fn silent(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    stream.shutdown(std::net::Shutdown::Both)
}

fn headers(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    stream.write_all(HEAD.as_bytes())?;
    for number in 0..10_000 {
        write!(stream, "x-{number}: {number}\r\n")?;
    }
    write!(stream, "content-length: 2\r\n\r\n{{}}")
}

fn informational(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    loop {
        write!(stream, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")?;
    }
}

/// Each page leads to the next, for ever.
fn pages(stream: &mut TcpStream, number: usize) -> std::io::Result<()> {
    let body = format!("{{\"next\": \"/pets?page={number}\", \"results\": [{{\"id\": {number}}}]}}");
    write!(stream, "{HEAD}content-length: {}\r\n\r\n{body}", body.len())
}

fn deep(stream: &mut TcpStream, _: usize) -> std::io::Result<()> {
    let body = "[".repeat(100_000) + &"]".repeat(100_000);
    write!(stream, "{HEAD}content-length: {}\r\n\r\n{body}", body.len())
}

type Act = fn(&mut TcpStream, usize) -> std::io::Result<()>;

#[rstest]
#[case::endless(endless, 3)]
#[case::dripping(dripping, 3)]
#[case::bomb(bomb, 3)]
#[case::short(short, 3)]
#[case::silent(silent, 3)]
#[case::headers(headers, 3)]
#[case::informational(informational, 3)]
#[case::pages(pages, 0)]
#[case::deep(deep, 1)]
fn a_hostile_target_ends_the_run_in_time(#[case] act: Act, #[case] code: i32) {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let url = target(act);
    // Whoever answers may be slow beside other tests.
    let timeout = if code == 0 { "5s" } else { "300ms" };
    let arguments =
        ["check", "pets.yaml", "--url", &url, "--timeout", timeout, "--deadline", "10s", "--retries", "0"];
    let output = bounded(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// A redirect is an answer: neither the key nor anything else reaches whom it names.
#[test]
fn a_redirect_leads_nobody_anywhere() {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let elsewhere = target(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let url = target(move |stream, _| {
        write!(stream, "HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}/pets\r\n")?;
        write!(stream, "connection: close\r\ncontent-length: 0\r\n\r\n")
    });
    let output = bounded(folder.path(), &["check", "pets.yaml", "--url", &url, "--header", "X-Key: secret"]);
    assert_eq!(output.status.code(), Some(3), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

/// Whoever can set a variable of the environment does not get the requests and their keys.
#[test]
fn the_proxies_of_the_environment_get_nothing() {
    let folder = empty();
    put(folder.path(), "pets.yaml", PETS);
    let count = |counter: &Arc<AtomicUsize>| {
        let counter = Arc::clone(counter);
        target(move |stream, _| {
            counter.fetch_add(1, Ordering::SeqCst);
            write!(stream, "{HEAD}content-length: 2\r\n\r\n{{}}")
        })
    };
    let (of_proxy, of_target) = (Arc::default(), Arc::default());
    let (proxy, url) = (count(&of_proxy), count(&of_target));
    let check = |url: &str, asked_for: &[&str]| {
        let arguments =
            [&["check", "pets.yaml", "--retries", "0", "--header", "X-Key: secret", "--url", url], asked_for];
        let mut command = command(folder.path(), &arguments.concat());
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
            command.env(name, &proxy);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy").output().expect("the binary runs").status.code()
    };
    assert_eq!(check(&url, &[]), Some(0));
    // A name that nobody has: whoever obeyed the variables would ask the proxy for it.
    assert_eq!(check("http://target.invalid", &[]), Some(3));
    assert_eq!((of_proxy.load(Ordering::SeqCst), of_target.load(Ordering::SeqCst) > 0), (0, true));
    // The same proxy, where the user asks for it.
    assert_eq!(check("http://target.invalid", &["--proxy-via", &proxy]), Some(0));
    assert!(of_proxy.load(Ordering::SeqCst) > 0);
}

/// Whatever a document names, by whatever keyword, is not asked: neither here nor by anything that is built in.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_names_is_not_asked() {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let named = target(move |stream, _| {
        count.fetch_add(1, Ordering::SeqCst);
        write!(stream, "{HEAD}content-length: 2\r\n\r\n{{}}")
    });
    let folder = empty();
    let document = r##"
openapi: 3.1.0
$self: NAMED/self.yaml
jsonSchemaDialect: NAMED/dialect
info: {title: Named, version: "1"}
servers: [{url: NAMED/base}]
externalDocs: {url: NAMED/docs}
paths:
  /pets:
    get:
      operationId: pets
      servers: [{url: NAMED/other}]
      responses:
        200:
          description: a page
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
              examples: {one: {externalValue: NAMED/example.json}}
          links: {next: {operationRef: "NAMED/link.yaml#/paths/~1pets/get"}}
  /more: {$ref: "NAMED/path.yaml#/paths/~1more"}
components:
  schemas:
    Pet:
      $id: NAMED/pet
      $schema: NAMED/schema
      discriminator: {propertyName: kind, mapping: {cat: NAMED/cat.yaml}}
      anyOf: [{$ref: "NAMED/any.yaml#/A"}, {$dynamicRef: NAMED/dynamic}, {type: object}]
  securitySchemes:
    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: NAMED/token, scopes: {}}}}
    open: {type: openIdConnect, openIdConnectUrl: NAMED/openid}
"##;
    put(folder.path(), "named.yaml", &document.replace("NAMED", &named));
    let url = target(|stream, _| write!(stream, "{HEAD}content-length: 2\r\n\r\n{{}}"));
    for arguments in
        [["lint", "named.yaml"].as_slice(), &["list", "named.yaml"], &["check", "named.yaml", "--url", &url]]
    {
        bounded(folder.path(), arguments);
    }
    let mock = Mock::start(folder.path(), &["named.yaml"]);
    send(&mock.url, "GET", "/pets", &[], "").await;
    assert_eq!(reached.load(Ordering::SeqCst), 0);
    // Who asks for it gets it.
    bounded(folder.path(), &["lint", "named.yaml", "--allow-remote-refs"]);
    assert!(reached.load(Ordering::SeqCst) > 0);
}

/// A document with this schema in an answer and in a query parameter.
fn with(schema: &str, schemas: &str) -> String {
    format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "x", "version": "1"}}, "paths": {{"/a": {{"get": {{
        "parameters": [{{"name": "q", "in": "query", "schema": {schema}}}],
        "responses": {{"200": {{"description": "ok", "content": {{"application/json": {{"schema": {schema}}}}}}}}}}}}}}},
        "components": {{"schemas": {{{schemas}}}}}}}"#
    )
}

const A: &str = r##"{"$ref": "#/components/schemas/A"}"##;

fn catastrophic() -> String {
    with(r#"{"type": "string", "pattern": "^(a+)+$"}"#, "")
}

fn looking_ahead() -> String {
    with(r#"{"type": "string", "pattern": "^(?=(a+)+$)(a+)+$"}"#, "")
}

fn repeated() -> String {
    with(r#"{"type": "string", "pattern": "((a{1000}){1000}){1000}"}"#, "")
}

fn a_thousand_million_items() -> String {
    with(r#"{"type": "array", "minItems": 1000000000, "items": {"type": "string"}}"#, "")
}

fn a_thousand_million_characters() -> String {
    with(r#"{"type": "string", "minLength": 1000000000}"#, "")
}

fn circle() -> String {
    with(A, r##""A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}"##)
}

fn endless_object() -> String {
    with(
        A,
        r##""A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}"##,
    )
}

/// Each level has the next one twice: 2^40 places.
fn doubling() -> String {
    let level = |number: usize| {
        let next = format!("{{\"$ref\": \"#/components/schemas/L{}\"}}", number + 1);
        format!(
            "\"L{number}\": {{\"type\": \"object\", \"required\": [\"a\", \"b\"], \"properties\": {{\"a\": {next}, \"b\": {next}}}}}"
        )
    };
    let levels: Vec<String> = (0..40).map(level).collect();
    with(
        r##"{"$ref": "#/components/schemas/L0"}"##,
        &format!("{}, \"L40\": {{\"type\": \"string\"}}", levels.join(", ")),
    )
}

fn nested() -> String {
    with(&("{\"items\": ".repeat(20_000) + "{}" + &"}".repeat(20_000)), "")
}

fn aliases() -> String {
    let mut lines = vec![
        "openapi: 3.1.0".to_owned(),
        "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]".to_owned(),
    ];
    for level in 1..10 {
        let last = format!("*a{}", level - 1);
        lines.push(format!("x-{level}: &a{level} [{}]", vec![last; 9].join(", ")));
    }
    lines.join("\n") + "\npaths: {}\n"
}

fn files() -> String {
    with(r#"{"$ref": "file:///etc/passwd"}"#, "")
}

fn above() -> String {
    with(r#"{"example": {"$ref": "../secret.json"}, "allOf": [{"$ref": "../secret.json"}]}"#, "")
}

fn escapes() -> String {
    with(r#"{"type": "object"}"#, "")
        .replace("\"title\": \"x\"", r#""title": "\u001b]0;pwn\u0007\u001b[2J\n::error::pwn""#)
}

/// Each with the exit codes of `lint` and `list`: 1 where something is wrong with the document, 2 where it cannot
/// be used.
#[rstest]
#[case::catastrophic(catastrophic(), 0, 0)]
#[case::looking_ahead(looking_ahead(), 0, 0)]
#[case::repeated(repeated(), 0, 0)]
#[case::a_thousand_million_items(a_thousand_million_items(), 0, 0)]
#[case::a_thousand_million_characters(a_thousand_million_characters(), 0, 0)]
#[case::circle(circle(), 0, 0)]
#[case::endless_object(endless_object(), 0, 0)]
#[case::doubling(doubling(), 0, 0)]
#[case::nested(nested(), 2, 2)]
#[case::nested_blocks(format!("x:\n {}1\n", "- ".repeat(50_000)), 2, 2)]
#[case::aliases(aliases(), 2, 2)]
#[case::files(files(), 1, 0)]
#[case::above(above(), 1, 0)]
#[case::escapes(escapes(), 0, 0)]
#[case::duplicate_keys("{\"openapi\": \"3.1.0\", \"paths\": {}, \"paths\": {\"/a\": 1}}".to_owned(), 2, 2)]
#[case::byte_order_mark(format!("\u{feff}{}", with("{}", "")), 0, 0)]
#[case::nothing(String::new(), 2, 2)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_document_is_read_in_time(#[case] document: String, #[case] lint: i32, #[case] list: i32) {
    let folder = empty();
    put(folder.path(), "secret.json", "{\"type\": \"string\", \"const\": \"c4nary\"}");
    put(folder.path(), "in/api.yaml", &document);
    let inside = folder.path().join("in");
    for (arguments, code) in [
        (["lint", "api.yaml"].as_slice(), lint),
        (&["list", "api.yaml"], list),
        (&["lint", "--format", "json", "api.yaml"], lint),
    ] {
        let output = bounded(&inside, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        for shown in [text(&output.stdout), text(&output.stderr)] {
            assert!(
                !shown.contains("c4nary") && !shown.contains("root:") && !shown.contains('\u{1b}'),
                "{shown}"
            );
        }
    }
    if list != 0 {
        return;
    }
    let mock = Mock::start(&inside, &["api.yaml"]);
    let long = format!("/a?q={}!", "a".repeat(5_000));
    for query in ["/a", "/a?q=x", long.as_str()] {
        let answer = tokio::time::timeout(PATIENCE, send(&mock.url, "GET", query, &[], "")).await;
        let answer = answer.expect("an answer in time");
        let body = String::from_utf8_lossy(&answer.body);
        assert!(!body.contains("c4nary") && !body.contains("root:"), "{body}");
    }
    let most = peak(mock.id()).unwrap_or(0);
    assert!(most <= MOST_MEMORY, "the mock takes {most} KiB");
}
