//! The reports of a check: which ones, and where they go.

#![expect(clippy::disallowed_methods, reason = "writes reports where the user wants them")]

use std::io::Write;
use std::path::Path;

use crate::cli::args::Common;
use crate::cli::output::{Stop, print_bytes};
use crate::cli::{env, fs};
use crate::config::nearest;
use crate::report::{Format, Style, render};
use crate::run::Run;

/// Reads `--report`: a form, and the file that it goes to.
pub(super) fn wanted(wanted: &[String]) -> Result<Vec<(Format, Option<String>)>, Stop> {
    let mut reports = Vec::new();
    for text in wanted {
        let (name, file) =
            text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file.to_owned())));
        let format = Format::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let format = format.ok_or_else(|| {
            Stop::usage(format!(
                "unknown report format {name:?}; {}",
                nearest(name, Format::ALL.iter().map(|(known, _)| *known))
            ))
        })?;
        reports.push((format, file));
    }
    if reports.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(Stop::usage(
            "only one report can go to stdout; give the others a file, for example --report json=report.json",
        ));
    }
    Ok(reports)
}

/// Finds out whether every report can be written, before anything is sent.
pub(super) fn try_places(reports: &[(Format, Option<String>)]) -> Result<(), Stop> {
    reports.iter().filter_map(|(_, file)| file.as_ref()).try_for_each(|file| fs::try_place(Path::new(file)))
}

/// Writes every report that is asked for; the one for people goes to stdout where no other does. One that
/// cannot be written keeps no other from being written.
pub(super) fn write(common: &Common, reports: &[(Format, Option<String>)], run: &Run) -> Result<(), Stop> {
    let mut printed = false;
    let mut written = Ok(());
    for (format, file) in reports {
        if *format == Format::Github {
            let plain = Style { color: false, width: 110, verbose: false };
            written = written.and(step_summary(&render(Format::Markdown, run, plain)));
        }
        if let Some(file) = file {
            let plain = Style { color: false, width: 110, verbose: common.verbose > 0 };
            written = written.and(fs::write(Path::new(file), &render(*format, run, plain)));
        } else {
            printed = true;
            written = written.and(print_bytes(&rendered(common, *format, run)));
        }
    }
    if !printed {
        written = written.and(print_bytes(&rendered(common, Format::Console, run)));
    }
    written
}

/// A report for stdout.
pub(in crate::cli::commands) fn rendered(common: &Common, format: Format, run: &Run) -> Vec<u8> {
    // Columns of the terminal, where stdout is one.
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let width = columns.map_or(120, |columns| columns.max(60));
    // Colours are added here and removed by the stream where nobody would see them.
    render(format, run, Style { color: format == Format::Console, width, verbose: common.verbose > 0 })
}

/// Adds to the page that GitHub Actions shows of a step, where there is one.
fn step_summary(markdown: &[u8]) -> Result<(), Stop> {
    let Some(file) = env::environment("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut summary| summary.write_all(markdown))
        .map_err(|error| Stop::io(format!("cannot write {file}: {}", fs::reason(&error))))
}
