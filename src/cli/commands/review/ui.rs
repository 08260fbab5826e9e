//! Shows pending snapshots in a terminal and reads keys.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use console::{Key, Term};

use super::decisions::{Question, Reach, Session};
use super::waiting::{Decision, Waiting};
use crate::cli::output::Stop;
use crate::report::safe;
use crate::run::MessageShown;
use crate::run::pending::{Change, Label, Line, Sign};
use crate::snapshot;

const KEYS: &str = "a accept · r reject · s skip · A R S the rest · f accept this change everywhere
d whole diff · i request and headers · u undo · q end and write · Ctrl-C write nothing
";

/// Asks about everything; `None` where the person broke off, and nothing is to be done.
pub(super) fn walk(waiting: &[Waiting]) -> Result<Option<Session<'_>>, Stop> {
    let term = Term::stdout();
    let mut session = Session::of(waiting);
    while let Some((question, about)) = session.ask() {
        let Some(first) = about.first().and_then(|index| waiting.get(*index)) else { break };
        show(&term, &session, &question, &about, waiting);
        loop {
            let key = match term.read_key_raw() {
                Ok(key) => key,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Key::CtrlC,
                Err(error) => return Err(Stop::io(format!("cannot use the terminal: {error}"))),
            };
            match key {
                Key::Char('a') => session.decide(Decision::Accept, Reach::This),
                Key::Char('r') => session.decide(Decision::Reject, Reach::This),
                Key::Char('s') => session.decide(Decision::Skip, Reach::This),
                Key::Char('A') => session.decide(Decision::Accept, Reach::Rest),
                Key::Char('R') => session.decide(Decision::Reject, Reach::Rest),
                Key::Char('S') => session.decide(Decision::Skip, Reach::Rest),
                Key::Char('f') => session.decide(Decision::Accept, Reach::Everywhere),
                Key::Char('u') => session.undo(),
                Key::Char('d') => {
                    print(&(shown(&lines(first, &first.note.changes, usize::MAX), usize::MAX) + KEYS));
                    continue;
                }
                Key::Char('i') => {
                    print(&(exchange(first) + KEYS));
                    continue;
                }
                Key::Char('q') => return Ok(Some(session)),
                Key::CtrlC => return Ok(None),
                _ => continue,
            }
            break;
        }
    }
    Ok(Some(session))
}

fn print(text: &str) {
    // Nobody can be told when the terminal is gone; the next key says so.
    let _ = anstream::stdout().write_all(text.as_bytes());
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

fn label(label: Label) -> String {
    let hue = match label {
        Label::Allowed => AnsiColor::Green,
        Label::Breaks => AnsiColor::Red,
        Label::Unknown => AnsiColor::Yellow,
    };
    paint(color(hue).bold(), &label.to_string())
}

fn show(term: &Term, session: &Session<'_>, question: &Question, about: &[usize], waiting: &[Waiting]) {
    let Some((one, first)) = about.first().and_then(|index| Some((*index, waiting.get(*index)?))) else {
        return;
    };
    let mut out = String::from("\n");
    let (asked, all) = session.progress();
    let place = paint(Style::new().dimmed(), &format!("[{asked}/{all}]"));
    let found = match question {
        Question::Everywhere(change) => {
            let _ = writeln!(
                out,
                "{place} {} in {} snapshots, {}",
                safe(&change.change),
                about.len(),
                label(change.label)
            );
            for index in about.iter().take(3) {
                let name = waiting.get(*index).map_or("", |one| one.name.as_str());
                let _ = writeln!(out, "    {}", safe(name));
            }
            if about.len() > 3 {
                let _ = writeln!(out, "    and {} more", about.len() - 3);
            }
            around(lines(first, std::slice::from_ref(change), 2))
        }
        Question::One(_) => {
            let kind = if first.is_new { " (new)" } else { "" };
            let _ = writeln!(out, "{place} {}{kind}  {}", safe(&first.name), safe(&first.new.expression));
            for (change, part) in first.note.changes.iter().zip(session.parts(one)) {
                let sign = if *part == Some(Decision::Accept) { " ✓" } else { "" };
                let _ = writeln!(out, "  {}  {}{sign}", safe(&change.change), label(change.label));
            }
            lines(first, &first.note.changes, 2)
        }
    };
    let (rows, _) = term.size();
    let room = usize::from(rows).saturating_sub(out.lines().count() + 4).max(8);
    out.push_str(&shown(&found, room));
    out.push_str(KEYS);
    print(&out);
}

/// The lines that differ; `changes` are those that are labelled.
fn lines(one: &Waiting, changes: &[Change], around: usize) -> Vec<Line> {
    let old = one.old.as_ref().map_or("", |old| old.contents.as_str());
    snapshot::lines(old, &one.new.contents, changes, around)
}

/// Of several groups of lines, those that contain a label; all if none does.
fn around(lines: Vec<Line>) -> Vec<Line> {
    let groups: Vec<&[Line]> = lines
        .split(|line| line.sign == Sign::Gap)
        .filter(|group| group.iter().any(|line| line.label.is_some()))
        .collect();
    if groups.is_empty() { lines } else { groups.concat() }
}

fn shown(lines: &[Line], most: usize) -> String {
    let mut out = String::new();
    for line in lines.iter().take(most) {
        let text = safe(&line.text);
        let text = match line.sign {
            Sign::Same => format!("  {text}"),
            Sign::Added => paint(color(AnsiColor::Green), &format!("+ {text}")),
            Sign::Removed => paint(color(AnsiColor::Red), &format!("- {text}")),
            Sign::Gap => "  ⋮".to_owned(),
        };
        let told = line.label.map_or_else(String::new, |told| format!("   ← {}", label(told)));
        let _ = writeln!(out, "{text}{told}");
    }
    if lines.len() > most {
        let _ = writeln!(out, "  … {} more lines; d shows them", lines.len() - most);
    }
    out
}

/// What was sent, and the head of what came back.
fn exchange(one: &Waiting) -> String {
    let mut out = String::new();
    let MessageShown { method, url, headers, body, .. } = &one.note.request;
    match (method, url) {
        (Some(method), Some(url)) => {
            let _ = writeln!(out, "→ {} {}", safe(method), safe(url));
        }
        _ => {
            let _ = writeln!(out, "→ {}", safe(&one.new.expression));
        }
    }
    for (name, value) in headers {
        let _ = writeln!(out, "→ {}: {}", safe(name), safe(value));
    }
    if let Some(body) = body {
        let _ = writeln!(out, "→ {}", safe(body));
    }
    let status = one.new.contents.lines().next().unwrap_or_default();
    let _ = writeln!(out, "← {}", safe(status));
    for (name, value) in &one.note.response.headers {
        let _ = writeln!(out, "← {}: {}", safe(name), safe(value));
    }
    out
}
