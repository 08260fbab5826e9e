//! Reports: `render` turns a run into bytes, one file per format.
//!
//! Nothing here opens a file or decides what passes.

mod console;
mod json;
mod picture;
mod safe;

use crate::run::Run;

/// A form of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Console,
    /// For programs.
    Json,
}

impl Format {
    /// Every form, by the name that `--report` takes.
    pub const ALL: &'static [(&'static str, Self)] = &[("console", Self::Console), ("json", Self::Json)];
}

/// How the console report looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether everything is told, untested checks and unseen statuses included.
    pub verbose: bool,
}

/// Writes a report.
pub fn render(format: Format, run: &Run, style: Style) -> Vec<u8> {
    match format {
        Format::Console => console::render(run, style).into_bytes(),
        Format::Json => json::render(run),
    }
}

pub use safe::safe;
