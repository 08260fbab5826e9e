//! The `markdown` report, for comments on changes and for step summaries.

use std::fmt::Write as _;

use super::safe;
use super::untested::{reasons, total};
use crate::rules::Severity;
use crate::run::{Finding, Outcome, OutcomeTotals, Run, Verdict};

/// Findings that are shown one by one; a comment may have 65,536 characters.
const MOST: usize = 50;

/// What came of the findings that the run was about.
fn retried(out: &mut String, run: &Run) {
    for retried in &run.retried {
        let _ = writeln!(out, "{}\n", text(&retried.told()));
    }
}

pub(super) fn render(run: &Run) -> Vec<u8> {
    let summary = &run.summary;
    let fails = |finding: &Finding| {
        let weighs = finding.severity == Severity::Error || run.pending_of(finding).is_some();
        weighs && !finding.known
    };
    let sign = if run.findings.iter().any(fails) {
        "❌"
    } else if summary.inconclusive > 0 {
        "❔"
    } else {
        "✅"
    };
    let mut out = String::new();
    let title = format!("{} {}", run.document.title, run.document.version);
    let _ = writeln!(out, "## {sign} {}\n", text(title.trim()));
    let _ = writeln!(
        out,
        "{} of {} operations conform, {} fail, {} inconclusive, {} skipped · {}, {}, {} waived, {} known · {} in {} ms\n",
        summary.conforms,
        summary.operations,
        summary.fails,
        summary.inconclusive,
        summary.skipped,
        counted(summary.findings, "error"),
        counted(summary.warnings, "warning"),
        summary.waived,
        run.findings.iter().filter(|finding| finding.known).count(),
        counted(summary.requests, "request"),
        summary.duration_ms
    );
    let points = run.coverage.points.all();
    let _ = writeln!(
        out,
        "rules: {} · coverage: {} % of {} points\n",
        OutcomeTotals::of(&run.operations),
        points.percent(),
        points.total
    );
    documents(&mut out, run);
    retried(&mut out, run);
    odd(&mut out, run);
    for finding in run.findings.iter().take(MOST) {
        let level = match finding.severity {
            _ if finding.known => "known",
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(
            out,
            "<details><summary>{level} <b>{}</b> {}: {}</summary>\n",
            finding.rule,
            text(&finding.operation_name()),
            text(&finding.message)
        );
        let _ = writeln!(out, "- expected: {}\n- found: {}", text(&finding.expected), text(&finding.actual));
        let _ = writeln!(out, "- at: {}{}", text(&finding.at), text(&finding.instance));
        if let Some(place) = &finding.document {
            let _ = writeln!(out, "- document: {}:{}", text(&place.file), place.line);
        }
        let _ = writeln!(out, "\n{}\n</details>\n", code(&finding.reproduce));
    }
    if run.findings.len() > MOST {
        let _ = writeln!(out, "and {} more findings", run.findings.len() - MOST);
    }
    untested(&mut out, run);
    rules(&mut out, run);
    out.into_bytes()
}

/// The operations that do not conform.
fn odd(out: &mut String, run: &Run) {
    let odd: Vec<_> = run
        .operations
        .iter()
        .filter(|operation| matches!(operation.verdict, Verdict::Fails | Verdict::Inconclusive))
        .collect();
    if !odd.is_empty() {
        out.push_str("| | operation | request | why |\n|---|---|---|---|\n");
        for operation in odd {
            let sign = if operation.verdict == Verdict::Fails { "❌" } else { "❔" };
            let _ = writeln!(
                out,
                "| {sign} | {} | {} {} | {} |",
                text(&operation.name()),
                text(&operation.method),
                text(&operation.path),
                text(operation.why.as_deref().unwrap_or_default())
            );
        }
        out.push('\n');
    }
}

/// The documents, where there are several.
fn documents(out: &mut String, run: &Run) {
    for document in &run.documents {
        let why = document.failed.as_deref().map_or(String::new(), |why| format!(": not checked, {why}"));
        let title = format!("{} {}", document.title, document.version);
        let line = [document.name.to_string(), title.trim().to_owned(), document.target.clone()];
        let line: Vec<String> = line.iter().filter(|part| !part.is_empty()).map(|part| text(part)).collect();
        let _ = writeln!(out, "- {}{}", line.join(" · "), text(&why));
    }
    if !run.documents.is_empty() {
        out.push('\n');
    }
}

/// Checks that were not made, folded away.
fn untested(out: &mut String, run: &Run) {
    let reasons = reasons(run);
    if reasons.is_empty() {
        return;
    }
    let _ = writeln!(out, "<details><summary>untested: {}</summary>\n", total(&reasons));
    for reason in reasons.iter().take(MOST) {
        let _ = writeln!(out, "- {}: {}", text(reason.why), text(&reason.told(3)));
    }
    if reasons.len() > MOST {
        let _ = writeln!(out, "- and {} more reasons", reasons.len() - MOST);
    }
    out.push_str("\n</details>\n\n");
}

/// What came of the rules at each operation, folded away.
fn rules(out: &mut String, run: &Run) {
    let mut operations = run.operations.iter().filter(|operation| !operation.rules.is_empty()).peekable();
    if operations.peek().is_none() {
        return;
    }
    out.push_str("<details><summary>rules of each operation</summary>\n\n| operation | held | found | untested |\n|---|---|---|---|\n");
    let mut left = 0;
    for (index, operation) in operations.enumerate() {
        if index >= MOST {
            left += 1;
            continue;
        }
        let OutcomeTotals { held, .. } = OutcomeTotals::of(std::iter::once(operation));
        let named = |outcome: Outcome| {
            let rules = operation.rules.iter().filter(|rule| rule.outcome == outcome);
            rules.map(|rule| rule.rule.name()).collect::<Vec<_>>().join(", ")
        };
        let (found, untested) = (named(Outcome::Found), named(Outcome::Untested));
        let _ = writeln!(out, "| {} | {held} | {found} | {untested} |", text(&operation.name()));
    }
    if left > 0 {
        let _ = writeln!(out, "\nand {left} more operations");
    }
    out.push_str("\n</details>\n\n");
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Text that no markdown and no HTML is made of.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in safe(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A block of code; its fence is longer than any inside.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<_> = text.lines().map(|line| safe(line).into_owned()).collect();
    format!("{fence}sh\n{}\n{fence}", lines.join("\n"))
}
