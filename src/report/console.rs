//! The `console` report: a line per operation, each finding as a snippet, and a summary.

use std::borrow::Cow;
use std::fmt::Write as _;

use indexmap::{IndexMap, IndexSet};

use super::paint::{Paint, Style};
use super::untested::{reasons, several, total};
use super::{safe, snippet};
use crate::run::policy::access_totals;
use crate::run::{OperationResult, Outcome, OutcomeTotals, PointKind, RetryResult, Run, Verdict, never_seen};

pub(super) fn render(run: &Run, style: Style) -> String {
    let paint = Paint(style.color);
    let mut out = String::new();
    let title = format!("{} {}", safe(&run.document.title), safe(&run.document.version));
    let _ = writeln!(out, "{} {} {}\n", paint.bold(title.trim()), paint.dim("→"), safe(&run.target));
    operations(&mut out, run, style, paint);
    for finding in &run.findings {
        snippet::draw(&mut out, finding, run.pending_of(finding), paint);
    }
    if run.pending.iter().any(|pending| pending.is_new) {
        out.push('\n');
    }
    for document in &run.documents {
        if let Some(why) = &document.failed {
            let name = safe(&document.name);
            let _ = writeln!(out, "{} {name}: {}\n", paint.red("not checked"), safe(why));
        }
    }
    retried(&mut out, run, paint);
    inconclusive(&mut out, run, style, paint);
    unlock(&mut out, run, paint);
    untested(&mut out, run, style, paint);
    for waived in &run.waived {
        let _ = writeln!(
            out,
            "{} {} {}: {}",
            paint.dim("waived"),
            waived.finding.rule,
            safe(&waived.finding.operation_name()),
            safe(&waived.reason)
        );
    }
    problems(&mut out, run, style, paint);
    summary(&mut out, run, style, paint);
    out
}

fn operations(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let method = run.operations.iter().map(|o| o.method.len()).max().unwrap_or(0);
    let statuses: Vec<String> = run.operations.iter().map(statuses).collect();
    let scopes: Vec<String> = run.operations.iter().map(|o| o.scopes.join(" + ")).collect();
    let widest = |list: &[String]| list.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let fixed = method + widest(&statuses) + widest(&scopes) + 10;
    let longest = run.operations.iter().map(|o| o.path.chars().count()).max().unwrap_or(0);
    let path = longest.min(style.width.saturating_sub(fixed).max(30));
    let status = widest(&statuses);
    let mut document = None;
    for ((operation, statuses), scopes) in run.operations.iter().zip(&statuses).zip(&scopes) {
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
        let line = format!(
            "{sign} {:method$}  {:path$}  {}  {}{}",
            safe(&operation.method),
            shortened(&safe(&operation.path), path),
            paint.dim(&format!("{statuses:status$}")),
            safe(scopes),
            paint.yellow(&not_looked_at(operation)),
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push('\n');
}

/// Families of rules that could not look at an operation whose verdict does not say so.
fn not_looked_at(operation: &OperationResult) -> String {
    if !matches!(operation.verdict, Verdict::Conforms | Verdict::Fails) {
        return String::new();
    }
    let untested = operation.rules.iter().filter(|rule| rule.outcome == Outcome::Untested);
    let families: IndexSet<&str> = untested.map(|rule| rule.rule.family().name()).collect();
    if families.is_empty() {
        return String::new();
    }
    format!("  untested: {}", families.into_iter().collect::<Vec<_>>().join(", "))
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
    let (most, names) = if style.verbose { (usize::MAX, usize::MAX) } else { (10, 3) };
    let mut reasons: IndexMap<(&str, Option<&str>), Vec<Cow<'_, str>>> = IndexMap::new();
    for operation in run.operations.iter().filter(|o| o.verdict == Verdict::Inconclusive) {
        let reason = (operation.why.as_deref().unwrap_or_default(), operation.settle.as_deref());
        reasons.entry(reason).or_default().push(operation.name());
    }
    for ((why, settle), operations) in reasons.iter().take(most) {
        let operations: Vec<&str> = operations.iter().map(AsRef::as_ref).collect();
        let named = several(&operations, names);
        let _ = writeln!(out, "{} {}: {}", paint.yellow("inconclusive"), safe(&named), safe(why));
        if let Some(settle) = settle {
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
    let (most, names) = if style.verbose { (usize::MAX, usize::MAX) } else { (5, 3) };
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
    let shown = if style.verbose { usize::MAX } else { 5 };
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

fn summary(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let [ok, bad, untried] = access_totals(run);
    let summary = &run.summary;
    let mut access = format!("{ok} as expected");
    for (count, what) in [(bad, "not as expected"), (untried, "not tried")] {
        if count > 0 {
            let _ = write!(access, ", {count} {what}");
        }
    }
    let _ = writeln!(out, "{}  {access}", paint.dim("access    "));
    let _ = writeln!(out, "{}  {}", paint.dim("rules     "), OutcomeTotals::of(&run.operations));
    coverage(out, run, style, paint);
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut findings =
        format!("{}, {}", count(summary.findings, "error"), count(summary.warnings, "warning"));
    let known = run.findings.iter().filter(|finding| finding.known).count();
    if known > 0 {
        let _ = write!(findings, ", {known} of them known");
    }
    if summary.waived > 0 {
        let _ = write!(findings, ", {} waived", summary.waived);
    }
    let _ = writeln!(out, "{}  {findings}", paint.dim("findings  "));
    if style.verbose && run.retried.is_empty() {
        for finding in &run.findings {
            let again = format!("to try it again: --only finding:{}", finding.id);
            let what = format!("{} of {}", finding.rule, safe(&finding.operation_name()));
            let _ = writeln!(out, "            {} {}", what, paint.dim(&again));
        }
    }
    let waits = run.findings.iter().find(|finding| run.pending_of(finding).is_some());
    if let Some(finding) = waits {
        let pending = run.pending.len();
        let _ = writeln!(out, "{}  {pending} pending: {}", paint.dim("snapshots "), safe(&finding.reproduce));
    }
    leftovers(out, run, style, paint);
    let _ = writeln!(
        out,
        "{}  {} in {}",
        paint.dim("sent      "),
        count(summary.requests, "request"),
        time(summary.duration_ms)
    );
    let mut last = format!("{}, {} conform", count(summary.operations, "operation"), summary.conforms);
    if summary.conforms == 1 {
        last.push('s');
    }
    for (count, word) in
        [(summary.fails, "fail"), (summary.inconclusive, "inconclusive"), (summary.skipped, "skipped")]
    {
        if count > 0 {
            let word = if word == "fail" && count == 1 { "fails" } else { word };
            let _ = write!(last, ", {count} {word}");
        }
    }
    actions(out, run, paint);
    let last = if summary.fails > 0 {
        paint.red(&last)
    } else if summary.inconclusive > 0 {
        paint.yellow(&last)
    } else {
        paint.green(&last)
    };
    let _ = writeln!(out, "\n{last}");
}

/// How much of the document was seen, and what was not.
fn coverage(out: &mut String, run: &Run, style: Style, paint: Paint) {
    let points = &run.coverage.points;
    let all = points.all();
    let _ = writeln!(out, "{}  {} % of {} points", paint.dim("coverage  "), all.percent(), all.total);
    let kinds = PointKind::ALL.iter().map(|kind| (points.kind(*kind), kind.words()));
    let kinds = std::iter::once((points.operations, "operations")).chain(kinds);
    let shares: Vec<String> =
        kinds.filter(|(share, _)| share.total > 0).map(|(share, words)| format!("{share} {words}")).collect();
    for line in shares.chunks(4) {
        let _ = writeln!(out, "            {}", line.join(", "));
    }
    let shown = if style.verbose { usize::MAX } else { 3 };
    let unseen = never_seen(&run.operations);
    for point in unseen.iter().take(shown) {
        let _ = writeln!(out, "            {}", paint.dim(&format!("never seen: {}", safe(point))));
    }
    if unseen.len() > shown {
        let more = format!("and {} more; -v shows all", unseen.len() - shown);
        let _ = writeln!(out, "            {}", paint.dim(&more));
    }
}

/// What the run may have made and could not remove: whoever owns the target must know.
fn leftovers(out: &mut String, run: &Run, style: Style, paint: Paint) {
    if run.leftovers.is_empty() {
        return;
    }
    let shown = if style.verbose { usize::MAX } else { 10 };
    let what = run.leftovers.len();
    let _ = writeln!(
        out,
        "{}  {what} left that this run created, may have created, or changed:",
        paint.yellow("leftovers ")
    );
    for left in run.leftovers.iter().take(shown) {
        let _ = writeln!(out, "            {}", safe(left));
    }
    if what > shown {
        let more = format!("and {} more; -v shows all", what - shown);
        let _ = writeln!(out, "            {}", paint.dim(&more));
    }
}

/// The value that would let most operations be reached.
fn unlock(out: &mut String, run: &Run, paint: Paint) {
    let Some(unlock) = run.unlock() else { return };
    let name = safe(unlock.parameter);
    let said = format!("`{name}` would unlock {} operations: --param {name}=…", unlock.operations);
    let _ = writeln!(out, "{} {said}\n", paint.yellow("unlock"));
}

/// The line of configuration that would settle most: the actions that nobody asked for.
fn actions(out: &mut String, run: &Run, paint: Paint) {
    // Documents may have operations with the same id.
    let untried: IndexSet<&str> =
        run.operations.iter().filter(|o| o.is_action).map(|o| o.operation.as_str()).collect();
    if untried.is_empty() {
        return;
    }
    let said = match untried.len() {
        1 => "1 action was not sent, because it may change what this run did not create. To send it, write"
            .to_owned(),
        many => format!(
            "{many} actions were not sent, because they may change what this run did not create. To send them, write"
        ),
    };
    let _ = writeln!(out, "\n{} {said} in counterpart.toml:", paint.yellow("actions"));
    let quoted: Vec<String> = untried.iter().map(|id| format!("{:?}", safe(id))).collect();
    let _ = writeln!(out, "      [check]\n      actions = [{}]", quoted.join(", "));
    let _ = writeln!(out, "{}", paint.dim("  use `skip` instead of `actions` to leave them out permanently"));
}

fn time(millis: u64) -> String {
    if millis < 1_000 {
        format!("{millis} ms")
    } else {
        format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
    }
}
