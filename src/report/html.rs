//! The `html` report: one self-contained page that works offline, with or without scripts.
//!
//! Everything is in the markup; the script only hides what a filter excludes.

mod attributes;
mod coverage;
mod pending;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use indexmap::IndexMap;

use attributes::{filtered, verdict};

use super::affected::{also, told};
use super::escape::escaped;
use super::snippet;
use crate::rules::Severity;
use crate::run::{
    AccessCase, AccessVerdict, Finding, KeyKind, MessageShown, OperationResult, Outcome, OutcomeTotals,
    PointKind, Run, Share,
};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

pub(super) fn render(run: &Run) -> Vec<u8> {
    let title = escaped(format!("{} {}", run.document.title, run.document.version).trim());
    let mut out = String::new();
    // Nothing is fetched, nothing is sent, and no text of the target becomes a script.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Counterpart</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n"
    );
    head(&mut out, run, &title);
    filters(&mut out, run);
    out.push_str("<main>\n");
    findings(&mut out, run);
    pending::write(&mut out, run);
    operations(&mut out, run);
    access(&mut out, run);
    coverage::write(&mut out, run);
    problems(&mut out, run);
    let _ = write!(
        out,
        "</main>\n<footer>Counterpart {} · seed {}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&run.counterpart),
        run.seed
    );
    out.into_bytes()
}

fn head(out: &mut String, run: &Run, title: &str) {
    let summary = &run.summary;
    let _ = write!(out, "<header>\n<h1>{title}</h1>\n<p class=\"target\">{}</p>\n", escaped(&run.target));
    documents(out, run);
    for retried in &run.retried {
        let _ = writeln!(out, "<p class=\"retried\">{}</p>", escaped(&retried.told()));
    }
    out.push_str("<dl class=\"totals\">\n");
    for (name, count, class) in [
        ("conform", summary.conforms, "conforms"),
        ("fail", summary.fails, "fails"),
        ("inconclusive", summary.inconclusive, "inconclusive"),
        ("skipped", summary.skipped, "skipped"),
        ("errors", summary.findings, "error"),
        ("warnings", summary.warnings, "warning"),
        ("waived", summary.waived, ""),
        ("requests", summary.requests, ""),
    ] {
        let _ = writeln!(out, "<div class=\"{class}\"><dt>{name}</dt><dd>{count}</dd></div>");
    }
    out.push_str("</dl>\n<div class=\"bars\">\n");
    let points = run.coverage.points;
    bar(out, "of the document seen", points.all());
    bar(out, "operations seen in a documented success", points.operations);
    for kind in PointKind::ALL {
        bar(out, kind.words(), points.kind(kind));
    }
    out.push_str("</div>\n</header>\n");
}

/// The documents, where there are several.
fn documents(out: &mut String, run: &Run) {
    if run.documents.is_empty() {
        return;
    }
    out.push_str("<ul class=\"documents\">\n");
    for document in &run.documents {
        let title = format!("{} {}", document.title, document.version);
        let (name, title, target) =
            (escaped(&document.name), escaped(title.trim()), escaped(&document.target));
        let why = document
            .failed
            .as_deref()
            .map_or(String::new(), |why| format!(", not checked: {}", escaped(why)));
        let _ = writeln!(out, "<li><b>{name}</b> {title} <code>{target}</code>{why}</li>");
    }
    out.push_str("</ul>\n");
}

fn bar(out: &mut String, name: &str, share: Share) {
    if share.total > 0 {
        let value = share.percent() / 100.0;
        let _ = writeln!(
            out,
            "<label>{name} <meter min=\"0\" max=\"1\" value=\"{value:.3}\">{share}</meter> <span>{share}</span></label>"
        );
    }
}

fn filters(out: &mut String, run: &Run) {
    out.push_str("<form class=\"filters\" aria-label=\"Filters\">\n");
    let operations: Vec<_> = run.operations.iter().map(OperationResult::name).collect();
    let operations: Vec<&str> = operations.iter().map(AsRef::as_ref).collect();
    let waived = run.waived.iter().map(|waived| &waived.finding);
    let mut rules: Vec<&str> = run.findings.iter().chain(waived).map(|finding| finding.rule.name()).collect();
    rules.sort_unstable();
    rules.dedup();
    let verdicts = ["conforms", "fails", "inconclusive", "skipped"];
    for (id, name, values) in [
        ("operation", "Operation", &operations[..]),
        ("rule", "Rule", &rules),
        ("verdict", "Verdict", &verdicts),
    ] {
        let _ = write!(out, "<label>{name} <select id=\"by-{id}\"><option value=\"\">all</option>");
        for value in values {
            let value = escaped(value);
            let _ = write!(out, "<option value=\"{value}\">{value}</option>");
        }
        out.push_str("</select></label>\n");
    }
    out.push_str("<button type=\"reset\">Show all</button>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n");
}

fn operations(out: &mut String, run: &Run) {
    out.push_str(
        "<section aria-labelledby=\"operations\">\n<h2 id=\"operations\">Operations</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">operation</th><th scope=\"col\">request</th><th scope=\"col\">statuses</th><th scope=\"col\">rules</th><th scope=\"col\">why</th></tr></thead>\n<tbody>\n",
    );
    for operation in &run.operations {
        let (name, sign) = verdict(operation.verdict);
        let statuses: Vec<String> = operation
            .statuses
            .iter()
            .map(|(status, count)| format!("{status}\u{a0}×\u{a0}{count}"))
            .collect();
        let why = escaped(operation.why.as_deref().unwrap_or_default());
        let _ = writeln!(
            out,
            "<tr data-operation=\"{id}\" data-verdict=\"{name}\" class=\"{name}\"><td><span aria-hidden=\"true\">{sign}</span> {name}</td><th scope=\"row\">{id}</th><td><code>{} {}</code></td><td class=\"statuses\">{}</td><td>{}</td><td>{why}</td></tr>",
            escaped(&operation.method),
            escaped(&operation.path),
            escaped(&statuses.join(", ")),
            rules(operation),
            id = escaped(&operation.name()),
        );
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

/// What came of each rule at an operation, folded away.
fn rules(operation: &OperationResult) -> String {
    if operation.rules.is_empty() {
        return String::new();
    }
    let totals = OutcomeTotals::of(std::iter::once(operation));
    let mut told = format!("<details><summary>{totals}</summary><ul class=\"rules\">");
    for rule in &operation.rules {
        let (class, sign, word) = match rule.outcome {
            Outcome::Held => ("ok", "✓", "held"),
            Outcome::Found => ("bad", "✗", "found"),
            Outcome::Untested => ("not", "○", "untested"),
        };
        let why = rule.why.as_deref().map_or_else(String::new, |why| format!(": {}", escaped(why)));
        let _ = write!(
            told,
            "<li class=\"{class}\"><span aria-hidden=\"true\">{sign}</span> {} {word}{why}</li>",
            rule.rule
        );
    }
    told.push_str("</ul></details>");
    told
}

fn findings(out: &mut String, run: &Run) {
    out.push_str("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    if run.findings.is_empty() && run.waived.is_empty() {
        out.push_str("<p>No findings.</p>\n");
    }
    for finding in &run.findings {
        show(out, run, finding, None);
    }
    for waived in &run.waived {
        show(out, run, &waived.finding, Some(&waived.reason));
    }
    out.push_str("</section>\n");
}

fn show(out: &mut String, run: &Run, finding: &Finding, waived: Option<&str>) {
    let level = match (waived, finding.severity) {
        (Some(_), _) => "waived",
        _ if finding.known => "known",
        (None, Severity::Error) => "error",
        (None, Severity::Warning) => "warning",
    };
    let affected = finding.operations();
    let mut names: Vec<String> = affected.iter().map(|one| one.name().into_owned()).collect();
    if names.is_empty() {
        names.push(finding.operation_name().into_owned());
    }
    let _ = writeln!(
        out,
        "<details class=\"finding {level}\" {}>\n<summary><span class=\"level\">{level}</span> <code>{rule}</code> <b>{operation}</b> {}</summary>",
        filtered(run, &names.iter().map(String::as_str).collect::<Vec<_>>(), Some(finding.rule)),
        escaped(&finding.message),
        operation = escaped(&finding.operation_name()),
        rule = finding.rule,
    );
    if let Some(reason) = waived {
        let _ = writeln!(out, "<p>waived: {}</p>", escaped(reason));
    }
    if let Some(pending) = run.pending_of(finding) {
        let _ = writeln!(
            out,
            "<p><a href=\"#{}\">The difference</a> waits for <code>{}</code></p>\n<p class=\"id\">id {}</p>\n</details>",
            escaped(&pending.finding),
            escaped(&finding.reproduce),
            escaped(&finding.id)
        );
        return;
    }
    facts(out, finding);
    out.push_str("<div class=\"sides\">\n");
    let request = &finding.request;
    let line = format!(
        "{} {}",
        request.method.as_deref().unwrap_or_default(),
        request.url.as_deref().unwrap_or_default()
    );
    let fault = |at: &str| (finding.at == at).then_some(finding.instance.as_str());
    message(out, "Request", &line, request, fault("request.body"));
    match &finding.response {
        Some(response) => {
            let line = response.status.map_or_else(String::new, |status| status.to_string());
            message(out, "Response", &line, response, fault("response.body"));
        }
        None => out.push_str("<div><h3>Response</h3><p>none</p></div>\n"),
    }
    let _ = writeln!(
        out,
        "</div>\n<h3>Reproduce</h3>\n<pre>{}</pre>\n<p class=\"id\">id {}</p>\n</details>",
        escaped(&finding.reproduce),
        escaped(&finding.id)
    );
}

/// What was expected and found, and where.
fn facts(out: &mut String, finding: &Finding) {
    let _ = writeln!(
        out,
        "<dl><dt>expected</dt><dd>{}</dd><dt>found</dt><dd>{}</dd><dt>at</dt><dd><code>{}{}</code></dd>",
        escaped(&finding.expected),
        escaped(&finding.actual),
        escaped(&finding.at),
        escaped(&finding.instance)
    );
    if let Some(key) = &finding.key {
        let held = key.scopes.join(" + ");
        let held = if held.is_empty() || held == key.name { String::new() } else { format!(" ({held})") };
        let _ = writeln!(out, "<dt>key</dt><dd>{}{}</dd>", escaped(&key.name), escaped(&held));
    }
    if let Some(place) = &finding.document {
        let _ = write!(out, "<dt>document</dt><dd><code>{}:{}</code>", escaped(&place.file), place.line);
        if !place.text.is_empty() {
            let _ = write!(out, "<pre>{}</pre>", escaped(place.text.trim()));
        }
        out.push_str("</dd>\n");
    }
    for message in also(finding) {
        let _ = writeln!(out, "<dt>also</dt><dd>{}</dd>", escaped(message));
    }
    let affected = finding.operations();
    if affected.len() > 1 {
        out.push_str("<dt>operations</dt><dd><ul>");
        for one in &affected {
            let _ = write!(out, "<li>{}</li>", escaped(&told(one)));
        }
        out.push_str("</ul></dd>\n");
    }
    for follows in &finding.causes {
        let _ = writeln!(out, "<dt>follows</dt><dd>{}</dd>", escaped(&follows.to_string()));
    }
    out.push_str("</dl>\n");
}

/// A message; `fault` is the pointer of what is wrong in its body, which is marked.
fn message(out: &mut String, name: &str, line: &str, message: &MessageShown, fault: Option<&str>) {
    let mut text = format!("{line}\n");
    for (field, value) in &message.headers {
        let _ = writeln!(text, "{field}: {value}");
    }
    let mut text = escaped(&text);
    if let Some(body) = &message.body {
        text.push('\n');
        let value = serde_json::from_str::<serde_json::Value>(body).ok();
        let marked = value.as_ref().zip(fault).and_then(|(value, at)| snippet::line_of(value, at));
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
        for (index, line) in pretty.as_ref().unwrap_or(body).lines().enumerate() {
            let line = escaped(line);
            let _ = match marked {
                Some((at, _, _)) if at == index => writeln!(text, "<mark>{line}</mark>"),
                _ => writeln!(text, "{line}"),
            };
        }
    }
    let _ = writeln!(out, "<div><h3>{name}</h3><pre>{text}</pre></div>");
}

/// The scope matrix: operations by kinds of key, a sign and a word beside each colour.
fn access(out: &mut String, run: &Run) {
    if run.access.is_empty() {
        return;
    }
    let kinds: BTreeSet<KeyKind> = run.access.iter().map(|case| case.kind).collect();
    let mut rows: IndexMap<Cow<'_, str>, BTreeMap<KeyKind, Vec<&AccessCase>>> = IndexMap::new();
    for case in &run.access {
        rows.entry(case.operation_name()).or_default().entry(case.kind).or_default().push(case);
    }
    out.push_str("<section aria-labelledby=\"access\">\n<h2 id=\"access\">Access</h2>\n<p class=\"legend\"><span class=\"ok\">✓ as expected</span> <span class=\"bad\">✗ finding</span> <span class=\"not\">○ not tried</span></p>\n<div class=\"scroll\"><table class=\"matrix\">\n<thead><tr><th scope=\"col\">operation</th>");
    for kind in &kinds {
        let _ = write!(out, "<th scope=\"col\">{kind}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for (operation, row) in rows {
        let id = escaped(&operation);
        let _ = write!(out, "<tr {}><th scope=\"row\">{id}</th>", filtered(run, &[&operation], None));
        for kind in &kinds {
            out.push_str("<td>");
            for case in row.get(kind).into_iter().flatten() {
                let (class, sign, word) = match case.verdict {
                    AccessVerdict::Ok => ("ok", "✓", "as expected"),
                    AccessVerdict::Finding => ("bad", "✗", "finding"),
                    AccessVerdict::NotTried => ("not", "○", "not tried"),
                };
                let status = case.status.map_or_else(String::new, |status| status.to_string());
                let why = case.why.as_deref().unwrap_or(word);
                let told = format!("{}: {why}", case.case);
                let _ = write!(
                    out,
                    "<span class=\"{class}\" title=\"{told}\"><span aria-hidden=\"true\">{sign}</span> {status}<span class=\"hidden\">{told}</span></span> ",
                    told = escaped(&told)
                );
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n</section>\n");
}

fn problems(out: &mut String, run: &Run) {
    if run.problems.is_empty() {
        return;
    }
    out.push_str(
        "<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems of the document</h2>\n<ul>\n",
    );
    for problem in &run.problems {
        let _ = writeln!(
            out,
            "<li><code>{}#{}</code> {}</li>",
            escaped(&problem.place.file),
            escaped(&problem.place.pointer),
            escaped(&problem.message)
        );
    }
    out.push_str("</ul>\n</section>\n");
}
