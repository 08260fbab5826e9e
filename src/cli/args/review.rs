//! The flags of `review`.

use clap::ValueEnum;

/// `counterpart review`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct Review {
    /// Folder of snapshots [default: dir under [snapshot] in the configuration, else snapshots]
    pub dir: Option<String>,

    /// Decide in a page on this machine instead of the terminal
    #[arg(long, conflicts_with_all = ["accept", "reject", "list", "apply", "report"], help_heading = "Decision")]
    pub web: bool,
    /// Accept all pending snapshots; those that no run made only with --unreferenced
    #[arg(long, conflicts_with_all = ["reject", "list", "apply", "report"], help_heading = "Decision")]
    pub accept: bool,
    /// Reject all pending snapshots
    #[arg(long, conflicts_with_all = ["list", "apply", "report"], help_heading = "Decision")]
    pub reject: bool,
    /// Carry out the decisions in this file, which --save or the page wrote; all of them or none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "report", "save", "only", "label", "unreferenced"], help_heading = "Decision")]
    pub apply: Option<String>,
    /// Write the decisions to this file for --apply, and change no snapshot
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "report", "to_fixtures"], help_heading = "Decision")]
    pub save: Option<String>,
    /// Also write accepted snapshots as fixtures, so that the mock answers as the target did
    #[arg(long, help_heading = "Decision")]
    pub to_fixtures: bool,

    /// Only snapshots with this name; * matches any text
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub only: Vec<String>,
    /// Only snapshots whose changes all have this label
    #[arg(long, help_heading = "Selection")]
    pub label: Option<ReviewLabel>,
    /// Only reviewed snapshots that the last check got no response for; accepting one removes it
    #[arg(long, help_heading = "Selection")]
    pub unreferenced: bool,
    /// Folder in which check --pending collected snapshots
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    pub pending: Option<String>,

    /// List pending snapshots; exit 1 when there are any
    #[arg(long, conflicts_with = "report", help_heading = "Output")]
    pub list: bool,
    /// Format of the list
    #[arg(long, default_value = "text", requires = "list", help_heading = "Output")]
    pub format: ReviewFormat,
    /// Show all differences as markdown or html and decide nothing; exit 1 when there are any
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub report: Option<String>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ReviewFormat {
    /// Lines for people
    Text,
    /// A JSON array
    Json,
}

/// `--label`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReviewLabel {
    /// Allowed by the schema
    Allowed,
    /// Breaks the schema
    Breaks,
    /// Not in the document
    Unknown,
    /// Not reviewed before
    New,
}
