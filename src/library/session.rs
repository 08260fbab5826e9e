//! One session of a running mock.

use std::fmt;

use serde_json::Value;

use super::error::MockError;
use crate::mock::{Answer, Live, RecordedRequest, StateError};

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

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(live: Live, name: Option<String>) -> Self {
        Self { live, name }
    }

    /// Another session of the same mock.
    pub(super) fn other(&self, name: String) -> Result<Self, MockError> {
        self.live.in_session(Some(&name), |_| ()).map_err(MockError::Refused)?;
        Ok(Self { live: self.live.clone(), name: Some(name) })
    }

    /// The requests that were answered, oldest first; the newest thousand of them.
    ///
    /// Those of one operation: `mock.requests().iter().filter(|r| r.operation.as_deref() == Some("getPet"))`.
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
    /// order in which they were set, before scenario, `Prefer` and state. Only requests that pass
    /// validation and credentials get one; others are refused as usual and use none up.
    ///
    /// # Errors
    /// [`MockError::Refused`]: the document does not have the operation, or the answer has a status outside
    /// 200 to 599, no calls to stand for, a header that HTTP does not allow, or an example that the
    /// operation does not have.
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

    /// Removes all set answers.
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

    /// Activates a scenario of `counterpart.toml`, or none.
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

    /// The active scenario.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().start_blocking()?;
    /// assert_eq!(mock.scenario(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scenario(&self) -> Option<String> {
        self.live.in_session(self.name.as_deref(), |session| session.scenario()).unwrap_or_default()
    }

    /// The objects of all collections: a list for each of them. Empty if the mock keeps no state.
    ///
    /// ```
    /// let mock = counterpart::Project::core7()?.mock().stateful().start_blocking()?;
    /// assert!(mock.state()["cohorts"].is_array());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self) -> Value {
        self.live.in_session(self.name.as_deref(), |session| session.whole_state()).unwrap_or_default()
    }

    /// Replaces the objects of the named collections.
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

    /// Resets all collections.
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
