//! Draws a finding: what was sent, what came back with carets under the place at fault, the line of the
//! document that requires otherwise, and what to do.

use std::fmt::Write as _;

use serde_json::Value;

use super::affected::{alike, also, told};
use super::paint::Paint;
use super::safe;
use super::untested::several;
use super::waiver;
use crate::rules::{Family, Severity};
use crate::run::pending::{Label, Pending, Sign};
use crate::run::{Excerpt, Finding, MessageShown, line_of};

/// Lines of a body that are shown on each side of the place at fault.
const AROUND: usize = 3;
/// Lines of a body without a place at fault.
const LINES: usize = 10;

/// Draws a finding. Of several operations that it is about, the first `names` are named.
pub(super) fn draw(
    out: &mut String,
    finding: &Finding,
    pending: Option<&Pending>,
    (paint, names): (Paint, usize),
) {
    let word = match finding.severity {
        _ if finding.known => paint.dim("known"),
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
    };
    let _ = writeln!(out, "{word}{}", paint.bold(&format!("[{}]: {}", finding.rule, safe(&finding.message))));
    let is_of_a_file = finding.rule.family() == Family::Snapshot;
    if is_of_a_file && pending.is_none_or(|pending| pending.diff.is_empty() || pending.is_new) {
        // There is nothing to compare it with; a first run has one for every operation.
        if pending.is_none() {
            let _ = writeln!(out, "  {} {}\n", paint.dim("└"), safe(&finding.reproduce));
        }
        return;
    }
    let mut title = safe(&finding.operation_name()).into_owned();
    if let Some(key) = &finding.key {
        // A minted key is named after what it holds.
        let held = key.scopes.join(" + ");
        let scopes =
            if held.is_empty() || held == key.name { String::new() } else { format!(" with {held}") };
        let _ = write!(title, " · key {}{}", safe(&key.name), safe(&scopes));
    }
    if finding.places > 1 {
        let _ = write!(title, " · seen {} times", finding.places);
    }
    let _ = writeln!(out, "  {} {}", paint.dim("┌"), title);
    let bar = paint.dim("│");
    if let Some(pending) = pending {
        differs(out, pending, &bar, paint);
        let _ = writeln!(out, "  {} {}\n", paint.dim("└"), safe(&finding.reproduce));
        return;
    }
    if finding.request.method.is_some() {
        sent(out, &finding.request, &bar, paint);
    }
    if let Some(response) = &finding.response {
        came_back(out, finding, response, &bar, paint);
    } else if !finding.actual.is_empty() {
        let _ = writeln!(out, "  {bar} {} {}", paint.red("←"), safe(&finding.actual));
    }
    if let Some(place) = &finding.document
        && place.line > 0
    {
        let _ = writeln!(out, "  {} {}:{}", paint.dim("├"), safe(&place.file), place.line);
        let _ = writeln!(out, "  {bar} {} {}", paint.dim(&format!("{:>5} │", place.line)), safe(&place.text));
    }
    for message in also(finding) {
        let _ = writeln!(out, "  {} also: {}", paint.dim("├"), safe(message));
    }
    affected(out, finding, names, paint);
    if !finding.causes.is_empty() {
        let follows: Vec<String> = finding.causes.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "  {} follows from this: {}", paint.dim("├"), safe(&several(&follows, names)));
    }
    if !finding.reproduce.is_empty() {
        let _ = writeln!(out, "  {} {}", paint.dim("├"), safe(&finding.reproduce));
    }
    let accepts = waiver::lines(finding);
    if accepts.is_empty() {
        let _ = writeln!(out, "  {} {}\n", paint.dim("└"), paint.dim("remove this waiver, or correct it"));
        return;
    }
    let _ = writeln!(out, "  {} {}", paint.dim("└"), paint.dim("to accept this:"));
    let all = finding.operations().len();
    for line in accepts {
        let is_one = all > 1 && line.starts_with("operation");
        let note = if is_one { format!("   # one of {all}") } else { String::new() };
        let _ = writeln!(out, "      {line}{note}");
    }
    out.push('\n');
}

/// The operations that a finding is about, where there are several, each with its statuses.
fn affected(out: &mut String, finding: &Finding, names: usize, paint: Paint) {
    let operations = finding.operations();
    if operations.len() < 2 {
        return;
    }
    let told: Vec<String> = operations.iter().map(told).collect();
    let count = format!("{} operations have this", operations.len());
    let _ = writeln!(out, "  {} {count}: {}", paint.dim("├"), safe(&several(&told, names)));
    let Some((words, commands)) = alike(finding) else { return };
    let _ = writeln!(out, "  {} {words}", paint.dim("├"));
    for command in commands.iter().take(names) {
        let _ = writeln!(out, "  {} {}", paint.dim("├"), safe(command));
    }
    if commands.len() > names {
        let _ = writeln!(
            out,
            "  {} … and {} more commands; -v shows all",
            paint.dim("├"),
            commands.len() - names
        );
    }
}

/// The lines in which an answer differs from its snapshot, each change with its label.
fn differs(out: &mut String, pending: &Pending, bar: &str, paint: Paint) {
    let most = 4 * LINES;
    for line in pending.diff.iter().take(most) {
        let text = safe(&line.text);
        let text = match line.sign {
            Sign::Same => format!("  {text}"),
            Sign::Added => paint.green(&format!("+ {text}")),
            Sign::Removed => paint.red(&format!("- {text}")),
            Sign::Gap => paint.dim("  ⋮"),
        };
        let label = line.label.map_or_else(String::new, |label| match label {
            Label::Allowed => format!("   ← {}", paint.green(&label.to_string())),
            Label::Breaks => format!("   ← {}", paint.red(&label.to_string())),
            Label::Unknown => format!("   ← {}", paint.yellow(&label.to_string())),
        });
        let _ = writeln!(out, "  {bar} {text}{label}");
    }
    if pending.diff.len() > most {
        let more = format!("… {} more lines", pending.diff.len() - most);
        let _ = writeln!(out, "  {bar}   {}", paint.dim(&more));
    }
}

fn sent(out: &mut String, request: &MessageShown, bar: &str, paint: Paint) {
    let method = request.method.as_deref().unwrap_or_default();
    let url = request.url.as_deref().unwrap_or_default();
    let target =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or(url);
    let _ = writeln!(out, "  {bar} {} {} {}", paint.bold("→"), safe(method), safe(target));
    for name in ["authorization", "accept", "content-type"] {
        if let Some(value) = request.headers.get(name) {
            let _ = writeln!(out, "  {bar}   {}", paint.dim(&format!("{name}: {}", safe(value))));
        }
    }
    if let Some(body) = &request.body {
        for line in shown_lines(body).iter().take(LINES) {
            let _ = writeln!(out, "  {bar}   {}", safe(line));
        }
    }
}

fn came_back(out: &mut String, finding: &Finding, response: &MessageShown, bar: &str, paint: Paint) {
    let status = response.status.unwrap_or_default();
    let reason =
        http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default();
    let _ = writeln!(out, "  {bar} {} {status} {reason}", paint.bold("←"));
    let expectation = || {
        let mut text = String::new();
        if !finding.expected.is_empty() {
            let _ = write!(text, "expected {}", safe(&finding.expected));
        }
        if !finding.actual.is_empty() && finding.at != "response.status" {
            let _ =
                write!(text, "{}found {}", if text.is_empty() { "" } else { ", " }, safe(&finding.actual));
        }
        text
    };
    if finding.at == "response.status" {
        let carets = "^".repeat(3);
        let _ = writeln!(out, "  {bar}   {} {}", paint.red(&carets), paint.red(&expectation()));
    }
    for name in ["content-type", "allow", "www-authenticate", "location"] {
        if let Some(value) = response.headers.get(name) {
            let _ = writeln!(out, "  {bar}   {}", paint.dim(&format!("{name}: {}", safe(value))));
        }
    }
    let Some(body) = &response.body else {
        if finding.at != "response.status" {
            let _ = writeln!(out, "  {bar}   {}", paint.red(&expectation()));
        }
        return;
    };
    let lines = shown_lines(body);
    if finding.at != "response.body" {
        for line in lines.iter().take(LINES) {
            let _ = writeln!(out, "  {bar}   {}", safe(line));
        }
        if !finding.at.starts_with("response.status") {
            let _ = writeln!(out, "  {bar}   {}", paint.red(&expectation()));
        }
        return;
    }
    let fault = serde_json::from_str::<Value>(body).ok().and_then(|value| line_of(&value, &finding.instance));
    let whole = || (lines.clone(), 0, fault.unwrap_or((0, 0, 1)));
    let of_part =
        |part: &Excerpt| (part.lines.clone(), part.before, (part.before + part.at, part.column, part.width));
    // Of a long body there is what is around the fault.
    let (lines, first, (line, column, width)) = finding.excerpt.as_ref().map_or_else(whole, of_part);
    for (index, text) in lines.iter().enumerate().map(|(index, text)| (first + index, text)) {
        if index + AROUND < line || index > line + AROUND {
            continue;
        }
        let number = paint.dim(&format!("{:>5} │", index + 1));
        let _ = writeln!(out, "  {bar} {number} {}", safe(text));
        if index == line {
            let carets = format!("{}{}", " ".repeat(column), "^".repeat(width.clamp(1, 40)));
            let _ = writeln!(
                out,
                "  {bar} {} {}",
                paint.dim("      │"),
                paint.red(&format!("{carets} {}", expectation()))
            );
        }
    }
}

/// A body as lines: JSON indented by two, anything else as it is.
fn shown_lines(body: &str) -> Vec<String> {
    let pretty =
        serde_json::from_str::<Value>(body).ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.as_deref().unwrap_or(body).lines().map(|line| line.chars().take(160).collect()).collect()
}
