//! The flags of `proxy`.

use std::time::Duration;

use clap::ValueEnum;

use super::{AuthMode, Certificates, Secured};
use crate::cli::thresholds::{Threshold, threshold};
use crate::config;

/// `counterpart proxy`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Proxy {
    /// The document: a path, - for stdin, an http(s) address, or core-7, the bundled one [default: spec in the
    /// configuration, else core-7]
    pub doc: Option<String>,

    /// Address to which the document's paths are appended; nothing is sent elsewhere
    #[arg(long, help_heading = "Target")]
    pub url: Option<String>,
    #[command(flatten)]
    pub certificates: Certificates,
    /// How long the head of an answer may take
    #[arg(
        long,
        value_name = "TIME",
        value_parser = config::span,
        default_value = "30",
        help_heading = "Target"
    )]
    pub timeout: Duration,

    /// Port to listen on; 0 takes a free one [default: 4010, or a free port with -- CMD]
    #[arg(short, long, help_heading = "Server")]
    pub port: Option<u16>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1", help_heading = "Server")]
    pub host: String,
    #[command(flatten)]
    pub tls: Secured,
    /// Further host name that the control API accepts
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    pub allow_host: Vec<String>,
    /// Number of requests that the journal keeps; 0 turns it off
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Server")]
    pub journal: usize,

    /// Refuse what breaks the document, as the mock does, instead of passing it on
    #[arg(long, help_heading = "Traffic")]
    pub enforce: bool,
    /// Who answers what the target does not have yet: where it cannot be reached, answers 501, or answers 404 for an
    /// operation that it never answered otherwise
    #[arg(long, value_name = "WHO", help_heading = "Traffic")]
    pub fallback: Option<Fallback>,
    /// How credentials are checked with --enforce and by the mock; the target checks them in any case
    #[arg(long, value_enum, default_value_t = AuthMode::Off, help_heading = "Traffic")]
    pub auth: AuthMode,
    /// Folder of fixtures to write what the target answers to at the end; files that are there are kept
    #[arg(long, value_name = "DIR", help_heading = "Traffic")]
    pub record: Option<String>,
    /// Octets of a body that are judged; with --enforce and --fallback larger requests are refused
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20, help_heading = "Traffic")]
    pub max_body: usize,

    /// Exit 1 at the end when there was any of these
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = "Verdict")]
    pub deny: Vec<ProxyDeny>,
    /// Exit 1 at the end when fewer operations were called: a number, or a share such as 80%
    #[arg(long, value_name = "P", value_parser = threshold, help_heading = "Verdict")]
    pub min_operations: Option<Threshold>,
    /// Report to write at the end, to FILE or to stdout: console, json, junit, sarif, html, markdown, github, gitlab,
    /// access, har, hurl (a folder, with a file for each finding) [default: console]
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub report: Vec<String>,
    /// Command to run against the proxy, which exits with its code
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

/// `--fallback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Fallback {
    /// The mock, which keeps state
    Mock,
}

/// `--deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProxyDeny {
    /// Requests that break the document: unknown paths, unknown methods, invalid input
    Violations,
    /// Names that are not in the document: of query parameters, of members of bodies, misspelled headers
    Unknown,
    /// Answers that break the document: findings with the severity error
    Findings,
    /// Findings with the severity warning
    Warnings,
}
