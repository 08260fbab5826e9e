//! `--baseline`: the file of known findings, one line each.

use std::collections::BTreeSet;

use super::execute::Target;
use crate::cli::args::Check;
use crate::cli::output::{Stop, tell};
use crate::cli::{diagnostics, fs};
use crate::document::{Place, Problem};
use crate::project::SourceTexts;
use crate::report::safe;
use crate::run::Run;
use crate::run::policy::FindingId;

/// More lines than these are counted and not named.
const MAX_NAMED: usize = 5;

/// A line of a baseline.
pub(super) struct Line {
    /// The id of the finding, which is its first word.
    pub id: String,
    /// Which line it is, from 1.
    number: usize,
    /// The whole line.
    text: String,
}

/// Reads a baseline. Lines that are empty or begin with `#` say nothing, and neither does what follows an id.
///
/// # Errors
/// The file cannot be read, or has a line that does not begin with an id.
pub(super) fn read(file: &str) -> Result<Vec<Line>, Stop> {
    let octets = fs::read(file)?;
    let text = String::from_utf8_lossy(&octets);
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
    texts.add(file, &octets);
    Err(diagnostics::stop(&problems, &texts))
}

/// Tells of lines whose findings a whole run did not find.
pub(super) fn tell_stale(args: &Check, run: &Run, targets: &[&Target]) -> Result<(), Stop> {
    let Some(file) = args.baseline.as_ref().filter(|_| !args.update_baseline) else { return Ok(()) };
    let is_part = |target: &&Target| {
        let settings = &target.settings;
        !settings.skipped.is_empty() || !settings.muted.is_empty() || settings.read_only
    };
    let is_cut = run.operations.iter().any(|operation| operation.requests == 0);
    if targets.iter().any(is_part) || is_cut {
        return Ok(());
    }
    let found: BTreeSet<&str> = run.findings.iter().map(|finding| finding.id.as_str()).collect();
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
