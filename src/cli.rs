//! The only reader of arguments, environment and files; the only printer; the exit codes.

mod args;
mod bring;
mod bundled;
mod check;
mod demo;
mod explain;
mod files;
mod init;
mod lint;
mod list;
mod load;
mod mock;
mod problems;
mod review;
mod signals;
mod snapshots;
mod texts;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::FromArgMatches;

use args::{Args, Command};

/// 0: conforms, done.
const OK: u8 = 0;
/// 1: findings.
const FINDINGS: u8 = 1;
/// 2: bad usage, document, fixture or configuration.
const USAGE: u8 = 2;
/// 3: the target never answered, or own input or output failed.
const IO: u8 = 3;
/// 130: Ctrl-C, as shells tell it (128 and the signal's number).
const INTERRUPTED: u8 = 130;

/// Why a command cannot go on: an exit code and what to say.
#[derive(Debug)]
struct Stop {
    code: u8,
    message: String,
}

impl Stop {
    fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    fn io(message: impl Into<String>) -> Self {
        Self { code: IO, message: message.into() }
    }
}

/// Runs a command line and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = match args::command().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { OK };
            // Nobody is left to tell when even this cannot be printed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let result = args::with_configuration(&arguments, &matches).and_then(|(matches, config)| {
        let args = Args::from_arg_matches(&matches).map_err(|error| Stop::usage(error.to_string()))?;
        args.common.color.write_global();
        dispatch(args, config)
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            say(&format!("{} {}", problems::word("error"), stop.message));
            ExitCode::from(stop.code)
        }
    }
}

fn dispatch(args: Args, config: load::Config) -> Result<u8, Stop> {
    let common = args.common;
    match args.command {
        Command::Demo => block_on(demo::run(&common)),
        Command::Mock(mock) => block_on(mock::run(&common, mock, config)),
        Command::Check(check) => block_on(check::run(&common, *check, config)),
        Command::List(list) => list::run(&common, &list, config),
        Command::Lint(lint) => lint::run(&common, &lint, config),
        Command::Init { doc } => init::run(&common, doc.as_deref(), config),
        Command::Review(review) => review::run(&review, &config),
        Command::Explain { rule } => explain::run(&rule),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut args::command(), "counterpart", &mut std::io::stdout());
            Ok(OK)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(args::command())
                .render(&mut page)
                .map_err(|error| Stop::io(error.to_string()))?;
            print_bytes(&page)?;
            Ok(OK)
        }
    }
}

fn block_on<T>(future: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::io(format!("no runtime: {error}")))?
        .block_on(future)
}

/// Prints a result to stdout.
fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // A reader that has seen enough, as `head` does, is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Stop::io(format!("cannot write to stdout: {error}"))),
    }
}

/// Says something that is no result, on stderr.
fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}
