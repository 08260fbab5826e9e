//! The last read of an object, as long as nothing was sent that could have changed it.

use crate::check::evidence::Evidence;

/// What was read last.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Fresh {
    /// Unsafe requests so far, whether they were accepted or not.
    changes: usize,
    read: Option<(String, usize, Evidence)>,
}

impl Fresh {
    /// An unsafe request goes out.
    pub fn changed(&mut self) {
        self.changes += 1;
    }

    /// The answer of the last read, if it was of this path and nothing has been sent since then that could change it.
    pub fn of(&self, path: &str) -> Option<Evidence> {
        let (known, changes, turn) = self.read.as_ref()?;
        (known == path && *changes == self.changes).then(|| turn.clone())
    }

    pub fn keep(&mut self, path: String, turn: Evidence) {
        self.read = Some((path, self.changes, turn));
    }

    /// Each part of a run reads by itself, so that none depends on another.
    pub fn begins_unit(&mut self) {
        self.read = None;
    }
}
