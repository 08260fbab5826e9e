//! What a mock holds and waits for is bounded, and nobody but its own machine controls it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::support::send;

const API: &str = r#"
openapi: 3.1.0
info: {title: Bounds, version: "1"}
paths:
  /items:
    get: {operationId: list, responses: {200: {description: all}}}
    post:
      operationId: add
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {200: {description: one}}
"#;

fn start(folder: &Path, more: &[&str]) -> Mock {
    put(folder, "api.yaml", API);
    let mut arguments = vec!["api.yaml", "--auth", "off"];
    arguments.extend(more);
    Mock::start(folder, &arguments)
}

fn connect(url: &str) -> TcpStream {
    let address = url.strip_prefix("http://").expect("an address");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(25))).expect("a time-out");
    stream
}

/// What comes back for these octets until the connection ends; `None` where it does not end.
fn raw(url: &str, octets: &[u8]) -> Option<String> {
    let mut stream = connect(url);
    // A mock that has read enough may hang up before all is sent.
    let _ = stream.write_all(octets);
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let is_late = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    (!is_late).then(|| text(&answer))
}

#[rstest]
#[case::address("GET", &format!("/{}", "a".repeat(70_000)), "", "414")]
#[case::header("GET", "/items", &format!("x: {}\r\n", "a".repeat(200_000)), "431")]
#[case::body("POST", "/items", "content-type: application/json\r\ncontent-length: 3000\r\n", "413")]
fn what_is_too_large_is_refused(
    #[case] method: &str,
    #[case] path: &str,
    #[case] fields: &str,
    #[case] status: &str,
) {
    let folder = empty();
    let mock = start(folder.path(), &["--max-body", "2000"]);
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n{}", "x".repeat(3000));
    let answer = raw(&mock.url, head.as_bytes()).expect("an end");
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
}

/// Where all places are taken, whoever comes gets that of the one on which nothing happened for longest.
#[test]
fn a_full_house_lets_the_next_one_in() {
    const PLACES: usize = 8;
    let project: counterpart::Project = API.parse().expect("a document");
    let mock = project.mock().auth(counterpart::Auth::Off).max_connections(PLACES).start_blocking();
    let mock = mock.expect("a mock");
    let mut silent: Vec<TcpStream> = (0..PLACES).map(|_| connect(mock.url())).collect();
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /items HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
        let mut octets = [0; 12];
        stream.read_exact(&mut octets).map(|()| text(&octets))
    };
    // All that are let in are heard, and the newest most recently.
    for stream in &mut silent {
        assert_eq!(ask(stream).expect("an answer"), "HTTP/1.1 200");
    }
    for newcomer in 0..PLACES / 2 {
        let mut stream = connect(mock.url());
        assert_eq!(ask(&mut stream).expect("an answer"), "HTTP/1.1 200", "newcomer {newcomer}");
        silent.push(stream);
    }
    let ended: Vec<bool> = silent
        .iter_mut()
        .map(|stream| {
            stream.set_read_timeout(Some(Duration::from_millis(500))).expect("a time-out");
            stream.read_to_end(&mut Vec::new()).is_ok()
        })
        .collect();
    let expected: Vec<bool> = (0..PLACES + PLACES / 2).map(|at| at < PLACES / 2).collect();
    assert_eq!(ended, expected);
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "waits for time-outs")]
fn nobody_is_waited_for_without_end() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let cases: [(&str, &[u8]); 6] = [
        ("says nothing", b""),
        ("half a line", b"GET /it"),
        ("half a head", b"GET /items HTTP/1.1\r\nhost: localhost\r\nx: "),
        ("idle after an answer", b"GET /items HTTP/1.1\r\nhost: localhost\r\n\r\n"),
        (
            "half a body",
            b"POST /items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        ),
        ("idle HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    ];
    std::thread::scope(|scope| {
        for (name, octets) in cases {
            let url = &mock.url;
            scope.spawn(move || assert!(raw(url, octets).is_some(), "{name}: still open"));
        }
    });
}

#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "waits for a time-out")]
fn a_client_that_does_not_read_is_let_go() {
    let folder = empty();
    put(folder.path(), "fixtures/api/list/200.txt", &"x".repeat(32 << 20));
    let mock = start(folder.path(), &[]);
    let mut stream = connect(&mock.url);
    stream.write_all(b"GET /items HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    std::thread::sleep(Duration::from_secs(13));
    let mut octets = Vec::new();
    let ended = stream.read_to_end(&mut octets);
    assert!(ended.is_err() || octets.len() < 32 << 20, "the answer was kept for 13 seconds");
}

/// All connections of a machine share the memory in which the system keeps what nobody has read yet.
#[test]
#[cfg(target_os = "linux")]
fn the_system_keeps_little_for_a_client_that_does_not_read() {
    let folder = empty();
    put(folder.path(), "fixtures/api/list/200.txt", &"x".repeat(32 << 20));
    let mock = start(folder.path(), &[]);
    let mut stream = connect(&mock.url);
    stream.write_all(b"GET /items HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    std::thread::sleep(Duration::from_secs(1));
    // What comes from now on is what the system has.
    drop(mock);
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets);
    assert!((1..1 << 20).contains(&octets.len()), "{} octets were kept", octets.len());
}

#[tokio::test]
async fn what_control_sets_is_bounded_in_memory() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let lists = format!("{{\"operation\":\"list\",\"body\":[{}0]}}", "[],".repeat(3_000_000));
    let small = json!({"operation": "list", "body": [1]}).to_string();
    let set = async |body: &str| send(&mock.url, "POST", "/__counterpart/answers", &[], body).await.status;
    assert_eq!((set(&lists).await.as_u16(), set(&small).await.as_u16()), (507, 201));
}

#[tokio::test]
async fn a_journal_is_listed_in_bounded_memory() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let long = "x".repeat(50_000);
    for _ in 0..300 {
        send(&mock.url, "POST", &format!("/items?{long}"), &[("content-type", "application/json")], "{}")
            .await;
    }
    let head = b"GET /__counterpart/requests HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = raw(&mock.url, head).expect("an end");
    let (_, listed) = answer.split_once("\r\n\r\n").expect("a body");
    let listed_value: Value = serde_json::from_str(listed).expect("JSON");
    let (count, left_out) = (listed_value["count"].as_u64(), listed_value["left_out"].as_u64());
    assert!(listed.len() < 17 << 20, "{}", listed.len());
    let kept = count.zip(left_out).expect("more than can be listed");
    assert!(kept.0 > 0 && kept.1 > 0 && kept.0 + kept.1 < 300, "{kept:?}");
    // The newest are those that are kept.
    assert_eq!(
        listed_value["requests"].as_array().and_then(|all| all.last()).map(|one| &one["id"]),
        Some(&json!(300))
    );
}

#[test]
fn control_over_http_2_reads_the_authority() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let own = mock.url.strip_prefix("http://").expect("an address");
    for (authority, is_let_in) in [(own, true), ("evil.example", false)] {
        let mut stream = connect(&mock.url);
        let mut block = Vec::new();
        for (name, value) in [
            (":method", "GET"),
            (":path", "/__counterpart/health"),
            (":scheme", "http"),
            (":authority", authority),
        ] {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).expect("a short text"));
                block.extend_from_slice(text.as_bytes());
            }
        }
        let length = u8::try_from(block.len()).expect("a short block");
        let mut octets = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec();
        octets.extend_from_slice(&[0, 0, length, 1, 5, 0, 0, 0, 1]);
        octets.extend_from_slice(&block);
        stream.write_all(&octets).expect("a request");
        stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(text(&answer).contains("\"status\":\"ok\""), is_let_in, "{authority}: {}", text(&answer));
    }
}

/// A page of another origin reads the API, as it is meant to, and nothing of the control address; what it sends
/// there without asking changes nothing.
#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium; --features heavy")]
async fn a_page_of_another_origin_controls_nothing() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let script = r"
        (async () => {
          const told = [];
          const ask = async (path, more) => {
            try { told.push((await fetch(MOCK + path, more)).status); } catch (why) { told.push(why.name); }
          };
          const set = { method: 'POST', body: JSON.stringify({ operation: 'list', code: 503 }) };
          await ask('/items', {});
          await ask('/__counterpart/health', {});
          await ask('/__counterpart/requests', {});
          await ask('/__counterpart/answers', { ...set, headers: { 'content-type': 'application/json' } });
          await ask('/__counterpart/reset', { method: 'DELETE' });
          await ask('/__counterpart/answers', { ...set, mode: 'no-cors' });
          document.getElementById('told').textContent = told.join(' ');
        })();
    ";
    let script = script.replace("MOCK", &format!("'{}'", mock.url));
    let shown = crate::report::browsed("<html><head></head><body></body></html>", &script);
    // What is sent without asking has an answer that nobody may look into: its status is 0.
    assert_eq!(shown, "200 TypeError TypeError TypeError TypeError 0");
    assert_eq!(send(&mock.url, "GET", "/items", &[], "").await.status.as_u16(), 200);
    // A page of this machine, as of a server under development, is another origin too.
    let page = format!("<html><body><pre id=\"told\"></pre><script>{script}</script></body></html>");
    let address = page_server(page);
    let shown = crate::report::told_by_page(folder.path(), &address);
    assert!(shown.starts_with("200 TypeError TypeError TypeError TypeError "), "{shown}");
}

/// Serves a page, until the tests end.
fn page_server(page: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        }
    });
    address
}

#[test]
fn only_this_machine_reaches_it_unless_asked() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    let port = mock.url.rsplit(':').next().expect("a port");
    // Another address of the same machine, which is only heard where all are.
    assert!(TcpStream::connect(format!("127.0.0.2:{port}")).is_err());
    let mut open =
        command(folder.path(), &["mock", "api.yaml", "-p", "0", "--host", "0.0.0.0", "--", "true"]);
    let told = open.output().expect("the binary runs").stderr;
    assert!(text(&told).contains("can be reached from other machines"), "{}", text(&told));
}

#[cfg(unix)]
#[test]
fn a_fixture_is_no_link_to_elsewhere() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    put(folder.path(), "outside.json", "\"outside\"");
    std::fs::create_dir_all(folder.path().join("fixtures/api/list")).expect("a folder");
    let link = folder.path().join("fixtures/api/list/200.json");
    std::os::unix::fs::symlink(folder.path().join("outside.json"), link).expect("a link");
    let output = counterpart(folder.path(), &["mock", "api.yaml", "-p", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is a link out of fixtures"), "{}", text(&output.stderr));
}

/// A terminal that nobody sits at, to read from.
#[cfg(target_os = "linux")]
fn terminal() -> (std::os::fd::OwnedFd, Stdio) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
    let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("text");
    let flags = std::fs::OpenOptions::new().read(true).write(true).open(name).expect("a terminal");
    (ours, flags.into())
}

/// At a terminal the command shares the mock's process group, so that signals must be passed on one by one.
#[cfg(target_os = "linux")]
#[rstest]
#[case(rustix::process::Signal::TERM)]
#[case(rustix::process::Signal::INT)]
#[case(rustix::process::Signal::HUP)]
fn what_ends_the_mock_at_a_terminal_ends_its_command(#[case] signal: rustix::process::Signal) {
    let (_ours, stdin) = terminal();
    ends_its_command(signal, stdin);
}

#[cfg(unix)]
#[rstest]
#[case(rustix::process::Signal::TERM)]
#[case(rustix::process::Signal::INT)]
#[case(rustix::process::Signal::HUP)]
fn what_ends_the_mock_ends_its_command(#[case] signal: rustix::process::Signal) {
    ends_its_command(signal, Stdio::null());
}

#[cfg(unix)]
fn ends_its_command(signal: rustix::process::Signal, stdin: Stdio) {
    use rustix::process::{Pid, kill_process, test_kill_process};
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let script = "sleep 60 & echo $! > below; wait";
    let mut mock = command(folder.path(), &["mock", "api.yaml", "--", "sh", "-c", script]);
    let mut mock =
        mock.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let begun = Instant::now();
    let below = loop {
        let known = std::fs::read_to_string(folder.path().join("below")).unwrap_or_default();
        if let Ok(pid) = known.trim().parse() {
            break Pid::from_raw(pid).expect("a process");
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the command does not start");
        std::thread::sleep(Duration::from_millis(20));
    };
    kill_process(Pid::from_child(&mock), signal).expect("a signal");
    let code = mock.wait().expect("an end").code();
    assert_eq!(code, Some(128 + signal.as_raw()));
    // It is there as long as nobody has asked how it ended.
    let ended = Instant::now();
    while test_kill_process(below).is_ok() {
        assert!(ended.elapsed() < Duration::from_secs(10), "what the command started runs on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(unix)]
#[test]
fn an_answer_under_way_is_finished_before_the_end() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let mut mock = command(folder.path(), &["mock", "api.yaml", "-p", "0", "--auth", "off", "--delay", "1"]);
    let mut mock = mock.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let mut line = [0; 200];
    let length = mock.stdout.as_mut().expect("stdout").read(&mut line).expect("a line");
    let line = text(&line[..length]);
    let url = line.trim().strip_prefix("listening on ").expect("an address");
    let mut stream = connect(url);
    stream.write_all(b"GET /items HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    std::thread::sleep(Duration::from_millis(300));
    rustix::process::kill_process(rustix::process::Pid::from_child(&mock), rustix::process::Signal::TERM)
        .expect("a signal");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let _ = stream.shutdown(Shutdown::Both);
    assert!(text(&answer).starts_with("HTTP/1.1 200"), "{}", text(&answer));
    assert_eq!(mock.wait().expect("an end").code(), Some(0));
}

#[test]
fn an_unwritable_report_is_told_before_anything_is_sent() {
    let folder = empty();
    let mock = start(folder.path(), &[]);
    for flag in ["--report=json=missing/run.json", "--report=json=.", "--snapshots=api.yaml"] {
        let output = counterpart(folder.path(), &["check", "api.yaml", "--url", &mock.url, flag]);
        assert_eq!(output.status.code(), Some(2), "{flag}: {}", text(&output.stderr));
    }
    let journal = raw(
        &mock.url,
        b"GET /__counterpart/requests HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    assert!(journal.expect("an answer").contains("\"count\":0"));
}

#[test]
fn a_host_parameter_names_nobody_else() {
    let folder = empty();
    put(
        folder.path(),
        "evil.yaml",
        "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n  /items:\n    get:\n      operationId: list\n      \
         parameters: [{name: Host, in: header, required: true, schema: {const: evil.example}}]\n      \
         responses: {200: {description: all}}\n",
    );
    let mock = start(folder.path(), &[]);
    let output = counterpart(folder.path(), &["check", "evil.yaml", "--url", &mock.url]);
    assert!(output.status.code().is_some_and(|code| code < 5), "{}", text(&output.stderr));
    let journal = raw(
        &mock.url,
        b"GET /__counterpart/requests HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    let journal = journal.expect("an answer");
    assert!(journal.contains("/items") && !journal.contains("evil.example"), "{journal}");
}
