//! Reviews played by their keys.

use rstest::rstest;

use super::super::waiting::Kind;
use super::*;
use crate::run::pending::Label;
use crate::snapshot::Note;
use crate::snapshot::file::File;

fn change(text: &str) -> Change {
    Change { change: text.to_owned(), label: Label::Allowed }
}

fn waiting(changes: &[&str]) -> Waiting {
    Waiting {
        name: String::new(),
        path: String::new().into(),
        text: String::new(),
        kind: Kind::Changed,
        old: None,
        new: File::default(),
        note: Note { changes: changes.iter().map(|text| change(text)).collect(), ..Note::default() },
    }
}

/// Three snapshots with `+ /a`, one of which has `+ /b` too, and a new one.
fn session() -> Session {
    Session::of(vec![waiting(&["+ /a"]), waiting(&["+ /a", "+ /b"]), waiting(&["+ /a"]), waiting(&[])])
}

fn play(session: &mut Session, keys: &str) {
    for key in keys.chars() {
        session.act(match key {
            'a' => Action::Decide(Decision::Accept, Reach::This),
            'r' => Action::Decide(Decision::Reject, Reach::This),
            's' => Action::Decide(Decision::Skip, Reach::This),
            'A' => Action::Decide(Decision::Accept, Reach::Rest),
            'f' => Action::Decide(Decision::Accept, Reach::Everywhere),
            'y' => Action::Confirm,
            'q' => Action::End,
            _ => Action::Undo,
        });
    }
}

fn letters(session: &Session) -> String {
    let letter = |outcome: Outcome<'_>| match outcome.decision {
        Decision::Accept => 'a',
        Decision::Reject => 'r',
        Decision::Skip => 's',
    };
    session.outcome().into_iter().map(letter).collect()
}

#[rstest]
// The equal change once; what is left of the second snapshot; the new one.
#[case("a", "asas")]
#[case("aa", "aaas")]
#[case("aaa", "aaaa")]
#[case("ar", "aras")]
#[case("rAy", "rrra")]
// All that is left is asked back about, and can be taken back.
#[case("A", "ssss")]
#[case("Ay", "aaaa")]
#[case("AuAy", "aaaa")]
#[case("Ayu", "ssss")]
#[case("aAyu", "asas")]
#[case("Aa", "ssss")]
#[case("y", "ssss")]
// Skipped everywhere, the change is not asked about again.
#[case("sa", "ssss")]
#[case("saa", "sssa")]
#[case("aau", "asas")]
#[case("aauu", "ssss")]
// Whoever ends can go on.
#[case("aqr", "asas")]
#[case("aqur", "aras")]
// Only this one, though other new ones are alike in having no changes.
#[case("aaf", "aaaa")]
fn keys_decide(#[case] pressed: &str, #[case] outcome: &str) {
    let mut session = session();
    play(&mut session, pressed);
    assert_eq!(letters(&session), outcome);
}

/// A counter that counts snapshots, the same number of them throughout.
#[test]
fn the_counter_counts_snapshots() {
    let mut session = session();
    let mut seen = vec![session.progress()];
    for key in ["a", "r", "u", "a", "a"] {
        play(&mut session, key);
        seen.push(session.progress());
    }
    assert_eq!(seen, [(0, 4), (2, 4), (3, 4), (2, 4), (3, 4), (4, 4)]);
    assert_eq!(session.stage(), Stage::Ends);
}

#[test]
fn all_that_is_left_is_counted_before_it_is_accepted() {
    let mut removed = waiting(&[]);
    removed.note.is_removal = true;
    let mut session = Session::of(vec![waiting(&["+ /a"]), waiting(&["+ /b", "+ /c"]), removed]);
    play(&mut session, "aA");
    let open = Open { points: 3, snapshots: 2, removals: 1 };
    assert_eq!(session.stage(), Stage::AsksBack(Decision::Accept, open));
    play(&mut session, "y");
    assert_eq!(session.stage(), Stage::Ends);
    assert_eq!(Totals::of(&session.outcome()).to_string(), "accepted 3, rejected 0, skipped 0");
}

/// What was accepted in several snapshots is kept for those whose rest was skipped, and not asked about again.
#[test]
fn an_accepted_change_outlives_the_rest_that_was_skipped() {
    let mut first = session();
    play(&mut first, "asq");
    let outcomes = first.outcome();
    assert_eq!(outcomes[1].accepted, [change("+ /a")]);
    assert_eq!(Totals::of(&outcomes).to_string(), "accepted 2, rejected 0, skipped 2 (1 accepted in part)");
    let mut left = waiting(&["+ /a", "+ /b"]);
    left.note.accepted = outcomes[1].accepted.clone();
    let mut next = Session::of(vec![left, waiting(&["+ /a"])]);
    assert_eq!(next.parts(0), [Some(Decision::Accept), None]);
    assert_eq!(next.stage(), Stage::Asks(Question::One(0), vec![0]), "only one has the change still open");
    play(&mut next, "aa");
    assert_eq!(letters(&next), "aa");
    // What a file says to be accepted as a whole is shown all the same.
    let mut whole = waiting(&["+ /a"]);
    whole.note.accepted = vec![change("+ /a")];
    let whole = Session::of(vec![whole]);
    assert_eq!((letters(&whole).as_str(), whole.progress()), ("s", (0, 1)));
}

#[test]
fn everywhere_reaches_the_same_change_from_a_single_snapshot() {
    let mut session = Session::of(vec![waiting(&["+ /a", "+ /b"]), waiting(&["+ /b"]), waiting(&["+ /b"])]);
    assert_eq!(session.stage(), Stage::Asks(Question::Everywhere(change("+ /b")), vec![0, 1, 2]));
    play(&mut session, "s");
    assert_eq!(session.stage(), Stage::Asks(Question::One(0), vec![0]));
    play(&mut session, "uf");
    assert_eq!(session.stage(), Stage::Asks(Question::One(0), vec![0]));
    play(&mut session, "a");
    assert_eq!((session.stage(), letters(&session).as_str()), (Stage::Ends, "aaa"));
}

#[test]
fn whatever_is_pressed_the_session_holds_together() {
    use proptest::prelude::*;
    proptest!(|(keys in "[arsAfyqu]{0,40}")| {
        let mut session = session();
        play(&mut session, &keys);
        let (done, all) = session.progress();
        prop_assert!(done <= all && all == 4);
        prop_assert_eq!(session.outcome().len(), 4);
        // Everything can be taken back.
        while session.can_undo() {
            play(&mut session, "u");
        }
        prop_assert_eq!(letters(&session), "ssss");
        prop_assert_eq!(session.progress(), (0, 4));
    });
}
