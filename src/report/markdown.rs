//! The `markdown` report, for comments on changes and for step summaries.

use std::fmt::Write as _;

use super::affected::{alike, also, others, told};
use super::safe;
use super::untested::{reasons, several, total};
use crate::rules::Severity;
use crate::run::pending::{Pending, Sign};
use crate::run::{Finding, OperationResult, Outcome, OutcomeTotals, Run, Verdict};

/// Findings, operations and reasons that are shown one by one.
const MOST: usize = 50;
/// Octets of the whole; a comment on GitHub may have 65,536 characters.
const LIMIT: usize = 64_000;
/// Octets of a command or a difference that are shown.
const BLOCK: usize = 4_000;
/// Lines of a difference that are shown.
const LINES: usize = 80;

/// The page while it is written: it never grows beyond what a comment may have.
struct Page(String);

impl Page {
    /// Adds a part where there is room for it.
    #[must_use]
    fn add(&mut self, part: &str) -> bool {
        let fits = self.0.len() + part.len() <= LIMIT;
        if fits {
            self.0.push_str(part);
        }
        fits
    }
}

pub(super) fn render(run: &Run) -> Vec<u8> {
    let mut page = Page(String::new());
    let mut head = String::new();
    totals(&mut head, run);
    documents(&mut head, run);
    retried(&mut head, run);
    let mut is_whole = page.add(&head);
    let mut table = String::new();
    odd(&mut table, run);
    is_whole &= page.add(&table);
    is_whole &= findings(&mut page, run);
    for write in [untested, rules] {
        let mut part = String::new();
        write(&mut part, run);
        is_whole &= page.add(&part);
    }
    let mut out = page.0;
    if !is_whole {
        out.push_str("\nThere is no room for more in a comment; the full report has all of it.\n");
    }
    out.into_bytes()
}

/// What came of the findings that the run was about.
fn retried(out: &mut String, run: &Run) {
    for retried in run.retried.iter().take(MOST) {
        let _ = writeln!(out, "{}\n", text(&retried.told()));
    }
}

fn totals(out: &mut String, run: &Run) {
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
    let title = format!("{} {}", run.document.title, run.document.version);
    let _ = writeln!(out, "## {sign} {}\n", text(&cut(title.trim(), BLOCK)));
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
}

/// The findings, worst first; returns whether there was room for all. What the baseline knows takes a line.
fn findings(page: &mut Page, run: &Run) -> bool {
    let new: Vec<&Finding> = run.findings.iter().filter(|finding| !finding.known).collect();
    let shown = new.iter().take(MOST).take_while(|finding| page.add(&one(run, finding))).count();
    let mut rest = String::new();
    if shown < new.len() {
        let _ = writeln!(rest, "and {} more findings\n", new.len() - shown);
    }
    let mut known: Vec<&str> =
        run.findings.iter().filter(|finding| finding.known).map(|one| one.rule.name()).collect();
    if !known.is_empty() {
        let count = counted(known.len(), "finding");
        known.dedup();
        let _ = writeln!(rest, "known: {count} of the baseline ({})\n", several(&known, 10));
    }
    page.add(&rest) && shown == new.len()
}

fn one(run: &Run, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!(
        "<details><summary>{level} <b>{}</b> {}: {}{}</summary>\n\n",
        finding.rule,
        text(&finding.operation_name()),
        text(&cut(&finding.message, BLOCK)),
        text(&others(finding))
    );
    if let Some(pending) = run.pending_of(finding) {
        difference(&mut out, pending);
        let _ = writeln!(out, "\n{}\n</details>\n", code("sh", &finding.reproduce));
        return out;
    }
    let (expected, actual) = (cut(&finding.expected, BLOCK), cut(&finding.actual, BLOCK));
    let _ = writeln!(out, "- expected: {}\n- found: {}", text(&expected), text(&actual));
    let _ = writeln!(out, "- at: {}{}", text(&finding.at), text(&finding.instance));
    if let Some(place) = &finding.document {
        let _ = writeln!(out, "- document: {}:{}", text(&place.file), place.line);
    }
    for message in also(finding) {
        let _ = writeln!(out, "- also: {}", text(&cut(message, BLOCK)));
    }
    if finding.operations().len() > 1 {
        let affected: Vec<String> = finding.operations().iter().map(told).collect();
        let _ = writeln!(out, "- operations: {}", text(&several(&affected, MOST)));
    }
    if !finding.causes.is_empty() {
        let follows: Vec<String> = finding.causes.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "- follows from this: {}", text(&several(&follows, 10)));
    }
    let mut commands = vec![finding.reproduce.as_str()];
    if let Some((words, others)) = alike(finding) {
        let _ = writeln!(out, "- {words}");
        commands.extend(others.iter().take(MOST));
    }
    let _ = writeln!(out, "\n{}\n</details>\n", code("sh", &commands.join("\n")));
    out
}

/// A snapshot that waits for review: what changed, and the lines that differ.
fn difference(out: &mut String, pending: &Pending) {
    for change in pending.changes.iter().take(MOST) {
        let (sign, place) = change.change.split_once(' ').unwrap_or(("", &change.change));
        let what = match sign {
            "+" => "added",
            "-" => "removed",
            _ => "changed",
        };
        let _ = writeln!(out, "- {what} {}: {}", text(place), change.label);
    }
    if pending.changes.len() > MOST {
        let _ = writeln!(out, "- and {} more changes", pending.changes.len() - MOST);
    }
    let mut lines: Vec<String> = Vec::new();
    for line in pending.diff.iter().take(LINES) {
        let sign = match line.sign {
            Sign::Same => ' ',
            Sign::Added => '+',
            Sign::Removed => '-',
            Sign::Gap => '@',
        };
        lines.push(format!("{sign} {}", if line.sign == Sign::Gap { "…" } else { &line.text }));
    }
    if pending.diff.len() > LINES {
        lines.push(format!("@ {} more lines", pending.diff.len() - LINES));
    }
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{}", code("diff", &lines.join("\n")));
    }
}

/// The operations that do not conform, those that fail first.
fn odd(out: &mut String, run: &Run) {
    let of = |wanted: Verdict| run.operations.iter().filter(move |operation| operation.verdict == wanted);
    let odd: Vec<&OperationResult> = of(Verdict::Fails).chain(of(Verdict::Inconclusive)).collect();
    if odd.is_empty() {
        return;
    }
    out.push_str("| | operation | request | why |\n|---|---|---|---|\n");
    for operation in odd.iter().take(MOST) {
        let sign = if operation.verdict == Verdict::Fails { "❌" } else { "❔" };
        let _ = writeln!(
            out,
            "| {sign} | {} | {} {} | {} |",
            text(&operation.name()),
            text(&operation.method),
            text(&operation.path),
            text(&cut(&why(operation), 200))
        );
    }
    if odd.len() > MOST {
        let _ = writeln!(out, "| | and {} more | | |", odd.len() - MOST);
    }
    out.push('\n');
}

/// Why an operation does not conform: the rules that found something, else what kept it from being seen.
fn why(operation: &OperationResult) -> String {
    let found = operation.rules.iter().filter(|rule| rule.outcome == Outcome::Found);
    let found: Vec<&str> = found.map(|rule| rule.rule.name()).collect();
    let why = operation.why.as_deref().unwrap_or_default();
    match (operation.verdict, found.is_empty()) {
        (Verdict::Fails, false) => found.join(", "),
        _ => why.to_owned(),
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

/// The beginning of a long text.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// A block of code, cut where it is long; its fence is longer than any inside.
fn code(language: &str, text: &str) -> String {
    let text = cut(text, BLOCK);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<_> = text.lines().map(|line| safe(line).into_owned()).collect();
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;
    use crate::run::pending::{Change, Label, Line};
    use crate::run::policy::{self, Policy};
    use rstest::rstest;

    /// Evil is text that becomes many octets.
    #[rstest]
    #[case::few(3, "odd")]
    #[case::many(2_000, "odd")]
    #[case::long(60, "<&>`*_[]|#~!@\u{1b}")]
    fn a_comment_has_room_for_it(#[case] count: usize, #[case] evil: &str) {
        let mut run = policy::tests::run();
        let plain = run.operations[0].clone();
        run.operations =
            (0..count).map(|n| OperationResult { operation: format!("op{n}"), ..plain.clone() }).collect();
        let finding = |n: usize| {
            let bare = Finding::bare(
                n.to_string(),
                Rule::CreateAltered,
                Severity::Error,
                &format!("op{n}"),
                evil.repeat(500),
            );
            Finding { expected: evil.repeat(900), reproduce: evil.repeat(9_000), ..bare }
        };
        run.findings = (0..count).map(finding).collect();
        policy::apply(&mut run, &Policy::default());
        let shown = String::from_utf8(render(&run)).unwrap();
        assert!(shown.len() < 65_000, "{}", shown.len());
        assert_eq!(shown.contains("no room for more"), count > 50 || evil.len() > 3, "{shown}");
        assert_eq!(shown.matches("<details>").count(), shown.matches("</details>").count());
        assert!(shown.contains("| ❌ | op0 | GET /x | create-altered |"), "why is filled: {shown}");
    }

    #[test]
    fn a_snapshot_can_be_reviewed_in_it() {
        let mut run = policy::tests::run();
        run.findings[0].rule = Rule::SnapshotChanged;
        let line = |sign, text: &str| Line { sign, text: text.to_owned(), label: None };
        run.pending = vec![Pending {
            finding: run.findings[0].id.clone(),
            name: "list.200.snap".to_owned(),
            operation: "list".to_owned(),
            document_name: None,
            is_new: false,
            changes: vec![Change { change: "~ /count".to_owned(), label: Label::Breaks }],
            diff: vec![
                line(Sign::Same, "{"),
                line(Sign::Removed, "  1"),
                line(Sign::Added, "  ```"),
                line(Sign::Gap, ""),
            ],
        }];
        let shown = String::from_utf8(render(&run)).unwrap();
        assert!(shown.contains("- changed /count: breaks the schema\n"), "{shown}");
        assert!(shown.contains("\n````diff\n  {\n-   1\n+   ```\n@ …\n````\n"), "{shown}");
    }
}
