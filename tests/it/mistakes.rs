//! Mistakes that people make, each with what the program says of it: what is wrong, where, and what to do.
//!
//! `tests/snapshots/mistakes.snap` has them all, to be read.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::command::{Mock, command, empty, put, text};
use crate::program::program;
use crate::support::{root, site};

/// Commands, under what is wrong with them. `VARIABLE=value` in front is set in the environment; `MOCK`, `PAGES`,
/// `SECURE` and `CLOSED` are addresses; `!` in front shows what the command prints on stdout too.
const CASES: &str = include_str!("../mistakes/cases.txt");

/// Files that the commands name: `=== NAME`, and the text.
const FILES: &str = include_str!("../mistakes/files.txt");

const API: &str = include_str!("../mistakes/api.yaml");
const CERTIFICATE: &str = include_str!("../mistakes/cert.pem");
const KEY: &str = include_str!("../mistakes/key.pem");

/// A site: a list below /api, documentation below /docs, and nothing else.
fn pages() -> String {
    site(|path| match path {
        "/api/pets" => ("200 OK", "application/json", "[]"),
        "/docs" => (
            "200 OK",
            "text/html",
            "<!DOCTYPE html><html><script>show({url: '/openapi.json'})</script></html>",
        ),
        "/login" => ("200 OK", "text/html", "<html>Log in</html>"),
        _ => ("404 Not Found", "text/plain", "nothing here"),
    })
}

/// A server that speaks TLS alone, with a certificate that nobody knows.
fn tls() -> String {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let serve = move |mut stream: TcpStream| {
        let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let mut inside = rustls::Stream::new(&mut connection, &mut stream);
        let _ = inside.read(&mut [0; 1024]);
        let _ = inside.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    std::thread::spawn(move || listener.incoming().filter_map(Result::ok).for_each(serve));
    url
}

/// An address at which nothing listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// Runs one command, and writes down what it says.
fn run(folder: &Path, line: &str, addresses: &[(&str, String)], shown: &mut String) {
    let shows_all = line.starts_with('!');
    let mut words: Vec<String> = shlex::split(line.trim_start_matches('!')).expect("words");
    let is_variable =
        |word: &String| word.split_once('=').is_some_and(|(name, _)| name.starts_with("COUNTERPART_"));
    let variables: Vec<String> = words.iter().take_while(|word| is_variable(word)).cloned().collect();
    words.drain(..variables.len());
    for word in &mut words {
        for (name, address) in addresses {
            *word = word.replace(name, address);
        }
    }
    let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = command(folder, &arguments);
    for (name, value) in variables.iter().filter_map(|variable| variable.split_once('=')) {
        command.env(name, value);
    }
    let output = command.output().expect("the binary runs");
    let mut said = text(&output.stderr);
    if shows_all {
        said = format!("{}{said}", text(&output.stdout));
    }
    for (name, address) in addresses {
        said = said.replace(address.as_str(), name);
    }
    let code = output.status.code().map_or("a signal".to_owned(), |code| code.to_string());
    let _ = writeln!(
        shown,
        "$ {}\n{}[exit {code}]",
        line.trim_start_matches('!'),
        said.trim_end().to_owned() + if said.trim().is_empty() { "" } else { "\n" }
    );
    assert!(!said.contains("panicked"), "{line}: {said}");
}

#[test]
fn every_mistake_says_what_where_and_what_to_do() {
    let folder = empty();
    put(folder.path(), "api.yaml", API);
    for file in FILES.split("=== ").skip(1) {
        let (name, content) = file.split_once('\n').expect("a name");
        put(folder.path(), name, content);
    }
    let mock = Mock::start(folder.path(), &["api.yaml", "--stateful", "--auth", "scopes"]);
    let host = mock.url.trim_start_matches("http://").to_owned();
    let tls = tls();
    let addresses = [
        ("MOCK", mock.url.clone()),
        ("PLAINHOST", host),
        ("PAGES", pages()),
        ("SECUREHOST", tls.trim_start_matches("https://").to_owned()),
        ("SECURE", tls.clone()),
        ("CLOSED", closed()),
        ("PROGRAM", program().to_owned()),
    ];
    let mut shown = String::new();
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ") {
            Some(title) => {
                let _ = writeln!(shown, "\n# {title}");
            }
            None => {
                count += 1;
                run(folder.path(), line, &addresses, &mut shown);
            }
        }
    }
    assert!(count >= 75, "{count} mistakes");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"\(os error \d+\)", "(os error N)");
    settings.add_filter(r"in [\d.]+ m?s\b", "in TIME");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.bind(|| insta::assert_snapshot!("mistakes", shown.trim_start()));
}
