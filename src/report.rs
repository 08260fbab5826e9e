//! Reports: `render` turns a run into bytes, one file per format.
//!
//! Nothing here opens a file or decides what passes.

mod access;
mod console;
mod escape;
pub mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod paint;
mod sanitize;
pub mod sarif;
mod snippet;
mod untested;

pub use paint::Style;
pub use sanitize::safe;

use crate::run::Run;

/// A form of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Console,
    /// For programs.
    Json,
    /// For CI servers: suites and cases.
    Junit,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// One self-contained page.
    Html,
    /// For comments on changes.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// Code Quality of GitLab.
    Gitlab,
    /// The scope matrix as CSV.
    Access,
}

impl Format {
    /// Every form, by the name that `--report` takes.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("console", Self::Console),
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("sarif", Self::Sarif),
        ("html", Self::Html),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("access", Self::Access),
    ];
}

/// Writes a report.
pub fn render(format: Format, run: &Run, style: Style) -> Vec<u8> {
    match format {
        Format::Console => console::render(run, style).into_bytes(),
        Format::Json => json::render(run),
        Format::Junit => junit::render(run),
        Format::Sarif => sarif::render(run),
        Format::Html => html::render(run),
        Format::Markdown => markdown::render(run),
        Format::Github => github::render(run),
        Format::Gitlab => gitlab::render(run),
        Format::Access => access::render(run),
    }
}
