//! The journal: the latest requests, limited in number. Writing takes no lock.

use crate::mock::response::Source;
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
    pub source: Source,
    pub violations: Vec<Violation>,
    /// What the document does not have at all: the path or the method.
    pub undocumented: Option<&'static str>,
}

impl Entry {
    /// Whether the request broke the document.
    pub fn is_broken(&self) -> bool {
        self.undocumented.is_some() || !self.violations.is_empty()
    }
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

    /// Adds an entry; the oldest is dropped when there is no room.
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn push(journal: &Journal, body: usize) {
        let mut request = Request::new(http::Method::POST, "/things");
        request.body = vec![b'x'; body].into();
        journal.push(Entry {
            id: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
            operation: None,
            request,
            key: None,
            status: 200,
            source: Source::Generated,
            violations: Vec::new(),
            undocumented: None,
        });
    }

    #[rstest]
    #[case(0, 3, &[])]
    #[case(2, 1, &[1])]
    #[case(2, 5, &[4, 5])]
    fn the_newest_are_kept(#[case] capacity: usize, #[case] requests: usize, #[case] expected: &[u64]) {
        let journal = Journal::new(capacity);
        (0..requests).for_each(|_| push(&journal, 0));
        assert_eq!(journal.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), expected);
        journal.clear();
        assert!(journal.entries().is_empty());
    }

    #[test]
    fn entries_that_were_shown_go_too_where_there_is_no_room() {
        let journal = Journal::new(2);
        push(&journal, 0);
        assert_eq!(journal.entries().len(), 1);
        (0..2).for_each(|_| push(&journal, 0));
        assert_eq!(journal.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), [2, 3]);
    }

    #[rstest]
    #[case(10, 10)]
    #[case(MAX_BODY + 1, MAX_BODY)]
    fn the_beginning_of_a_large_body_is_kept(#[case] sent: usize, #[case] kept: usize) {
        let journal = Journal::new(1);
        push(&journal, sent);
        assert_eq!(journal.entries()[0].request.body.len(), kept);
    }
}
