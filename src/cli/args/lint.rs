//! The flags of `lint`.

use clap::ValueEnum;

/// `counterpart lint`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Lint {
    /// The document: a path, - for stdin, an http(s) address, or core-7, the bundled one [default: every [[document]]
    /// of the configuration, else its spec, else core-7]
    pub doc: Option<String>,
    /// Format of the problems
    #[arg(long, default_value = "text", help_heading = "Output")]
    pub format: LintFormat,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum LintFormat {
    /// Lines for people
    Text,
    /// A JSON array
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}
