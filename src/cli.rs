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
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// The same as JSON objects, where it is about several things.
    objects: Vec<serde_json::Value>,
}

impl Stop {
    fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into(), objects: Vec::new() }
    }

    fn io(message: impl Into<String>) -> Self {
        Self { code: IO, message: message.into(), objects: Vec::new() }
    }

    fn interrupted(message: impl Into<String>) -> Self {
        Self { code: INTERRUPTED, message: message.into(), objects: Vec::new() }
    }

    /// Says it.
    fn tell(&self) {
        if is_json() && !self.objects.is_empty() {
            self.objects.iter().for_each(tell_object);
        } else {
            tell("error", &self.message);
        }
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
        JSON.store(args.common.log_format == args::LogFormat::Json, Ordering::Relaxed);
        dispatch(args, config, &arguments)
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            stop.tell();
            ExitCode::from(stop.code)
        }
    }
}

fn dispatch(args: Args, config: load::Config, arguments: &[OsString]) -> Result<u8, Stop> {
    let common = args.common;
    match args.command {
        Command::Demo => block_on(demo::run(&common)),
        Command::Mock(mock) => block_on(mock::run(&common, mock, config, arguments)),
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

/// Whether what is said on stderr is JSON, as `--log-format` tells; one choice for the process,
/// like that of colours.
static JSON: AtomicBool = AtomicBool::new(false);

fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// Says something that is no result, on stderr.
fn say(text: &str) {
    tell("info", text);
}

/// Says something of a level: `info`, `warning` or `error`.
fn tell(level: &str, text: &str) {
    if is_json() {
        tell_object(&serde_json::json!({ "level": level, "message": text }));
        return;
    }
    // Nobody is left to tell when stderr is gone.
    let _ = match level {
        "info" => writeln!(anstream::stderr(), "{text}"),
        level => writeln!(anstream::stderr(), "{} {text}", problems::word(level)),
    };
}

/// Says an object with a `level` and a `message`, and when it was said.
fn tell_object(object: &serde_json::Value) {
    let mut said = serde_json::json!({ "at": mock::clock().to_string() });
    if let (Some(said), Some(object)) = (said.as_object_mut(), object.as_object()) {
        said.extend(object.clone());
    }
    let _ = writeln!(anstream::stderr(), "{said}");
}
