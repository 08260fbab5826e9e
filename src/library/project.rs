//! A document with everything that belongs to it.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use super::check::Check;
use super::error::OpenError;
use super::mock::MockBuilder;
use crate::document::Problem;
use crate::machine::Machine;
use crate::project::{self, BUNDLED, Config, Memory, Wanted};

/// An OpenAPI document with its companion, its fixtures and its configuration: the start of every
/// mock and check. Cheap to clone.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let api: counterpart::Project = r#"
/// openapi: 3.1.0
/// info: { title: Pets, version: "1" }
/// paths:
///   /pets/{id}:
///     get:
///       operationId: getPet
///       parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
///       responses:
///         "200": { description: One., content: { application/json: { schema: { type: object } } } }
/// "#.parse()?;
/// assert_eq!(api.operations().collect::<Vec<_>>(), ["getPet"]);
/// assert!(api.problems().is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Project {
    inner: Arc<project::Project>,
}

impl Project {
    /// Opens a document: a path, or an address. A companion (`openapi.toml` beside `openapi.yaml`) and
    /// the fixtures in `fixtures/openapi/` are read where they exist, as `counterpart mock` reads them.
    ///
    /// # Errors
    /// [`OpenError`]: something cannot be read, or the document cannot be used at all.
    ///
    /// ```
    /// let api = counterpart::Project::open("specs/tiny/shop.yaml")?;
    /// assert!(api.operations().count() > 1);
    /// # Ok::<(), counterpart::OpenError>(())
    /// ```
    pub fn open(document: impl AsRef<Path>) -> Result<Self, OpenError> {
        let document = Some(document.as_ref().display().to_string());
        Self::load(&Wanted { document, ..Wanted::default() }, Config::default())
    }

    /// Opens the document that a `counterpart.toml` names as `spec`. Its keys, `[mock] auth`, errors, state
    /// and scenarios reach the mock; its rules, waivers, scopes and `[check]` parameters and requests reach
    /// the check. Its flags for commands and `[mint]` do not.
    ///
    /// # Errors
    /// [`OpenError`], as for [`Project::open`].
    ///
    /// ```no_run
    /// let api = counterpart::Project::from_config("counterpart.toml")?;
    /// # Ok::<(), counterpart::OpenError>(())
    /// ```
    pub fn from_config(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let config = Config::read(path.as_ref(), &Machine::default())?;
        Self::load(&Wanted::default(), config)
    }

    /// The bundled document, PostHog's "Core-7", with its fixtures.
    ///
    /// # Errors
    /// None that a caller could cause.
    ///
    /// ```
    /// let api = counterpart::Project::core7()?;
    /// assert_eq!(api.operations().count(), 18);
    /// # Ok::<(), counterpart::OpenError>(())
    /// ```
    pub fn core7() -> Result<Self, OpenError> {
        let wanted = Wanted { document: Some(BUNDLED.to_owned()), ..Wanted::default() };
        let inner = project::Project::load(&wanted, Config::default(), &Memory::default())?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The internals, not covered by semantic versioning.
    #[cfg(feature = "internals")]
    #[doc(hidden)]
    pub fn inner(&self) -> &project::Project {
        &self.inner
    }

    /// The internals, to change while no mock and no clone shares them.
    #[cfg(feature = "internals")]
    #[doc(hidden)]
    pub fn inner_mut(&mut self) -> Option<&mut project::Project> {
        Arc::get_mut(&mut self.inner)
    }

    fn load(wanted: &Wanted, config: Config) -> Result<Self, OpenError> {
        let inner = project::Project::load(wanted, config, &Machine::default())?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What is wrong with the document and its fixtures, and does not keep them from being used: what
    /// `counterpart lint` prints.
    ///
    /// ```
    /// assert!(counterpart::Project::core7()?.problems().is_empty());
    /// # Ok::<(), counterpart::OpenError>(())
    /// ```
    pub fn problems(&self) -> &[Problem] {
        &self.inner.problems
    }

    /// Ids of the operations, in the document's order. If the document has none, it is built from
    /// method and path.
    ///
    /// ```
    /// let api = counterpart::Project::core7()?;
    /// assert!(api.operations().any(|id| id == "annotations_list"));
    /// # Ok::<(), counterpart::OpenError>(())
    /// ```
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.inner.contract.operations.iter().map(|operation| operation.id.as_str())
    }

    /// A mock server of the API.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = counterpart::Project::core7()?.mock().start().await?;
    /// // … what is tested talks to mock.url() …
    /// mock.assert_no_violations();
    /// # Ok(()) }
    /// ```
    pub fn mock(&self) -> MockBuilder {
        MockBuilder::new(Arc::clone(&self.inner))
    }

    /// A check of a running server: `url` is the address that the document's paths are appended to.
    ///
    /// `url` holds the base path where there is one, for example `http://127.0.0.1:8000/v1`: the document's
    /// `servers` are not appended.
    ///
    /// A check writes to the target: it creates objects, changes them, and deletes them. See
    /// [`Check::read_only`].
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let api = counterpart::Project::core7()?;
    /// let mock = api.mock().stateful().start().await?;
    /// let run = api.check(mock.url()).mint("mock:{scopes}").only(["tag:cohorts"]).run().await?;
    /// assert!(run.findings.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn check(&self, url: impl Into<String>) -> Check {
        Check::new(Arc::clone(&self.inner), url.into())
    }
}

#[cfg(feature = "internals")]
impl From<project::Project> for Project {
    fn from(inner: project::Project) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

/// Reads a document from its text, YAML or JSON. It has no fixtures, and its references can only point
/// into itself.
impl FromStr for Project {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        const NAME: &str = "document";
        let reader = Memory::default().with(NAME, text.to_owned());
        let wanted = Wanted { document: Some(NAME.to_owned()), ..Wanted::default() };
        let inner = project::Project::load(&wanted, Config::default(), &reader)?;
        Ok(Self { inner: Arc::new(inner) })
    }
}
