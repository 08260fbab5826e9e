//! A mock on a free port, and a check against it, in this process.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use counterpart::check::credentials::{Credential, Limited, Sources, Stranger};
use counterpart::check::shards::{Whole, split};
use counterpart::check::{self, Options as RunOptions, Outcome, Settings as PlanSettings};
use counterpart::client::token::Granted;
use counterpart::client::{Client, Options as ClientOptions};
use counterpart::config::Key;
use counterpart::contract::OperationId;
use counterpart::document::Document;
use counterpart::document::bundle::Refusal;
use counterpart::exchange::{Request, Response, Secret};
use counterpart::mock::{Auth, Fault, Options};
use counterpart::project::{Config, Memory, Project, Wanted};
use counterpart::resources::Resources;
use counterpart::run::policy::{self, Policy};
use counterpart::run::{Finding, KeyInfo, Run, Shard};
use serde_json::Value;

/// The bundled API.
pub const CORE7: &str = "specs/core-7.yaml";
/// A small API for what the bundled one gives no occasion for.
pub const SHOP: &str = "specs/tiny/shop.yaml";

/// A project of the repository, with what its document lets us infer.
pub struct Api {
    project: counterpart::Project,
    pub resources: Resources,
    /// Reads under way at a time.
    pub jobs: u8,
    pub write_jobs: u8,
    pub max_requests: Option<usize>,
    /// Which share of a run `check` is.
    pub shard: Shard,
}

impl Deref for Api {
    type Target = Project;

    fn deref(&self) -> &Project {
        self.project.inner()
    }
}

impl DerefMut for Api {
    fn deref_mut(&mut self) -> &mut Project {
        self.project.inner_mut().expect("no mock shares it")
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Holds a text against `tests/snapshots/NAME.snap`; what differs from run to run is left out.
pub fn snapshot(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"in [\d.]+ m?s\b", "in TIME");
    // Reads are sent side by side, so that their numbers vary.
    settings.add_filter(r#""counterpart-request":"\d+""#, "\"counterpart-request\":\"N\"");
    settings.add_filter(r#"etag(": ?"\\|: )"[0-9a-f]{16}"#, "etag$1\"TAG");
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

/// Holds a report against a schema of the repository.
pub fn keeps_schema(name: &str, report: &Value) {
    let schema = std::fs::read(root().join(name)).expect("a schema");
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::options().build(&schema).expect("a schema that can be compiled");
    let wrong: Vec<String> = validator.iter_errors(report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A document alone, whatever else it refers to.
pub fn parsed_tree(octets: &[u8]) -> Arc<Value> {
    let mut nothing = |_: &str| Err(Refusal { message: String::new(), help: String::new() });
    Document::parse("t", octets, &mut nothing).expect("a readable document").0.tree
}

impl Api {
    pub fn of(document: &str) -> Self {
        let read = |path: &str| std::fs::read(root().join(path)).expect("a file of the repository");
        let mut reader = Memory::default().with(document, read(document));
        let (companion, folder) = match document {
            SHOP => (Some("specs/tiny/shop.toml"), Some("tests/fixtures/shop")),
            // It contradicts what is told of the real service, and stands for itself.
            published if published.ends_with("published.json") => (Some("specs/core-7.toml"), None),
            _ => (Some("specs/core-7.toml"), Some("fixtures/core-7")),
        };
        if let Some(companion) = companion {
            reader = reader.with(Path::new(document).with_extension("toml"), read(companion));
        }
        for (path, octets) in folder.map(|folder| files(&root().join(folder))).unwrap_or_default() {
            reader = reader.with(format!("fixtures/api/{path}"), octets);
        }
        let mut api = Self::loaded(document, &reader);
        assert!(api.problems.is_empty(), "{:#?}", api.problems);
        if folder.is_none() {
            api.settings.state.clear();
        }
        api.with_state()
    }

    /// An API that a test writes itself, with the text of its settings.
    pub fn written(tree: &Value, companion: &str) -> Self {
        Self::with_fixtures(tree, companion, &[])
    }

    /// As [`Api::written`], with these fixtures, by path.
    pub fn with_fixtures(tree: &Value, companion: &str, fixtures: &[(String, String)]) -> Self {
        let mut reader =
            Memory::default().with("t.json", tree.to_string()).with("t.toml", companion.to_owned());
        for (path, text) in fixtures {
            reader = reader.with(format!("fixtures/api/{path}"), text.clone());
        }
        let api = Self::loaded("t.json", &reader);
        assert!(api.problems.is_empty(), "{:?}", api.problems);
        api
    }

    fn loaded(document: &str, reader: &Memory) -> Self {
        let (document, name) = (Some(document.to_owned()), Some("api".to_owned()));
        let wanted = Wanted { document, name, ..Wanted::default() };
        let project = Project::load(&wanted, Config::default(), reader).expect("a project");
        let resources = project.resources();
        Self {
            project: project.into(),
            resources,
            jobs: check::JOBS,
            write_jobs: 1,
            max_requests: None,
            shard: Shard::ALL,
        }
    }

    /// With what its settings tell of collections now.
    pub fn with_state(mut self) -> Self {
        self.resources = self.project.inner().resources();
        self
    }

    pub fn options(&self) -> Options {
        let mut options = self.mock_options("", || jiff::Timestamp::UNIX_EPOCH);
        options.auth = Auth::Scopes;
        options.stateful = true;
        options.keys.extend([limited(), stranger()]);
        options
    }

    /// The mock on a free port.
    pub async fn mock(&self, faults: &[Fault]) -> Server {
        let mut options = self.options();
        options.faults = faults.to_vec();
        self.mock_with(options).await
    }

    /// The mock that only replays.
    pub async fn replay(&self) -> Server {
        self.mock_with(Options { stateful: false, ..self.options() }).await
    }

    pub async fn mock_with(&self, options: Options) -> Server {
        let mock = self.project.mock().with_options(|known| *known = options);
        let mock = mock.start().await.expect("a free port");
        Server { url: mock.url().to_owned(), mock }
    }

    /// What `check` does.
    pub async fn check(&self, url: &str, sources: &Sources) -> (Run, u8) {
        self.check_without(url, sources, &[]).await
    }

    pub async fn check_without(&self, url: &str, sources: &Sources, muted: &[&str]) -> (Run, u8) {
        let mute = |settings: &mut check::Settings| {
            for name in muted {
                settings
                    .muted
                    .insert(name.parse::<counterpart::rules::Selector>().expect("a rule or a family"));
            }
        };
        Self::settled(self.outcome(url, sources, None, mute).await)
    }

    /// What `check` does with other settings.
    pub async fn check_with(&self, url: &str, change: impl FnOnce(&mut PlanSettings)) -> (Run, u8) {
        Self::settled(self.outcome(url, &self_describing(), None, change).await)
    }

    /// What `check` finds, before it is judged.
    pub async fn found(&self, url: &str) -> Run {
        self.outcome(url, &self_describing(), None, |_| ()).await.run
    }

    /// What `check --slow` does.
    pub async fn check_slow(&self, url: &str, slow: Option<Duration>) -> (Run, u8) {
        Self::settled(self.outcome(url, &self_describing(), slow, |_| ()).await)
    }

    /// What `check --only` does with some operations.
    pub async fn check_about(
        &self,
        url: &str,
        slow: Option<Duration>,
        operations: &BTreeSet<OperationId>,
    ) -> (Run, u8) {
        let others = self.contract.operations.iter().map(|operation| operation.index);
        let others = others.filter(|index| !operations.contains(index));
        let skipped = others.map(|index| (index, check::ONLY.to_owned())).collect();
        // What a liar is asked next may depend on the lie.
        Self::judged(self.outcome(url, &self_describing(), slow, |settings| settings.skipped = skipped).await)
    }

    /// The result of a run against a target that answers alike whenever it is asked.
    fn settled(outcome: Outcome) -> (Run, u8) {
        assert_eq!(outcome.unused, 0, "answers that were asked for ahead, and not wanted");
        Self::judged(outcome)
    }

    fn judged(outcome: Outcome) -> (Run, u8) {
        assert_eq!(outcome.stopped, None);
        let mut run = outcome.run;
        let policy = Policy::default();
        policy::apply(&mut run, &policy);
        let code = policy::exit_code(&run, &policy);
        // Who saw something has looked, and nobody looked where nothing was sent.
        for operation in &run.operations {
            let own = |finding: &&Finding| finding.operation == operation.operation;
            let mut seen =
                run.findings.iter().flat_map(Finding::each).filter(own).map(|finding| finding.rule);
            assert!(seen.all(|rule| operation.looked.contains(&rule)), "{operation:?}");
            assert!(operation.requests > 0 || operation.looked.is_empty(), "{operation:?}");
        }
        (run, code)
    }

    async fn outcome(
        &self,
        url: &str,
        sources: &Sources,
        slow: Option<Duration>,
        change: impl FnOnce(&mut PlanSettings),
    ) -> Outcome {
        let mut plan_settings = self.plan_settings(true).expect("operations of the document");
        change(&mut plan_settings);
        let resources = &self.resources;
        let mut plan = check::plan(&self.contract, resources, &plan_settings);
        if self.shard.count > 1 {
            let whole = Whole { contract: &self.contract, resources, settings: &plan_settings, plan: &plan };
            for split in split(&[whole], self.shard.count) {
                split.take(self.shard, (&self.contract, resources), &mut plan, &mut plan_settings);
            }
        }
        let client = Client::new(&ClientOptions::new(url)).expect("a client");
        let options = RunOptions {
            name: "qtestq".to_owned(),
            begun: None,
            keeps_traffic: true,
            seed: 1,
            jobs: self.jobs,
            write_jobs: self.write_jobs,
            pause: None,
            deadline: None,
            max_requests: self.max_requests,
            slow,
            fail_fast: false,
        };
        let job = check::Job {
            contract: &self.contract,
            resources,
            plan: &plan,
            settings: &plan_settings,
            sources,
            target: &client,
            options: &options,
            // Nobody stops it.
            stop: tokio::sync::watch::channel(false).1,
        };
        Box::pin(check::run(&job, &mut |_| ())).await
    }
}

/// A running mock; it ends when this is dropped.
pub struct Server {
    pub url: String,
    mock: counterpart::MockServer,
}

impl Deref for Server {
    type Target = counterpart::MockServer;

    fn deref(&self) -> &Self::Target {
        &self.mock
    }
}

impl Server {
    pub async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
        send(&self.url, method, target, headers, body).await
    }
}

/// One request, and what came back.
pub async fn send(url: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut request = Request::new(method.parse().expect("a method"), path);
    request.query = query.map(str::to_owned);
    for (name, value) in headers {
        request.headers.insert(
            http::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            value.parse().expect("a value"),
        );
    }
    request.body = Bytes::copy_from_slice(body.as_bytes());
    // What comes back is shown, also where a runner would try again.
    let options = ClientOptions { retries: 0, ..ClientOptions::new(url) };
    Client::new(&options).expect("a client").send(&request, "test").await.outcome.expect("an answer")
}

/// A server of a dozen lines that answers every request, of which it is shown the head, with 200 and
/// JSON; it ends with the tests. Gives its address.
pub fn raw(mut answer: impl FnMut(&str) -> String + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
            let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let body = answer(&head.join("\n"));
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\nset-cookie: session=s3ss1on-c4nary";
            // Who has gone away has seen enough.
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    url
}

/// A site of files: what a path (without its query) leads to, as a status, a media type and a text; it ends with
/// the tests. Gives its address.
pub fn site(page: impl Fn(&str) -> (&'static str, &'static str, &'static str) + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
            let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
            let (status, kind, body) = page(path.split('?').next().unwrap_or_default());
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close");
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    url
}

/// A key that may do everything, elsewhere.
fn limited() -> Key {
    let only = ["project_id", "organization_id", "petId"]
        .map(|name| (name.to_owned(), vec!["elsewhere".to_owned()]));
    Key {
        denied: Vec::new(),
        name: "elsewhere".to_owned(),
        token: Secret::new("limited-key"),
        scopes: Some(["*", "pets:read", "pets:write"].map(str::to_owned).to_vec()),
        owner: None,
        scheme: None,
        expires: None,
        only: only.into_iter().collect(),
    }
}

/// A key of another owner than all others, that may do everything.
fn stranger() -> Key {
    let mut key = limited();
    "stranger".clone_into(&mut key.name);
    key.only.clear();
    Key { token: Secret::new("stranger-key"), owner: Some("b".to_owned()), ..key }
}

/// Keys that the mock reads from themselves, one that holds elsewhere, and one of another owner.
pub fn self_describing() -> Sources {
    let Key { name, token, scopes, only, .. } = limited();
    let key = Credential::new(token, KeyInfo { name, scopes: scopes.unwrap_or_default() });
    let Key { name, token, scopes, owner, .. } = stranger();
    let other = Credential::new(token, KeyInfo { name, scopes: scopes.unwrap_or_default() });
    Sources {
        strangers: vec![Stranger { owner: owner.unwrap_or_default(), key: other }],
        limited: vec![Limited { key, only: only.into_iter().collect() }],
        minter: Some(Box::new(|scopes| {
            let token = Secret::new(format!("mock:{}", scopes.join("+")));
            Box::pin(async move { Ok(Granted::bare(token)) })
        })),
        ..Sources::default()
    }
}

fn files(folder: &Path) -> Vec<(String, Bytes)> {
    let mut files = Vec::new();
    for operation in std::fs::read_dir(folder).expect("fixtures") {
        let operation = operation.expect("an entry").path();
        for file in std::fs::read_dir(&operation).expect("a folder") {
            let file = file.expect("an entry").path();
            let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
            files.push((
                format!("{}/{}", name(&operation), name(&file)),
                std::fs::read(&file).expect("a file").into(),
            ));
        }
    }
    files
}
