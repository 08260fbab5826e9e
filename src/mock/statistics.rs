//! Totals of all requests, whatever the journal still keeps.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_queue::ArrayQueue;

use super::chaos::Fate;
use super::tally::{Counted, OperationSum, Tally};

/// Requests that broke the document and are kept in words; further ones are counted.
const MAX_SHOWN: usize = 5;

/// An operation, as far as it outlives the version of its document.
#[derive(Debug)]
pub(super) struct OperationRecord {
    /// Its name.
    pub id: String,
    /// Whether a request had its path and method, whatever was answered.
    is_called: AtomicBool,
    tally: Mutex<Tally>,
}

impl OperationRecord {
    pub fn new(id: &str) -> Arc<Self> {
        Arc::new(Self { id: id.to_owned(), is_called: AtomicBool::new(false), tally: Mutex::default() })
    }

    /// Notes a call. Only the first one writes, so that cores do not take the flag from each other.
    pub fn call(&self) {
        if !self.is_called.load(Ordering::Relaxed) {
            self.is_called.store(true, Ordering::Relaxed);
        }
    }

    /// Counts an answered request.
    pub fn count(&self, one: Counted<'_>) {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).count(one);
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests there were, and how many of them broke the document.
    pub fn counts(&self) -> (u64, u64) {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        (tally.requests(), tally.broken())
    }

    pub fn is_called(&self) -> bool {
        self.is_called.load(Ordering::Relaxed)
    }
}

/// Counts over all sessions.
#[derive(Debug)]
pub(super) struct Counters {
    /// Requests, without those to control.
    requests: AtomicU64,
    broken: AtomicU64,
    first: ArrayQueue<String>,
    unknown: AtomicU64,
    first_unknown: ArrayQueue<String>,
    /// What chaos made of requests, by kind.
    chaos: Mutex<BTreeMap<&'static str, u64>>,
    /// Requests to paths and methods that are not documented.
    pub undocumented: Arc<OperationRecord>,
}

impl Counters {
    pub fn new() -> Self {
        Self {
            requests: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            first: ArrayQueue::new(MAX_SHOWN),
            unknown: AtomicU64::new(0),
            first_unknown: ArrayQueue::new(MAX_SHOWN),
            chaos: Mutex::default(),
            undocumented: OperationRecord::new(""),
        }
    }

    /// Counts a request.
    pub fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was unlucky.
    pub fn struck(&self, fate: Fate) {
        let mut counts = self.chaos.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(fate.kind()).or_default() += 1;
    }

    /// How many requests were unlucky, by kind.
    pub fn unlucky(&self) -> BTreeMap<&'static str, u64> {
        self.chaos.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were answered, without those to control.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Counts a request that broke the document; it is put into words where there is room.
    pub fn broke(&self, words: impl FnOnce() -> String) {
        self.broken.fetch_add(1, Ordering::Relaxed);
        if !self.first.is_full() {
            // Full by now is as good: others were first.
            let _ = self.first.push(words());
        }
    }

    /// Counts a name that the document does not have; it is put into words where there is room.
    pub fn met_unknown(&self, words: impl FnOnce() -> String) {
        self.unknown.fetch_add(1, Ordering::Relaxed);
        if !self.first_unknown.is_full() {
            let _ = self.first_unknown.push(words());
        }
    }

    /// How many names the document did not have, and the first of them; each is reported once.
    pub fn take_unknown(&self) -> (u64, Vec<String>) {
        let first = std::iter::from_fn(|| self.first_unknown.pop()).collect();
        (self.unknown.load(Ordering::Relaxed), first)
    }

    pub fn broken(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }

    /// The first requests that broke the document, as text; each is reported once.
    pub fn take_first(&self) -> Vec<String> {
        std::iter::from_fn(|| self.first.pop()).collect()
    }
}

/// What the requests of a mock came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sum {
    /// Requests whose path or method the document does not have, or that broke what it says of
    /// parameters and bodies. Refused credentials are not among them.
    pub broken: u64,
    /// The first of them: method, path, and what was wrong.
    pub first: Vec<String>,
    /// Names of query parameters, members and header fields that the document does not have.
    pub unknown: u64,
    /// The first of them: method, path and name.
    pub first_unknown: Vec<String>,
    /// How many operations there are.
    pub operations: usize,
    /// Names of those that no request had the path and method of.
    pub uncalled: Vec<String>,
    /// What the requests to each operation came to, and last those to none.
    pub by_operation: Vec<OperationSum>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept_and_all_are_counted() {
        let tally = Counters::new();
        for index in 0..2 * MAX_SHOWN {
            tally.broke(|| index.to_string());
        }
        assert_eq!(tally.broken(), 10);
        assert_eq!(tally.take_first(), ["0", "1", "2", "3", "4"]);
    }
}
