//! A mock server inside the process that uses it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::error::MockError;
use super::session::Session;

use crate::config::Key;
use crate::exchange::Secret;
use crate::machine;
use crate::mock::{Auth, Live, MAX_CONNECTIONS, Options, Validate, scenario, serve_up_to};
use crate::project::Project;

/// A mock and its settings. Nothing runs before [`MockBuilder::start`].
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api = counterpart::Project::core7()?;
/// let mock = api.mock().stateful().key("reader", ["annotation:read"]).start().await?;
/// assert!(mock.url().starts_with("http://127.0.0.1:"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a mock does nothing before it is started"]
pub struct MockBuilder {
    project: Arc<Project>,
    options: Options,
    port: u16,
    connections: usize,
}

impl MockBuilder {
    pub(super) fn new(project: Arc<Project>) -> Self {
        let options = project.mock_options(String::new(), machine::clock);
        Self { project, options, port: 0, connections: MAX_CONNECTIONS }
    }

    /// Keeps state: created objects can be read, listed, changed and deleted.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = counterpart::Project::core7()?.mock().stateful().start().await?;
    /// assert!(mock.state()["annotations"].is_array());
    /// # Ok(()) }
    /// ```
    pub fn stateful(mut self) -> Self {
        self.options.stateful = true;
        self
    }

    /// Adds a key: `token` is what the client sends, `scopes` what it may do. Once a key is added, every
    /// key must be known ([`Auth::Scopes`]).
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let mock = counterpart::Project::core7()?.mock().key("secret", ["cohort:read", "cohort:write"]);
    /// # let _ = mock; Ok(()) }
    /// ```
    pub fn key<S: Into<String>>(
        mut self,
        token: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.options.keys.push(Key {
            name: format!("key-{}", self.options.keys.len() + 1),
            token: Secret::new(token.into()),
            scopes: Some(scopes.into_iter().map(Into::into).collect()),
            owner: None,
            scheme: None,
            expires: None,
            only: indexmap::IndexMap::new(),
            denied: Vec::new(),
        });
        self.options.auth = Auth::Scopes;
        self
    }

    /// How credentials are checked.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let open = counterpart::Project::core7()?.mock().auth(counterpart::Auth::Off);
    /// # let _ = open; Ok(()) }
    /// ```
    pub fn auth(mut self, auth: Auth) -> Self {
        self.options.auth = auth;
        self
    }

    /// What happens to requests that break the document.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let lenient = counterpart::Project::core7()?.mock().validate(counterpart::Validate::Warn);
    /// # let _ = lenient; Ok(()) }
    /// ```
    pub fn validate(mut self, validate: Validate) -> Self {
        self.options.validate = validate;
        self
    }

    /// Listens on this port instead of a free one.
    ///
    /// ```no_run
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = counterpart::Project::core7()?.mock().port(4010).start().await?;
    /// assert_eq!(mock.url(), "http://127.0.0.1:4010");
    /// # Ok(()) }
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Answers with plausible generated values instead of examples and fixtures; `seed` decides which.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let dynamic = counterpart::Project::core7()?.mock().dynamic(7);
    /// # let _ = dynamic; Ok(()) }
    /// ```
    pub fn dynamic(mut self, seed: u64) -> Self {
        (self.options.dynamic, self.options.seed) = (true, seed);
        self
    }

    /// Waits before every answer.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let slow = counterpart::Project::core7()?.mock().delay(std::time::Duration::from_millis(50));
    /// # let _ = slow; Ok(()) }
    /// ```
    pub fn delay(mut self, delay: Duration) -> Self {
        self.options.delay = delay;
        self
    }

    /// Changes any other option. Not covered by semantic versioning.
    #[cfg(feature = "internals")]
    #[doc(hidden)]
    pub fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Lets fewer connections be open at one time than the usual 4,096. Not covered by semantic versioning.
    #[cfg(feature = "internals")]
    #[doc(hidden)]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// Starts the mock on `127.0.0.1`. It stops when it is dropped.
    ///
    /// It is served by the current runtime: a client that blocks its thread needs
    /// [`MockBuilder::start_blocking`], or `#[tokio::test(flavor = "multi_thread")]`.
    ///
    /// # Errors
    /// [`MockError`]: the port is not available, or a scenario of the configuration is invalid.
    ///
    /// # Panics
    /// Outside a tokio runtime; [`MockBuilder::start_blocking`] needs none.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = counterpart::Project::core7()?.mock().start().await?;
    /// # Ok(()) }
    /// ```
    pub async fn start(self) -> Result<MockServer, MockError> {
        let (server, serving) = self.prepare().await?;
        tokio::spawn(serving);
        Ok(server)
    }

    /// Starts the mock on a thread of its own, for tests without a runtime and for clients that block.
    ///
    /// # Errors
    /// As for [`MockBuilder::start`].
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert!(mock.requests().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_blocking(self) -> Result<MockServer, MockError> {
        let port = self.port;
        let failed = move |source| MockError::Listen { port, source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (report, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            runtime.block_on(async move {
                match self.prepare().await {
                    Ok((server, serving)) => {
                        let _ = report.send(Ok(server));
                        serving.await;
                    }
                    Err(error) => {
                        let _ = report.send(Err(error));
                    }
                }
            });
        });
        let ended = || MockError::Listen { port, source: std::io::ErrorKind::Other.into() };
        started.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// The server, and what must be polled for it to serve.
    async fn prepare(self) -> Result<(MockServer, impl Future<Output = ()> + Send + 'static), MockError> {
        let Self { project, mut options, port, connections } = self;
        let (scenarios, wrong) =
            scenario::read(&project.settings.scenario, &project.contract, &project.fixtures, options.dynamic);
        if !wrong.is_empty() {
            return Err(MockError::Invalid(wrong));
        }
        options.scenarios = scenarios;
        let failed = |source| MockError::Listen { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        options.origin.clone_from(&url);
        let live = Live::of(Arc::clone(&project.contract), project.fixtures.clone(), options);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = serve_up_to(connections, listener, live.clone(), async {
            let _ = stopped.await;
        });
        let session = Session::new(live, None);
        let server = MockServer { url, session, _stop: stop };
        Ok((server, async move {
            // A listener that fails concerns whoever asks it next.
            let _ = serving.await;
        }))
    }
}

/// A running mock server. It stops when it is dropped.
///
/// Its journal, set answers, scenario and state are those of requests that name no session; see
/// [`MockServer::session`] for the others.
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use counterpart::{Answer, Project};
///
/// let mock = Project::core7()?.mock().start().await?;
/// mock.set_answer("annotations_list", Answer::status(503).times(2))?;
/// assert_eq!(mock.answers().len(), 1);
/// mock.assert_no_violations();
/// # Ok(()) }
/// ```
#[must_use = "a mock stops when it is dropped"]
pub struct MockServer {
    url: String,
    session: Session,
    _stop: oneshot::Sender<()>,
}

impl MockServer {
    /// Its address: `http://127.0.0.1:PORT`. It answers there, and below the paths of the document's
    /// servers.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert!(mock.url().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A session: requests that name it (header or cookie `counterpart-session`, or a path below
    /// `/__session/NAME/`) have a journal, answers, a scenario and state of their own.
    ///
    /// # Errors
    /// The name is not 1 to 100 letters, digits, `-`, `_` or `.`.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().stateful().start_blocking()?;
    /// let mine = mock.session("mine")?;
    /// mine.set_state(&serde_json::json!({"annotations": []}))?;
    /// assert_ne!(mine.state(), mock.state());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session(&self, name: impl Into<String>) -> Result<Session, MockError> {
        self.session.other(name.into())
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for MockBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockBuilder").field("document", &self.project.name).finish_non_exhaustive()
    }
}

/// Calls on a server go to the session that requests without a session share.
impl std::ops::Deref for MockServer {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
