//! `counterpart health`: asks a running mock, as the health check of a container does.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;

use rstest::rstest;

use crate::command::{Mock, command, counterpart, empty, put, text};

fn ask(arguments: &[&str]) -> Output {
    let folder = empty();
    let mut all = vec!["health"];
    all.extend(arguments);
    counterpart(folder.path(), &all)
}

fn is_refused(output: &Output, code: i32, part: &str) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(part), "{told}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}

#[test]
fn a_mock_and_a_proxy_are_well() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let output = ask(&["--url", &mock.url]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), format!("{} is well\n", mock.url));
    let by_variable = command(folder.path(), &["health"]).env("COUNTERPART_URL", &mock.url).output();
    assert_eq!(by_variable.expect("the binary runs").status.code(), Some(0));
    let mut proxy = command(folder.path(), &["proxy", "-q", "-p", "0", "--url", &mock.url]);
    let proxy = Mock::of(&mut proxy);
    let url = proxy.url.split(',').next().expect("an address");
    assert_eq!(ask(&["--url", url]).status.code(), Some(0));
}

#[test]
fn nobody_there_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    is_refused(&ask(&["--url", &url, "--wait", "300ms"]), 3, "gave no answer: connection failed");
    is_refused(&ask(&["--url", "127.0.0.1:4010"]), 2, "http://");
}

#[test]
fn a_mock_that_comes_later_is_waited_for() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    let folder = empty();
    let url = format!("http://127.0.0.1:{port}");
    let mut waiting = command(folder.path(), &["health", "--url", &url, "--wait", "60s"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // What asks too early is not answered: the port is taken and nobody accepts.
    assert!(waiting.try_wait().expect("a process").is_none());
    drop(free);
    let _mock = Mock::of(&mut command(folder.path(), &["mock", "-q", "-p", &port]));
    assert_eq!(waiting.wait().expect("a process").code(), Some(0));
}

#[rstest]
#[case::another_name("403 Forbidden", "{}", "--allow-host")]
#[case::another_server("404 Not Found", "no such page", "answered 404, and not as a mock does")]
#[case::other_json("200 OK", "{\"status\": \"down\"}", "answered 200, and not as a mock does")]
fn what_is_no_mock_is_told(#[case] status: &'static str, #[case] body: &'static str, #[case] part: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).expect("a request");
        let length = body.len();
        write!(
            connection,
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .expect("an answer");
    });
    is_refused(&ask(&["--url", &url]), 3, part);
    server.join().expect("the server");
}

/// An empty container has no authorities: what needs no TLS works, and TLS says what is missing.
#[test]
fn without_authorities_only_tls_is_refused() {
    let folder = empty();
    put(folder.path(), "none.pem", "");
    let bare = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        command.env("SSL_CERT_FILE", folder.path().join("none.pem")).env_remove("SSL_CERT_DIR");
        command.output().expect("the binary runs")
    };
    let plain = Mock::start(folder.path(), &[]);
    assert_eq!(bare(&["health", "--url", &plain.url]).status.code(), Some(0));
    let secured = Mock::start(folder.path(), &["--tls"]);
    is_refused(&bare(&["health", "--url", &secured.url]), 3, "no certificate authorities");
    assert_eq!(bare(&["health", "--insecure", "--url", &secured.url]).status.code(), Some(0));
    let checked = bare(&["check", "--url", &secured.url, "--read-only", "--mint", "mock:{scopes}"]);
    is_refused(&checked, 3, "connection failed: this machine has no certificate authorities");
    is_refused(&ask(&["--url", &secured.url]), 3, "gave no answer");
}
