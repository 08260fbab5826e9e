//! The requests that were answered, newest last, bounded. Writing takes no lock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_queue::ArrayQueue;

use super::statistics::OperationRecord;
use crate::exchange::Request;
use crate::judge::Violation;

/// One answered request.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: u64,
    pub at: jiff::Timestamp,
    pub operation: Option<Arc<OperationRecord>>,
    pub request: Request,
    pub key: Option<String>,
    pub status: u16,
    pub source: &'static str,
    pub violations: Vec<Violation>,
}

/// Bodies are kept up to this size, in bytes.
const MAX_BODY: usize = 64 << 10;

/// A bounded journal.
#[derive(Debug)]
pub(super) struct Journal {
    capacity: usize,
    arriving: Option<ArrayQueue<Arc<Entry>>>,
    kept: Mutex<VecDeque<Arc<Entry>>>,
    next: AtomicU64,
}

impl Journal {
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            arriving: (capacity > 0).then(|| ArrayQueue::new(capacity)),
            kept: Mutex::new(VecDeque::new()),
            next: AtomicU64::new(1),
        }
    }

    pub fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// Adds an entry; the oldest goes where there is no room.
    pub fn push(&self, mut entry: Entry) {
        let Some(arriving) = &self.arriving else { return };
        entry.id = self.next.fetch_add(1, Ordering::Relaxed);
        if entry.request.body.len() > MAX_BODY {
            // A copy of the beginning, so that the rest of a large body can go.
            entry.request.body =
                bytes::Bytes::copy_from_slice(entry.request.body.get(..MAX_BODY).unwrap_or_default());
        }
        arriving.force_push(Arc::new(entry));
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(entry) = self.arriving.as_ref().and_then(ArrayQueue::pop) {
            kept.push_back(entry);
        }
        while kept.len() > self.capacity {
            kept.pop_front();
        }
        kept.iter().cloned().collect()
    }

    pub fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while self.arriving.as_ref().and_then(ArrayQueue::pop).is_some() {}
        kept.clear();
    }
}
