//! The questions and decisions of a review: one pure state machine, which the terminal and the page both show.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::waiting::{Decision, Waiting};
use crate::run::pending::Change;
use crate::snapshot::BODY;

/// One thing to decide: a snapshot and one of its changes; one that is new or to be removed is one as a whole.
type Point = (usize, usize);

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// One change that several snapshots have.
    Everywhere(Change),
    /// One snapshot, whatever of it is still open.
    One(usize),
}

/// How far a decision reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// What is asked about.
    This,
    /// The same changes wherever they are.
    Everywhere,
    /// All that is still open; asked back about first.
    Rest,
}

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Decides what is asked about.
    Decide(Decision, Reach),
    /// Says yes to what was asked back.
    Confirm,
    /// Takes the last step back.
    Undo,
    /// Asks nothing more; what is open is skipped.
    End,
}

/// Where a review is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// A question, and the snapshots that it is about.
    Asks(Question, Vec<usize>),
    /// Whether all that is open is to be decided so.
    AsksBack(Decision, Open),
    /// Everything is decided, or no more is wanted; nothing is written yet.
    Ends,
}

/// What is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// Things to decide.
    pub points: usize,
    /// The snapshots that have them.
    pub snapshots: usize,
    /// How many of these would be removed.
    pub removals: usize,
}

/// What becomes of a snapshot.
#[derive(Debug, Clone)]
pub(super) struct Outcome<'w> {
    pub waiting: &'w Waiting,
    pub decision: Decision,
    /// The changes that are accepted in a snapshot that is skipped; the next review knows them.
    pub accepted: Vec<Change>,
}

/// How many snapshots were decided in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub accepted: usize,
    pub rejected: usize,
    pub skipped: usize,
    /// How many of the skipped ones are accepted in part.
    pub partly: usize,
}

/// A review from its first question to its last.
pub(super) struct Session {
    waiting: Vec<Waiting>,
    decided: Vec<Vec<Option<Decision>>>,
    questions: Vec<Question>,
    at: usize,
    history: Vec<(usize, Vec<Point>)>,
    /// Where each change is.
    places: HashMap<Change, Vec<Point>>,
    asks_back: Option<Decision>,
    has_ended: bool,
    step: usize,
}

impl Session {
    /// Equal changes are asked about first, the most frequent before the others; then what is left,
    /// snapshot by snapshot. Bodies without parts have only the name of their change in common.
    pub fn of(waiting: Vec<Waiting>) -> Self {
        let mut places: IndexMap<Change, Vec<Point>> = IndexMap::new();
        for (one, snapshot) in waiting.iter().enumerate() {
            for (part, change) in snapshot.note.changes.iter().enumerate() {
                places.entry(change.clone()).or_default().push((one, part));
            }
        }
        let mut shared: Vec<(&Change, usize)> = places
            .iter()
            .filter(|(change, points)| points.len() > 1 && change.change != BODY)
            .map(|(change, points)| (change, points.len()))
            .collect();
        shared.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let shared = shared.into_iter().map(|(change, _)| Question::Everywhere(change.clone()));
        Self {
            questions: shared.chain((0..waiting.len()).map(Question::One)).collect(),
            decided: waiting.iter().map(known).collect(),
            waiting,
            at: 0,
            history: Vec::new(),
            places: places.into_iter().collect(),
            asks_back: None,
            has_ended: false,
            step: 0,
        }
    }

    /// Everything that waits.
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// How often something was done: who acts on what is no longer shown is known by it.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Where the review is.
    pub fn stage(&self) -> Stage {
        if let Some(decision) = self.asks_back {
            return Stage::AsksBack(decision, self.what_is_open());
        }
        match self.question().filter(|_| !self.has_ended) {
            None => Stage::Ends,
            Some((_, question)) => {
                let mut about: Vec<usize> = self.open(question).into_iter().map(|(one, _)| one).collect();
                about.dedup();
                Stage::Asks(question.clone(), about)
            }
        }
    }

    /// How many snapshots are decided about, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let open = (0..self.waiting.len()).filter(|one| !self.open(&Question::One(*one)).is_empty()).count();
        (self.waiting.len() - open, self.waiting.len())
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        self.asks_back.is_some() || self.has_ended || !self.history.is_empty()
    }

    /// Does what a person wants, where it makes sense now.
    pub fn act(&mut self, action: Action) {
        self.step += 1;
        let asks = matches!(self.stage(), Stage::Asks(..));
        match action {
            Action::Decide(decision, Reach::Rest) if asks => self.asks_back = Some(decision),
            Action::Decide(decision, reach) if asks => self.decide(decision, reach),
            Action::End if asks => self.has_ended = true,
            Action::Confirm => {
                if let Some(decision) = self.asks_back.take() {
                    self.decide(decision, Reach::Rest);
                }
            }
            Action::Undo => self.undo(),
            Action::Decide(..) | Action::End => {}
        }
    }

    /// The next question with something open, and its place. What only one snapshot has is asked with that one.
    fn question(&self) -> Option<(usize, &Question)> {
        let is_asked = |(_, question): &(usize, &Question)| match question {
            Question::Everywhere(_) => self.open(question).len() > 1,
            Question::One(_) => !self.open(question).is_empty(),
        };
        self.questions.iter().enumerate().skip(self.at).find(is_asked)
    }

    fn decide(&mut self, decision: Decision, reach: Reach) {
        let Some((at, question)) = self.question() else { return };
        let this = self.open(question);
        let points = match reach {
            Reach::This => this,
            Reach::Rest => self.rest(),
            Reach::Everywhere => {
                let same = |point: &Point| self.change(*point).and_then(|change| self.places.get(change));
                let alike: Vec<Point> = this.iter().filter_map(same).flatten().copied().collect();
                let mut points: Vec<Point> = this.into_iter().chain(alike).collect();
                points.retain(|point| self.is_open(*point));
                points.sort_unstable();
                points.dedup();
                points
            }
        };
        self.set(&points, Some(decision));
        self.history.push((self.at, points));
        self.at = at;
    }

    fn undo(&mut self) {
        if self.asks_back.take().is_some() || std::mem::take(&mut self.has_ended) {
            return;
        }
        let Some((at, points)) = self.history.pop() else { return };
        self.set(&points, None);
        self.at = at;
    }

    fn set(&mut self, points: &[Point], decision: Option<Decision>) {
        for (one, part) in points {
            if let Some(slot) = self.decided.get_mut(*one).and_then(|parts| parts.get_mut(*part)) {
                *slot = decision;
            }
        }
    }

    /// What was decided about each change of a snapshot.
    pub fn parts(&self, one: usize) -> &[Option<Decision>] {
        self.decided.get(one).map_or(&[], Vec::as_slice)
    }

    /// What becomes of each snapshot: one rejected change rejects it, one that is open leaves it.
    pub fn outcome(&self) -> Vec<Outcome<'_>> {
        let outcome = |(waiting, parts): (&'_ Waiting, &Vec<Option<Decision>>)| {
            let is_accepted = |part: &Option<Decision>| *part == Some(Decision::Accept);
            let changes = waiting.note.changes.iter().zip(parts);
            let accepted: Vec<Change> =
                changes.filter(|(_, part)| is_accepted(part)).map(|(change, _)| change.clone()).collect();
            if parts.contains(&Some(Decision::Reject)) {
                (Decision::Reject, Vec::new())
            } else if parts.iter().all(is_accepted) {
                (Decision::Accept, Vec::new())
            } else {
                (Decision::Skip, accepted)
            }
        };
        let pairs = self.waiting.iter().zip(&self.decided);
        pairs
            .map(|(waiting, parts)| {
                let (decision, accepted) = outcome((waiting, parts));
                Outcome { waiting, decision, accepted }
            })
            .collect()
    }

    fn change(&self, (one, part): Point) -> Option<&Change> {
        self.waiting.get(one)?.note.changes.get(part)
    }

    /// Whether a point is still to be decided. A snapshot is rejected as a whole, so then nothing of it is.
    fn is_open(&self, (one, part): Point) -> bool {
        let parts = self.parts(one);
        parts.get(part).is_some_and(Option::is_none) && !parts.contains(&Some(Decision::Reject))
    }

    fn open(&self, question: &Question) -> Vec<Point> {
        let points: Vec<Point> = match question {
            Question::Everywhere(change) => self.places.get(change).cloned().unwrap_or_default(),
            Question::One(one) => (0..self.parts(*one).len()).map(|part| (*one, part)).collect(),
        };
        points.into_iter().filter(|point| self.is_open(*point)).collect()
    }

    /// Everything that is open.
    fn rest(&self) -> Vec<Point> {
        (0..self.waiting.len()).flat_map(|one| self.open(&Question::One(one))).collect()
    }

    fn what_is_open(&self) -> Open {
        let points = self.rest();
        let snapshots: HashSet<usize> = points.iter().map(|(one, _)| *one).collect();
        let is_removal = |one: &&usize| self.waiting.get(**one).is_some_and(|one| one.note.is_removal);
        Open {
            points: points.len(),
            removals: snapshots.iter().filter(is_removal).count(),
            snapshots: snapshots.len(),
        }
    }
}

/// What an earlier review accepted of a snapshot that it left. Nothing is accepted without being shown: what
/// would be accepted as a whole is asked about again.
fn known(one: &Waiting) -> Vec<Option<Decision>> {
    let changes = &one.note.changes;
    let is_known = |change: &Change| one.note.accepted.contains(change);
    if changes.iter().all(is_known) {
        return vec![None; changes.len().max(1)];
    }
    changes.iter().map(|change| is_known(change).then_some(Decision::Accept)).collect()
}

impl Totals {
    /// Counts outcomes.
    pub fn of(outcomes: &[Outcome<'_>]) -> Self {
        let mut totals = Self::default();
        for outcome in outcomes {
            match outcome.decision {
                Decision::Accept => totals.accepted += 1,
                Decision::Reject => totals.rejected += 1,
                Decision::Skip => totals.skipped += 1,
            }
            totals.partly += usize::from(!outcome.accepted.is_empty());
        }
        totals
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "accepted {}, rejected {}, skipped {}", self.accepted, self.rejected, self.skipped)?;
        match self.partly {
            0 => Ok(()),
            partly => write!(f, " ({partly} accepted in part)"),
        }
    }
}

#[cfg(test)]
mod tests;
