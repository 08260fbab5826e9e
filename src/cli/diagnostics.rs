//! Prints problems: the message, the place, the line and the help.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::output::{Stop, USAGE, is_json, say, tell_object, word};
use crate::document::position::Span;
use crate::document::{Level, Problem};
use crate::project::{self, SourceTexts};
use crate::report::safe;

/// Problems that end a command.
pub(super) fn stop(problems: &[Problem], texts: &SourceTexts) -> Stop {
    let shown = show(problems, texts);
    // The first `error:` is put before the message by whoever prints it.
    let message = shown.trim_end().to_owned();
    let prefix = format!("{} ", word("error"));
    let message = message.strip_prefix(&prefix).unwrap_or(&message).to_owned();
    Stop { code: USAGE, message, objects: objects(problems, texts) }
}

/// A project that cannot be loaded.
pub(super) fn not_loaded(error: project::Error) -> Stop {
    match error {
        project::Error::Read(error) => error.into(),
        project::Error::Problems { problems, texts } => stop(&problems, &texts),
        other => Stop::usage(other.to_string()),
    }
}

/// Says problems that do not end a command.
pub(super) fn tell(problems: &[Problem], texts: &SourceTexts) {
    if is_json() {
        objects(problems, texts).iter().for_each(tell_object);
    } else {
        say(show(problems, texts).trim_end());
    }
}

/// Problems as the log has them.
pub(super) fn objects(problems: &[Problem], texts: &SourceTexts) -> Vec<Value> {
    let mut lines = texts.lines();
    let object = |problem: &Problem| {
        let at = lines.find(&problem.place).map(|(span, _)| (span.line, span.column));
        json!({
            "level": problem.level, "message": problem.message, "file": &*problem.place.file,
            "pointer": problem.place.pointer, "line": at.map(|(line, _)| line),
            "column": at.map(|(_, column)| column), "help": problem.help,
        })
    };
    problems.iter().map(object).collect()
}

/// Longer lines are cut, in characters.
const WIDTH: usize = 140;

/// Problems, each with its line of the text, the place in it, and the help.
pub(super) fn show(problems: &[Problem], texts: &SourceTexts) -> String {
    let mut lines = texts.lines();
    let mut out = String::new();
    for problem in problems {
        let level = if problem.level == Level::Error { "error" } else { "warning" };
        let _ = writeln!(out, "{} {}", word(level), safe(&problem.message));
        let name = safe(&problem.place.file);
        match lines.find(&problem.place) {
            Some((Span { line, column, width }, source)) => {
                let _ = writeln!(out, "  --> {name}:{line}:{column}");
                if let Some(source) = source {
                    // A line of a minified document is shown around the place.
                    let column = column.saturating_sub(source.skipped);
                    let skipped = if column > WIDTH - 20 { column - 20 } else { 1 };
                    let shown: String = source.text.chars().skip(skipped - 1).take(WIDTH).collect();
                    let before = column.saturating_sub(skipped);
                    let carets = "^".repeat(width.clamp(1, WIDTH.saturating_sub(before).max(1)));
                    let _ = writeln!(out, "      |");
                    let _ = writeln!(out, "{line:>5} | {}", safe(&shown));
                    let _ = writeln!(out, "      | {}{}", " ".repeat(before), mark(&carets, problem.level));
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

/// A mark in the colour of its level.
fn mark(text: &str, level: Level) -> String {
    let color = if level == Level::Error { anstyle::AnsiColor::Red } else { anstyle::AnsiColor::Yellow };
    let style = color.on_default().bold();
    format!("{style}{text}{style:#}")
}
