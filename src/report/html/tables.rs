//! The tables of the page: operations, who was let in, and problems of the document.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use indexmap::IndexMap;

use super::attributes::{Index, verdict};
use super::message::cut;
use crate::document::Problem;
use crate::report::escape::escaped;
use crate::run::{AccessCase, AccessVerdict, KeyKind, OperationResult, Outcome, OutcomeTotals, Run};

/// A table that is scrolled by itself where it is wider than the page, by the keyboard too.
pub(super) fn begin(out: &mut String, (id, title): (&str, &str), class: &str) {
    let _ = writeln!(
        out,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}, a table\"><table class=\"{class}\">"
    );
}

pub(super) fn end(out: &mut String) {
    out.push_str("</tbody></table></div>\n</section>\n");
}

pub(super) fn operations(out: &mut String, run: &Run, index: &Index<'_>) {
    begin(out, ("operations", "Operations"), "stacked");
    out.push_str(
        "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">operation</th><th scope=\"col\">request</th><th scope=\"col\">statuses</th><th scope=\"col\">rules</th><th scope=\"col\">why</th></tr></thead>\n<tbody>\n",
    );
    for operation in &run.operations {
        let (name, sign) = verdict(operation.verdict);
        let id = operation.name();
        let statuses: Vec<String> = operation
            .statuses
            .iter()
            .map(|(status, count)| format!("{status}\u{a0}×\u{a0}{count}"))
            .collect();
        let _ = writeln!(
            out,
            "<tr {} class=\"{name}\"><td>{sign} {name}</td><th scope=\"row\">{}</th><td><code>{} {}</code></td><td class=\"statuses\">{}</td><td>{}</td><td>{}</td></tr>",
            index.filtered(&[&id], None),
            escaped(&id),
            escaped(&operation.method),
            escaped(&operation.path),
            escaped(&statuses.join(", ")),
            rules(operation),
            escaped(&cut(operation.why.as_deref().unwrap_or_default())),
        );
    }
    end(out);
}

/// What came of each rule at an operation, folded away, as lines: a page about many operations has no room for an element
/// for each.
fn rules(operation: &OperationResult) -> String {
    if operation.rules.is_empty() {
        return String::new();
    }
    let totals = OutcomeTotals::of(std::iter::once(operation));
    let of = |wanted: Outcome| operation.rules.iter().filter(move |rule| rule.outcome == wanted);
    let mut lines = Vec::new();
    for (outcome, word) in [(Outcome::Found, "✗ found"), (Outcome::Held, "✓ held")] {
        let names: Vec<&str> = of(outcome).map(|rule| rule.rule.name()).collect();
        if !names.is_empty() {
            lines.push(format!("{word}: {}", names.join(", ")));
        }
    }
    let mut reasons: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for rule in of(Outcome::Untested) {
        reasons.entry(rule.why.as_deref().unwrap_or_default()).or_default().push(rule.rule.name());
    }
    let untested =
        reasons.iter().map(|(why, names)| format!("○ untested: {} ({})", names.join(", "), cut(why)));
    lines.extend(untested);
    format!("<details><summary>{totals}</summary>{}</details>", escaped(&lines.join("\n")))
}

/// The scope matrix: operations by kinds of key, a sign beside each colour, and words where it is not as expected.
pub(super) fn access(out: &mut String, run: &Run, index: &Index<'_>) {
    if run.access.is_empty() {
        return;
    }
    let kinds: BTreeSet<KeyKind> = run.access.iter().map(|case| case.kind).collect();
    let mut rows: IndexMap<Cow<'_, str>, BTreeMap<KeyKind, Vec<&AccessCase>>> = IndexMap::new();
    for case in &run.access {
        rows.entry(case.operation_name()).or_default().entry(case.kind).or_default().push(case);
    }
    begin(out, ("access", "Access"), "matrix");
    out.push_str("<caption><span class=\"ok\">✓ as expected</span> <span class=\"bad\">✗ finding</span> <span class=\"not\">○ not tried</span></caption>\n<thead><tr><th scope=\"col\">operation</th>");
    for kind in &kinds {
        let _ = write!(out, "<th scope=\"col\">{kind}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (operation, row) in rows {
        let filtered = index.filtered(&[&operation], None);
        let _ = write!(out, "<tr {filtered}><th scope=\"row\">{}</th>", escaped(&operation));
        for kind in &kinds {
            match row.get(kind).map_or(&[][..], Vec::as_slice) {
                [case] => one(out, "td", case),
                cases => {
                    out.push_str("<td>");
                    for case in cases {
                        one(out, "span", case);
                        out.push(' ');
                    }
                    out.push_str("</td>");
                }
            }
        }
        out.push_str("</tr>\n");
    }
    end(out);
}

/// A case as an element: one alone in its cell is the cell.
fn one(out: &mut String, element: &str, case: &AccessCase) {
    let (class, sign, word) = match case.verdict {
        AccessVerdict::Ok => ("ok", "✓", "as expected"),
        AccessVerdict::Finding => ("bad", "✗", "finding"),
        AccessVerdict::NotTried => ("not", "○", "not tried"),
    };
    let status = case.status.map_or_else(String::new, |status| status.to_string());
    let told = escaped(&cut(&format!("{}: {}", case.case, case.why.as_deref().unwrap_or(word))));
    let words = match case.verdict {
        AccessVerdict::Ok => String::new(),
        _ => format!("<span class=\"hidden\">{told}</span>"),
    };
    let _ = write!(out, "<{element} class=\"{class}\" title=\"{told}\">{sign} {status}{words}</{element}>");
}

/// Lines of a list.
const MOST: usize = 1_000;

pub(super) fn problems(out: &mut String, run: &Run) {
    let line = |problem: &Problem| {
        let place = format!("{}#{}", problem.place.file, problem.place.pointer);
        format!("<code>{}</code> {}", escaped(&cut(&place)), escaped(&cut(&problem.message)))
    };
    list(out, ("problems", "Problems of the document"), run.problems.iter().map(line));
}

/// What the run made and could not delete.
pub(super) fn leftovers(out: &mut String, run: &Run) {
    let line = |left: &String| format!("<code>{}</code>", escaped(&cut(left)));
    list(out, ("leftovers", "Created by this run and not deleted"), run.leftovers.iter().map(line));
}

/// A section with a list, where there is anything in it.
fn list(out: &mut String, (id, title): (&str, &str), lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    if all == 0 {
        return;
    }
    let _ = writeln!(out, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<ul>");
    for line in lines.take(MOST) {
        let _ = writeln!(out, "<li>{line}</li>");
    }
    out.push_str("</ul>\n");
    if all > MOST {
        let _ = writeln!(out, "<p>And {} more.</p>", all - MOST);
    }
    out.push_str("</section>\n");
}
