//! The findings of an earlier run, read from the JSON report that this run is to write anew.

use std::path::Path;

use serde_json::Value;

use crate::cli::args::Check;
use crate::cli::fs;
use crate::cli::output::Stop;
use crate::project::select::{Reported, names_findings};

/// The findings in the files of `--report json=FILE` that are there already, where `--only` names findings.
pub(super) fn findings(args: &Check) -> Result<Vec<Reported>, Stop> {
    let mut found = Vec::new();
    if !names_findings(&args.only) {
        return Ok(found);
    }
    for file in args.report.iter().filter_map(|report| report.strip_prefix("json=")) {
        // Where it is no file there is no earlier report.
        let text = if Path::new(file).is_file() { fs::text(Path::new(file))? } else { None };
        // What is no report is written over, as in any run.
        let report: Value = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let lists = ["findings", "waived"].iter().filter_map(|name| report.get(name)?.as_array());
        found.extend(lists.flatten().flat_map(findings_of));
        let retried = report.get("retried").and_then(Value::as_array);
        found.extend(retried.into_iter().flatten().filter_map(finding));
    }
    Ok(found)
}

/// A finding, and those that it stands for.
fn findings_of(value: &Value) -> Vec<Reported> {
    let Some(whole) = finding(value) else { return Vec::new() };
    let mut found = Vec::new();
    for affected in value.get("operations").and_then(Value::as_array).into_iter().flatten() {
        let Some(operation) = affected.get("operation").and_then(Value::as_str) else { continue };
        let members = affected.get("findings").and_then(Value::as_array).into_iter().flatten();
        let ids = members.filter_map(|member| member.get("id")?.as_str());
        let one = |id: &str| Reported {
            id: id.to_owned(),
            operations: vec![operation.to_owned()],
            ..whole.clone()
        };
        found.extend(ids.filter(|id| *id != whole.id).map(one));
    }
    found.push(whole);
    found
}

fn finding(value: &Value) -> Option<Reported> {
    let text = |name: &str| value.get(name)?.as_str();
    let affected = value.get("operations").and_then(Value::as_array).into_iter().flatten();
    let affected = affected.filter_map(|affected| affected.get("operation")?.as_str());
    let mut operations: Vec<String> = affected.map(str::to_owned).collect();
    let first = text("operation")?;
    if !operations.iter().any(|operation| operation == first) {
        operations.push(first.to_owned());
    }
    let status = value.pointer("/response/status").and_then(Value::as_u64);
    Some(Reported {
        id: text("id")?.to_owned(),
        rule: text("rule")?.parse().ok()?,
        class: status.and_then(|status| u16::try_from(status / 100).ok()).unwrap_or(0),
        operations,
        document: text("document_name").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_read_from_a_report() {
        let value = serde_json::json!({
            "id": "0123456789ab", "rule": "body-schema", "operation": "list", "response": { "status": 404 },
        });
        let known = finding(&value).unwrap();
        assert_eq!((known.id.as_str(), known.class), ("0123456789ab", 4));
        assert_eq!(known.operations, ["list"]);
        assert_eq!(finding(&serde_json::json!({ "id": "0123456789ab", "rule": "none" })), None);
    }

    #[test]
    fn those_that_it_stands_for_are_read_too() {
        let value = serde_json::json!({
            "id": "00", "rule": "auth-status", "operation": "list",
            "operations": [
                { "operation": "list", "findings": [{ "id": "1" }] },
                { "operation": "read", "findings": [{ "id": "2" }] },
            ],
        });
        let told: Vec<(String, String)> =
            findings_of(&value).into_iter().map(|known| (known.id, known.operations.join(" "))).collect();
        let expected = [("1", "list"), ("2", "read"), ("00", "list read")];
        assert_eq!(told, expected.map(|(id, operations)| (id.to_owned(), operations.to_owned())));
    }
}
