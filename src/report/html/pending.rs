//! The page's section on pending snapshots: every difference side by side, each change with its label.

use std::fmt::Write as _;

use super::attributes::Index;
use crate::report::difference::{self, View, chip};
use crate::report::escape::escaped;
use crate::rules::Rule;
use crate::run::Run;
use crate::run::pending::{Label, Pending};

/// Octets of the page up to which differences are shown.
const MOST: usize = 48 << 20;

pub(super) fn write(out: &mut String, run: &Run, index: &Index<'_>) {
    if run.pending.is_empty() {
        return;
    }
    out.push_str(
        "<section aria-labelledby=\"pending\">\n<h2 id=\"pending\">Pending snapshots</h2>\n\
         <p><code>counterpart review</code> accepts or rejects them.</p>\n",
    );
    for (at, pending) in run.pending.iter().enumerate() {
        if out.len() > MOST {
            let _ = writeln!(
                out,
                "<p>And {} more, which this page has no room for; <code>counterpart review</code> shows all.</p>",
                run.pending.len() - at
            );
            break;
        }
        one(out, index, pending);
    }
    out.push_str("</section>\n");
}

fn one(out: &mut String, index: &Index<'_>, pending: &Pending) {
    let kind = if pending.is_new { "new" } else { "changed" };
    let rule = if pending.is_new { Rule::SnapshotNew } else { Rule::SnapshotChanged };
    let name = pending
        .document_name
        .as_ref()
        .map_or_else(|| pending.name.clone(), |document| format!("{document}/{}", pending.name));
    let _ = write!(
        out,
        "<details class=\"pending\" {}>\n<summary><span class=\"level\">{kind}</span> <b>{}</b>",
        index.filtered(&[&pending.operation_name()], Some(rule)),
        escaped(&name)
    );
    for label in [Label::Breaks, Label::Unknown, Label::Allowed] {
        let count = pending.changes.iter().filter(|change| change.label == label).count();
        if count > 0 {
            let _ = write!(out, " {} × {count}", chip(label));
        }
    }
    let _ = writeln!(out, "</summary>\n<div class=\"inside\" id=\"{}\">", escaped(&pending.finding));
    if !pending.changes.is_empty() {
        out.push_str(&difference::changes(pending.changes.iter().map(|change| (change, false))));
    }
    out.push_str(&difference::difference(&pending.diff, View::Auto));
    out.push_str("</div>\n</details>\n");
}
