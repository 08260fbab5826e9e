//! The `gitlab` report: Code Quality.

use serde_json::{Value, json};

use super::affected::others;
use super::safe;
use crate::rules::Severity;
use crate::run::Run;

pub(super) fn render(run: &Run) -> Vec<u8> {
    let entries: Vec<Value> = run
        .findings
        .iter()
        .map(|finding| {
            let place = finding.document.as_ref();
            let text = format!("{}: {}{}", finding.operation_name(), finding.message, others(finding));
            json!({
                "description": safe(&text),
                "check_name": finding.rule,
                "fingerprint": finding.id,
                "severity": match finding.severity {
                    _ if finding.known => "info",
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                },
                "location": {
                    "path": place.map_or("", |place| place.file.trim_start_matches("./")),
                    "lines": { "begin": place.map_or(1, |place| place.line.max(1)) },
                },
            })
        })
        .collect();
    super::json::pretty(&Value::Array(entries))
}
