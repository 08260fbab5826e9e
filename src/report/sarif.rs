//! The `sarif` report, 2.1.0 (OASIS Standard): results point at the line of the document.

use crate::rules::{Rule, Severity};
use serde_json::{Value, json};

use super::safe;
use crate::contract::parameter::escape;
use crate::run::{Finding, Run};

pub(super) fn render(run: &Run) -> Vec<u8> {
    let findings = run.findings.iter().map(|finding| (finding, None));
    let waived = run.waived.iter().map(|waived| (&waived.finding, Some(waived.reason.as_str())));
    let all: Vec<(&Finding, Option<&str>)> = findings.chain(waived).collect();
    let used = Rule::ALL.iter().filter(|rule| all.iter().any(|(finding, _)| finding.rule == **rule));
    let rules: Vec<Value> = used
        .map(|rule| {
            json!({
                "id": rule.name(),
                "shortDescription": { "text": rule.summary() },
                "fullDescription": { "text": rule.meaning() },
                "help": { "text": rule.remedy() },
                "defaultConfiguration": { "level": level(rule.severity()) },
                "properties": { "tags": [rule.family().name()] },
            })
        })
        .collect();
    let results: Vec<Value> = all.into_iter().map(|(finding, reason)| result(finding, reason)).collect();
    let mut log = log(&rules, &results);
    // A finding that is gone has no result.
    let told: Vec<String> = run.retried.iter().map(|retried| safe(&retried.told()).into_owned()).collect();
    if let Some(members) =
        log.pointer_mut("/runs/0").and_then(Value::as_object_mut).filter(|_| !told.is_empty())
    {
        members.insert("properties".to_owned(), json!({ "retried": told }));
    }
    super::json::pretty(&log)
}

/// A log of one run of this tool.
pub fn log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "counterpart", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(finding: &Finding, reason: Option<&str>) -> Value {
    let text = format!("{}: {}", finding.operation_name(), finding.told());
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": safe(&text) },
        "partialFingerprints": { "counterpart/v1": finding.id },
        "locations": [location(finding)],
    });
    if let Some(members) = result.as_object_mut().filter(|_| finding.known) {
        members.insert("baselineState".to_owned(), json!("unchanged"));
    }
    if let (Some(reason), Some(members)) = (reason, result.as_object_mut()) {
        members.insert(
            "suppressions".to_owned(),
            json!([{ "kind": "external", "justification": safe(reason) }]),
        );
    }
    result
}

fn location(finding: &Finding) -> Value {
    let logical = json!([{ "name": safe(&finding.operation_name()), "kind": "member" }]);
    match &finding.document {
        None => json!({ "logicalLocations": logical }),
        Some(place) => {
            let mut physical = json!({ "artifactLocation": { "uri": uri(&place.file) } });
            if let Some(members) = physical.as_object_mut().filter(|_| place.line > 0) {
                members.insert("region".to_owned(), json!({ "startLine": place.line }));
            }
            json!({ "physicalLocation": physical, "logicalLocations": logical })
        }
    }
}

/// A path as a relative reference (RFC 3986 §4.2); an address as it is.
pub fn uri(file: &str) -> String {
    if file.contains("://") {
        return file.to_owned();
    }
    file.replace('\\', "/").split('/').map(escape).collect::<Vec<_>>().join("/")
}
