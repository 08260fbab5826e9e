//! `--baseline`: the file of known findings, one a line, for people and for this program.
//!
//! A line is an id, and behind it the rule, the operation and the message, which nobody reads back: ids alone are read
//! too. They are in the order of their ids, so that a change shows up as the lines that it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::execute::Target;
use crate::cli::args::Check;
use crate::cli::output::{Stop, tell};
use crate::cli::{diagnostics, fs};
use crate::document::{Place, Problem};
use crate::project::SourceTexts;
use crate::report::{baseline_line, safe};
use crate::run::policy::FindingId;
use crate::run::{Finding, Run};

/// More lines than these are counted and not named.
const MAX_NAMED: usize = 5;

/// A line of a baseline.
pub(in crate::cli::commands) struct Line {
    /// The id of the finding, which is its first word.
    pub id: String,
    /// Which line it is, from 1.
    number: usize,
    /// The whole line.
    text: String,
}

/// Every finding of a run.
pub(in crate::cli::commands) fn written(run: &Run) -> String {
    let each = run.findings.iter().flat_map(Finding::each);
    let lines: BTreeMap<&str, String> =
        each.map(|finding| (finding.id.as_str(), baseline_line(finding) + "\n")).collect();
    lines.into_values().collect()
}

/// Reads a baseline. Lines that are empty or begin with `#` say nothing, and neither does what follows an id.
///
/// # Errors
/// The file cannot be read, or has a line that does not begin with an id.
pub(in crate::cli::commands) fn read(file: &str) -> Result<Vec<Line>, Stop> {
    parsed(file, &fs::read(file)?)
}

fn parsed(file: &str, octets: &[u8]) -> Result<Vec<Line>, Stop> {
    let text = String::from_utf8_lossy(octets);
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some(id) = line.split_whitespace().next().filter(|word| !word.starts_with('#')) else { continue };
        if id.parse::<FindingId>().is_ok() {
            lines.push(Line { id: id.to_owned(), number: index + 1, text: line.to_owned() });
        } else {
            let mut place = Place::new(file, "");
            place.position = Some((index + 1, 1));
            let help = "a line of a baseline begins with the id of a finding, as 1b9d5a3c07ef; `--update-baseline` writes them";
            problems.push(Problem::error(place, "this line names no finding").help(help));
        }
    }
    if problems.is_empty() {
        return Ok(lines);
    }
    let more = problems.len().saturating_sub(MAX_NAMED);
    problems.truncate(MAX_NAMED);
    if let (Some(last), true) = (problems.last_mut(), more > 0) {
        last.message = format!("this line names no finding, and {more} more do not");
    }
    let mut texts = SourceTexts::default();
    texts.add(file, octets);
    Err(diagnostics::stop(&problems, &texts))
}

/// Tells of lines whose findings a whole run did not find.
pub(super) fn tell_stale(args: &Check, run: &Run, targets: &[&Target]) -> Result<(), Stop> {
    let Some(file) = args.baseline.as_ref().filter(|_| !args.update_baseline) else { return Ok(()) };
    let is_part = |target: &&Target| {
        let settings = &target.settings;
        let is_split = !settings.elsewhere.is_empty();
        is_split || !settings.skipped.is_empty() || !settings.muted.is_empty() || settings.read_only
    };
    let is_cut = run.operations.iter().any(|operation| operation.requests == 0);
    if targets.iter().any(is_part) || is_cut {
        return Ok(());
    }
    stale(file, run)
}

/// Tells of lines whose findings a run of all operations did not find.
pub(in crate::cli::commands) fn stale(file: &str, run: &Run) -> Result<(), Stop> {
    let causes = run.findings.iter().chain(run.waived.iter().map(|waived| &waived.finding));
    let found: BTreeSet<&str> = causes
        .flat_map(|finding| finding.each().iter().chain([finding]))
        .map(|finding| finding.id.as_str())
        .collect();
    let lines = read(file)?;
    let stale: Vec<&Line> = lines.iter().filter(|line| !found.contains(line.id.as_str())).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let named =
        stale.iter().take(MAX_NAMED).map(|line| format!("\n  {file}:{}: {}", line.number, safe(&line.text)));
    let more = match stale.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    let what = if stale.len() == 1 { "1 line".to_owned() } else { format!("{} lines", stale.len()) };
    let named: String = named.collect();
    tell(
        "warning",
        &format!(
            "{what} of the baseline: this run did not find it; --update-baseline drops what is gone{named}{more}"
        ),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rule, Severity};
    use crate::run::policy;

    fn ids(text: &str) -> Vec<String> {
        parsed("known", text.as_bytes()).unwrap().into_iter().map(|line| line.id).collect()
    }

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
        assert_eq!(ids(&text), ["000000000001", "00000000000a", "00000000000b"]);
    }

    #[test]
    fn ids_alone_are_read() {
        assert_eq!(ids("# why\n\n00000000000b\n  00000000000a  \r\n"), ["00000000000b", "00000000000a"]);
    }

    #[test]
    fn what_is_no_id_has_a_place() {
        let stop = parsed("known", b"00000000000b\nbody-schema list").err().unwrap();
        assert!(stop.message.contains("names no finding"), "{}", stop.message);
        assert!(stop.message.contains("known:2"), "{}", stop.message);
    }
}
