//! The page's section on pending snapshots: every difference, each change with its label.

use crate::rules::Rule;
use std::fmt::Write as _;

use super::attributes::filtered;
use crate::report::escape::escaped;
use crate::run::Run;
use crate::run::pending::{Label, Line, Pending, Sign};

pub(super) fn write(out: &mut String, run: &Run) {
    if run.pending.is_empty() {
        return;
    }
    out.push_str(
        "<section aria-labelledby=\"pending\">\n<h2 id=\"pending\">Pending snapshots</h2>\n\
         <p><code>counterpart review</code> accepts or rejects them.</p>\n",
    );
    for pending in &run.pending {
        one(out, run, pending);
    }
    out.push_str("</section>\n");
}

fn one(out: &mut String, run: &Run, pending: &Pending) {
    let kind = if pending.is_new { "new" } else { "changed" };
    let rule = if pending.is_new { Rule::SnapshotNew } else { Rule::SnapshotChanged };
    let _ = write!(
        out,
        "<details class=\"pending\" id=\"{}\" {}>\n\
         <summary><span class=\"level\">{kind}</span> <b>{}</b>",
        escaped(&pending.finding),
        filtered(run, &[&pending.operation_name()], Some(rule)),
        escaped(
            &pending
                .document_name
                .as_ref()
                .map_or_else(|| pending.name.clone(), |document| format!("{document}/{}", pending.name))
        )
    );
    for label in [Label::Breaks, Label::Unknown, Label::Allowed] {
        let count = pending.changes.iter().filter(|change| change.label == label).count();
        if count > 0 {
            let _ = write!(out, " {} × {count}", chip(label));
        }
    }
    out.push_str("</summary>\n");
    if !pending.changes.is_empty() {
        out.push_str("<ul>\n");
        for change in &pending.changes {
            let _ = writeln!(out, "<li><code>{}</code> {}</li>", escaped(&change.change), chip(change.label));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("<pre class=\"diff\">");
    for line in &pending.diff {
        draw(out, line);
    }
    out.push_str("</pre>\n</details>\n");
}

fn draw(out: &mut String, line: &Line) {
    let text = escaped(&line.text);
    // The sign says the same as the colour.
    let _ = match line.sign {
        Sign::Same => write!(out, "  {text}"),
        Sign::Added => write!(out, "<ins>+ {text}</ins>"),
        Sign::Removed => write!(out, "<del>- {text}</del>"),
        Sign::Gap => write!(out, "  ⋮"),
    };
    if let Some(label) = line.label {
        let _ = write!(out, " {}", chip(label));
    }
    out.push('\n');
}

fn chip(label: Label) -> String {
    let class = match label {
        Label::Allowed => "ok",
        Label::Breaks => "bad",
        Label::Unknown => "not",
    };
    format!("<span class=\"chip {class}\">{label}</span>")
}
