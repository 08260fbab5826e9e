//! The baseline: findings that are known, one a line, for people and for this program.
//!
//! A line is an id, and behind it the rule, the operation and the message, which nobody reads back: ids alone are read
//! too. They are in the order of their ids, so that a change shows up as the lines that it is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::output::Stop;
use crate::report::safe;
use crate::run::policy::FindingId;
use crate::run::{Finding, Run};

/// Every finding of a run.
pub(super) fn written(run: &Run) -> String {
    let each = run.findings.iter().flat_map(Finding::each);
    let lines: BTreeMap<&str, String> = each.map(|finding| (finding.id.as_str(), line(finding))).collect();
    lines.into_values().collect()
}

fn line(finding: &Finding) -> String {
    let name = finding.operation_name();
    let operation = if name.is_empty() { "-" } else { &name };
    // One line, whatever a server or a document says.
    let words = |text: &str| safe(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
    let message: String = words(&finding.message).chars().take(160).collect();
    format!("{} {} {} {message}\n", finding.id, finding.rule, words(operation))
}

/// The ids in a baseline. Empty lines and those that begin with `#` say nothing.
///
/// # Errors
/// A line that does not begin with an id.
pub(super) fn read(file: &str, text: &str) -> Result<BTreeSet<String>, Stop> {
    let mut ids = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let Some(word) = line.split_whitespace().next().filter(|word| !word.starts_with('#')) else {
            continue;
        };
        if word.parse::<FindingId>().is_err() {
            return Err(Stop::usage(format!(
                "{file}:{}: {:?} is no id of a finding, which has 12 hex digits; --update-baseline writes the file anew",
                index + 1,
                safe(word)
            )));
        }
        ids.insert(word.to_owned());
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rule, Severity};
    use crate::run::policy;

    #[test]
    fn what_is_written_is_read_back() {
        let of = |id: &str, operation: &str| {
            let message = "first\nsecond \u{1b}[31m".to_owned();
            Finding::bare(id.to_owned(), Rule::BodySchema, Severity::Error, operation, message)
        };
        let mut run = policy::tests::run();
        let group =
            Finding { members: vec![of("00000000000b", "b"), of("00000000000a", "a")], ..of("c", "b") };
        run.findings = vec![group, of("000000000001", "")];
        let text = written(&run);
        assert_eq!(
            text.lines()
                .map(|line| line.split(' ').take(4).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>(),
            [
                "000000000001 body-schema - first",
                "00000000000a body-schema a first",
                "00000000000b body-schema b first"
            ]
        );
        assert!(!text.contains('\u{1b}'));
        let ids: Vec<String> = read("known", &text).unwrap().into_iter().collect();
        assert_eq!(ids, ["000000000001", "00000000000a", "00000000000b"]);
    }

    #[test]
    fn ids_alone_are_read() {
        let ids = read("known", "# why\n\n00000000000b\n  00000000000a  \r\n").unwrap();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["00000000000a", "00000000000b"]);
    }

    #[test]
    fn what_is_no_id_has_a_place() {
        let stop = read("known", "00000000000b\nbody-schema list").unwrap_err();
        assert!(stop.message.starts_with("known:2: \"body-schema\" is no id"), "{}", stop.message);
    }
}
