//! The arguments, as clap reads them.

mod color;

use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum};

use super::thresholds::{Threshold, threshold};
use crate::config;

/// Mock server and conformance runner for HTTP APIs, from one `OpenAPI` document.
#[derive(Debug, Parser)]
#[command(name = "counterpart", version, about, propagate_version = true, max_term_width = 110)]
pub(super) struct Args {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Common {
    /// The configuration, instead of counterpart.toml here or in a folder above
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
    /// Folder of fixtures, laid over what is compiled in
    #[arg(long, global = true, value_name = "DIR")]
    pub fixtures: Option<String>,
    /// Fetch what references of the document name on other hosts
    #[arg(long, global = true)]
    pub allow_remote_refs: bool,
    #[command(flatten)]
    pub color: color::Color,
    /// How what is said on stderr is written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Say less
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Mock the bundled API, check the mock, print the report
    Demo,
    /// Serve a stand-in for the API
    Mock(Mock),
    /// Check a live implementation against the document
    Check(Box<Check>),
    /// List the operations
    List(List),
    /// Show problems of the document, its examples and its fixtures
    Lint(Lint),
    /// Say what a rule means, why it matters, and how to settle or waive it
    Explain {
        /// The rule
        rule: String,
    },
    /// Review pending snapshots
    Review(Review),
    /// Write a configuration and first fixtures; overwrites nothing
    Init {
        /// The document: a path, an address, or `core-7`
        doc: Option<String>,
    },
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Mock {
    /// The document: a path, `-`, an address, or `core-7`; several as /prefix=DOC
    pub doc: Vec<String>,
    /// Port; 0 takes a free one
    #[arg(short, long)]
    pub port: Option<u16>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Name under which the control address may be asked
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// The one path under which the API answers
    #[arg(long, value_name = "PATH")]
    pub base_path: Option<String>,
    /// How credentials are checked: by default scopes, where keys are known
    #[arg(long)]
    pub auth: Option<AuthMode>,
    /// Keys whose scopes are known
    #[arg(long, value_name = "FILE")]
    pub keys: Option<String>,
    /// What becomes of requests that break the contract
    #[arg(long, default_value = "error")]
    pub validate: ValidateMode,
    /// Where the bodies of refusals come from
    #[arg(long, default_value = "document")]
    pub errors: ErrorsMode,
    /// Keep state: what is created can be read, listed, changed and removed
    #[arg(long)]
    pub stateful: bool,
    /// Answer with plausible made values instead of fixtures and examples
    #[arg(long)]
    pub dynamic: bool,
    /// Entries of a made list
    #[arg(long, value_name = "N")]
    pub items: Option<usize>,
    /// Seed of plausible values: the same seed gives the same answers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Refuse to start on any problem of the document or the fixtures
    #[arg(long)]
    pub strict: bool,
    /// Let pages of other origins call the mock; this is the default
    #[arg(long, overrides_with = "no_cors")]
    pub cors: bool,
    /// Send no CORS headers
    #[arg(long)]
    pub no_cors: bool,
    /// Wait before every answer
    #[arg(long, value_name = "TIME", value_parser = config::duration)]
    pub delay: Option<std::time::Duration>,
    /// Tell a lie, to see it found
    #[arg(long, value_name = "RULE@OPERATION")]
    pub fault: Vec<String>,
    /// Answer as [scenario.NAME] of the configuration tells
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Exit 1 after CMD when a request broke the document
    #[arg(long, value_name = "WHAT")]
    pub deny: Option<MockDeny>,
    /// Exit 1 after CMD when fewer operations were called: a number, or a share such as 80%
    #[arg(long, value_name = "P", value_parser = threshold)]
    pub min_operations: Option<Threshold>,
    /// Take up changes of the document, the configuration and the fixtures
    #[arg(long)]
    pub watch: bool,
    /// Largest request body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20)]
    pub max_body: usize,
    /// Requests that the journal keeps; 0 for none
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    pub journal: usize,
    /// A command to run against the mock; its exit code is passed on
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MockDeny {
    /// Requests that break the document: its paths, its methods, or what it says of them
    Violations,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum AuthMode {
    /// Keys must be known and hold the required scopes
    Scopes,
    /// Any credential is taken
    Present,
    /// Nothing is checked
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ValidateMode {
    /// They are refused
    Error,
    /// They are answered, and logged
    Warn,
    /// They are not judged
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ErrorsMode {
    /// The API's own, by configuration, fixtures and document
    Document,
    /// Problem details of RFC 9457
    Problem,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Review {
    /// Folder of snapshots: `dir` of `[snapshot]`, else snapshots
    pub dir: Option<String>,
    /// Accept all that waits
    #[arg(long, conflicts_with_all = ["reject", "list"])]
    pub accept: bool,
    /// Reject all that waits
    #[arg(long, conflicts_with = "list")]
    pub reject: bool,
    /// List what waits; exit 1 where something does
    #[arg(long)]
    pub list: bool,
    /// Form of the list
    #[arg(long, default_value = "text", requires = "list")]
    pub format: ReviewFormat,
    /// Write what is accepted as fixtures too, so that the mock answers as reality does
    #[arg(long)]
    pub to_fixtures: bool,
    /// Only snapshots whose name fits; * stands for any text
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Only snapshots all of whose changes have this label, or new ones
    #[arg(long)]
    pub label: Option<ReviewLabel>,
    /// Folder in which check --pending collected what waits
    #[arg(long, value_name = "DIR")]
    pub pending: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ReviewFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewLabel {
    /// Allowed by the schema
    Allowed,
    /// Breaks the schema
    Breaks,
    /// Not in the document
    Unknown,
    /// Not reviewed before
    New,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Check {
    /// The document: a path, `-`, an address, or `core-7`
    pub doc: Option<String>,
    /// The address that the document's paths are appended to
    #[arg(long)]
    pub url: Option<String>,
    /// Allow writing to a target that is not this machine
    #[arg(long, conflicts_with = "read_only")]
    pub writes: bool,
    /// Send safe requests only
    #[arg(long)]
    pub read_only: bool,
    /// Wait until the target answers, at most this long
    #[arg(long, value_name = "TIME", value_parser = config::duration)]
    pub wait: Option<std::time::Duration>,
    /// How a key is sent, where the document cannot say it: 'Authorization: token {key}'
    #[arg(long, value_name = "HEADER")]
    pub credential: Option<String>,
    /// Keys whose scopes are known
    #[arg(long, value_name = "FILE")]
    pub keys: Option<String>,
    /// How a key for some scopes is written: 'mock:{scopes}'
    #[arg(long, value_name = "TEMPLATE")]
    pub mint: Option<String>,
    /// A program that makes a key; the scopes are appended as arguments
    #[arg(long, value_name = "COMMAND", conflicts_with = "mint")]
    pub mint_command: Option<String>,
    /// A header for every request
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// Fix a parameter everywhere
    #[arg(long, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// Only these operations, tags, rules, families or path globs
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub only: Vec<String>,
    /// All but these operations, tags, rules, families or path globs
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Send these actions and settings too, by operation, tag or path; * stands for any text, and '*' alone
    /// says that the whole target may be changed
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub actions: Vec<String>,
    /// Print what would be sent, and send nothing
    #[arg(long)]
    pub plan: bool,
    /// At most this many requests a second, as 8/s or 480/m
    #[arg(long, value_parser = config::rate)]
    pub rate: Option<f64>,
    /// Seed of random choices
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// End the run after this many requests; removing what was made takes one more for each object
    #[arg(long, value_name = "COUNT")]
    pub max_requests: Option<usize>,
    /// For one exchange
    #[arg(long, value_name = "TIME", value_parser = config::duration, default_value = "30")]
    pub timeout: std::time::Duration,
    /// For the whole run; removing what was made may take 30 seconds more
    #[arg(long, value_name = "TIME", value_parser = config::duration)]
    pub deadline: Option<std::time::Duration>,
    /// Repeats of safe requests after connection errors and 502 to 504
    #[arg(long, default_value_t = 2)]
    pub retries: u32,
    /// Answers that take longer are warnings
    #[arg(long, value_name = "TIME", value_parser = config::duration)]
    pub slow: Option<std::time::Duration>,
    /// End the run at the first error
    #[arg(long)]
    pub fail_fast: bool,
    /// Let warnings fail the run too
    #[arg(long, value_name = "WHAT")]
    pub deny: Option<Deny>,
    /// Let operations that were never seen in a success pass
    #[arg(long)]
    pub allow_inconclusive: bool,
    /// Ids of known findings, one a line: shown, and not failing the run
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<String>,
    /// Write the baseline from this run
    #[arg(long, requires = "baseline")]
    pub update_baseline: bool,
    /// Compare answers with the reviewed snapshots of this folder
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<String>,
    /// Collect what differs here, also in CI, for review elsewhere
    #[arg(long, value_name = "DIR")]
    pub pending: Option<String>,
    /// A form of report, with a file or without: console, json, junit, sarif, html, markdown, github,
    /// gitlab, access
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub report: Vec<String>,
    /// Accept any certificate
    #[arg(long)]
    pub insecure: bool,
    /// Further certificate authorities, PEM
    #[arg(long, value_name = "FILE")]
    pub ca: Option<String>,
    /// A client certificate, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<String>,
    /// The client certificate's key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<String>,
    /// A proxy; those of the environment are not obeyed
    #[arg(long, value_name = "URL")]
    pub proxy_via: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Warnings fail the run
    Warnings,
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The document: a path, `-`, an address, or `core-7`
    pub doc: Option<String>,
    /// Only what a key with these scopes can reach
    #[arg(long, value_name = "SCOPE", num_args = 0..)]
    pub held: Option<Vec<String>>,
    /// How to print
    #[arg(long, default_value = "table")]
    pub format: ListFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct Lint {
    /// The document: a path, `-`, an address, or `core-7`
    pub doc: Option<String>,
    /// How to print
    #[arg(long, default_value = "text")]
    pub format: LintFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LintFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For annotations by GitHub Actions
    Github,
}

/// The command line, each flag with its variable `COUNTERPART_…`.
pub(super) fn command() -> clap::Command {
    let named = |command: clap::Command| {
        command.mut_args(|arg| match arg.get_long() {
            Some(long) if !["help", "version"].contains(&long) && arg.get_env().is_none() => {
                let variable = format!("COUNTERPART_{}", long.to_ascii_uppercase().replace('-', "_"));
                arg.env(variable).hide_env(true)
            }
            _ => arg,
        })
    };
    let mut command =
        Args::command().mut_arg("log_format", |arg| arg.env("COUNTERPART_LOG_FORMAT").hide_env(true));
    for name in ["mock", "check"] {
        command = command.mut_subcommand(name, named);
    }
    command
}
