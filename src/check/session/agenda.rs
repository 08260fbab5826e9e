//! Which cases of the plan the run came to.

use std::collections::{BTreeSet, HashSet};

use crate::check::plan::{Sequence, Step};

/// The cases that the run came to.
#[derive(Debug, Default)]
pub(in crate::check) struct Agenda {
    /// Steps, by their numbers.
    steps: BTreeSet<usize>,
    /// Sequences that came to their end.
    sequences: HashSet<Sequence>,
    /// Which bound cut the first case.
    why: Option<String>,
}

impl Agenda {
    /// The run came to a step.
    pub fn came_to(&mut self, step: &Step) {
        self.steps.insert(step.number);
    }

    /// The run came to the end of a sequence.
    pub fn played(&mut self, sequence: Sequence) {
        self.sequences.insert(sequence);
    }

    /// A bound cuts cases.
    pub fn cut(&mut self, why: String) {
        self.why.get_or_insert(why);
    }

    /// Why cases were cut, where some were.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Whether the run came to a step.
    pub fn has_step(&self, step: &Step) -> bool {
        self.steps.contains(&step.number)
    }

    /// Whether the run came to the end of a sequence.
    pub fn has_played(&self, sequence: Sequence) -> bool {
        self.sequences.contains(&sequence)
    }
}
