//! A check of a running server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::CheckError;
use crate::check::credentials::{Credential, Sources, Stranger};
use crate::check::{self, JOBS, Options};
use crate::client::{self, Client, Signer};
use crate::contract::{self, Contract};
use crate::exchange::Secret;
use crate::generate::mark::run_mark;
use crate::machine;
use crate::project::{Project, select};
use crate::run::policy::{self, Policy};
use crate::run::{KeyInfo, Run};

/// A check and its settings. Nothing is sent before [`Check::run`].
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api = counterpart::Project::core7()?;
/// let target = api.mock().stateful().start().await?;
/// let run = api.check(target.url()).mint("mock:{scopes}").run().await?;
/// assert!(run.conforms(), "{run}");
/// # Ok(()) }
/// ```
#[must_use = "a check does nothing before it is run"]
pub struct Check {
    project: Arc<Project>,
    way: client::Options,
    sources: Sources,
    only: Vec<String>,
    skip: Vec<String>,
    actions: Vec<String>,
    params: Vec<(String, String)>,
    is_read_only: bool,
    may_write: bool,
    no_auth: bool,
    options: Options,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("url", &self.way.url).finish_non_exhaustive()
    }
}

impl Check {
    pub(super) fn new(project: Arc<Project>, url: String) -> Self {
        let millis = u64::try_from(machine::clock().as_millisecond()).unwrap_or(0);
        Self {
            project,
            way: client::Options::new(url),
            sources: Sources::default(),
            only: Vec::new(),
            skip: Vec::new(),
            actions: Vec::new(),
            params: Vec::new(),
            is_read_only: false,
            may_write: false,
            no_auth: false,
            options: Options {
                name: run_mark(millis),
                begun: None,
                keeps_traffic: false,
                seed: 1,
                jobs: JOBS,
                write_jobs: 1,
                pause: None,
                deadline: None,
                max_requests: None,
                slow: None,
                fail_fast: false,
            },
        }
    }

    /// Uses a key of known scopes: `token` is what is sent.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?
    ///     .check("http://127.0.0.1:8000")
    ///     .key("s3cret", ["cohort:read", "cohort:write"]);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn key<S: Into<String>>(
        mut self,
        token: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let name = format!("key-{}", self.sources.named.len() + 1);
        let info = KeyInfo { name, scopes: scopes.into_iter().map(Into::into).collect() };
        self.sources.named.push(Credential::new(Secret::new(token.into()), info));
        self
    }

    /// Uses a key of somebody else: objects that the document or the configuration calls private must be kept
    /// from it.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?
    ///     .check("http://127.0.0.1:8000")
    ///     .key("s3cret", ["cohort:read"])
    ///     .key_of("bob", "bobs", ["cohort:read"]);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn key_of<S: Into<String>>(
        mut self,
        owner: impl Into<String>,
        token: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let owner = owner.into();
        let info = KeyInfo { name: owner.clone(), scopes: scopes.into_iter().map(Into::into).collect() };
        let key = Credential::new(Secret::new(token.into()), info);
        self.sources.strangers.push(Stranger { owner, key });
        self
    }

    /// Checks a target that runs without credentials: no key is sent, and nothing about keys is checked.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().stateful().auth(counterpart::Auth::Off).start().await?;
    /// let run = api.check(target.url()).no_auth().run().await?;
    /// assert!(run.conforms(), "{run}");
    /// # Ok(()) }
    /// ```
    pub fn no_auth(mut self) -> Self {
        self.no_auth = true;
        self
    }

    /// Has each request signed: `sign` gets it as JSON (`method`, `url`, `path`, `query`, `headers`, `body`, and its
    /// `encoding`: `text` or `base64`) and gives the headers to add, a line for each (`Name: value`) or as a JSON
    /// object. Signed requests go one at a time.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?
    ///     .check("http://127.0.0.1:8000")
    ///     .sign(|request| async move { Ok(format!("x-signature: {}", request.len())) });
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn sign<F>(mut self, sign: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, String>> + Send + 'static,
    {
        self.way.signer = Some(Signer::new(move |request| Box::pin(sign(request))));
        self
    }

    /// Uses one key of unknown scopes for every request that should succeed, as the variable
    /// `COUNTERPART_TOKEN` does for the command.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").token("s3cret");
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.sources.token = Some(Secret::new(token.into()));
        self
    }

    /// Builds keys from a template: the scopes, joined by `+`, replace `{scopes}`. The mock accepts
    /// `mock:{scopes}`.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:4010").mint("mock:{scopes}");
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn mint(mut self, template: impl Into<String>) -> Self {
        self.sources.minter = Some(check::credentials::template(template.into()));
        self
    }

    /// Sends only requests that change nothing.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().start().await?;
    /// api.check(target.url()).mint("mock:{scopes}").read_only().run().await?;
    /// let unsafe_methods = ["POST", "PUT", "PATCH", "DELETE"];
    /// assert!(target.requests().iter().all(|request| !unsafe_methods.contains(&request.method.as_str())));
    /// # Ok(()) }
    /// ```
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    /// Lets the check write to another machine. Without it only targets on loopback are written to.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("https://staging.example.org").writes();
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn writes(mut self) -> Self {
        self.may_write = true;
        self
    }

    /// Checks only these: ids of operations, `tag:NAME`, rules, families of rules, or paths; `*` matches
    /// any text. `finding:ID` tries one finding of an earlier run again.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").only(["cohorts_*"]);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn only<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.only.extend(words.into_iter().map(Into::into));
        self
    }

    /// Leaves these out; see [`Check::only`].
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").skip(["page", "roles_*"]);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn skip<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.skip.extend(words.into_iter().map(Into::into));
        self
    }

    /// Also sends these actions and settings, which may change what the check did not create: ids of
    /// operations, tags or paths; `*` matches any text.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").actions(["cohorts_*"]);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn actions<S: Into<String>>(mut self, globs: impl IntoIterator<Item = S>) -> Self {
        self.actions.extend(globs.into_iter().map(Into::into));
        self
    }

    /// Sets a parameter of paths and queries wherever it appears.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").param("project_id", "7");
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Sends a header with every request.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").header("x-tenant", "test");
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.sources.headers.push(name.clone());
        self.way.headers.push((name, value.into()));
        self
    }

    /// Waits at most this long for a response; 30 seconds by default.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// # use std::time::Duration;
    /// let check = counterpart::Project::core7()?
    ///     .check("http://127.0.0.1:8000")
    ///     .timeout(Duration::from_secs(5));
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.way.timeout = timeout;
        self
    }

    /// Ends after this long; what was not reached is inconclusive. Clean-up may take ten seconds more.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// # use std::time::Duration;
    /// let check = counterpart::Project::core7()?
    ///     .check("http://127.0.0.1:8000")
    ///     .deadline(Duration::from_secs(60));
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Ends after this many requests; what was not reached is inconclusive. If nothing else is said, these are 60 for
    /// each operation, and at least 600; the looks at the target's health go beyond that.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").max_requests(200);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.options.max_requests = Some(requests);
        self
    }

    /// Has so many requests under way at the same time, writes only of parts of the API that have nothing to do
    /// with each other. If nothing else is said, these are 4 reads and 1 write. What is found does not depend on it.
    ///
    /// ```
    /// # fn main() -> Result<(), counterpart::OpenError> {
    /// let check = counterpart::Project::core7()?.check("http://127.0.0.1:8000").jobs(16);
    /// # let _ = check; Ok(()) }
    /// ```
    pub fn jobs(mut self, jobs: u8) -> Self {
        self.options.jobs = jobs.clamp(1, 64);
        self.options.write_jobs = self.options.jobs;
        self
    }

    /// Keeps all that is sent, for [`Format::Har`](crate::Format::Har), up to 64 MiB. Without it, such a report has
    /// the exchanges behind the findings.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().stateful().start().await?;
    /// let run = api.check(target.url()).mint("mock:{scopes}").only(["roles_*"]).keep_traffic().run().await?;
    /// let har = run.render(counterpart::Format::Har);
    /// assert!(String::from_utf8_lossy(&har).contains("startedDateTime"));
    /// # Ok(()) }
    /// ```
    pub fn keep_traffic(mut self) -> Self {
        self.options.keeps_traffic = true;
        self
    }

    /// As [`Check::run`], for tests without a runtime.
    ///
    /// # Errors
    /// As for [`Check::run`]; [`CheckError::Runtime`] where no runtime can be made.
    ///
    /// ```
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().stateful().start_blocking()?;
    /// let run = api.check(target.url()).mint("mock:{scopes}").only(["roles_*"]).run_blocking()?;
    /// run.assert_conforms();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_blocking(self) -> Result<Run, CheckError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(CheckError::Runtime)?.block_on(self.run())
    }

    /// Runs the check. Waivers and severities of the configuration are applied.
    ///
    /// Let the future run to its end: a check deletes what it created last.
    ///
    /// # Errors
    /// [`CheckError`]: the check could not be made at all. Findings are not errors.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let target = api.mock().stateful().start().await?;
    /// let run = api.check(target.url()).mint("mock:{scopes}").only(["roles_*"]).run().await?;
    /// assert_eq!(run.findings.len(), 0);
    /// # Ok(()) }
    /// ```
    pub async fn run(self) -> Result<Run, CheckError> {
        let project = &*self.project;
        let client = Client::new(&self.way)?;
        let selected = |error: select::SelectError| CheckError::Selection(error.to_string());
        let refused = |error: crate::project::Error| CheckError::Selection(error.to_string());
        let mut settings = project.plan_settings(client.is_loopback()).map_err(refused)?;
        settings.params.extend(self.params);
        settings.read_only = self.is_read_only;
        settings.no_auth = self.no_auth;
        settings.actions = select::actions(project, &self.actions).map_err(selected)?;
        settings.may_make = (self.may_write || client.is_loopback()) && !self.is_read_only;
        let words = select::Words { only: self.only, skip: self.skip, ..select::Words::default() };
        select::select(project, &words, &mut settings).map_err(selected)?;
        // A contract of its own, in which the keys at hand decide how each operation is asked.
        let Contract { name, document, .. } = &*project.contract;
        let (mut contract, _) = contract::build(name, document).map_err(CheckError::Invalid)?;
        check::credentials::prefer(&mut contract, &self.sources, &settings.scopes);
        let resources = crate::resources::Resources::of(&contract, &project.settings.state);
        let plan = check::plan(&contract, &resources, &settings);
        if plan.writes(&contract) && !self.may_write && !client.is_loopback() {
            return Err(CheckError::Writes { url: client.base().to_owned() });
        }
        let options = Options { begun: Some(machine::clock()), ..self.options };
        let job = check::Job {
            contract: &contract,
            resources: &resources,
            plan: &plan,
            settings: &settings,
            sources: &self.sources,
            target: &client,
            options: &options,
            // Nobody stops it but its own bounds.
            stop: tokio::sync::watch::channel(false).1,
        };
        let outcome = Box::pin(check::run(&job, &mut |_| ())).await;
        if let Some(cause) = outcome.stopped {
            return Err(CheckError::Target { url: client.base().to_owned(), reason: cause.to_string() });
        }
        let mut run = outcome.run;
        run.problems.clone_from(&project.problems);
        check::again::narrow(&mut run, &settings.sought, outcome.is_cut_short);
        let mut policy = Policy::of(&project.settings, machine::today());
        if !settings.sought.is_empty() {
            policy = policy.about_findings();
        }
        policy::apply(&mut run, &policy);
        project.texts.fill_lines(&mut run);
        Ok(run)
    }
}
