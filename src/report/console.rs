//! The `console` report: a line per operation, each finding as a snippet, and a summary.

mod summary;

use std::borrow::Cow;
use std::fmt::Write as _;

use indexmap::{IndexMap, IndexSet};

use super::paint::{Detail, Paint, Style};
use super::untested::{reasons, several, total};
use super::{safe, snippet};
use crate::rules::{Rule, Selector, Severity};
use crate::run::{Finding, OperationResult, Outcome, RetryResult, Run, Verdict};
use summary::summary;

/// Lines of a brief report: three screens.
const LINES: usize = 120;
/// Of these, how many are kept for findings.
const FOR_FINDINGS: usize = 45;
/// Lines of a brief report for how to settle what is inconclusive.
const FOR_SETTLING: usize = 8;

pub(super) fn render(run: &Run, style: Style) -> String {
    let paint = Paint(style.color);
    let mut after = String::new();
    if style.detail > Detail::Totals {
        below_findings(&mut after, run, style, paint);
    }
    summary(&mut after, run, style, paint);
    if style.detail == Detail::Totals {
        return after.trim_start().to_owned();
    }
    let left = if style.is_full() { usize::MAX } else { LINES.saturating_sub(after.lines().count()) };
    let mut out = String::new();
    let title = format!("{} {}", safe(&run.document.title), safe(&run.document.version));
    let _ = writeln!(out, "{} {} {}\n", paint.bold(title.trim()), paint.dim("→"), safe(&run.target));
    operations(&mut out, run, (style, left.saturating_sub(FOR_FINDINGS + 4)), paint);
    let left = left.saturating_sub(out.lines().count()).max(FOR_FINDINGS);
    findings(&mut out, run, (style, left), paint);
    out + &after
}

/// The findings, worst first. In a brief report those that have no room are told in a line, or counted.
fn findings(out: &mut String, run: &Run, (style, most): (Style, usize), paint: Paint) {
    let (mut shown, mut left) = (0, most);
    let names = if style.is_full() { usize::MAX } else { 6 };
    let new: Vec<&Finding> =
        run.findings.iter().filter(|finding| style.is_full() || !finding.known).collect();
    let known = run.findings.len() - new.len();
    // Room for the line about what is known, and for that about what is left out.
    left = left.saturating_sub(4);
    for (index, finding) in new.iter().enumerate() {
        let mut drawn = String::new();
        snippet::draw(&mut drawn, finding, run.pending_of(finding), (paint, names));
        let lines = drawn.lines().count();
        let others = (new.len() - index - 1).min(10);
        if index > 0 && lines + others > left {
            drawn.clear();
            in_a_line(&mut drawn, finding, paint);
        }
        let lines = drawn.lines().count();
        if index > 0 && lines > left {
            break;
        }
        left = left.saturating_sub(lines);
        shown += 1;
        out.push_str(&drawn);
    }
    if shown < new.len() {
        let _ =
            writeln!(out, "{}", paint.dim(&format!("and {} more findings; -v shows all", new.len() - shown)));
    }
    if known > 0 {
        let mut rules: Vec<Rule> =
            run.findings.iter().filter(|finding| finding.known).map(|one| one.rule).collect();
        rules.dedup();
        let rules: IndexSet<&str> = rules.iter().map(|rule| rule.name()).collect();
        let rules = several(&rules.into_iter().collect::<Vec<_>>(), names);
        let count = if known == 1 { "1 finding".to_owned() } else { format!("{known} findings") };
        let _ = writeln!(out, "{} {count} of the baseline: {rules}; -v shows them", paint.dim("known"));
    }
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
}

/// A finding without its evidence.
fn in_a_line(out: &mut String, finding: &Finding, paint: Paint) {
    let word = match finding.severity {
        Severity::Error => paint.red("error"),
        Severity::Warning => paint.yellow("warning"),
    };
    let others = finding.operations().len().saturating_sub(1);
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let name = finding.operation_name();
    let what = format!("{word}[{}]: {}", finding.rule, safe(&finding.message));
    let _ = writeln!(out, "{what} {}", paint.dim(&format!("· {}{more}", safe(&name))));
}

/// What is told between the findings and the totals.
fn below_findings(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let most = if style.is_full() { usize::MAX } else { 5 };
    for document in &run.documents {
        if let Some(why) = &document.failed {
            let name = safe(&document.name);
            let _ = writeln!(out, "{} {name}: {}\n", paint.red("not checked"), safe(why));
        }
    }
    retried(out, run, paint);
    inconclusive(out, run, style, paint);
    unlock(out, run, paint);
    untested(out, run, style, paint);
    for waived in run.waived.iter().take(most) {
        let affected: Vec<String> =
            waived.finding.operations().iter().map(|one| one.name().into_owned()).collect();
        let (rule, named) = (waived.finding.rule, several(&affected, most));
        let _ = writeln!(out, "{} {rule} {}: {}", paint.dim("waived"), safe(&named), safe(&waived.reason));
    }
    if run.waived.len() > most {
        let more = format!("and {} more are waived; -v shows all", run.waived.len() - most);
        let _ = writeln!(out, "{}", paint.dim(&more));
    }
    problems(out, run, style, paint);
}

/// A line for each operation; where there is no room for all, for those that do not conform.
fn operations(out: &mut String, run: &Run, (style, most): (Style, usize), paint: Paint) {
    let heads = run.documents.len();
    let is_odd =
        |operation: &&OperationResult| matches!(operation.verdict, Verdict::Fails | Verdict::Inconclusive);
    let is_short = run.operations.len() + heads > most;
    let mut listed: Vec<&OperationResult> = run.operations.iter().collect();
    if is_short {
        // Those that fail first.
        listed.retain(|operation| is_odd(operation));
        listed.sort_by_key(|operation| operation.verdict != Verdict::Fails);
        listed.truncate(most.saturating_sub(heads + 1).max(5));
        let place =
            |wanted: &OperationResult| run.operations.iter().position(|one| std::ptr::eq(one, wanted));
        listed.sort_by_key(|operation| place(operation));
    }
    let method = listed.iter().map(|o| o.method.len()).max().unwrap_or(0);
    let statuses: Vec<String> = listed.iter().map(|operation| statuses(operation)).collect();
    let scopes: Vec<String> = listed.iter().map(|o| o.scopes.join(" + ")).collect();
    let widest = |list: &[String]| list.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let fixed = method + widest(&statuses) + widest(&scopes) + 10;
    let longest = listed.iter().map(|o| o.path.chars().count()).max().unwrap_or(0);
    let path = longest.min(style.width.saturating_sub(fixed).max(30));
    let status = widest(&statuses);
    let mut document = None;
    for ((operation, statuses), scopes) in listed.iter().zip(&statuses).zip(&scopes) {
        if operation.document_name != document {
            document.clone_from(&operation.document_name);
            heading(out, run, document.as_deref(), paint);
        }
        let sign = match operation.verdict {
            Verdict::Conforms => paint.green("✓"),
            Verdict::Fails => paint.red("✗"),
            Verdict::Inconclusive => paint.yellow("?"),
            Verdict::Skipped => paint.dim("–"),
        };
        // What is told further down is told by id.
        let id = if is_odd(operation) { format!("  {}", safe(&operation.operation)) } else { String::new() };
        let line = format!(
            "{sign} {:method$}  {:path$}  {}  {}{}{}",
            safe(&operation.method),
            shortened(&safe(&operation.path), path),
            paint.dim(&format!("{statuses:status$}")),
            safe(scopes),
            paint.yellow(&not_looked_at(operation)),
            paint.bold(&id),
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let rest = run.operations.len() - listed.len();
    if rest > 0 {
        let _ = writeln!(out, "{}", paint.dim(&format!("  and {rest} more operations; -v shows all")));
    }
    out.push('\n');
}

/// So many rules are named in a line, rather than their families.
const NAMED: usize = 2;

/// The rules that could not look at an operation whose verdict does not say so; their families where they are many.
fn not_looked_at(operation: &OperationResult) -> String {
    if !matches!(operation.verdict, Verdict::Conforms | Verdict::Fails) {
        return String::new();
    }
    let untested = operation.rules.iter().filter(|rule| rule.outcome == Outcome::Untested);
    let rules: IndexSet<Selector> = untested.map(|rule| rule.rule).collect();
    let families = || rules.iter().map(|rule| Selector::from(rule.family())).collect::<IndexSet<_>>();
    let named = if rules.len() > NAMED { families() } else { rules.clone() };
    if named.is_empty() {
        return String::new();
    }
    let names: Vec<_> = named.iter().map(Selector::to_string).collect();
    format!("  untested: {}", names.join(", "))
}

/// One of several documents, above its operations.
fn heading(out: &mut String, run: &Run, name: Option<&str>, paint: Paint) {
    let Some(document) = run.documents.iter().find(|document| Some(&*document.name) == name) else { return };
    let title = format!("{} {}", safe(&document.title), safe(&document.version));
    let (name, arrow) = (paint.bold(&safe(&document.name)), paint.dim("→"));
    let _ = writeln!(out, "{name}  {} {arrow} {}", title.trim(), safe(&document.target));
}

fn statuses(operation: &OperationResult) -> String {
    operation.statuses.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// A long path without its middle, which says the least.
fn shortened(path: &str, width: usize) -> String {
    let length = path.chars().count();
    if length <= width || width < 5 {
        return path.to_owned();
    }
    let tail = (width - 1) * 2 / 3;
    let head = width - 1 - tail;
    let start: String = path.chars().take(head).collect();
    let end: String = path.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

/// What came of the findings that the run was about.
fn retried(out: &mut String, run: &Run, paint: Paint) {
    for retried in &run.retried {
        let told = safe(&retried.told()).into_owned();
        let told = match retried.result {
            RetryResult::Found => paint.red(&told),
            RetryResult::Gone => paint.green(&told),
            RetryResult::NotTried => paint.yellow(&told),
        };
        let _ = writeln!(out, "{told}\n");
    }
}

/// Operations with their reasons; those that have one reason, as where a key is dead, share a line.
fn inconclusive(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let (most, names) = if style.is_full() { (usize::MAX, usize::MAX) } else { (5, 3) };
    let mut left = if style.is_full() { usize::MAX } else { FOR_SETTLING };
    let mut reasons: IndexMap<(&str, Option<&str>), Vec<Cow<'_, str>>> = IndexMap::new();
    for operation in run.operations.iter().filter(|o| o.verdict == Verdict::Inconclusive) {
        let reason = (operation.why.as_deref().unwrap_or_default(), operation.settle.as_deref());
        reasons.entry(reason).or_default().push(operation.name());
    }
    for ((why, settle), operations) in reasons.iter().take(most) {
        let operations: Vec<&str> = operations.iter().map(AsRef::as_ref).collect();
        let named = several(&operations, names);
        let _ = writeln!(out, "{} {}: {}", paint.yellow("inconclusive"), safe(&named), safe(why));
        if let Some(settle) = settle.filter(|settle| settle.lines().count() < left) {
            left -= settle.lines().count() + 1;
            let _ = writeln!(out, "  {}", paint.dim("to resolve this, add to counterpart.toml:"));
            for line in settle.lines() {
                let _ = writeln!(out, "      {}", safe(line));
            }
        }
        out.push('\n');
    }
    let rest: usize = reasons.values().skip(most).map(Vec::len).sum();
    if rest > 0 {
        let more = format!("and {rest} more are inconclusive; -v shows all");
        let _ = writeln!(out, "{}\n", paint.dim(&more));
    }
}

fn untested(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let (most, names) = if style.is_full() { (usize::MAX, usize::MAX) } else { (5, 3) };
    let reasons = reasons(run);
    if reasons.is_empty() {
        return;
    }
    let _ = writeln!(out, "{} {}", paint.yellow("untested"), total(&reasons));
    for reason in reasons.iter().take(most) {
        let _ = writeln!(out, "  {}: {}", safe(reason.why), safe(&reason.told(names)));
    }
    let rest: usize = reasons.iter().skip(most).map(|reason| reason.count).sum();
    if rest > 0 {
        let _ = writeln!(out, "  {}", paint.dim(&format!("and {rest} more; -v shows all")));
    }
    out.push('\n');
}

fn problems(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let shown = if style.is_full() { usize::MAX } else { 5 };
    for problem in run.problems.iter().take(shown) {
        let at = match problem.place.position {
            Some((line, _)) => format!("{}:{line}", problem.place.file),
            None => format!("{}#{}", problem.place.file, problem.place.pointer),
        };
        let _ = writeln!(out, "{} {}: {}", paint.yellow("problem"), safe(&at), safe(&problem.message));
    }
    if run.problems.len() > shown {
        let more = run.problems.len() - shown;
        let _ = writeln!(
            out,
            "{}",
            paint.dim(&format!("and {more} more problems; `counterpart lint` shows all"))
        );
    }
    if !run.problems.is_empty() {
        out.push('\n');
    }
}

/// The value that would let most operations be reached.
fn unlock(out: &mut String, run: &Run, paint: Paint) {
    let Some(unlock) = run.unlock() else { return };
    let name = safe(unlock.parameter);
    let said = format!("`{name}` would unlock {} operations: --param {name}=…", unlock.operations);
    let _ = writeln!(out, "{} {said}\n", paint.yellow("unlock"));
}

#[cfg(test)]
mod tests;
