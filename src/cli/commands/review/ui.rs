//! The review in a terminal: keys in, screens out. What they decide is in `decisions`.

mod draw;
mod pager;
mod row;
mod screen;

use console::Key;

use super::decisions::{Action, Reach, Session, Stage};
use super::waiting::Decision;
use crate::cli::output::Stop;
use pager::Pager;
use screen::{Event, Screen};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Act(Action),
    Diff,
    Exchange,
    Help,
    Write,
    BreakOff,
}

/// Asks about everything; whether the decisions are to be written.
pub(super) fn walk(session: &mut Session) -> Result<bool, Stop> {
    let mut screen = Screen::open();
    loop {
        let (rows, columns) = screen.size();
        screen.show(&draw::stage(session, rows, columns), columns);
        let wish = match screen.next()? {
            Event::Resized => continue,
            Event::Key(key) => wish(&key, &session.stage()),
        };
        match wish {
            None => {}
            Some(Wish::Act(action)) => session.act(action),
            Some(Wish::Write) => return Ok(true),
            Some(Wish::BreakOff) => return Ok(false),
            Some(wish @ (Wish::Diff | Wish::Exchange | Wish::Help)) => {
                let Some(pages) = pages(session, wish) else { continue };
                if !look(&mut screen, pages)? {
                    return Ok(false);
                }
            }
        }
    }
}

/// What a key means where the review is.
fn wish(key: &Key, stage: &Stage) -> Option<Wish> {
    let decide = |decision, reach| Some(Wish::Act(Action::Decide(decision, reach)));
    match (stage, key) {
        (_, Key::CtrlC) => Some(Wish::BreakOff),
        (_, Key::Char('u')) => Some(Wish::Act(Action::Undo)),
        (_, Key::Char('?')) => Some(Wish::Help),
        (Stage::Asks(..), Key::Char(key)) => match key {
            'a' => decide(Decision::Accept, Reach::This),
            'r' => decide(Decision::Reject, Reach::This),
            's' => decide(Decision::Skip, Reach::This),
            'A' => decide(Decision::Accept, Reach::Rest),
            'R' => decide(Decision::Reject, Reach::Rest),
            'S' => decide(Decision::Skip, Reach::Rest),
            'f' => decide(Decision::Accept, Reach::Everywhere),
            'd' => Some(Wish::Diff),
            'i' => Some(Wish::Exchange),
            'q' => Some(Wish::Act(Action::End)),
            _ => None,
        },
        (Stage::AsksBack(..), Key::Char('y')) => Some(Wish::Act(Action::Confirm)),
        (Stage::AsksBack(..), Key::Char('n') | Key::Escape) => Some(Wish::Act(Action::Undo)),
        (Stage::Ends, Key::Enter) => Some(Wish::Write),
        _ => None,
    }
}

/// What is longer than a screen.
fn pages(session: &Session, wish: Wish) -> Option<Pager> {
    if wish == Wish::Help {
        return Some(Pager::new("Help".to_owned(), draw::help()));
    }
    let Stage::Asks(_, about) = session.stage() else { return None };
    let one = about.first().and_then(|one| session.waiting().get(*one))?;
    let rows = if wish == Wish::Diff { draw::whole(one) } else { draw::exchange(one) };
    Some(Pager::new(one.name.clone(), rows))
}

/// Shows pages until the person has seen enough; false where they broke off.
fn look(screen: &mut Screen, mut pages: Pager) -> Result<bool, Stop> {
    loop {
        let (rows, columns) = screen.size();
        let shown = pages.page(rows, columns);
        screen.print(&shown);
        match screen.next()? {
            Event::Resized => {}
            Event::Key(Key::CtrlC) => return Ok(false),
            Event::Key(key) => {
                if pages.turn(&key) {
                    return Ok(true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
