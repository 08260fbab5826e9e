//! The operations that a finding is about, in words.

use std::fmt::Write as _;

use super::untested::several;
use crate::rules::Rule;
use crate::run::{Affected, Finding};

/// Operations that are named in a line.
const NAMED: usize = 10;
/// Messages that are told beside the first.
const ALSO: usize = 3;

/// What is said where several operations fail alike: whoever mends one looks whether the others are well then.
const ALIKE: &str =
    "their answers are alike, so one fault may be behind them, or several; try each by itself";

/// Where several operations failed with the same answer: that this may have several reasons, and the commands for those
/// beside the one that the finding shows.
pub(super) fn alike(finding: &Finding) -> Option<(&'static str, Vec<&str>)> {
    let operations = finding.operations();
    if finding.rule != Rule::ServerError || operations.len() < 2 {
        return None;
    }
    let commands = operations.iter().filter_map(|one| one.findings.first()).map(|found| found.reproduce);
    Some((ALIKE, commands.filter(|command| *command != finding.reproduce).collect()))
}

/// An operation with the statuses that were seen there, and whether the baseline knows it.
pub(super) fn told(affected: &Affected<'_>) -> String {
    let mut told = affected.name().into_owned();
    for status in &affected.statuses {
        let _ = write!(told, " {status}");
    }
    told + if affected.known { " (known)" } else { "" }
}

/// What else is told by the findings that another stands for: the first few messages that differ from its own.
pub(super) fn also(finding: &Finding) -> Vec<&str> {
    let mut told: Vec<&str> = Vec::new();
    for one in &finding.members {
        let message = one.message.as_str();
        if message != finding.message && !told.contains(&message) && told.len() < ALSO {
            told.push(message);
        }
    }
    told
}

/// The operations that have what a finding is about beside the one that it names, in brackets; nothing where there are
/// none.
pub(super) fn others(finding: &Finding) -> String {
    let operations = finding.operations();
    let is_other = |one: &&Affected<'_>| {
        (one.operation, one.document_name) != (&*finding.operation, finding.document_name.as_deref())
    };
    let names: Vec<String> = operations.iter().filter(is_other).map(told).collect();
    if names.is_empty() { String::new() } else { format!(" (also at {})", several(&names, NAMED)) }
}
