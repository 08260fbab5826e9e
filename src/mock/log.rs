//! The log's way out: lines wait for whoever writes them, in bounded memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::exchange::budget::Budget;

/// What lines may take that nobody has written yet, in octets.
const MOST: usize = 8 << 20;

/// Takes lines. Where they are not written in time, further ones are lost, and counted.
#[derive(Debug, Clone)]
pub struct Log {
    lines: UnboundedSender<String>,
    waiting: Arc<Waiting>,
}

/// Gives the lines of a [`Log`] to whoever writes them.
#[derive(Debug)]
pub struct LogLines {
    lines: UnboundedReceiver<String>,
    waiting: Arc<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    budget: Arc<Budget>,
    lost: AtomicU64,
}

/// A log and its lines.
pub fn log() -> (Log, LogLines) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(Waiting { budget: Budget::of(MOST), lost: AtomicU64::new(0) });
    (Log { lines: sender, waiting: Arc::clone(&waiting) }, LogLines { lines: receiver, waiting })
}

impl Log {
    /// Adds a line, if there is room for it.
    pub fn send(&self, line: String) {
        if self.waiting.budget.take(line.len()) {
            // Nobody is left who could write it.
            let _ = self.lines.send(line);
        } else {
            self.waiting.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl LogLines {
    /// Waits for lines: as many as there are; `None` when no more can come.
    pub fn take(&mut self) -> Option<Vec<String>> {
        let mut lines = vec![self.lines.blocking_recv()?];
        lines.extend(self.ready());
        let octets = lines.iter().map(String::len).sum();
        self.waiting.budget.give(octets);
        let lost = self.waiting.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            lines.push(format!("{lost} lines are missing here, because they were not read in time"));
        }
        Some(lines)
    }

    /// The lines that are there, at most as many as are written at once.
    fn ready(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).take(1000).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_nobody_reads_are_lost_and_counted() {
        let (log, mut lines) = log();
        let line = "x".repeat(MOST / 10);
        for _ in 0..15 {
            log.send(line.clone());
        }
        let read = lines.take().unwrap();
        assert_eq!(read.len(), 11);
        assert_eq!(read[10], "5 lines are missing here, because they were not read in time");
        log.send("again".to_owned());
        assert_eq!(lines.take().unwrap(), ["again"]);
        drop(log);
        assert_eq!(lines.take(), None);
    }
}
