//! A Redis of one's own, and replicas of a mock that share it: processes, which are ended with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use counterpart::client::{Client, Options};
use counterpart::exchange::{Request, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The document that the replicas serve: things, which are made, read, replaced and removed.
pub const THINGS: &str = include_str!("things.yaml");

/// A key that the replicas know where they are told to read it.
const KEYS: &str = "[[keys]]\nname = \"k\"\ntoken = \"c4nary-of-a-body\"\nscopes = []\n";

/// How long a process may take to start on a machine that has much else to do.
const START: Duration = Duration::from_secs(30);

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < START, "{what}: not within {START:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A process of a test, which ends with its owner.
pub struct Process(Child);

impl Process {
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.0.wait().expect("its end");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("a process of this test");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that keeps what it acknowledges on disk, so that it can be killed.
pub struct Redis {
    pub process: Process,
    folder: tempfile::TempDir,
    pub port: u16,
    password: Option<&'static str>,
    is_node: bool,
}

impl Redis {
    pub fn start(password: Option<&'static str>) -> Self {
        Self::of_kind(password, false)
    }

    /// A node for a cluster, which has no slots yet.
    pub fn node() -> Self {
        Self::of_kind(None, true)
    }

    fn of_kind(password: Option<&'static str>, is_node: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let folder = tempfile::tempdir().expect("a folder");
        let process = Self::run(folder.path(), port, password, is_node);
        let redis = Self { process, folder, port, password, is_node };
        redis.wait();
        redis
    }

    fn run(folder: &Path, port: u16, password: Option<&str>, is_node: bool) -> Process {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
        command.arg("--dir").arg(folder).args(["--port", &port.to_string()]);
        command.args(password.into_iter().flat_map(|password| ["--requirepass", password]));
        if is_node {
            // Nodes talk to each other at a port of their own, by default 10,000 higher.
            let bus =
                TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
            command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]);
            command.args(["--cluster-port", &bus.to_string()]);
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Process(command.spawn().expect("redis-server (Debian: apt-get install redis-server)"))
    }

    fn wait(&self) {
        let begun = Instant::now();
        while !self.ask("PING").is_some_and(|told| told.contains("PONG")) {
            assert!(begun.elapsed() < START, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a command in a line, and gives what comes back at once.
    pub fn ask(&self, line: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
        let login = self.password.map(|password| format!("AUTH {password}\r\n")).unwrap_or_default();
        stream.write_all(format!("{login}{line}\r\nQUIT\r\n").as_bytes()).ok()?;
        let mut told = Vec::new();
        // A server that is being loaded does not come to an end.
        let _ = stream.read_to_end(&mut told);
        Some(String::from_utf8_lossy(&told).into_owned())
    }

    /// Its address; `login` stands before the host.
    pub fn url(&self, login: &str) -> String {
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// Starts it again, with what is on disk.
    pub fn start_again(&mut self) {
        self.process = Self::run(self.folder.path(), self.port, self.password, self.is_node);
        self.wait();
    }

    /// Everything that lies on its disk: each change that it was asked for.
    pub fn disk(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut left = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = left.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
                if entry.path().is_dir() {
                    left.push(entry.path());
                } else {
                    all.extend(std::fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        all
    }
}

/// A replica.
pub struct Replica {
    pub process: Process,
    client: Client,
    pub url: String,
    /// Where its document and configuration are.
    pub folder: tempfile::TempDir,
    log: PathBuf,
}

/// The built program, with a folder of its own and what it says in a file there.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.current_dir(folder).args(arguments).env_remove("COUNTERPART_STORE");
    command.stdin(Stdio::null());
    command
}

impl Replica {
    pub fn start(store: &str, arguments: &[&str]) -> Self {
        Self::with(store, arguments, "")
    }

    /// With a configuration.
    pub fn with(store: &str, arguments: &[&str], config: &str) -> Self {
        Self::trusting(store, arguments, config, None)
    }

    /// Which trusts the authorities of a file instead of those of the system.
    pub fn trusting(store: &str, arguments: &[&str], config: &str, authorities: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("things.yaml"), THINGS).expect("a file");
        std::fs::write(folder.path().join("counterpart.toml"), config).expect("a file");
        std::fs::write(folder.path().join("keys.toml"), KEYS).expect("a file");
        let all = [&["mock", "things.yaml", "--stateful", "--port", "0"][..], arguments].concat();
        let log = folder.path().join("log");
        let mut command = command(folder.path(), &all);
        command.env("COUNTERPART_STORE", store);
        command.envs(authorities.map(|file| ("SSL_CERT_FILE", file)));
        command.stdout(Stdio::piped()).stderr(std::fs::File::create(&log).expect("a file"));
        let mut child = command.spawn().expect("the built program");
        let mut line = String::new();
        let told = BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line);
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| {
            panic!("{told:?} {line:?} {}", std::fs::read_to_string(&log).unwrap_or_default())
        });
        let client = Client::new(&Options { retries: 0, ..Options::new(url.clone()) }).expect("a client");
        Self { process: Process(child), client, url, folder, log }
    }

    /// What it has said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }

    /// Sends a request in a session; `None` where no answer came.
    pub async fn send(&self, session: &str, method: &str, target: &str, body: &str) -> Option<Response> {
        let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
        let mut request = Request::new(method.parse().expect("a method"), path);
        request.query = query.map(str::to_owned);
        let value = |text: &str| http::HeaderValue::from_str(text).expect("a value");
        request.headers.insert("authorization", value("Bearer c4nary-of-a-key"));
        if !session.is_empty() {
            request.headers.insert("counterpart-session", value(session));
        }
        if !body.is_empty() {
            request.headers.insert("content-type", value("application/json"));
            request.body = Bytes::copy_from_slice(body.as_bytes());
        }
        self.client.send(&request, "test").await.outcome.ok()
    }

    pub async fn status(&self, session: &str, method: &str, target: &str, body: &str) -> u16 {
        self.send(session, method, target, body).await.map_or(0, |response| response.status.as_u16())
    }

    /// The body of a GET.
    pub async fn get(&self, session: &str, target: &str) -> Value {
        let response = self.send(session, "GET", target, "").await.expect("an answer");
        serde_json::from_slice(&response.body).unwrap_or_default()
    }
}

/// A server that speaks nothing but TLS, by a certificate that nobody else knows.
pub struct Secured {
    _process: Process,
    folder: tempfile::TempDir,
    port: u16,
}

impl Secured {
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let folder = tempfile::tempdir().expect("a folder");
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).expect("a file");
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", "0", "--tls-port", &port.to_string()]);
        command.args(["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem"]);
        command.args([
            "--tls-ca-cert-file",
            "cert.pem",
            "--tls-auth-clients",
            "no",
            "--requirepass",
            "c4nary-of-tls",
        ]);
        let command = command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let process = Process(command.spawn().expect("redis-server"));
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < START, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { _process: process, folder, port }
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub fn url(&self) -> String {
        format!("rediss://:c4nary-of-tls@localhost:{}", self.port)
    }
}

/// So many replicas.
pub fn replicas(count: usize, redis: &Redis) -> Vec<Replica> {
    (0..count).map(|_| Replica::start(&redis.url(""), &["--quiet"])).collect()
}
