//! The flags of `list`.

use clap::ValueEnum;

/// `counterpart list`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    /// The document: a path, - for stdin, an http(s) address, or core-7, the bundled one [default: every [[document]]
    /// of the configuration, else its spec, else core-7]
    pub doc: Option<String>,
    /// Only operations that a key with these scopes can call
    #[arg(long, value_name = "SCOPE", num_args = 0.., help_heading = "Selection")]
    pub held: Option<Vec<String>>,
    /// Format of the list
    #[arg(long, default_value = "table", help_heading = "Output")]
    pub format: ListFormat,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// Columns for people
    Table,
    /// A JSON array
    Json,
}
