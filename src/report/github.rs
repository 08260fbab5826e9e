//! The `github` report: workflow commands that become annotations, errors first.

use std::fmt::Write as _;

use super::affected::others;
use super::safe;
use crate::rules::{Rule, Severity};
use crate::run::{Finding, RetryResult, Run};

/// GitHub shows no more annotations of one level in a step.
const MOST: usize = 10;

pub(super) fn render(run: &Run) -> Vec<u8> {
    let mut out = String::new();
    for retried in run.retried.iter().filter(|retried| retried.result != RetryResult::Found) {
        let _ = writeln!(out, "::notice title=counterpart::{}", data(&retried.told()));
    }
    for level in ["error", "warning", "notice"] {
        let (new, others): (Vec<&Finding>, Vec<&Finding>) =
            run.findings.iter().filter(|f| level_of(f) == level).partition(|f| f.rule == Rule::SnapshotNew);
        let mut commands: Vec<String> = others.into_iter().map(|finding| command(level, finding)).collect();
        commands.extend(of_new(level, &new));
        // The last place is kept for how many more there are.
        let shown = if commands.len() > MOST { MOST - 1 } else { commands.len() };
        let more = commands.len() - shown;
        commands.into_iter().take(shown).for_each(|command| out.push_str(&command));
        if more > 0 {
            let _ = writeln!(out, "::{level} title=counterpart::and {more} more; see the full report");
        }
    }
    out.into_bytes()
}

/// Snapshots that are not there yet have one cause, however many they are.
fn of_new(level: &str, new: &[&Finding]) -> Option<String> {
    let (first, rest) = new.split_first()?;
    if rest.is_empty() {
        return Some(command(level, first));
    }
    let told = format!("{} (and {} more are new: {})", first.message, rest.len(), first.reproduce);
    Some(format!("::{level} title={}::{}\n", property(first.rule.name()), data(&told)))
}

/// What a finding weighs; one that the baseline knows is only noticed.
fn level_of(finding: &Finding) -> &'static str {
    match finding.severity {
        _ if finding.known => "notice",
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn command(level: &str, finding: &Finding) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &finding.document {
        properties.push(format!("file={}", property(&place.file)));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
    }
    properties.push(format!("title={}", property(&format!("{} {}", finding.rule, finding.operation_name()))));
    format!("::{level} {}::{}\n", properties.join(","), data(&(finding.told() + &others(finding))))
}

/// The text of a command.
pub fn data(text: &str) -> String {
    safe(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
