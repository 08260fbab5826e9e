//! The flags of `config`.

use clap::ValueEnum;

/// `counterpart config`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Inspect {
    /// A command, mock or check, with its flags, whose values are shown [default: both commands, without flags]
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Print the JSON Schema of a kind of file instead, for editors
    #[arg(long, value_name = "KIND", conflicts_with = "command", help_heading = "Output")]
    pub schema: Option<Kind>,
    /// Format of the list
    #[arg(long, default_value = "table", help_heading = "Output")]
    pub format: InspectFormat,
}

/// `--schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Kind {
    /// counterpart.toml
    Config,
    /// The companion of a document
    Companion,
    /// A --keys file
    Keys,
    /// A sidecar of a fixture
    Sidecar,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum InspectFormat {
    /// Columns for people
    Table,
    /// A JSON array
    Json,
}
