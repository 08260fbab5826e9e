//! The first half hour: `init`, and then the commands that it prints, typed as they stand.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::command::{Mock, counterpart, empty, put, text};

/// The commands below `next:`.
fn commands(printed: &str) -> Vec<String> {
    let (_, next) = printed.split_once("\nnext:\n").expect("what to do next");
    let lines =
        next.lines().filter(|line| line.starts_with("  counterpart") || line.contains("… counterpart"));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// Types a command into a shell that finds the binary.
fn typed(folder: &Path, line: &str) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_counterpart"));
    let path = format!("{}:{}", binary.parent().expect("a folder").display(), crate::start::path());
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", line]).env("PATH", path).env("NO_COLOR", "1");
    shell.env_remove("COUNTERPART_TOKEN").stdin(Stdio::null()).output().expect("a shell")
}

#[expect(clippy::disallowed_methods, reason = "a shell finds programs by it")]
fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}

/// Runs the three commands: the mock, the check of the API, the check of the mock. `secrets` replace each `…`.
fn walk(folder: &Path, printed: &str, secrets: &[&str]) -> [Output; 2] {
    let commands = commands(printed);
    let [mock, own, other] = commands.as_slice() else { panic!("{printed}") };
    let arguments: Vec<String> = shlex::split(mock).expect("words").split_off(2);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mock = Mock::start(folder, &arguments);
    let mut own = own.clone();
    for secret in secrets {
        own = own.replacen('…', secret, 1);
    }
    assert!(!own.contains('…'), "{own}");
    let own = typed(folder, &own);
    let other = typed(folder, &other.replace("http://127.0.0.1:4010", &mock.url));
    [own, other]
}

fn conforms(output: &Output) {
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
    assert!(shown.contains("findings    0 errors") && !shown.contains("inconclusive"), "{shown}");
}

/// A document with a flow for tokens. The API is a mock of it, which issues them at the documented address.
fn document(flow: &str, server: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\nservers: [{{url: '{server}'}}]\n\
         components:\n  securitySchemes:\n    o: {{type: oauth2, flows: {{{flow}: {{tokenUrl: oauth/token, scopes: {{'a:read': reads}}}}}}}}\n\
         security: [{{o: ['a:read']}}]\npaths:\n  /a:\n    get:\n      operationId: readA\n      responses:\n\
         \x20       '200': {{description: a, content: {{application/json: {{schema: {{type: object}}}}}}}}\n\
         \x20       '401': {{description: no key}}\n        '403': {{description: no scope}}\n"
    )
}

#[rstest::rstest]
#[case("password", &["alice", "wonderland"])]
#[case("clientCredentials", &["runner", "secret-0815"])]
fn keys_come_from_the_token_address_of_the_document(#[case] flow: &str, #[case] secrets: &[&str]) {
    let folder = empty();
    put(folder.path(), "api.yaml", &document(flow, "/"));
    let api = Mock::start(folder.path(), &["api.yaml", "--auth", "scopes"]);
    put(folder.path(), "api.yaml", &document(flow, &api.url));
    let printed = counterpart(folder.path(), &["init", "api.yaml"]);
    let printed = text(&printed.stdout);
    assert!(printed.contains(&format!("{}/oauth/token", api.url)), "{printed}");
    walk(folder.path(), &printed, secrets).iter().for_each(conforms);
    // Without the passwords, everything that needs no key works, and a check says what is missing.
    assert_eq!(counterpart(folder.path(), &["list"]).status.code(), Some(0));
    let check = counterpart(folder.path(), &["check", "--url", &api.url]);
    let said = text(&check.stderr);
    assert_eq!(check.status.code(), Some(2), "{said}");
    assert!(said.contains("is not set") && said.contains("--> counterpart.toml:"), "{said}");
}

#[test]
fn a_document_with_a_password_in_its_address_is_not_written_down() {
    let folder = empty();
    let document = "http://user:canary@127.0.0.1:9/openapi.json";
    let output = counterpart(folder.path(), &["init", document]);
    assert!(!format!("{}{}", text(&output.stdout), text(&output.stderr)).contains("canary"));
}

#[cfg(feature = "heavy")]
mod service {
    use std::io::{Read, Write};
    use std::process::Child;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::support::root;

    struct Service {
        child: Child,
        url: String,
    }

    impl Service {
        fn start(kind: &str) -> Self {
            let installed = Command::new("bash").arg(root().join("tests/start/install")).status();
            assert!(
                installed.expect("bash").success(),
                "tests/start/install failed: python3 with venv, and PyPI, are needed"
            );
            let begun = Instant::now();
            // Another test may have taken the port in the meantime.
            loop {
                let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
                let port = free.local_addr().expect("an address").port();
                drop(free);
                let child = Command::new(root().join("target/start/bin/python"))
                    .arg(root().join("tests/start/service.py"))
                    .args([kind, &port.to_string()])
                    .spawn()
                    .expect("python");
                let mut service = Self { child, url: format!("http://127.0.0.1:{port}") };
                while service.child.try_wait().expect("a child").is_none() {
                    if describes(port) {
                        return service;
                    }
                    assert!(begun.elapsed() < Duration::from_mins(1), "the service does not listen");
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    /// Whether a service at a port answers with its document.
    fn describes(port: u16) -> bool {
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let mut answer = Vec::new();
        stream.write_all(b"GET /openapi.json HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").is_ok()
            && stream.read_to_end(&mut answer).is_ok()
            && String::from_utf8_lossy(&answer).contains("\"openapi\"")
    }

    impl Drop for Service {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// A fresh service of FastAPI, known by the address of its document alone.
    #[test]
    fn a_stranger_checks_a_fastapi_service() {
        for (kind, secrets) in
            [("oauth2", &["alice", "wonderland"][..]), ("key", &["a-token-of-alice-0815"]), ("none", &[])]
        {
            let service = Service::start(kind);
            let folder = empty();
            let document = format!("{}/openapi.json", service.url);
            let printed = text(&counterpart(folder.path(), &["init", &document]).stdout);
            let config = std::fs::read_to_string(folder.path().join("counterpart.toml")).expect("a file");
            assert!(config.contains(&format!("spec = {document:?}")), "{config}");
            assert!(printed.contains(&format!("check --url {}", service.url)), "{printed}");
            let [own, mock] = walk(folder.path(), &printed, secrets);
            conforms(&mock);
            // FastAPI itself fails where its refusal repeats half of a surrogate pair.
            let shown = text(&own.stdout);
            let errors: Vec<&str> = shown.lines().filter(|line| line.starts_with("error[")).collect();
            assert!(errors.iter().all(|line| line.starts_with("error[server-error]")), "{shown}");
            assert!(errors.len() <= 1 && !shown.contains("inconclusive"), "{shown}{}", text(&own.stderr));
            assert!(shown.contains("            5 of 5 operations"), "{shown}");
        }
    }
}
