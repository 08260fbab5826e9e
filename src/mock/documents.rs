//! The mock as it is served: one document or several, each of which can be replaced while
//! requests run.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use arc_swap::ArcSwap;

use super::session::{OperationRecords, Sessions};
use super::statistics::{Counters, OperationRecord, Sum};
use super::{App, Options};
use crate::contract::Contract;
use crate::produce::fixture::Fixtures;

/// A document that is mocked, with all that belongs to it.
pub struct Document {
    /// The name by which control tells it from others.
    pub name: String,
    /// The path below which it answers: empty, or `/shop`.
    pub prefix: String,
    /// What it says.
    pub contract: Arc<Contract>,
    /// What it answers.
    pub fixtures: Fixtures,
    /// How the mock of it behaves.
    pub options: Options,
}

/// What the documents of a mock share, and what outlives each of their versions.
pub(super) struct Shared {
    pub sessions: Sessions,
    pub tally: Arc<Counters>,
}

impl Shared {
    /// For documents that were not mocked before. Journal and scenario are told by the first.
    fn new(documents: &[Document]) -> Self {
        let options = documents.first().map(|document| &document.options);
        let journal = options.map_or(0, |options| options.journal);
        let scenario = options.and_then(|options| options.scenario.clone());
        Self {
            sessions: Sessions::new(journal, scenario, shape(documents, &[])),
            tally: Arc::new(Counters::new()),
        }
    }

    /// For other versions of the documents.
    fn renewed(&self, documents: &[Document]) -> Self {
        let scenario = documents.first().and_then(|document| document.options.scenario.clone());
        let sessions = self.sessions.renewed(scenario, shape(documents, &self.sessions.shape));
        Self { sessions, tally: Arc::clone(&self.tally) }
    }
}

/// The operations of documents; those that are known from a version before are the same.
fn shape(documents: &[Document], before: &OperationRecords) -> Vec<(String, Vec<Arc<OperationRecord>>)> {
    let operations = |document: &Document| {
        let known = before.iter().find(|(name, _)| *name == document.name);
        let known: std::collections::HashMap<&str, &Arc<OperationRecord>> = known
            .into_iter()
            .flat_map(|(_, operations)| operations)
            .map(|operation| (operation.id.as_str(), operation))
            .collect();
        let of = |id: &str| known.get(id).map_or_else(|| OperationRecord::new(id), |known| Arc::clone(known));
        document.contract.operations.iter().map(|operation| of(&operation.id)).collect()
    };
    documents.iter().map(|document| (document.name.clone(), operations(document))).collect()
}

/// A mock that serves. Clones share everything.
#[derive(Clone)]
pub struct Live {
    apps: Arc<ArcSwap<Vec<App>>>,
}

impl Live {
    /// A mock of one document.
    pub fn of(contract: Arc<Contract>, fixtures: Fixtures, options: Options) -> Self {
        let (name, prefix) = (String::new(), String::new());
        Self::new(vec![Document { name, prefix, contract, fixtures, options }])
    }

    /// A mock of documents; where the prefixes of several fit a path, the longest does.
    pub fn new(documents: Vec<Document>) -> Self {
        let shared = Shared::new(&documents);
        Self { apps: Arc::new(ArcSwap::from_pointee(apps(documents, shared))) }
    }

    /// Takes up other versions of the documents. Requests that run end with the version that they
    /// began with; sessions, their journals, set answers and counters are kept, and so is the state
    /// of collections that clients changed. What nobody changed begins again.
    pub fn replace(&self, documents: Vec<Document>) {
        let before = self.apps.load();
        let shared = match before.first() {
            Some(app) => app.inner.shared.renewed(&documents),
            None => Shared::new(&documents),
        };
        let sessions = shared.sessions.all();
        self.apps.store(Arc::new(apps(documents, shared)));
        // Only now, since the version before would begin them again from its own fixtures.
        for part in sessions.iter().flat_map(|session| &session.parts) {
            part.store.lock().unwrap_or_else(PoisonError::into_inner).forget_untouched();
        }
    }

    /// The documents as they are now.
    pub(super) fn apps(&self) -> Arc<Vec<App>> {
        self.apps.load_full()
    }

    /// What all requests came to so far. The first that broke the document are told once.
    pub fn sum(&self) -> Sum {
        let apps = self.apps.load();
        let shared = apps.first().map(|app| &app.inner.shared);
        let shape = shared.map(|shared| shared.sessions.shape.as_slice()).unwrap_or_default();
        let operations = || shape.iter().flat_map(|(name, all)| all.iter().map(move |known| (name, known)));
        let full = |(document, known): (&String, &Arc<OperationRecord>)| match shape {
            [_] => known.id.clone(),
            _ => format!("{document}/{}", known.id),
        };
        Sum {
            broken: shared.map_or(0, |shared| shared.tally.broken()),
            first: shared.map(|shared| shared.tally.take_first()).unwrap_or_default(),
            operations: operations().count(),
            uncalled: operations().filter(|(_, known)| !known.is_called()).map(full).collect(),
        }
    }
}

fn apps(documents: Vec<Document>, shared: Shared) -> Vec<App> {
    let shared = Arc::new(shared);
    let build = |(place, document)| App::build(document, place, Arc::clone(&shared));
    documents.into_iter().enumerate().map(build).collect()
}

/// The document that answers a path, and the path below its prefix.
pub(super) fn route<'a, 'p>(apps: &'a [App], path: &'p str) -> Option<(&'a App, &'p str)> {
    let below = |app: &'a App| {
        let rest = path.strip_prefix(app.inner.prefix.as_str())?;
        (app.inner.prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
            .then_some((app, if rest.is_empty() { "/" } else { rest }))
    };
    if let [only] = apps {
        return below(only);
    }
    apps.iter().filter_map(below).max_by_key(|(app, _)| app.inner.prefix.len())
}

/// How many requests were answered, those to control apart.
pub(super) fn requests(apps: &[App]) -> u64 {
    apps.first().map_or(0, |app| app.inner.shared.tally.requests.load(Ordering::Relaxed))
}
