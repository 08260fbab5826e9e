//! The journal: the latest requests, limited in number. Writing takes no lock.

mod kept;
mod wire;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use crossbeam_queue::ArrayQueue;

use super::chaos::Fate;
use super::response::{Label, Source};
use super::statistics::OperationRecord;
use super::violation::RecordedViolation;
use crate::exchange::budget::Budget;
pub(super) use kept::Kept;

/// One answered request.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: u64,
    pub at: jiff::Timestamp,
    pub operation: Option<Arc<OperationRecord>>,
    /// The request, and the header section of its answer.
    pub kept: Kept,
    pub key: Option<Arc<str>>,
    pub status: u16,
    pub source: Source,
    pub violations: Vec<RecordedViolation>,
    pub unknown: Vec<RecordedViolation>,
    /// What the document does not have at all: the path or the method.
    pub undocumented: Option<Cow<'static, str>>,
    pub duration: Duration,
    pub answer: Answered,
}

/// How an entry was answered, and why.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub body: Bytes,
    /// Whether others hold its body too.
    pub is_shared: bool,
    /// Which fixture or example it is.
    pub label: Option<Arc<Label>>,
    /// One line for people: why it was refused.
    pub note: Option<String>,
    /// What of the request could not be judged, and why.
    pub unjudged: Option<String>,
    /// What decided before fixtures and examples were looked at.
    pub decided: Option<Cow<'static, str>>,
    /// The negotiated media type.
    pub media_type: Option<Arc<str>>,
    /// Which call of the session it was, counted from 1; 0 where nobody asked.
    pub call: u32,
    /// What chaos made of it.
    pub chaos: Option<Fate>,
    /// What is wrong with it, where it is that of a target.
    pub findings: Vec<String>,
}

impl Entry {
    /// Whether the request broke the document.
    pub fn is_broken(&self) -> bool {
        self.undocumented.is_some() || !self.violations.is_empty()
    }

    /// What it takes, in octets; the answer's body is often one that every such answer shares.
    pub fn weight(&self) -> usize {
        let violations = self.violations.iter().map(|violation| 256 + violation.message.len());
        let unknown = self.unknown.iter().map(|unknown| 256 + unknown.pointer.len() + unknown.message.len());
        let body = if self.answer.is_shared { 0 } else { self.answer.body.len() };
        let findings = self.answer.findings.iter().map(|finding| 64 + finding.len());
        let said = violations.sum::<usize>() + unknown.sum::<usize>() + findings.sum::<usize>();
        size_of::<Self>() + self.kept.len() + body + said
    }

    /// Where the answer comes from, with the fixture or example.
    pub fn origin(&self) -> &str {
        self.source.with_label(self.answer.label.as_deref())
    }
}

/// Bodies are kept up to this size, in bytes.
pub(super) const MAX_BODY: usize = 64 << 10;

/// A journal that is bounded in entries, and with those of all other sessions in octets.
#[derive(Debug)]
pub(super) struct Journal {
    budget: Arc<Budget>,
    capacity: usize,
    arriving: Option<ArrayQueue<Arc<Entry>>>,
    kept: Mutex<VecDeque<Arc<Entry>>>,
    next: AtomicU64,
}

impl Journal {
    pub fn new(capacity: usize, budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            capacity,
            arriving: (capacity > 0).then(|| ArrayQueue::new(capacity)),
            kept: Mutex::new(VecDeque::new()),
            next: AtomicU64::new(1),
        }
    }

    /// How many entries it keeps.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// The number of the next entry. It counts even if the journal is off.
    pub fn reserve(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds an entry; the oldest is dropped when there is no room.
    pub fn push(&self, mut entry: Entry) {
        let Some(arriving) = &self.arriving else { return };
        let body = &mut entry.answer.body;
        if body.len() > MAX_BODY {
            // A copy of the beginning, so that the rest of a large body can go.
            *body = Bytes::copy_from_slice(body.get(..MAX_BODY).unwrap_or_default());
            entry.answer.is_shared = false;
        }
        let fits = self.budget.add(entry.weight());
        self.release(arriving.force_push(Arc::new(entry)).as_ref());
        if !fits {
            self.shorten(arriving);
        }
    }

    /// Drops the oldest, but for the last one, until all journals fit together.
    fn shorten(&self, arriving: &ArrayQueue<Arc<Entry>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while self.budget.is_overdrawn() && kept.len() + arriving.len() > 1 {
            self.release(kept.pop_front().or_else(|| arriving.pop()).as_ref());
        }
    }

    /// Gives back what an entry took that is kept no more.
    fn release(&self, entry: Option<&Arc<Entry>>) {
        if let Some(entry) = entry {
            self.budget.give(entry.weight());
        }
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(entry) = self.arriving.as_ref().and_then(ArrayQueue::pop) {
            kept.push_back(entry);
        }
        // What went through to a target comes when it has ended.
        kept.make_contiguous().sort_by_key(|entry| entry.id);
        while kept.len() > self.capacity {
            self.release(kept.pop_front().as_ref());
        }
        kept.iter().cloned().collect()
    }

    pub fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(entry) = self.arriving.as_ref().and_then(ArrayQueue::pop) {
            self.release(Some(&entry));
        }
        kept.drain(..).for_each(|entry| self.release(Some(&entry)));
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Request;
    use rstest::rstest;

    fn push(journal: &Journal, body: usize) {
        let mut request = Request::new(http::Method::POST, "/things");
        request.body = vec![b'x'; body].into();
        journal.push(Entry {
            id: journal.reserve(),
            at: jiff::Timestamp::UNIX_EPOCH,
            operation: None,
            kept: Kept::of(&request, &http::HeaderMap::new()),
            key: None,
            status: 200,
            source: Source::Generated,
            violations: Vec::new(),
            unknown: Vec::new(),
            undocumented: None,
            duration: Duration::ZERO,
            answer: Answered { body: vec![b'x'; body].into(), ..Answered::default() },
        });
    }

    #[rstest]
    #[case(0, 3, &[])]
    #[case(2, 1, &[1])]
    #[case(2, 5, &[4, 5])]
    fn the_newest_are_kept(#[case] capacity: usize, #[case] requests: usize, #[case] expected: &[u64]) {
        let journal = Journal::new(capacity, &Budget::of(usize::MAX));
        (0..requests).for_each(|_| push(&journal, 0));
        assert_eq!(journal.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), expected);
        journal.clear();
        assert!(journal.entries().is_empty());
    }

    #[test]
    fn entries_that_were_shown_go_too_where_there_is_no_room() {
        let journal = Journal::new(2, &Budget::of(usize::MAX));
        push(&journal, 0);
        assert_eq!(journal.entries().len(), 1);
        (0..2).for_each(|_| push(&journal, 0));
        assert_eq!(journal.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn all_journals_share_a_budget() {
        let budget = Budget::of(100 << 10);
        let journals = [Journal::new(1000, &budget), Journal::new(1000, &budget)];
        for _ in 0..50 {
            for journal in &journals {
                push(journal, 10 << 10);
            }
        }
        let kept: Vec<usize> = journals.iter().map(|journal| journal.entries().len()).collect();
        // Each entry has two bodies.
        assert!(
            kept.iter().all(|kept| (1..=5).contains(kept)) && kept.iter().sum::<usize>() <= 5,
            "{kept:?}"
        );
        assert_eq!(journals[0].entries().last().unwrap().id, 50);
        journals[0].clear();
        drop(journals);
        assert!(budget.take(100 << 10));
    }

    #[rstest]
    #[case(10, 10)]
    #[case(MAX_BODY + 1, MAX_BODY)]
    fn the_beginning_of_a_large_body_is_kept(#[case] sent: usize, #[case] kept: usize) {
        let journal = Journal::new(1, &Budget::of(usize::MAX));
        push(&journal, sent);
        let entry = journal.entries().remove(0);
        assert_eq!((entry.kept.request().body.len(), entry.answer.body.len()), (kept, kept));
    }
}
