//! The end of the `console` report: totals, what was not seen, what is left.

use std::fmt::Write as _;

use indexmap::IndexSet;

use crate::report::paint::{Detail, Paint, Style};
use crate::report::safe;
use crate::run::policy::access_totals;
use crate::run::{OutcomeTotals, PointKind, Run, never_seen};

/// Everything that is counted; the verdict is the last line.
pub(super) fn summary(out: &mut String, run: &Run, style: Style, paint: Paint) {
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
    if style.is_full() && run.retried.is_empty() {
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
    if style.detail > Detail::Totals {
        actions(out, run, paint);
    }
    let last = if summary.fails > 0 {
        paint.red(&last)
    } else if summary.inconclusive > 0 {
        paint.yellow(&last)
    } else {
        paint.green(&last)
    };
    let _ = writeln!(out, "\n{last}");
}

/// How many things of one kind are told.
fn most(style: Style, brief: usize) -> usize {
    match style.detail {
        Detail::Totals => 0,
        Detail::Brief => brief,
        Detail::Full => usize::MAX,
    }
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
    let shown = most(style, 3);
    if shown == 0 {
        return;
    }
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
    let shown = most(style, 12);
    let what = run.leftovers.len();
    let _ = writeln!(
        out,
        "{}  {what} left that this run created, may have created, or changed:",
        paint.yellow("leftovers ")
    );
    for left in run.leftovers.iter().take(shown) {
        let _ = writeln!(out, "            {}", safe(left));
    }
    if what > shown && shown > 0 {
        let more = format!("and {} more; -v shows all", what - shown);
        let _ = writeln!(out, "            {}", paint.dim(&more));
    }
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
