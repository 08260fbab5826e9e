//! The journals of all replicas, as streams: entries of one session together, the oldest first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use super::copy::lock;
use super::keys::Keys;
use super::scripts;
use crate::fleet::{Ask, Failure, Link, Reply};

/// Most octets of a journal in the store.
const MAX_OCTETS: usize = 16 << 20;
/// Entries that are read at a time.
const ENTRIES: usize = 250;
/// Most entries that wait to be written; further ones are left out.
const MAX_WAITING: usize = 2_000;

/// An entry that waits to be written.
struct Waiting {
    journal: String,
    octets: String,
    lives: Duration,
    most: usize,
    text: String,
    done: oneshot::Sender<()>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    is_driven: bool,
}

/// Writes entries, those that come together at once.
pub(super) struct Writer {
    link: Link,
    queue: Arc<Mutex<Queue>>,
}

impl Writer {
    pub fn of(link: Link) -> Self {
        Self { link, queue: Arc::default() }
    }

    /// Writes an entry, and waits until it is there or cannot be written: a request is answered either way.
    pub async fn write(&self, keys: &Keys, most: usize, text: String) {
        if !self.link.is_up() {
            return;
        }
        let (done, written) = oneshot::channel();
        {
            let mut queue = lock(&self.queue);
            if queue.waiting.len() >= MAX_WAITING {
                return;
            }
            let (journal, octets) = (keys.journal.clone(), keys.journal_octets.clone());
            queue.waiting.push(Waiting { journal, octets, lives: keys.lives, most, text, done });
            if !std::mem::replace(&mut queue.is_driven, true) {
                tokio::spawn(drive(self.link.clone(), Arc::clone(&self.queue)));
            }
        }
        let _ = written.await;
    }

    /// All entries of a journal, oldest first.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn read(&self, keys: &Keys) -> Result<Vec<String>, Failure> {
        let (mut texts, mut begin) = (Vec::new(), "-".to_owned());
        loop {
            let ask =
                Ask::of(&scripts::ENTRIES, &[&keys.journal]).with(begin.as_str()).with(ENTRIES.to_string());
            let entries = self.link.ask(ask).await?.list();
            let is_last = entries.len() < ENTRIES;
            for entry in entries {
                let mut parts = entry.list().into_iter();
                begin = format!("({}", parts.next().and_then(|id| id.text()).unwrap_or_default());
                let fields = parts.next().map(Reply::list).unwrap_or_default();
                texts.extend(fields.get(1).and_then(Reply::text));
            }
            if is_last {
                return Ok(texts);
            }
        }
    }

    /// Empties a journal.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn clear(&self, keys: &Keys) -> Result<(), Failure> {
        let ask = Ask::of(&scripts::CLEAR, &[&keys.journal, &keys.journal_octets]);
        self.link.ask(ask).await.map(drop)
    }
}

/// Writes until nothing waits any more.
async fn drive(link: Link, queue: Arc<Mutex<Queue>>) {
    loop {
        // Whoever is about to come comes along.
        tokio::task::yield_now().await;
        let waiting = {
            let mut queue = lock(&queue);
            if queue.waiting.is_empty() {
                queue.is_driven = false;
                return;
            }
            std::mem::take(&mut queue.waiting)
        };
        let mut journals: HashMap<&str, Vec<&Waiting>> = HashMap::new();
        for one in &waiting {
            journals.entry(&one.journal).or_default().push(one);
        }
        for (journal, entries) in journals {
            let Some(first) = entries.first() else { continue };
            let newest = entries.iter().skip(entries.len().saturating_sub(first.most));
            let ask = Ask::of(&scripts::JOURNAL, &[journal, &first.octets])
                .with(first.most.to_string())
                .with(MAX_OCTETS.to_string())
                .with(first.lives.as_millis().to_string())
                .and(newest.map(|entry| entry.text.as_str()));
            // What cannot be written is not in the journal; the answers hold.
            let _ = link.ask(ask).await;
        }
        for one in waiting {
            let _ = one.done.send(());
        }
    }
}
