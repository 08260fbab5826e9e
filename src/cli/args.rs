//! The command line as clap reads it. Commands with flags of their own have a file each.

mod check;
mod color;
mod health;
mod import;
mod inspect;
mod lint;
mod list;
pub(super) mod manual;
mod merge;
mod mock;
mod notes;
mod proxy;
mod review;

use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::flags::variable as variable_of;
use crate::config;

pub(super) use check::{Certificates, Check, Deny};
pub(super) use health::Health;
pub(super) use import::{Import, ImportForm};
pub(super) use inspect::{Inspect, InspectFormat, Kind};
pub(super) use lint::{Lint, LintFormat};
pub(super) use list::{List, ListFormat};
pub(super) use merge::Merge;
pub(super) use mock::{
    AuthMode, Dynamic, ErrorsMode, LoginMode, Mock, MockDeny, Secured, ValidateMode, World,
};
pub(super) use proxy::{Proxy, ProxyDeny};
pub(super) use review::{Review, ReviewFormat, ReviewLabel};

/// A mock server and a conformance tester for HTTP APIs, driven by one OpenAPI document.
#[derive(Debug, Parser)]
#[command(name = "counterpart", version, about, propagate_version = true, max_term_width = 110)]
pub(super) struct Args {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// The flags of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_display_order = 100)]
pub(super) struct Common {
    /// Configuration file; without it, counterpart.toml in this folder or the nearest one above
    #[arg(long, global = true, value_name = "FILE", help_heading = "Project")]
    pub config: Option<String>,
    /// Folder of fixtures; its files replace bundled ones of the same name
    #[arg(long, global = true, value_name = "DIR", help_heading = "Project")]
    pub fixtures: Option<String>,
    /// OpenAPI Overlay to apply to the document, after those of the configuration; several are applied in order.
    /// With several documents, its `extends` says which one is meant
    #[arg(long, global = true, value_name = "FILE", help_heading = "Project")]
    pub overlay: Vec<String>,
    /// Fetch parts of the document that references point to on other hosts
    #[arg(long, global = true, help_heading = "Project")]
    pub allow_remote_refs: bool,
    /// Largest document that is read, as 200MB or 64k
    #[arg(
        long,
        global = true,
        value_name = "SIZE",
        value_parser = config::size,
        default_value = "200MB",
        help_heading = "Project"
    )]
    pub max_document: usize,
    #[command(flatten)]
    pub color: color::Color,
    /// Format of the log on stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub log_format: LogFormat,
    /// Print less on stderr
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Print more details in the report
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Mock the bundled API, check the mock and print the report
    Demo,
    /// Serve a mock of the API
    ///
    /// Answers come from fixtures, else from the document's examples, else they are generated from its
    /// schemas. Requests are validated, and keys are held to their scopes. With a command after `--`, the
    /// mock takes a free port, runs the command with COUNTERPART_URL set, stops, and exits with the
    /// command's code.
    Mock(Box<Mock>),
    /// Check a running implementation against the document
    ///
    /// Sends requests to every operation and compares the responses with the document: status codes,
    /// bodies, headers, scopes, state and pagination. It deletes everything it creates, and changes only
    /// objects that it created or that you named.
    Check(Box<Check>),
    /// Make one run of what several machines checked
    ///
    /// Reads what each shard of a `check --shard K/N --report blob=FILE` wrote, and gives the reports, the verdict and the
    /// exit code of one run. There must be each shard once, of one document, with one set of settings.
    Merge(Merge),
    /// Stand between clients and a running implementation, and judge both
    ///
    /// Passes every request on to the target, and every answer back, unchanged. Requests that break the document and
    /// answers that do are told in the log, in the journal and in the reports.
    Proxy(Box<Proxy>),
    /// Ask a running mock or proxy whether it is well
    ///
    /// For health checks of containers, and for scripts that wait until a mock is there.
    Health(Health),
    /// Make fixtures of exchanges that another program saved
    ///
    /// Reads an HTTP Archive or a Postman collection, and writes a fixture for each different answer to an operation of
    /// the document, with the fewest conditions that tell the requests apart, without credentials. Files that exist are
    /// kept as they are.
    Import(Import),
    /// List the operations of the document
    List(List),
    /// Show problems of the document, its examples and its fixtures
    Lint(Lint),
    /// Explain a rule: what it means, why it matters, and how to fix or waive a finding
    Explain {
        /// Name of the rule, for example body-schema
        rule: String,
    },
    /// Review pending snapshots
    ///
    /// Shows each response that differs from its reviewed snapshot and asks whether to accept it.
    /// Nothing is written before the end; then all decisions are carried out, or none.
    Review(Review),
    /// Write a configuration and first fixtures for a document
    ///
    /// Writes a commented counterpart.toml, one fixture for each documented status of each operation,
    /// .gitattributes and .gitignore, and in .counterpart the JSON Schemas by which editors complete and check
    /// these files. Files that exist are kept as they are; only the schemas are brought up to date.
    Init {
        /// The document: a path, an http(s) address, or core-7, the bundled one
        doc: Option<String>,
    },
    /// Show which settings are in force, and where each comes from
    ///
    /// A value comes from a flag, a variable of the environment, a line of a file, or is the default. Secrets
    /// are not shown.
    Config(Inspect),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    Man {
        /// Command whose page to print; without it, the page of counterpart itself
        command: Option<String>,
    },
}

/// The command line: every flag of `mock` and `check` with its variable `COUNTERPART_…`, and the notes
/// below each help.
pub(super) fn command() -> clap::Command {
    let variable = |arg: clap::Arg| match arg.get_long() {
        Some(long) if arg.get_env().is_none() => {
            let name = variable_of(long);
            let help = arg.get_help().cloned().unwrap_or_default();
            // Only the long help names it: the summary of `-h` stays one line per flag.
            arg.long_help(format!("{help}\n\n[env: {name}]")).env(name).hide_env(true)
        }
        _ => arg,
    };
    let mut command = Args::command().mut_arg("log_format", variable);
    for name in ["mock", "check", "proxy"] {
        command = command.mut_subcommand(name, |command| command.mut_args(variable));
    }
    let notes = |command: clap::Command| match notes::of(command.get_name()) {
        Some(notes) => command.after_long_help(notes.help()),
        None => command,
    };
    notes(command.mut_subcommands(notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command line as it is parsed: global flags reach every command.
    fn built() -> clap::Command {
        let mut command = command();
        command.build();
        command
    }

    fn all() -> Vec<clap::Command> {
        let command = built();
        let is_own = |command: &&clap::Command| command.get_name() != "help";
        command.get_subcommands().filter(is_own).cloned().chain([command.clone()]).collect()
    }

    #[test]
    fn clap_finds_no_contradiction() {
        command().debug_assert();
    }

    #[test]
    fn every_flag_stands_under_a_heading() {
        for command in all() {
            for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let is_claps = ["help", "version"].contains(&arg.get_id().as_str());
                assert!(is_claps || arg.get_help_heading().is_some(), "{} {arg}", command.get_name());
                assert!(arg.get_help().is_some(), "{} {arg} has no help", command.get_name());
            }
        }
    }

    #[test]
    fn the_help_names_every_report() {
        let command = built();
        let check = command.find_subcommand("check").unwrap();
        let report = check.get_arguments().find(|arg| arg.get_id() == "report").unwrap();
        let help = report.get_help().unwrap().to_string();
        for (name, _) in crate::report::Format::ALL {
            assert!(help.contains(name), "{name} is missing in {help}");
        }
    }

    #[test]
    fn the_help_names_defaults_and_variables() {
        let mut command = built();
        let help = command.find_subcommand_mut("check").unwrap().render_long_help().to_string();
        for part in ["[env: COUNTERPART_TIMEOUT]", "[default: 30]", "[env: COUNTERPART_LOG_FORMAT]"] {
            assert!(help.contains(part), "{part} is missing in\n{help}");
        }
    }

    #[test]
    fn every_help_has_examples_and_exit_codes() {
        for mut command in all() {
            let help = command.render_long_help().to_string();
            assert!(help.contains("\nExamples:\n  counterpart"), "{help}");
            assert!(help.contains("\nExit codes:\n  0  "), "{help}");
        }
    }
}
