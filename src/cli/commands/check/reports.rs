//! The reports of a check: which ones, and where they go.

#![expect(clippy::disallowed_methods, reason = "writes reports where the user wants them")]

use std::cell::OnceCell;
use std::io::Write;
use std::path::Path;

use super::repository;
use crate::cli::args::Common;
use crate::cli::output::{Stop, print_bytes};
use crate::cli::{env, fs};
use crate::config::nearest;
use crate::report::{Detail, Format, Style, hurl, render};
use crate::run::Run;
use crate::run::policy::FindingId;

/// Reports that are asked for, each with its file, or stdout.
pub(in crate::cli::commands) type Wanted = [(Format, Option<String>)];

/// Reads `--report`: a form, and the file that it goes to.
pub(in crate::cli::commands) fn wanted(wanted: &[String]) -> Result<Vec<(Format, Option<String>)>, Stop> {
    let mut reports = Vec::new();
    for text in wanted {
        let (name, file) =
            text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file.to_owned())));
        let format = Format::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        if format.is_none() && name == "blob" {
            return Err(Stop::usage("only `check` writes a blob, which `merge` reads"));
        }
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
pub(in crate::cli::commands) fn try_places(reports: &Wanted) -> Result<(), Stop> {
    let with_place = reports.iter().filter_map(|(format, file)| Some((format, Path::new(file.as_ref()?))));
    with_place.into_iter().try_for_each(|(format, place)| match format {
        Format::Hurl => fs::try_folder(place),
        _ => fs::try_place(place),
    })
}

/// Writes every report that is asked for; the one for people goes to stdout where no other does. One that
/// cannot be written keeps no other from being written.
pub(in crate::cli::commands) fn write(common: &Common, reports: &Wanted, run: &Run) -> Result<(), Stop> {
    let mut printed = false;
    let mut written = Ok(());
    // Who reads the others is not in the user's folder.
    let located = OnceCell::new();
    for (format, file) in reports {
        let run =
            if *format == Format::Console { run } else { located.get_or_init(|| repository::located(run)) };
        if *format == Format::Github {
            let plain = Style { color: false, width: 110, detail: Detail::Brief };
            written = written.and(step_summary(&render(Format::Markdown, run, plain)));
        }
        match file {
            Some(folder) if *format == Format::Hurl => {
                written = written.and(hurl_files(Path::new(folder), run));
            }
            Some(file) => {
                let plain = Style { color: false, width: 110, detail: detail(common) };
                written = written.and(fs::write(Path::new(file), &render(*format, run, plain)));
            }
            None => {
                printed = true;
                written = written.and(print_bytes(&rendered(common, *format, run)));
            }
        }
    }
    if !printed {
        written = written.and(print_bytes(&rendered(common, Format::Console, run)));
    }
    written
}

/// A file for each finding; those of earlier runs that are gone go.
fn hurl_files(folder: &Path, run: &Run) -> Result<(), Stop> {
    let files = hurl::files(run);
    let is_ours = |name: &str| name.strip_suffix(".hurl").is_some_and(|id| id.parse::<FindingId>().is_ok());
    for name in fs::named(folder, ".hurl")? {
        if is_ours(&name) && !files.iter().any(|(known, _)| *known == name) {
            fs::remove(&folder.join(&name))?;
        }
    }
    files.iter().try_for_each(|(name, text)| fs::write_in(folder, &folder.join(name), text.as_bytes()))
}

/// Whether the report for people goes to stdout.
pub(in crate::cli::commands) fn has_console(reports: &Wanted) -> bool {
    reports.iter().all(|(format, file)| file.is_some() || *format == Format::Console)
}

/// A report for stdout.
pub(in crate::cli::commands) fn rendered(common: &Common, format: Format, run: &Run) -> Vec<u8> {
    // Columns of the terminal, where stdout is one.
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let width = columns.map_or(120, |columns| columns.max(60));
    // Colours are added here and removed by the stream where nobody would see them.
    render(format, run, Style { color: format == Format::Console, width, detail: detail(common) })
}

/// How much the report for people tells.
fn detail(common: &Common) -> Detail {
    match common {
        Common { quiet: true, .. } => Detail::Totals,
        Common { verbose: 0, .. } => Detail::Brief,
        _ => Detail::Full,
    }
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
