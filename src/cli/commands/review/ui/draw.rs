//! What a screen of the review shows. Pure: lines from the state of the session.

use anstyle::{AnsiColor, Style};

use super::row::{Row, legend, wrapped};
use crate::cli::commands::review::decisions::{Open, Question, Session, Stage, Totals};
use crate::cli::commands::review::waiting::{Decision, Kind, Waiting, count};
use crate::run::MessageShown;
use crate::run::pending::{Line, Sign};

const KEYS: &[&str] = &[
    "a accept",
    "r reject",
    "s skip",
    "f everywhere",
    "A R S the rest",
    "u undo",
    "d diff",
    "i request",
    "? help",
    "q end",
];
const KEYS_BACK: &[&str] = &["y yes", "n no", "? help"];
const KEYS_END: &[&str] = &["Enter write", "u undo", "Ctrl-C write nothing", "? help"];

const HELP: &str = "\
a  r  s     accept, reject or skip what is shown
A  R  S     the same for all that is left; you are asked first
f           accept this change in every snapshot that has it
d           show the whole difference, page by page
i           show the request and the headers of the response
u           undo the last decision, as often as you like
q           end; what is open is skipped
Ctrl-C      break off; nothing is written

A change that several snapshots share is asked about once. Then each snapshot
is shown with what is left of it. A snapshot is accepted when all its changes
are, and rejected when one is. What you accept in a snapshot whose rest you
skip is kept, and not asked about again.

The counter counts snapshots. Nothing is written before you press Enter at
the end.";

/// Lines around those that differ.
const AROUND: usize = 2;
/// Snapshots of a question that are named.
const NAMED: usize = 3;

/// The screen for where the session is.
pub(super) fn stage(session: &Session, rows: usize, columns: usize) -> Vec<Row> {
    match session.stage() {
        Stage::Asks(question, about) => asks(session, &question, &about, (rows, columns)),
        Stage::AsksBack(decision, open) => asks_back(decision, open, columns),
        Stage::Ends => ends(session, columns),
    }
}

fn dimmed() -> Style {
    Style::new().dimmed()
}

fn asks(
    session: &Session,
    question: &Question,
    about: &[usize],
    (rows, columns): (usize, usize),
) -> Vec<Row> {
    let waiting = session.waiting();
    let Some((one, first)) = about.first().and_then(|index| Some((*index, waiting.get(*index)?))) else {
        return Vec::new();
    };
    let (decided, all) = session.progress();
    let place = Row::default().and(dimmed(), &format!("{decided}/{all} decided"));
    let mut shown = Vec::new();
    let found = match question {
        Question::Everywhere(change) => {
            let told = format!("  {} in {}, ", change.change, count(about.len()));
            shown.push(place.and(Style::new().bold(), &told).labelled(change.label));
            for index in about.iter().take(NAMED) {
                let name = waiting.get(*index).map_or("", |one| one.name.as_str());
                shown.push(Row::plain(&format!("    {name}")));
            }
            if about.len() > NAMED {
                shown.push(Row::plain(&format!("    and {} more", about.len() - NAMED)));
            }
            first.lines_at(change, AROUND)
        }
        Question::One(_) => {
            let remark = match first.remark() {
                "" => String::new(),
                remark => format!(" ({remark})"),
            };
            let told = format!("  {}{remark}", first.name);
            let title = place.and(Style::new().bold(), &told);
            shown.push(title.and(dimmed(), &format!("  {}", first.new.expression)));
            shown.extend(notes(first).map(Row::plain));
            let changes = first.note.changes.iter().zip(session.parts(one));
            let most = (rows / 3).max(2);
            for (change, part) in changes.take(most) {
                let row = Row::plain(&format!("  {}  ", change.change)).labelled(change.label);
                let sign = if *part == Some(Decision::Accept) { " ✓ accepted" } else { "" };
                shown.push(row.and(Style::new(), sign));
            }
            if first.note.changes.len() > most {
                shown.push(Row::plain(&format!("  and {} more changes", first.note.changes.len() - most)));
            }
            first.lines(&first.note.changes, AROUND)
        }
    };
    let keys = legend(KEYS, "? help", (rows, columns));
    // Where there is room, an empty line stands before the difference and behind it.
    let gap = usize::from(rows >= 16);
    let room = rows.saturating_sub(shown.len() + keys.len() + 2 * gap).max(1);
    shown.extend(std::iter::repeat_n(Row::default(), gap));
    shown.extend(differing(&found, room));
    shown.extend(std::iter::repeat_n(Row::default(), gap));
    shown.extend(keys);
    shown
}

/// What there is to know about a snapshot beside its changes.
fn notes(one: &Waiting) -> impl Iterator<Item = &'static str> {
    let removal = (one.kind == Kind::Removed).then_some("  accepting removes the reviewed snapshot");
    let torn =
        one.is_torn().then_some("  the reviewed file is no snapshot, or has marks of a merge conflict");
    removal.into_iter().chain(torn)
}

fn asks_back(decision: Decision, open: Open, columns: usize) -> Vec<Row> {
    let word = match decision {
        Decision::Accept => "Accept",
        Decision::Reject => "Reject",
        Decision::Skip => "Skip",
    };
    let things = if open.points == 1 { "change" } else { "changes" };
    let told = format!("{word} all that is left, {} {things} in {}?", open.points, count(open.snapshots));
    let mut shown = vec![Row::default().and(Style::new().bold(), &told)];
    if open.removals > 0 && decision == Decision::Accept {
        let told = format!("{} of these would be removed.", count(open.removals));
        shown.push(Row::colored(AnsiColor::Red, &told));
    }
    shown.push(Row::plain("Nothing is written yet, and you can undo it."));
    shown.extend(wrapped(KEYS_BACK, columns));
    shown
}

fn ends(session: &Session, columns: usize) -> Vec<Row> {
    let (decided, all) = session.progress();
    let told = format!("{decided}/{all} decided  {}", Totals::of(&session.outcome()));
    let mut shown = vec![Row::default().and(Style::new().bold(), &told)];
    shown.push(Row::plain("Nothing is written yet."));
    shown.extend(wrapped(KEYS_END, columns));
    shown
}

/// Lines of a difference in as many rows.
fn differing(lines: &[Line], room: usize) -> Vec<Row> {
    let most = if lines.len() > room { room.saturating_sub(1) } else { room };
    let mut shown: Vec<Row> = lines.iter().take(most).map(differs).collect();
    if lines.len() > most {
        let more = format!("  … {} more lines; d shows all", lines.len() - most);
        shown.push(Row::default().and(dimmed(), &more));
    }
    shown
}

fn differs(line: &Line) -> Row {
    let text = &line.text;
    let row = match line.sign {
        Sign::Same => Row::plain(&format!("  {text}")),
        Sign::Added => Row::colored(AnsiColor::Green, &format!("+ {text}")),
        Sign::Removed => Row::colored(AnsiColor::Red, &format!("- {text}")),
        Sign::Gap => Row::default().and(dimmed(), "  ⋮"),
    };
    match line.label {
        Some(label) => row.and(Style::new(), "   ← ").labelled(label),
        None => row,
    }
}

/// The whole difference.
pub(super) fn whole(one: &Waiting) -> Vec<Row> {
    one.lines(&one.note.changes, usize::MAX).iter().map(differs).collect()
}

/// What was sent, and the head of what came back.
pub(super) fn exchange(one: &Waiting) -> Vec<Row> {
    let mut shown = Vec::new();
    let MessageShown { method, url, headers, body, .. } = &one.note.request;
    shown.push(match (method, url) {
        (Some(method), Some(url)) => format!("→ {method} {url}"),
        _ => format!("→ {}", one.new.expression),
    });
    shown.extend(headers.iter().map(|(name, value)| format!("→ {name}: {value}")));
    shown.extend(body.iter().flat_map(|body| body.lines()).map(|line| format!("→ {line}")));
    shown.push(format!("← {}", one.new.contents.lines().next().unwrap_or_default()));
    shown.extend(one.note.response.headers.iter().map(|(name, value)| format!("← {name}: {value}")));
    shown.iter().map(|line| Row::plain(line)).collect()
}

/// What each key does.
pub(super) fn help() -> Vec<Row> {
    HELP.lines().map(Row::plain).collect()
}
