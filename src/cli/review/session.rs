//! Who was asked what, and what was decided: pure, so that every key is a function.

use super::{Decision, Waiting};
use crate::run::pending::Change;

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
}

impl<'w> Session<'w> {
    /// Equal changes are asked about first, the most frequent before the others; then what is left,
    /// snapshot by snapshot.
    pub fn of(waiting: &'w [Waiting]) -> Self {
        let mut counts: Vec<(&Change, usize)> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for change in waiting.iter().flat_map(|one| &one.note.changes) {
            let index = *known.entry(change).or_insert_with(|| {
                counts.push((change, 0));
                counts.len() - 1
            });
            if let Some((_, count)) = counts.get_mut(index) {
                *count += 1;
            }
        }
        counts.retain(|(_, count)| *count > 1);
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let shared = counts.into_iter().map(|(change, _)| Question::Everywhere(change.clone()));
        Self {
            waiting,
            decided: waiting.iter().map(|one| vec![None; one.note.changes.len().max(1)]).collect(),
            questions: shared.chain((0..waiting.len()).map(Question::One)).collect(),
            at: 0,
            history: Vec::new(),
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
            Reach::Rest => self.all(|_, _| true),
            Reach::Everywhere => {
                let changes: Vec<&Change> = this.iter().filter_map(|point| self.change(*point)).collect();
                self.all(|point, change| {
                    this.contains(&point) || change.is_some_and(|change| changes.contains(&change))
                })
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

    fn open(&self, question: &Question) -> Vec<Point> {
        match question {
            Question::Everywhere(wanted) => self.all(|_, change| change == Some(wanted)),
            Question::One(wanted) => self.all(|(one, _), _| one == *wanted),
        }
    }

    /// The open points that are wanted.
    fn all(&self, is_wanted: impl Fn(Point, Option<&Change>) -> bool) -> Vec<Point> {
        let points = self.decided.iter().enumerate().flat_map(|(one, parts)| {
            parts.iter().enumerate().filter(|(_, part)| part.is_none()).map(move |(part, _)| (one, part))
        });
        points.filter(|point| is_wanted(*point, self.change(*point))).collect()
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
            reviewed: String::new().into(),
            path: String::new().into(),
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
