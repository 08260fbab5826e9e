//! What is true of a server, and whether a report says just that.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What people found true of a server against its own document: an `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The exit code of `check`.
    exit: i32,
    #[serde(rename = "finding")]
    findings: Vec<Entry>,
}

/// One thing that is true, however many findings tell of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Globs,
    severity: Globs,
    /// Why it is true.
    why: String,
    /// Whether a run that does not find it has missed something.
    #[serde(default)]
    must: bool,
    operation: Option<Globs>,
    status: Option<Globs>,
    at: Option<Globs>,
    /// The pointer into the body.
    instance: Option<Globs>,
    message: Option<Globs>,
    /// Method, address and body of the request.
    request: Option<Globs>,
    /// The body of the answer.
    answer: Option<Globs>,
}

/// Patterns with `*` for any text; one of them has to fit.
#[derive(Debug)]
struct Globs(Vec<Regex>);

impl<'de> Deserialize<'de> for Globs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(String),
            Many(Vec<String>),
        }
        let globs = match Written::deserialize(deserializer)? {
            Written::One(glob) => vec![glob],
            Written::Many(globs) => globs,
        };
        let compiled = globs.iter().map(|glob| {
            let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
            Regex::new(&format!("(?s)^{}$", parts.join(".*")))
        });
        compiled.collect::<Result<_, _>>().map(Self).map_err(serde::de::Error::custom)
    }
}

impl Globs {
    fn fit(&self, text: &str) -> bool {
        self.0.iter().any(|glob| glob.is_match(text))
    }
}

/// What an entry can ask of a finding, for one operation and one status.
#[derive(Debug, Clone, Default)]
struct Fact {
    rule: String,
    severity: String,
    operation: String,
    status: String,
    at: String,
    instance: String,
    message: String,
    request: String,
    answer: String,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, severity, operation, status, at, instance, message, request, answer } = self;
        let answer: String = answer.chars().take(300).collect();
        writeln!(f, "{severity} {rule} of {operation} at {at}{instance}: {message}")?;
        write!(f, "    {request} -> {status} {answer}")
    }
}

impl Entry {
    fn fits(&self, fact: &Fact) -> bool {
        let asked = [
            (Some(&self.rule), &fact.rule),
            (Some(&self.severity), &fact.severity),
            (self.operation.as_ref(), &fact.operation),
            (self.status.as_ref(), &fact.status),
            (self.at.as_ref(), &fact.at),
            (self.instance.as_ref(), &fact.instance),
            (self.message.as_ref(), &fact.message),
            (self.request.as_ref(), &fact.request),
            (self.answer.as_ref(), &fact.answer),
        ];
        asked.iter().all(|(globs, text)| globs.is_none_or(|globs| globs.fit(text)))
    }
}

impl Expected {
    pub fn parse(text: &str) -> Self {
        toml::from_str(text).expect("an expected.toml")
    }

    /// Where a run and what is true of the server part.
    pub fn differences(&self, code: Option<i32>, report: &Value) -> Vec<String> {
        let facts: Vec<Fact> = list(&report["findings"]).iter().flat_map(facts).collect();
        let mut wrong = Vec::new();
        if code != Some(self.exit) {
            wrong.push(format!("expected exit code {}, found {code:?}", self.exit));
        }
        for fact in &facts {
            if !self.findings.iter().any(|entry| entry.fits(fact)) {
                wrong.push(format!("not expected: {fact}"));
            }
        }
        for entry in self.findings.iter().filter(|entry| entry.must) {
            if !facts.iter().any(|fact| entry.fits(fact)) {
                wrong.push(format!("not found: {}", entry.why));
            }
        }
        wrong
    }
}

/// The ids of a report's findings, in order.
pub fn ids(report: &Value) -> Vec<String> {
    let mut ids: Vec<String> = list(&report["findings"]).iter().map(|finding| text(&finding["id"])).collect();
    ids.sort_unstable();
    ids
}

/// What a finding says. One that lists operations has to be true of each of them.
fn facts(finding: &Value) -> Vec<Fact> {
    let (request, response) = (&finding["request"], &finding["response"]);
    let whole = Fact {
        rule: text(&finding["rule"]),
        severity: text(&finding["severity"]),
        operation: text(&finding["operation"]),
        status: text(&response["status"]),
        at: text(&finding["at"]),
        instance: text(&finding["instance"]),
        message: text(&finding["message"]),
        request: [&request["method"], &request["url"], &request["body"]].map(text).join(" "),
        answer: text(&response["body"]),
    };
    let mut apart = Vec::new();
    for place in list(&finding["operations"]) {
        let statuses = match list(&place["statuses"]) {
            [] => std::slice::from_ref(&response["status"]),
            statuses => statuses,
        };
        let members = match list(&place["findings"]) {
            [] => std::slice::from_ref(finding),
            members => members,
        };
        for one in members {
            // A member of a group has its request as a command.
            let command = text(&one["reproduce"]);
            let method = command.split("-X ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("GET");
            let is_first = one["reproduce"] == finding["reproduce"];
            let request = if is_first {
                whole.request.clone()
            } else {
                format!("{method} {} ", command.replace('\'', ""))
            };
            apart.extend(statuses.iter().map(|status| Fact {
                operation: text(&place["operation"]),
                status: text(status),
                at: text(&one["at"]),
                instance: text(&one["instance"]),
                message: text(&one["message"]),
                request: request.clone(),
                ..whole.clone()
            }));
        }
    }
    if apart.is_empty() { vec![whole] } else { apart }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const TRUE: &str = r#"
        exit = 1
        [[finding]]
        rule = "server-error"
        severity = "error"
        operation = ["make_*", "send"]
        status = "500"
        must = true
        why = "a name that is a list"
        [[finding]]
        rule = "status-undocumented"
        severity = "warning"
        status = "4*"
        why = "404 is not documented"
    "#;

    fn failed(operation: &str, status: u16) -> Value {
        json!({ "id": "1", "rule": "server-error", "severity": "error", "operation": operation,
                "response": { "status": status, "body": null } })
    }

    fn grouped(operations: &Value) -> Value {
        json!({ "id": "2", "rule": "status-undocumented", "severity": "warning", "operation": "read",
                "operations": operations, "response": { "status": 404 } })
    }

    #[rstest]
    #[case::all_as_expected(1, vec![failed("make_thing", 500)], None)]
    #[case::what_may_be_found(1, vec![failed("send", 500), grouped(&json!(null))], None)]
    #[case::another_exit_code(0, vec![failed("send", 500)], Some("expected exit code 1, found Some(0)"))]
    #[case::nothing_found(1, vec![], Some("not found: a name that is a list"))]
    #[case::another_operation(1, vec![failed("send", 500), failed("sender", 500)], Some("not expected: error"))]
    #[case::another_status(1, vec![failed("send", 500), failed("send", 503)], Some("not expected: error"))]
    #[case::true_of_each(
        1,
        vec![failed("send", 500), grouped(&json!([{ "operation": "a", "statuses": [404, 409] }]))],
        None
    )]
    #[case::false_of_one_of_several(
        1,
        vec![failed("send", 500), grouped(&json!([
            { "operation": "a", "statuses": [404] }, { "operation": "b", "statuses": [404, 301] }
        ]))],
        Some("not expected: warning status-undocumented of b")
    )]
    fn a_difference_is_told(#[case] code: i32, #[case] findings: Vec<Value>, #[case] told: Option<&str>) {
        let wrong = Expected::parse(TRUE).differences(Some(code), &json!({ "findings": findings }));
        assert_eq!(wrong.len(), usize::from(told.is_some()), "{wrong:#?}");
        assert!(wrong.iter().zip(told).all(|(wrong, told)| wrong.starts_with(told)), "{wrong:#?}");
    }

    #[rstest]
    #[case::without_a_reason("rule = 'x'\nseverity = 'error'")]
    #[case::a_typing_error("rule = 'x'\nseverity = 'error'\nwhy = 'y'\noperations = 'z'")]
    fn an_entry_is_complete(#[case] entry: &str) {
        let text = format!("exit = 1\n[[finding]]\n{entry}");
        assert!(toml::from_str::<Expected>(&text).is_err());
    }
}
