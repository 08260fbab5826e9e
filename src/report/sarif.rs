//! The `sarif` report, 2.1.0 (OASIS Standard): results point at the line of the document, and rules at the section of
//! the standard that they go by.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::affected::others;
use super::safe;
use crate::contract::parameter::escape;
use crate::rules::{FaultCategory, Rule, Severity};
use crate::run::{Finding, Outcome, Run};

/// The name of the taxonomy of fault categories.
const WFC: &str = "WFC";

pub(super) fn render(run: &Run) -> Vec<u8> {
    let findings = run.findings.iter().map(|finding| (finding, None));
    let waived = run.waived.iter().map(|waived| (&waived.finding, Some(waived.reason.as_str())));
    let all: Vec<(&Finding, Option<&str>)> = findings.chain(waived).collect();
    let used = Rule::ALL.iter().filter(|rule| all.iter().any(|(finding, _)| finding.rule == **rule));
    let rules: Vec<Value> = used
        .map(|rule| {
            let mut described = json!({
                "id": rule.name(),
                "shortDescription": { "text": rule.summary() },
                "fullDescription": { "text": rule.meaning() },
                "help": { "text": help(*rule), "markdown": markdown(*rule) },
                "defaultConfiguration": { "level": level(rule.severity()) },
                "properties": { "tags": [rule.family().name()] },
            });
            if let (Some(address), Some(members)) = (rule.standard(), described.as_object_mut()) {
                members.insert("helpUri".to_owned(), json!(address));
            }
            described
        })
        .collect();
    let taxonomy = taxonomy(&all);
    let results: Vec<Value> = all.into_iter().map(|(finding, reason)| result(finding, reason)).collect();
    let mut log = log(&rules, &results);
    // A finding that is gone has no result.
    let told: Vec<String> = run.retried.iter().map(|retried| safe(&retried.told()).into_owned()).collect();
    let mut properties = json!({ "rules": outcomes(run) });
    if let Some(members) = properties.as_object_mut().filter(|_| !told.is_empty()) {
        members.insert("retried".to_owned(), json!(told));
    }
    if let Some(members) = log.pointer_mut("/runs/0").and_then(Value::as_object_mut) {
        members.extend(taxonomy.map(|taxonomy| ("taxonomies".to_owned(), json!([taxonomy]))));
        members.insert("properties".to_owned(), properties);
        members.insert("automationDetails".to_owned(), json!({ "id": automation_id(run) }));
    }
    super::json::pretty(&log)
}

/// What a rule means and what to do, as text.
fn help(rule: Rule) -> String {
    format!("{} {} `counterpart explain {rule}` says more.", rule.meaning(), rule.remedy())
}

fn markdown(rule: Rule) -> String {
    format!(
        "{}\n\n**To settle it:** {}\n\n`counterpart explain {rule}` says more.",
        rule.meaning(),
        rule.remedy()
    )
}

/// Which check of a repository it is: readers keep those of several documents apart.
fn automation_id(run: &Run) -> String {
    let name: String =
        run.document.title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("counterpart/{}/", safe(&name))
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

/// The fault categories of some findings, as a taxonomy (SARIF 2.1.0 §3.14.8).
fn taxonomy(findings: &[(&Finding, Option<&str>)]) -> Option<Value> {
    let used: BTreeSet<FaultCategory> = findings.iter().filter_map(|(finding, _)| finding.wfc).collect();
    let taxa: Vec<Value> =
        used.iter().map(|category| json!({ "id": category.code.to_string(), "name": category.id })).collect();
    (!taxa.is_empty()).then(|| {
        json!({
            "name": WFC,
            "organization": "Web Fuzzing Commons",
            "informationUri": "https://github.com/WebFuzzing/Commons",
            "shortDescription": { "text": "Fault categories of Web Fuzzing Commons" },
            "taxa": taxa,
        })
    })
}

/// Which rules held, found something and could not look at each operation.
fn outcomes(run: &Run) -> Value {
    let operations = run.operations.iter().map(|operation| {
        let of = |wanted: Outcome| {
            let rules = operation.rules.iter().filter(move |rule| rule.outcome == wanted);
            rules.map(|rule| rule.rule.name())
        };
        let untested = operation.rules.iter().filter(|rule| rule.outcome == Outcome::Untested);
        let untested: Vec<Value> = untested
            .map(|rule| json!({ "rule": rule.rule, "why": safe(rule.why.as_deref().unwrap_or_default()) }))
            .collect();
        json!({
            "operation": safe(&operation.name()),
            "held": of(Outcome::Held).collect::<Vec<_>>(),
            "found": of(Outcome::Found).collect::<Vec<_>>(),
            "untested": untested,
        })
    });
    operations.collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(finding: &Finding, reason: Option<&str>) -> Value {
    let text = format!("{}: {}{}", finding.operation_name(), finding.told(), others(finding));
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": safe(&text) },
        "partialFingerprints": { "counterpart/v1": finding.id },
        "locations": [location(finding)],
    });
    let related: Vec<Value> =
        finding.each().iter().enumerate().map(|(index, one)| related(index, one)).collect();
    if let Some(members) = result.as_object_mut().filter(|_| related.len() > 1) {
        members.insert("relatedLocations".to_owned(), json!(related));
    }
    if let (Some(category), Some(members)) = (finding.wfc, result.as_object_mut()) {
        let id = category.code.to_string();
        members.insert("taxa".to_owned(), json!([{ "id": id, "toolComponent": { "name": WFC } }]));
    }
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

/// One of the findings that another stands for, at its own line.
fn related(index: usize, finding: &Finding) -> Value {
    let mut location = location(finding);
    if let Some(members) = location.as_object_mut() {
        members.insert("id".to_owned(), json!(index + 1));
        let text = format!("{}: {}", finding.operation_name(), finding.message);
        members.insert("message".to_owned(), json!({ "text": safe(&text) }));
    }
    location
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
