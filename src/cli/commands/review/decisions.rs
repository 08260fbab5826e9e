//! The questions and decisions of a review. Pure: every key is a function.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::waiting::{Decision, Waiting};
use crate::run::pending::Change;
use crate::snapshot::BODY;

/// One thing to decide: a snapshot and one of its changes; a new snapshot is one as a whole.
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
    /// All that is still open.
    Rest,
}

/// A review from its first question to its last.
pub(super) struct Session<'w> {
    waiting: &'w [Waiting],
    decided: Vec<Vec<Option<Decision>>>,
    questions: Vec<Question>,
    at: usize,
    history: Vec<(usize, Vec<Point>)>,
    /// Where each change is.
    places: HashMap<&'w Change, Vec<Point>>,
}

impl<'w> Session<'w> {
    /// Equal changes are asked about first, the most frequent before the others; then what is left,
    /// snapshot by snapshot. Bodies without parts have only the name of their change in common.
    pub fn of(waiting: &'w [Waiting]) -> Self {
        let mut places: IndexMap<&Change, Vec<Point>> = IndexMap::new();
        for (one, snapshot) in waiting.iter().enumerate() {
            for (part, change) in snapshot.note.changes.iter().enumerate() {
                places.entry(change).or_default().push((one, part));
            }
        }
        let mut shared: Vec<(&Change, usize)> = places
            .iter()
            .filter(|(change, points)| points.len() > 1 && change.change != BODY)
            .map(|(change, points)| (*change, points.len()))
            .collect();
        shared.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let shared = shared.into_iter().map(|(change, _)| Question::Everywhere(change.clone()));
        Self {
            waiting,
            decided: waiting.iter().map(|one| vec![None; one.note.changes.len().max(1)]).collect(),
            questions: shared.chain((0..waiting.len()).map(Question::One)).collect(),
            at: 0,
            history: Vec::new(),
            places: places.into_iter().collect(),
        }
    }

    /// The next question with something open, and the snapshots that it is about.
    pub fn ask(&mut self) -> Option<(Question, Vec<usize>)> {
        loop {
            let question = self.questions.get(self.at)?.clone();
            let mut about: Vec<usize> = self.open(&question).into_iter().map(|(one, _)| one).collect();
            about.dedup();
            if !about.is_empty() {
                return Some((question, about));
            }
            self.at += 1;
        }
    }

    /// How many questions were asked, and how many there are at most.
    pub fn progress(&self) -> (usize, usize) {
        let open = |question: &&Question| !self.open(question).is_empty();
        (
            self.history.len() + 1,
            self.history.len() + self.questions.iter().skip(self.at).filter(open).count(),
        )
    }

    /// Decides what is asked about, and as much more as the decision reaches.
    pub fn decide(&mut self, decision: Decision, reach: Reach) {
        let Some(question) = self.questions.get(self.at) else { return };
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
        for (one, part) in &points {
            if let Some(slot) = self.decided.get_mut(*one).and_then(|parts| parts.get_mut(*part)) {
                *slot = Some(decision);
            }
        }
        self.history.push((self.at, points));
    }

    /// Takes the last decision back.
    pub fn undo(&mut self) {
        let Some((at, points)) = self.history.pop() else { return };
        for (one, part) in points {
            if let Some(slot) = self.decided.get_mut(one).and_then(|parts| parts.get_mut(part)) {
                *slot = None;
            }
        }
        self.at = at;
    }

    /// What was decided about each change of a snapshot.
    pub fn parts(&self, one: usize) -> &[Option<Decision>] {
        self.decided.get(one).map_or(&[], Vec::as_slice)
    }

    /// What becomes of each snapshot: one rejected change rejects it, one that is open leaves it.
    pub fn outcome(&self) -> Vec<(&'w Waiting, Decision)> {
        let outcome = |parts: &Vec<Option<Decision>>| {
            if parts.contains(&Some(Decision::Reject)) {
                Decision::Reject
            } else if parts.iter().all(|part| *part == Some(Decision::Accept)) {
                Decision::Accept
            } else {
                Decision::Skip
            }
        };
        self.waiting.iter().zip(self.decided.iter().map(outcome)).collect()
    }

    fn change(&self, (one, part): Point) -> Option<&'w Change> {
        self.waiting.get(one)?.note.changes.get(part)
    }

    fn is_open(&self, (one, part): Point) -> bool {
        self.decided.get(one).and_then(|parts| parts.get(part)).is_some_and(Option::is_none)
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::pending::Label;
    use crate::snapshot::Note;
    use crate::snapshot::file::File;
    use rstest::rstest;

    fn waiting(changes: &[&str]) -> Waiting {
        let changes =
            changes.iter().map(|change| Change { change: (*change).to_owned(), label: Label::Allowed });
        Waiting {
            name: String::new(),
            path: String::new().into(),
            text: String::new(),
            is_new: false,
            old: None,
            new: File::default(),
            note: Note { changes: changes.collect(), ..Note::default() },
        }
    }

    /// Three snapshots with `+ /a`, one of which has `+ /b` too, and a new one.
    fn played(keys: &str) -> String {
        let all = [waiting(&["+ /a"]), waiting(&["+ /a", "+ /b"]), waiting(&["+ /a"]), waiting(&[])];
        let mut session = Session::of(&all);
        for key in keys.chars() {
            session.ask();
            match key {
                'a' => session.decide(Decision::Accept, Reach::This),
                'r' => session.decide(Decision::Reject, Reach::This),
                's' => session.decide(Decision::Skip, Reach::This),
                'A' => session.decide(Decision::Accept, Reach::Rest),
                'f' => session.decide(Decision::Accept, Reach::Everywhere),
                _ => session.undo(),
            }
        }
        let word = |decision| match decision {
            Decision::Accept => 'a',
            Decision::Reject => 'r',
            Decision::Skip => 's',
        };
        session.outcome().into_iter().map(|(_, decision)| word(decision)).collect()
    }

    #[rstest]
    // The equal change once; what is left of the second snapshot; the new one.
    #[case("a", "asas")]
    #[case("aa", "aaas")]
    #[case("aaa", "aaaa")]
    #[case("ar", "aras")]
    #[case("rA", "rrra")]
    #[case("A", "aaaa")]
    // Skipped everywhere, the change is not asked about again.
    #[case("sa", "ssss")]
    #[case("saa", "sssa")]
    #[case("aau", "asas")]
    #[case("aauu", "ssss")]
    // Only this one, though other new ones are alike in having no changes.
    #[case("aaf", "aaaa")]
    fn keys_decide(#[case] pressed: &str, #[case] outcome: &str) {
        assert_eq!(played(pressed), outcome);
    }

    #[test]
    fn everywhere_reaches_the_same_change_from_a_single_snapshot() {
        let all = [waiting(&["+ /a", "+ /b"]), waiting(&["+ /b"]), waiting(&["+ /b"])];
        let mut session = Session::of(&all);
        assert_eq!(
            session.ask(),
            Some((
                Question::Everywhere(Change { change: "+ /b".to_owned(), label: Label::Allowed }),
                vec![0, 1, 2]
            ))
        );
        assert_eq!(session.progress(), (1, 4));
        session.decide(Decision::Accept, Reach::Everywhere);
        assert_eq!(session.ask(), Some((Question::One(0), vec![0])));
        assert_eq!(session.progress(), (2, 2));
    }
}
