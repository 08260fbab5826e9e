//! TLS in front of the mock and of the proxy, and behind it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::API;
use crate::command::{Mock, command, counterpart, empty, put, text};

/// TLS with the client, by a certificate that is made for it, and with the target; HTTP/2 on both sides.
#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_on_both_sides() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    let target = Mock::start(folder.path(), &["api.yaml", "--tls"]);
    assert!(target.url.starts_with("https://127.0.0.1:"), "{}", target.url);
    let arguments = ["proxy", "api.yaml", "-p", "0", "-q", "--tls", "--url", &target.url];
    let start = |more: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(more);
        let mut child = command(folder.path(), &all).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let url = line.trim_start_matches("listening on ").split(',').next().expect("an address").to_owned();
        (child, url)
    };
    for (more, expected) in [(&["--insecure"][..], 200), (&[], 502)] {
        let (mut child, url) = start(more);
        let mut options = counterpart::client::Options::new(url);
        options.insecure = true;
        let client = counterpart::client::Client::new(&options).expect("a client");
        let request = counterpart::exchange::Request::new(http::Method::GET, "/pets");
        let exchange = client.send(&request, "test").await;
        let _ = child.kill();
        let _ = child.wait();
        assert_eq!(exchange.status(), Some(expected), "{:?}", exchange.outcome);
    }
    let output = counterpart(
        folder.path(),
        &["mock", "api.yaml", "-p", "0", "--tls-cert", "api.yaml", "--tls-key", "api.yaml"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is none in the file"), "{}", text(&output.stderr));
}
