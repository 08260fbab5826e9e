//! The beginning of the page: what was checked, when, and what it came to.

use std::fmt::Write as _;

use crate::report::escape::escaped;
use crate::run::{PointKind, Run, Share};

pub(super) fn write(out: &mut String, run: &Run, title: &str) {
    let _ = write!(out, "<header>\n<h1>{title}</h1>\n");
    facts(out, run);
    documents(out, run);
    for retried in &run.retried {
        let _ = writeln!(out, "<p class=\"retried\">{}</p>", escaped(&retried.told()));
    }
    totals(out, run);
    let points = run.coverage.points;
    let _ = writeln!(
        out,
        "<details class=\"bars\"><summary>{} points of the document seen</summary>\n<div>",
        points.all()
    );
    bar(out, "operations seen in a documented success", points.operations);
    for kind in PointKind::ALL {
        bar(out, kind.words(), points.kind(kind));
    }
    out.push_str("</div>\n</details>\n</header>\n");
}

/// What a reader needs to know which run it was, and to repeat it.
fn facts(out: &mut String, run: &Run) {
    let date = run.started.as_deref().unwrap_or_default();
    let time = date.split('.').next().unwrap_or_default().trim_end_matches('Z').replace('T', " ");
    let shown = if time.is_empty() {
        String::new()
    } else {
        format!("<time datetime=\"{}\">{} UTC</time>", escaped(date), escaped(&time))
    };
    let code =
        |text: &str| if text.is_empty() { String::new() } else { format!("<code>{}</code>", escaped(text)) };
    out.push_str("<dl class=\"facts\">\n");
    for (name, value) in [
        ("target", escaped(&run.target)),
        ("date", shown),
        ("duration", escaped(&duration(run.summary.duration_ms))),
        ("commit", code(run.commit.as_deref().unwrap_or_default())),
        ("seed", code(&run.seed.to_string())),
        ("run", code(&run.run)),
        ("checked by", escaped(&format!("Counterpart {}", run.counterpart))),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
    }
    out.push_str("</dl>\n");
}

/// A time as people say it.
fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}

fn totals(out: &mut String, run: &Run) {
    let summary = &run.summary;
    let known = run.findings.iter().filter(|finding| finding.known).count();
    out.push_str("<dl class=\"totals\">\n");
    for (name, count, class) in [
        ("conform", summary.conforms, "conforms"),
        ("fail", summary.fails, "fails"),
        ("inconclusive", summary.inconclusive, "inconclusive"),
        ("skipped", summary.skipped, "skipped"),
        ("errors", summary.findings, "error"),
        ("warnings", summary.warnings, "warning"),
        ("known of these", known, ""),
        ("waived", summary.waived, ""),
        ("requests", summary.requests, ""),
    ] {
        // Who has no baseline has nothing to do with known findings.
        if name.starts_with("known") && count == 0 {
            continue;
        }
        let _ = writeln!(out, "<div class=\"{class}\"><dt>{name}</dt><dd>{count}</dd></div>");
    }
    out.push_str("</dl>\n");
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
            "<label><span>{name}</span> <meter min=\"0\" max=\"1\" value=\"{value:.3}\">{share}</meter> <span>{share}</span></label>"
        );
    }
}
