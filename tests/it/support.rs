//! A mock on a free port, and a check against it, in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use counterpart::client::{Client, Options as ClientOptions};
use counterpart::conform::keys::{Minted, Sources};
use counterpart::conform::plan::Given;
use counterpart::conform::{self, Options as RunOptions, Outcome, Settings as PlanSettings};
use counterpart::contract::{Contract, build};
use counterpart::document::Document;
use counterpart::exchange::{Request, Response, Secret};
use counterpart::mock::{App, Auth, Fault, Options, serve};
use counterpart::produce::fixture::Fixtures;
use counterpart::resource::Resources;
use counterpart::run::Run;
use counterpart::run::policy::{self, Policy};
use counterpart::settings::{self, Settings, Source};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The document that the fixtures belong to.
pub const DOCUMENT: &str = "specs/core-7.yaml";

/// The bundled API, read from the repository.
pub struct Core7 {
    pub contract: Arc<Contract>,
    pub fixtures: Fixtures,
    pub settings: Settings,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

impl Core7 {
    pub fn load() -> Self {
        Self::of(DOCUMENT)
    }

    pub fn of(document: &str) -> Self {
        let read = |path: &str| std::fs::read(root().join(path)).expect("a file of the repository");
        let tree = Document::parse(document, &read(document)).expect("a readable document");
        let (contract, problems) = build("core-7", &tree).expect("a contract");
        assert!(problems.is_empty(), "{problems:?}");
        let companion = String::from_utf8(read("specs/core-7.toml")).expect("text");
        let settings =
            settings::parse(Source::Companion, "core-7.toml", &companion, &|_| None).expect("a companion");
        // The published document knows less than the fixtures do, and is mocked without them.
        let files = if document == DOCUMENT { files(&root().join("fixtures/core-7")) } else { Vec::new() };
        let (fixtures, problems) = Fixtures::load(&contract, files);
        assert!(problems.is_empty(), "{problems:#?}");
        Self { contract: Arc::new(contract), fixtures, settings }
    }

    pub fn options(&self) -> Options {
        let mut options = Options::new("", || jiff::Timestamp::UNIX_EPOCH);
        options.auth = Auth::Scopes;
        options.scopes = self.settings.scope_rules();
        options.errors.clone_from(&self.settings.errors);
        options
    }

    /// The mock on a free port.
    pub async fn mock(&self, faults: &[Fault]) -> Server {
        let mut options = self.options();
        options.faults = faults.to_vec();
        self.mock_with(options).await
    }

    pub async fn mock_with(&self, mut options: Options) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        options.origin.clone_from(&url);
        let app = App::new(Arc::clone(&self.contract), self.fixtures.clone(), options);
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, app, async {
            let _ = stopped.await;
        }));
        Server { url, _stop: stop }
    }

    /// What `check` does, without the families that need a mock with state.
    pub async fn check(&self, url: &str, sources: &Sources) -> (Run, u8) {
        self.check_without(url, sources, &["state", "page"]).await
    }

    pub async fn check_without(&self, url: &str, sources: &Sources, muted: &[&str]) -> (Run, u8) {
        let outcome = self.outcome(url, sources, muted).await;
        assert_eq!(outcome.stopped, None);
        let mut run = outcome.run;
        let policy = Policy::default();
        policy::apply(&mut run, &policy);
        let code = policy::exit_code(&run, &policy);
        (run, code)
    }

    async fn outcome(&self, url: &str, sources: &Sources, muted: &[&str]) -> Outcome {
        let text = |table: &indexmap::IndexMap<String, toml::Value>| {
            table.iter().map(|(name, value)| (name.clone(), settings::text(value))).collect()
        };
        let given = self.settings.check.request.iter().map(|request| {
            let given = Given {
                params: text(&request.params),
                body: request.body.as_ref().map(settings::json),
                disposable: request.disposable,
            };
            (request.operation.clone(), given)
        });
        let plan_settings = PlanSettings {
            params: text(&self.settings.check.params),
            given: given.collect(),
            scopes: self.settings.scope_rules(),
            muted: muted.iter().map(|name| (*name).to_owned()).collect(),
            ..PlanSettings::default()
        };
        let resources = Resources::of(&self.contract, &self.settings.state);
        let plan = conform::plan(&self.contract, &resources, &plan_settings);
        let client = Client::new(&ClientOptions::new(url)).expect("a client");
        let options = RunOptions {
            name: "test".to_owned(),
            seed: 1,
            pause: None,
            deadline: None,
            max_requests: None,
            slow: None,
            fail_fast: false,
        };
        let job = conform::Job {
            contract: &self.contract,
            resources: &resources,
            plan: &plan,
            settings: &plan_settings,
            sources,
            client: &client,
            options: &options,
        };
        conform::run(&job, &mut |_| ()).await
    }
}

/// A running mock; it ends when this is dropped.
pub struct Server {
    pub url: String,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub async fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut request = Request::new(method.parse().expect("a method"), path);
        request.query = query.map(str::to_owned);
        for (name, value) in headers {
            request.headers.insert(
                http::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                value.parse().expect("a value"),
            );
        }
        request.body = Bytes::copy_from_slice(body.as_bytes());
        let client = Client::new(&ClientOptions::new(self.url.clone())).expect("a client");
        client.send(&request, "test").await.outcome.expect("an answer")
    }
}

/// Keys that the mock reads from themselves.
pub fn self_describing() -> Sources {
    Sources {
        minter: Some(Box::new(|scopes| {
            let token = Secret::new(format!("mock:{}", scopes.join("+")));
            Box::pin(async move { Ok(Minted { token, scopes: None }) })
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
