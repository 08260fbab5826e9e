//! What one session keeps.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use crate::contract::{Operation, PerOperation};
use crate::mock::budget::Budgets;
use crate::mock::deliveries::Deliveries;
use crate::mock::journal::Journal;
use crate::mock::overrides::Overrides;
use crate::mock::rate::Calls;
use crate::mock::replica::{Fleet, Replica, Shared};
use crate::mock::state::Store;
use crate::mock::statistics::OperationRecord;

/// How long an unused session is kept, in seconds.
pub(super) const IDLE: i64 = 30 * 60;

/// The documents of a mock, and the operations of each, in their order.
pub(in crate::mock) type OperationRecords = [(String, PerOperation<Arc<OperationRecord>>)];

/// What one session keeps.
pub(in crate::mock) struct Session {
    /// Its name; empty for the one that nameless requests share.
    pub name: String,
    /// What is the same for all documents and all their versions.
    pub data: Arc<SessionData>,
    /// By document.
    pub documents: Vec<DocumentData>,
}

/// What a session keeps whatever document it is about.
pub(in crate::mock) struct SessionData {
    /// Answered requests.
    pub journal: Journal,
    /// Responses that were set through control.
    pub overrides: Arc<Overrides>,
    /// What was sent.
    pub deliveries: Deliveries,
    /// The scenario that it plays.
    pub scenario: Arc<ArcSwapOption<String>>,
    /// When its keys called, where that is limited.
    pub calls: Calls,
    /// Where replicas share it.
    pub replica: Option<Arc<Replica>>,
    pub(super) used: AtomicI64,
    /// Whether a page of another site opened it.
    pub(super) is_foreign: bool,
}

/// What a session keeps of one document.
pub(in crate::mock) struct DocumentData {
    /// Objects, where the mock keeps state.
    pub store: Arc<Mutex<Store>>,
    /// Calls of each operation, where no replicas share them.
    pub calls: PerOperation<AtomicU32>,
}

impl Session {
    pub(super) fn new(
        name: &str,
        is_foreign: bool,
        journal: usize,
        scenario: Option<&Arc<String>>,
        (records, budgets, fleet): (&OperationRecords, &Budgets, Option<&Arc<Fleet>>),
    ) -> Self {
        let overrides = Overrides::new(&budgets.set_answers);
        let overrides = Arc::new(if fleet.is_some() { overrides.recording() } else { overrides });
        let scenario = Arc::new(ArcSwapOption::new(scenario.cloned()));
        let replica = fleet.map(|fleet| {
            let shared = Shared::new(Arc::clone(&overrides), Arc::clone(&scenario), &budgets.states);
            Arc::new(Replica::new(Arc::clone(fleet), name, shared))
        });
        let part = |(document, operations): &(String, PerOperation<Arc<OperationRecord>>)| DocumentData {
            store: store_of(replica.as_deref(), document, budgets),
            calls: operations.iter().map(|_| AtomicU32::new(0)).collect(),
        };
        let documents = records.iter().map(part).collect();
        let data = SessionData {
            journal: Journal::new(journal, &budgets.journals),
            overrides,
            deliveries: Deliveries::new(&budgets.deliveries),
            scenario,
            calls: Calls::default(),
            replica,
            used: AtomicI64::new(0),
            is_foreign,
        };
        Self { name: name.to_owned(), data: Arc::new(data), documents }
    }

    /// The same session for other versions of the documents. State is shared with the version
    /// before, whose last requests may still run; counters are carried over by operation.
    pub(super) fn renewed(
        &self,
        before: &OperationRecords,
        records: &OperationRecords,
        budgets: &Budgets,
    ) -> Self {
        let part = |(name, operations): &(String, PerOperation<Arc<OperationRecord>>)| {
            let at = before.iter().position(|(known, _)| known == name);
            let old = at.and_then(|at| Some((self.documents.get(at)?, &before.get(at)?.1)));
            let count = |operation: &Arc<OperationRecord>| {
                let (part, known) = old?;
                let mut counted = known.iter().zip(&part.calls);
                let (_, calls) = counted.find(|(known, _)| known.id == operation.id)?;
                Some(calls.load(Ordering::Relaxed))
            };
            let counts_any =
                old.is_some_and(|(part, _)| part.calls.iter().any(|calls| calls.load(Ordering::Relaxed) > 0));
            let calls = operations
                .iter()
                .map(|operation| AtomicU32::new(if counts_any { count(operation).unwrap_or(0) } else { 0 }));
            DocumentData {
                store: match old {
                    Some((part, _)) => Arc::clone(&part.store),
                    None => store_of(self.data.replica.as_deref(), name, budgets),
                },
                calls: calls.collect(),
            }
        };
        Self {
            name: self.name.clone(),
            data: Arc::clone(&self.data),
            documents: records.iter().map(part).collect(),
        }
    }

    /// Notes that it is used.
    pub(super) fn touch(&self, now: i64) {
        self.data.used.store(now, Ordering::Relaxed);
        if let Some(replica) = &self.data.replica {
            replica.fleet.uses(&self.name);
        }
    }

    pub(super) fn is_live(&self, now: i64) -> bool {
        now - self.data.used.load(Ordering::Relaxed) < IDLE
    }
}

/// What a session keeps of a document at first: nothing.
fn store_of(replica: Option<&Replica>, document: &str, budgets: &Budgets) -> Arc<Mutex<Store>> {
    match replica {
        Some(replica) => replica.shared().store(document),
        None => Arc::new(Mutex::new(Store::sharing(&budgets.states))),
    }
}

/// The session of a request. That of all nameless ones is not counted, so that cores do not take the count from each
/// other.
pub(in crate::mock) enum InUse<'s> {
    /// The one that nameless requests share.
    Shared(&'s Session),
    /// One with a name.
    Named(Arc<Session>),
}

impl std::ops::Deref for InUse<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Self::Shared(session) => session,
            Self::Named(session) => session,
        }
    }
}

impl SessionData {
    /// The number of the next request.
    pub fn reserve(&self) -> u64 {
        self.replica.as_ref().map_or_else(|| self.journal.reserve(), |replica| replica.fleet.next_number())
    }
}

impl Session {
    /// What it keeps of the document with this index.
    pub fn store(&self, document: usize) -> Option<MutexGuard<'_, Store>> {
        let store = &self.documents.get(document)?.store;
        Some(store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which call of an operation the next one is, from 1.
    pub fn next_call(&self, document: usize, operation: &Operation) -> u32 {
        if self.data.replica.is_some() {
            return self.store(document).map_or(0, |store| store.next_call(&operation.id));
        }
        let operation = operation.index;
        let calls = self.documents.get(document).and_then(|data| data.calls.get(operation));
        calls.map_or(0, |calls| calls.load(Ordering::Relaxed).saturating_add(1))
    }

    /// Counts a call of an operation: which one it is, from 1.
    pub fn count_call(&self, document: usize, operation: &Operation) -> u32 {
        if self.data.replica.is_some() {
            return self.store(document).map_or(0, |mut store| store.count_call(&operation.id));
        }
        let operation = operation.index;
        let calls = self.documents.get(document).and_then(|data| data.calls.get(operation));
        calls.map_or(0, |calls| calls.fetch_add(1, Ordering::Relaxed).saturating_add(1))
    }
}
