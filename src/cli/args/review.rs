//! The flags of `review`.

use clap::ValueEnum;

/// `counterpart review`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct Review {
    /// Folder of snapshots [default: dir under [snapshot] in the configuration, else snapshots]
    pub dir: Option<String>,

    /// Accept all pending snapshots
    #[arg(long, conflicts_with_all = ["reject", "list"], help_heading = "Decision")]
    pub accept: bool,
    /// Reject all pending snapshots
    #[arg(long, conflicts_with = "list", help_heading = "Decision")]
    pub reject: bool,
    /// Also write accepted snapshots as fixtures, so that the mock answers as the target did
    #[arg(long, help_heading = "Decision")]
    pub to_fixtures: bool,

    /// Only snapshots with this name; * matches any text
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub only: Vec<String>,
    /// Only snapshots whose changes all have this label
    #[arg(long, help_heading = "Selection")]
    pub label: Option<ReviewLabel>,
    /// Folder in which check --pending collected snapshots
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    pub pending: Option<String>,

    /// List pending snapshots; exit 1 when there are any
    #[arg(long, help_heading = "Output")]
    pub list: bool,
    /// Format of the list
    #[arg(long, default_value = "text", requires = "list", help_heading = "Output")]
    pub format: ReviewFormat,
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
