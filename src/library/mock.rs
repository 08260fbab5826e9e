//! A mock server inside the process that uses it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::error::MockError;
use super::project::Project;
use crate::config::Key;
use crate::exchange::Secret;
use crate::machine;
use crate::mock::{Answer, Auth, Live, Options, RecordedRequest, StateError, Validate, scenario, serve};

/// What a mock should be like. Nothing runs before [`MockBuilder::start`].
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
    project: Project,
    options: Options,
    port: u16,
}

impl MockBuilder {
    pub(super) fn new(project: Project) -> Self {
        let options = project.inner.mock_options(String::new(), machine::clock);
        Self { project, options, port: 0 }
    }

    /// Keeps state: what is created can be read, listed, changed and deleted.
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

    /// Knows a key: `token` is what the client sends, `scopes` what it may do. With a key that is known
    /// every key must be known ([`Auth::Scopes`]).
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
        let token = token.into();
        self.options.keys.push(Key {
            name: token.clone(),
            token: Secret::new(token),
            scopes: scopes.into_iter().map(Into::into).collect(),
            scheme: None,
            expires: None,
            only: indexmap::IndexMap::new(),
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

    /// What becomes of requests that break the document.
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

    /// Answers plausible made values instead of examples and fixtures; `seed` decides which.
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

    /// Changes anything else. No promise is made about it.
    #[cfg(feature = "internals")]
    #[doc(hidden)]
    pub fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Starts the mock on `127.0.0.1`. It stops when it is dropped.
    ///
    /// # Errors
    /// [`MockError`]: the port cannot be had, or a scenario of the configuration cannot be played.
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

    /// Starts the mock on a thread of its own, for tests without a runtime.
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
        let Self { project, mut options, port } = self;
        let project = &project.inner;
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
        let serving = serve(listener, live.clone(), async {
            let _ = stopped.await;
        });
        let session = Session { live, name: None };
        let server = MockServer { url, session, _stop: stop };
        Ok((server, async move {
            // A listener that fails concerns whoever asks it next.
            let _ = serving.await;
        }))
    }
}

/// A mock server that runs. It stops when it is dropped.
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
    /// Its address: `http://127.0.0.1:PORT`.
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
        let session = Session { live: self.session.live.clone(), name: Some(name.into()) };
        session.live.in_session(session.name.as_deref(), |_| ()).map_err(MockError::Refused)?;
        Ok(session)
    }
}

/// What is asked of a server is asked of the session that nameless requests share.
impl std::ops::Deref for MockServer {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// One session of a mock: journal, set answers, scenario and state.
///
/// ```
/// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
/// let session = mock.session("checkout")?;
/// assert!(session.requests().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Session {
    live: Live,
    name: Option<String>,
}

impl Session {
    /// The requests that were answered, oldest first; the newest thousand of them.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert_eq!(mock.requests().len(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.live.in_session(self.name.as_deref(), |session| session.requests()).unwrap_or_default()
    }

    /// Forgets the requests.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// mock.clear_requests();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_requests(&self) {
        let _ = self.live.in_session(self.name.as_deref(), |session| session.clear_requests());
    }

    /// The requests that broke the document: a path or a method that it does not have, or a parameter
    /// or a body that it does not allow. Refused credentials are not among them.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert!(mock.violations().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn violations(&self) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(|request| !request.violations.is_empty()).collect()
    }

    /// Panics where a request broke the document.
    ///
    /// # Panics
    /// With a line of the journal for each request in [`Session::violations`].
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// // … the client under test runs …
    /// mock.assert_no_violations();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn assert_no_violations(&self) {
        let lines: Vec<String> = self.violations().iter().map(ToString::to_string).collect();
        assert!(
            lines.is_empty(),
            "{} broke the document:\n  {}",
            if lines.len() == 1 { "a request".to_owned() } else { format!("{} requests", lines.len()) },
            lines.join("\n  ")
        );
    }

    /// Sets the answer to the next calls of an operation. Answers of one operation are given in the
    /// order in which they were set.
    ///
    /// # Errors
    /// [`MockError::Refused`]: the document does not have the operation, or the answer is not possible.
    ///
    /// ```
    /// use counterpart::{Answer, Project};
    ///
    /// let mock = Project::core7()?.mock().start_blocking()?;
    /// mock.set_answer("annotations_list", Answer::status(503).times(2))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_answer(&self, operation: impl Into<String>, answer: Answer) -> Result<(), MockError> {
        let operation = operation.into();
        self.live
            .in_session(self.name.as_deref(), |session| session.answer(operation, answer))
            .and_then(|set| set)
            .map_err(MockError::Refused)
    }

    /// The answers that are set and not yet used up, each with its operation.
    ///
    /// ```
    /// # use counterpart::{Answer, Project};
    /// let mock = Project::core7()?.mock().start_blocking()?;
    /// mock.set_answer("cohorts_list", Answer::status(500))?;
    /// assert_eq!(mock.answers()[0].0, "cohorts_list");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answers(&self) -> Vec<(String, Answer)> {
        self.live.in_session(self.name.as_deref(), |session| session.answers()).unwrap_or_default()
    }

    /// Takes all set answers away.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// mock.clear_answers();
    /// assert!(mock.answers().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_answers(&self) {
        let _ = self.live.in_session(self.name.as_deref(), |session| session.clear_answers());
    }

    /// Plays a scenario of `counterpart.toml`, or none.
    ///
    /// # Errors
    /// [`MockError::Refused`]: the configuration has no scenario of that name.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert!(mock.play("outage").is_err());
    /// mock.play(None)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn play<'n>(&self, scenario: impl Into<Option<&'n str>>) -> Result<(), MockError> {
        let scenario = scenario.into();
        self.live
            .in_session(self.name.as_deref(), |session| session.play(scenario))
            .and_then(|played| played)
            .map_err(MockError::Refused)
    }

    /// The scenario that is played.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert_eq!(mock.scenario(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scenario(&self) -> Option<String> {
        self.live.in_session(self.name.as_deref(), |session| session.scenario()).unwrap_or_default()
    }

    /// The objects of all collections: a list for each of them. Empty where the mock keeps no state.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().stateful().start_blocking()?;
    /// assert!(mock.state()["cohorts"].is_array());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> Value {
        self.live.in_session(self.name.as_deref(), |session| session.whole_state()).unwrap_or_default()
    }

    /// Replaces the objects of the collections that are named.
    ///
    /// # Errors
    /// [`StateError`]; nothing is replaced then.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().stateful().start_blocking()?;
    /// mock.set_state(&serde_json::json!({"annotations": []}))?;
    /// assert_eq!(mock.state()["annotations"], serde_json::json!([]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_state(&self, state: &Value) -> Result<(), StateError> {
        self.live
            .in_session(self.name.as_deref(), |session| session.set_whole_state(state))
            .map_err(StateError::Invalid)
            .and_then(|set| set)
    }

    /// Lets all collections begin again.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().stateful().start_blocking()?;
    /// mock.reset_state();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset_state(&self) {
        let _ = self.live.in_session(self.name.as_deref(), |session| session.reset_state());
    }
}
