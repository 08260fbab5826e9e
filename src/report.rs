//! Reports: `render` turns a run into bytes, one file per format.
//!
//! Nothing here opens a file or decides what passes.

mod access;
mod affected;
mod console;
pub mod difference;
mod escape;
pub mod github;
mod gitlab;
mod har;
mod html;
pub mod hurl;
mod json;
mod junit;
mod markdown;
mod paint;
mod sanitize;
pub mod sarif;
mod snippet;
mod untested;
mod waiver;

pub use escape::escaped;
pub use paint::{Detail, Style};
pub use sanitize::{safe, safe_json, without_commands};
pub use waiver::baseline_line;

use std::fmt;

use crate::run::Run;

impl Run {
    /// Panics where something speaks against the target.
    ///
    /// # Panics
    /// With the report for people, where [`Run::conforms`] is false.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let api = counterpart::Project::core7()?;
    /// # let target = api.mock().stateful().start().await?;
    /// api.check(target.url()).mint("mock:{scopes}").only(["roles_*"]).run().await?.assert_conforms();
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn assert_conforms(&self) {
        assert!(self.conforms(), "the target does not conform:\n{self}");
    }

    /// The run as a report, without colours.
    ///
    /// ```
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use counterpart::{Format, Project};
    ///
    /// let api = Project::core7()?;
    /// let target = api.mock().start().await?;
    /// let run = api.check(target.url()).mint("mock:{scopes}").read_only().run().await?;
    /// let junit = run.render(Format::Junit);
    /// assert!(junit.starts_with(b"<?xml"));
    /// # Ok(()) }
    /// ```
    pub fn render(&self, format: Format) -> Vec<u8> {
        render(format, self, Style { color: false, width: 110, detail: Detail::Brief })
    }
}

/// The report for people.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.render(Format::Console)))
    }
}

/// A form of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
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
    /// The exchanges behind the findings: HAR 1.2.
    Har,
    /// The findings as requests that hurl sends again.
    Hurl,
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
        ("har", Self::Har),
        ("hurl", Self::Hurl),
    ];
}

/// Writes a report. Only the one for GitHub has lines that are commands.
pub fn render(format: Format, run: &Run, style: Style) -> Vec<u8> {
    let text = match format {
        Format::Json => return json::render(run),
        Format::Sarif => return sarif::render(run),
        Format::Github => return github::render(run),
        Format::Gitlab => return gitlab::render(run),
        Format::Har => return har::render(run),
        Format::Console => console::render(run, style).into_bytes(),
        Format::Junit => junit::render(run),
        Format::Html => html::render(run),
        Format::Markdown => markdown::render(run),
        Format::Access => access::render(run),
        Format::Hurl => hurl::render(run),
    };
    without_commands(&String::from_utf8_lossy(&text)).into_owned().into_bytes()
}
