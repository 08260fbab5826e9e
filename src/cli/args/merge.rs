//! The flags of `merge`.

use super::check::Deny;
use crate::config;

/// `counterpart merge`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Merge {
    /// The blobs that `check --shard K/N --report blob=FILE` wrote, one of each shard, in any order
    #[arg(value_name = "BLOB", required = true)]
    pub blobs: Vec<String>,

    /// Fail on these too, beside what the shards were told
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = "Verdict")]
    pub deny: Vec<Deny>,
    /// Fail where less of the document was seen [default: what the shards were told]
    #[arg(long, value_name = "PERCENT", value_parser = config::percent, help_heading = "Verdict")]
    pub min_coverage: Option<f64>,
    /// Pass operations that were never seen in a documented success
    #[arg(long, help_heading = "Verdict")]
    pub allow_inconclusive: bool,
    /// File of known finding ids, one per line [default: what the shards were told]
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub baseline: Option<String>,
    /// Write the findings of this run to the baseline
    #[arg(long, requires = "baseline", help_heading = "Verdict")]
    pub update_baseline: bool,

    /// Report to write, to FILE or to stdout, as for `check`: console, json, junit, sarif, html, markdown, github, gitlab,
    /// access, har, hurl [default: console]
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub report: Vec<String>,
}
