//! What can be done with one session, as functions for the control API and the library.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::config::nearest;
use crate::contract::is_framing;
use crate::exchange;
use crate::mock::answer::{Answer, Override};
use crate::mock::documents::{Documents, Live};
use crate::mock::journal::Entry;
use crate::mock::overrides::Unset;
use crate::mock::recorded::RecordedRequest;
use crate::mock::service::Service;
use crate::mock::session::Session;
use crate::mock::state::{self, StateError};

/// One session of a mock that runs.
#[derive(Clone, Copy)]
pub struct SessionControl<'d> {
    pub(super) documents: &'d Documents,
    pub(super) session: &'d Session,
}

impl Live {
    /// Works on a session, which is made where it does not exist; `None` is the one that nameless requests
    /// share.
    ///
    /// # Errors
    /// The name is none that a session can have.
    pub fn in_session<T>(
        &self,
        name: Option<&str>,
        work: impl FnOnce(SessionControl<'_>) -> T,
    ) -> Result<T, String> {
        let documents = self.documents();
        let now = documents.services.first().map_or(0, |service| (service.options.clock)().as_second());
        let named = name.map(|name| documents.sessions.named(name, now, false)).transpose()?;
        let session = named.as_ref().unwrap_or(&documents.sessions.shared);
        Ok(work(SessionControl { documents: &documents, session }))
    }
}

impl SessionControl<'_> {
    /// Every entry of the journal, oldest first, with secrets removed.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.recorded(&self.session.data.journal.entries())
    }

    /// Empties the journal.
    pub fn clear_requests(&self) {
        self.session.data.journal.clear();
    }

    /// Entries of the journal, with secrets removed.
    pub(super) fn recorded(&self, entries: &[Arc<Entry>]) -> Vec<RecordedRequest> {
        let redactor = &self.documents.redactor;
        let origin = self.documents.services.first().map_or("", |service| service.options.origin.as_str());
        let show = |entry: &Arc<Entry>| RecordedRequest::of(entry, &self.session.name, origin, redactor);
        entries.iter().map(show).collect()
    }

    /// Sets the answer to the next calls of an operation.
    ///
    /// # Errors
    /// As for [`SessionControl::set_answer`].
    pub fn answer(&self, operation: String, answer: Answer) -> Result<(), String> {
        self.set_answer(Override { operation, answer }).map_err(|why| why.to_string())
    }

    /// The answers that are set, each with its operation.
    pub fn answers(&self) -> Vec<(String, Answer)> {
        self.session.data.overrides.list().into_iter().map(|one| (one.operation, one.answer)).collect()
    }

    /// Takes all set answers away.
    pub fn clear_answers(&self) {
        self.session.data.overrides.clear();
    }

    /// Sets an answer.
    ///
    /// # Errors
    /// The operation is not documented, or is in several documents; or why the answer cannot be set.
    pub(super) fn set_answer(&self, one: Override) -> Result<(), Unset> {
        let services = &self.documents.services;
        let operations = || {
            services.iter().flat_map(|service| {
                let operations = service.contract.operations.iter();
                operations.map(|operation| (service.name.as_str(), operation.id.as_str()))
            })
        };
        match operations().filter(|(document, operation)| one.is_for(document, operation)).count() {
            1 => {
                self.check(&one).map_err(Unset::Refused)?;
                self.session.data.overrides.add(one)
            }
            0 => {
                let help = nearest(&one.operation, operations().map(|(_, operation)| operation));
                Err(Unset::Refused(format!("unknown operation {:?}; {help}", one.operation)))
            }
            _ => {
                let several = format!("several documents have an operation {0:?}", one.operation);
                Err(Unset::Refused(format!("{several}; write NAME/{}", one.operation)))
            }
        }
    }

    /// Whether an answer can be given: its headers are allowed, and its example exists.
    fn check(&self, one: &Override) -> Result<(), String> {
        for (name, value) in &one.answer.headers {
            if is_framing(name) {
                return Err(format!("{name} follows from how a response is sent; leave it out"));
            }
            let is_allowed =
                HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok();
            if !is_allowed {
                return Err(format!("HTTP does not allow the header {name:?} with the value {value:?}"));
            }
        }
        let Some(example) = &one.answer.example else { return Ok(()) };
        let has_it = self.documents.services.iter().any(|service| service.has_example(one, example));
        if has_it { Ok(()) } else { Err(format!("{} has no example {example:?}", one.operation)) }
    }

    /// Plays another scenario, or none.
    ///
    /// # Errors
    /// The configuration has no scenario of that name.
    pub fn play(&self, name: Option<&str>) -> Result<(), String> {
        if let (Some(name), Some(service)) = (name, self.documents.services.first()) {
            service.options.scenarios.check(name)?;
        }
        self.session.data.scenario.store(name.map(|name| Arc::new(name.to_owned())));
        Ok(())
    }

    /// The scenario that is played.
    pub fn scenario(&self) -> Option<String> {
        self.session.data.scenario.load().as_deref().cloned()
    }

    /// The objects of all collections of the only document.
    pub fn whole_state(&self) -> Value {
        self.documents.services.first().map_or(Value::Null, |service| self.state(service))
    }

    /// Replaces the objects of the collections of the only document that are named.
    ///
    /// # Errors
    /// As [`StateError`] says; nothing is replaced then.
    pub fn set_whole_state(&self, wanted: &Value) -> Result<(), StateError> {
        match self.documents.services.first() {
            Some(service) => self.set_state(service, wanted),
            None => Err(StateError::Stateless),
        }
    }

    fn state(&self, service: &Service) -> Value {
        let shown = |engine: &_, store: &mut _| json!(state::export(engine, store));
        service.with_state(self.session, shown).unwrap_or_else(|| json!({}))
    }

    /// The objects of all collections of a document as JSON.
    pub(super) fn state_text(&self, service: &Service) -> Vec<u8> {
        let shown = |engine: &_, store: &mut _| exchange::json::write(&state::export(engine, store));
        service.with_state(self.session, shown).unwrap_or_else(|| b"{}".to_vec())
    }

    /// Replaces the objects of the collections that are named.
    ///
    /// # Errors
    /// As [`StateError`] says; nothing is replaced then.
    pub(super) fn set_state(&self, service: &Service, wanted: &Value) -> Result<(), StateError> {
        if service.engine.is_none() {
            return Err(StateError::Stateless);
        }
        let Some(wanted) = wanted.as_object() else {
            let detail = "state must be an object with a list of objects for each collection";
            return Err(StateError::Invalid(detail.to_owned()));
        };
        service
            .with_state(self.session, |engine, store| state::import(engine, store, wanted))
            .unwrap_or(Err(StateError::Stateless))
    }

    /// Lets all collections and counts of calls begin again.
    pub fn reset_state(&self) {
        for data in &self.session.documents {
            data.store.lock().unwrap_or_else(PoisonError::into_inner).begin_again();
            data.calls.iter().for_each(|calls| calls.store(0, Ordering::Relaxed));
        }
    }
}
