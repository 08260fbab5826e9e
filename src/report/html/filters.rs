//! The form that the script filters by. Without a script it stays hidden, and everything is shown.

use std::fmt::Write as _;

use super::attributes::level;
use crate::report::escape::escaped;
use crate::run::Run;

const LEVELS: [&str; 4] = ["error", "warning", "known", "waived"];
const VERDICTS: [&str; 4] = ["conforms", "fails", "inconclusive", "skipped"];

pub(super) fn write(out: &mut String, run: &Run) {
    let own = run.findings.iter().map(|finding| (finding, false));
    let findings: Vec<_> = own.chain(run.waived.iter().map(|waived| (&waived.finding, true))).collect();
    let is_there =
        |wanted: &&str| findings.iter().any(|(finding, is_waived)| level(finding, *is_waived) == *wanted);
    let levels: Vec<&str> = LEVELS.into_iter().filter(is_there).collect();
    let rules = sorted(findings.iter().map(|(finding, _)| finding.rule.name()));
    let operations: Vec<_> = run.operations.iter().map(|operation| operation.name()).collect();
    let operations: Vec<&str> = operations.iter().map(AsRef::as_ref).collect();
    let tags = sorted(run.operations.iter().flat_map(|operation| &operation.tags).map(String::as_str));
    out.push_str(
        "<search>\n<form class=\"filters\" aria-label=\"Filters\" hidden>\n\
         <label>Search <input type=\"search\" id=\"by-text\"></label>\n",
    );
    for (id, name, values) in [
        ("level", "Severity", &levels[..]),
        ("rule", "Rule", &rules),
        ("operation", "Operation", &operations),
        ("verdict", "Verdict", &VERDICTS),
        ("tag", "Tag", &tags),
    ] {
        // A choice of nothing is none.
        if values.is_empty() {
            continue;
        }
        let _ = write!(out, "<label>{name} <select id=\"by-{id}\"><option value=\"\">all</option>");
        for value in values {
            let value = escaped(value);
            let _ = write!(out, "<option value=\"{value}\">{value}</option>");
        }
        out.push_str("</select></label>\n");
    }
    out.push_str(
        "<button type=\"reset\">Show all</button>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n</search>\n",
    );
}

fn sorted<'t>(values: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut values: Vec<&str> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}
