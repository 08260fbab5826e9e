//! `--report junit=FILE`: a case for each operation that the command called, with what broke the document as
//! its failures.

use std::fmt::Write as _;

use crate::mock::{OperationSum, Sum};
use crate::report::escaped;
use crate::run::Covered;

/// The file that `--report` names.
///
/// # Errors
/// It names another format, or no file.
pub(super) fn file(report: &str) -> Result<&str, String> {
    match report.split_once('=') {
        Some(("junit", file)) if !file.is_empty() => Ok(file),
        _ => Err(format!("invalid report {report:?}; write junit=FILE")),
    }
}

/// The report. Coverage stands in the properties, operations that were never called in no case.
pub(super) fn render(sum: &Sum) -> String {
    let called: Vec<&OperationSum> = sum.by_operation.iter().filter(|one| one.requests > 0).collect();
    let failures = called.iter().filter(|one| one.broken > 0).count();
    let (tests, seconds) = (called.len(), called.iter().map(|one| one.seconds).sum::<f64>());
    let totals =
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"{seconds:.3}\"");
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterpart\" {totals}>\n  <testsuite name=\"mock\" {totals}>\n    <properties>\n"
    );
    let documented = sum.by_operation.iter().filter(|one| !one.operation.is_empty());
    let named = |of: fn(&OperationSum) -> &Covered| {
        let all: Vec<&Covered> = documented.clone().map(of).collect();
        let seen: usize = all.iter().map(|coverage| coverage.seen.len()).sum();
        let unseen: usize = all.iter().map(|coverage| coverage.unseen.len()).sum();
        format!("{seen} of {}", seen + unseen)
    };
    let operations = format!("{} of {}", sum.operations - sum.uncalled.len(), sum.operations);
    let properties = [
        ("operations", operations),
        ("statuses", named(|one| &one.statuses)),
        ("parameters and enum members", named(|one| &one.parameters)),
        ("body members", named(|one| &one.members)),
        ("keywords kept", named(|one| &one.valid)),
        ("keywords broken", named(|one| &one.invalid)),
        ("unknown names", sum.unknown.to_string()),
    ];
    for (name, value) in properties {
        let _ = writeln!(text, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    text.push_str("    </properties>\n");
    for one in called {
        case(one, &mut text);
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn case(one: &OperationSum, text: &mut String) {
    let name = if one.operation.is_empty() { "no operation" } else { &one.operation };
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "    <testcase classname=\"mock\" name=\"{}\" time=\"{:.3}\">",
        escaped(name),
        one.seconds
    );
    if let Some(first) = one.first.first() {
        let requests =
            if one.broken == 1 { "1 request".to_owned() } else { format!("{} requests", one.broken) };
        let _ = writeln!(
            text,
            "      <failure message=\"{}\" type=\"violation\">{requests} broke the document:\n{}</failure>",
            escaped(first),
            escaped(&one.first.join("\n"))
        );
    }
    let unseen: Vec<String> = [("statuses", &one.statuses), ("parameters and enum members", &one.parameters)]
        .iter()
        .filter(|(_, coverage)| !coverage.unseen.is_empty())
        .map(|(what, coverage)| format!("{what} never met: {}", coverage.unseen.join(", ")))
        .collect();
    if !unseen.is_empty() {
        let _ = writeln!(text, "      <system-out>{}</system-out>", escaped(&unseen.join("\n")));
    }
    text.push_str("    </testcase>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("junit=a.xml", Ok("a.xml"))]
    #[case("junit", Err(()))]
    #[case("junit=", Err(()))]
    #[case("json=a.json", Err(()))]
    fn reports(#[case] text: &str, #[case] expected: Result<&str, ()>) {
        assert_eq!(file(text).map_err(|_| ()), expected);
    }

    #[test]
    fn what_was_called_has_a_case() {
        let none = Covered::default();
        let one = |name: &str, requests, first: &[&str]| OperationSum {
            operation: name.to_owned(),
            requests,
            seconds: 0.25,
            broken: first.len() as u64,
            first: first.iter().map(|line| (*line).to_owned()).collect(),
            statuses: Covered { seen: vec!["200".to_owned()], unseen: vec!["404".to_owned()] },
            parameters: none.clone(),
            members: none.clone(),
            valid: none.clone(),
            invalid: none.clone(),
        };
        let by_operation =
            vec![one("list", 3, &["GET /a?b=<1> · wrong"]), one("get", 1, &[]), one("put", 0, &[])];
        let text =
            render(&Sum { operations: 3, uncalled: vec!["put".to_owned()], by_operation, ..Sum::default() });
        assert_eq!(text.matches("<testcase").count(), 2);
        for part in [
            "tests=\"2\" failures=\"1\"",
            "<property name=\"operations\" value=\"2 of 3\"/>",
            "<property name=\"statuses\" value=\"3 of 6\"/>",
            "GET /a?b=&lt;1&gt; · wrong",
            "statuses never met: 404",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}
