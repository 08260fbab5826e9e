//! Problems as pictures: the message, the place, the line, the help.

use std::fmt::Write as _;

use super::{Stop, USAGE};
use crate::document::place::Positions;
use crate::document::{Level, Problem};
use crate::report::safe;

/// `error:` or `warning:` in colour.
pub(super) fn word(word: &str) -> String {
    let color = if word == "error" { anstyle::AnsiColor::Red } else { anstyle::AnsiColor::Yellow };
    let style = color.on_default().bold();
    format!("{style}{word}:{style:#}")
}

/// Problems that end a command.
pub(super) fn stop(problems: &[Problem], file: &str, text: &str) -> Stop {
    let shown = show(problems, file, text);
    // The first `error:` is put before the message by whoever prints it.
    let message = shown.trim_end().to_owned();
    let prefix = format!("{} ", word("error"));
    Stop { code: USAGE, message: message.strip_prefix(&prefix).unwrap_or(&message).to_owned() }
}

/// Problems, each with the line of the text that it stands in.
pub(super) fn show(problems: &[Problem], file: &str, text: &str) -> String {
    let wanted =
        problems.iter().any(|problem| &*problem.place.file == file && problem.place.position.is_none());
    let positions = wanted.then(|| Positions::read(text));
    let mut out = String::new();
    for problem in problems {
        let level = if problem.level == Level::Error { "error" } else { "warning" };
        let _ = writeln!(out, "{} {}", word(level), safe(&problem.message));
        let inside = &*problem.place.file == file;
        let found = problem.place.position.or_else(|| {
            let span = positions.as_ref().filter(|_| inside)?.find(&problem.place.pointer)?;
            Some((span.line, span.column))
        });
        let name = safe(&problem.place.file);
        match found {
            Some((line, column)) => {
                let _ = writeln!(out, "  --> {name}:{line}:{column}");
                if let Some(source) = text.lines().nth(line.saturating_sub(1)).filter(|_| inside) {
                    let shown: String = source.chars().take(140).collect();
                    let _ = writeln!(out, "{line:>5} | {}", safe(&shown));
                    if column <= 140 {
                        let _ = writeln!(out, "      | {}^", " ".repeat(column.saturating_sub(1)));
                    }
                }
            }
            None if problem.place.pointer.is_empty() => {
                let _ = writeln!(out, "  --> {name}");
            }
            None => {
                let _ = writeln!(out, "  --> {name}#{}", safe(&problem.place.pointer));
            }
        }
        if let Some(help) = &problem.help {
            let _ = writeln!(out, "  = help: {}", safe(help));
        }
    }
    out
}
